//! After marking: which blocks are free.

use super::shape::Shapes;
use super::space::{BLOCK, BLOCK_SHIFT, FIRST, Map, Space, Use};

/// Frees the blocks without a marked object. Holes in the others are looked for when they are needed. The number
/// of marked objects.
pub(super) fn sweep(space: &mut Space) -> u64 {
    let mut objects = 0;
    let mut block = FIRST;
    while block < space.fresh() {
        let marks = space.marks(Map::Marks, block);
        let marked: u32 = marks.iter().map(|word| word.count_ones()).sum();
        objects += u64::from(marked);
        let mut end = block + 1;
        match space.usage(block) {
            Use::Free => {}
            Use::Small { .. } => {
                let usage = if marked != 0 {
                    Use::Small { whole: false, indexed: false }
                } else {
                    Use::Free
                };
                space.set_usage(block..end, usage);
            }
            Use::Large | Use::Continued { .. } => {
                while let Use::Continued { .. } = space.usage(end) {
                    end += 1;
                }
                if marked == 0 {
                    space.set_usage(block..end, Use::Free);
                }
            }
        }
        block = end;
    }
    objects
}

/// What dead objects are overwritten with under stress: no type has this word.
const DEAD: u8 = 0xfd;

/// Overwrites everything that is not a marked object.
pub(super) fn overwrite_free(space: &mut Space, shapes: &mut Shapes) {
    for block in FIRST..space.fresh() {
        let base = block << BLOCK_SHIFT;
        let end = base + BLOCK;
        match space.usage(block) {
            Use::Large | Use::Continued { .. } => continue,
            Use::Free => {
                space.fill(base..end, DEAD);
                continue;
            }
            Use::Small { .. } => {}
        }
        let mut at = base;
        while at < end {
            let object = space.next_mark(Map::Marks, at).unwrap_or(end);
            space.fill(at..object, DEAD);
            if object == end {
                break;
            }
            let (word, len) = space.header(object);
            let bytes = shapes.get(word).map_or(u64::from(BLOCK), |shape| shape.bytes(len));
            at = u64::from(object).saturating_add(bytes).min(u64::from(end)) as u32;
        }
    }
}
