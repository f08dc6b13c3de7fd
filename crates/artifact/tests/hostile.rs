//! Damaged and hostile files: whatever the bytes are, reading gives an answer or an error.

use waxwing_artifact::{Artifact, Builder, Contents, ENGINE, FORMAT_VERSION, Fingerprint};
use waxwing_artifact::{Handler, INLINED};
use waxwing_layout::builtin::Leaf;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_module::{ConstExpr, ConstOp, Data, DataMode, Element, ElementItems, ElementMode};
use waxwing_module::{Export, ExternKind, FuncType, GlobalType, Limits, MemoryType, Module};
use waxwing_module::{RefType, TableType, Trap, ValType};

fn module() -> Module {
    let limits = Limits { min: 1, max: None };
    Module {
        types: vec![FuncType { params: vec![ValType::I32], results: vec![ValType::V128] }.into()],
        funcs: vec![0, 0],
        memories: vec![MemoryType::new(limits)],
        tables: vec![TableType::new(RefType::FUNCREF, limits)],
        table_inits: vec![None],
        globals: vec![GlobalType { content: ValType::I64, mutable: true }],
        global_inits: vec![ConstExpr { ops: vec![ConstOp::I64Const(7)] }],
        exports: vec![Export { name: "go".into(), kind: ExternKind::Func, index: 1 }],
        start: Some(0),
        elements: vec![Element {
            ty: RefType::FUNCREF,
            mode: ElementMode::Active {
                table: 0,
                offset: ConstExpr { ops: vec![ConstOp::I32Const(0)] },
            },
            items: ElementItems::Funcs(vec![1]),
        }],
        data: vec![
            Data { mode: DataMode::Image, bytes: 0..0 },
            Data { mode: DataMode::Passive, bytes: 0..4 },
        ],
        escaping: vec![0, 1],
        ..Module::default()
    }
}

/// A small artifact with something in every section.
fn build(module: &Module, images: &[(u32, u64, u64)]) -> Vec<u8> {
    build_with("s", module, images, &PLACES)
}

/// The same with these settings and places in inlined functions.
fn build_with(
    settings: &str,
    module: &Module,
    images: &[(u32, u64, u64)],
    places: &[[u32; 3]],
) -> Vec<u8> {
    let fingerprint = Fingerprint {
        format: FORMAT_VERSION,
        engine: ENGINE.into(),
        compiler: "c".into(),
        tier: "t".into(),
        settings: settings.into(),
        plan: MemoryPlan::Checked,
        cpu: Cpu { bits: 31 },
    };
    let mut builder = Builder::new(&Contents {
        fingerprint: &fingerprint,
        wasm_hash: [7; 32],
        wasm_size: 99,
        code_section: 20,
        module,
        functions: &[(0, 5), (16, 4)],
        leafs: &[(32, 1), (48, 2)],
        names: &["a\0b".into(), "ü".repeat(5000)],
        customs: &[("name", b"nothing"), ("", b"")],
        images,
        text_len: 50,
        data_len: 4,
        traps: 2,
        handlers: 2,
        addresses: 5,
        inlined: places.len(),
    })
    .unwrap();
    let parts = builder.parts();
    parts.text.fill(0x90);
    parts.memory[..3].copy_from_slice(b"mem");
    parts.data.copy_from_slice(b"data");
    let put = |to: &mut [u8], values: &[u32]| {
        for (to, value) in to.chunks_exact_mut(4).zip(values) {
            to.copy_from_slice(&value.to_le_bytes());
        }
    };
    put(parts.trap_offsets, &[3, 17]);
    parts.trap_codes.copy_from_slice(&[Trap::Unreachable as u8, Trap::IntegerOverflow as u8]);
    put(parts.handler_returns, &[4, 18]);
    // The second one lies outside the text.
    put(parts.handler_offsets, &[2, 50]);
    put(parts.handler_frames, &[64, 128]);
    put(parts.address_offsets, &[0, 2, 4, 16, 32]);
    let last = INLINED + places.len() as u32 - 1;
    put(parts.address_values, &[23, last - 1, last, 30, u32::MAX]);
    put(parts.inlined, places.as_flattened());
    builder.finish()
}

/// Function, offset, caller: the second is inlined in the first.
const PLACES: [[u32; 3]; 3] = [[1, 40, 22], [0, 50, INLINED], [1, u32::MAX, 24]];

const IMAGES: &[(u32, u64, u64)] = &[(0, 4096, 4096)];

/// Asks everything there is to ask.
fn read_everything(artifact: &Artifact<'_>) {
    let _ = artifact.fingerprint().map(|f| (f.hash(), f.runs_on(MemoryPlan::Checked, f.cpu)));
    let _ = artifact.verify_full();
    let _ = (artifact.wasm_hash(), artifact.wasm_size(), artifact.wasm_code_section());
    if let Ok(module) = artifact.module() {
        for data in &module.data {
            let range = data.bytes.start as usize..data.bytes.end as usize;
            assert!(artifact.data().get(range).is_some());
        }
        for func in 0..module.funcs.len() as u32 {
            module.func_type(func);
        }
    }
    for image in artifact.images().unwrap_or_default() {
        assert!(artifact.image_bytes(&image).is_some());
    }
    let count = artifact.functions();
    for func in (0..count.min(9)).chain([count.wrapping_sub(1), count, u32::MAX]) {
        if let Some(range) = artifact.function(func) {
            assert!(artifact.text().get(range.start as usize..range.end as usize).is_some());
        }
        artifact.function_name(func);
        artifact.function_start(func);
    }
    for at in (0..60).chain([u32::MAX - 1, u32::MAX]) {
        artifact.function_at(at);
        artifact.leaf_at(at);
        artifact.trap_at(at);
        artifact.wasm_offset(at);
        assert!(artifact.places(at).all(|(func, _)| artifact.function(func).is_some()));
        if let Some(handler) = artifact.handler_at(at) {
            assert!(artifact.text().get(handler.code_offset as usize).is_some());
        }
        artifact.addresses(at..at.saturating_add(9)).count();
    }
    for &leaf in Leaf::ALL {
        let range = artifact.leaf(leaf).unwrap_or(0..0);
        assert!(artifact.text().get(range.start as usize..range.end as usize).is_some());
    }
    artifact.traps().count();
    artifact.custom_sections().count();
    artifact.custom_section("name");
    let _ = Artifact::attach(artifact.bytes(), artifact.outline());
}

#[test]
fn a_whole_file_is_read_whole() {
    let bytes = build(&module(), IMAGES);
    let artifact = Artifact::parse(&bytes).unwrap();
    artifact.verify_full().unwrap();
    artifact.module().unwrap();
    assert_eq!(artifact.text(), [0x90; 50]);
    assert_eq!(artifact.data(), b"data");
    assert_eq!(artifact.trap_at(17), Some(Trap::IntegerOverflow));
    assert_eq!(artifact.handler_at(4), Some(Handler { code_offset: 2, frame: 64 }));
    assert_eq!(artifact.handler_at(5), None, "behind another instruction");
    assert_eq!(artifact.handler_at(18), None, "a handler outside the text");
    assert_eq!(artifact.wasm_offset(20), Some(30));
    assert_eq!(artifact.wasm_offset(40), None);
    assert_eq!(artifact.wasm_offset(50), None, "behind the text");
    let all: Vec<_> = artifact.addresses(3..40).collect();
    assert_eq!(all, [(2, Some(50)), (4, None), (16, Some(30)), (32, None)]);
    let places = |at| artifact.places(at).collect::<Vec<_>>();
    assert_eq!(places(1), [(0, Some(23))]);
    assert_eq!(places(3), [(0, Some(50)), (1, Some(40)), (0, Some(22))]);
    assert_eq!(places(4), [(1, None), (0, Some(24))]);
    assert_eq!(places(16), [(1, Some(30))]);
    assert_eq!(places(40), [], "in no function");
    assert_eq!(artifact.function_start(0), Some(22), "that of the call");
    assert_eq!(artifact.function_start(1), Some(30));
    assert_eq!(artifact.function_name(0), Some("a?b"));
    assert_eq!(artifact.function_name(1), Some(&*"ü".repeat(2048)), "long names are cut");
    let customs: Vec<_> = artifact.custom_sections().collect();
    assert_eq!(customs, [("name", &b"nothing"[..]), ("", b"")]);
    let images = artifact.images().unwrap();
    assert_eq!(artifact.image_bytes(&images[0]).unwrap()[..4], *b"mem\0");
    read_everything(&artifact);
}

#[test]
fn it_is_read_at_any_alignment() {
    let bytes = build(&module(), IMAGES);
    for shift in 1..8 {
        let mut moved = vec![0; shift];
        moved.extend_from_slice(&bytes);
        let artifact = Artifact::parse(&moved[shift..]).unwrap();
        artifact.verify_full().unwrap();
        artifact.module().unwrap();
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let bytes = build(&module(), IMAGES);
    for len in 0..bytes.len() {
        assert!(Artifact::parse(&bytes[..len]).is_err(), "{len} bytes of {}", bytes.len());
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Artifact::parse(&longer).unwrap_err().is_damaged());
}

/// A fixed sequence of numbers (xorshift64).
fn numbers(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

#[test]
fn every_changed_byte_is_noticed_and_none_is_fatal() {
    let bytes = build(&module(), IMAGES);
    let mut next = numbers(0x1234_5678_9abc_def1);
    for _ in 0..2000 {
        let at = next() as usize % bytes.len();
        let mut changed = bytes.clone();
        changed[at] ^= (next() % 255 + 1) as u8;
        if let Ok(artifact) = Artifact::parse(&changed) {
            assert!(artifact.verify_full().is_err(), "byte {at:#x}");
            read_everything(&artifact);
        }
    }
}

/// Where the header section begins, from the section table.
fn header_at(bytes: &[u8]) -> usize {
    let at = 64 + 4 * 56 + 64 + 0x18;
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
}

/// Makes the checksum of the header and the hash of the module's facts right again.
fn seal(bytes: &mut [u8]) {
    let at = header_at(bytes);
    let len = u32::from_le_bytes(bytes[at + 0x94..at + 0x98].try_into().unwrap()) as usize;
    let end = (at + len).clamp(at + 32, bytes.len());
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..at]).update(&bytes[at + 32..end]);
    bytes[at..at + 32].copy_from_slice(hasher.finalize().as_bytes());
}

#[test]
fn a_header_that_lies_with_a_right_checksum_is_not_fatal() {
    let bytes = build(&module(), IMAGES);
    let header = header_at(&bytes);
    let mut next = numbers(0x0fed_cba9_8765_4321);
    let mut parsed = 0;
    for round in 0..20_000 {
        let mut changed = bytes.clone();
        // Section table and header, not what tells that it is an artifact at all.
        for _ in 0..1 + round % 3 {
            let at = 64 + next() as usize % (header + 0xb8 - 64);
            changed[at] = next() as u8;
        }
        if header_at(&changed) != header {
            continue;
        }
        seal(&mut changed);
        if let Ok(artifact) = Artifact::parse(&changed) {
            parsed += 1;
            read_everything(&artifact);
        }
    }
    assert!(parsed > 1000, "the test reached what it is about: {parsed}");
}

/// Where a section lies in the file, by its index.
fn section(bytes: &[u8], index: usize) -> std::ops::Range<usize> {
    let header = 64 + 4 * 56 + index * 64;
    let field = |at: usize| u64::from_le_bytes(*bytes[header + at..].first_chunk().unwrap());
    let start = field(0x18) as usize;
    start..start + field(0x20) as usize
}

#[test]
fn places_in_inlined_functions_that_lie_lead_nowhere() {
    let good = build(&module(), IMAGES);
    let (addresses, inlined) = (section(&good, 11), section(&good, 12));
    assert_eq!((addresses.len(), inlined.len()), (5 * 8, 3 * 12));
    // What stands for the code at 2, which is function 0's, in the address table.
    let value = addresses.start + (5 + 1) * 4;
    let entry = |i: usize, field: usize| inlined.start + i * 12 + field * 4;
    type Case<'a> = (&'a str, &'a [(usize, u32)], &'a [(u32, Option<u32>)]);
    let cases: &[Case<'_>] = &[
        ("no entry", &[(value, INLINED + 3)], &[(0, None)]),
        ("no entry by far", &[(value, u32::MAX - 1)], &[(0, None)]),
        ("no place", &[(value, u32::MAX)], &[(0, None)]),
        ("no function", &[(entry(1, 0), 2)], &[(0, None)]),
        ("no function by far", &[(entry(1, 0), u32::MAX)], &[(0, None)]),
        ("its own caller", &[(entry(1, 2), INLINED + 1)], &[(0, None)]),
        ("a caller behind it", &[(entry(1, 2), INLINED + 2)], &[(0, None)]),
        ("no such caller", &[(entry(1, 2), INLINED + 9)], &[(0, None)]),
        ("two that call each other", &[(entry(0, 2), INLINED + 1)], &[(0, Some(50)), (0, None)]),
        ("a caller nowhere", &[(entry(1, 2), u32::MAX)], &[(0, Some(50)), (0, None)]),
    ];
    for (what, changes, want) in cases {
        let mut bad = good.clone();
        for &(at, value) in *changes {
            bad[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        let artifact = Artifact::parse(&bad).unwrap();
        assert_eq!(artifact.places(2).collect::<Vec<_>>(), *want, "{what}");
        assert!(artifact.verify_full().is_err(), "{what}");
        read_everything(&artifact);
    }
}

/// Deeper than anything is inlined: the walk ends, with the function whose code it is.
#[test]
fn a_long_chain_of_inlined_functions_is_cut() {
    let chain: Vec<[u32; 3]> =
        (0..200).map(|i| [1, 1000 + i, if i == 0 { 22 } else { INLINED + i - 1 }]).collect();
    let bytes = build_with("s", &module(), IMAGES, &chain);
    let artifact = Artifact::parse(&bytes).unwrap();
    let places: Vec<_> = artifact.places(2).collect();
    assert_eq!(places[0], (1, Some(1198)));
    assert!((10..100).contains(&places.len()), "{}", places.len());
    assert_eq!(places.last(), Some(&(0, None)));
    assert_eq!(artifact.function_start(0), Some(23));
}

#[test]
fn facts_that_contradict_themselves_are_refused() {
    let good = module();
    assert!(Artifact::parse(&build(&good, IMAGES)).unwrap().module().is_ok());
    type Case = (&'static str, fn(&mut Module));
    let wrong: &[Case] = &[
        ("type", |m| m.funcs[1] = 1),
        ("export", |m| m.exports[0].index = 2),
        ("start", |m| m.start = Some(2)),
        ("escaping", |m| m.escaping = vec![2]),
        ("escaping order", |m| m.escaping = vec![1, 1]),
        ("globals", |m| m.global_inits.clear()),
        ("imported globals", |m| m.imported_globals = 2),
        ("imported memories", |m| m.imported_memories = 1),
        ("expression", |m| m.global_inits[0].ops.push(ConstOp::I64Const(1))),
        ("empty expression", |m| m.global_inits[0].ops.clear()),
        ("operands", |m| m.global_inits[0].ops.push(ConstOp::I64Add)),
        ("global", |m| m.global_inits[0].ops = vec![ConstOp::GlobalGet(1)]),
        ("reference", |m| {
            (m.start, m.escaping) = (None, vec![1]);
            m.global_inits[0].ops = vec![ConstOp::RefFunc(0)];
        }),
        ("start without a reference", |m| m.escaping = vec![1]),
        ("export without a reference", |m| {
            m.elements.clear();
            m.escaping = vec![0];
        }),
        ("item without a reference", |m| {
            m.exports.clear();
            m.escaping = vec![0];
        }),
        ("table", |m| {
            let offset = ConstExpr { ops: vec![ConstOp::I32Const(0)] };
            m.elements[0].mode = ElementMode::Active { table: 1, offset };
        }),
        ("item", |m| m.elements[0].items = ElementItems::Funcs(vec![2])),
        ("data", |m| m.data[1].bytes = 0..5),
        ("data backwards", |m| m.data[1].bytes = std::ops::Range { start: 2, end: 1 }),
        ("image data", |m| m.data[0].bytes = 0..1),
        ("memory", |m| m.memories[0].limits.min = 0),
        ("no memory", |m| m.memories.clear()),
        ("import", |m| m.imported_tables = 1),
        ("imported tags", |m| m.imported_tags = 1),
        ("tag of no type", |m| m.tags = vec![9]),
        ("exported tag", |m| m.exports[0].kind = ExternKind::Tag),
    ];
    for (what, change) in wrong {
        let mut bad = good.clone();
        change(&mut bad);
        let bytes = build(&bad, IMAGES);
        let error = Artifact::parse(&bytes).unwrap().module().unwrap_err();
        assert!(error.is_damaged(), "{what}: {error}");
    }
}

#[test]
fn other_files_are_told_apart() {
    for bytes in [&b""[..], b"\0asm\x01\0\0\0", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"] {
        assert!(!waxwing_artifact::is_artifact(bytes));
        let error = Artifact::parse(bytes).unwrap_err();
        assert_eq!(error.to_string(), "not a compiled artifact of this engine");
    }
    let mut future = build(&module(), IMAGES);
    let at = header_at(&future);
    future[at + 0x90] = 9;
    let error = Artifact::parse(&future).unwrap_err();
    assert!(error.is_mismatch() && error.to_string().contains("format 9"), "{error}");
}

mod executables {
    use super::*;
    use waxwing_artifact::bundle::{MAX_SETTINGS, Settings, TRAILER, Trailer, executable};
    use waxwing_artifact::{HEAD, fuel_id, fuel_of, fuel_setting, plan_of};
    use waxwing_layout::fuel::FuelCosts;

    const RUNTIME: &[u8] = b"\x7fELF and so on";

    fn settings() -> Settings {
        let words = |words: &[&str]| words.iter().map(|w| w.as_bytes().to_vec()).collect();
        Settings {
            options: words(&["--dir=a::/b", "", "--env=A=\u{fc}"]),
            args: words(&["first", ""]),
            options_at_start: true,
        }
    }

    fn file() -> Vec<u8> {
        let artifact = build(&module(), IMAGES);
        executable(RUNTIME, &Artifact::parse(&artifact).unwrap(), &settings()).unwrap()
    }

    fn trailer(file: &[u8]) -> Result<Option<Trailer>, String> {
        let last = file.last_chunk().expect("as long as a trailer");
        Trailer::read(last, file.len() as u64).map_err(|e| e.to_string())
    }

    /// All that is checked when an executable starts.
    fn open(file: &[u8]) -> Result<Option<Settings>, String> {
        let Some(trailer) = trailer(file)? else { return Ok(None) };
        let part = |range: &std::ops::Range<u64>| &file[range.start as usize..range.end as usize];
        let settings = trailer.settings(part(&trailer.settings)).map_err(|e| e.to_string())?;
        let artifact = Artifact::parse(part(&trailer.artifact)).map_err(|e| e.to_string())?;
        trailer.belongs(&artifact).map_err(|e| e.to_string())?;
        Ok(Some(settings))
    }

    /// Writes a field of the trailer, and the hash as a maker with bad intentions would.
    fn forge(file: &mut [u8], at: usize, bytes: &[u8]) {
        let start = file.len() - TRAILER;
        file[start + at..start + at + bytes.len()].copy_from_slice(bytes);
        let word = |at: usize| u64::from_le_bytes(*file[start + at..].first_chunk().unwrap());
        let (from, len) = (word(0x18) as usize, word(0x20) as usize);
        let settings = from.checked_add(len).and_then(|end| file.get(from..end));
        let settings = settings.unwrap_or_default().to_vec();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&settings).update(&file[start..start + 0x50]);
        file[start + 0x50..start + 0x70].copy_from_slice(hasher.finalize().as_bytes());
    }

    #[test]
    fn a_flipped_bit_is_found() {
        let mut file = file();
        let trailer = trailer(&file).unwrap().unwrap();
        let magic = file.len() - 16;
        // The rest of the artifact is checked as that of any other is.
        let head = trailer.artifact.start as usize + 0x720..trailer.artifact.start as usize + 0x740;
        let settings = trailer.settings.start as usize..trailer.settings.end as usize;
        for at in head.chain(settings).chain(file.len() - TRAILER..file.len()) {
            for bit in 0..8 {
                file[at] ^= 1 << bit;
                match open(&file) {
                    Ok(found) => assert!(at >= magic && found.is_none(), "byte {at:#x}"),
                    Err(e) => assert!(e.contains("is damaged"), "byte {at:#x}: {e}"),
                }
                file[at] ^= 1 << bit;
            }
        }
        assert_eq!(open(&file), Ok(Some(super::executables::settings())));
    }

    #[test]
    fn numbers_that_lie_are_refused() {
        let file = file();
        let size = file.len() as u64;
        let inside = trailer(&file).unwrap().unwrap();
        let (artifact, settings) = (inside.artifact, inside.settings);
        for (at, value) in [
            (0x00, size - 1),
            (0x00, size + 1),
            (0x00, 0),
            (0x08, 0),
            (0x08, artifact.start + 8),
            (0x08, artifact.start + 4096),
            (0x08, u64::MAX - 4095),
            (0x10, artifact.end),
            (0x10, u64::MAX),
            (0x10, settings.end - artifact.start),
            (0x18, 0),
            (0x18, artifact.start),
            (0x18, size - 4),
            (0x18, u64::MAX),
            (0x20, settings.end - settings.start + 4096),
            (0x20, u64::MAX),
            (0x20, 0),
            (0x20, 7),
            (0x28, 0),
            (0x28, 2),
            (0x28, 1 | 2 << 32),
            (0x28, 1 | 1 << 63),
        ] {
            let mut file = file.clone();
            forge(&mut file, at, &value.to_le_bytes());
            let error = open(&file).expect_err("taken");
            assert!(error.contains("is damaged"), "{at:#x} {value:#x}: {error}");
        }
        let mut long = vec![0; 4096 + (MAX_SETTINGS as usize) * 2];
        long.extend(&file[file.len() - TRAILER..]);
        let size = long.len() as u64;
        for (at, value) in [(0, size), (8, 4096), (16, 0), (24, 4096), (32, MAX_SETTINGS + 1)] {
            forge(&mut long, at, &value.to_le_bytes());
        }
        assert!(open(&long).unwrap_err().contains("settings are too large"));
        // Cut short, at the front and at the end.
        assert!(open(&file[4096..]).unwrap_err().contains("another size"));
        assert_eq!(open(&file[..file.len() - 1]), Ok(None));
        assert_eq!(open(&[0; TRAILER]), Ok(None));
    }

    #[test]
    fn settings_that_lie_are_refused() {
        let file = file();
        let range = trailer(&file).unwrap().unwrap().settings;
        let range = range.start as usize..range.end as usize;
        let mut words = file[range.clone()].to_vec();
        let good = words.clone();
        for (at, value) in [(0, 0u32), (0, 2), (0, 4), (0, u32::MAX), (4, 1), (4, u32::MAX)] {
            words[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let mut file = file.clone();
            file[range.clone()].copy_from_slice(&words);
            forge(&mut file, 0, &[]);
            let result = open(&file);
            let swapped = at == 0 && [2, 4].contains(&value);
            // As many words are there in any case if only the border between both kinds moves.
            assert!(result.is_err() || swapped, "{at} {value}: {result:?}");
            words.clone_from(&good);
        }
        // No zero byte behind the last word.
        let mut file = file.clone();
        file[range.end - 1] = b'x';
        forge(&mut file, 0, &[]);
        assert!(open(&file).unwrap_err().contains("form of its settings"));
    }

    #[test]
    fn another_program_is_found() {
        let (mut file, mut other) = (file(), module());
        other.exports[0].name = "no".into();
        let other = build(&other, IMAGES);
        let range = trailer(&file).unwrap().unwrap().artifact;
        file[range.start as usize..range.end as usize].copy_from_slice(&other);
        assert!(open(&file).unwrap_err().contains("its program is another one"));
    }

    #[test]
    fn what_cannot_be_written_is_not() {
        let artifact = build(&module(), IMAGES);
        let artifact = Artifact::parse(&artifact).unwrap();
        let zero = Settings { args: vec![b"a\0b".to_vec()], ..Settings::default() };
        assert!(executable(RUNTIME, &artifact, &zero).is_err());
        let long = Settings { args: vec![vec![b'x'; 2 << 20]], ..Settings::default() };
        assert!(executable(RUNTIME, &artifact, &long).is_err());
        let empty = executable(b"", &artifact, &Settings::default()).unwrap();
        assert_eq!(open(&empty), Ok(Some(Settings::default())));
    }

    #[test]
    fn a_plan_is_told_by_the_head() {
        let artifact = build(&module(), IMAGES);
        assert_eq!(plan_of(&artifact), Some(MemoryPlan::Checked));
        assert_eq!(plan_of(&artifact[..0x100]), None);
        assert_eq!(plan_of(RUNTIME), None);
        let mut odd = artifact;
        odd[0x7c4] = 2;
        assert_eq!(plan_of(&odd), None);
    }

    /// However long the head is: costs are found, or none are, but never others.
    #[test]
    fn costs_are_told_by_the_head() {
        let costs = FuelCosts::new();
        let settings = format!("{}{}", "x".repeat(50_000), fuel_setting(&costs));
        let metered = build_with(&settings, &module(), IMAGES, &PLACES);
        let head = &metered[..HEAD.min(metered.len())];
        assert_eq!(fuel_of(head), Some(&*fuel_id(&costs)));
        let end = head.windows(4).rposition(|window| window == b"fuel").unwrap() + 5 + 32;
        for len in (0..2100).chain(end - 40..end) {
            assert_eq!(fuel_of(&head[..len]), None, "{len}");
        }
        assert_eq!(fuel_of(&head[..end]), Some(&*fuel_id(&costs)));
        assert_eq!(fuel_of(&build(&module(), IMAGES)), None);
        assert_eq!(fuel_of(RUNTIME), None);
        // The lengths of the strings lead out of the file, and beyond what there can be.
        for at in [0x7c8, 0x7cc, 0x7d0, 0x7d4] {
            let mut odd = head.to_vec();
            odd[at..at + 4].fill(0xff);
            assert_eq!(fuel_of(&odd), None, "{at:#x}");
        }
    }
}
