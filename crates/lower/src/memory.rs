//! Linear memories: where they lie, what is checked, reads and writes (specification, section
//! 4.4.7). Bulk operators are in `bulk`.

use crate::function::Lower;
use crate::operand::Operand;
use crate::{BinOp, CmpOp, Emit, LoadOp, Region, StoreOp, UnOp};
use wasmparser::{MemArg, Operator};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::instance::memory_def;
use waxwing_layout::plan::{GUARD, MemoryStyle};
use waxwing_module::{MemoryType, Trap};

/// Reads and writes of linear memory. Those that fault do so because they are out of bounds.
pub(crate) const HEAP: Region = Region::Heap(Trap::MemoryOutOfBounds);

macro_rules! accesses {
    ($of:ident, $op_type:ident: $($op:ident $name:ident;)*) => {
        pub(crate) fn $of(op: &Operator<'_>) -> Option<($op_type, MemArg)> {
            match *op {
                $(Operator::$op { memarg } => Some(($op_type::$name, memarg)),)*
                _ => None,
            }
        }
    };
}

accesses! { load_of, LoadOp:
    I32Load I32; I64Load I64; F32Load F32; F64Load F64; V128Load V128;
    I32Load8S I32Load8S; I32Load8U I32Load8U; I32Load16S I32Load16S; I32Load16U I32Load16U;
    I64Load8S I64Load8S; I64Load8U I64Load8U; I64Load16S I64Load16S; I64Load16U I64Load16U;
    I64Load32S I64Load32S; I64Load32U I64Load32U;
    V128Load8x8S V128Load8x8S; V128Load8x8U V128Load8x8U;
    V128Load16x4S V128Load16x4S; V128Load16x4U V128Load16x4U;
    V128Load32x2S V128Load32x2S; V128Load32x2U V128Load32x2U;
    V128Load8Splat V128Load8Splat; V128Load16Splat V128Load16Splat;
    V128Load32Splat V128Load32Splat; V128Load64Splat V128Load64Splat;
    V128Load32Zero V128Load32Zero; V128Load64Zero V128Load64Zero;
}

accesses! { store_of, StoreOp:
    I32Store I32; I64Store I64; F32Store F32; F64Store F64; V128Store V128;
    I32Store8 I32Store8; I32Store16 I32Store16;
    I64Store8 I64Store8; I64Store16 I64Store16; I64Store32 I64Store32;
}

/// Where an access goes: `base + index + disp`.
pub(crate) struct Place<V> {
    pub(crate) base: V,
    pub(crate) index: Option<V>,
    pub(crate) disp: i32,
}

impl<E: Emit> Lower<'_, E> {
    pub(crate) fn memory_style(&self, memory: u32) -> MemoryStyle {
        self.env.plan.style(self.env.module, memory)
    }

    pub(crate) fn memory_type(&self, memory: u32) -> &MemoryType {
        &self.env.module.memories[memory as usize]
    }

    /// The type of addresses in a memory, and of its size.
    pub(crate) fn address_type(&self, memory: u32) -> Ty {
        if self.memory_style(memory).memory64 { Ty::I64 } else { Ty::I32 }
    }

    /// The address of byte 0.
    pub(crate) fn memory_base(&mut self, memory: u32) -> E::Val {
        let style = self.memory_style(memory);
        if style.in_slot {
            return self.emit.vmctx();
        }
        let region = if style.moves { Region::Field } else { Region::Constant };
        self.memory_field(style, memory, LoadOp::Ptr, memory_def::BASE, region)
    }

    /// The length in bytes, I64.
    pub(crate) fn memory_len(&mut self, memory: u32) -> E::Val {
        let ty = self.memory_type(memory);
        // What can never grow has its length for ever.
        if ty.limits.max == Some(ty.limits.min) {
            return self.i64_const(ty.bytes(ty.limits.min));
        }
        let style = self.memory_style(memory);
        self.memory_field(style, memory, LoadOp::I64, memory_def::LEN, Region::Field)
    }

    fn memory_field(
        &mut self,
        style: MemoryStyle,
        memory: u32,
        op: LoadOp,
        field: i32,
        region: Region,
    ) -> E::Val {
        let at = self.env.layout.memory(memory);
        self.definition_field(style.outside, at, op, field, region)
    }

    /// A field of an own definition at `at`, or of the imported one whose address stands there.
    pub(crate) fn definition_field(
        &mut self,
        imported: bool,
        at: i32,
        op: LoadOp,
        field: i32,
        region: Region,
    ) -> E::Val {
        let vmctx = self.emit.vmctx();
        if imported {
            let definition = self.emit.load(LoadOp::Ptr, vmctx, None, at, Region::Constant);
            self.emit.load(op, definition, None, field, region)
        } else {
            self.emit.load(op, vmctx, None, at + field, region)
        }
    }

    /// How many bytes a memory has at least.
    fn memory_min(&self, memory: u32) -> u64 {
        let ty = self.memory_type(memory);
        ty.bytes(ty.limits.min)
    }

    /// Makes sure that an access is within its memory or will fault.
    pub(crate) fn place(
        &mut self,
        address: Operand<E::Val>,
        memory: u32,
        offset: u64,
        size: u32,
    ) -> Place<E::Val> {
        let style = self.memory_style(memory);
        let end = offset.checked_add(u64::from(size));
        if let Some(known) = address.known() {
            let known = if style.memory64 { known as u64 } else { u64::from(known as u32) };
            let end = end.and_then(|end| end.checked_add(known));
            if let Some(end) = end {
                return self.known_place(style, memory, end - u64::from(size), end);
            }
        }
        let index = self.zero_extend(address);
        let index = match end {
            Some(end) if !style.checked && end <= GUARD => index,
            Some(end) => self.check_bounds(style, memory, index, end),
            None => {
                let always = self.emit.iconst(Ty::I32, 1);
                self.emit.trap_if(always, Trap::MemoryOutOfBounds);
                index
            }
        };
        let base = self.memory_base(memory);
        match i32::try_from(offset) {
            Ok(disp) => Place { base, index: Some(index), disp },
            Err(_) => {
                let offset = self.i64_const(offset);
                let index = self.emit.binary(BinOp::I64Add, index, offset);
                Place { base, index: Some(index), disp: 0 }
            }
        }
    }

    /// The place of an access from byte `start` to byte `end`, both known.
    fn known_place(
        &mut self,
        style: MemoryStyle,
        memory: u32,
        start: u64,
        end: u64,
    ) -> Place<E::Val> {
        let faults = !style.checked && end <= waxwing_layout::plan::RESERVATION + GUARD;
        if !faults && end > self.memory_min(memory) {
            let end = self.i64_const(end);
            let len = self.memory_len(memory);
            self.trap_when(CmpOp::I64GtU, end, len, Trap::MemoryOutOfBounds);
        }
        let base = self.memory_base(memory);
        match i32::try_from(start) {
            Ok(disp) => Place { base, index: None, disp },
            Err(_) => Place { base, index: Some(self.i64_const(start)), disp: 0 },
        }
    }

    /// Traps unless `index + end` is within the memory. Hands the index back.
    fn check_bounds(&mut self, style: MemoryStyle, memory: u32, index: E::Val, end: u64) -> E::Val {
        let (index, checked) = self.emit.dup(index);
        if !style.memory64 {
            // Both are below 2^33: the sum cannot overflow.
            let end = self.i64_const(end);
            let end = self.emit.binary(BinOp::I64Add, checked, end);
            let len = self.memory_len(memory);
            self.trap_when(CmpOp::I64GtU, end, len, Trap::MemoryOutOfBounds);
            return index;
        }
        if end > self.memory_min(memory) {
            let end = self.i64_const(end);
            let len = self.memory_len(memory);
            self.trap_when(CmpOp::I64GtU, end, len, Trap::MemoryOutOfBounds);
        }
        let len = self.memory_len(memory);
        let end = self.i64_const(end);
        let last = self.emit.binary(BinOp::I64Sub, len, end);
        self.trap_when(CmpOp::I64GtU, checked, last, Trap::MemoryOutOfBounds);
        index
    }

    pub(crate) fn load(&mut self, op: LoadOp, memarg: &MemArg) {
        self.at();
        let address = self.pop();
        let place = self.place(address, memarg.memory, memarg.offset, op.bytes());
        let val = self.emit.load(op, place.base, place.index, place.disp, HEAP);
        self.push(val, op.ty());
    }

    pub(crate) fn store(&mut self, op: StoreOp, memarg: &MemArg) {
        self.at();
        let val = self.pop_val();
        let address = self.pop();
        let place = self.place(address, memarg.memory, memarg.offset, op.bytes());
        self.emit.store(op, place.base, place.index, place.disp, val, HEAP);
    }

    pub(crate) fn memory_size(&mut self, memory: u32) {
        let limits = self.memory_type(memory).limits;
        if limits.max == Some(limits.min) {
            let ty = self.address_type(memory);
            self.stack.push(Operand::Int(ty, limits.min as i64));
            return;
        }
        let len = self.memory_len(memory);
        let shift = u64::from(self.memory_type(memory).page_size_log2);
        if shift == 0 {
            return self.push_size(len, memory);
        }
        let shift = self.i64_const(shift);
        let pages = self.emit.binary(BinOp::I64ShrU, len, shift);
        self.push_size(pages, memory);
    }

    pub(crate) fn memory_grow(&mut self, memory: u32) {
        self.at();
        let pages = self.pop();
        let number = Operand::Int(Ty::I64, i64::from(memory));
        let old = self.builtin(Builtin::MemoryGrow, [number, pages]);
        self.push_size(old, memory);
    }

    /// Pushes an I64 as the type of the memory's addresses.
    fn push_size(&mut self, pages: E::Val, memory: u32) {
        let ty = self.address_type(memory);
        let pages = if ty == Ty::I32 { self.emit.unary(UnOp::I32WrapI64, pages) } else { pages };
        self.push(pages, ty);
    }
}
