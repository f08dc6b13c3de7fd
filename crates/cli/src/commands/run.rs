//! `waxwing run`: runs a program.

use crate::failure::{Explain, Failure, Result};
use crate::flags::cache::CacheFlags;
use crate::flags::engine::EngineFlags;
use crate::flags::limits::LimitFlags;
use crate::flags::profile::Profile;
use crate::flags::stats::{Format, Stats};
use crate::flags::trust::TrustOrNot;
use crate::flags::wasi::{Preload, WasiFlags};
use crate::invoke::{Invocation, exported_functions};
use crate::load::Loader;
use crate::output;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use waxwing::{InstancePre, Module};
use waxwing_program::guest::{Guest, State, initialize, is_command};

/// Run a program
#[derive(clap::Args, Debug)]
pub struct Run {
    /// Call this export with ARGS, print its results one a line, and do not call _start
    #[arg(long, value_name = "FUNC")]
    invoke: Option<String>,
    /// Make an instance of another module under this name, for the program to import from
    #[arg(long, value_name = "NAME=FILE")]
    preload: Vec<Preload>,
    /// Say on stderr, when the program has ended, what it used: instructions, fuel, time, memory
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
        long_help = crate::flags::stats::long_help()
    )]
    stats: Option<Format>,
    #[command(flatten)]
    wasi: WasiFlags,
    #[command(flatten)]
    limits: LimitFlags,
    #[command(flatten)]
    trust: TrustOrNot,
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

impl Run {
    /// Runs the program; its exit code is ours.
    pub fn main(mut self) -> Result<ExitCode> {
        self.engine.fuel.metered |= self.limits.fuel.is_some();
        let (file, args) = match self.file_and_args.split_first() {
            Some((file, args)) => (PathBuf::from(file), args),
            None => return Err(Failure::new("no file was named")),
        };
        let stats = self.stats.map(|format| Stats::new(format, &mut self.engine.fuel, &file));
        let loader = Loader::new(&self.engine, &self.cache, &self.trust)?;
        let module = loader.module(&file, self.trust.trust.signature.as_deref())?;
        let mut invocation = match &self.invoke {
            Some(name) => Some(Invocation::new(&module, &file, name, args)?),
            None => {
                check_is_command(&module, &file)?;
                None
            }
        };
        let guest_args = if invocation.is_some() { &[] } else { args };
        let wasi = self.wasi.wasi(&file, guest_args)?;
        let mut guest = Guest::new(&module, wasi, &self.limits)?;
        if let Some(stats) = &stats {
            guest.measure_host_calls(&stats.host);
        }
        let mut running = Duration::ZERO;
        let mut ended = match self.link(&loader, &mut guest, &module, &file)? {
            Ok(ready) => {
                let start = Instant::now();
                let ended = match invocation.as_mut() {
                    Some(invocation) => call(&mut guest, &ready, invocation),
                    None => guest.start(&ready),
                };
                running = start.elapsed();
                ended
            }
            Err(e) => Err(e),
        };
        if let Some(stats) = &stats {
            ended = guest.end_threads(ended);
            stats.report(&loader, &guest, running, self.limits.fuel);
        }
        if let Some(code) = guest.end(ended, &file)? {
            return Ok(code);
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
        guest: &mut Guest,
        module: &Module,
        file: &Path,
    ) -> Result<waxwing::Result<InstancePre<State>>> {
        let mut profiled = vec![module.clone()];
        for preload in &self.preload {
            let other = loader.module(&preload.file, None)?;
            profiled.push(other.clone());
            let ready = guest.linker.instantiate_pre(&mut guest.store, &other);
            let ready = ready.map_err(|e| Failure::engine(&e, &preload.file))?;
            let instance = match ready.instantiate(&mut guest.store) {
                Ok(instance) => instance,
                Err(e) => return Ok(Err(e)),
            };
            if let Err(e) = initialize(&mut guest.store, &instance) {
                return Ok(Err(e));
            }
            guest.linker.instance(&mut guest.store, &preload.name, instance).map_err(|e| {
                let at = format!("--preload {}={}", preload.name, preload.file.display());
                Failure::new(e.to_string()).at(at).help("choose another name")
            })?;
        }
        if let Some(profile) = self.profile {
            profile.show(&profiled)?;
        }
        guest.ready().map(Ok).map_err(|e| Failure::engine(&e, file))
    }
}

/// Whether there is anything to run; asked before anything has run.
fn check_is_command(module: &Module, file: &Path) -> Result<()> {
    if is_command(module.facts()) {
        return Ok(());
    }
    Err(Failure::new("the module is no program: it exports no function \"_start\"")
        .at_file(file)
        .help(format!("name a function to call with --invoke; {}", exported_functions(module))))
}

fn call(
    guest: &mut Guest,
    ready: &InstancePre<State>,
    invocation: &mut Invocation,
) -> waxwing::Result<()> {
    let instance = ready.instantiate(&mut guest.store)?;
    let Invocation { name, args, results } = invocation;
    initialize(&mut guest.store, &instance)?;
    match instance.get_func(&mut guest.store, name) {
        Some(func) => func.call(&mut guest.store, args, results),
        None => Err(waxwing::Error::msg(format!("the module exports no function \"{name}\""))),
    }
}
