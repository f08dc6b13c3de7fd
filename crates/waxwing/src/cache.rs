//! The compile cache: artifacts in a directory that belongs to one user alone.
//!
//! ```text
//! DIR/                      0700, owned by this user: checked at every opening
//!   objects/KEY             an artifact; never changed, written aside and renamed into place
//!   index/FILE -> ../objects/KEY
//! ```
//!
//! `KEY` is a hash of the module's bytes and of the engine's fingerprint. Entries are mapped, not
//! read: opening one checks header, sizes and tables, that the artifact is what its key says, and
//! that this engine makes such artifacts. What fails is removed and made anew. The hash of the
//! whole file is computed when it is written, and compared by [`Cache::verify`] only; a directory
//! that nobody else can write is trusted for the rest.
//!
//! # The index: a start that does not read the module
//!
//! `FILE` is a hash of a module file's device, inode, size, time of modification, time of change,
//! and of the engine's fingerprint. A file whose entry is there is not opened for its bytes at all.
//! What could go wrong, and why it does not:
//!
//! - *The file is changed later.* The kernel then sets its time of change, which no program can set
//!   back, and the name of the entry is another one.
//! - *The file is changed within the same tick of the kernel's clock*, so that its times stay as
//!   they are. An entry is therefore only made when the file's last change is [`SETTLED`] or more
//!   in the past (git calls files that are younger "racily clean"); a file from the future of this
//!   machine's clock never gets one.
//! - *The file is changed while it is read.* Its identity is taken before and compared afterwards.
//! - *Someone plants an entry.* The directory is the user's own, and private.
//!
//! # Many processes
//!
//! Every change is one rename, link or unlink. Two processes that miss at the same time both
//! compile, and the later one replaces an artifact by an equal one. An entry that is removed while
//! it is mapped stays mapped. New artifacts are synced before they are renamed, so that after a
//! power failure a name never stands for pages that were not written.

use crate::{Engine, Error, Module, Result};
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};
use waxwing_artifact::Artifact;

/// How long ago a file must have changed last for its identity to stand for its contents. No file
/// system in use has coarser times.
pub const SETTLED: Duration = Duration::from_secs(2);
/// Bytes that a cache may have, if nothing else is said.
pub const CAPACITY: u64 = 4 << 30;
/// How much of the capacity is left after entries had to go.
const KEPT: f64 = 0.9;
/// An entry's time of use is written at most so often.
const TOUCH: Duration = Duration::from_secs(3600);
/// What a process that died left half written goes after this time.
const ABANDONED: Duration = Duration::from_secs(3600);

const OBJECTS: &str = "objects";
const INDEX: &str = "index";
const TEMPORARY: &str = ".tmp-";

/// A cache of compiled modules.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    objects: OwnedFd,
    index: OwnedFd,
    capacity: u64,
}

/// Where a module came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the cache, found by the file's identity; the module was not read.
    Index,
    /// From the cache, found by the module's bytes.
    Contents,
    /// It was compiled, since it was not in the cache.
    Compiled,
}

/// How a module was come by.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where it came from.
    pub source: Source,
    /// What else happened: entries that were removed, or could not be written.
    pub notes: Vec<String>,
}

/// The identity of a file's contents: device, inode, size and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileKey {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, u64),
    changed: (i64, u64),
}

/// How much is in a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheInfo {
    /// Artifacts.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Module files that are known by their identity.
    pub files: u64,
}

impl FileKey {
    /// The identity of a file; none unless it is a regular one.
    pub fn of(file: &File) -> Option<FileKey> {
        let stat = fs::fstat(file).ok()?;
        let regular = fs::FileType::from_raw_mode(stat.st_mode) == fs::FileType::RegularFile;
        regular.then_some(FileKey {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: stat.st_size as u64,
            modified: (stat.st_mtime, stat.st_mtime_nsec),
            changed: (stat.st_ctime, stat.st_ctime_nsec),
        })
    }

    fn name(&self, engine: &Engine) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("waxwing cache index");
        hasher.update(&engine.fingerprint());
        for n in [self.device, self.inode, self.size] {
            hasher.update(&n.to_le_bytes());
        }
        for (seconds, nanos) in [self.modified, self.changed] {
            hasher.update(&seconds.to_le_bytes()).update(&nanos.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Whether a change from now on is sure to change the identity.
    fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let changed = u64::try_from(self.changed.0).map(Duration::from_secs).unwrap_or_default();
        changed.checked_add(SETTLED + Duration::from_secs(1)).is_some_and(|at| at <= now)
    }
}

fn key(fingerprint: &[u8; 32], wasm: &[u8; 32]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("waxwing cache contents");
    hasher.update(fingerprint).update(wasm);
    hasher.finalize().to_hex().to_string()
}

fn why(e: Errno) -> String {
    let text = std::io::Error::from(e).to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Opens a directory below `at`, made if need be.
fn directory(at: &impl std::os::fd::AsFd, name: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match fs::openat(at, name, flags, Mode::empty()) {
        Err(Errno::NOENT) => {}
        result => return result,
    }
    match fs::mkdirat(at, name, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => fs::openat(at, name, flags, Mode::empty()),
        Err(e) => Err(e),
    }
}

/// Whether a file belongs to this user and can be changed by nobody else; if not, why.
fn is_private(stat: &fs::Stat, others: u32) -> std::result::Result<(), String> {
    let me = rustix::process::geteuid().as_raw();
    if stat.st_uid != me {
        return Err(format!("belongs to user {}, not to user {me}", stat.st_uid));
    }
    if stat.st_mode & others != 0 {
        return Err(format!("is open to other users (mode {:03o})", stat.st_mode & 0o777));
    }
    Ok(())
}

impl Cache {
    /// The directory to use if nothing else is said: `$WAXWING_CACHE_DIR`, else `waxwing` below
    /// `$XDG_CACHE_HOME`, else below `.cache` in `$HOME`. None if none of them is set.
    pub fn default_dir() -> Option<PathBuf> {
        let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        set("WAXWING_CACHE_DIR").or_else(|| {
            // The base directory specification has relative ones ignored.
            let base = set("XDG_CACHE_HOME").filter(|p| p.is_absolute());
            base.or_else(|| Some(set("HOME")?.join(".cache"))).map(|p| p.join("waxwing"))
        })
    }

    /// Opens a cache, which is made if it is not there.
    ///
    /// # Errors
    /// If the directory cannot be made or opened, or is not private to this user
    /// ([`Error::downcast_ref`] then finds a [`NotPrivate`]).
    pub fn open(dir: impl AsRef<Path>) -> Result<Cache> {
        let path = dir.as_ref();
        let failed = |e: Errno| {
            Error::msg(format!("cannot use the cache directory {}: {}", path.display(), why(e)))
        };
        let fd = match directory(&CWD, path) {
            Err(Errno::NOENT) => {
                let parent = path.parent().unwrap_or(path);
                std::fs::create_dir_all(parent).map_err(|e| {
                    failed(e.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error))
                })?;
                directory(&CWD, path)
            }
            result => result,
        };
        let fd = fd.map_err(failed)?;
        is_private(&fs::fstat(&fd).map_err(failed)?, 0o077)
            .map_err(|why| Error::host(NotPrivate { dir: path.to_owned(), why }))?;
        let objects = directory(&fd, Path::new(OBJECTS)).map_err(failed)?;
        let index = directory(&fd, Path::new(INDEX)).map_err(failed)?;
        Ok(Cache { path: path.to_owned(), objects, index, capacity: CAPACITY })
    }

    /// The same cache with another capacity in bytes; it holds from the next entry on.
    #[must_use]
    pub fn with_capacity(self, capacity: u64) -> Cache {
        Cache { capacity, ..self }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The capacity in bytes.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The module of a file that is known by its identity. Of the file nothing is read.
    pub fn find(&self, engine: &Engine, file: &FileKey) -> Option<Module> {
        let name = file.name(engine);
        let fd = fs::openat(&self.index, &name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let fd = match fd {
            Ok(fd) => fd,
            Err(_) => return None,
        };
        // An entry that turns out to be bad is removed by its contents' key, in `module`.
        self.load(engine, fd).ok().map(|(module, _)| module)
    }

    /// The module of these bytes, binary or text: from the cache, or compiled and put there.
    ///
    /// # Errors
    /// As for [`Module::new`]. A cache that does not work is no error, but noted.
    pub fn module(&self, engine: &Engine, bytes: &[u8]) -> Result<(Module, Outcome)> {
        let binary = crate::compiler::to_binary(bytes)?;
        let name = key(&engine.fingerprint(), blake3::hash(&binary).as_bytes());
        let mut notes = Vec::new();
        match self.open_object(&name) {
            Ok(fd) => match self.load_as(engine, fd, &name) {
                Ok(module) => return Ok((module, Outcome { source: Source::Contents, notes })),
                Err(why) => {
                    notes.push(format!("the cache entry {name} was removed: {why}"));
                    self.remove(&name);
                }
            },
            Err(Errno::NOENT) => {}
            Err(e) => notes.push(format!("the cache entry {name} cannot be read: {}", why(e))),
        }
        let artifact = engine.precompile(&binary)?;
        let stored = self.insert(&name, &artifact).and_then(|()| self.open_object(&name));
        let stored = match stored {
            Ok(fd) => self.load_as(engine, fd, &name).ok(),
            Err(e) => {
                notes.push(format!("the code was not put into the cache: {}", why(e)));
                None
            }
        };
        let module = match stored {
            Some(module) => module,
            // SAFETY: the artifact was just made by this engine.
            None => unsafe { Module::deserialize(engine, &artifact) }?,
        };
        Ok((module, Outcome { source: Source::Compiled, notes }))
    }

    /// The module of a file, binary or text: found by the file's identity, or by its bytes, or
    /// compiled.
    ///
    /// # Errors
    /// As for [`Module::from_file`].
    pub fn module_from_file(
        &self,
        engine: &Engine,
        path: impl AsRef<Path>,
    ) -> Result<(Module, Outcome)> {
        let path = path.as_ref();
        let failed = |e| Error::msg(format!("cannot read {}: {e}", path.display()));
        let mut file = File::open(path).map_err(failed)?;
        let identity = FileKey::of(&file);
        if let Some(module) = identity.and_then(|key| self.find(engine, &key)) {
            return Ok((module, Outcome { source: Source::Index, notes: Vec::new() }));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let (module, outcome) = self.module(engine, &bytes)?;
        if let Some(key) = identity {
            self.remember(&module, &key, &file);
        }
        Ok((module, outcome))
    }

    /// Makes a module known by the identity of its file. `key` was taken before the file was read.
    /// Does nothing for a file that was changed since, or lately; see above.
    pub fn remember(&self, module: &Module, key: &FileKey, file: &File) {
        if !key.is_settled() || FileKey::of(file) != Some(*key) {
            return;
        }
        let engine = module.engine();
        let artifact = module.code().artifact();
        let object = self::key(&engine.fingerprint(), &artifact.wasm_hash());
        let name = key.name(engine);
        // An entry whose object is gone, or was bad, is replaced; a failure costs only time.
        let temporary = temporary_name();
        let target = format!("../{OBJECTS}/{object}");
        if fs::symlinkat(target, &self.index, &temporary).is_ok()
            && fs::renameat(&self.index, &temporary, &self.index, &name).is_err()
        {
            let _ = fs::unlinkat(&self.index, &temporary, AtFlags::empty());
        }
    }

    fn open_object(&self, name: &str) -> rustix::io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        fs::openat(&self.objects, name, flags, Mode::empty())
    }

    /// Loads an entry and checks that its key is this one.
    fn load_as(
        &self,
        engine: &Engine,
        fd: OwnedFd,
        name: &str,
    ) -> std::result::Result<Module, String> {
        let (module, own) = self.load(engine, fd)?;
        if own != name {
            return Err("it was made from another module".to_owned());
        }
        Ok(module)
    }

    /// Loads an entry; also gives the key that its contents have.
    fn load(&self, engine: &Engine, fd: OwnedFd) -> std::result::Result<(Module, String), String> {
        let stat = fs::fstat(&fd).map_err(why)?;
        is_private(&stat, 0o022)?;
        if fs::FileType::from_raw_mode(stat.st_mode) != fs::FileType::RegularFile {
            return Err("it is no file".to_owned());
        }
        let file = File::from(fd);
        touch(&file, &stat);
        // SAFETY: the directory and the file belong to this user and nobody else can write them;
        // what is in it was put there by an engine of ours, and entries are never changed.
        let module = unsafe { Module::map(engine, file.into(), stat.st_size as usize) }
            .map_err(|e| e.to_string())?;
        let artifact = module.code().artifact();
        let made_by = artifact.fingerprint().map_err(|e| e.to_string())?.hash();
        if made_by != engine.fingerprint() {
            return Err("it was made by another engine or with other settings".to_owned());
        }
        let key = key(&made_by, &artifact.wasm_hash());
        Ok((module, key))
    }

    fn remove(&self, name: &str) {
        let _ = fs::unlinkat(&self.objects, name, AtFlags::empty());
    }

    /// Writes an entry aside and renames it into place.
    fn insert(&self, name: &str, artifact: &[u8]) -> rustix::io::Result<()> {
        let temporary = temporary_name();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let fd = fs::openat(&self.objects, &temporary, flags, Mode::RUSR)?;
        let mut file = File::from(fd);
        let written = file.write_all(artifact).and_then(|()| file.sync_data());
        let result = written
            .map_err(|e| e.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error))
            .and_then(|()| fs::renameat(&self.objects, &temporary, &self.objects, name));
        if result.is_err() {
            self.remove(&temporary);
        }
        result?;
        self.evict(name);
        Ok(())
    }

    /// Removes entries until the rest fits: those that were not used for the longest time first,
    /// and `newest` never.
    fn evict(&self, newest: &str) {
        let Ok(mut objects) = self.objects() else { return };
        let mut total: u64 = objects.iter().map(|o| o.size).sum();
        if total <= self.capacity {
            return;
        }
        objects.sort_by_key(|o| o.used);
        let keep = (self.capacity as f64 * KEPT) as u64;
        for object in objects.iter().filter(|o| o.name != newest) {
            if total <= keep {
                break;
            }
            self.remove(&object.name);
            total -= object.size;
        }
        self.prune_index();
    }

    /// All entries. What dead processes left is removed on the way.
    fn objects(&self) -> rustix::io::Result<Vec<Object>> {
        let mut objects = Vec::new();
        for name in names(&self.objects)? {
            let Ok(stat) = fs::statat(&self.objects, &name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let used = SystemTime::UNIX_EPOCH + Duration::from_secs(stat.st_mtime.max(0) as u64);
            if name.starts_with(TEMPORARY) {
                if used.elapsed().is_ok_and(|age| age > ABANDONED) {
                    self.remove(&name);
                }
                continue;
            }
            objects.push(Object { name, size: stat.st_size as u64, used });
        }
        Ok(objects)
    }

    /// Removes index entries whose object is gone.
    fn prune_index(&self) {
        for name in names(&self.index).unwrap_or_default() {
            if fs::statat(&self.index, &name, AtFlags::empty()).err() == Some(Errno::NOENT) {
                let _ = fs::unlinkat(&self.index, &name, AtFlags::empty());
            }
        }
    }

    /// How much is in it.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn info(&self) -> Result<CacheInfo> {
        let objects = self.objects().map_err(|e| self.unreadable(e))?;
        Ok(CacheInfo {
            entries: objects.len() as u64,
            bytes: objects.iter().map(|o| o.size).sum(),
            files: names(&self.index).map_err(|e| self.unreadable(e))?.len() as u64,
        })
    }

    /// Compares every entry with its full hash, and removes those that are damaged. Gives the
    /// number of whole entries, and the names and damages of those removed.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn verify(&self) -> Result<(u64, Vec<(String, String)>)> {
        let mut whole = 0;
        let mut damaged = Vec::new();
        for object in self.objects().map_err(|e| self.unreadable(e))? {
            let mut bytes = Vec::new();
            let read = self.open_object(&object.name).and_then(|fd| {
                let read = File::from(fd).read_to_end(&mut bytes);
                read.map_err(|e| e.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error))
            });
            let found = match read {
                // Another process was faster.
                Err(Errno::NOENT) => continue,
                Err(e) => Err(why(e)),
                Ok(_) => check(&bytes, &object.name),
            };
            match found {
                Ok(()) => whole += 1,
                Err(why) => {
                    self.remove(&object.name);
                    damaged.push((object.name, why));
                }
            }
        }
        self.prune_index();
        Ok((whole, damaged))
    }

    /// Removes everything in it; gives what there was.
    ///
    /// # Errors
    /// If the directory cannot be read, or an entry cannot be removed.
    pub fn clear(&self) -> Result<CacheInfo> {
        let info = self.info()?;
        for dir in [&self.index, &self.objects] {
            for name in names(dir).map_err(|e| self.unreadable(e))? {
                match fs::unlinkat(dir, &name, AtFlags::empty()) {
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(e) => return Err(self.unreadable(e)),
                }
            }
        }
        Ok(info)
    }

    fn unreadable(&self, e: Errno) -> Error {
        Error::msg(format!("the cache directory {}: {}", self.path.display(), why(e)))
    }
}

struct Object {
    name: String,
    size: u64,
    used: SystemTime,
}

/// Whether an artifact is whole and stands under its own key. One of another format cannot be
/// judged, and passes.
fn check(bytes: &[u8], name: &str) -> std::result::Result<(), String> {
    let artifact = match Artifact::parse(bytes) {
        Err(e) if e.is_mismatch() => return Ok(()),
        result => result.map_err(|e| e.to_string())?,
    };
    artifact.verify_full().map_err(|e| e.to_string())?;
    let made_by = artifact.fingerprint().map_err(|e| e.to_string())?;
    if key(&made_by.hash(), &artifact.wasm_hash()) != name {
        return Err("it was made from another module or by another engine".to_owned());
    }
    Ok(())
}

/// Writes down that an entry was used, now and then. Times of access would do it for us, but are
/// switched off on many machines.
fn touch(file: &File, stat: &fs::Stat) {
    let used = SystemTime::UNIX_EPOCH + Duration::from_secs(stat.st_mtime.max(0) as u64);
    if used.elapsed().is_ok_and(|age| age > TOUCH) {
        let _ = file.set_modified(SystemTime::now());
    }
}

fn temporary_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Process numbers are used again, and may be those of another namespace.
    format!("{TEMPORARY}{}-{next}-{:x}", std::process::id(), now.as_nanos())
}

/// The names in a directory.
fn names(dir: &OwnedFd) -> rustix::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy();
        if name != "." && name != ".." {
            names.push(name.into_owned());
        }
    }
    Ok(names)
}

/// A cache directory that other users could write, or read.
#[derive(Clone, Debug)]
pub struct NotPrivate {
    dir: PathBuf,
    why: String,
}

impl std::fmt::Display for NotPrivate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (dir, why) = (self.dir.display(), &self.why);
        write!(f, "the cache directory {dir} {why}; code in it would not be safe to run")
    }
}

impl std::error::Error for NotPrivate {}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(ago: i64) -> FileKey {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let at = (now.as_secs() as i64 - ago, 0);
        FileKey { device: 1, inode: 2, size: 3, modified: at, changed: at }
    }

    #[test]
    fn a_file_is_settled_when_its_last_change_is_past() {
        assert!(changed(10).is_settled() && changed(1_000_000).is_settled());
        // Young, and from the future of this machine's clock.
        assert!(!changed(0).is_settled() && !changed(1).is_settled());
        assert!(!changed(-100).is_settled());
        // Before 1970 and at the end of time.
        assert!(FileKey { changed: (-5, 0), ..changed(0) }.is_settled());
        assert!(!FileKey { changed: (i64::MAX, 0), ..changed(0) }.is_settled());
    }

    #[test]
    fn every_part_of_an_identity_counts() {
        let engine = Engine::default();
        let key = changed(10);
        let other = crate::Config::new().memory_plan(crate::MemoryPlan::Checked).clone();
        let names = [
            key.name(&engine),
            FileKey { device: 9, ..key }.name(&engine),
            FileKey { inode: 9, ..key }.name(&engine),
            FileKey { size: 9, ..key }.name(&engine),
            FileKey { modified: (9, 9), ..key }.name(&engine),
            FileKey { changed: (9, 9), ..key }.name(&engine),
            key.name(&Engine::new(&other).unwrap()),
        ];
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{i}");
        }
    }
}
