//! From a file that the user names to a module.

use crate::failure::{Failure, Result};
use std::path::Path;
use waxwing::{Engine, Module};

/// Loads a module: binary, text, or an artifact.
pub fn module(engine: &Engine, path: &Path) -> Result<Module> {
    let bytes = std::fs::read(path).map_err(|e| Failure::unreadable(&e, path))?;
    Module::new(engine, &bytes).map_err(|e| Failure::engine(&e, path))
}
