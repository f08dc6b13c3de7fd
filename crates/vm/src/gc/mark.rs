//! Marking: from the roots along the references, without recursion.

use super::find::Run;
use super::shape::{References, Shapes};
use super::space::{BLOCK_SHIFT, FIRST, Map, Space};
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use waxwing_layout::gc as layout;

/// Objects that wait in the queue while their memory comes; a power of two.
const AHEAD: usize = 8;

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
    objects: u64,
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
        Marker {
            space,
            shapes,
            runs,
            stack,
            stack_limit,
            overflowed: false,
            top,
            live: 0,
            objects: 0,
        }
    }

    /// Marks what a reference leads to. Null and `i31` lead nowhere.
    ///
    /// The reference must be one that the store itself keeps; for words that only might be
    /// references there is [`Self::conservative`].
    #[inline(always)]
    pub fn precise(&mut self, reference: u32) {
        if !self.is_object(reference) || !self.space.mark(Map::Marks, reference) {
            return;
        }
        if self.stack.len() == self.stack.capacity() && !self.more_stack() {
            self.overflowed = true;
            return;
        }
        self.stack.push(reference);
    }

    /// Whether a reference is neither null nor an `i31`, and inside the heap.
    #[inline(always)]
    fn is_object(&self, reference: u32) -> bool {
        let from_first = reference.wrapping_sub(layout::FIRST_OBJECT);
        from_first < self.top.wrapping_sub(layout::FIRST_OBJECT)
            && reference.is_multiple_of(layout::ALIGN)
    }

    #[cold]
    #[inline(never)]
    fn more_stack(&mut self) -> bool {
        let more =
            self.stack.len().max(1024).min(self.stack_limit.saturating_sub(self.stack.len()));
        more > 0 && self.stack.try_reserve_exact(more).is_ok()
    }

    /// Follows all references. The bytes and the number of the objects marked.
    pub(super) fn finish(mut self) -> (u64, u64) {
        self.follow();
        if self.overflowed {
            while std::mem::take(&mut self.overflowed) {
                self.each_marked(|marker, at| {
                    marker.scan(at);
                    marker.follow();
                });
            }
            (self.live, self.objects) = (0, 0);
            self.each_marked(|marker, at| {
                let (word, len) = marker.space.header(at);
                marker.live += marker.shapes.get(word).map_or(0, |shape| shape.bytes(len));
                marker.objects += 1;
            });
        }
        (self.live, self.objects)
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

    /// Follows the references of everything on the stack. Objects pass through a short queue, so
    /// that the memory of the next ones is fetched while one is looked at.
    fn follow(&mut self) {
        let mut queue = [0u32; AHEAD];
        let mut at = 0;
        let mut waiting = 0;
        let base = self.space.base();
        loop {
            let next = match self.stack.pop() {
                Some(next) => {
                    // SAFETY: prefetching has no effect but on caches.
                    unsafe {
                        _mm_prefetch::<_MM_HINT_T0>(base.wrapping_add(next as usize).cast());
                    }
                    waiting += 1;
                    next
                }
                None if waiting == 0 => return,
                None => 0,
            };
            let object = std::mem::replace(&mut queue[at], next);
            at = (at + 1) % AHEAD;
            if object != 0 {
                waiting -= 1;
                let bytes = self.scan(object);
                self.live += bytes;
                self.objects += 1;
            }
        }
    }

    /// Marks what the object at `at` refers to. The object's bytes.
    #[inline(always)]
    fn scan(&mut self, at: u32) -> u64 {
        let (word, len) = self.space.header(at);
        let Some(shape) = self.shapes.get(word) else {
            debug_assert!(false, "no such type: {word:#x} at {at:#x}");
            return 0;
        };
        let bytes = shape.bytes(len);
        if bytes > u64::from(self.top - at) {
            debug_assert!(false, "{bytes} bytes at {at:#x}");
            return 0;
        }
        match &shape.references {
            References::None => {}
            References::Bitmap(bits) => {
                let mut bits = *bits;
                while bits != 0 {
                    let field = layout::HEADER + bits.trailing_zeros() * 4;
                    bits &= bits - 1;
                    self.field(at, field);
                }
            }
            References::Offsets(offsets) => {
                for &offset in offsets {
                    self.field(at, offset);
                }
            }
            References::Elements => {
                for index in 0..len {
                    self.field(at, layout::HEADER + index * 4);
                }
            }
        }
        bytes
    }

    #[inline(always)]
    fn field(&mut self, at: u32, offset: u32) {
        debug_assert!(at + offset < self.top);
        // SAFETY: the field lies in the object, which lies below the top, as `scan` has checked
        // (shapes name no field beyond their size); memory below the top is accessible.
        let reference =
            unsafe { self.space.base().add((at + offset) as usize).cast::<u32>().read() };
        self.precise(reference);
    }
}
