//! What a heap has done so far.

use std::time::Duration;

/// Figures of a heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Collections so far.
    pub collections: u64,
    /// Bytes of all objects ever allocated. Objects in the hole that is being filled count when it
    /// is left, or at the next collection.
    pub allocated_bytes: u64,
    /// Bytes of the objects that the last collection found alive.
    pub live_bytes: u64,
    /// The number of these objects.
    pub live_objects: u64,
    /// Bytes of memory that are accessible, without the marks beside them (1/32 of it).
    pub capacity_bytes: u64,
    /// Host values that are not yet released.
    pub host_values: u64,
    /// Time spent in collections since [`Heap::set_timed`](super::Heap::set_timed) was turned on.
    pub time: Duration,
}
