//! Near misses: a body is changed in a few places, and stays valid.
//!
//! An instruction becomes another of the same type; a constant, an offset or a local becomes one
//! nearby; two neighbours change places. Pinned instructions stay, and what they write.

use super::code::{Code, Op};
use super::world::World;
use crate::rng::Rng;
use std::mem::discriminant;
use wasm_encoder::{Instruction as I, MemArg};

/// Instructions that may stand for each other.
const ALIKE: &[&[I<'static>]] = &[
    &[I::I32Add, I::I32Sub, I::I32Mul, I::I32And, I::I32Or, I::I32Xor],
    &[I::I32Shl, I::I32ShrU, I::I32ShrS, I::I32Rotl, I::I32Rotr],
    &[
        I::I32Eq,
        I::I32Ne,
        I::I32LtU,
        I::I32LtS,
        I::I32GtU,
        I::I32GtS,
        I::I32LeU,
        I::I32LeS,
        I::I32GeU,
        I::I32GeS,
    ],
    &[I::I64Add, I::I64Sub, I::I64Mul, I::I64And, I::I64Or, I::I64Xor],
    &[I::I64Shl, I::I64ShrU, I::I64ShrS, I::I64Rotl, I::I64Rotr],
    &[
        I::I64Eq,
        I::I64Ne,
        I::I64LtU,
        I::I64LtS,
        I::I64GtU,
        I::I64GtS,
        I::I64LeU,
        I::I64LeS,
        I::I64GeU,
        I::I64GeS,
    ],
    &[I::I32Clz, I::I32Ctz, I::I32Popcnt, I::I32Eqz, I::I32Extend8S, I::I32Extend16S],
    &[I::I64Clz, I::I64Ctz, I::I64Popcnt, I::I64Extend8S, I::I64Extend16S, I::I64Extend32S],
    &[I::I64ExtendI32U, I::I64ExtendI32S],
    &[I::I64MulWideU, I::I64MulWideS],
    &[I::I64Add128, I::I64Sub128],
];

/// Makes up to three changes.
pub fn spoil(rng: &mut Rng, code: &mut Code, world: &World, index: u32) {
    for _ in 0..=rng.below(3) {
        // Some places cannot be changed: another is tried.
        for _ in 0..8 {
            let at = rng.below(code.ops.len().max(1) as u64) as usize;
            let free = code.ops.get(at).is_some_and(|op| !op.pinned);
            if free && change(rng, code, at, world, index) {
                break;
            }
        }
    }
}

/// Changes an instruction; says whether it could.
fn change(rng: &mut Rng, code: &mut Code, at: usize, world: &World, index: u32) -> bool {
    if rng.chance(1, 8) {
        return swap(code, at);
    }
    let what = code.ops[at].what.clone();
    let changed = match what {
        I::I32Const(value) => I::I32Const(near(rng, i64::from(value)) as i32),
        I::I64Const(value) => I::I64Const(near(rng, value)),
        I::LocalGet(local) => I::LocalGet(other_local(rng, code, local)),
        I::LocalSet(local) if !code.kept.contains(&local) => {
            I::LocalSet(other_local(rng, code, local))
        }
        I::LocalTee(local) if !code.kept.contains(&local) => {
            I::LocalTee(other_local(rng, code, local))
        }
        I::GlobalSet(global) => I::GlobalSet(other_global(rng, world, global, true)),
        I::GlobalGet(global) => I::GlobalGet(other_global(rng, world, global, false)),
        I::Call(callee) => match other_callee(rng, world, callee, index) {
            Some(callee) => I::Call(callee),
            None => return false,
        },
        _ => match access(rng, &what).or_else(|| alike(rng, &what)) {
            Some(changed) => changed,
            None => return false,
        },
    };
    code.ops[at].what = changed;
    true
}

/// A number nearby, in one sense or another.
fn near(rng: &mut Rng, value: i64) -> i64 {
    match rng.below(8) {
        0 => value.wrapping_add(1),
        1 => value.wrapping_sub(1),
        2 => value ^ (1 << rng.below(64)),
        3 => value.wrapping_shl(1),
        4 => value >> 1,
        5 => value.wrapping_neg(),
        6 => value ^ 32,
        _ => [0, 1, -1, 8, 31, 32, 63, 64, 0x7FFF_FFFF, 0xFFFF_FFFF][rng.below(10) as usize],
    }
}

/// A local of the same type that may be written.
fn other_local(rng: &mut Rng, code: &Code, local: u32) -> u32 {
    let ty = code.locals[local as usize];
    let fits = |&i: &u32| code.locals[i as usize] == ty && !code.kept.contains(&i);
    let all: Vec<u32> = (0..code.locals.len() as u32).filter(fits).collect();
    if all.is_empty() { local } else { all[rng.below(all.len() as u64) as usize] }
}

fn other_global(rng: &mut Rng, world: &World, global: u32, set: bool) -> u32 {
    let ty = world.globals[global as usize].0.ty;
    let all: Vec<u32> = (0..world.globals.len() as u32)
        .filter(|&i| {
            let other = world.globals[i as usize].0;
            other.ty == ty && (other.mutable || !set)
        })
        .collect();
    if all.is_empty() { global } else { all[rng.below(all.len() as u64) as usize] }
}

/// A function of the same type that stands before this one and costs no more.
fn other_callee(rng: &mut Rng, world: &World, callee: u32, index: u32) -> Option<u32> {
    // A function that calls itself has to go on doing so: its depth is counted.
    if callee >= index {
        return None;
    }
    let like = &world.done[callee as usize];
    let all: Vec<u32> = (0..index)
        .filter(|&i| {
            let other = &world.done[i as usize];
            (&other.params, &other.results) == (&like.params, &like.results)
                && other.cost <= like.cost
                && i != callee
        })
        .collect();
    (!all.is_empty()).then(|| all[rng.below(all.len() as u64) as usize])
}

/// Another operator of the same type.
fn alike(rng: &mut Rng, what: &I<'static>) -> Option<I<'static>> {
    let is = |other: &I<'static>| discriminant(other) == discriminant(what);
    let group = ALIKE.iter().find(|group| group.iter().any(is))?;
    Some(group[rng.below(group.len() as u64) as usize].clone())
}

/// An access of another width, or a bit further on.
fn access(rng: &mut Rng, what: &I<'static>) -> Option<I<'static>> {
    type Make = fn(MemArg) -> I<'static>;
    const LOAD32: &[Make] = &[I::I32Load, I::I32Load8U, I::I32Load8S, I::I32Load16U, I::I32Load16S];
    const LOAD64: &[Make] = &[
        I::I64Load,
        I::I64Load8U,
        I::I64Load8S,
        I::I64Load16U,
        I::I64Load16S,
        I::I64Load32U,
        I::I64Load32S,
    ];
    const STORE32: &[Make] = &[I::I32Store, I::I32Store8, I::I32Store16];
    const STORE64: &[Make] = &[I::I64Store, I::I64Store8, I::I64Store16, I::I64Store32];
    use I::{
        F64Load, F64Store, I32Load, I32Load8U, I32Load16U, I32Store, I32Store8, I32Store16,
        I64Load, I64Load8U, I64Load32U, I64Store, I64Store8, I64Store16, I64Store32,
    };
    let (mut m, group): (MemArg, &[Make]) = match *what {
        I32Load(m) | I32Load8U(m) | I32Load16U(m) => (m, LOAD32),
        I64Load(m) | I64Load8U(m) | I64Load32U(m) => (m, LOAD64),
        I32Store(m) | I32Store8(m) | I32Store16(m) => (m, STORE32),
        I64Store(m) | I64Store8(m) | I64Store16(m) | I64Store32(m) => (m, STORE64),
        F64Load(m) => (m, &[I::F64Load]),
        F64Store(m) => (m, &[I::F64Store]),
        _ => return None,
    };
    let same = group.iter().find(|make| discriminant(&make(m)) == discriminant(what));
    let make = match (same, rng.chance(1, 2)) {
        (Some(same), true) => {
            let by = [1, 4, 8, 16, -1i64, -4, -8][rng.below(7) as usize];
            m.offset = m.offset.saturating_add_signed(by).min(u64::from(u32::MAX));
            *same
        }
        _ => group[rng.below(group.len() as u64) as usize],
    };
    Some(make(m))
}

/// Two neighbours that leave one value each, or two stores' worth of code, change places.
fn swap(code: &mut Code, at: usize) -> bool {
    let value =
        |op: &Op| matches!(op.what, I::LocalGet(_) | I::I32Const(_) | I::I64Const(_)) && !op.pinned;
    let [Some(a), Some(b)] = [code.ops.get(at), code.ops.get(at + 1)] else { return false };
    let ty = |op: &Op| match op.what {
        I::LocalGet(local) => Some(code.locals[local as usize]),
        I::I32Const(_) => Some(wasm_encoder::ValType::I32),
        I::I64Const(_) => Some(wasm_encoder::ValType::I64),
        _ => None,
    };
    if !value(a) || !value(b) || ty(a) != ty(b) {
        return false;
    }
    code.ops.swap(at, at + 1);
    true
}
