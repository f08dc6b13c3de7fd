//! Vectors as C sees them: a length and an array.
//!
//! An array is an allocation of Rust's, of exactly that length; null if it is empty. Whoever owns the
//! vector owns array and elements. C may also build vectors over arrays of its own, but only to have
//! them read.

use crate::boundary::{Out, guard, put, remember};
use crate::refs::Ref;
use crate::trap::wasm_frame_t;
use crate::types::{wasm_exporttype_t, wasm_externtype_t, wasm_importtype_t, wasm_valtype_t};
use crate::val::wasm_val_t;

/// `wasm_*_vec_t` of these elements.
#[repr(C)]
pub struct Vector<T> {
    size: usize,
    data: *mut T,
}

// SAFETY: it owns its elements, as a `Vec` does.
unsafe impl<T: Send> Send for Vector<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Vector<T> {}

impl<T> Vector<T> {
    /// No elements.
    pub const EMPTY: Vector<T> = Vector { size: 0, data: std::ptr::null_mut() };

    /// The vector that owns an array.
    ///
    /// # Safety
    /// The array came from a vector that owned it, has this length, and is owned by nobody now.
    pub unsafe fn from_parts(data: *mut T, size: usize) -> Vector<T> {
        Vector { size, data }
    }

    /// Whether there is an array, or none is needed.
    pub fn is_sound(&self) -> bool {
        self.size == 0 || !self.data.is_null()
    }

    /// The array.
    pub fn data(&self) -> *mut T {
        self.data
    }

    /// The elements; none if the array is missing.
    pub fn as_slice(&self) -> &[T] {
        if self.data.is_null() || self.size == 0 {
            return &[];
        }
        // SAFETY: the headers promise `size` elements at `data`, for as long as the vector is lent.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }

    /// The elements, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        if self.data.is_null() || self.size == 0 {
            return &mut [];
        }
        // SAFETY: as in `as_slice`; the vector is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.data, self.size) }
    }

    /// Takes array and elements; an empty vector stays.
    pub fn take(&mut self) -> Vec<T> {
        let (data, size) = (self.data, self.size);
        *self = Vector::EMPTY;
        if data.is_null() || size == 0 {
            return Vec::new();
        }
        // SAFETY: an owned vector's array was made by `from`, with this length as its capacity.
        unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(data, size)) }.into_vec()
    }
}

impl<T> From<Vec<T>> for Vector<T> {
    fn from(elements: Vec<T>) -> Vector<T> {
        if elements.is_empty() {
            return Vector::EMPTY;
        }
        let size = elements.len();
        let data = Box::into_raw(elements.into_boxed_slice()).cast();
        Vector { size, data }
    }
}

impl<T: Clone> Clone for Vector<T> {
    fn clone(&self) -> Self {
        self.as_slice().to_vec().into()
    }
}

impl<T> Default for Vector<T> {
    fn default() -> Self {
        Vector::EMPTY
    }
}

/// Writes a vector of these elements, if the caller wants it.
pub fn put_all<T>(out: Out<'_, Vector<T>>, elements: Vec<T>) {
    if let Some(out) = out {
        out.write(elements.into());
    }
}

/// So many elements, if the system has room for them.
fn room<T>(size: usize) -> Vec<T> {
    let mut elements = Vec::new();
    if elements.try_reserve_exact(size).is_err() {
        remember(&format_args!("there is no room for a vector of {size} elements"));
    }
    elements
}

/// A vector that owns its elements, being a field of an object of ours.
#[derive(Clone, Default)]
pub struct Owned<T>(pub Vector<T>);

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

macro_rules! vectors {
    ($($element:ty: $alias:ident $empty:ident $uninitialized:ident $new:ident $copy:ident $delete:ident;)*) => {$(
        /// The vector's type in the headers.
        #[allow(non_camel_case_types)]
        pub type $alias = Vector<$element>;

        /// An empty vector.
        ///
        /// # Safety
        /// The arguments are what the header asks for.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $empty(out: Out<'_, $alias>) {
            put(out, Vector::EMPTY);
        }

        /// A vector of zeros and nulls, for C to fill in.
        ///
        /// # Safety
        /// The arguments are what the header asks for.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $uninitialized(out: Out<'_, $alias>, size: usize) {
            guard(|| {
                let mut elements = room(size);
                if elements.capacity() >= size {
                    elements.resize_with(size, <$element>::default);
                }
                put_all(out, elements);
            });
        }

        /// A vector of these elements, which it owns from here on.
        ///
        /// # Safety
        /// The arguments are what the header asks for.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $new(out: Out<'_, $alias>, size: usize, from: *const $element) {
            guard(|| {
                let mut elements = room(size);
                if elements.capacity() >= size && !from.is_null() && size > 0 {
                    // SAFETY: the headers promise `size` elements at `from`, which are given away;
                    // there is room for them.
                    unsafe {
                        from.copy_to_nonoverlapping(elements.as_mut_ptr(), size);
                        elements.set_len(size);
                    }
                }
                put_all(out, elements);
            });
        }

        /// A copy with copied elements.
        ///
        /// # Safety
        /// The arguments are what the header asks for.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $copy(out: Out<'_, $alias>, from: Option<&$alias>) {
            guard(|| put_all(out, from.map(Vector::as_slice).unwrap_or_default().to_vec()));
        }

        /// Deletes the elements; an empty vector stays.
        ///
        /// # Safety
        /// The arguments are what the header asks for.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $delete(vector: Option<&mut $alias>) {
            guard(|| drop(vector.map(Vector::take)));
        }
    )*};
}

vectors! {
    u8: wasm_byte_vec_t wasm_byte_vec_new_empty wasm_byte_vec_new_uninitialized
        wasm_byte_vec_new wasm_byte_vec_copy wasm_byte_vec_delete;
    Option<Box<wasm_valtype_t>>: wasm_valtype_vec_t wasm_valtype_vec_new_empty
        wasm_valtype_vec_new_uninitialized wasm_valtype_vec_new wasm_valtype_vec_copy
        wasm_valtype_vec_delete;
    Option<Box<wasm_externtype_t>>: wasm_functype_vec_t wasm_functype_vec_new_empty
        wasm_functype_vec_new_uninitialized wasm_functype_vec_new wasm_functype_vec_copy
        wasm_functype_vec_delete;
    Option<Box<wasm_externtype_t>>: wasm_globaltype_vec_t wasm_globaltype_vec_new_empty
        wasm_globaltype_vec_new_uninitialized wasm_globaltype_vec_new wasm_globaltype_vec_copy
        wasm_globaltype_vec_delete;
    Option<Box<wasm_externtype_t>>: wasm_tabletype_vec_t wasm_tabletype_vec_new_empty
        wasm_tabletype_vec_new_uninitialized wasm_tabletype_vec_new wasm_tabletype_vec_copy
        wasm_tabletype_vec_delete;
    Option<Box<wasm_externtype_t>>: wasm_memorytype_vec_t wasm_memorytype_vec_new_empty
        wasm_memorytype_vec_new_uninitialized wasm_memorytype_vec_new wasm_memorytype_vec_copy
        wasm_memorytype_vec_delete;
    Option<Box<wasm_externtype_t>>: wasm_tagtype_vec_t wasm_tagtype_vec_new_empty
        wasm_tagtype_vec_new_uninitialized wasm_tagtype_vec_new wasm_tagtype_vec_copy
        wasm_tagtype_vec_delete;
    Option<Box<wasm_externtype_t>>: wasm_externtype_vec_t wasm_externtype_vec_new_empty
        wasm_externtype_vec_new_uninitialized wasm_externtype_vec_new wasm_externtype_vec_copy
        wasm_externtype_vec_delete;
    Option<Box<wasm_importtype_t>>: wasm_importtype_vec_t wasm_importtype_vec_new_empty
        wasm_importtype_vec_new_uninitialized wasm_importtype_vec_new wasm_importtype_vec_copy
        wasm_importtype_vec_delete;
    Option<Box<wasm_exporttype_t>>: wasm_exporttype_vec_t wasm_exporttype_vec_new_empty
        wasm_exporttype_vec_new_uninitialized wasm_exporttype_vec_new wasm_exporttype_vec_copy
        wasm_exporttype_vec_delete;
    wasm_val_t: wasm_val_vec_t wasm_val_vec_new_empty wasm_val_vec_new_uninitialized
        wasm_val_vec_new wasm_val_vec_copy wasm_val_vec_delete;
    Option<Box<wasm_frame_t>>: wasm_frame_vec_t wasm_frame_vec_new_empty
        wasm_frame_vec_new_uninitialized wasm_frame_vec_new wasm_frame_vec_copy
        wasm_frame_vec_delete;
    Option<Box<Ref>>: wasm_extern_vec_t wasm_extern_vec_new_empty
        wasm_extern_vec_new_uninitialized wasm_extern_vec_new wasm_extern_vec_copy
        wasm_extern_vec_delete;
}
