//! Memories that several stores use at once, on several threads.
//!
//! A shared memory reserves what it may ever need and never moves. Its length only grows. Guests race
//! for its bytes by design, so that the host never makes a reference to them: it copies them with
//! relaxed atomic accesses.

use crate::memory::{address_limit, checked_len, commit};
use crate::parking::Parking;
use crate::raw::Def;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use waxwing_layout::plan::{GUARD, MemoryPlan, RESERVATION};
use waxwing_module::MemoryType;
use waxwing_sys::Reservation;

/// A linear memory that stores share. Clones are the same memory.
#[derive(Clone, Debug)]
pub struct SharedMemory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ty: MemoryType,
    plan: MemoryPlan,
    /// What compiled code reads. The length is read and written as an atomic.
    def: Box<SharedDef>,
    reservation: Reservation,
    /// Held while the memory grows.
    growing: Mutex<()>,
    parking: Parking,
}

/// A [`Def`] whose length other threads read while it changes.
#[repr(C)]
#[derive(Debug)]
struct SharedDef {
    base: *mut u8,
    len: AtomicU64,
}

const _: () = {
    assert!(size_of::<SharedDef>() == size_of::<Def>());
    assert!(std::mem::offset_of!(SharedDef, len) == std::mem::offset_of!(Def, len));
};

// SAFETY: the definition's base never changes, its length is atomic, and what it points to is
// accessed by atomics only, or by guests, which may race.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

/// The most that is reserved for a memory whose size is not bounded by its address type.
const RESERVE_MAX: u64 = 1 << 38;

impl SharedMemory {
    /// A memory of this type, which says a maximum and that it is shared.
    ///
    /// # Errors
    /// If the type is another one, or the system has no room.
    pub fn new(ty: MemoryType, plan: MemoryPlan) -> io::Result<SharedMemory> {
        let max = ty.limits.max.filter(|&max| ty.shared && max >= ty.limits.min);
        let max = max.ok_or(io::ErrorKind::InvalidInput)?;
        let len = checked_len(&ty, ty.limits.min).ok_or(io::ErrorKind::OutOfMemory)?;
        let reserve = if plan == MemoryPlan::Reserved && !ty.memory64 {
            RESERVATION + GUARD
        } else {
            ty.bytes(max).min(address_limit(&ty)).min(RESERVE_MAX).max(len as u64)
        };
        let reservation = Reservation::new(reserve as usize)?;
        reservation.commit(0, len)?;
        let def = Box::new(SharedDef { base: reservation.base(), len: AtomicU64::new(len as u64) });
        let (growing, parking) = (Mutex::default(), Parking::default());
        Ok(SharedMemory(Arc::new(Inner { ty, plan, def, reservation, growing, parking })))
    }

    /// Its type; the limits are those it was made with.
    pub fn ty(&self) -> &MemoryType {
        &self.0.ty
    }

    /// The plan it is placed by: only code compiled for the same may use it.
    pub fn plan(&self) -> MemoryPlan {
        self.0.plan
    }

    /// Whether both are the same memory.
    pub fn same(&self, other: &SharedMemory) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Length in bytes; another thread may make it longer at any time.
    pub fn len(&self) -> usize {
        self.0.def.len.load(Ordering::Acquire) as usize
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Length in pages.
    pub fn pages(&self) -> u64 {
        self.len() as u64 / self.0.ty.page_size()
    }

    /// The most pages it may have.
    pub fn max_pages(&self) -> u64 {
        let limit = address_limit(&self.0.ty).min(self.0.reservation.len() as u64);
        let limit = limit / self.0.ty.page_size();
        self.0.ty.limits.max.map_or(limit, |max| max.min(limit))
    }

    pub(crate) fn def(&self) -> *mut Def {
        std::ptr::from_ref(&*self.0.def).cast_mut().cast()
    }

    pub(crate) fn base(&self) -> *mut u8 {
        self.0.def.base
    }

    pub(crate) fn region(&self) -> Range<usize> {
        self.0.reservation.range()
    }

    pub(crate) fn parking(&self) -> &Parking {
        &self.0.parking
    }

    /// Adds pages and returns the old number of pages, or nothing if the type's maximum or the
    /// system forbids it; nothing is changed then.
    pub fn grow(&self, delta: u64) -> Option<u64> {
        let _alone = self.0.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.pages();
        let new = old.checked_add(delta).filter(|&n| n <= self.max_pages())?;
        let new_len = checked_len(&self.0.ty, new)?;
        commit(&self.0.reservation, 0, self.len(), new_len).ok()?;
        // Whoever reads the new length finds its pages accessible.
        self.0.def.len.store(new_len as u64, Ordering::Release);
        Some(old)
    }

    /// Copies bytes out, one atomic access for each piece: what other threads write meanwhile may be
    /// seen in part. Returns false, and copies nothing, if the range is outside the memory.
    pub fn read(&self, at: usize, to: &mut [u8]) -> bool {
        let Some(from) = self.range(at, to.len()) else { return false };
        // SAFETY: the range is inside the memory, whose pages stay; guests may write it meanwhile, and
        // every access here is atomic.
        unsafe { copy_out(from, to) };
        true
    }

    /// Copies bytes in, as [`SharedMemory::read`] does.
    pub fn write(&self, at: usize, from: &[u8]) -> bool {
        let Some(to) = self.range(at, from.len()) else { return false };
        // SAFETY: as in `read`.
        unsafe { copy_in(to, from) };
        true
    }

    fn range(&self, at: usize, len: usize) -> Option<*mut u8> {
        at.checked_add(len).filter(|&end| end <= self.len())?;
        Some(self.base().wrapping_add(at))
    }

    /// The word at an address that is inside the memory and a multiple of 4.
    pub(crate) fn word(&self, at: usize) -> &AtomicU32 {
        debug_assert!(at.is_multiple_of(4) && at + 4 <= self.len());
        // SAFETY: the word is aligned and stays accessible as long as the memory lives.
        unsafe { AtomicU32::from_ptr(self.base().add(at).cast()) }
    }

    /// The double word at an address that is inside the memory and a multiple of 8.
    pub(crate) fn double_word(&self, at: usize) -> &AtomicU64 {
        debug_assert!(at.is_multiple_of(8) && at + 8 <= self.len());
        // SAFETY: as in `word`.
        unsafe { AtomicU64::from_ptr(self.base().add(at).cast()) }
    }
}

/// Bytes of the pieces that are copied.
const PIECE: usize = 8;

/// How many bytes lie before the first multiple of [`PIECE`].
fn head(at: *mut u8, len: usize) -> usize {
    at.align_offset(PIECE).min(len)
}

/// Copies from memory that others may write.
///
/// # Safety
/// `from` is valid for as many bytes; all other accesses to them are atomic or guests'.
unsafe fn copy_out(from: *mut u8, to: &mut [u8]) {
    let byte = |i: usize| {
        // SAFETY: `i` is within the range.
        unsafe { AtomicU8::from_ptr(from.add(i)) }.load(Ordering::Relaxed)
    };
    let head = head(from, to.len());
    let body = (to.len() - head) / PIECE * PIECE;
    for (i, to) in to[..head].iter_mut().enumerate() {
        *to = byte(i);
    }
    for (i, to) in to[head..head + body].chunks_exact_mut(PIECE).enumerate() {
        // SAFETY: the piece is within the range and aligned.
        let piece = unsafe { AtomicU64::from_ptr(from.add(head + i * PIECE).cast()) };
        to.copy_from_slice(&piece.load(Ordering::Relaxed).to_le_bytes());
    }
    for (i, to) in to.iter_mut().enumerate().skip(head + body) {
        *to = byte(i);
    }
}

/// Copies into memory that others may read and write.
///
/// # Safety
/// As for [`copy_out`].
unsafe fn copy_in(to: *mut u8, from: &[u8]) {
    let byte = |i: usize, value: u8| {
        // SAFETY: `i` is within the range.
        unsafe { AtomicU8::from_ptr(to.add(i)) }.store(value, Ordering::Relaxed);
    };
    let head = head(to, from.len());
    let body = (from.len() - head) / PIECE * PIECE;
    for (i, &from) in from[..head].iter().enumerate() {
        byte(i, from);
    }
    for (i, from) in from[head..head + body].as_chunks::<PIECE>().0.iter().enumerate() {
        // SAFETY: the piece is within the range and aligned.
        let piece = unsafe { AtomicU64::from_ptr(to.add(head + i * PIECE).cast()) };
        piece.store(u64::from_le_bytes(*from), Ordering::Relaxed);
    }
    for (i, &from) in from.iter().enumerate().skip(head + body) {
        byte(i, from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_module::Limits;

    fn memory(min: u64, max: u64) -> SharedMemory {
        let ty = MemoryType::new(Limits { min, max: Some(max) });
        SharedMemory::new(MemoryType { shared: true, ..ty }, MemoryPlan::Checked).unwrap()
    }

    #[test]
    fn copies_of_every_alignment_are_exact() {
        let memory = memory(1, 1);
        let bytes: Vec<u8> = (1..=40).collect();
        for at in 0..9 {
            for len in 0..40 {
                assert!(memory.write(0, &[0; 64]));
                assert!(memory.write(at, &bytes[..len]));
                let mut back = vec![0xff; 64];
                assert!(memory.read(0, &mut back));
                assert_eq!(back[at..at + len], bytes[..len], "{at} {len}");
                assert!(back[..at].iter().chain(&back[at + len..]).all(|&b| b == 0));
                let mut part = vec![0; len];
                assert!(memory.read(at, &mut part));
                assert_eq!(part, bytes[..len]);
            }
        }
        assert!(!memory.write(65530, &bytes[..7]));
        assert!(!memory.read(usize::MAX, &mut [0; 2]));
    }

    #[test]
    fn it_grows_to_its_maximum_and_no_further() {
        let memory = memory(1, 40);
        let base = memory.base();
        let grown: Vec<u64> = std::thread::scope(|scope| {
            let grow = || std::iter::from_fn(|| memory.grow(1)).collect::<Vec<u64>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(grow)).collect();
            threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
        });
        let mut sorted = grown.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..40).collect::<Vec<u64>>(), "each growth has its own old size");
        assert_eq!((memory.pages(), memory.base()), (40, base));
        assert!(memory.write(40 * 65536 - 1, &[1]));
    }

    #[test]
    fn what_is_not_shared_is_refused() {
        let ty = MemoryType::new(Limits { min: 1, max: Some(1) });
        assert!(SharedMemory::new(ty, MemoryPlan::Reserved).is_err());
        let unbounded =
            MemoryType { shared: true, ..MemoryType::new(Limits { min: 1, max: None }) };
        assert!(SharedMemory::new(unbounded, MemoryPlan::Reserved).is_err());
    }
}
