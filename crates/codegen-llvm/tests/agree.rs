//! Every operator that all back ends have gives the same result, or the same trap, in each.

#[path = "../../codegen-baseline/tests/common/mod.rs"]
mod common;
mod machine;

use common::{Compiled, compile};
use machine::{End, Instance, MEMORY, Text, call};
use waxwing_codegen_baseline::Baseline;
use waxwing_codegen_cranelift::{Cranelift, Options};
use waxwing_codegen_llvm::Llvm;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Callee, Codegen};
use waxwing_module::Trap;

/// How a call ended, as far as WebAssembly says.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Value(u64),
    Trap(Trap),
}

struct Tier {
    name: String,
    compiled: Compiled,
    text: Text,
}

/// Every back end, for this processor and for the least one.
fn tiers(wat: &str, plan: MemoryPlan) -> Vec<Tier> {
    let cranelift = Cranelift::new(Options::default()).expect("a target");
    let back_ends: [&dyn Codegen; 3] = [&Baseline, &cranelift, &Llvm];
    let least = Cpu { bits: Cpu::host().bits & 0x1f };
    let mut all = Vec::new();
    for back_end in back_ends {
        for cpu in [Cpu::host(), least] {
            let compiled = compile(back_end, wat, plan, cpu);
            let functions = compiled.functions.iter();
            let functions = functions.map(|&(i, _)| (Callee::Func(i), compiled.code(i).clone()));
            let text = Text::link(functions.collect());
            let name = format!("{} {:#x}", back_end.tier(), cpu.bits);
            all.push(Tier { name, compiled, text });
        }
    }
    all
}

impl Tier {
    fn run(&self, instance: &Instance, function: u32, args: &[u64], narrow: bool) -> Outcome {
        let args: Vec<u64> =
            std::iter::once(instance.vmctx()).chain(args.iter().copied()).collect();
        let end = call(&self.text, Callee::Func(function), &args);
        match end {
            End::Returned(n) if narrow => Outcome::Value(u64::from(n as u32)),
            End::Returned(n) => Outcome::Value(n),
            End::Faulted { pc, .. } => match end.trap(&self.text) {
                Some(trap) => Outcome::Trap(trap),
                None => panic!("{}: fault at {pc:#x} that is not in the table", self.name),
            },
        }
    }
}

const VALUES: [u64; 16] = [
    0,
    1,
    2,
    7,
    31,
    32,
    63,
    64,
    0x80,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

fn check_pairs(names: &[String], wat: &str) {
    let tiers = tiers(wat, MemoryPlan::Reserved);
    let instance = Instance::new(&tiers[0].compiled.layout);
    for (index, name) in names.iter().enumerate() {
        let compares = ["eq", "ne", "lt", "gt", "le", "ge", "wrap"];
        let op = name.split_once('.').map_or("", |(_, op)| op);
        let narrow = name.starts_with("i32") || compares.iter().any(|c| op.starts_with(c));
        for a in VALUES {
            for b in VALUES {
                let [first, rest @ ..] = &tiers[..] else { unreachable!("there are tiers") };
                let expected = first.run(&instance, index as u32, &[a, b], narrow);
                for tier in rest {
                    let found = tier.run(&instance, index as u32, &[a, b], narrow);
                    let (x, y) = (&first.name, &tier.name);
                    assert_eq!(expected, found, "{name} of {a:#x}, {b:#x}: {x} and {y}");
                }
            }
        }
    }
}

#[test]
fn operators_on_two_integers() {
    let ops = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr \
               eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
    let (mut names, mut functions) = (Vec::new(), String::new());
    for ty in ["i32", "i64"] {
        for op in ops.split_whitespace() {
            let compares = ["eq", "ne", "lt", "gt", "le", "ge"].iter().any(|c| op.starts_with(c));
            let result = if compares { "i32" } else { ty };
            // Once from parameters, and once with each operand a constant.
            for (a, b) in [
                ("(local.get 0)".to_owned(), "(local.get 1)".to_owned()),
                ("(local.get 0)".to_owned(), format!("({ty}.const -1)")),
                ("(local.get 0)".to_owned(), format!("({ty}.const 7)")),
                (format!("({ty}.const 1000)"), "(local.get 1)".to_owned()),
                (
                    format!("({ty}.add (local.get 0) ({ty}.const 1))"),
                    format!("({ty}.add (local.get 1) ({ty}.const 1))"),
                ),
            ] {
                functions +=
                    &format!("(func (param {ty} {ty}) (result {result}) ({ty}.{op} {a} {b}))\n");
                names.push(format!("{ty}.{op} {a} {b}"));
            }
        }
    }
    check_pairs(&names, &format!("(module {functions})"));
}

#[test]
fn operators_on_one_integer() {
    let ops = "i32.clz i32.ctz i32.popcnt i32.extend8_s i32.extend16_s i32.eqz \
               i64.clz i64.ctz i64.popcnt i64.extend8_s i64.extend16_s i64.extend32_s i64.eqz";
    let (mut names, mut functions) = (Vec::new(), String::new());
    for op in ops.split_whitespace() {
        let ty = &op[..3];
        let result = if op.ends_with("eqz") { "i32" } else { ty };
        functions += &format!("(func (param {ty} {ty}) (result {result}) ({op} (local.get 0)))\n");
        functions += &format!(
            "(func (param {ty} {ty}) (result {result})
               ({op} ({ty}.xor (local.get 0) (local.get 1))))\n"
        );
        names.extend([op.to_owned(), op.to_owned()]);
    }
    functions += "(func (param i64 i64) (result i32) (i32.wrap_i64 (local.get 0)))
        (func (param i32 i32) (result i64) (i64.extend_i32_s (local.get 0)))
        (func (param i32 i32) (result i64) (i64.extend_i32_u (local.get 0)))
        (func (param i64 i64) (result i64)
          (select (local.get 0) (local.get 1) (i64.lt_u (local.get 0) (local.get 1))))
        (func (param i32 i32) (result i32)
          (select (i32.const 5) (i32.eqz (local.get 1)) (local.get 0)))";
    names.extend(
        ["i32.wrap_i64", "i64.extend_i32_s", "i64.extend_i32_u", "i64.select", "i32.select"]
            .map(String::from),
    );
    check_pairs(&names, &format!("(module {functions})"));
}

#[test]
fn control() {
    let wat = "(module
      (func (param i32 i32) (result i32)
        (block $d (block $c (block $b (block $a
          (br_table $a $b $c $a $d (local.get 0)))
          (return (i32.const 100)))
          (return (i32.const 101)))
          (return (i32.const 102)))
        (i32.const 103))
      (func (param i32 i32) (result i32)
        (i32.add (i32.const 1000)
          (block $b (result i32)
            (block $a (result i32)
              (br_table $a $b $a (local.get 1) (local.get 0)))
            (i32.mul (i32.const 3)))))
      (func (param $n i32) (param i32) (result i32) (local $i i32) (local $sum i32)
        (local.set $n (i32.and (local.get $n) (i32.const 255)))
        (loop $outer
          (if (i32.lt_u (local.get $i) (local.get $n))
            (then
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $outer (i32.and (local.get $i) (i32.const 1)))
              (local.set $sum (i32.add (local.get $sum) (local.get $i)))
              (br $outer))))
        (local.get $sum))
      (func (param $a i32) (param $b i32) (result i32) (local $n i32)
        ;; Loop parameters change places.
        (local.set $n (i32.const 5))
        (local.get $a) (local.get $b)
        (loop $l (param i32 i32) (result i32)
          (local.set $b) (local.set $a)
          (local.get $b) (local.get $a)
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $l (local.get $n))
          (i32.sub)))
      (func (param $a i32) (param $b i32) (result i32)
        ;; Many operands are alive at once, across a call and a branch.
        (i32.add (i32.add (local.get $a) (i32.const 1))
        (i32.sub (i32.mul (local.get $a) (i32.const 2))
        (i32.xor (i32.mul (local.get $b) (i32.const 3))
        (i32.sub (i32.mul (local.get $b) (i32.const 4))
        (i32.xor (i32.mul (local.get $a) (i32.const 5))
        (i32.sub (i32.mul (local.get $a) (i32.const 6))
        (i32.xor (i32.mul (local.get $a) (i32.const 7))
        (i32.sub (i32.mul (local.get $b) (i32.const 8))
        (i32.xor (i32.mul (local.get $b) (i32.const 9))
        (i32.sub (i32.eq (local.get $a) (local.get $b))
        (i32.sub
          (if (result i32) (i32.lt_s (local.get $a) (local.get $b))
            (then (call 2 (local.get $a) (i32.const 0)))
            (else (local.set $a (i32.const 9)) (local.get $b)))
          (i32.rem_u (local.get $a) (i32.or (local.get $b) (i32.const 1)))))))))))))))
      (func (param $a i32) (param $b i32) (result i32)
        ;; A local is written while an operand still is its old value.
        (local.get $a) (local.get $a) (local.get $b)
        (local.set $a (i32.const 3))
        (local.set $b (i32.add (local.get $b) (local.get $a)))
        (i32.sub) (i32.mul) (i32.add (local.get $b)))
      (func (param $a i32) (param $b i32) (result i32)
        ;; A comparison waits while others are made.
        (i32.lt_u (local.get $a) (local.get $b))
        (local.get $a)
        (if (param i32) (result i32) (i32.eqz (local.get $b))
          (then (i32.add (i32.const 1)))
          (else (i32.sub (local.get $b))))
        (i32.add))
      (func (param $a i32) (param $b i32) (result i32)
        (if (i32.gt_s (local.get $a) (local.get $b)) (then (unreachable)))
        (block (br_if 0 (local.get $a)) (return (i32.const 4)))
        (i32.const 5)))";
    let names: Vec<String> = (0..8).map(|i| format!("i32.function {i}")).collect();
    check_pairs(&names, wat);
}

#[test]
fn accesses_of_memory() {
    let mut functions = String::new();
    let mut count = 0u32;
    let loads = "i32.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load i64.load8_s \
                 i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u";
    for op in loads.split_whitespace() {
        let ty = &op[..3];
        for offset in [0u64, 3, 0xffff, 0xffff_ffff] {
            functions += &format!(
                "(func (param i32 i64) (result {ty}) ({op} offset={offset} (local.get 0)))\n"
            );
            count += 1;
        }
        functions += &format!("(func (param i32 i64) (result {ty}) ({op} (i32.const 65530)))\n");
        count += 1;
    }
    let stores = "i32.store i32.store8 i32.store16 i64.store i64.store8 i64.store16 i64.store32";
    for op in stores.split_whitespace() {
        let value =
            if op.starts_with("i32") { "(i32.wrap_i64 (local.get 1))" } else { "(local.get 1)" };
        for value in [value.to_owned(), format!("({}.const -2)", &op[..3])] {
            functions += &format!(
                "(func (param i32 i64) (result i32)
                   ({op} offset=1 (local.get 0) {value}) (i32.const 0))\n"
            );
            count += 1;
        }
    }
    let wat = format!("(module (memory 1 2) {functions})");
    let addresses = [0, 1, 65524, 65532, 65533, 65535, 65536, 0x7fff_ffff, 0xffff_ffff];
    let mut seen = 0;
    for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
        let tiers = tiers(&wat, plan);
        for index in 0..count {
            for address in addresses {
                let outcomes: Vec<_> =
                    tiers.iter().map(|tier| outcome_with_memory(tier, index, address)).collect();
                seen += usize::from(matches!(outcomes[0].0, Outcome::Trap(_)));
                for (tier, outcome) in tiers.iter().zip(&outcomes) {
                    let (plan, first) = (plan.name(), &tiers[0].name);
                    assert!(
                        outcomes[0] == *outcome,
                        "function {index} at {address:#x}, {plan}: {first} and {} differ: {:?} {:?}",
                        tier.name,
                        outcomes[0].0,
                        outcome.0,
                    );
                }
            }
        }
    }
    assert!(seen > 100, "accesses out of bounds trap");
}

/// How a call ended and what is in memory then.
fn outcome_with_memory(tier: &Tier, index: u32, address: u64) -> (Outcome, Vec<u8>) {
    let layout = &tier.compiled.layout;
    let mut instance = Instance::new(layout);
    for (i, byte) in instance.range(0, MEMORY).iter_mut().enumerate() {
        *byte = (i as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0];
    }
    let vmctx = instance.vmctx();
    instance.write(layout.memory(0), vmctx);
    instance.write(layout.memory(0) + 8, MEMORY as u64);
    let narrow = tier.compiled.module.func_type(index).results == [waxwing_module::ValType::I32];
    let outcome = tier.run(&instance, index, &[address, 0x0123_4567_89ab_cdef], narrow);
    (outcome, instance.range(0, MEMORY).to_vec())
}

#[test]
fn leaf_routines_copy_and_fill() {
    let cranelift = Cranelift::new(Options::default()).expect("a target");
    let back_ends: [&dyn Codegen; 3] = [&Baseline, &cranelift, &Llvm];
    for back_end in back_ends {
        let leaf = |leaf| {
            let code = back_end.leaf(leaf, Cpu::host(), false).expect("the tier has leaf routines");
            (Callee::Leaf(leaf), code)
        };
        let text = Text::link(Leaf::ALL.iter().map(|&l| leaf(l)).collect());
        let original: Vec<u8> = (0..2000u32).map(|i| (i * 7 + i / 256) as u8).collect();
        for len in (0..70).chain([127, 128, 129, 500, 777]) {
            for (to, from) in [(0, 1000), (1000, 0), (100, 101), (101, 100), (100, 130), (130, 100)]
            {
                let (mut expected, mut found) = (original.clone(), original.clone());
                expected.copy_within(from..from + len, to);
                let base = found.as_mut_ptr() as u64;
                let args = [base + to as u64, base + from as u64, len as u64];
                let end = call(&text, Callee::Leaf(Leaf::MemoryCopy), &args);
                assert!(matches!(end, End::Returned(_)));
                assert!(expected == found, "{}: {len} from {from} to {to}", back_end.tier());
            }
            let (mut expected, mut found) = (original.clone(), original.clone());
            expected[50..50 + len].fill(0xa5);
            let args = [found.as_mut_ptr() as u64 + 50, 0xffff_ff00 | 0xa5, len as u64];
            let end = call(&text, Callee::Leaf(Leaf::MemoryFill), &args);
            assert!(matches!(end, End::Returned(_)));
            assert!(expected == found, "{}: fill of {len}", back_end.tier());
        }
    }
}
