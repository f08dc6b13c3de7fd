//! Run time of the compute kernels under `benches/kernels`.
//!
//! A kernel times itself by the monotonic clock, so neither compilation nor start is in its figure;
//! it is run from a file compiled ahead of time besides. Its checksum has to equal that of the native
//! build by the same compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::bench::report::{Report, Row, Samples};
use crate::bench::{Plan, artifacts, name};
use crate::process::must;
use crate::runtime::{Invocation, Runtime};
use crate::toolchain::{Compiler, Target};
use crate::{Result, places};

/// How the figures come about, for the report.
const NOTE: &str =
    "kernels time themselves inside the guest; run from files compiled ahead of time";

/// One build of the kernels.
pub struct Variant {
    name: &'static str,
    flags: &'static [&'static str],
}

/// Scalar code.
pub const SCALAR: Variant = Variant { name: "scalar", flags: &[] };

/// Scalar code, and code with 128-bit vectors.
const VARIANTS: &[Variant] = &[SCALAR, Variant { name: "simd", flags: &["-msimd128"] }];

/// Flags of every build. Fused products would change checksums.
const FLAGS: &[&str] = &["-O3", "-ffp-contract=off"];

/// Measures every kernel in every variant, and sums up.
pub fn measure(plan: &Plan, report: &mut Report) -> Result<()> {
    let dir = places::root().join("benches/kernels");
    let sources = places::list(&dir, &[".c"])?;
    for variant in VARIANTS {
        let title = |source: &Path| format!("kernel {} {}", variant.name, places::stem(source));
        let wanted: Vec<&PathBuf> = sources.iter().filter(|s| plan.wants(&title(s))).collect();
        let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); plan.peers.len() + 1];
        for source in &wanted {
            for (at, row) in one(plan, variant, source, &title(source))?.into_iter().enumerate() {
                ratios[at].extend(row.ratio);
                report.add(row);
            }
        }
        if wanted.len() < 2 {
            continue;
        }
        let peers = plan.peers.iter().map(name).chain(["native"]);
        for (peer, ratios) in peers.zip(&ratios) {
            if ratios.len() < 2 {
                continue;
            }
            let row = Row::summary(&format!("kernels {} geomean", variant.name), ratios);
            let row = row.against(peer).note(NOTE);
            report.add(if peer == "native" { row } else { row.goal(1.0) });
        }
    }
    Ok(())
}

/// Measures one kernel: a row for each peer, and one beside the native build.
fn one(plan: &Plan, variant: &Variant, source: &Path, title: &str) -> Result<Vec<Row>> {
    let compiler = Compiler::find()?;
    let module = build(&compiler, source, variant)?;
    let native = compile_native(&compiler, source)?;
    let contestants = plan.contestants();
    let mut commands = Vec::new();
    for runtime in &contestants {
        commands.push(precompiled(runtime, &module)?);
    }
    commands.push(Command::new(&native));
    let samples = rounds(plan, &mut commands, title)?;
    let none = Samples::default();
    let ours = if plan.ours.is_some() { &samples[0] } else { &none };
    let first_peer = usize::from(plan.ours.is_some());
    let mut rows = Vec::new();
    for (peer, samples) in plan.peers.iter().zip(&samples[first_peer..]) {
        rows.push(Row::of(title, "ms", ours, samples).against(name(peer)).note(NOTE));
    }
    let native = &samples[samples.len() - 1];
    rows.push(Row::of(title, "ms", ours, native).against("native").note(NOTE));
    Ok(rows)
}

/// The milliseconds that a kernel says it took.
///
/// # Errors
/// When it says nothing of the kind.
pub fn own_time(output: &Output, title: &str) -> Result<f64> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    stderr
        .lines()
        .find_map(|line| line.strip_prefix("ns ")?.parse::<f64>().ok())
        .map(|ns| ns / 1e6)
        .ok_or_else(|| format!("{title} says no time: {stderr}"))
}

/// The module of a kernel, built below the build directory.
pub fn build(compiler: &Compiler, source: &Path, variant: &Variant) -> Result<PathBuf> {
    let file = format!("{}.{}.wasm", places::stem(source), variant.name);
    let made = places::scratch("bench/kernels")?.join(file);
    let mut command = compiler.command(Target::Wasi, false);
    command.args(FLAGS).args(variant.flags).arg("-Wl,--strip-all").arg(source);
    must(command.arg("-o").arg(&made))?;
    Ok(made)
}

/// The native build of a kernel by the same compiler.
fn compile_native(compiler: &Compiler, source: &Path) -> Result<PathBuf> {
    let made = places::scratch("bench/kernels")?.join(format!("{}.native", places::stem(source)));
    let mut command = compiler.command(Target::Native, false);
    must(command.args(FLAGS).arg(source).arg("-o").arg(&made).arg("-lm"))?;
    Ok(made)
}

/// The command that runs a module from a file compiled ahead of time.
fn precompiled(runtime: &Runtime, module: &Path) -> Result<Command> {
    let file = format!("{}.{}", places::stem(module), name(runtime));
    let artifact = artifacts()?.join(file);
    must(&mut runtime.compile(module, &artifact))?;
    runtime.command(&Invocation { file: artifact, precompiled: true, ..Invocation::default() })
}

/// Runs all commands as often as is wanted, in turns; the time of each by its own word. All must say the same
/// checksum.
///
/// # Errors
/// When one fails, says no time, or another checksum.
pub fn rounds(plan: &Plan, commands: &mut [Command], title: &str) -> Result<Vec<Samples>> {
    let mut samples = vec![Samples::default(); commands.len()];
    let mut checksum = None;
    // One round that does not count warms files and clocks; a quick bench goes without.
    let warm = usize::from(!plan.quick);
    for round in 0..plan.runs + warm {
        for (command, samples) in commands.iter_mut().zip(&mut samples) {
            let output = must(command)?;
            let sum = output.stdout.clone();
            if *checksum.get_or_insert_with(|| sum.clone()) != sum {
                return Err(format!("{title}: another checksum from {:?}", command.get_program()));
            }
            if round >= warm {
                samples.0.push(own_time(&output, title)?);
            }
        }
    }
    Ok(samples)
}
