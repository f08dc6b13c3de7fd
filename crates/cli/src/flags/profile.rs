//! Telling the profiler perf what code belongs to which function.

use crate::failure::{Failure, Result, reason};
use clap::ValueEnum;
use std::fmt::Write;
use std::path::PathBuf;
use waxwing::Module;

/// `--profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// A map of names at /tmp/perf-PID.map, which perf report reads by itself
    Perfmap,
}

impl Profile {
    /// Writes down where the functions of these modules lie.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(self, modules: &[Module]) -> Result<()> {
        let Profile::Perfmap = self;
        let path = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
        let map = modules.iter().map(perfmap).collect::<String>();
        std::fs::write(&path, map).map_err(|e| {
            Failure::new(format!("cannot write the map for perf: {}", reason(&e))).at_file(&path)
        })
    }
}

/// A line a function: address and length in hexadecimal, and its name.
fn perfmap(module: &Module) -> String {
    let prefix = module.name().map(|n| format!("{n}!")).unwrap_or_default();
    module.text().fold(String::new(), |mut map, (index, range)| {
        let name = module.function_name(index).unwrap_or_else(|| format!("function[{index}]"));
        let name = name.replace(['\n', '\r'], " ");
        // Writing to a string cannot fail.
        let _ = writeln!(map, "{:x} {:x} {prefix}{name}", range.start, range.len());
        map
    })
}
