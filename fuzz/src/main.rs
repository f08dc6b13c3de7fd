//! `diff`: differential fuzzing. Every seed makes a module; this engine and its peers run it, and
//! must agree on whether it is valid, what it returns, why it traps, and what is left in globals,
//! memories and tables. See `fuzz/README.md`.

#![forbid(unsafe_code)]

mod companion;
mod crew;
mod facts;
mod generate;
mod idioms;
mod options;
mod ours;
mod proposals;
mod rng;
mod round;
mod script;
mod shrink;
mod trace;
#[cfg(feature = "peers")]
mod wasmi_peer;
#[cfg(feature = "peers")]
mod wasmtime_peer;
mod worker;

use options::Options;
use std::process::ExitCode;

/// How many modules are made small.
const SHRUNK: usize = 5;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.split_first() {
        Some((role, rest)) if role == "worker" => {
            Options::parse(rest).and_then(|options| worker::work(&options)).map(|()| true)
        }
        Some((role, rest)) if role == "check" => match shrink::checked(rest) {
            Ok(false) => return ExitCode::from(shrink::DIFFERS),
            other => other,
        },
        Some((role, _)) if role == "--help" || role == "-h" => {
            println!("{}", options::USAGE);
            return ExitCode::SUCCESS;
        }
        _ => Options::parse(&args).and_then(|options| fuzz(&options)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fail) => {
            eprintln!("error: {fail}");
            ExitCode::from(2)
        }
    }
}

/// Plays the seeds; says whether there was no difference.
fn fuzz(options: &Options) -> Result<bool, String> {
    let whom = if options.alone { "itself" } else { "wasmtime and wasmi" };
    match options.idioms {
        true if options.alone => println!("idioms, optimised against not optimised"),
        true => println!("idioms, optimised against not optimised; a share against wasmtime"),
        false => println!("against {whom}; features {}", options.features),
    }
    let findings = crew::run(options)?;
    for (number, finding) in findings.iter().enumerate() {
        // The first tell enough: making a module small takes a while.
        let small = options.shrink && number < SHRUNK;
        shrink::keep(&Options { shrink: small, ..options.clone() }, finding)?;
    }
    if findings.is_empty() {
        println!("no difference");
        return Ok(true);
    }
    println!("\n{} differences. To see one again:", findings.len());
    for finding in &findings {
        match options.idioms {
            true => println!("  cargo xtask fuzz idioms --seed {}", finding.seed),
            false => {
                let features = options.features;
                println!("  cargo xtask fuzz diff --seed {} --features {features}", finding.seed);
            }
        }
    }
    Ok(false)
}
