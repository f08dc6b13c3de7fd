//! Undoing what guests did: instances as new, in place.
//!
//! The kernel knows which pages of a slot were written. Those that fit a budget stay and are
//! overwritten with what they held at first: a copy costs a tenth of what a page fault does. The rest
//! goes back to the system. Tables know which entries were written; globals are written anew.

use crate::instance::Instance;
use crate::memory::Putting;
use crate::store::StoreInner;
use crate::{InstantiateError, memory};
use std::io;
use std::ops::Range;
use std::sync::OnceLock;
use waxwing_sys::{PageMap, page_size};

/// Bytes of an instance's pages that stay where they are, unless a pool says otherwise.
pub(crate) const KEEP: usize = 128 * 1024;

/// Runs of pages beyond which they are no longer treated one by one.
const MAX_RUNS: usize = 1024;

/// The pages of a range that were written; all of it if the system cannot tell.
fn written(range: Range<usize>) -> Vec<Range<usize>> {
    static MAP: OnceLock<Option<PageMap>> = OnceLock::new();
    let mut runs: Vec<Range<usize>> = Vec::new();
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
    if scanned { runs } else { vec![range] }
}

impl Instance {
    /// Makes it what [`Instance::prepare`] made, and what was linked stays so. `putting` says whether
    /// a guest has run in its store.
    ///
    /// # Errors
    /// If the system refuses, or others may use a memory of it. It is of no use then.
    ///
    /// # Safety
    /// No guest of its store is running or will go on, and no reference into its memories exists.
    pub(crate) unsafe fn restore(&mut self, putting: Putting) -> io::Result<()> {
        let mut keep = putting.keep;
        let has_slot_memory = self.own_memories.first().is_some_and(|m| m.in_slot_at().is_some());
        for index in 0..self.own_memories.len() {
            let memory = &mut self.own_memories[index];
            if memory.shared().is_some() {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "a shared memory cannot be made as new: others may use it",
                ));
            }
            if !putting.ran && !memory.is_touched() {
                continue;
            }
            // SAFETY: passed on to the caller.
            unsafe { memory.shrink()? };
            let mut range = memory.pages_range();
            if index == 0 && has_slot_memory && putting.ran {
                // With the stack below, it takes one call of the system.
                range.start = self.stack.stack.start;
            }
            // SAFETY: as above.
            unsafe { self.restore_pages(index, written(range), &mut keep)? };
            self.own_memories[index].settle();
        }
        if putting.ran && !has_slot_memory {
            let range = self.stack.stack.start..self.vmctx as usize;
            // SAFETY: as above.
            unsafe { self.restore_pages(usize::MAX, written(range), &mut keep)? };
        }
        for table in &mut self.own_tables {
            table.restore();
        }
        self.dropped_data.fill(false);
        self.dropped_elements.fill(false);
        self.elements.clear();
        Ok(())
    }

    /// Makes pages of the stack zero and those of an own memory what they were.
    ///
    /// # Safety
    /// As for [`Instance::restore`].
    unsafe fn restore_pages(
        &self,
        memory: usize,
        runs: Vec<Range<usize>>,
        keep: &mut usize,
    ) -> io::Result<()> {
        let stack = &self.stack.stack;
        for run in runs {
            let part = run.start.max(stack.start)..run.end.min(stack.end);
            if !part.is_empty() {
                // SAFETY: passed on to the caller.
                unsafe { self.clear_stack(part, keep)? };
            }
            let Some(own) = self.own_memories.get(memory) else { continue };
            let pages = own.pages_range();
            let part = run.start.max(pages.start)..run.end.min(pages.end);
            // A run may be longer than what may stay.
            let cut = part.start + part.len().min(*keep & !(page_size() - 1));
            for (part, stay) in [(part.start..cut, true), (cut..part.end, false)] {
                if !part.is_empty() {
                    let index = self.code.module.imported_memories + memory as u32;
                    *keep -= if stay { part.len() } else { 0 };
                    // SAFETY: passed on to the caller.
                    unsafe { own.restore(&self.code, index, part, stay)? };
                }
            }
        }
        Ok(())
    }

    /// Makes a part of the stack zero, which begins a page.
    ///
    /// # Safety
    /// No guest of the store will go on.
    unsafe fn clear_stack(&self, mut part: Range<usize>, keep: &mut usize) -> io::Result<()> {
        if part.len() <= *keep {
            *keep -= part.len();
        } else {
            // The last page is one with the instance's data.
            let end = part.end & !(page_size() - 1);
            let at = part.start - self.slot.base() as usize;
            // SAFETY: the pages were committed and are of no file; the rest is the caller's promise.
            unsafe { self.slot.discard(at, end - part.start)? };
            part.start = end;
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
    let putting = memory::Putting { keep, ran: store.context.has_run() };
    // SAFETY: the instance is of this store; the rest is the caller's promise.
    unsafe {
        (*instance).restore(putting).map_err(|e| InstantiateError::System("a reset", e))?;
        (*instance).init(store, owner)
    }
}
