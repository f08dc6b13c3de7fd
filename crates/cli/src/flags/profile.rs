//! Telling profilers and debuggers what code belongs to which function.

use crate::failure::{Failure, Result, reason};
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use waxwing::Module;
use waxwing::profile::{JitDump, perf_map, show_to_gdb};

/// `--profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Names in /tmp/perf-PID.map, which `perf report` reads by itself
    Perfmap,
    /// Names and code in jit-PID.dump here, for `perf record -k mono` and `perf inject --jit`
    Jitdump,
    /// Names for GDB, by its interface for compiled code
    Gdb,
}

impl Profile {
    /// Shows where the functions of these modules lie.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn show(self, modules: &[Module]) -> Result<()> {
        match self {
            Profile::Perfmap => {
                let path = PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()));
                let map = modules.iter().map(perf_map).collect::<String>();
                std::fs::write(&path, map).map_err(|e| failed(&e, &path))
            }
            Profile::Jitdump => {
                let here = Path::new(".");
                let mut dump = JitDump::create(here).map_err(|e| failed(&e, here))?;
                let added = modules.iter().try_for_each(|module| dump.add(module));
                added.map_err(|e| failed(&e, dump.path()))?;
                // perf finds the file by its mapping, which has to stay.
                std::mem::forget(dump);
                Ok(())
            }
            Profile::Gdb => {
                modules.iter().for_each(show_to_gdb);
                Ok(())
            }
        }
    }
}

fn failed(e: &std::io::Error, path: &Path) -> Failure {
    Failure::new(format!("cannot write for the profiler: {}", reason(e))).at_file(path)
}
