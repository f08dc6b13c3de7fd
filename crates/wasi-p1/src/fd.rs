//! `fd_*`: what a descriptor is, and what becomes of it.

use crate::table::{Entry, Kind, Preopened};
use crate::{Memory, Result, WasiP1, abi, memory};
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::fs::File;

/// The file behind a descriptor; `other` for what is not one.
fn file(
    entry: &Entry,
    rights: abi::Rights,
    dir: Errno,
    other: Errno,
) -> std::result::Result<&dyn File, Errno> {
    match &entry.kind {
        Kind::File(file) => {
            entry.need(rights)?;
            Ok(&**file)
        }
        Kind::Dir(_) => Err(dir),
        _ => Err(other),
    }
}

/// Takes a hint on how `len` bytes at `offset` will be used.
///
/// Errnos: `badf`, `notcapable`, `inval`, `spipe`. A hint on a directory is taken and ignored.
pub fn fd_advise(
    wasi: &mut WasiP1,
    _: &mut Memory<'_>,
    fd: u32,
    offset: u64,
    len: u64,
    advice: u32,
) -> Result {
    let advice = abi::advice(advice)?;
    let entry = wasi.fds.get(fd)?;
    if let Kind::Dir(_) = entry.kind {
        return Ok(entry.need(abi::FD_ADVISE)?);
    }
    let file = file(&entry, abi::FD_ADVISE, Errno::BadF, Errno::Spipe)?;
    Ok(file.advise(offset, len, advice)?)
}

/// Makes sure that `len` bytes at `offset` have room, extending the file.
///
/// Errnos: `badf`, `isdir`, `notcapable`, `inval`, `fbig`, `nospc`, `notsup`, `rofs`, `spipe`.
pub fn fd_allocate(
    wasi: &mut WasiP1,
    _: &mut Memory<'_>,
    fd: u32,
    offset: u64,
    len: u64,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    let file = file(&entry, abi::FD_ALLOCATE, Errno::IsDir, Errno::Spipe)?;
    Ok(file.allocate(offset, len)?)
}

/// Closes a descriptor. Its number is free again, also where it was open from the start.
///
/// Errnos: `badf`.
pub fn fd_close(wasi: &mut WasiP1, _: &mut Memory<'_>, fd: u32) -> Result {
    wasi.fds.remove(fd)?;
    Ok(())
}

/// Puts the content onto the medium.
///
/// Errnos: `badf`, `notcapable`, `inval` (not a file), `io`.
pub fn fd_datasync(wasi: &mut WasiP1, _: &mut Memory<'_>, fd: u32) -> Result {
    let entry = wasi.fds.get(fd)?;
    let file = file(&entry, abi::FD_DATASYNC, Errno::BadF, Errno::Inval)?;
    Ok(file.sync_data()?)
}

/// Puts content and metadata onto the medium.
///
/// Errnos: `badf`, `notcapable`, `inval` (neither file nor directory), `io`.
pub fn fd_sync(wasi: &mut WasiP1, _: &mut Memory<'_>, fd: u32) -> Result {
    let entry = wasi.fds.get(fd)?;
    match &entry.kind {
        Kind::File(file) => {
            entry.need(abi::FD_SYNC)?;
            file.sync()?;
        }
        Kind::Dir(_) => entry.dir(abi::FD_SYNC)?.sync()?,
        _ => return Err(Errno::Inval.into()),
    }
    Ok(())
}

/// Puts the `fdstat` of a descriptor at `stat`.
///
/// ```text
/// 0 filetype u8 | 2 fdflags u16 | 8 rights_base u64 | 16 rights_inheriting u64
/// ```
///
/// Errnos: `badf`, `fault`.
pub fn fd_fdstat_get(wasi: &mut WasiP1, memory: &mut Memory<'_>, fd: u32, stat: u32) -> Result {
    let entry = wasi.fds.get(fd)?;
    let mut bytes = [0; 24];
    bytes[0] = abi::filetype(entry.file_type()?);
    bytes[2..4].copy_from_slice(&(entry.flags() as u16).to_le_bytes());
    bytes[8..16].copy_from_slice(&entry.base().to_le_bytes());
    bytes[16..24].copy_from_slice(&entry.inheriting().to_le_bytes());
    Ok(memory::put(memory, stat, &bytes)?)
}

/// Sets the `fdflags` of a descriptor. All five take effect from the next call on.
///
/// Errnos: `badf`, `notcapable`, `inval` (unknown flags).
pub fn fd_fdstat_set_flags(wasi: &mut WasiP1, _: &mut Memory<'_>, fd: u32, flags: u32) -> Result {
    let entry = wasi.fds.get(fd)?;
    entry.need(abi::FD_FDSTAT_SET_FLAGS)?;
    entry.set_flags(abi::flags(flags, 0x1f)?);
    Ok(())
}

/// Takes rights away. None can be added.
///
/// Errnos: `badf`, `notcapable` (a right it does not have).
pub fn fd_fdstat_set_rights(
    wasi: &mut WasiP1,
    _: &mut Memory<'_>,
    fd: u32,
    base: u64,
    inheriting: u64,
) -> Result {
    Ok(wasi.fds.get(fd)?.reduce_rights(base, inheriting)?)
}

/// Puts the `filestat` of a descriptor at `buf` (see [`abi::filestat`]).
///
/// Errnos: `badf`, `notcapable`, `fault`.
pub fn fd_filestat_get(wasi: &mut WasiP1, memory: &mut Memory<'_>, fd: u32, buf: u32) -> Result {
    let entry = wasi.fds.get(fd)?;
    entry.need(abi::FD_FILESTAT_GET)?;
    Ok(memory::put(memory, buf, &abi::filestat(&entry.stat()?))?)
}

/// Cuts or extends a file to `size`.
///
/// Errnos: `badf`, `isdir`, `notcapable`, `inval`, `fbig`, `nospc`, `rofs`.
pub fn fd_filestat_set_size(wasi: &mut WasiP1, _: &mut Memory<'_>, fd: u32, size: u64) -> Result {
    let entry = wasi.fds.get(fd)?;
    let file = file(&entry, abi::FD_FILESTAT_SET_SIZE, Errno::IsDir, Errno::Inval)?;
    Ok(file.set_size(size)?)
}

/// Sets the times of a file or directory as `fst_flags` say.
///
/// Errnos: `badf`, `notcapable`, `inval`, `notsup` (a stream), `rofs`.
pub fn fd_filestat_set_times(
    wasi: &mut WasiP1,
    _: &mut Memory<'_>,
    fd: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    let times = abi::set_times(atim, mtim, fst_flags)?;
    match &entry.kind {
        Kind::File(file) => {
            entry.need(abi::FD_FILESTAT_SET_TIMES)?;
            file.set_times(times)?;
        }
        Kind::Dir(_) => entry.dir(abi::FD_FILESTAT_SET_TIMES)?.set_times(times)?,
        _ => return Err(Errno::NotSup.into()),
    }
    Ok(())
}

/// Puts what was open at the start under this number at `buf`.
///
/// ```text
/// 0 tag u8 (0: a directory) | 4 length of its name u32
/// ```
///
/// A listener has tag 1, for which the specification has no name; guests that look for
/// directories pass over it.
///
/// Errnos: `badf` (also when it was opened later), `fault`.
pub fn fd_prestat_get(wasi: &mut WasiP1, memory: &mut Memory<'_>, fd: u32, buf: u32) -> Result {
    let (tag, len) = match &wasi.fds.get(fd)?.preopened {
        Some(Preopened::Dir(name)) => (0, name.len()),
        Some(Preopened::Listener) => (1, 0),
        None => return Err(Errno::BadF.into()),
    };
    let mut bytes = [tag, 0, 0, 0, 0, 0, 0, 0];
    let len = u32::try_from(len).map_err(|_| Errno::Overflow)?;
    bytes[4..8].copy_from_slice(&len.to_le_bytes());
    Ok(memory::put(memory, buf, &bytes)?)
}

/// Puts the name of a directory that was open at the start at `path`.
///
/// Errnos: `badf`, `notdir` (a listener), `nametoolong` (`path_len` is too small), `fault`.
pub fn fd_prestat_dir_name(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Result {
    let entry = wasi.fds.get(fd)?;
    let name = match &entry.preopened {
        Some(Preopened::Dir(name)) => name,
        Some(Preopened::Listener) => return Err(Errno::NotDir.into()),
        None => return Err(Errno::BadF.into()),
    };
    if name.len() > path_len as usize {
        return Err(Errno::NameTooLong.into());
    }
    Ok(memory::put(memory, path, name.as_bytes())?)
}

/// Closes `to` and gives its number to `from`, in one step. Rights move along unchanged.
///
/// Errnos: `badf` (either is not open).
pub fn fd_renumber(wasi: &mut WasiP1, _: &mut Memory<'_>, from: u32, to: u32) -> Result {
    Ok(wasi.fds.renumber(from, to)?)
}
