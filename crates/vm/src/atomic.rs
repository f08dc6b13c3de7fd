//! `memory.atomic.wait` and `memory.atomic.notify` (the threads proposal).

use crate::parking::Waited;
use crate::shared::SharedMemory;
use crate::{Instance, Memory, StoreContext};
use std::sync::atomic::Ordering;
use std::time::Duration;
use waxwing_module::Trap;

/// The memory, if `bytes` bytes at `address` are inside it and aligned.
fn checked(instance: &Instance, index: u32, address: u64, bytes: u64) -> Result<&Memory, Trap> {
    // SAFETY: memories live as long as the store, and only this thread uses it.
    let memory = unsafe { &*instance.memory(index) };
    if !address.is_multiple_of(bytes) {
        return Err(Trap::UnalignedAtomic);
    }
    let end = address.checked_add(bytes).filter(|&end| end <= memory.len() as u64);
    end.map(|_| memory).ok_or(Trap::MemoryOutOfBounds)
}

/// Wakes waiters; nobody can wait on a memory that is not shared.
pub(crate) fn notify(
    instance: &Instance,
    index: u32,
    address: u64,
    count: u32,
) -> Result<u64, Trap> {
    let memory = checked(instance, index, address, 4)?;
    Ok(memory.shared().map_or(0, |shared| shared.parking().notify(address, count).into()))
}

/// Waits while 32 bits are as expected.
pub(crate) fn wait32(
    ctx: &StoreContext,
    instance: &Instance,
    index: u32,
    address: u64,
    expected: u32,
    timeout: i64,
) -> Result<u64, Trap> {
    let shared = waitable(instance, index, address, 4)?;
    let word = shared.word(address as usize);
    wait(ctx, shared, address, || word.load(Ordering::SeqCst) == expected, timeout)
}

/// Waits while 64 bits are as expected.
pub(crate) fn wait64(
    ctx: &StoreContext,
    instance: &Instance,
    index: u32,
    address: u64,
    expected: u64,
    timeout: i64,
) -> Result<u64, Trap> {
    let shared = waitable(instance, index, address, 8)?;
    let word = shared.double_word(address as usize);
    wait(ctx, shared, address, || word.load(Ordering::SeqCst) == expected, timeout)
}

fn waitable(
    instance: &Instance,
    index: u32,
    address: u64,
    bytes: u64,
) -> Result<&SharedMemory, Trap> {
    checked(instance, index, address, bytes)?.shared().ok_or(Trap::ExpectedSharedMemory)
}

fn wait(
    ctx: &StoreContext,
    shared: &SharedMemory,
    address: u64,
    holds: impl FnOnce() -> bool,
    timeout: i64,
) -> Result<u64, Trap> {
    // A negative time means for ever.
    let timeout = u64::try_from(timeout).ok().map(Duration::from_nanos);
    let waited: Waited = shared.parking().wait(ctx, address, holds, timeout)?;
    Ok(waited as u64)
}
