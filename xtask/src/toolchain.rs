//! The C and C++ compilers for guests: zig from PyPI at a pinned version, or clang with wasi-libc.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{answers, must, must_say};
use crate::{Result, places};

/// The version of PyPI's `ziglang` whose output is committed.
pub const ZIG_VERSION: &str = "0.17.1";

/// What a source is compiled for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// WASI preview 1.
    Wasi,
    /// This machine.
    Native,
}

/// A compiler that can build for WASI and for this machine.
pub enum Compiler {
    /// Zig's driver of clang, with its own libc and libc++; the path of the program.
    Zig(PathBuf),
    /// Debian's clang with the packages `wasi-libc` and `libclang-rt-22-dev-wasm32`.
    Clang(String),
}

impl Compiler {
    /// Finds a compiler: the pinned zig where Python has it, else in an environment made below the
    /// build directory, else clang.
    ///
    /// # Errors
    /// When there is none and none can be installed.
    pub fn find() -> Result<Self> {
        if let Some(zig) = zig_of("python3") {
            return Ok(Self::Zig(zig));
        }
        match install_zig() {
            Ok(zig) => Ok(Self::Zig(zig)),
            Err(fail) => clang().map(Self::Clang).ok_or_else(|| {
                format!(
                    "no compiler for guests: neither zig nor clang.\n{fail}\nEither \
                     `pip install ziglang=={ZIG_VERSION}` or install clang, lld, wasi-libc and \
                     compiler-rt for wasm32"
                )
            }),
        }
    }

    /// Whether its output is byte for byte what is committed.
    pub fn is_pinned(&self) -> bool {
        matches!(self, Self::Zig(_))
    }

    /// A name for messages and reports.
    pub fn name(&self) -> String {
        match self {
            Self::Zig(_) => format!("zig {ZIG_VERSION}"),
            Self::Clang(clang) => clang.clone(),
        }
    }

    /// The command that compiles; the caller adds flags, sources and `-o`.
    pub fn command(&self, target: Target, cpp: bool) -> Command {
        match self {
            Self::Zig(zig) => {
                let mut command = Command::new(zig);
                command.arg(if cpp { "c++" } else { "cc" });
                if target == Target::Wasi {
                    command.args(["-target", "wasm32-wasi"]);
                }
                // Zig checks for undefined behaviour unless told otherwise; and its own place
                // must not be in what it makes.
                command.arg("-fno-sanitize=all");
                if let Some(dir) = zig.parent() {
                    command.arg(format!("-ffile-prefix-map={}=zig", dir.display()));
                }
                command
            }
            Self::Clang(clang) => {
                let mut command = Command::new(if cpp {
                    clang.replace("clang", "clang++")
                } else {
                    clang.clone()
                });
                if target == Target::Wasi {
                    command.args(["--target=wasm32-wasi", "--sysroot=/usr"]);
                }
                command
            }
        }
    }
}

impl Compiler {
    /// The directory of zig's libraries: the sources of C++'s runtime are there.
    fn libraries(&self) -> Result<PathBuf> {
        match self {
            Self::Zig(zig) => Ok(zig.with_file_name("lib")),
            Self::Clang(_) => {
                Err("exceptions need zig: clang's libc++abi is built without".to_owned())
            }
        }
    }

    /// The flags that turn C++'s exceptions on, in the final or the legacy encoding.
    ///
    /// # Errors
    /// When the compiler comes without the runtime that they need.
    pub fn exceptions(&self, legacy: bool) -> Result<Vec<String>> {
        let lib = self.libraries()?;
        let mut flags: Vec<String> = [
            "-mcpu=generic+exception_handling",
            "-fwasm-exceptions",
            "-mllvm",
            if legacy { "-wasm-use-legacy-eh=true" } else { "-wasm-use-legacy-eh=false" },
            "-D_LIBUNWIND_HIDE_SYMBOLS",
            "-D_LIBCXXABI_BUILDING_LIBRARY",
            "-D_LIBCPP_BUILDING_LIBRARY",
            "-DLIBCXX_BUILDING_LIBCXXABI",
            "-D_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS",
            "-D_LIBCXXABI_HAS_NO_THREADS",
            "-D_LIBCPP_HAS_NO_THREADS",
        ]
        .map(str::to_owned)
        .to_vec();
        for dir in ["libcxxabi/include", "libcxxabi/src", "libcxx/src", "libcxx/include"] {
            flags.push(format!("-I{}", lib.join(dir).display()));
        }
        flags.push(format!("-I{}", lib.join("libunwind/include").display()));
        Ok(flags)
    }

    /// The parts of C++'s runtime that throw and catch, which the compiler's own build leaves out:
    /// sources, to be named after those of the program.
    ///
    /// # Errors
    /// As [`Compiler::exceptions`].
    pub fn exception_sources(&self) -> Result<Vec<PathBuf>> {
        let lib = self.libraries()?;
        let cpp = ["cxa_exception.cpp", "cxa_personality.cpp"];
        let mut all: Vec<PathBuf> = cpp.map(|name| lib.join("libcxxabi/src").join(name)).to_vec();
        // From here on sources are C.
        all.push("-xc".into());
        all.push(lib.join("libunwind/src/Unwind-wasm.c"));
        Ok(all)
    }
}

/// The pinned zig of a Python, if that Python has it.
fn zig_of(python: impl AsRef<std::ffi::OsStr>) -> Option<PathBuf> {
    let script = "import os, ziglang; print(os.path.dirname(ziglang.__file__))";
    let dir = must_say(Command::new(python).args(["-c", script])).ok()?;
    let zig = Path::new(&dir).join("zig");
    let version = must_say(Command::new(&zig).arg("version")).ok()?;
    (version == ZIG_VERSION).then_some(zig)
}

/// Makes a Python environment below the build directory with the pinned zig in it.
fn install_zig() -> Result<PathBuf> {
    let python = python_with(&format!("ziglang=={ZIG_VERSION}"))?;
    zig_of(&python).ok_or_else(|| "the installed zig does not answer".to_owned())
}

/// A Python below the build directory that has one package of PyPI; its path. The package is
/// `NAME==VERSION`.
///
/// # Errors
/// When there is no Python, no `venv` module, or no such package to be had.
pub fn python_with(package: &str) -> Result<PathBuf> {
    let dir = places::scratch("tools")?.join(package.replace("==", "-"));
    let python = dir.join("bin/python3");
    let done = dir.join("installed");
    if done.exists() {
        return Ok(python);
    }
    places::fresh_dir(&dir)?;
    eprintln!("installing {package}");
    must(Command::new("python3").args(["-m", "venv"]).arg(&dir))?;
    must(Command::new(&python).args(["-m", "pip", "install", "--quiet", package]))?;
    places::write(&done, package)?;
    Ok(python)
}

/// A clang that can compile for WASI, by name.
fn clang() -> Option<String> {
    let names = ["clang-22", "clang-21", "clang-20", "clang"];
    names
        .into_iter()
        .find(|name| {
            answers(name, &["--version"]) && Path::new("/usr/lib/wasm32-wasi/libc.a").exists()
        })
        .map(str::to_owned)
}
