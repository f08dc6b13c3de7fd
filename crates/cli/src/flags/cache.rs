//! Whether and where compiled code is kept.

use crate::failure::{Failure, Result};
use crate::flags::Size;
use crate::output::note;
use clap::Args;
use waxwing::Cache;
use waxwing::cache::NotPrivate;

/// The variable that bounds the cache.
pub const SIZE_VARIABLE: &str = "WAXWING_CACHE_SIZE";

/// Options of the cache.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Engine")]
pub struct CacheFlags {
    /// Neither look for compiled code in the cache nor put it there
    #[arg(long)]
    pub no_cache: bool,
}

impl CacheFlags {
    /// The cache, if there is one that can be used. A directory that is not safe is always
    /// spoken of; anything else only with `-v`, since the program runs all the same.
    pub fn open(&self, verbose: bool) -> Option<Cache> {
        if self.no_cache {
            return None;
        }
        let dir = Cache::default_dir()?;
        match Cache::open(dir) {
            Ok(cache) => Some(match capacity() {
                Ok(bytes) => cache.with_capacity(bytes),
                Err(e) => {
                    note(e);
                    cache
                }
            }),
            Err(e) => {
                if verbose || e.downcast_ref::<NotPrivate>().is_some() {
                    note(format_args!("running without the cache: {e}"));
                }
                None
            }
        }
    }
}

/// The cache's capacity in bytes, by the environment.
///
/// # Errors
/// If the variable holds no size.
pub fn capacity() -> std::result::Result<u64, String> {
    let Some(text) = std::env::var_os(SIZE_VARIABLE) else { return Ok(waxwing::cache::CAPACITY) };
    let size: Size = text.to_string_lossy().parse().map_err(|e| format!("{SIZE_VARIABLE}: {e}"))?;
    Ok(size.0)
}

/// The cache, for commands that are about it.
///
/// # Errors
/// If there is none, or it cannot be used.
pub fn required() -> Result<Cache> {
    let dir = Cache::default_dir().ok_or_else(|| {
        Failure::new("there is no place for a cache")
            .help("set WAXWING_CACHE_DIR, XDG_CACHE_HOME or HOME")
    })?;
    let cache = Cache::open(&dir).map_err(|e| {
        let failure = Failure::new(e.to_string());
        match e.downcast_ref::<NotPrivate>() {
            Some(_) => failure.help(format!("chmod 700 {}, if it is yours", dir.display())),
            None => failure.help("set WAXWING_CACHE_DIR to a directory of your own"),
        }
    })?;
    Ok(cache.with_capacity(capacity().map_err(Failure::new)?))
}
