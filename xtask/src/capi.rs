//! Installs the C interface: both headers, both libraries, and the file that pkg-config reads.
//!
//! ```text
//! PREFIX/include/wasm.h waxwing.h
//! PREFIX/lib/libwaxwing.a
//! PREFIX/lib/libwaxwing.so -> libwaxwing.so.0
//! PREFIX/lib/libwaxwing.so.0 -> libwaxwing.so.VERSION
//! PREFIX/lib/pkgconfig/waxwing.pc
//! ```

use crate::flags::Flags;
use crate::places::{self, make_dir};
use crate::process::must;
use crate::{Fail, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The version of the interface that a program is linked with, as `crates/c-api/build.rs` has it.
const INTERFACE: u32 = 0;

/// `cargo xtask capi install --prefix DIR [--profile NAME]`
///
/// # Errors
/// When the libraries do not build, or a file cannot be written.
pub fn main(args: &[String]) -> Result<bool> {
    let mut flags = Flags::new(args);
    let prefix = flags.option("--prefix")?;
    let profile = flags.option("--profile")?.unwrap_or_else(|| "release".to_owned());
    let verb = flags.word();
    flags.finish()?;
    let (Some("install"), Some(prefix)) = (verb.as_deref(), prefix) else {
        return Err("write `cargo xtask capi install --prefix DIR`".to_owned());
    };
    let root = places::root();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["rustc", "--package", "waxwing-c-api", "--lib", "--profile", &profile]);
    // Without the library for Rust: with it, cargo would not optimise across crates.
    build.args(["--crate-type", "cdylib,staticlib"]).current_dir(&root);
    must(&mut build)?;
    // The one profile whose directory has another name.
    let dir = if profile == "dev" { "debug" } else { &profile };
    let prefix =
        env::current_dir().map_err(|e| format!("there is no directory here: {e}"))?.join(prefix);
    install(&root.join("crates/c-api"), &places::target().join(dir), &prefix, version())?;
    println!("installed under {}", prefix.display());
    Ok(true)
}

/// All packages of the workspace have the same.
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Copies what cargo has built to where C looks for it.
fn install(sources: &Path, products: &Path, prefix: &Path, version: &str) -> Result<()> {
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    let pkgconfig = lib.join("pkgconfig");
    for dir in [&include, &pkgconfig] {
        make_dir(dir)?;
    }
    for header in ["wasm.h", "waxwing.h"] {
        copy(&sources.join("include").join(header), &include.join(header))?;
    }
    let real = format!("libwaxwing.so.{version}");
    let major = format!("libwaxwing.so.{INTERFACE}");
    copy(&products.join("libwaxwing_c.so"), &lib.join(&real))?;
    copy(&products.join("libwaxwing_c.a"), &lib.join("libwaxwing.a"))?;
    link(&real, &lib.join(&major))?;
    link(&major, &lib.join("libwaxwing.so"))?;
    let template = places::read(&sources.join("waxwing.pc.in"))?;
    let prefix = prefix.to_str().ok_or("pkg-config needs a prefix that is UTF-8")?;
    let text = template.replace("@PREFIX@", prefix).replace("@VERSION@", version);
    let to = pkgconfig.join("waxwing.pc");
    fs::write(&to, text).map_err(|e| format!("cannot write {}: {e}", to.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = |e| format!("cannot copy {} to {}: {e}", from.display(), to.display());
    // A program that runs may have the old file mapped: it is replaced, not written.
    let next: PathBuf = to.with_extension("new");
    fs::copy(from, &next).map_err(failed)?;
    fs::rename(&next, to).map_err(failed)
}

fn link(name: &str, at: &Path) -> Result<()> {
    let failed = |e| -> Fail { format!("cannot make the link {}: {e}", at.display()) };
    match fs::remove_file(at) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    std::os::unix::fs::symlink(name, at).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_where_c_looks_for_it() {
        let room = places::scratch("capi-test").unwrap();
        places::fresh_dir(&room).unwrap();
        let (products, prefix) = (room.join("products"), room.join("prefix"));
        make_dir(&products).unwrap();
        let sources = places::root().join("crates/c-api");
        assert!(
            install(&sources, &products, &prefix, "1.2.3").unwrap_err().contains("libwaxwing_c.so")
        );
        for (name, bytes) in [("libwaxwing_c.so", "shared"), ("libwaxwing_c.a", "static")] {
            fs::write(products.join(name), bytes).unwrap();
        }
        // Twice: what is there is replaced.
        for _ in 0..2 {
            install(&sources, &products, &prefix, "1.2.3").unwrap();
        }
        let read = |name: &str| fs::read_to_string(prefix.join(name)).unwrap();
        for shared in ["libwaxwing.so", "libwaxwing.so.0", "libwaxwing.so.1.2.3"] {
            assert_eq!(read(&format!("lib/{shared}")), "shared");
        }
        assert_eq!(read("lib/libwaxwing.a"), "static");
        assert!(read("include/waxwing.h").contains("#include \"wasm.h\""));
        assert!(read("include/wasm.h").contains("wasm_func_call"));
        let pc = read("lib/pkgconfig/waxwing.pc");
        assert!(pc.starts_with(&format!("prefix={}\n", prefix.display())), "{pc}");
        assert!(pc.contains("Version: 1.2.3\n") && !pc.contains('@'), "{pc}");
        places::remove_dir(&room).unwrap();
    }
}
