//! Objects on the heap, and the heap itself (see `docs/references.md`).
//!
//! ```text
//! 0         256 KiB                  1 MiB                     4 GiB - 1 MiB    4 GiB
//! | guard    | never used             | blocks of 32 KiB        | never used     |
//!
//! object:  +0 type word | +4 length | +8 fields or elements ... (a multiple of 8 bytes)
//! ```

/// The type word of an object, `u32`.
pub const TYPE: i32 = 0;
/// The length of an array in elements, `u32`; 0 in all other objects.
pub const LENGTH: i32 = 4;
/// The first field of a structure or exception.
pub const FIELDS: i32 = 8;
/// The first element of an array.
pub const ELEMENTS: i32 = 8;
/// Bytes before the fields or elements.
pub const HEADER: u32 = 8;
/// Objects begin at multiples of this and take a multiple of it.
pub const ALIGN: u32 = 8;

/// Address space of a heap: every offset is inside.
pub const SPAN: u64 = 1 << 32;
/// So many bytes from offset 0 on are never accessible: an access through null faults if it is to a
/// field that begins below this.
pub const NULL_GUARD: u32 = 256 << 10;
/// No object begins below this offset, so that small integers on a stack are no references.
pub const FIRST_OBJECT: u32 = 1 << 20;
/// No object reaches beyond this offset, so that `next + size` does not wrap for sizes up to
/// [`INLINE_MAX`].
pub const END: u32 = ((1u64 << 32) - (1 << 20)) as u32;
/// Compiled code allocates at most this many bytes itself; for larger objects it asks the runtime.
pub const INLINE_MAX: u32 = 32 << 10;

/// The lowest bit of a reference that is an `i31`; its value is in the upper 31 bits.
pub const I31: u32 = 1;

/// The kind of a type is in the bits of its type word from this one on.
pub const KIND_SHIFT: u32 = 28;
/// Kind of function types.
pub const KIND_FUNCTION: u32 = 1;
/// Kind of structures.
pub const KIND_STRUCTURE: u32 = 2;
/// Kind of arrays.
pub const KIND_ARRAY: u32 = 3;
/// Kind of exceptions.
pub const KIND_EXCEPTION: u32 = 4;
/// Kind of host values.
pub const KIND_HOST: u32 = 5;
/// The type word of all host values.
pub const HOST: u32 = KIND_HOST << KIND_SHIFT;

/// The number of a host value in its store, `u32`.
pub const HOST_NUMBER: i32 = 8;
/// Bytes of a host value.
pub const HOST_SIZE: u32 = 16;
/// The address of the tag in an exception, `u64`; the payload follows.
pub const EXCEPTION_TAG: i32 = 8;

/// Where the allocation pointer lies in the runtime's pair of it and its limit, `u32`.
pub const BUMP_NEXT: i32 = 0;
/// Where its limit lies, `u32`.
pub const BUMP_LIMIT: i32 = 4;

const _: () = assert!(NULL_GUARD < FIRST_OBJECT && FIRST_OBJECT < END);
const _: () = assert!(END.checked_add(INLINE_MAX).is_some(), "next + size does not wrap");
