//! Where new objects go: holes between marked objects, free blocks, spans of blocks.

use super::find::Run;
use super::shape::Shapes;
use super::space::{BLOCK, BLOCK_SHIFT, FIRST, LINE, Map, Space, Use};

/// Free memory within a block: what is not yet filled of a run that begins at `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    pub start: u32,
    pub next: u32,
    pub limit: u32,
}

impl Hole {
    pub(super) const NONE: Hole = Hole { start: 0, next: 0, limit: 0 };

    pub(super) fn room(self) -> u32 {
        self.limit - self.next
    }

    pub(super) fn run(self) -> Run {
        Run { start: self.start, end: self.next }
    }
}

/// How far the search for free memory has come since the last collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    /// Holes below this offset were handed out, or passed over.
    holes: u32,
    /// No block below this one is free.
    free: u32,
    /// No `span.1` free blocks in a row begin below block `span.0`.
    span: (u32, u32),
    /// No block from this one on had objects at the last collection.
    end: u32,
}

impl Cursor {
    pub(super) fn new(space: &Space) -> Cursor {
        Cursor { holes: FIRST << BLOCK_SHIFT, free: FIRST, span: (FIRST, 0), end: space.fresh() }
    }

    /// The next hole of at least `size` bytes between marked objects, zeroed. Those passed over are
    /// not found again before the next collection. Holes have at least a line.
    pub(super) fn hole(
        &mut self,
        space: &mut Space,
        shapes: &mut Shapes,
        size: u32,
    ) -> Option<Hole> {
        while self.holes >> BLOCK_SHIFT < self.end {
            let block = self.holes >> BLOCK_SHIFT;
            let found = match space.usage(block) {
                Use::Small { whole: false, .. } => next_hole(space, shapes, self.holes),
                _ => None,
            };
            let Some(hole) = found else {
                self.holes = (block + 1) << BLOCK_SHIFT;
                continue;
            };
            self.holes = hole.limit;
            if hole.room() >= size {
                space.fill(hole.next..hole.limit, 0);
                return Some(hole);
            }
        }
        None
    }

    /// The first free block, zeroed.
    pub(super) fn block(&mut self, space: &mut Space) -> Option<Hole> {
        while space.usage(self.free) != Use::Free {
            self.free += 1;
        }
        if self.free >= space.end() {
            return None;
        }
        let block = self.free;
        self.free += 1;
        let start = block << BLOCK_SHIFT;
        let limit = start + BLOCK;
        if block < space.fresh() {
            space.fill(start..limit, 0);
        }
        space.set_usage(block..block + 1, Use::Small { whole: true, indexed: false });
        Some(Hole { start, next: start, limit })
    }

    /// The first free blocks in a row that hold `size` bytes, as one object, zeroed.
    pub(super) fn span(&mut self, space: &mut Space, size: u32) -> Option<u32> {
        let count = size.div_ceil(BLOCK);
        let mut head = if count >= self.span.1 { self.span.0.max(self.free) } else { self.free };
        loop {
            let end = (head..space.end().min(head + count))
                .find(|&block| space.usage(block) != Use::Free);
            match end {
                Some(used) => head = used + 1,
                None if head + count > space.end() => {
                    self.span = (head, count);
                    return None;
                }
                None => break,
            }
        }
        self.span = (head + count, count);
        let start = head << BLOCK_SHIFT;
        let dirty = (space.fresh() << BLOCK_SHIFT).min(start + size);
        if start < dirty {
            space.fill(start..dirty, 0);
        }
        space.set_usage(head..head + 1, Use::Large);
        space.set_usage(head + 1..head + count, Use::Continued { head });
        Some(start)
    }
}

/// Free blocks at the end of what is accessible.
pub(super) fn free_at_end(space: &Space) -> u32 {
    let used = (FIRST..space.end()).rev().find(|&block| space.usage(block) != Use::Free);
    space.end() - used.map_or(FIRST, |block| block + 1)
}

/// The first hole at or after `from` in its block. `from` is the block's beginning, or a marked object.
fn next_hole(space: &Space, shapes: &mut Shapes, from: u32) -> Option<Hole> {
    let block = from >> BLOCK_SHIFT;
    let base = block << BLOCK_SHIFT;
    let marks = space.marks(Map::Marks, block);
    let is_free = |line: u32| (marks[line as usize / 4] >> (line % 4 * 16)) as u16 == 0;
    let mut line = (from - base) / LINE;
    loop {
        // No object begins in this line; but one may reach into it.
        line = (line..BLOCK / LINE).find(|&line| is_free(line))?;
        let at = base + line * LINE;
        let before = if line == 0 { None } else { space.last_mark(Map::Marks, at - 8) };
        let limit = space.next_mark(Map::Marks, at).unwrap_or(base + BLOCK);
        let start = match before {
            None => base,
            Some(object) => {
                let (word, len) = space.header(object);
                let bytes = shapes.get(word).map_or(u64::from(BLOCK), |shape| shape.bytes(len));
                // An object that has no end leaves no hole.
                u64::from(object).saturating_add(bytes).min(u64::from(limit)) as u32
            }
        };
        if limit - start >= LINE {
            return Some(Hole { start, next: start, limit });
        }
        line = (limit - base) / LINE;
        if line >= BLOCK / LINE {
            return None;
        }
    }
}
