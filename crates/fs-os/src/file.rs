//! Open host files. Reads and writes go straight between the caller's slices and the kernel.

use crate::times::timestamps;
use rustix::fs::{FallocateFlags, fallocate, fdatasync, fstat, fsync, ftruncate, futimens};
use rustix::io::{
    Errno as Kernel, ReadWriteFlags, preadv, pwritev, pwritev2, readv, retry_on_intr, writev,
};
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, OwnedFd};
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::fs::{Advice, Durability, File, Result, Stat, WriteHow, host_seek};
use waxwing_wasi_core::stream::host_stat;
use waxwing_wasi_core::time::SetTimes;

pub(crate) struct OsFile {
    fd: OwnedFd,
    /// A file opened for neither reading nor writing has a readable descriptor all the same.
    readable: bool,
}

impl OsFile {
    pub fn new(fd: OwnedFd, readable: bool) -> OsFile {
        OsFile { fd, readable }
    }

    fn check_readable(&self) -> Result<()> {
        if self.readable { Ok(()) } else { Err(Errno::BadF) }
    }
}

fn durability(how: WriteHow) -> ReadWriteFlags {
    match how.durability {
        Durability::Cached => ReadWriteFlags::empty(),
        Durability::Data => ReadWriteFlags::DSYNC,
        Durability::All => ReadWriteFlags::SYNC,
    }
}

/// The kernel takes signed offsets; what does not fit would come out negative.
fn check_offset(offset: u64) -> Result<()> {
    if offset > i64::MAX as u64 { Err(Errno::Inval) } else { Ok(()) }
}

impl File for OsFile {
    fn stat(&self) -> Result<Stat> {
        Ok(host_stat(&fstat(&self.fd)?))
    }

    fn set_times(&self, times: SetTimes) -> Result<()> {
        Ok(futimens(&self.fd, &timestamps(times))?)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        check_offset(size)?;
        Ok(retry_on_intr(|| ftruncate(&self.fd, size))?)
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        check_offset(offset)?;
        check_offset(len)?;
        Ok(retry_on_intr(|| fallocate(&self.fd, FallocateFlags::empty(), offset, len))?)
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()> {
        use rustix::fs::Advice as Host;
        check_offset(offset)?;
        check_offset(len)?;
        let advice = match advice {
            Advice::Normal => Host::Normal,
            Advice::Sequential => Host::Sequential,
            Advice::Random => Host::Random,
            Advice::WillNeed => Host::WillNeed,
            Advice::DontNeed => Host::DontNeed,
            Advice::NoReuse => Host::NoReuse,
        };
        Ok(rustix::fs::fadvise(&self.fd, offset, NonZeroU64::new(len), advice)?)
    }

    fn sync(&self) -> Result<()> {
        Ok(retry_on_intr(|| fsync(&self.fd))?)
    }

    fn sync_data(&self) -> Result<()> {
        Ok(retry_on_intr(|| fdatasync(&self.fd))?)
    }

    fn read(&self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize> {
        self.check_readable()?;
        Ok(retry_on_intr(|| readv(&self.fd, bufs))?)
    }

    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize> {
        self.check_readable()?;
        check_offset(offset)?;
        Ok(retry_on_intr(|| preadv(&self.fd, bufs, offset))?)
    }

    fn write(&self, bufs: &[IoSlice<'_>], how: WriteHow) -> Result<usize> {
        let mut flags = durability(how);
        if how.append {
            flags |= ReadWriteFlags::APPEND;
        }
        if flags.is_empty() {
            return Ok(retry_on_intr(|| writev(&self.fd, bufs))?);
        }
        // An offset of all ones is "at the position, and move it".
        match retry_on_intr(|| pwritev2(&self.fd, bufs, u64::MAX, flags)) {
            // File systems without these flags: the same in two steps.
            Err(Kernel::OPNOTSUPP) => {
                if how.append {
                    rustix::fs::seek(&self.fd, rustix::fs::SeekFrom::End(0))?;
                }
                let done = retry_on_intr(|| writev(&self.fd, bufs))?;
                self.make_durable(how)?;
                Ok(done)
            }
            other => Ok(other?),
        }
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64, how: WriteHow) -> Result<usize> {
        check_offset(offset)?;
        let flags = durability(how);
        if flags.is_empty() {
            return Ok(retry_on_intr(|| pwritev(&self.fd, bufs, offset))?);
        }
        match retry_on_intr(|| pwritev2(&self.fd, bufs, offset, flags)) {
            Err(Kernel::OPNOTSUPP) => {
                let done = retry_on_intr(|| pwritev(&self.fd, bufs, offset))?;
                self.make_durable(how)?;
                Ok(done)
            }
            other => Ok(other?),
        }
    }

    fn seek(&self, to: SeekFrom) -> Result<u64> {
        host_seek(self.fd.as_fd(), to)
    }
}

impl OsFile {
    fn make_durable(&self, how: WriteHow) -> Result<()> {
        match how.durability {
            Durability::Cached => Ok(()),
            Durability::Data => self.sync_data(),
            Durability::All => self.sync(),
        }
    }
}
