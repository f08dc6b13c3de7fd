//! `cargo xtask realworld`: programs that others wrote, fetched or built from the registries, and
//! run with checks of their output. Beside them run the guests of our own.
//!
//! Each program has a sidecar under `tests/realworld` in the format of the guests', and a function
//! here that makes its module below the build directory, where it is kept.

mod fetch;
mod native;
pub mod programs;

use std::path::{Path, PathBuf};

use crate::case::{Suite, Tally};
use crate::flags::Flags;
use crate::runtime::Runtime;
use crate::{Result, guests, places};

/// A program: its name (that of its sidecar) and the function that makes its module.
struct Program {
    name: &'static str,
    make: fn() -> Result<PathBuf>,
}

/// Every program, the dearest to build last.
const PROGRAMS: &[Program] = &[
    Program { name: "python", make: fetch::python },
    Program { name: "lua", make: programs::lua },
    Program { name: "quickjs", make: programs::quickjs },
    Program { name: "sqlite", make: programs::sqlite },
    Program { name: "go", make: fetch::go },
    Program { name: "rust", make: fetch::rust },
];

/// Where sidecars, scripts and drivers are.
pub fn dir() -> PathBuf {
    places::root().join("tests/realworld")
}

/// The module of CPython, for benches.
///
/// # Errors
/// When it cannot be fetched.
pub fn python() -> Result<PathBuf> {
    fetch::python()
}

/// The module of SQLite, for benches.
///
/// # Errors
/// When it cannot be built.
pub fn sqlite() -> Result<PathBuf> {
    programs::sqlite()
}

/// The verb.
///
/// # Errors
/// When flags are wrong or the runtime is absent. A program that cannot be made is a failed case.
pub fn main(args: &[String]) -> Result<bool> {
    let mut flags = Flags::new(args);
    let filter = flags.option("--filter")?.unwrap_or_default();
    let runtime = flags.option("--runtime")?.unwrap_or_else(|| "waxwing".to_owned());
    let (bless, list) = (flags.switch("--bless"), flags.switch("--list"));
    flags.finish()?;
    if list {
        PROGRAMS.iter().for_each(|program| println!("{}", program.name));
        return Ok(true);
    }
    let runtime = Runtime::named(&runtime)?;
    println!("runtime: {}", runtime.version());
    let suite = Suite { runtime: &runtime, filter: &filter, bless };
    let mut tally = Tally::default();
    guests::run(&suite, &mut tally)?;
    for program in PROGRAMS {
        if wanted(program, &filter)? {
            run(program, &suite, &mut tally)?;
        }
    }
    Ok(tally.close())
}

/// Whether any case of a program passes the filter: what is not wanted is not built either.
fn wanted(program: &Program, filter: &str) -> Result<bool> {
    let sidecar = crate::case::Sidecar::read(&sidecar(program.name))?;
    Ok(sidecar.case.iter().any(|case| format!("{} {}", program.name, case.name).contains(filter)))
}

/// The sidecar of a program.
fn sidecar(name: &str) -> PathBuf {
    dir().join(name).with_extension("toml")
}

/// Makes and runs one program.
fn run(program: &Program, suite: &Suite<'_>, tally: &mut Tally) -> Result<()> {
    let module = match (program.make)() {
        Ok(module) => module,
        Err(fail) => {
            tally.count(&format!("{} (build)", program.name), Err(fail));
            return Ok(());
        }
    };
    suite.run(program.name, &sidecar(program.name), &module, tally)?;
    if program.name == "sqlite" {
        tally.count("sqlite like native", native::sqlite_agrees(&sidecar("sqlite")));
    }
    Ok(())
}

/// Whether a made file is older than what it is made from, or absent.
pub fn stale(made: &Path, from: &[PathBuf]) -> bool {
    let when = |path: &Path| path.metadata().and_then(|facts| facts.modified()).ok();
    let Some(made) = when(made) else { return true };
    from.iter().any(|path| when(path).is_none_or(|time| time > made))
}
