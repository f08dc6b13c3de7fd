//! The time that guests spend in host functions. Taken only where it is asked for: the functions of such
//! a store have an entry of their own, and those of others none the wiser.

use crate::HostBinding;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use waxwing_fiber::HostFrame;

/// Sums up the calls of host functions. May be shared by stores.
#[derive(Debug, Default)]
pub struct HostMeter {
    nanos: AtomicU64,
    calls: AtomicU64,
}

impl HostMeter {
    /// The time spent in host functions. One that calls a guest is counted with it, so that a host
    /// function which that guest calls is counted twice.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }

    /// How often host functions were called.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// What stands in the place of a host function's data where its time is taken.
pub(crate) struct Timed {
    pub entry: *const (),
    /// What `HostBinding::floats` says of the entry.
    pub floats: u32,
    pub env: *const (),
    pub meter: Arc<HostMeter>,
}

/// The entry of a host function whose time is taken.
///
/// # Safety
/// As for the function's own entry, but that the binding's data is a [`Timed`].
pub(crate) unsafe extern "C" fn timed_entry(binding: *const u8, frame: *mut HostFrame) {
    // SAFETY: the store that made the binding installs this entry with a `Timed`, which lives as long as
    // the store.
    let (outer, timed) = unsafe {
        let outer = &*binding.cast::<HostBinding>();
        (outer, &*outer.env.cast::<Timed>())
    };
    let own = HostBinding { entry: timed.entry, floats: timed.floats, env: timed.env, ..*outer };
    let start = Instant::now();
    // SAFETY: this is the binding that the entry was made for, and the frame is the call's.
    unsafe { HostBinding::invoke(&raw const own, frame) };
    let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    timed.meter.nanos.fetch_add(nanos, Ordering::Relaxed);
    timed.meter.calls.fetch_add(1, Ordering::Relaxed);
}
