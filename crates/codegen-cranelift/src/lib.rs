//! The fast tier: [`waxwing_lower::Emit`] to Cranelift IR, and Cranelift's code to
//! [`waxwing_lower::Code`].
//!
//! ```text
//! lower -> Emitter (scalar memory control call simd_*) -> ir::Function -> Cranelift's optimiser
//!       -> widen, instance -> Cranelift's code generator -> code
//! ```
//!
//! Every function has Cranelift's `tail` calling convention, which is the external one of
//! [`waxwing_layout::abi`]; no code calls a library.

#![forbid(unsafe_code)]

mod atomic;
mod bytes;
mod call;
mod carry;
mod code;
mod complement;
mod control;
mod emitter;
mod exception;
mod fuel;
mod instance;
mod isa;
mod leaf;
mod memory;
mod scalar;
mod schedule;
mod simd;
mod simd_arith;
mod simd_convert;
mod simd_lanes;
mod unit;
mod widen;

use cranelift_codegen::isa::OwnedTargetIsa;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use waxwing_layout::abi::has_results_area;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Code, Codegen, Error, Job};

/// How much Cranelift optimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OptLevel {
    /// As little as possible: for quick compilation.
    None,
    /// For fast code.
    #[default]
    Speed,
}

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How much to optimise.
    pub opt_level: OptLevel,
    /// Whether Cranelift checks its own intermediate code. On in debug builds.
    pub verifier: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { opt_level: OptLevel::default(), verifier: cfg!(debug_assertions) }
    }
}

/// The back end.
pub struct Cranelift {
    options: Options,
    /// One target for each processor that was asked for, and for metered code; making one is slow.
    targets: Mutex<HashMap<(u32, bool), OwnedTargetIsa>>,
}

impl std::fmt::Debug for Cranelift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cranelift").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Cranelift {
    /// A back end with these options. Its target is made when code is first asked for, so that a
    /// program which finds its code in a cache does not wait for it.
    ///
    /// # Errors
    /// None at present.
    pub fn new(options: Options) -> Result<Cranelift, Error> {
        Ok(Cranelift { options, targets: Mutex::default() })
    }

    fn target(&self, cpu: Cpu, metered: bool) -> Result<OwnedTargetIsa, Error> {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(isa) = targets.get(&(cpu.bits, metered)) {
            return Ok(isa.clone());
        }
        let isa = isa::target(cpu, metered, self.options)?;
        targets.insert((cpu.bits, metered), isa.clone());
        Ok(isa)
    }

    /// Compiles a function and also gives its listing, in Cranelift's notation.
    ///
    /// # Errors
    /// As [`Codegen::function`].
    pub fn listing(&self, job: Job<'_>) -> Result<(Code, String), Error> {
        self.compile(job, true)
    }

    fn compile(&self, job: Job<'_>, listing: bool) -> Result<(Code, String), Error> {
        let isa = self.target(job.env.cpu, job.env.fuel.is_some())?;
        let ty = job.env.module.func_type(job.index);
        let unit = unit::Unit {
            name: (unit::FUNC, job.index),
            sig: waxwing_lower::signature(job.env, job.index),
            vmctx: true,
            results_area: has_results_area(ty),
            listing,
        };
        let mut places = Vec::new();
        let (mut code, listing) = unit::compile(&*isa, unit, |emit| {
            places = waxwing_lower::function(emit, job)?;
            Ok(())
        })?;
        code.keep_places(places);
        Ok((code, listing))
    }
}

impl Codegen for Cranelift {
    fn tier(&self) -> &'static str {
        "fast"
    }

    fn settings(&self) -> String {
        format!("cranelift {} {}", cranelift_codegen::VERSION, self.options.opt_level.name())
    }

    fn function(&self, job: Job<'_>) -> Result<Code, Error> {
        self.compile(job, false).map(|(code, _)| code)
    }

    fn can_meter(&self) -> bool {
        true
    }

    fn optimises(&self) -> bool {
        self.options.opt_level == OptLevel::Speed
    }

    fn leaf(&self, leaf: Leaf, cpu: Cpu, metered: bool) -> Result<Code, Error> {
        let isa = self.target(cpu, metered)?;
        let unit = unit::Unit {
            name: (unit::LEAF, leaf as u32),
            sig: waxwing_lower::leaf_signature(leaf),
            vmctx: false,
            results_area: false,
            listing: false,
        };
        unit::compile(&*isa, unit, |emit| {
            waxwing_lower::leaf(emit, leaf);
            Ok(())
        })
        .map(|(code, _)| leaf::with_many(leaf, cpu, code))
    }
}
