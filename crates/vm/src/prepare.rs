//! Making instances.
//!
//! An instance is made in two steps. What does not depend on a store is *prepared*: the slot, memories
//! with their images, tables and tags. Then it is *linked*: imports are bound, and everything that
//! only a store can tell is written. A pool keeps prepared instances ([`crate::Pool`]).

use crate::constant::Eval;
use crate::context::GuestStack;
use crate::instance::{
    Global, Import, Instance, InstantiateError, MAX_LAZY_SEGMENTS, STACK_GUARD, field,
};
use crate::memory::Memory;
use crate::raw::{Def, FuncRef, HostBinding, ImportedFunc};
use crate::reset::Pages;
use crate::shared::SharedMemory;
use crate::store::{Growth, StoreInner};
use crate::table::{Entry, Table};
use crate::tag::Tag;
use crate::types;
use crate::{Code, HostCode, PoolLimits, StoreContext};
use std::any::Any;
use std::sync::Arc;
use waxwing_layout::abi::{self, Sig};
use waxwing_layout::instance as layout;
use waxwing_layout::plan::{GUARD, RESERVATION};
use waxwing_module::{DataMode, ElementItems, ElementMode, FuncType, Trap};
use waxwing_sys::{Reservation, page_size};

/// What an instance imports.
#[derive(Clone, Copy, Debug)]
pub enum Imports<'a> {
    /// Each import, in the module's order.
    Items(&'a [Import]),
    /// Functions of the host's, and nothing else.
    Hosts(&'a Arc<HostImports>),
}

/// A function of the host's, of any store.
#[derive(Clone, Debug)]
pub struct HostFunc {
    /// As guests see it; complete but for its binding's address.
    func: FuncRef,
    /// Complete but for store and caller.
    binding: HostBinding,
    /// Holds what the binding's `env` points to.
    env: Arc<dyn Any + Send + Sync>,
}

// SAFETY: the pointers lead to code, and to `env`, which may be shared and sent.
unsafe impl Send for HostFunc {}
// SAFETY: as above.
unsafe impl Sync for HostFunc {}

impl HostFunc {
    /// A function of type `ty`: `code` is called with a binding whose `env` is the address of what
    /// `env` holds. It fits the type.
    pub fn new<E: Any + Send + Sync>(ty: &FuncType, code: HostCode, env: Arc<E>) -> HostFunc {
        let sig = Sig::of(ty);
        let (_, stack_args) = abi::locate(&sig.params);
        let floats = sig.params.iter().chain(&sig.result).any(|t| t.is_float());
        let (entry, direct, code) = match code {
            HostCode::Framed(entry) => (entry as *const (), 0, waxwing_fiber::host_entry()),
            HostCode::Direct(entry) => {
                debug_assert_eq!(stack_args, 0, "parameters in registers alone");
                (entry, HostBinding::DIRECT, waxwing_fiber::direct_entry())
            }
        };
        let binding = HostBinding {
            entry,
            store: std::ptr::null(),
            env: Arc::as_ptr(&env).cast(),
            caller: std::ptr::null_mut(),
            stack_args,
            floats: u32::from(floats) | direct,
        };
        let func =
            FuncRef { type_id: u64::from(types::id_of(ty)), code, vmctx: std::ptr::null_mut() };
        HostFunc { func, binding, env }
    }

    /// The type word.
    pub fn type_word(&self) -> u32 {
        self.func.type_id as u32
    }

    /// Both parts for a store, and what is to be held meanwhile.
    pub(crate) fn bind(
        &self,
        context: &Arc<StoreContext>,
    ) -> (FuncRef, HostBinding, Arc<dyn Any + Send + Sync>) {
        let binding = HostBinding { store: Arc::as_ptr(context), ..self.binding };
        (self.func, binding, self.env.clone())
    }
}

/// All imports of a module, if they are functions of the host's: instances are linked with them by
/// copying.
#[derive(Debug)]
pub struct HostImports {
    funcs: Box<[ImportedFunc]>,
    #[expect(dead_code, reason = "holds what the bindings point to")]
    envs: Box<[Arc<dyn Any + Send + Sync>]>,
}

// SAFETY: as for `HostFunc`.
unsafe impl Send for HostImports {}
// SAFETY: as above.
unsafe impl Sync for HostImports {}

impl HostImports {
    /// The functions of a module's imports, in its order; their types have been compared.
    pub fn new(funcs: &[HostFunc]) -> HostImports {
        HostImports {
            funcs: funcs
                .iter()
                .map(|f| ImportedFunc { func: f.func, binding: f.binding })
                .collect(),
            envs: funcs.iter().map(|f| f.env.clone()).collect(),
        }
    }
}

/// Makes an instance of `code` in `store`: everything but the start function. It comes from the
/// store's pool, if it has one, and goes back there if it is to `keep` such instances: their code must be
/// retired one day.
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
    imports: Imports<'_>,
    stack_size: usize,
    keep: bool,
) -> Result<*mut Instance, InstantiateError> {
    store.ask_for(owner, code)?;
    let heap = match code.module.needs_heap() {
        true => store.ensure_heap().map_err(|e| InstantiateError::System("a heap", e))?.base(),
        false => std::ptr::null_mut(),
    };
    let mut instance = match store.pool() {
        Some(pool) => pool.take(code, stack_size)?,
        None => Instance::prepare(code, stack_size, None)?,
    };
    instance.kept = keep;
    instance.join(&store.context, heap);
    instance.link(imports);
    store.add_regions(&instance);
    let at: *mut Instance = store.add_instance(instance);
    // SAFETY: the store owns the instance now, and nobody else uses it; the caller vouches for the
    // rest.
    unsafe {
        (*at).init(store, owner)?;
        (*at).ready = true;
    }
    Ok(at)
}

impl StoreInner {
    /// Asks for all that instances of a module have from the beginning.
    fn ask_for(&mut self, owner: *mut (), code: &Code) -> Result<(), InstantiateError> {
        if self.limiter.is_none() {
            return Ok(());
        }
        self.ask(owner, Growth::Instance).map_err(InstantiateError::Limit)?;
        let module = &code.module;
        for ty in &module.memories[module.imported_memories as usize..] {
            let (bytes, max) = (ty.bytes(ty.limits.min), ty.limits.max.map(|m| ty.bytes(m)));
            let growth = Growth::Memory { current: 0, wanted: bytes, max };
            self.ask(owner, growth).map_err(InstantiateError::Limit)?;
        }
        for ty in &module.tables[module.imported_tables as usize..] {
            let growth = Growth::Table { current: 0, wanted: ty.limits.min, max: ty.limits.max };
            self.ask(owner, growth).map_err(InstantiateError::Limit)?;
        }
        Ok(())
    }
}

/// A slot without instance: where its data ends, and where its stack is.
fn new_slot(
    code: &Code,
    stack_size: usize,
    limits: Option<&PoolLimits>,
) -> Result<(Reservation, *mut u8, GuestStack), InstantiateError> {
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
    let len = STACK_GUARD + below + memory;
    let slot = match limits {
        Some(limits) if limits.random_placement => Reservation::new_at_random(len),
        _ => Reservation::new(len),
    };
    let slot = slot.map_err(system)?;
    if limits.is_some() {
        // A stack that is one large page would be resident whole, and put back whole. All of the slot is
        // alike, so that its ends and those of its neighbours are one mapping.
        slot.small_pages(0, slot.len()).map_err(system)?;
    }
    slot.commit(STACK_GUARD, below + initial).map_err(system)?;
    let vmctx = slot.base().wrapping_add(STACK_GUARD + below);
    let base = slot.base() as usize;
    let stack_end = (vmctx as usize - data) & !15;
    let guard = base..base + STACK_GUARD;
    Ok((slot, vmctx, GuestStack { guard, stack: base + STACK_GUARD..stack_end }))
}

impl Instance {
    /// Makes all of an instance that does not depend on a store.
    pub(crate) fn prepare(
        code: &Arc<Code>,
        stack_size: usize,
        limits: Option<&PoolLimits>,
    ) -> Result<Box<Instance>, InstantiateError> {
        let module = &code.module;
        let (slot, vmctx, stack) = new_slot(code, stack_size, limits)?;
        let mut instance = Box::new(Instance {
            code: code.clone(),
            vmctx,
            stack,
            slot: Arc::new(slot),
            memories: Vec::with_capacity(module.memories.len()),
            tables: Vec::with_capacity(module.tables.len()),
            globals: Vec::with_capacity(module.globals.len()),
            tags: Vec::with_capacity(module.tags.len()),
            own_memories: Vec::new(),
            own_tables: Vec::new(),
            own_globals: Vec::new(),
            own_tags: Vec::new(),
            dropped_data: module.data.iter().map(|data| data.mode != DataMode::Passive).collect(),
            data_changed: false,
            dropped_elements: vec![false; module.elements.len()],
            elements: Vec::new(),
            hosts: None,
            pages: Pages::default(),
            pooled: limits.is_some(),
            kept: false,
            ready: false,
        });
        instance.write_head();
        instance.make_memories(limits)?;
        instance.make_tables(limits)?;
        let own = &module.globals[module.imported_globals as usize..];
        instance.own_globals = (module.imported_globals..)
            .zip(own)
            .map(|(index, &ty)| Global::in_instance(ty, field(vmctx, code.layout.global(index))))
            .collect();
        let own = &module.tags[module.imported_tags as usize..];
        instance.own_tags = own.iter().map(|&ty| Tag::of(code.type_ids[ty as usize])).collect();
        Ok(instance)
    }

    fn write_head(&mut self) {
        let vmctx = self.vmctx;
        // SAFETY: the layout's fields lie in the committed, zeroed instance data, which no one else
        // knows of yet.
        unsafe {
            field::<*const u8>(vmctx, layout::BUILTIN_ENTRY).write(waxwing_fiber::builtin_entry());
            field::<*mut Instance>(vmctx, layout::INFO).write(self);
            field::<u64>(vmctx, layout::MAGIC_WORD).write(layout::MAGIC);
            field::<*const u8>(vmctx, layout::TYPE_TABLE).write(types::displays());
            if !self.code.type_ids.is_empty() {
                let ids: *mut u32 = field(vmctx, self.code.layout.type_id(0));
                ids.copy_from_nonoverlapping(self.code.type_ids.as_ptr(), self.code.type_ids.len());
            }
        }
    }

    fn make_memories(&mut self, limits: Option<&PoolLimits>) -> Result<(), InstantiateError> {
        let code = self.code.clone();
        let own = code.module.imported_memories..code.module.memories.len() as u32;
        self.own_memories.reserve_exact(own.len());
        for index in own {
            let ty = code.module.memories[index as usize];
            if ty.shared {
                let shared = SharedMemory::new(ty, code.plan)
                    .map_err(|e| InstantiateError::System("a shared memory", e))?;
                let at: *mut *mut Def = field(self.vmctx, code.layout.memory(index));
                // SAFETY: the layout has room for the address of a shared memory's definition.
                unsafe { at.write(shared.def()) };
                self.own_memories.push(Memory::of_shared(shared));
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
            let mut memory = made.map_err(|e| InstantiateError::System("a memory", e))?;
            if let Some(limits) = limits {
                memory.set_cap(limits.memory as u64);
                memory.small_pages().map_err(|e| InstantiateError::System("a memory", e))?;
            }
            // SAFETY: the instance is new: nobody holds a reference into its memory.
            unsafe { memory.load_images(&code, index, limits.is_some()) }
                .map_err(|e| InstantiateError::System("a memory image", e))?;
            self.own_memories.push(memory);
        }
        Ok(())
    }

    fn make_tables(&mut self, limits: Option<&PoolLimits>) -> Result<(), InstantiateError> {
        let code = self.code.clone();
        for index in code.module.imported_tables..code.module.tables.len() as u32 {
            let ty = code.module.tables[index as usize];
            let def: *mut Def = field(self.vmctx, code.layout.table(index));
            // SAFETY: the definition is part of the instance, which lives as long as the table.
            let Some(mut table) = (unsafe { Table::new(ty, Some(def)) }) else {
                return Err(InstantiateError::Limit(format!(
                    "table {index} has {} entries; at most {} are possible",
                    ty.limits.min,
                    crate::table::MAX_ENTRIES
                )));
            };
            if let Some(limits) = limits {
                table.set_cap(limits.table);
            }
            if self.can_be_lazy(index) {
                table.initial = self;
                table.initial_index = index;
            }
            self.own_tables.push(table);
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

    /// Makes it an instance of a store.
    fn join(&mut self, context: &Arc<StoreContext>, heap: *mut u8) {
        self.pages.begin();
        // SAFETY: the layout's head lies in the instance data, which nobody else uses.
        unsafe {
            field::<*const StoreContext>(self.vmctx, layout::STORE).write(Arc::as_ptr(context));
            field::<*mut u8>(self.vmctx, layout::HEAP_BASE).write(heap);
        }
    }

    /// Binds its imports, and completes the lists of what it has.
    fn link(&mut self, imports: Imports<'_>) {
        let again = match (imports, &self.hosts) {
            (Imports::Hosts(new), Some(old)) => Arc::ptr_eq(new, old),
            _ => false,
        };
        match imports {
            Imports::Hosts(hosts) => {
                self.link_hosts(hosts, again);
                if again {
                    return;
                }
                self.hosts = Some(hosts.clone());
                self.clear_lists();
            }
            Imports::Items(items) => {
                self.hosts = None;
                self.clear_lists();
                self.link_items(items);
            }
        }
        self.memories.extend(self.own_memories.iter_mut().map(std::ptr::from_mut));
        self.tables.extend(self.own_tables.iter_mut().map(std::ptr::from_mut));
        self.globals.extend(self.own_globals.iter_mut().map(std::ptr::from_mut));
        self.tags.extend(self.own_tags.iter_mut().map(std::ptr::from_mut));
        for (index, &tag) in self.tags.iter().enumerate() {
            let at: *mut *mut Tag = field(self.vmctx, self.code.layout.tag(index as u32));
            // SAFETY: the layout has a field for every tag.
            unsafe { at.write(tag) };
        }
    }

    fn clear_lists(&mut self) {
        self.memories.clear();
        self.tables.clear();
        self.globals.clear();
        self.tags.clear();
    }

    /// Binds functions of the host's; `again` says that only the store is another one.
    fn link_hosts(&mut self, hosts: &HostImports, again: bool) {
        if hosts.funcs.is_empty() {
            return;
        }
        let at: *mut ImportedFunc = field(self.vmctx, self.code.layout.imported_func(0));
        let store = field::<*const StoreContext>(self.vmctx, layout::STORE);
        // SAFETY: the layout has a field for every imported function, one behind the other, and
        // `instantiate`'s caller vouches for their number; `join` has written the store.
        unsafe {
            let store = store.read();
            if !again {
                at.copy_from_nonoverlapping(hosts.funcs.as_ptr(), hosts.funcs.len());
            }
            for i in 0..hosts.funcs.len() {
                let import = at.add(i);
                (*import).binding.store = store;
                if !again {
                    (*import).binding.caller = self.vmctx;
                    (*import).func.vmctx = (&raw mut (*import).binding).cast();
                }
            }
        }
    }

    fn link_items(&mut self, imports: &[Import]) {
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
                        if waxwing_fiber::is_host((*func).code) {
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

    /// Writes what only a store can tell: globals, and the segments that are not in place already.
    ///
    /// # Safety
    /// The instance is linked, and of this store; `owner` is as in [`crate::call()`].
    pub(crate) unsafe fn init(
        &mut self,
        store: &mut StoreInner,
        owner: *mut (),
    ) -> Result<(), InstantiateError> {
        // SAFETY: passed on to the caller.
        unsafe {
            self.init_globals(store, owner).map_err(InstantiateError::Trap)?;
            self.init_elements(store, owner).map_err(InstantiateError::Trap)?;
            self.init_data(store, owner).map_err(InstantiateError::Trap)
        }
    }

    /// Its code, without counting one more who holds it: threads that make instances of one module would
    /// wait for each other.
    ///
    /// # Safety
    /// The instance lives as long as the reference is used.
    unsafe fn code_here<'a>(&self) -> &'a Code {
        // SAFETY: the instance holds its code; the rest is the caller's promise.
        unsafe { &*Arc::as_ptr(&self.code) }
    }

    unsafe fn init_globals(&mut self, store: &mut StoreInner, owner: *mut ()) -> Result<(), Trap> {
        // SAFETY: this instance stays.
        let code = unsafe { self.code_here() };
        for (own, init) in code.module.global_inits.iter().enumerate() {
            // SAFETY: the store and its owner are the caller's promise; this instance is of it.
            let value = unsafe { Eval { instance: self, store, owner }.eval(init)? };
            self.own_globals[own].write(value);
        }
        Ok(())
    }

    unsafe fn init_elements(&mut self, store: &mut StoreInner, owner: *mut ()) -> Result<(), Trap> {
        // SAFETY: this instance stays.
        let code = unsafe { self.code_here() };
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
        self.elements.clear();
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

    unsafe fn init_data(&mut self, store: &mut StoreInner, owner: *mut ()) -> Result<(), Trap> {
        // SAFETY: this instance stays.
        let code = unsafe { self.code_here() };
        // All that is not passive counts as dropped from the beginning.
        for &segment in &code.copied_data {
            let data = &code.module.data[segment as usize];
            let DataMode::Active { memory, offset } = &data.mode else { continue };
            // SAFETY: the store and its owner are the caller's promise; this instance is of it.
            let to = unsafe { Eval { instance: self, store, owner }.eval(offset)? };
            let len = data.bytes.end - data.bytes.start;
            self.dropped_data[segment as usize] = false;
            let copied = self.memory_init(*memory, segment, to.0 as u64, 0, len);
            self.dropped_data[segment as usize] = true;
            copied?;
        }
        Ok(())
    }
}
