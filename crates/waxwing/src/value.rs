//! Values that travel between host and guest.

use crate::Func;
use crate::store::{StoreData, StoreId};
use std::any::Any;
use std::sync::Arc;
use waxwing_module::{RefType, ValType};
use waxwing_vm::{Entry, FuncRef};

/// A value of any WebAssembly type. Floats are held by their bits, so that NaNs stay as they are.
#[derive(Clone, Debug)]
pub enum Val {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// 32-bit float, its bits.
    F32(u32),
    /// 64-bit float, its bits.
    F64(u64),
    /// 128-bit vector.
    V128(V128),
    /// A function or null.
    FuncRef(Option<Func>),
    /// A host value or null.
    ExternRef(Option<ExternRef>),
}

/// A 128-bit vector, lane 0 in the lowest bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct V128(pub u128);

/// Any value of the host's, as a guest can hold it. Clones are the same reference.
#[derive(Clone, Debug)]
pub struct ExternRef(Arc<dyn Any + Send + Sync>);

impl ExternRef {
    /// A reference to a value.
    pub fn new<V: Any + Send + Sync>(value: V) -> ExternRef {
        ExternRef(Arc::new(value))
    }

    /// The value.
    pub fn data(&self) -> &(dyn Any + Send + Sync) {
        &*self.0
    }

    /// Whether both are the same reference.
    pub fn ptr_eq(&self, other: &ExternRef) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Val {
    /// Its type.
    pub fn ty(&self) -> ValType {
        match self {
            Val::I32(_) => ValType::I32,
            Val::I64(_) => ValType::I64,
            Val::F32(_) => ValType::F32,
            Val::F64(_) => ValType::F64,
            Val::V128(_) => ValType::V128,
            Val::FuncRef(_) => ValType::Ref(RefType::FUNCREF),
            Val::ExternRef(_) => ValType::Ref(RefType::EXTERNREF),
        }
    }

    /// Zero or null of a type.
    pub fn default_of(ty: ValType) -> Val {
        match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(V128(0)),
            ValType::Ref(ty) if ty.is_func() => Val::FuncRef(None),
            ValType::Ref(_) => Val::ExternRef(None),
        }
    }

    /// The number, if it is an `i32`.
    pub fn i32(&self) -> Option<i32> {
        if let Val::I32(v) = self { Some(*v) } else { None }
    }

    /// The number, if it is an `i64`.
    pub fn i64(&self) -> Option<i64> {
        if let Val::I64(v) = self { Some(*v) } else { None }
    }

    /// The number, if it is an `f32`.
    pub fn f32(&self) -> Option<f32> {
        if let Val::F32(v) = self { Some(f32::from_bits(*v)) } else { None }
    }

    /// The number, if it is an `f64`.
    pub fn f64(&self) -> Option<f64> {
        if let Val::F64(v) = self { Some(f64::from_bits(*v)) } else { None }
    }

    /// By its bits; host values get a handle in the store.
    pub(crate) fn to_raw<T>(&self, store: &mut StoreData<T>) -> u128 {
        match self {
            Val::I32(v) => u128::from(*v as u32),
            Val::I64(v) => u128::from(*v as u64),
            Val::F32(v) => u128::from(*v),
            Val::F64(v) => u128::from(*v),
            Val::V128(v) => v.0,
            Val::FuncRef(f) => func_to_raw(*f, store.id) as u128,
            Val::ExternRef(r) => u128::from(extern_to_raw(r.clone(), store)),
        }
    }

    /// From its bits.
    pub(crate) fn from_raw<T>(ty: ValType, raw: u128, store: &StoreData<T>) -> Val {
        match ty {
            ValType::I32 => Val::I32(raw as i32),
            ValType::I64 => Val::I64(raw as i64),
            ValType::F32 => Val::F32(raw as u32),
            ValType::F64 => Val::F64(raw as u64),
            ValType::V128 => Val::V128(V128(raw)),
            ValType::Ref(ty) if ty.is_func() => Val::FuncRef(func_from_raw(raw as u64, store.id)),
            ValType::Ref(_) => Val::ExternRef(extern_from_raw(raw as u32, store)),
        }
    }

    /// As a table's entry, if it is a reference.
    pub(crate) fn to_entry<T>(&self, store: &mut StoreData<T>) -> Option<Entry> {
        let raw = match self {
            Val::FuncRef(_) | Val::ExternRef(_) => self.to_raw(store),
            _ => return None,
        };
        Some(match self {
            Val::FuncRef(_) => Entry::Func(raw as u64 as *const FuncRef),
            _ => Entry::Ref(raw as u32),
        })
    }

    /// From a table's entry.
    pub(crate) fn from_entry<T>(entry: Entry, store: &StoreData<T>) -> Val {
        match entry {
            Entry::Func(f) => Val::FuncRef(func_from_raw(f as u64, store.id)),
            Entry::Ref(handle) => Val::ExternRef(extern_from_raw(handle, store)),
        }
    }
}

pub(crate) fn func_to_raw(func: Option<Func>, store: StoreId) -> u64 {
    func.map_or(0, |f| f.raw(store) as u64)
}

pub(crate) fn func_from_raw(raw: u64, store: StoreId) -> Option<Func> {
    Func::from_raw(raw as *const FuncRef, store)
}

pub(crate) fn extern_to_raw<T>(value: Option<ExternRef>, store: &mut StoreData<T>) -> u32 {
    value.map_or(0, |v| store.vm.add_extern(v.0))
}

pub(crate) fn extern_from_raw<T>(handle: u32, store: &StoreData<T>) -> Option<ExternRef> {
    store.vm.extern_value(handle).map(ExternRef)
}

impl From<i32> for Val {
    fn from(v: i32) -> Val {
        Val::I32(v)
    }
}

impl From<i64> for Val {
    fn from(v: i64) -> Val {
        Val::I64(v)
    }
}

impl From<f32> for Val {
    fn from(v: f32) -> Val {
        Val::F32(v.to_bits())
    }
}

impl From<f64> for Val {
    fn from(v: f64) -> Val {
        Val::F64(v.to_bits())
    }
}
