//! Streams: pipes, terminals and buffers, which have no position and may make a reader wait.

use crate::fs::{FileType, Stat};
use crate::poll::Readiness;
use crate::time::Timestamp;
use crate::{Cancel, Errno, Fail, iovec};
use rustix::event::PollFlags;
use rustix::io::ReadWriteFlags;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How a call on a stream waits.
#[derive(Clone, Copy, Debug)]
pub struct Wait<'a> {
    /// Ends the wait.
    pub cancel: &'a Cancel,
    /// [`Errno::Again`] instead of waiting.
    pub nonblocking: bool,
}

/// Something read or written in order.
pub trait Stream: Send + Sync {
    /// What is known of it.
    fn stat(&self) -> Result<Stat, Errno>;
    /// Whether a person may sit at the other end.
    fn is_terminal(&self) -> bool {
        false
    }
    /// Whether [`Stream::seek`] can work, as it can when a regular file stands in for a pipe.
    fn is_seekable(&self) -> bool {
        false
    }
    /// Reads what is there, waiting for the first byte; zero at the end.
    ///
    /// # Errors
    /// [`Errno::Again`] when it would wait and must not; [`Fail::CANCELLED`].
    fn read(&self, bufs: &mut [IoSliceMut<'_>], wait: Wait<'_>) -> Result<usize, Fail>;
    /// Writes everything, waiting for room, or what there is room for when it must not wait.
    ///
    /// # Errors
    /// [`Errno::Pipe`] when nobody reads any more; [`Errno::Again`]; [`Fail::CANCELLED`]. After
    /// some bytes are through, an errno is left for the next call to find.
    fn write(&self, bufs: &[IoSlice<'_>], wait: Wait<'_>) -> Result<usize, Fail>;
    /// Moves the position. [`Errno::Spipe`] for true streams.
    fn seek(&self, _to: SeekFrom) -> Result<u64, Errno> {
        Err(Errno::Spipe)
    }
    /// How to poll it.
    fn readiness(&self) -> Readiness<'_>;
}

/// The stat of something that exists in no file system.
pub(crate) fn plain_stat(file_type: FileType) -> Stat {
    let zero = Timestamp::default();
    Stat {
        device: 0,
        inode: 0,
        file_type,
        links: 1,
        size: 0,
        accessed: zero,
        modified: zero,
        changed: zero,
    }
}

#[derive(Debug)]
enum HostFd {
    Stdin,
    Stdout,
    Stderr,
    Owned(OwnedFd),
}

/// A stream of the host: an inherited standard stream, a pipe, a terminal, a device.
///
/// Inherited descriptors are shared with other processes, so they are never made non-blocking.
/// Instead each call asks the kernel not to wait (`RWF_NOWAIT`) and polls together with the
/// cancel event when there is nothing; where the kernel cannot (terminals), it polls first.
#[derive(Debug)]
pub struct HostStream {
    fd: HostFd,
    file_type: FileType,
    nowait: AtomicBool,
}

/// What goes into one write after a poll where the kernel cannot promise not to wait. A pipe or
/// terminal that polls as writable takes this much (`PIPE_BUF`).
const SMALL_WRITE: usize = 4096;

impl HostStream {
    /// The standard input of this process.
    pub fn stdin() -> HostStream {
        HostStream::new(HostFd::Stdin)
    }

    /// The standard output of this process, unbuffered.
    pub fn stdout() -> HostStream {
        HostStream::new(HostFd::Stdout)
    }

    /// The standard error of this process.
    pub fn stderr() -> HostStream {
        HostStream::new(HostFd::Stderr)
    }

    /// A descriptor of the embedder's: a pipe end, a terminal, a device.
    pub fn from_fd(fd: OwnedFd) -> HostStream {
        HostStream::new(HostFd::Owned(fd))
    }

    fn new(fd: HostFd) -> HostStream {
        let mut stream =
            HostStream { fd, file_type: FileType::Unknown, nowait: AtomicBool::new(true) };
        if let Ok(stat) = rustix::fs::fstat(stream.fd()) {
            stream.file_type = file_type(stat.st_mode);
        }
        stream
    }

    fn fd(&self) -> BorrowedFd<'_> {
        match &self.fd {
            HostFd::Stdin => rustix::stdio::stdin(),
            HostFd::Stdout => rustix::stdio::stdout(),
            HostFd::Stderr => rustix::stdio::stderr(),
            HostFd::Owned(fd) => fd.as_fd(),
        }
    }

    /// Regular files and directories do not make anyone wait.
    fn may_wait(&self) -> bool {
        !matches!(self.file_type, FileType::RegularFile | FileType::Directory)
    }

    /// Waits for `flags`, or says that it would have to.
    fn await_ready(&self, flags: PollFlags, wait: Wait<'_>) -> Result<(), Fail> {
        if wait.nonblocking {
            let mut fds = [rustix::event::PollFd::from_borrowed_fd(self.fd(), flags)];
            let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
            return match rustix::event::poll(&mut fds, Some(&now))? {
                0 => Err(Errno::Again.into()),
                _ => Ok(()),
            };
        }
        wait.cancel.wait_for(self.fd(), flags)
    }

    /// Notes that the kernel cannot do `RWF_NOWAIT` here. Whether that was the news.
    fn give_up_nowait(&self, errno: rustix::io::Errno) -> bool {
        use rustix::io::Errno as K;
        matches!(errno, K::OPNOTSUPP | K::NOSYS | K::INVAL | K::SPIPE)
            && self.nowait.swap(false, Ordering::Relaxed)
    }

    /// One attempt at a write that does not wait longer than the caller allows.
    fn write_some(&self, bufs: &[IoSlice<'_>], wait: Wait<'_>) -> Result<usize, Fail> {
        loop {
            let tried = if !self.may_wait() {
                rustix::io::writev(self.fd(), bufs)
            } else if self.nowait.load(Ordering::Relaxed) {
                rustix::io::pwritev2(self.fd(), bufs, u64::MAX, ReadWriteFlags::NOWAIT)
            } else {
                self.await_ready(PollFlags::OUT, wait)?;
                let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
                rustix::io::write(self.fd(), &first[..first.len().min(SMALL_WRITE)])
            };
            match tried {
                Ok(done) => return Ok(done),
                Err(rustix::io::Errno::INTR) => {
                    if wait.cancel.is_cancelled() {
                        return Err(Fail::CANCELLED);
                    }
                }
                Err(rustix::io::Errno::AGAIN) => self.await_ready(PollFlags::OUT, wait)?,
                Err(errno) if self.give_up_nowait(errno) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

/// The type in a mode word.
fn file_type(mode: u32) -> FileType {
    host_file_type(rustix::fs::FileType::from_raw_mode(mode))
}

/// A host file type as ours.
pub fn host_file_type(host: rustix::fs::FileType) -> FileType {
    use rustix::fs::FileType as H;
    match host {
        H::RegularFile => FileType::RegularFile,
        H::Directory => FileType::Directory,
        H::Symlink => FileType::SymbolicLink,
        H::Fifo => FileType::Fifo,
        H::Socket => FileType::SocketStream,
        H::CharacterDevice => FileType::CharacterDevice,
        H::BlockDevice => FileType::BlockDevice,
        _ => FileType::Unknown,
    }
}

/// A host stat as ours.
pub fn host_stat(stat: &rustix::fs::Stat) -> Stat {
    let time = |seconds: i64, ns: u64| Timestamp { seconds, nanoseconds: ns as u32 };
    Stat {
        device: stat.st_dev,
        inode: stat.st_ino,
        file_type: file_type(stat.st_mode),
        links: stat.st_nlink,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        accessed: time(stat.st_atime, stat.st_atime_nsec),
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
        changed: time(stat.st_ctime, stat.st_ctime_nsec),
    }
}

impl Stream for HostStream {
    fn stat(&self) -> Result<Stat, Errno> {
        Ok(host_stat(&rustix::fs::fstat(self.fd())?))
    }

    fn is_terminal(&self) -> bool {
        self.file_type == FileType::CharacterDevice && rustix::termios::isatty(self.fd())
    }

    fn is_seekable(&self) -> bool {
        match self.file_type {
            FileType::RegularFile | FileType::BlockDevice => true,
            FileType::CharacterDevice => !self.is_terminal(),
            _ => false,
        }
    }

    fn read(&self, bufs: &mut [IoSliceMut<'_>], wait: Wait<'_>) -> Result<usize, Fail> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Ok(0);
        }
        loop {
            let tried = if !self.may_wait() {
                rustix::io::readv(self.fd(), bufs)
            } else if self.nowait.load(Ordering::Relaxed) {
                rustix::io::preadv2(self.fd(), bufs, u64::MAX, ReadWriteFlags::NOWAIT)
            } else {
                self.await_ready(PollFlags::IN, wait)?;
                rustix::io::readv(self.fd(), bufs)
            };
            match tried {
                Ok(done) => return Ok(done),
                Err(rustix::io::Errno::INTR) => {
                    if wait.cancel.is_cancelled() {
                        return Err(Fail::CANCELLED);
                    }
                }
                Err(rustix::io::Errno::AGAIN) => self.await_ready(PollFlags::IN, wait)?,
                Err(errno) if self.give_up_nowait(errno) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn write(&self, bufs: &[IoSlice<'_>], wait: Wait<'_>) -> Result<usize, Fail> {
        let total = iovec::total(bufs);
        let mut done = self.write_some(bufs, wait)?;
        while done < total && !wait.nonblocking {
            let rest = iovec::skip(bufs, done);
            match self.write_some(&rest, wait) {
                Ok(0) => break,
                Ok(more) => done += more,
                Err(Fail::Errno(_)) => break,
                Err(stop) => return Err(stop),
            }
        }
        Ok(done)
    }

    fn seek(&self, to: SeekFrom) -> Result<u64, Errno> {
        if !self.is_seekable() {
            return Err(Errno::Spipe);
        }
        crate::fs::host_seek(self.fd(), to)
    }

    fn readiness(&self) -> Readiness<'_> {
        if self.may_wait() { Readiness::Fd(self.fd()) } else { Readiness::Always { bytes: 1 } }
    }
}

/// Input from memory, then the end.
#[derive(Debug)]
pub struct InputBuffer {
    bytes: Vec<u8>,
    position: Mutex<usize>,
}

impl InputBuffer {
    /// A stream that gives `bytes`, then the end.
    pub fn new(bytes: impl Into<Vec<u8>>) -> InputBuffer {
        InputBuffer { bytes: bytes.into(), position: Mutex::new(0) }
    }
}

impl Stream for InputBuffer {
    fn stat(&self) -> Result<Stat, Errno> {
        Ok(plain_stat(FileType::Unknown))
    }

    fn read(&self, bufs: &mut [IoSliceMut<'_>], _: Wait<'_>) -> Result<usize, Fail> {
        let mut position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let mut done = 0;
        for buf in bufs {
            let rest = &self.bytes[*position..];
            let len = rest.len().min(buf.len());
            buf[..len].copy_from_slice(&rest[..len]);
            *position += len;
            done += len;
        }
        Ok(done)
    }

    fn write(&self, _: &[IoSlice<'_>], _: Wait<'_>) -> Result<usize, Fail> {
        Err(Errno::BadF.into())
    }

    fn readiness(&self) -> Readiness<'_> {
        let position = *self.position.lock().unwrap_or_else(PoisonError::into_inner);
        Readiness::Always { bytes: (self.bytes.len() - position) as u64 }
    }
}

/// Output into memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct OutputBuffer(Arc<Mutex<Vec<u8>>>);

impl OutputBuffer {
    /// Everything one buffer keeps, in bytes; a guest that writes more is told [`Errno::NoSpc`].
    pub const LIMIT: usize = 64 << 20;

    /// An empty buffer.
    pub fn new() -> OutputBuffer {
        OutputBuffer::default()
    }

    /// What was written so far.
    pub fn contents(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Stream for OutputBuffer {
    fn stat(&self) -> Result<Stat, Errno> {
        Ok(plain_stat(FileType::Unknown))
    }

    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait<'_>) -> Result<usize, Fail> {
        Err(Errno::BadF.into())
    }

    fn write(&self, bufs: &[IoSlice<'_>], _: Wait<'_>) -> Result<usize, Fail> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total = iovec::total(bufs);
        if total > OutputBuffer::LIMIT - bytes.len() {
            return Err(Errno::NoSpc.into());
        }
        for buf in bufs {
            bytes.extend_from_slice(buf);
        }
        Ok(total)
    }

    fn readiness(&self) -> Readiness<'_> {
        Readiness::Always { bytes: 1 }
    }
}

/// Ends at once when read, takes everything when written: what is there when nothing is granted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Null;

impl Stream for Null {
    fn stat(&self) -> Result<Stat, Errno> {
        Ok(plain_stat(FileType::Unknown))
    }

    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait<'_>) -> Result<usize, Fail> {
        Ok(0)
    }

    fn write(&self, bufs: &[IoSlice<'_>], _: Wait<'_>) -> Result<usize, Fail> {
        Ok(iovec::total(bufs))
    }

    fn readiness(&self) -> Readiness<'_> {
        Readiness::Always { bytes: 0 }
    }
}
