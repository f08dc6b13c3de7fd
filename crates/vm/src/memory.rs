//! Linear memories.

use crate::Code;
use crate::raw::Def;
use crate::shared::SharedMemory;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use waxwing_artifact::Image;
use waxwing_layout::plan::{GUARD, MemoryPlan, RESERVATION};
use waxwing_module::MemoryType;
use waxwing_sys::{Reservation, page_size};

/// A linear memory of a store.
#[derive(Debug)]
pub struct Memory {
    ty: MemoryType,
    /// In the owning instance's data, in `own_def`, or in what the memory shares.
    def: *mut Def,
    /// Holds what `def` points to.
    own_def: Option<Box<Def>>,
    backing: Backing,
}

#[derive(Debug)]
enum Backing {
    /// Part of a slot, from this offset; committed up to the length.
    Slot(Arc<Reservation>, usize),
    /// A reservation that never moves.
    Fixed(Reservation),
    /// Just as large as the memory (at least a page): moves when it grows.
    Moving(Reservation),
    /// Of several stores.
    Shared(SharedMemory),
}

/// The largest length of a memory in bytes that the engine can address.
pub(crate) fn address_limit(ty: &MemoryType) -> u64 {
    if ty.memory64 { 1 << 47 } else { RESERVATION }
}

impl Memory {
    /// A memory of its own, outside any slot.
    ///
    /// # Errors
    /// If the system has no room for it.
    pub fn new(ty: MemoryType, plan: MemoryPlan) -> io::Result<Memory> {
        let mut def = Box::new(Def { base: std::ptr::null_mut(), len: 0 });
        // SAFETY: the box goes where the memory goes.
        let mut memory = unsafe { Memory::at_def(ty, plan, &mut *def) }?;
        memory.own_def = Some(def);
        Ok(memory)
    }

    /// A memory outside any slot whose definition lies in an instance.
    ///
    /// # Errors
    /// If the system has no room for it.
    ///
    /// # Safety
    /// `def` is valid for as long as the memory is used.
    pub(crate) unsafe fn at_def(
        ty: MemoryType,
        plan: MemoryPlan,
        def: *mut Def,
    ) -> io::Result<Memory> {
        let len = checked_len(&ty, ty.limits.min).ok_or(io::ErrorKind::OutOfMemory)?;
        let backing = if plan == MemoryPlan::Reserved && !ty.memory64 {
            let reservation = Reservation::new((RESERVATION + GUARD) as usize)?;
            reservation.commit(0, len)?;
            Backing::Fixed(reservation)
        } else {
            let reservation = Reservation::new(len)?;
            reservation.commit(0, reservation.len())?;
            Backing::Moving(reservation)
        };
        let base = match &backing {
            Backing::Fixed(r) | Backing::Moving(r) => r.base(),
            Backing::Slot(..) | Backing::Shared(_) => unreachable!("those are made elsewhere"),
        };
        // SAFETY: passed on to the caller.
        unsafe { def.write(Def { base, len: len as u64 }) };
        Ok(Memory { ty, def, own_def: None, backing })
    }

    /// Memory 0 of an instance, at offset `at` of its slot. The definition is not filled in.
    ///
    /// # Errors
    /// If the system has no room for its pages.
    ///
    /// # Safety
    /// `def` is valid for as long as the memory is used, and the slot has room for a reserved
    /// memory at `at`.
    pub(crate) unsafe fn in_slot(
        ty: MemoryType,
        slot: Arc<Reservation>,
        at: usize,
        def: *mut Def,
    ) -> io::Result<Memory> {
        let len = checked_len(&ty, ty.limits.min).ok_or(io::ErrorKind::OutOfMemory)?;
        let base = slot.base().wrapping_add(at);
        // SAFETY: passed on to the caller.
        unsafe { def.write(Def { base, len: len as u64 }) };
        Ok(Memory { ty, def, own_def: None, backing: Backing::Slot(slot, at) })
    }

    /// A store's view of a shared memory.
    pub fn of_shared(memory: SharedMemory) -> Memory {
        let (ty, def) = (*memory.ty(), memory.def());
        Memory { ty, def, own_def: None, backing: Backing::Shared(memory) }
    }

    /// The memory that it is a view of, if it is shared.
    pub fn shared(&self) -> Option<&SharedMemory> {
        match &self.backing {
            Backing::Shared(memory) => Some(memory),
            _ => None,
        }
    }

    /// Its type; the limits are those it was made with.
    pub fn ty(&self) -> &MemoryType {
        &self.ty
    }

    /// The definition that importing instances point to.
    pub(crate) fn def(&self) -> *mut Def {
        self.def
    }

    fn read(&self) -> Def {
        // SAFETY: the definition is valid while the memory is. Only this store's thread writes it,
        // except for the length of a shared one, which is always accessed as an atomic.
        unsafe {
            let len = AtomicU64::from_ptr(&raw mut (*self.def).len).load(Ordering::Acquire);
            Def { base: (*self.def).base, len }
        }
    }

    /// Address of byte 0. Changes when a checked memory grows.
    pub fn base(&self) -> *mut u8 {
        self.read().base
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.read().len as usize
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length in pages.
    pub fn pages(&self) -> u64 {
        self.read().len / self.ty.page_size()
    }

    /// The most pages it may have.
    pub fn max_pages(&self) -> u64 {
        if let Backing::Shared(memory) = &self.backing {
            return memory.max_pages();
        }
        let limit = address_limit(&self.ty) / self.ty.page_size();
        self.ty.limits.max.map_or(limit, |max| max.min(limit))
    }

    /// The addresses whose faults are the guest's: what is reserved, guard included.
    pub(crate) fn region(&self) -> Option<Range<usize>> {
        match &self.backing {
            Backing::Slot(..) => None,
            Backing::Fixed(r) | Backing::Moving(r) => Some(r.range()),
            Backing::Shared(memory) => Some(memory.region()),
        }
    }

    /// Copies bytes in. Returns false, and writes nothing, if the range is outside the memory.
    pub(crate) fn write(&self, at: u64, from: &[u8]) -> bool {
        if let Backing::Shared(memory) = &self.backing {
            return usize::try_from(at).is_ok_and(|at| memory.write(at, from));
        }
        let Def { base, len } = self.read();
        if at.checked_add(from.len() as u64).is_none_or(|end| end > len) {
            return false;
        }
        // SAFETY: the range is inside the memory; only this thread uses it, and no reference into it
        // exists while the store's own code runs.
        unsafe { base.add(at as usize).copy_from(from.as_ptr(), from.len()) };
        true
    }

    /// Adds pages and returns the old number of pages, or nothing if the type's maximum or the
    /// system forbids it; nothing is changed then.
    pub fn grow(&mut self, delta: u64) -> Option<u64> {
        if let Backing::Shared(memory) = &self.backing {
            return memory.grow(delta);
        }
        let old = self.pages();
        let new = old.checked_add(delta).filter(|&n| n <= self.max_pages())?;
        let new_len = checked_len(&self.ty, new)?;
        let old_len = self.len();
        match &mut self.backing {
            _ if delta == 0 => {}
            Backing::Shared(_) => return None,
            Backing::Slot(slot, at) => commit(slot, *at, old_len, new_len).ok()?,
            Backing::Fixed(r) => commit(r, 0, old_len, new_len).ok()?,
            Backing::Moving(r) => {
                // SAFETY: all pages of the reservation are committed, so it is one mapping; compiled
                // code reads the base anew after every call, and no host reference is alive.
                unsafe { r.resize(new_len).ok()? };
                // SAFETY: the definition is valid while the memory is.
                unsafe { (*self.def).base = r.base() };
            }
        }
        // SAFETY: as above.
        unsafe { (*self.def).len = new_len as u64 };
        Some(old)
    }
}

/// Images below this size are copied: a mapping costs more, and counts against the system's limit.
const MAP_FROM: usize = 128 * 1024;

impl Memory {
    /// Puts an initial image in place: mapped copy-on-write where that pays, else copied.
    ///
    /// # Errors
    /// If the image is outside the memory, or cannot be mapped.
    ///
    /// # Safety
    /// No reference into the memory exists.
    pub(crate) unsafe fn load_image(&mut self, code: &Code, image: &Image) -> io::Result<()> {
        let (at, len) = (image.address as usize, image.len as usize);
        if at.checked_add(len).is_none_or(|end| end > self.len()) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mapped = match &self.backing {
            Backing::Slot(slot, base) if len >= MAP_FROM => Some((&**slot, base + at)),
            Backing::Fixed(reservation) if len >= MAP_FROM => Some((reservation, at)),
            _ => None,
        };
        if let Some((reservation, at)) = mapped {
            // SAFETY: the range is inside the memory's committed part, and no reference into it
            // exists.
            return unsafe { reservation.map_private(at, len, &code.file, image.file_offset) };
        }
        let bytes = code.artifact().image_bytes(image).unwrap_or(&[]);
        if self.write(at as u64, bytes) { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

/// Commits what a memory at offset `at` needs beyond `old` bytes to have `new`.
pub(crate) fn commit(
    reservation: &Reservation,
    at: usize,
    old: usize,
    new: usize,
) -> io::Result<()> {
    let old = old.next_multiple_of(page_size());
    reservation.commit(at + old, new.saturating_sub(old))
}

pub(crate) fn checked_len(ty: &MemoryType, pages: u64) -> Option<usize> {
    let bytes = Some(ty.bytes(pages)).filter(|&b| b <= address_limit(ty))?;
    usize::try_from(bytes).ok()
}
