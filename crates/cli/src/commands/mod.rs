//! The verbs, a file for each.

mod cache;
mod compile;
mod completion;
mod config;
mod create_exe;
mod inspect;
mod keygen;
mod objdump;
mod run;
mod validate;
mod verify;
mod wast;

use crate::failure::Result;
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Run WebAssembly programs outside the browser
#[derive(Parser, Debug)]
#[command(name = "waxwing", version, about, disable_help_subcommand = true)]
#[command(after_help = "`waxwing FILE [ARGS]...` is short for `waxwing run FILE [ARGS]...`.

Exit codes: the guest's; 1 when something failed; 2 when the command line is wrong; 124 when
--timeout or --fuel ended the guest; 128 + n when it raised signal n; 134 when it trapped.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Run(Box<run::Run>),
    Compile(compile::Compile),
    CreateExe(Box<create_exe::CreateExe>),
    Keygen(keygen::Keygen),
    Verify(verify::Verify),
    Inspect(inspect::Inspect),
    Objdump(objdump::Objdump),
    Validate(validate::Validate),
    Wast(wast::Wast),
    Cache(cache::Cache),
    Config(config::Config),
    Completion(completion::Completion),
}

/// Does what the command line asks for.
pub fn main(mut args: Vec<OsString>) -> Result<ExitCode> {
    if args.get(1).is_some_and(|first| is_file(first)) {
        args.insert(1, "run".into());
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => return waxwing_program::executable::usage(&e),
    };
    match cli.command {
        Command::Run(run) => run.main(),
        Command::Compile(compile) => compile.main(),
        Command::CreateExe(create) => create.main(),
        Command::Keygen(keygen) => keygen.main(),
        Command::Verify(verify) => verify.main(),
        Command::Inspect(inspect) => inspect.main(),
        Command::Objdump(objdump) => objdump.main(),
        Command::Validate(validate) => validate.main(),
        Command::Wast(wast) => wast.main(),
        Command::Cache(cache) => cache.main(),
        Command::Config(config) => config.main(),
        Command::Completion(completion) => completion.main(),
    }
}

/// Whether the first argument is a file to run, rather than a verb: it looks like a path, or is
/// one and no verb.
fn is_file(first: &OsStr) -> bool {
    let text = first.to_string_lossy();
    if text.starts_with('-') {
        return false;
    }
    if text.contains(['.', '/']) {
        return true;
    }
    Path::new(first).is_file() && Cli::command().find_subcommand(first).is_none()
}
