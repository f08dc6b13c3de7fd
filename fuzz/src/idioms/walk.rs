//! Loops that walk through memory: by a pointer or by a count, up, down, in steps, along links.
//!
//! Addresses have 32 bits and wrap, accesses take 64: whoever keeps the wider number from one turn to the
//! next has to be right about when it wraps.

use super::access::{self, load_of, store_of};
use super::code::{Tree, bin, get, i32c, memarg, select, un};
use super::writer::Writer;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// Where a walk begins.
fn start(w: &mut Writer<'_>) -> Tree {
    let short = ValType::I32;
    match w.rng.below(10) {
        0 => un(I::I32WrapI64, get(w.some_local(ValType::I64))),
        1 => {
            let (a, b) = (access::address(w, 0), access::address(w, 0));
            let condition = w.condition(1);
            select(a, b, condition)
        }
        2 => w.call_for(short, 1).unwrap_or_else(|| i32c(64)),
        3 => {
            let m = w.memarg();
            let at = access::address(w, 0);
            un(I::I32Load16U(m), at)
        }
        4 => {
            let ends = [65_536 - 24, 65_536 - 8, 24, 0];
            i32c(w.one_of(&ends))
        }
        _ => access::address(w, 0),
    }
}

/// Walks.
pub fn walk(w: &mut Writer<'_>, depth: u32) {
    let most = 8;
    if w.weight * most > 200 {
        return;
    }
    let short = ValType::I32;
    let begin = start(w);
    let at = w.code.local(short);
    // It may begin below zero and be what it should be only by a sum that wraps.
    let bias = if w.rng.chance(1, 3) { w.one_of(&[8, 64, 24, 0x1_0000, i32::MIN]) } else { 0 };
    let begin = if bias == 0 { begin } else { bin(I::I32Sub, begin, i32c(bias)) };
    w.code.set(at, begin, w.rng);
    let count = w.code.kept_local(short);
    let times = 1 + w.rng.below(most) as i32;
    w.code.pin([I::I32Const(times), I::LocalSet(count)]);
    w.code.put([I::Loop(BlockType::Empty)]);
    w.labels.push(false);
    w.weight *= most;
    let indexed = w.rng.chance(1, 4);
    for _ in 0..=w.rng.below(2) {
        let base = match bias {
            0 => get(at),
            _ => bin(I::I32Add, get(at), i32c(bias)),
        };
        let scale = w.one_of(&[0, 1, 2, 3, 3, 4, 29]);
        let address = match indexed {
            true => bin(I::I32Add, base, bin(I::I32Shl, get(count), i32c(scale))),
            false => base,
        };
        touch(w, address, depth);
    }
    if w.rng.chance(1, 3) {
        w.block(depth.saturating_sub(1), 2);
    }
    step(w, at);
    w.weight /= most;
    w.labels.pop();
    let down = [I::LocalGet(count), I::I32Const(1), I::I32Sub, I::LocalTee(count)];
    w.code.pin(down);
    w.code.pin([I::I32Const(0), I::I32GtS, I::BrIf(0)]);
    w.code.put([I::End]);
}

/// A load into a sum, or a store, at an address.
fn touch(w: &mut Writer<'_>, address: Tree, depth: u32) {
    let ty = w.one_of(&[ValType::I32, ValType::I64, ValType::I64, ValType::F64]);
    let m = w.memarg();
    w.spend(6);
    if w.rng.chance(1, 3) {
        let value = w.expr(ty, depth.min(1));
        let store = store_of(w, ty, m);
        w.code.tree(bin(store, address, value), w.rng);
        return;
    }
    let load = load_of(w, ty, m);
    let sum = w.some_local(ty);
    let loaded = un(load, address);
    let value = match ty {
        ValType::I32 => bin(I::I32Add, get(sum), loaded),
        ValType::I64 => bin(I::I64Xor, get(sum), loaded),
        _ => loaded,
    };
    w.code.set(sum, value, w.rng);
}

/// The next address.
fn step(w: &mut Writer<'_>, at: u32) {
    let next = match w.rng.below(8) {
        // Along a link.
        0 => {
            let link = un(I::I32Load(memarg(0)), bin(I::I32And, get(at), i32c(0xFFF8)));
            bin(I::I32And, link, i32c(0x3FF8))
        }
        1 => {
            let other = access::address(w, 0);
            let condition = w.condition(1);
            select(bin(I::I32Add, get(at), i32c(8)), other, condition)
        }
        2 => bin(I::I32Sub, get(at), i32c(w.one_of(&[8, 16, 4, 1]))),
        3 => bin(I::I32Add, get(at), i32c(w.one_of(&[0x1000, 0x8000, 0x4000_0000, i32::MIN]))),
        4 => bin(I::I32Add, get(at), get(w.some_local(ValType::I32))),
        _ => bin(I::I32Add, get(at), i32c(w.one_of(&[8, 16, 4, 1, 24]))),
    };
    w.code.set(at, next, w.rng);
}
