//! Calls through the table, and what changes the table.

use super::code::{Tree, bin, get, i32c};
use super::world::Table;
use super::writer::Writer;
use wasm_encoder::{HeapType, Instruction as I, ValType};

/// Makes the table of all functions so far, unless there is one.
fn table(w: &mut Writer<'_>) -> Option<Table> {
    if w.world.table.is_none() {
        let filled = w.world.done.len() as u32;
        let gaps = w.rng.below(4) as u32;
        let written = w.rng.chance(1, 2);
        let room = if written { w.rng.below(4) as u32 } else { 0 };
        let size = filled + gaps;
        w.world.table = (filled > 0).then_some(Table { size, filled, written, room });
    }
    w.world.table
}

/// A call through the table that gives a value of a type.
pub fn call(w: &mut Writer<'_>, ty: ValType, depth: u32) -> Option<Tree> {
    let table = table(w)?;
    let first = &w.world.done[..table.filled as usize];
    let most = first.iter().map(|f| f.cost).max().unwrap_or(0);
    if most > w.affordable() {
        return None;
    }
    let fits: Vec<u32> = (0..table.filled).filter(|&i| first[i as usize].results == [ty]).collect();
    if fits.is_empty() {
        return None;
    }
    w.spend(most + 10);
    let aim = w.one_of(&fits);
    let params = w.world.done[aim as usize].params.clone();
    let mut operands: Vec<Tree> = params.iter().map(|&ty| w.argument(ty, depth)).collect();
    let local = w.some_local(ValType::I32);
    operands.push(match w.rng.below(8) {
        0 => get(local),
        1 => bin(I::I32And, get(local), i32c(3)),
        2 => bin(I::I32RemU, get(local), i32c(table.size as i32)),
        3 => bin(I::I32RemU, get(local), i32c(table.size as i32 + 1)),
        _ => i32c(aim as i32),
    });
    let type_index = w.world.ty(&params, &[ty]);
    Some(Tree::Node(I::CallIndirect { type_index, table_index: 0 }, operands))
}

/// Changes the table, if it is one that is changed.
pub fn change(w: &mut Writer<'_>) {
    let Some(table @ Table { written: true, .. }) = table(w) else { return };
    let local = w.some_local(ValType::I32);
    if w.rng.chance(1, 5) {
        let entry = I::RefFunc(w.rng.below(u64::from(table.filled)) as u32);
        w.code.put([entry, I::I32Const(1), I::TableGrow(0), I::LocalSet(local)]);
        return;
    }
    let at = match w.rng.below(3) {
        0 => get(local),
        1 => bin(I::I32RemU, get(local), i32c(table.size as i32)),
        _ => i32c(w.rng.below(u64::from(table.size)) as i32),
    };
    let entry = match w.rng.below(3) {
        0 => Tree::Leaf(I::RefNull(HeapType::FUNC)),
        1 => Tree::Node(I::TableGet(0), vec![bin(I::I32And, get(local), i32c(1))]),
        _ => Tree::Leaf(I::RefFunc(w.rng.below(u64::from(table.filled)) as u32)),
    };
    w.code.tree(bin(I::TableSet(0), at, entry), w.rng);
}
