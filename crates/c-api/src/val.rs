//! Values as C sees them: a kind and eight bytes.

use crate::boundary::{Out, export, put};
use crate::refs::{Kind, Ref};
use crate::store::{Data, StoreCell};
use crate::types::kind;
use std::sync::Arc;
use waxwing::{AnyRef, Error, HeapType, Result, StoreMut, Val, ValType};

/// A value. A reference in it is owned by whoever owns the value.
#[repr(C)]
pub struct wasm_val_t {
    kind: u8,
    of: Payload,
}

/// What the kind says.
#[repr(C)]
#[derive(Clone, Copy)]
union Payload {
    i32: i32,
    i64: i64,
    f32: u32,
    f64: u64,
    reference: *mut Ref,
}

// SAFETY: a value is plain data but for its reference, which may be sent and shared.
unsafe impl Send for wasm_val_t {}
// SAFETY: as above.
unsafe impl Sync for wasm_val_t {}

impl Default for wasm_val_t {
    fn default() -> Self {
        wasm_val_t { kind: kind::I32, of: Payload { i64: 0 } }
    }
}

fn is_reference(kind: u8) -> bool {
    matches!(kind, kind::EXTERNREF | kind::FUNCREF | kind::ANYREF | kind::EXNREF)
}

impl wasm_val_t {
    /// The reference; nothing for null and for numbers.
    fn reference(&self) -> Option<&Ref> {
        if !is_reference(self.kind) {
            return None;
        }
        // SAFETY: the kind says that it is a reference: null, or one that this interface made and
        // that the value's owner has not deleted.
        unsafe { self.of.reference.as_ref() }
    }

    fn of_reference(kind: u8, reference: Option<Ref>) -> wasm_val_t {
        let reference = reference.map_or(std::ptr::null_mut(), |r| Box::into_raw(Box::new(r)));
        wasm_val_t { kind, of: Payload { reference } }
    }

    /// As a value of the engine's; `wanted` says what null is a null of.
    ///
    /// # Errors
    /// If the kind is none, or the reference is another store's or of a kind that cannot be wanted.
    pub fn to_val(&self, store: &Arc<StoreCell>, wanted: ValType) -> Result<Val> {
        Ok(match self.kind {
            // SAFETY: the kind says which one it is; all bits are values of these types.
            kind::I32 => Val::I32(unsafe { self.of.i32 }),
            // SAFETY: as above.
            kind::I64 => Val::I64(unsafe { self.of.i64 }),
            // SAFETY: as above.
            kind::F32 => Val::F32(unsafe { self.of.f32 }),
            // SAFETY: as above.
            kind::F64 => Val::F64(unsafe { self.of.f64 }),
            other if is_reference(other) => return to_val(self.reference(), store, wanted),
            other => return Err(Error::msg(format!("there are no values of kind {other}"))),
        })
    }

    /// From a value of the engine's.
    ///
    /// # Errors
    /// If it is a vector, which has no room in C's values.
    pub fn from_val(
        store: &Arc<StoreCell>,
        context: &StoreMut<'_, Data>,
        value: Val,
    ) -> Result<wasm_val_t> {
        let kind = match &value {
            Val::I32(v) => return Ok(wasm_val_t { kind: kind::I32, of: wide(*v as u32 as u64) }),
            Val::I64(v) => return Ok(wasm_val_t { kind: kind::I64, of: Payload { i64: *v } }),
            Val::F32(v) => return Ok(wasm_val_t { kind: kind::F32, of: wide((*v).into()) }),
            Val::F64(v) => return Ok(wasm_val_t { kind: kind::F64, of: wide(*v) }),
            Val::V128(_) => {
                return Err(Error::msg("a value of type v128 cannot be passed through wasm_val_t"));
            }
            Val::FuncRef(_) => kind::FUNCREF,
            Val::ExternRef(_) => kind::EXTERNREF,
            Val::AnyRef(_) => kind::ANYREF,
            Val::ExnRef(_) => kind::EXNREF,
        };
        Ok(wasm_val_t::of_reference(kind, from_val(store, context, value)))
    }
}

/// All eight bytes, so that none is left uninitialised.
fn wide(bits: u64) -> Payload {
    Payload { f64: bits }
}

/// A reference as a value of the engine's.
///
/// # Errors
/// If it is another store's, or cannot be what is wanted.
pub fn to_val(reference: Option<&Ref>, store: &Arc<StoreCell>, wanted: ValType) -> Result<Val> {
    let Some(reference) = reference else {
        return Ok(match wanted {
            ValType::Ref(_) => Val::default_of(wanted),
            // A null where a number is wanted: the check of types says so.
            _ => Val::ExternRef(None),
        });
    };
    let kind = reference.kind_in(store)?;
    let wants = |top| matches!(wanted, ValType::Ref(ty) if ty.heap.top() == top);
    Ok(match kind {
        Kind::Func(func) if !wants(HeapType::Extern) => Val::FuncRef(Some(*func)),
        Kind::Value(value @ (Val::AnyRef(_) | Val::ExnRef(_))) if !wants(HeapType::Extern) => {
            value.clone()
        }
        Kind::Value(Val::AnyRef(Some(value))) => Val::ExternRef(Some(value.clone().into())),
        _ if wants(HeapType::Any) => Val::AnyRef(Some(AnyRef::from(reference.to_extern()))),
        _ => Val::ExternRef(Some(reference.to_extern())),
    })
}

/// A value of the engine's as a reference; nothing for null and for numbers.
pub fn from_val(store: &Arc<StoreCell>, context: &StoreMut<'_, Data>, value: Val) -> Option<Ref> {
    let new = |kind| Ref::new(store, context, kind);
    Some(match value {
        Val::FuncRef(func) => new(Kind::Func(func?)),
        Val::ExternRef(value) => Ref::from_extern(store, context, value?),
        Val::AnyRef(value) => new(Kind::Value(Val::AnyRef(Some(value?)))),
        Val::ExnRef(value) => new(Kind::Value(Val::ExnRef(Some(value?)))),
        _ => return None,
    })
}

impl Clone for wasm_val_t {
    fn clone(&self) -> Self {
        match self.reference() {
            Some(reference) => wasm_val_t::of_reference(self.kind, Some(reference.clone())),
            None => wasm_val_t { kind: self.kind, of: self.of },
        }
    }
}

impl Drop for wasm_val_t {
    fn drop(&mut self) {
        if is_reference(self.kind) {
            // SAFETY: the kind says that it is a reference, which the value owns.
            let reference = unsafe { self.of.reference };
            self.of.reference = std::ptr::null_mut();
            if !reference.is_null() {
                // SAFETY: references are boxes of this interface's.
                drop(unsafe { Box::from_raw(reference) });
            }
        }
    }
}

export! {
    guard fn wasm_val_delete(value: Option<&mut wasm_val_t>) {
        if let Some(value) = value {
            // SAFETY: the program gives the contents away; what stays is a value without them.
            unsafe { std::ptr::drop_in_place(value) };
        }
    }
    guard fn wasm_val_copy(out: Out<'_, wasm_val_t>, from: Option<&wasm_val_t>) {
        put(out, from.cloned().unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_sixteen_bytes() {
        assert_eq!(size_of::<wasm_val_t>(), 16);
        assert_eq!(std::mem::offset_of!(wasm_val_t, of), 8);
    }
}
