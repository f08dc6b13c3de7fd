//! Those who run programs: native builds, ours, and the peers that are on PATH, each with the words of
//! its own command line.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::speed::build::Tuning;
use crate::bench::speed::text;
use crate::bench::wasm3::node;
use crate::process::{answers, must_say};
use crate::{Result, places};

/// What a contestant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The program itself, built by the same compiler.
    Native(Tuning),
    /// Ours.
    Waxwing,
    /// Wasmtime, by Cranelift.
    Wasmtime,
    /// Wasmer, by the compiler of this flag.
    Wasmer(&'static str),
    /// WasmEdge, compiled ahead of time.
    WasmEdge,
    /// WAMR, compiled ahead of time by `wamrc`.
    Wamr,
    /// Node's V8, every function by TurboFan before it runs.
    Node,
}

/// Someone who runs programs.
#[derive(Clone, Debug)]
pub struct Contestant {
    /// What rows call it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its program; nothing for native builds.
    pub program: PathBuf,
}

/// A run, in no contestant's words.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What is run: an artifact of the contestant's, or an executable.
    pub file: PathBuf,
    /// The arguments after its name, as the guest or the native program sees them.
    pub args: Vec<String>,
    /// Directories of the host and their names in the guest.
    pub dirs: Vec<(PathBuf, String)>,
}

/// The peers by name, and how they are asked whether they are there.
const PEERS: &[(&str, Kind, &str, &[&str])] = &[
    ("wasmtime", Kind::Wasmtime, "wasmtime", &["--version"]),
    ("wasmer-singlepass", Kind::Wasmer("--singlepass"), "wasmer", &["--version"]),
    ("wasmer-cranelift", Kind::Wasmer("--cranelift"), "wasmer", &["--version"]),
    ("wasmer-llvm", Kind::Wasmer("--llvm"), "wasmer", &["--version"]),
    ("wasmedge", Kind::WasmEdge, "wasmedge", &["--version"]),
    ("wamr", Kind::Wamr, "wamrc", &["--version"]),
    // An older node's WASI writes to where a memory was before it grew, so one is fetched if need be.
    ("node", Kind::Node, "node", &["--no-warnings", "-e", "require('node:wasi')"]),
];

/// The peers that answer, of those whose name begins like one of a list; all for an empty list.
///
/// # Errors
/// When one is asked for by name that nobody has, or that does not answer.
pub fn peers(wanted: &[&str]) -> Result<Vec<Contestant>> {
    for name in wanted {
        if !PEERS.iter().any(|(peer, ..)| peer.starts_with(name)) {
            let all: Vec<&str> = PEERS.iter().map(|(peer, ..)| *peer).collect();
            return Err(format!("no peer is called `{name}`: there are {}", all.join(", ")));
        }
    }
    let mut found = Vec::new();
    for &(name, kind, program, asked) in PEERS {
        let named = wanted.iter().any(|wanted| name.starts_with(wanted));
        if !(wanted.is_empty() || named) {
            continue;
        }
        let at = if kind == Kind::Node { node() } else { Ok(program.into()) };
        let answers = at.as_ref().is_ok_and(|program: &PathBuf| answers(program, asked));
        let peer = at.map(|program| Contestant { name: name.to_owned(), kind, program });
        match peer {
            Ok(peer) if answers && peer.compiles() => found.push(peer),
            Err(fail) if named => return Err(fail),
            _ if named => return Err(format!("{name} does not answer: is `{program}` on PATH?")),
            _ => {}
        }
    }
    Ok(found)
}

impl Contestant {
    /// A native build.
    pub fn native(tuning: Tuning) -> Self {
        let name = match tuning {
            Tuning::March => "native-march",
            _ => "native",
        };
        Self { name: name.to_owned(), kind: Kind::Native(tuning), program: PathBuf::new() }
    }

    /// Ours, by the path of its program.
    pub fn ours(name: &str, program: PathBuf) -> Self {
        Self { name: name.to_owned(), kind: Kind::Waxwing, program }
    }

    /// What it says of its version.
    pub fn version(&self) -> String {
        must_say(Command::new(&self.program).arg("--version"))
            .map(|said| said.lines().next().unwrap_or_default().to_owned())
            .unwrap_or_default()
    }

    /// Whether a wasmer was built with the compiler in question, and whether WAMR's compiler has its
    /// runtime beside it; others need not be asked.
    fn compiles(&self) -> bool {
        match self.kind {
            Kind::Wasmer(_) => {}
            Kind::Wamr => return answers("iwasm", &["--version"]),
            _ => return true,
        }
        // A module of nothing.
        let Ok(dir) = places::scratch("bench/speed/artifacts") else { return false };
        let (from, to) = (dir.join("nothing.wasm"), dir.join("nothing.out"));
        places::write(&from, b"\0asm\x01\0\0\0").is_ok()
            && self.compile(&from, &to).is_some_and(|mut c| crate::process::must(&mut c).is_ok())
    }

    /// The command that compiles a module ahead of time; none for those who compile when they run.
    pub fn compile(&self, from: &Path, to: &Path) -> Option<Command> {
        let mut command = Command::new(&self.program);
        match self.kind {
            Kind::Native(_) | Kind::Node => return None,
            Kind::Waxwing | Kind::Wasmtime => {
                command.arg("compile").arg(from).arg("-o").arg(to);
            }
            Kind::Wasmer(flag) => {
                command.args(["compile", flag]).arg(from).arg("-o").arg(to);
            }
            Kind::WasmEdge => {
                command.args(["compile", "--optimize", "3"]).arg(from).arg(to);
            }
            Kind::Wamr => {
                command.args(["--opt-level=3", "-o"]).arg(to).arg(from);
            }
        }
        Some(command)
    }

    /// The end of the names of its artifacts.
    pub fn extension(&self) -> &'static str {
        match self.kind {
            Kind::Native(_) => "exe",
            Kind::Waxwing => "wxn",
            Kind::Wasmtime => "cwasm",
            Kind::Wasmer(_) => "wasmu",
            Kind::WasmEdge => "so",
            Kind::Wamr => "aot",
            Kind::Node => "wasm",
        }
    }

    /// The command of a run.
    pub fn run(&self, run: &Run) -> Command {
        let mut command = match self.kind {
            Kind::Native(_) => Command::new(&run.file),
            Kind::Wamr => Command::new("iwasm"),
            _ => Command::new(&self.program),
        };
        let joined =
            |(host, guest): &(PathBuf, String)| (host.display().to_string(), guest.clone());
        let dirs: Vec<(String, String)> = run.dirs.iter().map(joined).collect();
        match self.kind {
            Kind::Native(_) => {}
            Kind::Waxwing | Kind::Wasmtime => {
                let flag = match self.kind {
                    Kind::Waxwing => "--allow-unsigned",
                    _ => "--allow-precompiled",
                };
                command.args(["run", flag]);
                for (host, guest) in &dirs {
                    command.arg("--dir").arg(format!("{host}::{guest}"));
                }
                command.arg(&run.file);
            }
            Kind::Wasmer(flag) => {
                command.args(["run", flag]);
                for (host, guest) in &dirs {
                    command.arg("--volume").arg(format!("{host}:{guest}"));
                }
                command.arg(&run.file);
                // What follows is the guest's.
                command.arg("--");
            }
            Kind::WasmEdge => {
                command.arg("run");
                for (host, guest) in &dirs {
                    command.arg("--dir").arg(format!("{guest}:{host}"));
                }
                command.arg(&run.file);
            }
            Kind::Wamr => {
                for (host, guest) in &dirs {
                    command.arg(format!("--map-dir={guest}::{host}"));
                }
                command.arg(&run.file);
            }
            Kind::Node => {
                command.args(["--no-warnings", "--no-liftoff", "--no-wasm-lazy-compilation"]);
                command.arg(places::root().join("benches/speed/run.mjs"));
                for (host, guest) in &dirs {
                    command.arg(format!("--dir={guest}={host}"));
                }
                command.arg(&run.file);
            }
        }
        command.args(&run.args);
        command
    }

    /// Bytes of machine code in an artifact of its own: its text where the file is ELF, else the whole
    /// file. None for those who have no file.
    pub fn code_bytes(&self, artifact: &Path) -> Option<u64> {
        if self.kind == Kind::Node {
            return None;
        }
        let bytes = std::fs::read(artifact).ok()?;
        Some(text::bytes(&bytes).unwrap_or(bytes.len() as u64))
    }

    /// Whether the size is that of its machine code alone: sizes of files are not compared with it.
    pub fn has_text(&self) -> bool {
        matches!(self.kind, Kind::Waxwing | Kind::Wasmtime | Kind::Native(_) | Kind::WasmEdge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> String {
        crate::process::show(command)
    }

    #[test]
    fn nobody_is_called_so() {
        let fail = peers(&["wasmtoast"]).err().unwrap_or_default();
        assert!(fail.contains("`wasmtoast`") && fail.contains("wasmtime"), "{fail}");
    }

    #[test]
    fn everyone_gets_directories_and_arguments() {
        let run = Run {
            file: "a".into(),
            args: vec!["x".into(), "-y".into()],
            dirs: vec![("/h".into(), "/g".into())],
        };
        for (kind, want) in [
            (Kind::Waxwing, "p run --allow-unsigned --dir /h::/g a x -y"),
            (Kind::Wasmtime, "p run --allow-precompiled --dir /h::/g a x -y"),
            (Kind::Wasmer("--llvm"), "p run --llvm --volume /h:/g a -- x -y"),
            (Kind::WasmEdge, "p run --dir /g:/h a x -y"),
            (Kind::Wamr, "iwasm --map-dir=/g::/h a x -y"),
            (Kind::Native(Tuning::Native), "a x -y"),
        ] {
            let who = Contestant { name: String::new(), kind, program: "p".into() };
            assert_eq!(words(&who.run(&run)), want);
        }
        let node = Contestant { name: String::new(), kind: Kind::Node, program: "p".into() };
        assert!(words(&node.run(&run)).ends_with("run.mjs --dir=/g=/h a x -y"));
    }
}
