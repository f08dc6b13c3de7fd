//! What became of a script.

use std::error::Error;
use std::fmt;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Directives that were run, failed ones included.
    pub directives: usize,
    /// Those of them that assert something.
    pub assertions: usize,
}

/// One directive that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The script.
    pub script: String,
    /// The line of the directive, counted from 1; 0 if the whole script is meant.
    pub line: usize,
    /// The column of the directive, counted from 1; 0 if the whole script is meant.
    pub column: usize,
    /// What was expected, and what came instead.
    pub what: String,
}

/// All failures of a script; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures {
    /// What was done.
    pub summary: Summary,
    /// In the script's order.
    pub failures: Vec<Failure>,
}

impl Failure {
    pub(crate) fn new(script: &str, (line, column): (usize, usize), what: String) -> Failure {
        Failure { script: script.to_owned(), line, column, what }
    }
}

impl Failures {
    pub(crate) fn new(summary: Summary, failures: Vec<Failure>) -> Failures {
        Failures { summary, failures }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "{}: {}", self.script, self.what);
        }
        write!(f, "{}:{}:{}: {}", self.script, self.line, self.column, self.what)
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{failure}")?;
        }
        write!(f, "{} of {} directives failed", self.failures.len(), self.summary.directives)
    }
}

impl Error for Failure {}
impl Error for Failures {}
