//! `waxwing completion`: completes our command line in a shell.

use crate::failure::{Failure, Result};
use crate::output;
use clap::CommandFactory;
use clap_complete::Shell;
use std::process::ExitCode;

/// Print a script that completes this command's options in a shell
#[derive(clap::Args, Debug)]
pub struct Completion {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completion {
    /// Prints it.
    pub fn main(self) -> Result<ExitCode> {
        let mut script = Vec::new();
        let mut command = super::Cli::command();
        clap_complete::generate(self.shell, &mut command, "waxwing", &mut script);
        let script = String::from_utf8(script).map_err(|e| Failure::new(e.to_string()))?;
        output::print(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
