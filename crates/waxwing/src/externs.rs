//! Memories, tables and globals of a store.

use crate::store::{StoreData, StoreId};
use crate::{
    AsContext, AsContextMut, Error, Func, FuncType, GlobalType, MemoryType, Result, SharedMemory,
    TableType, Val, ValType,
};
use std::sync::Arc;
use waxwing_vm::{self as vm, Growth, RawVal, types};

/// Something that instances import and export.
#[derive(Clone, Copy, Debug)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A global.
    Global(Global),
    /// A tag.
    Tag(Tag),
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $raw:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            store: StoreId,
            raw: *mut $raw,
        }

        // SAFETY: a handle is used only together with its store, which it is checked against; the
        // store says whether it may be shared and sent.
        unsafe impl Send for $name {}
        // SAFETY: as above.
        unsafe impl Sync for $name {}

        impl $name {
            pub(crate) fn from_raw(raw: *mut $raw, store: StoreId) -> $name {
                $name { store, raw }
            }

            /// The address, for use in this store.
            pub(crate) fn raw(&self, store: StoreId) -> *mut $raw {
                self.store.check(store);
                self.raw
            }

            /// A number that tells it apart from all others of its kind in its store.
            pub fn identity(&self) -> usize {
                self.raw as usize
            }

            fn read<T>(&self, store: &StoreData<T>) -> &$raw {
                // SAFETY: it lives as long as its store, which the caller has borrowed.
                unsafe { &*self.raw(store.id) }
            }
        }
    };
}

handle! {
    /// A linear memory of a store.
    Memory, vm::Memory
}
handle! {
    /// A table of a store.
    Table, vm::Table
}
handle! {
    /// A global of a store.
    Global, vm::Global
}
handle! {
    /// A tag of a store: what exceptions are told apart by.
    Tag, vm::Tag
}

impl Memory {
    /// A memory of the host's.
    ///
    /// # Errors
    /// If the type is not possible or the system has no room.
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory> {
        let store = store.as_context_mut().0;
        let limit = if ty.memory64 { 1u64 << 47 } else { 1 << 32 } >> ty.page_size_log2.min(32);
        if ty.limits.min > limit || ty.limits.max.is_some_and(|max| max < ty.limits.min) {
            return Err(Error::msg(format!("a memory of limits {:?} is not possible", ty.limits)));
        }
        store.ask(Memory::growth(0, ty.limits.min, &ty))?;
        if ty.shared {
            let memory = SharedMemory::new(&store.engine, ty)?;
            return Memory::of_shared(store, memory.vm().clone());
        }
        let memory = vm::Memory::new(ty, store.engine.memory_plan())
            .map_err(|e| Error::msg(format!("no room for a memory: {e}")))?;
        Ok(Memory { raw: store.vm.add_memory(memory), store: store.id })
    }

    /// A view of a shared memory.
    pub(crate) fn of_shared<T>(
        store: &mut StoreData<T>,
        memory: vm::SharedMemory,
    ) -> Result<Memory> {
        let (have, want) = (memory.plan(), store.engine.memory_plan());
        if have != want {
            // Code that trusts a guard must not meet a memory that has none.
            return Err(Error::msg(format!(
                "the shared memory is made for the memory plan \"{}\", the store's engine uses \"{}\"",
                have.name(),
                want.name()
            )));
        }
        let raw = store.vm.add_memory(vm::Memory::of_shared(memory));
        Ok(Memory { raw, store: store.id })
    }

    /// The memory itself, to be used in other stores, if it is shared.
    pub fn shared(&self, store: impl AsContext) -> Option<SharedMemory> {
        self.read(store.as_context().0).shared().cloned().map(SharedMemory::from_vm)
    }

    /// Growth between two numbers of pages.
    fn growth(current: u64, wanted: u64, ty: &MemoryType) -> Growth {
        let bytes = |pages: u64| ty.bytes(pages);
        let max = ty.limits.max.map(bytes);
        Growth::Memory { current: bytes(current), wanted: bytes(wanted), max }
    }

    /// Its type; the limits are those it was made with.
    pub fn ty(&self, store: impl AsContext) -> MemoryType {
        *self.read(store.as_context().0).ty()
    }

    /// Length in pages of the type's.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.read(store.as_context().0).pages()
    }

    /// Adds pages; returns how many there were.
    ///
    /// # Errors
    /// If the type's maximum, the store's limiter or the system forbids it.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let store = store.as_context_mut().0;
        store.thawed("grow a memory")?;
        let memory = self.read(store);
        let refused = || Error::msg(format!("cannot grow the memory by {delta} pages"));
        let current = memory.pages();
        let wanted = current.checked_add(delta).filter(|&n| n <= memory.max_pages());
        let wanted = wanted.ok_or_else(refused)?;
        let growth = Memory::growth(current, wanted, memory.ty());
        store.ask(growth)?;
        let raw = self.raw(store.id);
        // SAFETY: the memory lives as long as the store, which is borrowed for this call.
        unsafe { (*raw).grow(delta) }.ok_or_else(refused)
    }

    /// The bytes. None of a shared memory, since other threads may write them: copy those with
    /// [`Memory::read_bytes`].
    pub fn data<'a, C: AsContext>(&self, store: &'a C) -> &'a [u8] {
        self.bytes(store.as_context().0)
    }

    fn bytes<'a, T>(&self, store: &'a StoreData<T>) -> &'a [u8] {
        let memory = self.read(store);
        if memory.shared().is_some() {
            return &[];
        }
        // SAFETY: the bytes are committed and change only through the store, which is borrowed.
        unsafe { std::slice::from_raw_parts(memory.base(), memory.len()) }
    }

    /// The bytes, to be written. None of a shared memory: write those with
    /// [`Memory::write_bytes`].
    pub fn data_mut<'a, C: AsContextMut>(&self, store: &'a mut C) -> &'a mut [u8] {
        self.data_and_store_mut(store.as_context_mut().0).0
    }

    /// Where the bytes are: until the memory grows, or its store is dropped. Who reads or writes
    /// there must know that no guest does at the same time, unless the memory is shared.
    pub fn data_ptr(&self, store: impl AsContext) -> *mut u8 {
        self.read(store.as_context().0).base_exposed()
    }

    /// Length in bytes.
    pub fn data_size(&self, store: impl AsContext) -> usize {
        self.read(store.as_context().0).len()
    }

    pub(crate) fn data_and_store_mut<'a, T>(
        &self,
        store: &'a mut StoreData<T>,
    ) -> (&'a mut [u8], &'a mut T) {
        // SAFETY: it lives as long as the store.
        let memory = unsafe { &*self.raw(store.id) };
        if memory.shared().is_some() {
            return (&mut [], &mut store.data);
        }
        // SAFETY: the bytes are committed and change only through the store, which is borrowed; the
        // store's data and the guest's memory do not overlap.
        let bytes = unsafe { std::slice::from_raw_parts_mut(memory.base_mut(), memory.len()) };
        (bytes, &mut store.data)
    }

    /// Copies bytes out.
    ///
    /// # Errors
    /// If the range is outside the memory.
    pub fn read_bytes(&self, store: impl AsContext, at: usize, to: &mut [u8]) -> Result<()> {
        let store = store.as_context();
        if let Some(shared) = self.read(store.0).shared() {
            let len = to.len();
            return if shared.read(at, to) { Ok(()) } else { Err(outside(at, len)) };
        }
        let bytes = self.bytes(store.0);
        let range = at.checked_add(to.len()).and_then(|end| bytes.get(at..end));
        to.copy_from_slice(range.ok_or_else(|| outside(at, to.len()))?);
        Ok(())
    }

    /// Copies bytes in.
    ///
    /// # Errors
    /// If the range is outside the memory.
    pub fn write_bytes(&self, mut store: impl AsContextMut, at: usize, from: &[u8]) -> Result<()> {
        let store = store.as_context_mut();
        let fits = self.read(store.0).write(at as u64, from);
        if fits { Ok(()) } else { Err(outside(at, from.len())) }
    }
}

pub(crate) fn outside(at: usize, len: usize) -> Error {
    Error::msg(format!("{len} bytes at {at:#x} are outside the memory"))
}

impl Table {
    /// A table of the host's, filled with `init`.
    ///
    /// # Errors
    /// If the value is of another type or the table is too large.
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Val) -> Result<Table> {
        let store = store.as_context_mut().0;
        let max = ty.limits.max;
        check_entry(store, ty.element, &init)?;
        store.ask(Growth::Table { current: 0, wanted: ty.limits.min, max })?;
        let entry = entry_of(store, ty.element, &init)?;
        // SAFETY: the entry is of this store and of the table's type.
        let table = unsafe { vm::Table::with_value(ty, entry) }.ok_or_else(|| {
            let (want, max) = (ty.limits.min, vm::MAX_ENTRIES);
            Error::msg(format!("a table of {want} entries is not possible; the most is {max}"))
        })?;
        Ok(Table { raw: store.vm.add_table(table), store: store.id })
    }

    /// Its type; the limits are those it was made with.
    pub fn ty(&self, store: impl AsContext) -> TableType {
        *self.read(store.as_context().0).ty()
    }

    /// Number of entries.
    pub fn size(&self, store: impl AsContext) -> u64 {
        self.read(store.as_context().0).len()
    }

    /// An entry; nothing outside the table. The store is borrowed mutably because what the entry
    /// refers to is kept alive for the value.
    pub fn get(&self, mut store: impl AsContextMut, index: u64) -> Option<Val> {
        let store = store.as_context_mut().0;
        let raw = self.raw(store.id);
        // SAFETY: the table, and the instance it may belong to, live as long as the store.
        let entry = unsafe { (*raw).get(index) }?;
        let ty = ValType::Ref(self.read(store).ty().element);
        let bits = match entry {
            vm::Entry::Func(f) => f as u64,
            vm::Entry::Ref(reference) => u64::from(reference),
        };
        Some(Val::from_raw(ty, bits.into(), store))
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// If the index is outside the table or the value is of another type.
    pub fn set(&self, mut store: impl AsContextMut, index: u64, value: Val) -> Result<()> {
        let store = store.as_context_mut().0;
        store.thawed("change a table")?;
        let raw = self.raw(store.id);
        let (element, len) = (self.read(store).ty().element, self.read(store).len());
        check_entry(store, element, &value)?;
        if index >= len {
            return Err(Error::msg(format!("entry {index} is outside the table of {len}")));
        }
        let entry = entry_of(store, element, &value)?;
        // SAFETY: as in `get`; the entry is of this store and of the table's type.
        unsafe { (*raw).set(index, entry) };
        Ok(())
    }

    /// Adds entries that hold `init`; returns how many there were.
    ///
    /// # Errors
    /// If the value is of another type, or the table's maximum or the store's limiter forbids it.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Val) -> Result<u64> {
        let store = store.as_context_mut().0;
        store.thawed("grow a table")?;
        let raw = self.raw(store.id);
        let element = self.read(store).ty().element;
        check_entry(store, element, &init)?;
        let refused = || Error::msg(format!("cannot grow the table by {delta} entries"));
        let (current, max) = (self.read(store).len(), self.read(store).ty().limits.max);
        let wanted = current.checked_add(delta).filter(|&n| n <= self.read(store).max());
        let wanted = wanted.ok_or_else(refused)?;
        store.ask(Growth::Table { current, wanted, max })?;
        let entry = entry_of(store, element, &init)?;
        // SAFETY: as in `set`.
        unsafe { (*raw).grow(delta, entry) }.ok_or_else(refused)
    }
}

fn check_entry<T>(store: &StoreData<T>, element: crate::RefType, value: &Val) -> Result<()> {
    if value.fits(ValType::Ref(element), store) {
        return Ok(());
    }
    let have = value.describe(store);
    Err(Error::msg(format!("the table holds {element}; a value of type {have} was given")))
}

/// A value that fits, as an entry. It is to be put where the collector finds it at once.
fn entry_of<T>(
    store: &mut StoreData<T>,
    element: crate::RefType,
    value: &Val,
) -> Result<vm::Entry> {
    Ok(vm::Entry::of(element, store.raw_of(value)? as u64))
}

impl Global {
    /// A global of the host's.
    ///
    /// # Errors
    /// If the value is of another type.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, value: Val) -> Result<Global> {
        let store = store.as_context_mut().0;
        super::func::check_values("value", &[ty.content], std::slice::from_ref(&value), store)?;
        let raw = RawVal(store.raw_of(&value)?);
        Ok(Global { raw: store.vm.add_global(vm::Global::new(ty, raw)), store: store.id })
    }

    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> GlobalType {
        self.read(store.as_context().0).ty
    }

    /// Its value. The store is borrowed mutably because what it refers to is kept alive for the
    /// value.
    pub fn get(&self, mut store: impl AsContextMut) -> Val {
        let store = store.as_context_mut().0;
        let global = self.read(store);
        let (ty, raw) = (global.ty.content, global.read().0);
        Val::from_raw(ty, raw, store)
    }

    /// Writes it.
    ///
    /// # Errors
    /// If it is not mutable or the value is of another type.
    pub fn set(&self, mut store: impl AsContextMut, value: Val) -> Result<()> {
        let store = store.as_context_mut().0;
        let ty = self.read(store).ty;
        if !ty.mutable {
            return Err(Error::msg("the global is not mutable"));
        }
        super::func::check_values("value", &[ty.content], std::slice::from_ref(&value), store)?;
        let raw = RawVal(store.raw_of(&value)?);
        self.read(store).write(raw);
        Ok(())
    }
}

impl Tag {
    /// A tag of the host's. The parameters of the type are what its exceptions carry.
    ///
    /// # Errors
    /// If the type has results.
    pub fn new(mut store: impl AsContextMut, ty: &FuncType) -> Result<Tag> {
        let store = store.as_context_mut().0;
        if !ty.results.is_empty() {
            return Err(Error::msg(format!("a tag has no results, but its type is {ty}")));
        }
        Ok(Tag { raw: store.vm.add_tag(types::id_of(ty)), store: store.id })
    }

    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> Arc<FuncType> {
        types::func_type_of(self.read(store.as_context().0).type_id)
    }

    pub(crate) fn type_word<T>(&self, store: &StoreData<T>) -> u32 {
        self.read(store).type_id
    }

    /// Whether both are the same tag.
    pub fn same(&self, other: &Tag) -> bool {
        self.store == other.store && std::ptr::eq(self.raw, other.raw)
    }
}

impl From<Tag> for Extern {
    fn from(t: Tag) -> Extern {
        Extern::Tag(t)
    }
}

impl From<Func> for Extern {
    fn from(f: Func) -> Extern {
        Extern::Func(f)
    }
}

impl From<Memory> for Extern {
    fn from(m: Memory) -> Extern {
        Extern::Memory(m)
    }
}

impl From<Table> for Extern {
    fn from(t: Table) -> Extern {
        Extern::Table(t)
    }
}

impl From<Global> for Extern {
    fn from(g: Global) -> Extern {
        Extern::Global(g)
    }
}
