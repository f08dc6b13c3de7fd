//! `cargo xtask guests`: the programs under `tests/guests`.
//!
//! - `build` (the default) compiles every source to the module beside it,
//! - `check` compiles to a scratch place and compares with what is committed,
//! - `run` runs every case through a runtime and compares its output.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::{Sidecar, Suite, Tally};
use crate::flags::Flags;
use crate::process::must;
use crate::runtime::Runtime;
use crate::toolchain::{Compiler, Target};
use crate::{Result, places};

/// Flags of every C guest that names none itself.
const C_FLAGS: &[&str] = &["-O2", "-Wl,--strip-all"];

/// Flags of every C++ guest that names none itself.
const CPP_FLAGS: &[&str] = &["-Os", "-Wl,--strip-all", "-std=c++20", "-fno-exceptions"];

/// Flags of every C and C++ guest. Paths in debug information are relative to the sources.
const ALL_FLAGS: &[&str] = &["-Wall", "-Wextra", "-ffile-compilation-dir=.", "-ffp-contract=off"];

/// The largest module that may be committed, in bytes.
const MOST: usize = 768 << 10;

/// Where the guests are.
pub fn dir() -> PathBuf {
    places::root().join("tests/guests")
}

/// The verb.
///
/// # Errors
/// When flags are wrong, a compiler or a runtime is absent, or a file cannot be read or written.
pub fn main(args: &[String]) -> Result<bool> {
    let mut flags = Flags::new(args);
    let filter = flags.option("--filter")?.unwrap_or_default();
    let runtime = flags.option("--runtime")?.unwrap_or_else(|| "waxwing".to_owned());
    let bless = flags.switch("--bless");
    let verb = flags.word().unwrap_or_else(|| "build".to_owned());
    flags.finish()?;
    match verb.as_str() {
        "build" => build(&filter, &dir()),
        "check" => check(&filter),
        "run" => {
            let mut tally = Tally::default();
            let runtime = Runtime::named(&runtime)?;
            run(&Suite { runtime: &runtime, filter: &filter, bless }, &mut tally)?;
            Ok(tally.close())
        }
        other => Err(format!("`guests {other}`: there are build, check and run")),
    }
}

/// The sources, sorted.
fn sources(filter: &str) -> Result<Vec<PathBuf>> {
    let mut all = places::list(&dir(), &[".c", ".cpp", ".wat"])?;
    all.retain(|source| places::stem(source).contains(filter));
    if all.is_empty() {
        return Err(format!("no guest's name holds `{filter}`"));
    }
    Ok(all)
}

/// Compiles guests into a directory.
fn build(filter: &str, into: &Path) -> Result<bool> {
    let compiler = Compiler::find()?;
    if !compiler.is_pinned() {
        eprintln!(
            "note: built by {}, so the bytes will not be the committed ones",
            compiler.name()
        );
    }
    for source in sources(filter)? {
        let to = into.join(places::stem(&source)).with_extension("wasm");
        compile(&compiler, &source, &to)?;
        let size = places::read_bytes(&to)?.len();
        println!("{:<16} {:>7} bytes", places::stem(&source), size);
        if size > MOST {
            return Err(format!("{} is larger than {MOST} bytes", to.display()));
        }
    }
    Ok(true)
}

/// Compiles one guest.
fn compile(compiler: &Compiler, source: &Path, to: &Path) -> Result<()> {
    let kind = source.extension().unwrap_or_default().to_string_lossy().into_owned();
    if kind == "wat" {
        let bytes = wat::parse_file(source).map_err(|e| e.to_string())?;
        return places::write(to, bytes);
    }
    let cpp = kind == "cpp";
    let sidecar = Sidecar::read(&source.with_extension("toml"))?;
    let usual = || if cpp { CPP_FLAGS } else { C_FLAGS }.iter().map(|&f| f.to_owned()).collect();
    let mut command: Command = compiler.command(Target::Wasi, cpp);
    command.args(ALL_FLAGS).args(sidecar.compile.unwrap_or_else(usual));
    // Relative, and from the sources' directory: no path of this machine gets into the module.
    let name = source.file_name().unwrap_or_default();
    match sidecar.exceptions.as_deref() {
        None => {
            command.arg(name);
        }
        Some(encoding @ ("final" | "legacy")) => {
            command.args(compiler.exceptions(encoding == "legacy")?);
            command.arg(name).args(compiler.exception_sources()?);
        }
        Some(other) => return Err(format!("`exceptions = \"{other}\"`: final or legacy")),
    }
    command.arg("-o").arg(to).current_dir(dir());
    must(&mut command)?;
    Ok(())
}

/// Compiles to a scratch place and compares.
fn check(filter: &str) -> Result<bool> {
    let scratch = places::scratch("guests-check")?;
    build(filter, &scratch)?;
    let mut tally = Tally::default();
    for source in sources(filter)? {
        let name = format!("{}.wasm", places::stem(&source));
        let same =
            places::read_bytes(&scratch.join(&name))? == places::read_bytes(&dir().join(&name))?;
        let stale = || "differs from its source: run `cargo xtask guests`".to_owned();
        tally.count(&name, if same { Ok(()) } else { Err(stale()) });
    }
    Ok(tally.close())
}

/// Runs every case of every guest.
///
/// # Errors
/// When a sidecar is malformed.
pub fn run(suite: &Suite<'_>, tally: &mut Tally) -> Result<()> {
    for source in sources("")? {
        let title = format!("guest {}", places::stem(&source));
        let guest = source.with_extension("wasm");
        suite.run(&title, &source.with_extension("toml"), &guest, tally)?;
    }
    Ok(())
}
