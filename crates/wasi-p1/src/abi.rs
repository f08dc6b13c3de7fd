//! The numbers of preview 1, and nothing else.

use waxwing_wasi_core::fs::{Advice, FileType, Stat};
use waxwing_wasi_core::time::{Clock, SetTime, SetTimes, Timestamp};
use waxwing_wasi_core::{Errno, Signal};

macro_rules! numbers {
    ($($name:ident = $number:literal)*) => {
        /// The number a guest gets for an errno (zero is success).
        pub const fn errno(errno: Errno) -> u16 {
            match errno {
                $(Errno::$name => $number,)*
                // wasi-core may learn errnos that preview 1 has no number for.
                _ => 29,
            }
        }

        #[cfg(test)]
        const NUMBERED: &[(Errno, u16)] = &[$((Errno::$name, $number),)*];
    };
}

numbers! {
    TooBig = 1 Acces = 2 AddrInUse = 3 AddrNotAvail = 4 AfNoSupport = 5 Again = 6 Already = 7
    BadF = 8 BadMsg = 9 Busy = 10 Canceled = 11 Child = 12 ConnAborted = 13 ConnRefused = 14
    ConnReset = 15 Deadlk = 16 DestAddrReq = 17 Dom = 18 Dquot = 19 Exist = 20 Fault = 21
    FBig = 22 HostUnreach = 23 Idrm = 24 IlSeq = 25 InProgress = 26 Intr = 27 Inval = 28 Io = 29
    IsConn = 30 IsDir = 31 Loop = 32 MFile = 33 MLink = 34 MsgSize = 35 MultiHop = 36
    NameTooLong = 37 NetDown = 38 NetReset = 39 NetUnreach = 40 NFile = 41 NoBufs = 42 NoDev = 43
    NoEnt = 44 NoExec = 45 NoLck = 46 NoLink = 47 NoMem = 48 NoMsg = 49 NoProtoOpt = 50 NoSpc = 51
    NoSys = 52 NotConn = 53 NotDir = 54 NotEmpty = 55 NotRecoverable = 56 NotSock = 57 NotSup = 58
    NoTty = 59 Nxio = 60 Overflow = 61 OwnerDead = 62 Perm = 63 Pipe = 64 Proto = 65
    ProtoNoSupport = 66 Prototype = 67 Range = 68 Rofs = 69 Spipe = 70 Srch = 71 Stale = 72
    TimedOut = 73 TxtBsy = 74 Xdev = 75 NotCapable = 76
}

/// A set of rights: what may be done with a descriptor.
pub type Rights = u64;

macro_rules! rights {
    ($($name:ident = $bit:literal: $text:literal;)*) => {
        $(#[doc = $text] pub const $name: Rights = 1 << $bit;)*
        /// Every right there is.
        pub const ALL_RIGHTS: Rights = $($name |)* 0;
    };
}

rights! {
    FD_DATASYNC = 0: "`fd_datasync`, and opening with `dsync`.";
    FD_READ = 1: "`fd_read`, `sock_recv`; with seek, `fd_pread`.";
    FD_SEEK = 2: "`fd_seek`.";
    FD_FDSTAT_SET_FLAGS = 3: "`fd_fdstat_set_flags`.";
    FD_SYNC = 4: "`fd_sync`, and opening with `sync` or `rsync`.";
    FD_TELL = 5: "`fd_tell`, and `fd_seek` that does not move.";
    FD_WRITE = 6: "`fd_write`, `sock_send`; with seek, `fd_pwrite`.";
    FD_ADVISE = 7: "`fd_advise`.";
    FD_ALLOCATE = 8: "`fd_allocate`.";
    PATH_CREATE_DIRECTORY = 9: "`path_create_directory`.";
    PATH_CREATE_FILE = 10: "`path_open` with `creat`.";
    PATH_LINK_SOURCE = 11: "`path_link` from here.";
    PATH_LINK_TARGET = 12: "`path_link` to here.";
    PATH_OPEN = 13: "`path_open`.";
    FD_READDIR = 14: "`fd_readdir`.";
    PATH_READLINK = 15: "`path_readlink`.";
    PATH_RENAME_SOURCE = 16: "`path_rename` from here.";
    PATH_RENAME_TARGET = 17: "`path_rename` to here.";
    PATH_FILESTAT_GET = 18: "`path_filestat_get`.";
    PATH_FILESTAT_SET_SIZE = 19: "`path_open` with `trunc`.";
    PATH_FILESTAT_SET_TIMES = 20: "`path_filestat_set_times`.";
    FD_FILESTAT_GET = 21: "`fd_filestat_get`.";
    FD_FILESTAT_SET_SIZE = 22: "`fd_filestat_set_size`.";
    FD_FILESTAT_SET_TIMES = 23: "`fd_filestat_set_times`.";
    PATH_SYMLINK = 24: "`path_symlink`.";
    PATH_REMOVE_DIRECTORY = 25: "`path_remove_directory`.";
    PATH_UNLINK_FILE = 26: "`path_unlink_file`.";
    POLL_FD_READWRITE = 27: "`poll_oneoff` on it.";
    SOCK_SHUTDOWN = 28: "`sock_shutdown`.";
    SOCK_ACCEPT = 29: "`sock_accept`.";
}

/// What a regular file can have.
pub const FILE_RIGHTS: Rights = FD_DATASYNC
    | FD_READ
    | FD_SEEK
    | FD_FDSTAT_SET_FLAGS
    | FD_SYNC
    | FD_TELL
    | FD_WRITE
    | FD_ADVISE
    | FD_ALLOCATE
    | FD_FILESTAT_GET
    | FD_FILESTAT_SET_SIZE
    | FD_FILESTAT_SET_TIMES
    | POLL_FD_READWRITE;

/// What a directory can have.
pub const DIR_RIGHTS: Rights = FD_FDSTAT_SET_FLAGS
    | FD_SYNC
    | FD_ADVISE
    | PATH_CREATE_DIRECTORY
    | PATH_CREATE_FILE
    | PATH_LINK_SOURCE
    | PATH_LINK_TARGET
    | PATH_OPEN
    | FD_READDIR
    | PATH_READLINK
    | PATH_RENAME_SOURCE
    | PATH_RENAME_TARGET
    | PATH_FILESTAT_GET
    | PATH_FILESTAT_SET_SIZE
    | PATH_FILESTAT_SET_TIMES
    | FD_FILESTAT_GET
    | FD_FILESTAT_SET_TIMES
    | PATH_SYMLINK
    | PATH_REMOVE_DIRECTORY
    | PATH_UNLINK_FILE
    | POLL_FD_READWRITE;

/// What a pipe or terminal can have. Without seek and tell, by which libc knows a terminal.
pub const STREAM_RIGHTS: Rights =
    FD_READ | FD_WRITE | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;

/// What a connection has.
pub const SOCKET_RIGHTS: Rights = STREAM_RIGHTS | SOCK_SHUTDOWN;

/// What a listener has.
pub const LISTENER_RIGHTS: Rights =
    SOCK_ACCEPT | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;

/// `fdflags`: writes go to the end.
pub const APPEND: u32 = 1 << 0;
/// `fdflags`: writes return when the data is on the medium.
pub const DSYNC: u32 = 1 << 1;
/// `fdflags`: nothing waits.
pub const NONBLOCK: u32 = 1 << 2;
/// `fdflags`: as [`SYNC`].
pub const RSYNC: u32 = 1 << 3;
/// `fdflags`: writes return when data and metadata are on the medium.
pub const SYNC: u32 = 1 << 4;

/// `oflags`: make the file when there is none.
pub const O_CREAT: u32 = 1 << 0;
/// `oflags`: fail unless a directory.
pub const O_DIRECTORY: u32 = 1 << 1;
/// `oflags`: fail when the file exists.
pub const O_EXCL: u32 = 1 << 2;
/// `oflags`: cut to length zero.
pub const O_TRUNC: u32 = 1 << 3;

/// `lookupflags`: follow a link in the last component.
pub const SYMLINK_FOLLOW: u32 = 1 << 0;

/// `riflags`: leave the data in the queue.
pub const RECV_PEEK: u32 = 1 << 0;
/// `riflags`: wait until the buffers are full.
pub const RECV_WAITALL: u32 = 1 << 1;

/// Flags without an unknown bit among them, which are `inval`.
pub fn flags(given: u32, known: u32) -> Result<u32, Errno> {
    if given & !known == 0 { Ok(given) } else { Err(Errno::Inval) }
}

/// The number of a file type. Preview 1 has none for a pipe.
pub const fn filetype(file_type: FileType) -> u8 {
    match file_type {
        FileType::Unknown | FileType::Fifo => 0,
        FileType::BlockDevice => 1,
        FileType::CharacterDevice => 2,
        FileType::Directory => 3,
        FileType::RegularFile => 4,
        FileType::SocketDatagram => 5,
        FileType::SocketStream => 6,
        FileType::SymbolicLink => 7,
    }
}

/// A `filestat` as it lies in guest memory.
///
/// ```text
/// 0 dev u64 | 8 ino u64 | 16 filetype u8 | 24 nlink u64 | 32 size u64 | 40 atim | 48 mtim | 56 ctim
/// ```
pub fn filestat(stat: &Stat) -> [u8; 64] {
    let mut bytes = [0; 64];
    let fields = [
        (0, stat.device),
        (8, stat.inode),
        (16, filetype(stat.file_type).into()),
        (24, stat.links),
        (32, stat.size),
        (40, stat.accessed.to_nanoseconds()),
        (48, stat.modified.to_nanoseconds()),
        (56, stat.changed.to_nanoseconds()),
    ];
    for (at, value) in fields {
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

/// The changes that `fstflags` and two times ask for; a time both given and "now" is `inval`.
pub fn set_times(atim: u64, mtim: u64, fst_flags: u32) -> Result<SetTimes, Errno> {
    flags(fst_flags, 0xf)?;
    let one = |time: u64, bits: u32| match bits & 3 {
        0 => Ok(SetTime::Keep),
        1 => Ok(SetTime::At(Timestamp::from_nanoseconds(time))),
        2 => Ok(SetTime::Now),
        _ => Err(Errno::Inval),
    };
    Ok(SetTimes { accessed: one(atim, fst_flags)?, modified: one(mtim, fst_flags >> 2)? })
}

/// A clock by its number.
pub fn clock(id: u32) -> Result<Clock, Errno> {
    match id {
        0 => Ok(Clock::Realtime),
        1 => Ok(Clock::Monotonic),
        2 => Ok(Clock::ProcessCpu),
        3 => Ok(Clock::ThreadCpu),
        _ => Err(Errno::Inval),
    }
}

/// An advice by its number.
pub fn advice(number: u32) -> Result<Advice, Errno> {
    match number {
        0 => Ok(Advice::Normal),
        1 => Ok(Advice::Sequential),
        2 => Ok(Advice::Random),
        3 => Ok(Advice::WillNeed),
        4 => Ok(Advice::DontNeed),
        5 => Ok(Advice::NoReuse),
        _ => Err(Errno::Inval),
    }
}

/// A signal by its number; `None` is "no signal".
pub fn signal(number: u32) -> Result<Option<Signal>, Errno> {
    match number.checked_sub(1) {
        None => Ok(None),
        Some(index) => Signal::ALL.get(index as usize).copied().map(Some).ok_or(Errno::Inval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_errno_has_its_own_number() {
        assert_eq!(NUMBERED.len(), Errno::ALL.len());
        for (index, errno) in Errno::ALL.iter().enumerate() {
            // wasi-core lists them in the order of the specification.
            assert_eq!(NUMBERED[index], (*errno, index as u16 + 1));
            assert_eq!(super::errno(*errno), index as u16 + 1);
        }
    }

    #[test]
    fn rights_are_thirty_bits() {
        assert_eq!(ALL_RIGHTS, (1 << 30) - 1);
        assert_eq!(DIR_RIGHTS & (FD_READ | FD_WRITE | FD_SEEK | FD_FILESTAT_SET_SIZE), 0);
    }

    #[test]
    fn times_given_twice_are_invalid() {
        for bad in [0b11, 0b1100, 0b1111, 0b10000] {
            assert_eq!(set_times(1, 1, bad), Err(Errno::Inval), "{bad:b}");
        }
        let good = set_times(1, 2, 0b1001).unwrap();
        assert_eq!(good.accessed, SetTime::At(Timestamp::from_nanoseconds(1)));
        assert_eq!(good.modified, SetTime::Now);
    }

    #[test]
    fn signals_are_numbered_by_the_specification() {
        assert_eq!(signal(0), Ok(None));
        assert_eq!(signal(6), Ok(Some(Signal::Abrt)));
        assert_eq!(signal(16), Ok(Some(Signal::Chld)));
        assert_eq!(signal(30), Ok(Some(Signal::Sys)));
        assert_eq!(signal(31), Err(Errno::Inval));
    }
}
