//! `poll_oneoff`: waiting for descriptors and clocks.
//!
//! ```text
//! subscription (48 bytes)                      event (32 bytes)
//!  0 userdata u64                               0 userdata u64
//!  8 tag u8: 0 clock, 1 read, 2 write           8 error u16
//! 16 clock: id u32                             10 type u8 (the tag)
//! 24        timeout u64 ns                     16 bytes u64
//! 32        precision u64 ns                   24 flags u16: 1 hangup
//! 40        flags u16: 1 absolute
//! 16 read, write: fd u32
//! ```

use crate::memory::{self, u32_at, u64_at};
use crate::table::{Entry, Kind};
use crate::{Memory, Result, WasiP1, abi};
use smallvec::SmallVec;
use std::io::SeekFrom;
use std::sync::Arc;
use std::time::{Duration, Instant};
use waxwing_wasi_core::fs::File;
use waxwing_wasi_core::poll::{Direction, Interest, Readiness, poll};
use waxwing_wasi_core::stream::Stream;
use waxwing_wasi_core::time::Clock;
use waxwing_wasi_core::{Errno, Wasi};

const SUBSCRIPTION: u32 = 48;
const EVENT: u32 = 32;

/// How many subscriptions one call takes.
const MAX_SUBSCRIPTIONS: u32 = 1 << 16;

#[derive(Clone, Copy)]
struct Event {
    userdata: u64,
    error: Option<Errno>,
    tag: u8,
    bytes: u64,
    hangup: bool,
}

impl Event {
    fn encode(&self) -> [u8; EVENT as usize] {
        let mut out = [0; EVENT as usize];
        out[0..8].copy_from_slice(&self.userdata.to_le_bytes());
        out[8..10].copy_from_slice(&self.error.map_or(0, abi::errno).to_le_bytes());
        out[10] = self.tag;
        out[16..24].copy_from_slice(&self.bytes.to_le_bytes());
        out[24] = self.hangup.into();
        out
    }
}

/// The subscriptions, sorted by what becomes of them.
#[derive(Default)]
struct Waits<'a> {
    /// Those that cannot be waited for: events at once.
    failed: SmallVec<[Event; 4]>,
    clocks: SmallVec<[(u64, Duration); 4]>,
    interests: SmallVec<[Interest<'a>; 8]>,
    /// Userdata and tag of each interest.
    labels: SmallVec<[(u64, u8); 8]>,
}

/// How long a clock subscription waits from now on.
fn clock_wait(core: &Wasi, one: &[u8]) -> std::result::Result<Duration, Errno> {
    let clock = abi::clock(u32_at(one, 16))?;
    if matches!(clock, Clock::ProcessCpu | Clock::ThreadCpu) {
        // A guest that waits uses no processor time, so this would never end.
        return Err(Errno::NotSup);
    }
    let timeout = u64_at(one, 24);
    match u16::from_le_bytes([one[40], one[41]]) {
        0 => Ok(Duration::from_nanos(timeout)),
        1 => Ok(Duration::from_nanos(timeout.saturating_sub(core.clocks.now(clock)?))),
        _ => Err(Errno::Inval),
    }
}

/// How much of a file is ahead of its position.
fn bytes_ahead(file: &dyn File) -> u64 {
    match (file.stat(), file.seek(SeekFrom::Current(0))) {
        (Ok(stat), Ok(position)) => stat.size.saturating_sub(position),
        _ => 0,
    }
}

fn readiness(entry: &Entry, direction: Direction) -> std::result::Result<Readiness<'_>, Errno> {
    let wanted = match (&entry.kind, direction) {
        (Kind::Listener(_), Direction::Read) => abi::SOCK_ACCEPT,
        (Kind::Listener(_), Direction::Write) => return Err(Errno::NotSup),
        (Kind::Dir(_), _) => 0,
        (_, Direction::Read) => abi::FD_READ,
        (_, Direction::Write) => abi::FD_WRITE,
    };
    entry.need(abi::POLL_FD_READWRITE | wanted)?;
    Ok(match &entry.kind {
        Kind::File(file) => Readiness::Always { bytes: bytes_ahead(&**file) },
        Kind::Dir(_) => Readiness::Always { bytes: 0 },
        Kind::Stream(stream) => stream.readiness(),
        Kind::Listener(listener) => listener.readiness(),
        Kind::Socket(socket) => socket.readiness(),
    })
}

/// The descriptors of the subscriptions that name one. They are held while the guest waits: another
/// thread may close them.
fn entries(wasi: &WasiP1, table: &[u8]) -> Vec<std::result::Result<Arc<Entry>, Errno>> {
    let subscriptions = table.chunks_exact(SUBSCRIPTION as usize);
    subscriptions.filter(|s| matches!(s[8], 1 | 2)).map(|s| wasi.fds.get(u32_at(s, 16))).collect()
}

fn collect<'a>(
    wasi: &WasiP1,
    table: &[u8],
    entries: &'a [std::result::Result<Arc<Entry>, Errno>],
) -> std::result::Result<Waits<'a>, Errno> {
    let mut waits = Waits::default();
    let mut entries = entries.iter();
    for one in table.chunks_exact(SUBSCRIPTION as usize) {
        let (userdata, tag) = (u64_at(one, 0), one[8]);
        let failed = match tag {
            0 => match clock_wait(&wasi.core, one) {
                Ok(wait) => {
                    waits.clocks.push((userdata, wait));
                    continue;
                }
                Err(errno) => errno,
            },
            1 | 2 => {
                let direction = if tag == 1 { Direction::Read } else { Direction::Write };
                let entry = entries.next().ok_or(Errno::BadF)?.as_ref().map_err(|e| *e);
                match entry.and_then(|entry| readiness(entry, direction)) {
                    Ok(readiness) => {
                        waits.interests.push(Interest { readiness, direction });
                        waits.labels.push((userdata, tag));
                        continue;
                    }
                    Err(errno) => errno,
                }
            }
            _ => return Err(Errno::Inval),
        };
        let error = Some(failed);
        waits.failed.push(Event { userdata, error, tag, bytes: 0, hangup: false });
    }
    Ok(waits)
}

/// Waits until at least one of `count` subscriptions has something to report, puts the events at
/// `events` (which has room for `count`) and how many there are at `happened`.
///
/// A subscription that cannot be waited for (a descriptor that is not open, a right that is
/// missing, a clock that does not exist) is reported as an event with its errno.
///
/// Errnos: `inval` (no subscriptions, too many, or of no known kind), `fault`.
pub fn poll_oneoff(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    happened: u32,
) -> Result {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
        return Err(Errno::Inval.into());
    }
    memory::check(memory, events, count * EVENT)?;
    memory::check(memory, happened, 4)?;
    let table = memory::bytes(memory, subscriptions, count * SUBSCRIPTION)?;
    let entries = entries(wasi, &table);
    let waits = collect(wasi, &table, &entries)?;

    let begin = Instant::now();
    let soonest = waits.clocks.iter().map(|(_, wait)| *wait).min();
    let mut found: SmallVec<[Event; 8]> = waits.failed.iter().copied().collect();
    loop {
        let left = soonest.map(|wait| wait.saturating_sub(begin.elapsed()));
        let timeout = if found.is_empty() { left } else { Some(Duration::ZERO) };
        for ready in poll(&waits.interests, timeout, &wasi.core.cancel)? {
            let (userdata, tag) = waits.labels[ready.index];
            let (error, bytes, hangup) = (ready.error, ready.bytes, ready.hangup);
            found.push(Event { userdata, error, tag, bytes, hangup });
        }
        let passed = begin.elapsed();
        for (userdata, wait) in &waits.clocks {
            if *wait <= passed {
                let userdata = *userdata;
                found.push(Event { userdata, error: None, tag: 0, bytes: 0, hangup: false });
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    let out: Vec<u8> = found.iter().take(count as usize).flat_map(Event::encode).collect();
    drop(table);
    memory::put(memory, events, &out)?;
    Ok(memory::put_size(memory, happened, found.len())?)
}
