//! The runtimes that guests run under: ours, and a peer with which expectations can be proved.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{answers, must};
use crate::{Result, places};

/// Which command line a runtime understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Our own.
    Waxwing,
    /// Wasmtime's.
    Wasmtime,
}

/// A runtime: its program and its dialect.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// The program: a name to look up on PATH, or a path.
    pub program: PathBuf,
    /// What its command line looks like.
    pub dialect: Dialect,
}

/// One run of a guest, in no runtime's words.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// The module, or a precompiled file of the runtime's own.
    pub file: PathBuf,
    /// Whether `file` is precompiled.
    pub precompiled: bool,
    /// Whether a trap's backtrace is to have source lines.
    pub lines: bool,
    /// The guest's arguments after its name.
    pub args: Vec<String>,
    /// The guest's environment.
    pub env: Vec<(String, String)>,
    /// Mounted directories: the host's path and the guest's.
    pub dirs: Vec<(PathBuf, String)>,
    /// A deadline such as `300ms`.
    pub timeout: Option<String>,
    /// A socket to listen on and to hand in.
    pub listen: Option<SocketAddr>,
}

impl Runtime {
    /// The runtime of a name or path: `waxwing` is built from this workspace, anything else is
    /// taken as it is. A program whose file name holds `wasmtime` is spoken to as such.
    ///
    /// # Errors
    /// When ours does not build, or the program does not answer `--version`.
    pub fn named(name: &str) -> Result<Self> {
        if name == "waxwing" {
            return Self::ours();
        }
        let file = Path::new(name).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let dialect = if file.contains("wasmtime") { Dialect::Wasmtime } else { Dialect::Waxwing };
        if !answers(name, &["--version"]) {
            return Err(format!("`{name}` does not answer: is it on PATH?"));
        }
        Ok(Self { program: name.into(), dialect })
    }

    /// Our own runtime, built in release mode.
    ///
    /// # Errors
    /// When the build fails.
    pub fn ours() -> Result<Self> {
        eprintln!("building waxwing (release)");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        must(
            Command::new(cargo)
                .args(["build", "--release", "--package", "waxwing-cli", "--bin", "waxwing"])
                .current_dir(places::root()),
        )?;
        Ok(Self { program: places::target().join("release/waxwing"), dialect: Dialect::Waxwing })
    }

    /// Wasmtime, when it is on PATH.
    pub fn wasmtime() -> Option<Self> {
        Self::named("wasmtime").ok()
    }

    /// The command of a run. Caches are on, below the build directory.
    ///
    /// # Errors
    /// When the directory for caches cannot be made.
    pub fn command(&self, run: &Invocation) -> Result<Command> {
        let mut command = Command::new(&self.program);
        command.arg("run").env("XDG_CACHE_HOME", places::scratch("runtime-caches")?);
        match self.dialect {
            Dialect::Waxwing => self.waxwing_flags(&mut command, run),
            Dialect::Wasmtime => self.wasmtime_flags(&mut command, run),
        }
        for (host, guest) in &run.dirs {
            command.arg("--dir").arg(format!("{}::{guest}", host.display()));
        }
        for (name, value) in &run.env {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        command.arg(&run.file).args(&run.args);
        Ok(command)
    }

    /// The flags that only ours has.
    fn waxwing_flags(&self, command: &mut Command, run: &Invocation) {
        if run.precompiled {
            command.arg("--allow-unsigned");
        }
        if let Some(timeout) = &run.timeout {
            command.args(["--timeout", timeout]);
        }
        if let Some(at) = run.listen {
            command.args(["--tcplisten", &at.to_string()]);
        }
    }

    /// The flags that only wasmtime has.
    fn wasmtime_flags(&self, command: &mut Command, run: &Invocation) {
        command.env("WASMTIME_BACKTRACE_DETAILS", if run.lines { "1" } else { "0" });
        command.args(["-C", "cache=y"]);
        if run.precompiled {
            command.arg("--allow-precompiled");
        } else {
            // What it does not turn on by itself.
            command.args(["-W", "exceptions=y,gc=y,function-references=y"]);
        }
        if let Some(timeout) = &run.timeout {
            command.arg("-W").arg(format!("timeout={timeout}"));
        }
        if let Some(at) = run.listen {
            command.arg("-S").arg(format!("preview2=n,tcplisten={at}"));
        }
    }

    /// The command that compiles a module ahead of time.
    pub fn compile(&self, from: &Path, to: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("compile").arg(from).arg("-o").arg(to);
        command
    }

    /// What the program says of its version.
    pub fn version(&self) -> String {
        crate::process::must_say(Command::new(&self.program).arg("--version"))
            .unwrap_or_else(|_| self.program.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(dialect: Dialect, run: &Invocation) -> Vec<String> {
        let runtime = Runtime { program: "r".into(), dialect };
        let command = runtime.command(run).unwrap();
        command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn both_dialects_say_the_same() {
        let run = Invocation {
            file: "a.wasm".into(),
            args: vec!["x".into(), "-y".into()],
            env: vec![("K".into(), "V".into())],
            dirs: vec![("/h".into(), "/g".into())],
            timeout: Some("1s".into()),
            listen: Some("127.0.0.1:9".parse().unwrap()),
            ..Invocation::default()
        };
        let tail = ["--dir", "/h::/g", "--env", "K=V", "a.wasm", "x", "-y"];
        let mut ours = vec!["run", "--timeout", "1s", "--tcplisten", "127.0.0.1:9"];
        ours.extend(tail);
        assert_eq!(words(Dialect::Waxwing, &run), ours);
        let mut theirs = vec!["run", "-C", "cache=y"];
        theirs.extend(["-W", "exceptions=y,gc=y,function-references=y", "-W", "timeout=1s"]);
        theirs.extend(["-S", "preview2=n,tcplisten=127.0.0.1:9"]);
        theirs.extend(tail);
        assert_eq!(words(Dialect::Wasmtime, &run), theirs);
    }
}
