//! `cargo xtask bench fuel`: what metering costs, on the compute kernels.
//!
//! Each kernel is compiled with and without metering, by us and by the peer, and all four run in
//! turns. A ratio is metered ÷ unmetered of the same contestant.

use std::path::Path;
use std::process::Command;

use crate::bench::kernels::{SCALAR, build, rounds};
use crate::bench::report::{Report, Row, Samples};
use crate::bench::{Plan, artifacts, name};
use crate::process::must;
use crate::runtime::{Dialect, Runtime};
use crate::toolchain::Compiler;
use crate::{Result, places};

/// How the figures come about, for the report.
const NOTE: &str = "fuel: metered / unmetered of the contestant that is named; kernels time \
                    themselves inside the guest; run from files compiled ahead of time";

/// More than any kernel takes.
const PLENTY: &str = "1000000000000000";

/// What our metered kernels may take of the unmetered ones, geometric mean.
const GOAL: f64 = 1.08;

/// Measures every kernel, and sums up.
pub fn measure(plan: &Plan, report: &mut Report) -> Result<()> {
    let compiler = Compiler::find()?;
    let contestants = plan.contestants();
    let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
    for source in places::list(&places::root().join("benches/kernels"), &[".c"])? {
        let title = format!("fuel {}", places::stem(&source));
        if !plan.wants(&title) {
            continue;
        }
        let module = build(&compiler, &source, &SCALAR)?;
        for (at, row) in one(plan, &contestants, &module, &title)?.into_iter().enumerate() {
            ratios[at].extend(row.ratio);
            report.add(row);
        }
    }
    for (runtime, ratios) in contestants.iter().zip(&ratios) {
        if ratios.len() > 1 {
            let row = Row::summary("fuel geomean", ratios).against(name(runtime)).note(NOTE);
            report.add(if runtime.dialect == Dialect::Waxwing { row.goal(GOAL) } else { row });
        }
    }
    Ok(())
}

/// Measures one kernel: a row for each contestant, metered beside unmetered.
fn one(plan: &Plan, contestants: &[&Runtime], module: &Path, title: &str) -> Result<Vec<Row>> {
    let mut commands = Vec::new();
    for runtime in contestants {
        commands.push(command(runtime, module, true)?);
        commands.push(command(runtime, module, false)?);
    }
    let samples = rounds(plan, &mut commands, title)?;
    let pairs = contestants.iter().zip(samples.chunks_exact(2));
    let row = |(runtime, pair): (&&Runtime, &[Samples])| {
        Row::of(title, "ms", &pair[0], &pair[1]).against(name(runtime)).note(NOTE)
    };
    Ok(pairs.map(row).collect())
}

/// The command that runs a kernel from a file compiled ahead of time.
fn command(runtime: &Runtime, module: &Path, metered: bool) -> Result<Command> {
    let kind = if metered { "metered" } else { "plain" };
    let file = format!("{}.{}.{kind}", places::stem(module), name(runtime));
    let artifact = artifacts()?.join(file);
    let mut compile = runtime.compile(module, &artifact);
    let mut run = Command::new(&runtime.program);
    run.arg("run");
    let fuel = format!("fuel={PLENTY}");
    match (runtime.dialect, metered) {
        (Dialect::Waxwing, true) => {
            compile.arg("--metered");
            run.args(["--allow-unsigned", "--fuel", PLENTY]);
        }
        (Dialect::Waxwing, false) => {
            run.arg("--allow-unsigned");
        }
        (Dialect::Wasmtime, true) => {
            compile.args(["-W", &fuel]);
            run.args(["--allow-precompiled", "-W", &fuel]);
        }
        (Dialect::Wasmtime, false) => {
            run.arg("--allow-precompiled");
        }
    }
    must(&mut compile)?;
    run.arg(artifact);
    Ok(run)
}
