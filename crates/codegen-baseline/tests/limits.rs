//! What the instant tier refuses, what it bounds, and what it makes of real programs.

mod common;

use common::{compile, level_3, listing};
use std::path::Path;
use waxwing_codegen_baseline::Baseline;
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::{Code, Error};

fn one(wat: &str) -> Result<Code, Error> {
    let mut compiled = compile(&Baseline, wat, MemoryPlan::Reserved, level_3());
    compiled.functions.pop().expect("there is a function").1
}

#[test]
fn floats_and_vectors_are_refused_by_name_and_place() {
    let cases = [
        ("(module (func (param f32)))", "type F32"),
        ("(module (func (result f64) (f64.const 1)))", "type F64"),
        ("(module (func (local v128)))", "type V128"),
        ("(module (memory 1) (func (drop (f32.load (i32.const 0)))))", "load of F32"),
        ("(module (func (drop (i32.trunc_sat_f64_s (f64.const 1)))))", "a constant of type F64"),
    ];
    for (wat, what) in cases {
        match one(wat) {
            Err(Error::Unsupported(text, at)) => {
                assert_eq!(text, format!("{what} (baseline tier)"));
                assert!(at > 0, "{wat}");
            }
            other => panic!("{wat}: {other:?}"),
        }
    }
}

#[test]
fn large_frames_are_touched_page_by_page() {
    let locals = "i64 ".repeat(3000);
    let wat = format!("(module (func (local {locals}) (local.set 2999 (i64.const 1))))");
    let code = one(&wat).expect("integers only");
    let text = listing(&code);
    let lines: Vec<&str> = text.lines().map(|line| line[7..].trim()).collect();
    assert!(lines[2].starts_with("jmp "), "the frame is allocated out of line");
    let cold = lines.iter().position(|l| l.starts_with("lea r11,[rsp-")).expect("probes");
    let expected = ["lea r11,[rsp-5000h]", "sub rsp,1000h", "or dword ptr [rsp],0", "cmp rsp,r11"];
    assert_eq!(lines[cold..cold + 4], expected);
    // The home of rbx and 3000 locals, and what the five pages leave of them.
    assert_eq!(lines[cold + 5], format!("sub rsp,0{:X}h", (8 + 3000 * 8 + 8) - 0x5000));
    assert_eq!(lines[cold + 6], "or dword ptr [rsp],0");
}

#[test]
fn code_grows_with_the_function_only() {
    // Deep nesting, and operands that wait while their local is written.
    let nested = |n: usize| {
        let open = "(local.get 0) (if (result i32) (local.get 0) (then ";
        let close = ") (else (i32.const 1))) (i32.add)";
        format!(
            "(module (func (param i32) (result i32) {} (local.get 0) {}))",
            open.repeat(n),
            close.repeat(n)
        )
    };
    let waiting = |n: usize| {
        let body = "(local.get 0) (local.set 1 (local.get 0))".repeat(n);
        format!(
            "(module (func (param i32 i32) (result i32) {body} (i32.const 0) {}))",
            "(i32.add)".repeat(n)
        )
    };
    for make in [&nested as &dyn Fn(usize) -> String, &waiting] {
        let [small, large] = [500, 5000].map(|n| one(&make(n)).expect("integers only").bytes.len());
        assert!(large < 11 * small, "{small} bytes, then {large}");
    }
}

#[test]
fn code_is_bounded() {
    // Each branch carries a thousand operands.
    let types = "i32 ".repeat(1000);
    let values = "(local.get 0)".repeat(1000);
    let branches = "(br_if 0 (local.get 0))".repeat(12_000);
    let wat = format!(
        "(module (func (param i32) (result {types}) (block (result {types}) {values} {branches})))"
    );
    match one(&wat) {
        Err(Error::Backend(text)) => assert!(text.contains("64 MiB"), "{text}"),
        other => panic!("{:?}", other.map(|code| code.bytes.len())),
    }
}

#[test]
fn functions_of_real_programs() {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    let (mut able, mut unable) = (0, 0);
    for entry in std::fs::read_dir(guests).expect("directory of guests") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|e| e != "wasm") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("guest");
        for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
            let compiled = common::compile_bytes(&Baseline, &bytes, plan, level_3());
            for (index, code) in compiled.functions {
                match code {
                    Ok(code) => {
                        able += 1;
                        assert!(code.traps.windows(2).all(|w| w[0].0 < w[1].0));
                        assert!(code.addresses.windows(2).all(|w| w[0].0 < w[1].0));
                    }
                    Err(Error::Unsupported(..)) => unable += 1,
                    Err(e) => panic!("{} function {index}: {e}", path.display()),
                }
            }
        }
    }
    eprintln!("{able} functions compiled, {unable} not");
    assert!(able > 10 * unable, "{able} functions compiled, {unable} not");
}
