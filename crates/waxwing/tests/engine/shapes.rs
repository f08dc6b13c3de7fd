//! What guests must spell out computes what it says, however the machine says it.

use waxwing::{Engine, Instance, Module, Store};
use waxwing_testkit::Random;

/// What a formula computes.
type Three = fn(u64, u64, u64) -> u64;
type Four = fn(u64, u64, u64, u64) -> u64;

/// Every combination of the bits of three operands.
const BITS: [u64; 3] = [0xf0f0_0f0f_ff00_00ff, 0xcccc_3333_0ff0_f00f, 0xaaaa_5555_a5a5_5a5a];

/// Formulas of `$a`, `$b` and `$c`, where `op` stands for the type: those in which a complement is
/// mixed in, in every order, and those that are nearly so.
const FORMULAS: &[(&str, Three)] = &[
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

/// Sums with carries of `a`, `b`, `p` and `q`, with two locals of I64 `$s`, `$h` and one of I32 `$c`;
/// `a` stands for a read. Carries, what has more uses than a carry has, and what is nearly one.
const SUMS: &[(&str, Four)] = &[
    (
        "(local.set $s (i64.add a b))
         (i64.add (i64.add p q) (i64.extend_i32_u (i64.lt_u s a)))",
        |a, b, p, q| p.wrapping_add(q).wrapping_add(u64::from(a.overflowing_add(b).1)),
    ),
    (
        "(local.set $s (i64.add a b))
         (local.set $h (i64.add (i64.extend_i32_u (i64.gt_u b s)) p))
         (i64.xor s (i64.rotl h (i64.const 1)))",
        |a, b, p, _| {
            let (s, c) = a.overflowing_add(b);
            s ^ p.wrapping_add(u64::from(c)).rotate_left(1)
        },
    ),
    // The sum is used before the carry.
    (
        "(local.set $s (i64.add a b))
         (local.set $h (i64.mul s q))
         (i64.xor h (i64.add p (i64.extend_i32_u (i64.lt_u s a))))",
        |a, b, p, q| {
            let (s, c) = a.overflowing_add(b);
            s.wrapping_mul(q) ^ p.wrapping_add(u64::from(c))
        },
    ),
    // The carry, the comparison and the sum are used behind it, too.
    (
        "(local.set $s (i64.add a b))
         (local.set $h (i64.extend_i32_u (local.tee $c (i64.lt_u s b))))
         (i64.add (i64.sub (i64.add p h) (i64.shl h (i64.const 7)))
           (i64.mul s (i64.extend_i32_s (i32.sub (i32.const 5) (local.get $c)))))",
        |a, b, p, _| {
            let (s, c) = a.overflowing_add(b);
            let c = u64::from(c);
            p.wrapping_add(c).wrapping_sub(c << 7).wrapping_add(s.wrapping_mul(5 - c))
        },
    ),
    // Around the end, and onto itself.
    ("(local.set $s (i64.add a b)) (i64.add s (i64.extend_i32_u (i64.lt_u s b)))", |a, b, _, _| {
        let (s, c) = a.overflowing_add(b);
        s.wrapping_add(u64::from(c))
    }),
    (
        "(local.set $s (i64.add a b))
         (local.set $h (i64.extend_i32_u (i64.lt_u s b)))
         (i64.add (i64.add h h) (i64.add (i64.add s h) h))",
        |a, b, _, _| {
            let (s, c) = a.overflowing_add(b);
            s.wrapping_add(4 * u64::from(c))
        },
    ),
    // Twice the same number; three words.
    ("(local.set $s (i64.add a a)) (i64.add p (i64.extend_i32_u (i64.lt_u s a)))", |a, _, p, _| {
        p.wrapping_add(a >> 63)
    }),
    (
        "(local.set $s (i64.add a b))
         (local.set $h (i64.add p (i64.extend_i32_u (i64.lt_u s a))))
         (i64.add (i64.add q q) (i64.extend_i32_u (i64.lt_u (i64.add h p) p)))",
        |a, b, p, q| {
            let h = p.wrapping_add(u64::from(a.overflowing_add(b).1));
            q.wrapping_add(q).wrapping_add(u64::from(h.overflowing_add(p).1))
        },
    ),
    // The parts stand in different blocks.
    (
        "(local.set $s (i64.add a b))
         (if (i64.eqz (i64.and p (i64.const 1))) (then (local.set $s (i64.add s p))))
         (local.set $c (i64.lt_u s p))
         (if (i64.eqz q) (then (local.set $c (i64.lt_u a q))))
         (i64.add h (i64.add s (i64.extend_i32_u (local.get $c))))",
        |a, b, p, q| {
            let s = a.wrapping_add(b).wrapping_add(if p & 1 == 0 { p } else { 0 });
            s.wrapping_add(u64::from(if q == 0 { a < q } else { s < p }))
        },
    ),
    // No carries: another number, another order, not a sum.
    ("(i64.add p (i64.extend_i32_u (i64.lt_u (i64.add a b) q)))", |a, b, p, q| {
        p.wrapping_add(u64::from(a.wrapping_add(b) < q))
    }),
    ("(i64.add p (i64.extend_i32_u (i64.lt_s (i64.add a b) a)))", |a, b, p, _| {
        p.wrapping_add(u64::from((a.wrapping_add(b) as i64) < a as i64))
    }),
    ("(i64.add p (i64.extend_i32_u (i64.le_u (i64.add a b) a)))", |a, b, p, _| {
        p.wrapping_add(u64::from(a.wrapping_add(b) <= a))
    }),
    ("(i64.add p (i64.extend_i32_u (i64.gt_u (i64.add a b) a)))", |a, b, p, _| {
        p.wrapping_add(u64::from(a.wrapping_add(b) > a))
    }),
    ("(i64.add p (i64.extend_i32_s (i64.lt_u (i64.add a b) a)))", |a, b, p, _| {
        p.wrapping_add(u64::from(a.wrapping_add(b) < a))
    }),
    (
        "(i64.add p (i64.extend_i32_u (i32.lt_u (i32.add (i32.wrap_i64 a) (i32.wrap_i64 b))
            (i32.wrap_i64 a))))",
        |a, b, p, _| p.wrapping_add(u64::from((a as u32).overflowing_add(b as u32).1)),
    ),
];

#[test]
fn carries_are_carried() {
    let mut text = String::from("(module\n");
    for (i, (formula, _)) in SUMS.iter().enumerate() {
        let mut body = (*formula).to_owned();
        for name in ["a", "b", "p", "q", "s", "h"] {
            for end in [" ", ")"] {
                body =
                    body.replace(&format!(" {name}{end}"), &format!(" (local.get ${name}){end}"));
            }
        }
        text.push_str(&format!(
            "(func (export \"{i}\") (param $a i64) (param $b i64) (param $p i64) (param $q i64)
               (result i64) (local $s i64) (local $h i64) (local $c i32) {body})\n",
        ));
    }
    let engine = Engine::default();
    let module = Module::new(&engine, text + ")").expect("a module");
    let mut store = Store::new(&engine, ());
    let guest = Instance::instantiate(&mut store, &module, &[]).expect("an instance");
    let edges = [0, 1, 2, u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1, 1 << 32];
    let mut inputs = Vec::new();
    for a in edges {
        for b in edges {
            inputs.extend(edges.iter().map(|&p| [a, b, p, !p]));
        }
    }
    let mut random = Random::new(11);
    inputs.extend((0..2000).map(|_| [(); 4].map(|()| random.bits())));
    for (i, (formula, meaning)) in SUMS.iter().enumerate() {
        let f = guest.get_typed_func::<(i64, i64, i64, i64), i64>(&mut store, &i.to_string());
        let f = f.expect("an export");
        for &[a, b, p, q] in &inputs {
            let args = (a as i64, b as i64, p as i64, q as i64);
            let got = f.call(&mut store, args).expect("no trap") as u64;
            assert_eq!(got, meaning(a, b, p, q), "{formula} of {a:x} {b:x} {p:x} {q:x}");
        }
    }
}
