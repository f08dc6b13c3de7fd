//! Where operands are, and who owns which register and frame slot.
//!
//! ```text
//!   rbp+16+n   stack parameters, which are their own homes
//!   rbp        caller's rbp
//!   rbp-8      caller's rbx
//!   rbp-n      homes of locals, slots of 8 bytes, areas
//! ```
//!
//! Invariants:
//!
//! - An entry of the table owns its register or slot; nothing else names them. Constants, unread
//!   locals and fixed addresses own nothing.
//! - At every label no operand lives in a register, in the flags or in an unread local: what is
//!   older than a construct has been spilled when the construct was opened.
//! - The table shrinks to its old length when a construct ends, so that each entry is visited
//!   once at most; work stays linear in the size of the function.
//! - rbx holds the instance pointer throughout. r11 is scratch: it is free between any two
//!   calls of methods here.

use crate::asm::{Asm, Cond, Gpr, Mem, R8, R9, R10, R11, RAX, RBP, RBX, RCX, RDI, RDX, RSI, Rm};
use crate::asm::{Extend, Width};
use waxwing_layout::abi::Ty;
use waxwing_lower::Error;

/// An operand: the number of its entry in the table. Owned, not copied.
#[derive(Debug)]
pub struct Val(pub(crate) u32);

/// Registers that operands may live in, in the order of preference.
pub const POOL: [Gpr; 8] = [RAX, RCX, RDX, RSI, RDI, R8, R9, R10];

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loc {
    /// Consumed.
    Dead,
    /// A constant; an I32 is sign-extended.
    Const(i64),
    Reg(Gpr),
    /// 8 bytes at this distance from rbp.
    Slot(i32),
    /// Still in a local that has not been written since.
    Local(u32),
    /// The outcome of the last comparison.
    Flags(Cond),
    /// The instance pointer.
    Vmctx,
    /// The address at this distance from rbp.
    Frame(i32),
}

/// An operand that has been taken from the table: its register or slot is held by whoever has this.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    pub ty: Ty,
    pub loc: Loc,
}

/// Who owns a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Free,
    /// An operation that is under way.
    Held,
    /// An entry of the table.
    Entry(u32),
}

/// A local: its home and the entries that have not read it yet.
#[derive(Debug)]
struct Home {
    ty: Ty,
    offset: i32,
    /// May name entries that are dead or have moved since.
    unread: Vec<u32>,
}

/// Operands, registers, locals and the frame, and the code they are about.
#[derive(Debug)]
pub struct Vals {
    pub asm: Asm,
    pub error: Option<Error>,
    /// The offset in the module that is being compiled, for errors.
    pub wasm_offset: u32,
    entries: Vec<Operand>,
    owners: [Owner; POOL.len()],
    flags: Option<u32>,
    homes: Vec<Home>,
    /// Locals whose `unread` list is not empty.
    unread: Vec<u32>,
    free_slots: Vec<i32>,
    frame: u32,
}

/// The largest frame, in bytes.
const MAX_FRAME: u32 = 64 << 20;

fn pool_index(reg: Gpr) -> Option<usize> {
    POOL.iter().position(|&r| r == reg)
}

/// The width of operations on a type.
pub fn width(ty: Ty) -> Width {
    match ty {
        Ty::I32 => Width::W32,
        _ => Width::W64,
    }
}

impl Vals {
    pub fn new(max_code: usize, wasm_offset: u32) -> Vals {
        Vals {
            asm: Asm::new(max_code),
            error: None,
            wasm_offset,
            entries: Vec::new(),
            owners: [Owner::Free; POOL.len()],
            flags: None,
            homes: Vec::new(),
            unread: Vec::new(),
            free_slots: Vec::new(),
            // The caller's rbx.
            frame: 8,
        }
    }

    // Errors.

    /// Remembers the first failure; the code is worthless from here on.
    pub fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
        self.asm.stop();
    }

    pub fn unsupported(&mut self, what: impl Into<String>) {
        let what = format!("{} (baseline tier)", what.into());
        self.fail(Error::Unsupported(what, u64::from(self.wasm_offset)));
    }

    /// Refuses types that live in vector registers.
    pub fn check(&mut self, ty: Ty) {
        if ty.is_float() {
            self.unsupported(format!("type {ty:?}"));
        }
    }

    // Frame.

    /// Bytes below rbp that are in use.
    pub fn frame_bytes(&self) -> u32 {
        self.frame
    }

    /// New bytes in the frame: their distance from rbp, a multiple of `align`.
    pub fn reserve(&mut self, bytes: u32, align: u32) -> i32 {
        match self.frame.checked_add(bytes).map(|n| n.next_multiple_of(align)) {
            Some(n) if n <= MAX_FRAME => self.frame = n,
            _ => self.fail(Error::Backend("the function's frame exceeds 64 MiB".into())),
        }
        -(self.frame as i32)
    }

    pub fn new_slot(&mut self) -> i32 {
        match self.free_slots.pop() {
            Some(slot) => slot,
            None => self.reserve(8, 8),
        }
    }

    pub fn free_slot(&mut self, slot: i32) {
        self.free_slots.push(slot);
    }

    // The table.

    /// Enters an operand; a held register becomes its own.
    pub fn push(&mut self, ty: Ty, loc: Loc) -> Val {
        let id = self.entries.len() as u32;
        self.entries.push(Operand { ty, loc });
        match loc {
            Loc::Reg(reg) => self.set_owner(reg, Owner::Entry(id)),
            Loc::Flags(_) => self.flags = Some(id),
            Loc::Local(local) => {
                if let Some(home) = self.homes.get_mut(local as usize) {
                    if home.unread.is_empty() {
                        self.unread.push(local);
                    }
                    home.unread.push(id);
                }
            }
            _ => {}
        }
        Val(id)
    }

    /// Takes an operand out of the table.
    pub fn take(&mut self, val: Val) -> Operand {
        let Some(entry) = self.entries.get_mut(val.0 as usize) else {
            self.fail(Error::Backend("an operand is used outside its construct".into()));
            return Operand { ty: Ty::I64, loc: Loc::Const(0) };
        };
        let operand = *entry;
        entry.loc = Loc::Dead;
        match operand.loc {
            Loc::Reg(reg) => self.set_owner(reg, Owner::Held),
            Loc::Flags(_) => self.flags = None,
            Loc::Dead => {
                self.fail(Error::Backend("an operand is used twice".into()));
                return Operand { ty: operand.ty, loc: Loc::Const(0) };
            }
            _ => {}
        }
        operand
    }

    /// Looks at an operand without taking it.
    pub fn peek(&self, val: &Val) -> Operand {
        self.entries.get(val.0 as usize).copied().unwrap_or(Operand { ty: Ty::I64, loc: Loc::Dead })
    }

    /// Gives back what a taken operand owned.
    pub fn release(&mut self, operand: Operand) {
        match operand.loc {
            Loc::Reg(reg) => self.free(reg),
            Loc::Slot(slot) => self.free_slot(slot),
            _ => {}
        }
    }

    /// How many entries there are: to be given to [`Vals::truncate`].
    pub fn depth(&self) -> usize {
        self.entries.len()
    }

    /// Drops the entries from `depth` on.
    pub fn truncate(&mut self, depth: usize) {
        while self.entries.len() > depth {
            if let Some(operand) = self.entries.pop() {
                self.release(operand);
            }
        }
        self.flags = self.flags.filter(|&id| (id as usize) < depth);
    }

    // Registers.

    fn set_owner(&mut self, reg: Gpr, owner: Owner) {
        if let Some(i) = pool_index(reg) {
            self.owners[i] = owner;
        }
    }

    /// Frees a held register.
    pub fn free(&mut self, reg: Gpr) {
        self.set_owner(reg, Owner::Free);
    }

    /// A register, held by the caller; the oldest operand makes room if there is none.
    pub fn alloc(&mut self) -> Gpr {
        if let Some(reg) = self.try_alloc() {
            return reg;
        }
        let oldest = (0..POOL.len())
            .filter_map(|i| match self.owners[i] {
                Owner::Entry(id) => Some((id, i)),
                _ => None,
            })
            .min();
        let Some((id, i)) = oldest else {
            self.fail(Error::Backend("an operation holds every register".into()));
            return R11;
        };
        self.spill(id);
        self.owners[i] = Owner::Held;
        POOL[i]
    }

    /// A free register, if there is one.
    pub fn try_alloc(&mut self) -> Option<Gpr> {
        let i = self.owners.iter().position(|&o| o == Owner::Free)?;
        self.owners[i] = Owner::Held;
        Some(POOL[i])
    }

    /// This very register, held by the caller. If one of the caller's operands holds it, it moves
    /// elsewhere.
    pub fn claim(&mut self, reg: Gpr, mine: &mut [&mut Operand]) {
        let owner = pool_index(reg).map(|i| self.owners[i]);
        match owner {
            Some(Owner::Entry(id)) => match self.try_alloc() {
                Some(to) => {
                    self.asm.mov(Width::W64, to, reg);
                    self.entries[id as usize].loc = Loc::Reg(to);
                    self.set_owner(to, Owner::Entry(id));
                }
                None => self.spill(id),
            },
            Some(Owner::Held) => {
                let to = self.alloc();
                self.asm.mov(Width::W64, to, reg);
                for operand in mine.iter_mut().filter(|o| o.loc == Loc::Reg(reg)) {
                    operand.loc = Loc::Reg(to);
                }
            }
            Some(Owner::Free) | None => {}
        }
        self.set_owner(reg, Owner::Held);
    }

    /// Moves an entry to a slot of its own.
    fn spill(&mut self, id: u32) {
        let slot = self.new_slot();
        let operand = self.entries[id as usize];
        self.write(operand, Mem::at(RBP, slot));
        self.entries[id as usize].loc = Loc::Slot(slot);
        self.release(operand);
    }

    /// Moves everything out of registers, flags and unread locals. Leaves the flags as they are
    /// (beyond what an entry there needs).
    pub fn spill_all(&mut self) {
        self.flush_flags();
        self.spill_registers();
        while let Some(local) = self.unread.pop() {
            let unread = std::mem::take(&mut self.homes[local as usize].unread);
            for id in unread {
                if self.is_unread(id, local) {
                    self.spill(id);
                }
            }
        }
    }

    /// Moves everything out of registers.
    pub fn spill_registers(&mut self) {
        for i in 0..POOL.len() {
            if let Owner::Entry(id) = self.owners[i] {
                self.spill(id);
            }
        }
    }

    fn is_unread(&self, id: u32, local: u32) -> bool {
        self.entries.get(id as usize).is_some_and(|e| e.loc == Loc::Local(local))
    }

    /// Makes a pending outcome of a comparison a number, before the flags change.
    pub fn flush_flags(&mut self) {
        if let Some(id) = self.flags.take() {
            let reg = self.alloc();
            let operand = self.entries[id as usize];
            self.read_into(operand, reg);
            self.entries[id as usize].loc = Loc::Reg(reg);
            self.set_owner(reg, Owner::Entry(id));
        }
    }

    // Moving values. None of these changes the flags.

    /// Writes an operand's 8 bytes to memory.
    pub fn write(&mut self, operand: Operand, to: Mem) {
        match operand.loc {
            Loc::Reg(reg) => self.asm.store(8, to, reg),
            Loc::Vmctx => self.asm.store(8, to, RBX),
            Loc::Const(value) if i32::try_from(value).is_ok() => {
                self.asm.store_imm(8, to, value as i32);
            }
            _ => {
                self.read_into(operand, R11);
                self.asm.store(8, to, R11);
            }
        }
    }

    /// Copies an operand into a register.
    pub fn read_into(&mut self, operand: Operand, to: Gpr) {
        let w = width(operand.ty);
        match operand.loc {
            Loc::Const(value) => self.asm.mov_imm(w, to, value),
            Loc::Reg(reg) if reg == to => {}
            Loc::Reg(reg) => self.asm.mov(w, to, reg),
            Loc::Vmctx => self.asm.mov(w, to, RBX),
            Loc::Frame(offset) => self.asm.lea(to, Mem::at(RBP, offset)),
            Loc::Flags(cond) => {
                self.asm.setcc(cond, to);
                self.asm.extend(Width::W32, Extend::Zero8, to, to);
            }
            Loc::Slot(_) | Loc::Local(_) => {
                let mem = self.home_of(operand.loc);
                self.asm.mov(w, to, mem);
            }
            Loc::Dead => {}
        }
    }

    /// The memory of a slot or local.
    fn home_of(&self, loc: Loc) -> Mem {
        let offset = match loc {
            Loc::Slot(slot) => slot,
            Loc::Local(local) => self.homes.get(local as usize).map_or(0, |home| home.offset),
            _ => 0,
        };
        Mem::at(RBP, offset)
    }

    /// Makes the operand a held register that may be changed.
    pub fn own(&mut self, operand: &mut Operand) -> Gpr {
        if let Loc::Reg(reg) = operand.loc {
            return reg;
        }
        let reg = self.alloc();
        self.read_into(*operand, reg);
        self.release(*operand);
        operand.loc = Loc::Reg(reg);
        reg
    }

    /// Makes the operand a register that must not be changed.
    pub fn reg(&mut self, operand: &mut Operand) -> Gpr {
        match operand.loc {
            Loc::Vmctx => RBX,
            _ => self.own(operand),
        }
    }

    /// Makes the operand a register or a place in memory.
    pub fn rm(&mut self, operand: &mut Operand) -> Rm {
        match operand.loc {
            Loc::Slot(_) | Loc::Local(_) => Rm::Mem(self.home_of(operand.loc)),
            _ => Rm::Reg(self.reg(operand)),
        }
    }

    // Locals.

    /// A new local that lives at `offset` from rbp, or in new bytes.
    pub fn new_home(&mut self, ty: Ty, offset: Option<i32>) -> u32 {
        self.check(ty);
        let offset = match offset {
            Some(offset) => offset,
            None => self.reserve(8, 8),
        };
        self.homes.push(Home { ty, offset, unread: Vec::new() });
        self.homes.len() as u32 - 1
    }

    /// Where a local lives.
    pub fn home(&self, local: u32) -> Mem {
        self.home_of(Loc::Local(local))
    }

    pub fn get_local(&mut self, local: u32) -> Val {
        match self.homes.get(local as usize) {
            Some(home) => self.push(home.ty, Loc::Local(local)),
            None => {
                self.fail(Error::Backend(format!("there is no local {local}")));
                self.push(Ty::I64, Loc::Const(0))
            }
        }
    }

    /// Writes a local after its unread values have been read.
    pub fn set_local(&mut self, local: u32, val: Val) {
        let operand = self.take(val);
        let unread = match self.homes.get_mut(local as usize) {
            Some(home) => std::mem::take(&mut home.unread),
            None => return self.fail(Error::Backend(format!("there is no local {local}"))),
        };
        for id in unread {
            if !self.is_unread(id, local) {
                continue;
            }
            match self.try_alloc() {
                Some(reg) => {
                    self.read_into(self.entries[id as usize], reg);
                    self.entries[id as usize].loc = Loc::Reg(reg);
                    self.set_owner(reg, Owner::Entry(id));
                }
                None => self.spill(id),
            }
        }
        self.write(operand, self.home_of(Loc::Local(local)));
        self.release(operand);
    }
}
