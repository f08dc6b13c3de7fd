//! The only raw operating-system calls of the engine: address space, files that back it, signals,
//! threads. To port the engine to another system, edit this crate and `waxwing-fiber`.
//!
//! Everything is for 64-bit Linux on x86-64.

mod map;
mod pagemap;
mod saved;
mod signal;
mod thread;

pub use map::{File, Reservation, Sealed, page_size};
pub use pagemap::PageMap;
pub use saved::Saved;
pub use signal::{Context, Fault, Handler, install};
pub use thread::{
    Tid, current_tid, ensure_signal_stack, heavy_barrier, make_thread_ready, page_faults,
    random_u64, ready_thread, send_stop, sleep_precisely, stack_is_short, thread_number,
};
