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
pub enum RefType {
    /// A nullable reference to any function.
    Func,
    /// A nullable reference to a host value.
    Extern,
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

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValType::I32 => "i32",
            ValType::I64 => "i64",
            ValType::F32 => "f32",
            ValType::F64 => "f64",
            ValType::V128 => "v128",
            ValType::Ref(RefType::Func) => "funcref",
            ValType::Ref(RefType::Extern) => "externref",
        })
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ValType::Ref(*self).fmt(f)
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
            params: vec![ValType::I32, ValType::Ref(RefType::Func)],
            results: vec![ValType::V128],
        };
        assert_eq!(ty.to_string(), "(i32, funcref) -> (v128)");
    }
}
