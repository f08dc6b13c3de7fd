//! Modules, good and bad, through the decoder.

use waxwing_decode::{Decoded, Features, Limits, Names, Options, decode};
use waxwing_module::{ConstOp, DataMode, ElementItems, ElementMode, ExternKind, ImportType};
use waxwing_module::{RefType, ValType};

fn wasm(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

#[test]
fn facts_are_what_the_text_says() {
    let bytes = wasm(
        r#"(module
          (type $t (func (param i32 f64) (result v128 externref)))
          (import "a" "f" (func (type $t)))
          (import "a" "t" (table 1 9 externref))
          (import "b" "m" (memory 2))
          (import "b" "g" (global $g (mut i64)))
          (func $f (type $t) unreachable)
          (table 3 funcref)
          (memory 1 5)
          (global i32 (i32.add (i32.const 3) (i32.const -4)))
          (global v128 (v128.const i64x2 1 2))
          (global f32 (f32.const nan:0x200001))
          (export "f" (func $f)) (export "m" (memory 1))
          (start $s) (func $s)
          (elem (table 1) (i32.const 1) func $f)
          (elem funcref (ref.func $s) (ref.null func))
          (elem funcref (ref.func $s))
          (elem declare func 0)
          (data (memory 1) (i32.const 7) "seven")
          (data "passive"))"#,
    );
    let decoded = decode(&bytes, &Options::default()).unwrap();
    let m = &decoded.module;
    assert_eq!(m.signature(0).to_string(), "(i32, f64) -> (v128, externref)");
    assert_eq!(m.imports.len(), 4);
    assert_eq!((&*m.imports[1].module, &*m.imports[1].name), ("a", "t"));
    let ImportType::Table(table) = m.imports[1].ty else { panic!("a table") };
    assert_eq!((table.element, table.limits.max), (RefType::EXTERNREF, Some(9)));
    assert_eq!((m.imported_funcs, m.imported_tables), (1, 1));
    assert_eq!((m.imported_memories, m.imported_globals), (1, 1));
    assert_eq!((m.funcs.len(), m.tables.len(), m.memories.len(), m.globals.len()), (3, 2, 2, 4));
    assert_eq!(m.memories[1].limits.max, Some(5));
    assert_eq!(m.globals[2].content, ValType::V128);
    assert_eq!(m.global_inits[0].ops[1..], [ConstOp::I32Const(-4), ConstOp::I32Add]);
    assert_eq!(m.global_inits[1].ops, [ConstOp::V128Const(1 | 2 << 64)]);
    assert_eq!(m.global_inits[2].ops, [ConstOp::F32Const(0x7fa0_0001)], "a NaN keeps its bits");
    assert_eq!(m.export("m").map(|e| (e.kind, e.index)), Some((ExternKind::Memory, 1)));
    assert_eq!(m.start, Some(2));
    assert!(matches!(m.elements[0].mode, ElementMode::Active { table: 1, .. }));
    assert!(matches!(&m.elements[1].items, ElementItems::Exprs(e) if e.len() == 2));
    assert_eq!(m.elements[2].items, ElementItems::Funcs(vec![2]), "plain functions are simplified");
    assert_eq!(m.elements[3].mode, ElementMode::Declared);
    assert_eq!(m.escaping, [0, 1, 2]);
    let contents = |i: usize| {
        let range = m.data[i].bytes.clone();
        &bytes[range.start as usize..range.end as usize]
    };
    assert_eq!((contents(0), contents(1)), (&b"seven"[..], &b"passive"[..]));
    assert!(matches!(m.data[0].mode, DataMode::Active { memory: 1, .. }));
    let bodies: Vec<u32> = decoded.bodies.iter().map(|b| b.index).collect();
    assert_eq!(bodies, [1, 2]);
    assert_eq!(bytes[decoded.code.start], 2, "the code section begins with the number of bodies");
    decoded.validate_bodies().unwrap();
}

#[test]
fn what_is_not_enabled_is_named() {
    for (wat, name) in [
        ("(module (tag))", "exceptions"),
        ("(module (func (drop (ref.as_non_null (ref.null func)))))", "function-references"),
        ("(module (type (struct)))", "gc"),
    ] {
        let options = Options { features: Features::WASM2, ..Options::default() };
        let refused = decode(&wasm(wat), &options).and_then(Decoded::validate_bodies);
        let error = refused.expect_err(wat);
        let text = error.to_string();
        assert!(error.is_unsupported() || text.contains("not supported"), "{wat}: {text}");
        assert!(text.replace([' ', '_'], "-").contains(name), "{wat}: {text}");
        assert!(error.offset().is_some(), "{wat}: {text}");
    }
}

#[test]
fn features_can_be_narrowed_to_wasm_2() {
    let options = Options { features: Features::WASM2, ..Options::default() };
    for (wat, good) in [
        ("(module (memory 1) (memory 1))", false),
        ("(module (global i32 (i32.add (i32.const 1) (i32.const 1))))", false),
        ("(module (func (param v128) (drop (i32x4.relaxed_trunc_f32x4_s (local.get 0)))))", false),
        ("(module (memory 1) (func (param v128) (drop (v128.not (local.get 0)))))", true),
        ("(module (memory 1 1 shared))", false),
        ("(module (memory i64 1))", false),
        ("(module (table i64 1 funcref))", false),
        ("(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))", false),
        ("(module (memory 1 (pagesize 1)))", false),
        ("(module (func (return_call 0)))", false),
        ("(module (func (param i64) local.get 0 local.get 0 i64.mul_wide_s drop drop))", false),
    ] {
        let bytes = wasm(wat);
        let narrow = decode(&bytes, &options).and_then(Decoded::validate_bodies);
        assert_eq!(narrow.is_ok(), good, "{wat}");
        decode(&bytes, &Options::default()).and_then(Decoded::validate_bodies).unwrap();
    }
}

#[test]
fn what_is_not_a_module_is_told_apart() {
    for (bytes, text) in [
        (&b""[..], "an empty file"),
        (b"\0asm\x0d\0\x01\0", "a WebAssembly component"),
        (b"(module)", "text form"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", "native code"),
        (b"\x1f\x8b\x08\0", "gunzip"),
        (b"hello", "it begins with 68 65 6c 6c 6f"),
    ] {
        let error = decode(bytes, &Options::default()).err().unwrap();
        assert!(error.is_not_a_module());
        assert!(error.to_string().contains(text), "{error}");
    }
    let error = decode(b"\0asm\x02\0\0\0", &Options::default()).err().unwrap();
    assert_eq!(error.offset(), Some(4), "{error}");
}

#[test]
fn each_limit_holds() {
    let tiny = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        Options { limits, ..Options::default() }
    };
    type Case = (&'static str, fn(&mut Limits));
    let cases: &[Case] = &[
        ("(module)", |l| l.module_bytes = 7),
        ("(module (type (func)))", |l| l.types = 0),
        (r#"(module (import "" "" (global i32)))"#, |l| l.imports = 0),
        (r#"(module (import "" "" (func)) (func))"#, |l| l.functions = 1),
        ("(module (func nop nop))", |l| l.function_bytes = 3),
        (r#"(module (import "" "" (table 1 funcref)) (table 1 funcref))"#, |l| l.tables = 1),
        ("(module (memory 1))", |l| l.memories = 0),
        ("(module (global i32 (i32.const 0)))", |l| l.globals = 0),
        (r#"(module (func (export "")))"#, |l| l.exports = 0),
        ("(module (elem func) (elem func))", |l| l.element_segments = 1),
        ("(module (func) (elem func 0 0) (elem func 0))", |l| l.element_items = 2),
        (r#"(module (data "") (data ""))"#, |l| l.data_segments = 1),
        ("(module (global i32 (i32.add (i32.const 0) (i32.const 0))))", |l| l.const_ops = 2),
        (r#"(module (@custom "a" "") (@custom "b" ""))"#, |l| l.custom_sections = 1),
    ];
    for (wat, change) in cases {
        let bytes = wasm(wat);
        assert!(decode(&bytes, &Options::default()).is_ok(), "{wat}");
        let error = decode(&bytes, &tiny(*change)).err().unwrap_or_else(|| panic!("{wat}"));
        assert!(error.is_limit(), "{wat}: {error}");
    }
}

#[test]
fn names_are_read_leniently() {
    let bytes = wasm(r#"(module $m (func $a (param $p i32) (local $l i32)) (func) (func $c))"#);
    let decoded = decode(&bytes, &Options::default()).unwrap();
    let names = decoded.names(&bytes);
    assert_eq!(names.module(), Some("m"));
    assert_eq!(names.functions(3), [Some("a"), None, Some("c")]);
    assert_eq!(names.functions(1), [Some("a")], "indices beyond the count are left out");
    assert_eq!(names.function(2), Some("c"));
    assert_eq!(names.locals(0), [(0, "p"), (1, "l")]);
    assert_eq!(names.locals(9), []);

    let section = decoded.custom(&bytes, "name").unwrap();
    for len in 0..section.len() {
        for flip in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut broken = section.to_vec();
            broken[len] ^= flip;
            for bytes in [&broken[..], &broken[..len]] {
                let names = Names::parse(bytes);
                assert_eq!(names.functions(3).len(), 3);
                let _ = (names.module(), names.function(2), names.locals(0));
            }
        }
    }
}

#[test]
fn broken_modules_are_errors() {
    let bytes = wasm(
        r#"(module $m
          (import "env" "f" (func (param i32)))
          (memory (export "m") 1) (table 2 funcref) (global (mut i32) (i32.const 1))
          (func $g (param i32) (result i32) (i32.load offset=4 (local.get 0)))
          (elem (i32.const 0) $g 0) (data (i32.const 0) "hello"))"#,
    );
    let walk = |bytes: &[u8]| {
        decode(bytes, &Options::default()).and_then(|d| {
            let names = d.names(bytes).functions(4);
            assert_eq!(names.len(), 4);
            d.module.data.iter().for_each(|data| {
                assert!(bytes.get(data.bytes.start as usize..data.bytes.end as usize).is_some());
            });
            d.validate_bodies()
        })
    };
    walk(&bytes).unwrap();
    let refused = (0..bytes.len()).filter(|&len| walk(&bytes[..len]).is_err()).count();
    assert!(refused > bytes.len() / 2);
    for at in 0..bytes.len() {
        for value in [0x00, 0x01, 0x0b, 0x40, 0x7f, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            if let Err(error) = walk(&changed) {
                assert!(!error.what().is_empty());
            }
        }
    }
}

#[test]
fn compact_imports_are_the_same_facts() {
    let plain = wasm(
        r#"(module
          (import "the first module" "a" (func)) (import "the first module" "b" (memory 1))
          (import "the second module" "c" (func)) (import "the second module" "d" (func)))"#,
    );
    let compact = wasm(
        r#"(module
          (type (func))
          (import "the first module" (item "a" (func)) (item "b" (memory 1)))
          (import "the second module" (item "c") (item "d") (func)))"#,
    );
    assert!(compact.len() < plain.len(), "the text is not encoded compactly");
    let facts = |bytes: &[u8]| decode(bytes, &Options::default()).map(|d| d.module.imports);
    assert_eq!(facts(&plain).unwrap(), facts(&compact).unwrap());
    let options = Options {
        features: Features { compact_imports: false, ..Features::ALL },
        ..Options::default()
    };
    let error = decode(&compact, &options).map(|_| ()).expect_err("it is off");
    assert!(error.to_string().replace([' ', '_'], "-").contains("compact-imports"), "{error}");
}
