//! `waxwing validate`: says whether a module could be run.

use crate::failure::{Explain, Failure, Result};
use crate::flags::engine::EngineFlags;
use crate::load;
use std::path::PathBuf;
use std::process::ExitCode;
use waxwing::Module;

/// Check that a module, binary or text, is valid and uses only what is supported
#[derive(clap::Args, Debug)]
pub struct Validate {
    #[command(flatten)]
    engine: EngineFlags,
    /// The module
    file: PathBuf,
}

impl Validate {
    /// Says nothing if it is.
    pub fn main(self) -> Result<ExitCode> {
        let engine = self.engine.engine()?;
        let bytes = load::bytes(&self.file)?;
        load::check_kind(&bytes, &self.file)?;
        Module::validate(&engine, &bytes).map_err(|e| Failure::engine(&e, &self.file))?;
        Ok(ExitCode::SUCCESS)
    }
}
