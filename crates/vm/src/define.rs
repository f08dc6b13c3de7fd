//! Types that the host defines, checked as validation checks those of modules (specification,
//! section 3.2.9).

use crate::types::{self, TooManyTypes};
use std::fmt;
use waxwing_layout::object::MAX_DEPTH;
use waxwing_module::{
    CompositeType, FieldType, FuncType, HeapType, StorageType, SubType, TypeKind, ValType,
};

/// Fields that a structure may have, as for modules.
const MAX_FIELDS: usize = 10_000;
/// Parameters, and results, that a function may have, as for modules.
const MAX_VALUES: usize = 1_000;

/// Why types cannot be defined; the number is that of the type in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefineError {
    /// A name is neither a number in the group nor the word of a type, or of another kind.
    Unknown(usize),
    /// The type above is final, comes later, or has other fields, elements, parameters or results.
    Supertype(usize),
    /// Too many fields, parameters, results, or types above each other.
    Large(usize),
    /// The process has too many types.
    TooMany(TooManyTypes),
}

impl fmt::Display for DefineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DefineError::Unknown(i) => {
                write!(f, "type {i} names a type that there is not, or one of another kind")
            }
            DefineError::Supertype(i) => write!(
                f,
                "type {i} cannot be below its supertype: that is final, comes later, or has other parts"
            ),
            DefineError::Large(i) => write!(
                f,
                "type {i} is too large: {MAX_FIELDS} fields, {MAX_VALUES} parameters and {MAX_DEPTH} \
                 types above are the most"
            ),
            DefineError::TooMany(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for DefineError {}

/// Defines a recursive group. In it numbers below its length name its own types, everything else is a
/// type word. Gives the word of each. The same group gives the same words each time.
///
/// # Errors
/// See [`DefineError`].
pub fn define(group: &[SubType]) -> Result<Vec<u32>, DefineError> {
    let group = Group(group);
    for (i, ty) in group.0.iter().enumerate() {
        group.check(i, ty)?;
    }
    types::words_of_group(group.0).map_err(DefineError::TooMany)
}

struct Group<'a>(&'a [SubType]);

impl Group<'_> {
    fn check(&self, i: usize, ty: &SubType) -> Result<(), DefineError> {
        let (known, large) = match &ty.composite {
            CompositeType::Func(ty) => {
                let known = ty.params.iter().chain(&ty.results).all(|&ty| self.knows(ty));
                (known, ty.params.len().max(ty.results.len()) > MAX_VALUES)
            }
            CompositeType::Struct(fields) => {
                (fields.iter().all(|f| self.knows_field(f)), fields.len() > MAX_FIELDS)
            }
            CompositeType::Array(element) => (self.knows_field(element), false),
        };
        if !known {
            return Err(DefineError::Unknown(i));
        }
        if large || self.supertypes(ty).count() > MAX_DEPTH as usize {
            return Err(DefineError::Large(i));
        }
        let Some(above) = ty.supertype else { return Ok(()) };
        if above as usize >= i && self.0.get(above as usize).is_some() {
            return Err(DefineError::Supertype(i));
        }
        let above = self.get(above).ok_or(DefineError::Unknown(i))?;
        let fits = !above.is_final && self.composite_matches(&ty.composite, &above.composite);
        if fits { Ok(()) } else { Err(DefineError::Supertype(i)) }
    }

    fn get(&self, name: u32) -> Option<SubType> {
        match self.0.get(name as usize) {
            Some(ty) => Some(ty.clone()),
            None => types::find(name).map(|ty| (*ty).clone()),
        }
    }

    fn knows(&self, ty: ValType) -> bool {
        match ty {
            ValType::Ref(ty) => match ty.heap {
                HeapType::Defined(kind, name) => self.kind(name) == Some(kind),
                _ => true,
            },
            _ => true,
        }
    }

    fn kind(&self, name: u32) -> Option<TypeKind> {
        self.get(name).map(|ty| ty.composite.kind())
    }

    fn knows_field(&self, field: &FieldType) -> bool {
        match field.storage {
            StorageType::Val(ty) => self.knows(ty),
            StorageType::I8 | StorageType::I16 => true,
        }
    }

    /// The names of the types above, nearest first; no more than are of interest, since what is not
    /// yet checked may go in circles.
    fn supertypes(&self, ty: &SubType) -> impl Iterator<Item = u32> + '_ {
        let next = |&name: &u32| self.get(name).and_then(|ty| ty.supertype);
        std::iter::successors(ty.supertype, next).take(MAX_DEPTH as usize + 1)
    }

    fn is_subtype(&self, name: u32, wanted: u32) -> bool {
        let above = || self.get(name).is_some_and(|ty| self.supertypes(&ty).any(|n| n == wanted));
        name == wanted || above()
    }

    fn composite_matches(&self, ty: &CompositeType, above: &CompositeType) -> bool {
        match (ty, above) {
            (CompositeType::Func(ty), CompositeType::Func(above)) => self.func_matches(ty, above),
            (CompositeType::Struct(fields), CompositeType::Struct(above)) => {
                let mut pairs = fields.iter().zip(above);
                fields.len() >= above.len() && pairs.all(|(a, b)| self.field_matches(a, b))
            }
            (CompositeType::Array(a), CompositeType::Array(b)) => self.field_matches(a, b),
            _ => false,
        }
    }

    fn func_matches(&self, ty: &FuncType, above: &FuncType) -> bool {
        let all = |from: &[ValType], to: &[ValType]| {
            let mut pairs = from.iter().zip(to);
            from.len() == to.len() && pairs.all(|(&a, &b)| self.matches(a, b))
        };
        all(&above.params, &ty.params) && all(&ty.results, &above.results)
    }

    fn field_matches(&self, field: &FieldType, above: &FieldType) -> bool {
        let narrower = match (field.storage, above.storage) {
            (StorageType::Val(a), StorageType::Val(b)) => self.matches(a, b),
            (a, b) => a == b,
        };
        // What may be written through the type above must be what may be read through this one.
        field.mutable == above.mutable
            && (if field.mutable { field.storage == above.storage } else { narrower })
    }

    fn matches(&self, ty: ValType, above: ValType) -> bool {
        ty.matches(above, &|a, b| self.is_subtype(a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_module::RefType;

    fn field(storage: StorageType, mutable: bool) -> FieldType {
        FieldType { storage, mutable }
    }

    fn to(heap: HeapType) -> StorageType {
        StorageType::Val(ValType::Ref(RefType { nullable: true, heap }))
    }

    fn structure(supertype: Option<u32>, fields: &[FieldType]) -> SubType {
        SubType { is_final: false, supertype, composite: CompositeType::Struct(fields.to_vec()) }
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let own = to(HeapType::Defined(TypeKind::Struct, 0));
        let int = field(StorageType::I8, true);
        // A supertype later than itself, itself, a circle, or none at all.
        for above in [0, 1, 2, 77, 0x2fff_ffff, u32::MAX] {
            let group = [structure(Some(above), &[]), structure(Some(0), &[])];
            assert!(define(&group).is_err(), "{above:#x}");
        }
        let circle = [structure(Some(1), &[]), structure(Some(0), &[])];
        assert!(define(&circle).is_err());
        // Names of nothing, and of another kind.
        for heap in [
            HeapType::Defined(TypeKind::Struct, 5),
            HeapType::Defined(TypeKind::Array, 0),
            HeapType::Defined(TypeKind::Func, 0x2fff_ffff),
        ] {
            let group = [structure(None, &[field(to(heap), true)])];
            assert_eq!(define(&group), Err(DefineError::Unknown(0)));
        }
        // Fewer fields, other mutability, a narrower field that may be written.
        let any = to(HeapType::Any);
        for (above, below) in [
            (&[int][..], &[][..]),
            (&[int], &[field(StorageType::I8, false)]),
            (&[int], &[field(StorageType::I16, true)]),
            (&[field(any, true)], &[field(own, true)]),
        ] {
            let group = [structure(None, above), structure(Some(0), below)];
            assert_eq!(define(&group), Err(DefineError::Supertype(1)));
        }
        let last = SubType { is_final: true, ..structure(None, &[]) };
        assert_eq!(define(&[last, structure(Some(0), &[])]), Err(DefineError::Supertype(1)));
        let chain: Vec<_> = (0..66u32).map(|i| structure(i.checked_sub(1), &[])).collect();
        assert!(matches!(define(&chain), Err(DefineError::Large(_))));
        assert!(define(&chain[..64]).is_ok());
    }

    #[test]
    fn what_is_right_has_one_word() {
        let any = field(to(HeapType::Any), false);
        let own = field(to(HeapType::Defined(TypeKind::Struct, 0)), false);
        let group = [structure(None, &[any]), structure(Some(0), &[own])];
        let words = define(&group).expect("it is right");
        assert_eq!(define(&group), Ok(words.clone()));
        assert!(types::is_subtype(words[1], words[0]));
        let more = [structure(Some(words[1]), &[own_of(words[0])])];
        let more = define(&more).expect("it is right");
        assert!(types::is_subtype(more[0], words[0]));
    }

    fn own_of(word: u32) -> FieldType {
        field(to(HeapType::Defined(TypeKind::Struct, word)), false)
    }
}
