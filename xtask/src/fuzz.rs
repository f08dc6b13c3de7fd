//! `cargo xtask fuzz`: generated modules in this engine and in its peers, or optimised against not
//! optimised, see `fuzz/README.md`.
//!
//! The package `fuzz` is a workspace of its own, since it depends on the peers' crates. It is built
//! below the build directory, and its program `diff` gets the arguments as they are.

use std::process::Command;

use crate::process::show;
use crate::{Result, places};

/// The verb.
///
/// # Errors
/// When the package does not build, or an argument is wrong.
pub fn main(args: &[String]) -> Result<bool> {
    let Some((verb, rest)) = args.split_first() else {
        return Err("there is `cargo xtask fuzz diff` and `cargo xtask fuzz idioms`".to_owned());
    };
    let idioms = match verb.as_str() {
        "diff" => None,
        "idioms" => Some("--idioms"),
        _ => return Err(format!("`fuzz {verb}`: there is diff, idioms")),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--release", "--locked", "--bin", "diff"]);
    if rest.iter().any(|arg| arg == "--no-peers") {
        // Then the peers need not be built either.
        command.arg("--no-default-features");
    }
    command
        .arg("--")
        .args(idioms)
        .arg("--out")
        .arg(places::scratch("fuzz/differences")?)
        .args(rest);
    command.current_dir(places::root().join("fuzz"));
    command.env("CARGO_TARGET_DIR", places::scratch("fuzz/target")?);
    let status = command.status().map_err(|e| format!("cannot start `{}`: {e}", show(&command)))?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(format!("`{}` failed ({status})", show(&command))),
    }
}
