//! Where things are: the workspace, the build directory, the cache of what chores fetch.

use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::Result;

/// The workspace's root directory: the parent of this package.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Cargo's build directory.
pub fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A directory below the build directory, made if absent.
///
/// # Errors
/// When it cannot be made.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let dir = target().join(name);
    make_dir(&dir)?;
    Ok(dir)
}

/// Makes a directory and its parents.
///
/// # Errors
/// When it cannot be made.
pub fn make_dir(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))
}

/// Makes a directory anew, empty.
///
/// # Errors
/// When what was there cannot be removed, or the directory cannot be made.
pub fn fresh_dir(dir: &Path) -> Result<()> {
    remove_dir(dir)?;
    make_dir(dir)
}

/// Removes a directory with all that is in it; one that is absent is fine.
///
/// # Errors
/// When it cannot be removed.
pub fn remove_dir(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {e}", dir.display()))
        }
        _ => Ok(()),
    }
}

/// Reads a text file.
///
/// # Errors
/// When it cannot be read or is no UTF-8.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

/// Reads a file's bytes.
///
/// # Errors
/// When it cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

/// Writes a file.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    fs::write(path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// The files of a directory whose name ends so, sorted.
///
/// # Errors
/// When the directory cannot be listed.
pub fn list(dir: &Path, ends: &[&str]) -> Result<Vec<PathBuf>> {
    let fail = |e| format!("cannot list {}: {e}", dir.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if ends.iter().any(|end| name.ends_with(end)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A path's file name without its last extension, as text.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
