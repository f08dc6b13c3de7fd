//! Guest errnos: what a guest is told when a call of its own fails.
//!
//! They are one of three kinds of failure that never mix: a trap ends the guest, a host error is
//! the embedder's, an errno is an ordinary value the guest handles. The table below is the only
//! place where the kernel's numbers become ours. Numbers of a WASI version live in its face.

use std::fmt;
use std::io;

macro_rules! errnos {
    ($($name:ident = $text:literal $(from $($kernel:ident)|+)?;)*) => {
        /// A guest errno, named as in POSIX without the leading `E`.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[non_exhaustive]
        pub enum Errno {
            $(#[doc = $text] $name,)*
        }

        impl Errno {
            /// Every errno, in the order of the table.
            pub const ALL: &'static [Errno] = &[$(Errno::$name,)*];

            /// What went wrong, as a short phrase without a full stop.
            pub const fn message(self) -> &'static str {
                match self { $(Errno::$name => $text,)* }
            }
        }

        impl From<rustix::io::Errno> for Errno {
            /// Kernel numbers without a counterpart become [`Errno::Io`].
            fn from(kernel: rustix::io::Errno) -> Errno {
                match kernel {
                    $($($(rustix::io::Errno::$kernel => Errno::$name,)+)?)*
                    _ => Errno::Io,
                }
            }
        }
    };
}

errnos! {
    TooBig = "argument list too long" from TOOBIG;
    Acces = "permission denied" from ACCESS;
    AddrInUse = "address in use" from ADDRINUSE;
    AddrNotAvail = "address not available" from ADDRNOTAVAIL;
    AfNoSupport = "address family not supported" from AFNOSUPPORT;
    Again = "resource unavailable, or the operation would block" from AGAIN;
    Already = "connection already in progress" from ALREADY;
    BadF = "bad file descriptor" from BADF;
    BadMsg = "bad message" from BADMSG;
    Busy = "device or resource busy" from BUSY;
    Canceled = "operation canceled" from CANCELED;
    Child = "no child processes" from CHILD;
    ConnAborted = "connection aborted" from CONNABORTED;
    ConnRefused = "connection refused" from CONNREFUSED;
    ConnReset = "connection reset" from CONNRESET;
    Deadlk = "resource deadlock would occur" from DEADLK;
    DestAddrReq = "destination address required" from DESTADDRREQ;
    Dom = "mathematics argument out of domain" from DOM;
    Dquot = "disk quota exceeded" from DQUOT;
    Exist = "file exists" from EXIST;
    Fault = "bad address" from FAULT;
    FBig = "file too large" from FBIG;
    HostUnreach = "host is unreachable" from HOSTUNREACH;
    Idrm = "identifier removed" from IDRM;
    IlSeq = "illegal byte sequence" from ILSEQ;
    InProgress = "operation in progress" from INPROGRESS;
    Intr = "interrupted function" from INTR;
    Inval = "invalid argument" from INVAL;
    Io = "input or output error" from IO;
    IsConn = "socket is connected" from ISCONN;
    IsDir = "is a directory" from ISDIR;
    Loop = "too many levels of symbolic links" from LOOP;
    MFile = "file descriptor value too large" from MFILE;
    MLink = "too many links" from MLINK;
    MsgSize = "message too large" from MSGSIZE;
    MultiHop = "multihop attempted" from MULTIHOP;
    NameTooLong = "filename too long" from NAMETOOLONG;
    NetDown = "network is down" from NETDOWN;
    NetReset = "connection aborted by network" from NETRESET;
    NetUnreach = "network unreachable" from NETUNREACH;
    NFile = "too many files open in system" from NFILE;
    NoBufs = "no buffer space available" from NOBUFS;
    NoDev = "no such device" from NODEV;
    NoEnt = "no such file or directory" from NOENT;
    NoExec = "executable file format error" from NOEXEC;
    NoLck = "no locks available" from NOLCK;
    NoLink = "link has been severed" from NOLINK;
    NoMem = "not enough space" from NOMEM;
    NoMsg = "no message of the desired type" from NOMSG;
    NoProtoOpt = "protocol not available" from NOPROTOOPT;
    NoSpc = "no space left on device" from NOSPC;
    NoSys = "function not supported" from NOSYS;
    NotConn = "the socket is not connected" from NOTCONN;
    NotDir = "not a directory" from NOTDIR;
    NotEmpty = "directory not empty" from NOTEMPTY;
    NotRecoverable = "state not recoverable" from NOTRECOVERABLE;
    NotSock = "not a socket" from NOTSOCK;
    NotSup = "not supported" from NOTSUP;
    NoTty = "inappropriate I/O control operation" from NOTTY;
    Nxio = "no such device or address" from NXIO;
    Overflow = "value too large to be stored in data type" from OVERFLOW;
    OwnerDead = "previous owner died" from OWNERDEAD;
    Perm = "operation not permitted" from PERM;
    Pipe = "broken pipe" from PIPE;
    Proto = "protocol error" from PROTO;
    ProtoNoSupport = "protocol not supported" from PROTONOSUPPORT;
    Prototype = "protocol wrong type for socket" from PROTOTYPE;
    Range = "result too large" from RANGE;
    Rofs = "read-only file system" from ROFS;
    Spipe = "invalid seek" from SPIPE;
    Srch = "no such process" from SRCH;
    Stale = "stale handle" from STALE;
    TimedOut = "connection timed out" from TIMEDOUT;
    TxtBsy = "text file busy" from TXTBSY;
    Xdev = "cross-device link" from XDEV;
    NotCapable = "capabilities insufficient";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Errno {}

impl From<&io::Error> for Errno {
    fn from(error: &io::Error) -> Errno {
        match rustix::io::Errno::from_io_error(error) {
            Some(kernel) => kernel.into(),
            None => match error.kind() {
                io::ErrorKind::NotFound => Errno::NoEnt,
                io::ErrorKind::PermissionDenied => Errno::Acces,
                io::ErrorKind::WouldBlock => Errno::Again,
                io::ErrorKind::BrokenPipe => Errno::Pipe,
                io::ErrorKind::InvalidInput => Errno::Inval,
                io::ErrorKind::Unsupported => Errno::NotSup,
                io::ErrorKind::OutOfMemory => Errno::NoMem,
                _ => Errno::Io,
            },
        }
    }
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Errno {
        Errno::from(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_kernel_numbers_are_io() {
        assert_eq!(Errno::from(rustix::io::Errno::from_raw_os_error(4000)), Errno::Io);
        assert_eq!(Errno::from(io::Error::other("x")), Errno::Io);
    }

    #[test]
    fn kernel_numbers_are_told_apart() {
        // Every kernel number up to the last one maps; two of ours never share a message.
        let mut seen = std::collections::HashSet::new();
        for errno in Errno::ALL {
            assert!(seen.insert(errno.message()), "{errno:?}");
        }
        assert_eq!(Errno::ALL.len(), 76);
        assert_eq!(Errno::from(rustix::io::Errno::XDEV), Errno::Xdev);
        assert_eq!(Errno::from(rustix::io::Errno::OPNOTSUPP), Errno::NotSup);
        assert_eq!(Errno::from(io::Error::from_raw_os_error(2)), Errno::NoEnt);
    }

    #[test]
    fn an_errno_is_one_byte() {
        assert_eq!(size_of::<Errno>(), 1);
        assert_eq!(size_of::<Result<(), Errno>>(), 1);
    }
}
