//! Programs in C, built for WASI from the sources that crates of the registry carry.

use std::path::PathBuf;

use crate::process::must;
use crate::realworld::{dir, stale};
use crate::toolchain::{Compiler, Target};
use crate::{Result, places, sources};

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

/// A library as it is compiled into a program, without a driver.
pub struct Library {
    /// The C sources.
    pub sources: Vec<PathBuf>,
    /// Definitions and places of headers.
    pub flags: Vec<String>,
}

impl Library {
    /// Adds a source: the program that drives the library.
    fn driven_by(mut self, driver: &str) -> Self {
        self.sources.push(dir().join(driver));
        self
    }
}

/// Flags of the compiler and the linker for what the libc emulates.
pub fn emulated() -> (Vec<String>, Vec<String>) {
    let library = |part: &&str| part.to_lowercase().replace('_', "-");
    let defined = EMULATED.iter().map(|part| format!("-D_WASI_EMULATED_{part}"));
    let linked = EMULATED.iter().map(|part| format!("-lwasi-emulated-{}", library(part)));
    (defined.collect(), linked.collect())
}

/// Compiles a library with its driver to `target/realworld/NAME`, unless what is there is newer.
fn compile(name: &str, target: Target, library: &Library) -> Result<PathBuf> {
    let made = places::scratch("realworld")?.join(name);
    if !stale(&made, &library.sources) {
        return Ok(made);
    }
    eprintln!("building {name}");
    let mut command = Compiler::find()?.command(target, false);
    command.args(["-O2", "-w"]).args(&library.sources).arg("-o").arg(&made).args(&library.flags);
    if target == Target::Wasi {
        let (defined, linked) = emulated();
        command.arg("-Wl,--strip-all").args(defined).args(linked);
    } else {
        command.arg("-lm");
    }
    must(&mut command)?;
    Ok(made)
}

/// Lua 5.4 with what our driver needs. Left out are its own two programs and the libraries that want
/// more of an operating system than WASI has.
///
/// # Errors
/// When the sources cannot be fetched.
pub fn lua_library() -> Result<Library> {
    const LEFT_OUT: &[&str] = &["lua", "luac", "loslib", "linit", "loadlib", "onelua", "ltests"];
    let from = sources::of("lua-src")?.join("lua-5.4.9");
    let mut sources = places::list(&from, &[".c"])?;
    sources.retain(|path| !LEFT_OUT.contains(&places::stem(path).as_str()));
    let shim = dir().join("shim");
    let flags = vec![format!("-I{}", shim.display()), format!("-I{}", from.display())];
    Ok(Library { sources, flags }.driven_by("lua_driver.c"))
}

/// QuickJS with our driver.
///
/// # Errors
/// When the sources cannot be fetched.
pub fn quickjs_library() -> Result<Library> {
    let from = sources::of("rquickjs-sys")?.join("quickjs");
    let sources = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"];
    let sources = sources.iter().map(|name| from.join(name)).collect();
    let flags = vec!["-D_GNU_SOURCE".to_owned(), format!("-I{}", from.display())];
    Ok(Library { sources, flags }.driven_by("quickjs_driver.c"))
}

/// SQLite without a driver and without our settings.
///
/// # Errors
/// When the sources cannot be fetched.
pub fn sqlite_library() -> Result<Library> {
    let from = sources::of("libsqlite3-sys")?.join("sqlite3");
    Ok(Library {
        sources: vec![from.join("sqlite3.c")],
        flags: vec![format!("-I{}", from.display())],
    })
}

/// Lua with our driver, as a guest.
pub fn lua() -> Result<PathBuf> {
    compile("lua.wasm", Target::Wasi, &lua_library()?)
}

/// QuickJS with our driver, as a guest.
pub fn quickjs() -> Result<PathBuf> {
    compile("quickjs.wasm", Target::Wasi, &quickjs_library()?)
}

/// SQLite with our driver, for a target.
fn sqlite_for(name: &str, target: Target) -> Result<PathBuf> {
    let mut library = sqlite_library()?.driven_by("sqlite_driver.c");
    library.flags.extend(SQLITE.iter().map(|&flag| flag.to_owned()));
    compile(name, target, &library)
}

/// SQLite with our driver, as a guest.
pub fn sqlite() -> Result<PathBuf> {
    sqlite_for("sqlite.wasm", Target::Wasi)
}

/// SQLite with our driver, for this machine.
pub fn sqlite_native() -> Result<PathBuf> {
    sqlite_for("sqlite-native", Target::Native)
}
