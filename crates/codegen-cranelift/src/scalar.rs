//! Arithmetic and comparisons on scalars.

use crate::emitter::{Emitter, Val};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Opcode, Type, Value, types};
use waxwing_layout::abi::Ty;
use waxwing_lower::{BinOp, CmpOp, UnOp};

/// Cranelift's type for one of ours, as it travels through locals, branches and calls.
pub(crate) fn ty(ty: Ty) -> Type {
    match ty {
        Ty::I32 => types::I32,
        Ty::I64 | Ty::Ptr => types::I64,
        Ty::F32 => types::F32,
        Ty::F64 => types::F64,
        Ty::V128 => types::I8X16,
    }
}

impl Emitter<'_> {
    pub(crate) fn one(&mut self, opcode: Opcode, ty: Type, a: Value) -> Value {
        let (inst, dfg) = self.b.ins().Unary(opcode, ty, a);
        dfg.first_result(inst)
    }

    pub(crate) fn two(&mut self, opcode: Opcode, ty: Type, a: Value, b: Value) -> Value {
        let (inst, dfg) = self.b.ins().Binary(opcode, ty, a, b);
        dfg.first_result(inst)
    }

    pub(crate) fn scalar_unary(&mut self, op: UnOp, a: Val) -> Val {
        let a = self.whole(a);
        Val::plain(match unary(op) {
            Shape::Op(opcode, ty) => self.one(opcode, ty, a),
            Shape::Narrow(bits) => {
                let low = self.b.ins().ireduce(bits, a);
                self.b.ins().sextend(ty(op.result()), low)
            }
            Shape::Bits(ty) => self.b.ins().bitcast(ty, MemFlagsData::new(), a),
            Shape::Same => a,
        })
    }

    pub(crate) fn scalar_binary(&mut self, op: BinOp, a: Val, b: Val) -> Val {
        let (a, b) = (self.whole(a), self.whole(b));
        let known = match op {
            BinOp::I64Add => self.add_with_carry(a, b),
            BinOp::I32Or | BinOp::I64Or | BinOp::I32And => self.joined_bytes(binary(op), a, b),
            _ => None,
        };
        Val::plain(known.unwrap_or_else(|| self.two(binary(op), ty(op.result()), a, b)))
    }

    pub(crate) fn scalar_compare(&mut self, op: CmpOp, a: Val, b: Val) -> Val {
        let (a, b) = (self.whole(a), self.whole(b));
        Val::flag(match condition(op) {
            Condition::Int(cc) => self.b.ins().icmp(cc, a, b),
            Condition::Float(cc) => self.b.ins().fcmp(cc, a, b),
        })
    }
}

enum Shape {
    /// An instruction, and the type of its result.
    Op(Opcode, Type),
    /// The sign of the low bits, extended.
    Narrow(Type),
    /// The same bits as another type.
    Bits(Type),
    /// Nothing to do.
    Same,
}

fn unary(op: UnOp) -> Shape {
    use Opcode as O;
    use types::*;
    let (opcode, ty) = match op {
        UnOp::I32Clz => (O::Clz, I32),
        UnOp::I32Ctz => (O::Ctz, I32),
        UnOp::I32Popcnt => (O::Popcnt, I32),
        UnOp::I64Clz => (O::Clz, I64),
        UnOp::I64Ctz => (O::Ctz, I64),
        UnOp::I64Popcnt => (O::Popcnt, I64),
        UnOp::I32Extend8S | UnOp::I64Extend8S => return Shape::Narrow(I8),
        UnOp::I32Extend16S | UnOp::I64Extend16S => return Shape::Narrow(I16),
        UnOp::I64Extend32S => return Shape::Narrow(I32),
        UnOp::I32WrapI64 => (O::Ireduce, I32),
        UnOp::I64ExtendI32S => (O::Sextend, I64),
        UnOp::I64ExtendI32U => (O::Uextend, I64),
        UnOp::F32Abs => (O::Fabs, F32),
        UnOp::F32Neg => (O::Fneg, F32),
        UnOp::F32Sqrt => (O::Sqrt, F32),
        UnOp::F32Ceil => (O::Ceil, F32),
        UnOp::F32Floor => (O::Floor, F32),
        UnOp::F32Trunc => (O::Trunc, F32),
        UnOp::F32Nearest => (O::Nearest, F32),
        UnOp::F64Abs => (O::Fabs, F64),
        UnOp::F64Neg => (O::Fneg, F64),
        UnOp::F64Sqrt => (O::Sqrt, F64),
        UnOp::F64Ceil => (O::Ceil, F64),
        UnOp::F64Floor => (O::Floor, F64),
        UnOp::F64Trunc => (O::Trunc, F64),
        UnOp::F64Nearest => (O::Nearest, F64),
        UnOp::I32TruncF32S | UnOp::I32TruncF64S => (O::FcvtToSint, I32),
        UnOp::I32TruncF32U | UnOp::I32TruncF64U => (O::FcvtToUint, I32),
        UnOp::I64TruncF32S | UnOp::I64TruncF64S => (O::FcvtToSint, I64),
        UnOp::I64TruncF32U | UnOp::I64TruncF64U => (O::FcvtToUint, I64),
        UnOp::I32TruncSatF32S | UnOp::I32TruncSatF64S => (O::FcvtToSintSat, I32),
        UnOp::I32TruncSatF32U | UnOp::I32TruncSatF64U => (O::FcvtToUintSat, I32),
        UnOp::I64TruncSatF32S | UnOp::I64TruncSatF64S => (O::FcvtToSintSat, I64),
        UnOp::I64TruncSatF32U | UnOp::I64TruncSatF64U => (O::FcvtToUintSat, I64),
        UnOp::F32ConvertI32S | UnOp::F32ConvertI64S => (O::FcvtFromSint, F32),
        UnOp::F32ConvertI32U | UnOp::F32ConvertI64U => (O::FcvtFromUint, F32),
        UnOp::F64ConvertI32S | UnOp::F64ConvertI64S => (O::FcvtFromSint, F64),
        UnOp::F64ConvertI32U | UnOp::F64ConvertI64U => (O::FcvtFromUint, F64),
        UnOp::F32DemoteF64 => (O::Fdemote, F32),
        UnOp::F64PromoteF32 => (O::Fpromote, F64),
        UnOp::I32ReinterpretF32 => return Shape::Bits(I32),
        UnOp::I64ReinterpretF64 => return Shape::Bits(I64),
        UnOp::F32ReinterpretI32 => return Shape::Bits(F32),
        UnOp::F64ReinterpretI64 => return Shape::Bits(F64),
        UnOp::I64FromPtr | UnOp::PtrFromI64 => return Shape::Same,
    };
    Shape::Op(opcode, ty)
}

fn binary(op: BinOp) -> Opcode {
    use Opcode as O;
    match op {
        BinOp::I32Add | BinOp::I64Add | BinOp::PtrAdd => O::Iadd,
        BinOp::I32Sub | BinOp::I64Sub => O::Isub,
        BinOp::I32Mul | BinOp::I64Mul => O::Imul,
        BinOp::I32DivS | BinOp::I64DivS => O::Sdiv,
        BinOp::I32DivU | BinOp::I64DivU => O::Udiv,
        BinOp::I32RemS | BinOp::I64RemS => O::Srem,
        BinOp::I32RemU | BinOp::I64RemU => O::Urem,
        BinOp::I32And | BinOp::I64And => O::Band,
        BinOp::I32Or | BinOp::I64Or => O::Bor,
        BinOp::I32Xor | BinOp::I64Xor => O::Bxor,
        BinOp::I32Shl | BinOp::I64Shl => O::Ishl,
        BinOp::I32ShrS | BinOp::I64ShrS => O::Sshr,
        BinOp::I32ShrU | BinOp::I64ShrU => O::Ushr,
        BinOp::I32Rotl | BinOp::I64Rotl => O::Rotl,
        BinOp::I32Rotr | BinOp::I64Rotr => O::Rotr,
        BinOp::F32Add | BinOp::F64Add => O::Fadd,
        BinOp::F32Sub | BinOp::F64Sub => O::Fsub,
        BinOp::F32Mul | BinOp::F64Mul => O::Fmul,
        BinOp::F32Div | BinOp::F64Div => O::Fdiv,
        BinOp::F32Min | BinOp::F64Min => O::Fmin,
        BinOp::F32Max | BinOp::F64Max => O::Fmax,
        BinOp::F32Copysign | BinOp::F64Copysign => O::Fcopysign,
    }
}

enum Condition {
    Int(IntCC),
    Float(FloatCC),
}

fn condition(op: CmpOp) -> Condition {
    use Condition::{Float, Int};
    match op {
        CmpOp::I32Eq | CmpOp::I64Eq | CmpOp::PtrEq => Int(IntCC::Equal),
        CmpOp::I32Ne | CmpOp::I64Ne | CmpOp::PtrNe => Int(IntCC::NotEqual),
        CmpOp::I32LtS | CmpOp::I64LtS => Int(IntCC::SignedLessThan),
        CmpOp::I32LtU | CmpOp::I64LtU => Int(IntCC::UnsignedLessThan),
        CmpOp::I32GtS | CmpOp::I64GtS => Int(IntCC::SignedGreaterThan),
        CmpOp::I32GtU | CmpOp::I64GtU => Int(IntCC::UnsignedGreaterThan),
        CmpOp::I32LeS | CmpOp::I64LeS => Int(IntCC::SignedLessThanOrEqual),
        CmpOp::I32LeU | CmpOp::I64LeU => Int(IntCC::UnsignedLessThanOrEqual),
        CmpOp::I32GeS | CmpOp::I64GeS => Int(IntCC::SignedGreaterThanOrEqual),
        CmpOp::I32GeU | CmpOp::I64GeU => Int(IntCC::UnsignedGreaterThanOrEqual),
        CmpOp::F32Eq | CmpOp::F64Eq => Float(FloatCC::Equal),
        CmpOp::F32Ne | CmpOp::F64Ne => Float(FloatCC::NotEqual),
        CmpOp::F32Lt | CmpOp::F64Lt => Float(FloatCC::LessThan),
        CmpOp::F32Gt | CmpOp::F64Gt => Float(FloatCC::GreaterThan),
        CmpOp::F32Le | CmpOp::F64Le => Float(FloatCC::LessThanOrEqual),
        CmpOp::F32Ge | CmpOp::F64Ge => Float(FloatCC::GreaterThanOrEqual),
    }
}
