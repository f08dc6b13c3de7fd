//! Integer and float operators, and the checks of those that can trap.

use crate::function::Lower;
use crate::operand::Operand;
use crate::{BinOp, CmpOp, Emit, UnOp, WideOp};
use waxwing_layout::abi::Ty;
use waxwing_module::Trap;

impl<E: Emit> Lower<'_, E> {
    pub(crate) fn unary(&mut self, op: UnOp) {
        let a = self.pop_val();
        let a = match Range::of(op) {
            Some(range) => {
                self.at();
                if E::TRUNCATION_TRAPS { a } else { self.check_range(range, a) }
            }
            None => a,
        };
        let val = self.emit.unary(op, a);
        self.push(val, op.result());
    }

    pub(crate) fn binary(&mut self, op: BinOp) {
        let b = self.pop();
        let a = self.pop_val();
        let (a, b) = match Division::of(op) {
            Some(division) => {
                self.at();
                if E::DIVISION_TRAPS { (a, b) } else { self.check_division(&division, a, b) }
            }
            None => (a, b),
        };
        let b = self.val(b);
        let val = self.emit.binary(op, a, b);
        self.push(val, op.result());
    }

    pub(crate) fn wide(&mut self, op: WideOp) {
        let args = self.take(op.operands());
        let [low, high] = self.emit.wide(op, args);
        self.push(low, Ty::I64);
        self.push(high, Ty::I64);
    }

    pub(crate) fn compare(&mut self, op: CmpOp) {
        let b = self.pop_val();
        let a = self.pop_val();
        let val = self.emit.compare(op, a, b);
        self.push(val, Ty::I32);
    }

    pub(crate) fn eqz(&mut self, op: CmpOp, ty: Ty) {
        let a = self.pop_val();
        let zero = self.emit.iconst(ty, 0);
        let val = self.emit.compare(op, a, zero);
        self.push(val, Ty::I32);
    }

    /// Traps if the divisor is zero or the quotient does not fit. Hands both operands back.
    fn check_division(
        &mut self,
        division: &Division,
        a: E::Val,
        b: Operand<E::Val>,
    ) -> (E::Val, Operand<E::Val>) {
        let (eq, ty) = match division.ty {
            Ty::I32 => (CmpOp::I32Eq, Ty::I32),
            _ => (CmpOp::I64Eq, Ty::I64),
        };
        let mut b = b;
        if b.known().is_none_or(|divisor| divisor == 0) {
            let (kept, divisor) = self.twice(b);
            let (divisor, zero) = (self.val(divisor), self.emit.iconst(ty, 0));
            self.trap_when(eq, divisor, zero, Trap::IntegerDivideByZero);
            b = kept;
        }
        let Some(smallest) = division.smallest else { return (a, b) };
        if b.known().is_some_and(|divisor| divisor != -1) {
            return (a, b);
        }
        let (a, dividend) = self.emit.dup(a);
        let smallest = self.emit.iconst(ty, smallest);
        let mut overflows = self.emit.compare(eq, dividend, smallest);
        if b.known().is_none() {
            let (kept, divisor) = self.twice(b);
            let (divisor, minus_one) = (self.val(divisor), self.emit.iconst(ty, -1));
            let is_minus_one = self.emit.compare(eq, divisor, minus_one);
            overflows = self.emit.binary(BinOp::I32And, overflows, is_minus_one);
            b = kept;
        }
        self.emit.trap_if(overflows, Trap::IntegerOverflow);
        (a, b)
    }

    /// Traps unless the float is a number within the range. Hands it back.
    fn check_range(&mut self, range: Range, a: E::Val) -> E::Val {
        let wide = range.from == Ty::F64;
        let (ne, lt, le, ge) = if wide {
            (CmpOp::F64Ne, CmpOp::F64Lt, CmpOp::F64Le, CmpOp::F64Ge)
        } else {
            (CmpOp::F32Ne, CmpOp::F32Lt, CmpOp::F32Le, CmpOp::F32Ge)
        };
        let (a, x) = self.emit.dup(a);
        let (x, y) = self.emit.dup(x);
        self.trap_when(ne, x, y, Trap::InvalidConversionToInteger);
        let (a, x) = self.emit.dup(a);
        let low = self.float(range.low, wide);
        let too_low = if range.low_fits { lt } else { le };
        self.trap_when(too_low, x, low, Trap::IntegerOverflow);
        let (a, x) = self.emit.dup(a);
        let high = self.float(range.high, wide);
        self.trap_when(ge, x, high, Trap::IntegerOverflow);
        a
    }

    /// A float constant, which both widths can hold.
    fn float(&mut self, value: f64, wide: bool) -> E::Val {
        if wide {
            self.emit.f64_const(value.to_bits())
        } else {
            self.emit.f32_const((value as f32).to_bits())
        }
    }
}

/// What a division must be checked for besides zero.
struct Division {
    ty: Ty,
    /// The dividend whose quotient by -1 does not fit.
    smallest: Option<i64>,
}

impl Division {
    fn of(op: BinOp) -> Option<Division> {
        let (ty, smallest) = match op {
            BinOp::I32DivS => (Ty::I32, Some(i64::from(i32::MIN))),
            BinOp::I64DivS => (Ty::I64, Some(i64::MIN)),
            BinOp::I32DivU | BinOp::I32RemS | BinOp::I32RemU => (Ty::I32, None),
            BinOp::I64DivU | BinOp::I64RemS | BinOp::I64RemU => (Ty::I64, None),
            _ => return None,
        };
        Some(Division { ty, smallest })
    }
}

/// The floats that a truncation takes: those above `low`, and `low` itself if it fits, and below
/// `high`. Every bound is exact in the type of the operand.
#[derive(Clone, Copy)]
struct Range {
    from: Ty,
    low: f64,
    low_fits: bool,
    high: f64,
}

impl Range {
    fn of(op: UnOp) -> Option<Range> {
        const I32: f64 = 2147483648.0; // 2^31
        const U32: f64 = 4294967296.0; // 2^32
        const I64: f64 = 9223372036854775808.0; // 2^63
        const U64: f64 = 18446744073709551616.0; // 2^64
        let (from, low, low_fits, high) = match op {
            UnOp::I32TruncF32S => (Ty::F32, -I32, true, I32),
            // -2^31 - 1 is a double: everything above it truncates to -2^31.
            UnOp::I32TruncF64S => (Ty::F64, -I32 - 1.0, false, I32),
            UnOp::I32TruncF32U => (Ty::F32, -1.0, false, U32),
            UnOp::I32TruncF64U => (Ty::F64, -1.0, false, U32),
            UnOp::I64TruncF32S => (Ty::F32, -I64, true, I64),
            UnOp::I64TruncF64S => (Ty::F64, -I64, true, I64),
            UnOp::I64TruncF32U => (Ty::F32, -1.0, false, U64),
            UnOp::I64TruncF64U => (Ty::F64, -1.0, false, U64),
            _ => return None,
        };
        Some(Range { from, low, low_fits, high })
    }
}
