//! A guest's state: its grants and its descriptors.

use crate::abi::{self, Rights};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use waxwing_wasi_core::fs::{Dir, Durability, File, FileType, Stat, WriteHow};
use waxwing_wasi_core::sock::{Listener, Socket};
use waxwing_wasi_core::stream::{Null, Stream, Wait};
use waxwing_wasi_core::{Cancel, Errno, Random, Wasi};

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

/// An open descriptor. Threads of the guest share it: its settings change one by one.
pub(crate) struct Entry {
    pub kind: Kind,
    /// What may be done with it, and with descriptors opened through it.
    rights: Mutex<(Rights, Rights)>,
    /// `fdflags`.
    flags: AtomicU32,
    pub preopened: Option<Preopened>,
}

impl Entry {
    pub fn new(kind: Kind, base: Rights, inheriting: Rights, flags: u32) -> Entry {
        let rights = Mutex::new((base, inheriting));
        Entry { kind, rights, flags: flags.into(), preopened: None }
    }

    fn rights(&self) -> MutexGuard<'_, (Rights, Rights)> {
        self.rights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What may be done with it.
    pub fn base(&self) -> Rights {
        self.rights().0
    }

    /// What may be done with descriptors opened through it.
    pub fn inheriting(&self) -> Rights {
        self.rights().1
    }

    /// Takes rights away; `notcapable` for one that it does not have.
    pub fn reduce_rights(&self, base: Rights, inheriting: Rights) -> Result<(), Errno> {
        let mut rights = self.rights();
        if base & !rights.0 != 0 || inheriting & !rights.1 != 0 {
            return Err(Errno::NotCapable);
        }
        *rights = (base, inheriting);
        Ok(())
    }

    /// `fdflags`.
    pub fn flags(&self) -> u32 {
        self.flags.load(Ordering::Relaxed)
    }

    pub fn set_flags(&self, flags: u32) {
        self.flags.store(flags, Ordering::Relaxed);
    }

    /// Refuses what the descriptor has no right to.
    pub fn need(&self, rights: Rights) -> Result<(), Errno> {
        if self.base() & rights == rights { Ok(()) } else { Err(Errno::NotCapable) }
    }

    /// The directory, for paths.
    pub fn dir(&self, rights: Rights) -> Result<Arc<dyn Dir>, Errno> {
        match &self.kind {
            Kind::Dir(dir) => {
                self.need(rights)?;
                Ok(dir.clone())
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
        Wait { cancel, nonblocking: self.flags() & abi::NONBLOCK != 0 }
    }

    pub fn write_how(&self) -> WriteHow {
        let flags = self.flags();
        let durability = if flags & (abi::SYNC | abi::RSYNC) != 0 {
            Durability::All
        } else if flags & abi::DSYNC != 0 {
            Durability::Data
        } else {
            Durability::Cached
        };
        WriteHow { append: flags & abi::APPEND != 0, durability }
    }
}

/// The descriptors of one guest, shared by its threads. New ones get the lowest free number. A call
/// that uses a descriptor holds it, not the table: another thread may close it meanwhile.
#[derive(Clone, Default)]
pub(crate) struct Table(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    entries: Vec<Option<Arc<Entry>>>,
    /// No number below it is free.
    lowest: usize,
}

impl Table {
    fn new(entries: Vec<Entry>) -> Table {
        let lowest = entries.len();
        let entries = entries.into_iter().map(|entry| Some(Arc::new(entry))).collect();
        Table(Arc::new(Mutex::new(Entries { entries, lowest })))
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, fd: u32) -> Result<Arc<Entry>, Errno> {
        self.lock().get(fd).cloned()
    }

    /// Whether there is a number for one more descriptor; `mfile` if not.
    pub fn next(&self) -> Result<u32, Errno> {
        self.lock().next()
    }

    pub fn insert(&self, entry: Entry) -> Result<u32, Errno> {
        let mut table = self.lock();
        let fd = table.next()?;
        if table.lowest == table.entries.len() {
            table.entries.push(None);
        }
        table.entries[fd as usize] = Some(Arc::new(entry));
        Ok(fd)
    }

    pub fn remove(&self, fd: u32) -> Result<Arc<Entry>, Errno> {
        self.lock().remove(fd)
    }

    /// Closes `to` and gives its number to `from`, rights and all. Both must be open.
    pub fn renumber(&self, from: u32, to: u32) -> Result<(), Errno> {
        let mut table = self.lock();
        table.get(from)?;
        table.get(to)?;
        // What is closed is dropped behind the lock: closing may take time.
        let mut closed = None;
        if from != to {
            let entry = table.remove(from)?;
            closed = table.entries[to as usize].replace(entry);
        }
        drop(table);
        drop(closed);
        Ok(())
    }
}

impl Entries {
    fn get(&self, fd: u32) -> Result<&Arc<Entry>, Errno> {
        self.entries.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::BadF)
    }

    /// The number the next descriptor would get; `mfile` when there is none.
    fn next(&mut self) -> Result<u32, Errno> {
        while self.entries.get(self.lowest).is_some_and(Option::is_some) {
            self.lowest += 1;
        }
        if self.lowest >= MAX_FDS {
            return Err(Errno::MFile);
        }
        Ok(self.lowest as u32)
    }

    fn remove(&mut self, fd: u32) -> Result<Arc<Entry>, Errno> {
        let entry = self.entries.get_mut(fd as usize).and_then(Option::take).ok_or(Errno::BadF)?;
        self.lowest = self.lowest.min(fd as usize);
        Ok(entry)
    }
}

/// The state of one guest that speaks preview 1. Clones are the same guest, for its threads: they share
/// grants and descriptors.
///
/// Descriptors 0, 1 and 2 are the standard streams; then come listeners, then directories, each
/// in the order granted. (Servers expect their listener at 3.)
#[derive(Clone)]
pub struct WasiP1 {
    pub(crate) core: Arc<Wasi>,
    pub(crate) fds: Table,
    random: Arc<Mutex<Random>>,
}

fn stream_entry(stream: Box<dyn Stream>, direction: Rights) -> Entry {
    let mut base = abi::STREAM_RIGHTS & !(abi::FD_READ | abi::FD_WRITE) | direction;
    if stream.is_seekable() {
        base |= abi::FD_SEEK | abi::FD_TELL;
    }
    Entry::new(Kind::Stream(stream), base, 0, 0)
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
            let (base, inheriting) = (abi::LISTENER_RIGHTS, abi::SOCKET_RIGHTS);
            let mut entry = Entry::new(Kind::Listener(listener), base, inheriting, 0);
            entry.preopened = Some(Preopened::Listener);
            entries.push(entry);
        }
        for preopen in std::mem::take(&mut core.preopens) {
            let (base, inheriting) = (abi::DIR_RIGHTS, abi::ALL_RIGHTS);
            let mut entry = Entry::new(Kind::Dir(preopen.dir), base, inheriting, 0);
            entry.preopened = Some(Preopened::Dir(preopen.name));
            entries.push(entry);
        }
        let random = Arc::new(Mutex::new(std::mem::take(&mut core.random)));
        WasiP1 { core: Arc::new(core), fds: Table::new(entries), random }
    }

    /// The source of random bytes.
    pub(crate) fn random(&self) -> MutexGuard<'_, Random> {
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token that ends this guest's blocking calls.
    pub fn cancel(&self) -> &Cancel {
        &self.core.cancel
    }
}
