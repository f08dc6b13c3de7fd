//! Finding the object that a word may refer to.

use super::mark::Marker;
use super::space::{BLOCK, BLOCK_SHIFT, Map, Use};
use std::ops::Range;
use waxwing_layout::gc as layout;

/// Objects that lie one after the other, within a block: a hole that was handed out, as far as it
/// was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Where the first begins.
    pub start: u32,
    /// Where the last ends.
    pub end: u32,
}

impl Marker<'_> {
    /// Marks what the words of a guest's stack may refer to: every aligned 4-byte word as an offset in
    /// the heap, every aligned 8-byte word as an address in it. References to the inside of an object
    /// count.
    ///
    /// # Safety
    /// The memory is readable, and nobody writes to it meanwhile.
    ///
    /// # Panics
    /// If the range does not begin and end at multiples of 8.
    pub unsafe fn conservative_range(&mut self, words: Range<*const u64>) {
        assert!(words.start.is_aligned() && words.end.is_aligned());
        let mut at = words.start;
        while at < words.end {
            // SAFETY: inside the range, which the caller says is readable. Volatile, since the
            // words of a stack may be anything.
            self.conservative(unsafe { at.read_volatile() });
            at = at.wrapping_add(1);
        }
    }

    /// Marks what a word of eight bytes may refer to: each half as an offset, all of it as an address.
    #[inline]
    pub fn conservative(&mut self, word: u64) {
        self.candidate(word as u32);
        self.candidate((word >> 32) as u32);
        let offset = word.wrapping_sub(self.space.base() as u64);
        if let Ok(offset) = u32::try_from(offset) {
            self.candidate(offset);
        }
    }

    #[inline]
    fn candidate(&mut self, at: u32) {
        if (layout::FIRST_OBJECT..self.space.top()).contains(&at)
            && let Some(object) = self.object_at(at)
        {
            self.precise(object);
        }
    }

    /// The object that the byte at `at` belongs to.
    pub(super) fn object_at(&mut self, at: u32) -> Option<u32> {
        let block = at >> BLOCK_SHIFT;
        let start = match self.space.usage(block) {
            Use::Free => return None,
            Use::Large => block << BLOCK_SHIFT,
            Use::Continued { head } => head << BLOCK_SHIFT,
            Use::Small { whole, indexed } => {
                if !indexed {
                    self.index(block, whole);
                }
                self.space.last_mark(Map::Starts, at)?
            }
        };
        let (word, len) = self.space.header(start);
        let bytes = self.shapes.get(word)?.bytes(len);
        (u64::from(at - start) < bytes).then_some(start)
    }

    /// Adds the objects that were allocated in a block since the last collection to the starts.
    pub(super) fn index(&mut self, block: u32, whole: bool) {
        self.space.set_usage(block..block + 1, Use::Small { whole, indexed: true });
        let start = block << BLOCK_SHIFT;
        let first = self.runs.partition_point(|run| run.start < start);
        for &run in &self.runs[first..] {
            if run.start - start >= BLOCK {
                break;
            }
            self.index_run(run);
        }
    }

    fn index_run(&mut self, run: Run) {
        let mut at = run.start;
        while at < run.end {
            let (word, len) = self.space.header(at);
            let Some(shape) = self.shapes.get(word) else {
                // Zeros may follow the last object.
                debug_assert!(word == 0, "no such type: {word:#x} at {at:#x}");
                return;
            };
            let bytes = shape.bytes(len);
            if bytes > u64::from(run.end - at) {
                debug_assert!(false, "{bytes} bytes at {at:#x} of {run:?}");
                return;
            }
            self.space.mark(Map::Starts, at);
            at += bytes as u32;
        }
    }
}
