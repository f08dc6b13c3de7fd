//! The project's own chores, run as `cargo xtask <verb>`.
//!
//! | verb | what it does |
//! |---|---|
//! | `tidy` | holds sizes, dependency arrows, documents and tracked files to their rules |
//! | `guests` | rebuilds, checks or runs the programs under `tests/guests` |
//! | `bench` | measures beside the peers that are on PATH |
//! | `fuzz` | runs generated modules here and in the peers, and compares |
//! | `capi` | installs the C interface: headers, libraries, pkg-config's file |
//! | `realworld` | builds or fetches real programs and runs them with checks of their output |

#![forbid(unsafe_code)]

mod bench;
mod capi;
mod case;
mod flags;
mod fuzz;
mod guests;
mod places;
mod process;
mod realworld;
mod runtime;
mod sources;
mod tidy;
mod toolchain;

use std::process::ExitCode;

/// What a chore fails with: one text that says what was wrong, where, and what to do.
pub type Fail = String;

/// The result of a chore's step.
pub type Result<T> = std::result::Result<T, Fail>;

/// A verb: its name, a line of help, and the function that does it. Returns whether all was well.
struct Verb {
    name: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result<bool>,
}

/// Every verb there is; the documents' check of `cargo xtask` commands reads this table too.
const VERBS: &[Verb] = &[
    Verb {
        name: "tidy",
        help: "[--bless] [--bless-new]: check sizes, arrows, documents and tracked files",
        run: tidy::main,
    },
    Verb {
        name: "guests",
        help: "[build|check|run] [--runtime NAME|PATH] [--filter X] [--bless]: the guests",
        run: guests::main,
    },
    Verb {
        name: "bench",
        help: "run|speed|compare|wasm3|fuel [--json] [--quick] [--filter X] [--runs N] [--ours PATH]: measure beside peers",
        run: bench::main,
    },
    Verb {
        name: "fuzz",
        help: "diff [--seed N] [--count N] [--minutes N] [--features X]: compare with the peers",
        run: fuzz::main,
    },
    Verb {
        name: "capi",
        help: "install --prefix DIR [--profile NAME]: install the C interface",
        run: capi::main,
    },
    Verb {
        name: "realworld",
        help: "[--runtime NAME|PATH] [--filter X] [--list]: run real programs",
        run: realworld::main,
    },
];

/// The hidden verb that runs one command in a small process and reports its peak memory.
const MEASURE: &str = "measure-peak";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        help();
        return ExitCode::from(2);
    };
    if name == MEASURE {
        return process::measure_main(rest);
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name.as_str()) else {
        eprintln!("error: no chore is called `{name}`\n");
        help();
        return ExitCode::from(2);
    };
    match (verb.run)(rest) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fail) => {
            eprintln!("error: {fail}");
            ExitCode::from(2)
        }
    }
}

/// Lists the verbs on stderr.
fn help() {
    eprintln!("usage: cargo xtask <verb>\n");
    for verb in VERBS {
        eprintln!("  {:<10} {}", verb.name, verb.help);
    }
}
