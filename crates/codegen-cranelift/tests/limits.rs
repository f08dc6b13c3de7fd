//! Functions made to be hard: they are compiled, or refused with a reason, and nothing panics.

mod common;
#[path = "common/disassembly.rs"]
mod disassembly;

use common::{V3, compile};
use disassembly::disassemble;
use std::fmt::Write;
use waxwing_codegen_cranelift::{Cranelift, Options};
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::{Code, Error};

/// The only function of a module.
fn only(wat: &str) -> Result<Code, Error> {
    let wasm = wat::parse_str(wat).expect("it is well formed");
    let back_end = Cranelift::new(Options { verifier: false, ..Options::default() })?;
    let mut codes = compile(&back_end, &wasm, MemoryPlan::Reserved, V3)?;
    Ok(codes.remove(0).0)
}

#[test]
fn a_jump_table_of_a_hundred_thousand_entries() {
    let labels = "0 1 2 ".repeat(33_334);
    let wat = format!(
        "(module (func (param i32) (result i32)
            (block (result i32) (block (result i32) (block (result i32)
              (br_table {labels} (i32.const 5) (local.get 0)))
              (i32.const 1) i32.add) (i32.const 2) i32.add)))"
    );
    let code = only(&wat).expect("it is compiled");
    assert!(code.bytes.len() > 400_000, "the entries are there");
    assert!(code.bytes.len() < 450_000, "operands are not copied for each");
}

#[test]
fn ten_thousand_blocks_within_each_other() {
    let depth = 10_000;
    let wat = format!(
        "(module (func (param i32) {} (br_if {} (local.get 0)) (br {}) {}))",
        "block ".repeat(depth),
        depth - 1,
        depth / 2,
        "end ".repeat(depth)
    );
    only(&wat).expect("it is compiled");
}

#[test]
fn branches_that_carry_too_much_are_refused() {
    // 10,000 branches of a few bytes each, with a thousand operands.
    let results = "i32 ".repeat(1000);
    let consts = "i32.const 1 ".repeat(1000);
    let branches = "local.get 0 br_if 0 ".repeat(10_000);
    let drops = "drop ".repeat(1000);
    let wat = format!(
        "(module (func (param i32) (block (result {results}) {consts} {branches}) {drops}))"
    );
    let Err(Error::Backend(why)) = only(&wat) else { panic!("it is refused") };
    assert!(why.contains("too many operands"), "{why}");
    // The next function on this thread is none the worse.
    only("(module (func))").expect("it is compiled");
}

#[test]
fn an_invalid_function_leaves_the_next_unharmed() {
    for body in ["i32.add", "(block (br_if 0 (i32.const 1)) (i64.const 1) drop drop)"] {
        let wat = format!("(module (func {body}))");
        assert!(matches!(only(&wat), Err(Error::Invalid(_))), "{body}");
        only("(module (func (result i32) (loop (br_if 0 (i32.const 1))) (i32.const 3)))")
            .expect("it is compiled");
    }
}

#[test]
fn a_frame_of_many_pages_is_probed() {
    let results = "i64 ".repeat(1000);
    let sets = "local.set 0 ".repeat(1000);
    let wat = format!(
        "(module (func (result i64) (local i64) (call $many) {sets} (local.get 0))
            (func $many (result {results}) (loop) unreachable))"
    );
    let text = disassemble(&only(&wat).expect("it is compiled"));
    // 1,000 results of 16 bytes each: each of the three pages in between is touched before the
    // stack pointer goes beyond it.
    let touched = text.matches("subq $0x1000, %rsp").count();
    assert!(touched >= 3, "{touched} pages\n{text}");
}

#[test]
fn a_function_of_many_branches_and_locals() {
    // 20,000 conditionals, each of which sets one of 50 locals.
    let mut body = String::new();
    for i in 0..20_000 {
        let (a, b) = (i % 50, (i * 7 + 3) % 50);
        write!(
            body,
            "(if (i32.lt_u (local.get {a}) (i32.const {i}))
               (then (local.set {b} (i32.add (local.get {a}) (i32.load offset={i} (local.get {b}))))))"
        )
        .expect("strings take everything");
    }
    let wat = format!(
        "(module (memory 1) (func (param {}) (result i32) {body} (local.get 7)))",
        "i32 ".repeat(50)
    );
    only(&wat).expect("it is compiled");
}
