//! Instances that are kept to be used again.
//!
//! A pool bounds how many instances there are, and keeps those that a store has let go, as new, for the
//! next one of the same module: making an instance then asks nothing of the system. Instances lie in
//! shards, one of which a thread uses; others are looked at only when it is empty.
//!
//! ```text
//! prepared -> linked, in a store -> restored -> prepared ...
//! ```

use crate::instance::{Instance, InstantiateError, field};
use crate::reset::{KEEP, Threads};
use crate::{Code, StoreContext};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a pool and its instances may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Instances there may be, whether in use or kept.
    pub slots: usize,
    /// Bytes of each memory.
    pub memory: usize,
    /// Entries of each table.
    pub table: u64,
    /// Bytes of pages that an instance keeps while nobody uses it.
    pub keep_resident: usize,
    /// Whether instances lie at addresses that cannot be foretold, and which one is used again is left
    /// to chance.
    pub random_placement: bool,
}

impl Default for PoolLimits {
    /// 1,000 instances, each without limits but the engine's own, that keep 128 KiB.
    fn default() -> PoolLimits {
        PoolLimits {
            slots: 1000,
            memory: usize::MAX,
            table: crate::MAX_ENTRIES,
            keep_resident: KEEP,
            random_placement: false,
        }
    }
}

/// How full a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStats {
    /// Instances in stores.
    pub in_use: usize,
    /// Instances that wait to be used again.
    pub kept: usize,
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Pool {
    limits: PoolLimits,
    /// Instances there are.
    made: AtomicUsize,
    shards: [Shard; SHARDS],
}

/// How many shards threads share what they often use by.
pub const SHARDS: usize = 16;

/// On lines of its own, so that threads do not slow each other down.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Kept>);

/// By the address of their code.
type Kept = HashMap<usize, Vec<Home>, BuildHasherDefault<AddressHasher>>;

/// An instance of no store.
#[derive(Debug)]
struct Home(Box<Instance>);

// SAFETY: an instance that is in no store owns all that its pointers lead to, but for stale addresses in
// its data, which are written before any of them is followed.
unsafe impl Send for Home {}

/// Addresses are different enough from each other.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The shard that this thread uses, of [`SHARDS`].
pub fn own_shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static OWN: Cell<usize> = const { Cell::new(usize::MAX) });
    // A thread that is ending may still drop stores.
    let own = OWN.try_with(Cell::get).unwrap_or(0);
    if own != usize::MAX {
        return own;
    }
    let own = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    let _ = OWN.try_with(|cell| cell.set(own));
    own
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self, code: usize, random: bool) -> Option<Box<Instance>> {
        let mut kept = self.lock();
        let list = kept.get_mut(&code)?;
        let at = match list.len() {
            0 => return None,
            len if random => (waxwing_sys::random_u64() % len as u64) as usize,
            len => len - 1,
        };
        Some(list.swap_remove(at).0)
    }
}

impl Pool {
    /// An empty pool.
    pub fn new(limits: PoolLimits) -> Pool {
        Pool { limits, made: AtomicUsize::new(0), shards: Default::default() }
    }

    /// Its limits.
    pub fn limits(&self) -> &PoolLimits {
        &self.limits
    }

    /// How full it is. While other threads use it, the numbers may not be of one moment.
    pub fn stats(&self) -> PoolStats {
        let kept = self.shards.iter().map(|s| s.lock().values().map(Vec::len).sum::<usize>()).sum();
        PoolStats { in_use: self.made.load(Ordering::Relaxed).saturating_sub(kept), kept }
    }

    /// An instance of `code`, prepared.
    ///
    /// # Errors
    /// If the module needs more than the limits allow, all slots are in use, or the system has no room.
    pub(crate) fn take(
        &self,
        code: &Arc<Code>,
        stack_size: usize,
    ) -> Result<Box<Instance>, InstantiateError> {
        let key = Arc::as_ptr(code) as usize;
        let own = own_shard();
        for i in 0..SHARDS {
            let shard = &self.shards[(own + i) % SHARDS];
            if let Some(instance) = shard.pop(key, self.limits.random_placement) {
                return Ok(instance);
            }
        }
        self.check(code)?;
        // The place of one that is ended stays counted.
        let free = |made: usize| (made < self.limits.slots).then_some(made + 1);
        let got = self.made.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).is_ok();
        if !got && !self.evict() {
            let slots = self.limits.slots;
            return Err(InstantiateError::Limit(format!(
                "all {slots} slots of the pool are in use: drop stores, or make the pool larger"
            )));
        }
        Instance::prepare(code, stack_size, Some(&self.limits)).inspect_err(|_| {
            self.made.fetch_sub(1, Ordering::Relaxed);
        })
    }

    /// Whether a module needs more than instances may have.
    fn check(&self, code: &Code) -> Result<(), InstantiateError> {
        let module = &code.module;
        for (i, ty) in module.memories.iter().enumerate().skip(module.imported_memories as usize) {
            // A shared one reserves what it may ever have.
            let pages = if ty.shared { ty.limits.max } else { None }.unwrap_or(ty.limits.min);
            let (bytes, most) = (ty.bytes(pages), self.limits.memory);
            if bytes > most as u64 {
                let has = if ty.shared { "may have" } else { "has" };
                return Err(InstantiateError::Limit(format!(
                    "memory {i} of the module {has} {bytes} bytes; the pool allows {most}"
                )));
            }
        }
        for (i, ty) in module.tables.iter().enumerate().skip(module.imported_tables as usize) {
            let (entries, most) = (ty.limits.min, self.limits.table);
            if entries > most {
                return Err(InstantiateError::Limit(format!(
                    "table {i} of the module has {entries} entries; the pool allows {most}"
                )));
            }
        }
        Ok(())
    }

    /// Ends an instance that is kept, of whichever module, for another in its place. Returns false if there
    /// is none.
    fn evict(&self) -> bool {
        let own = own_shard();
        for i in 0..SHARDS {
            let mut kept = self.shards[(own + i) % SHARDS].lock();
            if let Some(instance) = kept.values_mut().find_map(Vec::pop) {
                drop(kept);
                drop(instance);
                return true;
            }
        }
        false
    }

    /// Takes an instance back, and keeps it as new. `ran` says where guests have run in its store.
    ///
    /// # Safety
    /// The instance is of this pool; no guest of its store is running or will go on, and nothing refers
    /// to the instance or a part of it.
    pub(crate) unsafe fn give(&self, mut instance: Box<Instance>, ran: &Threads) {
        // SAFETY: passed on to the caller.
        let restored = unsafe { instance.restore(self.limits.keep_resident, ran) }.is_ok();
        instance.leave();
        instance.own_memories.iter().for_each(|memory| memory.settle(true));
        let key = Arc::as_ptr(&instance.code) as usize;
        let mut kept = self.shards[own_shard()].lock();
        // `retire` sets the flag before it looks into the shards.
        if restored && instance.kept && !instance.code.retired.load(Ordering::Relaxed) {
            kept.entry(key).or_default().push(Home(instance));
            return;
        }
        drop(kept);
        drop(instance);
        self.made.fetch_sub(1, Ordering::Relaxed);
    }

    /// Keeps no instance of a module any more: nobody will make one.
    pub fn retire(&self, code: &Arc<Code>) {
        code.retired.store(true, Ordering::Relaxed);
        let key = Arc::as_ptr(code) as usize;
        for shard in &self.shards {
            let list = shard.lock().remove(&key).unwrap_or_default();
            self.made.fetch_sub(list.len(), Ordering::Relaxed);
        }
    }
}

impl Instance {
    /// Forgets the store that it was in.
    fn leave(&mut self) {
        let none: *const StoreContext = std::ptr::null();
        let at: *mut *const StoreContext = field(self.vmctx, waxwing_layout::instance::STORE);
        // SAFETY: the head is part of the instance data, which nobody else uses.
        unsafe { at.write(none) };
    }
}
