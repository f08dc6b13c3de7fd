//! x86-64 machine code, byte by byte (Intel SDM, volume 2).
//!
//! ```text
//! [REX: 0100WRXB] [opcode ...] [ModRM: mod reg rm] [SIB: scale index base] [disp] [imm]
//! ```
//!
//! [`Asm`] appends instructions to one buffer. Jumps name a [`Mark`], which may be placed before or
//! after them; all are 32 bits wide, so that nothing moves. A buffer has a largest size: beyond
//! it nothing is written any more and [`Asm::is_full`] says so.

/// A general-purpose register by its number in encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gpr(pub u8);

pub const RAX: Gpr = Gpr(0);
pub const RCX: Gpr = Gpr(1);
pub const RDX: Gpr = Gpr(2);
pub const RBX: Gpr = Gpr(3);
pub const RSP: Gpr = Gpr(4);
pub const RBP: Gpr = Gpr(5);
pub const RSI: Gpr = Gpr(6);
pub const RDI: Gpr = Gpr(7);
pub const R8: Gpr = Gpr(8);
pub const R9: Gpr = Gpr(9);
pub const R10: Gpr = Gpr(10);
pub const R11: Gpr = Gpr(11);
/// In metered code, the fuel that is left; otherwise not used.
pub const R15: Gpr = Gpr(15);

/// Whether an instruction works on 32 or 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    W32,
    W64,
}

/// An address: `base + index + disp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mem {
    pub base: Gpr,
    /// Never rsp.
    pub index: Option<Gpr>,
    pub disp: i32,
}

impl Mem {
    pub fn at(base: Gpr, disp: i32) -> Mem {
        Mem { base, index: None, disp }
    }
}

/// The operand that may be a register or lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rm {
    Reg(Gpr),
    Mem(Mem),
}

impl From<Gpr> for Rm {
    fn from(r: Gpr) -> Rm {
        Rm::Reg(r)
    }
}

impl From<Mem> for Rm {
    fn from(m: Mem) -> Rm {
        Rm::Mem(m)
    }
}

/// The two-operand group whose opcodes differ by a multiple of 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alu {
    Add = 0,
    Or = 1,
    And = 4,
    Sub = 5,
    Xor = 6,
    Cmp = 7,
}

/// Shifts and rotations, by their number in ModRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    Rol = 0,
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

/// A condition by its number in encodings; the lowest bit negates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cond {
    Below = 2,
    AboveEq = 3,
    Equal = 4,
    NotEqual = 5,
    BelowEq = 6,
    Above = 7,
    Less = 12,
    GreaterEq = 13,
    LessEq = 14,
    Greater = 15,
}

impl Cond {
    pub fn negated(self) -> Cond {
        match self {
            Cond::Below => Cond::AboveEq,
            Cond::AboveEq => Cond::Below,
            Cond::Equal => Cond::NotEqual,
            Cond::NotEqual => Cond::Equal,
            Cond::BelowEq => Cond::Above,
            Cond::Above => Cond::BelowEq,
            Cond::Less => Cond::GreaterEq,
            Cond::GreaterEq => Cond::Less,
            Cond::LessEq => Cond::Greater,
            Cond::Greater => Cond::LessEq,
        }
    }

    /// The condition that holds when the operands of the comparison change places.
    pub fn swapped(self) -> Cond {
        match self {
            Cond::Below => Cond::Above,
            Cond::Above => Cond::Below,
            Cond::BelowEq => Cond::AboveEq,
            Cond::AboveEq => Cond::BelowEq,
            Cond::Less => Cond::Greater,
            Cond::Greater => Cond::Less,
            Cond::LessEq => Cond::GreaterEq,
            Cond::GreaterEq => Cond::LessEq,
            Cond::Equal | Cond::NotEqual => self,
        }
    }
}

/// How a narrow value becomes a register's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extend {
    Zero8,
    Zero16,
    Sign8,
    Sign16,
    /// To 64 bits.
    Sign32,
}

/// A place in the code that jumps go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u32);

/// Four bytes that are to hold the distance from `from` to a mark.
#[derive(Clone, Copy, Debug)]
struct Fixup {
    at: u32,
    from: u32,
    mark: Mark,
}

/// Instructions in the making.
#[derive(Debug, Default)]
pub struct Asm {
    bytes: Vec<u8>,
    marks: Vec<Option<u32>>,
    fixups: Vec<Fixup>,
    limit: usize,
    full: bool,
}

impl Asm {
    /// A buffer of at most `limit` bytes (and one instruction more).
    pub fn new(limit: usize) -> Asm {
        Asm { limit, ..Asm::default() }
    }

    /// Bytes so far.
    pub fn len(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Whether something could not be written for lack of room.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Writes nothing any more.
    pub fn stop(&mut self) {
        self.limit = 0;
    }

    fn has_room(&mut self) -> bool {
        let room = self.bytes.len() < self.limit;
        self.full |= !room;
        room
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.has_room() {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// A new place, to be placed by [`Asm::bind`].
    pub fn mark(&mut self) -> Mark {
        self.marks.push(None);
        Mark(self.marks.len() as u32 - 1)
    }

    /// Places a mark here.
    pub fn bind(&mut self, mark: Mark) {
        self.marks[mark.0 as usize] = Some(self.len());
    }

    /// The code with all distances filled in; a mark that was never placed counts as the end.
    pub fn finish(mut self) -> Vec<u8> {
        for fixup in &self.fixups {
            let to = self.marks[fixup.mark.0 as usize].unwrap_or(self.bytes.len() as u32);
            let distance = to.wrapping_sub(fixup.from);
            let at = fixup.at as usize;
            self.bytes[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        }
        self.bytes
    }

    /// Overwrites bytes that are already there; does nothing outside them.
    pub fn patch(&mut self, at: u32, bytes: &[u8]) {
        let at = at as usize;
        if let Some(place) = self.bytes.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    /// An instruction with ModRM. `byte` lists registers that are used as 8-bit ones, for which
    /// numbers 4 to 7 need a REX prefix.
    fn modrm(&mut self, prefix: Option<u8>, rex_w: bool, op: &[u8], reg: u8, rm: Rm, byte: &[Gpr]) {
        if !self.has_room() {
            return;
        }
        let (base, index) = match rm {
            Rm::Reg(r) => (r.0, 0),
            Rm::Mem(m) => (m.base.0, m.index.map_or(0, |i| i.0)),
        };
        let rex = 0x40
            | u8::from(rex_w) << 3
            | (reg >> 3 & 1) << 2
            | (index >> 3 & 1) << 1
            | (base >> 3 & 1);
        self.bytes.extend(prefix);
        if rex != 0x40 || byte.iter().any(|r| (4..8).contains(&r.0)) {
            self.bytes.push(rex);
        }
        self.bytes.extend_from_slice(op);
        let reg = (reg & 7) << 3;
        match rm {
            Rm::Reg(r) => self.bytes.push(0xc0 | reg | r.0 & 7),
            Rm::Mem(m) => self.address(reg, m),
        }
    }

    fn address(&mut self, reg: u8, m: Mem) {
        // rbp and r13 as base have no form without displacement; rsp and r12 need a SIB byte.
        let mode = match m.disp {
            0 if m.base.0 & 7 != 5 => 0x00,
            -128..=127 => 0x40,
            _ => 0x80,
        };
        match m.index {
            None if m.base.0 & 7 != 4 => self.bytes.push(mode | reg | m.base.0 & 7),
            index => {
                let index = index.map_or(4, |i| i.0 & 7);
                self.bytes.extend([mode | reg | 4, index << 3 | m.base.0 & 7]);
            }
        }
        match mode {
            0x40 => self.bytes.push(m.disp as u8),
            0x80 => self.bytes.extend(m.disp.to_le_bytes()),
            _ => {}
        }
    }

    fn op(&mut self, w: Width, op: &[u8], reg: Gpr, rm: Rm) {
        self.modrm(None, w == Width::W64, op, reg.0, rm, &[]);
    }

    // Moves.

    /// `to = from`, also between the same register (which clears the upper half at 32 bits).
    pub fn mov(&mut self, w: Width, to: Gpr, from: impl Into<Rm>) {
        self.op(w, &[0x8b], to, from.into());
    }

    /// Loads a constant by the shortest form that leaves the flags alone. At 32 bits the upper half is cleared.
    pub fn mov_imm(&mut self, w: Width, to: Gpr, value: i64) {
        let value = if w == Width::W32 { i64::from(value as u32) } else { value };
        if u32::try_from(value).is_ok() {
            self.short(false, 0xb8, to);
            self.put(&(value as u32).to_le_bytes());
        } else if let Ok(narrow) = i32::try_from(value) {
            self.op(Width::W64, &[0xc7], Gpr(0), to.into());
            self.put(&narrow.to_le_bytes());
        } else {
            self.short(true, 0xb8, to);
            self.put(&value.to_le_bytes());
        }
    }

    /// Writes the low `bytes` (1, 2, 4 or 8) of a register.
    pub fn store(&mut self, bytes: u32, to: Mem, from: Gpr) {
        let to = Rm::Mem(to);
        match bytes {
            1 => self.modrm(None, false, &[0x88], from.0, to, &[from]),
            2 => self.modrm(Some(0x66), false, &[0x89], from.0, to, &[]),
            4 => self.op(Width::W32, &[0x89], from, to),
            _ => self.op(Width::W64, &[0x89], from, to),
        }
    }

    /// Writes a constant of 1, 2, 4 or 8 bytes; one of 8 is sign-extended from 32 bits.
    pub fn store_imm(&mut self, bytes: u32, to: Mem, value: i32) {
        let rm = Rm::Mem(to);
        match bytes {
            1 => self.modrm(None, false, &[0xc6], 0, rm, &[]),
            2 => self.modrm(Some(0x66), false, &[0xc7], 0, rm, &[]),
            _ => self.modrm(None, bytes == 8, &[0xc7], 0, rm, &[]),
        }
        self.put(&value.to_le_bytes()[..bytes.min(4) as usize]);
    }

    /// `to = from`, extended to `w`.
    pub fn extend(&mut self, w: Width, kind: Extend, to: Gpr, from: impl Into<Rm>) {
        let from = from.into();
        let byte = match (kind, from) {
            (Extend::Zero8 | Extend::Sign8, Rm::Reg(r)) => vec![r],
            _ => vec![],
        };
        let op: &[u8] = match kind {
            Extend::Zero8 => &[0x0f, 0xb6],
            Extend::Zero16 => &[0x0f, 0xb7],
            Extend::Sign8 => &[0x0f, 0xbe],
            Extend::Sign16 => &[0x0f, 0xbf],
            Extend::Sign32 => &[0x63],
        };
        self.modrm(None, w == Width::W64, op, to.0, from, &byte);
    }

    /// `to = address`
    pub fn lea(&mut self, to: Gpr, address: Mem) {
        self.op(Width::W64, &[0x8d], to, address.into());
    }

    /// `to = address of mark`
    pub fn lea_mark(&mut self, to: Gpr, mark: Mark) {
        if self.has_room() {
            self.bytes.extend([0x48 | (to.0 >> 3) << 2, 0x8d, 0x05 | (to.0 & 7) << 3]);
            self.distance(mark);
        }
    }

    /// `to = from` if the condition holds.
    pub fn cmov(&mut self, w: Width, cond: Cond, to: Gpr, from: impl Into<Rm>) {
        self.op(w, &[0x0f, 0x40 | cond as u8], to, from.into());
    }

    /// The low byte becomes 0 or 1.
    pub fn setcc(&mut self, cond: Cond, to: Gpr) {
        self.modrm(None, false, &[0x0f, 0x90 | cond as u8], 0, to.into(), &[to]);
    }

    // Arithmetic.

    /// `to = to op from`
    pub fn alu(&mut self, w: Width, op: Alu, to: Gpr, from: impl Into<Rm>) {
        self.op(w, &[0x03 | (op as u8) << 3], to, from.into());
    }

    /// `to = to op value`
    pub fn alu_imm(&mut self, w: Width, op: Alu, to: impl Into<Rm>, value: i32) {
        let to = to.into();
        if let Ok(byte) = i8::try_from(value) {
            self.op(w, &[0x83], Gpr(op as u8), to);
            self.put(&[byte as u8]);
        } else {
            self.op(w, &[0x81], Gpr(op as u8), to);
            self.put(&value.to_le_bytes());
        }
    }

    /// Sets the flags from `a & b`.
    pub fn test(&mut self, w: Width, a: Gpr, b: Gpr) {
        self.op(w, &[0x85], b, a.into());
    }

    /// `to = to * from`
    pub fn imul(&mut self, w: Width, to: Gpr, from: impl Into<Rm>) {
        self.op(w, &[0x0f, 0xaf], to, from.into());
    }

    /// `to = from * value`
    pub fn imul_imm(&mut self, w: Width, to: Gpr, from: impl Into<Rm>, value: i32) {
        self.op(w, &[0x69], to, from.into());
        self.put(&value.to_le_bytes());
    }

    /// Divides rdx:rax; the quotient goes to rax, the remainder to rdx.
    pub fn div(&mut self, w: Width, signed: bool, by: Gpr) {
        self.op(w, &[0xf7], Gpr(6 + u8::from(signed)), by.into());
    }

    /// Fills rdx with the sign of rax.
    pub fn sign_rdx(&mut self, w: Width) {
        self.put(if w == Width::W64 { &[0x48, 0x99] } else { &[0x99] });
    }

    /// Shifts by cl.
    pub fn shift_cl(&mut self, w: Width, op: Shift, to: Gpr) {
        self.op(w, &[0xd3], Gpr(op as u8), to.into());
    }

    /// Shifts by a constant.
    pub fn shift_imm(&mut self, w: Width, op: Shift, to: Gpr, by: u8) {
        self.op(w, &[0xc1], Gpr(op as u8), to.into());
        self.put(&[by]);
    }

    /// `to = number of leading zeros` (needs lzcnt).
    pub fn lzcnt(&mut self, w: Width, to: Gpr, from: impl Into<Rm>) {
        self.modrm(Some(0xf3), w == Width::W64, &[0x0f, 0xbd], to.0, from.into(), &[]);
    }

    /// `to = number of trailing zeros` (needs bmi1).
    pub fn tzcnt(&mut self, w: Width, to: Gpr, from: impl Into<Rm>) {
        self.modrm(Some(0xf3), w == Width::W64, &[0x0f, 0xbc], to.0, from.into(), &[]);
    }

    /// `to = number of ones` (needs popcnt).
    pub fn popcnt(&mut self, w: Width, to: Gpr, from: impl Into<Rm>) {
        self.modrm(Some(0xf3), w == Width::W64, &[0x0f, 0xb8], to.0, from.into(), &[]);
    }

    /// `to = position of the lowest (or highest) one`; zero flag and `to` unspecified if none.
    pub fn bit_scan(&mut self, w: Width, highest: bool, to: Gpr, from: impl Into<Rm>) {
        self.op(w, &[0x0f, 0xbc | u8::from(highest)], to, from.into());
    }

    /// Copies rcx bytes upwards, from rsi to rdi.
    pub fn rep_movsb(&mut self) {
        self.put(&[0xf3, 0xa4]);
    }

    /// Fills rcx bytes from rdi on with al.
    pub fn rep_stosb(&mut self) {
        self.put(&[0xf3, 0xaa]);
    }

    // Control.

    fn short(&mut self, rex_w: bool, op: u8, reg: Gpr) {
        if !self.has_room() {
            return;
        }
        let rex = 0x40 | u8::from(rex_w) << 3 | reg.0 >> 3;
        if rex != 0x40 {
            self.bytes.push(rex);
        }
        self.bytes.push(op | reg.0 & 7);
    }

    pub fn push(&mut self, reg: Gpr) {
        self.short(false, 0x50, reg);
    }

    /// Restores rsp and rbp from the frame.
    pub fn leave(&mut self) {
        self.put(&[0xc9]);
    }

    /// Returns and pops `bytes` of arguments.
    pub fn ret(&mut self, bytes: u16) {
        match bytes {
            0 => self.put(&[0xc3]),
            n => self.put(&[0xc2, n as u8, (n >> 8) as u8]),
        }
    }

    /// An instruction that always faults.
    pub fn ud2(&mut self) {
        self.put(&[0x0f, 0x0b]);
    }

    pub fn jmp(&mut self, to: Mark) {
        if self.has_room() {
            self.bytes.push(0xe9);
            self.distance(to);
        }
    }

    /// Jumps to an offset from the beginning.
    pub fn jmp_to(&mut self, offset: u32) {
        let from = self.len() + 5;
        self.put(&[0xe9]);
        self.put(&offset.wrapping_sub(from).to_le_bytes());
    }

    pub fn jmp_reg(&mut self, to: Gpr) {
        self.op(Width::W32, &[0xff], Gpr(4), to.into());
    }

    pub fn jcc(&mut self, cond: Cond, to: Mark) {
        if self.has_room() {
            self.bytes.extend([0x0f, 0x80 | cond as u8]);
            self.distance(to);
        }
    }

    fn distance(&mut self, to: Mark) {
        let at = self.len();
        self.fixups.push(Fixup { at, from: at + 4, mark: to });
        self.bytes.extend([0; 4]);
    }

    /// `index = sign-extended four bytes at table + index * 4`
    pub fn load_table(&mut self, index: Gpr, table: Gpr) {
        if self.has_room() {
            let rex = 0x48 | (index.0 >> 3) << 2 | (index.0 >> 3) << 1 | table.0 >> 3;
            let (low, base) = (index.0 & 7, table.0 & 7);
            self.bytes.extend([rex, 0x63, 0x44 | low << 3, 0x80 | low << 3 | base, 0]);
        }
    }

    /// Four bytes with the distance from `from` to a mark.
    pub fn table_entry(&mut self, from: Mark, to: Mark) {
        if self.has_room() {
            let from = self.marks[from.0 as usize].unwrap_or(0);
            let at = self.len();
            self.fixups.push(Fixup { at, from, mark: to });
            self.bytes.extend([0; 4]);
        }
    }

    /// Calls a distance that is filled in later; returns where its four bytes are.
    pub fn call(&mut self) -> u32 {
        self.put(&[0xe8, 0, 0, 0, 0]);
        self.len().saturating_sub(4)
    }

    pub fn call_reg(&mut self, to: Gpr) {
        self.op(Width::W32, &[0xff], Gpr(2), to.into());
    }
}

#[cfg(test)]
#[path = "asm_tests.rs"]
mod tests;
