//! The leaf routines, by the processor's string instructions: this tier has no vectors, of which
//! those of [`waxwing_lower::leaf`] are made. Their callers have checked the ranges.
//!
//! The direction flag stays clear, so that a routine can be stopped anywhere: a copy downwards is
//! a loop.

use crate::asm::{Alu, Cond, Mem, RAX, RCX, RDI, RDX, RSI, Width};
use crate::emitter::Emitter;
use waxwing_layout::builtin::Leaf;
use waxwing_lower::{Code, Error};
use waxwing_module::Trap;

/// Writes a routine and ends it. Its parameters still are in their registers.
pub fn routine(mut e: Emitter, leaf: Leaf) -> Result<Code, Error> {
    match leaf {
        Leaf::MemoryCopy => copy(&mut e),
        Leaf::MemoryFill => fill(&mut e),
    }
    e.finish()
}

/// `(rdi: to, rsi: from, rdx: bytes)`
fn copy(e: &mut Emitter) {
    let down = e.v.asm.mark();
    e.v.asm.mov(Width::W64, RAX, RDI);
    e.v.asm.alu(Width::W64, Alu::Sub, RAX, RSI);
    e.v.asm.alu(Width::W64, Alu::Cmp, RAX, RDX);
    // If `to` lies within the bytes to be read, a copy upwards would overwrite them.
    e.v.asm.jcc(Cond::Below, down);
    e.v.asm.mov(Width::W64, RCX, RDX);
    e.may_trap(Trap::MemoryOutOfBounds);
    e.v.asm.rep_movsb();
    e.epilogue();
    e.v.asm.bind(down);
    for size in [8, 1] {
        let (next, done) = (e.v.asm.mark(), e.v.asm.mark());
        e.v.asm.bind(next);
        e.v.asm.alu_imm(Width::W64, Alu::Sub, RDX, size);
        e.v.asm.jcc(Cond::Below, done);
        let at = |base| Mem { base, index: Some(RDX), disp: 0 };
        let width = if size == 8 { Width::W64 } else { Width::W32 };
        e.may_trap(Trap::MemoryOutOfBounds);
        match width {
            Width::W64 => e.v.asm.mov(width, RAX, at(RSI)),
            Width::W32 => e.v.asm.extend(width, crate::asm::Extend::Zero8, RAX, at(RSI)),
        }
        e.may_trap(Trap::MemoryOutOfBounds);
        e.v.asm.store(size as u32, at(RDI), RAX);
        e.v.asm.jmp(next);
        e.v.asm.bind(done);
        e.v.asm.alu_imm(Width::W64, Alu::Add, RDX, size);
    }
    e.epilogue();
}

/// `(rdi: to, esi: byte, rdx: bytes)`
fn fill(e: &mut Emitter) {
    e.v.asm.mov(Width::W32, RAX, RSI);
    e.v.asm.mov(Width::W64, RCX, RDX);
    e.may_trap(Trap::MemoryOutOfBounds);
    e.v.asm.rep_stosb();
    e.epilogue();
}
