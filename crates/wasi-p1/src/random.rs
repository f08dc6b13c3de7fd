//! `random_get`.

use crate::{Fail, Result, WasiP1, memory};

/// Between two looks at whether the guest is to end.
const CHUNK: usize = 1 << 20;

/// Fills `buf_len` bytes at `buf` with random ones.
///
/// Errnos: `fault`.
pub fn random_get(wasi: &mut WasiP1, memory: &mut [u8], buf: u32, buf_len: u32) -> Result {
    for chunk in memory::bytes_mut(memory, buf, buf_len)?.chunks_mut(CHUNK) {
        wasi.core.random.fill(chunk)?;
        if chunk.len() == CHUNK && wasi.core.cancel.is_cancelled() {
            return Err(Fail::CANCELLED);
        }
    }
    Ok(())
}
