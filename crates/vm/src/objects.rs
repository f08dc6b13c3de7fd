//! Objects of a store: making them, reading and writing their fields, and the roots of a collection.

use crate::gc::{Bump, Heap, HostValue, Marker, Owner, Plain};
use crate::store::Growth;
use crate::{StoreInner, types};
use std::io;
use std::sync::Arc;
use waxwing_fiber::ENTRY_FRAME;
use waxwing_layout::object::{is_traced, storage_size};
use waxwing_module::{StorageType, Trap};

/// All references of a store but those in the heap itself.
struct Roots {
    store: *mut StoreInner,
    owner: *mut (),
}

impl Owner for Roots {
    fn roots(&mut self, marker: &mut Marker<'_>) {
        // SAFETY: the store is valid, as the one who made this promised, and everything else of
        // the store than the heap is only read.
        let (store, ctx) = unsafe { (&*self.store, &*(*self.store).context) };
        for global in store.all_globals() {
            if is_traced(StorageType::Val(global.ty.content)) {
                marker.precise(global.read().0 as u32);
            }
        }
        for table in store.all_tables() {
            table.references().iter().for_each(|&entry| marker.precise(entry as u32));
        }
        for instance in &store.instances {
            instance.element_references().for_each(|item| marker.precise(item));
        }
        store.temps.iter().for_each(|&word| marker.conservative(word));
        if ctx.depth.get() > 0 {
            // SAFETY: only this thread uses the non-atomic fields of the switch.
            let exit = unsafe { (*ctx.switch.get()).exit_fp } as usize;
            let stack = ctx.guest_stack().stack.clone();
            let start = exit.saturating_sub(ENTRY_FRAME).max(stack.start).next_multiple_of(8);
            if start < stack.end {
                let words = start as *const u64..(stack.end & !7) as *const u64;
                // SAFETY: the guest's stack is accessible, and no guest runs on it now. All its words
                // were written, by the guest or by the system that made the pages.
                unsafe { marker.conservative_range(words) };
            }
        }
    }

    fn may_grow(&mut self, current: u64, wanted: u64) -> bool {
        // SAFETY: as above; the limiter is not part of the heap.
        unsafe { (*self.store).ask(self.owner, Growth::Heap { current, wanted }) }.is_ok()
    }
}

impl StoreInner {
    /// The heap, which is made when it is first asked for.
    ///
    /// # Errors
    /// If there is no room for 4 GiB of addresses.
    pub fn ensure_heap(&mut self) -> io::Result<&mut Heap> {
        if self.heap.is_none() {
            let mut heap = Box::new(Heap::new(types::shape_of)?);
            heap.set_stress(self.stress);
            let base = heap.base() as usize;
            self.context.regions.borrow_mut().push(base..base + (1 << 32));
            // SAFETY: only this thread uses the non-atomic fields of the switch, and no guest runs.
            unsafe { (*self.context.switch.get()).has_heap |= 1 };
            self.heap = Some(heap);
        }
        self.heap.as_deref_mut().ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// The heap, if there is one.
    pub fn heap(&self) -> Option<&Heap> {
        self.heap.as_deref()
    }

    /// The heap, if there is one.
    pub fn heap_mut(&mut self) -> Option<&mut Heap> {
        self.heap.as_deref_mut()
    }

    /// Whether to collect at every allocation: for tests. To be set before there is a heap.
    pub fn set_gc_stress(&mut self, stress: bool) {
        self.stress = stress;
    }

    /// Keeps an object alive until [`StoreInner::let_go`], on its way to where the collector finds it.
    pub fn hold(&mut self, reference: u32) {
        self.temps.push(u64::from(reference));
    }

    /// Lets go of all that is held.
    #[inline]
    pub fn let_go(&mut self) {
        self.temps.clear();
    }

    /// Does something with the heap while all else of the store can be reached by its collector.
    ///
    /// # Safety
    /// As for [`crate::call()`], whether a call is open or not.
    unsafe fn with_heap<R>(
        store: *mut StoreInner,
        owner: *mut (),
        act: impl FnOnce(&mut Heap, &mut Bump, &mut dyn Owner) -> R,
    ) -> Result<R, Trap> {
        // SAFETY: the store is valid.
        if unsafe { (*store).context.is_frozen() } {
            // The guest may be in the middle of an allocation, and references may be in registers.
            return Err(Trap::HeapExhausted);
        }
        // SAFETY: the store is valid. The heap is in a box of its own, and the roots do not touch it;
        // the context outlives this call, and no guest runs that could use the bump pointer.
        unsafe {
            (*store).ensure_heap().map_err(|_| Trap::HeapExhausted)?;
            let context = Arc::as_ptr(&(*store).context);
            let heap = (*store).heap.as_deref_mut().map(std::ptr::from_mut);
            let heap = heap.ok_or(Trap::HeapExhausted)?;
            Ok(act(&mut *heap, &mut *(*context).bump.get(), &mut Roots { store, owner }))
        }
    }

    /// Makes an object of a type, zero but for its header; `len` is that of an array, else 0.
    ///
    /// # Errors
    /// [`Trap::HeapExhausted`] if there is no room.
    ///
    /// # Safety
    /// As for [`crate::call()`], whether a call is open or not. References that the host holds in
    /// other ways than by [`crate::gc::Root`] may be collected.
    pub unsafe fn new_object(
        store: *mut StoreInner,
        owner: *mut (),
        word: u32,
        len: u32,
    ) -> Result<u32, Trap> {
        // SAFETY: passed on to the caller.
        unsafe {
            StoreInner::with_heap(store, owner, |heap, bump, o| heap.alloc(bump, word, len, o))
        }?
        .map_err(|_| Trap::HeapExhausted)
    }

    /// Makes an object that stands for a value of the host's.
    ///
    /// # Errors
    /// As for [`StoreInner::new_object`].
    ///
    /// # Safety
    /// As for [`StoreInner::new_object`].
    pub unsafe fn new_host_value(
        store: *mut StoreInner,
        owner: *mut (),
        value: HostValue,
    ) -> Result<u32, Trap> {
        // SAFETY: passed on to the caller.
        unsafe {
            StoreInner::with_heap(store, owner, |heap, bump, o| heap.alloc_host(bump, value, o))
        }?
        .map_err(|_| Trap::HeapExhausted)
    }

    /// Collects what cannot be reached.
    ///
    /// # Safety
    /// As for [`StoreInner::new_object`].
    pub unsafe fn collect(store: *mut StoreInner, owner: *mut ()) {
        // Without a heap there is nothing to collect.
        // SAFETY: passed on to the caller.
        if unsafe { (*store).heap.is_some() } {
            // SAFETY: the same.
            let _ = unsafe {
                StoreInner::with_heap(store, owner, |heap, bump, o| heap.collect(bump, o))
            };
        }
    }
}

/// Reads a field or element as raw bits, narrow ones zero-extended; nothing outside the heap.
pub fn read_field(heap: &Heap, object: u32, offset: u64, storage: StorageType) -> Option<u128> {
    fn read<T: Plain + Into<u128>>(heap: &Heap, object: u32, offset: u64) -> Option<u128> {
        heap.load::<T>(object, offset).map(Into::into)
    }
    match storage_size(storage) {
        1 => read::<u8>(heap, object, offset),
        2 => read::<u16>(heap, object, offset),
        4 => read::<u32>(heap, object, offset),
        8 => read::<u64>(heap, object, offset),
        _ => read::<u128>(heap, object, offset),
    }
}

/// Writes the low bits of `raw` to a field or element; nothing is done outside the heap.
pub fn write_field(
    heap: &mut Heap,
    object: u32,
    offset: u64,
    storage: StorageType,
    raw: u128,
) -> Option<()> {
    match storage_size(storage) {
        1 => heap.store(object, offset, raw as u8),
        2 => heap.store(object, offset, raw as u16),
        4 => heap.store(object, offset, raw as u32),
        8 => heap.store(object, offset, raw as u64),
        _ => heap.store(object, offset, raw),
    }
}
