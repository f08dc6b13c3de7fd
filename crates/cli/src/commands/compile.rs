//! `waxwing compile`: compiles ahead of time.

use crate::failure::{Explain, Failure, Result};
use crate::flags::Size;
use crate::flags::engine::EngineFlags;
use crate::flags::sign::SignFlags;
use crate::output::{note, write_whole};
use crate::{load, progress};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Compile a program ahead of time, to a file that `run` maps instead of compiling
#[derive(clap::Args, Debug)]
pub struct Compile {
    /// The program: binary or text
    file: PathBuf,
    /// Where to put the compiled program
    #[arg(long, short, value_name = "OUT")]
    output: PathBuf,
    #[command(flatten)]
    engine: EngineFlags,
    #[command(flatten)]
    sign: SignFlags,
}

impl Compile {
    /// Compiles; the output appears as a whole or not at all.
    pub fn main(self) -> Result<ExitCode> {
        // Asked for first: nobody wants to wait for a compilation to mistype a password.
        let key = self.sign.key()?;
        let start = Instant::now();
        let engine = self.engine.engine()?;
        let bytes = load::bytes(&self.file)?;
        load::check_kind(&bytes, &self.file)?;
        let result = engine.precompile(&bytes);
        progress::clear();
        let artifact = result.map_err(|e| Failure::engine(&e, &self.file))?;
        write_whole(&self.output, &artifact, "compiled program")?;
        if let Some(key) = key {
            key.sign_artifact(&artifact, &self.output)?;
        }
        if self.engine.verbose {
            note(format_args!(
                "{}: compiled to {}, {}, in {:.1} ms",
                self.file.display(),
                self.output.display(),
                Size(artifact.len() as u64),
                start.elapsed().as_secs_f64() * 1e3,
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}
