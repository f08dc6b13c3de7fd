//! The operations of [`crate::Emit`] on scalars. Names are WebAssembly's, and so is the meaning
//! (specification, section 4.3), unless a comment says more. The few on addresses are our own.

use wasmparser::Operator;
use waxwing_layout::abi::Ty;

macro_rules! ops {
    ($(#[$doc:meta])* $name:ident {
        $($op:ident : $($arg:ident)* => $result:ident;)*
    } addresses {
        $($own:ident : $($own_arg:ident)* => $own_result:ident;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum $name { $($op,)* $($own,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$op,)* $($name::$own,)*];

            /// The types of the operands.
            pub fn params(self) -> &'static [Ty] {
                match self {
                    $($name::$op => &[$(Ty::$arg),*],)*
                    $($name::$own => &[$(Ty::$own_arg),*],)*
                }
            }

            /// The type of the result.
            pub fn result(self) -> Ty {
                match self {
                    $($name::$op => Ty::$result,)*
                    $($name::$own => Ty::$own_result,)*
                }
            }

            /// The operation that a WebAssembly operator of the same name is.
            pub(crate) fn of(op: &Operator<'_>) -> Option<$name> {
                match op {
                    $(Operator::$op => Some($name::$op),)*
                    _ => None,
                }
            }
        }
    };
}

ops! {
    /// Operations on one scalar. `I32TruncF32S` and its like trap only where the back end says
    /// [`crate::Emit::TRUNCATION_TRAPS`]; otherwise the operand is in range.
    UnOp {
        I32Clz: I32 => I32; I32Ctz: I32 => I32; I32Popcnt: I32 => I32;
        I64Clz: I64 => I64; I64Ctz: I64 => I64; I64Popcnt: I64 => I64;
        I32Extend8S: I32 => I32; I32Extend16S: I32 => I32;
        I64Extend8S: I64 => I64; I64Extend16S: I64 => I64; I64Extend32S: I64 => I64;
        I32WrapI64: I64 => I32; I64ExtendI32S: I32 => I64; I64ExtendI32U: I32 => I64;
        F32Abs: F32 => F32; F32Neg: F32 => F32; F32Sqrt: F32 => F32;
        F32Ceil: F32 => F32; F32Floor: F32 => F32; F32Trunc: F32 => F32; F32Nearest: F32 => F32;
        F64Abs: F64 => F64; F64Neg: F64 => F64; F64Sqrt: F64 => F64;
        F64Ceil: F64 => F64; F64Floor: F64 => F64; F64Trunc: F64 => F64; F64Nearest: F64 => F64;
        I32TruncF32S: F32 => I32; I32TruncF32U: F32 => I32;
        I32TruncF64S: F64 => I32; I32TruncF64U: F64 => I32;
        I64TruncF32S: F32 => I64; I64TruncF32U: F32 => I64;
        I64TruncF64S: F64 => I64; I64TruncF64U: F64 => I64;
        I32TruncSatF32S: F32 => I32; I32TruncSatF32U: F32 => I32;
        I32TruncSatF64S: F64 => I32; I32TruncSatF64U: F64 => I32;
        I64TruncSatF32S: F32 => I64; I64TruncSatF32U: F32 => I64;
        I64TruncSatF64S: F64 => I64; I64TruncSatF64U: F64 => I64;
        F32ConvertI32S: I32 => F32; F32ConvertI32U: I32 => F32;
        F32ConvertI64S: I64 => F32; F32ConvertI64U: I64 => F32;
        F64ConvertI32S: I32 => F64; F64ConvertI32U: I32 => F64;
        F64ConvertI64S: I64 => F64; F64ConvertI64U: I64 => F64;
        F32DemoteF64: F64 => F32; F64PromoteF32: F32 => F64;
        I32ReinterpretF32: F32 => I32; I64ReinterpretF64: F64 => I64;
        F32ReinterpretI32: I32 => F32; F64ReinterpretI64: I64 => F64;
    } addresses {
        // The low 64 bits of an address as an integer, and back: no code.
        I64FromPtr: Ptr => I64; PtrFromI64: I64 => Ptr;
    }
}

ops! {
    /// Operations on two scalars. Division traps only where the back end says
    /// [`crate::Emit::DIVISION_TRAPS`]; otherwise the divisor is not zero and the quotient fits.
    /// `RemS` of the smallest number by -1 is 0 in any case.
    BinOp {
        I32Add: I32 I32 => I32; I32Sub: I32 I32 => I32; I32Mul: I32 I32 => I32;
        I32DivS: I32 I32 => I32; I32DivU: I32 I32 => I32;
        I32RemS: I32 I32 => I32; I32RemU: I32 I32 => I32;
        I32And: I32 I32 => I32; I32Or: I32 I32 => I32; I32Xor: I32 I32 => I32;
        I32Shl: I32 I32 => I32; I32ShrS: I32 I32 => I32; I32ShrU: I32 I32 => I32;
        I32Rotl: I32 I32 => I32; I32Rotr: I32 I32 => I32;
        I64Add: I64 I64 => I64; I64Sub: I64 I64 => I64; I64Mul: I64 I64 => I64;
        I64DivS: I64 I64 => I64; I64DivU: I64 I64 => I64;
        I64RemS: I64 I64 => I64; I64RemU: I64 I64 => I64;
        I64And: I64 I64 => I64; I64Or: I64 I64 => I64; I64Xor: I64 I64 => I64;
        I64Shl: I64 I64 => I64; I64ShrS: I64 I64 => I64; I64ShrU: I64 I64 => I64;
        I64Rotl: I64 I64 => I64; I64Rotr: I64 I64 => I64;
        F32Add: F32 F32 => F32; F32Sub: F32 F32 => F32; F32Mul: F32 F32 => F32;
        F32Div: F32 F32 => F32; F32Min: F32 F32 => F32; F32Max: F32 F32 => F32;
        F32Copysign: F32 F32 => F32;
        F64Add: F64 F64 => F64; F64Sub: F64 F64 => F64; F64Mul: F64 F64 => F64;
        F64Div: F64 F64 => F64; F64Min: F64 F64 => F64; F64Max: F64 F64 => F64;
        F64Copysign: F64 F64 => F64;
    } addresses {
        // An address and a distance in bytes.
        PtrAdd: Ptr I64 => Ptr;
    }
}

ops! {
    /// Comparisons of two scalars.
    CmpOp {
        I32Eq: I32 I32 => I32; I32Ne: I32 I32 => I32;
        I32LtS: I32 I32 => I32; I32LtU: I32 I32 => I32; I32GtS: I32 I32 => I32; I32GtU: I32 I32 => I32;
        I32LeS: I32 I32 => I32; I32LeU: I32 I32 => I32; I32GeS: I32 I32 => I32; I32GeU: I32 I32 => I32;
        I64Eq: I64 I64 => I32; I64Ne: I64 I64 => I32;
        I64LtS: I64 I64 => I32; I64LtU: I64 I64 => I32; I64GtS: I64 I64 => I32; I64GtU: I64 I64 => I32;
        I64LeS: I64 I64 => I32; I64LeU: I64 I64 => I32; I64GeS: I64 I64 => I32; I64GeU: I64 I64 => I32;
        F32Eq: F32 F32 => I32; F32Ne: F32 F32 => I32; F32Lt: F32 F32 => I32;
        F32Gt: F32 F32 => I32; F32Le: F32 F32 => I32; F32Ge: F32 F32 => I32;
        F64Eq: F64 F64 => I32; F64Ne: F64 F64 => I32; F64Lt: F64 F64 => I32;
        F64Gt: F64 F64 => I32; F64Le: F64 F64 => I32; F64Ge: F64 F64 => I32;
    } addresses {
        PtrEq: Ptr Ptr => I32; PtrNe: Ptr Ptr => I32;
    }
}

macro_rules! accesses {
    ($(#[$doc:meta])* $name:ident { $($op:ident : $ty:ident, $bytes:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum $name { $($op,)* }

        impl $name {
            /// The type of the value that is read or written.
            pub fn ty(self) -> Ty {
                match self { $($name::$op => Ty::$ty,)* }
            }

            /// Bytes touched in memory.
            pub fn bytes(self) -> u32 {
                match self { $($name::$op => $bytes,)* }
            }
        }
    };
}

accesses! {
    /// Reads from memory.
    LoadOp {
        I32: I32, 4; I64: I64, 8; F32: F32, 4; F64: F64, 8; V128: V128, 16; Ptr: Ptr, 8;
        I32Load8S: I32, 1; I32Load8U: I32, 1; I32Load16S: I32, 2; I32Load16U: I32, 2;
        I64Load8S: I64, 1; I64Load8U: I64, 1; I64Load16S: I64, 2; I64Load16U: I64, 2;
        I64Load32S: I64, 4; I64Load32U: I64, 4;
        V128Load8x8S: V128, 8; V128Load8x8U: V128, 8; V128Load16x4S: V128, 8;
        V128Load16x4U: V128, 8; V128Load32x2S: V128, 8; V128Load32x2U: V128, 8;
        V128Load8Splat: V128, 1; V128Load16Splat: V128, 2; V128Load32Splat: V128, 4;
        V128Load64Splat: V128, 8; V128Load32Zero: V128, 4; V128Load64Zero: V128, 8;
    }
}

accesses! {
    /// Writes to memory.
    StoreOp {
        I32: I32, 4; I64: I64, 8; F32: F32, 4; F64: F64, 8; V128: V128, 16; Ptr: Ptr, 8;
        I32Store8: I32, 1; I32Store16: I32, 2;
        I64Store8: I64, 1; I64Store16: I64, 2; I64Store32: I64, 4;
    }
}

/// Arithmetic of 128 bits (the wide-arithmetic proposal). Operands and results are I64, the low half
/// of a number before its high half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WideOp {
    /// The sum of two numbers.
    I64Add128,
    /// The difference of two numbers.
    I64Sub128,
    /// The whole product of two signed integers of 64 bits.
    I64MulWideS,
    /// The whole product of two unsigned integers of 64 bits.
    I64MulWideU,
}

impl WideOp {
    /// How many operands it takes.
    pub fn operands(self) -> usize {
        match self {
            WideOp::I64Add128 | WideOp::I64Sub128 => 4,
            WideOp::I64MulWideS | WideOp::I64MulWideU => 2,
        }
    }

    pub(crate) fn of(op: &Operator<'_>) -> Option<WideOp> {
        Some(match op {
            Operator::I64Add128 => WideOp::I64Add128,
            Operator::I64Sub128 => WideOp::I64Sub128,
            Operator::I64MulWideS => WideOp::I64MulWideS,
            Operator::I64MulWideU => WideOp::I64MulWideU,
            _ => return None,
        })
    }
}

impl LoadOp {
    /// The plain read of a type.
    pub fn of(ty: Ty) -> LoadOp {
        match ty {
            Ty::I32 => LoadOp::I32,
            Ty::I64 => LoadOp::I64,
            Ty::F32 => LoadOp::F32,
            Ty::F64 => LoadOp::F64,
            Ty::V128 => LoadOp::V128,
            Ty::Ptr => LoadOp::Ptr,
        }
    }
}

impl StoreOp {
    /// The plain write of a type.
    pub fn of(ty: Ty) -> StoreOp {
        match ty {
            Ty::I32 => StoreOp::I32,
            Ty::I64 => StoreOp::I64,
            Ty::F32 => StoreOp::F32,
            Ty::F64 => StoreOp::F64,
            Ty::V128 => StoreOp::V128,
            Ty::Ptr => StoreOp::Ptr,
        }
    }
}
