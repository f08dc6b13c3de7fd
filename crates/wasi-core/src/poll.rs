//! Waiting until any of several things can be read or written, or until time has passed.

use crate::{Cancel, Errno, Fail};
use rustix::event::{PollFd, PollFlags};
use smallvec::SmallVec;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// How something is polled.
#[derive(Clone, Copy, Debug)]
pub enum Readiness<'a> {
    /// It never waits.
    Always {
        /// How much can be read at once, as far as known.
        bytes: u64,
    },
    /// The kernel knows.
    Fd(BorrowedFd<'a>),
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Until it can be read (or accepted from).
    Read,
    /// Until it can be written.
    Write,
}

/// One thing waited for.
#[derive(Clone, Copy, Debug)]
pub struct Interest<'a> {
    /// How to poll it.
    pub readiness: Readiness<'a>,
    /// For what.
    pub direction: Direction,
}

/// One thing that happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ready {
    /// The index of the interest.
    pub index: usize,
    /// How much can be read, as far as known; zero for writing.
    pub bytes: u64,
    /// The other end is gone.
    pub hangup: bool,
    /// Set when the poll of this one failed.
    pub error: Option<Errno>,
}

/// Waits until at least one interest is ready or `timeout` has passed (`None`: for ever; an empty
/// answer then never comes). Answers are in the order of the interests.
///
/// # Errors
/// [`Fail::CANCELLED`]; the kernel's errno, such as [`Errno::Inval`] for more descriptors than
/// the process may open.
pub fn poll(
    interests: &[Interest<'_>],
    timeout: Option<Duration>,
    cancel: &Cancel,
) -> Result<SmallVec<[Ready; 8]>, Fail> {
    let mut fds: SmallVec<[PollFd<'_>; 8]> = SmallVec::new();
    let mut at_once = false;
    for interest in interests {
        match interest.readiness {
            Readiness::Always { .. } => at_once = true,
            Readiness::Fd(fd) => {
                let flags = match interest.direction {
                    Direction::Read => PollFlags::IN,
                    Direction::Write => PollFlags::OUT,
                };
                fds.push(PollFd::from_borrowed_fd(fd, flags));
            }
        }
    }
    let event = cancel.event()?;
    fds.push(PollFd::from_borrowed_fd(event, PollFlags::IN));
    cancel.poll(&mut fds, if at_once { Some(Duration::ZERO) } else { timeout })?;

    let mut ready = SmallVec::new();
    let mut polled = fds.iter();
    for (index, interest) in interests.iter().enumerate() {
        match interest.readiness {
            Readiness::Always { bytes } => {
                let bytes = if interest.direction == Direction::Read { bytes } else { 0 };
                ready.push(Ready { index, bytes, hangup: false, error: None });
            }
            Readiness::Fd(fd) => {
                let events = polled.next().map_or(PollFlags::empty(), PollFd::revents);
                if !events.is_empty() {
                    ready.push(describe(index, interest.direction, fd, events));
                }
            }
        }
    }
    Ok(ready)
}

fn describe(index: usize, direction: Direction, fd: BorrowedFd<'_>, events: PollFlags) -> Ready {
    // What cannot be counted (a listener) but is readable has at least one thing to read.
    let bytes = match direction {
        Direction::Read if events.contains(PollFlags::IN) => {
            rustix::io::ioctl_fionread(fd).unwrap_or(1)
        }
        _ => 0,
    };
    let error = events.contains(PollFlags::NVAL).then_some(Errno::BadF);
    let hangup = events.intersects(PollFlags::HUP | PollFlags::ERR);
    Ready { index, bytes, hangup, error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn time_passes_without_interests() {
        let cancel = Cancel::new();
        let begin = std::time::Instant::now();
        let ready = poll(&[], Some(Duration::from_millis(15)), &cancel).unwrap();
        assert!(ready.is_empty());
        assert!(begin.elapsed() >= Duration::from_millis(15));
    }

    #[test]
    fn a_sleep_is_cancelled() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            other.cancel();
        });
        assert_eq!(poll(&[], None, &cancel), Err(Fail::CANCELLED));
        thread.join().unwrap();
    }

    #[test]
    fn pipes_report_bytes_and_hangup() {
        let cancel = Cancel::new();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let interest =
            Interest { readiness: Readiness::Fd(reader.as_fd()), direction: Direction::Read };
        assert!(poll(&[interest], Some(Duration::ZERO), &cancel).unwrap().is_empty());
        rustix::io::write(&writer, b"abc").unwrap();
        let ready = poll(&[interest], None, &cancel).unwrap();
        assert_eq!(ready[0], Ready { index: 0, bytes: 3, hangup: false, error: None });
        drop(writer);
        assert!(poll(&[interest], None, &cancel).unwrap()[0].hangup);
    }
}
