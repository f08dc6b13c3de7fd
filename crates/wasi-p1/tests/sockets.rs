//! `sock_*` over real connections.

mod common;

use common::*;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;
use waxwing_wasi_core::{Cancel, Cancelled, Grant, MemFs, Stop, WasiBuilder};
use waxwing_wasi_p1::abi::*;

/// The listener comes before directories.
const LISTENER: u64 = 3;

fn server(cancel: &Cancel) -> (Guest, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let builder = WasiBuilder::new()
        .cancel(cancel.clone())
        .preopen_fs("/", &MemFs::new(), Grant::ReadWrite)
        .unwrap()
        .listener(listener)
        .unwrap();
    (with(builder), address)
}

fn accept(guest: &mut Guest, flags: u32) -> Result<u32, u32> {
    match guest.call("sock_accept", &[LISTENER, flags.into(), OUT.into()]) {
        SUCCESS => Ok(guest.u32(OUT)),
        errno => Err(errno),
    }
}

/// `sock_recv` into one buffer: what came.
fn receive(guest: &mut Guest, fd: u32, len: u32, flags: u64) -> Result<Vec<u8>, u32> {
    guest.describe(len);
    let args = [fd.into(), IOVS.into(), 1, flags, OUT.into(), (OUT + 8).into()];
    match guest.call("sock_recv", &args) {
        SUCCESS => {
            assert_eq!(guest.u16(OUT + 8), 0);
            Ok(guest.bytes(DATA, guest.u32(OUT)).to_vec())
        }
        errno => Err(errno),
    }
}

#[test]
fn misuse_has_its_errnos() {
    let cancel = Cancel::new();
    let (mut guest, address) = server(&cancel);
    assert_eq!(accept(&mut guest, APPEND), Err(INVAL));
    assert_eq!(guest.call("sock_accept", &[99, 0, OUT.into()]), BADF);
    assert_eq!(guest.call("sock_accept", &[4, 0, OUT.into()]), NOTSOCK);
    assert_eq!(guest.call("sock_accept", &[LISTENER, 0, 65535]), FAULT);
    assert_eq!(receive(&mut guest, 3, 8, 0), Err(NOTCONN));
    assert_eq!(receive(&mut guest, 0, 8, 0), Err(NOTSOCK));
    assert_eq!(guest.read(3, 8), Err(NOTCONN));
    assert_eq!(guest.write(3, b"x"), Err(NOTCONN));
    assert_eq!(guest.call("fd_fdstat_set_flags", &[LISTENER, NONBLOCK.into()]), SUCCESS);
    assert_eq!(accept(&mut guest, 0), Err(AGAIN));
    let _client = TcpStream::connect(address).unwrap();
    assert_eq!(guest.call("fd_fdstat_set_flags", &[LISTENER, 0]), SUCCESS);
    let fd = accept(&mut guest, NONBLOCK).unwrap();
    assert_eq!(guest.call("sock_accept", &[fd.into(), 0, OUT.into()]), INVAL);
    assert_eq!(receive(&mut guest, fd, 8, 4), Err(INVAL));
    assert_eq!(guest.call("sock_shutdown", &[fd.into(), 0]), INVAL);
    assert_eq!(guest.call("sock_shutdown", &[fd.into(), 4]), INVAL);
    assert_eq!(guest.seek(fd, 0, 1), Err(SPIPE));
    assert_eq!(receive(&mut guest, fd, 8, 0), Err(AGAIN));
    assert_eq!(guest.rights(fd).0, SOCKET_RIGHTS);
    guest.call("fd_fdstat_get", &[fd.into(), OUT.into()]);
    assert_eq!(guest.bytes(OUT, 1)[0], 6);
}

#[test]
fn listeners_do_not_hide_directories() {
    let cancel = Cancel::new();
    let (mut guest, _) = server(&cancel);
    // A guest asks each number in turn until one is not open.
    assert_eq!(guest.call("fd_prestat_get", &[3, OUT.into()]), SUCCESS);
    assert_eq!(guest.bytes(OUT, 1)[0], 1);
    assert_eq!(guest.call("fd_prestat_dir_name", &[3, OUT.into(), 8]), NOTDIR);
    assert_eq!(guest.call("fd_prestat_get", &[4, OUT.into()]), SUCCESS);
    assert_eq!(guest.bytes(OUT, 1)[0], 0);
}

#[test]
fn an_echo() {
    let cancel = Cancel::new();
    let (mut guest, address) = server(&cancel);
    let client = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"hello").unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).unwrap();
        stream.write_all(b"more").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        (answer, rest)
    });
    let fd = accept(&mut guest, 0).unwrap();
    assert_eq!(receive(&mut guest, fd, 5, RECV_WAITALL.into()).unwrap(), b"hello");
    guest.describe(5);
    let send = [fd.into(), IOVS.into(), 1, 0, OUT.into()];
    assert_eq!(guest.call("sock_send", &send), SUCCESS);
    assert_eq!(guest.u32(OUT), 5);
    let peek = RECV_PEEK.into();
    assert_eq!(receive(&mut guest, fd, 1, peek).unwrap(), b"m");
    // All there will ever be, though less than asked for.
    assert_eq!(receive(&mut guest, fd, 100, RECV_WAITALL.into()).unwrap(), b"more");
    assert_eq!(guest.read(fd, 8).unwrap(), b"");
    assert_eq!(guest.write(fd, b"bye"), Ok(3));
    assert_eq!(guest.call("sock_shutdown", &[fd.into(), 2]), SUCCESS);
    assert_eq!(client.join().unwrap(), (*b"hello", b"bye".to_vec()));
    assert_eq!(guest.call("fd_close", &[fd.into()]), SUCCESS);
}

#[test]
fn a_gone_client_is_a_broken_pipe() {
    let cancel = Cancel::new();
    let (mut guest, address) = server(&cancel);
    drop(TcpStream::connect(address).unwrap());
    let fd = accept(&mut guest, 0).unwrap();
    let errno = loop {
        if let Err(errno) = guest.write(fd, b"anyone?") {
            break errno;
        }
    };
    assert!(errno == PIPE || errno == 15, "{errno}");
}

#[test]
fn waiting_calls_are_cancelled() {
    let cancel = Cancel::new();
    let (mut guest, address) = server(&cancel);
    let later = |cancel: &Cancel| {
        let cancel = cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            cancel.cancel();
        })
    };
    let cancelled = Err(Stop::Cancelled(Cancelled));
    let thread = later(&cancel);
    assert_eq!(guest.stop("sock_accept", &[LISTENER, 0, OUT.into()]), cancelled);
    thread.join().unwrap();
    cancel.reset();

    let _client = TcpStream::connect(address).unwrap();
    let fd = accept(&mut guest, 0).unwrap();
    guest.describe(0x4000);
    let one = [fd.into(), IOVS.into(), 1, OUT.into()];
    for (name, args) in [
        ("fd_read", one.to_vec()),
        ("sock_recv", vec![fd.into(), IOVS.into(), 1, 0, OUT.into(), OUT.into()]),
        ("sock_recv", vec![fd.into(), IOVS.into(), 1, 2, OUT.into(), OUT.into()]),
    ] {
        let thread = later(&cancel);
        assert_eq!(guest.stop(name, &args), cancelled, "{name}");
        thread.join().unwrap();
        cancel.reset();
    }
    // A client that never reads: sooner or later a write has to wait.
    let thread = later(&cancel);
    let ended = loop {
        match guest.stop("fd_write", &one) {
            Ok(SUCCESS) => {}
            other => break other,
        }
    };
    assert_eq!(ended, cancelled);
    thread.join().unwrap();
}
