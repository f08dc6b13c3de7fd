//! Marking: from the roots along the references, without recursion.

use super::find::Run;
use super::shape::{References, Shapes};
use super::space::{BLOCK_SHIFT, FIRST, Map, Space, marks_at, marks_of_granule};
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use waxwing_layout::gc as layout;

/// Objects that wait in the queue while their memory comes; a power of two.
const AHEAD: usize = 16;
/// Entries that the mark stack has room for at the least: then some references of an object can always
/// be followed, and looking at all objects again comes to an end.
pub(super) const LEAST_STACK: usize = 1024;
/// Entries that are kept from one collection to the next.
const KEPT_STACK: usize = 1 << 16;

/// Takes the roots of a collection; see [`Owner::roots`](super::Owner::roots).
pub struct Marker<'a> {
    pub(super) space: &'a mut Space,
    pub(super) shapes: &'a mut Shapes,
    /// Where objects were allocated since the last collection, in rising order.
    pub(super) runs: &'a [Run],
    /// Marked objects whose references are not yet followed.
    stack: &'a mut Vec<u32>,
    /// The most the stack may hold.
    stack_limit: usize,
    /// A marked object found no room on the stack.
    overflowed: bool,
    top: u32,
    live: u64,
}

impl<'a> Marker<'a> {
    pub(super) fn new(
        space: &'a mut Space,
        shapes: &'a mut Shapes,
        runs: &'a [Run],
        stack: &'a mut Vec<u32>,
        stack_limit: usize,
    ) -> Marker<'a> {
        let top = space.top();
        Marker { space, shapes, runs, stack, stack_limit, overflowed: false, top, live: 0 }
    }

    /// Marks what a reference leads to. Null and `i31` lead nowhere.
    ///
    /// The reference must be one that the store itself keeps; for words that only might be
    /// references there is [`Self::conservative`].
    #[inline]
    pub fn precise(&mut self, reference: u32) {
        let from_first = reference.wrapping_sub(layout::FIRST_OBJECT);
        if from_first >= self.top.wrapping_sub(layout::FIRST_OBJECT)
            || !reference.is_multiple_of(layout::ALIGN)
            || !self.space.mark(Map::Marks, reference)
        {
            return;
        }
        if self.has_room(1) {
            self.stack.push(reference);
        } else {
            self.overflowed = true;
        }
    }

    /// Makes room on the stack.
    fn has_room(&mut self, count: usize) -> bool {
        let len = self.stack.len();
        if self.stack.capacity() - len >= count {
            return true;
        }
        let more = len.max(LEAST_STACK).min(self.stack_limit.saturating_sub(len));
        more >= count && self.stack.try_reserve_exact(more).is_ok()
    }

    /// Follows all references. The bytes of the objects marked.
    pub(super) fn finish(mut self) -> u64 {
        self.follow();
        if self.overflowed {
            while std::mem::take(&mut self.overflowed) {
                self.each_marked(|marker, at| {
                    marker.again(at);
                });
            }
            self.live = 0;
            self.each_marked(|marker, at| {
                let (word, len) = marker.space.header(at);
                marker.live += marker.shapes.get(word).map_or(0, |shape| shape.bytes(len));
            });
        }
        if self.stack.capacity() > 16 * KEPT_STACK {
            let mut smaller = Vec::new();
            if smaller.try_reserve_exact(KEPT_STACK).is_ok() {
                *self.stack = smaller;
            }
        }
        self.live
    }

    /// Looks at all marked objects in their order. This finds those whose references were not
    /// followed because the stack had no room; it is needed only then.
    #[cold]
    fn each_marked(&mut self, mut visit: impl FnMut(&mut Marker<'a>, u32)) {
        for block in FIRST..self.space.fresh() {
            let end = u64::from(block + 1) << BLOCK_SHIFT;
            let mut at = block << BLOCK_SHIFT;
            while let Some(object) = self.space.next_mark(Map::Marks, at) {
                visit(self, object);
                at = object + layout::ALIGN;
                if u64::from(at) == end {
                    break;
                }
            }
        }
    }

    /// Follows the references of everything on the stack. Objects pass through a short queue on
    /// their way from it, so that their memory is fetched while others are looked at.
    fn follow(&mut self) {
        let mut trace = Trace::new(self);
        let mut queue = [0u32; AHEAD];
        let mut at = 0;
        loop {
            while let Some(next) = trace.pop() {
                // SAFETY: prefetching has no effect but on caches.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(trace.base.add(next as usize).cast()) };
                let object = std::mem::replace(&mut queue[at % AHEAD], next);
                at += 1;
                if object != 0 {
                    trace.scan(object);
                }
            }
            // Nothing on the stack: one from the queue, the oldest first.
            let Some(oldest) = (at..at + AHEAD).find(|at| queue[at % AHEAD] != 0) else { break };
            trace.scan(std::mem::take(&mut queue[oldest % AHEAD]));
        }
        trace.end();
    }

    /// Marks what the object at `at` refers to, and follows that.
    #[cold]
    fn again(&mut self, at: u32) {
        let mut trace = Trace::new(self);
        trace.scan(at);
        trace.end();
        self.follow();
    }
}

/// What following references works with, apart from the marker, so that it is kept in registers.
struct Trace<'a, 'b> {
    marker: &'a mut Marker<'b>,
    base: *mut u8,
    /// The marks of the first object.
    marks: *mut u64,
    top: u32,
    /// From the first object to the top, in units of 8 bytes.
    granules: u32,
    /// The mark stack: its memory, how much of it is used, and how much there is.
    stack: *mut u32,
    len: usize,
    capacity: usize,
    live: u64,
}

impl<'a, 'b> Trace<'a, 'b> {
    fn new(marker: &'a mut Marker<'b>) -> Trace<'a, 'b> {
        Trace {
            base: marker.space.base(),
            marks: marks_at(marker.space.marks_base(Map::Marks), layout::FIRST_OBJECT),
            top: marker.top,
            granules: (marker.top - layout::FIRST_OBJECT) / layout::ALIGN,
            stack: marker.stack.as_mut_ptr(),
            len: marker.stack.len(),
            capacity: marker.stack.capacity(),
            live: 0,
            marker,
        }
    }

    fn end(self) {
        // SAFETY: so many were written; `len` never exceeds the capacity.
        unsafe { self.marker.stack.set_len(self.len) };
        self.marker.live += self.live;
    }

    /// The object put on the stack last.
    #[inline(always)]
    fn pop(&mut self) -> Option<u32> {
        let len = self.len.checked_sub(1)?;
        self.len = len;
        // SAFETY: this entry was written.
        Some(unsafe { self.stack.add(self.len).read() })
    }

    #[inline(always)]
    fn has_room(&mut self, count: usize) -> bool {
        if self.capacity - self.len >= count {
            return true;
        }
        let has_room = more_room(self.marker, self.len, count);
        self.stack = self.marker.stack.as_mut_ptr();
        self.capacity = self.marker.stack.capacity();
        has_room
    }

    /// The reference at this offset of the heap.
    ///
    /// # Safety
    /// It lies below the top.
    #[inline(always)]
    unsafe fn load(&self, at: u32) -> u32 {
        // SAFETY: memory below the top is accessible, and no reference to it exists.
        unsafe { self.base.add(at as usize).cast::<u32>().read() }
    }

    /// Marks what the object at `at` refers to.
    #[inline(always)]
    fn scan(&mut self, at: u32) {
        // SAFETY: the object is marked, so it begins below the top.
        let (word, len) = unsafe { (self.load(at), self.load(at + layout::LENGTH as u32)) };
        match self.marker.shapes.simple(word) {
            Some(shape) if shape.size <= self.top - at => {
                self.live += u64::from(shape.size);
                self.scan_bitmap(at, shape.bits);
            }
            _ => self.scan_other(at, word, len),
        }
    }

    #[inline(always)]
    fn scan_bitmap(&mut self, at: u32, mut bits: u64) {
        // A bitmap has at most 64 bits.
        if !self.has_room(64) {
            return;
        }
        while bits != 0 {
            let field = layout::HEADER + bits.trailing_zeros() * 4;
            bits &= bits - 1;
            // SAFETY: shapes name no field beyond their size, and the object lies below the top. There
            // is room.
            unsafe {
                let reference = self.load(at + field);
                self.mark(reference);
            }
        }
    }

    #[inline(never)]
    fn scan_other(&mut self, at: u32, word: u32, len: u32) {
        let Some(shape) = self.marker.shapes.get(word) else {
            debug_assert!(false, "no such type: {word:#x} at {at:#x}");
            return;
        };
        let bytes = shape.bytes(len);
        if bytes > u64::from(self.top - at) {
            debug_assert!(false, "{bytes} bytes at {at:#x}");
            return;
        }
        self.live += bytes;
        match &shape.references {
            References::None => {}
            References::Bitmap(bits) => self.scan_bitmap(at, *bits),
            References::Offsets(offsets) => {
                for offset in offsets {
                    if !self.has_room(1) {
                        return;
                    }
                    // SAFETY: as in `scan_bitmap`.
                    unsafe {
                        let reference = self.load(at + offset);
                        self.mark(reference);
                    }
                }
            }
            References::Elements => {
                for index in 0..len {
                    if !self.has_room(1) {
                        return;
                    }
                    // SAFETY: the elements lie below the top. There is room.
                    unsafe {
                        let reference = self.load(at + layout::ELEMENTS as u32 + index * 4);
                        self.mark(reference);
                    }
                }
            }
        }
    }

    /// Marks what a reference leads to.
    ///
    /// # Safety
    /// The stack has room for one more.
    #[inline(always)]
    unsafe fn mark(&mut self, reference: u32) {
        // One comparison for both: the lowest three bits, which must be zero, become the highest.
        let granule = reference.wrapping_sub(layout::FIRST_OBJECT).rotate_right(3);
        if granule >= self.granules {
            return;
        }
        let bit = 1u64 << (granule % 64);
        let word = marks_of_granule(self.marks, granule);
        // SAFETY: the reference is below the top, so that its marks are accessible; nothing else leads
        // there while the space is borrowed. The caller says that there is room on the stack.
        unsafe {
            let old = word.read();
            if old & bit == 0 {
                word.write(old | bit);
                self.stack.add(self.len).write(reference);
                self.len += 1;
            }
        }
    }
}

/// Makes room on the stack, which has `len` entries by now.
#[cold]
#[inline(never)]
fn more_room(marker: &mut Marker<'_>, len: usize, count: usize) -> bool {
    // SAFETY: so many were written.
    unsafe { marker.stack.set_len(len) };
    let has_room = marker.has_room(count);
    marker.overflowed |= !has_room;
    has_room
}
