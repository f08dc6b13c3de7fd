//! A guest's sidecar (its format: `tests/guests/README.md`) and the run of one case of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde::Deserialize;

use crate::process::{self, Input};
use crate::runtime::{Dialect, Invocation, Runtime};
use crate::{Result, places};

/// The sidecar of one guest.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// Compiler flags in place of the usual ones.
    pub compile: Option<Vec<String>>,
    /// The encoding of C++'s exceptions, `final` or `legacy`; without it they are off.
    pub exceptions: Option<String>,
    /// The runs, at least one.
    #[serde(default)]
    pub case: Vec<Case>,
}

/// One run of a guest and what has to come of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Tells cases of one guest apart; empty for an only case.
    #[serde(default)]
    pub name: String,
    /// Arguments after the program's name.
    #[serde(default)]
    pub args: Vec<String>,
    /// The whole environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Where a fresh and empty directory is mounted.
    pub dir: Option<String>,
    /// Files beside the sidecar that are copied into that directory first.
    #[serde(default)]
    pub files: Vec<String>,
    /// The directory is what the case before left, instead of empty.
    #[serde(default)]
    pub keep_dir: bool,
    /// What is fed to stdin; then it ends.
    #[serde(default)]
    pub stdin: String,
    /// Feeds `stdin` this many times over.
    pub stdin_times: Option<usize>,
    /// Stdin stays open and silent instead.
    #[serde(default)]
    pub stdin_open: bool,
    /// The exit code wanted.
    #[serde(default)]
    pub exit: i32,
    /// A trap is wanted instead (exit code 134), and stderr has this phrase of the specification.
    pub trap: Option<String>,
    /// Texts that stderr must have.
    #[serde(default)]
    pub stderr_has: Vec<String>,
    /// A deadline; the guest must be ended by it (exit code 124).
    pub timeout: Option<String>,
    /// Texts sent over connections to the listening socket, one each, expected back.
    #[serde(default)]
    pub say: Vec<String>,
    /// Sends each of `say` this many times over.
    pub say_times: Option<usize>,
    /// Why the peer cannot run this case; it is left out under the peer only.
    pub beyond_peer: Option<String>,
}

/// The exit code of a trap, and of the peer's deadline.
const TRAPPED: i32 = 134;
/// The exit code of our deadline, as coreutils' `timeout` has it.
const TIMED_OUT: i32 = 124;

impl Sidecar {
    /// Reads a sidecar.
    ///
    /// # Errors
    /// When it is absent, malformed, or has no case.
    pub fn read(path: &Path) -> Result<Self> {
        let text = places::read(path)?;
        let sidecar: Self =
            toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        if sidecar.case.is_empty() {
            return Err(format!("{}: no [[case]]", path.display()));
        }
        Ok(sidecar)
    }
}

impl Case {
    /// The file of the expected stdout, beside the sidecar.
    pub fn golden(&self, sidecar: &Path) -> PathBuf {
        match self.name.as_str() {
            "" => sidecar.with_extension("expected"),
            name => sidecar.with_extension(format!("{name}.expected")),
        }
    }

    /// Runs the case. `scratch` is a directory that may be emptied, `sources` the sidecar's.
    ///
    /// # Errors
    /// When the runtime cannot be started or a connection fails.
    pub fn run(
        &self,
        runtime: &Runtime,
        guest: &Path,
        sources: &Path,
        scratch: &Path,
    ) -> Result<Output> {
        let mut run = Invocation {
            file: guest.to_owned(),
            args: self.args.clone(),
            env: self.env.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            timeout: self.timeout.clone(),
            lines: true,
            ..Invocation::default()
        };
        if let Some(dir) = &self.dir {
            if !self.keep_dir {
                places::fresh_dir(scratch)?;
            }
            for name in &self.files {
                places::write(&scratch.join(name), places::read_bytes(&sources.join(name))?)?;
            }
            run.dirs.push((scratch.to_owned(), dir.clone()));
        }
        if !self.say.is_empty() {
            let at = process::free_address()?;
            run.listen = Some(at);
            let times = self.say_times.unwrap_or(1);
            let say: Vec<String> = self.say.iter().map(|text| text.repeat(times)).collect();
            return process::run_server(&mut runtime.command(&run)?, at, &say);
        }
        let input = if self.stdin_open {
            Input::Open
        } else {
            Input::Bytes(self.stdin.repeat(self.stdin_times.unwrap_or(1)).into_bytes())
        };
        process::run(&mut runtime.command(&run)?, input)
    }

    /// Compares a run with what was wanted.
    ///
    /// # Errors
    /// Says every difference.
    pub fn verify(&self, output: &Output, expected: &[u8], dialect: Dialect) -> Result<()> {
        let mut wrong = Vec::new();
        let ended = self.trap.is_some() || self.timeout.is_some();
        let want = match (self.timeout.is_some(), dialect) {
            (true, Dialect::Waxwing) => TIMED_OUT,
            _ if ended => TRAPPED,
            _ => self.exit,
        };
        if output.status.code() != Some(want) {
            wrong.push(format!("ended with {}, wanted exit code {want}", output.status));
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        for text in self.trap.iter().chain(&self.stderr_has) {
            if !stderr.contains(text.as_str()) {
                wrong.push(format!("stderr has no `{text}`"));
            }
        }
        // A guest that nothing ended has nothing to say beyond its own words; ours adds none.
        if dialect == Dialect::Waxwing && !ended && stderr.contains("panicked at") {
            wrong.push("the runtime panicked".to_owned());
        }
        if output.stdout != expected {
            wrong.push(first_difference(&output.stdout, expected));
        }
        if wrong.is_empty() {
            return Ok(());
        }
        if !stderr.is_empty() {
            wrong.push(format!("stderr:\n{stderr}"));
        }
        Err(wrong.join("\n"))
    }
}

/// One sidecar's program and how it is to be run.
pub struct Suite<'a> {
    /// The runtime.
    pub runtime: &'a Runtime,
    /// Only cases whose full name holds this are run.
    pub filter: &'a str,
    /// Whether expected outputs are written anew.
    pub bless: bool,
}

impl Suite<'_> {
    /// Runs every case of a sidecar over a module and counts them. `title` begins their names.
    ///
    /// # Errors
    /// When the sidecar is malformed or a golden file is absent.
    pub fn run(&self, title: &str, sidecar: &Path, guest: &Path, tally: &mut Tally) -> Result<()> {
        // A directory of this process, so that two runs do not meet in it.
        let scratch = places::scratch("guests-run")?.join(std::process::id().to_string());
        let sources = sidecar.parent().unwrap_or(sidecar);
        let cases = Sidecar::read(sidecar)?.case;
        let full = |case: &Case| format!("{title} {}", case.name).trim_end().to_owned();
        let wanted = |case: &Case| full(case).contains(self.filter);
        // Cases that go on where another ended are run all or not at all.
        let chained = cases.iter().any(|case| case.keep_dir) && cases.iter().any(wanted);
        for case in &cases {
            let name = &full(case);
            if !chained && !wanted(case) {
                continue;
            }
            if case.beyond_peer.is_some() && self.runtime.dialect != Dialect::Waxwing {
                tally.beyond += 1;
                continue;
            }
            let outcome = case.run(self.runtime, guest, sources, &scratch).and_then(|output| {
                let golden = case.golden(sidecar);
                if self.bless {
                    places::write(&golden, &output.stdout)?;
                }
                let expected = places::read_bytes(&golden)?;
                case.verify(&output, &expected, self.runtime.dialect)
            });
            tally.count(name, outcome);
        }
        places::remove_dir(&scratch)
    }
}

/// How many cases passed and failed.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    /// Cases that did as expected.
    pub passed: usize,
    /// Cases that did not.
    pub failed: usize,
    /// Cases that a peer cannot run.
    pub beyond: usize,
}

impl Tally {
    /// Counts and prints one case.
    pub fn count(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok    {name}");
            }
            Err(why) => {
                self.failed += 1;
                println!("FAIL  {name}\n{}", indent(&why));
            }
        }
    }

    /// Prints the closing line and says whether all was well.
    pub fn close(self) -> bool {
        if self.beyond > 0 {
            println!("{} left out: beyond the peer", self.beyond);
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0 && self.passed > 0
    }
}

/// Moves a text to the right, and takes out the middle when it is endless.
fn indent(text: &str) -> String {
    const KEPT: usize = 25;
    let mut lines: Vec<String> = text.lines().map(|line| format!("      {line}")).collect();
    if lines.len() > 2 * KEPT {
        lines.splice(KEPT..lines.len() - KEPT, ["      ...".to_owned()]);
    }
    lines.join("\n")
}

/// Says where two outputs first differ, by line.
pub fn first_difference(got: &[u8], want: &[u8]) -> String {
    let (got, want) = (String::from_utf8_lossy(got), String::from_utf8_lossy(want));
    let mut lines = (1usize.., got.lines(), want.lines());
    for number in lines.0 {
        match (lines.1.next(), lines.2.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let show = |line: Option<&str>| line.map_or("the end".into(), |l| format!("`{l}`"));
                return format!("stdout line {number}: got {}, wanted {}", show(a), show(b));
            }
        }
    }
    format!("stdout differs in its line ends: got {} bytes, wanted {}", got.len(), want.len())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    fn output(code: i32, stdout: &str, stderr: &str) -> Output {
        let status = ExitStatus::from_raw(code << 8);
        Output { status, stdout: stdout.into(), stderr: stderr.into() }
    }

    #[test]
    fn a_good_run_passes() {
        let case = Case { exit: 3, stderr_has: vec!["bye".into()], ..Case::default() };
        case.verify(&output(3, "a\n", "good bye"), b"a\n", Dialect::Waxwing).unwrap();
    }

    #[test]
    fn each_difference_fails() {
        let case = Case { exit: 3, stderr_has: vec!["bye".into()], ..Case::default() };
        for bad in [output(0, "a\n", "bye"), output(3, "b\n", "bye"), output(3, "a\n", "")] {
            assert!(case.verify(&bad, b"a\n", Dialect::Waxwing).is_err());
        }
        let trap = Case { trap: Some("unreachable".into()), ..Case::default() };
        assert!(trap.verify(&output(0, "", "unreachable"), b"", Dialect::Waxwing).is_err());
        assert!(trap.verify(&output(134, "", "other"), b"", Dialect::Waxwing).is_err());
        trap.verify(&output(134, "", "wasm unreachable"), b"", Dialect::Waxwing).unwrap();
        let deadline = Case { timeout: Some("1s".into()), ..Case::default() };
        assert!(deadline.verify(&output(0, "", ""), b"", Dialect::Waxwing).is_err());
        deadline.verify(&output(124, "", ""), b"", Dialect::Waxwing).unwrap();
        deadline.verify(&output(134, "", ""), b"", Dialect::Wasmtime).unwrap();
    }

    #[test]
    fn a_sidecar_rejects_unknown_keys() {
        assert!(toml::from_str::<Sidecar>("[[case]]\nargz = []\n").is_err());
        let good: Sidecar = toml::from_str("[[case]]\nargs = ['a']\nexit = 7\n").unwrap();
        assert_eq!((good.case[0].exit, good.case[0].args.len()), (7, 1));
    }

    #[test]
    fn differences_name_their_line() {
        assert!(first_difference(b"a\nb\n", b"a\nc\n").contains("line 2"));
        assert!(first_difference(b"a\n", b"a\nc\n").contains("the end"));
        assert!(first_difference(b"a\n", b"a").contains("line ends"));
    }
}
