//! Relaxed vector operations with the one result that the specification's deterministic profile
//! prescribes (section 4.3.5: every parameter is 0), made of operations whose result is always the
//! same.

use crate::function::Lower;
use crate::{Emit, SimdOp};

impl<E: Emit> Lower<'_, E> {
    /// The operation in the deterministic profile; the same operation if it is not a relaxed one.
    pub(crate) fn deterministic(&mut self, op: SimdOp, args: Vec<E::Val>) -> E::Val {
        use SimdOp as S;
        let op = match op {
            S::I8x16RelaxedSwizzle => S::I8x16Swizzle,
            S::I32x4RelaxedTruncF32x4S => S::I32x4TruncSatF32x4S,
            S::I32x4RelaxedTruncF32x4U => S::I32x4TruncSatF32x4U,
            S::I32x4RelaxedTruncF64x2SZero => S::I32x4TruncSatF64x2SZero,
            S::I32x4RelaxedTruncF64x2UZero => S::I32x4TruncSatF64x2UZero,
            S::F32x4RelaxedMin => S::F32x4Min,
            S::F32x4RelaxedMax => S::F32x4Max,
            S::F64x2RelaxedMin => S::F64x2Min,
            S::F64x2RelaxedMax => S::F64x2Max,
            S::I16x8RelaxedQ15mulrS => S::I16x8Q15MulrSatS,
            S::I8x16RelaxedLaneselect
            | S::I16x8RelaxedLaneselect
            | S::I32x4RelaxedLaneselect
            | S::I64x2RelaxedLaneselect => S::V128Bitselect,
            S::F32x4RelaxedMadd => return self.multiply_add(S::F32x4Mul, S::F32x4Add, None, args),
            S::F64x2RelaxedMadd => return self.multiply_add(S::F64x2Mul, S::F64x2Add, None, args),
            S::F32x4RelaxedNmadd => {
                return self.multiply_add(S::F32x4Mul, S::F32x4Add, Some(S::F32x4Neg), args);
            }
            S::F64x2RelaxedNmadd => {
                return self.multiply_add(S::F64x2Mul, S::F64x2Add, Some(S::F64x2Neg), args);
            }
            S::I16x8RelaxedDotI8x16I7x16S => return self.signed_dot(args),
            S::I32x4RelaxedDotI8x16I7x16AddS => return self.signed_dot_add(args),
            other => other,
        };
        self.emit.simd(op, args)
    }

    /// Rounded twice; with the first factor negated first, if asked.
    fn multiply_add(
        &mut self,
        mul: SimdOp,
        add: SimdOp,
        negate: Option<SimdOp>,
        args: Vec<E::Val>,
    ) -> E::Val {
        let [mut a, b, c] = operands(args);
        if let Some(negate) = negate {
            a = self.emit.simd(negate, vec![a]);
        }
        let product = self.emit.simd(mul, vec![a, b]);
        self.emit.simd(add, vec![product, c])
    }

    /// Sums of two signed products each, saturated.
    fn signed_dot(&mut self, args: Vec<E::Val>) -> E::Val {
        let [a, b] = operands(args);
        let (a, again_a) = self.emit.dup(a);
        let (b, again_b) = self.emit.dup(b);
        let low = self.emit.simd(SimdOp::I16x8ExtMulLowI8x16S, vec![a, b]);
        let low = self.emit.simd(SimdOp::I32x4ExtAddPairwiseI16x8S, vec![low]);
        let high = self.emit.simd(SimdOp::I16x8ExtMulHighI8x16S, vec![again_a, again_b]);
        let high = self.emit.simd(SimdOp::I32x4ExtAddPairwiseI16x8S, vec![high]);
        self.emit.simd(SimdOp::I16x8NarrowI32x4S, vec![low, high])
    }

    fn signed_dot_add(&mut self, args: Vec<E::Val>) -> E::Val {
        let [a, b, c] = operands(args);
        let dot = self.signed_dot(vec![a, b]);
        let sums = self.emit.simd(SimdOp::I32x4ExtAddPairwiseI16x8S, vec![dot]);
        self.emit.simd(SimdOp::I32x4Add, vec![sums, c])
    }
}

/// As many operands as the operation has.
fn operands<V, const N: usize>(args: Vec<V>) -> [V; N] {
    match args.try_into() {
        Ok(args) => args,
        Err(_) => unreachable!("as many operands as the operation has"),
    }
}
