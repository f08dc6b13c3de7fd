//! `waxwing cache`: looks after the compile cache.

use crate::failure::{Failure, Result};
use crate::flags::Size;
use crate::flags::cache::required;
use crate::output::{self, count};
use std::process::ExitCode;
use waxwing::Cache as CompileCache;

/// Look after the cache of compiled code
#[derive(clap::Args, Debug)]
pub struct Cache {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Print the cache's directory
    Dir,
    /// Print how much is in the cache
    Info,
    /// Compare every entry with its full hash; remove what is damaged
    Verify,
    /// Remove everything in the cache
    Clear,
}

impl Cache {
    /// Does it.
    pub fn main(self) -> Result<ExitCode> {
        match self.action {
            Action::Dir => dir(),
            Action::Info => info(),
            Action::Verify => verify(),
            Action::Clear => clear(),
        }
    }
}

fn engine(e: &waxwing::Error) -> Failure {
    Failure::new(e.to_string())
}

fn dir() -> Result<ExitCode> {
    let dir = CompileCache::default_dir().ok_or_else(|| {
        Failure::new("there is no place for a cache")
            .help("set WAXWING_CACHE_DIR, XDG_CACHE_HOME or HOME")
    })?;
    output::print(&format!("{}\n", dir.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn info() -> Result<ExitCode> {
    let cache = required()?;
    let info = cache.info().map_err(|e| engine(&e))?;
    output::print(&format!(
        "directory: {}\nentries: {}\nsize: {}\ncapacity: {}\nfiles known by identity: {}\n",
        cache.path().display(),
        info.entries,
        Size(info.bytes),
        Size(cache.capacity()),
        info.files,
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn verify() -> Result<ExitCode> {
    let cache = required()?;
    let (whole, damaged) = cache.verify().map_err(|e| engine(&e))?;
    output::print(&format!("entries: {whole} whole, {} damaged\n", damaged.len()))?;
    if damaged.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let lines = damaged.iter().map(|(name, why)| format!("\n  {name}: {why}"));
    Err(Failure::new(format!("damaged entries were removed:{}", lines.collect::<String>()))
        .at_file(cache.path())
        .help("they are compiled again when needed; if this recurs, check the disk"))
}

fn clear() -> Result<ExitCode> {
    let cache = required()?;
    let info = cache.clear().map_err(|e| engine(&e))?;
    output::print(&format!(
        "removed {}, {}\n",
        count(info.entries, "entry", "entries"),
        Size(info.bytes)
    ))?;
    Ok(ExitCode::SUCCESS)
}
