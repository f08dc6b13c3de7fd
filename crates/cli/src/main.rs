//! The `waxwing` command.
//!
//! `commands` has a file for each verb, `flags` one for each group of options. Whatever fails is a
//! [`failure::Failure`]: what was wrong, where, and what to do, on stderr.
//! `waxwing-program` has the exit codes, and what runs a program.

// One place says so itself: `load::unsigned`.
#![deny(unsafe_code)]

mod commands;
mod failure;
mod flags;
mod invoke;
mod load;
mod progress;
mod secret;

pub(crate) use waxwing_program::output;

use std::process::ExitCode;

fn main() -> ExitCode {
    // `create-exe` may have made this very file, of the command and a program.
    let result = waxwing_program::executable::run_own()
        .unwrap_or_else(|| commands::main(std::env::args_os().collect()));
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
