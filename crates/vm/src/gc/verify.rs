//! Looking over the whole heap for what must not be.

use super::alloc::Hole;
use super::find::Run;
use super::shape::References;
use super::space::{BLOCK, BLOCK_SHIFT, FIRST, Map, Use};
use super::{Bump, Heap};
use waxwing_layout::gc as layout;

/// Something in a heap that breaks an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt {
    /// Offset in the heap of the object, or of the memory.
    pub at: u32,
    /// What is wrong with it.
    pub what: &'static str,
}

impl std::fmt::Display for Corrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "heap corrupted at offset {:#x}: {}", self.at, self.what)
    }
}

impl std::error::Error for Corrupt {}

impl Heap {
    /// Looks at every object, also those that no root leads to any more: types are known, objects do not
    /// overlap, every reference is null, an `i31` or leads to the beginning of an object, and free memory
    /// of holes is zero. Takes time and memory in proportion to the heap; meant for tests.
    ///
    /// # Errors
    /// The first thing found that is not so.
    pub fn verify(&mut self, bump: &Bump) -> Result<(), Corrupt> {
        let open = Hole { start: self.open, next: bump.next, limit: bump.limit };
        let mut runs = self.runs.clone();
        runs.extend([open.run(), self.spare.run()]);
        runs.retain(|run| run.start < run.end);
        runs.sort_unstable_by_key(|run| run.start);
        self.check_zero(open)?;
        self.check_zero(self.spare)?;
        let starts = self.starts(&runs)?;
        for (i, &at) in starts.iter().enumerate() {
            let (word, len) = self.space.header(at);
            let shape = self.shapes.get(word).ok_or(Corrupt { at, what: "no such type" })?;
            let end = u64::from(at) + shape.bytes(len);
            let bound = starts.get(i + 1).copied().unwrap_or(self.space.top());
            if end > u64::from(bound) {
                return Err(Corrupt { at, what: "reaches into the next object" });
            }
            if self.space.usage(at >> BLOCK_SHIFT) != Use::Large
                && end > u64::from(at - at % BLOCK) + u64::from(BLOCK)
            {
                return Err(Corrupt { at, what: "reaches beyond its block" });
            }
            let check = |offset: u32| self.check_reference(at, at + offset, &starts);
            match &shape.references {
                References::None => {}
                References::Bitmap(bits) => {
                    let mut fields = (0..64).filter(|bit| bits >> bit & 1 == 1);
                    fields.try_for_each(|bit| check(layout::HEADER + bit * 4))?;
                }
                References::Offsets(offsets) => offsets.iter().copied().try_for_each(check)?,
                References::Elements => {
                    (0..len).try_for_each(|index| check(layout::HEADER + index * 4))?;
                }
            }
        }
        Ok(())
    }

    fn check_reference(&self, object: u32, field: u32, starts: &[u32]) -> Result<(), Corrupt> {
        let reference: u32 = self
            .load(object, u64::from(field - object))
            .ok_or(Corrupt { at: object, what: "a field is outside the heap" })?;
        let is_right = reference == 0
            || reference & layout::I31 != 0
            || starts.binary_search(&reference).is_ok();
        is_right.then_some(()).ok_or(Corrupt { at: object, what: "refers to no object" })
    }

    fn check_zero(&self, hole: Hole) -> Result<(), Corrupt> {
        // A stopped guest may have left a header at `next`.
        let from = hole.next + layout::HEADER;
        for at in (from..hole.limit.max(from)).step_by(layout::ALIGN as usize) {
            if self.space.header(at) != (0, 0) {
                return Err(Corrupt { at, what: "free memory of a hole is not zero" });
            }
        }
        Ok(())
    }

    /// Where objects begin, in rising order.
    fn starts(&mut self, runs: &[Run]) -> Result<Vec<u32>, Corrupt> {
        let mut starts = Vec::new();
        for block in FIRST..self.space.fresh() {
            let base = block << BLOCK_SHIFT;
            match self.space.usage(block) {
                Use::Free | Use::Continued { .. } => {}
                Use::Large => starts.push(base),
                Use::Small { .. } => {
                    let mut at = base;
                    while let Some(object) = self.space.next_mark(Map::Marks, at) {
                        starts.push(object);
                        at = object + layout::ALIGN;
                        if at.is_multiple_of(BLOCK) {
                            break;
                        }
                    }
                }
            }
        }
        for run in runs {
            let mut at = run.start;
            while at < run.end {
                let (word, len) = self.space.header(at);
                let shape =
                    self.shapes.get(word).ok_or(Corrupt { at, what: "no such type in a run" })?;
                if shape.bytes(len) > u64::from(run.end - at) {
                    return Err(Corrupt { at, what: "reaches beyond its run" });
                }
                starts.push(at);
                at += shape.bytes(len) as u32;
            }
        }
        starts.sort_unstable();
        Ok(starts)
    }
}
