//! Standard streams, arguments, random numbers, and the ways a guest ends.

mod common;

use common::*;
use std::io::{Seek, Write};
use std::os::fd::OwnedFd;
use std::time::Duration;
use waxwing_wasi_core::stream::{HostStream, InputBuffer};
use waxwing_wasi_core::{
    Cancel, Cancelled, Exit, Raised, Random, Signal, Stop, Stream, WasiBuilder,
};
use waxwing_wasi_p1::abi::*;

fn pipe() -> (HostStream, OwnedFd) {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    (HostStream::from_fd(reader), writer)
}

/// A standard stream that writes into a pipe, and the end that reads.
fn pipe_out() -> (HostStream, OwnedFd) {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    (HostStream::from_fd(writer), reader)
}

#[test]
fn standard_streams_go_one_way() {
    let (mut guest, output) = printing();
    assert_eq!(guest.write(1, b"hello\n"), Ok(6));
    assert_eq!(output.contents(), b"hello\n");
    assert_eq!(guest.read(1, 1), Err(NOTCAPABLE));
    assert_eq!(guest.write(0, b"x"), Err(NOTCAPABLE));
    assert_eq!(guest.read(0, 10).unwrap(), b"");
    for fd in 0..3 {
        assert_eq!(guest.seek(fd, 0, 1), Err(SPIPE));
        assert_eq!(guest.call("fd_tell", &[fd.into(), OUT.into()]), SPIPE);
        assert_eq!(guest.call("fd_allocate", &[fd.into(), 0, 1]), SPIPE);
        assert_eq!(guest.call("fd_sync", &[fd.into()]), INVAL);
        assert_eq!(guest.call("fd_filestat_get", &[fd.into(), OUT.into()]), SUCCESS);
        assert_eq!(guest.rights(fd).0 & (FD_SEEK | FD_TELL), 0);
    }
    guest.describe(4);
    assert_eq!(guest.call("fd_pread", &[0, IOVS.into(), 1, 0, OUT.into()]), SPIPE);
    assert_eq!(guest.call("fd_pwrite", &[1, IOVS.into(), 1, 0, OUT.into()]), SPIPE);
    assert_eq!(guest.call("fd_close", &[1]), SUCCESS);
    assert_eq!(guest.write(1, b"x"), Err(BADF));
}

#[test]
fn input_comes_from_a_pipe() {
    let (stdin, writer) = pipe();
    let mut guest = with(WasiBuilder::new().stdin(stdin));
    assert_eq!(guest.call("fd_fdstat_set_flags", &[0, NONBLOCK.into()]), SUCCESS);
    assert_eq!(guest.read(0, 10), Err(AGAIN));
    assert_eq!(guest.call("fd_fdstat_set_flags", &[0, 0]), SUCCESS);
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        rustix::io::write(&writer, b"line\nrest").unwrap();
    });
    assert_eq!(guest.read(0, 5).unwrap(), b"line\n");
    assert_eq!(guest.read(0, 100).unwrap(), b"rest");
    thread.join().unwrap();
    assert_eq!(guest.read(0, 100).unwrap(), b"");
}

#[test]
fn a_closed_pipe_is_an_errno() {
    let (stdout, reader) = pipe_out();
    let mut guest = with(WasiBuilder::new().stdout(stdout));
    assert_eq!(guest.write(1, b"x"), Ok(1));
    drop(reader);
    assert_eq!(guest.write(1, b"x"), Err(PIPE));
    assert_eq!(guest.write(1, b"x"), Err(PIPE));
}

#[test]
fn a_large_write_goes_through_a_small_pipe() {
    let (stdout, reader) = pipe_out();
    let mut guest = with(WasiBuilder::new().stdout(stdout));
    guest.memory = vec![b'x'; 1 << 20];
    let thread = std::thread::spawn(move || {
        let (mut total, mut buf) = (0, vec![0; 30_000]);
        while total < 900_000 {
            total += rustix::io::read(&reader, &mut buf[..]).unwrap();
        }
        total
    });
    // Three buffers, more than any pipe holds.
    for index in 0..3 {
        guest.put_u32(IOVS + index * 8, DATA + index * 300_000);
        guest.put_u32(IOVS + index * 8 + 4, 300_000);
    }
    let args = [1, IOVS.into(), 3, OUT.into()];
    guest.memory[OUT as usize] = 0;
    assert_eq!(guest.call("fd_write", &args), SUCCESS);
    assert_eq!(guest.u32(OUT), 900_000);
    assert_eq!(thread.join().unwrap(), 900_000);
}

#[test]
fn waiting_for_a_pipe_is_cancelled() {
    let cancel = Cancel::new();
    let (stdin, _writer) = pipe();
    let (stdout, _reader) = pipe_out();
    let builder = WasiBuilder::new().stdin(stdin).stdout(stdout).cancel(cancel.clone());
    let mut guest = with(builder);
    guest.memory = vec![0; 1 << 20];
    guest.describe(500_000);
    for (name, fd) in [("fd_read", 0), ("fd_write", 1)] {
        let other = cancel.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            other.cancel();
        });
        let args = [fd, IOVS.into(), 1, OUT.into()];
        assert_eq!(guest.stop(name, &args), Err(Stop::Cancelled(Cancelled)), "{name}");
        thread.join().unwrap();
        cancel.reset();
    }
}

#[test]
fn a_pipe_others_read_does_not_hold_a_cancelled_guest() {
    // Another reader may take what the poll had seen; the read must not get stuck in the kernel.
    let cancel = Cancel::new();
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    let thief = reader.try_clone().unwrap();
    let mut guest =
        with(WasiBuilder::new().stdin(HostStream::from_fd(reader)).cancel(cancel.clone()));
    let other = cancel.clone();
    let thread = std::thread::spawn(move || {
        let flags = rustix::io::ReadWriteFlags::NOWAIT;
        for _ in 0..2_000 {
            rustix::io::write(&writer, b"x").unwrap();
            let mut buf = [0; 16];
            let bufs = &mut [std::io::IoSliceMut::new(&mut buf)];
            let _ = rustix::io::preadv2(&thief, bufs, u64::MAX, flags);
        }
        other.cancel();
    });
    guest.describe(1);
    let ended = loop {
        match guest.stop("fd_read", &[0, IOVS.into(), 1, OUT.into()]) {
            Ok(SUCCESS) => {}
            other => break other,
        }
    };
    assert_eq!(ended, Err(Stop::Cancelled(Cancelled)));
    thread.join().unwrap();
}

#[test]
fn a_regular_file_as_input_can_be_sought() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789").unwrap();
    file.rewind().unwrap();
    let stdin = HostStream::from_fd(file.into());
    assert!(stdin.is_seekable() && !stdin.is_terminal());
    let mut guest = with(WasiBuilder::new().stdin(stdin));
    assert_eq!(guest.read(0, 3).unwrap(), b"012");
    assert_eq!(guest.seek(0, -2, 2), Ok(8));
    assert_eq!(guest.read(0, 10).unwrap(), b"89");
}

#[test]
fn devices_work_where_the_kernel_cannot_promise_not_to_wait() {
    let open = |path| {
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC;
        rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap()
    };
    let stdin = HostStream::from_fd(open("/dev/zero"));
    let stdout = HostStream::from_fd(open("/dev/null"));
    let mut guest = with(WasiBuilder::new().stdin(stdin).stdout(stdout));
    guest.put(DATA, &[1; 64]);
    assert_eq!(guest.read(0, 64).unwrap(), [0; 64]);
    assert_eq!(guest.write(1, &[7; 0x3000]), Ok(0x3000));
}

#[test]
fn terminals_are_known_by_their_rights() {
    let flags = rustix::pty::OpenptFlags::RDWR | rustix::pty::OpenptFlags::NOCTTY;
    let Ok(controller) = rustix::pty::openpt(flags) else {
        // Without a terminal driver, what is left of the rule is that a device is not a terminal.
        let null = std::fs::File::open("/dev/null").unwrap();
        assert!(!HostStream::from_fd(null.into()).is_terminal());
        return;
    };
    rustix::pty::unlockpt(&controller).unwrap();
    let name = rustix::pty::ptsname(&controller, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let terminal = rustix::fs::open(&*name, flags, rustix::fs::Mode::empty()).unwrap();
    let cancel = Cancel::new();
    let stdin = HostStream::from_fd(terminal);
    assert!(stdin.is_terminal());
    let mut guest = with(WasiBuilder::new().stdin(stdin).cancel(cancel.clone()));
    assert_eq!(guest.call("fd_fdstat_get", &[0, OUT.into()]), SUCCESS);
    assert_eq!(guest.bytes(OUT, 1)[0], 2);
    assert_eq!(guest.u64(OUT + 8) & (FD_SEEK | FD_TELL), 0);
    rustix::io::write(&controller, b"typed\n").unwrap();
    assert_eq!(guest.read(0, 100).unwrap(), b"typed\n");
    // The kernel has no "do not wait" for terminals; the call polls, and is cancelled.
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        cancel.cancel();
    });
    let args = [0, IOVS.into(), 1, OUT.into()];
    assert_eq!(guest.stop("fd_read", &args), Err(Stop::Cancelled(Cancelled)));
    thread.join().unwrap();
}

#[test]
fn arguments_and_environment() {
    let mut guest = with(WasiBuilder::new().args(["prog", "", "b\u{e9}"]).env("K", "v=w"));
    let (out, buf) = (u64::from(OUT), u64::from(DATA));
    assert_eq!(guest.call("args_sizes_get", &[out, out + 4]), SUCCESS);
    assert_eq!((guest.u32(OUT), guest.u32(OUT + 4)), (3, 10));
    assert_eq!(guest.call("args_get", &[out, buf]), SUCCESS);
    assert_eq!(
        [guest.u32(OUT), guest.u32(OUT + 4), guest.u32(OUT + 8)],
        [DATA, DATA + 5, DATA + 6]
    );
    assert_eq!(guest.bytes(DATA, 10), "prog\0\0b\u{e9}\0".as_bytes());
    assert_eq!(guest.call("environ_sizes_get", &[out, out + 4]), SUCCESS);
    assert_eq!((guest.u32(OUT), guest.u32(OUT + 4)), (1, 6));
    assert_eq!(guest.call("environ_get", &[out, buf]), SUCCESS);
    assert_eq!(guest.bytes(DATA, 6), b"K=v=w\0");
    // At the very end of memory, and one byte too far.
    assert_eq!(guest.call("args_get", &[out, 65526]), SUCCESS);
    for args in [[out, 65527], [65525, buf], [u64::from(u32::MAX), buf]] {
        assert_eq!(guest.call("args_get", &args), FAULT);
    }
}

#[test]
fn clocks_run() {
    let (mut guest, _) = printing();
    for id in 0..4 {
        assert_eq!(guest.call("clock_res_get", &[id, OUT.into()]), SUCCESS);
        assert!(guest.u64(OUT) > 0);
        assert_eq!(guest.call("clock_time_get", &[id, 0, OUT.into()]), SUCCESS);
        let first = guest.u64(OUT);
        assert_eq!(guest.call("clock_time_get", &[id, 0, OUT.into()]), SUCCESS);
        assert!(id == 0 || guest.u64(OUT) >= first);
    }
    for id in [4, 0xffff_ffff] {
        assert_eq!(guest.call("clock_res_get", &[id, OUT.into()]), INVAL);
        assert_eq!(guest.call("clock_time_get", &[id, 0, OUT.into()]), INVAL);
    }
}

#[test]
fn random_numbers_fill_what_is_asked() {
    let mut guest = with(WasiBuilder::new().random(Random::seeded(3)));
    assert_eq!(guest.call("random_get", &[DATA.into(), 9]), SUCCESS);
    let first = guest.bytes(DATA, 9).to_vec();
    assert_ne!(first, [0; 9]);
    assert_eq!(guest.bytes(DATA + 9, 1), [0]);
    assert_eq!(guest.call("random_get", &[DATA.into(), 9]), SUCCESS);
    assert_ne!(guest.bytes(DATA, 9), first);
    assert_eq!(guest.call("random_get", &[65536, 0]), SUCCESS);
    assert_eq!(guest.call("random_get", &[65536, 1]), FAULT);
    let mut system = with(WasiBuilder::new());
    assert_eq!(system.call("random_get", &[0, 65536]), SUCCESS);
    assert!(system.memory.iter().filter(|byte| **byte == 0).count() < 1000);
}

#[test]
fn guests_end_as_they_ask() {
    let mut guest = with(WasiBuilder::new().stdin(InputBuffer::new("")));
    for code in [0, 7, 0xffff_ffff] {
        let ended = guest.stop("proc_exit", &[code]);
        assert_eq!(ended, Err(Stop::Exit(Exit(code as u32))));
    }
    assert_eq!(guest.call("sched_yield", &[]), SUCCESS);
    assert_eq!(guest.stop("proc_raise", &[6]), Err(Stop::Raised(Raised(Signal::Abrt))));
    assert_eq!(guest.stop("proc_raise", &[9]), Err(Stop::Raised(Raised(Signal::Kill))));
    for ignored in [0, 16, 17, 22, 27] {
        assert_eq!(guest.call("proc_raise", &[ignored]), SUCCESS, "{ignored}");
    }
    assert_eq!(guest.call("proc_raise", &[31]), INVAL);
    assert_eq!(guest.call("proc_raise", &[u64::from(u32::MAX)]), INVAL);
}
