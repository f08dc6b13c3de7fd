//! Facts about a WebAssembly module: types, ids, traps, features. No parser, no engine.
//!
//! Everything here is plain data that can be stored in an artifact. Index spaces follow the
//! specification (section 2.5.1): imports come first, then the module's own definitions.

#![forbid(unsafe_code)]

mod module;
mod trap;
mod types;

pub use module::{
    ConstExpr, ConstOp, Data, DataMode, Element, ElementItems, ElementMode, Export, ExternKind,
    Import, ImportType, Module,
};
pub use trap::Trap;
pub use types::{
    CompositeType, FieldType, FuncType, GlobalType, HeapType, Limits, MemoryType, Names, RefType,
    StorageType, SubType, TableType, TypeKind, ValType,
};

/// Bytes of one page of a linear memory (specification, section 4.2.8).
pub const PAGE_SIZE: u64 = 65536;
