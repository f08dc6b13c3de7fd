//! A guest's state: its grants and its descriptors.

use crate::abi::{self, Rights};
use std::sync::Arc;
use waxwing_wasi_core::fs::{Dir, Durability, File, FileType, Stat, WriteHow};
use waxwing_wasi_core::sock::{Listener, Socket};
use waxwing_wasi_core::stream::{Null, Stream, Wait};
use waxwing_wasi_core::{Cancel, Errno, Wasi};

/// How many descriptors a guest can have open, whatever the host would allow.
pub const MAX_FDS: usize = 1 << 16;

/// What a descriptor stands for.
pub(crate) enum Kind {
    File(Box<dyn File>),
    Dir(Arc<dyn Dir>),
    Stream(Box<dyn Stream>),
    Listener(Listener),
    Socket(Socket),
}

/// What the guest found open at its start.
#[derive(Clone, Debug)]
pub(crate) enum Preopened {
    /// A directory of this name.
    Dir(String),
    /// A listener. Programs look for listeners by number and for directories by asking each
    /// number in turn until the first that is not open; so a listener must answer, and does so
    /// with a tag that is not a directory's.
    Listener,
}

/// An open descriptor.
pub(crate) struct Entry {
    pub kind: Kind,
    /// What may be done with it.
    pub base: Rights,
    /// What may be done with descriptors opened through it.
    pub inheriting: Rights,
    /// `fdflags`.
    pub flags: u32,
    pub preopened: Option<Preopened>,
}

impl Entry {
    /// Refuses what the descriptor has no right to.
    pub fn need(&self, rights: Rights) -> Result<(), Errno> {
        if self.base & rights == rights { Ok(()) } else { Err(Errno::NotCapable) }
    }

    /// The directory, for paths.
    pub fn dir(&self, rights: Rights) -> Result<&dyn Dir, Errno> {
        match &self.kind {
            Kind::Dir(dir) => {
                self.need(rights)?;
                Ok(&**dir)
            }
            _ => Err(Errno::NotDir),
        }
    }

    pub fn stat(&self) -> Result<Stat, Errno> {
        match &self.kind {
            Kind::File(file) => file.stat(),
            Kind::Dir(dir) => dir.stat(),
            Kind::Stream(stream) => stream.stat(),
            Kind::Listener(listener) => Ok(listener.stat()),
            Kind::Socket(socket) => socket.stat(),
        }
    }

    pub fn file_type(&self) -> Result<FileType, Errno> {
        match &self.kind {
            Kind::Dir(_) => Ok(FileType::Directory),
            _ => Ok(self.stat()?.file_type),
        }
    }

    pub fn wait<'c>(&self, cancel: &'c Cancel) -> Wait<'c> {
        Wait { cancel, nonblocking: self.flags & abi::NONBLOCK != 0 }
    }

    pub fn write_how(&self) -> WriteHow {
        let durability = if self.flags & (abi::SYNC | abi::RSYNC) != 0 {
            Durability::All
        } else if self.flags & abi::DSYNC != 0 {
            Durability::Data
        } else {
            Durability::Cached
        };
        WriteHow { append: self.flags & abi::APPEND != 0, durability }
    }
}

/// The descriptors of one guest. New ones get the lowest free number.
#[derive(Default)]
pub(crate) struct Table {
    entries: Vec<Option<Entry>>,
    /// No number below it is free.
    lowest: usize,
}

impl Table {
    pub fn get(&self, fd: u32) -> Result<&Entry, Errno> {
        self.entries.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::BadF)
    }

    pub fn get_mut(&mut self, fd: u32) -> Result<&mut Entry, Errno> {
        self.entries.get_mut(fd as usize).and_then(Option::as_mut).ok_or(Errno::BadF)
    }

    /// The number the next descriptor would get; `mfile` when there is none.
    pub fn next(&mut self) -> Result<u32, Errno> {
        while self.entries.get(self.lowest).is_some_and(Option::is_some) {
            self.lowest += 1;
        }
        if self.lowest >= MAX_FDS {
            return Err(Errno::MFile);
        }
        Ok(self.lowest as u32)
    }

    pub fn insert(&mut self, entry: Entry) -> Result<u32, Errno> {
        let fd = self.next()?;
        if self.lowest == self.entries.len() {
            self.entries.push(None);
        }
        self.entries[self.lowest] = Some(entry);
        Ok(fd)
    }

    pub fn remove(&mut self, fd: u32) -> Result<Entry, Errno> {
        let entry = self.entries.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::BadF)?;
        self.lowest = self.lowest.min(fd as usize);
        Ok(entry)
    }

    /// Closes `to` and gives its number to `from`, rights and all. Both must be open.
    pub fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            let entry = self.remove(from)?;
            self.entries[to as usize] = Some(entry);
        }
        Ok(())
    }
}

/// The state of one guest that speaks preview 1.
///
/// Descriptors 0, 1 and 2 are the standard streams; then come listeners, then directories, each
/// in the order granted. (Servers expect their listener at 3.)
pub struct WasiP1 {
    pub(crate) core: Wasi,
    pub(crate) fds: Table,
}

fn stream_entry(stream: Box<dyn Stream>, direction: Rights) -> Entry {
    let mut base = abi::STREAM_RIGHTS & !(abi::FD_READ | abi::FD_WRITE) | direction;
    if stream.is_seekable() {
        base |= abi::FD_SEEK | abi::FD_TELL;
    }
    Entry { kind: Kind::Stream(stream), base, inheriting: 0, flags: 0, preopened: None }
}

impl WasiP1 {
    /// A guest with these grants.
    pub fn new(mut core: Wasi) -> WasiP1 {
        let take = |stream: &mut Box<dyn Stream>| std::mem::replace(stream, Box::new(Null));
        let mut entries = vec![
            stream_entry(take(&mut core.stdin), abi::FD_READ),
            stream_entry(take(&mut core.stdout), abi::FD_WRITE),
            stream_entry(take(&mut core.stderr), abi::FD_WRITE),
        ];
        for listener in std::mem::take(&mut core.listeners) {
            entries.push(Entry {
                kind: Kind::Listener(listener),
                base: abi::LISTENER_RIGHTS,
                inheriting: abi::SOCKET_RIGHTS,
                flags: 0,
                preopened: Some(Preopened::Listener),
            });
        }
        for preopen in std::mem::take(&mut core.preopens) {
            entries.push(Entry {
                kind: Kind::Dir(preopen.dir),
                base: abi::DIR_RIGHTS,
                inheriting: abi::ALL_RIGHTS,
                flags: 0,
                preopened: Some(Preopened::Dir(preopen.name)),
            });
        }
        let entries = entries.into_iter().map(Some).collect();
        WasiP1 { core, fds: Table { entries, lowest: 0 } }
    }

    /// The token that ends this guest's blocking calls.
    pub fn cancel(&self) -> &Cancel {
        &self.core.cancel
    }
}
