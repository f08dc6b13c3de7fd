//! References that are not functions: integers of 31 bits, objects, exceptions and values of the host's.
//!
//! A reference that Rust holds keeps its object alive, through a handle that the collector knows
//! ([`waxwing_vm::gc::Root`]); it may outlive its store and be dropped anywhere. A value of the host's
//! is held as it is: it gets an object only when it enters a guest.
//!
//! What is on its way into a guest is held as the store's *temporaries* until the guest, the global or
//! the table has it: making an object for the second argument may collect the first one's.

mod object;
mod types;

pub use object::{ArrayRef, StructRef};
pub use types::{ArrayType, StructType, define_types};

use crate::store::{StoreData, StoreId};
use crate::{Error, Result};
use std::any::Any;
use std::sync::Arc;
use waxwing_layout::gc::{HOST, I31 as TAG};
use waxwing_module::{HeapType, TypeKind};
use waxwing_vm::StoreInner;
use waxwing_vm::gc::{Heap, HostValue, Root};

/// An integer of 31 bits, which a guest holds without an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct I31(u32);

impl I31 {
    /// The integer, if it has at most 31 bits, the sign included.
    pub fn new_i32(value: i32) -> Option<I31> {
        let fits = value << 1 >> 1 == value;
        fits.then_some(I31::wrapping_i32(value))
    }

    /// The integer, if it has at most 31 bits.
    pub fn new_u32(value: u32) -> Option<I31> {
        (value >> 31 == 0).then_some(I31(value))
    }

    /// The lower 31 bits of an integer.
    pub fn wrapping_i32(value: i32) -> I31 {
        I31(value as u32 & 0x7fff_ffff)
    }

    /// The integer, its sign being bit 30.
    pub fn get_i32(self) -> i32 {
        (self.0 << 1).cast_signed() >> 1
    }

    pub(crate) fn to_raw(self) -> u32 {
        self.0 << 1 | TAG
    }

    pub(crate) fn from_raw(raw: u32) -> I31 {
        I31(raw >> 1)
    }

    /// The integer without sign.
    pub fn get_u32(self) -> u32 {
        self.0
    }
}

/// A reference of the hierarchies of `any` and `extern`, which share their values.
#[derive(Clone)]
pub(crate) enum Shared {
    I31(I31),
    Object(Rooted),
    Host(HostValue),
}

/// An object of a store that is kept alive.
#[derive(Clone, Debug)]
pub(crate) struct Rooted {
    root: Root,
    store: StoreId,
}

impl Rooted {
    /// Nothing for null, and for what is no object.
    pub fn new<T>(raw: u32, store: &mut StoreData<T>) -> Option<Rooted> {
        if raw == 0 || raw & TAG != 0 {
            return None;
        }
        let root = store.vm.heap_mut()?.root(raw);
        Some(Rooted { root, store: store.id })
    }

    /// The object, for use in this store.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn raw<T>(&self, store: &StoreData<T>) -> u32 {
        self.store.check(store.id);
        store.vm.heap().and_then(|heap| heap.rooted(&self.root)).unwrap_or(0)
    }

    /// Whether both are the same object.
    pub fn same(&self, other: &Rooted) -> bool {
        self.root.same_object(&other.root)
    }

    /// Its type word.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn type_word<T>(&self, store: &StoreData<T>) -> u32 {
        let raw = self.raw(store);
        store.vm.heap().and_then(|heap| heap.type_word(raw)).unwrap_or(0)
    }
}

impl Shared {
    fn from_raw<T>(raw: u32, store: &mut StoreData<T>) -> Option<Shared> {
        if raw & TAG != 0 {
            return Some(Shared::I31(I31::from_raw(raw)));
        }
        if let Some(value) = store.vm.heap().and_then(|heap: &Heap| heap.host_value(raw)) {
            return Some(Shared::Host(value));
        }
        Rooted::new(raw, store).map(Shared::Object)
    }

    /// The bits; an object that this makes is one of the store's temporaries.
    fn to_raw<T>(&self, store: &mut StoreData<T>) -> Result<u32> {
        match self {
            Shared::I31(value) => Ok(value.to_raw()),
            Shared::Object(object) => Ok(object.raw(store)),
            Shared::Host(value) => {
                let owner = store.owner();
                // SAFETY: `owner` is where this store is, and `vm` its engine part; nothing else is
                // borrowed from it. What the host holds without handles is among the temporaries.
                let object = unsafe {
                    let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
                    StoreInner::new_host_value(vm, owner, value.clone())
                };
                let object = object.map_err(Error::from)?;
                store.vm.hold(object);
                Ok(object)
            }
        }
    }

    fn same(&self, other: &Shared) -> bool {
        match (self, other) {
            (Shared::I31(a), Shared::I31(b)) => a == b,
            (Shared::Object(a), Shared::Object(b)) => a.same(b),
            (Shared::Host(a), Shared::Host(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Shared::I31(value) => value.fmt(f),
            Shared::Object(object) => object.fmt(f),
            Shared::Host(_) => f.write_str("Host(..)"),
        }
    }
}

/// A reference to something inside: an integer of 31 bits, a structure, an array, or a value of the
/// host's that was converted ([`AnyRef::from`]). Clones are the same reference.
#[derive(Clone, Debug)]
pub struct AnyRef(pub(crate) Shared);

impl AnyRef {
    /// Whether it is an integer of 31 bits.
    pub fn is_i31(&self) -> bool {
        self.as_i31().is_some()
    }

    /// The integer, if it is one of 31 bits.
    pub fn as_i31(&self) -> Option<I31> {
        if let Shared::I31(value) = self.0 { Some(value) } else { None }
    }

    /// Whether both are the same, as `ref.eq` has it: the same integer or the same object.
    pub fn ref_eq(&self, other: &AnyRef) -> bool {
        self.0.same(&other.0)
    }

    /// The lowest type that it has: `i31`, its defined type, or `any` for a value of the host's.
    ///
    /// # Panics
    /// If it is an object of another store.
    pub fn ty(&self, store: impl crate::AsContext) -> HeapType {
        self.heap_type(store.as_context().0)
    }

    pub(crate) fn heap_type<T>(&self, store: &StoreData<T>) -> HeapType {
        match &self.0 {
            Shared::I31(_) => HeapType::I31,
            Shared::Object(object) => heap_type_of(object.type_word(store)),
            Shared::Host(_) => HeapType::Any,
        }
    }

    pub(crate) fn from_raw<T>(raw: u32, store: &mut StoreData<T>) -> Option<AnyRef> {
        Shared::from_raw(raw, store).map(AnyRef)
    }

    pub(crate) fn to_raw<T>(&self, store: &mut StoreData<T>) -> Result<u32> {
        self.0.to_raw(store)
    }
}

/// The type of an object with this type word.
fn heap_type_of(word: u32) -> HeapType {
    use waxwing_layout::gc::{KIND_ARRAY, KIND_EXCEPTION, KIND_SHIFT, KIND_STRUCTURE};
    match word >> KIND_SHIFT {
        KIND_STRUCTURE => HeapType::Defined(TypeKind::Struct, word),
        KIND_ARRAY => HeapType::Defined(TypeKind::Array, word),
        KIND_EXCEPTION => HeapType::Exn,
        _ => {
            debug_assert!(word == HOST || word == 0);
            HeapType::Any
        }
    }
}

impl From<I31> for AnyRef {
    fn from(value: I31) -> AnyRef {
        AnyRef(Shared::I31(value))
    }
}

impl From<ExternRef> for AnyRef {
    /// As `any.convert_extern` does.
    fn from(value: ExternRef) -> AnyRef {
        AnyRef(value.0)
    }
}

/// Any value of the host's, as a guest can hold it, or something inside that was converted
/// ([`ExternRef::from`]). Clones are the same reference.
#[derive(Clone, Debug)]
pub struct ExternRef(pub(crate) Shared);

impl ExternRef {
    /// A reference to a value. It is dropped when neither Rust nor a guest holds it any more: the
    /// latter is found when the store's heap is collected, at the latest when the store is dropped.
    pub fn new<V: Any + Send + Sync>(value: V) -> ExternRef {
        ExternRef(Shared::Host(Arc::new(value)))
    }

    /// The value; nothing if it is not the host's, but something inside that was converted.
    pub fn data(&self) -> Option<&(dyn Any + Send + Sync)> {
        if let Shared::Host(value) = &self.0 { Some(&**value) } else { None }
    }

    /// Whether both are the same reference.
    pub fn ptr_eq(&self, other: &ExternRef) -> bool {
        self.0.same(&other.0)
    }

    pub(crate) fn from_raw<T>(raw: u32, store: &mut StoreData<T>) -> Option<ExternRef> {
        Shared::from_raw(raw, store).map(ExternRef)
    }

    pub(crate) fn to_raw<T>(&self, store: &mut StoreData<T>) -> Result<u32> {
        self.0.to_raw(store)
    }
}

impl From<AnyRef> for ExternRef {
    /// As `extern.convert_any` does.
    fn from(value: AnyRef) -> ExternRef {
        ExternRef(value.0)
    }
}

/// A reference to an exception, which it keeps alive.
#[derive(Clone, Debug)]
pub struct ExnRef(pub(crate) Rooted);

impl ExnRef {
    /// Whether both are the same exception.
    pub fn ref_eq(&self, other: &ExnRef) -> bool {
        self.0.same(&other.0)
    }

    pub(crate) fn from_raw<T>(raw: u32, store: &mut StoreData<T>) -> Option<ExnRef> {
        Rooted::new(raw, store).map(ExnRef)
    }

    pub(crate) fn to_raw<T>(&self, store: &StoreData<T>) -> u32 {
        self.0.raw(store)
    }

    /// Whether it is this store's.
    pub(crate) fn is_of<T>(&self, store: &StoreData<T>) -> bool {
        self.0.store == store.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_31_bits_have_their_range() {
        for value in [0, 1, -1, (1 << 30) - 1, -(1 << 30)] {
            assert_eq!(I31::new_i32(value).map(I31::get_i32), Some(value));
        }
        for value in [1 << 30, -(1 << 30) - 1, i32::MAX, i32::MIN] {
            assert_eq!(I31::new_i32(value), None);
        }
        assert_eq!(I31::new_u32(0x7fff_ffff).map(I31::get_i32), Some(-1));
        assert_eq!(I31::new_u32(0x8000_0000), None);
        assert_eq!(I31::wrapping_i32(i32::MIN).get_u32(), 0);
        assert_eq!(I31::wrapping_i32(-1).get_u32(), 0x7fff_ffff);
    }
}
