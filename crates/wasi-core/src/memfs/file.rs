//! Open files of a [`super::MemFs`].

use super::Handle;
use super::tree::{Content, Tree};
use crate::fs::{Advice, File, Result, Stat, WriteHow};
use crate::time::SetTimes;
use crate::{Errno, iovec};
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct MemFile {
    handle: Handle,
    readable: bool,
    writable: bool,
    /// Taken before the tree's lock where both are.
    position: Mutex<u64>,
}

impl MemFile {
    pub fn new(handle: Handle, readable: bool, writable: bool) -> MemFile {
        MemFile { handle, readable, writable, position: Mutex::new(0) }
    }

    fn position(&self) -> MutexGuard<'_, u64> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn copy_out(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize> {
        if !self.readable {
            return Err(Errno::BadF);
        }
        let tree = self.handle.shared.lock();
        let Content::File(bytes) = &tree.node(self.handle.id)?.content else {
            return Err(Errno::IsDir);
        };
        let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let mut rest = &bytes[begin..];
        let whole = rest.len();
        for buf in bufs {
            let (now, later) = rest.split_at(rest.len().min(buf.len()));
            buf[..now.len()].copy_from_slice(now);
            rest = later;
        }
        Ok(whole - rest.len())
    }

    /// Writes at `offset`, or at the end for `None`. Returns the count and the offset behind.
    fn copy_in(&self, bufs: &[IoSlice<'_>], offset: Option<u64>) -> Result<(usize, u64)> {
        if !self.writable {
            return Err(Errno::BadF);
        }
        let total = iovec::total(bufs);
        let tree = &mut *self.handle.shared.lock();
        let begin = match offset {
            Some(offset) => offset,
            None => tree.stat(self.handle.id)?.size,
        };
        let end = begin.checked_add(total as u64).ok_or(Errno::FBig)?;
        if total == 0 {
            return Ok((0, begin));
        }
        self.reserve(tree, end)?;
        let node = tree.node_mut(self.handle.id)?;
        if let Content::File(bytes) = &mut node.content {
            let mut at = begin as usize;
            for buf in bufs {
                bytes[at..at + buf.len()].copy_from_slice(buf);
                at += buf.len();
            }
        }
        node.touch();
        Ok((total, end))
    }

    /// Extends the file to at least `size`.
    fn reserve(&self, tree: &mut Tree, size: u64) -> Result<()> {
        let old = tree.stat(self.handle.id)?.size;
        if size <= old {
            return Ok(());
        }
        tree.charge(size - old)?;
        let grown = match &mut tree.node_mut(self.handle.id)?.content {
            Content::File(bytes) => grow(bytes, size),
            _ => Err(Errno::IsDir),
        };
        if grown.is_err() {
            tree.refund(size - old);
        }
        grown
    }
}

fn grow(bytes: &mut Vec<u8>, size: u64) -> Result<()> {
    let size = usize::try_from(size).map_err(|_| Errno::FBig)?;
    bytes.try_reserve(size - bytes.len()).map_err(|_| Errno::NoSpc)?;
    bytes.resize(size, 0);
    Ok(())
}

/// Offsets are signed in every interface a file comes from.
fn check_offset(offset: u64) -> Result<()> {
    if offset > i64::MAX as u64 { Err(Errno::Inval) } else { Ok(()) }
}

impl File for MemFile {
    fn stat(&self) -> Result<Stat> {
        self.handle.shared.lock().stat(self.handle.id)
    }

    fn set_times(&self, times: SetTimes) -> Result<()> {
        self.handle.shared.lock().set_times(self.handle.id, times)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        if !self.writable {
            return Err(Errno::Inval);
        }
        check_offset(size)?;
        let tree = &mut *self.handle.shared.lock();
        self.reserve(tree, size)?;
        let node = tree.node_mut(self.handle.id)?;
        let mut freed = 0;
        if let Content::File(bytes) = &mut node.content {
            freed = bytes.len() as u64 - size;
            bytes.truncate(size as usize);
            bytes.shrink_to(size as usize);
        }
        node.touch();
        tree.refund(freed);
        Ok(())
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        if !self.writable {
            return Err(Errno::BadF);
        }
        if len == 0 {
            return Err(Errno::Inval);
        }
        check_offset(offset)?;
        check_offset(len)?;
        let end = offset + len;
        check_offset(end).map_err(|_| Errno::FBig)?;
        self.reserve(&mut self.handle.shared.lock(), end)
    }

    fn advise(&self, offset: u64, len: u64, _: Advice) -> Result<()> {
        check_offset(offset)?;
        check_offset(len)
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> Result<()> {
        Ok(())
    }

    fn read(&self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize> {
        let mut position = self.position();
        let done = self.copy_out(bufs, *position)?;
        *position += done as u64;
        Ok(done)
    }

    fn read_at(&self, bufs: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize> {
        check_offset(offset)?;
        self.copy_out(bufs, offset)
    }

    fn write(&self, bufs: &[IoSlice<'_>], how: WriteHow) -> Result<usize> {
        let mut position = self.position();
        let (done, end) = self.copy_in(bufs, (!how.append).then_some(*position))?;
        *position = end;
        Ok(done)
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], offset: u64, _: WriteHow) -> Result<usize> {
        check_offset(offset)?;
        Ok(self.copy_in(bufs, Some(offset))?.0)
    }

    fn seek(&self, to: SeekFrom) -> Result<u64> {
        let mut position = self.position();
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(by) => position.checked_add_signed(by),
            SeekFrom::End(by) => self.stat()?.size.checked_add_signed(by),
        };
        let target = target.filter(|target| *target <= i64::MAX as u64).ok_or(Errno::Inval)?;
        *position = target;
        Ok(target)
    }
}
