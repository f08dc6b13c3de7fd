//! Types of structures and arrays: a module's, or the host's own.

use crate::{Error, Result};
use std::sync::Arc;
use waxwing_module::{CompositeType, FieldType, HeapType, RefType, SubType, TypeKind};
use waxwing_vm::types;

/// Defines types of the host's: a recursive group. In it numbers below its length name its own types;
/// all other types are named as functions, globals and modules name theirs ([`crate::Module::types`]).
/// Types are the same in the whole process: a module that defines the same group has the same types.
///
/// ```
/// use waxwing::{define_types, CompositeType, FieldType, HeapType, RefType, StorageType, SubType,
///     StructType, TypeKind, ValType};
///
/// // (type $list (sub (struct (field i32) (field (ref null $list)))))
/// let next = RefType { nullable: true, heap: HeapType::Defined(TypeKind::Struct, 0) };
/// let fields = [ValType::I32, ValType::Ref(next)]
///     .map(|ty| FieldType { storage: StorageType::Val(ty), mutable: false });
/// let composite = CompositeType::Struct(fields.to_vec());
/// let list = define_types(&[SubType { is_final: false, supertype: None, composite }])?[0];
/// assert_eq!(StructType::new_of(list).unwrap().fields().len(), 2);
/// # Ok::<(), waxwing::Error>(())
/// ```
///
/// # Errors
/// If the group is not valid, or the process has too many types.
pub fn define_types(group: &[SubType]) -> Result<Vec<HeapType>> {
    let words = waxwing_vm::define(group).map_err(Error::host)?;
    let kinds = group.iter().map(|ty| ty.composite.kind());
    Ok(kinds.zip(words).map(|(kind, word)| HeapType::Defined(kind, word)).collect())
}

/// Defines one type that is final and below nothing.
fn define_one(composite: CompositeType) -> Result<u32> {
    let ty = SubType { is_final: true, supertype: None, composite };
    let words = waxwing_vm::define(&[ty]).map_err(Error::host)?;
    Ok(words[0])
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $kind:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The type of this name in signatures, globals and [`crate::Module::types`]; nothing if
            /// it is of another kind.
            ///
            /// # Panics
            /// If no type has this name.
            pub fn new_of(heap: HeapType) -> Option<$name> {
                match heap {
                    HeapType::Defined(TypeKind::$kind, word) => {
                        assert_eq!(types::type_of(word).composite.kind(), TypeKind::$kind);
                        Some($name(word))
                    }
                    _ => None,
                }
            }

            pub(crate) fn from_word(word: u32) -> $name {
                $name(word)
            }

            pub(crate) fn word(self) -> u32 {
                self.0
            }

            /// Its name, for signatures and other types.
            pub fn heap_type(self) -> HeapType {
                HeapType::Defined(TypeKind::$kind, self.0)
            }

            /// References to it, null included.
            pub fn ref_type(self) -> RefType {
                RefType { nullable: true, heap: self.heap_type() }
            }

            /// The type as it was defined.
            pub fn definition(self) -> Arc<SubType> {
                types::type_of(self.0)
            }

            /// Whether it is `other`, or declared below it.
            pub fn matches(self, other: $name) -> bool {
                types::is_subtype(self.0, other.0)
            }
        }
    };
}

handle! {
    /// A type of structures.
    StructType, Struct
}
handle! {
    /// A type of arrays.
    ArrayType, Array
}

impl StructType {
    /// A type that is final and below nothing.
    ///
    /// # Errors
    /// As for [`define_types`].
    pub fn new(fields: impl IntoIterator<Item = FieldType>) -> Result<StructType> {
        let fields = fields.into_iter().collect();
        define_one(CompositeType::Struct(fields)).map(StructType)
    }

    /// The types of its fields.
    pub fn fields(self) -> Vec<FieldType> {
        match &types::type_of(self.0).composite {
            CompositeType::Struct(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}

impl ArrayType {
    /// A type that is final and below nothing.
    ///
    /// # Errors
    /// As for [`define_types`].
    pub fn new(element: FieldType) -> Result<ArrayType> {
        define_one(CompositeType::Array(element)).map(ArrayType)
    }

    /// The type of its elements.
    pub fn element(self) -> FieldType {
        match &types::type_of(self.0).composite {
            CompositeType::Array(element) => *element,
            _ => unreachable!("the word is of an array"),
        }
    }
}
