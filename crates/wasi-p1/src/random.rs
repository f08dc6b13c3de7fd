//! `random_get`.

use crate::{Fail, Memory, Result, WasiP1, memory};

/// Between two looks at whether the guest is to end.
const CHUNK: u32 = 1 << 20;

/// Fills `buf_len` bytes at `buf` with random ones.
///
/// Errnos: `fault`.
pub fn random_get(wasi: &mut WasiP1, memory: &mut Memory<'_>, buf: u32, buf_len: u32) -> Result {
    memory::check(memory, buf, buf_len)?;
    let (mut at, mut left) = (buf, buf_len);
    let mut chunk = vec![0; left.min(CHUNK) as usize];
    while left > 0 {
        let len = left.min(CHUNK);
        let chunk = &mut chunk[..len as usize];
        wasi.random().fill(chunk)?;
        memory::put(memory, at, chunk)?;
        (at, left) = (at.wrapping_add(len), left - len);
        if len == CHUNK && wasi.core.cancel.is_cancelled() {
            return Err(Fail::CANCELLED);
        }
    }
    Ok(())
}
