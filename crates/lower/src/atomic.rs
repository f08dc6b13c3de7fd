//! Atomic operators (the threads proposal). All of them are sequentially consistent.
//!
//! An address that is no multiple of the access's size traps, whether it is in bounds or not.

use crate::function::Lower;
use crate::memory::HEAP;
use crate::operand::Operand;
use crate::{BinOp, CmpOp, Emit};
use wasmparser::{MemArg, Operator};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;
use waxwing_module::Trap;

/// What an atomic access reads and writes: `bytes` bytes as an integer of type `ty`, zero-extended
/// when read and cut when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// I32 or I64.
    pub ty: Ty,
    /// 1, 2, 4 or 8; at most the type's size.
    pub bytes: u32,
}

/// What an atomic read-modify-write operator writes, of what it read and its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RmwOp {
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// The operand.
    Xchg,
}

/// An atomic operator without its addresses.
enum Access {
    Load,
    Store,
    Rmw(RmwOp),
    Cmpxchg,
}

macro_rules! accesses {
    ($($access:expr => $($op:ident $ty:ident $bytes:literal),*;)*) => {
        fn access_of(op: &Operator<'_>) -> Option<(Access, Cell, MemArg)> {
            Some(match *op {
                $($(Operator::$op { memarg } => {
                    ($access, Cell { ty: Ty::$ty, bytes: $bytes }, memarg)
                })*)*
                _ => return None,
            })
        }
    };
}

accesses! {
    Access::Load =>
        I32AtomicLoad I32 4, I64AtomicLoad I64 8, I32AtomicLoad8U I32 1, I32AtomicLoad16U I32 2,
        I64AtomicLoad8U I64 1, I64AtomicLoad16U I64 2, I64AtomicLoad32U I64 4;
    Access::Store =>
        I32AtomicStore I32 4, I64AtomicStore I64 8, I32AtomicStore8 I32 1, I32AtomicStore16 I32 2,
        I64AtomicStore8 I64 1, I64AtomicStore16 I64 2, I64AtomicStore32 I64 4;
    Access::Rmw(RmwOp::Add) =>
        I32AtomicRmwAdd I32 4, I64AtomicRmwAdd I64 8, I32AtomicRmw8AddU I32 1,
        I32AtomicRmw16AddU I32 2, I64AtomicRmw8AddU I64 1, I64AtomicRmw16AddU I64 2,
        I64AtomicRmw32AddU I64 4;
    Access::Rmw(RmwOp::Sub) =>
        I32AtomicRmwSub I32 4, I64AtomicRmwSub I64 8, I32AtomicRmw8SubU I32 1,
        I32AtomicRmw16SubU I32 2, I64AtomicRmw8SubU I64 1, I64AtomicRmw16SubU I64 2,
        I64AtomicRmw32SubU I64 4;
    Access::Rmw(RmwOp::And) =>
        I32AtomicRmwAnd I32 4, I64AtomicRmwAnd I64 8, I32AtomicRmw8AndU I32 1,
        I32AtomicRmw16AndU I32 2, I64AtomicRmw8AndU I64 1, I64AtomicRmw16AndU I64 2,
        I64AtomicRmw32AndU I64 4;
    Access::Rmw(RmwOp::Or) =>
        I32AtomicRmwOr I32 4, I64AtomicRmwOr I64 8, I32AtomicRmw8OrU I32 1,
        I32AtomicRmw16OrU I32 2, I64AtomicRmw8OrU I64 1, I64AtomicRmw16OrU I64 2,
        I64AtomicRmw32OrU I64 4;
    Access::Rmw(RmwOp::Xor) =>
        I32AtomicRmwXor I32 4, I64AtomicRmwXor I64 8, I32AtomicRmw8XorU I32 1,
        I32AtomicRmw16XorU I32 2, I64AtomicRmw8XorU I64 1, I64AtomicRmw16XorU I64 2,
        I64AtomicRmw32XorU I64 4;
    Access::Rmw(RmwOp::Xchg) =>
        I32AtomicRmwXchg I32 4, I64AtomicRmwXchg I64 8, I32AtomicRmw8XchgU I32 1,
        I32AtomicRmw16XchgU I32 2, I64AtomicRmw8XchgU I64 1, I64AtomicRmw16XchgU I64 2,
        I64AtomicRmw32XchgU I64 4;
    Access::Cmpxchg =>
        I32AtomicRmwCmpxchg I32 4, I64AtomicRmwCmpxchg I64 8, I32AtomicRmw8CmpxchgU I32 1,
        I32AtomicRmw16CmpxchgU I32 2, I64AtomicRmw8CmpxchgU I64 1, I64AtomicRmw16CmpxchgU I64 2,
        I64AtomicRmw32CmpxchgU I64 4;
}

impl<E: Emit> Lower<'_, E> {
    /// Lowers an atomic operator; says whether it is one.
    pub(crate) fn atomic_operator(&mut self, op: &Operator<'_>) -> bool {
        match *op {
            Operator::AtomicFence => self.emit.fence(),
            Operator::MemoryAtomicNotify { memarg } => {
                self.blocking(Builtin::MemoryNotify, &memarg, 1);
            }
            Operator::MemoryAtomicWait32 { memarg } => {
                self.blocking(Builtin::MemoryWait32, &memarg, 2);
            }
            Operator::MemoryAtomicWait64 { memarg } => {
                self.blocking(Builtin::MemoryWait64, &memarg, 2);
            }
            _ => match access_of(op) {
                Some((access, cell, memarg)) => self.atomic_access(&access, cell, &memarg),
                None => return false,
            },
        }
        true
    }

    fn atomic_access(&mut self, access: &Access, cell: Cell, memarg: &MemArg) {
        self.at();
        let operands = match access {
            Access::Load => 0,
            Access::Store | Access::Rmw(_) => 1,
            Access::Cmpxchg => 2,
        };
        let mut operands = self.take(operands).into_iter();
        let mut next = || operands.next().expect("as many as were taken");
        let address = self.atomic_place(cell, memarg);
        let val = match access {
            Access::Load => self.emit.atomic_load(cell, address, HEAP),
            Access::Store => return self.emit.atomic_store(cell, address, next(), HEAP),
            Access::Rmw(op) => self.emit.atomic_rmw(*op, cell, address, next(), HEAP),
            Access::Cmpxchg => {
                let expected = next();
                self.emit.atomic_cmpxchg(cell, address, expected, next(), HEAP)
            }
        };
        self.push(val, cell.ty);
    }

    /// The address of an atomic access, a Ptr: aligned, and inside its memory or going to fault.
    fn atomic_place(&mut self, cell: Cell, memarg: &MemArg) -> E::Val {
        let address = self.pop();
        let address = self.aligned(address, memarg.offset, cell.bytes);
        let place = self.place(address, memarg.memory, memarg.offset, cell.bytes);
        let mut at = place.base;
        if let Some(index) = place.index {
            at = self.ptr_add(at, index);
        }
        if place.disp != 0 {
            let disp = self.emit.iconst(Ty::I64, i64::from(place.disp));
            at = self.ptr_add(at, disp);
        }
        at
    }

    /// Traps unless `address + offset` is a multiple of `bytes`. Hands the address back.
    fn aligned(&mut self, address: Operand<E::Val>, offset: u64, bytes: u32) -> Operand<E::Val> {
        let mask = i64::from(bytes - 1);
        if mask == 0 {
            return address;
        }
        let low = offset as i64 & mask;
        match address.known() {
            Some(known) if known.wrapping_add(low) & mask == 0 => return address,
            Some(_) => {
                let always = self.emit.iconst(Ty::I32, 1);
                self.emit.trap_if(always, Trap::UnalignedAtomic);
                return address;
            }
            None => {}
        }
        let ty = address.ty();
        let (add, and, differs) = match ty {
            Ty::I32 => (BinOp::I32Add, BinOp::I32And, CmpOp::I32Ne),
            _ => (BinOp::I64Add, BinOp::I64And, CmpOp::I64Ne),
        };
        let (address, checked) = self.twice(address);
        let mut checked = self.val(checked);
        if low != 0 {
            let low = self.emit.iconst(ty, low);
            checked = self.emit.binary(add, checked, low);
        }
        let mask = self.emit.iconst(ty, mask);
        let rest = self.emit.binary(and, checked, mask);
        let zero = self.emit.iconst(ty, 0);
        self.trap_when(differs, rest, zero, Trap::UnalignedAtomic);
        address
    }

    /// Calls a built-in that waits or wakes: `(memory, address, operands)`. It makes its own checks.
    fn blocking(&mut self, number: Builtin, memarg: &MemArg, operands: usize) {
        self.at();
        let second = (operands == 2).then(|| self.pop());
        let first = self.pop();
        let address = self.pop();
        let address = self.effective(address, memarg.offset);
        let address = Operand::Val(address, Ty::I64);
        let memory = Operand::Int(Ty::I64, i64::from(memarg.memory));
        let answer = match second {
            Some(second) => self.builtin(number, [memory, address, first, second]),
            None => self.builtin(number, [memory, address, first]),
        };
        let answer = self.emit.unary(crate::UnOp::I32WrapI64, answer);
        self.push(answer, Ty::I32);
    }

    /// The address plus the offset, I64: `u64::MAX`, which lies outside every memory, if there is
    /// no such number.
    fn effective(&mut self, address: Operand<E::Val>, offset: u64) -> E::Val {
        let narrow = address.ty() == Ty::I32;
        let address = self.zero_extend(address);
        if offset == 0 {
            return address;
        }
        let distance = self.i64_const(offset);
        let sum = self.emit.binary(BinOp::I64Add, address, distance);
        if narrow {
            return sum;
        }
        let (sum, compared) = self.emit.dup(sum);
        let distance = self.i64_const(offset);
        let wrapped = self.emit.compare(CmpOp::I64LtU, compared, distance);
        let outside = self.emit.iconst(Ty::I64, -1);
        self.emit.select(Ty::I64, wrapped, outside, sum)
    }
}
