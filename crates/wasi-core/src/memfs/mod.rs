//! A file system in memory.
//!
//! One lock guards one tree; every call takes it once, so each operation is atomic as it would be
//! under a kernel. Everything counts against a quota, names and empty files included, so that a
//! guest cannot use up the host: beyond it, changes fail with [`crate::Errno::NoSpc`].
//!
//! Files are contiguous: a hole counts (and is stored) as zeros. Times of access are not kept up.

mod dir;
mod file;
mod tree;

use crate::fs::{Dir, Fs, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tree::{Id, Tree};

/// The quota of [`MemFs::new`], in bytes.
pub const DEFAULT_LIMIT: u64 = 256 << 20;

/// A file system in memory; clones share it.
#[derive(Clone)]
pub struct MemFs(Shared);

impl MemFs {
    /// An empty file system of [`DEFAULT_LIMIT`].
    pub fn new() -> MemFs {
        MemFs::with_limit(DEFAULT_LIMIT)
    }

    /// An empty file system that holds at most `bytes`, its own bookkeeping included.
    pub fn with_limit(bytes: u64) -> MemFs {
        MemFs(Shared(Arc::new(Mutex::new(Tree::new(bytes)))))
    }
}

impl Default for MemFs {
    fn default() -> MemFs {
        MemFs::new()
    }
}

impl Fs for MemFs {
    fn root(&self) -> Result<Arc<dyn Dir>> {
        Ok(Arc::new(dir::MemDir::new(Handle::new(&self.0, tree::ROOT))))
    }
}

#[derive(Clone)]
struct Shared(Arc<Mutex<Tree>>);

impl Shared {
    /// The tree. A panic elsewhere cannot leave it half changed in a way that matters to memory
    /// safety, so a poisoned lock is taken all the same.
    fn lock(&self) -> MutexGuard<'_, Tree> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open node: it stays alive without a name as long as this exists.
struct Handle {
    shared: Shared,
    id: Id,
}

impl Handle {
    fn new(shared: &Shared, id: Id) -> Handle {
        shared.lock().open(id);
        Handle { shared: shared.clone(), id }
    }

    /// As [`Handle::new`] while the lock is held.
    fn within(shared: &Shared, tree: &mut Tree, id: Id) -> Handle {
        tree.open(id);
        Handle { shared: shared.clone(), id }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lock().close(self.id);
    }
}
