//! Leaves that move many bytes: with registers of 32 bytes, which Cranelift does not have.
//!
//! ```text
//! leaf:   cmp rdx, MANY ; jae many ; nop    LEAD bytes
//!         what Cranelift has made of the routine
//! many:   the same for many bytes, made here
//! ```
//!
//! Either way the first and the last bytes are read before anything is written, so that the loop between
//! them may begin and end where it likes: it writes to multiples of 32, 128 bytes at a time.

use waxwing_layout::builtin::Leaf;
use waxwing_layout::target::Cpu;
use waxwing_lower::Code;
use waxwing_module::Trap;

/// From how many bytes on this is used. What lies between the ends must be at least a round long.
const MANY: i32 = 192;
/// Bytes of one turn of a loop.
const ROUND: i32 = 128;
/// Bytes of a register.
const WIDE: i32 = 32;
/// What stands before Cranelift's code, a multiple of what functions are aligned to.
const LEAD: usize = 16;

/// A general register, by its number.
#[derive(Clone, Copy)]
struct Reg(u8);

const RAX: Reg = Reg(0);
const RCX: Reg = Reg(1);
const RDX: Reg = Reg(2);
const RSI: Reg = Reg(6);
const RDI: Reg = Reg(7);
const R8: Reg = Reg(8);
const R9: Reg = Reg(9);

/// Opcodes of `op r/m64, r64`.
#[derive(Clone, Copy)]
enum Op {
    Add = 0x01,
    Sub = 0x29,
    Cmp = 0x39,
    Mov = 0x89,
}

/// The digit of `op r/m64, imm32`.
#[derive(Clone, Copy)]
enum Imm {
    Add = 0,
    Or = 1,
    And = 4,
    Cmp = 7,
}

/// The second byte of a jump on a condition.
#[derive(Clone, Copy)]
enum When {
    Below = 0x82,
    NotBelow = 0x83,
    Above = 0x87,
}

/// Instructions, and where those stand that access memory.
#[derive(Default)]
struct Assembler {
    bytes: Vec<u8>,
    accesses: Vec<u32>,
}

impl Assembler {
    /// `op to, from`.
    fn op(&mut self, op: Op, to: Reg, from: Reg) {
        let rex = 0x48 | (from.0 >> 3) << 2 | to.0 >> 3;
        self.bytes.extend([rex, op as u8, 0xc0 | (from.0 & 7) << 3 | to.0 & 7]);
    }

    /// `op to, value`.
    fn imm(&mut self, op: Imm, to: Reg, value: i32) {
        self.bytes.extend([0x48 | to.0 >> 3, 0x81, 0xc0 | (op as u8) << 3 | to.0 & 7]);
        self.bytes.extend(value.to_le_bytes());
    }

    /// Jumps if the flags say so, to code that is there.
    fn back(&mut self, when: When, target: usize) {
        let patch = self.ahead(when);
        self.set(patch, target);
    }

    /// Jumps if the flags say so, to code that comes: [`Assembler::here`].
    fn ahead(&mut self, when: When) -> usize {
        self.bytes.extend([0x0f, when as u8, 0, 0, 0, 0]);
        self.bytes.len()
    }

    /// The jump that ends at `patch` leads here.
    fn here(&mut self, patch: usize) {
        self.set(patch, self.bytes.len());
    }

    fn set(&mut self, patch: usize, target: usize) {
        let distance = (target as i64 - patch as i64) as i32;
        self.bytes[patch - 4..patch].copy_from_slice(&distance.to_le_bytes());
    }

    /// `vmovdqu` between `ymm` and `[base + disp]`; neither rsp nor r12 can be a base.
    fn wide(&mut self, opcode: u8, ymm: u8, base: Reg, disp: i32) {
        self.accesses.push(self.bytes.len() as u32);
        // VEX of three bytes: map 0F, 256 bits, prefix F3; the registers' high bits inverted.
        let high = (!ymm >> 3 & 1) << 7 | 1 << 6 | (!base.0 >> 3 & 1) << 5 | 1;
        self.bytes.extend([0xc4, high, 0x7e, opcode, 0x80 | (ymm & 7) << 3 | base.0 & 7]);
        self.bytes.extend(disp.to_le_bytes());
    }

    fn load(&mut self, ymm: u8, base: Reg, disp: i32) {
        self.wide(0x6f, ymm, base, disp);
    }

    fn store(&mut self, ymm: u8, base: Reg, disp: i32) {
        self.wide(0x7f, ymm, base, disp);
    }

    /// Four registers from `ymm` on, to or from a round.
    fn round(&mut self, each: fn(&mut Assembler, u8, Reg, i32), ymm: u8, base: Reg, disp: i32) {
        for i in 0..4 {
            each(self, ymm + i, base, disp + WIDE * i32::from(i));
        }
    }

    fn enter(&mut self) {
        self.bytes.extend([0x55, 0x48, 0x89, 0xe5]); // push rbp; mov rbp, rsp
    }

    fn leave(&mut self) {
        self.bytes.extend([0xc5, 0xf8, 0x77, 0x5d, 0xc3]); // vzeroupper; pop rbp; ret
    }
}

/// Copies rdx bytes from rsi to rdi.
fn copy(asm: &mut Assembler) {
    asm.enter();
    asm.op(Op::Mov, RAX, RDI);
    asm.op(Op::Sub, RAX, RSI);
    asm.op(Op::Cmp, RAX, RDX);
    let overlaps = asm.ahead(When::Below);

    // Upwards. rcx: the end of what is read, r8: where the last round begins, r9: where all begins.
    asm.op(Op::Mov, R9, RDI);
    asm.op(Op::Mov, RCX, RSI);
    asm.op(Op::Add, RCX, RDX);
    asm.load(0, RSI, 0);
    asm.round(Assembler::load, 1, RCX, -ROUND);
    asm.op(Op::Mov, R8, RDI);
    asm.op(Op::Add, R8, RDX);
    asm.imm(Imm::Add, R8, -ROUND);
    asm.op(Op::Sub, RSI, RDI);
    align_up(asm);
    asm.op(Op::Add, RSI, RDI);
    let head = asm.bytes.len();
    asm.round(Assembler::load, 5, RSI, 0);
    asm.round(Assembler::store, 5, RDI, 0);
    asm.imm(Imm::Add, RSI, ROUND);
    asm.imm(Imm::Add, RDI, ROUND);
    asm.op(Op::Cmp, RDI, R8);
    asm.back(When::Below, head);
    asm.round(Assembler::store, 1, R8, 0);
    asm.store(0, R9, 0);
    asm.leave();

    // Downwards. r8: where the first round ends, rcx: where all ends.
    asm.here(overlaps);
    asm.op(Op::Mov, R9, RDI);
    asm.op(Op::Mov, R8, RDI);
    asm.imm(Imm::Add, R8, ROUND);
    asm.round(Assembler::load, 1, RSI, 0);
    asm.op(Op::Sub, RSI, RDI);
    asm.op(Op::Add, RDI, RDX);
    asm.op(Op::Mov, RCX, RDI);
    asm.op(Op::Mov, RAX, RSI);
    asm.op(Op::Add, RAX, RDI);
    asm.load(0, RAX, -WIDE);
    asm.imm(Imm::And, RDI, -WIDE);
    asm.op(Op::Add, RSI, RDI);
    let head = asm.bytes.len();
    asm.round(Assembler::load, 5, RSI, -ROUND);
    asm.round(Assembler::store, 5, RDI, -ROUND);
    asm.imm(Imm::Add, RSI, -ROUND);
    asm.imm(Imm::Add, RDI, -ROUND);
    asm.op(Op::Cmp, RDI, R8);
    asm.back(When::Above, head);
    asm.round(Assembler::store, 1, R9, 0);
    asm.store(0, RCX, -WIDE);
    asm.leave();
}

/// Fills rdx bytes from rdi on with the low byte of esi.
fn fill(asm: &mut Assembler) {
    asm.enter();
    asm.bytes.extend([0xc5, 0xf9, 0x6e, 0xc6]); // vmovd xmm0, esi
    asm.bytes.extend([0xc4, 0xe2, 0x7d, 0x78, 0xc0]); // vpbroadcastb ymm0, xmm0
    asm.op(Op::Mov, R8, RDI);
    asm.op(Op::Add, R8, RDX);
    asm.imm(Imm::Add, R8, -ROUND);
    let four = |asm: &mut Assembler, base| (0..4).for_each(|i| asm.store(0, base, WIDE * i));
    four(asm, R8);
    asm.store(0, RDI, 0);
    align_up(asm);
    let head = asm.bytes.len();
    four(asm, RDI);
    asm.imm(Imm::Add, RDI, ROUND);
    asm.op(Op::Cmp, RDI, R8);
    asm.back(When::Below, head);
    asm.leave();
}

/// The next multiple of [`WIDE`] above rdi.
fn align_up(asm: &mut Assembler) {
    asm.imm(Imm::Or, RDI, WIDE - 1);
    asm.imm(Imm::Add, RDI, 1);
}

/// The routine with another for many bytes, if the processor has the registers.
pub(crate) fn with_many(leaf: Leaf, cpu: Cpu, code: Code) -> Code {
    if !cpu.has("avx2") {
        return code;
    }
    let mut asm = Assembler::default();
    asm.imm(Imm::Cmp, RDX, MANY);
    let many = asm.ahead(When::NotBelow);
    asm.bytes.extend([0x66, 0x66, 0x90]); // a nop
    debug_assert_eq!(asm.bytes.len(), LEAD);
    asm.bytes.extend(&code.bytes);
    asm.bytes.resize(asm.bytes.len().next_multiple_of(LEAD), 0xcc);
    asm.here(many);
    match leaf {
        Leaf::MemoryCopy => copy(&mut asm),
        Leaf::MemoryFill => fill(&mut asm),
    }
    let lead = LEAD as u32;
    let traps = code.traps.into_iter().map(|(at, trap)| (at + lead, trap));
    let accesses = asm.accesses.into_iter().map(|at| (at, Trap::MemoryOutOfBounds));
    Code {
        bytes: asm.bytes,
        align: code.align,
        relocs: code
            .relocs
            .into_iter()
            .map(|r| waxwing_lower::Reloc { at: r.at + lead, ..r })
            .collect(),
        traps: traps.chain(accesses).collect(),
        addresses: code.addresses.into_iter().map(|(at, from)| (at + lead, from)).collect(),
        handlers: code.handlers,
        inlined: code.inlined,
    }
}
