//! Open host directories.

use crate::confine::{Confined, Parent};
use crate::file::OsFile;
use crate::times::timestamps;
use rustix::fs::{
    AtFlags, CWD, FileType as HostType, Mode, OFlags, RawDir, fstat, fsync, futimens, linkat,
    mkdirat, readlinkat, renameat, statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno as Kernel;
use std::any::Any;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::fs::{
    Dir, DirEntry, OpenHow, Opened, Result, Stat, check_path, check_target,
};
use waxwing_wasi_core::path::Last;
use waxwing_wasi_core::stream::{HostStream, host_file_type, host_stat};
use waxwing_wasi_core::time::SetTimes;

pub(crate) struct OsDir {
    confined: Confined,
    /// Held while a listing moves the descriptor's position.
    listing: Mutex<()>,
}

impl OsDir {
    pub fn new(confined: Confined) -> OsDir {
        OsDir { confined, listing: Mutex::new(()) }
    }

    fn fd(&self) -> &OwnedFd {
        &self.confined.fd
    }

    fn peer(other: &dyn Dir) -> Result<&OsDir> {
        other.as_any().downcast_ref::<OsDir>().ok_or(Errno::Xdev)
    }

    /// Opens a handle that can only be asked and acted on, not read.
    fn open_path(&self, path: &str, follow: bool) -> Result<OwnedFd> {
        self.confined.open(path, OFlags::PATH, Mode::empty(), follow)
    }
}

fn open_flags(how: OpenHow) -> OFlags {
    // Opening a pipe or a terminal must neither wait nor make it ours.
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    flags |= match (how.read, how.write) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        (_, false) => OFlags::RDONLY,
    };
    let each = [
        (how.create, OFlags::CREATE),
        (how.create && how.exclusive, OFlags::EXCL),
        (how.truncate, OFlags::TRUNC),
        (how.directory, OFlags::DIRECTORY),
    ];
    for (wanted, flag) in each {
        if wanted {
            flags |= flag;
        }
    }
    flags
}

/// A single name that is looked up by the kernel without following it: no slash, no dots.
fn single_name(path: &str) -> bool {
    !path.contains('/') && path != "." && path != ".."
}

impl Dir for OsDir {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn open(&self, path: &str, how: OpenHow) -> Result<Opened> {
        if how.create && how.directory {
            return Err(Errno::Inval);
        }
        let mode = if how.create { Mode::from_raw_mode(0o666) } else { Mode::empty() };
        let fd = self.confined.open(path, open_flags(how), mode, how.follow)?;
        Ok(match HostType::from_raw_mode(fstat(&fd)?.st_mode) {
            HostType::Directory => Opened::Dir(Arc::new(OsDir::new(self.confined.with(fd)))),
            HostType::RegularFile | HostType::BlockDevice => {
                Opened::File(Box::new(OsFile::new(fd, how.read)))
            }
            _ => Opened::Stream(Box::new(HostStream::from_fd(fd))),
        })
    }

    fn stat(&self) -> Result<Stat> {
        Ok(host_stat(&fstat(self.fd())?))
    }

    fn set_times(&self, times: SetTimes) -> Result<()> {
        Ok(futimens(self.fd(), &timestamps(times))?)
    }

    fn sync(&self) -> Result<()> {
        Ok(fsync(self.fd())?)
    }

    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat> {
        check_path(path)?;
        if single_name(path) {
            // One call instead of three for the common case.
            let stat = statat(self.fd(), path, AtFlags::SYMLINK_NOFOLLOW)?;
            if !follow || HostType::from_raw_mode(stat.st_mode) != HostType::Symlink {
                return Ok(host_stat(&stat));
            }
        }
        Ok(host_stat(&fstat(self.open_path(path, follow)?)?))
    }

    fn set_times_at(&self, path: &str, follow: bool, times: SetTimes) -> Result<()> {
        let fd = self.open_path(path, follow)?;
        let times = timestamps(times);
        match utimensat(&fd, "", &times, AtFlags::EMPTY_PATH) {
            // Before Linux 5.8; the descriptor is found by its number instead.
            Err(Kernel::INVAL) => {
                let by_number = format!("/proc/self/fd/{}", fd.as_raw_fd());
                Ok(utimensat(CWD, by_number, &times, AtFlags::empty())?)
            }
            other => Ok(other?),
        }
    }

    fn create_dir(&self, path: &str) -> Result<()> {
        let parent = self.confined.parent(path)?;
        match &parent.last {
            Last::Name(name) => {
                Ok(mkdirat(&*parent.fd, name.as_slice(), Mode::from_raw_mode(0o777))?)
            }
            _ => Err(Errno::Exist),
        }
    }

    fn remove_dir(&self, path: &str) -> Result<()> {
        let parent = self.confined.parent(path)?;
        match &parent.last {
            Last::Name(name) => Ok(unlinkat(&*parent.fd, name.as_slice(), AtFlags::REMOVEDIR)?),
            Last::Dot => Err(Errno::Inval),
            Last::DotDot => Err(Errno::NotEmpty),
        }
    }

    fn unlink(&self, path: &str) -> Result<()> {
        let parent = self.confined.parent(path)?;
        let Last::Name(name) = &parent.last else { return Err(Errno::IsDir) };
        if parent.slash {
            return Err(if parent.is_dir(name)? { Errno::IsDir } else { Errno::NotDir });
        }
        Ok(unlinkat(&*parent.fd, name.as_slice(), AtFlags::empty())?)
    }

    fn rename(&self, from: &str, to_dir: &dyn Dir, to: &str) -> Result<()> {
        let peer = OsDir::peer(to_dir)?;
        let from = self.confined.parent(from)?;
        let to = peer.confined.parent(to)?;
        let (Last::Name(old), Last::Name(new)) = (&from.last, &to.last) else {
            return Err(Errno::Busy);
        };
        if (from.slash || to.slash) && !from.is_dir(old)? {
            return Err(Errno::NotDir);
        }
        Ok(renameat(&*from.fd, old.as_slice(), &*to.fd, new.as_slice())?)
    }

    fn link(&self, from: &str, follow: bool, to_dir: &dyn Dir, to: &str) -> Result<()> {
        let peer = OsDir::peer(to_dir)?;
        let from: Parent = if follow || from.ends_with('/') {
            self.confined.parent_following(from)?
        } else {
            self.confined.parent(from)?
        };
        // A directory has one name only, whichever way it was named.
        let Last::Name(old) = &from.last else { return Err(Errno::Perm) };
        if from.slash && !from.is_dir(old)? {
            return Err(Errno::NotDir);
        }
        let to = peer.confined.parent(to)?;
        let new = to.new_name()?;
        Ok(linkat(&*from.fd, old.as_slice(), &*to.fd, new, AtFlags::empty())?)
    }

    fn symlink(&self, target: &str, path: &str) -> Result<()> {
        check_target(target)?;
        let parent = self.confined.parent(path)?;
        Ok(symlinkat(target, &*parent.fd, parent.new_name()?)?)
    }

    fn read_link(&self, path: &str) -> Result<Vec<u8>> {
        check_path(path)?;
        let read = if single_name(path) {
            readlinkat(self.fd(), path, Vec::new())
        } else {
            match readlinkat(self.open_path(path, false)?, "", Vec::new()) {
                // What the kernel says of a descriptor that is no link's.
                Err(Kernel::NOENT) => Err(Kernel::INVAL),
                other => other,
            }
        };
        Ok(read?.into_bytes())
    }

    fn read_dir(
        &self,
        cookie: u64,
        each: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        if cookie > i64::MAX as u64 {
            return Err(Errno::Inval);
        }
        let _listing = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        rustix::fs::seek(self.fd(), rustix::fs::SeekFrom::Start(cookie))?;
        let mut buffer = [MaybeUninit::uninit(); 8192];
        let mut entries = RawDir::new(self.fd(), &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = match entry {
                // The directory was removed while open: it is empty.
                Err(Kernel::NOENT) => return Ok(()),
                entry => entry?,
            };
            let name = entry.file_name().to_bytes();
            let entry = DirEntry {
                next: entry.next_entry_cookie(),
                inode: if name == b".." { 0 } else { entry.ino() },
                file_type: host_file_type(entry.file_type()),
                name,
            };
            if each(entry).is_break() {
                break;
            }
        }
        Ok(())
    }
}
