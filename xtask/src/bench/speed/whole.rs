//! How long large modules take to compile on all cores, and how much memory that takes.

use std::path::PathBuf;

use serde::Serialize;

use crate::bench::report::Samples;
use crate::bench::speed::contestant::Contestant;
use crate::bench::speed::table::mark;
use crate::process::{self, peak_memory};
use crate::{Result, places, realworld};

/// What it is called among the suites.
pub const NAME: &str = "compile";

/// What compiling may take of wasmtime's time.
pub const GOAL: f64 = 0.85;

/// The modules: the largest of the registries, and SQLite.
const MODULES: &[(&str, Get)] = &[("python", realworld::python), ("sqlite", realworld::sqlite)];

/// Fetches or builds a module.
type Get = fn() -> Result<PathBuf>;

/// One contestant's compiling of one module.
#[derive(Clone, Debug, Serialize)]
pub struct Compiling {
    /// The module whose compiling this is.
    pub compile: String,
    /// Who compiled it.
    pub contestant: String,
    /// The median.
    pub ms: f64,
    /// How many times.
    pub runs: usize,
    /// The largest resident set.
    pub peak_bytes: Option<u64>,
    /// Bytes of machine code, or of the artifact.
    pub code_bytes: Option<u64>,
}

/// Compiles every module whose title (`compile NAME`) holds the filter, in turns.
///
/// # Errors
/// When a module cannot be had or one of the contestants fails at it.
pub fn measure(contestants: &[Contestant], runs: usize, filter: &str) -> Result<Vec<Compiling>> {
    let mut all = Vec::new();
    for (name, module) in MODULES {
        if !format!("compile {name}").contains(filter) {
            continue;
        }
        eprintln!("compile {name}");
        let module = module()?;
        let mut lanes = Vec::new();
        for who in contestants {
            let file = format!("whole-{name}.{}.{}", who.name, who.extension());
            let to = places::scratch("bench/speed/artifacts")?.join(file);
            if let Some(command) = who.compile(&module, &to) {
                lanes.push((who, to, command, Samples::default()));
            }
        }
        for _ in 0..runs {
            for (_, _, command, samples) in &mut lanes {
                samples.0.push(process::time(command)?.as_secs_f64() * 1e3);
            }
        }
        for (who, to, command, samples) in lanes {
            all.push(Compiling {
                compile: (*name).to_owned(),
                contestant: who.name.clone(),
                ms: samples.median().unwrap_or_default(),
                runs: samples.0.len(),
                peak_bytes: Some(peak_memory(&command)?),
                code_bytes: who.code_bytes(&to),
            });
        }
    }
    Ok(all)
}

/// The figures as text; `pair` is who is compared with whom, and `goal` what that should not exceed.
pub fn table(all: &[Compiling], pair: (&str, &str), goal: Option<f64>) -> String {
    const MIB: f64 = 1024.0 * 1024.0;
    if all.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\ncompiling, all cores\n{:<34}{:>10} {:>9} {:>9} | {} / {}\n",
        "module, contestant", "ms", "code MiB", "peak MiB", pair.0, pair.1
    );
    let mib = |bytes: Option<u64>| {
        bytes.map_or("-".to_owned(), |bytes| format!("{:.2}", bytes as f64 / MIB))
    };
    for one in all {
        let name = format!("{}, {}", one.compile, one.contestant);
        let beside =
            all.iter().find(|other| other.compile == one.compile && other.contestant == pair.1);
        let ratio = beside
            .filter(|beside| one.contestant == pair.0 && beside.ms > 0.0)
            .map(|beside| one.ms / beside.ms);
        let judged = match (ratio, goal) {
            (Some(ratio), Some(goal)) => format!("   {ratio:.2}  goal {}", mark(Some(ratio), goal)),
            (Some(ratio), None) => format!("   {ratio:.3}"),
            (None, _) => String::new(),
        };
        let (code, peak) = (mib(one.code_bytes), mib(one.peak_bytes));
        text.push_str(&format!("{name:<34}{:>10.1} {code:>9} {peak:>9} |{judged}\n", one.ms));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::speed::figure::{OURS, PEER};

    #[test]
    fn only_ours_is_judged_and_only_beside_the_peer() {
        let one = |who: &str, ms| Compiling {
            compile: "python".to_owned(),
            contestant: who.to_owned(),
            ms,
            runs: 1,
            peak_bytes: Some(3 << 20),
            code_bytes: None,
        };
        let pair = (OURS, PEER);
        let alone = table(&[one(OURS, 5.0)], pair, Some(GOAL));
        assert!(!alone.contains("goal"), "{alone}");
        let both = table(&[one(OURS, 8.0), one(PEER, 10.0)], pair, Some(GOAL));
        assert_eq!(both.matches("goal").count(), 1, "{both}");
        assert!(both.contains("0.80  goal 0.85 ok") && both.contains("3.00"), "{both}");
    }
}
