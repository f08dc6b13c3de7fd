//! What the collector must know of a type.

use waxwing_layout::gc as layout;

/// What sort of object a type describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Fields at fixed offsets.
    Structure,
    /// Elements of one type, as many as the header says.
    Array,
    /// A structure whose first field is the address of its tag.
    Exception,
    /// A value of the host's.
    Host,
}

/// Where the references of an object are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum References {
    /// It has none.
    None,
    /// Bit n: the four bytes at offset 8 + 4n are one. For structures of up to 264 bytes.
    Bitmap(u64),
    /// At these offsets from the object's beginning, in rising order. For larger structures.
    Offsets(Box<[u32]>),
    /// Every element of an array is one.
    Elements,
}

/// A type as the collector sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    kind: Kind,
    element_shift: u8,
    size: u32,
    /// None beyond the size.
    pub(super) references: References,
}

/// Finds the shape of a type word, or `None` if there is no such type.
pub type ShapeOf = fn(u32) -> Option<&'static Shape>;

static HOST: Shape = Shape {
    kind: Kind::Host,
    element_shift: 0,
    size: layout::HOST_SIZE,
    references: References::None,
};

impl Shape {
    /// A structure, or exception, of `size` bytes (header included, rounded up to 8) with references
    /// at these offsets from its beginning, in rising order.
    ///
    /// # Panics
    /// If an offset is no multiple of 4, not in rising order, in the header or beyond the size, or if
    /// `kind` is an array.
    pub fn structure(kind: Kind, size: u32, offsets: &[u32]) -> Shape {
        assert!(kind != Kind::Array && size >= layout::HEADER);
        assert!(offsets.iter().all(|at| at.is_multiple_of(4) && *at >= layout::HEADER));
        assert!(offsets.is_sorted() && offsets.last().is_none_or(|&at| at + 4 <= size));
        let size = size.next_multiple_of(layout::ALIGN);
        let references = match offsets.last() {
            None => References::None,
            Some(&last) if last < layout::HEADER + 256 => {
                let bit = |&at: &u32| 1u64 << ((at - layout::HEADER) / 4);
                References::Bitmap(offsets.iter().map(bit).fold(0, |a, b| a | b))
            }
            Some(_) => References::Offsets(offsets.into()),
        };
        Shape { kind, element_shift: 0, size, references }
    }

    /// An array of elements of `1 << element_shift` bytes.
    ///
    /// # Panics
    /// If elements have more than 16 bytes, or are references and have not 4.
    pub fn array(element_shift: u8, of_references: bool) -> Shape {
        assert!(element_shift <= 4 && (!of_references || element_shift == 2));
        let references = if of_references { References::Elements } else { References::None };
        Shape { kind: Kind::Array, element_shift, size: layout::HEADER, references }
    }

    /// What sort of object it describes.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Binary logarithm of the size of an array's element; 0 if it is no array.
    pub fn element_shift(&self) -> u8 {
        self.element_shift
    }

    /// Bytes of a structure with its header, a multiple of 8; of an array, those of the header.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Bytes of an object of this shape and `len` elements, header included; a multiple of 8.
    pub fn bytes(&self, len: u32) -> u64 {
        match self.kind {
            Kind::Array => {
                let elements = u64::from(len) << self.element_shift;
                (u64::from(layout::HEADER) + elements).next_multiple_of(u64::from(layout::ALIGN))
            }
            _ => u64::from(self.size),
        }
    }
}

/// The way to shapes, with those last used at hand.
pub(super) struct Shapes {
    shape_of: ShapeOf,
    recent: [Recent; RECENT],
}

/// A shape used lately.
#[derive(Clone, Copy)]
pub(super) struct Recent {
    word: u32,
    /// Bytes of a structure all of whose references are in `bits`; 0 if it is no such structure.
    pub size: u32,
    /// As in [`References::Bitmap`].
    pub bits: u64,
    shape: Option<&'static Shape>,
}

const RECENT: usize = 64;

impl Shapes {
    pub(super) fn new(shape_of: ShapeOf) -> Shapes {
        let none = Recent { word: 0, size: 0, bits: 0, shape: None };
        Shapes { shape_of, recent: [none; RECENT] }
    }

    /// The shape of a type word.
    #[inline(always)]
    pub(super) fn get(&mut self, word: u32) -> Option<&'static Shape> {
        match self.recent[word as usize % RECENT] {
            Recent { word: known, shape: Some(shape), .. } if known == word => Some(shape),
            _ => self.look_up(word),
        }
    }

    /// The shape of a type word if it was used lately and is a structure with few references.
    #[inline(always)]
    pub(super) fn simple(&self, word: u32) -> Option<Recent> {
        let recent = self.recent[word as usize % RECENT];
        (recent.word == word && recent.size != 0).then_some(recent)
    }

    #[cold]
    fn look_up(&mut self, word: u32) -> Option<&'static Shape> {
        let shape = if word == layout::HOST { &HOST } else { (self.shape_of)(word)? };
        let (size, bits) = match shape.references {
            References::Bitmap(bits) => (shape.size, bits),
            References::None if shape.kind != Kind::Array => (shape.size, 0),
            _ => (0, 0),
        };
        self.recent[word as usize % RECENT] = Recent { word, size, bits, shape: Some(shape) };
        Some(shape)
    }
}
