//! Ending a blocking call from another thread.
//!
//! Every call that can wait polls the token's event beside what it waits for. The event stays
//! readable once the token is cancelled, so a call that starts to wait later ends at once too and
//! there is no window in which a cancellation is lost. It is made when something first waits: guests
//! that never do take no file descriptor.

use crate::{Errno, Fail};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    event: OnceLock<OwnedFd>,
}

/// A token that ends blocking calls; clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<Inner>);

impl Cancel {
    /// A token that is not cancelled.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Ends every call that waits with this token, now and until [`Cancel::reset`].
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        // Who makes the event now looks at the flag afterwards.
        fence(Ordering::SeqCst);
        if let Some(event) = self.0.event.get() {
            // A full counter is readable as well, so a refused write needs no handling.
            let _ = rustix::io::write(event, &1u64.to_ne_bytes());
        }
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Makes the token usable again, for a store that is reset after a kill.
    pub fn reset(&self) {
        self.0.cancelled.store(false, Ordering::SeqCst);
        if let Some(event) = self.0.event.get() {
            let _ = rustix::io::read(event, &mut [0u8; 8]);
        }
    }

    /// The event that is readable once cancelled, for those who poll themselves.
    ///
    /// # Errors
    /// The kernel's, when no further file descriptor can be opened; [`Fail::CANCELLED`] when the token
    /// is cancelled already.
    pub fn event(&self) -> Result<BorrowedFd<'_>, Fail> {
        let event = match self.0.event.get() {
            Some(event) => event,
            None => {
                let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
                let event = rustix::event::eventfd(0, flags).map_err(Errno::from)?;
                self.0.event.get_or_init(|| event)
            }
        };
        // Who cancels now finds the event.
        fence(Ordering::SeqCst);
        if self.is_cancelled() { Err(Fail::CANCELLED) } else { Ok(event.as_fd()) }
    }

    /// Waits until `fd` is ready for `flags` (or in error, or hung up).
    ///
    /// # Errors
    /// [`Fail::CANCELLED`] when the token is cancelled first; the kernel's errno when poll fails.
    pub fn wait_for(&self, fd: BorrowedFd<'_>, flags: PollFlags) -> Result<(), Fail> {
        let event = self.event()?;
        let mut fds = [PollFd::new(&fd, flags), PollFd::new(&event, PollFlags::IN)];
        loop {
            match rustix::event::poll(&mut fds, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            if self.is_cancelled() {
                return Err(Fail::CANCELLED);
            }
            if !fds[0].revents().is_empty() {
                return Ok(());
            }
        }
    }

    /// Waits until one of `fds` is ready, or `timeout` has passed (`None`: for ever).
    ///
    /// `fds` must end with an entry for [`Cancel::event`]. Returns after the kernel did, with the
    /// events filled in; interruptions by signals are waited out.
    pub(crate) fn poll(
        &self,
        fds: &mut [PollFd<'_>],
        timeout: Option<Duration>,
    ) -> Result<(), Fail> {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let spec = left.map(timespec);
            match rustix::event::poll(fds, spec.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(errno) => return Err(Errno::from(errno).into()),
            }
            if self.is_cancelled() {
                return Err(Fail::CANCELLED);
            }
            return Ok(());
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiter_is_woken() {
        let cancel = Cancel::new();
        let (reader, _writer) = rustix::pipe::pipe().unwrap();
        let other = cancel.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            other.cancel();
        });
        assert_eq!(cancel.wait_for(reader.as_fd(), PollFlags::IN), Err(Fail::CANCELLED));
        thread.join().unwrap();
    }

    #[test]
    fn a_late_waiter_ends_at_once_until_reset() {
        let cancel = Cancel::new();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        cancel.cancel();
        assert_eq!(cancel.wait_for(reader.as_fd(), PollFlags::IN), Err(Fail::CANCELLED));
        cancel.reset();
        rustix::io::write(&writer, b"x").unwrap();
        assert_eq!(cancel.wait_for(reader.as_fd(), PollFlags::IN), Ok(()));
    }
}
