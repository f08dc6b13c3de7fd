//! Engines and instances of text.

use waxwing::{
    Config, Engine, Error, Extern, Instance, Linker, MemoryPlan, Module, Store, Tier, Trap, Val,
};

/// Every memory plan.
pub const PLANS: [MemoryPlan; 2] = [MemoryPlan::Reserved, MemoryPlan::Checked];

/// An engine of the default tier.
///
/// # Panics
/// If this system cannot run it.
pub fn engine(plan: MemoryPlan) -> Engine {
    Engine::new(Config::new().tier(Tier::Fast).memory_plan(plan)).expect("an engine")
}

/// Does something once for every memory plan.
pub fn each_plan(f: impl Fn(&Engine)) {
    PLANS.into_iter().for_each(|plan| f(&engine(plan)));
}

/// A module from text or binary.
///
/// # Panics
/// If it is not valid.
pub fn module(engine: &Engine, text: impl AsRef<[u8]>) -> Module {
    Module::new(engine, text).unwrap_or_else(|e| panic!("the module is refused: {e}"))
}

/// An instance and its store.
#[derive(Debug)]
pub struct Guest<T: 'static = ()> {
    /// The store.
    pub store: Store<T>,
    /// The instance.
    pub instance: Instance,
}

impl Guest<()> {
    /// An instance of a module without imports.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new(engine: &Engine, text: impl AsRef<[u8]>) -> Guest<()> {
        Guest::link(&Linker::new(engine), (), text)
    }
}

impl<T: 'static> Guest<T> {
    /// An instance whose imports come from a linker.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn link(linker: &Linker<T>, data: T, text: impl AsRef<[u8]>) -> Guest<T> {
        let module = module(linker.engine(), text);
        let mut store = Store::new(linker.engine(), data);
        let instance = linker
            .instantiate(&mut store, &module)
            .unwrap_or_else(|e| panic!("no instance can be made: {e:?}"));
        Guest { store, instance }
    }

    /// Calls an exported function.
    ///
    /// # Errors
    /// What the call gives.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn try_call(&mut self, name: &str, args: &[Val]) -> Result<Vec<Val>, Error> {
        let func = self
            .instance
            .get_func(&mut self.store, name)
            .unwrap_or_else(|| panic!("no exported function {name}"));
        let ty = func.ty(&self.store);
        let mut results: Vec<Val> = ty.results.iter().map(|&t| Val::default_of(t)).collect();
        func.call(&mut self.store, args, &mut results).map(|()| results)
    }

    /// Calls an exported function of at most one result, which is an `i32`.
    ///
    /// # Panics
    /// If it fails.
    pub fn call(&mut self, name: &str, args: &[i32]) -> i32 {
        let args: Vec<Val> = args.iter().map(|&v| Val::I32(v)).collect();
        match self.try_call(name, &args) {
            Ok(results) => results.first().and_then(Val::i32).unwrap_or_default(),
            Err(e) => panic!("{name} failed: {e:?}"),
        }
    }

    /// Calls an exported function, which must trap.
    ///
    /// # Panics
    /// If it does not.
    pub fn trap(&mut self, name: &str, args: &[i32]) -> Trap {
        let args: Vec<Val> = args.iter().map(|&v| Val::I32(v)).collect();
        match self.try_call(name, &args) {
            Ok(results) => panic!("{name}{args:?} did not trap but returned {results:?}"),
            Err(e) => e.trap().unwrap_or_else(|| panic!("{name} failed without a trap: {e:?}")),
        }
    }

    /// An exported global's value.
    ///
    /// # Panics
    /// If there is no such global.
    pub fn global(&mut self, name: &str) -> Val {
        let global = self.instance.get_global(&mut self.store, name).expect("a global");
        global.get(&mut self.store)
    }

    /// The bytes of an exported memory.
    ///
    /// # Panics
    /// If there is no such memory.
    pub fn memory(&mut self, name: &str) -> &mut [u8] {
        let memory = self.instance.get_memory(&mut self.store, name).expect("a memory");
        memory.data_mut(&mut self.store)
    }

    /// An export.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn export(&mut self, name: &str) -> Extern {
        self.instance.get_export(&mut self.store, name).expect("an export")
    }
}
