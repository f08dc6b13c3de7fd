//! Engines: how guests run. How code is made is in `compiler`.

use crate::compiler::{Compiler, Settings};
use crate::{Cpu, Error, MemoryPlan, PoolConfig, PoolStats, Result};
use std::sync::{Arc, OnceLock};
use waxwing_artifact::{fuel_id, fuel_of, plan_of};
use waxwing_layout::fuel::FuelCosts;
use waxwing_vm::Pool;

/// How an [`Engine`] is set up. The defaults are for everyday use.
#[derive(Clone)]
pub struct Config {
    plan: MemoryPlan,
    stack_size: usize,
    gc_stress: bool,
    metering: Option<Metering>,
    pool: Option<PoolConfig>,
    pub(crate) compiler: Settings,
}

/// How code is metered.
#[derive(Clone)]
struct Metering {
    /// The number of the table of costs.
    id: String,
    /// The table, unless only an artifact knows it.
    costs: Option<FuelCosts>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            plan: MemoryPlan::default(),
            stack_size: 2 << 20,
            gc_stress: false,
            metering: None,
            pool: None,
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

    /// Meters code: as it runs it takes from its store's fuel what its operators cost, and ends with
    /// [`crate::Trap::OutOfFuel`] when there is none left (see [`crate::Store::set_fuel`]). What a run
    /// takes depends on the module, on what it is given and on this table, but neither on the tier nor on
    /// the machine. `None`, the default, meters nothing, and costs nothing.
    pub fn fuel(&mut self, costs: impl Into<Option<FuelCosts>>) -> &mut Self {
        self.metering =
            costs.into().map(|costs| Metering { id: fuel_id(&costs), costs: Some(costs) });
        self
    }

    /// Sets the memory plan and the metering that the artifact beginning with these bytes wants of its
    /// engine; [`crate::Module::ARTIFACT_HEAD`] of them are looked at. If they are not the beginning of
    /// one, everything stays as it is: whether it can be loaded is found out when it is. An engine that
    /// is metered in this way does not know the costs, and compiles nothing for itself.
    pub fn for_artifact(&mut self, head: &[u8]) -> &mut Self {
        if let Some(plan) = plan_of(head) {
            self.plan = plan;
            self.metering = fuel_of(head).map(|id| Metering { id: id.to_owned(), costs: None });
        }
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
    /// something else or the module is dropped. So a host function must not hold the engine or the module
    /// itself: they would hold each other.
    pub fn pool(&mut self, pool: PoolConfig) -> &mut Self {
        self.pool = Some(pool);
        self
    }
}

/// Compiles modules, and says how their instances run. Cheap to clone.
///
/// Stores hold their engine, and are made and dropped in a fraction of a microsecond: threads that did so
/// would wait for each other if they counted at one place. So an engine has a handle for each shard of threads, and
/// stores hold that of their thread.
#[derive(Clone)]
pub struct Engine(Arc<Handle>);

/// What is counted. On lines of its own.
#[repr(align(128))]
struct Handle {
    inner: Arc<Inner>,
    /// The shards' handles, as they are first used; none in those themselves.
    shards: Box<[OnceLock<Engine>]>,
}

struct Inner {
    compiler: Compiler,
    plan: MemoryPlan,
    stack_size: usize,
    gc_stress: bool,
    metering: Option<Metering>,
    pool: Option<Pool>,
}

impl Engine {
    /// An engine of this configuration.
    ///
    /// # Errors
    /// If this processor is too old, the system refuses the signal handlers that the engine needs, or
    /// the table of fuel costs names what is no operator (`UnknownOperator`; without the feature
    /// `compiler`, nobody looks).
    pub fn new(config: &Config) -> Result<Engine> {
        if !Cpu::host().is_sufficient() {
            return Err(Error::msg(
                "this processor lacks instructions of x86-64-v2 (SSE4.2, POPCNT), which are needed",
            ));
        }
        waxwing_vm::install()
            .map_err(|e| Error::msg(format!("the system refuses signal handlers: {e}")))?;
        let costs = config.metering.as_ref().and_then(|metering| metering.costs.as_ref());
        let inner = Arc::new(Inner {
            compiler: config.compiler.compiler(config.plan, costs)?,
            plan: config.plan,
            stack_size: config.stack_size,
            gc_stress: config.gc_stress,
            metering: config.metering.clone(),
            pool: config.pool.map(Pool::new),
        });
        let shards = (0..waxwing_vm::SHARDS).map(|_| OnceLock::new()).collect();
        Ok(Engine(Arc::new(Handle { inner, shards })))
    }

    /// The same engine, by the handle of the current thread.
    pub(crate) fn near(&self) -> Engine {
        let Some(near) = self.0.shards.get(waxwing_vm::own_shard()) else { return self.clone() };
        let make =
            || Engine(Arc::new(Handle { inner: self.0.inner.clone(), shards: Box::default() }));
        near.get_or_init(make).clone()
    }

    pub(crate) fn compiler(&self) -> &Compiler {
        &self.0.inner.compiler
    }

    pub(crate) fn memory_plan(&self) -> MemoryPlan {
        self.0.inner.plan
    }

    /// What operators cost, if this engine's code is metered and the costs are known to it.
    pub fn fuel_costs(&self) -> Option<&FuelCosts> {
        self.0.inner.metering.as_ref()?.costs.as_ref()
    }

    /// Whether this engine's code is metered: whether its stores have fuel.
    pub fn is_metered(&self) -> bool {
        self.0.inner.metering.is_some()
    }

    /// The number of the table of costs, if code is metered.
    pub(crate) fn metering(&self) -> Option<&str> {
        self.0.inner.metering.as_ref().map(|metering| &*metering.id)
    }

    pub(crate) fn gc_stress(&self) -> bool {
        self.0.inner.gc_stress
    }

    pub(crate) fn stack_size(&self) -> usize {
        self.0.inner.stack_size
    }

    pub(crate) fn pool(&self) -> Option<&Pool> {
        self.0.inner.pool.as_ref()
    }

    /// How full the pool is, if there is one.
    pub fn pool_stats(&self) -> Option<PoolStats> {
        self.pool().map(Pool::stats)
    }

    /// Whether both are the same engine.
    pub fn same(&self, other: &Engine) -> bool {
        Arc::ptr_eq(&self.0.inner, &other.0.inner)
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
