//! `waxwing wast`: runs specification test scripts.

use crate::failure::Result;
use crate::flags::engine::EngineFlags;
use crate::output;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Run specification test scripts
#[derive(clap::Args, Debug)]
pub struct Wast {
    #[command(flatten)]
    engine: EngineFlags,
    /// The scripts
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Wast {
    /// Runs them all; any failure makes the exit code 1.
    pub fn main(self) -> Result<ExitCode> {
        let engine = self.engine.engine()?;
        let mut text = String::new();
        let mut failed = false;
        for file in &self.files {
            let name = file.display();
            let (summary, failures) = match waxwing_wast::run_file(&engine, file) {
                Ok(summary) => (summary, Vec::new()),
                Err(e) => (e.summary, e.failures),
            };
            failed |= !failures.is_empty();
            for failure in &failures {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{failure}");
            }
            let (directives, assertions) = (summary.directives, summary.assertions);
            let _ = writeln!(
                text,
                "{name}: {directives} directives, {assertions} assertions, {} failed",
                failures.len()
            );
        }
        output::print(&text)?;
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
