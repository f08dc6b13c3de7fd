//! Functions with a frame on the stack in memory: wide products are left there by a callee and
//! loaded back.

use super::access;
use super::code::{Tree, bin, get, i32c, i64c, memarg, un};
use super::world::World;
use super::writer::Writer;
use crate::rng::Rng;
use wasm_encoder::{Instruction as I, ValType};

/// The stack pointer.
const POINTER: u32 = 0;

/// Opens a frame of so many bytes; the local that holds its address.
pub fn open(w: &mut Writer<'_>, size: i32, moved: bool) -> u32 {
    let frame = w.code.local(ValType::I32);
    w.code.put([I::GlobalGet(POINTER), I::I32Const(size), I::I32Sub]);
    match moved {
        true => w.code.put([I::LocalTee(frame), I::GlobalSet(POINTER)]),
        false => w.code.put([I::LocalSet(frame)]),
    }
    w.frame = Some((frame, size));
    frame
}

/// Gives the frame back.
pub fn close(w: &mut Writer<'_>, size: i32, moved: bool) {
    if let (Some((frame, _)), true) = (w.frame, moved) {
        w.code.put([I::LocalGet(frame), I::I32Const(size), I::I32Add, I::GlobalSet(POINTER)]);
    }
}

/// The low half of a factor.
fn factor(w: &mut Writer<'_>) -> Tree {
    let long = ValType::I64;
    match w.rng.below(6) {
        0 => w.constant(long),
        1 => {
            let address = access::address(w, 0);
            let m = w.memarg();
            un(I::I64Load(m), address)
        }
        2 => un(I::I64ExtendI32U, get(w.some_local(ValType::I32))),
        3 => {
            let (a, b) = (w.some_local(long), w.some_local(long));
            bin(I::I64Add, get(a), get(b))
        }
        _ => get(w.some_local(long)),
    }
}

/// Both halves of a factor: the high one zero, the sign's extension, or any.
fn halves(w: &mut Writer<'_>, like: Option<(u32, u32)>) -> (u32, Tree) {
    let long = ValType::I64;
    if let (Some((low, high)), true) = (like, w.rng.chance(1, 8)) {
        return (low, get(high));
    }
    let low = factor(w);
    let low = w.save(long, low);
    let high = match w.rng.below(12) {
        0..6 => i64c(0),
        6 | 7 => bin(I::I64ShrS, get(low), i64c(63)),
        8 => bin(I::I64ShrU, get(low), i64c(w.one_of(&[63, 32]))),
        9 => i64c(-1),
        10 => get(low),
        _ => factor(w),
    };
    (low, high)
}

/// Where a product goes.
fn place(w: &mut Writer<'_>, frame: u32, number: i32) -> (Tree, i32) {
    match w.rng.below(16) {
        0 => (access::address(w, 0), -1),
        1 => {
            let at = 16 * number + w.one_of(&[8, 4, 1, -8]);
            (bin(I::I32Add, get(frame), i32c(at)), at)
        }
        _ if number == 0 => (get(frame), 0),
        _ => (bin(I::I32Add, get(frame), i32c(16 * number)), 16 * number),
    }
}

/// A product by a call, left in the frame.
fn multiply(w: &mut Writer<'_>, callee: u32, frame: u32, number: i32) -> i32 {
    let cost = w.world.done[callee as usize].cost;
    w.spend(cost);
    let (a, a_high) = halves(w, None);
    let a_high = w.save(ValType::I64, a_high);
    let (b, b_high) = halves(w, Some((a, a_high)));
    let (to, at) = place(w, frame, number);
    // The high half is written out again where it is a constant, as compilers do.
    let constant = w.code.ops.iter().rev().find_map(|op| match op.what {
        I::I64Const(value) => Some(value),
        _ => None,
    });
    let a_high = match constant {
        Some(value @ (0 | -1)) if w.rng.chance(2, 3) => i64c(value),
        _ => get(a_high),
    };
    let args = match w.rng.chance(1, 2) {
        true => vec![to, get(a), a_high, get(b), b_high],
        false => vec![to, get(b), b_high, get(a), a_high],
    };
    w.code.tree(Tree::Node(I::Call(callee), args), w.rng);
    at
}

/// A load from around where a product lies.
fn back(w: &mut Writer<'_>, frame: u32, at: i32) -> Tree {
    let at = at.max(0) as u64;
    let near = w.one_of(&[0, 0, 8, 8, 0, 8, 4, 1, 16, 12, 9]);
    let m = memarg(at + near);
    match w.rng.below(16) {
        0 => un(I::I64Load32U(m), get(frame)),
        1 => un(I::I64Load8S(m), get(frame)),
        2 => un(I::I64ExtendI32U, un(I::I32Load(m), get(frame))),
        3 => un(I::I64ReinterpretF64, un(I::F64Load(m), get(frame))),
        4 => {
            let at = i32c((at + near) as i32);
            un(I::I64Load(memarg(0)), bin(I::I32Add, get(frame), at))
        }
        _ => un(I::I64Load(m), get(frame)),
    }
}

/// Sums of products as field arithmetic has them, stored through a pointer; then reduced.
pub fn field(rng: &mut Rng, world: &mut World, callee: u32) -> u32 {
    let (short, long) = (ValType::I32, ValType::I64);
    let params = [short, short, long, long];
    let results: &[ValType] = if rng.chance(1, 2) { &[long] } else { &[] };
    let mut w = Writer::new(rng, world, &params, results, 24);
    let products = 1 + w.rng.below(4) as i32;
    let size = match w.rng.below(10) {
        0 => w.one_of(&[0, 8, 24, -16, 1000, 65_536]),
        1 => 16 * products + 16,
        _ => 16 * products,
    };
    let moved = w.rng.chance(7, 8);
    let frame = open(&mut w, size, moved);
    let looped = w.rng.chance(1, 6);
    if looped {
        super::branch::counted(&mut w, 1);
    }
    let mut places = Vec::new();
    for number in 0..products {
        let at = multiply(&mut w, callee, frame, number);
        places.push(at);
        match w.rng.below(8) {
            0 => access::between(&mut w, frame, 1),
            1 => {
                let other = get(w.some_local(short));
                let value = get(w.some_local(long));
                let m = w.memarg();
                w.code.tree(bin(I::I64Store(m), other, value), w.rng);
            }
            _ => {}
        }
    }
    gather(&mut w, frame, &places);
    if w.rng.chance(1, 3) {
        w.block(1, 2);
    }
    if moved && w.rng.chance(1, 20) {
        // The frame is lost, or is not what it was.
        w.code.put([I::LocalGet(frame), I::I32Const(8), I::I32Add, I::LocalSet(frame)]);
    }
    w.sink();
    close(&mut w, size, moved);
    w.results(1);
    let (code, cost) = w.done();
    world.root(code, cost)
}

/// Adds up what lies in the frame, with carries, and stores it.
fn gather(w: &mut Writer<'_>, frame: u32, places: &[i32]) {
    let long = ValType::I64;
    let (low, high) = (w.code.local(long), w.code.local(long));
    for (number, &at) in places.iter().enumerate() {
        let word = if w.rng.chance(7, 8) {
            un(I::I64Load(memarg(at.max(0) as u64)), get(frame))
        } else {
            back(w, frame, at)
        };
        let word = w.save(long, word);
        let top = if w.rng.chance(7, 8) {
            un(I::I64Load(memarg(at.max(0) as u64 + 8)), get(frame))
        } else {
            back(w, frame, at)
        };
        if number == 0 {
            w.code.set(low, get(word), w.rng);
            w.code.set(high, top, w.rng);
            continue;
        }
        w.code.set(low, bin(I::I64Add, get(low), get(word)), w.rng);
        let carry = un(I::I64ExtendI32U, bin(I::I64LtU, get(low), get(word)));
        let sum = bin(I::I64Add, bin(I::I64Add, get(high), top), carry);
        w.code.set(high, sum, w.rng);
    }
    let by = w.one_of(&[51, 26, 44, 63, 0, 64]);
    let bottom = bin(I::I64And, get(low), i64c((1i64 << (by % 64)).wrapping_sub(1)));
    let carried = bin(
        I::I64Or,
        bin(I::I64ShrU, get(low), i64c(by)),
        bin(I::I64Shl, get(high), i64c(64 - by)),
    );
    let to = match w.rng.below(4) {
        0 => access::address(w, 0),
        1 => get(frame),
        _ => get(w.some_local(ValType::I32)),
    };
    let to = w.save(ValType::I32, to);
    for value in [bottom, carried, get(high)] {
        let m = w.memarg();
        w.code.tree(bin(I::I64Store(m), get(to), value), w.rng);
    }
}

/// A thin function around a product, as `mulhi` is: a frame, a call, a load.
pub fn thin(rng: &mut Rng, world: &mut World, callee: u32) -> u32 {
    let long = ValType::I64;
    let mut w = Writer::new(rng, world, &[long, long], &[long], 8);
    let moved = w.rng.chance(7, 8);
    let size = w.one_of(&[16, 16, 16, 32, 8]);
    let frame = open(&mut w, size, moved);
    let at = multiply(&mut w, callee, frame, 0);
    let value = back(&mut w, frame, at);
    let value = match w.rng.chance(1, 2) {
        true => value,
        false => {
            let other = back(&mut w, frame, at);
            bin(I::I64Xor, value, other)
        }
    };
    let value = w.save(long, value);
    close(&mut w, size, moved);
    w.code.put([I::LocalGet(value)]);
    let (code, cost) = w.done();
    match code.ops.len() % 2 {
        0 => world.root(code, cost),
        _ => world.add(code, cost),
    }
}

/// A function with a frame of locals whose addresses go elsewhere.
pub fn locals(rng: &mut Rng, world: &mut World) -> u32 {
    let params = [ValType::I32, ValType::I64, ValType::I32];
    let mut w = Writer::new(rng, world, &params, &[ValType::I64], 30);
    let size = w.one_of(&[16, 32, 48, 64, 16, 0, 4]);
    let moved = w.rng.chance(3, 4);
    open(&mut w, size, moved);
    for _ in 0..2 + w.rng.below(3) {
        access::forward(&mut w, 1);
        if w.rng.chance(1, 2) {
            w.statement(2);
        }
    }
    w.sink();
    close(&mut w, size, moved);
    w.results(2);
    let (code, cost) = w.done();
    world.root(code, cost)
}
