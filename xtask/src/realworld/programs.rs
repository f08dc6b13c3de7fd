//! Programs in C, built for WASI from the sources that crates of the registry carry.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::process::{must, must_say};
use crate::realworld::{dir, stale};
use crate::toolchain::{Compiler, Target};
use crate::{Result, places};

/// The crates whose C sources are built, pinned: the outputs expected depend on them.
const SOURCES: &[(&str, &str)] =
    &[("lua-src", "551.1.0"), ("rquickjs-sys", "0.14.0"), ("libsqlite3-sys", "0.40.0")];

/// Parts of POSIX that the libc emulates when asked to.
const EMULATED: &[&str] = &["SIGNAL", "PROCESS_CLOCKS", "MMAN", "GETPID"];

/// What SQLite is built with, for the guest and for this machine alike.
const SQLITE: &[&str] = &[
    "-DSQLITE_THREADSAFE=0",
    "-DSQLITE_OMIT_LOAD_EXTENSION",
    "-DSQLITE_OMIT_WAL",
    // A small cache and temporary files make it read, write and seek.
    "-DSQLITE_TEMP_STORE=1",
    "-DSQLITE_DEFAULT_CACHE_SIZE=-200",
];

/// Where a crate of [`SOURCES`] has its files, fetched by cargo when absent.
fn source(name: &str) -> Result<PathBuf> {
    let scratch = places::scratch("realworld/sources")?;
    let mut manifest = String::from(
        "[package]\nname = \"sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [lib]\npath = \"lib.rs\"\n[workspace]\n[dependencies]\n",
    );
    for (name, version) in SOURCES {
        manifest.push_str(&format!("{name} = \"={version}\"\n"));
    }
    places::write(&scratch.join("Cargo.toml"), manifest)?;
    places::write(&scratch.join("lib.rs"), "")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1"]).current_dir(&scratch);
    let facts: Value = serde_json::from_str(&must_say(&mut command)?)
        .map_err(|e| format!("cargo metadata: {e}"))?;
    let packages = facts["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    packages
        .iter()
        .find(|package| package["name"] == name)
        .and_then(|package| package["manifest_path"].as_str())
        .and_then(|path| PathBuf::from(path).parent().map(PathBuf::from))
        .ok_or_else(|| format!("cargo metadata knows no place of {name}"))
}

/// Compiles sources to `target/realworld/NAME`, unless what is there is newer.
fn compile(
    name: &str,
    target: Target,
    sources: &[PathBuf],
    flags: impl FnOnce(&mut Command),
) -> Result<PathBuf> {
    let made = places::scratch("realworld")?.join(name);
    if !stale(&made, sources) {
        return Ok(made);
    }
    eprintln!("building {name}");
    let mut command = Compiler::find()?.command(target, false);
    command.args(["-O2", "-w"]).args(sources).arg("-o").arg(&made);
    flags(&mut command);
    if target == Target::Wasi {
        command.arg("-Wl,--strip-all");
        for part in EMULATED {
            command.arg(format!("-D_WASI_EMULATED_{part}"));
            command.arg(format!("-lwasi-emulated-{}", part.to_lowercase().replace('_', "-")));
        }
    } else {
        command.arg("-lm");
    }
    must(&mut command)?;
    Ok(made)
}

/// Lua 5.4 with our driver. Left out are its own two programs and the libraries that want more
/// of an operating system than WASI has.
pub fn lua() -> Result<PathBuf> {
    const LEFT_OUT: &[&str] = &["lua", "luac", "loslib", "linit", "loadlib", "onelua", "ltests"];
    let from = source("lua-src")?.join("lua-5.4.9");
    let mut sources = places::list(&from, &[".c"])?;
    sources.retain(|path| !LEFT_OUT.contains(&places::stem(path).as_str()));
    sources.push(dir().join("lua_driver.c"));
    compile("lua.wasm", Target::Wasi, &sources, |command| {
        command.arg("-I").arg(dir().join("shim")).arg("-I").arg(&from);
    })
}

/// QuickJS with our driver.
pub fn quickjs() -> Result<PathBuf> {
    let from = source("rquickjs-sys")?.join("quickjs");
    let mut sources: Vec<PathBuf> = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"]
        .iter()
        .map(|name| from.join(name))
        .collect();
    sources.push(dir().join("quickjs_driver.c"));
    compile("quickjs.wasm", Target::Wasi, &sources, |command| {
        command.arg("-D_GNU_SOURCE").arg("-I").arg(&from);
    })
}

/// SQLite with our driver, for a target.
fn sqlite_for(name: &str, target: Target) -> Result<PathBuf> {
    let from = source("libsqlite3-sys")?.join("sqlite3");
    let sources = [from.join("sqlite3.c"), dir().join("sqlite_driver.c")];
    compile(name, target, &sources, |command| {
        command.args(SQLITE).arg("-I").arg(&from);
    })
}

/// SQLite with our driver, as a guest.
pub fn sqlite() -> Result<PathBuf> {
    sqlite_for("sqlite.wasm", Target::Wasi)
}

/// SQLite with our driver, for this machine.
pub fn sqlite_native() -> Result<PathBuf> {
    sqlite_for("sqlite-native", Target::Native)
}
