//! The heap of a store, and its collector.
//!
//! ```text
//! heap, 4 GiB:   | guard | unused | block | block | ...            | not yet accessible ...
//!                                  32 KiB, lines of 128 bytes
//! block:         [object][object][ hole handed out, zeroed:  objects ... next | zeros ... limit )
//! side, 128 MiB: for each block two maps with a bit for each 8 bytes: the marks of the objects
//!                that survived the last collection, and (within a collection) those before them
//! ```
//!
//! A mark-region collector (Blackburn and McKinley, "Immix", 2008) that never moves an object. Compiled
//! code allocates by moving [`Bump::next`]; [`Heap::alloc`] is what it calls when that does not suffice.
//! Marks double as line marks: a line is free if no marked object begins in it nor reaches into it, and
//! a hole is free lines with what is free of the lines around them. So marking writes one bit for
//! an object, and a hole ends exactly where objects begin and end.
//!
//! Objects of up to a block lie in one block. Larger ones have blocks of their own.
//!
//! # Invariants
//!
//! - Memory in `[next, limit)` of a hole is zero, but for the header that a stopped guest may have
//!   written at `next`; nothing refers to it.
//! - Between collections an object is where a mark of the last one is, or in a `find::Run` (a hole that
//!   was handed out, from its beginning to `next`, all objects without gaps), or at the head of a large
//!   span. Nothing else is an object.
//! - Blocks from `fresh` on have never been used, and their marks are zero.

mod access;
mod alloc;
mod find;
mod host;
mod mark;
mod shape;
mod space;
mod stats;
mod sweep;
#[cfg(test)]
mod tests;
mod verify;

pub use access::Plain;
pub use host::{HostValue, Root};
pub use mark::Marker;
pub use shape::{Kind, Shape, ShapeOf};
pub use stats::Stats;
pub use verify::Corrupt;

use alloc::{Cursor, Hole};
use find::Run;
use host::{HostValues, Roots};
use shape::Shapes;
use space::{BLOCK, BLOCK_SHIFT, LINE, Space};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use waxwing_layout::gc as layout;

/// Where compiled code allocates: offsets in the heap. It moves `next` and leaves `limit` alone.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bump {
    /// Where the next object begins.
    pub next: u32,
    /// Where it must end at the latest.
    pub limit: u32,
}

const _: () = assert!(std::mem::offset_of!(Bump, next) == layout::BUMP_NEXT as usize);
const _: () = assert!(std::mem::offset_of!(Bump, limit) == layout::BUMP_LIMIT as usize);

/// What a heap asks of the store it belongs to.
pub trait Owner {
    /// Gives all roots but the heap's own handles to the collector.
    fn roots(&mut self, marker: &mut Marker<'_>);

    /// Asked before the heap grows from `current` to `wanted` bytes. If refused, the heap makes do
    /// with what it has.
    fn may_grow(&mut self, current: u64, wanted: u64) -> bool {
        let _ = (current, wanted);
        true
    }
}

/// Roots alone; the heap may grow up to its limit.
impl<F: FnMut(&mut Marker<'_>)> Owner for F {
    fn roots(&mut self, marker: &mut Marker<'_>) {
        self(marker);
    }
}

/// There is no room for an object, and a collection made none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl std::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the store's heap is full: raise its limit or keep fewer objects")
    }
}

impl std::error::Error for OutOfMemory {}

/// A collection comes after so many bytes, and [`PER_LIVE`] for each live one.
const LEAST_BETWEEN: u64 = 16 << 20;
/// See `docs/rationale.md`.
const PER_LIVE: u64 = 2;

/// A heap of objects.
pub struct Heap {
    space: Space,
    shapes: Shapes,
    hosts: HostValues,
    roots: Roots,
    cursor: Cursor,
    /// Where the hole that the bump pointer is in begins.
    open: u32,
    /// A hole that was left for an object that did not fit.
    spare: Hole,
    /// What was handed out and filled since the last collection.
    runs: Vec<Run>,
    /// Kept from one collection to the next.
    mark_stack: Vec<u32>,
    mark_stack_limit: usize,
    max_bytes: u64,
    /// Bytes handed out since the last collection.
    handed_out: u64,
    /// A collection comes when so many were.
    threshold: u64,
    stress: bool,
    timed: bool,
    /// A collection is at work, or was ended by a panic: then nothing is known of the objects.
    collecting: bool,
    stats: Stats,
}

// SAFETY: a heap owns its memory; nothing in it has ties to a thread.
unsafe impl Send for Heap {}
// SAFETY: through `&Heap` memory is only read, but for the raw addresses of `address` and `elements`,
// whose use is the caller's promise.
unsafe impl Sync for Heap {}

impl std::fmt::Debug for Heap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Heap").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Heap {
    /// A heap without objects: it takes 4 GiB of addresses, and no memory yet. `shape_of` must give
    /// the same answer for a type word each time.
    ///
    /// # Errors
    /// If the system has no such range of addresses, or no memory.
    pub fn new(shape_of: ShapeOf) -> io::Result<Heap> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let space = Space::new()?;
        let mut mark_stack = Vec::new();
        mark_stack
            .try_reserve_exact(mark::LEAST_STACK)
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        Ok(Heap {
            cursor: Cursor::new(&space),
            space,
            shapes: Shapes::new(shape_of),
            hosts: HostValues::default(),
            roots: Roots::new(NEXT.fetch_add(1, Ordering::Relaxed)),
            open: 0,
            spare: Hole::NONE,
            runs: Vec::new(),
            mark_stack,
            mark_stack_limit: usize::MAX,
            max_bytes: layout::SPAN,
            handed_out: 0,
            threshold: LEAST_BETWEEN,
            stress: false,
            timed: false,
            collecting: false,
            stats: Stats::default(),
        })
    }

    /// The address of offset 0, `HEAP_BASE` of the instances. It never changes.
    pub fn base(&self) -> *mut u8 {
        self.space.base()
    }

    /// Limits the heap's memory. It is used in blocks of 32 KiB, so the limit is rounded down to one. A
    /// heap that is larger already stays so.
    pub fn set_max_bytes(&mut self, max_bytes: u64) {
        self.max_bytes = max_bytes;
    }

    /// Whether to collect at every allocation, to overwrite the memory of dead objects, and to
    /// [verify](Self::verify) the heap each time, which panics if it is corrupt. To be set before
    /// anything is allocated: compiled code allocates by itself up to the limit of its hole.
    pub fn set_stress(&mut self, stress: bool) {
        self.stress = stress;
    }

    /// Whether the time of collections is measured.
    pub fn set_timed(&mut self, timed: bool) {
        self.timed = timed;
    }

    /// What the heap has done so far.
    pub fn stats(&self) -> Stats {
        Stats {
            capacity_bytes: self.space.capacity(),
            host_values: self.hosts.len() as u64,
            ..self.stats
        }
    }

    /// Allocates an object and writes its header; the rest is zero. `len` is the length of an array in
    /// elements, else 0. May collect: all references that are to survive must be found by `owner`.
    ///
    /// # Errors
    /// If there is no room, and a collection made none; or if there is no such type.
    pub fn alloc(
        &mut self,
        bump: &mut Bump,
        type_word: u32,
        len: u32,
        owner: &mut dyn Owner,
    ) -> Result<u32, OutOfMemory> {
        let shape = self.shapes.get(type_word).ok_or(OutOfMemory)?;
        debug_assert!(len == 0 || shape.kind() == Kind::Array);
        let size = shape.bytes(len);
        if self.collecting || size > u64::from(layout::END - layout::FIRST_OBJECT) {
            return Err(OutOfMemory);
        }
        let size = size as u32;
        if self.stress {
            self.collect(bump, owner);
        }
        let at = match self.take(bump, size) {
            Some(at) => at,
            None => self.place(bump, size, owner)?,
        };
        if self.stress {
            bump.limit = bump.next;
        }
        self.space.set_header(at, type_word, len);
        Ok(at)
    }

    /// Room for an object in the hole at hand.
    #[inline]
    fn take(&mut self, bump: &mut Bump, size: u32) -> Option<u32> {
        if size > bump.limit - bump.next {
            return None;
        }
        let at = bump.next;
        bump.next += size;
        Some(at)
    }

    /// Room for an object that does not fit in the hole at hand.
    fn place(
        &mut self,
        bump: &mut Bump,
        size: u32,
        owner: &mut dyn Owner,
    ) -> Result<u32, OutOfMemory> {
        let mut collected = self.stress;
        if !collected && self.handed_out >= self.threshold {
            self.collect(bump, owner);
            collected = true;
        }
        loop {
            if let Some(at) = self.room(bump, size) {
                return Ok(at);
            }
            if self.grow(size, owner)
                && let Some(at) = self.room(bump, size)
            {
                return Ok(at);
            }
            if collected {
                return Err(OutOfMemory);
            }
            self.collect(bump, owner);
            collected = true;
        }
    }

    /// Room for an object in the memory that is accessible, but not in the hole at hand.
    fn room(&mut self, bump: &mut Bump, size: u32) -> Option<u32> {
        // Places to note this hole, and the two that are left when a collection begins.
        self.runs.try_reserve(3).ok()?;
        if size > BLOCK {
            let at = self.cursor.span(&mut self.space, size)?;
            self.handed_out += u64::from(size);
            self.stats.allocated_bytes += u64::from(size);
            return Some(at);
        }
        let hole = if size <= self.spare.room() {
            std::mem::replace(&mut self.spare, Hole::NONE)
        } else {
            let (cursor, space, shapes) = (&mut self.cursor, &mut self.space, &mut self.shapes);
            // Every hole is large enough for small objects. For others one would have to be looked
            // for, which passes over those that small ones could have had.
            let hole = if size <= LINE {
                cursor.hole(space, shapes, size).or_else(|| cursor.block(space))?
            } else {
                cursor.block(space).or_else(|| cursor.hole(space, shapes, size))?
            };
            self.handed_out += u64::from(hole.room());
            hole
        };
        let left = Hole { start: self.open, next: bump.next, limit: bump.limit };
        if left.room() > self.spare.room() {
            let old = std::mem::replace(&mut self.spare, left);
            self.note(old);
        } else {
            self.note(left);
        }
        self.open = hole.start;
        *bump = Bump { next: hole.next, limit: hole.limit };
        self.take(bump, size)
    }

    /// Notes what a hole was filled with; it is not used any more.
    fn note(&mut self, hole: Hole) {
        let run = hole.run();
        if run.start < run.end {
            self.stats.allocated_bytes += u64::from(run.end - run.start);
            self.runs.push(run);
        }
    }

    /// Makes more memory accessible, enough for an object of `size` bytes.
    fn grow(&mut self, size: u32, owner: &mut dyn Owner) -> bool {
        let mut blocks = size.div_ceil(BLOCK);
        if blocks > 1 {
            blocks = blocks.saturating_sub(alloc::free_at_end(&self.space));
        }
        let current = self.space.capacity();
        match self.space.grown(blocks, self.max_bytes) {
            Some(wanted) if wanted > current => {
                owner.may_grow(current, wanted) && self.space.grow(wanted).is_ok()
            }
            _ => false,
        }
    }

    /// Allocates an object that stands for a value of the host's.
    ///
    /// # Errors
    /// As for [`Self::alloc`].
    pub fn alloc_host(
        &mut self,
        bump: &mut Bump,
        value: HostValue,
        owner: &mut dyn Owner,
    ) -> Result<u32, OutOfMemory> {
        let at = self.alloc(bump, layout::HOST, 0, owner)?;
        // Without room the object is nobody's; it dies with the next collection.
        if !self.hosts.reserve() {
            return Err(OutOfMemory);
        }
        let number = self.hosts.insert(at, value);
        self.store(at, layout::HOST_NUMBER as u64, number).ok_or(OutOfMemory)?;
        Ok(at)
    }

    /// The value that the object at `reference` stands for; `None` if it is no host value.
    pub fn host_value(&self, reference: u32) -> Option<HostValue> {
        if self.type_word(reference)? != layout::HOST {
            return None;
        }
        let number = self.load(reference, layout::HOST_NUMBER as u64)?;
        self.hosts.get(number, reference).cloned()
    }

    /// A handle that keeps an object alive until it and its clones are dropped, which may be anywhere.
    pub fn root(&mut self, reference: u32) -> Root {
        self.roots.add(reference)
    }

    /// The reference of a handle; `None` if it is another heap's.
    pub fn rooted(&self, root: &Root) -> Option<u32> {
        self.roots.get(root)
    }
}

const _: () = assert!(layout::INLINE_MAX <= BLOCK && LINE.is_multiple_of(layout::ALIGN));
const _: () = assert!(layout::FIRST_OBJECT.is_multiple_of(1 << BLOCK_SHIFT));

impl Heap {
    /// Collects: finds all objects that the roots lead to, and makes the memory of the others free.
    /// Afterwards compiled code has no hole to allocate in, and asks for one.
    pub fn collect(&mut self, bump: &mut Bump, owner: &mut dyn Owner) {
        if self.collecting {
            return;
        }
        let begin = self.timed.then(std::time::Instant::now);
        let released = self.collect_objects(bump, owner);
        if self.stress
            && let Err(corrupt) = self.verify(bump)
        {
            panic!("{corrupt}");
        }
        self.stats.collections += 1;
        self.stats.time += begin.map_or(Duration::ZERO, |begin| begin.elapsed());
        // This may run code of the host's, and panic: everything else is done.
        drop(released);
    }

    fn collect_objects(&mut self, bump: &mut Bump, owner: &mut dyn Owner) -> Vec<HostValue> {
        self.collecting = true;
        self.close(bump);
        self.space.flip();
        self.roots.prune();
        let mut marker = Marker::new(
            &mut self.space,
            &mut self.shapes,
            &self.runs,
            &mut self.mark_stack,
            self.mark_stack_limit,
        );
        for reference in self.roots.references() {
            marker.precise(reference);
        }
        owner.roots(&mut marker);
        let live = marker.finish();
        let objects = sweep::sweep(&mut self.space);
        if self.stress {
            sweep::overwrite_free(&mut self.space, &mut self.shapes);
        }
        self.stats.live_bytes = live;
        self.stats.live_objects = objects;
        self.runs.clear();
        self.threshold = LEAST_BETWEEN + PER_LIVE * live;
        if !self.stress {
            self.space.give_back(live + self.threshold);
        }
        self.handed_out = 0;
        self.cursor = Cursor::new(&self.space);
        self.collecting = false;
        self.hosts.release(|owner| self.space.is_marked(space::Map::Marks, owner))
    }

    /// Leaves the holes at hand.
    fn close(&mut self, bump: &mut Bump) {
        let hole = Hole { start: self.open, next: bump.next, limit: bump.limit };
        *bump = Bump::default();
        self.open = 0;
        self.note(hole);
        let spare = std::mem::replace(&mut self.spare, Hole::NONE);
        self.note(spare);
        if !self.runs.is_sorted_by_key(|run| run.start) {
            self.runs.sort_unstable_by_key(|run| run.start);
        }
    }
}
