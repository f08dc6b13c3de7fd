//! Runs specification test scripts (`.wast`).
//!
//! ```
//! use waxwing::Engine;
//!
//! let script = r#"
//!     (module (func (export "two") (result i32) (i32.const 2)))
//!     (assert_return (invoke "two") (i32.const 2))
//! "#;
//! let summary = waxwing_wast::run_str(&Engine::default(), "two.wast", script)?;
//! assert_eq!(summary.directives, 2);
//! # Ok::<(), waxwing_wast::Failures>(())
//! ```
//!
//! A script is a sequence of directives: modules, calls, and assertions about both
//! ([the format](https://github.com/WebAssembly/spec/blob/main/interpreter/README.md#scripts)).
//! Each script runs in a store of its own, beside the host module `spectest`. A failed directive
//! does not end a script: all failures are reported.
//!
//! Deliberately absent: components and suspensions. Their directives fail.

#![forbid(unsafe_code)]

mod failure;
mod script;
mod spectest;
mod thread;
mod value;

pub use failure::{Failure, Failures, Summary};

use std::path::Path;
use waxwing::Engine;

/// Runs the script in a file. The engine says how code is made, how memories are placed and which
/// features there are.
///
/// # Errors
/// Every directive that failed; also if the file cannot be read or is no script.
pub fn run_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Summary, Failures> {
    let path = path.as_ref();
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => run_str(engine, &name, &text),
        Err(e) => {
            let what = format!("the file cannot be read: {e}");
            Err(Failures::new(Summary::default(), vec![Failure::new(&name, (0, 0), what)]))
        }
    }
}

/// Runs a script. `name` stands for it in failures.
///
/// # Errors
/// Every directive that failed; also if the text is no script.
pub fn run_str(engine: &Engine, name: &str, text: &str) -> Result<Summary, Failures> {
    run_with(engine, Options::default(), name, text)
}

/// How scripts are run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether each instance is reset in place once it is made, which must make no difference. Instances
    /// that cannot be, since they have shared memories, are left as they are.
    pub reset: bool,
}

/// As [`run_str`], with options.
///
/// # Errors
/// As for [`run_str`].
pub fn run_with(
    engine: &Engine,
    options: Options,
    name: &str,
    text: &str,
) -> Result<Summary, Failures> {
    let (summary, failures) = script::run(engine, options, name, text);
    if failures.is_empty() { Ok(summary) } else { Err(Failures::new(summary, failures)) }
}
