//! C sources that crates of the registry carry, fetched by cargo at pinned versions.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::process::must_say;
use crate::{Result, places};

/// The crates, pinned: the outputs expected and the figures compared depend on them.
const CRATES: &[(&str, &str)] = &[
    ("lua-src", "551.1.0"),
    ("rquickjs-sys", "0.14.0"),
    ("libsqlite3-sys", "0.40.0"),
    ("libsodium-sys-stable", "1.24.3"),
    ("zstd-sys", "2.1.3"),
    ("lz4-sys", "1.11.1"),
];

/// Where a crate of [`CRATES`] has its files, fetched by cargo when absent.
///
/// # Errors
/// When the crate is not of the list or cannot be fetched.
pub fn of(name: &str) -> Result<PathBuf> {
    let version = CRATES.iter().find(|(known, _)| *known == name).map(|(_, version)| version);
    let version = version.ok_or_else(|| format!("no version of {name} is pinned"))?;
    // A package for each: what is not asked for is not fetched.
    let scratch = places::scratch("realworld/sources")?.join(name);
    places::make_dir(&scratch)?;
    let manifest = format!(
        "[package]\nname = \"sources\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [lib]\npath = \"lib.rs\"\n[workspace]\n[dependencies]\n{name} = \"={version}\"\n"
    );
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
