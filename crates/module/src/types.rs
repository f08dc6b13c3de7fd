//! WebAssembly types (specification, section 2.3).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// A reference.
    Ref(RefType),
}

/// A reference type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RefType {
    /// Whether null is one of its values.
    pub nullable: bool,
    /// What it refers to.
    pub heap: HeapType,
}

/// What a reference refers to (specification, section 2.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HeapType {
    /// Any function.
    Func,
    /// Nothing, among functions.
    NoFunc,
    /// Any value that comes from outside.
    Extern,
    /// Nothing, among those.
    NoExtern,
    /// Any value from inside.
    Any,
    /// Any value that can be compared by identity.
    Eq,
    /// A 31-bit integer.
    I31,
    /// Any structure.
    Struct,
    /// Any array.
    Array,
    /// Nothing, among values from inside.
    None,
    /// Any exception.
    Exn,
    /// Nothing, among exceptions.
    NoExn,
    /// A defined type and its kind. What names it depends on where it stands: in the facts
    /// of a module that is being compiled its index, everywhere else the engine-wide type word.
    Defined(TypeKind, u32),
}

/// The kinds of defined types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TypeKind {
    /// Functions.
    Func,
    /// Structures.
    Struct,
    /// Arrays.
    Array,
}

/// A defined type (specification, section 2.3.9).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SubType {
    /// Whether no type may be declared below it.
    pub is_final: bool,
    /// The type above it, named as in [`HeapType::Defined`].
    pub supertype: Option<u32>,
    /// What its values are.
    pub composite: CompositeType,
}

/// What the values of a defined type are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CompositeType {
    /// Functions.
    Func(FuncType),
    /// Structures of these fields.
    Struct(Vec<FieldType>),
    /// Arrays of this element.
    Array(FieldType),
}

/// The type of a field or element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldType {
    /// What it holds.
    pub storage: StorageType,
    /// Whether it may be written.
    pub mutable: bool,
}

/// What a field or element holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StorageType {
    /// 8 bits.
    I8,
    /// 16 bits.
    I16,
    /// A value.
    Val(ValType),
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub struct FuncType {
    /// What it takes.
    pub params: Vec<ValType>,
    /// What it gives back.
    pub results: Vec<ValType>,
}

/// Size limits of a memory (in pages) or a table (in entries).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// The size at the beginning.
    pub min: u64,
    /// The size it may grow to, if the module says one.
    pub max: Option<u64>,
}

/// The type of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TableType {
    /// What the entries are.
    pub element: RefType,
    /// Sizes in entries.
    pub limits: Limits,
    /// Whether indices are 64-bit.
    pub table64: bool,
}

/// The type of a linear memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MemoryType {
    /// Sizes in pages.
    pub limits: Limits,
    /// Whether addresses are 64-bit.
    pub memory64: bool,
    /// Whether the memory is shared between threads.
    pub shared: bool,
    /// Binary logarithm of the bytes of a page: 16, or 0 where the module says so.
    pub page_size_log2: u8,
}

/// The type of a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GlobalType {
    /// What it holds.
    pub content: ValType,
    /// Whether it may be written.
    pub mutable: bool,
}

impl TableType {
    /// A table with 32-bit indices.
    pub fn new(element: RefType, limits: Limits) -> TableType {
        TableType { element, limits, table64: false }
    }
}

impl MemoryType {
    /// A 32-bit memory with pages of [`crate::PAGE_SIZE`] bytes, not shared.
    pub fn new(limits: Limits) -> MemoryType {
        let page_size_log2 = crate::PAGE_SIZE.trailing_zeros() as u8;
        MemoryType { limits, memory64: false, shared: false, page_size_log2 }
    }

    /// Bytes of a page.
    pub fn page_size(&self) -> u64 {
        1 << (self.page_size_log2 & 63)
    }

    /// Bytes of so many pages; `u64::MAX` if there is no such number.
    pub fn bytes(&self, pages: u64) -> u64 {
        pages.saturating_mul(self.page_size())
    }
}

impl Limits {
    /// Whether something of limits `self` (with current size `size`) may stand where `wanted` is
    /// asked for (specification, section 4.5.3, import matching).
    pub fn matches(&self, size: u64, wanted: &Limits) -> bool {
        size >= wanted.min
            && match (self.max, wanted.max) {
                (_, None) => true,
                (Some(have), Some(want)) => have <= want,
                (None, Some(_)) => false,
            }
    }
}

impl RefType {
    /// `funcref`: any function or null.
    pub const FUNCREF: RefType = RefType { nullable: true, heap: HeapType::Func };
    /// `externref`: any value from outside or null.
    pub const EXTERNREF: RefType = RefType { nullable: true, heap: HeapType::Extern };
    /// `anyref`: any value from inside or null.
    pub const ANYREF: RefType = RefType { nullable: true, heap: HeapType::Any };
    /// `exnref`: any exception or null.
    pub const EXNREF: RefType = RefType { nullable: true, heap: HeapType::Exn };

    /// Whether its values are functions.
    pub fn is_func(self) -> bool {
        self.heap.top() == HeapType::Func
    }

    /// Whether every value of this type is one of `wanted`. Both are named alike; `is_subtype`
    /// says whether one defined type is declared, directly or not, below another or is the same.
    pub fn matches(self, wanted: RefType, is_subtype: &dyn Fn(u32, u32) -> bool) -> bool {
        (!self.nullable || wanted.nullable) && self.heap.matches(wanted.heap, is_subtype)
    }
}

impl HeapType {
    /// The type above all others of its hierarchy.
    pub fn top(self) -> HeapType {
        match self {
            HeapType::Func | HeapType::NoFunc | HeapType::Defined(TypeKind::Func, _) => {
                HeapType::Func
            }
            HeapType::Extern | HeapType::NoExtern => HeapType::Extern,
            HeapType::Exn | HeapType::NoExn => HeapType::Exn,
            _ => HeapType::Any,
        }
    }

    /// The type below all others of its hierarchy.
    pub fn bottom(self) -> HeapType {
        match self.top() {
            HeapType::Func => HeapType::NoFunc,
            HeapType::Extern => HeapType::NoExtern,
            HeapType::Exn => HeapType::NoExn,
            _ => HeapType::None,
        }
    }

    /// See [`RefType::matches`] (specification, section 3.3.3).
    pub fn matches(self, wanted: HeapType, is_subtype: &dyn Fn(u32, u32) -> bool) -> bool {
        use HeapType::{Any, Array, Defined, Eq, I31, Struct};
        if self == wanted || wanted == self.top() {
            return true;
        }
        if self == self.bottom() {
            return self.top() == wanted.top();
        }
        match (self, wanted) {
            (Defined(_, a), Defined(_, b)) => is_subtype(a, b),
            (I31 | Struct | Array, Eq) => true,
            (Defined(kind, _), Eq) => kind != TypeKind::Func,
            (Defined(kind, _), Struct) => kind == TypeKind::Struct,
            (Defined(kind, _), Array) => kind == TypeKind::Array,
            (_, Any) => self.top() == Any,
            _ => false,
        }
    }
}

impl ValType {
    /// See [`RefType::matches`].
    pub fn matches(self, wanted: ValType, is_subtype: &dyn Fn(u32, u32) -> bool) -> bool {
        match (self, wanted) {
            (ValType::Ref(a), ValType::Ref(b)) => a.matches(b, is_subtype),
            (a, b) => a == b,
        }
    }

    /// Whether locals and fields of it have a value to begin with: zero or null.
    pub fn has_default(self) -> bool {
        !matches!(self, ValType::Ref(r) if !r.nullable)
    }
}

impl StorageType {
    /// The type that it is read and written as.
    pub fn unpacked(self) -> ValType {
        match self {
            StorageType::I8 | StorageType::I16 => ValType::I32,
            StorageType::Val(ty) => ty,
        }
    }
}

impl CompositeType {
    /// Its kind.
    pub fn kind(&self) -> TypeKind {
        match self {
            CompositeType::Func(_) => TypeKind::Func,
            CompositeType::Struct(_) => TypeKind::Struct,
            CompositeType::Array(_) => TypeKind::Array,
        }
    }
}

impl From<FuncType> for SubType {
    /// The type of a function as versions before 3.0 know them: final, below nothing.
    fn from(ty: FuncType) -> SubType {
        SubType { is_final: true, supertype: None, composite: CompositeType::Func(ty) }
    }
}

/// Something that may name defined types.
pub trait Names {
    /// Gives every name in it a new one.
    fn rename(&mut self, name: &mut dyn FnMut(u32) -> u32);
}

impl Names for HeapType {
    fn rename(&mut self, name: &mut dyn FnMut(u32) -> u32) {
        if let HeapType::Defined(_, index) = self {
            *index = name(*index);
        }
    }
}

impl Names for ValType {
    fn rename(&mut self, name: &mut dyn FnMut(u32) -> u32) {
        if let ValType::Ref(ty) = self {
            ty.heap.rename(name);
        }
    }
}

impl Names for FieldType {
    fn rename(&mut self, name: &mut dyn FnMut(u32) -> u32) {
        if let StorageType::Val(ty) = &mut self.storage {
            ty.rename(name);
        }
    }
}

impl Names for FuncType {
    fn rename(&mut self, name: &mut dyn FnMut(u32) -> u32) {
        self.params.iter_mut().chain(&mut self.results).for_each(|ty| ty.rename(name));
    }
}

impl Names for SubType {
    fn rename(&mut self, name: &mut dyn FnMut(u32) -> u32) {
        if let Some(above) = &mut self.supertype {
            *above = name(*above);
        }
        match &mut self.composite {
            CompositeType::Func(ty) => ty.rename(name),
            CompositeType::Struct(fields) => fields.iter_mut().for_each(|f| f.rename(name)),
            CompositeType::Array(element) => element.rename(name),
        }
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValType::I32 => "i32",
            ValType::I64 => "i64",
            ValType::F32 => "f32",
            ValType::F64 => "f64",
            ValType::V128 => "v128",
            ValType::Ref(ty) => return ty.fmt(f),
        })
    }
}

impl fmt::Display for RefType {
    /// As in the text format: `funcref`, `(ref null 3)`, `(ref i31)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = match (self.nullable, self.heap) {
            (true, HeapType::Defined(..)) | (false, _) => None,
            (true, HeapType::None) => Some("nullref"),
            (true, HeapType::NoFunc) => Some("nullfuncref"),
            (true, HeapType::NoExtern) => Some("nullexternref"),
            (true, HeapType::NoExn) => Some("nullexnref"),
            (true, heap) => return write!(f, "{heap}ref"),
        };
        match short {
            Some(short) => f.write_str(short),
            None if self.nullable => write!(f, "(ref null {})", self.heap),
            None => write!(f, "(ref {})", self.heap),
        }
    }
}

impl fmt::Display for HeapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HeapType::Func => "func",
            HeapType::NoFunc => "nofunc",
            HeapType::Extern => "extern",
            HeapType::NoExtern => "noextern",
            HeapType::Any => "any",
            HeapType::Eq => "eq",
            HeapType::I31 => "i31",
            HeapType::Struct => "struct",
            HeapType::Array => "array",
            HeapType::None => "none",
            HeapType::Exn => "exn",
            HeapType::NoExn => "noexn",
            // A type word carries its kind above the number, an index has nothing there.
            HeapType::Defined(_, name) => return write!(f, "{}", name & 0x0fff_ffff),
        })
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValType]| -> fmt::Result {
            f.write_str("(")?;
            for (i, ty) in types.iter().enumerate() {
                write!(f, "{}{ty}", if i == 0 { "" } else { ", " })?;
            }
            f.write_str(")")
        };
        list(f, &self.params)?;
        f.write_str(" -> ")?;
        list(f, &self.results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_match_by_the_specification() {
        let have = Limits { min: 1, max: Some(3) };
        assert!(have.matches(2, &Limits { min: 2, max: Some(3) }));
        assert!(!have.matches(1, &Limits { min: 2, max: Some(3) }));
        assert!(!have.matches(2, &Limits { min: 2, max: Some(2) }));
        assert!(!Limits { min: 1, max: None }.matches(2, &Limits { min: 1, max: Some(9) }));
    }

    #[test]
    fn function_types_read_well() {
        let ty = FuncType {
            params: vec![ValType::I32, ValType::Ref(RefType::FUNCREF)],
            results: vec![ValType::V128],
        };
        assert_eq!(ty.to_string(), "(i32, funcref) -> (v128)");
    }

    #[test]
    fn heap_types_match_by_their_hierarchies() {
        use HeapType::*;
        let below = |a: u32, b: u32| a == b || (a == 2 && b == 1);
        let (one, two) = (Defined(TypeKind::Struct, 1), Defined(TypeKind::Struct, 2));
        for (a, b) in [(two, one), (two, Struct), (one, Eq), (None, two), (I31, Eq), (Array, Any)] {
            assert!(a.matches(b, &below) && !b.matches(a, &below), "{a} {b}");
        }
        let func = Defined(TypeKind::Func, 7);
        assert!(func.matches(Func, &below) && NoFunc.matches(func, &below));
        assert!(!func.matches(Any, &below) && !Struct.matches(Array, &below));
        assert!(!Extern.matches(Any, &below) && !None.matches(func, &below));
        assert!(NoExn.matches(Exn, &below) && !Exn.matches(Any, &below));
    }

    #[test]
    fn reference_types_read_as_in_text() {
        let ty = |nullable, heap| RefType { nullable, heap }.to_string();
        assert_eq!(ty(true, HeapType::Any), "anyref");
        assert_eq!(ty(true, HeapType::None), "nullref");
        assert_eq!(ty(false, HeapType::I31), "(ref i31)");
        assert_eq!(ty(true, HeapType::Defined(TypeKind::Array, 3)), "(ref null 3)");
    }
}
