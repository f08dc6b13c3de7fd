//! `waxwing run`: runs a program.

use crate::failure::{Failure, Result, TIMED_OUT, TRAPPED};
use crate::flags::cache::CacheFlags;
use crate::flags::engine::EngineFlags;
use crate::flags::limits::{LimitFlags, MemoryLimit};
use crate::flags::profile::Profile;
use crate::flags::trust::TrustFlags;
use crate::flags::wasi::{Preload, WasiFlags};
use crate::invoke::{Invocation, exported_functions};
use crate::load::Loader;
use crate::output;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use waxwing::{Engine, ExternKind, Instance, InstancePre, Linker, Module, Store, Trap};
use waxwing_wasi_core::{Cancelled, Exit, Raised};
use waxwing_wasi_p1::WasiP1;
use waxwing_wasi_threads::{Threads, is_threaded};

/// Run a program
#[derive(clap::Args, Debug)]
pub struct Run {
    /// Call this export with ARGS, print its results one a line, and do not call _start
    #[arg(long, value_name = "FUNC")]
    invoke: Option<String>,
    /// Make an instance of another module under this name, for the program to import from
    #[arg(long, value_name = "NAME=FILE")]
    preload: Vec<Preload>,
    #[command(flatten)]
    wasi: WasiFlags,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    trust: TrustFlags,
    #[command(flatten)]
    engine: EngineFlags,
    #[command(flatten)]
    cache: CacheFlags,
    /// Show where compiled functions lie, to a profiler or a debugger
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Engine")]
    profile: Option<Profile>,
    /// The program (binary, text, or compiled by us), then its arguments
    #[arg(value_names = ["FILE", "ARGS"], required = true, num_args = 1.., trailing_var_arg = true)]
    file_and_args: Vec<OsString>,
}

/// What a store of ours holds. Clones are for the guest's threads.
#[derive(Clone)]
struct State {
    wasi: WasiP1,
    memory: MemoryLimit,
}

impl Run {
    /// Runs the program; its exit code is ours.
    pub fn main(self) -> Result<ExitCode> {
        let (file, args) = match self.file_and_args.split_first() {
            Some((file, args)) => (PathBuf::from(file), args),
            None => return Err(Failure::new("no file was named")),
        };
        let loader = Loader::new(&self.engine, &self.cache, &self.trust)?;
        let module = loader.module(&file, self.trust.signature.as_deref())?;
        let mut invocation = match &self.invoke {
            Some(name) => Some(Invocation::new(&module, &file, name, args)?),
            None => {
                check_is_command(&module, &file)?;
                None
            }
        };
        let guest_args = if invocation.is_some() { &[] } else { args };
        let wasi = WasiP1::new(self.wasi.wasi(&file, guest_args)?);
        let memory = MemoryLimit::new(&self.limits);
        let mut store = Store::new(&loader.engine, State { wasi, memory });
        store.limiter(|state| &mut state.memory);
        let threads = is_threaded(&module).then(|| Threads::new(self.limits.max_threads, thread));
        if threads.is_some() || self.limits.timeout.is_some() {
            waxwing_wasi_p1::end_waits_on_stop(&mut store, |state| &mut state.wasi);
        }
        if let Some(timeout) = self.limits.timeout {
            store.set_deadline(Some(timeout.0));
        }
        let result = self.link(&loader, &mut store, &module, &file, threads.as_ref())?;
        let mut ended = match result {
            Ok(ready) => call(&mut store, &ready, invocation.as_mut()),
            Err(e) => Err(e),
        };
        if let Some(threads) = &threads {
            ended = threads.end(ended);
        }
        // The process ends now: the system takes memory and mappings back faster than we could.
        std::mem::forget((store, module));
        if let Err(e) = ended {
            return self.ended(&e, &file);
        }
        if let Some(invocation) = invocation {
            output::print(&invocation.results())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Makes the preloaded modules, and finds what the program imports. The inner error is a
    /// preloaded guest's.
    fn link(
        &self,
        loader: &Loader,
        store: &mut Store<State>,
        module: &Module,
        file: &Path,
        threads: Option<&Threads<State>>,
    ) -> Result<waxwing::Result<InstancePre<State>>> {
        let mut linker = Linker::new(&loader.engine);
        waxwing_wasi_p1::add_to_linker(&mut linker, |state: &mut State| &mut state.wasi)
            .map_err(|e| Failure::new(e.to_string()))?;
        let mut profiled = vec![module.clone()];
        for preload in &self.preload {
            let other = loader.module(&preload.file, None)?;
            profiled.push(other.clone());
            let ready = linker.instantiate_pre(&mut *store, &other);
            let ready = ready.map_err(|e| Failure::engine(&e, &preload.file))?;
            let instance = match ready.instantiate(&mut *store) {
                Ok(instance) => instance,
                Err(e) => return Ok(Err(e)),
            };
            if let Err(e) = initialize(store, &instance) {
                return Ok(Err(e));
            }
            linker.instance(&mut *store, &preload.name, instance).map_err(|e| {
                let at = format!("--preload {}={}", preload.name, preload.file.display());
                Failure::new(e.to_string()).at(at).help("choose another name")
            })?;
        }
        if let Some(profile) = self.profile {
            profile.show(&profiled)?;
        }
        let failed = |e| Failure::engine(&e, file);
        if let Some(threads) = threads {
            threads.add_to_linker(&mut linker).map_err(failed)?;
            threads.add_memories(&mut linker, &mut *store, module).map_err(failed)?;
        }
        let ready = linker.instantiate_pre(&mut *store, module).map_err(failed)?;
        if let Some(threads) = threads {
            threads.begin(store, &ready).map_err(failed)?;
        }
        Ok(Ok(ready))
    }

    /// What becomes of an error that ended the guest.
    fn ended(&self, error: &waxwing::Error, file: &Path) -> Result<ExitCode> {
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
            let limit = self.limits.timeout.map_or_else(String::new, |t| format!(" of {:?}", t.0));
            Failure::new(format!("the guest was ended at its deadline{limit}"))
                .at_file(file)
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
            Failure::engine(error, file)
        };
        Err(match error.backtrace() {
            Some(backtrace) => failure.trace(&backtrace.to_string()),
            None => failure,
        })
    }
}

/// The store of a thread, from the state of the one that starts it.
fn thread(engine: &Engine, state: &mut State) -> Store<State> {
    let mut store = Store::new(engine, state.clone());
    store.limiter(|state| &mut state.memory);
    waxwing_wasi_p1::end_waits_on_stop(&mut store, |state| &mut state.wasi);
    store
}

/// Whether there is anything to run; asked before anything has run.
fn check_is_command(module: &Module, file: &Path) -> Result<()> {
    let facts = module.facts();
    let start = facts.export("_start");
    let is_func = start.is_some_and(|e| e.kind == ExternKind::Func);
    if is_func || (start.is_none() && facts.start.is_some()) {
        return Ok(());
    }
    Err(Failure::new("the module is no program: it exports no function \"_start\"")
        .at_file(file)
        .help(format!("name a function to call with --invoke; {}", exported_functions(module))))
}

/// Runs the initialisation of a reactor, if it is one.
fn initialize(store: &mut Store<State>, instance: &Instance) -> waxwing::Result<()> {
    if instance.get_func(&mut *store, "_initialize").is_some() {
        instance.get_typed_func::<(), ()>(&mut *store, "_initialize")?.call(store, ())?;
    }
    Ok(())
}

fn call(
    store: &mut Store<State>,
    ready: &InstancePre<State>,
    invocation: Option<&mut Invocation>,
) -> waxwing::Result<()> {
    let instance = ready.instantiate(&mut *store)?;
    let Some(Invocation { name, args, results }) = invocation else {
        if instance.get_func(&mut *store, "_start").is_none() {
            return Ok(());
        }
        return instance.get_typed_func::<(), ()>(&mut *store, "_start")?.call(store, ());
    };
    initialize(store, &instance)?;
    match instance.get_func(&mut *store, name) {
        Some(func) => func.call(store, args, results),
        None => Err(waxwing::Error::msg(format!("the module exports no function \"{name}\""))),
    }
}
