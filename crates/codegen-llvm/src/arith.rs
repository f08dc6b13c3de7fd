//! Arithmetic and comparisons of integers.

use crate::emitter::{Emitter, Val};
use inkwell::IntPredicate;
use inkwell::builder::BuilderError;
use inkwell::values::IntValue;
use waxwing_layout::abi::Ty;
use waxwing_lower::{BinOp, CmpOp, UnOp};

type Int<'ctx> = Result<IntValue<'ctx>, BuilderError>;

impl<'ctx> Emitter<'ctx> {
    fn built_int(&mut self, ty: Ty, built: Int<'ctx>) -> Val<'ctx> {
        self.built(ty, built.map(Into::into))
    }

    pub(crate) fn emit_unary(&mut self, op: UnOp, a: Val<'ctx>) -> Val<'ctx> {
        let ty = op.result();
        let (i8_type, i16_type, i32_type, i64_type) = (
            self.context.i8_type(),
            self.context.i16_type(),
            self.context.i32_type(),
            self.context.i64_type(),
        );
        let defined_for_zero = self.context.bool_type().const_zero().into();
        match op {
            UnOp::I32Clz | UnOp::I64Clz => {
                let a = self.int(a).into();
                self.intrinsic("llvm.ctlz", ty, &[a, defined_for_zero])
            }
            UnOp::I32Ctz | UnOp::I64Ctz => {
                let a = self.int(a).into();
                self.intrinsic("llvm.cttz", ty, &[a, defined_for_zero])
            }
            UnOp::I32Popcnt | UnOp::I64Popcnt => {
                let a = self.int(a).into();
                self.intrinsic("llvm.ctpop", ty, &[a])
            }
            UnOp::I32Extend8S | UnOp::I64Extend8S => self.sign_extend_low(ty, a, i8_type),
            UnOp::I32Extend16S | UnOp::I64Extend16S => self.sign_extend_low(ty, a, i16_type),
            UnOp::I64Extend32S => self.sign_extend_low(ty, a, i32_type),
            UnOp::I32WrapI64 => {
                let a = self.int(a);
                let built = self.b.build_int_truncate(a, i32_type, "");
                self.built_int(ty, built)
            }
            UnOp::I64ExtendI32S => {
                let a = self.int(a);
                let built = self.b.build_int_s_extend(a, i64_type, "");
                self.built_int(ty, built)
            }
            UnOp::I64ExtendI32U => {
                let a = self.int(a);
                let built = self.b.build_int_z_extend(a, i64_type, "");
                self.built_int(ty, built)
            }
            UnOp::I64FromPtr => {
                let a = self.pointer(a);
                let built = self.b.build_ptr_to_int(a, i64_type, "");
                self.built_int(ty, built)
            }
            UnOp::PtrFromI64 => {
                let a = self.int(a);
                let to = self.context.ptr_type(Default::default());
                let built = self.b.build_int_to_ptr(a, to, "");
                self.built(ty, built.map(Into::into))
            }
            UnOp::I32ReinterpretF32
            | UnOp::I64ReinterpretF64
            | UnOp::F32ReinterpretI32
            | UnOp::F64ReinterpretI64 => {
                let built = self.b.build_bit_cast(a.0, self.ty(ty), "");
                self.built(ty, built)
            }
            _ => self.no(format!("{op:?}"), ty),
        }
    }

    fn sign_extend_low(
        &mut self,
        ty: Ty,
        a: Val<'ctx>,
        low: inkwell::types::IntType<'ctx>,
    ) -> Val<'ctx> {
        let a = self.int(a);
        let built = self
            .b
            .build_int_truncate(a, low, "")
            .and_then(|low| self.b.build_int_s_extend(low, a.get_type(), ""));
        self.built_int(ty, built)
    }

    pub(crate) fn emit_binary(&mut self, op: BinOp, a: Val<'ctx>, b: Val<'ctx>) -> Val<'ctx> {
        let ty = op.result();
        if op == BinOp::PtrAdd {
            let (base, distance) = (self.pointer(a), self.int(b));
            let byte = self.context.i8_type();
            // SAFETY: the element type is sized and there is one index, which is an integer, as
            // the instruction demands. It is not an `inbounds` one: any address may result.
            let built = unsafe { self.b.build_gep(byte, base, &[distance], "") };
            return self.built(ty, built.map(Into::into));
        }
        if ty.is_float() {
            return self.no(format!("{op:?}"), ty);
        }
        let (a, b) = (self.int(a), self.int(b));
        let builder = &self.b;
        let built = match op {
            BinOp::I32Add | BinOp::I64Add => builder.build_int_add(a, b, ""),
            BinOp::I32Sub | BinOp::I64Sub => builder.build_int_sub(a, b, ""),
            BinOp::I32Mul | BinOp::I64Mul => builder.build_int_mul(a, b, ""),
            BinOp::I32And | BinOp::I64And => builder.build_and(a, b, ""),
            BinOp::I32Or | BinOp::I64Or => builder.build_or(a, b, ""),
            BinOp::I32Xor | BinOp::I64Xor => builder.build_xor(a, b, ""),
            BinOp::I32DivU | BinOp::I64DivU => builder.build_int_unsigned_div(a, b, ""),
            BinOp::I32DivS | BinOp::I64DivS => builder.build_int_signed_div(a, b, ""),
            BinOp::I32RemU | BinOp::I64RemU => builder.build_int_unsigned_rem(a, b, ""),
            BinOp::I32RemS | BinOp::I64RemS => self.signed_remainder(a, b),
            BinOp::I32Shl | BinOp::I64Shl => {
                self.shift_count(b).and_then(|b| builder.build_left_shift(a, b, ""))
            }
            BinOp::I32ShrS | BinOp::I64ShrS => {
                self.shift_count(b).and_then(|b| builder.build_right_shift(a, b, true, ""))
            }
            BinOp::I32ShrU | BinOp::I64ShrU => {
                self.shift_count(b).and_then(|b| builder.build_right_shift(a, b, false, ""))
            }
            BinOp::I32Rotl | BinOp::I64Rotl => {
                return self.intrinsic("llvm.fshl", ty, &[a.into(), a.into(), b.into()]);
            }
            BinOp::I32Rotr | BinOp::I64Rotr => {
                return self.intrinsic("llvm.fshr", ty, &[a.into(), a.into(), b.into()]);
            }
            _ => return self.no(format!("{op:?}"), ty),
        };
        self.built_int(ty, built)
    }

    /// LLVM leaves shifts by the width and more undefined.
    fn shift_count(&self, by: IntValue<'ctx>) -> Int<'ctx> {
        let ty = by.get_type();
        let mask = ty.const_int(u64::from(ty.get_bit_width()) - 1, false);
        self.b.build_and(by, mask, "")
    }

    /// LLVM leaves the remainder of the smallest number by -1 undefined; by 1 it is 0 as well.
    fn signed_remainder(&self, a: IntValue<'ctx>, b: IntValue<'ctx>) -> Int<'ctx> {
        let ty = b.get_type();
        let (minus_one, one) = (ty.const_all_ones(), ty.const_int(1, false));
        let is = self.b.build_int_compare(IntPredicate::EQ, b, minus_one, "")?;
        let b = self.b.build_select(is, one, b, "")?.into_int_value();
        self.b.build_int_signed_rem(a, b, "")
    }

    /// The low byte of an I32 in every lane.
    pub(crate) fn splat_byte(&mut self, byte: Val<'ctx>) -> Val<'ctx> {
        let byte = self.int(byte);
        let (i8_type, i32_type) = (self.context.i8_type(), self.context.i32_type());
        let lanes = i8_type.vec_type(16);
        let first_lane = i32_type.vec_type(16).const_zero();
        let built = self
            .b
            .build_int_truncate(byte, i8_type, "")
            .and_then(|low| {
                self.b.build_insert_element(lanes.get_undef(), low, i32_type.const_zero(), "")
            })
            .and_then(|one| self.b.build_shuffle_vector(one, lanes.get_undef(), first_lane, ""))
            .and_then(|all| self.b.build_bit_cast(all, self.ty(Ty::V128), ""));
        self.built(Ty::V128, built)
    }

    pub(crate) fn emit_compare(&mut self, op: CmpOp, a: Val<'ctx>, b: Val<'ctx>) -> Val<'ctx> {
        let Some(predicate) = predicate(op) else {
            return self.no(format!("{op:?}"), Ty::I32);
        };
        let bit = match op {
            CmpOp::PtrEq | CmpOp::PtrNe => {
                let (a, b) = (self.pointer(a), self.pointer(b));
                self.b.build_int_compare(predicate, a, b, "")
            }
            _ => {
                let (a, b) = (self.int(a), self.int(b));
                self.b.build_int_compare(predicate, a, b, "")
            }
        };
        let to = self.context.i32_type();
        let built = bit.and_then(|bit| self.b.build_int_z_extend(bit, to, ""));
        self.built_int(Ty::I32, built)
    }
}

fn predicate(op: CmpOp) -> Option<IntPredicate> {
    Some(match op {
        CmpOp::I32Eq | CmpOp::I64Eq | CmpOp::PtrEq => IntPredicate::EQ,
        CmpOp::I32Ne | CmpOp::I64Ne | CmpOp::PtrNe => IntPredicate::NE,
        CmpOp::I32LtS | CmpOp::I64LtS => IntPredicate::SLT,
        CmpOp::I32LtU | CmpOp::I64LtU => IntPredicate::ULT,
        CmpOp::I32GtS | CmpOp::I64GtS => IntPredicate::SGT,
        CmpOp::I32GtU | CmpOp::I64GtU => IntPredicate::UGT,
        CmpOp::I32LeS | CmpOp::I64LeS => IntPredicate::SLE,
        CmpOp::I32LeU | CmpOp::I64LeU => IntPredicate::ULE,
        CmpOp::I32GeS | CmpOp::I64GeS => IntPredicate::SGE,
        CmpOp::I32GeU | CmpOp::I64GeU => IntPredicate::UGE,
        _ => return None,
    })
}
