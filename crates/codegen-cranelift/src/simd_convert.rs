//! Vector conversions between lane types.

use crate::emitter::{Emitter, Val};
use crate::simd_arith::operands;
use cranelift_codegen::ir::{InstBuilder, Opcode, Type, types};

impl Emitter<'_> {
    /// A conversion of each lane from one type to another, as the instruction says.
    pub(crate) fn lanewise(&mut self, opcode: Opcode, from: Type, to: Type, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, from);
        Val::plain(self.one(opcode, to, a))
    }

    /// Two lanes F64 to two lanes I32; the upper two are zero. Cranelift knows the whole as one.
    pub(crate) fn trunc_zero(&mut self, convert: Opcode, narrow: Opcode, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, types::F64X2);
        let wide = self.one(convert, types::I64X2, a);
        let zero = self.vconst(types::I64X2, 0);
        Val::plain(self.two(narrow, types::I64X2, wide, zero))
    }

    /// The two lower lanes I32 to F64.
    pub(crate) fn convert_low(&mut self, widen: Opcode, convert: Opcode, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, types::I32X4);
        let wide = self.one(widen, types::I32X4, a);
        Val::plain(self.one(convert, types::F64X2, wide))
    }

    pub(crate) fn narrow(&mut self, opcode: Opcode, from: Type, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, from), self.lanes(b, from));
        Val::plain(self.two(opcode, from, a, b))
    }

    pub(crate) fn widen(&mut self, opcode: Opcode, from: Type, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, from);
        Val::plain(self.one(opcode, from, a))
    }

    pub(crate) fn extmul(&mut self, widen: Opcode, from: Type, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, from), self.lanes(b, from));
        let (a, b) = (self.one(widen, from, a), self.one(widen, from, b));
        Val::plain(self.b.ins().imul(a, b))
    }

    pub(crate) fn extadd(&mut self, low: Opcode, high: Opcode, from: Type, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, from);
        let (low, high) = (self.one(low, from, a), self.one(high, from, a));
        Val::plain(self.b.ins().iadd_pairwise(low, high))
    }
}
