//! The `waxwing` command.
//!
//! `commands` has a file for each verb, `flags` one for each group of options. Whatever fails is a
//! [`failure::Failure`]: what was wrong, where, and what to do, on stderr.
//!
//! | exit code | when |
//! |---|---|
//! | the guest's | the guest ended by itself |
//! | 0 | the command did what was asked |
//! | 1 | it could not |
//! | 2 | the command line is wrong |
//! | 124 | `--timeout` ended the guest, as coreutils' `timeout` has it |
//! | 128 + n | the guest raised signal n |
//! | 134 | the guest trapped |

// One place says so itself: `load::unsigned`.
#![deny(unsafe_code)]

mod commands;
mod failure;
mod flags;
mod invoke;
mod load;
mod output;
mod progress;
mod secret;

use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::main(std::env::args_os().collect()) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
