//! Branch hints: which way branches are likely to go (custom section `metadata.code.branch_hint`).

use crate::Custom;
use std::collections::HashMap;
use std::ops::Range;
use wasmparser::{BinaryReader, BranchHintFunction, SectionLimited};

/// The section's name.
const NAME: &str = "metadata.code.branch_hint";

/// The hints of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchHints(HashMap<u32, Vec<BranchHint>>);

/// What is known of one branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchHint {
    /// Where its operator stands, in bytes from the beginning of its function's body.
    pub offset: u32,
    /// Whether its condition is likely to be true; else it is likely to be false.
    pub likely: bool,
}

impl BranchHints {
    /// The hints of a function by its index, by rising offsets.
    pub fn of(&self, func: u32) -> &[BranchHint] {
        self.0.get(&func).map_or(&[], Vec::as_slice)
    }

    /// Those of a module's section, if it has one that is well formed and before the code. Nothing
    /// depends on hints: whatever is wrong with them, they are left out, as other custom sections are.
    pub(crate) fn find(bytes: &[u8], customs: &[Custom<'_>], code: &Range<usize>) -> BranchHints {
        let section = customs.iter().find(|c| c.name == NAME && c.range.end <= code.start);
        let contents = section.and_then(|c| bytes.get(c.range.clone()));
        contents.and_then(parse).unwrap_or_default()
    }
}

fn parse(section: &[u8]) -> Option<BranchHints> {
    let mut hints = HashMap::new();
    let mut last = None;
    let functions: SectionLimited<'_, BranchHintFunction<'_>> =
        SectionLimited::new(BinaryReader::new(section, 0)).ok()?;
    for function in functions.into_iter_with_offsets() {
        let (_, function) = function.ok()?;
        let mut list: Vec<BranchHint> = Vec::new();
        for hint in function.hints {
            let hint = hint.ok()?;
            if list.last().is_some_and(|before| before.offset >= hint.func_offset) {
                return None;
            }
            list.push(BranchHint { offset: hint.func_offset, likely: hint.taken });
        }
        if last.replace(function.func).is_some_and(|before| before >= function.func) {
            return None;
        }
        hints.insert(function.func, list);
    }
    Some(BranchHints(hints))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_read_or_left_out() {
        let good = [2, 3, 2, 5, 1, 0, 9, 1, 1, 4, 0];
        let hints = parse(&good).expect("well formed");
        let hint = |offset, likely| BranchHint { offset, likely };
        assert_eq!(hints.of(3), [hint(5, false), hint(9, true)]);
        assert!(hints.of(4).is_empty() && hints.of(5).is_empty());
        for end in 0..good.len() {
            assert_eq!(parse(&good[..end]), None, "cut at {end}");
        }
        // Not in order; another length; a third way to go.
        for bad in [
            &[1, 3, 2, 9, 1, 0, 5, 1, 1][..],
            &[2, 4, 0, 3, 0],
            &[1, 3, 1, 5, 2, 0, 0],
            &[1, 3, 1, 5, 1, 2],
            &[0, 0],
            &[0xff, 0xff, 0xff, 0xff, 0x0f, 1],
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
