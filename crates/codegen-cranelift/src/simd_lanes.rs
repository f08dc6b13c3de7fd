//! Constants, lanes and shuffles of vectors.

use crate::emitter::{Emitter, Val};
use crate::simd_arith::operands;
use cranelift_codegen::ir::{InstBuilder, Opcode, Type, Value, types};

impl Emitter<'_> {
    pub(crate) fn vector_const(&mut self, bits: u128) -> Val {
        Val::plain(self.vconst(types::I8X16, bits))
    }

    /// A constant with these lanes.
    pub(crate) fn vconst(&mut self, ty: Type, bits: u128) -> Value {
        let handle = self.b.func.dfg.constants.insert(bits.to_le_bytes().as_slice().into());
        self.b.ins().vconst(ty, handle)
    }

    pub(crate) fn shuffle(&mut self, lanes: [u8; 16], args: Vec<Val>) -> Val {
        let [a, b] = operands(args);
        let (a, b) = (self.lanes(a, types::I8X16), self.lanes(b, types::I8X16));
        let lanes = self.b.func.dfg.immediates.push(lanes.as_slice().into());
        Val::plain(self.b.ins().shuffle(a, b, lanes))
    }

    pub(crate) fn extract(&mut self, ty: Type, lane: u8, args: Vec<Val>) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, ty);
        Val::plain(self.b.ins().extractlane(a, lane))
    }

    /// A lane of 8 or 16 bits, extended to I32.
    pub(crate) fn extract_narrow(
        &mut self,
        ty: Type,
        lane: u8,
        extend: Opcode,
        args: Vec<Val>,
    ) -> Val {
        let [a] = operands(args);
        let a = self.lanes(a, ty);
        let low = self.b.ins().extractlane(a, lane);
        Val::plain(self.one(extend, types::I32, low))
    }

    pub(crate) fn replace(&mut self, ty: Type, lane: u8, args: Vec<Val>) -> Val {
        let [a, x] = operands(args);
        let a = self.lanes(a, ty);
        let x = self.lane(x, ty);
        Val::plain(self.b.ins().insertlane(a, x, lane))
    }

    pub(crate) fn splat(&mut self, ty: Type, args: Vec<Val>) -> Val {
        let [x] = operands(args);
        let x = self.lane(x, ty);
        Val::plain(self.b.ins().splat(ty, x))
    }

    /// A scalar as one lane of `ty`.
    fn lane(&mut self, x: Val, ty: Type) -> Value {
        let x = self.whole(x);
        let lane = ty.lane_type();
        if self.b.func.dfg.value_type(x) == lane { x } else { self.b.ins().ireduce(lane, x) }
    }
}
