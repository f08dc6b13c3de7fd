//! The peak tier: [`waxwing_lower::Emit`] to LLVM IR, and LLVM's machine code to
//! [`waxwing_lower::Code`].
//!
//! # Calls
//!
//! Functions use LLVM's C convention, which is the external convention of
//! [`waxwing_layout::abi`] as long as every parameter is in a register: same registers, same kept
//! ones, one result. It is *not* that convention for parameters on the stack, which here the callee
//! pops; `tailcc` pops, too, but rounds to an odd number of words and pops eight bytes even if
//! there is nothing to pop. Signatures that need the stack are therefore unsupported so far.
//! Optimisations that lose frames (sibling calls, tail recursion, inlining) are off, since frames
//! are walked for backtraces and unbounded recursion has to end in a trap. For the same reason the
//! frame is made first thing in every function (no shrink wrapping), which is an option of the
//! whole process: a program that uses LLVM for itself, too, shares it.
//!
//! # Traps
//!
//! Traps are precise: what an embedder sees of memory and globals afterwards is what the specification says.
//!
//! - A stop in so many words is `llvm.ubsantrap`, whose number LLVM writes into the instruction
//!   itself (`ud1`). The table is read back from the code.
//! - LLVM holds a load from a bad address for undefined and may drop it or move stores across it.
//!   Accesses of linear memory and all stores that outlive the frame are therefore volatile, which
//!   keeps them all and keeps their order. This costs optimisations; it is what the slice can prove.
//! - Which instructions they became is found by decoding the code: each one that touches memory
//!   other than by rsp, rbp or rip is listed, even if it reads a field that never faults. What the
//!   fault means is told by the debug location's column, which is the trap's number. If an optimiser lost the
//!   location the fault means that the access was out of bounds, the only reason there is so far.
//!   Nothing is left out if locations are lost, and a wrong entry for an access that never faults does no
//!   harm.
//!
//! # Offsets
//!
//! The line of a debug location is the offset in the module plus one, or what stands for a place in an
//! inlined function, plus one. LLVM's line table is read and thrown away; no debug information leaves
//! this crate.

mod arith;
mod code;
mod control;
mod emitter;
mod faults;
mod memory;
mod target;

use inkwell::context::Context;
use waxwing_layout::abi::has_results_area;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Code, Codegen, Error, Job, leaf_signature, signature};

use emitter::{Emitter, Shape};

/// The code generator that LLVM optimises.
#[derive(Clone, Copy, Debug, Default)]
pub struct Llvm;

impl Codegen for Llvm {
    fn tier(&self) -> &'static str {
        "peak"
    }

    fn settings(&self) -> String {
        let (major, minor, patch) = inkwell::support::get_llvm_version();
        // Raise the last number when the same input becomes other code.
        format!("llvm {major}.{minor}.{patch} {} 1", target::PASSES)
    }

    fn function(&self, job: Job<'_>) -> Result<Code, Error> {
        let sig = signature(job.env, job.index);
        let shape = Shape {
            sig: &sig,
            hidden: 1 + usize::from(has_results_area(job.env.module.func_type(job.index))),
            wasm_offset: u32::try_from(job.body.range().start).unwrap_or(u32::MAX),
        };
        let cpu = job.env.cpu;
        let context = Context::create();
        let mut emitter = Emitter::new(&context, shape)?;
        let places = waxwing_lower::function(&mut emitter, job)?;
        let mut code = emitter.finish(cpu)?;
        code.keep_places(places);
        Ok(code)
    }

    fn optimises(&self) -> bool {
        true
    }

    fn can_meter(&self) -> bool {
        false
    }

    fn leaf(&self, leaf: Leaf, cpu: Cpu, _metered: bool) -> Result<Code, Error> {
        let sig = leaf_signature(leaf);
        let context = Context::create();
        let mut emitter = Emitter::new(&context, Shape { sig: &sig, hidden: 0, wasm_offset: 0 })?;
        waxwing_lower::leaf(&mut emitter, leaf);
        emitter.finish(cpu)
    }
}
