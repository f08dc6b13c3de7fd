//! Parameters and results travel where [`waxwing_layout::abi`] says.

mod common;
#[path = "common/disassembly.rs"]
mod disassembly;

use common::{V3, compile, verified};
use disassembly::disassemble;
use waxwing_codegen_cranelift::OptLevel;
use waxwing_layout::abi::{Loc, Ty, locate};
use waxwing_layout::plan::MemoryPlan;

const INT: [(&str, &str); 6] = [
    ("%edi", "%rdi"),
    ("%esi", "%rsi"),
    ("%edx", "%rdx"),
    ("%ecx", "%rcx"),
    ("%r8d", "%r8"),
    ("%r9d", "%r9"),
];

fn name(ty: Ty) -> &'static str {
    match ty {
        Ty::I32 => "i32",
        Ty::I64 => "i64",
        Ty::F32 => "f32",
        Ty::F64 => "f64",
        Ty::V128 => "v128",
        Ty::Ptr => "funcref",
    }
}

/// The code of a function with these parameters that returns one of them.
fn give_back(params: &[Ty], which: usize) -> String {
    let list: Vec<&str> = params.iter().map(|&t| name(t)).collect();
    let result = name(params[which]);
    let wat =
        format!("(module (func (param {}) (result {result}) (local.get {which})))", list.join(" "));
    let wasm = wat::parse_str(wat).expect("it is well formed");
    let codes = compile(&verified(OptLevel::Speed), &wasm, MemoryPlan::Reserved, V3);
    disassemble(&codes.expect("it is compiled")[0].0)
}

/// Whether some line moves from `source` to the result register of the type.
fn moves(code: &str, source: &[String], ty: Ty) -> bool {
    let to: &[&str] = if ty.is_float() { &["%xmm0"] } else { &["%rax", "%eax"] };
    code.lines().any(|line| {
        let Some((_, operands)) = line.split_once("mov") else { return false };
        let operands = operands.split_once(' ').map_or("", |(_, rest)| rest);
        operands
            .rsplit_once(", ")
            .is_some_and(|(from, into)| to.contains(&into) && source.iter().any(|s| s == from))
    })
}

#[test]
fn every_parameter_is_found_in_its_place() {
    let mixed = [Ty::I32, Ty::F64, Ty::I64, Ty::V128, Ty::F32, Ty::Ptr];
    let params: Vec<Ty> = mixed.iter().copied().cycle().take(30).collect();
    let mut all = vec![Ty::Ptr];
    all.extend(&params);
    let (locs, bytes) = locate(&all);
    for (which, &ty) in params.iter().enumerate() {
        let code = give_back(&params, which);
        let source = match locs[which + 1] {
            Loc::Int(n) => {
                let (narrow, wide) = INT[n as usize];
                vec![narrow.to_owned(), wide.to_owned()]
            }
            // It is where the result is wanted.
            Loc::Float(0) => {
                assert!(!code.contains("%xmm"), "{code}");
                continue;
            }
            Loc::Float(n) => vec![format!("%xmm{n}")],
            // Above the return address and the saved frame pointer.
            Loc::Stack(at) => vec![format!("{:#x}(%rbp)", at + 16)],
        };
        assert!(moves(&code, &source, ty), "parameter {which} from {source:?}:\n{code}");
        assert!(code.contains(&format!("retq ${bytes:#x}\n")), "the callee pops {bytes}:\n{code}");
    }
}

#[test]
fn a_results_area_comes_second() {
    let wat = "(module (func (param i64) (result i64 i64) (local.get 0) (i64.const 5)))";
    let wasm = wat::parse_str(wat).expect("it is well formed");
    let codes = compile(&verified(OptLevel::Speed), &wasm, MemoryPlan::Reserved, V3);
    let code = disassemble(&codes.expect("it is compiled")[0].0);
    assert!(code.contains("movq %rdx, (%rsi)"), "{code}");
    assert!(code.contains("movq $5, 0x10(%rsi)"), "{code}");
}

#[test]
fn registers_that_the_callee_keeps_survive_a_call() {
    // More values than there are kept registers live across the call: the others are spilled, and
    // the kept ones are saved first.
    let params = "i64 ".repeat(5);
    let sum =
        (1..5).fold("(local.get 0)".to_owned(), |a, i| format!("(i64.add {a} (local.get {i}))"));
    let wat =
        format!("(module (func $f (loop)) (func (param {params}) (result i64) (call $f) {sum}))");
    let wasm = wat::parse_str(wat).expect("it is well formed");
    let codes = compile(&verified(OptLevel::Speed), &wasm, MemoryPlan::Reserved, V3);
    let code = disassemble(&codes.expect("it is compiled")[1].0);
    for register in ["%rbx", "%r12", "%r13", "%r14", "%r15"] {
        assert!(code.contains(&format!("movq {register}, ")), "{register} is saved:\n{code}");
        assert!(code.contains(&format!("(%rsp), {register}\n")), "{register} is restored:\n{code}");
    }
}
