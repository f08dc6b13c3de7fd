//! `poll_oneoff`.

mod common;

use common::*;
use std::time::{Duration, Instant};
use waxwing_wasi_core::stream::{HostStream, InputBuffer};
use waxwing_wasi_core::time::FixedClocks;
use waxwing_wasi_core::{Cancel, Cancelled, Stop, WasiBuilder};

const SUBS: u32 = 0x1000;
const EVENTS: u32 = 0x8000;
const COUNT: u32 = 0xf000;

#[derive(Debug, PartialEq)]
struct Event {
    userdata: u64,
    errno: u16,
    tag: u8,
    bytes: u64,
    hangup: bool,
}

fn event(userdata: u64, errno: u32, tag: u8, bytes: u64, hangup: bool) -> Event {
    Event { userdata, errno: errno as u16, tag, bytes, hangup }
}

/// What a subscription waits for.
enum Sub {
    Clock { id: u32, timeout: u64, absolute: bool },
    Read(u32),
    Write(u32),
}

/// Writes subscriptions whose userdata are 100, 101, ...
fn subscribe(guest: &mut Guest, subs: &[Sub]) {
    for (index, sub) in subs.iter().enumerate() {
        let at = SUBS + index as u32 * 48;
        guest.put(at, &[0; 48]);
        guest.put_u64(at, 100 + index as u64);
        match sub {
            Sub::Clock { id, timeout, absolute } => {
                guest.put_u32(at + 16, *id);
                guest.put_u64(at + 24, *timeout);
                guest.put_u32(at + 40, (*absolute).into());
            }
            Sub::Read(fd) => {
                guest.put(at + 8, &[1]);
                guest.put_u32(at + 16, *fd);
            }
            Sub::Write(fd) => {
                guest.put(at + 8, &[2]);
                guest.put_u32(at + 16, *fd);
            }
        }
    }
}

fn poll(guest: &mut Guest, subs: &[Sub]) -> Result<Vec<Event>, u32> {
    subscribe(guest, subs);
    let args = [SUBS.into(), EVENTS.into(), subs.len() as u64, COUNT.into()];
    match guest.call("poll_oneoff", &args) {
        SUCCESS => {}
        errno => return Err(errno),
    }
    Ok((0..guest.u32(COUNT))
        .map(|index| {
            let at = EVENTS + index * 32;
            Event {
                userdata: guest.u64(at),
                errno: guest.u16(at + 8),
                tag: guest.bytes(at + 10, 1)[0],
                bytes: guest.u64(at + 16),
                hangup: guest.u16(at + 24) == 1,
            }
        })
        .collect())
}

const fn sleep(timeout: u64) -> Sub {
    Sub::Clock { id: 1, timeout, absolute: false }
}

#[test]
fn malformed_subscriptions() {
    let (mut guest, _) = guest();
    assert_eq!(poll(&mut guest, &[]), Err(INVAL));
    subscribe(&mut guest, &[sleep(0)]);
    guest.put(SUBS + 8, &[3]);
    assert_eq!(guest.call("poll_oneoff", &[SUBS.into(), EVENTS.into(), 1, COUNT.into()]), INVAL);
    subscribe(&mut guest, &[sleep(0)]);
    guest.put(SUBS + 40, &[2]);
    assert_eq!(guest.call("poll_oneoff", &[SUBS.into(), EVENTS.into(), 1, COUNT.into()]), SUCCESS);
    assert_eq!(guest.u16(EVENTS + 8), INVAL as u16);
}

#[test]
fn what_cannot_be_waited_for_is_an_event() {
    let (mut guest, _) = guest();
    let closed = guest.open(ROOT, ".", 0, 0, 0, 0).unwrap();
    let events = poll(
        &mut guest,
        &[
            Sub::Read(99),
            Sub::Write(0),
            Sub::Read(closed),
            Sub::Clock { id: 9, timeout: 0, absolute: false },
            Sub::Clock { id: 2, timeout: 0, absolute: false },
            sleep(u64::MAX),
        ],
    );
    assert_eq!(
        events.unwrap(),
        [
            event(100, BADF, 1, 0, false),
            event(101, NOTCAPABLE, 2, 0, false),
            event(102, NOTCAPABLE, 1, 0, false),
            event(103, INVAL, 0, 0, false),
            event(104, NOTSUP, 0, 0, false),
        ]
    );
}

#[test]
fn files_and_buffers_are_always_ready() {
    let mut guest = guest().0;
    let fd = guest.create("f");
    guest.write(fd, b"abcdef").unwrap();
    guest.seek(fd, 2, 0).unwrap();
    let events = poll(&mut guest, &[Sub::Read(fd), Sub::Write(fd), sleep(u64::MAX)]).unwrap();
    assert_eq!(events, [event(100, 0, 1, 4, false), event(101, 0, 2, 0, false)]);
    let mut guest = with(WasiBuilder::new().stdin(InputBuffer::new("abc")));
    let events = poll(&mut guest, &[Sub::Read(0), Sub::Write(1)]).unwrap();
    assert_eq!(events, [event(100, 0, 1, 3, false), event(101, 0, 2, 0, false)]);
}

#[test]
fn sleeping_takes_as_long_as_asked() {
    let (mut guest, _) = guest();
    let begin = Instant::now();
    let events = poll(&mut guest, &[sleep(20_000_000), sleep(u64::MAX)]).unwrap();
    assert_eq!(events, [event(100, 0, 0, 0, false)]);
    assert!(begin.elapsed() >= Duration::from_millis(20));
    // Until a moment on each clock; one that is past ends at once.
    for id in [0, 1] {
        assert_eq!(guest.call("clock_time_get", &[id.into(), 0, OUT.into()]), SUCCESS);
        let timeout = guest.u64(OUT) + 10_000_000;
        let begin = Instant::now();
        let until = Sub::Clock { id, timeout, absolute: true };
        assert_eq!(poll(&mut guest, &[until]).unwrap().len(), 1);
        assert!(begin.elapsed() >= Duration::from_millis(5));
        let past = Sub::Clock { id, timeout: 5, absolute: true };
        let events = poll(&mut guest, &[past, sleep(u64::MAX)]).unwrap();
        assert_eq!(events, [event(100, 0, 0, 0, false)]);
    }
}

#[test]
fn a_clock_that_stands_still_can_be_waited_for() {
    let clocks = FixedClocks { realtime: 7, monotonic: 1_000 };
    let mut guest = with(WasiBuilder::new().clocks(clocks));
    assert_eq!(guest.call("clock_time_get", &[0, 0, OUT.into()]), SUCCESS);
    assert_eq!(guest.u64(OUT), 7);
    let until = Sub::Clock { id: 1, timeout: 1_000_000, absolute: true };
    assert_eq!(poll(&mut guest, &[until]).unwrap().len(), 1);
}

#[test]
fn pipes_wake_and_hang_up() {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let mut guest = with(WasiBuilder::new().stdin(HostStream::from_fd(reader)));
    let events = poll(&mut guest, &[Sub::Read(0), sleep(1_000_000)]).unwrap();
    assert_eq!(events, [event(101, 0, 0, 0, false)]);
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        rustix::io::write(&writer, b"wake").unwrap();
        writer
    });
    let events = poll(&mut guest, &[Sub::Read(0), sleep(u64::MAX)]).unwrap();
    assert_eq!(events, [event(100, 0, 1, 4, false)]);
    drop(thread.join().unwrap());
    let events = poll(&mut guest, &[Sub::Read(0), sleep(u64::MAX)]).unwrap();
    assert_eq!(events, [event(100, 0, 1, 4, true)]);
}

#[test]
fn a_sleeper_is_cancelled() {
    let cancel = Cancel::new();
    let mut guest = with(WasiBuilder::new().cancel(cancel.clone()));
    for subs in [&[sleep(u64::MAX)][..], &[sleep(u64::MAX), sleep(1 << 60)]] {
        subscribe(&mut guest, subs);
        let other = cancel.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            other.cancel();
        });
        let args = [SUBS.into(), EVENTS.into(), subs.len() as u64, COUNT.into()];
        assert_eq!(guest.stop("poll_oneoff", &args), Err(Stop::Cancelled(Cancelled)));
        thread.join().unwrap();
        cancel.reset();
    }
}

#[test]
fn noise_is_survived() {
    let (mut guest, _) = guest();
    let mut state = 1u64;
    for _ in 0..2_000 {
        for byte in &mut guest.memory {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            *byte = (state >> 60) as u8 & 0x83;
        }
        // One that fails at once, so that no other makes the guest sleep.
        subscribe(&mut guest, &[Sub::Read(99)]);
        let count = 1 + (state >> 33) % 50;
        let args = [SUBS.into(), EVENTS.into(), count, COUNT.into()];
        let errno = guest.call("poll_oneoff", &args);
        assert!(errno == SUCCESS || errno == INVAL, "{errno}");
        if errno == SUCCESS {
            assert!((1..=count).contains(&guest.u32(COUNT).into()));
        }
    }
}
