//! Any file system with every change refused.
//!
//! The refusal is written once, here, and not in each implementation, so that no operation can
//! forget it. Everything opened through the wrapper is wrapped again. A change is refused with
//! [`Errno::Rofs`], the errno programs know from read-only mounts (a database falls back to
//! reading on it); it is not `NotCapable`, which wasi-libc would take as a missing right and
//! answer by opening with less.

use crate::fs::{
    Advice, Dir, DirEntry, File, Fs, OpenHow, Opened, Result, Stat, WriteHow, check_path,
    check_target,
};
use crate::time::SetTimes;
use crate::{Errno, Stream};
use std::any::Any;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A file system, directory or file that can only be looked at.
pub struct ReadOnly<T>(pub T);

impl<T: Fs> Fs for ReadOnly<T> {
    fn root(&self) -> Result<Arc<dyn Dir>> {
        Ok(Arc::new(ReadOnly(self.0.root()?)))
    }
}

impl ReadOnly<Arc<dyn Dir>> {
    /// Why a change to `path` fails: what is wrong with the path first, else that it is a change.
    fn refuse(&self, path: &str) -> Errno {
        check_path(path).err().unwrap_or(Errno::Rofs)
    }
}

impl Dir for ReadOnly<Arc<dyn Dir>> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn read_only(&self) -> bool {
        true
    }

    fn open(&self, path: &str, how: OpenHow) -> Result<Opened> {
        check_path(path)?;
        if how.create && how.directory {
            return Err(Errno::Inval);
        }
        if how.create && how.exclusive {
            // A symbolic link counts as taken whatever it points to, so it is not followed.
            return match self.0.stat_at(path, false) {
                Ok(_) => Err(Errno::Exist),
                Err(Errno::NoEnt) => Err(Errno::Rofs),
                Err(errno) => Err(errno),
            };
        }
        // What is there may be opened for reading even by a call that would have created it.
        let look = OpenHow { write: false, create: false, truncate: false, ..how };
        let opened = match self.0.open(path, look) {
            Err(Errno::NoEnt) if how.create => return Err(Errno::Rofs),
            other => other?,
        };
        match opened {
            Opened::Dir(_) if how.write || how.create || how.truncate => Err(Errno::IsDir),
            Opened::Dir(dir) => Ok(Opened::Dir(Arc::new(ReadOnly(dir)))),
            _ if how.write || how.truncate => Err(Errno::Rofs),
            Opened::File(file) => Ok(Opened::File(Box::new(ReadOnly(file)))),
            Opened::Stream(stream) => Ok(Opened::Stream(Box::new(ReadOnly(stream)))),
        }
    }

    fn stat(&self) -> Result<Stat> {
        self.0.stat()
    }

    fn set_times(&self, _: SetTimes) -> Result<()> {
        Err(Errno::Rofs)
    }

    fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat> {
        self.0.stat_at(path, follow)
    }

    fn set_times_at(&self, path: &str, _: bool, _: SetTimes) -> Result<()> {
        Err(self.refuse(path))
    }

    fn create_dir(&self, path: &str) -> Result<()> {
        // A directory that exists is `Exist`, so that "make all parents" works.
        match self.0.stat_at(path, false) {
            Ok(_) => Err(Errno::Exist),
            Err(_) => Err(self.refuse(path)),
        }
    }

    fn remove_dir(&self, path: &str) -> Result<()> {
        Err(self.refuse(path))
    }

    fn unlink(&self, path: &str) -> Result<()> {
        Err(self.refuse(path))
    }

    fn rename(&self, from: &str, _: &dyn Dir, _: &str) -> Result<()> {
        Err(self.refuse(from))
    }

    fn link(&self, from: &str, _: bool, _: &dyn Dir, _: &str) -> Result<()> {
        Err(self.refuse(from))
    }

    fn symlink(&self, target: &str, path: &str) -> Result<()> {
        check_target(target)?;
        Err(self.refuse(path))
    }

    fn read_link(&self, path: &str) -> Result<Vec<u8>> {
        self.0.read_link(path)
    }

    fn read_dir(
        &self,
        cookie: u64,
        each: &mut dyn FnMut(DirEntry<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.0.read_dir(cookie, each)
    }
}

impl File for ReadOnly<Box<dyn File>> {
    fn stat(&self) -> Result<Stat> {
        self.0.stat()
    }

    fn set_times(&self, _: SetTimes) -> Result<()> {
        Err(Errno::Rofs)
    }

    fn set_size(&self, _: u64) -> Result<()> {
        Err(Errno::Rofs)
    }

    fn allocate(&self, _: u64, _: u64) -> Result<()> {
        Err(Errno::Rofs)
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()> {
        self.0.advise(offset, len, advice)
    }

    fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    fn sync_data(&self) -> Result<()> {
        self.0.sync_data()
    }

    fn read(&self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize> {
        self.0.read(bufs)
    }

    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize> {
        self.0.read_at(bufs, offset)
    }

    fn write(&self, _: &[IoSlice<'_>], _: WriteHow) -> Result<usize> {
        Err(Errno::Rofs)
    }

    fn write_at(&self, _: &[IoSlice<'_>], _: u64, _: WriteHow) -> Result<usize> {
        Err(Errno::Rofs)
    }

    fn seek(&self, to: SeekFrom) -> Result<u64> {
        self.0.seek(to)
    }
}

impl Stream for ReadOnly<Box<dyn Stream>> {
    fn stat(&self) -> Result<Stat> {
        self.0.stat()
    }

    fn is_terminal(&self) -> bool {
        self.0.is_terminal()
    }

    fn is_seekable(&self) -> bool {
        self.0.is_seekable()
    }

    fn read(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        wait: crate::stream::Wait<'_>,
    ) -> std::result::Result<usize, crate::Fail> {
        self.0.read(bufs, wait)
    }

    fn write(
        &self,
        _: &[IoSlice<'_>],
        _: crate::stream::Wait<'_>,
    ) -> std::result::Result<usize, crate::Fail> {
        Err(Errno::Rofs.into())
    }

    fn seek(&self, to: SeekFrom) -> Result<u64> {
        self.0.seek(to)
    }

    fn readiness(&self) -> crate::poll::Readiness<'_> {
        self.0.readiness()
    }
}
