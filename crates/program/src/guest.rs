//! The run of one program, from its grants to its exit code.

use crate::failure::{Failure, Result, TIMED_OUT, TRAPPED};
use crate::flags::limits::{LimitFlags, MemoryLimit};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use waxwing::{Engine, ExternKind, HostMeter, Instance, InstancePre, Linker, Module, Store, Trap};
use waxwing_wasi_core::{Cancelled, Exit, Raised, Wasi};
use waxwing_wasi_p1::WasiP1;
use waxwing_wasi_threads::{Threads, is_threaded};

/// What the store of a program holds. Clones are for its threads.
#[derive(Clone)]
pub struct State {
    wasi: WasiP1,
    memory: MemoryLimit,
    /// What each thread has, if the engine meters.
    fuel: u64,
    /// Sums up the time of host functions, if that is wanted.
    host: Option<Arc<HostMeter>>,
}

/// A program that is about to run.
pub struct Guest {
    /// Its store.
    pub store: Store<State>,
    /// What it can import: WASI, and whatever is added.
    pub linker: Linker<State>,
    threads: Option<Threads<State>>,
    module: Module,
    limits: LimitFlags,
}

impl Guest {
    /// A program with these grants and limits. Its time begins now.
    ///
    /// # Errors
    /// If WASI cannot be linked, or fuel is given to code that takes none.
    pub fn new(module: &Module, wasi: Wasi, limits: &LimitFlags) -> Result<Guest> {
        if limits.fuel.is_some() && !module.engine().is_metered() {
            return Err(Failure::new("the program takes no fuel: it was not compiled for that")
                .help("compile the module again with --metered, or leave --fuel out"));
        }
        let (wasi, memory) = (WasiP1::new(wasi), MemoryLimit::new(limits));
        let state = State { wasi, memory, fuel: limits.fuel.unwrap_or(u64::MAX), host: None };
        let mut store = new_store(module.engine(), state);
        let threads = is_threaded(module).then(|| Threads::new(limits.max_threads, thread));
        if threads.is_some() || limits.timeout.is_some() {
            waxwing_wasi_p1::end_waits_on_stop(&mut store, |state| &mut state.wasi);
        }
        if let Some(timeout) = limits.timeout {
            store.set_deadline(Some(timeout.0));
        }
        let mut linker = Linker::new(module.engine());
        waxwing_wasi_p1::add_to_linker(&mut linker, |state: &mut State| &mut state.wasi)
            .map_err(|e| Failure::new(e.to_string()))?;
        let (module, limits) = (module.clone(), limits.clone());
        Ok(Guest { store, linker, threads, module, limits })
    }

    /// Adds up the time that the program, threads and all, spends in host functions.
    pub fn measure_host_calls(&mut self, host: &Arc<HostMeter>) {
        self.store.data_mut().host = Some(host.clone());
        self.store.measure_host_calls(host);
    }

    /// The most that its memories had together so far.
    pub fn memory_used(&self) -> usize {
        self.store.data().memory.used()
    }

    /// Finds everything that the program imports.
    ///
    /// # Errors
    /// If something is missing.
    pub fn ready(&mut self) -> waxwing::Result<InstancePre<State>> {
        if let Some(threads) = &self.threads {
            threads.add_to_linker(&mut self.linker)?;
            threads.add_memories(&mut self.linker, &mut self.store, &self.module)?;
        }
        let ready = self.linker.instantiate_pre(&mut self.store, &self.module)?;
        if let Some(threads) = &self.threads {
            threads.begin(&mut self.store, &ready)?;
        }
        Ok(ready)
    }

    /// Runs the program from its beginning.
    ///
    /// # Errors
    /// However it ends other than by coming back.
    pub fn start(&mut self, ready: &InstancePre<State>) -> waxwing::Result<()> {
        let instance = ready.instantiate(&mut self.store)?;
        if instance.get_func(&mut self.store, "_start").is_none() {
            return Ok(());
        }
        let start = instance.get_typed_func::<(), ()>(&mut self.store, "_start")?;
        start.call(&mut self.store, ())
    }

    /// Ends its threads, if it has any; how the program ended by that.
    ///
    /// # Errors
    /// If it failed, trapped or was stopped.
    pub fn end_threads(&mut self, ended: waxwing::Result<()>) -> waxwing::Result<()> {
        match self.threads.take() {
            Some(threads) => threads.end(ended),
            None => ended,
        }
    }

    /// Ends its threads; what its end means. The inner code is none if it came back.
    ///
    /// # Errors
    /// If it failed, trapped or was stopped.
    pub fn end(mut self, ended: waxwing::Result<()>, file: &Path) -> Result<Option<ExitCode>> {
        let ended = self.end_threads(ended);
        let Guest { store, linker, threads: _, module, limits } = self;
        // The process ends now: the system takes memory and mappings back faster than we could.
        std::mem::forget((store, linker, module));
        match ended {
            Ok(()) => Ok(None),
            Err(e) => failed(&e, file, &limits).map(Some),
        }
    }
}

/// A store with its limits.
fn new_store(engine: &Engine, state: State) -> Store<State> {
    let (fuel, host) = (state.fuel, state.host.clone());
    let mut store = Store::new(engine, state);
    if let Some(host) = host {
        store.measure_host_calls(&host);
    }
    store.limiter(|state| &mut state.memory);
    // If the engine does not meter, there is nothing to set.
    let _ = store.set_fuel(fuel);
    store
}

/// The store of a thread, from the state of the one that starts it.
fn thread(engine: &Engine, state: &mut State) -> Store<State> {
    let mut store = new_store(engine, state.clone());
    waxwing_wasi_p1::end_waits_on_stop(&mut store, |state| &mut state.wasi);
    store
}

/// What becomes of an error that ended the guest.
fn failed(error: &waxwing::Error, file: &Path, limits: &LimitFlags) -> Result<ExitCode> {
    if let Some(Exit(code)) = error.downcast_ref::<Exit>() {
        // As the system does it: the lowest eight bits.
        return Ok(ExitCode::from(*code as u8));
    }
    if let Some(raised) = error.downcast_ref::<Raised>() {
        let code = 128 + raised.0.host_number();
        return Err(Failure::new(raised.to_string()).at_file(file).code(code));
    }
    let trap = error.trap();
    let waited = error.downcast_ref::<Cancelled>().is_some();
    let failure = if trap == Some(Trap::DeadlineExceeded) || waited {
        let limit = limits.timeout.map_or_else(String::new, |t| format!(" of {:?}", t.0));
        Failure::new(format!("the guest was ended at its deadline{limit}"))
            .at_file(file)
            .code(TIMED_OUT)
    } else if trap == Some(Trap::OutOfFuel) {
        let limit = limits.fuel.map_or_else(String::new, |n| format!(" of {n}"));
        Failure::new(format!("the guest has used up its fuel{limit}"))
            .at_file(file)
            .help("--fuel N gives it more")
            .code(TIMED_OUT)
    } else if let Some(trap) = trap {
        let failure =
            Failure::new(format!("the guest trapped: {trap}")).at_file(file).code(TRAPPED);
        match trap {
            Trap::StackOverflow => failure.help("--stack-size SIZE gives it more stack"),
            _ => failure,
        }
    } else if error.exception().is_some() {
        Failure::new(error.to_string()).at_file(file).code(TRAPPED)
    } else {
        Failure::runtime(error, file)
    };
    Err(match error.backtrace() {
        Some(backtrace) => failure.trace(&backtrace.to_string()),
        None => failure,
    })
}

/// Whether there is anything to run; asked before anything has run.
pub fn is_command(facts: &waxwing_module::Module) -> bool {
    let start = facts.export("_start");
    let is_func = start.is_some_and(|e| e.kind == ExternKind::Func);
    is_func || (start.is_none() && facts.start.is_some())
}

/// Runs the initialisation of a reactor, if it is one.
///
/// # Errors
/// As it ends.
pub fn initialize(store: &mut Store<State>, instance: &Instance) -> waxwing::Result<()> {
    if instance.get_func(&mut *store, "_initialize").is_some() {
        instance.get_typed_func::<(), ()>(&mut *store, "_initialize")?.call(store, ())?;
    }
    Ok(())
}
