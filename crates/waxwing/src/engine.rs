//! Engines: how guests run. How code is made is in `compiler`.

use crate::compiler::{Compiler, Settings};
use crate::{Cpu, Error, MemoryPlan, Result};
use std::sync::Arc;

/// How an [`Engine`] is set up. The defaults are for everyday use.
#[derive(Clone)]
pub struct Config {
    plan: MemoryPlan,
    stack_size: usize,
    gc_stress: bool,
    pub(crate) compiler: Settings,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            plan: MemoryPlan::default(),
            stack_size: 2 << 20,
            gc_stress: false,
            compiler: Settings::default(),
        }
    }
}

impl Config {
    /// The defaults.
    pub fn new() -> Config {
        Config::default()
    }

    /// How memories are placed.
    pub fn memory_plan(&mut self, plan: MemoryPlan) -> &mut Self {
        self.plan = plan;
        self
    }

    /// Bytes of stack for guests, 2 MiB by default. At least 64 KiB and at most 1 GiB are used.
    pub fn stack_size(&mut self, bytes: usize) -> &mut Self {
        self.stack_size = bytes.clamp(64 << 10, 1 << 30);
        self
    }

    /// Whether the heaps of stores are collected at every allocation: for tests, since it takes very
    /// much time; off by default.
    pub fn gc_stress(&mut self, stress: bool) -> &mut Self {
        self.gc_stress = stress;
        self
    }
}

/// Compiles modules, and says how their instances run. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    compiler: Compiler,
    plan: MemoryPlan,
    stack_size: usize,
    gc_stress: bool,
}

impl Engine {
    /// An engine of this configuration.
    ///
    /// # Errors
    /// If this processor is too old, or the system refuses the signal handlers that the engine
    /// needs.
    pub fn new(config: &Config) -> Result<Engine> {
        if !Cpu::host().is_sufficient() {
            return Err(Error::msg(
                "this processor lacks instructions of x86-64-v2 (SSE4.2, POPCNT), which are needed",
            ));
        }
        waxwing_vm::install()
            .map_err(|e| Error::msg(format!("the system refuses signal handlers: {e}")))?;
        Ok(Engine(Arc::new(Inner {
            compiler: config.compiler.compiler(config.plan)?,
            plan: config.plan,
            stack_size: config.stack_size,
            gc_stress: config.gc_stress,
        })))
    }

    pub(crate) fn compiler(&self) -> &Compiler {
        &self.0.compiler
    }

    pub(crate) fn memory_plan(&self) -> MemoryPlan {
        self.0.plan
    }

    pub(crate) fn gc_stress(&self) -> bool {
        self.0.gc_stress
    }

    pub(crate) fn stack_size(&self) -> usize {
        self.0.stack_size
    }

    /// Whether both are the same engine.
    pub fn same(&self, other: &Engine) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Engine {
    /// # Panics
    /// If this system cannot run the engine; see [`Engine::new`].
    fn default() -> Engine {
        match Engine::new(&Config::default()) {
            Ok(engine) => engine,
            Err(e) => panic!("{e}"),
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Engine").field(self.compiler()).finish()
    }
}
