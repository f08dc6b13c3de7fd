//! Compiling a program for every contestant and running it by all of them in turns.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::bench::kernels::own_time;
use crate::bench::report::Samples;
use crate::bench::speed::build::{Builder, Tuning};
use crate::bench::speed::contestant::{Contestant, Kind, Run};
use crate::bench::speed::figure::Figure;
use crate::bench::speed::suite::{self, Program, SCRATCH, SCRIPTS};
use crate::case::first_difference;
use crate::process::{self, show};
use crate::{Result, places};

/// What guests call the directory of our scripts, and the one that is empty.
const GUEST_SCRIPTS: &str = "/scripts";
const GUEST_SCRATCH: &str = "/scratch";

/// How often and in what way programs are run.
pub struct Way<'a> {
    /// Builds them.
    pub builder: &'a Builder,
    /// Everyone but the native builds.
    pub contestants: &'a [Contestant],
    /// Whether the native builds run too.
    pub natives: bool,
    /// How modules are built.
    pub variants: &'a [Tuning],
    /// How often each is run.
    pub turns: Turns,
}

/// How often everyone runs a program.
#[derive(Clone, Copy)]
pub struct Turns {
    /// Runs of each; the median counts.
    pub runs: usize,
    /// Whether one more run of each, first, warms caches and measures memory.
    pub warm: bool,
}

/// What came of one contestant's compiling a module.
#[derive(Clone)]
struct Artifact {
    file: PathBuf,
    compile_ms: Option<f64>,
    code_bytes: Option<u64>,
}

/// Measures programs, keeping what was compiled for the next one of the same module.
pub struct Measurer<'a> {
    way: Way<'a>,
    artifacts: BTreeMap<String, Option<Artifact>>,
    /// What went wrong: each is one line of a report, and none of it stops a bench.
    pub failures: Vec<String>,
}

/// One contestant with one build of the program.
struct Lane<'a> {
    contestant: &'a Contestant,
    variant: &'static str,
    artifact: Artifact,
    command: Command,
    samples: Samples,
    peak: Option<u64>,
    out: bool,
}

impl<'a> Measurer<'a> {
    /// Starts with nothing compiled.
    pub fn new(way: Way<'a>) -> Self {
        Self { way, artifacts: BTreeMap::new(), failures: Vec::new() }
    }

    /// Measures a program.
    ///
    /// # Errors
    /// When it cannot be built. A contestant that fails at it is noted and left out.
    pub fn program(&mut self, suite: &str, program: &Program) -> Result<Vec<Figure>> {
        let title = format!("{suite} {}", program.name);
        let natives = [Contestant::native(Tuning::Native), Contestant::native(Tuning::March)];
        let mut lanes: Vec<Lane<'_>> = Vec::new();
        for native in natives.iter().filter(|_| self.way.natives) {
            let Kind::Native(tuning) = native.kind else { continue };
            if let Some(file) = program.module.file(self.way.builder, tuning)? {
                lanes.push(Lane::new(native, "", Artifact::executable(native, file), program)?);
            }
        }
        for &tuning in self.way.variants {
            let Some(module) = program.module.file(self.way.builder, tuning)? else { continue };
            for contestant in self.way.contestants {
                if let Some(artifact) = self.artifact(contestant, &module, &title) {
                    lanes.push(Lane::new(contestant, tuning.name(), artifact, program)?);
                }
            }
        }
        let scratch = scratch_dir()?;
        let empty = program.args.iter().any(|arg| arg.contains(SCRATCH)).then_some(&*scratch);
        self.failures.extend(rounds(&mut lanes, self.way.turns, empty, &title)?);
        Ok(lanes.iter().filter_map(|lane| lane.figure(suite, &program.name)).collect())
    }

    /// Compiles a module once; none when the contestant cannot.
    fn artifact(&mut self, who: &Contestant, module: &Path, title: &str) -> Option<Artifact> {
        let key = format!("{}.{}", places::stem(module), who.name);
        if let Some(known) = self.artifacts.get(&key) {
            return known.clone();
        }
        let made = compile(who, module, &key);
        let made = made.map_err(|fail| self.failures.push(format!("{title}: {fail}"))).ok();
        self.artifacts.insert(key, made.clone());
        made
    }
}

/// Runs all lanes in turns; what went wrong. Who fails, or prints something else than those before it, is
/// out. `empty` is a directory that is emptied before each run.
fn rounds(
    lanes: &mut [Lane<'_>],
    turns: Turns,
    empty: Option<&Path>,
    title: &str,
) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    let mut expected: Option<Vec<u8>> = None;
    let warm = usize::from(turns.warm);
    for round in 0..turns.runs + warm {
        for lane in lanes.iter_mut().filter(|lane| !lane.out) {
            if let Some(dir) = empty {
                places::fresh_dir(dir)?;
            }
            let ran = if round < warm {
                process::peak_memory(&lane.command).map(|peak| lane.peak = Some(peak))
            } else {
                process::must(&mut lane.command).and_then(|output| {
                    lane.samples.0.push(judge(&output, &mut expected, title)?);
                    Ok(())
                })
            };
            if let Err(fail) = ran {
                let line = format!("{title}, {} {}: {fail}", lane.contestant.name, lane.variant);
                eprintln!("FAIL  {line}");
                failures.push(line);
                lane.out = true;
            }
        }
    }
    Ok(failures)
}

/// The milliseconds of a run whose output has to be that of the runs before it.
fn judge(output: &Output, expected: &mut Option<Vec<u8>>, title: &str) -> Result<f64> {
    let want = expected.get_or_insert_with(|| output.stdout.clone());
    if *want != output.stdout {
        return Err(format!("another output: {}", first_difference(&output.stdout, want)));
    }
    own_time(output, title)
}

/// Compiles a module ahead of time, where that is done, and times it.
fn compile(who: &Contestant, module: &Path, key: &str) -> Result<Artifact> {
    let to = places::scratch("bench/speed/artifacts")?.join(format!("{key}.{}", who.extension()));
    let Some(mut command) = who.compile(module, &to) else {
        return Ok(Artifact { file: module.to_owned(), compile_ms: None, code_bytes: None });
    };
    let took = process::time(&mut command)
        .map_err(|fail| format!("{} cannot compile it: {fail}", who.name))?;
    let code_bytes = who.code_bytes(&to);
    Ok(Artifact { file: to, compile_ms: Some(took.as_secs_f64() * 1e3), code_bytes })
}

/// The directory that is empty before each run.
fn scratch_dir() -> Result<PathBuf> {
    // One of this process, so that two benches do not meet in it.
    places::scratch("bench/speed").map(|dir| dir.join(format!("run-{}", std::process::id())))
}

/// Removes what runs have left.
///
/// # Errors
/// When it cannot be removed.
pub fn clean() -> Result<()> {
    places::remove_dir(&scratch_dir()?)
}

impl Artifact {
    /// A native build.
    fn executable(who: &Contestant, file: PathBuf) -> Self {
        let code_bytes = who.code_bytes(&file);
        Self { file, compile_ms: None, code_bytes }
    }
}

impl<'a> Lane<'a> {
    /// A lane at its start.
    fn new(
        contestant: &'a Contestant,
        variant: &'static str,
        artifact: Artifact,
        program: &Program,
    ) -> Result<Self> {
        let native = matches!(contestant.kind, Kind::Native(_));
        let command = contestant.run(&run(&artifact.file, program, native)?);
        let samples = Samples::default();
        Ok(Self { contestant, variant, artifact, command, samples, peak: None, out: false })
    }

    /// What was measured; none when it has failed.
    fn figure(&self, suite: &str, program: &str) -> Option<Figure> {
        if self.out {
            return None;
        }
        Some(Figure {
            suite: suite.to_owned(),
            program: program.to_owned(),
            variant: self.variant.to_owned(),
            contestant: self.contestant.name.clone(),
            ms: self.samples.median()?,
            least_ms: self.samples.min()?,
            runs: self.samples.0.len(),
            compile_ms: self.artifact.compile_ms,
            code_bytes: self.artifact.code_bytes,
            code_is_text: self.contestant.has_text(),
            peak_bytes: self.peak,
        })
    }
}

/// A program's run: what stands for directories becomes their name in the guest, or of the host.
fn run(file: &Path, program: &Program, native: bool) -> Result<Run> {
    let mut run = Run { file: file.to_owned(), ..Run::default() };
    let places = [(SCRIPTS, GUEST_SCRIPTS, suite::dir()), (SCRATCH, GUEST_SCRATCH, scratch_dir()?)];
    run.args.clone_from(&program.args);
    for (stand_in, guest, host) in places {
        if !run.args.iter().any(|arg| arg.contains(stand_in)) {
            continue;
        }
        let seen = if native { host.display().to_string() } else { guest.to_owned() };
        for arg in &mut run.args {
            *arg = arg.replace(stand_in, &seen);
        }
        if !native {
            run.dirs.push((host, guest.to_owned()));
        }
    }
    Ok(run)
}

/// How a lane would be run by hand.
pub fn by_hand(contestant: &Contestant, file: &Path, program: &Program) -> Result<String> {
    let native = matches!(contestant.kind, Kind::Native(_));
    Ok(show(&contestant.run(&run(file, program, native)?)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn output(stdout: &str, stderr: &str) -> Output {
        Output { status: ExitStatus::from_raw(0), stdout: stdout.into(), stderr: stderr.into() }
    }

    #[test]
    fn unequal_outputs_are_reported_with_their_difference() {
        let mut expected = None;
        judge(&output("sum 1\n", "ns 1000000\n"), &mut expected, "t").unwrap();
        let fail = judge(&output("sum 2\n", "ns 1000000\n"), &mut expected, "t").unwrap_err();
        assert!(fail.contains("`sum 2`") && fail.contains("`sum 1`"), "{fail}");
    }

    /// A lane that says this on stdout, and a time.
    fn lane<'a>(contestant: &'a Contestant, said: &str) -> Lane<'a> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("echo {said}; echo ns 1000 >&2"));
        let artifact = Artifact { file: PathBuf::new(), compile_ms: None, code_bytes: None };
        let samples = Samples::default();
        Lane { contestant, variant: "", artifact, command, samples, peak: None, out: false }
    }

    #[test]
    fn who_prints_something_else_is_a_failure_and_has_no_figure() {
        let native = Contestant::native(Tuning::Native);
        let wrong = Contestant::ours("wrong", PathBuf::new());
        let gone = Contestant::ours("gone", PathBuf::new());
        let mut lanes = vec![lane(&native, "1"), lane(&wrong, "2"), lane(&gone, "1; exit 3;")];
        let turns = Turns { runs: 2, warm: false };
        let failures = rounds(&mut lanes, turns, None, "t").unwrap();
        assert_eq!(failures.len(), 2, "{failures:?}");
        assert!(failures[0].contains("t, wrong") && failures[0].contains("another output"));
        assert!(failures[1].contains("t, gone"));
        let ran: Vec<Option<usize>> =
            lanes.iter().map(|lane| lane.figure("s", "p").map(|figure| figure.runs)).collect();
        assert_eq!(ran, [Some(2), None, None]);
    }

    #[test]
    fn a_run_without_a_time_is_no_run() {
        assert!(judge(&output("sum 1\n", "hello\n"), &mut None, "t").is_err());
        assert_eq!(judge(&output("sum 1\n", "ns 2500000\n"), &mut None, "t"), Ok(2.5));
    }
}
