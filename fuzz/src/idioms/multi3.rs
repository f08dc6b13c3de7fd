//! Functions that multiply 128-bit numbers through memory, as a compiler's library has them, and
//! such as nearly do.
//!
//! They are of type (result's address, low half, high half, low half, high half). Other helpers of
//! that kind, of the same type or with a count of bits, stand beside them.

use super::code::{Tree, bin, chain, get, i32c, i64c, memarg, tee, un};
use super::wide::{Product, product, store_pair};
use super::world::World;
use super::writer::Writer;
use crate::rng::Rng;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// The type of a product through memory.
pub const TYPE: [ValType; 5] =
    [ValType::I32, ValType::I64, ValType::I64, ValType::I64, ValType::I64];

/// Adds one; its index.
pub fn multi3(rng: &mut Rng, world: &mut World) -> u32 {
    let mut w = Writer::new(rng, world, &TYPE, &[], 0);
    let (to, a, a_high, b, b_high) = (0, 1, 2, 3, 4);
    let early = w.rng.chance(1, 12);
    if early {
        effect(&mut w);
    }
    match w.rng.below(4) {
        0 | 1 => library(&mut w),
        _ => {
            let (a, b) = if w.rng.chance(1, 2) { (a, b) } else { (b, a) };
            let Product { low, high } = product(&mut w, a, b);
            let mut cross = Vec::new();
            let rate = if w.rng.chance(1, 6) { 2 } else { 40 };
            if !w.rng.chance(1, rate) {
                cross.push(bin(I::I64Mul, get(a_high), get(b)));
            }
            if !w.rng.chance(1, rate) {
                cross.push(bin(I::I64Mul, get(a), get(b_high)));
            }
            if w.rng.chance(1, 40) {
                cross.push(bin(I::I64Mul, get(a_high), get(b_high)));
            }
            let mut terms = vec![high];
            for term in cross {
                let at = w.rng.below(terms.len() as u64 + 1) as usize;
                terms.insert(at, term);
            }
            let high = chain(&I::I64Add, terms);
            let low = if w.rng.chance(1, 3) { get(w.save(ValType::I64, low)) } else { low };
            let high = if w.rng.chance(1, 3) { get(w.save(ValType::I64, high)) } else { high };
            store_pair(&mut w, to, low, high);
        }
    }
    if w.rng.chance(1, 16) {
        effect(&mut w);
    }
    finish(w)
}

fn finish(w: Writer<'_>) -> u32 {
    let cost = w.cost + 50;
    let world = &mut *w.world;
    let mut code = w.code;
    code.tidy(w.rng);
    // A function may be called by the host, too: then it cannot be left out.
    match w.rng.chance(1, 6) {
        true => world.root(code, cost),
        false => world.add(code, cost),
    }
}

/// What no multiplication does: then it is none.
fn effect(w: &mut Writer<'_>) {
    let to = 0;
    match w.rng.below(6) {
        0 => w.code.put([I::LocalGet(to), I::I64Load(memarg(0)), I::LocalSet(2)]),
        1 => w.code.put([I::I64Const(1), I::GlobalSet(2)]),
        2 => w.code.put([I::LocalGet(to), I::I64Const(7), I::I64Store(memarg(16))]),
        3 => w.code.put([I::LocalGet(to), I::I32Const(0), I::I32Store8(memarg(3))]),
        4 => w.code.put([
            I::LocalGet(to),
            I::I32Eqz,
            I::If(BlockType::Empty),
            I::Unreachable,
            I::End,
        ]),
        _ => w.code.put([I::LocalGet(1), I::I64Eqz, I::If(BlockType::Empty), I::Return, I::End]),
    }
    if !w.world.globals[2].0.mutable {
        // It cannot be set: drop what would have been.
        for op in &mut w.code.ops {
            if matches!(op.what, I::GlobalSet(2)) {
                op.what = I::Drop;
            }
        }
    }
}

/// As clang's library has it for wasm32, with the parameters used again as locals.
fn library(w: &mut Writer<'_>) {
    let (to, a, a_high, b, b_high) = (0, 1, 2, 3, 4);
    let p0 = w.code.local(ValType::I64);
    let down = |x: Tree| bin(I::I64ShrU, x, i64c(32));
    let mask = |x: Tree| bin(I::I64And, x, i64c(0xFFFF_FFFF));
    let mul = |x: Tree, y: Tree| bin(I::I64Mul, x, y);
    let add = |x: Tree, y: Tree| bin(I::I64Add, x, y);
    let cross = add(mul(get(b_high), get(a)), mul(get(a_high), get(b)));
    let top = mul(tee(a_high, down(get(b))), tee(b_high, down(get(a))));
    let first = tee(p0, mul(tee(b, mask(get(b))), tee(a, mask(get(a)))));
    let t = tee(b, add(down(first), mul(get(b), get(b_high))));
    let u = tee(a, add(mask(get(b)), mul(get(a_high), get(a))));
    let sum = add(add(cross, top), down(t));
    let high = add(sum, down(u));
    let low = bin(I::I64Or, bin(I::I64Shl, get(a), i64c(32)), mask(get(p0)));
    let high = bin(I::I64Store(memarg(8)), get(to), high);
    let low = bin(I::I64Store(memarg(0)), get(to), low);
    w.code.tree(high, w.rng);
    w.code.tree(low, w.rng);
    w.spend(60);
}

/// A shift of a 128-bit number by a count, through memory; its index.
pub fn shift(rng: &mut Rng, world: &mut World) -> u32 {
    let long = ValType::I64;
    let mut w = Writer::new(rng, world, &[ValType::I32, long, long, ValType::I32], &[], 0);
    let left = w.rng.chance(1, 2);
    let signed = w.rng.chance(1, 3);
    // The half that bits go out of, and the one that they come into.
    let (from, into) = if left { (1, 2) } else { (2, 1) };
    let (down, up) = match (left, signed) {
        (true, _) => (I::I64Shl, I::I64ShrU),
        (false, true) => (I::I64ShrS, I::I64Shl),
        (false, false) => (I::I64ShrU, I::I64Shl),
    };
    let limit = if w.rng.chance(1, 12) { 62 } else { 63 };
    let count = || un(I::I64ExtendI32U, get(3));
    w.code.put([I::Block(BlockType::Empty), I::Block(BlockType::Empty)]);
    w.code.tree(bin(I::I32LeS, get(3), i32c(limit)), w.rng);
    w.code.put([I::BrIf(0)]);
    w.code.set(into, bin(down.clone(), get(from), count()), w.rng);
    let rest = match down {
        I::I64ShrS => bin(I::I64ShrS, get(from), i64c(63)),
        _ => i64c(0),
    };
    w.code.set(from, rest, w.rng);
    w.code.put([I::Br(1), I::End]);
    w.code.tree(un(I::I32Eqz, get(3)), w.rng);
    w.code.put([I::BrIf(0)]);
    let back = un(I::I64ExtendI32U, bin(I::I32Sub, i32c(0), get(3)));
    let carried = bin(up, get(from), back);
    let kept = if left { I::I64Shl } else { I::I64ShrU };
    w.code.set(into, bin(I::I64Or, bin(kept, get(into), count()), carried), w.rng);
    w.code.set(from, bin(down, get(from), count()), w.rng);
    w.code.put([I::End]);
    store_pair(&mut w, 0, get(1), get(2));
    finish(w)
}

/// A 64-bit product with its high half as results, or only that; its index.
pub fn high_half(rng: &mut Rng, world: &mut World) -> u32 {
    let long = ValType::I64;
    let both = rng.chance(1, 3);
    let results: &[ValType] = if both { &[long, long] } else { &[long] };
    let mut w = Writer::new(rng, world, &[long, long], results, 0);
    let Product { low, high } = product(&mut w, 0, 1);
    if both {
        w.code.tree(low, w.rng);
    }
    w.code.tree(high, w.rng);
    finish(w)
}
