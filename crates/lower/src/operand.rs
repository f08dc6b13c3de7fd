//! The operands of the function that is being lowered, and its temporaries.

use crate::function::Lower;
use crate::{BinOp, CmpOp, Emit, Local, UnOp};
use waxwing_layout::abi::Ty;
use waxwing_module::Trap;

/// An entry of the operand stack. Integer constants are made when they are used, so that
/// addresses, lengths and divisors that are known need no checks.
pub(crate) enum Operand<V> {
    /// An operand of the back end's.
    Val(V, Ty),
    /// An integer constant, I32 sign-extended.
    Int(Ty, i64),
}

/// An operand set aside in a local, so that it can be read in more than one place.
#[derive(Clone, Copy)]
pub(crate) enum Saved {
    /// In this temporary.
    Temp(Local, Ty),
    /// A constant.
    Int(Ty, i64),
}

/// Temporaries that are free again, by type.
#[derive(Default)]
pub(crate) struct Temps(Vec<(Ty, Local)>);

impl<V> Operand<V> {
    /// The value, if it is a known integer. I32 is sign-extended.
    pub(crate) fn known(&self) -> Option<i64> {
        match self {
            Operand::Int(_, value) => Some(*value),
            Operand::Val(..) => None,
        }
    }

    /// Its type.
    pub(crate) fn ty(&self) -> Ty {
        match self {
            Operand::Int(ty, _) | Operand::Val(_, ty) => *ty,
        }
    }
}

impl<E: Emit> Lower<'_, E> {
    pub(crate) fn push(&mut self, val: E::Val, ty: Ty) {
        self.stack.push(Operand::Val(val, ty));
    }

    pub(crate) fn push_all(&mut self, vals: Vec<E::Val>, types: &[Ty]) {
        debug_assert_eq!(vals.len(), types.len());
        self.stack.extend(vals.into_iter().zip(types).map(|(v, &ty)| Operand::Val(v, ty)));
    }

    /// # Panics
    /// If the stack is empty, which validation rules out in reachable code.
    pub(crate) fn pop(&mut self) -> Operand<E::Val> {
        self.stack.pop().expect("validated code has its operands")
    }

    pub(crate) fn pop_val(&mut self) -> E::Val {
        let operand = self.pop();
        self.val(operand)
    }

    /// The last `count` operands, first one first.
    pub(crate) fn take(&mut self, count: usize) -> Vec<E::Val> {
        let operands = self.stack.split_off(self.stack.len() - count);
        operands.into_iter().map(|o| self.val(o)).collect()
    }

    pub(crate) fn val(&mut self, operand: Operand<E::Val>) -> E::Val {
        match operand {
            Operand::Val(val, _) => val,
            Operand::Int(ty, value) => self.emit.iconst(ty, value),
        }
    }

    /// An operand twice.
    pub(crate) fn twice(&mut self, operand: Operand<E::Val>) -> (Operand<E::Val>, Operand<E::Val>) {
        match operand {
            Operand::Int(ty, value) => (Operand::Int(ty, value), Operand::Int(ty, value)),
            Operand::Val(val, ty) => {
                let (a, b) = self.emit.dup(val);
                (Operand::Val(a, ty), Operand::Val(b, ty))
            }
        }
    }

    /// Gives up the operands above `height`.
    pub(crate) fn discard(&mut self, height: usize) {
        for operand in self.stack.split_off(height) {
            self.give_up(operand);
        }
    }

    pub(crate) fn give_up(&mut self, operand: Operand<E::Val>) {
        if let Operand::Val(val, _) = operand {
            self.emit.drop_val(val);
        }
    }

    /// An integer or address as I64, zero-extended.
    pub(crate) fn zero_extend(&mut self, operand: Operand<E::Val>) -> E::Val {
        match operand {
            Operand::Int(Ty::I32, value) => self.i64_const(u64::from(value as u32)),
            Operand::Int(_, value) => self.i64_const(value as u64),
            Operand::Val(val, Ty::I32) => self.emit.unary(UnOp::I64ExtendI32U, val),
            Operand::Val(val, Ty::Ptr) => self.emit.unary(UnOp::I64FromPtr, val),
            Operand::Val(val, _) => val,
        }
    }

    pub(crate) fn i64_const(&mut self, value: u64) -> E::Val {
        self.emit.iconst(Ty::I64, value as i64)
    }

    /// A new temporary, or one that is free again.
    pub(crate) fn temp(&mut self, ty: Ty) -> Local {
        match self.temps.0.iter().position(|&(free, _)| free == ty) {
            Some(at) => self.temps.0.swap_remove(at).1,
            None => self.emit.local_new(ty),
        }
    }

    pub(crate) fn free(&mut self, ty: Ty, temp: Local) {
        self.temps.0.push((ty, temp));
    }

    pub(crate) fn save(&mut self, operand: Operand<E::Val>) -> Saved {
        match operand {
            Operand::Int(ty, value) => Saved::Int(ty, value),
            Operand::Val(val, ty) => {
                let temp = self.temp(ty);
                self.emit.local_set(temp, val);
                Saved::Temp(temp, ty)
            }
        }
    }

    pub(crate) fn restore(&mut self, saved: Saved) -> Operand<E::Val> {
        match saved {
            Saved::Int(ty, value) => Operand::Int(ty, value),
            Saved::Temp(temp, ty) => Operand::Val(self.emit.local_get(temp), ty),
        }
    }

    pub(crate) fn free_saved(&mut self, saved: Saved) {
        if let Saved::Temp(temp, ty) = saved {
            self.free(ty, temp);
        }
    }

    /// Stops the guest if the comparison holds.
    pub(crate) fn trap_when(&mut self, op: CmpOp, a: E::Val, b: E::Val, trap: Trap) {
        let cond = self.emit.compare(op, a, b);
        self.emit.trap_if(cond, trap);
    }

    pub(crate) fn ptr_add(&mut self, base: E::Val, distance: E::Val) -> E::Val {
        self.emit.binary(BinOp::PtrAdd, base, distance)
    }
}
