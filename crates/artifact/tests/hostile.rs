//! Damaged and hostile files: whatever the bytes are, reading gives an answer or an error.

use waxwing_artifact::{Artifact, Builder, Contents, ENGINE, FORMAT_VERSION, Fingerprint, Handler};
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
    let fingerprint = Fingerprint {
        format: FORMAT_VERSION,
        engine: ENGINE.into(),
        compiler: "c".into(),
        tier: "t".into(),
        settings: "s".into(),
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
        addresses: 3,
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
    put(parts.address_offsets, &[0, 16, 32]);
    put(parts.address_values, &[21, 30, u32::MAX]);
    builder.finish()
}

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
    }
    for at in (0..60).chain([u32::MAX - 1, u32::MAX]) {
        artifact.function_at(at);
        artifact.leaf_at(at);
        artifact.trap_at(at);
        artifact.wasm_offset(at);
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
    assert_eq!(all, [(0, Some(21)), (16, Some(30)), (32, None)]);
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
