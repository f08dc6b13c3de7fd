//! Sockets: listeners the embedder opened, and the connections accepted from them.
//!
//! Both are ours alone, so they are non-blocking, and every wait is a poll together with the
//! cancel event.

use crate::fs::{FileType, Stat};
use crate::poll::Readiness;
use crate::stream::{Stream, Wait, plain_stat};
use crate::{Errno, Fail, iovec};
use rustix::event::PollFlags;
use rustix::net::{RecvFlags, ReturnFlags, SendFlags, SocketFlags};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};

/// A listening socket.
#[derive(Debug)]
pub struct Listener(OwnedFd);

impl Listener {
    /// Takes over a bound listener and makes it non-blocking.
    ///
    /// # Errors
    /// The kernel's.
    pub fn new(listener: TcpListener) -> io::Result<Listener> {
        listener.set_nonblocking(true)?;
        Ok(Listener(listener.into()))
    }

    /// Waits for a connection.
    ///
    /// # Errors
    /// [`Errno::Again`] when it would wait and must not; [`Fail::CANCELLED`]; the kernel's.
    pub fn accept(&self, wait: Wait<'_>) -> Result<Socket, Fail> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        loop {
            match rustix::net::accept_with(&self.0, flags) {
                Ok(fd) => return Ok(Socket(fd)),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) if !wait.nonblocking => {
                    wait.cancel.wait_for(self.0.as_fd(), PollFlags::IN)?;
                }
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// What is known of it.
    pub fn stat(&self) -> Stat {
        plain_stat(FileType::SocketStream)
    }

    /// How to poll it for connections.
    pub fn readiness(&self) -> Readiness<'_> {
        Readiness::Fd(self.0.as_fd())
    }
}

/// How [`Socket::receive`] receives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReceiveHow {
    /// Leave the bytes in the queue.
    pub peek: bool,
    /// Wait until every buffer is full (or the end). Has no effect together with `peek`.
    pub wait_all: bool,
}

/// What to shut down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shutdown {
    /// No more receiving.
    Read,
    /// No more sending.
    Write,
    /// Neither.
    Both,
}

/// A connected stream socket.
#[derive(Debug)]
pub struct Socket(OwnedFd);

impl Socket {
    /// Takes over a connected socket and makes it non-blocking.
    ///
    /// # Errors
    /// The kernel's.
    pub fn new(fd: OwnedFd) -> io::Result<Socket> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        Ok(Socket(fd))
    }

    /// Receives. Returns how many bytes, and whether a message was cut short.
    ///
    /// # Errors
    /// As [`Stream::read`].
    pub fn receive(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        how: ReceiveHow,
        wait: Wait<'_>,
    ) -> Result<(usize, bool), Fail> {
        let total: usize = bufs.iter().map(|buf| buf.len()).sum();
        let mut flags = RecvFlags::empty();
        if how.peek {
            flags |= RecvFlags::PEEK;
        }
        let (mut done, cut) = self.receive_some(bufs, flags, wait)?;
        if !how.wait_all || how.peek || wait.nonblocking {
            return Ok((done, cut));
        }
        while done < total {
            // Find the buffer the next byte goes into; the ones before it are full.
            let mut skip = done;
            let mut index = 0;
            while skip >= bufs[index].len() {
                skip -= bufs[index].len();
                index += 1;
            }
            let mut rest = [IoSliceMut::new(&mut bufs[index][skip..])];
            match self.receive_some(&mut rest, flags, wait) {
                Ok((0, _)) | Err(Fail::Errno(_)) => break,
                Ok((more, _)) => done += more,
                Err(stop) => return Err(stop),
            }
        }
        Ok((done, cut))
    }

    fn receive_some(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        flags: RecvFlags,
        wait: Wait<'_>,
    ) -> Result<(usize, bool), Fail> {
        loop {
            let mut control = rustix::net::RecvAncillaryBuffer::default();
            match rustix::net::recvmsg(&self.0, bufs, &mut control, flags) {
                Ok(message) => {
                    return Ok((message.bytes, message.flags.contains(ReturnFlags::TRUNC)));
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) if !wait.nonblocking => {
                    wait.cancel.wait_for(self.0.as_fd(), PollFlags::IN)?;
                }
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn send_some(&self, bufs: &[IoSlice<'_>], wait: Wait<'_>) -> Result<usize, Fail> {
        loop {
            let mut control = rustix::net::SendAncillaryBuffer::default();
            match rustix::net::sendmsg(&self.0, bufs, &mut control, SendFlags::NOSIGNAL) {
                Ok(done) => return Ok(done),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) if !wait.nonblocking => {
                    wait.cancel.wait_for(self.0.as_fd(), PollFlags::OUT)?;
                }
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Ends one or both directions.
    ///
    /// # Errors
    /// [`Errno::NotConn`] when the other end is gone already.
    pub fn shutdown(&self, how: Shutdown) -> Result<(), Errno> {
        let how = match how {
            Shutdown::Read => rustix::net::Shutdown::Read,
            Shutdown::Write => rustix::net::Shutdown::Write,
            Shutdown::Both => rustix::net::Shutdown::Both,
        };
        Ok(rustix::net::shutdown(&self.0, how)?)
    }
}

impl Stream for Socket {
    fn stat(&self) -> Result<Stat, Errno> {
        Ok(plain_stat(FileType::SocketStream))
    }

    fn read(&self, bufs: &mut [IoSliceMut<'_>], wait: Wait<'_>) -> Result<usize, Fail> {
        Ok(self.receive(bufs, ReceiveHow::default(), wait)?.0)
    }

    fn write(&self, bufs: &[IoSlice<'_>], wait: Wait<'_>) -> Result<usize, Fail> {
        let total = iovec::total(bufs);
        let mut done = self.send_some(bufs, wait)?;
        while done < total && !wait.nonblocking {
            match self.send_some(&iovec::skip(bufs, done), wait) {
                Ok(0) | Err(Fail::Errno(_)) => break,
                Ok(more) => done += more,
                Err(stop) => return Err(stop),
            }
        }
        Ok(done)
    }

    fn readiness(&self) -> Readiness<'_> {
        Readiness::Fd(self.0.as_fd())
    }
}
