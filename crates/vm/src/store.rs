//! A store: what its instances consist of, and what they may have.

use crate::gc::Heap;
use crate::instance::{Global, Instance};
use crate::memory::Memory;
use crate::raw::{FuncRef, HostBinding};
use crate::table::Table;
use crate::tag::Tag;
use crate::{Code, StoreContext};
use std::any::Any;
use std::sync::Arc;
use waxwing_fiber::HostEntry;
use waxwing_layout::abi::{self, Sig};
use waxwing_layout::{gc, object};
use waxwing_module::FuncType;

/// The engine's part of a store. Everything in it lives until it is dropped.
pub struct StoreInner {
    /// What is shared with compiled code and kill switches.
    pub context: Arc<StoreContext>,
    /// Asked before anything grows; the embedding layer's.
    pub limiter: Option<Limiter>,
    // Boxes, because compiled code holds their addresses.
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    pub(crate) instances: Vec<Box<Instance>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    memories: Vec<Box<Memory>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    pub(crate) tables: Vec<Box<Table>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    pub(crate) globals: Vec<Box<Global>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    pub(crate) tags: Vec<Box<Tag>>,
    #[expect(clippy::vec_box, reason = "addresses must not change")]
    hosts: Vec<Box<HostFunc>>,
    /// Made when it is first needed.
    pub(crate) heap: Option<Box<Heap>>,
    /// Words that may be references, while constants are evaluated.
    pub(crate) temps: Vec<u64>,
    pub(crate) stress: bool,
    /// Code whose text may still be on a stack or in a table.
    codes: Vec<Arc<Code>>,
}

/// A host function: its reference, the binding that the reference points to, and its data.
struct HostFunc {
    func: FuncRef,
    binding: HostBinding,
    _env: Box<dyn Any + Send + Sync>,
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
            instances: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
            hosts: Vec::new(),
            heap: None,
            temps: Vec::new(),
            stress: false,
            codes: Vec::new(),
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

    pub(crate) fn add_instance(&mut self, instance: Box<Instance>) -> *mut Instance {
        self.codes.push(instance.code.clone());
        keep(&mut self.instances, instance)
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
        let exception = gc::KIND_EXCEPTION << gc::KIND_SHIFT | type_id & object::NUMBER;
        keep(&mut self.tags, Box::new(Tag { exception, type_id }))
    }

    /// Makes a reference to a function of the host's: `entry` is called with the binding, whose
    /// `env` points to `env`.
    pub fn add_host_func<E: Any + Send + Sync>(
        &mut self,
        ty: &FuncType,
        entry: HostEntry,
        env: Box<E>,
    ) -> *const FuncRef {
        let sig = Sig::of(ty);
        let (_, stack_args) = abi::locate(&sig.params);
        let floats = sig.params.iter().chain(&sig.result).any(|t| t.is_float());
        let binding = HostBinding {
            entry,
            store: Arc::as_ptr(&self.context),
            env: (&raw const *env).cast(),
            caller: std::ptr::null_mut(),
            stack_args,
            floats: u32::from(floats),
        };
        let func = FuncRef {
            type_id: u64::from(crate::types::id_of(ty)),
            code: waxwing_fiber::host_entry(),
            vmctx: std::ptr::null_mut(),
        };
        let host = keep(&mut self.hosts, Box::new(HostFunc { func, binding, _env: env }));
        // SAFETY: `host` was just made and belongs to this store.
        unsafe {
            (*host).func.vmctx = (&raw mut (*host).binding).cast();
            &raw const (*host).func
        }
    }
}
