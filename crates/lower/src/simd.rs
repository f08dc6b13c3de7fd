//! The operations of [`crate::Emit`] on vectors. Names are WebAssembly's, and so is the meaning
//! (specification, section 4.3.4; relaxed operations: section 4.3.5).

use waxwing_layout::abi::Ty;

macro_rules! simd_ops {
    ($($op:ident $(($imm:ident: $imm_ty:ty))? : $($arg:ident)* => $result:ident;)*) => {
        /// A vector operation; operands in WebAssembly's order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum SimdOp { $($op $({ $imm: $imm_ty })?,)* }

        impl SimdOp {
            /// The types of the operands.
            pub fn params(self) -> &'static [Ty] {
                match self { $(SimdOp::$op { .. } => &[$(Ty::$arg),*],)* }
            }

            /// The type of the result.
            pub fn result(self) -> Ty {
                match self { $(SimdOp::$op { .. } => Ty::$result,)* }
            }
        }

        /// Calls a macro with every vector operation: its name and its immediate, if it has one.
        #[macro_export]
        macro_rules! for_each_simd_op {
            ($m:ident) => { $m! { $($op $({ $imm })?;)* } };
        }
    };
}

simd_ops! {
    I8x16Shuffle(lanes: [u8; 16]): V128 V128 => V128;
    I8x16ExtractLaneS(lane: u8): V128 => I32;
    I8x16ExtractLaneU(lane: u8): V128 => I32;
    I8x16ReplaceLane(lane: u8): V128 I32 => V128;
    I16x8ExtractLaneS(lane: u8): V128 => I32;
    I16x8ExtractLaneU(lane: u8): V128 => I32;
    I16x8ReplaceLane(lane: u8): V128 I32 => V128;
    I32x4ExtractLane(lane: u8): V128 => I32;
    I32x4ReplaceLane(lane: u8): V128 I32 => V128;
    I64x2ExtractLane(lane: u8): V128 => I64;
    I64x2ReplaceLane(lane: u8): V128 I64 => V128;
    F32x4ExtractLane(lane: u8): V128 => F32;
    F32x4ReplaceLane(lane: u8): V128 F32 => V128;
    F64x2ExtractLane(lane: u8): V128 => F64;
    F64x2ReplaceLane(lane: u8): V128 F64 => V128;
    I8x16Swizzle: V128 V128 => V128;
    I8x16Splat: I32 => V128;
    I16x8Splat: I32 => V128;
    I32x4Splat: I32 => V128;
    I64x2Splat: I64 => V128;
    F32x4Splat: F32 => V128;
    F64x2Splat: F64 => V128;
    I8x16Eq: V128 V128 => V128;
    I8x16Ne: V128 V128 => V128;
    I8x16LtS: V128 V128 => V128;
    I8x16LtU: V128 V128 => V128;
    I8x16GtS: V128 V128 => V128;
    I8x16GtU: V128 V128 => V128;
    I8x16LeS: V128 V128 => V128;
    I8x16LeU: V128 V128 => V128;
    I8x16GeS: V128 V128 => V128;
    I8x16GeU: V128 V128 => V128;
    I16x8Eq: V128 V128 => V128;
    I16x8Ne: V128 V128 => V128;
    I16x8LtS: V128 V128 => V128;
    I16x8LtU: V128 V128 => V128;
    I16x8GtS: V128 V128 => V128;
    I16x8GtU: V128 V128 => V128;
    I16x8LeS: V128 V128 => V128;
    I16x8LeU: V128 V128 => V128;
    I16x8GeS: V128 V128 => V128;
    I16x8GeU: V128 V128 => V128;
    I32x4Eq: V128 V128 => V128;
    I32x4Ne: V128 V128 => V128;
    I32x4LtS: V128 V128 => V128;
    I32x4LtU: V128 V128 => V128;
    I32x4GtS: V128 V128 => V128;
    I32x4GtU: V128 V128 => V128;
    I32x4LeS: V128 V128 => V128;
    I32x4LeU: V128 V128 => V128;
    I32x4GeS: V128 V128 => V128;
    I32x4GeU: V128 V128 => V128;
    I64x2Eq: V128 V128 => V128;
    I64x2Ne: V128 V128 => V128;
    I64x2LtS: V128 V128 => V128;
    I64x2GtS: V128 V128 => V128;
    I64x2LeS: V128 V128 => V128;
    I64x2GeS: V128 V128 => V128;
    F32x4Eq: V128 V128 => V128;
    F32x4Ne: V128 V128 => V128;
    F32x4Lt: V128 V128 => V128;
    F32x4Gt: V128 V128 => V128;
    F32x4Le: V128 V128 => V128;
    F32x4Ge: V128 V128 => V128;
    F64x2Eq: V128 V128 => V128;
    F64x2Ne: V128 V128 => V128;
    F64x2Lt: V128 V128 => V128;
    F64x2Gt: V128 V128 => V128;
    F64x2Le: V128 V128 => V128;
    F64x2Ge: V128 V128 => V128;
    V128Not: V128 => V128;
    V128And: V128 V128 => V128;
    V128AndNot: V128 V128 => V128;
    V128Or: V128 V128 => V128;
    V128Xor: V128 V128 => V128;
    V128Bitselect: V128 V128 V128 => V128;
    V128AnyTrue: V128 => I32;
    I8x16Abs: V128 => V128;
    I8x16Neg: V128 => V128;
    I8x16Popcnt: V128 => V128;
    I8x16AllTrue: V128 => I32;
    I8x16Bitmask: V128 => I32;
    I8x16NarrowI16x8S: V128 V128 => V128;
    I8x16NarrowI16x8U: V128 V128 => V128;
    I8x16Shl: V128 I32 => V128;
    I8x16ShrS: V128 I32 => V128;
    I8x16ShrU: V128 I32 => V128;
    I8x16Add: V128 V128 => V128;
    I8x16AddSatS: V128 V128 => V128;
    I8x16AddSatU: V128 V128 => V128;
    I8x16Sub: V128 V128 => V128;
    I8x16SubSatS: V128 V128 => V128;
    I8x16SubSatU: V128 V128 => V128;
    I8x16MinS: V128 V128 => V128;
    I8x16MinU: V128 V128 => V128;
    I8x16MaxS: V128 V128 => V128;
    I8x16MaxU: V128 V128 => V128;
    I8x16AvgrU: V128 V128 => V128;
    I16x8ExtAddPairwiseI8x16S: V128 => V128;
    I16x8ExtAddPairwiseI8x16U: V128 => V128;
    I16x8Abs: V128 => V128;
    I16x8Neg: V128 => V128;
    I16x8Q15MulrSatS: V128 V128 => V128;
    I16x8AllTrue: V128 => I32;
    I16x8Bitmask: V128 => I32;
    I16x8NarrowI32x4S: V128 V128 => V128;
    I16x8NarrowI32x4U: V128 V128 => V128;
    I16x8ExtendLowI8x16S: V128 => V128;
    I16x8ExtendHighI8x16S: V128 => V128;
    I16x8ExtendLowI8x16U: V128 => V128;
    I16x8ExtendHighI8x16U: V128 => V128;
    I16x8Shl: V128 I32 => V128;
    I16x8ShrS: V128 I32 => V128;
    I16x8ShrU: V128 I32 => V128;
    I16x8Add: V128 V128 => V128;
    I16x8AddSatS: V128 V128 => V128;
    I16x8AddSatU: V128 V128 => V128;
    I16x8Sub: V128 V128 => V128;
    I16x8SubSatS: V128 V128 => V128;
    I16x8SubSatU: V128 V128 => V128;
    I16x8Mul: V128 V128 => V128;
    I16x8MinS: V128 V128 => V128;
    I16x8MinU: V128 V128 => V128;
    I16x8MaxS: V128 V128 => V128;
    I16x8MaxU: V128 V128 => V128;
    I16x8AvgrU: V128 V128 => V128;
    I16x8ExtMulLowI8x16S: V128 V128 => V128;
    I16x8ExtMulHighI8x16S: V128 V128 => V128;
    I16x8ExtMulLowI8x16U: V128 V128 => V128;
    I16x8ExtMulHighI8x16U: V128 V128 => V128;
    I32x4ExtAddPairwiseI16x8S: V128 => V128;
    I32x4ExtAddPairwiseI16x8U: V128 => V128;
    I32x4Abs: V128 => V128;
    I32x4Neg: V128 => V128;
    I32x4AllTrue: V128 => I32;
    I32x4Bitmask: V128 => I32;
    I32x4ExtendLowI16x8S: V128 => V128;
    I32x4ExtendHighI16x8S: V128 => V128;
    I32x4ExtendLowI16x8U: V128 => V128;
    I32x4ExtendHighI16x8U: V128 => V128;
    I32x4Shl: V128 I32 => V128;
    I32x4ShrS: V128 I32 => V128;
    I32x4ShrU: V128 I32 => V128;
    I32x4Add: V128 V128 => V128;
    I32x4Sub: V128 V128 => V128;
    I32x4Mul: V128 V128 => V128;
    I32x4MinS: V128 V128 => V128;
    I32x4MinU: V128 V128 => V128;
    I32x4MaxS: V128 V128 => V128;
    I32x4MaxU: V128 V128 => V128;
    I32x4DotI16x8S: V128 V128 => V128;
    I32x4ExtMulLowI16x8S: V128 V128 => V128;
    I32x4ExtMulHighI16x8S: V128 V128 => V128;
    I32x4ExtMulLowI16x8U: V128 V128 => V128;
    I32x4ExtMulHighI16x8U: V128 V128 => V128;
    I64x2Abs: V128 => V128;
    I64x2Neg: V128 => V128;
    I64x2AllTrue: V128 => I32;
    I64x2Bitmask: V128 => I32;
    I64x2ExtendLowI32x4S: V128 => V128;
    I64x2ExtendHighI32x4S: V128 => V128;
    I64x2ExtendLowI32x4U: V128 => V128;
    I64x2ExtendHighI32x4U: V128 => V128;
    I64x2Shl: V128 I32 => V128;
    I64x2ShrS: V128 I32 => V128;
    I64x2ShrU: V128 I32 => V128;
    I64x2Add: V128 V128 => V128;
    I64x2Sub: V128 V128 => V128;
    I64x2Mul: V128 V128 => V128;
    I64x2ExtMulLowI32x4S: V128 V128 => V128;
    I64x2ExtMulHighI32x4S: V128 V128 => V128;
    I64x2ExtMulLowI32x4U: V128 V128 => V128;
    I64x2ExtMulHighI32x4U: V128 V128 => V128;
    F32x4Ceil: V128 => V128;
    F32x4Floor: V128 => V128;
    F32x4Trunc: V128 => V128;
    F32x4Nearest: V128 => V128;
    F32x4Abs: V128 => V128;
    F32x4Neg: V128 => V128;
    F32x4Sqrt: V128 => V128;
    F32x4Add: V128 V128 => V128;
    F32x4Sub: V128 V128 => V128;
    F32x4Mul: V128 V128 => V128;
    F32x4Div: V128 V128 => V128;
    F32x4Min: V128 V128 => V128;
    F32x4Max: V128 V128 => V128;
    F32x4PMin: V128 V128 => V128;
    F32x4PMax: V128 V128 => V128;
    F64x2Ceil: V128 => V128;
    F64x2Floor: V128 => V128;
    F64x2Trunc: V128 => V128;
    F64x2Nearest: V128 => V128;
    F64x2Abs: V128 => V128;
    F64x2Neg: V128 => V128;
    F64x2Sqrt: V128 => V128;
    F64x2Add: V128 V128 => V128;
    F64x2Sub: V128 V128 => V128;
    F64x2Mul: V128 V128 => V128;
    F64x2Div: V128 V128 => V128;
    F64x2Min: V128 V128 => V128;
    F64x2Max: V128 V128 => V128;
    F64x2PMin: V128 V128 => V128;
    F64x2PMax: V128 V128 => V128;
    I32x4TruncSatF32x4S: V128 => V128;
    I32x4TruncSatF32x4U: V128 => V128;
    F32x4ConvertI32x4S: V128 => V128;
    F32x4ConvertI32x4U: V128 => V128;
    I32x4TruncSatF64x2SZero: V128 => V128;
    I32x4TruncSatF64x2UZero: V128 => V128;
    F64x2ConvertLowI32x4S: V128 => V128;
    F64x2ConvertLowI32x4U: V128 => V128;
    F32x4DemoteF64x2Zero: V128 => V128;
    F64x2PromoteLowF32x4: V128 => V128;
    I8x16RelaxedSwizzle: V128 V128 => V128;
    I32x4RelaxedTruncF32x4S: V128 => V128;
    I32x4RelaxedTruncF32x4U: V128 => V128;
    I32x4RelaxedTruncF64x2SZero: V128 => V128;
    I32x4RelaxedTruncF64x2UZero: V128 => V128;
    F32x4RelaxedMadd: V128 V128 V128 => V128;
    F32x4RelaxedNmadd: V128 V128 V128 => V128;
    F64x2RelaxedMadd: V128 V128 V128 => V128;
    F64x2RelaxedNmadd: V128 V128 V128 => V128;
    I8x16RelaxedLaneselect: V128 V128 V128 => V128;
    I16x8RelaxedLaneselect: V128 V128 V128 => V128;
    I32x4RelaxedLaneselect: V128 V128 V128 => V128;
    I64x2RelaxedLaneselect: V128 V128 V128 => V128;
    F32x4RelaxedMin: V128 V128 => V128;
    F32x4RelaxedMax: V128 V128 => V128;
    F64x2RelaxedMin: V128 V128 => V128;
    F64x2RelaxedMax: V128 V128 => V128;
    I16x8RelaxedQ15mulrS: V128 V128 => V128;
    I16x8RelaxedDotI8x16I7x16S: V128 V128 => V128;
    I32x4RelaxedDotI8x16I7x16AddS: V128 V128 V128 => V128;
}
