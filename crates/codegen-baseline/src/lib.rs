//! The instant tier: one pass from [`waxwing_lower::Emit`] to machine code.
//!
//! There is no intermediate form. Each method of the emitter writes its instructions at once;
//! what it knows of an operand is where it is: in a register, in the frame, still in its local, in
//! the flags, or nowhere because it is a constant. Locals live in the frame. Where control joins,
//! every operand that is older than the construct is in the frame, too.
//!
//! So far it covers integers: everything that touches a float or a vector is
//! [`waxwing_lower::Error::Unsupported`]. Time is linear in the size of the function; code and
//! frame have upper bounds.

#![forbid(unsafe_code)]

mod arith;
mod asm;
mod call;
mod control;
mod emitter;
mod leaf;
mod memory;
mod vals;

pub use emitter::{Emitter, Shape};
pub use vals::Val;

use waxwing_layout::abi::has_results_area;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Code, Codegen, Error, Job, leaf_signature, signature};

/// The one-pass code generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct Baseline;

impl Codegen for Baseline {
    fn tier(&self) -> &'static str {
        "instant"
    }

    fn settings(&self) -> String {
        // Raise the number when the same input becomes other code.
        "baseline 1".into()
    }

    fn function(&self, job: Job<'_>) -> Result<Code, Error> {
        let sig = signature(job.env, job.index);
        let shape = Shape {
            sig: &sig,
            hidden: 1 + usize::from(has_results_area(job.env.module.func_type(job.index))),
            wasm_offset: u32::try_from(job.body.range().start).unwrap_or(u32::MAX),
            cpu: job.env.cpu,
        };
        let mut emitter = Emitter::new(shape);
        let places = waxwing_lower::function(&mut emitter, job)?;
        let mut code = emitter.finish()?;
        code.keep_places(places);
        Ok(code)
    }

    fn optimises(&self) -> bool {
        false
    }

    fn can_meter(&self) -> bool {
        true
    }

    fn leaf(&self, leaf: Leaf, cpu: Cpu, _metered: bool) -> Result<Code, Error> {
        // Nothing here touches the register of the fuel but `fuel_take`.
        let sig = leaf_signature(leaf);
        let shape = Shape { sig: &sig, hidden: 0, wasm_offset: 0, cpu };
        leaf::routine(Emitter::new(shape), leaf)
    }
}
