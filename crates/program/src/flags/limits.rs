//! How much a guest may use.

use crate::flags::{Size, Timeout};
use clap::Args;
use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use waxwing::ResourceLimiter;

/// Options that bound a guest.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// End the guest after this time, even while it waits in a call; exit code 124
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<Timeout>,
    /// Let the guest take so much fuel; exit code 124 when it is used up. Each thread of the guest has
    /// as much of its own
    #[arg(long, value_name = "N")]
    pub fuel: Option<u64>,
    /// The most that all memories of the guest may have together
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<Size>,
    /// The most threads that the guest may have beside its first
    #[arg(long, value_name = "N", default_value_t = waxwing_wasi_threads::DEFAULT_MAX_THREADS)]
    pub max_threads: u32,
}

impl LimitFlags {
    /// The options that ask for this, for a program that is to start later.
    pub fn words(&self) -> Vec<OsString> {
        let LimitFlags { timeout, fuel, max_memory, max_threads } = self;
        let timeout = timeout.map(|t| format!("--timeout={}us", t.0.as_micros()));
        let fuel = fuel.map(|fuel| format!("--fuel={fuel}"));
        let memory = max_memory.map(|size| format!("--max-memory={}", size.0));
        let threads = Some(format!("--max-threads={max_threads}"));
        [timeout, fuel, memory, threads].into_iter().flatten().map(OsString::from).collect()
    }
}

/// Holds all memories of a program together below a limit. Clones are for its threads, and count
/// together.
#[derive(Clone, Debug)]
pub struct MemoryLimit {
    left: Arc<AtomicUsize>,
    used: Arc<AtomicUsize>,
}

impl MemoryLimit {
    /// The limit these options ask for.
    pub fn new(flags: &LimitFlags) -> MemoryLimit {
        let left = flags.max_memory.map(|s| usize::try_from(s.0).unwrap_or(usize::MAX));
        MemoryLimit { left: Arc::new(left.unwrap_or(usize::MAX).into()), used: Arc::default() }
    }

    /// The most that the memories had together: they never shrink.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> bool {
        let more = desired.saturating_sub(current);
        let take = |left: usize| left.checked_sub(more);
        let granted = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        self.used.fetch_add(if granted { more } else { 0 }, Ordering::Relaxed);
        granted
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_counted_together() {
        let flags = LimitFlags { max_memory: Some(Size(100)), ..LimitFlags::default() };
        let mut limit = MemoryLimit::new(&flags);
        assert!(limit.memory_growing(0, 60, None));
        assert!(!limit.memory_growing(0, 41, None));
        assert!(limit.memory_growing(60, 100, None));
        assert!(!limit.memory_growing(100, 101, None));
        assert_eq!(limit.used(), 100);
        assert!(MemoryLimit::new(&LimitFlags::default()).memory_growing(0, usize::MAX, None));
    }
}
