//! A store: what its instances consist of, and what they may have.

use crate::fuel::Fuel;
use crate::gc::Heap;
use crate::host_meter::{HostMeter, Timed, timed_entry};
use crate::instance::{Global, Instance};
use crate::memory::Memory;
use crate::raw::{FuncRef, HostBinding};
use crate::table::Table;
use crate::tag::Tag;
use crate::{HostFunc, Pool, StoreContext};
use smallvec::SmallVec;
use std::any::Any;
use std::sync::Arc;

/// The engine's part of a store. Everything in it lives until it is dropped.
pub struct StoreInner {
    /// What is shared with compiled code and kill switches.
    pub context: Arc<StoreContext>,
    /// Asked before anything grows; the embedding layer's.
    pub limiter: Option<Limiter>,
    // Boxes, because compiled code holds their addresses.
    pub(crate) instances: SmallVec<[Box<Instance>; 1]>,
    // What the host made; the rest is its instances'.
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    memories: Vec<Box<Memory>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    pub(crate) tables: Vec<Box<Table>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    pub(crate) globals: Vec<Box<Global>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    pub(crate) tags: Vec<Box<Tag>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    hosts: Vec<Box<BoundFunc>>,
    /// Made when it is first needed.
    pub(crate) heap: Option<Box<Heap>>,
    /// Words that may be references, while constants are evaluated.
    pub(crate) temps: Vec<u64>,
    pub(crate) stress: bool,
    /// Where instances come from and go to; null if it is the system.
    pool: *const Pool,
    pub(crate) fuel: Fuel,
    /// Sums up the time of host functions that are added from now on.
    pub host_meter: Option<Arc<HostMeter>>,
}

/// A host function of the store: its reference, the binding that the reference points to, and what the
/// binding points to.
struct BoundFunc {
    func: FuncRef,
    binding: HostBinding,
    _env: Arc<dyn Any + Send + Sync>,
    _timed: Option<Box<Timed>>,
}

/// Decides whether something may grow: owner of the store (see [`crate::call()`]), and what is asked.
pub type Limiter = Box<dyn FnMut(*mut (), Growth) -> bool + Send + Sync>;

/// What is about to grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// A memory, in bytes.
    Memory {
        /// Its length.
        current: u64,
        /// The length asked for.
        wanted: u64,
        /// The maximum of its type.
        max: Option<u64>,
    },
    /// A table, in entries.
    Table {
        /// Its length.
        current: u64,
        /// The length asked for.
        wanted: u64,
        /// The maximum of its type.
        max: Option<u64>,
    },
    /// The heap of objects, in bytes.
    Heap {
        /// Its size.
        current: u64,
        /// The size asked for.
        wanted: u64,
    },
    /// The number of instances, by one.
    Instance,
}

// SAFETY: a store owns everything its pointers lead to, and code runs on it only through `&mut`.
unsafe impl Send for StoreInner {}
// SAFETY: `&StoreInner` gives access to nothing that changes.
unsafe impl Sync for StoreInner {}

impl std::fmt::Debug for StoreInner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreInner").field("instances", &self.instances.len()).finish()
    }
}

impl Default for StoreInner {
    fn default() -> StoreInner {
        StoreInner {
            context: StoreContext::new(),
            limiter: None,
            instances: SmallVec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
            hosts: Vec::new(),
            heap: None,
            temps: Vec::new(),
            stress: false,
            pool: std::ptr::null(),
            fuel: Fuel::default(),
            host_meter: None,
        }
    }
}

fn keep<T>(list: &mut Vec<Box<T>>, item: Box<T>) -> *mut T {
    list.push(item);
    let last = list.len() - 1;
    &raw mut *list[last]
}

impl StoreInner {
    /// Asks the limiter, if there is one. `owner` is as in [`crate::call()`].
    ///
    /// # Errors
    /// What the limit forbids.
    pub fn ask(&mut self, owner: *mut (), growth: Growth) -> Result<(), String> {
        if self.limiter.as_mut().is_none_or(|limiter| limiter(owner, growth)) {
            return Ok(());
        }
        Err(match growth {
            Growth::Memory { wanted, .. } => {
                format!("the store's limit forbids a memory of {wanted} bytes")
            }
            Growth::Table { wanted, .. } => {
                format!("the store's limit forbids a table of {wanted} entries")
            }
            Growth::Heap { wanted, .. } => {
                format!("the store's limit forbids a heap of {wanted} bytes")
            }
            Growth::Instance => "the store's limit forbids another instance".to_owned(),
        })
    }

    pub(crate) fn add_instance(&mut self, mut instance: Box<Instance>) -> *mut Instance {
        let at = std::ptr::from_mut(&mut *instance);
        self.instances.push(instance);
        at
    }

    /// The pool of its instances.
    pub(crate) fn pool(&self) -> Option<&Pool> {
        // SAFETY: `set_pool`'s caller promised that the pool outlives the store.
        unsafe { self.pool.as_ref() }
    }

    /// Has instances come from a pool. To be called before there are any.
    ///
    /// # Safety
    /// The pool outlives the store.
    pub unsafe fn set_pool(&mut self, pool: &Pool) {
        debug_assert!(self.instances.is_empty(), "instances that are of no pool");
        self.pool = pool;
    }

    /// All its tags.
    pub(crate) fn all_tags(&self) -> impl Iterator<Item = &Tag> {
        let own = self.instances.iter().flat_map(|instance| &instance.own_tags);
        self.tags.iter().map(|tag| &**tag).chain(own)
    }

    /// Its instances, in the order in which they were made; those that failed to be made left out.
    pub fn instances(&mut self) -> Vec<*mut Instance> {
        let ready = self.instances.iter_mut().filter(|instance| instance.ready);
        ready.map(|instance| std::ptr::from_mut(&mut **instance)).collect()
    }

    /// Takes note of the addresses at which faults are an instance's.
    pub(crate) fn add_regions(&mut self, instance: &Instance) {
        let mut regions = self.context.regions.borrow_mut();
        regions.push(instance.region());
        regions.extend(instance.own_memories.iter().filter_map(Memory::region));
    }

    /// All its tables.
    pub(crate) fn all_tables(&self) -> impl Iterator<Item = &Table> {
        let own = self.instances.iter().flat_map(|instance| &instance.own_tables);
        self.tables.iter().map(|table| &**table).chain(own)
    }

    /// All its globals.
    pub(crate) fn all_globals(&self) -> impl Iterator<Item = &Global> {
        let own = self.instances.iter().flat_map(|instance| &instance.own_globals);
        self.globals.iter().map(|global| &**global).chain(own)
    }

    /// Takes a memory into the store.
    pub fn add_memory(&mut self, memory: Memory) -> *mut Memory {
        if let Some(region) = memory.region() {
            self.context.regions.borrow_mut().push(region);
        }
        keep(&mut self.memories, Box::new(memory))
    }

    /// Takes a table into the store.
    pub fn add_table(&mut self, table: Table) -> *mut Table {
        keep(&mut self.tables, Box::new(table))
    }

    /// Takes a global into the store.
    pub fn add_global(&mut self, global: Global) -> *mut Global {
        keep(&mut self.globals, Box::new(global))
    }

    /// Makes a tag; `type_id` is the engine-wide id of a function type without results.
    pub fn add_tag(&mut self, type_id: u32) -> *mut Tag {
        keep(&mut self.tags, Box::new(Tag::of(type_id)))
    }

    /// Makes a reference to a function of the host's.
    pub fn add_host_func(&mut self, func: &HostFunc) -> *const FuncRef {
        let (mut func, mut binding, env) = func.bind(&self.context);
        let timed = self.host_meter.clone().map(|meter| {
            let HostBinding { entry, floats, env, .. } = binding;
            Box::new(Timed { entry, floats, env, meter })
        });
        if let Some(timed) = &timed {
            binding.entry = timed_entry as *const ();
            binding.floats &= !HostBinding::DIRECT;
            func.code = waxwing_fiber::host_entry();
            binding.env = (&raw const **timed).cast();
        }
        let bound = BoundFunc { func, binding, _env: env, _timed: timed };
        let host = keep(&mut self.hosts, Box::new(bound));
        // SAFETY: `host` was just made and belongs to this store.
        unsafe {
            (*host).func.vmctx = (&raw mut (*host).binding).cast();
            &raw const (*host).func
        }
    }
}

impl Drop for StoreInner {
    fn drop(&mut self) {
        let context = self.context.clone();
        for instance in std::mem::take(&mut self.instances) {
            if let Some(pool) = self.pool().filter(|_| instance.pooled) {
                // SAFETY: the instance is of the store's pool; the store ends, so no guest is running
                // or will go on, and the tables and globals that could refer to it end too.
                unsafe { pool.give(instance, &context.ran) };
            }
        }
    }
}
