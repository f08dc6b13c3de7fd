//! `memory.copy` and `memory.fill`: of constant and of variable sizes, overlapping either way, at
//! the end of the memory and over it.

use super::access::address;
use super::code::{Tree, bin, get, i32c};
use super::writer::Writer;
use wasm_encoder::{Instruction as I, ValType};

/// A size: mostly one of those at which code changes its way.
fn size(w: &mut Writer<'_>) -> Tree {
    let at = w.one_of(&[0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129]);
    let any = w.rng.below(300) as i32;
    let number = match w.rng.below(12) {
        0 => any,
        1 => w.one_of(&[255, 256, 257, 511, 512, 513, 1024, 4096, 65_536, -1]),
        _ => at,
    };
    let local = w.some_local(ValType::I32);
    match w.rng.below(4) {
        0 | 1 => i32c(number),
        2 => bin(I::I32And, get(local), i32c(w.one_of(&[7, 15, 31, 63, 127, 255, 511]))),
        // Unknown to all who do not look through it.
        _ => {
            let zero = bin(I::I32And, get(local), i32c(0));
            let zero = w.save(ValType::I32, zero);
            bin(I::I32Or, get(zero), i32c(number))
        }
    }
}

/// Copies or fills a range.
pub fn range(w: &mut Writer<'_>) {
    w.spend(400);
    let to = address(w, 0);
    let to = w.save(ValType::I32, to);
    if w.rng.chance(1, 3) {
        let byte = get(w.some_local(ValType::I32));
        let byte = if w.rng.chance(1, 3) { w.constant(ValType::I32) } else { byte };
        let size = size(w);
        w.code.tree(Tree::Node(I::MemoryFill(0), vec![get(to), byte, size]), w.rng);
        return;
    }
    let from = match w.rng.below(3) {
        0 => address(w, 0),
        // Overlaps.
        _ => {
            let by = w.one_of(&[1, -1, 4, -4, 8, -8, 15, -15, 16, -16, 17, 33, -40, 0]);
            bin(I::I32Add, get(to), i32c(by))
        }
    };
    let size = size(w);
    let copy = I::MemoryCopy { src_mem: 0, dst_mem: 0 };
    w.code.tree(Tree::Node(copy, vec![get(to), from, size]), w.rng);
}
