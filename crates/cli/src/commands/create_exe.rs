//! `waxwing create-exe`: makes an executable of a program and the runtime.

use crate::failure::{Explain, Failure, Result};
use crate::flags::Size;
use crate::flags::engine::EngineFlags;
use crate::flags::limits::LimitFlags;
use crate::flags::wasi::WasiFlags;
use crate::output::{note, write_program};
use crate::{load, progress};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use waxwing_artifact::bundle::{Settings, TRAILER, Trailer, executable};
use waxwing_artifact::{Artifact, ENGINE, is_artifact};
use waxwing_program::guest::is_command;

/// Make one executable of a program and the runtime, with what it is granted
#[derive(clap::Args, Debug)]
#[command(
    long_about = "Make one executable of a program and the runtime, with what it is granted.\n\n\
    It needs nothing else to run, under any name and in any directory. Its grants are those given \
    here: paths count from where it is started, and `--env NAME` inherits then. All arguments of \
    its command line are the program's."
)]
pub struct CreateExe {
    /// An argument of the program, before those of the command line; may be given several times
    #[arg(long = "arg", value_name = "ARG", allow_hyphen_values = true)]
    args: Vec<OsString>,
    /// The runtime to put into it [default: waxwing-launcher beside this command, else this command]
    #[arg(long, value_name = "FILE")]
    runtime: Option<PathBuf>,
    /// The program: binary or text
    file: PathBuf,
    /// Where to put the executable
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    #[command(flatten)]
    wasi: WasiFlags,
    #[command(flatten)]
    limits: LimitFlags,
    /// Have it take options as `waxwing run` does, before the program's arguments; `--` ends them
    #[arg(long, help_heading = "Grants")]
    grant_at_start: bool,
    #[command(flatten)]
    engine: EngineFlags,
}

impl CreateExe {
    /// Makes it; it appears as a whole or not at all.
    pub fn main(mut self) -> Result<ExitCode> {
        self.engine.fuel.metered |= self.limits.fuel.is_some();
        let (runtime_path, runtime) = self.runtime()?;
        let engine = self.engine.engine()?;
        let bytes = load::bytes(&self.file)?;
        if is_artifact(&bytes) {
            return Err(Failure::new("the program is compiled already")
                .at_file(&self.file)
                .help("give the module that it was compiled from"));
        }
        load::check_kind(&bytes, &self.file)?;
        let result = engine.precompile(&bytes);
        progress::clear();
        let failed = |e: &waxwing::Error| Failure::engine(e, &self.file);
        let artifact = result.map_err(|e| failed(&e))?;
        let parsed = Artifact::parse(&artifact);
        let parsed = parsed.map_err(|e| failed(&waxwing::Error::host(e)))?;
        if !is_command(&parsed.module().map_err(|e| failed(&waxwing::Error::host(e)))?) {
            return Err(Failure::new(
                "the module is no program: it exports no function \"_start\"",
            )
            .at_file(&self.file)
            .help("an executable begins at _start, as programs for wasm32-wasip1 do"));
        }
        let file = executable(&runtime, &parsed, &self.settings())
            .map_err(|e| failed(&waxwing::Error::host(e)))?;
        write_program(&self.output, &file, "executable")?;
        if self.engine.verbose {
            note(format_args!(
                "{}: {}, of which the program {} and the runtime {} ({})",
                self.output.display(),
                Size(file.len() as u64),
                Size(artifact.len() as u64),
                Size(runtime.len() as u64),
                runtime_path.display(),
            ));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What was granted, in the words that it will be read in.
    fn settings(&self) -> Settings {
        let options = [self.wasi.words(), self.limits.words(), self.engine.stack.words()].concat();
        Settings {
            options: options.into_iter().map(OsString::into_vec).collect(),
            args: self.args.iter().map(|arg| arg.as_bytes().to_vec()).collect(),
            options_at_start: self.grant_at_start,
        }
    }

    /// The runtime, and where it is.
    fn runtime(&self) -> Result<(PathBuf, Vec<u8>)> {
        if let Some(path) = &self.runtime {
            let bytes = load::bytes(path)?;
            check(&bytes, path)?;
            return Ok((path.clone(), bytes));
        }
        let own = std::env::current_exe().map_err(|e| {
            Failure::new(format!("cannot find the runtime: {e}")).help("name it with --runtime")
        })?;
        let launcher = own.with_file_name("waxwing-launcher");
        if launcher.is_file() {
            let bytes = load::bytes(&launcher)?;
            match check(&bytes, &launcher) {
                Ok(()) => return Ok((launcher, bytes)),
                Err(_) => note(format_args!(
                    "{} is of another version; this command serves as the runtime",
                    launcher.display()
                )),
            }
        }
        let bytes = load::bytes(&own)?;
        Ok((own, bytes))
    }
}

/// Whether a file can be the runtime of what this command compiles.
fn check(bytes: &[u8], path: &Path) -> Result<()> {
    let wrong = |what: &str| {
        Err(Failure::new(what).at_file(path).help(
            "--runtime takes waxwing-launcher, or waxwing itself, built from the same source as \
             this command",
        ))
    };
    if !bytes.starts_with(b"\x7fELF") || waxwing_artifact::is_artifact(bytes) {
        return wrong("the runtime is no executable");
    }
    let trailer = bytes.last_chunk::<TRAILER>();
    if trailer.is_some_and(|t| !matches!(Trailer::read(t, bytes.len() as u64), Ok(None))) {
        return wrong("the runtime has a program in it already");
    }
    // It compares artifacts with this text, so that it has it.
    let engine = OsStr::new(ENGINE).as_bytes();
    if !bytes.windows(engine.len()).any(|window| window == engine) {
        return wrong("the runtime is of another version, and would refuse the program");
    }
    Ok(())
}
