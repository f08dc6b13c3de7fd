//! Tables.

use crate::Instance;
use crate::raw::{Def, FuncEntry, FuncRef};
use waxwing_layout::instance::table_entry;
use waxwing_module::{RefType, TableType};

/// Entries a table may have at most, whatever its type says.
pub const MAX_ENTRIES: u64 = 10_000_000;

/// A table of a store.
#[derive(Debug)]
pub struct Table {
    ty: TableType,
    def: *mut Def,
    #[expect(dead_code, reason = "holds what `def` points to")]
    own_def: Option<Box<Def>>,
    entries: Entries,
    /// Whose element segments say what an entry of zeros stands for; null if it is null.
    pub(crate) initial: *const Instance,
    /// Which of that instance's tables it is.
    pub(crate) initial_index: u32,
    /// Entries that it may have at most, whatever its type says.
    cap: u64,
    /// Of a table of functions, a bit for every [`CHUNK`] entries: whether one of them may have been
    /// written.
    written: Vec<u64>,
}

/// Entries whose writing one bit stands for.
const CHUNK: usize = 64;

#[derive(Debug)]
enum Entries {
    Func(Vec<[u64; 4]>),
    Ref(Vec<u64>),
}

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A reference to a function, or null.
    Func(*const FuncRef),
    /// Another reference: an offset in the heap, an `i31`, or 0.
    Ref(u32),
}

impl Entry {
    /// The entry of a table of this type, by its bits.
    pub fn of(ty: RefType, bits: u64) -> Entry {
        if ty.is_func() { Entry::Func(bits as *const FuncRef) } else { Entry::Ref(bits as u32) }
    }
}

impl Table {
    /// A table of nulls; nothing if it is too large.
    ///
    /// # Safety
    /// If `def` is given, it is valid for as long as the table is used.
    pub(crate) unsafe fn new(ty: TableType, def: Option<*mut Def>) -> Option<Table> {
        if ty.limits.min > MAX_ENTRIES {
            return None;
        }
        let len = ty.limits.min as usize;
        let entries = if ty.element.is_func() {
            Entries::Func(vec![[0; 4]; len])
        } else {
            Entries::Ref(vec![0; len])
        };
        let mut own_def = None;
        let def = def.unwrap_or_else(|| {
            own_def.insert(Box::new(Def { base: std::ptr::null_mut(), len: 0 })) as &mut Def
        });
        let mut table = Table {
            ty,
            def,
            own_def,
            entries,
            initial: std::ptr::null(),
            initial_index: 0,
            cap: MAX_ENTRIES,
            written: Vec::new(),
        };
        table.publish();
        Some(table)
    }

    /// Forbids it to have more than so many entries.
    pub(crate) fn set_cap(&mut self, entries: u64) {
        self.cap = entries.min(MAX_ENTRIES);
    }

    /// Makes it as new: of its initial length, and all entries zero.
    pub(crate) fn restore(&mut self) {
        let initial = self.ty.limits.min as usize;
        match &mut self.entries {
            Entries::Ref(e) => {
                e.truncate(initial);
                e.shrink_to(initial);
                e.fill(0);
            }
            Entries::Func(e) => {
                e.truncate(initial);
                e.shrink_to(initial);
                for (i, bits) in self.written.iter_mut().enumerate() {
                    let mut left = std::mem::take(bits);
                    while left != 0 {
                        let start = (i * 64 + left.trailing_zeros() as usize) * CHUNK;
                        let end = (start + CHUNK).min(e.len());
                        if let Some(chunk) = e.get_mut(start..end) {
                            chunk.fill([0; 4]);
                        }
                        left &= left - 1;
                    }
                }
            }
        }
        self.publish();
    }

    /// A table of the host's, filled with `value`; nothing if it is too large.
    ///
    /// # Safety
    /// `value` is alive in this store, and of the table's element type.
    pub unsafe fn with_value(ty: TableType, value: Entry) -> Option<Table> {
        // SAFETY: the definition is the table's own.
        let mut table = unsafe { Table::new(ty, None)? };
        for i in 0..table.len() {
            // SAFETY: passed on to the caller.
            unsafe { table.set(i, value) };
        }
        Some(table)
    }

    fn publish(&mut self) {
        let base = match &mut self.entries {
            Entries::Func(e) => e.as_mut_ptr().cast(),
            Entries::Ref(e) => e.as_mut_ptr().cast(),
        };
        let len = self.len();
        // SAFETY: the definition is valid while the table is.
        unsafe { self.def.write(Def { base, len }) };
    }

    /// Its type.
    pub fn ty(&self) -> &TableType {
        &self.ty
    }

    pub(crate) fn def(&self) -> *mut Def {
        self.def
    }

    /// Number of entries.
    pub fn len(&self) -> u64 {
        match &self.entries {
            Entries::Func(e) => e.len() as u64,
            Entries::Ref(e) => e.len() as u64,
        }
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its entries, if they are not functions.
    pub(crate) fn references(&self) -> &[u64] {
        match &self.entries {
            Entries::Ref(e) => e,
            Entries::Func(_) => &[],
        }
    }

    /// The address of an entry of a table of functions, which may be written there.
    pub(crate) fn func_entry(&mut self, index: u64) -> *mut FuncEntry {
        match &mut self.entries {
            Entries::Func(e) => {
                let chunk = index as usize / CHUNK;
                if self.written.len() <= chunk / 64 {
                    self.written.resize(chunk / 64 + 1, 0);
                }
                self.written[chunk / 64] |= 1 << (chunk % 64);
                (&raw mut e[index as usize]).cast()
            }
            Entries::Ref(_) => std::ptr::null_mut(),
        }
    }

    /// Reads an entry; one that holds its initial value is filled in.
    ///
    /// # Safety
    /// The instance that the table belongs to is alive.
    pub unsafe fn get(&mut self, index: u64) -> Option<Entry> {
        if index >= self.len() {
            return None;
        }
        if let Entries::Ref(e) = &self.entries {
            return Some(Entry::Ref(e[index as usize] as u32));
        }
        let entry = self.func_entry(index);
        // SAFETY: the index is inside the table.
        let word = unsafe { (*entry).func_ref };
        if word == 0 {
            let func_ref = if self.initial.is_null() {
                std::ptr::null()
            } else {
                // SAFETY: the instance is alive, as the caller promises.
                unsafe { (*self.initial).initial_entry(self.initial_index, index) }
            };
            // SAFETY: `initial_entry` gives null or a filled reference of a live instance.
            unsafe { entry.write(FuncEntry::of(func_ref)) };
            return Some(Entry::Func(func_ref));
        }
        let null = word == table_entry::NULL;
        Some(Entry::Func(if null { std::ptr::null() } else { word as *const FuncRef }))
    }

    /// Writes an entry.
    ///
    /// # Panics
    /// If the index is outside the table.
    ///
    /// # Safety
    /// `value` is alive in this store; it is of the table's element type.
    pub unsafe fn set(&mut self, index: u64, value: Entry) {
        match (&mut self.entries, value) {
            (Entries::Ref(e), Entry::Ref(handle)) => e[index as usize] = u64::from(handle),
            (Entries::Func(_), Entry::Func(func_ref)) => {
                let entry = self.func_entry(index);
                // SAFETY: the reference is alive, as the caller promises; `func_entry` checked the
                // index.
                unsafe { entry.write(FuncEntry::of(func_ref)) };
            }
            _ => debug_assert!(false, "a value of another type"),
        }
    }

    /// Entries it may have at most.
    pub fn max(&self) -> u64 {
        self.ty.limits.max.map_or(self.cap, |max| max.min(self.cap))
    }

    /// Adds entries and returns the old number, or nothing if the maximum forbids it.
    ///
    /// # Safety
    /// As for [`Table::set`].
    pub unsafe fn grow(&mut self, delta: u64, value: Entry) -> Option<u64> {
        let old = self.len();
        let new = old.checked_add(delta).filter(|&n| n <= self.max())?;
        let more = usize::try_from(delta).ok()?;
        match &mut self.entries {
            Entries::Func(e) => {
                e.try_reserve_exact(more).ok()?;
                e.resize(new as usize, [0; 4]);
            }
            Entries::Ref(e) => {
                e.try_reserve_exact(more).ok()?;
                e.resize(new as usize, 0);
            }
        }
        self.publish();
        for i in old..new {
            // SAFETY: passed on to the caller.
            unsafe { self.set(i, value) };
        }
        Some(old)
    }
}
