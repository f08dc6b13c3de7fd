//! What guests must spell out computes what it says, however the machine says it.

use waxwing::{Engine, Instance, Module, Store};
use waxwing_testkit::Random;

/// Every combination of the bits of three operands.
const BITS: [u64; 3] = [0xf0f0_0f0f_ff00_00ff, 0xcccc_3333_0ff0_f00f, 0xaaaa_5555_a5a5_5a5a];

/// Formulas of `$a`, `$b` and `$c`, where `op` stands for the type: those in which a complement is
/// mixed in, in every order, and those that are nearly so.
const FORMULAS: &[(&str, fn(u64, u64, u64) -> u64)] = &[
    ("(xor $c (and $b (not $a)))", |a, b, c| c ^ (b & !a)),
    ("(xor $c (and (not $a) $b))", |a, b, c| c ^ (!a & b)),
    ("(xor (and $b (not $a)) $c)", |a, b, c| (b & !a) ^ c),
    ("(xor (and (not $a) $b) $c)", |a, b, c| (!a & b) ^ c),
    ("(xor (and $a $b) (xor $b $c))", |a, b, c| (a & b) ^ (b ^ c)),
    ("(xor (and $a $b) (xor $c $b))", |a, b, c| (a & b) ^ (c ^ b)),
    ("(xor (and $b $a) (xor $c $b))", |a, b, c| (b & a) ^ (c ^ b)),
    ("(xor (xor $b $c) (and $b $a))", |a, b, c| (b ^ c) ^ (b & a)),
    ("(xor (xor $c $a) (and $b $a))", |a, b, c| (c ^ a) ^ (b & a)),
    ("(xor (xor $a $b) (and $b $a))", |a, b, _| (a ^ b) ^ (b & a)),
    ("(xor (and $a $b) (xor $c $c))", |a, b, _| a & b),
    ("(xor (or $a $b) (xor $b $c))", |a, b, c| (a | b) ^ (b ^ c)),
    ("(and (and $a $b) (xor $b $c))", |a, b, c| (a & b) & (b ^ c)),
    ("(xor (and $a $b) (or $b $c))", |a, b, c| (a & b) ^ (b | c)),
    // What is between has other uses.
    ("(add (xor $b $c) (xor (and $a $b) (xor $b $c)))", |a, b, c| {
        (b ^ c).wrapping_add((a & b) ^ (b ^ c))
    }),
    ("(add (and $a $b) (xor (and $a $b) (xor $b $c)))", |a, b, c| {
        (a & b).wrapping_add((a & b) ^ (b ^ c))
    }),
    ("(xor (xor $a (and $b (not $c))) (and $c (not (xor $a (and $b (not $c))))))", |a, b, c| {
        let mixed = a ^ (b & !c);
        mixed ^ (c & !mixed)
    }),
];

/// A formula as WebAssembly of a type.
fn spell(formula: &str, ty: &str) -> String {
    let mut text = formula.replace("(not ", &format!("(xor ({ty}.const -1) "));
    for op in ["xor", "and", "or", "add"] {
        text = text.replace(&format!("({op} "), &format!("({ty}.{op} "));
    }
    for (name, index) in [("$a", 0), ("$b", 1), ("$c", 2)] {
        text = text.replace(name, &format!("(local.get {index})"));
    }
    text
}

#[test]
fn complements_are_mixed_in() {
    let mut text = String::from("(module\n");
    for (i, (formula, _)) in FORMULAS.iter().enumerate() {
        for ty in ["i32", "i64"] {
            text.push_str(&format!(
                "(func (export \"{ty}_{i}\") (param {ty} {ty} {ty}) (result {ty}) {})\n",
                spell(formula, ty)
            ));
        }
    }
    let engine = Engine::default();
    let module = Module::new(&engine, text + ")").expect("a module");
    let mut store = Store::new(&engine, ());
    let guest = Instance::instantiate(&mut store, &module, &[]).expect("an instance");
    let mut random = Random::new(7);
    let mut inputs = vec![BITS, [0; 3], [u64::MAX; 3], [0, u64::MAX, 0]];
    inputs.extend((0..100).map(|_| [random.bits(), random.bits(), random.bits()]));
    for (i, (formula, meaning)) in FORMULAS.iter().enumerate() {
        let wide = guest.get_typed_func::<(i64, i64, i64), i64>(&mut store, &format!("i64_{i}"));
        let narrow = guest.get_typed_func::<(i32, i32, i32), i32>(&mut store, &format!("i32_{i}"));
        let (wide, narrow) = (wide.expect("an export"), narrow.expect("an export"));
        for [a, b, c] in &inputs {
            let wanted = meaning(*a, *b, *c);
            let got = wide.call(&mut store, (*a as i64, *b as i64, *c as i64)).expect("no trap");
            assert_eq!(got as u64, wanted, "{formula} of {a:x} {b:x} {c:x}");
            let got = narrow.call(&mut store, (*a as i32, *b as i32, *c as i32)).expect("no trap");
            assert_eq!(got as u32, wanted as u32, "{formula} of {a:x} {b:x} {c:x}");
        }
    }
}
