//! Instances and their slots.
//!
//! ```text
//! slot:  [ guard | guest stack | instance data ][ memory 0: committed | reserved | guard ]
//!                                               ^ vmctx
//! ```
//!
//! The end of the instance data is on a page boundary. Without a memory 0 of its own that is
//! reserved, the slot ends there.

use crate::Code;
use crate::context::GuestStack;
use crate::memory::Memory;
use crate::prepare::HostImports;
use crate::raw::FuncRef;
use crate::reset::Pages;
use crate::table::{Entry, Table};
use crate::tag::Tag;
use std::io;
use std::sync::Arc;
use waxwing_layout::instance as layout;
use waxwing_module::{ElementItems, ElementMode, GlobalType, Trap, ValType};
use waxwing_sys::Reservation;

/// Element segments with which tables are still filled in as they are used.
pub(crate) const MAX_LAZY_SEGMENTS: usize = 16;
/// Inaccessible bytes below a guest stack. Frames beyond a page are probed page by page.
pub(crate) const STACK_GUARD: usize = 64 * 1024;

/// A global of a store.
#[derive(Debug)]
pub struct Global {
    /// Its type.
    pub ty: GlobalType,
    /// Its value: 16 readable bytes if it is a vector, else 8.
    pub(crate) at: *mut u8,
    #[expect(dead_code, reason = "holds what `at` points to")]
    own: Option<Box<[u64; 2]>>,
}

/// A value as the machine sees it, by its bits; narrow ones in the low bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawVal(pub u128);

impl Global {
    /// A global of the host's.
    pub fn new(ty: GlobalType, value: RawVal) -> Global {
        let mut own = Box::new([0u64; 2]);
        let global = Global { ty, at: own.as_mut_ptr().cast(), own: Some(own) };
        global.write(value);
        global
    }

    pub(crate) fn in_instance(ty: GlobalType, at: *mut u8) -> Global {
        Global { ty, at, own: None }
    }

    /// Reads it.
    pub fn read(&self) -> RawVal {
        // SAFETY: `at` points to 8 bytes, or 16 for a vector, that live as long as the store.
        unsafe {
            RawVal(match self.ty.content {
                ValType::V128 => self.at.cast::<u128>().read_unaligned(),
                _ => u128::from(self.at.cast::<u64>().read()),
            })
        }
    }

    /// Writes it, whether it is mutable or not.
    pub fn write(&self, value: RawVal) {
        // SAFETY: as in `read`; only this store's thread is here.
        unsafe {
            match self.ty.content {
                ValType::V128 => self.at.cast::<u128>().write_unaligned(value.0),
                _ => self.at.cast::<u64>().write(value.0 as u64),
            }
        }
    }
}

/// What an import is given.
#[derive(Clone, Copy, Debug)]
pub enum Import {
    /// A function; its type has been checked.
    Func(*const FuncRef),
    /// A table of the same store.
    Table(*mut Table),
    /// A memory of the same store.
    Memory(*mut Memory),
    /// A global of the same store.
    Global(*mut Global),
    /// A tag of the same store.
    Tag(*mut Tag),
}

/// A module come to life. Belongs to a store, or waits in a pool, at an address that does not change.
#[derive(Debug)]
pub struct Instance {
    /// Its module.
    pub code: Arc<Code>,
    pub(crate) vmctx: *mut u8,
    pub(crate) slot: Arc<Reservation>,
    pub(crate) stack: GuestStack,
    // By index, imported ones first.
    pub(crate) memories: Vec<*mut Memory>,
    pub(crate) tables: Vec<*mut Table>,
    pub(crate) globals: Vec<*mut Global>,
    pub(crate) tags: Vec<*mut Tag>,
    // Its own, at addresses that do not change.
    pub(crate) own_memories: Vec<Memory>,
    pub(crate) own_tables: Vec<Table>,
    pub(crate) own_globals: Vec<Global>,
    pub(crate) own_tags: Vec<Tag>,
    pub(crate) dropped_data: Vec<bool>,
    /// Whether a guest has dropped any.
    pub(crate) data_changed: bool,
    pub(crate) dropped_elements: Vec<bool>,
    /// By segment: the items of those that are expressions, by their bits. They are evaluated once.
    pub(crate) elements: Vec<Vec<u64>>,
    /// The host functions that it is linked with, if those are all its imports.
    pub(crate) hosts: Option<Arc<HostImports>>,
    /// What is known of its pages.
    pub(crate) pages: Pages,
    /// Whether it is one of a pool's.
    pub(crate) pooled: bool,
    /// Whether the pool keeps it.
    pub(crate) kept: bool,
    /// Whether it was made to the end.
    pub(crate) ready: bool,
}

/// Why an instance cannot be made.
#[derive(Debug)]
pub enum InstantiateError {
    /// The system has no room: for what, and what it said.
    System(&'static str, io::Error),
    /// A limit of the store forbids it.
    Limit(String),
    /// A segment does not fit.
    Trap(Trap),
}

impl std::fmt::Display for InstantiateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            InstantiateError::System(what, e) => write!(f, "no room for {what}: {e}"),
            InstantiateError::Limit(what) => f.write_str(what),
            InstantiateError::Trap(trap) => trap.fmt(f),
        }
    }
}

impl std::error::Error for InstantiateError {}

impl Instance {
    /// The instance whose data ends at `vmctx`.
    ///
    /// # Safety
    /// `vmctx` is the instance pointer of a live instance.
    pub unsafe fn at(vmctx: *mut u8) -> *mut Instance {
        // SAFETY: the head of live instance data holds the address of its instance.
        unsafe { field::<*mut Instance>(vmctx, layout::INFO).read() }
    }

    /// The instance pointer.
    pub fn vmctx(&self) -> *mut u8 {
        self.vmctx
    }

    /// The stack that guests entered here run on.
    pub fn stack(&self) -> &GuestStack {
        &self.stack
    }

    /// Memory by index.
    pub fn memory(&self, index: u32) -> *mut Memory {
        self.memories[index as usize]
    }

    /// Table by index.
    pub fn table(&self, index: u32) -> *mut Table {
        self.tables[index as usize]
    }

    /// Global by index.
    pub fn global(&self, index: u32) -> *mut Global {
        self.globals[index as usize]
    }

    /// Tag by index.
    pub fn tag(&self, index: u32) -> *mut Tag {
        self.tags[index as usize]
    }

    /// A reference to a function by index. Own functions must be escaping ones.
    pub fn func_ref(&self, index: u32) -> *const FuncRef {
        let module = &self.code.module;
        if index < module.imported_funcs {
            return field::<FuncRef>(self.vmctx, self.code.layout.imported_func(index))
                .cast_const();
        }
        let Some(escaping) = module.escaping_index(index) else {
            debug_assert!(false, "function {index} is not known to escape");
            return std::ptr::null();
        };
        let at: *mut FuncRef = field(self.vmctx, self.code.layout.func_ref(escaping));
        // SAFETY: the layout has room for this reference, zero until it is filled in here; only the
        // store's thread is here.
        unsafe {
            if (*at).type_id == 0 {
                let ty = module.funcs[index as usize] as usize;
                at.write(FuncRef {
                    type_id: u64::from(self.code.type_ids[ty]),
                    code: self.code.address_of(index),
                    vmctx: self.vmctx,
                });
            }
        }
        at
    }

    /// What a table's entry holds as long as nobody has written it.
    pub(crate) fn initial_entry(&self, table: u32, index: u64) -> *const FuncRef {
        for element in self.code.module.elements.iter().rev() {
            if let ElementMode::Active { table: t, offset } = &element.mode
                && *t == table
                && let (Some(offset), ElementItems::Funcs(funcs)) =
                    (offset.as_offset(), &element.items)
                && let Some(i) = index.checked_sub(offset)
                && let Some(&func) = usize::try_from(i).ok().and_then(|i| funcs.get(i))
            {
                return self.func_ref(func);
            }
        }
        std::ptr::null()
    }

    /// The items of an element segment, evaluated from `from` on; nothing if there are fewer.
    pub(crate) fn element_items(&self, segment: u32, from: u64, count: u64) -> Option<Vec<Entry>> {
        let element = &self.code.module.elements[segment as usize];
        let len = match &element.items {
            ElementItems::Funcs(f) => f.len(),
            ElementItems::Exprs(e) => e.len(),
        };
        let len = if self.dropped_elements[segment as usize] { 0 } else { len as u64 };
        let end = from.checked_add(count).filter(|&end| end <= len)?;
        let range = from as usize..end as usize;
        Some(match &element.items {
            ElementItems::Funcs(funcs) => {
                funcs[range].iter().map(|&f| Entry::Func(self.func_ref(f))).collect()
            }
            ElementItems::Exprs(_) => {
                let items = self.elements.get(segment as usize)?.get(range)?;
                items.iter().map(|&bits| Entry::of(element.ty, bits)).collect()
            }
        })
    }

    /// The references to objects in evaluated element segments.
    pub(crate) fn element_references(&self) -> impl Iterator<Item = u32> + '_ {
        let segments = self.elements.iter().zip(&self.code.module.elements);
        let traced = segments.filter(|(_, element)| !element.ty.is_func());
        traced.flat_map(|(items, _)| items.iter().map(|&bits| bits as u32))
    }

    /// `data.drop`.
    pub(crate) fn drop_data(&mut self, segment: u32) {
        self.dropped_data[segment as usize] = true;
        self.data_changed = true;
    }

    /// `elem.drop`.
    pub(crate) fn drop_elements(&mut self, segment: u32) {
        self.dropped_elements[segment as usize] = true;
        if let Some(items) = self.elements.get_mut(segment as usize) {
            *items = Vec::new();
        }
    }

    /// Takes note that its start function failed: it never came to be.
    pub fn set_failed(&mut self) {
        self.ready = false;
    }

    /// The addresses whose faults are the guest's.
    pub(crate) fn region(&self) -> std::ops::Range<usize> {
        self.stack.guard.start..self.slot.range().end
    }

    /// The bytes of a data segment that has not been dropped.
    pub(crate) fn data(&self, segment: u32) -> &[u8] {
        if self.dropped_data[segment as usize] {
            return &[];
        }
        let bytes = &self.code.module.data[segment as usize].bytes;
        let bytes = bytes.start as usize..bytes.end as usize;
        self.code.artifact().data().get(bytes).unwrap_or(&[])
    }

    /// `table.init` (specification, section 4.4.6).
    pub(crate) fn table_init(
        &mut self,
        table: u32,
        segment: u32,
        to: u64,
        from: u64,
        count: u64,
    ) -> Result<(), Trap> {
        // SAFETY: tables live as long as the store.
        let table = unsafe { &mut *self.table(table) };
        let fits = to.checked_add(count).is_some_and(|end| end <= table.len());
        let items = self.element_items(segment, from, count).filter(|_| fits);
        let items = items.ok_or(Trap::TableOutOfBounds)?;
        for (i, item) in items.into_iter().enumerate() {
            // SAFETY: the items are of this store and of the table's type (validated).
            unsafe { table.set(to + i as u64, item) };
        }
        Ok(())
    }

    /// `memory.init` (specification, section 4.4.7).
    pub(crate) fn memory_init(
        &mut self,
        memory: u32,
        segment: u32,
        to: u64,
        from: u64,
        count: u64,
    ) -> Result<(), Trap> {
        let data = self.data(segment);
        // SAFETY: memories live as long as the store.
        let memory = unsafe { &*self.memory(memory) };
        let end = from.checked_add(count).filter(|&end| end <= data.len() as u64);
        let bytes = end.and_then(|end| data.get(from as usize..end as usize));
        if !bytes.is_some_and(|bytes| memory.write(to, bytes)) {
            return Err(Trap::MemoryOutOfBounds);
        }
        Ok(())
    }
}

/// The address of a field.
pub(crate) fn field<T>(vmctx: *mut u8, offset: i32) -> *mut T {
    vmctx.wrapping_offset(offset as isize).cast()
}
