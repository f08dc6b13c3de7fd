//! Values that travel between host and guest.

use crate::store::{StoreData, StoreId};
use crate::{AnyRef, ArrayRef, AsContext, ExnRef, ExternRef, Func, I31, Result, StructRef};
use waxwing_module::{HeapType, RefType, TypeKind, ValType};
use waxwing_vm::{FuncRef, types};

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
    /// Something inside or null.
    AnyRef(Option<AnyRef>),
    /// An exception or null.
    ExnRef(Option<ExnRef>),
}

/// A 128-bit vector, lane 0 in the lowest bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct V128(pub u128);

impl Val {
    /// Its type; of references the top of their hierarchy. See also [`Val::matches`].
    pub fn ty(&self) -> ValType {
        match self {
            Val::I32(_) => ValType::I32,
            Val::I64(_) => ValType::I64,
            Val::F32(_) => ValType::F32,
            Val::F64(_) => ValType::F64,
            Val::V128(_) => ValType::V128,
            Val::FuncRef(_) => ValType::Ref(RefType::FUNCREF),
            Val::ExternRef(_) => ValType::Ref(RefType::EXTERNREF),
            Val::AnyRef(_) => ValType::Ref(RefType::ANYREF),
            Val::ExnRef(_) => ValType::Ref(RefType::EXNREF),
        }
    }

    /// Zero or null of a type: null too if it is none of the type's values.
    pub fn default_of(ty: ValType) -> Val {
        match ty {
            ValType::I32 => Val::I32(0),
            ValType::I64 => Val::I64(0),
            ValType::F32 => Val::F32(0),
            ValType::F64 => Val::F64(0),
            ValType::V128 => Val::V128(V128(0)),
            ValType::Ref(ty) => match ty.heap.top() {
                HeapType::Func => Val::FuncRef(None),
                HeapType::Extern => Val::ExternRef(None),
                HeapType::Exn => Val::ExnRef(None),
                _ => Val::AnyRef(None),
            },
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

    /// By its bits; what has become an object is one of the store's temporaries.
    ///
    /// # Errors
    /// If the heap is full.
    ///
    /// # Panics
    /// If it is another store's.
    pub(crate) fn to_raw<T>(&self, store: &mut StoreData<T>) -> Result<u128> {
        Ok(match self {
            Val::I32(v) => u128::from(*v as u32),
            Val::I64(v) => u128::from(*v as u64),
            Val::F32(v) => u128::from(*v),
            Val::F64(v) => u128::from(*v),
            Val::V128(v) => v.0,
            Val::FuncRef(f) => u128::from(func_to_raw(*f, store.id)),
            Val::ExternRef(Some(r)) => u128::from(r.to_raw(store)?),
            Val::AnyRef(Some(r)) => u128::from(r.to_raw(store)?),
            Val::ExnRef(Some(r)) => u128::from(r.to_raw(store)),
            Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => 0,
        })
    }

    /// From its bits.
    pub(crate) fn from_raw<T>(ty: ValType, raw: u128, store: &mut StoreData<T>) -> Val {
        match ty {
            ValType::I32 => Val::I32(raw as i32),
            ValType::I64 => Val::I64(raw as i64),
            ValType::F32 => Val::F32(raw as u32),
            ValType::F64 => Val::F64(raw as u64),
            ValType::V128 => Val::V128(V128(raw)),
            ValType::Ref(ty) => match ty.heap.top() {
                HeapType::Func => Val::FuncRef(func_from_raw(raw as u64, store.id)),
                HeapType::Extern => Val::ExternRef(ExternRef::from_raw(raw as u32, store)),
                HeapType::Exn => Val::ExnRef(ExnRef::from_raw(raw as u32, store)),
                _ => Val::AnyRef(AnyRef::from_raw(raw as u32, store)),
            },
        }
    }

    /// Whether it is a value of this type.
    ///
    /// # Panics
    /// If it is another store's.
    pub fn matches(&self, store: impl AsContext, ty: ValType) -> bool {
        self.fits(ty, store.as_context().0)
    }

    /// Whether it is a value of this type.
    pub(crate) fn fits<T>(&self, ty: ValType, store: &StoreData<T>) -> bool {
        let have = match self {
            Val::I32(_) => return ty == ValType::I32,
            Val::I64(_) => return ty == ValType::I64,
            Val::F32(_) => return ty == ValType::F32,
            Val::F64(_) => return ty == ValType::F64,
            Val::V128(_) => return ty == ValType::V128,
            Val::FuncRef(f) => f.map_or(HeapType::NoFunc, |f| {
                HeapType::Defined(TypeKind::Func, f.read(store.id).type_id as u32)
            }),
            Val::ExternRef(r) => r.as_ref().map_or(HeapType::NoExtern, |_| HeapType::Extern),
            Val::AnyRef(r) => r.as_ref().map_or(HeapType::None, |r| r.heap_type(store)),
            Val::ExnRef(r) => r.as_ref().map_or(HeapType::NoExn, |_| HeapType::Exn),
        };
        let have = RefType { nullable: self.is_null(), heap: have };
        matches!(ty, ValType::Ref(ty) if have.matches(ty, &types::is_subtype))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(
            self,
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None)
        )
    }

    /// Its type, in words for an error.
    pub(crate) fn describe<T>(&self, store: &StoreData<T>) -> String {
        match self {
            _ if self.is_null() => format!("null of type {}", self.ty()),
            Val::FuncRef(Some(f)) => {
                let word = f.read(store.id).type_id as u32;
                format!("a function of type {}", types::func_type_of(word))
            }
            Val::AnyRef(Some(r)) => {
                let heap = r.heap_type(store);
                RefType { nullable: false, heap }.to_string()
            }
            other => other.ty().to_string(),
        }
    }
}

pub(crate) fn func_to_raw(func: Option<Func>, store: StoreId) -> u64 {
    func.map_or(0, |f| f.raw(store) as u64)
}

pub(crate) fn func_from_raw(raw: u64, store: StoreId) -> Option<Func> {
    Func::from_raw(raw as *const FuncRef, store)
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

macro_rules! from_references {
    ($($ty:ty => $case:ident, |$v:ident| $any:expr;)*) => {$(
        impl From<$ty> for Val {
            fn from($v: $ty) -> Val {
                Val::$case(Some($any))
            }
        }

        impl From<Option<$ty>> for Val {
            fn from(value: Option<$ty>) -> Val {
                Val::$case(value.map(|$v| $any))
            }
        }
    )*};
}

from_references! {
    Func => FuncRef, |v| v;
    ExternRef => ExternRef, |v| v;
    AnyRef => AnyRef, |v| v;
    I31 => AnyRef, |v| AnyRef::from(v);
    StructRef => AnyRef, |v| AnyRef::from(v);
    ArrayRef => AnyRef, |v| AnyRef::from(v);
    ExnRef => ExnRef, |v| v;
}
