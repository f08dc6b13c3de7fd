//! Instances and their slots.
//!
//! ```text
//! slot:  [ guard | guest stack | instance data ][ memory 0: committed | reserved | guard ]
//!                                               ^ vmctx
//! ```
//!
//! The end of the instance data is on a page boundary. Without a memory 0 of its own that is
//! reserved, the slot ends there.

use crate::constant::Eval;
use crate::context::GuestStack;
use crate::memory::Memory;
use crate::raw::{Def, FuncRef, HostBinding, ImportedFunc};
use crate::shared::SharedMemory;
use crate::store::{Growth, StoreInner};
use crate::table::{Entry, Table};
use crate::tag::Tag;
use crate::types;
use crate::{Code, StoreContext};
use std::io;
use std::sync::Arc;
use waxwing_layout::instance as layout;
use waxwing_layout::plan::{GUARD, RESERVATION};
use waxwing_module::{DataMode, ElementItems, ElementMode, GlobalType, Trap, ValType};
use waxwing_sys::{Reservation, page_size};

/// Element segments with which tables are still filled in as they are used.
const MAX_LAZY_SEGMENTS: usize = 16;
/// Inaccessible bytes below a guest stack. Frames beyond a page are probed page by page.
const STACK_GUARD: usize = 64 * 1024;

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

    fn in_instance(ty: GlobalType, at: *mut u8) -> Global {
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

/// A module come to life. Belongs to a store, at an address that does not change.
#[derive(Debug)]
pub struct Instance {
    /// Its module.
    pub code: Arc<Code>,
    vmctx: *mut u8,
    slot: Arc<Reservation>,
    stack: GuestStack,
    memories: Vec<*mut Memory>,
    tables: Vec<*mut Table>,
    globals: Vec<*mut Global>,
    tags: Vec<*mut Tag>,
    pub(crate) dropped_data: Vec<bool>,
    pub(crate) dropped_elements: Vec<bool>,
    /// By segment: the items of those that are expressions, by their bits. They are evaluated once.
    elements: Vec<Vec<u64>>,
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

    /// `elem.drop`.
    pub(crate) fn drop_elements(&mut self, segment: u32) {
        self.dropped_elements[segment as usize] = true;
        if let Some(items) = self.elements.get_mut(segment as usize) {
            *items = Vec::new();
        }
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
}

/// The address of a field.
fn field<T>(vmctx: *mut u8, offset: i32) -> *mut T {
    vmctx.wrapping_offset(offset as isize).cast()
}

/// Makes an instance of `code` in `store`: everything but the start function.
///
/// `imports` are the module's, in its order, of matching types.
///
/// # Errors
/// See [`InstantiateError`]. What was written to imported tables and memories before a trap stays,
/// as the specification has it; the instance then stays with the store, unseen.
///
/// # Safety
/// The imports are of this store and of the types that the module asks for. `owner` is as in
/// [`crate::call()`].
pub unsafe fn instantiate(
    store: &mut StoreInner,
    owner: *mut (),
    code: &Arc<Code>,
    imports: &[Import],
    stack_size: usize,
) -> Result<*mut Instance, InstantiateError> {
    store.ask(owner, Growth::Instance).map_err(InstantiateError::Limit)?;
    let module = &code.module;
    for ty in &module.memories[module.imported_memories as usize..] {
        let (bytes, max) = (ty.bytes(ty.limits.min), ty.limits.max.map(|m| ty.bytes(m)));
        let growth = Growth::Memory { current: 0, wanted: bytes, max };
        store.ask(owner, growth).map_err(InstantiateError::Limit)?;
    }
    for ty in &module.tables[module.imported_tables as usize..] {
        let growth = Growth::Table { current: 0, wanted: ty.limits.min, max: ty.limits.max };
        store.ask(owner, growth).map_err(InstantiateError::Limit)?;
    }
    let heap = match module.needs_heap() {
        true => store.ensure_heap().map_err(|e| InstantiateError::System("a heap", e))?.base(),
        false => std::ptr::null_mut(),
    };
    let mut instance = Box::new(new_slot(code, stack_size)?);
    instance.write_head(&store.context, heap);
    instance.link(imports);
    // SAFETY: the head is written, and imports are linked; the instance stays where it is because
    // the store keeps the box.
    unsafe {
        instance.make_memories(store)?;
        instance.make_tables(store)?;
        instance.make_globals(store, owner).map_err(InstantiateError::Trap)?;
        instance.make_tags(store);
    }
    let stack = &instance.stack;
    let region = stack.guard.start..instance.slot.range().end;
    store.context.regions.borrow_mut().push(region);
    let at: *mut Instance = store.add_instance(instance);
    // SAFETY: the store owns the instance now, and nobody else uses it.
    let instance = unsafe { &mut *at };
    // SAFETY: the instance is complete but for its segments.
    unsafe {
        instance.init_elements(store, owner).map_err(InstantiateError::Trap)?;
        instance.init_data(store, owner)?;
    }
    Ok(at)
}

fn new_slot(code: &Arc<Code>, stack_size: usize) -> Result<Instance, InstantiateError> {
    let system = |e| InstantiateError::System("an instance", e);
    let module = &code.module;
    let data = code.layout.size() as usize;
    let below = (stack_size + data).next_multiple_of(page_size());
    let has_memory = code.plan.has_slot_memory(module);
    let memory = if has_memory { (RESERVATION + GUARD) as usize } else { 0 };
    let initial = if has_memory {
        module.memories[0].bytes(module.memories[0].limits.min) as usize
    } else {
        0
    };
    let slot = Reservation::new(STACK_GUARD + below + memory).map_err(system)?;
    slot.commit(STACK_GUARD, below + initial).map_err(system)?;
    let vmctx = slot.base().wrapping_add(STACK_GUARD + below);
    let base = slot.base() as usize;
    let stack_end = (vmctx as usize - data) & !15;
    Ok(Instance {
        code: code.clone(),
        vmctx,
        stack: GuestStack { guard: base..base + STACK_GUARD, stack: base + STACK_GUARD..stack_end },
        slot: Arc::new(slot),
        memories: Vec::with_capacity(module.memories.len()),
        tables: Vec::with_capacity(module.tables.len()),
        globals: Vec::with_capacity(module.globals.len()),
        tags: Vec::with_capacity(module.tags.len()),
        dropped_data: vec![false; module.data.len()],
        dropped_elements: vec![false; module.elements.len()],
        elements: Vec::new(),
    })
}

impl Instance {
    fn write_head(&mut self, context: &Arc<StoreContext>, heap: *mut u8) {
        let vmctx = self.vmctx;
        // SAFETY: the layout's fields lie in the committed, zeroed instance data, which no one else
        // knows of yet.
        unsafe {
            field::<*const StoreContext>(vmctx, layout::STORE).write(Arc::as_ptr(context));
            field::<*const u8>(vmctx, layout::BUILTIN_ENTRY).write(waxwing_fiber::builtin_entry());
            field::<*mut Instance>(vmctx, layout::INFO).write(self);
            field::<u64>(vmctx, layout::MAGIC_WORD).write(layout::MAGIC);
            field::<*mut u8>(vmctx, layout::HEAP_BASE).write(heap);
            field::<*const u8>(vmctx, layout::TYPE_TABLE).write(types::displays());
            if !self.code.type_ids.is_empty() {
                let ids: *mut u32 = field(vmctx, self.code.layout.type_id(0));
                ids.copy_from_nonoverlapping(self.code.type_ids.as_ptr(), self.code.type_ids.len());
            }
        }
    }

    fn link(&mut self, imports: &[Import]) {
        let code = self.code.clone();
        let (mut funcs, mut globals) = (0, 0);
        for import in imports {
            // SAFETY: the layout has a field for every import of this kind, and what the import
            // points to is alive, as `instantiate`'s caller promises.
            unsafe {
                match *import {
                    Import::Func(func) => {
                        let at: *mut ImportedFunc =
                            field(self.vmctx, code.layout.imported_func(funcs));
                        (*at).func = *func;
                        if (*func).code == waxwing_fiber::host_entry() {
                            let binding = (*func).vmctx.cast::<HostBinding>();
                            (*at).binding = HostBinding { caller: self.vmctx, ..*binding };
                            (*at).func.vmctx = (&raw mut (*at).binding).cast();
                        }
                        funcs += 1;
                    }
                    Import::Table(table) => {
                        let at: *mut *mut Def =
                            field(self.vmctx, code.layout.table(self.tables.len() as u32));
                        at.write((*table).def());
                        self.tables.push(table);
                    }
                    Import::Memory(memory) => {
                        let at: *mut *mut Def =
                            field(self.vmctx, code.layout.memory(self.memories.len() as u32));
                        at.write((*memory).def());
                        self.memories.push(memory);
                    }
                    Import::Global(global) => {
                        let at: *mut *mut u8 = field(self.vmctx, code.layout.global(globals));
                        at.write((*global).at);
                        self.globals.push(global);
                        globals += 1;
                    }
                    Import::Tag(tag) => self.tags.push(tag),
                }
            }
        }
    }

    unsafe fn make_memories(&mut self, store: &mut StoreInner) -> Result<(), InstantiateError> {
        let code = self.code.clone();
        for index in code.module.imported_memories..code.module.memories.len() as u32 {
            let ty = code.module.memories[index as usize];
            if ty.shared {
                let shared = SharedMemory::new(ty, code.plan)
                    .map_err(|e| InstantiateError::System("a shared memory", e))?;
                let at: *mut *mut Def = field(self.vmctx, code.layout.memory(index));
                // SAFETY: the layout has room for the address of a shared memory's definition.
                unsafe { at.write(shared.def()) };
                self.memories.push(store.add_memory(Memory::of_shared(shared)));
                continue;
            }
            let def: *mut Def = field(self.vmctx, code.layout.memory(index));
            let made = if code.plan.style(&code.module, index).in_slot {
                let at = self.vmctx as usize - self.slot.base() as usize;
                // SAFETY: the definition is part of the instance, and the slot has room behind the
                // instance pointer.
                unsafe { Memory::in_slot(ty, self.slot.clone(), at, def) }
            } else {
                // SAFETY: the same.
                unsafe { Memory::at_def(ty, code.plan, def) }
            };
            let memory = made.map_err(|e| InstantiateError::System("a memory", e))?;
            self.memories.push(store.add_memory(memory));
        }
        Ok(())
    }

    unsafe fn make_tables(&mut self, store: &mut StoreInner) -> Result<(), InstantiateError> {
        let code = self.code.clone();
        for index in code.module.imported_tables..code.module.tables.len() as u32 {
            let ty = code.module.tables[index as usize];
            let def: *mut Def = field(self.vmctx, code.layout.table(index));
            // SAFETY: the definition is part of the instance, which lives as long as the store.
            let Some(mut table) = (unsafe { Table::new(ty, Some(def)) }) else {
                return Err(InstantiateError::Limit(format!(
                    "table {index} has {} entries; at most {} are possible",
                    ty.limits.min,
                    crate::table::MAX_ENTRIES
                )));
            };
            if self.can_be_lazy(index) {
                table.initial = self;
                table.initial_index = index;
            }
            self.tables.push(store.add_table(table));
        }
        Ok(())
    }

    /// Whether the segments of a table can stay unapplied: then an entry of zeros stands for what
    /// the last segment that covers it says.
    fn can_be_lazy(&self, table: u32) -> bool {
        let module = &self.code.module;
        let Some(own) = table.checked_sub(module.imported_tables) else { return false };
        // Every entry that is filled in later looks through them.
        if module.elements.len() > MAX_LAZY_SEGMENTS {
            return false;
        }
        let ty = &module.tables[table as usize];
        ty.element.is_func()
            && module.table_inits[own as usize].is_none()
            && module.elements.iter().all(|element| match &element.mode {
                ElementMode::Active { table: t, offset } if *t == table => {
                    match (&element.items, offset.as_offset()) {
                        (ElementItems::Funcs(funcs), Some(offset)) => {
                            offset.saturating_add(funcs.len() as u64) <= ty.limits.min
                        }
                        _ => false,
                    }
                }
                _ => true,
            })
    }

    /// Whether `make_tables` left a table's segments unapplied.
    fn is_lazy(&self, table: u32) -> bool {
        // SAFETY: tables live as long as the store.
        std::ptr::eq(unsafe { (*self.table(table)).initial }, self)
    }

    unsafe fn make_globals(&mut self, store: &mut StoreInner, owner: *mut ()) -> Result<(), Trap> {
        let code = self.code.clone();
        let imported = code.module.imported_globals;
        for index in imported..code.module.globals.len() as u32 {
            let at: *mut u8 = field(self.vmctx, code.layout.global(index));
            let global = Global::in_instance(code.module.globals[index as usize], at);
            let init = &code.module.global_inits[(index - imported) as usize];
            // SAFETY: the store and its owner are the caller's promise; this instance is of it.
            global.write(unsafe { Eval { instance: self, store, owner }.eval(init)? });
            self.globals.push(store.add_global(global));
        }
        Ok(())
    }

    unsafe fn make_tags(&mut self, store: &mut StoreInner) {
        let code = self.code.clone();
        let module = &code.module;
        for &ty in &module.tags[module.imported_tags as usize..] {
            self.tags.push(store.add_tag(code.type_ids[ty as usize]));
        }
        for (index, &tag) in self.tags.iter().enumerate() {
            let at: *mut *mut Tag = field(self.vmctx, code.layout.tag(index as u32));
            // SAFETY: the layout has a field for every tag.
            unsafe { at.write(tag) };
        }
    }

    unsafe fn init_elements(&mut self, store: &mut StoreInner, owner: *mut ()) -> Result<(), Trap> {
        let code = self.code.clone();
        let module = &code.module;
        for (own, init) in module.table_inits.iter().enumerate() {
            let index = module.imported_tables + own as u32;
            if let Some(init) = init {
                // SAFETY: tables live as long as the store.
                let table = unsafe { &mut *self.table(index) };
                // SAFETY: the store and its owner are the caller's promise; this instance is of it.
                let value = unsafe { Eval { instance: self, store, owner }.eval(init)? };
                let value = Entry::of(table.ty().element, value.0 as u64);
                for i in 0..table.len() {
                    // SAFETY: the value is of this store and of the table's type (validated).
                    unsafe { table.set(i, value) };
                }
            }
        }
        // The specification has every segment evaluated before the first is used.
        for element in &module.elements {
            self.elements.push(Vec::new());
            if let ElementItems::Exprs(exprs) = &element.items
                && element.mode != ElementMode::Declared
            {
                for expr in exprs {
                    // SAFETY: as above.
                    let item = unsafe { Eval { instance: self, store, owner }.eval(expr)? };
                    self.elements.last_mut().expect("just pushed").push(item.0 as u64);
                }
            }
        }
        for (i, element) in module.elements.iter().enumerate() {
            let segment = i as u32;
            if let ElementMode::Active { table, offset } = &element.mode
                && !self.is_lazy(*table)
            {
                let len = match &element.items {
                    ElementItems::Funcs(f) => f.len(),
                    ElementItems::Exprs(e) => e.len(),
                };
                // SAFETY: as above.
                let to = unsafe { Eval { instance: self, store, owner }.eval(offset)? }.0 as u64;
                self.table_init(*table, segment, to, 0, len as u64)?;
            }
            if !matches!(element.mode, ElementMode::Passive) {
                self.drop_elements(segment);
            }
        }
        Ok(())
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

    unsafe fn init_data(
        &mut self,
        store: &mut StoreInner,
        owner: *mut (),
    ) -> Result<(), InstantiateError> {
        let code = self.code.clone();
        for image in &code.images {
            // SAFETY: memories live as long as the store.
            let memory = unsafe { &mut *self.memory(image.memory) };
            // SAFETY: the instance is new: nobody holds a reference into its memory.
            unsafe { memory.load_image(&code, image) }
                .map_err(|e| InstantiateError::System("a memory image", e))?;
        }
        for (i, data) in code.module.data.iter().enumerate() {
            match &data.mode {
                DataMode::Passive => continue,
                DataMode::Image => {}
                DataMode::Active { memory, offset } => {
                    // SAFETY: the store and its owner are the caller's promise; this instance is
                    // of it.
                    let to = unsafe { Eval { instance: self, store, owner }.eval(offset) };
                    let to = to.map_err(InstantiateError::Trap)?.0 as u64;
                    let len = data.bytes.end - data.bytes.start;
                    self.memory_init(*memory, i as u32, to, 0, len)
                        .map_err(InstantiateError::Trap)?;
                }
            }
            self.dropped_data[i] = true;
        }
        Ok(())
    }
}
