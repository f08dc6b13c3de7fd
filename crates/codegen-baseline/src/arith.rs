//! Arithmetic and comparisons of integers.

use crate::asm::{Alu, Cond, Extend, Mem, R11, R15, RAX, RBX, RCX, RDX, Shift, Width};
use crate::emitter::Emitter;
use crate::vals::{Loc, Operand, Val, width};
use waxwing_layout::abi::Ty;
use waxwing_lower::{BinOp, CmpOp, UnOp};
use waxwing_module::Trap;

/// Makes sure that the operand is not in the flags, which are about to change.
fn settle(e: &mut Emitter, operand: &mut Operand) {
    if let Loc::Flags(_) = operand.loc {
        e.v.own(operand);
    }
}

fn result(e: &mut Emitter, ty: Ty, loc: Loc) -> Val {
    e.v.push(ty, loc)
}

/// Sets the flags from a comparison of the operand with zero.
pub fn compare_zero(e: &mut Emitter, operand: &mut Operand) {
    let w = width(operand.ty);
    match operand.loc {
        Loc::Slot(_) | Loc::Local(_) => {
            let rm = e.v.rm(operand);
            e.v.asm.alu_imm(w, Alu::Cmp, rm, 0);
        }
        _ => {
            let reg = e.v.reg(operand);
            e.v.asm.test(w, reg, reg);
        }
    }
}

// One operand.

pub fn unary(e: &mut Emitter, op: UnOp, a: Val) -> Val {
    let mut a = e.v.take(a);
    let extend = match op {
        UnOp::I32Clz | UnOp::I64Clz => return count_zeros(e, a, true),
        UnOp::I32Ctz | UnOp::I64Ctz => return count_zeros(e, a, false),
        UnOp::I32Popcnt | UnOp::I64Popcnt => {
            e.v.flush_flags();
            return into_register(e, a, |e, w, to, from| e.v.asm.popcnt(w, to, from));
        }
        UnOp::I32WrapI64 | UnOp::I64FromPtr | UnOp::PtrFromI64 => {
            if let (UnOp::I32WrapI64, Loc::Const(value)) = (op, a.loc) {
                a.loc = Loc::Const(i64::from(value as i32));
            }
            return result(e, op.result(), a.loc);
        }
        UnOp::I64ExtendI32U => return zero_extend(e, a),
        UnOp::I32Extend8S | UnOp::I64Extend8S => Extend::Sign8,
        UnOp::I32Extend16S | UnOp::I64Extend16S => Extend::Sign16,
        UnOp::I64Extend32S | UnOp::I64ExtendI32S => Extend::Sign32,
        _ => {
            e.v.unsupported(format!("{op:?}"));
            return result(e, op.result(), Loc::Const(0));
        }
    };
    if let (UnOp::I64ExtendI32S, Loc::Const(value)) = (op, a.loc) {
        return result(e, Ty::I64, Loc::Const(value));
    }
    let ty = op.result();
    let from = e.v.rm(&mut a);
    let to = target(e, a);
    e.v.asm.extend(width(ty), extend, to, from);
    finish(e, a, to, ty)
}

fn zero_extend(e: &mut Emitter, mut a: Operand) -> Val {
    if let Loc::Const(value) = a.loc {
        return result(e, Ty::I64, Loc::Const(i64::from(value as u32)));
    }
    if let Loc::Flags(_) = a.loc {
        e.v.own(&mut a);
        return result(e, Ty::I64, a.loc);
    }
    let from = e.v.rm(&mut a);
    let to = target(e, a);
    e.v.asm.mov(Width::W32, to, from);
    finish(e, a, to, Ty::I64)
}

/// The register that an operand owns, or a new one.
fn target(e: &mut Emitter, a: Operand) -> crate::asm::Gpr {
    match a.loc {
        Loc::Reg(reg) => reg,
        _ => e.v.alloc(),
    }
}

/// Gives up `a`, unless its register is the result's.
fn finish(e: &mut Emitter, a: Operand, to: crate::asm::Gpr, ty: Ty) -> Val {
    if a.loc != Loc::Reg(to) {
        e.v.release(a);
    }
    result(e, ty, Loc::Reg(to))
}

fn into_register(
    e: &mut Emitter,
    mut a: Operand,
    f: impl FnOnce(&mut Emitter, Width, crate::asm::Gpr, crate::asm::Rm),
) -> Val {
    settle(e, &mut a);
    let from = e.v.rm(&mut a);
    let to = target(e, a);
    f(e, width(a.ty), to, from);
    finish(e, a, to, a.ty)
}

fn count_zeros(e: &mut Emitter, a: Operand, leading: bool) -> Val {
    e.v.flush_flags();
    let bits = if a.ty == Ty::I32 { 32 } else { 64 };
    if e.cpu.has(if leading { "lzcnt" } else { "bmi1" }) {
        return into_register(e, a, |e, w, to, from| match leading {
            true => e.v.asm.lzcnt(w, to, from),
            false => e.v.asm.tzcnt(w, to, from),
        });
    }
    into_register(e, a, |e, w, to, from| {
        e.v.asm.bit_scan(w, leading, to, from);
        // Of zero there is no position; what stands here becomes `bits` below.
        e.v.asm.mov_imm(Width::W32, R11, if leading { 2 * bits - 1 } else { bits });
        e.v.asm.cmov(w, Cond::Equal, to, R11);
        if leading {
            e.v.asm.alu_imm(w, Alu::Xor, to, bits as i32 - 1);
        }
    })
}

// Two operands.

pub fn binary(e: &mut Emitter, op: BinOp, a: Val, b: Val) -> Val {
    let (mut a, mut b) = (e.v.take(a), e.v.take(b));
    settle(e, &mut a);
    settle(e, &mut b);
    e.v.flush_flags();
    match op {
        BinOp::I32Add | BinOp::I64Add => alu(e, Alu::Add, a, b),
        BinOp::I32Sub | BinOp::I64Sub => alu(e, Alu::Sub, a, b),
        BinOp::I32And | BinOp::I64And => alu(e, Alu::And, a, b),
        BinOp::I32Or | BinOp::I64Or => alu(e, Alu::Or, a, b),
        BinOp::I32Xor | BinOp::I64Xor => alu(e, Alu::Xor, a, b),
        BinOp::I32Mul | BinOp::I64Mul => multiply(e, a, b),
        BinOp::I32DivS | BinOp::I64DivS => divide(e, true, false, a, b),
        BinOp::I32DivU | BinOp::I64DivU => divide(e, false, false, a, b),
        BinOp::I32RemS | BinOp::I64RemS => divide(e, true, true, a, b),
        BinOp::I32RemU | BinOp::I64RemU => divide(e, false, true, a, b),
        BinOp::I32Shl | BinOp::I64Shl => shift(e, Shift::Shl, a, b),
        BinOp::I32ShrS | BinOp::I64ShrS => shift(e, Shift::Sar, a, b),
        BinOp::I32ShrU | BinOp::I64ShrU => shift(e, Shift::Shr, a, b),
        BinOp::I32Rotl | BinOp::I64Rotl => shift(e, Shift::Rol, a, b),
        BinOp::I32Rotr | BinOp::I64Rotr => shift(e, Shift::Ror, a, b),
        BinOp::PtrAdd => pointer_add(e, a, b),
        _ => {
            e.v.unsupported(format!("{op:?}"));
            result(e, op.result(), Loc::Const(0))
        }
    }
}

fn pointer_add(e: &mut Emitter, a: Operand, b: Operand) -> Val {
    match (a.loc, b.loc) {
        (Loc::Vmctx, Loc::Const(value)) if i32::try_from(value).is_ok() => {
            let to = e.v.alloc();
            e.v.asm.lea(to, Mem::at(RBX, value as i32));
            result(e, Ty::Ptr, Loc::Reg(to))
        }
        _ => alu(e, Alu::Add, a, b),
    }
}

/// A constant that an instruction can hold.
fn immediate(operand: &Operand) -> Option<i32> {
    match operand.loc {
        Loc::Const(value) => i32::try_from(value).ok(),
        _ => None,
    }
}

/// Puts the operand that is cheaper to change first, for operations in which order is the same.
fn order(a: Operand, b: Operand) -> (Operand, Operand) {
    let movable = |o: &Operand| matches!(o.loc, Loc::Reg(_));
    let constant = |o: &Operand| matches!(o.loc, Loc::Const(_));
    if constant(&a) || movable(&b) && !movable(&a) && !constant(&b) { (b, a) } else { (a, b) }
}

fn alu(e: &mut Emitter, op: Alu, a: Operand, b: Operand) -> Val {
    let (ty, w) = (a.ty, width(a.ty));
    let (mut a, mut b) = if op == Alu::Sub { (a, b) } else { order(a, b) };
    let to = e.v.own(&mut a);
    match immediate(&b) {
        Some(value) => e.v.asm.alu_imm(w, op, to, value),
        None => {
            let from = e.v.rm(&mut b);
            e.v.asm.alu(w, op, to, from);
        }
    }
    e.v.release(b);
    result(e, ty, Loc::Reg(to))
}

fn multiply(e: &mut Emitter, a: Operand, b: Operand) -> Val {
    let (mut a, mut b) = order(a, b);
    let (ty, w) = (a.ty, width(a.ty));
    if let Some(value) = immediate(&b) {
        let from = e.v.rm(&mut a);
        let to = target(e, a);
        e.v.asm.imul_imm(w, to, from, value);
        return finish(e, a, to, ty);
    }
    let to = e.v.own(&mut a);
    let from = e.v.rm(&mut b);
    e.v.asm.imul(w, to, from);
    e.v.release(b);
    result(e, ty, Loc::Reg(to))
}

fn shift(e: &mut Emitter, op: Shift, mut a: Operand, b: Operand) -> Val {
    let (ty, w) = (a.ty, width(a.ty));
    if let Loc::Const(by) = b.loc {
        let mask = if w == Width::W32 { 31 } else { 63 };
        let to = e.v.own(&mut a);
        e.v.asm.shift_imm(w, op, to, (by & mask) as u8);
        return result(e, ty, Loc::Reg(to));
    }
    if b.loc != Loc::Reg(RCX) {
        e.v.claim(RCX, &mut [&mut a]);
        e.v.read_into(b, RCX);
        e.v.release(b);
    }
    let to = e.v.own(&mut a);
    e.v.asm.shift_cl(w, op, to);
    e.v.free(RCX);
    result(e, ty, Loc::Reg(to))
}

/// Division and remainder. Zero divisors fault unsigned and are tested for signed, where a fault
/// means overflow.
fn divide(e: &mut Emitter, signed: bool, remainder: bool, a: Operand, mut b: Operand) -> Val {
    let (ty, w) = (a.ty, width(a.ty));
    let (may_be_zero, may_be_minus_one) = match b.loc {
        Loc::Const(value) => (value == 0, value == -1),
        _ => (true, true),
    };
    if a.loc != Loc::Reg(RAX) {
        e.v.claim(RAX, &mut [&mut b]);
        e.v.read_into(a, RAX);
        e.v.release(a);
    }
    e.v.claim(RDX, &mut [&mut b]);
    let by = e.v.own(&mut b);
    if signed {
        if may_be_zero {
            e.v.asm.test(w, by, by);
            e.stop_if(Cond::Equal, Trap::IntegerDivideByZero);
        }
        let done = e.v.asm.mark();
        if remainder && may_be_minus_one {
            e.v.asm.alu_imm(w, Alu::Cmp, by, -1);
            e.v.asm.mov_imm(Width::W32, RDX, 0);
            e.v.asm.jcc(Cond::Equal, done);
        }
        e.v.asm.sign_rdx(w);
        if !remainder && may_be_minus_one {
            e.may_trap(Trap::IntegerOverflow);
        }
        e.v.asm.div(w, true, by);
        e.v.asm.bind(done);
    } else {
        e.v.asm.mov_imm(Width::W32, RDX, 0);
        if may_be_zero {
            e.may_trap(Trap::IntegerDivideByZero);
        }
        e.v.asm.div(w, false, by);
    }
    e.v.release(b);
    let (to, other) = if remainder { (RDX, RAX) } else { (RAX, RDX) };
    e.v.free(other);
    result(e, ty, Loc::Reg(to))
}

// Comparisons.

fn condition(op: CmpOp) -> Option<Cond> {
    Some(match op {
        CmpOp::I32Eq | CmpOp::I64Eq | CmpOp::PtrEq => Cond::Equal,
        CmpOp::I32Ne | CmpOp::I64Ne | CmpOp::PtrNe => Cond::NotEqual,
        CmpOp::I32LtS | CmpOp::I64LtS => Cond::Less,
        CmpOp::I32LtU | CmpOp::I64LtU => Cond::Below,
        CmpOp::I32GtS | CmpOp::I64GtS => Cond::Greater,
        CmpOp::I32GtU | CmpOp::I64GtU => Cond::Above,
        CmpOp::I32LeS | CmpOp::I64LeS => Cond::LessEq,
        CmpOp::I32LeU | CmpOp::I64LeU => Cond::BelowEq,
        CmpOp::I32GeS | CmpOp::I64GeS => Cond::GreaterEq,
        CmpOp::I32GeU | CmpOp::I64GeU => Cond::AboveEq,
        _ => return None,
    })
}

/// Takes a cost (I64) from the fuel, and sets the flags from what is left.
pub fn fuel_take(e: &mut Emitter, cost: Val) {
    let mut cost = e.v.take(cost);
    settle(e, &mut cost);
    e.v.flush_flags();
    match immediate(&cost) {
        Some(value) => e.v.asm.alu_imm(Width::W64, Alu::Sub, R15, value),
        None => {
            let rm = e.v.rm(&mut cost);
            e.v.asm.alu(Width::W64, Alu::Sub, R15, rm);
        }
    }
    e.v.release(cost);
}

pub fn compare(e: &mut Emitter, op: CmpOp, a: Val, b: Val) -> Val {
    let (mut a, mut b) = (e.v.take(a), e.v.take(b));
    let Some(mut cond) = condition(op) else {
        e.v.unsupported(format!("{op:?}"));
        return result(e, Ty::I32, Loc::Const(0));
    };
    if let (Loc::Flags(pending), Loc::Const(0)) = (a.loc, b.loc) {
        match cond {
            Cond::Equal => return result(e, Ty::I32, Loc::Flags(pending.negated())),
            Cond::NotEqual => return result(e, Ty::I32, Loc::Flags(pending)),
            _ => {}
        }
    }
    settle(e, &mut a);
    settle(e, &mut b);
    e.v.flush_flags();
    if let Loc::Const(_) = a.loc {
        (a, b) = (b, a);
        cond = cond.swapped();
    }
    let w = width(a.ty);
    match immediate(&b) {
        Some(0) => compare_zero(e, &mut a),
        Some(value) => {
            let rm = e.v.rm(&mut a);
            e.v.asm.alu_imm(w, Alu::Cmp, rm, value);
        }
        None => {
            let reg = e.v.reg(&mut a);
            let rm = e.v.rm(&mut b);
            e.v.asm.alu(w, Alu::Cmp, reg, rm);
        }
    }
    e.v.release(a);
    e.v.release(b);
    result(e, Ty::I32, Loc::Flags(cond))
}

pub fn select(e: &mut Emitter, ty: Ty, cond: Val, a: Val, b: Val) -> Val {
    e.v.check(ty);
    let (mut cond, mut a, mut b) = (e.v.take(cond), e.v.take(a), e.v.take(b));
    settle(e, &mut a);
    settle(e, &mut b);
    if !matches!(cond.loc, Loc::Flags(_)) {
        e.v.flush_flags();
    }
    // Loading changes no flags.
    let to = e.v.own(&mut b);
    let from = e.v.rm(&mut a);
    let holds = match cond.loc {
        Loc::Flags(pending) => pending,
        _ => {
            compare_zero(e, &mut cond);
            Cond::NotEqual
        }
    };
    e.v.asm.cmov(width(ty), holds, to, from);
    e.v.release(cond);
    e.v.release(a);
    result(e, ty, Loc::Reg(to))
}
