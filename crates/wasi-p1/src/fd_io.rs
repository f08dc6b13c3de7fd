//! `fd_*`: reading, writing, seeking, listing.

use crate::table::Kind;
use crate::{Memory, Result, WasiP1, abi, memory};
use std::io::SeekFrom;
use std::ops::ControlFlow;
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::fs::DirEntry;
use waxwing_wasi_core::stream::Stream;

/// Reads at the descriptor's position into the buffers described at `iovs`, and puts the count at
/// `nread`. Waits for the first byte unless the descriptor is non-blocking.
///
/// ```text
/// iovs: [ptr u32, len u32] * iovs_len
/// ```
///
/// Errnos: `badf`, `isdir`, `notcapable`, `notconn` (a listener), `fault`, `again`, and those of
/// the read.
pub fn fd_read(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    nread: u32,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    match entry.kind {
        Kind::Dir(_) => return Err(Errno::IsDir.into()),
        Kind::Listener(_) => return Err(Errno::NotConn.into()),
        _ => entry.need(abi::FD_READ)?,
    }
    memory::check(memory, nread, 4)?;
    let wait = entry.wait(&wasi.core.cancel);
    let (done, ()) = memory::read_into(memory, iovs, iovs_len, |bufs| {
        let done = match &entry.kind {
            Kind::File(file) => file.read(bufs)?,
            Kind::Stream(stream) => stream.read(bufs, wait)?,
            Kind::Socket(socket) => socket.read(bufs, wait)?,
            Kind::Dir(_) | Kind::Listener(_) => return Err(Errno::BadF.into()),
        };
        Ok((done, ()))
    })?;
    Ok(memory::put_size(memory, nread, done)?)
}

/// Writes the buffers described at `iovs` at the descriptor's position (at the end with the flag
/// `append`), and puts the count at `nwritten`. Waits for room unless non-blocking.
///
/// Errnos: `badf`, `isdir`, `notcapable`, `notconn` (a listener), `fault`, `again`, `pipe`, and
/// those of the write.
pub fn fd_write(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    nwritten: u32,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    match entry.kind {
        Kind::Dir(_) => return Err(Errno::IsDir.into()),
        Kind::Listener(_) => return Err(Errno::NotConn.into()),
        _ => entry.need(abi::FD_WRITE)?,
    }
    memory::check(memory, nwritten, 4)?;
    let wait = entry.wait(&wasi.core.cancel);
    let done = memory::write_from(memory, iovs, iovs_len, |bufs| {
        Ok(match &entry.kind {
            Kind::File(file) => file.write(bufs, entry.write_how())?,
            Kind::Stream(stream) => stream.write(bufs, wait)?,
            Kind::Socket(socket) => socket.write(bufs, wait)?,
            Kind::Dir(_) | Kind::Listener(_) => return Err(Errno::BadF.into()),
        })
    })?;
    Ok(memory::put_size(memory, nwritten, done)?)
}

/// As [`fd_read`], at `offset` and without moving the position.
///
/// Errnos: as [`fd_read`]; `spipe` when it has no positions.
pub fn fd_pread(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    nread: u32,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    let Kind::File(file) = &entry.kind else { return Err(not_positioned(&entry.kind).into()) };
    entry.need(abi::FD_READ)?;
    memory::check(memory, nread, 4)?;
    let (done, ()) =
        memory::read_into(memory, iovs, iovs_len, |bufs| Ok((file.read_at(bufs, offset)?, ())))?;
    Ok(memory::put_size(memory, nread, done)?)
}

/// As [`fd_write`], at `offset` (also with the flag `append`) and without moving the position.
///
/// Errnos: as [`fd_write`]; `spipe` when it has no positions.
pub fn fd_pwrite(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    nwritten: u32,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    let Kind::File(file) = &entry.kind else { return Err(not_positioned(&entry.kind).into()) };
    entry.need(abi::FD_WRITE)?;
    memory::check(memory, nwritten, 4)?;
    let done = memory::write_from(memory, iovs, iovs_len, |bufs| {
        Ok(file.write_at(bufs, offset, entry.write_how())?)
    })?;
    Ok(memory::put_size(memory, nwritten, done)?)
}

fn not_positioned(kind: &Kind) -> Errno {
    match kind {
        Kind::Dir(_) => Errno::IsDir,
        _ => Errno::Spipe,
    }
}

fn seek(kind: &Kind, to: SeekFrom) -> std::result::Result<u64, Errno> {
    match kind {
        Kind::File(file) => file.seek(to),
        Kind::Stream(stream) => stream.seek(to),
        Kind::Dir(_) => Err(Errno::BadF),
        Kind::Listener(_) | Kind::Socket(_) => Err(Errno::Spipe),
    }
}

/// Whether a seek could work at all; only then do rights matter.
fn seekable(kind: &Kind) -> std::result::Result<(), Errno> {
    match kind {
        Kind::File(_) => Ok(()),
        Kind::Stream(stream) if stream.is_seekable() => Ok(()),
        Kind::Dir(_) => Err(Errno::BadF),
        _ => Err(Errno::Spipe),
    }
}

/// Moves the position by `delta` from the beginning (`whence` 0), the position (1) or the end
/// (2), and puts the new position at `position`, a `u64`.
///
/// Errnos: `badf` (also for a directory), `spipe`, `notcapable`, `inval` (before byte zero, or no
/// such whence), `fault`.
pub fn fd_seek(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    delta: i64,
    whence: u32,
    position: u32,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    seekable(&entry.kind)?;
    // Asking for the position is telling it.
    let telling = delta == 0 && whence == 1;
    if !(telling && entry.need(abi::FD_TELL).is_ok()) {
        entry.need(abi::FD_SEEK)?;
    }
    let to = match whence {
        0 => SeekFrom::Start(u64::try_from(delta).map_err(|_| Errno::Inval)?),
        1 => SeekFrom::Current(delta),
        2 => SeekFrom::End(delta),
        _ => return Err(Errno::Inval.into()),
    };
    memory::check(memory, position, 8)?;
    let at = seek(&entry.kind, to)?;
    Ok(memory::put_u64(memory, position, at)?)
}

/// Puts the position at `position`, a `u64`.
///
/// Errnos: `badf` (also for a directory), `spipe`, `notcapable`, `fault`.
pub fn fd_tell(wasi: &mut WasiP1, memory: &mut Memory<'_>, fd: u32, position: u32) -> Result {
    let entry = wasi.fds.get(fd)?;
    seekable(&entry.kind)?;
    entry.need(abi::FD_TELL)?;
    let at = seek(&entry.kind, SeekFrom::Current(0))?;
    Ok(memory::put_u64(memory, position, at)?)
}

/// One entry of a listing before its name.
///
/// ```text
/// 0 next u64 | 8 ino u64 | 16 namlen u32 | 20 filetype u8 | 21 padding
/// ```
fn dirent(entry: &DirEntry<'_>) -> [u8; 24] {
    let mut head = [0; 24];
    head[0..8].copy_from_slice(&entry.next.to_le_bytes());
    head[8..16].copy_from_slice(&entry.inode.to_le_bytes());
    head[16..20].copy_from_slice(&(entry.name.len() as u32).to_le_bytes());
    head[20] = abi::filetype(entry.file_type);
    head
}

/// Adds as much of `bytes` as there is room for, of `len` bytes.
fn fill(buf: &mut Vec<u8>, len: usize, bytes: &[u8]) {
    let room = len - buf.len();
    buf.extend_from_slice(&bytes[..room.min(bytes.len())]);
}

/// Lists the directory from `cookie` on into `buf_len` bytes at `buf`, and puts how many were
/// filled at `used`. The last entry may be cut short; fewer bytes than `buf_len` mean the end.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `inval` (no such cookie), `fault`.
pub fn fd_readdir(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    buf: u32,
    buf_len: u32,
    cookie: u64,
    used: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::FD_READDIR)?;
    memory::check(memory, used, 4)?;
    memory::check(memory, buf, buf_len)?;
    let (len, mut filled) = (buf_len as usize, Vec::new());
    if len > 0 {
        dir.read_dir(cookie, &mut |entry| {
            fill(&mut filled, len, &dirent(&entry));
            fill(&mut filled, len, entry.name);
            if filled.len() == len { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
    }
    memory::put(memory, buf, &filled)?;
    Ok(memory::put_size(memory, used, filled.len())?)
}
