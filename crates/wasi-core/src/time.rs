//! Clocks and timestamps.

use crate::Errno;
use rustix::time::{ClockId, clock_getres, clock_gettime};
use std::num::NonZeroU64;

/// A moment since the Unix epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Timestamp {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// Nanoseconds to add, below 1,000,000,000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// From nanoseconds since the epoch.
    pub const fn from_nanoseconds(ns: u64) -> Timestamp {
        Timestamp { seconds: (ns / 1_000_000_000) as i64, nanoseconds: (ns % 1_000_000_000) as u32 }
    }

    /// Nanoseconds since the epoch; moments outside what `u64` holds are clamped to its ends.
    pub fn to_nanoseconds(self) -> u64 {
        match u64::try_from(self.seconds) {
            Ok(seconds) => {
                seconds.saturating_mul(1_000_000_000).saturating_add(self.nanoseconds.into())
            }
            Err(_) => 0,
        }
    }

    /// The host's wall clock.
    pub fn now() -> Timestamp {
        let now = clock_gettime(ClockId::Realtime);
        Timestamp { seconds: now.tv_sec, nanoseconds: now.tv_nsec as u32 }
    }
}

/// A change to one timestamp of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SetTime {
    /// Leave it.
    #[default]
    Keep,
    /// The file system's present time.
    Now,
    /// This moment.
    At(Timestamp),
}

/// A change to the timestamps of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SetTimes {
    /// Time of last access.
    pub accessed: SetTime,
    /// Time of last change of content.
    pub modified: SetTime,
}

/// The clocks a guest can read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// Wall clock, from the Unix epoch; may jump.
    Realtime,
    /// Never goes back; its zero has no meaning.
    Monotonic,
    /// Processor time of the host process.
    ProcessCpu,
    /// Processor time of the host thread.
    ThreadCpu,
}

impl Clock {
    fn id(self) -> ClockId {
        match self {
            Clock::Realtime => ClockId::Realtime,
            Clock::Monotonic => ClockId::Monotonic,
            Clock::ProcessCpu => ClockId::ProcessCPUTime,
            Clock::ThreadCpu => ClockId::ThreadCPUTime,
        }
    }
}

/// Where a guest's time comes from.
pub trait Clocks: Send + Sync {
    /// The clock's present value in nanoseconds.
    ///
    /// # Errors
    /// [`Errno::Inval`] when this source lacks the clock.
    fn now(&self, clock: Clock) -> Result<u64, Errno>;

    /// The clock's resolution in nanoseconds, never zero.
    ///
    /// # Errors
    /// [`Errno::Inval`] when this source lacks the clock.
    fn resolution(&self, clock: Clock) -> Result<u64, Errno>;
}

/// The host's clocks, optionally coarsened.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClocks {
    /// Values are rounded down to a multiple of this many nanoseconds.
    pub granularity: Option<NonZeroU64>,
}

fn nanoseconds(spec: rustix::time::Timespec) -> u64 {
    Timestamp { seconds: spec.tv_sec, nanoseconds: spec.tv_nsec as u32 }.to_nanoseconds()
}

impl Clocks for SystemClocks {
    fn now(&self, clock: Clock) -> Result<u64, Errno> {
        let now = nanoseconds(clock_gettime(clock.id()));
        Ok(match self.granularity {
            Some(grain) => now - now % grain,
            None => now,
        })
    }

    fn resolution(&self, clock: Clock) -> Result<u64, Errno> {
        let host = nanoseconds(clock_getres(clock.id())).max(1);
        Ok(host.max(self.granularity.map_or(1, NonZeroU64::get)))
    }
}

/// Clocks that stand still, for reproducible runs. Processor-time clocks read zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedClocks {
    /// What the wall clock shows, in nanoseconds since the epoch.
    pub realtime: u64,
    /// What the monotonic clock shows, in nanoseconds.
    pub monotonic: u64,
}

impl Clocks for FixedClocks {
    fn now(&self, clock: Clock) -> Result<u64, Errno> {
        Ok(match clock {
            Clock::Realtime => self.realtime,
            Clock::Monotonic => self.monotonic,
            Clock::ProcessCpu | Clock::ThreadCpu => 0,
        })
    }

    fn resolution(&self, _: Clock) -> Result<u64, Errno> {
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_clamp() {
        assert_eq!(Timestamp { seconds: -1, nanoseconds: 5 }.to_nanoseconds(), 0);
        assert_eq!(Timestamp { seconds: i64::MAX, nanoseconds: 5 }.to_nanoseconds(), u64::MAX);
        for ns in [0, 1, 999_999_999, 1_000_000_000, u64::MAX] {
            assert_eq!(Timestamp::from_nanoseconds(ns).to_nanoseconds(), ns);
        }
    }

    #[test]
    fn coarse_clocks_are_coarse() {
        let clocks = SystemClocks { granularity: NonZeroU64::new(1_000_000) };
        assert_eq!(clocks.now(Clock::Monotonic).unwrap() % 1_000_000, 0);
        assert!(clocks.resolution(Clock::Realtime).unwrap() >= 1_000_000);
    }
}
