//! Reading and writing objects for the host and the built-ins. Every access is checked to be inside the
//! heap's memory, so that a wrong reference cannot harm the host.

use super::Heap;
use super::shape::{Kind, Shape};
use waxwing_layout::gc as layout;

mod sealed {
    pub trait Sealed {}
}

/// What a field or element may be: any bits are a value of it.
pub trait Plain: Copy + sealed::Sealed {}

macro_rules! plain {
    ($($ty:ty)*) => { $(impl sealed::Sealed for $ty {} impl Plain for $ty {})* };
}
plain!(u8 i8 u16 i16 u32 i32 u64 i64 u128 i128 f32 f64);

impl Heap {
    /// The address of `len` bytes from `offset` on in the object at `reference`, or `None` if the
    /// reference is none to an object or the bytes are not inside the heap. They may be beyond the
    /// end of the object: the caller knows the object's type.
    #[inline]
    pub fn address(&self, reference: u32, offset: u64, len: u64) -> Option<*mut u8> {
        let end = u64::from(reference).checked_add(offset)?.checked_add(len)?;
        let is_object =
            reference >= layout::FIRST_OBJECT && reference.is_multiple_of(layout::ALIGN);
        (is_object && end <= u64::from(self.space.top()))
            .then(|| self.space.base().wrapping_add(reference as usize + offset as usize))
    }

    /// Reads a field or element at `offset` from the object's beginning.
    #[inline]
    pub fn load<T: Plain>(&self, reference: u32, offset: u64) -> Option<T> {
        let at = self.address(reference, offset, size_of::<T>() as u64)?;
        // SAFETY: the bytes are inside accessible memory of the heap; no Rust reference to them
        // exists, and guests do not run while `self` is borrowed. Any bits are a `T`.
        Some(unsafe { at.cast::<T>().read_unaligned() })
    }

    /// Writes a field or element at `offset` from the object's beginning. `None` if it was not written,
    /// because it is not inside the heap or would change the header.
    #[inline]
    pub fn store<T: Plain>(&mut self, reference: u32, offset: u64, value: T) -> Option<()> {
        if offset < u64::from(layout::HEADER) {
            return None;
        }
        let at = self.address(reference, offset, size_of::<T>() as u64)?;
        // SAFETY: as for `load`, and `self` is borrowed mutably.
        unsafe { at.cast::<T>().write_unaligned(value) };
        Some(())
    }

    /// The type word of the object at `reference`.
    #[inline]
    pub fn type_word(&self, reference: u32) -> Option<u32> {
        self.load(reference, layout::TYPE as u64)
    }

    /// The length in elements of the array at `reference`; 0 for other objects.
    #[inline]
    pub fn array_len(&self, reference: u32) -> Option<u32> {
        self.load(reference, layout::LENGTH as u64)
    }

    /// The address of `count` elements from `start` on of the array at `reference`, whose elements have
    /// `1 << shift` bytes. `None` if the array has not so many, or there is no such array.
    #[inline]
    pub fn elements(&self, reference: u32, start: u32, count: u32, shift: u32) -> Option<*mut u8> {
        let len = self.array_len(reference)?;
        if u64::from(start) + u64::from(count) > u64::from(len) {
            return None;
        }
        let offset = layout::ELEMENTS as u64 + (u64::from(start) << shift);
        self.address(reference, offset, u64::from(count) << shift)
    }

    /// The address of an element of the array at `reference`, whose elements have `1 << shift` bytes.
    #[inline]
    pub fn element_address(&self, reference: u32, index: u32, shift: u32) -> Option<*mut u8> {
        self.elements(reference, index, 1, shift)
    }

    /// The shape of the object at `reference`.
    pub fn shape(&mut self, reference: u32) -> Option<&'static Shape> {
        let word = self.type_word(reference)?;
        self.shapes.get(word)
    }

    /// Whether `reference` is to an object of this kind, as far as its type word says.
    pub fn is_kind(&mut self, reference: u32, kind: Kind) -> bool {
        self.shape(reference).is_some_and(|shape| shape.kind() == kind)
    }
}
