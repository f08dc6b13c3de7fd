//! Whole processes: compile time, start from a warm cache, peak memory.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::report::{Report, Row, Samples};
use crate::bench::{Plan, artifacts, name};
use crate::runtime::{Invocation, Runtime};
use crate::{Result, guests, process, realworld};

/// How starts are measured, for the report.
const START: &str = "starts: the whole process from spawn to exit, each runtime's own cache warm, runs \
                     interleaved";

/// How compiles are measured.
const COMPILE: &str = "compile: the runtime's `compile` of CPython (26 MB), all cores, no cache";

/// How memory is measured.
const PEAK: &str = "peak memory: largest resident set by wait4, started from a small fresh process";

/// A program that is started.
struct Subject {
    name: &'static str,
    file: fn() -> Result<PathBuf>,
    args: &'static [&'static str],
    /// Spawns of each contestant in a full bench, and in a quick one.
    spawns: (usize, usize),
    /// Goal of the start's ratio.
    start: f64,
    /// Goal of the memory's ratio, when there is one.
    memory: Option<f64>,
    /// Goal of our memory in MiB, when there is one.
    memory_mib: Option<f64>,
}

/// The smallest program and a large one.
const SUBJECTS: &[Subject] = &[
    Subject {
        name: "hello",
        file: hello,
        args: &[],
        spawns: (200, 20),
        start: 0.5,
        memory: None,
        memory_mib: Some(8.0),
    },
    Subject {
        name: "python",
        file: realworld::python,
        args: &["-c", "pass"],
        spawns: (20, 3),
        start: 0.8,
        memory: Some(0.7),
        memory_mib: None,
    },
];

/// The committed hello.
fn hello() -> Result<PathBuf> {
    Ok(guests::dir().join("hello.wasm"))
}

/// Measures all of it.
pub fn measure(plan: &Plan, report: &mut Report) -> Result<()> {
    if plan.wants("compile python") {
        let python = realworld::python()?;
        rows(plan, report, "compile python", "ms", plan.runs, COMPILE, 1.0, |runtime| {
            let to = artifacts()?.join(format!("python.{}", name(runtime)));
            millis(&mut runtime.compile(&python, &to))
        })?;
    }
    for subject in SUBJECTS {
        start(plan, report, subject)?;
        memory(plan, report, subject)?;
    }
    Ok(())
}

/// Milliseconds of one run.
fn millis(command: &mut Command) -> Result<f64> {
    Ok(process::time(command)?.as_secs_f64() * 1e3)
}

/// The command that starts a subject.
fn command(runtime: &Runtime, subject: &Subject, file: &Path) -> Result<Command> {
    runtime.command(&Invocation {
        file: file.to_owned(),
        args: subject.args.iter().map(|&arg| arg.to_owned()).collect(),
        ..Invocation::default()
    })
}

/// Start from a warm cache.
fn start(plan: &Plan, report: &mut Report, subject: &Subject) -> Result<()> {
    let title = format!("cached start {}", subject.name);
    if !plan.wants(&title) {
        return Ok(());
    }
    let file = (subject.file)()?;
    let spawns = if plan.quick { subject.spawns.1 } else { subject.spawns.0 };
    rows(plan, report, &title, "ms", spawns, START, subject.start, |runtime| {
        millis(&mut command(runtime, subject, &file)?)
    })
}

/// Peak memory from a warm cache.
fn memory(plan: &Plan, report: &mut Report, subject: &Subject) -> Result<()> {
    let title = format!("peak memory {}", subject.name);
    if !plan.wants(&title) {
        return Ok(());
    }
    let file = (subject.file)()?;
    let sample = |runtime: &Runtime| {
        Ok(process::peak_memory(&command(runtime, subject, &file)?)? as f64 / f64::from(1 << 20))
    };
    let (ours, peers) = sampled(plan, plan.runs, sample)?;
    for (peer, samples) in plan.peers.iter().zip(&peers) {
        let mut row = Row::of(&title, "MiB", &ours, samples).against(name(peer)).note(PEAK);
        row.goal = subject.memory;
        row.goal_absolute = subject.memory_mib;
        report.add(row);
    }
    if plan.peers.is_empty() {
        let mut row = Row::of(&title, "MiB", &ours, &Samples::default()).note(PEAK);
        row.goal_absolute = subject.memory_mib;
        report.add(row);
    }
    Ok(())
}

/// Interleaved samples of every contestant, after one run each that warms and does not count.
fn sampled(
    plan: &Plan,
    runs: usize,
    mut sample: impl FnMut(&Runtime) -> Result<f64>,
) -> Result<(Samples, Vec<Samples>)> {
    let mut ours = Samples::default();
    let mut peers = vec![Samples::default(); plan.peers.len()];
    for round in 0..=runs {
        if let Some(runtime) = &plan.ours {
            let value = sample(runtime)?;
            ours.0.extend((round > 0).then_some(value));
        }
        for (runtime, samples) in plan.peers.iter().zip(&mut peers) {
            let value = sample(runtime)?;
            samples.0.extend((round > 0).then_some(value));
        }
    }
    Ok((ours, peers))
}

/// Measures one thing and adds a row for each peer.
#[allow(clippy::too_many_arguments, reason = "each is one column of the row")]
fn rows(
    plan: &Plan,
    report: &mut Report,
    title: &str,
    unit: &'static str,
    runs: usize,
    note: &str,
    goal: f64,
    sample: impl FnMut(&Runtime) -> Result<f64>,
) -> Result<()> {
    let (ours, peers) = sampled(plan, runs, sample)?;
    for (peer, samples) in plan.peers.iter().zip(&peers) {
        let row = Row::of(title, unit, &ours, samples).against(name(peer));
        report.add(row.goal(goal).note(note));
    }
    if plan.peers.is_empty() {
        report.add(Row::of(title, unit, &ours, &Samples::default()).goal(goal).note(note));
    }
    Ok(())
}
