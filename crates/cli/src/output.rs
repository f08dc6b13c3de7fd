//! Writing to stdout and stderr, which may be closed.

use crate::failure::{Failure, Result, reason};
use std::io::{ErrorKind, Write};

/// Writes a command's whole output at once, so that a failure leaves no half of it.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(Failure::broken_pipe()),
        Err(e) => Err(Failure::new(format!("cannot write to stdout: {}", reason(&e)))),
    }
}

/// Says something on stderr beside what the command does.
pub fn note(text: impl std::fmt::Display) {
    // A closed stderr is no reason to fail.
    let _ = std::io::stderr().write_all(format!("waxwing: {text}\n").as_bytes());
}

/// A number of things: `1 entry`, `2 entries`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
