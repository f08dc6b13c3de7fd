//! A process that plays seeds, so that the death of one says which seed it was.
//!
//! It reads numbers of seeds from its input, a line each, and writes a line for each when it is
//! done, see [`Report`]. One that dies or hangs has not written the line of its last seed.

use crate::options::Options;
use crate::round::{Engines, Outcome};
use std::io::{BufRead, Write};

/// The line about a seed: numbers, and the difference in the words of the engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// What came of it, but for the difference.
    pub outcome: Outcome,
    /// The difference in one line.
    pub text: Option<String>,
}

impl Report {
    /// The line.
    pub fn line(seed: u64, outcome: &Outcome) -> String {
        let Outcome { compared, undecided, calls, returned, difference } = outcome;
        let text = difference.as_ref().map_or(String::new(), |d| {
            let text = format!("{}: {}; {}: {}", d.ours, d.we_say, d.theirs, d.they_say);
            text.replace(['\n', '\r', '\t'], " ")
        });
        format!("{seed}\t{compared}\t{undecided}\t{calls}\t{returned}\t{text}")
    }

    /// Reads a line.
    pub fn read(line: &str) -> Option<Report> {
        let mut parts = line.trim_end_matches('\n').splitn(6, '\t');
        let mut number = || parts.next()?.parse().ok();
        let seed = number()?;
        let (compared, undecided) = (number()?, number()?);
        let (calls, returned) = (number()?, number()?);
        let text = parts.next().filter(|text| !text.is_empty()).map(str::to_owned);
        let outcome = Outcome { compared, undecided, calls, returned, difference: None };
        Some(Report { seed, outcome, text })
    }
}

/// Plays the seeds of the input.
///
/// # Errors
/// If the engines cannot be made, or the pipes break.
pub fn work(options: &Options) -> Result<(), String> {
    quiet_panics();
    let engines = Engines::new(options)?;
    let text = |e: std::io::Error| e.to_string();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(text)?;
        let seed: u64 = line.trim().parse().map_err(|_| format!("`{line}` is no seed"))?;
        let outcome = engines.round(seed, options)?;
        writeln!(out, "{}", Report::line(seed, &outcome))
            .and_then(|()| out.flush())
            .map_err(text)?;
    }
    Ok(())
}

/// Panics are caught and told as differences: their own output would only be in the way.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let outcome =
            Outcome { compared: 2, undecided: 1, calls: 9, returned: 3, difference: None };
        let report = Report::read(&Report::line(77, &outcome)).unwrap();
        assert_eq!(report, Report { seed: 77, outcome, text: None });
        assert_eq!(Report::read("77\t1"), None);
    }
}
