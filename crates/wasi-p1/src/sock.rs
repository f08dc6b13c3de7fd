//! `sock_*`: connections from listeners that were granted.

use crate::table::{Entry, Kind};
use crate::{Memory, Result, WasiP1, abi, memory};
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::sock::{ReceiveHow, Shutdown, Socket};
use waxwing_wasi_core::stream::Stream;

/// The connection behind a descriptor.
fn socket(entry: &Entry, rights: abi::Rights) -> std::result::Result<&Socket, Errno> {
    match &entry.kind {
        Kind::Socket(socket) => {
            entry.need(rights)?;
            Ok(socket)
        }
        Kind::Listener(_) => Err(Errno::NotConn),
        _ => Err(Errno::NotSock),
    }
}

/// Accepts a connection, waiting for one unless the listener is non-blocking, and puts its
/// descriptor at `accepted`. Of `flags` only `nonblock` has a meaning; it is the connection's.
///
/// Errnos: `badf`, `notsock`, `inval` (a connection, or other flags), `notcapable`, `mfile`,
/// `again`, `fault`.
pub fn sock_accept(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    flags: u32,
    accepted: u32,
) -> Result {
    let flags = abi::flags(flags, abi::NONBLOCK)?;
    wasi.fds.next()?;
    let entry = wasi.fds.get(fd)?;
    let listener = match &entry.kind {
        Kind::Listener(listener) => listener,
        Kind::Socket(_) => return Err(Errno::Inval.into()),
        _ => return Err(Errno::NotSock.into()),
    };
    entry.need(abi::SOCK_ACCEPT)?;
    memory::check(memory, accepted, 4)?;
    let socket = listener.accept(entry.wait(&wasi.core.cancel))?;
    let base = abi::SOCKET_RIGHTS & entry.inheriting();
    let kind = Kind::Socket(socket);
    let fd = wasi.fds.insert(Entry::new(kind, base, 0, flags))?;
    Ok(memory::put_u32(memory, accepted, fd)?)
}

/// Receives into the buffers described at `iovs`; puts the count at `received` and flags (1: a
/// message was cut short) at `ro_flags`, a `u16`.
///
/// Errnos: `badf`, `notsock`, `notconn`, `notcapable`, `inval`, `again`, `fault`.
#[allow(clippy::too_many_arguments, reason = "the specification's parameters")]
pub fn sock_recv(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    ri_flags: u32,
    received: u32,
    ro_flags: u32,
) -> Result {
    let flags = abi::flags(ri_flags, abi::RECV_PEEK | abi::RECV_WAITALL)?;
    let entry = wasi.fds.get(fd)?;
    let socket = socket(&entry, abi::FD_READ)?;
    memory::check(memory, received, 4)?;
    memory::check(memory, ro_flags, 2)?;
    let how =
        ReceiveHow { peek: flags & abi::RECV_PEEK != 0, wait_all: flags & abi::RECV_WAITALL != 0 };
    let wait = entry.wait(&wasi.core.cancel);
    let (done, cut) =
        memory::read_into(memory, iovs, iovs_len, |bufs| socket.receive(bufs, how, wait))?;
    memory::put(memory, ro_flags, &u16::from(cut).to_le_bytes())?;
    Ok(memory::put_size(memory, received, done)?)
}

/// Sends the buffers described at `iovs`; puts the count at `sent`. There are no flags.
///
/// Errnos: `badf`, `notsock`, `notconn`, `notcapable`, `inval`, `again`, `pipe`, `fault`.
pub fn sock_send(
    wasi: &mut WasiP1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    si_flags: u32,
    sent: u32,
) -> Result {
    abi::flags(si_flags, 0)?;
    let entry = wasi.fds.get(fd)?;
    let socket = socket(&entry, abi::FD_WRITE)?;
    memory::check(memory, sent, 4)?;
    let wait = entry.wait(&wasi.core.cancel);
    let done = memory::write_from(memory, iovs, iovs_len, |bufs| socket.write(bufs, wait))?;
    Ok(memory::put_size(memory, sent, done)?)
}

/// Ends receiving (1), sending (2) or both (3).
///
/// Errnos: `badf`, `notsock`, `notconn`, `notcapable`, `inval`.
pub fn sock_shutdown(wasi: &mut WasiP1, _: &mut Memory<'_>, fd: u32, how: u32) -> Result {
    let entry = wasi.fds.get(fd)?;
    let socket = socket(&entry, abi::SOCK_SHUTDOWN)?;
    let how = match how {
        1 => Shutdown::Read,
        2 => Shutdown::Write,
        3 => Shutdown::Both,
        _ => return Err(Errno::Inval.into()),
    };
    Ok(socket.shutdown(how)?)
}
