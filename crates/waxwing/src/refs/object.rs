//! Structures and arrays from Rust.

use super::{AnyRef, Rooted, Shared};
use crate::store::StoreData;
use crate::{ArrayType, AsContext, AsContextMut, Error, Result, StructType, Val};
use waxwing_layout::gc::{ELEMENTS, KIND_ARRAY, KIND_SHIFT, KIND_STRUCTURE};
use waxwing_layout::object::{Fields, storage_size};
use waxwing_module::{FieldType, StorageType, Trap};
use waxwing_vm::{StoreInner, read_field, write_field};

/// A reference to a structure, which it keeps alive.
#[derive(Clone, Debug)]
pub struct StructRef(pub(crate) Rooted);

/// A reference to an array, which it keeps alive.
#[derive(Clone, Debug)]
pub struct ArrayRef(pub(crate) Rooted);

impl AnyRef {
    /// The structure, if it is one.
    ///
    /// # Panics
    /// If it is an object of another store.
    pub fn as_struct(&self, store: impl AsContext) -> Option<StructRef> {
        self.object(store.as_context().0, KIND_STRUCTURE).map(StructRef)
    }

    /// The array, if it is one.
    ///
    /// # Panics
    /// If it is an object of another store.
    pub fn as_array(&self, store: impl AsContext) -> Option<ArrayRef> {
        self.object(store.as_context().0, KIND_ARRAY).map(ArrayRef)
    }

    fn object<T>(&self, store: &StoreData<T>, kind: u32) -> Option<Rooted> {
        match &self.0 {
            Shared::Object(object) if object.type_word(store) >> KIND_SHIFT == kind => {
                Some(object.clone())
            }
            _ => None,
        }
    }
}

impl From<StructRef> for AnyRef {
    fn from(value: StructRef) -> AnyRef {
        AnyRef(Shared::Object(value.0))
    }
}

impl From<ArrayRef> for AnyRef {
    fn from(value: ArrayRef) -> AnyRef {
        AnyRef(Shared::Object(value.0))
    }
}

impl StructRef {
    /// Makes a structure with these fields. Of an `i32` for a narrow field the lower bits are kept.
    ///
    /// # Errors
    /// If number or types of the fields are wrong, or the heap is full ([`Trap::HeapExhausted`]).
    ///
    /// # Panics
    /// If a field is another store's.
    pub fn new(mut store: impl AsContextMut, ty: StructType, fields: &[Val]) -> Result<StructRef> {
        let store = store.as_context_mut().0;
        let types = ty.fields();
        if types.len() != fields.len() {
            let (want, have) = (types.len(), fields.len());
            return Err(Error::msg(format!("the structure has {want} fields, {have} were given")));
        }
        for (i, (ty, value)) in types.iter().zip(fields).enumerate() {
            check(&format!("field {i}"), ty, value, store)?;
        }
        let offsets = Fields::of_struct(&types).offsets;
        let parts = offsets.iter().map(|&at| u64::from(at)).zip(types.iter().map(|f| f.storage));
        let object = store.make(ty.word(), 0, parts.zip(fields).collect())?;
        Ok(StructRef(object))
    }

    /// Its type.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn ty(&self, store: impl AsContext) -> StructType {
        StructType::from_word(self.0.type_word(store.as_context().0))
    }

    /// A field; narrow ones as an `i32` without sign. Nothing if there are fewer.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Option<Val> {
        let store = store.as_context_mut().0;
        let (at, field) = self.place(store, index)?;
        store.read(&self.0, at, field.storage)
    }

    /// All fields, as [`StructRef::field`].
    ///
    /// # Panics
    /// If it is another store's.
    pub fn fields(&self, mut store: impl AsContextMut) -> Vec<Val> {
        let store = store.as_context_mut().0;
        let types = StructType::from_word(self.0.type_word(store)).fields();
        let offsets = Fields::of_struct(&types).offsets;
        let places = offsets.iter().zip(&types);
        places.filter_map(|(&at, f)| store.read(&self.0, at.into(), f.storage)).collect()
    }

    /// Writes a field. Of an `i32` for a narrow field the lower bits are kept.
    ///
    /// # Errors
    /// If there is no such field, it may not be written, the value is of another type, or the heap is
    /// full.
    ///
    /// # Panics
    /// If it or the value is another store's.
    pub fn set_field(&self, mut store: impl AsContextMut, index: usize, value: Val) -> Result<()> {
        let store = store.as_context_mut().0;
        let (at, field) = self
            .place(store, index)
            .ok_or_else(|| Error::msg(format!("the structure has no field {index}")))?;
        if !field.mutable {
            return Err(Error::msg(format!("field {index} of the structure is not mutable")));
        }
        check(&format!("field {index}"), &field, &value, store)?;
        store.write(&self.0, at, field.storage, &value)
    }

    fn place<T>(&self, store: &StoreData<T>, index: usize) -> Option<(u64, FieldType)> {
        let types = StructType::from_word(self.0.type_word(store)).fields();
        let field = *types.get(index)?;
        let at = *Fields::of_struct(&types[..=index]).offsets.last()?;
        Some((at.into(), field))
    }

    /// Whether both are the same structure.
    pub fn ref_eq(&self, other: &StructRef) -> bool {
        self.0.same(&other.0)
    }
}

impl ArrayRef {
    /// Makes an array of `len` times the same element. Of an `i32` for a narrow element the lower bits
    /// are kept.
    ///
    /// # Errors
    /// If the element is of another type, or the heap is full ([`Trap::HeapExhausted`]).
    ///
    /// # Panics
    /// If the element is another store's.
    pub fn new(
        mut store: impl AsContextMut,
        ty: ArrayType,
        element: &Val,
        len: u32,
    ) -> Result<ArrayRef> {
        let store = store.as_context_mut().0;
        let field = ty.element();
        check("the element", &field, element, store)?;
        let raw = element.to_raw(store);
        let made = raw.and_then(|raw| {
            let array = store.allocate(ty.word(), len)?;
            let (size, storage) = (u64::from(storage_size(field.storage)), field.storage);
            if raw != 0 {
                (0..u64::from(len))
                    .try_for_each(|i| store.put(array, ELEMENTS as u64 + i * size, storage, raw))?;
            }
            Rooted::new(array, store).ok_or_else(|| Error::from(Trap::HeapExhausted))
        });
        store.vm.let_go();
        made.map(ArrayRef)
    }

    /// Makes an array of these elements. Of an `i32` for a narrow element the lower bits are kept.
    ///
    /// # Errors
    /// If an element is of another type, or the heap is full ([`Trap::HeapExhausted`]).
    ///
    /// # Panics
    /// If an element is another store's.
    pub fn new_fixed(
        mut store: impl AsContextMut,
        ty: ArrayType,
        elements: &[Val],
    ) -> Result<ArrayRef> {
        let store = store.as_context_mut().0;
        let field = ty.element();
        let len = u32::try_from(elements.len()).map_err(|_| Error::from(Trap::HeapExhausted))?;
        for (i, value) in elements.iter().enumerate() {
            check(&format!("element {i}"), &field, value, store)?;
        }
        let size = u64::from(storage_size(field.storage));
        let places = (0..u64::from(len)).map(|i| (ELEMENTS as u64 + i * size, field.storage));
        store.make(ty.word(), len, places.zip(elements).collect()).map(ArrayRef)
    }

    /// Its type.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn ty(&self, store: impl AsContext) -> ArrayType {
        ArrayType::from_word(self.0.type_word(store.as_context().0))
    }

    /// Number of elements.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn len(&self, store: impl AsContext) -> u32 {
        self.length(store.as_context().0)
    }

    fn length<T>(&self, store: &StoreData<T>) -> u32 {
        let raw = self.0.raw(store);
        store.vm.heap().and_then(|heap| heap.array_len(raw)).unwrap_or(0)
    }

    /// An element; narrow ones as an `i32` without sign. Nothing if there are fewer.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn get(&self, mut store: impl AsContextMut, index: u32) -> Option<Val> {
        let store = store.as_context_mut().0;
        let (at, field) = self.place(store, index)?;
        store.read(&self.0, at, field.storage)
    }

    /// Writes an element. Of an `i32` for a narrow element the lower bits are kept.
    ///
    /// # Errors
    /// If there is no such element, it may not be written, the value is of another type, or the heap is
    /// full.
    ///
    /// # Panics
    /// If it or the value is another store's.
    pub fn set(&self, mut store: impl AsContextMut, index: u32, value: Val) -> Result<()> {
        let store = store.as_context_mut().0;
        let (at, field) = self.place(store, index).ok_or_else(|| {
            let len = self.length(store);
            Error::msg(format!("element {index} is outside the array of {len}"))
        })?;
        if !field.mutable {
            return Err(Error::msg("the elements of the array are not mutable"));
        }
        check("the element", &field, &value, store)?;
        store.write(&self.0, at, field.storage, &value)
    }

    fn place<T>(&self, store: &StoreData<T>, index: u32) -> Option<(u64, FieldType)> {
        let field = ArrayType::from_word(self.0.type_word(store)).element();
        let at = ELEMENTS as u64 + u64::from(index) * u64::from(storage_size(field.storage));
        (index < self.length(store)).then_some((at, field))
    }

    /// Whether both are the same array.
    pub fn ref_eq(&self, other: &ArrayRef) -> bool {
        self.0.same(&other.0)
    }
}

fn check<T>(what: &str, field: &FieldType, value: &Val, store: &StoreData<T>) -> Result<()> {
    let want = field.storage.unpacked();
    if value.fits(want, store) {
        return Ok(());
    }
    let have = value.describe(store);
    Err(Error::msg(format!("{what} must be of type {want}, not {have}")))
}

/// Where a part of an object lies and how, and what it is to hold.
type Part<'a> = ((u64, StorageType), &'a Val);

impl<T> StoreData<T> {
    /// An object of a type, zero but for its header. Nothing holds it.
    fn allocate(&mut self, word: u32, len: u32) -> Result<u32> {
        let owner = self.owner();
        // SAFETY: `owner` is where this store is, and `vm` its engine part; nothing else is borrowed
        // from it. What the host holds without handles is among the temporaries.
        let object = unsafe {
            let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
            StoreInner::new_object(vm, owner, word, len)
        };
        object.map_err(Error::from)
    }

    /// An object with these parts, which fit.
    fn make(&mut self, word: u32, len: u32, parts: Vec<Part<'_>>) -> Result<Rooted> {
        // All values come first: what they become is held while the object is made.
        let raws = parts.iter().map(|(_, value)| value.to_raw(self)).collect::<Result<Vec<_>>>();
        let made = raws.and_then(|raws| {
            let object = self.allocate(word, len)?;
            for (&((at, storage), _), raw) in parts.iter().zip(raws) {
                self.put(object, at, storage, raw)?;
            }
            Rooted::new(object, self).ok_or_else(|| Error::from(Trap::HeapExhausted))
        });
        self.vm.let_go();
        made
    }

    fn put(&mut self, object: u32, at: u64, storage: StorageType, raw: u128) -> Result<()> {
        let heap = self.vm.heap_mut();
        let written = heap.and_then(|heap| write_field(heap, object, at, storage, raw));
        written.ok_or_else(|| Error::msg("the reference is to no object of the store"))
    }

    fn read(&mut self, object: &Rooted, at: u64, storage: StorageType) -> Option<Val> {
        let object = object.raw(self);
        let raw = read_field(self.vm.heap()?, object, at, storage)?;
        Some(Val::from_raw(storage.unpacked(), raw, self))
    }

    fn write(&mut self, object: &Rooted, at: u64, storage: StorageType, value: &Val) -> Result<()> {
        let raw = self.raw_of(value)?;
        let object = object.raw(self);
        self.put(object, at, storage, raw)
    }
}
