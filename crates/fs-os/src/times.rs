//! Timestamps as the kernel takes them.

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use waxwing_wasi_core::time::{SetTime, SetTimes};

fn spec(time: SetTime) -> Timespec {
    match time {
        SetTime::Keep => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        SetTime::Now => Timespec { tv_sec: 0, tv_nsec: UTIME_NOW },
        SetTime::At(time) => Timespec { tv_sec: time.seconds, tv_nsec: time.nanoseconds.into() },
    }
}

pub(crate) fn timestamps(times: SetTimes) -> Timestamps {
    Timestamps { last_access: spec(times.accessed), last_modification: spec(times.modified) }
}
