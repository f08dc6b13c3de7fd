//! Undoing what guests did: instances as new, in place.
//!
//! The kernel knows which pages of a slot were written. Those that fit a budget stay and are
//! overwritten with what they held at first: a copy costs a tenth of what a page fault does. The rest
//! goes back to the system. Tables know which entries were written; globals are written anew.
//!
//! Asking the kernel takes a microsecond. It is not asked if the answer is known: if all that was done
//! to the instance since it was as new was done by one thread, and that thread has had no page fault
//! meanwhile, then no other pages were written than those that are there already.

use crate::InstantiateError;
use crate::instance::{Instance, RawVal};
use crate::memory::Memory;
use crate::store::StoreInner;
use smallvec::SmallVec;
use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use waxwing_layout::object::is_traced;
use waxwing_module::{DataMode, StorageType};
use waxwing_sys::{PageMap, Reservation, page_size};

/// Bytes of an instance's pages that stay where they are, unless a pool says otherwise.
pub(crate) const KEEP: usize = 128 * 1024;

/// Runs of pages beyond which they are no longer treated one by one.
const MAX_RUNS: usize = 1024;

/// Bytes at the top of a stack that are looked at first. A guest writes its stack page by page from the
/// top, so that below a page that was not written none was.
const STACK_TOP: usize = 64 * 1024;

/// Runs of pages, by address.
type Runs = SmallVec<[Range<usize>; 32]>;

/// Which threads did something: none, one, or several.
#[derive(Debug, Default)]
pub(crate) struct Threads(AtomicU64);

impl Threads {
    const SEVERAL: u64 = u64::MAX;

    /// The current one did.
    pub fn note(&self) {
        let (old, own) = (self.0.load(Ordering::Relaxed), waxwing_sys::thread_number());
        if old != own {
            self.0.store(if old == 0 { own } else { Threads::SEVERAL }, Ordering::Relaxed);
        }
    }

    /// Any number of them may have.
    pub fn note_any(&self) {
        self.0.store(Threads::SEVERAL, Ordering::Relaxed);
    }

    /// Whether any did.
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Whether none did but this one.
    fn none_but(&self, thread: u64) -> bool {
        [0, thread].contains(&self.0.load(Ordering::Relaxed))
    }

    /// From now on, none did.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

thread_local! {
    /// How many page faults this thread had had when it was last asked.
    static FAULTS: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Whether the system counts page faults as this relies on: some that only look like Linux do not.
fn faults_are_counted() -> bool {
    static COUNTED: OnceLock<bool> = OnceLock::new();
    *COUNTED.get_or_init(|| {
        let Ok(page) = Reservation::new(page_size()) else { return false };
        let before = waxwing_sys::page_faults();
        if page.commit(0, page_size()).is_err() {
            return false;
        }
        // SAFETY: the page is committed, and nobody else knows of it.
        unsafe { page.base().write_volatile(1) };
        waxwing_sys::page_faults() != before
    })
}

/// What is known of an instance's pages.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    /// The pages that are its own and hold what they held at first; by address, none twice.
    kept: Runs,
    /// The thread that began to use it when it was as new, and how many page faults it had had by then
    /// at most.
    since: Option<(u64, u64)>,
    /// Whether `kept` is all there is, beside what was written since it was as new.
    complete: bool,
}

impl Pages {
    /// Takes note that the current thread begins to use the instance, which is as new.
    pub fn begin(&mut self) {
        self.since = FAULTS.get().map(|faults| (waxwing_sys::thread_number(), faults));
    }

    /// Whether no pages can have been written but those that are kept. Takes a new count.
    fn are_known(&self, ran: &Threads, instance: &Instance) -> bool {
        let (thread, faults) = (waxwing_sys::thread_number(), waxwing_sys::page_faults());
        FAULTS.set(Some(faults));
        let mut memories = instance.own_memories.iter();
        self.complete
            && self.since == Some((thread, faults))
            && faults_are_counted()
            && ran.none_but(thread)
            && memories.all(|m| m.touched().none_but(thread))
    }

    /// The pages in a range that are kept.
    fn kept_in(&self, range: &Range<usize>) -> Runs {
        let parts = self.kept.iter().map(|run| run.start.max(range.start)..run.end.min(range.end));
        parts.filter(|part| part.start < part.end).collect()
    }

    /// Takes note of a reset that asked the kernel.
    fn update(&mut self, work: Restoring, ran: bool) {
        self.complete = (self.complete || ran) && !work.untold;
        for gone in work.gone {
            let kept = std::mem::take(&mut self.kept).into_iter();
            let parts = kept.flat_map(|run| {
                let (below, above) = (run.end.min(gone.start), run.start.max(gone.end));
                [run.start..below, above..run.end]
            });
            self.kept = parts.filter(|part| part.start < part.end).collect();
        }
        self.kept.extend(work.kept);
        self.kept.sort_unstable_by_key(|run| run.start);
        self.kept.dedup_by(|next, last| {
            let joins = next.start <= last.end;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
    }
}

/// The pages of a range that were written; all of it if the system cannot tell.
fn written(range: Range<usize>) -> Runs {
    static MAP: OnceLock<Option<PageMap>> = OnceLock::new();
    let mut runs = Runs::new();
    let scanned = MAP.get_or_init(|| PageMap::new().ok()).as_ref().is_some_and(|map| {
        let note = |run: Range<usize>| {
            let many = runs.len() > MAX_RUNS;
            match runs.last_mut() {
                Some(last) if last.end == run.start || many => last.end = run.end,
                _ => runs.push(run),
            }
        };
        map.own_pages(range.clone(), note).is_ok()
    });
    if scanned { runs } else { SmallVec::from_elem(range, 1) }
}

/// A reset under way.
struct Restoring {
    /// Bytes of pages that may still stay.
    left: usize,
    /// Whether only pages that are kept can have been written.
    known: bool,
    /// The pages that stay.
    kept: Runs,
    /// The pages that do not.
    gone: Runs,
    /// Whether pages are there that nobody knows of: what was copied into some that were given back.
    untold: bool,
}

impl Restoring {
    /// Whether a run of pages stays: then it counts.
    fn stays(&mut self, run: &Range<usize>) -> bool {
        let fits = run.len() <= self.left;
        if fits {
            self.left -= run.len();
            self.kept.push(run.start..run.end.next_multiple_of(page_size()));
        } else {
            self.gone.push(run.start..run.end & !(page_size() - 1));
        }
        fits
    }
}

impl Instance {
    /// Makes it what [`Instance::prepare`] made, and what was linked stays so. `keep` is how many bytes of
    /// pages may stay, `ran` says where guests have run in its store.
    ///
    /// # Errors
    /// If the system refuses, or others may use a memory of it. It is of no use then.
    ///
    /// # Safety
    /// No guest of its store is running or will go on, and no reference into its memories exists.
    pub(crate) unsafe fn restore(&mut self, keep: usize, ran: &Threads) -> io::Result<()> {
        if self.own_memories.iter().any(|memory| memory.shared().is_some()) {
            let why = "a shared memory cannot be made as new: others may use it";
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        let written = ran.any() || self.own_memories.iter().any(|memory| memory.touched().any());
        if written {
            // Without small pages, or where memories move, nothing is known of pages for long.
            let lasting = self.pooled && self.own_memories.iter().all(Memory::stays);
            let known = lasting && self.pages.are_known(ran, self);
            let mut work = Restoring {
                left: keep,
                known,
                kept: Runs::new(),
                gone: Runs::new(),
                untold: false,
            };
            // SAFETY: passed on to the caller.
            unsafe { self.restore_all_pages(ran.any(), &mut work)? };
            if lasting && !known {
                self.pages.update(work, ran.any());
            }
            self.pages.begin();
        }
        for table in &mut self.own_tables {
            table.restore();
        }
        for global in &self.own_globals {
            // An object of another store's heap must never be taken for a root.
            if is_traced(StorageType::Val(global.ty.content)) {
                global.write(RawVal(0));
            }
        }
        if std::mem::take(&mut self.data_changed) {
            let data = self.code.module.data.iter();
            self.dropped_data = data.map(|data| data.mode != DataMode::Passive).collect();
        }
        self.dropped_elements.fill(false);
        self.elements.clear();
        Ok(())
    }

    /// Makes memories and stack what they were.
    ///
    /// # Safety
    /// As for [`Instance::restore`].
    unsafe fn restore_all_pages(&mut self, ran: bool, work: &mut Restoring) -> io::Result<()> {
        let has_slot_memory = self.own_memories.first().is_some_and(Memory::is_in_slot);
        for index in 0..self.own_memories.len() {
            let memory = &mut self.own_memories[index];
            if !ran && !memory.touched().any() {
                continue;
            }
            // SAFETY: passed on to the caller.
            unsafe { memory.shrink()? };
            let mut range = memory.pages_range();
            if index == 0 && has_slot_memory && ran {
                // With the stack below, it takes one call of the system.
                range.start = self.stack_top();
            }
            // SAFETY: as above.
            unsafe { self.restore_pages(Some(index), range, work)? };
            self.own_memories[index].settle(false);
        }
        if ran && !has_slot_memory {
            // SAFETY: as above.
            unsafe { self.restore_pages(None, self.stack_top()..self.vmctx as usize, work)? };
        }
        Ok(())
    }

    /// Where the part of the stack begins that is looked at first.
    fn stack_top(&self) -> usize {
        let top = self.stack.stack.end & !(page_size() - 1);
        (top - STACK_TOP).max(self.stack.stack.start)
    }

    /// Makes those pages zero that are the stack's, and those of an own memory what they were, as far as
    /// they were written.
    ///
    /// # Safety
    /// As for [`Instance::restore`].
    unsafe fn restore_pages(
        &self,
        memory: Option<usize>,
        range: Range<usize>,
        work: &mut Restoring,
    ) -> io::Result<()> {
        let stack = &self.stack.stack;
        let runs = if work.known { self.pages.kept_in(&range) } else { written(range) };
        for run in runs {
            let part = run.start.max(stack.start)..run.end.min(stack.end);
            if !part.is_empty() {
                // A frame of just a page may leave one page unwritten.
                let top = self.stack_top();
                if (top..=top + page_size()).contains(&part.start) && top > stack.start {
                    // SAFETY: passed on to the caller; no memory lies below.
                    unsafe { self.restore_pages(None, stack.start..top, work)? };
                }
                // SAFETY: passed on to the caller.
                unsafe { self.clear_stack(part, work)? };
            }
            let Some(index) = memory else { continue };
            let own = &self.own_memories[index];
            let pages = own.pages_range();
            let part = run.start.max(pages.start)..run.end.min(pages.end);
            // A run may be longer than what may stay.
            let cut = part.start + part.len().min(work.left & !(page_size() - 1));
            for part in [part.start..cut, cut..part.end] {
                if !part.is_empty() {
                    let index = self.code.module.imported_memories + index as u32;
                    let stays = work.stays(&part);
                    // SAFETY: passed on to the caller.
                    work.untold |= unsafe { own.restore(&self.code, index, part, stays)? };
                }
            }
        }
        Ok(())
    }

    /// Makes a part of the stack zero, which begins a page.
    ///
    /// # Safety
    /// No guest of the store will go on.
    unsafe fn clear_stack(&self, mut part: Range<usize>, work: &mut Restoring) -> io::Result<()> {
        if !work.stays(&part) {
            // The last page is one with the instance's data.
            let end = part.end & !(page_size() - 1);
            let at = part.start - self.slot.base() as usize;
            // SAFETY: the pages were committed and are of no file; the rest is the caller's promise.
            unsafe { self.slot.discard(at, end - part.start)? };
            part.start = end;
            work.kept.push(end..end + page_size());
        }
        // SAFETY: the addresses are the stack's, committed; the rest is the caller's promise.
        unsafe { (part.start as *mut u8).write_bytes(0, part.len()) };
        Ok(())
    }
}

/// Makes an instance of a store as new, in place: its memories, tables and globals, as they were before
/// its start function. Its imports stay what they are.
///
/// # Errors
/// If the system refuses, or initialisation traps, which it did not when the instance was made. The
/// instance is of no use then.
///
/// # Safety
/// No guest of the store is running or will go on; no reference into its memories exists; `owner` is as
/// in [`crate::call()`].
pub unsafe fn reset(
    store: &mut StoreInner,
    owner: *mut (),
    instance: *mut Instance,
) -> Result<(), InstantiateError> {
    let keep = store.pool().map_or(KEEP, |pool| pool.limits().keep_resident);
    let context = store.context.clone();
    // SAFETY: the instance is of this store; the rest is the caller's promise.
    unsafe {
        (*instance)
            .restore(keep, &context.ran)
            .map_err(|e| InstantiateError::System("a reset", e))?;
        (*instance).init(store, owner)
    }
}
