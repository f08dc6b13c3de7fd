//! Structures and arrays (specification, section 4.4.5): how they are made, read and written.
//!
//! An object is a reference of 32 bits: its distance from the heap's base. An access through null
//! faults in the heap's guard, so that null needs no test (`docs/references.md`).

use crate::function::Lower;
use crate::operand::{Operand, Saved};
use crate::{BinOp, CmpOp, Emit, Hint, LoadOp, Local, Region, StoreOp, UnOp};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::gc::{ALIGN, ELEMENTS, HEADER, INLINE_MAX, LENGTH};
use waxwing_layout::instance::{HEAP_BASE, STORE, store_context, tag_def};
use waxwing_layout::object::{Fields, storage_size};
use waxwing_module::{CompositeType, FieldType, StorageType, Trap};

/// How a field or element is read: as a whole, or extended from fewer bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extend {
    Whole,
    Signed,
    Unsigned,
}

/// What is to be made.
#[derive(Clone, Copy)]
pub(crate) enum New {
    /// An object of the type with this index.
    Type(u32),
    /// An exception with this tag.
    Exception(u32),
}

fn load_op(storage: StorageType, extend: Extend) -> LoadOp {
    match (storage, extend) {
        (StorageType::I8, Extend::Signed) => LoadOp::I32Load8S,
        (StorageType::I8, _) => LoadOp::I32Load8U,
        (StorageType::I16, Extend::Signed) => LoadOp::I32Load16S,
        (StorageType::I16, _) => LoadOp::I32Load16U,
        (StorageType::Val(ty), _) => LoadOp::of(Ty::of(ty)),
    }
}

fn store_op(storage: StorageType) -> StoreOp {
    match storage {
        StorageType::I8 => StoreOp::I32Store8,
        StorageType::I16 => StoreOp::I32Store16,
        StorageType::Val(ty) => StoreOp::of(Ty::of(ty)),
    }
}

/// Fields and elements of new objects; the reference is one that was just made.
pub(crate) const NEW: Region = Region::Object(None);
const HEADERS: Region = Region::Header(None);

/// Elements up to which `array.new` writes each one by itself.
const UNROLL: u64 = 8;

impl<'a, E: Emit> Lower<'a, E> {
    /// The address of an object.
    pub(crate) fn object_address(&mut self, reference: Operand<E::Val>) -> E::Val {
        let distance = self.zero_extend(reference);
        let vmctx = self.emit.vmctx();
        let base = self.emit.load(LoadOp::Ptr, vmctx, None, HEAP_BASE, Region::Constant);
        self.ptr_add(base, distance)
    }

    fn struct_fields(&self, ty: u32) -> &'a [FieldType] {
        match &self.env.module.types[ty as usize].composite {
            CompositeType::Struct(fields) => fields,
            _ => &[],
        }
    }

    fn element_type(&self, ty: u32) -> StorageType {
        match &self.env.module.types[ty as usize].composite {
            CompositeType::Array(element) => element.storage,
            _ => StorageType::I8,
        }
    }

    fn shift(&self, ty: u32) -> u32 {
        storage_size(self.element_type(ty)).ilog2()
    }

    // Making objects.

    /// The first word of an object's header, I64; `len` is I64 if there is one.
    fn header(&mut self, new: New, len: Option<E::Val>) -> E::Val {
        let (base, at) = match new {
            New::Type(ty) => (self.emit.vmctx(), self.env.layout.type_id(ty)),
            New::Exception(tag) => (self.constant(self.env.layout.tag(tag)), tag_def::EXCEPTION),
        };
        let word = self.emit.load(LoadOp::I64Load32U, base, None, at, Region::Constant);
        match len {
            None => word,
            Some(len) => {
                let shift = self.i64_const(32);
                let len = self.emit.binary(BinOp::I64Shl, len, shift);
                self.emit.binary(BinOp::I64Or, word, len)
            }
        }
    }

    /// A new object, zero but for its header, as a local (I32). `size` (I64) is its size in bytes, a
    /// multiple of 8; with `too_large` (I32, not zero) it may be wrong. `len` is the array's length.
    fn allocate(
        &mut self,
        new: New,
        size: E::Val,
        too_large: Option<E::Val>,
        len: Option<Saved>,
    ) -> Local {
        let object = self.temp(Ty::I32);
        let (start, end) = (self.temp(Ty::I64), self.temp(Ty::I64));
        let next = self.bump(LoadOp::I64Load32U, store_context::BUMP_NEXT);
        let (next, kept) = self.emit.dup(next);
        self.emit.local_set(start, kept);
        let new_end = self.emit.binary(BinOp::I64Add, next, size);
        self.emit.local_set(end, new_end);
        let limit = self.bump(LoadOp::I64Load32U, store_context::BUMP_LIMIT);
        let compared = self.emit.local_get(end);
        let mut full = self.emit.compare(CmpOp::I64GtU, compared, limit);
        if let Some(too_large) = too_large {
            full = self.emit.binary(BinOp::I32Or, full, too_large);
        }
        let label = self.emit.if_(full, &[], Hint::Unlikely);
        let made = match new {
            New::Type(ty) => {
                let number = Operand::Int(Ty::I64, i64::from(ty));
                let count = len.map_or(Operand::Int(Ty::I64, 0), |len| self.restore(len));
                self.builtin(Builtin::NewObject, [number, count])
            }
            New::Exception(tag) => {
                self.builtin(Builtin::ExnAlloc, [Operand::Int(Ty::I64, i64::from(tag))])
            }
        };
        let made = self.emit.unary(UnOp::I32WrapI64, made);
        self.emit.local_set(object, made);
        self.emit.else_(label, Some(Vec::new()));
        let at = self.emit.local_get(start);
        let at = self.emit.unary(UnOp::I32WrapI64, at);
        self.emit.local_set(object, at);
        let len = len.map(|len| {
            let len = self.restore(len);
            self.zero_extend(len)
        });
        let header = self.header(new, len);
        // Whoever walks the heap finds a header before the pointer has moved beyond it.
        let at = self.emit.local_get(start);
        let at = self.object_address(Operand::Val(at, Ty::I64));
        self.emit.store(StoreOp::I64, at, None, 0, header, HEADERS);
        let vmctx = self.emit.vmctx();
        let context = self.emit.load(LoadOp::Ptr, vmctx, None, STORE, Region::Constant);
        let new_end = self.emit.local_get(end);
        let bump_next = store_context::BUMP_NEXT;
        self.emit.store(StoreOp::I64Store32, context, None, bump_next, new_end, Region::Bump);
        let ended = self.emit.end(label, Some(Vec::new()));
        debug_assert!(ended.is_some_and(|vals| vals.is_empty()));
        self.free(Ty::I64, start);
        self.free(Ty::I64, end);
        object
    }

    fn bump(&mut self, op: LoadOp, field: i32) -> E::Val {
        let vmctx = self.emit.vmctx();
        let context = self.emit.load(LoadOp::Ptr, vmctx, None, STORE, Region::Constant);
        self.emit.load(op, context, None, field, Region::Bump)
    }

    /// A new object of known size.
    pub(crate) fn allocate_known(&mut self, new: New, size: u64, len: Option<Saved>) -> Local {
        let too_large = (size > u64::from(INLINE_MAX)).then(|| self.emit.iconst(Ty::I32, 1));
        let size = self.i64_const(size);
        self.allocate(new, size, too_large, len)
    }

    /// Pushes the object and gives the temporary up.
    fn push_object(&mut self, object: Local) {
        let val = self.emit.local_get(object);
        self.push(val, Ty::I32);
        self.free(Ty::I32, object);
    }

    fn local_address(&mut self, object: Local) -> E::Val {
        let val = self.emit.local_get(object);
        self.object_address(Operand::Val(val, Ty::I32))
    }

    pub(crate) fn struct_new(&mut self, ty: u32) {
        self.at();
        let fields = self.struct_fields(ty);
        let places = Fields::of_struct(fields);
        let object = self.allocate_known(New::Type(ty), u64::from(places.size), None);
        let vals = self.stack.split_off(self.stack.len() - fields.len());
        for ((field, &at), val) in fields.iter().zip(&places.offsets).zip(vals) {
            if val.known() == Some(0) {
                continue;
            }
            let val = self.val(val);
            let address = self.local_address(object);
            self.emit.store(store_op(field.storage), address, None, at as i32, val, NEW);
        }
        self.push_object(object);
    }

    pub(crate) fn struct_new_default(&mut self, ty: u32) {
        self.at();
        let size = Fields::of_struct(self.struct_fields(ty)).size;
        let object = self.allocate_known(New::Type(ty), u64::from(size), None);
        self.push_object(object);
    }

    /// A new array whose length is on the stack, and the length.
    fn allocate_array(&mut self, ty: u32) -> (Local, Saved) {
        let len = self.pop();
        let shift = self.shift(ty);
        if let Some(known) = len.known() {
            let known = u64::from(known as u32);
            let size = (u64::from(HEADER) + (known << shift)).next_multiple_of(u64::from(ALIGN));
            let len = self.save(len);
            return (self.allocate_known(New::Type(ty), size, Some(len)), len);
        }
        let len = self.save(len);
        let wide = self.restore(len);
        let wide = self.zero_extend(wide);
        let (wide, compared) = self.emit.dup(wide);
        let most = self.i64_const(u64::from((INLINE_MAX - HEADER) >> shift));
        let too_large = self.emit.compare(CmpOp::I64GtU, compared, most);
        let by = self.i64_const(u64::from(shift));
        let bytes = self.emit.binary(BinOp::I64Shl, wide, by);
        let header = self.i64_const(u64::from(HEADER + ALIGN - 1));
        let size = self.emit.binary(BinOp::I64Add, bytes, header);
        let mask = self.i64_const(!u64::from(ALIGN - 1));
        let size = self.emit.binary(BinOp::I64And, size, mask);
        (self.allocate(New::Type(ty), size, Some(too_large), Some(len)), len)
    }

    pub(crate) fn array_new(&mut self, ty: u32) {
        self.at();
        let (object, len) = self.allocate_array(ty);
        let value = self.pop();
        if value.known() == Some(0) {
            self.free_saved(len);
            return self.push_object(object);
        }
        let value = self.save(value);
        let address = self.local_address(object);
        let first = self.i64_const(ELEMENTS as u64);
        let address = self.ptr_add(address, first);
        self.fill_elements(address, self.element_type(ty), value, len);
        self.free_saved(value);
        self.free_saved(len);
        self.push_object(object);
    }

    pub(crate) fn array_new_default(&mut self, ty: u32) {
        self.at();
        let (object, len) = self.allocate_array(ty);
        self.free_saved(len);
        self.push_object(object);
    }

    pub(crate) fn array_new_fixed(&mut self, ty: u32, count: u32) {
        self.at();
        let element = self.element_type(ty);
        let size = u64::from(HEADER) + u64::from(count) * u64::from(storage_size(element));
        let len = Saved::Int(Ty::I32, i64::from(count as i32));
        let size = size.next_multiple_of(u64::from(ALIGN));
        let object = self.allocate_known(New::Type(ty), size, Some(len));
        let vals = self.stack.split_off(self.stack.len() - count as usize);
        let mut at = ELEMENTS;
        for val in vals {
            if val.known() != Some(0) {
                let val = self.val(val);
                let address = self.local_address(object);
                self.emit.store(store_op(element), address, None, at, val, NEW);
            }
            at += storage_size(element) as i32;
        }
        self.push_object(object);
    }

    /// Writes a value to `len` (I32) elements from an address on.
    fn fill_elements(&mut self, address: E::Val, element: StorageType, value: Saved, len: Saved) {
        let (size, op) = (storage_size(element), store_op(element));
        if let Saved::Int(_, known) = len
            && u64::from(known as u32) <= UNROLL
        {
            let base = self.save(Operand::Val(address, Ty::Ptr));
            for i in 0..known as u32 {
                let val = self.restore(value);
                let val = self.val(val);
                let to = self.restore(base);
                let to = self.val(to);
                self.emit.store(op, to, None, (i * size) as i32, val, NEW);
            }
            return self.free_saved(base);
        }
        let count = self.restore(len);
        let count = self.zero_extend(count);
        if element == StorageType::I8 {
            let val = self.restore(value);
            let val = self.val(val);
            return self.leaf_fill(address, val, count);
        }
        let (at, end) = (self.temp(Ty::Ptr), self.temp(Ty::Ptr));
        let (address, first) = self.emit.dup(address);
        self.emit.local_set(at, first);
        let by = self.i64_const(u64::from(size.ilog2()));
        let bytes = self.emit.binary(BinOp::I64Shl, count, by);
        let last = self.ptr_add(address, bytes);
        self.emit.local_set(end, last);
        let all = self.emit.block(&[]);
        let (again, _) = self.emit.loop_(&[], Vec::new(), &[]);
        let (here, there) = (self.emit.local_get(at), self.emit.local_get(end));
        let done = self.emit.compare(CmpOp::PtrEq, here, there);
        self.emit.br_if(done, all, Vec::new(), Hint::None);
        let val = self.restore(value);
        let val = self.val(val);
        let to = self.emit.local_get(at);
        self.emit.store(op, to, None, 0, val, NEW);
        let to = self.emit.local_get(at);
        let step = self.i64_const(u64::from(size));
        let next = self.ptr_add(to, step);
        self.emit.local_set(at, next);
        self.emit.br(again, Vec::new());
        self.emit.end(again, None);
        self.emit.end(all, None);
        self.free(Ty::Ptr, at);
        self.free(Ty::Ptr, end);
    }

    /// `array.new_data` and `array.new_elem`.
    pub(crate) fn array_new_segment(&mut self, number: Builtin, ty: u32, segment: u32) {
        self.at();
        let count = self.pop();
        let from = self.pop();
        let both = (u64::from(ty) | u64::from(segment) << 32) as i64;
        let made = self.builtin(number, [Operand::Int(Ty::I64, both), from, count]);
        let made = self.emit.unary(UnOp::I32WrapI64, made);
        self.push(made, Ty::I32);
    }

    // Fields.

    pub(crate) fn struct_get(&mut self, ty: u32, field: u32, extend: Extend) {
        self.at();
        let fields = self.struct_fields(ty);
        let at = Fields::of_struct(&fields[..=field as usize]).offsets[field as usize];
        let storage = fields[field as usize].storage;
        let object = self.pop();
        let address = self.object_address(object);
        let region = Region::Object(Some(Trap::NullStructure));
        let val = self.emit.load(load_op(storage, extend), address, None, at as i32, region);
        self.push(val, Ty::of(storage.unpacked()));
    }

    pub(crate) fn struct_set(&mut self, ty: u32, field: u32) {
        self.at();
        let fields = self.struct_fields(ty);
        let at = Fields::of_struct(&fields[..=field as usize]).offsets[field as usize];
        let storage = fields[field as usize].storage;
        let val = self.pop_val();
        let object = self.pop();
        let address = self.object_address(object);
        let region = Region::Object(Some(Trap::NullStructure));
        self.emit.store(store_op(storage), address, None, at as i32, val, region);
    }

    // Elements.

    /// The length of the array at an address, I32; traps if that is null.
    fn array_length(&mut self, address: E::Val) -> E::Val {
        self.emit.load(LoadOp::I32, address, None, LENGTH, Region::Header(Some(Trap::NullArray)))
    }

    pub(crate) fn array_len(&mut self) {
        self.at();
        let array = self.pop();
        let address = self.object_address(array);
        let len = self.array_length(address);
        self.push(len, Ty::I32);
    }

    /// The place of an element: address, index (I64) and distance. Traps unless there is such an
    /// element.
    fn element_place(
        &mut self,
        ty: u32,
        array: Operand<E::Val>,
        index: Operand<E::Val>,
    ) -> (E::Val, Option<E::Val>, i32) {
        let address = self.object_address(array);
        let (address, header) = self.emit.dup(address);
        let len = self.array_length(header);
        let (index, checked) = self.twice(index);
        let checked = self.val(checked);
        self.trap_when(CmpOp::I32GeU, checked, len, Trap::ArrayOutOfBounds);
        let shift = self.shift(ty);
        if let Some(known) = index.known() {
            let at = (u64::from(known as u32) << shift) + ELEMENTS as u64;
            if let Ok(at) = i32::try_from(at) {
                return (address, None, at);
            }
        }
        let index = self.zero_extend(index);
        let by = self.i64_const(u64::from(shift));
        let distance = self.emit.binary(BinOp::I64Shl, index, by);
        (address, Some(distance), ELEMENTS)
    }

    pub(crate) fn array_get(&mut self, ty: u32, extend: Extend) {
        self.at();
        let index = self.pop();
        let array = self.pop();
        let storage = self.element_type(ty);
        let (base, index, disp) = self.element_place(ty, array, index);
        let val = self.emit.load(load_op(storage, extend), base, index, disp, NEW);
        self.push(val, Ty::of(storage.unpacked()));
    }

    pub(crate) fn array_set(&mut self, ty: u32) {
        self.at();
        let val = self.pop_val();
        let index = self.pop();
        let array = self.pop();
        let (base, index, disp) = self.element_place(ty, array, index);
        self.emit.store(store_op(self.element_type(ty)), base, index, disp, val, NEW);
    }

    /// The address of `count` (I32) elements from `index` on. Traps unless the array has them.
    fn element_range(
        &mut self,
        ty: u32,
        array: Operand<E::Val>,
        index: Operand<E::Val>,
        count: Saved,
    ) -> E::Val {
        let address = self.object_address(array);
        let (address, header) = self.emit.dup(address);
        let len = self.array_length(header);
        let len = self.emit.unary(UnOp::I64ExtendI32U, len);
        let index = self.zero_extend(index);
        let (index, start) = self.emit.dup(index);
        let count = self.restore(count);
        let count = self.zero_extend(count);
        let end = self.emit.binary(BinOp::I64Add, start, count);
        self.trap_when(CmpOp::I64GtU, end, len, Trap::ArrayOutOfBounds);
        let by = self.i64_const(u64::from(self.shift(ty)));
        let distance = self.emit.binary(BinOp::I64Shl, index, by);
        let first = self.i64_const(ELEMENTS as u64);
        let distance = self.emit.binary(BinOp::I64Add, distance, first);
        self.ptr_add(address, distance)
    }

    pub(crate) fn array_fill(&mut self, ty: u32) {
        self.at();
        let count = self.pop();
        let count = self.save(count);
        let value = self.pop();
        let value = self.save(value);
        let index = self.pop();
        let array = self.pop();
        let address = self.element_range(ty, array, index, count);
        self.fill_elements(address, self.element_type(ty), value, count);
        self.free_saved(value);
        self.free_saved(count);
    }

    pub(crate) fn array_copy(&mut self, to_ty: u32, from_ty: u32) {
        self.at();
        let count = self.pop();
        let count = self.save(count);
        let from_index = self.pop();
        let from = self.pop();
        let to_index = self.pop();
        let to = self.pop();
        let to = self.element_range(to_ty, to, to_index, count);
        let from = self.element_range(from_ty, from, from_index, count);
        let bytes = self.restore(count);
        let bytes = self.zero_extend(bytes);
        let by = self.i64_const(u64::from(self.shift(to_ty)));
        let bytes = self.emit.binary(BinOp::I64Shl, bytes, by);
        self.free_saved(count);
        self.leaf_copy(to, from, bytes);
    }

    /// `array.init_data` and `array.init_elem`.
    pub(crate) fn array_init_segment(&mut self, number: Builtin, ty: u32, segment: u32) {
        self.at();
        let count = self.pop();
        let from = self.pop();
        let at = self.pop();
        let array = self.pop();
        let at = self.zero_extend(at);
        let by = self.i64_const(32);
        let at = self.emit.binary(BinOp::I64Shl, at, by);
        let array = self.zero_extend(array);
        let place = self.emit.binary(BinOp::I64Or, array, at);
        let both = (u64::from(ty) | u64::from(segment) << 32) as i64;
        let place = Operand::Val(place, Ty::I64);
        self.builtin_void(number, [Operand::Int(Ty::I64, both), place, from, count]);
    }
}
