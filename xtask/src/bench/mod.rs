//! `cargo xtask bench run`, `speed`, `compare`, `wasm3`, `fuel` and `lifecycle`: our runtime beside the peers
//! that are on PATH.
//!
//! Runs of all contestants are interleaved, so that a change of the machine's mood meets them all,
//! and medians are compared. A row without a contestant says so; it is never left out silently.

mod calls;
mod fuel;
mod kernels;
mod lifecycle;
mod report;
mod speed;
mod start;
mod wasm3;

use std::path::PathBuf;

use crate::flags::Flags;
use crate::process::answers;
use crate::runtime::{Dialect, Runtime};
use crate::{Result, places};

use report::Report;

/// What a bench run was asked for.
pub struct Plan {
    /// Our runtime; absent when it does not build or answer, and then only peers are measured.
    pub ours: Option<Runtime>,
    /// The peers on PATH.
    pub peers: Vec<Runtime>,
    /// Runs of each thing; the median counts.
    pub runs: usize,
    /// Fewer and shorter runs.
    pub quick: bool,
    /// Only rows whose name holds this.
    pub filter: String,
}

impl Plan {
    /// Whether a row of this name is wanted.
    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.filter)
    }

    /// Every contestant: ours first, then the peers.
    pub fn contestants(&self) -> Vec<&Runtime> {
        self.ours.iter().chain(&self.peers).collect()
    }
}

/// The verb.
///
/// # Errors
/// When flags are wrong, a compiler is absent, or a contestant fails at what it is asked.
pub fn main(args: &[String]) -> Result<bool> {
    // Those with flags of their own.
    match args.split_first() {
        Some((verb, rest)) if verb == "speed" => return speed::main(rest),
        Some((verb, rest)) if verb == "compare" => return speed::compare::main(rest),
        _ => {}
    }
    let mut flags = Flags::new(args);
    let json = flags.switch("--json");
    let quick = flags.switch("--quick");
    let filter = flags.option("--filter")?.unwrap_or_default();
    let ours = flags.option("--ours")?;
    let runs = match flags.option("--runs")? {
        Some(text) => text.parse().map_err(|_| format!("`--runs {text}`: no number"))?,
        None if quick => 1,
        None => 5,
    };
    let verb = flags.word();
    flags.finish()?;
    let verb = verb.as_deref().unwrap_or_default();
    if !["run", "wasm3", "fuel", "lifecycle"].contains(&verb) {
        return Err(format!(
            "`bench {verb}`: there are run, speed, compare, wasm3, fuel and lifecycle"
        ));
    }
    if runs == 0 {
        return Err("`--runs 0` measures nothing".to_owned());
    }
    let in_one_process = verb == "lifecycle";
    let ours = if in_one_process { None } else { contender(ours)? };
    let peers: Vec<Runtime> = Runtime::wasmtime().into_iter().collect();
    if peers.is_empty() && !in_one_process {
        eprintln!("note: no peer is on PATH (wasmtime); only ours is measured");
    }
    let plan = Plan { ours, peers, runs, quick, filter };
    let mut report = Report::new(json);
    warn_of_load();
    for runtime in plan.contestants().iter().filter(|_| !in_one_process) {
        eprintln!("contestant: {}", runtime.version());
    }
    if verb != "run" {
        let measure = match verb {
            "wasm3" => wasm3::measure,
            "fuel" => fuel::measure,
            _ => lifecycle::measure,
        };
        let measured = measure(&plan, &mut report);
        report.close();
        return measured.map(|()| true);
    }
    kernels::measure(&plan, &mut report)?;
    start::measure(&plan, &mut report)?;
    calls::measure(&plan, &mut report)?;
    report.close();
    Ok(true)
}

/// Says when the machine is busy with something else: then no figure is worth keeping.
fn warn_of_load() {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = text.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    if let Some(load) = load.filter(|&load| load > 0.5) {
        eprintln!("warning: the load average is {load}: figures of a busy machine are no figures");
    }
}

/// Our runtime: the program named, or the release build of this workspace.
fn contender(named: Option<String>) -> Result<Option<Runtime>> {
    let runtime = match named {
        Some(path) if path == "none" => return Ok(None),
        Some(path) => Runtime { program: PathBuf::from(path), dialect: Dialect::Waxwing },
        None => Runtime::ours()?,
    };
    if answers(&runtime.program, &["--version"]) {
        return Ok(Some(runtime));
    }
    Err(format!("`{} --version` does not answer", runtime.program.display()))
}

/// Where a contestant's precompiled files go; emptied when it was another build's.
pub fn artifacts() -> Result<PathBuf> {
    places::scratch("bench/artifacts")
}

/// A short name of a contestant for file names and rows.
pub fn name(runtime: &Runtime) -> &'static str {
    match runtime.dialect {
        Dialect::Waxwing => "waxwing",
        Dialect::Wasmtime => "wasmtime",
    }
}
