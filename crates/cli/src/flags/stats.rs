//! `--stats`: what a program used.

use crate::flags::Size;
use crate::flags::fuel::FuelFlags;
use crate::load::Loader;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use waxwing::{FuelCosts, HostMeter};
use waxwing_artifact::Artifact;
use waxwing_program::guest::Guest;

/// How statistics are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for each, for people
    Text,
    /// One object on one line
    Json,
}

/// The long help of `--stats`.
pub fn long_help() -> &'static str {
    "Say on stderr, when the program has ended, what it used: instructions executed, fuel, the time in \
     its own code and in host functions, memory, and how long loading took.\n\nInstructions are counted \
     in code that is made for it: metered, with every operator at a cost of 1. With --fuel, --metered or \
     --fuel-costs the fuel is counted instead. Of a program with threads both are those of its first."
}

/// Statistics that are being taken.
pub struct Stats {
    format: Format,
    start: Instant,
    /// Whether the fuel is the number of instructions.
    counts: bool,
    /// The time in host functions.
    pub host: Arc<HostMeter>,
}

/// How the code of an artifact is metered, if the file is one and its costs are known here.
fn metering_of(file: &Path) -> Option<Option<FuelCosts>> {
    let mut head = Vec::new();
    File::open(file).ok()?.take(64).read_to_end(&mut head).ok()?;
    if !waxwing_artifact::is_artifact(&head) {
        return None;
    }
    let bytes = std::fs::read(file).ok()?;
    let made_by = Artifact::parse(&bytes).ok()?.fingerprint().ok()?;
    [None, Some(FuelCosts::new()), Some(FuelCosts::instructions())]
        .into_iter()
        .find(|costs| made_by.is_metered_by(costs.as_ref()).is_ok())
}

impl Stats {
    /// Begins, and has instructions counted unless fuel is. A file that is compiled already stays as
    /// it is.
    pub fn new(format: Format, fuel: &mut FuelFlags, file: &Path) -> Stats {
        let start = Instant::now();
        let mut counts = false;
        if !fuel.metered && fuel.fuel_costs.is_none() {
            let instructions = FuelCosts::instructions();
            fuel.otherwise = metering_of(file).unwrap_or(Some(instructions.clone()));
            counts = fuel.otherwise == Some(instructions);
        }
        Stats { format, start, counts, host: Arc::default() }
    }

    /// Says what was used.
    pub fn report(
        &self,
        loader: &Loader,
        guest: &Guest,
        running: Duration,
        fuel_given: Option<u64>,
    ) {
        let used = guest.store.fuel_consumed().ok();
        let (instructions, fuel) = if self.counts { (used, None) } else { (None, used) };
        let (how, loading) = loader.loaded();
        let host = self.host.time();
        let report = Report {
            instructions,
            fuel,
            fuel_given,
            guest: running.saturating_sub(host),
            host,
            host_calls: self.host.calls(),
            all: self.start.elapsed(),
            how,
            loading,
            guest_memory: guest.memory_used() as u64,
            process_memory: peak_memory(),
        };
        let text = match self.format {
            Format::Text => report.text(),
            Format::Json => format!("{}\n", report.json()),
        };
        // A closed stderr is no reason to fail.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// What was used.
struct Report {
    instructions: Option<u64>,
    fuel: Option<u64>,
    fuel_given: Option<u64>,
    guest: Duration,
    host: Duration,
    host_calls: u64,
    all: Duration,
    how: &'static str,
    loading: Duration,
    guest_memory: u64,
    process_memory: Option<u64>,
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Report {
    fn text(&self) -> String {
        let number = |n: Option<u64>| n.map_or("not counted".to_owned(), |n| n.to_string());
        let given = self.fuel_given.map_or(String::new(), |given| format!(" of {given}"));
        let process =
            self.process_memory.map_or("unknown".to_owned(), |bytes| Size(bytes).to_string());
        format!(
            "statistics:\n  instructions    {}\n  fuel            {}{given}\n  \
             guest time      {:.3} ms\n  host time       {:.3} ms in {} calls\n  \
             time in all     {:.3} ms\n  loading         {:.3} ms, {}\n  \
             guest memory    {}\n  process memory  {process}\n",
            number(self.instructions),
            number(self.fuel),
            ms(self.guest),
            ms(self.host),
            self.host_calls,
            ms(self.all),
            ms(self.loading),
            self.how,
            Size(self.guest_memory),
        )
    }

    fn json(&self) -> Value {
        json!({
            "instructions": self.instructions,
            "fuel": self.fuel,
            "fuel_given": self.fuel_given,
            "guest_ms": ms(self.guest),
            "host_ms": ms(self.host),
            "host_calls": self.host_calls,
            "all_ms": ms(self.all),
            "loading_ms": ms(self.loading),
            "loading": self.how,
            "guest_memory_bytes": self.guest_memory,
            "process_memory_bytes": self.process_memory,
        })
    }
}

/// The most memory that this process had resident, in bytes, by the system's account.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            instructions: Some(12),
            fuel: None,
            fuel_given: None,
            guest: Duration::from_micros(1500),
            host: Duration::from_micros(20),
            host_calls: 2,
            all: Duration::from_millis(7),
            how: "compiled",
            loading: Duration::from_millis(5),
            guest_memory: 65536,
            process_memory: Some(3 << 20),
        }
    }

    #[test]
    fn statistics_are_said_to_people_and_programs() {
        let text = report().text();
        for line in [
            "  instructions    12\n",
            "  fuel            not counted\n",
            "  guest time      1.500 ms\n",
            "  host time       0.020 ms in 2 calls\n",
            "  loading         5.000 ms, compiled\n",
            "  guest memory    64 KiB\n",
            "  process memory  3 MiB\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        let json = report().json();
        assert_eq!((&json["instructions"], &json["fuel"]), (&json!(12), &Value::Null));
        assert_eq!(json["guest_memory_bytes"], 65536);
        let limited = Report { fuel: Some(3), fuel_given: Some(9), ..report() };
        assert!(limited.text().contains("  fuel            3 of 9\n"));
    }

    #[test]
    fn the_system_says_what_the_process_had() {
        assert!(peak_memory().is_some_and(|bytes| bytes > 1 << 20));
    }
}
