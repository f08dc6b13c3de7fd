//! Which data segments become memory images.
//!
//! A segment becomes part of an image when it is certain that the instantiation reaches it and
//! that it fits: then nobody can tell that its bytes were there from the beginning. That is so if
//! no active element segment can fail, and neither the segment nor any active one before it can.
//! What follows the first uncertain one is copied as the specification says, on top of the images.
//!
//! Within one memory, segments whose pages touch or lie close together form a *run*, and each run
//! becomes an image, without the zero pages at its ends.

use std::ops::Range;
use waxwing_artifact::PAGE;
use waxwing_module::{ConstExpr, DataMode, ElementItems, ElementMode, Module};

/// Pages between two segments that are stored for the sake of one mapping less: at most so many
/// bytes in one hole, and in all holes of a memory so many more than it has data.
const HOLE: u64 = 1 << 20;
/// Images of one memory: each is a mapping, of which a process has a limited number.
const IMAGES: usize = 4;

/// What becomes of the data segments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Images {
    /// Memory, address and length of each image.
    pub(crate) images: Vec<(u32, u64, u64)>,
    /// What is copied into the images' bytes, in this order: from the module, to the offset.
    pub(crate) copies: Vec<(Range<usize>, usize)>,
    /// Whether each data segment is part of an image.
    pub(crate) imaged: Vec<bool>,
}

/// A segment with a known place.
#[derive(Clone, Debug)]
struct Piece {
    segment: usize,
    memory: u32,
    address: u64,
    bytes: Range<usize>,
}

/// Segments of one memory whose pages belong together, by address.
struct Run {
    pages: Range<u64>,
    pieces: Vec<Piece>,
}

/// Plans the images of a module. `wasm` is what it was decoded from.
pub(crate) fn plan(module: &Module, wasm: &[u8]) -> Images {
    let mut plan = Images { imaged: vec![false; module.data.len()], ..Images::default() };
    if !module.elements.iter().all(|e| element_succeeds(module, &e.mode, &e.items)) {
        return plan;
    }
    let mut pieces = certain_pieces(module);
    pieces.sort_by_key(|p| (p.memory, p.address, p.segment));
    let mut written = 0;
    for of_memory in pieces.chunk_by(|a, b| a.memory == b.memory) {
        for run in largest(runs(of_memory)) {
            for piece in &run.pieces {
                plan.imaged[piece.segment] = true;
            }
            if let Some(range) = without_zeros(&run.pieces, wasm) {
                let memory = of_memory[0].memory;
                plan.images.push((memory, range.start, range.end - range.start));
                copies(run.pieces, &range, written, &mut plan.copies);
                written += (range.end - range.start) as usize;
            }
        }
    }
    plan
}

/// The active segments of own memories, up to the first active segment that may fail.
fn certain_pieces(module: &Module) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (segment, data) in module.data.iter().enumerate() {
        let DataMode::Active { memory, offset } = &data.mode else { continue };
        let ty = &module.memories[*memory as usize];
        let size = ty.bytes(ty.limits.min);
        let len = data.bytes.end - data.bytes.start;
        let Some(address) = place(offset, len, size) else { break };
        // An imported memory has at least the size that is asked for.
        // Images are whole pages, and so must the memory be.
        if *memory >= module.imported_memories && ty.page_size() >= PAGE && !ty.shared {
            let bytes = data.bytes.start as usize..data.bytes.end as usize;
            pieces.push(Piece { segment, memory: *memory, address, bytes });
        }
    }
    pieces
}

fn element_succeeds(module: &Module, mode: &ElementMode, items: &ElementItems) -> bool {
    let ElementMode::Active { table, offset } = mode else { return true };
    let len = match items {
        ElementItems::Funcs(funcs) => funcs.len(),
        ElementItems::Exprs(exprs) => exprs.len(),
    };
    place(offset, len as u64, module.tables[*table as usize].limits.min).is_some()
}

/// The place of `len` units, if it is known and lies within `size`.
fn place(offset: &ConstExpr, len: u64, size: u64) -> Option<u64> {
    let at = offset.as_offset()?;
    (at.checked_add(len)? <= size).then_some(at)
}

/// Divides one memory's pieces, which come by address.
fn runs(pieces: &[Piece]) -> Vec<Run> {
    let data: u64 = pieces.iter().map(|p| p.bytes.len() as u64).sum();
    let mut spare = HOLE.saturating_add(data);
    let mut runs: Vec<Run> = Vec::new();
    for piece in pieces {
        let end = piece.address + piece.bytes.len() as u64;
        let pages = piece.address / PAGE * PAGE..end.next_multiple_of(PAGE);
        if let Some(run) = runs.last_mut() {
            let hole = pages.start.saturating_sub(run.pages.end);
            if hole <= HOLE && hole <= spare {
                spare -= hole;
                run.pages.end = run.pages.end.max(pages.end);
                run.pieces.push(piece.clone());
                continue;
            }
        }
        runs.push(Run { pages, pieces: vec![piece.clone()] });
    }
    runs
}

/// The runs with the most pages, if there are too many; by address.
fn largest(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by_key(|r| (std::cmp::Reverse(r.pages.end - r.pages.start), r.pages.start));
    runs.truncate(IMAGES);
    runs.sort_by_key(|r| r.pages.start);
    runs
}

/// The pages of a run from the first to the last byte that is not zero.
fn without_zeros(pieces: &[Piece], wasm: &[u8]) -> Option<Range<u64>> {
    let bytes = |p: &Piece| wasm.get(p.bytes.clone()).unwrap_or_default();
    let first = |p: &Piece| Some(p.address + bytes(p).iter().position(|&b| b != 0)? as u64);
    let last = |p: &Piece| Some(p.address + bytes(p).iter().rposition(|&b| b != 0)? as u64);
    let start = pieces.iter().filter_map(first).min()?;
    let end = pieces.iter().filter_map(last).max()?;
    Some(start / PAGE * PAGE..(end + 1).next_multiple_of(PAGE))
}

/// What of each piece lies within the image, to be written in the segments' order: later ones may
/// overwrite earlier ones.
fn copies(
    mut pieces: Vec<Piece>,
    image: &Range<u64>,
    written: usize,
    copies: &mut Vec<(Range<usize>, usize)>,
) {
    pieces.sort_by_key(|p| p.segment);
    for piece in pieces {
        let end = piece.address + piece.bytes.len() as u64;
        let (from, to) = (piece.address.max(image.start), end.min(image.end));
        if from < to {
            let start = piece.bytes.start + (from - piece.address) as usize;
            let at = written + (from - image.start) as usize;
            copies.push((start..start + (to - from) as usize, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_decode::{Options, decode};

    fn planned(wat: &str) -> (Images, Vec<Vec<u8>>) {
        let wasm = wat::parse_str(wat).unwrap();
        let module = decode(&wasm, &Options::default()).unwrap().module;
        let plan = plan(&module, &wasm);
        let total: u64 = plan.images.iter().map(|i| i.2).sum();
        let mut bytes = vec![0; total as usize];
        for (from, to) in &plan.copies {
            bytes[*to..*to + from.len()].copy_from_slice(&wasm[from.clone()]);
        }
        let mut rest = &bytes[..];
        let contents = plan.images.iter().map(|i| {
            let (head, tail) = rest.split_at(i.2 as usize);
            rest = tail;
            head.to_vec()
        });
        let contents = contents.collect();
        (plan, contents)
    }

    #[test]
    fn images_are_whole_pages_without_zeros_at_the_ends() {
        let (plan, contents) = planned(
            r#"(module (memory 2)
                 (data (i32.const 0) "\00\00")
                 (data (i32.const 8191) "ab")
                 (data (i32.const 40000) "\00"))"#,
        );
        assert_eq!(plan.images, [(0, 4096, 8192)]);
        assert_eq!(plan.imaged, [true; 3]);
        assert_eq!(contents[0][4095..4097], *b"ab");
    }

    #[test]
    fn nothing_but_zeros_needs_no_image() {
        let (plan, _) = planned(
            r#"(module (memory 1) (data (i32.const 5) "\00\00") (data (i32.const 65536) ""))"#,
        );
        assert_eq!((plan.images, plan.imaged), (vec![], vec![true, true]));
    }

    #[test]
    fn what_may_fail_ends_the_imaging() {
        let uncertain = [
            r#"(data (i32.const 65536) "x")"#,
            r#"(data (global.get $g) "x")"#,
            r#"(data (memory 0) (i32.const 65535) "xy")"#,
            r#"(data (i32.const -1) "x")"#,
        ];
        for one in uncertain {
            let (plan, _) = planned(&format!(
                r#"(module (import "" "" (memory 1)) (import "" "" (global $g i32)) (memory $m 1)
                     (data (memory $m) (i32.const 1) "a") {one} (data (memory $m) (i32.const 2) "b"))"#
            ));
            assert_eq!(plan.imaged, [true, false, false], "{one}");
        }
        let (plan, _) = planned(
            r#"(module (import "" "" (memory 1)) (memory $m 1)
                 (data (memory 0) (i32.const 65535) "x") (data (memory $m) (i32.const 2) "b"))"#,
        );
        assert_eq!(plan.imaged, [false, true], "what fits for certain does not end it");
        let (plan, _) = planned(
            r#"(module (import "" "" (table 1 funcref)) (memory 1) (func)
                 (elem (i32.const 1) func 0) (data (i32.const 2) "b"))"#,
        );
        assert_eq!(plan.imaged, [false], "an element segment may fail first");
    }

    #[test]
    fn holes_divide_images_and_their_number_is_limited() {
        let data: String =
            (0..6).map(|i| format!(r#"(data (i32.const {}) "x{i}")"#, i * (3 << 20))).collect();
        let (plan, contents) = planned(&format!("(module (memory 512) {data})"));
        assert_eq!(plan.images.len(), 4);
        assert_eq!(plan.imaged, [true, true, true, true, false, false]);
        assert_eq!(plan.images[2], (0, 6 << 20, 4096));
        assert_eq!(contents[2][..2], *b"x2");
    }

    #[test]
    fn many_small_holes_do_not_make_a_large_file() {
        let data: String =
            (0..500).map(|i| format!(r#"(data (i32.const {}) "x")"#, i * 1_000_000)).collect();
        let (plan, _) = planned(&format!("(module (memory 8000) {data})"));
        let total: u64 = plan.images.iter().map(|i| i.2).sum();
        assert!(total <= HOLE + 500 + 2 * 500 * PAGE, "{total}");
        assert_eq!(plan.images.len(), 4);
        assert!(plan.imaged.iter().filter(|&&i| !i).count() > 400);
    }
}
