//! Atomic accesses and arithmetic of 128 bits.

use crate::emitter::{Emitter, Val};
use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, Type, Value, types};
use waxwing_layout::abi::Ty;
use waxwing_lower::{Cell, Region, RmwOp, WideOp};

/// The type that travels to and from memory.
fn memory_type(cell: Cell) -> Type {
    match cell.bytes {
        1 => types::I8,
        2 => types::I16,
        4 => types::I32,
        _ => types::I64,
    }
}

impl Emitter<'_> {
    /// An operand cut to the cell's size.
    fn cut(&mut self, cell: Cell, v: Val) -> Value {
        let value = self.whole(v);
        if cell.bytes == cell.ty.size() {
            return value;
        }
        self.b.ins().ireduce(memory_type(cell), value)
    }

    /// What was read, zero-extended.
    fn extended(&mut self, cell: Cell, value: Value) -> Val {
        if cell.bytes == cell.ty.size() {
            return Val::plain(value);
        }
        let ty = if cell.ty == Ty::I32 { types::I32 } else { types::I64 };
        Val::plain(self.b.ins().uextend(ty, value))
    }

    pub(crate) fn read_atomically(&mut self, cell: Cell, address: Val, region: Region) -> Val {
        let address = self.whole(address);
        let flags = self.access(region, address, 0);
        let value = self.b.ins().atomic_load(memory_type(cell), flags, address);
        self.extended(cell, value)
    }

    pub(crate) fn write_atomically(
        &mut self,
        cell: Cell,
        address: Val,
        value: Val,
        region: Region,
    ) {
        let address = self.whole(address);
        let flags = self.access(region, address, 0);
        let value = self.cut(cell, value);
        self.b.ins().atomic_store(flags, value, address);
    }

    pub(crate) fn modify_atomically(
        &mut self,
        op: RmwOp,
        cell: Cell,
        address: Val,
        value: Val,
        region: Region,
    ) -> Val {
        let address = self.whole(address);
        let flags = self.access(region, address, 0);
        let value = self.cut(cell, value);
        let op = match op {
            RmwOp::Add => AtomicRmwOp::Add,
            RmwOp::Sub => AtomicRmwOp::Sub,
            RmwOp::And => AtomicRmwOp::And,
            RmwOp::Or => AtomicRmwOp::Or,
            RmwOp::Xor => AtomicRmwOp::Xor,
            RmwOp::Xchg => AtomicRmwOp::Xchg,
        };
        let old = self.b.ins().atomic_rmw(memory_type(cell), flags, op, address, value);
        self.extended(cell, old)
    }

    pub(crate) fn exchange_atomically(
        &mut self,
        cell: Cell,
        address: Val,
        expected: Val,
        value: Val,
        region: Region,
    ) -> Val {
        let address = self.whole(address);
        let flags = self.access(region, address, 0);
        let (expected, value) = (self.cut(cell, expected), self.cut(cell, value));
        let old = self.b.ins().atomic_cas(flags, address, expected, value);
        self.extended(cell, old)
    }

    /// Cranelift makes one multiplication, or an addition and one with carry, of these.
    pub(crate) fn wide_arithmetic(&mut self, op: WideOp, args: Vec<Val>) -> [Val; 2] {
        let args: Vec<Value> = args.into_iter().map(|v| self.whole(v)).collect();
        let ins = |e: &mut Self, a: usize| e.b.ins().iconcat(args[a], args[a + 1]);
        let wide = match op {
            WideOp::I64Add128 | WideOp::I64Sub128 => {
                let (a, b) = (ins(self, 0), ins(self, 2));
                match op {
                    WideOp::I64Add128 => self.b.ins().iadd(a, b),
                    _ => self.b.ins().isub(a, b),
                }
            }
            WideOp::I64MulWideS => {
                let a = self.b.ins().sextend(types::I128, args[0]);
                let b = self.b.ins().sextend(types::I128, args[1]);
                self.b.ins().imul(a, b)
            }
            WideOp::I64MulWideU => {
                let a = self.b.ins().uextend(types::I128, args[0]);
                let b = self.b.ins().uextend(types::I128, args[1]);
                self.b.ins().imul(a, b)
            }
        };
        let (low, high) = self.b.ins().isplit(wide);
        [Val::plain(low), Val::plain(high)]
    }
}
