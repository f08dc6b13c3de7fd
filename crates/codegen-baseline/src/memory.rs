//! Reads and writes. None of these changes the flags.

use crate::asm::{Extend, Mem, RBP, RBX, Width};
use crate::emitter::Emitter;
use crate::vals::{Loc, Operand, Val};
use waxwing_lower::{LoadOp, Region, StoreOp};

/// An address and the operands it is made of.
struct Address {
    mem: Mem,
    parts: [Option<Operand>; 2],
}

fn address(e: &mut Emitter, base: Val, index: Option<Val>, disp: i32) -> Address {
    let mut base = e.v.take(base);
    let index = index.map(|index| e.v.take(index));
    let mut disp = disp;
    let base_reg = match base.loc {
        Loc::Vmctx => RBX,
        Loc::Frame(offset) if offset.checked_add(disp).is_some() => {
            disp += offset;
            RBP
        }
        _ => e.v.reg(&mut base),
    };
    let folded = match index.map(|index| index.loc) {
        Some(Loc::Const(value)) => {
            value.checked_add(i64::from(disp)).and_then(|n| i32::try_from(n).ok())
        }
        _ => None,
    };
    let mut parts = [Some(base), index];
    if let Some(disp) = folded {
        return Address { mem: Mem::at(base_reg, disp), parts };
    }
    let index = parts[1].as_mut().map(|index| e.v.reg(index));
    Address { mem: Mem { base: base_reg, index, disp }, parts }
}

impl Address {
    fn release(self, e: &mut Emitter) {
        for part in self.parts.into_iter().flatten() {
            e.v.release(part);
        }
    }
}

fn fault(e: &mut Emitter, region: Region) {
    if let Some(trap) = region.trap() {
        e.may_trap(trap);
    }
}

pub fn load(
    e: &mut Emitter,
    op: LoadOp,
    base: Val,
    index: Option<Val>,
    disp: i32,
    region: Region,
) -> Val {
    let from = address(e, base, index, disp);
    let mem = from.mem;
    // The address is no longer needed once the instruction has read it.
    from.release(e);
    let to = e.v.alloc();
    if op.ty().is_float() {
        e.v.unsupported(format!("load of {op:?}"));
    }
    fault(e, region);
    let asm = &mut e.v.asm;
    match op {
        LoadOp::I32Load8S => asm.extend(Width::W32, Extend::Sign8, to, mem),
        LoadOp::I32Load16S => asm.extend(Width::W32, Extend::Sign16, to, mem),
        LoadOp::I32Load8U | LoadOp::I64Load8U => asm.extend(Width::W32, Extend::Zero8, to, mem),
        LoadOp::I32Load16U | LoadOp::I64Load16U => asm.extend(Width::W32, Extend::Zero16, to, mem),
        LoadOp::I64Load8S => asm.extend(Width::W64, Extend::Sign8, to, mem),
        LoadOp::I64Load16S => asm.extend(Width::W64, Extend::Sign16, to, mem),
        LoadOp::I64Load32S => asm.extend(Width::W64, Extend::Sign32, to, mem),
        LoadOp::I32 | LoadOp::I64Load32U => asm.mov(Width::W32, to, mem),
        _ => asm.mov(Width::W64, to, mem),
    }
    e.v.push(op.ty(), Loc::Reg(to))
}

pub fn store(
    e: &mut Emitter,
    op: StoreOp,
    base: Val,
    index: Option<Val>,
    disp: i32,
    value: Val,
    region: Region,
) {
    let mut value = e.v.take(value);
    if let Loc::Flags(_) = value.loc {
        e.v.own(&mut value);
    }
    if op.ty().is_float() {
        e.v.unsupported(format!("store of {op:?}"));
    }
    let to = address(e, base, index, disp);
    let bytes = op.bytes();
    match value.loc {
        Loc::Const(constant) if bytes < 8 || i32::try_from(constant).is_ok() => {
            fault(e, region);
            e.v.asm.store_imm(bytes, to.mem, constant as i32);
        }
        _ => {
            let reg = e.v.reg(&mut value);
            fault(e, region);
            e.v.asm.store(bytes, to.mem, reg);
        }
    }
    to.release(e);
    e.v.release(value);
}
