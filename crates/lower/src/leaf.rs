//! The leaf routines of an artifact. Their callers have checked the ranges.
//!
//! Up to 64 bytes are moved without a loop, by pieces from both ends that overlap in the middle.
//! Longer ranges go 64 bytes at a time; what is left over is again a piece of 64 bytes that reaches
//! back.

use crate::bulk::byte_pattern;
use crate::memory::HEAP;
use crate::{BinOp, CmpOp, Emit, Hint, Label, LoadOp, Local, SimdOp, StoreOp, UnOp};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Leaf;

/// Bytes of one round of a loop, and the longest range that needs none.
const ROUND: i64 = 64;

/// Drives `emit` with the meaning of a leaf routine. Its parameters ([`Leaf::params`]) are locals 0
/// and following.
pub fn leaf<E: Emit>(emit: &mut E, leaf: Leaf) {
    match leaf {
        Leaf::MemoryCopy => {
            let copy = Copy { to: Local(0), from: Local(1), bytes: Local(2), emit };
            copy.routine();
        }
        Leaf::MemoryFill => {
            let fill = Fill { to: Local(0), byte: Local(1), bytes: Local(2), emit };
            fill.routine();
        }
    }
}

/// Opens code for a local that compares as `op` says with a constant.
fn when<E: Emit>(emit: &mut E, op: CmpOp, local: Local, limit: i64, hint: Hint) -> Label {
    let val = emit.local_get(local);
    let limit = emit.iconst(Ty::I64, limit);
    let cond = emit.compare(op, val, limit);
    emit.if_(cond, &[], hint)
}

/// Returns from the routine and closes what [`when`] opened.
fn return_<E: Emit>(emit: &mut E, label: Label) {
    emit.ret(None);
    emit.end(label, None);
}

/// Adds a constant to a local.
fn advance<E: Emit>(emit: &mut E, local: Local, distance: i64) {
    let val = emit.local_get(local);
    let distance = emit.iconst(Ty::I64, distance);
    let val = emit.binary(BinOp::I64Add, val, distance);
    emit.local_set(local, val);
}

/// A place in a range: from its beginning, from its end, or from a position in it.
#[derive(Clone, Copy)]
enum At {
    Start(i32),
    Index(Local, i32),
}

impl At {
    fn operands<E: Emit>(self, emit: &mut E, base: Local) -> (E::Val, Option<E::Val>, i32) {
        let base = emit.local_get(base);
        match self {
            At::Start(disp) => (base, None, disp),
            At::Index(index, disp) => (base, Some(emit.local_get(index)), disp),
        }
    }
}

/// Pieces of one size that cover a range of `size * count` to twice as many bytes: the first ones
/// from its beginning, as many from its end.
fn both_ends(size: i32, count: i32, bytes: Local) -> Vec<At> {
    let starts = (0..count).map(|i| At::Start(i * size));
    let ends = (0..count).rev().map(|i| At::Index(bytes, -(i + 1) * size));
    starts.chain(ends).collect()
}

/// The four vectors of a round at a place.
fn round(at: impl Fn(i32) -> At) -> Vec<At> {
    (0..4).map(|i| at(i * 16)).collect()
}

struct Copy<'a, E> {
    to: Local,
    from: Local,
    bytes: Local,
    emit: &'a mut E,
}

impl<E: Emit> Copy<'_, E> {
    fn routine(mut self) {
        let bytes = self.bytes;
        let short = when(self.emit, CmpOp::I64LeU, bytes, 16, Hint::None);
        self.up_to(8, LoadOp::I64, StoreOp::I64);
        self.up_to(4, LoadOp::I32, StoreOp::I32);
        self.up_to(2, LoadOp::I32Load16U, StoreOp::I32Store16);
        let one = when(self.emit, CmpOp::I64Ne, bytes, 0, Hint::None);
        self.pieces(LoadOp::I32Load8U, StoreOp::I32Store8, &[At::Start(0)]);
        self.emit.end(one, Some(Vec::new()));
        return_(self.emit, short);

        for (limit, count) in [(32, 1), (64, 2)] {
            let label = when(self.emit, CmpOp::I64LeU, bytes, limit, Hint::None);
            self.pieces(LoadOp::V128, StoreOp::V128, &both_ends(16, count, bytes));
            return_(self.emit, label);
        }

        // If `to` lies within the bytes to be read, a copy upwards would overwrite them.
        let to = self.emit.local_get(self.to);
        let to = self.emit.unary(UnOp::I64FromPtr, to);
        let from = self.emit.local_get(self.from);
        let from = self.emit.unary(UnOp::I64FromPtr, from);
        let distance = self.emit.binary(BinOp::I64Sub, to, from);
        let size = self.emit.local_get(bytes);
        let overlaps = self.emit.compare(CmpOp::I64LtU, distance, size);
        let label = self.emit.if_(overlaps, &[], Hint::None);
        self.downwards();
        return_(self.emit, label);
        self.upwards();
        self.emit.ret(None);
    }

    /// Copies and returns if there are `size` bytes or more, at most twice as many.
    fn up_to(&mut self, size: i32, load: LoadOp, store: StoreOp) {
        let label = when(self.emit, CmpOp::I64GeU, self.bytes, i64::from(size), Hint::None);
        self.pieces(load, store, &both_ends(size, 1, self.bytes));
        return_(self.emit, label);
    }

    /// Copies pieces, all read before any is written.
    fn pieces(&mut self, load: LoadOp, store: StoreOp, places: &[At]) {
        let vals = self.read(load, places);
        self.write(store, places, vals);
    }

    fn read(&mut self, op: LoadOp, places: &[At]) -> Vec<E::Val> {
        let mut vals = Vec::with_capacity(places.len());
        for place in places {
            let (base, index, disp) = place.operands(self.emit, self.from);
            vals.push(self.emit.load(op, base, index, disp, HEAP));
        }
        vals
    }

    fn write(&mut self, op: StoreOp, places: &[At], vals: Vec<E::Val>) {
        for (place, val) in places.iter().zip(vals) {
            let (base, index, disp) = place.operands(self.emit, self.to);
            self.emit.store(op, base, index, disp, val, HEAP);
        }
    }

    /// Reads a round into locals, because it will be written after others have changed it.
    fn keep(&mut self, places: &[At]) -> Vec<Local> {
        let vals = self.read(LoadOp::V128, places);
        let keep = |val| {
            let local = self.emit.local_new(Ty::V128);
            self.emit.local_set(local, val);
            local
        };
        vals.into_iter().map(keep).collect()
    }

    fn write_kept(&mut self, places: &[At], kept: Vec<Local>) {
        let vals = kept.into_iter().map(|local| self.emit.local_get(local)).collect();
        self.write(StoreOp::V128, places, vals);
    }

    /// More than a round, lowest bytes first.
    fn upwards(&mut self) {
        let bytes = self.bytes;
        let last = round(|at| At::Index(bytes, at - ROUND as i32));
        let kept = self.keep(&last);
        let index = self.emit.local_new(Ty::I64);
        let zero = self.emit.iconst(Ty::I64, 0);
        self.emit.local_set(index, zero);
        let end = self.emit.local_new(Ty::I64);
        let size = self.emit.local_get(bytes);
        let round_size = self.emit.iconst(Ty::I64, ROUND);
        let size = self.emit.binary(BinOp::I64Sub, size, round_size);
        self.emit.local_set(end, size);

        let (label, _) = self.emit.loop_(&[], Vec::new(), &[]);
        self.pieces(LoadOp::V128, StoreOp::V128, &round(|at| At::Index(index, at)));
        advance(self.emit, index, ROUND);
        let at = self.emit.local_get(index);
        let limit = self.emit.local_get(end);
        let more = self.emit.compare(CmpOp::I64LtU, at, limit);
        self.emit.br_if(more, label, Vec::new(), Hint::Likely);
        self.emit.end(label, Some(Vec::new()));
        self.write_kept(&last, kept);
    }

    /// More than a round, highest bytes first.
    fn downwards(&mut self) {
        let first = round(At::Start);
        let kept = self.keep(&first);
        let index = self.emit.local_new(Ty::I64);
        let size = self.emit.local_get(self.bytes);
        self.emit.local_set(index, size);

        let (label, _) = self.emit.loop_(&[], Vec::new(), &[]);
        advance(self.emit, index, -ROUND);
        self.pieces(LoadOp::V128, StoreOp::V128, &round(|at| At::Index(index, at)));
        let at = self.emit.local_get(index);
        let limit = self.emit.iconst(Ty::I64, ROUND);
        let more = self.emit.compare(CmpOp::I64GtU, at, limit);
        self.emit.br_if(more, label, Vec::new(), Hint::Likely);
        self.emit.end(label, Some(Vec::new()));
        self.write_kept(&first, kept);
    }
}

struct Fill<'a, E> {
    to: Local,
    byte: Local,
    bytes: Local,
    emit: &'a mut E,
}

impl<E: Emit> Fill<'_, E> {
    fn routine(mut self) {
        let bytes = self.bytes;
        let short = when(self.emit, CmpOp::I64LtU, bytes, 16, Hint::None);
        let byte = self.emit.local_get(self.byte);
        let pattern = byte_pattern(self.emit, byte);
        let narrow = self.emit.local_new(Ty::I64);
        self.emit.local_set(narrow, pattern);
        for (size, op) in [(8, StoreOp::I64), (4, StoreOp::I64Store32), (2, StoreOp::I64Store16)] {
            let label = when(self.emit, CmpOp::I64GeU, bytes, i64::from(size), Hint::None);
            self.write(op, narrow, &both_ends(size, 1, bytes));
            return_(self.emit, label);
        }
        let one = when(self.emit, CmpOp::I64Ne, bytes, 0, Hint::None);
        self.write(StoreOp::I64Store8, narrow, &[At::Start(0)]);
        self.emit.end(one, Some(Vec::new()));
        return_(self.emit, short);

        let wide = self.emit.local_new(Ty::V128);
        let byte = self.emit.local_get(self.byte);
        let pattern = self.emit.simd(SimdOp::I8x16Splat, vec![byte]);
        self.emit.local_set(wide, pattern);
        for (limit, count) in [(32, 1), (64, 2)] {
            let label = when(self.emit, CmpOp::I64LeU, bytes, limit, Hint::None);
            self.write(StoreOp::V128, wide, &both_ends(16, count, bytes));
            return_(self.emit, label);
        }
        self.rounds(wide);
        self.emit.ret(None);
    }

    fn write(&mut self, op: StoreOp, pattern: Local, places: &[At]) {
        for place in places {
            let val = self.emit.local_get(pattern);
            let (base, index, disp) = place.operands(self.emit, self.to);
            self.emit.store(op, base, index, disp, val, HEAP);
        }
    }

    /// More than a round, lowest bytes first.
    fn rounds(&mut self, pattern: Local) {
        let bytes = self.bytes;
        self.write(StoreOp::V128, pattern, &round(|at| At::Index(bytes, at - ROUND as i32)));
        // What the last round holds is written; the index runs up to it.
        advance(self.emit, bytes, -ROUND);
        let index = self.emit.local_new(Ty::I64);
        let zero = self.emit.iconst(Ty::I64, 0);
        self.emit.local_set(index, zero);
        let (label, _) = self.emit.loop_(&[], Vec::new(), &[]);
        self.write(StoreOp::V128, pattern, &round(|at| At::Index(index, at)));
        advance(self.emit, index, ROUND);
        let at = self.emit.local_get(index);
        let limit = self.emit.local_get(bytes);
        let more = self.emit.compare(CmpOp::I64LtU, at, limit);
        self.emit.br_if(more, label, Vec::new(), Hint::Likely);
        self.emit.end(label, Some(Vec::new()));
    }
}
