//! Where the fields of objects lie, and how types are numbered (`docs/references.md`). The heap
//! itself is in [`crate::gc`].

use crate::abi::Ty;
use crate::gc::{ALIGN, EXCEPTION_TAG, HEADER, KIND_SHIFT};
use waxwing_module::{FieldType, StorageType, ValType};

/// The number of a type within its word; above it stands the kind.
pub const NUMBER: u32 = (1 << KIND_SHIFT) - 1;
/// Types above each other at most (a limit of validation).
pub const MAX_DEPTH: u32 = 63;
/// Binary logarithm of the bytes of one type's display: a word for each depth.
pub const DISPLAY_SHIFT: u32 = 8;

const _: () = assert!(4 * (MAX_DEPTH + 1) == 1 << DISPLAY_SHIFT);

/// Where the fields of a structure lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Distance of each from the object's beginning.
    pub offsets: Vec<u32>,
    /// Bytes of the object, a multiple of [`ALIGN`].
    pub size: u32,
}

/// Bytes that a field or element takes.
pub fn storage_size(storage: StorageType) -> u32 {
    match storage {
        StorageType::I8 => 1,
        StorageType::I16 => 2,
        StorageType::Val(ty) => Ty::of(ty).size(),
    }
}

/// Whether it is a reference that the collector follows: any but those to functions.
pub fn is_traced(storage: StorageType) -> bool {
    matches!(storage, StorageType::Val(ValType::Ref(ty)) if !ty.is_func())
}

impl Fields {
    /// The fields of a structure. Those of a type below it begin with the same.
    pub fn of_struct(fields: &[FieldType]) -> Fields {
        Fields::behind(HEADER, fields.iter().map(|f| f.storage))
    }

    /// The parts of an exception's payload, behind the address of the tag.
    pub fn of_exception(payload: &[ValType]) -> Fields {
        Fields::behind(EXCEPTION_TAG as u32 + 8, payload.iter().map(|&ty| StorageType::Val(ty)))
    }

    fn behind(mut end: u32, fields: impl Iterator<Item = StorageType>) -> Fields {
        let offsets = fields
            .map(|storage| {
                let size = storage_size(storage);
                let at = end.next_multiple_of(size.min(ALIGN));
                end = at + size;
                at
            })
            .collect();
        Fields { offsets, size: end.next_multiple_of(ALIGN) }
    }
}

// Null faults in every structure: 10,000 fields are a limit of validation.
const _: () = assert!(10_000 * 16 + EXCEPTION_TAG as u32 + 8 <= crate::gc::NULL_GUARD);

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_module::RefType;

    #[test]
    fn fields_are_aligned_and_close_together() {
        let field = |storage| FieldType { storage, mutable: true };
        let any = StorageType::Val(ValType::Ref(RefType::ANYREF));
        let func = StorageType::Val(ValType::Ref(RefType::FUNCREF));
        let vector = StorageType::Val(ValType::V128);
        let fields: Vec<_> =
            [StorageType::I8, StorageType::I16, any, func, StorageType::I8, vector]
                .into_iter()
                .map(field)
                .collect();
        let all = Fields::of_struct(&fields);
        assert_eq!(all.offsets, [8, 10, 12, 16, 24, 32]);
        assert_eq!(all.size, 48);
        let first = Fields::of_struct(&fields[..4]);
        assert_eq!(first.offsets, all.offsets[..4]);
        assert_eq!(first.size, 24);
        assert_eq!(Fields::of_struct(&[]).size, 8);
        assert_eq!(Fields::of_exception(&[ValType::I32, ValType::F64]).offsets, [16, 24]);
    }
}
