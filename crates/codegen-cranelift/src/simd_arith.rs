//! Vector arithmetic, comparisons and relaxed arithmetic.

use crate::emitter::{Emitter, Val};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Opcode, Type, types};

/// Which of two lanes `pmin` and `pmax` take.
#[derive(Clone, Copy)]
pub(crate) enum Pick {
    /// `b < a ? b : a`
    Pmin,
    /// `a < b ? b : a`
    Pmax,
}

/// The operands of an operation, whose number the operation states.
pub(crate) fn operands<const N: usize>(args: Vec<Val>) -> [Val; N] {
    args.try_into().expect("as many operands as SimdOp::params says")
}

impl Emitter<'_> {
    pub(crate) fn unary_lanes(&mut self, opcode: Opcode, ty: Type, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, ty);
        Val::plain(self.one(opcode, ty, a))
    }

    pub(crate) fn binary_lanes(&mut self, opcode: Opcode, ty: Type, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, ty), self.lanes(b, ty));
        Val::plain(self.two(opcode, ty, a, b))
    }

    pub(crate) fn icmp_lanes(&mut self, cc: IntCC, ty: Type, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, ty), self.lanes(b, ty));
        Val::plain(self.b.ins().icmp(cc, a, b))
    }

    pub(crate) fn fcmp_lanes(&mut self, cc: FloatCC, ty: Type, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, ty), self.lanes(b, ty));
        Val::plain(self.b.ins().fcmp(cc, a, b))
    }

    pub(crate) fn shift(&mut self, opcode: Opcode, ty: Type, args: Vec<Val>) -> Val {
        let [a, amount] = operands(args);
        let a = self.lanes(a, ty);
        let amount = self.whole(amount);
        Val::plain(self.two(opcode, ty, a, amount))
    }

    pub(crate) fn and_not(&mut self, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, types::I8X16), self.lanes(b, types::I8X16));
        let not_b = self.b.ins().bnot(b);
        Val::plain(self.b.ins().band(a, not_b))
    }

    /// `bitselect`: `a` where `c` has ones, else `b`. In the lanes of `c`, so that Cranelift sees
    /// when it is the mask of a comparison.
    pub(crate) fn select_bits(&mut self, args: Vec<Val>) -> Val {
        let [a, b, c] = operands(args);
        let c = self.whole(c);
        let ty = self.b.func.dfg.value_type(c);
        let (a, b) = (self.lanes(a, ty), self.lanes(b, ty));
        Val::plain(self.b.ins().bitselect(c, a, b))
    }

    /// `any_true` and `all_true`.
    pub(crate) fn truth_lanes(&mut self, opcode: Opcode, ty: Type, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, ty);
        Val::flag(self.one(opcode, ty, a))
    }

    pub(crate) fn bitmask(&mut self, ty: Type, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, ty);
        Val::plain(self.b.ins().vhigh_bits(types::I32, a))
    }

    /// Written so that Cranelift makes one `minps`, `maxps` or the like of it.
    pub(crate) fn pick_less(&mut self, ty: Type, pick: Pick, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, ty), self.lanes(b, ty));
        let (less, than) = match pick {
            Pick::Pmin => (b, a),
            Pick::Pmax => (a, b),
        };
        let mask = self.b.ins().fcmp(FloatCC::LessThan, less, than);
        let mask = self.recast(mask, ty);
        Val::plain(self.b.ins().bitselect(mask, b, a))
    }

    /// `i32x4.dot_i16x8_s`
    pub(crate) fn dot(&mut self, args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, types::I16X8), self.lanes(b, types::I16X8));
        let (a_low, b_low) = (self.b.ins().swiden_low(a), self.b.ins().swiden_low(b));
        let low = self.b.ins().imul(a_low, b_low);
        let (a_high, b_high) = (self.b.ins().swiden_high(a), self.b.ins().swiden_high(b));
        let high = self.b.ins().imul(a_high, b_high);
        Val::plain(self.b.ins().iadd_pairwise(low, high))
    }

    /// `pmaddubsw`, for which the second operand is unsigned: allowed, as its lanes are meant to
    /// have 7 bits.
    pub(crate) fn relaxed_dot(&mut self, args: Vec<Val>) -> Val {
        self.binary_lanes(Opcode::X86Pmaddubsw, types::I8X16, args)
    }

    pub(crate) fn relaxed_dot_add(&mut self, args: Vec<Val>) -> Val {
        let [a, b, c] = operands(args);
        let dot = self.relaxed_dot(vec![a, b]);
        let dot = self.lanes(dot, types::I16X8);
        let c = self.lanes(c, types::I32X4);
        let (low, high) = (self.b.ins().swiden_low(dot), self.b.ins().swiden_high(dot));
        let sum = self.b.ins().iadd_pairwise(low, high);
        Val::plain(self.b.ins().iadd(sum, c))
    }

    /// `a * b + c`, rounded once if the processor can, else twice.
    pub(crate) fn relaxed_madd(&mut self, ty: Type, args: Vec<Val>) -> Val {
        let [a, b, c] = operands(args);
        let (a, b, c) = (self.lanes(a, ty), self.lanes(b, ty), self.lanes(c, ty));
        Val::plain(if self.fma {
            self.b.ins().fma(a, b, c)
        } else {
            let product = self.b.ins().fmul(a, b);
            self.b.ins().fadd(product, c)
        })
    }

    /// `-(a * b) + c`, as [`Self::relaxed_madd`].
    pub(crate) fn relaxed_nmadd(&mut self, ty: Type, args: Vec<Val>) -> Val {
        let [a, b, c] = operands(args);
        let (a, b, c) = (self.lanes(a, ty), self.lanes(b, ty), self.lanes(c, ty));
        Val::plain(if self.fma {
            let minus_a = self.b.ins().fneg(a);
            self.b.ins().fma(minus_a, b, c)
        } else {
            let product = self.b.ins().fmul(a, b);
            self.b.ins().fsub(c, product)
        })
    }

    /// By the top bit of each lane of the mask; of two bytes each, which x86 cannot do, bit by bit.
    pub(crate) fn relaxed_select(&mut self, ty: Type, args: Vec<Val>) -> Val {
        if ty == types::I16X8 {
            return self.select_bits(args);
        }
        let [a, b, c] = operands(args);
        let (a, b, c) = (self.lanes(a, ty), self.lanes(b, ty), self.lanes(c, ty));
        Val::plain(self.b.ins().blendv(c, a, b))
    }
}
