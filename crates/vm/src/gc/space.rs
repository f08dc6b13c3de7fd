//! The memory of a heap: its blocks, and for each block the marks of its objects.

use std::io;
use std::ops::Range;
use waxwing_layout::gc as layout;
use waxwing_sys::Reservation;

/// Binary logarithm of [`BLOCK`].
pub(super) const BLOCK_SHIFT: u32 = 15;
/// Bytes of a block.
pub(super) const BLOCK: u32 = 1 << BLOCK_SHIFT;
/// Bytes of a line.
pub(super) const LINE: u32 = 128;
/// The first block that is used.
pub(super) const FIRST: u32 = layout::FIRST_OBJECT >> BLOCK_SHIFT;
/// The block after the last that may be used.
pub(super) const LAST: u32 = layout::END >> BLOCK_SHIFT;
/// Memory is made accessible in steps of so many blocks (1 MiB).
const STEP: u32 = (1 << 20) >> BLOCK_SHIFT;
/// Words of marks of a block: a bit for each 8 bytes.
pub(super) const WORDS: usize = (BLOCK / 8 / 64) as usize;
/// Bytes of both maps of marks of a block, which lie beside each other.
const SIDE: usize = 2 * WORDS * 8;

/// What a block is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Nothing.
    Free,
    /// Objects that begin and end in it.
    Small {
        /// It was handed out as a whole since the last collection: it has no holes.
        whole: bool,
        /// Within a collection: its objects since the last one are among the starts.
        indexed: bool,
    },
    /// A single object that begins here.
    Large,
    /// More of the object that begins with this block.
    Continued { head: u32 },
}

/// Which of the two maps of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Map {
    /// The marks that the collection at work sets; afterwards those of the last collection.
    Marks,
    /// Within a collection: the marks of the one before.
    Starts,
}

pub(super) struct Space {
    heap: Reservation,
    side: Reservation,
    /// By number of block, from 0 to the end of what is accessible.
    blocks: Vec<Use>,
    /// Blocks from this one on were never used, and are zero.
    fresh: u32,
    /// Whether the second map has the marks.
    flipped: bool,
}

impl Space {
    pub(super) fn new() -> io::Result<Space> {
        let heap = Reservation::new(layout::SPAN as usize)?;
        let side = Reservation::new((LAST as usize) * SIDE)?;
        Ok(Space { heap, side, blocks: Vec::new(), fresh: FIRST, flipped: false })
    }

    /// The address of offset 0.
    #[inline(always)]
    pub(super) fn base(&self) -> *mut u8 {
        self.heap.base()
    }

    /// The block after the last accessible one.
    pub(super) fn end(&self) -> u32 {
        (self.blocks.len() as u32).max(FIRST)
    }

    /// The block after the last one that was ever used.
    pub(super) fn fresh(&self) -> u32 {
        self.fresh
    }

    /// No object reaches beyond this offset.
    #[inline(always)]
    pub(super) fn top(&self) -> u32 {
        self.fresh << BLOCK_SHIFT
    }

    /// Bytes that are accessible.
    pub(super) fn capacity(&self) -> u64 {
        u64::from(self.end() - FIRST) << BLOCK_SHIFT
    }

    #[inline(always)]
    pub(super) fn usage(&self, block: u32) -> Use {
        self.blocks.get(block as usize).copied().unwrap_or(Use::Free)
    }

    /// Sets the use of accessible blocks.
    pub(super) fn set_usage(&mut self, blocks: Range<u32>, usage: Use) {
        if usage != Use::Free {
            self.fresh = self.fresh.max(blocks.end);
        }
        if let Some(all) = self.blocks.get_mut(blocks.start as usize..blocks.end as usize) {
            all.fill(usage);
        }
    }

    /// The capacity in bytes if `blocks` more were made accessible, rounded up to a step where
    /// `max_bytes` lets it; `None` if it does not let so many.
    pub(super) fn grown(&self, blocks: u32, max_bytes: u64) -> Option<u64> {
        let most = (max_bytes >> BLOCK_SHIFT).min(u64::from(LAST - FIRST));
        let now = u64::from(self.end() - FIRST);
        let need = now + u64::from(blocks);
        let step = u64::from(STEP);
        (need <= most).then(|| need.next_multiple_of(step).min(most) << BLOCK_SHIFT)
    }

    /// Makes `capacity` bytes accessible, a result of [`Self::grown`].
    pub(super) fn grow(&mut self, capacity: u64) -> io::Result<()> {
        let end = FIRST + (capacity >> BLOCK_SHIFT) as u32;
        let old = self.end();
        if end <= old {
            return Ok(());
        }
        self.blocks
            .try_reserve(end as usize - self.blocks.len())
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let side = |block: u32| (block as usize * SIDE) & !(waxwing_sys::page_size() - 1);
        let side_end = (end as usize * SIDE).next_multiple_of(waxwing_sys::page_size());
        self.side.commit(side(old), side_end - side(old))?;
        let bytes = |blocks: u32| (blocks as usize) << BLOCK_SHIFT;
        self.heap.commit(bytes(old), bytes(end - old))?;
        self.blocks.resize(end as usize, Use::Free);
        Ok(())
    }

    /// What the address of the marks of an object is computed from; see [`marks_at`].
    #[inline(always)]
    pub(super) fn marks_base(&self, map: Map) -> *mut u64 {
        let second = self.flipped == (map == Map::Marks);
        self.side.base().cast::<u64>().wrapping_add(if second { WORDS } else { 0 })
    }

    /// Sets the mark of `at`, which is below [`Self::top`] and not below the first object; true
    /// if it was not set.
    #[inline(always)]
    pub(super) fn mark(&mut self, map: Map, at: u32) -> bool {
        debug_assert!((layout::FIRST_OBJECT..self.top()).contains(&at) && at.is_multiple_of(8));
        let bit = 1u64 << ((at >> 3) & 63);
        let word = marks_at(self.marks_base(map), at);
        // SAFETY: the marks of all accessible blocks are accessible, and only this space, which is
        // borrowed, leads to them.
        unsafe {
            let old = *word;
            *word = old | bit;
            old & bit == 0
        }
    }

    /// Whether the mark of `at` is set; false if it is in no accessible block.
    #[inline]
    pub(super) fn is_marked(&self, map: Map, at: u32) -> bool {
        if !(layout::FIRST_OBJECT..self.top()).contains(&at) || !at.is_multiple_of(8) {
            return false;
        }
        // SAFETY: the marks of all accessible blocks are accessible.
        unsafe { *marks_at(self.marks_base(map), at) & (1u64 << ((at >> 3) & 63)) != 0 }
    }

    /// The marks of a block, the lowest bit of the first word for its first 8 bytes.
    #[inline]
    pub(super) fn marks(&self, map: Map, block: u32) -> &[u64; WORDS] {
        assert!((FIRST..self.end()).contains(&block));
        // SAFETY: the marks of all accessible blocks are accessible; the borrow of the space keeps
        // them from changing.
        unsafe { &*marks_at(self.marks_base(map), block << BLOCK_SHIFT).cast::<[u64; WORDS]>() }
    }

    /// The last mark at or before `at` in its block.
    pub(super) fn last_mark(&self, map: Map, at: u32) -> Option<u32> {
        let block = at >> BLOCK_SHIFT;
        let marks = self.marks(map, block);
        let granule = (at % BLOCK) / 8;
        let mut word = (granule / 64) as usize;
        let mut bits = marks[word] & (u64::MAX >> (63 - granule % 64));
        loop {
            if bits != 0 {
                let granule = word as u32 * 64 + 63 - bits.leading_zeros();
                return Some((block << BLOCK_SHIFT) + granule * 8);
            }
            word = word.checked_sub(1)?;
            bits = marks[word];
        }
    }

    /// The first mark at or after `at` in its block.
    pub(super) fn next_mark(&self, map: Map, at: u32) -> Option<u32> {
        let block = at >> BLOCK_SHIFT;
        let marks = self.marks(map, block);
        let granule = (at % BLOCK) / 8;
        let mut word = (granule / 64) as usize;
        let mut bits = marks[word] & (u64::MAX << (granule % 64));
        while bits == 0 {
            word += 1;
            bits = *marks.get(word)?;
        }
        let granule = word as u32 * 64 + bits.trailing_zeros();
        Some((block << BLOCK_SHIFT) + granule * 8)
    }

    /// Begins a collection: the marks become the starts, and no mark is set.
    pub(super) fn flip(&mut self) {
        self.flipped = !self.flipped;
        for block in FIRST..self.fresh {
            let words = marks_at(self.marks_base(Map::Marks), block << BLOCK_SHIFT);
            // SAFETY: the marks of all accessible blocks are accessible, and nothing else leads there.
            unsafe { words.write_bytes(0, WORDS) };
        }
    }

    /// Gives the memory of free blocks at the end back to the system, if many more were used than
    /// `bytes` take with some room to spare. They are as if never used.
    pub(super) fn give_back(&mut self, bytes: u64) {
        let wanted = (bytes + bytes / 4).div_ceil(BLOCK.into()).min((LAST - FIRST).into()) as u32;
        let used = (FIRST..self.fresh).rev().find(|&block| self.usage(block) != Use::Free);
        let keep = (FIRST + wanted).max(used.map_or(FIRST, |block| block + 1));
        if self.fresh.saturating_sub(keep) < STEP {
            return;
        }
        let bytes = |blocks: u32| (blocks as usize) << BLOCK_SHIFT;
        // SAFETY: the blocks are free: nothing relies on their contents, and no reference to the heap's
        // bytes exists.
        if unsafe { self.heap.discard(bytes(keep), bytes(self.fresh - keep)) }.is_err() {
            return;
        }
        for block in keep..self.fresh {
            let words = marks_at(self.side.base().cast(), block << BLOCK_SHIFT);
            // SAFETY: the marks of all accessible blocks are accessible, both maps beside each other;
            // nothing else leads there.
            unsafe { words.write_bytes(0, 2 * WORDS) };
        }
        self.fresh = keep;
    }

    /// The two words of the header of the object at `at`, which is below [`Self::top`].
    #[inline(always)]
    pub(super) fn header(&self, at: u32) -> (u32, u32) {
        debug_assert!((layout::FIRST_OBJECT..self.top()).contains(&at) && at.is_multiple_of(8));
        // SAFETY: blocks below the top are accessible; no reference to the heap's bytes exists.
        let both = unsafe { self.base().add(at as usize).cast::<u64>().read() };
        (both as u32, (both >> 32) as u32)
    }

    /// Writes the header of the object at `at`, which is below [`Self::top`].
    #[inline]
    pub(super) fn set_header(&mut self, at: u32, word: u32, len: u32) {
        debug_assert!((layout::FIRST_OBJECT..self.top()).contains(&at) && at.is_multiple_of(8));
        let both = u64::from(word) | u64::from(len) << 32;
        // SAFETY: as for `header`.
        unsafe { self.base().add(at as usize).cast::<u64>().write(both) }
    }

    /// Fills accessible memory with a byte.
    pub(super) fn fill(&mut self, range: Range<u32>, byte: u8) {
        assert!(layout::FIRST_OBJECT <= range.start && range.end <= self.end() << BLOCK_SHIFT);
        // SAFETY: the range is accessible, and no reference to the heap's bytes exists.
        unsafe {
            self.base()
                .add(range.start as usize)
                .write_bytes(byte, (range.end.saturating_sub(range.start)) as usize)
        };
    }
}

/// The address of the marks of the 512 bytes that `at` is among, in the map that begins at `base`. The
/// word has a bit for each 8 bytes, the lowest for the first.
#[inline(always)]
pub(super) fn marks_at(base: *mut u64, at: u32) -> *mut u64 {
    marks_of_granule(base, at / 8)
}

/// As [`marks_at`], for the eight bytes of this number from where `base` belongs to, the beginning of a
/// block.
#[inline(always)]
pub(super) fn marks_of_granule(base: *mut u64, granule: u32) -> *mut u64 {
    let word = (granule / 64) as usize;
    base.wrapping_add(word + (word & !(WORDS - 1)))
}
