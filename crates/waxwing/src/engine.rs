//! Engines: how code is made.

use crate::{Cpu, Error, Features, MemoryPlan, PoolConfig, PoolStats, Result};
use std::sync::Arc;
use waxwing_codegen_baseline::Baseline;
use waxwing_codegen_cranelift::{Cranelift, OptLevel};
use waxwing_compile::Options;
use waxwing_layout::fuel::FuelCosts;
use waxwing_lower::Codegen;
use waxwing_vm::Pool;

/// What makes code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Tier {
    /// One pass over the code: at once, but slow to run. At present it handles integer code only,
    /// and says so for the rest.
    Instant,
    /// Cranelift: everyday use.
    #[default]
    Fast,
}

impl Tier {
    /// The name as in `--tier`.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Instant => "instant",
            Tier::Fast => "fast",
        }
    }
}

/// How an [`Engine`] is set up. The defaults are for everyday use.
#[derive(Clone)]
pub struct Config {
    tier: Tier,
    opt_level: OptLevel,
    plan: MemoryPlan,
    stack_size: usize,
    gc_stress: bool,
    deterministic: bool,
    fuel: Option<FuelCosts>,
    debug_info: bool,
    features: Features,
    cpu: Cpu,
    progress: Option<Arc<waxwing_compile::Progress>>,
    pool: Option<PoolConfig>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            tier: Tier::default(),
            opt_level: OptLevel::default(),
            plan: MemoryPlan::default(),
            stack_size: 2 << 20,
            gc_stress: false,
            deterministic: false,
            fuel: None,
            debug_info: true,
            features: Features::default(),
            cpu: Cpu::host(),
            progress: None,
            pool: None,
        }
    }
}

impl Config {
    /// The defaults.
    pub fn new() -> Config {
        Config::default()
    }

    /// What makes code.
    pub fn tier(&mut self, tier: Tier) -> &mut Self {
        self.tier = tier;
        self
    }

    /// How much the fast tier optimises; for fast code by default.
    pub fn opt_level(&mut self, level: OptLevel) -> &mut Self {
        self.opt_level = level;
        self
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

    /// Whether relaxed vector operations have the results that the specification's deterministic
    /// profile prescribes, the same on every processor; off by default, which lets the processor
    /// choose. As everywhere, the bits of a NaN are not part of that.
    pub fn relaxed_simd_deterministic(&mut self, deterministic: bool) -> &mut Self {
        self.deterministic = deterministic;
        self
    }

    /// Meters code: as it runs it takes from its store's fuel what its operators cost, and ends with
    /// [`crate::Trap::OutOfFuel`] when there is none left (see [`crate::Store::set_fuel`]). What a run
    /// takes depends on the module, on what it is given and on this table, but neither on the tier nor on
    /// the machine. `None`, the default, meters nothing, and costs nothing.
    pub fn fuel(&mut self, costs: impl Into<Option<FuelCosts>>) -> &mut Self {
        self.fuel = costs.into();
        self
    }

    /// Whether DWARF sections of modules are kept, for source lines in backtraces; on by default.
    pub fn debug_info(&mut self, keep: bool) -> &mut Self {
        self.debug_info = keep;
        self
    }

    /// What modules may use beyond WebAssembly 2.0; everything that is supported by default.
    pub fn features(&mut self, features: Features) -> &mut Self {
        self.features = features;
        self
    }

    /// The processor that code is made for; this one by default.
    pub fn cpu(&mut self, cpu: Cpu) -> &mut Self {
        self.cpu = cpu;
        self
    }

    /// Whether instances are kept, as new, when their store is dropped, and used again for the next ones
    /// of their module: then making one takes well under a microsecond, and the system is not asked
    /// for anything. Off by default: each instance then is made for its store and ends with it.
    ///
    /// ```
    /// use waxwing::{Config, Engine, Linker, Module, PoolConfig, Store};
    ///
    /// let engine = Engine::new(Config::new().pool(PoolConfig { slots: 100, ..Default::default() }))?;
    /// let module = Module::new(&engine, r#"(module (memory (export "memory") 1))"#)?;
    /// let linker = Linker::<()>::new(&engine);
    /// let prepared = linker.instantiate_pre(&mut Store::new(&engine, ()), &module)?;
    /// for _ in 0..1000 {
    ///     let mut store = Store::new(&engine, ());
    ///     let instance = prepared.instantiate(&mut store)?;
    ///     let memory = instance.get_memory(&mut store, "memory").unwrap();
    ///     assert_eq!(memory.data(&store)[0], 0);
    ///     memory.data_mut(&mut store)[0] = 1;
    /// }
    /// assert_eq!(engine.pool_stats().unwrap().kept, 1);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// What a module was last linked with is kept with its instances, until they are linked with
    /// something else or the module is dropped.
    pub fn pool(&mut self, pool: PoolConfig) -> &mut Self {
        self.pool = Some(pool);
        self
    }

    /// Told, from any thread, how many bytes of code are compiled, and of how many.
    pub fn progress(&mut self, f: impl Fn(u64, u64) + Send + Sync + 'static) -> &mut Self {
        self.progress = Some(Arc::new(f));
        self
    }
}

/// Compiles modules, and says how their instances run. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    options: Options,
    stack_size: usize,
    gc_stress: bool,
    pool: Option<Pool>,
}

impl Engine {
    /// An engine of this configuration.
    ///
    /// # Errors
    /// If this processor is too old, the system refuses the signal handlers that the engine needs, or
    /// the table of fuel costs names what is no operator ([`crate::UnknownOperator`]).
    pub fn new(config: &Config) -> Result<Engine> {
        if !Cpu::host().is_sufficient() {
            return Err(Error::msg(
                "this processor lacks instructions of x86-64-v2 (SSE4.2, POPCNT), which are needed",
            ));
        }
        waxwing_vm::install()
            .map_err(|e| Error::msg(format!("the system refuses signal handlers: {e}")))?;
        let codegen: Arc<dyn Codegen> = match config.tier {
            Tier::Instant => Arc::new(Baseline),
            Tier::Fast => {
                let options = waxwing_codegen_cranelift::Options {
                    opt_level: config.opt_level,
                    ..Default::default()
                };
                Arc::new(Cranelift::new(options).map_err(Error::host)?)
            }
        };
        let mut options = Options::new(codegen);
        options.plan = config.plan;
        options.cpu = config.cpu;
        options.features = config.features;
        options.deterministic = config.deterministic;
        if let Some(costs) = &config.fuel {
            waxwing_lower::Pricing::new(costs).map_err(Error::host)?;
        }
        options.fuel = config.fuel.clone();
        options.keep_debug = config.debug_info;
        options.progress = config.progress.clone();
        Ok(Engine(Arc::new(Inner {
            options,
            stack_size: config.stack_size,
            gc_stress: config.gc_stress,
            pool: config.pool.map(Pool::new),
        })))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn memory_plan(&self) -> MemoryPlan {
        self.0.options.plan
    }

    /// What operators cost, if this engine's code is metered.
    pub fn fuel_costs(&self) -> Option<&FuelCosts> {
        self.0.options.fuel.as_ref()
    }

    pub(crate) fn gc_stress(&self) -> bool {
        self.0.gc_stress
    }

    pub(crate) fn stack_size(&self) -> usize {
        self.0.stack_size
    }

    pub(crate) fn pool(&self) -> Option<&Pool> {
        self.0.pool.as_ref()
    }

    /// How full the pool is, if there is one.
    pub fn pool_stats(&self) -> Option<PoolStats> {
        self.pool().map(Pool::stats)
    }

    /// Whether both are the same engine.
    pub fn same(&self, other: &Engine) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// A hash of everything that decides what code this engine makes of a module.
    pub fn fingerprint(&self) -> [u8; 32] {
        waxwing_compile::fingerprint(self.options()).hash()
    }

    /// Compiles a module, binary or text, to the bytes of an artifact.
    ///
    /// # Errors
    /// If it is not valid WebAssembly or uses what is not supported.
    pub fn precompile(&self, module: &[u8]) -> Result<Vec<u8>> {
        let binary = crate::module::to_binary(module)?;
        waxwing_compile::compile(&binary, self.options()).map_err(Error::host)
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
        f.debug_tuple("Engine").field(self.options()).finish()
    }
}
