//! Control: conditions, counted loops, blocks left early, switches, traps.

use super::code::{Tree, bin, get, i32c, i64c, un};
use super::writer::Writer;
use std::borrow::Cow;
use wasm_encoder::{BlockType, Catch, Instruction as I, ValType};

/// A value that one of two branches gives, or that leaves a block with a branch.
pub fn value(w: &mut Writer<'_>, ty: ValType, depth: u32) -> Tree {
    let condition = w.condition(depth - 1);
    let from = w.code.ops.len();
    let block = BlockType::Result(ty);
    if w.rng.chance(2, 3) {
        w.code.tree(condition, w.rng);
        w.code.put([I::If(block)]);
        w.labels.push(false);
        let a = w.expr(ty, depth - 1);
        w.code.tree(a, w.rng);
        w.code.put([I::Else]);
        if w.rng.chance(1, 12) {
            w.code.put([I::Unreachable]);
        } else {
            let b = w.expr(ty, depth - 1);
            w.code.tree(b, w.rng);
        }
    } else {
        w.code.put([I::Block(block)]);
        w.labels.push(false);
        let a = w.expr(ty, depth - 1);
        w.code.tree(a, w.rng);
        w.code.tree(condition, w.rng);
        w.code.put([I::BrIf(0), I::Drop]);
        let b = w.expr(ty, depth - 1);
        w.code.tree(b, w.rng);
    }
    w.labels.pop();
    w.code.put([I::End]);
    Tree::Code(w.code.ops.split_off(from))
}

/// Statements under a condition.
pub fn conditional(w: &mut Writer<'_>, depth: u32) {
    let condition = w.condition(depth + 1);
    w.code.tree(condition, w.rng);
    w.code.put([I::If(BlockType::Empty)]);
    w.labels.push(true);
    w.block(depth.saturating_sub(1), 2);
    if w.rng.chance(1, 5) {
        leave(w);
    }
    if w.rng.chance(1, 3) {
        w.code.put([I::Else]);
        w.block(depth.saturating_sub(1), 2);
    }
    w.labels.pop();
    w.code.put([I::End]);
}

/// Goes out of a block that ends later, or returns.
fn leave(w: &mut Writer<'_>) {
    let ways: Vec<u32> = (0..w.labels.len() as u32)
        .filter(|&by| w.labels[w.labels.len() - 1 - by as usize])
        .collect();
    if ways.is_empty() || w.rng.chance(1, 3) {
        w.results(1);
        // The whole function is a block, too.
        let out = w.labels.len() as u32;
        w.code.put([if w.rng.chance(1, 2) { I::Return } else { I::Br(out) }]);
    } else {
        let way = w.one_of(&ways);
        w.code.put([I::Br(way)]);
    }
}

/// A loop that runs so many times: by a constant or, less than 8 times, by a variable.
pub fn counted(w: &mut Writer<'_>, depth: u32) {
    let most = 8;
    let times = (w.weight * most < 200).then(|| w.rng.below(most) + 1);
    let Some(times) = times else { return };
    let count = w.code.kept_local(ValType::I32);
    let start = w.some_local(ValType::I32);
    if w.rng.chance(1, 2) {
        w.code.pin([I::I32Const(times as i32), I::LocalSet(count)]);
    } else {
        w.code.pin([I::LocalGet(start), I::I32Const(7), I::I32And, I::LocalSet(count)]);
    }
    w.code.put([I::Loop(BlockType::Empty)]);
    w.labels.push(false);
    w.weight *= most;
    w.block(depth - 1, 4);
    if w.rng.chance(1, 2) {
        // Something that is carried from turn to turn: a sum in a local or in a global.
        let ty = w.one_of(&[ValType::I32, ValType::I64]);
        let value = w.expr(ty, 2);
        let add = if ty == ValType::I32 { I::I32Add } else { I::I64Add };
        let globals = w.world.globals_of(ty, true);
        if !globals.is_empty() && w.rng.chance(1, 2) {
            let global = w.one_of(&globals);
            let read = Tree::Leaf(I::GlobalGet(global));
            w.code.tree(bin(add, read, value), w.rng);
            w.code.put([I::GlobalSet(global)]);
        } else {
            let sum = w.some_local(ty);
            w.code.set(sum, bin(add, get(sum), value), w.rng);
        }
    }
    w.weight /= most;
    w.labels.pop();
    let down = [I::LocalGet(count), I::I32Const(1), I::I32Sub, I::LocalTee(count)];
    w.code.pin(down);
    w.code.pin([I::I32Const(0), I::I32GtS, I::BrIf(0)]);
    w.code.put([I::End]);
}

/// Blocks within blocks that are left from within, by conditions.
pub fn left_early(w: &mut Writer<'_>, depth: u32) {
    let blocks = 1 + w.rng.below(3);
    for _ in 0..blocks {
        w.code.put([I::Block(BlockType::Empty)]);
        w.labels.push(true);
    }
    for _ in 0..blocks {
        w.block(depth - 1, 2);
        let condition = w.condition(1);
        let way = w.rng.below(blocks) as u32;
        w.code.tree(condition, w.rng);
        // Blocks that have ended already are not counted.
        let way = way.min(w.labels.len() as u32 - 1);
        if w.labels[w.labels.len() - 1 - way as usize] {
            w.code.put([I::BrIf(way)]);
        } else {
            w.code.put([I::Drop]);
        }
        if w.rng.chance(1, 4) {
            w.block(depth - 1, 1);
        }
        w.code.put([I::End]);
        w.labels.pop();
    }
}

/// A switch with an arm for each of a few numbers, in a loop of its own now and then, as
/// interpreters have it.
pub fn switch(w: &mut Writer<'_>, depth: u32) {
    let arms = 2 + w.rng.below(4) as u32;
    let turns = (w.weight < 30 && w.rng.chance(1, 2)).then(|| 1 + w.rng.below(6));
    let state = w.some_local(ValType::I32);
    let count = w.code.kept_local(ValType::I32);
    if let Some(turns) = turns {
        w.code.pin([I::I32Const(turns as i32), I::LocalSet(count)]);
        w.code.put([I::Loop(BlockType::Empty)]);
        w.labels.push(false);
        w.weight *= 6;
    }
    // The outermost block ends behind all arms.
    for _ in 0..=arms {
        w.code.put([I::Block(BlockType::Empty)]);
        w.labels.push(true);
    }
    let state = match w.rng.below(4) {
        0 => {
            let m = w.memarg();
            let address = bin(I::I32And, get(state), i32c(0x3FF));
            un(I::I32Load8U(m), address)
        }
        1 => bin(I::I32And, get(state), i32c(arms.next_power_of_two() as i32 - 1)),
        2 => bin(I::I32Sub, get(state), i32c(w.one_of(&[1, 0, -1, 255]))),
        _ => get(state),
    };
    w.code.tree(state, w.rng);
    let mut targets: Vec<u32> = (0..arms).collect();
    if w.rng.chance(1, 3) {
        let twice = w.rng.below(u64::from(arms)) as usize;
        targets.push(twice as u32);
    }
    let default = w.rng.below(u64::from(arms) + 1) as u32;
    w.code.put([I::BrTable(Cow::Owned(targets), default)]);
    for arm in 0..arms {
        w.code.put([I::End]);
        w.labels.pop();
        w.block(depth - 1, 2);
        let next = w.some_local(ValType::I32);
        if w.rng.chance(1, 2) {
            w.code.set(next, bin(I::I32Add, get(next), i32c(1)), w.rng);
        }
        // Mostly to the end of the switch; else the next arm goes on.
        if w.rng.chance(3, 4) {
            w.code.put([I::Br(arms - 1 - arm)]);
        }
    }
    w.code.put([I::End]);
    w.labels.pop();
    if turns.is_some() {
        let down = [I::LocalGet(count), I::I32Const(1), I::I32Sub, I::LocalTee(count)];
        w.code.pin(down);
        w.code.pin([I::BrIf(0)]);
        w.code.put([I::End]);
        w.labels.pop();
        w.weight /= 6;
    }
}

/// Statements from which an exception is caught; what they have changed before stays changed.
pub fn guarded(w: &mut Writer<'_>, depth: u32) {
    w.spend(100);
    w.code.put([I::Block(BlockType::Result(ValType::I64))]);
    w.labels.push(false);
    let catch = Catch::One { tag: 0, label: 0 };
    w.code.put([I::TryTable(BlockType::Empty, Cow::Owned(vec![catch]))]);
    w.labels.push(true);
    for _ in 0..=w.rng.below(2) {
        w.call(depth);
        w.block(depth.saturating_sub(1), 2);
    }
    if w.rng.chance(1, 4) {
        throw(w, depth);
    }
    w.labels.pop();
    let otherwise = w.some_local(ValType::I64);
    w.code.put([I::End, I::LocalGet(otherwise), I::End]);
    w.labels.pop();
    let caught = w.some_local(ValType::I64);
    w.code.put([I::LocalSet(caught)]);
}

/// Throws, under a condition.
pub fn throw(w: &mut Writer<'_>, depth: u32) {
    let condition = w.condition(depth.min(1));
    let value = w.expr(ValType::I64, depth.min(1));
    w.code.tree(condition, w.rng);
    w.code.put([I::If(BlockType::Empty)]);
    w.code.tree(value, w.rng);
    w.code.put([I::Throw(0), I::End]);
}

/// Something that traps, mostly under a condition.
pub fn trap(w: &mut Writer<'_>, depth: u32) {
    let long = ValType::I64;
    match w.rng.below(4) {
        0 => {
            let condition = w.condition(depth + 1);
            w.code.tree(condition, w.rng);
            w.code.put([I::If(BlockType::Empty), I::Unreachable, I::End]);
        }
        1 => {
            let (a, b) = (w.expr(long, 1), w.expr(long, 1));
            let local = w.some_local(long);
            let op = w.rng.chance(1, 2);
            let divide = if op { I::I64DivS } else { I::I64RemU };
            w.code.set(local, bin(divide, a, bin(I::I64And, b, i64c(3))), w.rng);
        }
        2 => {
            // Its value is not wanted, but whether it can be read.
            let address = super::access::address(w, 0);
            let m = w.memarg();
            w.code.tree(un(I::I64Load(m), address), w.rng);
            w.code.put([I::Drop]);
        }
        _ => {
            let value = w.expr(ValType::F64, 1);
            let local = w.some_local(ValType::I32);
            w.code.set(local, un(I::I32TruncF64S, value), w.rng);
        }
    }
}
