//! Operators on ranges of linear memory. The whole range is checked before the first byte is
//! written.
//!
//! A short range whose length is known is moved in pieces, without a call. Where accesses out of bounds
//! fault, that is its check too: everything is read first, and the piece with the last byte is
//! written first. It lies within the memory only if the whole range does.

use crate::function::{Lower, leaf_signature};
use crate::memory::{HEAP, Place};
use crate::operand::Operand;
use crate::{BinOp, Callee, CmpOp, Emit, LoadOp, SimdOp, StoreOp, UnOp};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::{Builtin, Leaf};
use waxwing_module::Trap;

/// The longest range that is copied or filled without a call.
const INLINE: u64 = 128;

/// Pieces that cover a short range: the size of all, a power of two up to 16, and where each
/// begins, the last one first. It may overlap the one before it, so that few are needed.
fn pieces(bytes: u64) -> (u32, Vec<i32>) {
    let Some(log) = bytes.checked_ilog2() else { return (1, Vec::new()) };
    let size = (1 << log).min(16u64);
    let last = (bytes - size) as i32;
    let others = (0..(bytes - 1) / size).map(|i| (i * size) as i32);
    (size as u32, std::iter::once(last).chain(others).collect())
}

impl<E: Emit> Lower<'_, E> {
    /// Traps unless `bytes` bytes from `address` on lie within the memory. Gives the address of the
    /// first, a Ptr. Both operands are I64.
    fn range(&mut self, memory: u32, address: E::Val, bytes: E::Val) -> E::Val {
        let (address, checked) = self.emit.dup(address);
        if self.memory_style(memory).memory64 {
            let (bytes, size) = self.emit.dup(bytes);
            let len = self.memory_len(memory);
            self.trap_when(CmpOp::I64GtU, size, len, Trap::MemoryOutOfBounds);
            let len = self.memory_len(memory);
            let last = self.emit.binary(BinOp::I64Sub, len, bytes);
            self.trap_when(CmpOp::I64GtU, checked, last, Trap::MemoryOutOfBounds);
        } else {
            // Both are below 2^32: the sum cannot overflow.
            let end = self.emit.binary(BinOp::I64Add, checked, bytes);
            let len = self.memory_len(memory);
            self.trap_when(CmpOp::I64GtU, end, len, Trap::MemoryOutOfBounds);
        }
        let base = self.memory_base(memory);
        self.ptr_add(base, address)
    }

    /// A length that is known and short.
    fn short(bytes: &Operand<E::Val>) -> Option<u64> {
        let known = bytes.known()?;
        let known = if bytes.ty() == Ty::I32 { u64::from(known as u32) } else { known as u64 };
        (known <= INLINE).then_some(known)
    }

    /// The place of a short range, not empty: what lies out of bounds of it has been found out, or will
    /// fault.
    fn short_place(&mut self, memory: u32, address: Operand<E::Val>, bytes: u64) -> Place<E::Val> {
        // The pieces' distances are added to an address that is known.
        let far = |known: i64| i32::try_from(known + INLINE as i64).is_err();
        let address = match address {
            Operand::Int(ty, known) if far(known) => {
                let val = self.emit.iconst(ty, known);
                Operand::Val(val, ty)
            }
            near => near,
        };
        self.place(address, memory, 0, bytes as u32)
    }

    pub(crate) fn memory_copy(&mut self, to_memory: u32, from_memory: u32) {
        self.at();
        let bytes = self.pop();
        let short = Self::short(&bytes);
        let from = self.pop();
        let to = self.pop();
        if let Some(known) = short.filter(|&known| known > 0) {
            let from = self.short_place(from_memory, from, known);
            let to = self.short_place(to_memory, to, known);
            return self.short_copy(to, from, known);
        }
        let (to, from) = (self.zero_extend(to), self.zero_extend(from));
        let bytes = self.zero_extend(bytes);
        let (bytes, size) = self.emit.dup(bytes);
        let to = self.range(to_memory, to, size);
        let (bytes, size) = self.emit.dup(bytes);
        let from = self.range(from_memory, from, size);
        match short {
            Some(_) => [to, from, bytes].into_iter().for_each(|val| self.emit.drop_val(val)),
            None => self.leaf_copy(to, from, bytes),
        }
    }

    /// Copies bytes (I64) between addresses.
    pub(crate) fn leaf_copy(&mut self, to: E::Val, from: E::Val, bytes: E::Val) {
        let sig = leaf_signature(Leaf::MemoryCopy);
        let none = self.emit.call(Callee::Leaf(Leaf::MemoryCopy), &sig, vec![to, from, bytes]);
        debug_assert!(none.is_none());
    }

    /// Fills bytes (I64) from an address on.
    pub(crate) fn leaf_fill(&mut self, to: E::Val, byte: E::Val, bytes: E::Val) {
        let sig = leaf_signature(Leaf::MemoryFill);
        let none = self.emit.call(Callee::Leaf(Leaf::MemoryFill), &sig, vec![to, byte, bytes]);
        debug_assert!(none.is_none());
    }

    /// A place twice: itself, and that `at` bytes behind it.
    fn piece(&mut self, place: Place<E::Val>, at: i32) -> [Place<E::Val>; 2] {
        let (base, kept) = self.emit.dup(place.base);
        let (index, kept_index) = place.index.map(|index| self.emit.dup(index)).unzip();
        let kept = Place { base: kept, index: kept_index, disp: place.disp };
        [kept, Place { base, index, disp: place.disp + at }]
    }

    fn drop_place(&mut self, place: Place<E::Val>) {
        self.emit.drop_val(place.base);
        if let Some(index) = place.index {
            self.emit.drop_val(index);
        }
    }

    /// All is read before anything is written, since the ranges may overlap.
    fn short_copy(&mut self, mut to: Place<E::Val>, mut from: Place<E::Val>, bytes: u64) {
        let (size, starts) = pieces(bytes);
        let (load, store) = match size {
            1 => (LoadOp::I32Load8U, StoreOp::I32Store8),
            2 => (LoadOp::I32Load16U, StoreOp::I32Store16),
            4 => (LoadOp::I32, StoreOp::I32),
            8 => (LoadOp::I64, StoreOp::I64),
            _ => (LoadOp::V128, StoreOp::V128),
        };
        let mut vals = Vec::with_capacity(starts.len());
        for &at in &starts {
            let [kept, place] = self.piece(from, at);
            from = kept;
            vals.push(self.emit.load(load, place.base, place.index, place.disp, HEAP));
        }
        self.drop_place(from);
        for (&at, val) in starts.iter().zip(vals) {
            let [kept, place] = self.piece(to, at);
            to = kept;
            self.emit.store(store, place.base, place.index, place.disp, val, HEAP);
        }
        self.drop_place(to);
    }

    pub(crate) fn memory_fill(&mut self, memory: u32) {
        self.at();
        let bytes = self.pop();
        let short = Self::short(&bytes);
        let byte = self.pop();
        let to = self.pop();
        if let Some(known) = short.filter(|&known| known > 0) {
            let to = self.short_place(memory, to, known);
            return self.short_fill(to, byte, known);
        }
        let to = self.zero_extend(to);
        let bytes = self.zero_extend(bytes);
        let (bytes, size) = self.emit.dup(bytes);
        let to = self.range(memory, to, size);
        let byte = self.val(byte);
        match short {
            Some(_) => [to, byte, bytes].into_iter().for_each(|val| self.emit.drop_val(val)),
            None => self.leaf_fill(to, byte, bytes),
        }
    }

    fn short_fill(&mut self, mut to: Place<E::Val>, byte: Operand<E::Val>, bytes: u64) {
        let (size, starts) = pieces(bytes);
        let op = match size {
            1 => StoreOp::I64Store8,
            2 => StoreOp::I64Store16,
            4 => StoreOp::I64Store32,
            8 => StoreOp::I64,
            _ => StoreOp::V128,
        };
        let mut pattern = if op == StoreOp::V128 {
            let byte = self.val(byte);
            self.emit.simd(SimdOp::I8x16Splat, vec![byte])
        } else {
            self.byte_pattern(byte)
        };
        for at in starts {
            let [kept, place] = self.piece(to, at);
            to = kept;
            let val;
            (pattern, val) = self.emit.dup(pattern);
            self.emit.store(op, place.base, place.index, place.disp, val, HEAP);
        }
        self.emit.drop_val(pattern);
        self.drop_place(to);
    }

    /// The low byte of an I32 eight times, I64.
    fn byte_pattern(&mut self, byte: Operand<E::Val>) -> E::Val {
        if let Some(known) = byte.known() {
            return self.i64_const(u64::from_le_bytes([known as u8; 8]));
        }
        let byte = self.val(byte);
        byte_pattern(self.emit, byte)
    }

    pub(crate) fn memory_init(&mut self, segment: u32, memory: u32) {
        self.bulk_builtin(Builtin::MemoryInit, memory, segment);
    }

    pub(crate) fn data_drop(&mut self, segment: u32) {
        self.at();
        self.builtin_void(Builtin::DataDrop, [Operand::Int(Ty::I64, i64::from(segment))]);
    }
}

/// The low byte of an I32 eight times, I64.
pub(crate) fn byte_pattern<E: Emit>(emit: &mut E, byte: E::Val) -> E::Val {
    let byte = emit.unary(UnOp::I64ExtendI32U, byte);
    let mask = emit.iconst(Ty::I64, 0xff);
    let byte = emit.binary(BinOp::I64And, byte, mask);
    let ones = emit.iconst(Ty::I64, 0x0101_0101_0101_0101);
    emit.binary(BinOp::I64Mul, byte, ones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_range_and_nothing_else() {
        for bytes in 0..=INLINE {
            let mut covered = vec![false; bytes as usize];
            let (size, starts) = pieces(bytes);
            assert!(size.is_power_of_two() && size <= 16);
            for &at in &starts {
                covered[at as usize..][..size as usize].fill(true);
            }
            assert!(covered.iter().all(|&c| c), "{bytes}: {size} at {starts:?}");
            assert!(starts.len() <= 8, "{bytes}: {size} at {starts:?}");
            let last = starts.first().map_or(0, |at| *at as u64 + u64::from(size));
            assert_eq!(last, bytes, "the last byte is written first");
        }
    }
}
