//! Tests of the heap. `World` is a guest with a stack, and types to allocate.

mod basics;
mod find;
mod limits;
mod model;

use super::{Bump, Heap, Kind, Marker, OutOfMemory, Owner, Shape};
use std::sync::OnceLock;
use waxwing_layout::gc as layout;

/// A structure of two references and a number.
pub const PAIR: u32 = layout::KIND_STRUCTURE << layout::KIND_SHIFT | 1;
/// An array of references.
pub const REFS: u32 = layout::KIND_ARRAY << layout::KIND_SHIFT | 2;
/// An array of bytes.
pub const BYTES: u32 = layout::KIND_ARRAY << layout::KIND_SHIFT | 3;
/// An array of vectors.
pub const VECTORS: u32 = layout::KIND_ARRAY << layout::KIND_SHIFT | 4;
/// An exception with a reference behind its tag.
pub const EXCEPTION: u32 = layout::KIND_EXCEPTION << layout::KIND_SHIFT | 5;
/// A structure without fields.
pub const EMPTY: u32 = layout::KIND_STRUCTURE << layout::KIND_SHIFT | 6;
/// A structure too wide for a bitmap: references at 8, 300 and 996.
pub const WIDE: u32 = layout::KIND_STRUCTURE << layout::KIND_SHIFT | 7;

pub fn shape_of(word: u32) -> Option<&'static Shape> {
    static SHAPES: OnceLock<Vec<Shape>> = OnceLock::new();
    let shapes = SHAPES.get_or_init(|| {
        vec![
            Shape::structure(Kind::Structure, 24, &[8, 12]),
            Shape::array(2, true),
            Shape::array(0, false),
            Shape::array(4, false),
            Shape::structure(Kind::Exception, 20, &[16]),
            Shape::structure(Kind::Structure, 8, &[]),
            Shape::structure(Kind::Structure, 1000, &[8, 300, 996]),
        ]
    });
    [PAIR, REFS, BYTES, VECTORS, EXCEPTION, EMPTY, WIDE]
        .iter()
        .position(|&known| known == word)
        .map(|at| &shapes[at])
}

/// A heap, where its guest allocates, and the guest's stack.
pub struct World {
    pub heap: Heap,
    pub bump: Bump,
    pub stack: Vec<u64>,
    /// What growth is refused from, in bytes.
    pub refuse_from: u64,
}

/// The roots of a [`World`].
struct Stack<'a>(&'a [u64], u64);

impl Owner for Stack<'_> {
    fn roots(&mut self, marker: &mut Marker<'_>) {
        // SAFETY: the words are borrowed.
        unsafe { marker.conservative_range(self.0.as_ptr_range()) };
    }

    fn may_grow(&mut self, _: u64, wanted: u64) -> bool {
        wanted < self.1
    }
}

impl World {
    pub fn new() -> World {
        let mut heap = Heap::new(shape_of).unwrap();
        heap.set_timed(true);
        World { heap, bump: Bump::default(), stack: Vec::new(), refuse_from: u64::MAX }
    }

    pub fn stressed() -> World {
        let mut world = World::new();
        world.heap.set_stress(true);
        world
    }

    /// As compiled code does it.
    pub fn alloc(&mut self, word: u32, len: u32) -> Result<u32, OutOfMemory> {
        let size = shape_of(word).unwrap().bytes(len);
        let end = u64::from(self.bump.next) + size;
        if size <= u64::from(layout::INLINE_MAX) && end <= u64::from(self.bump.limit) {
            let at = self.bump.next;
            self.heap.space.set_header(at, word, len);
            self.bump.next = end as u32;
            return Ok(at);
        }
        let mut owner = Stack(&self.stack, self.refuse_from);
        self.heap.alloc(&mut self.bump, word, len, &mut owner)
    }

    /// Keeps the mark stack as short as it can be.
    pub fn shorten_mark_stack(&mut self) {
        self.heap.mark_stack = Vec::with_capacity(64);
        self.heap.mark_stack_limit = 64;
    }

    pub fn collect(&mut self) {
        self.heap.collect(&mut self.bump, &mut Stack(&self.stack, self.refuse_from));
    }

    pub fn live(&mut self) -> u64 {
        self.collect();
        self.heap.stats().live_objects
    }

    pub fn push(&mut self, reference: u32) {
        self.stack.push(reference.into());
    }

    pub fn get(&self, object: u32, offset: u64) -> u32 {
        self.heap.load(object, offset).unwrap()
    }

    pub fn set(&mut self, object: u32, offset: u64, value: u32) {
        self.heap.store(object, offset, value).unwrap();
    }
}

impl World {
    /// A host value.
    pub fn host(&mut self, value: super::HostValue) -> Result<u32, OutOfMemory> {
        let mut owner = Stack(&self.stack, self.refuse_from);
        self.heap.alloc_host(&mut self.bump, value, &mut owner)
    }

    /// Bytes of an object.
    pub fn bytes(&self, object: u32) -> u64 {
        let len = self.heap.array_len(object).unwrap();
        let word = self.heap.type_word(object).unwrap();
        let host = (word == layout::HOST).then_some(u64::from(layout::HOST_SIZE));
        host.unwrap_or_else(|| shape_of(word).unwrap().bytes(len))
    }
}

/// Numbers that look random.
pub struct Random(pub u64);

impl Random {
    /// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
