//! Linear memories.

use crate::Code;
use crate::raw::Def;
use crate::reset::Threads;
use crate::shared::SharedMemory;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    /// Bytes that it may have at most, whatever its type says.
    cap: u64,
    /// Who has written to it from the host since it was last as it was made.
    touched: Threads,
    /// Whether somebody may write to it at any time, unseen.
    exposed: AtomicBool,
    /// Where pages are mapped from a file: there, what is discarded is the file's contents again.
    mapped: Vec<Range<usize>>,
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
        Ok(Memory::over(ty, def, backing))
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
        Ok(Memory::over(ty, def, Backing::Slot(slot, at)))
    }

    /// A store's view of a shared memory.
    pub fn of_shared(memory: SharedMemory) -> Memory {
        let (ty, def) = (*memory.ty(), memory.def());
        Memory::over(ty, def, Backing::Shared(memory))
    }

    fn over(ty: MemoryType, def: *mut Def, backing: Backing) -> Memory {
        let touched = Threads::default();
        let exposed = AtomicBool::new(false);
        let (cap, mapped) = (u64::MAX, Vec::new());
        Memory { ty, def, own_def: None, backing, cap, touched, exposed, mapped }
    }

    /// Has it consist of small pages, whatever the system does elsewhere.
    ///
    /// # Errors
    /// Only if its pages are not where they should be.
    pub(crate) fn small_pages(&self) -> io::Result<()> {
        match &self.backing {
            Backing::Fixed(r) => r.small_pages(0, r.len()),
            _ => Ok(()),
        }
    }

    /// Forbids it to have more than so many bytes.
    pub(crate) fn set_cap(&mut self, bytes: u64) {
        self.cap = bytes;
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

    /// Address of byte 0, to be read. Changes when a checked memory grows.
    pub fn base(&self) -> *const u8 {
        self.read().base
    }

    /// Address of byte 0, to be written: by any thread, as long as the store is borrowed.
    pub fn base_mut(&self) -> *mut u8 {
        self.touched.note_any();
        self.read().base
    }

    /// Address of byte 0, to be written at any time as long as the store lives.
    pub fn base_exposed(&self) -> *mut u8 {
        self.exposed.store(true, Ordering::Relaxed);
        self.base_mut()
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
        let limit = address_limit(&self.ty).min(self.cap) / self.ty.page_size();
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
    pub fn write(&self, at: u64, from: &[u8]) -> bool {
        if let Backing::Shared(memory) = &self.backing {
            return usize::try_from(at).is_ok_and(|at| memory.write(at, from));
        }
        let Def { base, len } = self.read();
        if at.checked_add(from.len() as u64).is_none_or(|end| end > len) {
            return false;
        }
        self.touched.note();
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
        self.touched.note();
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
/// The same for memories that are used again and again: what is mapped need not be put back in place,
/// and is there once for all of them.
const MAP_FROM_POOLED: usize = 16 * 1024;

impl Memory {
    /// Puts the initial images in place: mapped copy-on-write where that pays, else copied. `pooled`
    /// says that the memory will be put back many times.
    ///
    /// # Errors
    /// If an image is outside the memory, or cannot be mapped.
    ///
    /// # Safety
    /// The memory is as new, and no reference into it exists.
    pub(crate) unsafe fn load_images(
        &mut self,
        code: &Code,
        index: u32,
        pooled: bool,
    ) -> io::Result<()> {
        let images = || code.images.iter().filter(|image| image.memory == index);
        let total: u64 = images().map(|image| image.len).sum();
        let whole = pooled && total >= MAP_FROM_POOLED as u64;
        let len = self.len().next_multiple_of(page_size());
        if whole && let (Some((reservation, at)), true) = (self.fixed(), len == self.len()) {
            let file = code.memory_file(index, len)?;
            // SAFETY: the range is the memory, which is committed, and no reference into it exists.
            unsafe { reservation.map_private(at, len, file, 0)? };
            self.mapped.push(0..len);
            return Ok(());
        }
        for image in images() {
            let (at, len) = (image.address as usize, image.len as usize);
            if at.checked_add(len).is_none_or(|end| end > self.len()) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if let Some((reservation, base)) = self.fixed().filter(|_| len >= MAP_FROM) {
                // SAFETY: the range is inside the memory's committed part, and no reference into
                // it exists.
                unsafe {
                    reservation.map_private(base + at, len, &code.file, image.file_offset)?;
                }
                self.mapped.push(at..(at + len).next_multiple_of(page_size()));
            } else {
                self.copy_image(code, image, 0..usize::MAX)?;
            }
        }
        self.touched.clear();
        Ok(())
    }

    /// Where it lies, if it never moves and belongs to one store.
    fn fixed(&self) -> Option<(&Reservation, usize)> {
        match &self.backing {
            Backing::Slot(slot, at) => Some((slot, *at)),
            Backing::Fixed(reservation) => Some((reservation, 0)),
            Backing::Moving(_) | Backing::Shared(_) => None,
        }
    }

    /// Copies the part of an image that lies in a range of the memory.
    fn copy_image(&self, code: &Code, image: &Image, range: Range<usize>) -> io::Result<()> {
        let bytes = code.artifact().image_bytes(image).unwrap_or(&[]);
        let at = image.address as usize;
        let from = range.start.max(at);
        let to = range.end.min(at + bytes.len());
        if from >= to {
            return Ok(());
        }
        let fits = self.write(from as u64, &bytes[from - at..to - at]);
        if fits { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Who may have made it differ from what `load_images` left, guests apart.
    pub(crate) fn touched(&self) -> &Threads {
        &self.touched
    }

    /// Takes note that it is what `load_images` left. `ends` says that its store ends, and with it all
    /// who know its address.
    pub(crate) fn settle(&self, ends: bool) {
        self.touched.clear();
        if ends {
            self.exposed.store(false, Ordering::Relaxed);
        } else if self.exposed.load(Ordering::Relaxed) {
            self.touched.note_any();
        }
    }

    /// Whether it has the same addresses all its life.
    pub(crate) fn stays(&self) -> bool {
        self.fixed().is_some()
    }

    /// Whether it is part of its instance's slot.
    pub(crate) fn is_in_slot(&self) -> bool {
        matches!(self.backing, Backing::Slot(..))
    }

    /// Takes back what was added to it; the rest stays as it is.
    ///
    /// # Errors
    /// If the system refuses, or the memory is shared.
    ///
    /// # Safety
    /// No reference into the memory exists.
    pub(crate) unsafe fn shrink(&mut self) -> io::Result<()> {
        let initial =
            checked_len(&self.ty, self.ty.limits.min).ok_or(io::ErrorKind::OutOfMemory)?;
        let len = self.len();
        if len > initial {
            let from = initial.next_multiple_of(page_size());
            let more = len.next_multiple_of(page_size()).saturating_sub(from);
            match &mut self.backing {
                // SAFETY: passed on to the caller.
                Backing::Slot(slot, at) => unsafe { slot.withdraw(*at + from, more)? },
                // SAFETY: as above.
                Backing::Fixed(r) => unsafe { r.withdraw(from, more)? },
                Backing::Moving(r) => {
                    // SAFETY: as above; all of it is one mapping, as in `grow`.
                    unsafe { r.resize(initial)? };
                    let base = r.base();
                    // SAFETY: the definition is valid while the memory is.
                    unsafe { (*self.def).base = base };
                }
                Backing::Shared(_) => return Err(io::ErrorKind::Unsupported.into()),
            }
            // SAFETY: the definition is valid while the memory is.
            unsafe { (*self.def).len = initial as u64 };
        }
        Ok(())
    }

    /// The addresses of its pages.
    pub(crate) fn pages_range(&self) -> Range<usize> {
        let base = self.read().base as usize;
        base..base + self.len().next_multiple_of(page_size())
    }

    /// Makes a run of its pages what `load_images` left there. `run` is of addresses; `stay` says that
    /// the pages are to stay, else they are the system's again, but for those into which an image is
    /// copied. Returns whether there are any.
    ///
    /// # Errors
    /// If the system refuses.
    ///
    /// # Safety
    /// No reference into the memory exists.
    pub(crate) unsafe fn restore(
        &self,
        code: &Code,
        index: u32,
        run: Range<usize>,
        stay: bool,
    ) -> io::Result<bool> {
        let base = self.read().base;
        let run = run.start - base as usize..run.end - base as usize;
        if !stay {
            let (reservation, at) = match &self.backing {
                Backing::Slot(slot, at) => (&**slot, *at),
                Backing::Fixed(r) | Backing::Moving(r) => (r, 0),
                Backing::Shared(_) => return Err(io::ErrorKind::Unsupported.into()),
            };
            // SAFETY: passed on to the caller. Pages of a file are the file's again, which is meant.
            unsafe { reservation.discard(at + run.start, run.len())? };
        } else if self.copy_over(code, index, &run) {
            return Ok(false);
        } else {
            // SAFETY: the pages are committed, and nobody refers to them.
            unsafe { base.add(run.start).write_bytes(0, run.len()) };
        }
        let mut copied = false;
        for image in code.images.iter().filter(|image| image.memory == index) {
            let at = image.address as usize;
            let overlaps = at < run.end && run.start < at + image.len as usize;
            let is_back = !stay && self.mapped.iter().any(|m| m.contains(&at));
            if overlaps && !is_back {
                self.copy_image(code, image, run.clone())?;
                copied |= !stay;
            }
        }
        Ok(copied)
    }

    /// Copies what an image has for a run of pages, if it has all of it.
    fn copy_over(&self, code: &Code, index: u32, run: &Range<usize>) -> bool {
        let mut images = code.images.iter().filter(|image| image.memory == index);
        let (Some(image), None) = (images.next(), images.next()) else { return false };
        let at = image.address as usize;
        let whole = at <= run.start && run.end <= at + image.len as usize;
        whole && self.copy_image(code, image, run.clone()).is_ok()
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
