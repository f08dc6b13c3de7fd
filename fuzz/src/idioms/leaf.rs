//! Small functions, such as are put in place of their calls, and functions that call them.

use super::code::{Tree, bin, chain, get, i32c, i64c, memarg, un};
use super::world::{EDGES_AT, World};
use super::writer::Writer;
use super::{access, branch, indirect, multi3, walk};
use crate::rng::Rng;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// Some types, few rather than many.
fn types(w: &mut Rng, most: u64, vectors: bool) -> Vec<ValType> {
    let count = w.below(most + 1);
    let mut ty = || match w.below(12) {
        0..5 => ValType::I32,
        5..9 => ValType::I64,
        9 => ValType::F32,
        10 if vectors => ValType::V128,
        _ => ValType::F64,
    };
    (0..count).map(|_| ty()).collect()
}

/// A small function of some kind; its index.
pub fn leaf(rng: &mut Rng, world: &mut World) -> u32 {
    let params = types(rng, 4, world.vectors);
    let results = match rng.below(6) {
        0 => types(rng, 3, world.vectors),
        1 => Vec::new(),
        2 | 3 => vec![ValType::I64],
        _ => vec![ValType::I32],
    };
    let mut w = Writer::new(rng, world, &params, &results, 0);
    w.bare = true;
    // Mostly so small that it may be put in the place of its calls.
    w.room = match w.rng.below(3) {
        0 => 2 + w.rng.below(8) as u32,
        _ => w.rng.below(4) as u32,
    };
    match w.rng.below(12) {
        0 => accumulates(&mut w),
        1 => branch::counted(&mut w, 1),
        2 => branch::left_early(&mut w, 1),
        3 => {
            branch::conditional(&mut w, 1);
            if w.rng.chance(1, 2) {
                branch::trap(&mut w, 1);
            }
        }
        4 => access::store(&mut w, 1),
        5 => access::forward(&mut w, 1),
        6 => w.block(1, 2),
        7 => branch::switch(&mut w, 1),
        8 => {
            if let Some(value) = indirect::call(&mut w, ValType::I64, 1) {
                let local = w.some_local(ValType::I64);
                w.code.set(local, value, w.rng);
            }
        }
        _ => {}
    }
    if w.world.throws && w.rng.chance(1, 3) {
        branch::throw(&mut w, 1);
    }
    match w.rng.below(24) {
        0 => w.code.put([I::Unreachable]),
        4 => tail(&mut w),
        1 => {
            w.results(1);
            w.code.put([I::Return]);
        }
        2 => {
            w.results(1);
            w.code.put([I::Br(0)]);
        }
        3 => {
            // What follows is never reached.
            w.results(1);
            w.code.put([I::Return]);
            w.block(1, 2);
            w.results(1);
        }
        _ => {
            let depth = w.rng.below(3) as u32;
            w.results(depth);
        }
    }
    let exported = w.rng.chance(1, 6);
    let (code, cost) = w.done();
    if exported { world.root(code, cost) } else { world.add(code, cost) }
}

/// The results are those of another function.
fn tail(w: &mut Writer<'_>) {
    let (room, results) = (w.affordable(), w.code.results.clone());
    let all = w.world.callable(room, |f| f.results == results);
    if all.is_empty() {
        return w.results(1);
    }
    let index = w.one_of(&all);
    let done = w.world.done[index as usize].clone();
    w.spend(done.cost);
    let args = done.params.iter().map(|&ty| w.argument(ty, 1)).collect();
    w.code.tree(Tree::Node(I::ReturnCall(index), args), w.rng);
}

/// A local that is read before it is written: it has to be zero each time.
fn accumulates(w: &mut Writer<'_>) {
    let ty = w.ty();
    let (sum, add) = match ty {
        ValType::I32 => (w.code.local(ty), I::I32Add),
        ValType::I64 => (w.code.local(ty), I::I64Xor),
        _ => (w.code.local(ValType::I64), I::I64Add),
    };
    let ty = w.code.locals[sum as usize];
    for _ in 0..2 {
        let value = w.expr(ty, 1);
        w.code.set(sum, bin(add.clone(), get(sum), value), w.rng);
    }
    if w.rng.chance(1, 2) {
        branch::counted(w, 1);
    }
    let m = memarg(512);
    let address = bin(I::I32And, get(w.some_local(ValType::I32)), i32c(0xF8));
    let store = if ty == ValType::I32 { I::I32Store(m) } else { I::I64Store(m) };
    w.code.tree(bin(store, address, get(sum)), w.rng);
}

/// A function that calls itself, at most 15 times.
pub fn recursive(rng: &mut Rng, world: &mut World) -> u32 {
    let (short, long) = (ValType::I32, ValType::I64);
    let itself = world.done.len() as u32;
    let mut w = Writer::new(rng, world, &[short, long], &[long], 10);
    w.code.kept.push(0);
    w.weight = 15;
    w.code.pin([
        I::LocalGet(0),
        I::I32Const(15),
        I::I32And,
        I::LocalTee(0),
        I::I32Eqz,
        I::If(BlockType::Empty),
    ]);
    w.code.put([I::LocalGet(1)]);
    w.code.pin([I::Return, I::End]);
    w.block(1, 3);
    let value = w.expr(long, 2);
    w.code.pin([I::LocalGet(0), I::I32Const(1), I::I32Sub]);
    let below = Tree::Code(w.code.ops.split_off(w.code.ops.len() - 3));
    w.code.tree(Tree::Node(I::Call(itself), vec![below, value]), w.rng);
    let result = w.code.local(long);
    w.code.put([I::LocalSet(result)]);
    if w.rng.chance(1, 2) {
        w.block(1, 2);
    }
    w.sink();
    let value = w.expr(long, 1);
    w.code.tree(bin(I::I64Add, get(result), value), w.rng);
    let (code, cost) = w.done();
    world.root(code, cost)
}

/// A function that calls what was made before it, in loops and in arguments of each other.
pub fn caller(rng: &mut Rng, world: &mut World, room: u32) -> u32 {
    let params = [ValType::I32, ValType::I64, ValType::I32, ValType::F64];
    let count = rng.below(5) as usize;
    let results = types(rng, 2, world.vectors);
    let mut w = Writer::new(rng, world, &params[..count], &results, room);
    for _ in 0..1 + w.rng.below(3) {
        match w.rng.below(4) {
            0 if w.rng.chance(1, 2) => walk::walk(&mut w, 2),
            0 => branch::counted(&mut w, 2),
            1 => w.block(2, 3),
            _ => w.call(2),
        }
    }
    w.sink();
    w.results(2);
    let (code, cost) = w.done();
    world.root(code, cost)
}

/// A function that calls another with edges for all its arguments, and gives a hash of what it
/// returns. None if that took too long; then the index is the callee's.
pub fn sweep(rng: &mut Rng, world: &mut World, callee: u32, params: Vec<ValType>) -> u32 {
    const MOST: u64 = 60_000;
    let done = world.done[callee as usize].clone();
    let Some(&times) = [16u64, 8, 4].iter().find(|&&n| n * n * (done.cost + 30) <= MOST) else {
        return callee;
    };
    let long = ValType::I64;
    let mut w = Writer::new(rng, world, &[], &[long], 0);
    let hash = w.code.local(long);
    let (i, j) = (w.code.kept_local(ValType::I32), w.code.kept_local(ValType::I32));
    w.code.pin([I::Loop(BlockType::Empty), I::I32Const(0), I::LocalSet(j)]);
    w.code.pin([I::Loop(BlockType::Empty)]);
    let through_memory = params == multi3::TYPE;
    let args = params.iter().enumerate().map(|(number, &ty)| match through_memory {
        true if number == 0 => i32c(1024),
        // The high halves are of one kind for the whole sweep, mostly zero.
        true if number == 2 || number == 4 => match w.rng.below(6) {
            0 => edge(long, if number == 2 { j } else { i }),
            1 => i64c(-1),
            _ => i64c(0),
        },
        true => edge(ty, if number == 1 { i } else { j }),
        false => edge(ty, if number % 2 == 0 { i } else { j }),
    });
    let args: Vec<Tree> = args.collect();
    w.code.tree(Tree::Node(I::Call(callee), args), w.rng);
    let mut words = Vec::new();
    for &ty in done.results.iter().rev() {
        let local = w.code.local(ty);
        w.code.put([I::LocalSet(local)]);
        words.push(word(ty, get(local)));
    }
    if through_memory {
        words.push(un(I::I64Load(memarg(0)), i32c(1024)));
        words.push(un(I::I64Load(memarg(1032)), i32c(0)));
    }
    for value in words {
        let turned = bin(I::I64Rotl, get(hash), i64c(9));
        let mixed = bin(I::I64Xor, turned, value);
        w.code.set(hash, bin(I::I64Mul, mixed, i64c(0x2545_F491_4F6C_DD1D)), w.rng);
    }
    for counter in [j, i] {
        let next = [I::LocalGet(counter), I::I32Const(1), I::I32Add, I::LocalTee(counter)];
        w.code.pin(next);
        w.code.pin([I::I32Const(times as i32), I::I32LtU, I::BrIf(0), I::End]);
    }
    w.code.put([I::LocalGet(hash)]);
    let (code, _) = w.done();
    let index = world.root(code, times * times * (done.cost + 30));
    // It is not for others to call.
    world.done[index as usize].cost = u64::MAX;
    index
}

/// An edge by its number, or twice as many for types of half the width.
fn edge(ty: ValType, number: u32) -> Tree {
    let at = bin(I::I32Shl, get(number), i32c(3));
    let m = memarg(EDGES_AT);
    let load = match ty {
        ValType::I32 => I::I32Load(m),
        ValType::I64 => I::I64Load(m),
        ValType::F32 => I::F32Load(m),
        ValType::F64 => I::F64Load(m),
        _ => I::V128Load(m),
    };
    un(load, at)
}

/// A value as a number of 64 bits.
fn word(ty: ValType, value: Tree) -> Tree {
    match ty {
        ValType::I32 => un(I::I64ExtendI32U, value),
        ValType::F32 => un(I::I64ExtendI32U, un(I::I32ReinterpretF32, value)),
        ValType::F64 => un(I::I64ReinterpretF64, value),
        ValType::V128 => chain(&I::I64Add, [un(I::I64x2ExtractLane(1), value)]),
        _ => value,
    }
}
