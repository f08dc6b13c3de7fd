//! Numbers put together byte by byte: `p[0] << 8 | p[1]`, and bytes in the other order.
//!
//! WebAssembly has neither an instruction that reverses bytes nor one that reads them reversed. Guests
//! shift, mask and join; and a compiler does not join reads if it cannot reverse what is read. Where a
//! value's bytes come from is found while the code is built: if they are those of one number reversed,
//! one instruction does it; if they are neighbours in memory, one read does.

use crate::emitter::Emitter;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    Block, DataFlowGraph, Function, Inst, InstBuilder, InstructionData, MemFlagsData, Opcode, Type,
    Value, types,
};

/// Where a byte of a value comes from: nowhere, it is zero; or a byte of another value, 0 the lowest.
type Byte = Option<(Value, u8)>;
/// The bytes of a value, lowest first. Those beyond its type are zero.
type Bytes = [Byte; 8];

/// How many instructions are looked through for one value: eight bytes, each read, extended, shifted
/// and joined.
const LOOK: u32 = 48;
/// How far apart in the code the reads may stand that become one.
const WINDOW: usize = 64;

/// A read of linear memory.
#[derive(Clone, Copy)]
struct Read {
    inst: Inst,
    address: Value,
    disp: i32,
    size: u8,
    flags: MemFlagsData,
}

struct Search<'a> {
    dfg: &'a DataFlowGraph,
    left: u32,
}

fn size(ty: Type) -> Option<usize> {
    matches!(ty, types::I16 | types::I32 | types::I64).then(|| ty.bytes() as usize)
}

/// The read that makes a value without changing more than its width.
fn read(dfg: &DataFlowGraph, value: Value) -> Option<Read> {
    let inst = dfg.value_def(value).inst()?;
    let InstructionData::Load { opcode, arg, flags, offset } = dfg.insts[inst] else { return None };
    let size = match opcode {
        Opcode::Uload8 => 1,
        Opcode::Uload16 => 2,
        Opcode::Uload32 => 4,
        Opcode::Load => size(dfg.value_type(value))? as u8,
        _ => return None,
    };
    let address = dfg.resolve_aliases(arg);
    let flags = dfg.mem_flags[flags];
    Some(Read { inst, address, disp: offset.into(), size, flags })
}

impl Search<'_> {
    fn constant(&self, value: Value) -> Option<u64> {
        let inst = self.dfg.value_def(self.dfg.resolve_aliases(value)).inst()?;
        match self.dfg.insts[inst] {
            InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } => Some(imm.bits() as u64),
            _ => None,
        }
    }

    /// Where the bytes of a value come from, as far back as can be told.
    fn bytes(&mut self, value: Value) -> Option<Bytes> {
        self.left = self.left.checked_sub(1)?;
        let value = self.dfg.resolve_aliases(value);
        let ty = self.dfg.value_type(value);
        let size = size(ty)?;
        let whole = |count: usize| -> Bytes {
            std::array::from_fn(|i| (i < count).then_some((value, i as u8)))
        };
        if let Some(read) = read(self.dfg, value) {
            return Some(whole(usize::from(read.size)));
        }
        let Some(inst) = self.dfg.value_def(value).inst() else { return Some(whole(size)) };
        let known = match self.dfg.insts[inst] {
            InstructionData::Unary { opcode, arg } => self.unary(opcode, arg, size),
            InstructionData::Binary { opcode: Opcode::Bor, args: [a, b] } => {
                let (a, b) = (self.bytes(a)?, self.bytes(b)?);
                join(a, b)
            }
            InstructionData::Binary { opcode, args: [a, by] } => match self.constant(by) {
                Some(by) => self.by_constant(opcode, a, by, size),
                None => None,
            },
            _ => None,
        };
        Some(known.unwrap_or_else(|| whole(size)))
    }

    fn unary(&mut self, opcode: Opcode, arg: Value, size: usize) -> Option<Bytes> {
        let mut bytes = match opcode {
            Opcode::Uextend | Opcode::Ireduce | Opcode::Bswap => self.bytes(arg)?,
            _ => return None,
        };
        if opcode == Opcode::Bswap {
            bytes[..size].reverse();
        }
        bytes[size..].fill(None);
        Some(bytes)
    }

    fn by_constant(&mut self, opcode: Opcode, a: Value, by: u64, size: usize) -> Option<Bytes> {
        if opcode == Opcode::Band {
            let mask = by.to_le_bytes();
            if mask.iter().take(size).any(|&m| m != 0 && m != 0xff) {
                return None;
            }
            let mut bytes = self.bytes(a)?;
            bytes.iter_mut().zip(mask).filter(|(_, m)| *m == 0).for_each(|(byte, _)| *byte = None);
            return Some(bytes);
        }
        let bits = by % (8 * size as u64);
        let places = (bits / 8) as usize;
        if !bits.is_multiple_of(8) {
            return None;
        }
        let is_known = matches!(opcode, Opcode::Ishl | Opcode::Ushr | Opcode::Rotl | Opcode::Rotr);
        let mut bytes = if is_known { self.bytes(a)? } else { return None };
        match opcode {
            Opcode::Ishl | Opcode::Rotl => bytes[..size].rotate_right(places),
            _ => bytes[..size].rotate_left(places),
        }
        match opcode {
            Opcode::Ishl => bytes[..places].fill(None),
            Opcode::Ushr => bytes[size - places..size].fill(None),
            _ => {}
        }
        Some(bytes)
    }
}

/// The bytes of two values together, if for each one has it.
fn join(a: Bytes, b: Bytes) -> Option<Bytes> {
    let mut both = a;
    for (mine, other) in both.iter_mut().zip(b) {
        *mine = match (*mine, other) {
            (byte, None) | (None, byte) => byte,
            _ => return None,
        };
    }
    Some(both)
}

/// Whether two values are the same for certain: made alike, from the same.
fn same(dfg: &DataFlowGraph, a: Value, b: Value, depth: u32) -> bool {
    let (a, b) = (dfg.resolve_aliases(a), dfg.resolve_aliases(b));
    if a == b {
        return true;
    }
    let (Some(x), Some(y)) = (dfg.value_def(a).inst(), dfg.value_def(b).inst()) else {
        return false;
    };
    if depth == 0 || dfg.value_type(a) != dfg.value_type(b) {
        return false;
    }
    match (dfg.insts[x], dfg.insts[y]) {
        (
            InstructionData::Unary { opcode: Opcode::Uextend, arg: p },
            InstructionData::Unary { opcode: Opcode::Uextend, arg: q },
        ) => same(dfg, p, q, depth - 1),
        (
            InstructionData::Binary { opcode: Opcode::Iadd, args: p },
            InstructionData::Binary { opcode: Opcode::Iadd, args: q },
        ) => p.into_iter().zip(q).all(|(p, q)| same(dfg, p, q, depth - 1)),
        _ => false,
    }
}

/// How the bytes of a value lie in what they come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Straight,
    Reversed,
}

/// How many bytes a value has that are not known to be zero: 2, 4 or 8 at its low end.
fn width(bytes: &Bytes) -> Option<usize> {
    let count = bytes.iter().take_while(|byte| byte.is_some()).count();
    let is_rest_zero = bytes[count..].iter().all(Option::is_none);
    (matches!(count, 2 | 4 | 8) && is_rest_zero).then_some(count)
}

/// The number whose lowest bytes are these, reversed.
fn reversed(bytes: &Bytes, width: usize) -> Option<Value> {
    let (source, _) = bytes[0]?;
    let is_reversed = (0..width).all(|i| bytes[i] == Some((source, (width - 1 - i) as u8)));
    is_reversed.then_some(source)
}

/// Reads that are neighbours, as the bytes of one number.
struct Neighbours {
    reads: Vec<Read>,
    /// Where the lowest begins.
    disp: i32,
    turn: Turn,
}

/// The reads that these bytes come from, if they cover a range of memory, each its part.
fn neighbours(dfg: &DataFlowGraph, bytes: &Bytes, width: usize) -> Option<Neighbours> {
    let mut reads: Vec<Read> = Vec::new();
    let mut places = [0i32; 8];
    for (place, byte) in places.iter_mut().zip(bytes).take(width) {
        let (source, number) = (*byte)?;
        let read = read(dfg, source)?;
        *place = read.disp.checked_add(i32::from(number))?;
        if reads.iter().all(|known| known.inst != read.inst) {
            reads.push(read);
        }
    }
    let first = *reads.first()?;
    let alike =
        |read: &Read| read.flags == first.flags && same(dfg, read.address, first.address, 4);
    if reads.len() < 2 || !reads.iter().all(alike) {
        return None;
    }
    // A read that is used in part, or twice, would reach beyond the range.
    if reads.iter().map(|read| usize::from(read.size)).sum::<usize>() != width {
        return None;
    }
    let places = &places[..width];
    let rises = places.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let falls = places.windows(2).all(|pair| pair[0] == pair[1] + 1);
    let turn = if rises { Turn::Straight } else { Turn::Reversed };
    (rises || falls).then(|| Neighbours { reads, disp: places[0].min(places[width - 1]), turn })
}

/// Whether all that stands between the first and the last of some instructions of a block can tell
/// nothing of their order, if each is a read: it writes nothing, and fails as they fail. Gives
/// the first.
fn undisturbed(func: &Function, block: Block, reads: &[Read]) -> Option<Inst> {
    let trap = reads[0].flags.trap_code();
    let (mut left, mut next) = (reads.len(), func.layout.last_inst(block));
    for _ in 0..WINDOW {
        let inst = next?;
        if reads.iter().any(|read| read.inst == inst) {
            left -= 1;
            if left == 0 {
                return Some(inst);
            }
        } else if left < reads.len() {
            let data = &func.dfg.insts[inst];
            let op = data.opcode();
            let fails_alike = match data {
                InstructionData::Load { flags, .. } => {
                    let flags = func.dfg.mem_flags[*flags];
                    flags.notrap() || flags.trap_code() == trap
                }
                _ => !op.can_trap() && !op.can_load(),
            };
            if !fails_alike || op.can_store() || op.is_call() || op.other_side_effects() {
                return None;
            }
        }
        next = func.layout.prev_inst(inst);
    }
    None
}

fn integer(bytes: usize) -> Type {
    match bytes {
        2 => types::I16,
        4 => types::I32,
        _ => types::I64,
    }
}

impl Emitter<'_> {
    /// The value that two make when they are joined by `opcode` (an or, or an and), if its bytes can be
    /// had for less.
    pub(crate) fn joined_bytes(&mut self, opcode: Opcode, a: Value, b: Value) -> Option<Value> {
        if !self.optimise {
            return None;
        }
        let dfg = &self.b.func.dfg;
        let ty = dfg.value_type(a);
        let mut search = Search { dfg, left: LOOK };
        let bytes = match opcode {
            Opcode::Bor => join(search.bytes(a)?, search.bytes(b)?)?,
            _ => {
                let mask = search.constant(b)?;
                search.by_constant(Opcode::Band, a, mask, size(ty)?)?
            }
        };
        let width = width(&bytes)?;
        if let Some(source) = reversed(&bytes, width) {
            let source = self.resized(source, integer(width));
            let swapped = self.b.ins().bswap(source);
            return Some(self.resized(swapped, ty));
        }
        let neighbours = neighbours(dfg, &bytes, width)?;
        let turn = neighbours.turn;
        let read = self.read_together(neighbours, integer(width))?;
        let value = if turn == Turn::Reversed { self.b.ins().bswap(read) } else { read };
        Some(self.resized(value, ty))
    }

    /// The low bits of an integer, or it and zeros above.
    fn resized(&mut self, value: Value, ty: Type) -> Value {
        let from = self.b.func.dfg.value_type(value);
        if from == ty {
            value
        } else if from.bits() < ty.bits() {
            self.b.ins().uextend(ty, value)
        } else {
            self.b.ins().ireduce(ty, value)
        }
    }

    /// Reads all of them at once where the first one is read. They become parts of what is read.
    fn read_together(&mut self, neighbours: Neighbours, ty: Type) -> Option<Value> {
        let Neighbours { reads, disp, .. } = neighbours;
        let block = self.b.current_block()?;
        let func = &mut *self.b.func;
        if reads.iter().any(|read| func.layout.inst_block(read.inst) != Some(block)) {
            return None;
        }
        let first = undisturbed(func, block, &reads)?;
        let first = reads.iter().find(|read| read.inst == first)?;
        let mut cursor = FuncCursor::new(func);
        cursor.goto_inst(first.inst);
        cursor.use_srcloc(first.inst);
        let whole = cursor.ins().load(ty, first.flags, first.address, disp);
        for read in &reads {
            let result = cursor.func.dfg.first_result(read.inst);
            let distance = i64::from(read.disp - disp) * 8;
            let mut part = cursor.ins().ushr_imm_u(whole, distance);
            let wanted = cursor.func.dfg.value_type(result);
            if wanted.bits() < ty.bits() {
                part = cursor.ins().ireduce(wanted, part);
            } else if wanted.bits() > ty.bits() {
                part = cursor.ins().uextend(wanted, part);
            }
            if wanted.bits() > 8 * u32::from(read.size) {
                let mask = (1i64 << (8 * read.size)) - 1;
                part = cursor.ins().band_imm_u(part, mask);
            }
            cursor.func.dfg.detach_inst_results(read.inst);
            cursor.func.dfg.change_to_alias(result, part);
        }
        for read in &reads {
            cursor.func.layout.remove_inst(read.inst);
        }
        Some(whole)
    }
}
