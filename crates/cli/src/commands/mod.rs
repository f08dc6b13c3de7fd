//! The verbs.

mod run;

use crate::failure::{Failure, Result};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Runs WebAssembly programs
#[derive(Parser, Debug)]
#[command(name = "waxwing", version, about, disable_help_subcommand = true)]
#[command(after_help = "`waxwing FILE [ARGS]...` is short for `waxwing run FILE [ARGS]...`.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Run(run::Run),
}

/// Does what the command line asks for.
pub fn main(mut args: Vec<OsString>) -> Result<ExitCode> {
    if args.get(1).is_some_and(|first| is_file(first)) {
        args.insert(1, "run".into());
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => return usage(&e),
    };
    match cli.command {
        Command::Run(run) => run.main(),
    }
}

/// Whether the first argument is a file to run, rather than a verb: it exists and is no verb, or
/// looks like a path.
fn is_file(first: &OsString) -> bool {
    let text = first.to_string_lossy();
    if text.starts_with('-')
        || <Cli as clap::CommandFactory>::command().find_subcommand(first).is_some()
    {
        return false;
    }
    text.contains(['.', '/']) || Path::new(first).exists()
}

/// Help goes to stdout, everything else to stderr, in clap's words.
fn usage(e: &clap::Error) -> Result<ExitCode> {
    match e.print() {
        Ok(()) => Ok(ExitCode::from(e.exit_code() as u8)),
        Err(_) => Err(Failure::broken_pipe()),
    }
}
