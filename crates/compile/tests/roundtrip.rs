//! From a module to an artifact and back, with a back end whose code is easy to foresee.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use waxwing_artifact::Artifact;
use waxwing_compile::{Options, compile, fingerprint};
use waxwing_layout::builtin::Leaf;
use waxwing_layout::fuel::FuelCosts;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Callee, Code, Codegen, Error, Job, Reloc};
use waxwing_module::{DataMode, Trap};

/// A function is `call` for each call of an own function in it, then `ud2`.
struct Fake;

impl Codegen for Fake {
    fn tier(&self) -> &'static str {
        "fake"
    }

    fn settings(&self) -> String {
        "fake 1".to_owned()
    }

    fn function(&self, job: Job<'_>) -> Result<Code, Error> {
        let Job { env, body, validate, index } = job;
        validate.into_validator(Default::default()).validate(&body)?;
        let mut code = Code { align: 32, ..Code::default() };
        for item in body.get_operators_reader()?.into_iter_with_offsets() {
            let (op, offset) = item?;
            if let wasmparser::Operator::Call { function_index } = op
                && function_index >= env.module.imported_funcs
            {
                let at = code.bytes.len() as u32;
                code.addresses.push((at, offset as u32));
                code.bytes.extend([0xe8, 0, 0, 0, 0]);
                let target = Callee::Func(function_index);
                code.relocs.push(Reloc { at: at + 1, target, addend: -4 });
            }
            if let wasmparser::Operator::I32Const { value: 666 } = op {
                panic!("asked for in function {index}");
            }
            if let wasmparser::Operator::I32Const { value: 667 } = op {
                code.relocs.push(Reloc { at: 0, target: Callee::Func(0), addend: -4 });
            }
        }
        code.traps.push((code.bytes.len() as u32, Trap::Unreachable));
        code.bytes.extend([0x0f, 0x0b]);
        Ok(code)
    }

    fn optimises(&self) -> bool {
        false
    }

    fn can_meter(&self) -> bool {
        false
    }

    fn leaf(&self, leaf: Leaf, _cpu: Cpu, _metered: bool) -> Result<Code, Error> {
        let bytes = vec![0xc3, leaf as u8];
        let relocs = Vec::new();
        Ok(Code {
            bytes,
            align: 1,
            relocs,
            traps: vec![(0, Trap::MemoryOutOfBounds)],
            ..Code::default()
        })
    }
}

fn cpu() -> Cpu {
    Cpu { bits: 0b11111 }
}

fn options() -> Options {
    Options { cpu: cpu(), ..Options::new(Arc::new(Fake)) }
}

fn build(wat: &str) -> Vec<u8> {
    compile(&wat::parse_str(wat).unwrap(), &options()).unwrap()
}

const MODULE: &str = r#"
(module $hello
  (type $t (func (param i32) (result i32)))
  (import "env" "first" (func $imported (type $t)))
  (import "env" "m" (memory $far 1))
  (memory $near 3)
  (table 4 funcref)
  (global (mut i64) (i64.const -5))
  (global funcref (ref.func $three))
  (func $one (export "one") (type $t) (call $two (local.get 0)))
  (func $two (type $t) (call $imported (call $one (call $two (local.get 0)))))
  (func $three)
  (func (export "four"))
  (func)
  (elem (i32.const 1) $imported $two)
  (elem declare func $two)
  (data (memory $near) (i32.const 5000) "abc")
  (data (memory $near) (i32.const 5001) "X")
  (data (memory $far) (i32.const 1) "far")
  (data "passive")
  (data (memory $near) (i32.const 0) "\00\00\00")
  (@custom "producers" "p")
  (@custom ".debug_info" "d")
  (@custom "linking" "l"))
"#;

#[test]
fn a_module_survives_the_way() {
    let wasm = wat::parse_str(MODULE).unwrap();
    let options = options();
    let bytes = compile(&wasm, &options).unwrap();
    let artifact = Artifact::parse(&bytes).unwrap();
    artifact.verify_full().unwrap();
    let print = artifact.fingerprint().unwrap();
    assert_eq!(print, fingerprint(&options));
    print.runs_on(MemoryPlan::Reserved, cpu()).unwrap();
    assert!(print.runs_on(MemoryPlan::Checked, cpu()).unwrap_err().is_mismatch());
    let less = print.runs_on(MemoryPlan::Reserved, Cpu { bits: 1 }).unwrap_err();
    assert!(less.to_string().contains("popcnt"), "{less}");
    let names = artifact.custom_section("name").unwrap_or_default();
    let name = waxwing_decode::Names::parse(names).module();
    assert!(name.is_some());
    assert_eq!(artifact.module_name(), name);
    assert_eq!(artifact.wasm_size(), wasm.len() as u64);
    assert_eq!(artifact.wasm_hash(), *blake3::hash(&wasm).as_bytes());

    let decoded = waxwing_decode::decode(&wasm, &waxwing_decode::Options::default()).unwrap();
    let module = artifact.module().unwrap();
    assert_eq!(module.types, decoded.module.types);
    assert_eq!(module.imports, decoded.module.imports);
    assert_eq!(module.exports, decoded.module.exports);
    assert_eq!(module.elements, decoded.module.elements);
    assert_eq!(module.global_inits, decoded.module.global_inits);
    assert_eq!(module.escaping, [0, 1, 2, 3, 4], "exports, elements, globals");
    assert_eq!(artifact.wasm_code_section() as usize, decoded.code.start);

    let modes: Vec<_> = module.data.iter().map(|d| d.mode == DataMode::Image).collect();
    assert_eq!(modes, [true, true, false, false, true]);
    let data = |i: usize| {
        let range = module.data[i].bytes.clone();
        &artifact.data()[range.start as usize..range.end as usize]
    };
    assert_eq!((data(2), data(3)), (&b"far"[..], &b"passive"[..]));
    let images = artifact.images().unwrap();
    assert_eq!(images.len(), 1);
    assert_eq!((images[0].memory, images[0].address, images[0].len), (1, 4096, 4096));
    let image = artifact.image_bytes(&images[0]).unwrap();
    assert_eq!(&image[5000 - 4096..][..4], b"aXc\0", "later segments overwrite earlier ones");
    assert_eq!(images[0].file_offset % 4096, 0);

    let customs: Vec<_> = artifact.custom_sections().map(|c| c.0).collect();
    assert_eq!(customs, ["producers", ".debug_info", "name"]);
    assert_eq!(artifact.custom_section(".debug_info"), Some(&b"d"[..]));
}

#[test]
fn code_is_found_and_linked() {
    let bytes = build(MODULE);
    let artifact = Artifact::parse(&bytes).unwrap();
    assert_eq!((artifact.imported_functions(), artifact.functions()), (1, 6));
    assert_eq!(artifact.function(0), None, "imported");
    assert_eq!(artifact.function(6), None);
    assert_eq!(artifact.text_range().start % 4096, 0);
    let (one, two) = (artifact.function(1).unwrap(), artifact.function(2).unwrap());
    assert_eq!((one.start, one.len(), two.start, two.len()), (0, 7, 32, 12));
    let target = |at: u32| {
        let at = at as usize;
        let field = i32::from_le_bytes(artifact.text()[at + 1..at + 5].try_into().unwrap());
        assert_eq!(artifact.text()[at], 0xe8);
        (at as i32 + 5 + field) as u32
    };
    assert_eq!(target(one.start), two.start);
    assert_eq!(target(two.start), two.start);
    assert_eq!(target(two.start + 5), one.start);
    assert!(artifact.text()[7..32].iter().all(|&b| b == 0xcc), "gaps are filled");

    assert_eq!(artifact.function_at(0), Some(1));
    assert_eq!(artifact.function_at(6), Some(1));
    assert_eq!(artifact.function_at(7), None, "between functions");
    assert_eq!(artifact.function_at(43), Some(2));
    let leaf = artifact.leaf(Leaf::MemoryFill).unwrap();
    assert_eq!(artifact.text()[leaf.start as usize..leaf.end as usize], [0xc3, 1]);
    assert_eq!(artifact.leaf_at(leaf.start + 1), Some(Leaf::MemoryFill));
    assert_eq!(artifact.function_at(leaf.start), None);

    assert_eq!(artifact.trap_at(5), Some(Trap::Unreachable));
    assert_eq!(artifact.trap_at(4), None);
    assert_eq!(artifact.trap_at(leaf.start), Some(Trap::MemoryOutOfBounds));
    assert_eq!(artifact.trap_at(u32::MAX), None);
    assert_eq!(artifact.traps().count(), 7);
    let wasm = wat::parse_str(MODULE).unwrap();
    for at in [0, 4, 32, 37, 43] {
        let offset = artifact.wasm_offset(at).unwrap() as usize;
        assert_eq!(wasm[offset], 0x10, "each code address is that of a call");
    }
    assert_eq!(artifact.wasm_offset(artifact.function(3).unwrap().start), None);
    assert_eq!(artifact.wasm_offset(leaf.start), None);
    assert_eq!(artifact.addresses(two.clone()).count(), 2);

    let names: Vec<_> = (0..7).map(|i| artifact.function_name(i)).collect();
    let some = ["one", "two", "three", "four", "function[5]"].map(Some);
    assert_eq!(names[1..6], some);
    assert_eq!((names[0], names[6]), (None, None));
}

#[test]
fn attaching_again_needs_the_same_size() {
    let bytes = build("(module)");
    let outline = Artifact::parse(&bytes).unwrap().outline();
    assert_eq!(Artifact::attach(&bytes, outline).unwrap().functions(), 0);
    assert!(Artifact::attach(&bytes[1..], outline).unwrap_err().is_damaged());
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    let functions: String =
        (0..200).map(|i| format!("(func {})", "(call 7)".repeat((i * 37) % 91))).collect();
    let wasm = wat::parse_str(format!("(module {functions})")).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compile(&wasm, &options()).unwrap())
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert!(one == on(threads), "{threads} threads");
    }
}

#[test]
fn the_first_wrong_function_is_named() {
    let good = "(func)".repeat(50);
    let wat = format!("(module {good} (func $bad i32.add drop) {good} (func i64.add drop))");
    let wasm = wat::parse_str(wat).unwrap();
    for _ in 0..20 {
        let error = compile(&wasm, &options()).unwrap_err();
        assert_eq!(error.function_index(), Some(50), "{error}");
        assert!(error.is_invalid());
        let text = error.to_string();
        assert!(text.starts_with("function 50 (bad): invalid code: type mismatch"), "{text}");
        let offset = error.offset().unwrap() as usize;
        assert_eq!(wasm[offset], 0x6a, "the offset is that of the operator");
    }
}

#[test]
fn a_faulty_back_end_is_an_error() {
    let error =
        |wat: &str| compile(&wat::parse_str(wat).unwrap(), &options()).unwrap_err().to_string();
    let text = error("(module (func) (func (drop (i32.const 666))))");
    assert!(text.contains("function 1") && text.contains("asked for"), "{text}");
    let text = error(r#"(module (import "" "" (func)) (func (drop (i32.const 667))))"#);
    assert!(text.contains("function 0 is not in the artifact"), "{text}");
    let text = error(r#"(module (func (drop (i32.const 667))))"#);
    assert!(text.contains("outside its function"), "{text}");
}

#[test]
fn work_can_be_watched_and_cancelled() {
    let wasm = wat::parse_str(format!("(module {})", "(func nop nop)".repeat(1000))).unwrap();
    let (calls, last) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let progress = {
        let (calls, last) = (calls.clone(), last.clone());
        move |done: u64, total: u64| {
            assert!(done <= total);
            calls.fetch_add(1, Ordering::Relaxed);
            last.fetch_max(done, Ordering::Relaxed);
        }
    };
    let watched = Options { progress: Some(Arc::new(progress)), ..options() };
    compile(&wasm, &watched).unwrap();
    assert_eq!(last.load(Ordering::Relaxed), 4000, "three operators and the locals each");
    assert!((100..=400).contains(&calls.load(Ordering::Relaxed)));

    let cancel = Some(Arc::new(AtomicBool::new(true)));
    let error = compile(&wasm, &Options { cancel, ..options() }).unwrap_err();
    assert!(error.is_cancelled());
}

#[test]
fn what_is_asked_for_changes_the_fingerprint() {
    let base = fingerprint(&options());
    let mut limits = options();
    limits.limits.types = 3;
    for other in [
        Options { plan: MemoryPlan::Checked, ..options() },
        Options { cpu: Cpu { bits: 0b111111 }, ..options() },
        Options { keep_debug: false, ..options() },
        limits,
    ] {
        assert_ne!(fingerprint(&other).hash(), base.hash(), "{other:?}");
    }
    assert_eq!(fingerprint(&options()).hash(), base.hash());
}

#[test]
fn debug_sections_are_kept_only_if_asked_for() {
    let wasm = wat::parse_str(MODULE).unwrap();
    let bytes = compile(&wasm, &Options { keep_debug: false, ..options() }).unwrap();
    let artifact = Artifact::parse(&bytes).unwrap();
    assert_eq!(artifact.custom_section(".debug_info"), None);
    assert!(artifact.custom_section("name").is_some());
}

#[test]
fn other_tools_can_read_the_file() {
    use object::{Object, ObjectSection, ObjectSymbol};
    let bytes = build(MODULE);
    let file = object::File::parse(&*bytes).unwrap();
    assert_eq!(file.architecture(), object::Architecture::X86_64);
    let text = file.section_by_name(".text").unwrap();
    let artifact = Artifact::parse(&bytes).unwrap();
    assert_eq!(text.data().unwrap(), artifact.text());
    assert_eq!(text.address(), artifact.text_range().start as u64);
    let symbols: Vec<_> = file.symbols().filter(|s| s.is_definition()).collect();
    let names: Vec<_> = symbols.iter().map(|s| s.name().unwrap()).collect();
    let leafs = ["leaf:memory_copy", "leaf:memory_fill"];
    assert_eq!(names[..5], ["one", "two", "three", "four", "function[5]"]);
    assert_eq!(names[5..], leafs);
    let two = artifact.function(2).unwrap();
    assert_eq!(symbols[1].address(), text.address() + u64::from(two.start));
    assert_eq!(symbols[1].size(), two.len() as u64);
}

#[test]
fn what_cannot_be_metered_is_refused() {
    let wasm = wat::parse_str("(module (func))").unwrap();
    let metered = Options { fuel: Some(FuelCosts::new()), ..options() };
    let e = compile(&wasm, &metered).unwrap_err();
    assert_eq!(e.to_string(), "the tier \"fake\" cannot make metered code; choose another one");
    let mut costs = FuelCosts::new();
    costs.set("i32.ad", 1);
    let e = compile(&wasm, &Options { fuel: Some(costs), ..options() }).unwrap_err();
    assert!(e.to_string().contains("\"i32.ad\"; is \"i32.add\" meant"), "{e}");
}

#[test]
fn an_artifact_says_how_it_is_metered() {
    let of = |fuel: Option<FuelCosts>| fingerprint(&Options { fuel, ..options() });
    let (none, default) = (of(None), of(Some(FuelCosts::new())));
    assert_eq!(none.fuel(), None);
    none.is_metered_by(None).unwrap();
    default.is_metered_by(Some(&FuelCosts::new())).unwrap();
    for (made_by, costs) in [
        (&none, Some(FuelCosts::new())),
        (&default, None),
        (&default, Some(FuelCosts::instructions())),
    ] {
        assert!(made_by.is_metered_by(costs.as_ref()).unwrap_err().is_mismatch());
    }
}
