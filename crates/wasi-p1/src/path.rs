//! `path_*`: names beneath an open directory.

use crate::table::{Entry, Kind};
use crate::{Memory, Result, WasiP1, abi, memory};
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::fs::{self, OpenHow, Opened};

/// Whether `lookupflags` say to follow a link in the last component.
fn follows(lookup: u32) -> std::result::Result<bool, Errno> {
    Ok(abi::flags(lookup, abi::SYMLINK_FOLLOW)? != 0)
}

/// Makes a directory.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `fault`, `ilseq`, `exist`, `perm` (a path that leads
/// out, here and below), `rofs` (a read-only grant, here and below), and those of the file system.
pub fn path_create_directory(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::PATH_CREATE_DIRECTORY)?;
    Ok(dir.create_dir(&memory::string(memory, path, path_len)?)?)
}

/// Puts the `filestat` of what a path names at `buf` (see [`abi::filestat`]).
///
/// Errnos: `badf`, `notdir`, `notcapable`, `inval`, `fault`, `ilseq`, `noent`, `loop`, `perm`.
pub fn path_filestat_get(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    path_len: u32,
    buf: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::PATH_FILESTAT_GET)?;
    let follow = follows(lookup)?;
    let stat = dir.stat_at(&memory::string(memory, path, path_len)?, follow)?;
    Ok(memory::put(memory, buf, &abi::filestat(&stat))?)
}

/// Sets the times of what a path names.
///
/// Errnos: as [`path_filestat_get`]; `rofs`.
#[allow(clippy::too_many_arguments, reason = "the specification's parameters")]
pub fn path_filestat_set_times(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    path_len: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::PATH_FILESTAT_SET_TIMES)?;
    let follow = follows(lookup)?;
    let times = abi::set_times(atim, mtim, fst_flags)?;
    Ok(dir.set_times_at(&memory::string(memory, path, path_len)?, follow, times)?)
}

/// Gives a file one more name.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `inval`, `fault`, `ilseq`, `noent`, `exist`, `perm`
/// (also for a directory), `xdev` (another file system), `rofs` (either end is read-only).
#[allow(clippy::too_many_arguments, reason = "the specification's parameters")]
pub fn path_link(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    old_fd: u32,
    lookup: u32,
    old_path: u32,
    old_len: u32,
    new_fd: u32,
    new_path: u32,
    new_len: u32,
) -> Result {
    let old_dir = wasi.fds.get(old_fd)?.dir(abi::PATH_LINK_SOURCE)?;
    let new_dir = wasi.fds.get(new_fd)?.dir(abi::PATH_LINK_TARGET)?;
    let follow = follows(lookup)?;
    let old = &memory::string(memory, old_path, old_len)?;
    let new = &memory::string(memory, new_path, new_len)?;
    Ok(fs::link(&*old_dir, old, follow, &*new_dir, new)?)
}

/// What `path_open` has to hold of the directory before anything is opened.
fn check_open(
    dir: &Entry,
    oflags: u32,
    base: abi::Rights,
    inheriting: abi::Rights,
    fd_flags: u32,
) -> std::result::Result<(), Errno> {
    let mut needed = abi::PATH_OPEN;
    if oflags & abi::O_CREAT != 0 {
        needed |= abi::PATH_CREATE_FILE;
    }
    if oflags & abi::O_TRUNC != 0 {
        needed |= abi::PATH_FILESTAT_SET_SIZE;
    }
    dir.dir(needed)?;
    let mut passed_on = base | inheriting;
    if fd_flags & abi::DSYNC != 0 {
        passed_on |= abi::FD_DATASYNC;
    }
    if fd_flags & (abi::SYNC | abi::RSYNC) != 0 {
        passed_on |= abi::FD_SYNC;
    }
    if passed_on & !dir.inheriting() != 0 { Err(Errno::NotCapable) } else { Ok(()) }
}

/// Opens what a path names, and puts the new descriptor, the lowest free one, at `opened`.
///
/// `base` and `inheriting` are the rights wanted; more than the directory passes on is
/// `notcapable`, and those that make no sense for what was opened are dropped. Content can be
/// read with `fd_read` in `base`, and changed with any of `fd_write`, `fd_allocate`,
/// `fd_filestat_set_size`.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `inval`, `fault`, `ilseq`, `noent`, `exist`, `isdir`
/// (a directory to be changed), `loop` (a link that is not to be followed), `mfile`, `perm`,
/// `rofs`, and those of the file system.
#[allow(clippy::too_many_arguments, reason = "the specification's parameters")]
pub fn path_open(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    path_len: u32,
    oflags: u32,
    base: u64,
    inheriting: u64,
    fd_flags: u32,
    opened: u32,
) -> Result {
    let follow = follows(lookup)?;
    let oflags = abi::flags(oflags, 0xf)?;
    let flags = abi::flags(fd_flags, 0x1f)?;
    // Bits that name no right are asked for by programs that want everything there is.
    let (base, inheriting) = (base & abi::ALL_RIGHTS, inheriting & abi::ALL_RIGHTS);
    let entry = wasi.fds.get(fd)?;
    check_open(&entry, oflags, base, inheriting, flags)?;
    let Kind::Dir(dir) = &entry.kind else { return Err(Errno::NotDir.into()) };
    let dir = dir.clone();
    memory::check(memory, opened, 4)?;
    wasi.fds.next()?;

    let how = OpenHow {
        read: base & abi::FD_READ != 0,
        write: base & (abi::FD_WRITE | abi::FD_ALLOCATE | abi::FD_FILESTAT_SET_SIZE) != 0,
        create: oflags & abi::O_CREAT != 0,
        exclusive: oflags & abi::O_EXCL != 0,
        truncate: oflags & abi::O_TRUNC != 0,
        directory: oflags & abi::O_DIRECTORY != 0,
        follow,
    };
    let (kind, fitting) = match dir.open(&memory::string(memory, path, path_len)?, how)? {
        Opened::File(file) => (Kind::File(file), abi::FILE_RIGHTS),
        Opened::Dir(dir) => (Kind::Dir(dir), abi::DIR_RIGHTS),
        Opened::Stream(stream) => (Kind::Stream(stream), abi::STREAM_RIGHTS),
    };
    let base = base & fitting;
    let fd = wasi.fds.insert(Entry::new(kind, base, inheriting, flags))?;
    Ok(memory::put_u32(memory, opened, fd)?)
}

/// Puts the target of a symbolic link at `buf`, cut to `buf_len` bytes, and its length there at
/// `used`.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `fault`, `ilseq`, `noent`, `inval` (not a link), `perm`.
#[allow(clippy::too_many_arguments, reason = "the specification's parameters")]
pub fn path_readlink(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
    buf: u32,
    buf_len: u32,
    used: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::PATH_READLINK)?;
    memory::check(memory, used, 4)?;
    memory::check(memory, buf, buf_len)?;
    let target = dir.read_link(&memory::string(memory, path, path_len)?)?;
    let len = target.len().min(buf_len as usize);
    memory::put(memory, buf, &target[..len])?;
    Ok(memory::put_size(memory, used, len)?)
}

/// Removes an empty directory.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `fault`, `ilseq`, `noent`, `notempty`, `inval` (`.`),
/// `perm`, `rofs`.
pub fn path_remove_directory(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::PATH_REMOVE_DIRECTORY)?;
    Ok(dir.remove_dir(&memory::string(memory, path, path_len)?)?)
}

/// Renames a file or directory, replacing what the new name stands for where POSIX allows.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `fault`, `ilseq`, `noent`, `isdir`, `notempty`,
/// `inval` (into itself), `busy` (`.` or `..`), `xdev`, `perm`, `rofs` (either end is read-only).
#[allow(clippy::too_many_arguments, reason = "the specification's parameters")]
pub fn path_rename(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    old_path: u32,
    old_len: u32,
    new_fd: u32,
    new_path: u32,
    new_len: u32,
) -> Result {
    let old_dir = wasi.fds.get(fd)?.dir(abi::PATH_RENAME_SOURCE)?;
    let new_dir = wasi.fds.get(new_fd)?.dir(abi::PATH_RENAME_TARGET)?;
    let old = &memory::string(memory, old_path, old_len)?;
    let new = &memory::string(memory, new_path, new_len)?;
    Ok(fs::rename(&*old_dir, old, &*new_dir, new)?)
}

/// Makes a symbolic link that holds the string at `target`.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `fault`, `ilseq`, `noent`, `exist`, `perm` (also for an
/// absolute target), `rofs`.
pub fn path_symlink(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    target: u32,
    target_len: u32,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::PATH_SYMLINK)?;
    let target = &memory::string(memory, target, target_len)?;
    Ok(dir.symlink(target, &memory::string(memory, path, path_len)?)?)
}

/// Removes a name that is not a directory's.
///
/// Errnos: `badf`, `notdir`, `notcapable`, `fault`, `ilseq`, `noent`, `isdir`, `perm`, `rofs`.
pub fn path_unlink_file(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Result {
    let dir = wasi.fds.get(fd)?.dir(abi::PATH_UNLINK_FILE)?;
    Ok(dir.unlink(&memory::string(memory, path, path_len)?)?)
}
