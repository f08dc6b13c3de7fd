//! The file system traits every WASI version and every implementation meet at.
//!
//! Paths are relative to a [`Dir`] and never lead out of it: a path that is absolute, or that
//! climbs above the directory by `..` or through a symbolic link, is refused with
//! [`Errno::Perm`]. Each implementation holds this for every operation and every component, and
//! under races with whoever else changes the tree.
//!
//! A trailing slash demands a directory and, as in POSIX, makes a symbolic link before it be
//! followed where the operation looks the name up; operations that make or remove a *name*
//! (create, remove, unlink, rename, the new end of a link) never follow the last component.

use crate::time::{SetTimes, Timestamp};
use crate::{Errno, Stream};
use std::any::Any;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The result of a file operation.
pub type Result<T> = std::result::Result<T, Errno>;

/// How many symbolic links one path may pass through, as in Linux.
pub const MAX_LINKS: usize = 40;

/// The longest path accepted, in bytes, as in Linux (`PATH_MAX` less the NUL).
pub const MAX_PATH: usize = 4095;

/// The longest single name, in bytes.
pub const MAX_NAME: usize = 255;

/// What a name in a file system stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileType {
    /// Not known, or none of the others (the kernel's anonymous files).
    Unknown,
    /// A block device.
    BlockDevice,
    /// A character device, terminals included.
    CharacterDevice,
    /// A directory.
    Directory,
    /// A regular file.
    RegularFile,
    /// A pipe, named or not.
    Fifo,
    /// A datagram socket.
    SocketDatagram,
    /// A stream socket, or a socket in a file system.
    SocketStream,
    /// A symbolic link.
    SymbolicLink,
}

/// What is known of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stat {
    /// The device that holds it.
    pub device: u64,
    /// Its number there; unique with `device`.
    pub inode: u64,
    /// Its type.
    pub file_type: FileType,
    /// How many names it has.
    pub links: u64,
    /// Its size in bytes; for a symbolic link, the length of its target.
    pub size: u64,
    /// Last access.
    pub accessed: Timestamp,
    /// Last change of content.
    pub modified: Timestamp,
    /// Last change of anything.
    pub changed: Timestamp,
}

/// How [`Dir::open`] opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenHow {
    /// Content will be read.
    pub read: bool,
    /// Content will be changed. Opening a directory so is [`Errno::IsDir`].
    pub write: bool,
    /// Make a regular file when there is none. With `directory`: [`Errno::Inval`].
    pub create: bool,
    /// With `create`: [`Errno::Exist`] when the name is taken.
    pub exclusive: bool,
    /// Cut a regular file to length zero; needs no `write`.
    pub truncate: bool,
    /// [`Errno::NotDir`] unless it is a directory.
    pub directory: bool,
    /// Follow a symbolic link in the last component; otherwise it is [`Errno::Loop`].
    pub follow: bool,
}

impl OpenHow {
    /// Whether the open itself can change the file system.
    pub fn changes(self) -> bool {
        self.write || self.create || self.truncate
    }
}

/// How durable a write is when the call returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// In the host's cache.
    #[default]
    Cached,
    /// The content is on the medium.
    Data,
    /// Content and metadata are on the medium.
    All,
}

/// How a write is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WriteHow {
    /// Write at the end, wherever the position is. Positioned writes ignore it.
    pub append: bool,
    /// When the call may return.
    pub durability: Durability,
}

/// A hint on how a part of a file will be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Advice {
    /// No hint.
    Normal,
    /// From low to high offsets.
    Sequential,
    /// In no order.
    Random,
    /// Soon.
    WillNeed,
    /// Not soon.
    DontNeed,
    /// Once.
    NoReuse,
}

/// What an open gives.
pub enum Opened {
    /// A regular file (or block device).
    File(Box<dyn File>),
    /// A directory.
    Dir(Arc<dyn Dir>),
    /// Something that may block: a named pipe or a character device.
    Stream(Box<dyn Stream>),
}

/// One entry of a directory listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirEntry<'a> {
    /// Where to go on after this entry; opaque, never zero.
    pub next: u64,
    /// The entry's inode; zero for `..`, whose number is not the guest's to know.
    pub inode: u64,
    /// The entry's type, [`FileType::Unknown`] where the host does not say.
    pub file_type: FileType,
    /// The name: bytes without NUL and `/`, not always UTF-8.
    pub name: &'a [u8],
}

/// A file system: something with a root directory.
pub trait Fs: Send + Sync {
    /// The root, open.
    ///
    /// # Errors
    /// Whatever keeps it from being opened.
    fn root(&self) -> Result<Arc<dyn Dir>>;
}

/// An open regular file, with a position of its own. Calls never block for long.
pub trait File: Send + Sync {
    /// What is known of it.
    fn stat(&self) -> Result<Stat>;
    /// Changes its timestamps.
    fn set_times(&self, times: SetTimes) -> Result<()>;
    /// Cuts or extends it with zeros. [`Errno::Inval`] when not open for writing.
    fn set_size(&self, size: u64) -> Result<()>;
    /// Makes sure that `offset..offset + len` has room, extending the file when it is shorter.
    /// [`Errno::Inval`] for a length of zero.
    fn allocate(&self, offset: u64, len: u64) -> Result<()>;
    /// Takes a hint.
    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()>;
    /// Puts content and metadata onto the medium.
    fn sync(&self) -> Result<()>;
    /// Puts content onto the medium.
    fn sync_data(&self) -> Result<()>;
    /// Reads at the position and moves it; zero at the end. [`Errno::BadF`] when not open for
    /// reading, here and below alike for writing.
    fn read(&self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize>;
    /// Reads at `offset`, leaving the position.
    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize>;
    /// Writes at the position (or the end) and moves it behind what was written.
    fn write(&self, bufs: &[IoSlice<'_>], how: WriteHow) -> Result<usize>;
    /// Writes at `offset`, leaving the position.
    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64, how: WriteHow) -> Result<usize>;
    /// Moves the position; [`Errno::Inval`] before byte zero. Returns the new position.
    fn seek(&self, to: SeekFrom) -> Result<u64>;
}

/// An open directory, and the root beneath which its paths resolve.
pub trait Dir: Send + Sync {
    /// For implementations to know their own kind in [`Dir::rename`] and [`Dir::link`].
    fn as_any(&self) -> &dyn Any;
    /// Whether every change beneath it is refused.
    fn read_only(&self) -> bool {
        false
    }
    /// Opens what `path` names.
    fn open(&self, path: &str, how: OpenHow) -> Result<Opened>;
    /// What is known of the directory itself.
    fn stat(&self) -> Result<Stat>;
    /// Changes the timestamps of the directory itself.
    fn set_times(&self, times: SetTimes) -> Result<()>;
    /// Puts the directory onto the medium.
    fn sync(&self) -> Result<()>;
    /// What is known of what `path` names; of the link itself unless `follow`.
    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat>;
    /// Changes the timestamps of what `path` names; of the link itself unless `follow`.
    fn set_times_at(&self, path: &str, follow: bool, times: SetTimes) -> Result<()>;
    /// Makes a directory.
    fn create_dir(&self, path: &str) -> Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &str) -> Result<()>;
    /// Removes a name that is not a directory's ([`Errno::IsDir`]).
    fn unlink(&self, path: &str) -> Result<()>;
    /// Renames, replacing what `to` names when POSIX allows. [`Errno::Xdev`] when `to_dir`
    /// belongs to another file system. Callers use [`rename`], which sees to read-only ends.
    fn rename(&self, from: &str, to_dir: &dyn Dir, to: &str) -> Result<()>;
    /// Gives a file one more name. Callers use [`link`], which sees to read-only ends.
    fn link(&self, from: &str, follow: bool, to_dir: &dyn Dir, to: &str) -> Result<()>;
    /// Makes a symbolic link at `path` that holds `target`. An absolute target is refused with
    /// [`Errno::Perm`], since it could mean nothing inside and something outside.
    fn symlink(&self, target: &str, path: &str) -> Result<()>;
    /// The target a symbolic link holds; [`Errno::Inval`] when it is not one.
    fn read_link(&self, path: &str) -> Result<Vec<u8>>;
    /// Lists entries from `cookie` (zero, or a [`DirEntry::next`]), `.` and `..` included, until
    /// the listing ends or `each` breaks. Cookies stay good while the directory is unchanged.
    fn read_dir(
        &self,
        cookie: u64,
        each: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()>;
}

/// Renames between two directories, which must both allow changes.
///
/// # Errors
/// [`Errno::Rofs`] when either is read-only; else as [`Dir::rename`].
pub fn rename(from_dir: &dyn Dir, from: &str, to_dir: &dyn Dir, to: &str) -> Result<()> {
    if from_dir.read_only() || to_dir.read_only() {
        return Err(Errno::Rofs);
    }
    from_dir.rename(from, to_dir, to)
}

/// Links between two directories, which must both allow changes: a second name for a read-only
/// file in a directory that can be written would be a way to write it.
///
/// # Errors
/// [`Errno::Rofs`] when either is read-only; else as [`Dir::link`].
pub fn link(
    from_dir: &dyn Dir,
    from: &str,
    follow: bool,
    to_dir: &dyn Dir,
    to: &str,
) -> Result<()> {
    if from_dir.read_only() || to_dir.read_only() {
        return Err(Errno::Rofs);
    }
    from_dir.link(from, follow, to_dir, to)
}

/// Refuses what no implementation may see: the empty path, an absolute one, one with a NUL, and
/// one that is too long.
///
/// # Errors
/// [`Errno::NoEnt`], [`Errno::Perm`], [`Errno::Inval`], [`Errno::NameTooLong`], in this order.
pub fn check_path(path: &str) -> Result<()> {
    if path.is_empty() {
        return Err(Errno::NoEnt);
    }
    if path.starts_with('/') {
        return Err(Errno::Perm);
    }
    if path.as_bytes().contains(&0) {
        return Err(Errno::Inval);
    }
    if path.len() > MAX_PATH {
        return Err(Errno::NameTooLong);
    }
    Ok(())
}

/// Refuses symbolic link targets that no implementation may store.
///
/// # Errors
/// As [`check_path`].
pub fn check_target(target: &str) -> Result<()> {
    check_path(target)
}

/// `lseek` on a host descriptor.
///
/// # Errors
/// [`Errno::Inval`] for a position before byte zero or beyond what the kernel counts.
pub fn host_seek(fd: std::os::fd::BorrowedFd<'_>, to: SeekFrom) -> Result<u64> {
    use rustix::fs::SeekFrom as To;
    let to = match to {
        // The kernel takes a signed offset: more would read as before byte zero.
        SeekFrom::Start(offset) if offset > i64::MAX as u64 => return Err(Errno::Inval),
        SeekFrom::Start(offset) => To::Start(offset),
        SeekFrom::Current(offset) => To::Current(offset),
        SeekFrom::End(offset) => To::End(offset),
    };
    Ok(rustix::fs::seek(fd, to)?)
}
