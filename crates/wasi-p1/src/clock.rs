//! `clock_*`: reading clocks.

use crate::{Memory, Result, WasiP1, abi, memory};

/// Puts the resolution of clock `id` in nanoseconds at `resolution`, a `u64`.
///
/// Errnos: `inval` (no such clock), `fault`.
pub fn clock_res_get(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    id: u32,
    resolution: u32,
) -> Result {
    let value = wasi.core.clocks.resolution(abi::clock(id)?)?;
    Ok(memory::put_u64(memory, resolution, value)?)
}

/// Puts the time of clock `id` in nanoseconds at `time`, a `u64`. The precision is not needed:
/// reading exactly costs no more.
///
/// Errnos: `inval` (no such clock), `fault`.
pub fn clock_time_get(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    id: u32,
    _precision: u64,
    time: u32,
) -> Result {
    let value = wasi.core.clocks.now(abi::clock(id)?)?;
    Ok(memory::put_u64(memory, time, value)?)
}
