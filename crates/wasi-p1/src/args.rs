//! `args_*` and `environ_*`: lists of strings.
//!
//! A list is given to the guest as pointers, then bytes, each string ended by a NUL:
//!
//! ```text
//! argv:      [ptr 0][ptr 1]...
//! argv_buf:  "cat\0" "file\0"
//! ```

use crate::{Memory, Result, WasiP1, memory};
use waxwing_wasi_core::Errno;

/// How many bytes a list takes with its NULs; `overflow` beyond 4 GiB.
fn size(list: &[Vec<u8>]) -> std::result::Result<u32, Errno> {
    let size: usize = list.iter().map(|string| string.len() + 1).sum();
    u32::try_from(size).map_err(|_| Errno::Overflow)
}

fn get(list: &[Vec<u8>], memory: &mut Memory<'_>, pointers: u32, buf: u32) -> Result {
    memory::check(memory, buf, size(list)?)?;
    let count = u32::try_from(list.len()).map_err(|_| Errno::Overflow)?;
    memory::check(memory, pointers, count.checked_mul(4).ok_or(Errno::Overflow)?)?;
    // Both ranges lie within the memory, so neither cursor can wrap.
    let (mut pointer, mut at) = (pointers, buf);
    for string in list {
        memory::put_u32(memory, pointer, at)?;
        memory::put(memory, at, string)?;
        at += string.len() as u32;
        memory::put(memory, at, &[0])?;
        at = at.wrapping_add(1);
        pointer = pointer.wrapping_add(4);
    }
    Ok(())
}

fn sizes_get(list: &[Vec<u8>], memory: &mut Memory<'_>, count: u32, bytes: u32) -> Result {
    memory::check(memory, bytes, 4)?;
    memory::put_size(memory, count, list.len())?;
    memory::put_u32(memory, bytes, size(list)?)?;
    Ok(())
}

/// Puts the arguments at `argv` (pointers) and `argv_buf` (bytes).
///
/// Errnos: `fault`.
pub fn args_get(wasi: &mut WasiP1, memory: &mut Memory<'_>, argv: u32, argv_buf: u32) -> Result {
    get(&wasi.core.args, memory, argv, argv_buf)
}

/// Puts how many arguments there are at `count`, and how many bytes they take at `size`.
///
/// Errnos: `fault`.
pub fn args_sizes_get(wasi: &mut WasiP1, memory: &mut Memory<'_>, count: u32, size: u32) -> Result {
    sizes_get(&wasi.core.args, memory, count, size)
}

/// Puts the environment, each `KEY=VALUE`, at `environ` (pointers) and `environ_buf` (bytes).
///
/// Errnos: `fault`.
pub fn environ_get(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    environ: u32,
    environ_buf: u32,
) -> Result {
    get(&wasi.core.env, memory, environ, environ_buf)
}

/// Puts how many variables there are at `count`, and how many bytes they take at `size`.
///
/// Errnos: `fault`.
pub fn environ_sizes_get(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    count: u32,
    size: u32,
) -> Result {
    sizes_get(&wasi.core.env, memory, count, size)
}
