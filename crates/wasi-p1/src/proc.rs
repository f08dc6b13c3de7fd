//! `proc_*` and `sched_yield`.

use crate::{Memory, Result, Stop, WasiP1, abi};
use waxwing_wasi_core::{Exit, Raised};

/// Ends the guest with `code`.
pub fn proc_exit(_: &mut WasiP1, _: &mut Memory<'_>, code: u32) -> Result {
    Err(Stop::Exit(Exit(code)).into())
}

/// Raises `signal` for the guest itself, with the default action: most end it, those that are
/// ignored by default (and number zero) do nothing.
///
/// Errnos: `inval` (no such signal).
pub fn proc_raise(_: &mut WasiP1, _: &mut Memory<'_>, signal: u32) -> Result {
    match abi::signal(signal)? {
        Some(signal) if !signal.ignored_by_default() => Err(Stop::Raised(Raised(signal)).into()),
        _ => Ok(()),
    }
}

/// Lets another thread of the host run.
pub fn sched_yield(_: &mut WasiP1, _: &mut Memory<'_>) -> Result {
    std::thread::yield_now();
    Ok(())
}
