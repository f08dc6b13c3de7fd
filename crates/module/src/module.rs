//! A module's facts, as a decoder finds them.

use crate::{
    CompositeType, FuncType, GlobalType, HeapType, MemoryType, Names, RefType, SubType, TableType,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What a validated module consists of, code excepted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Module {
    /// Defined types, by type index.
    pub types: Vec<SubType>,
    /// Groups of types that refer to each other: the first index and how many. Types outside all
    /// of them are groups of their own.
    pub recursive: Vec<(u32, u32)>,
    /// Imports, in their order.
    pub imports: Vec<Import>,
    /// The type index of every function, imported ones first.
    pub funcs: Vec<u32>,
    /// How many of `funcs` are imported.
    pub imported_funcs: u32,
    /// Every table, imported ones first.
    pub tables: Vec<TableType>,
    /// How many of `tables` are imported.
    pub imported_tables: u32,
    /// Every memory, imported ones first.
    pub memories: Vec<MemoryType>,
    /// How many of `memories` are imported.
    pub imported_memories: u32,
    /// Every global, imported ones first.
    pub globals: Vec<GlobalType>,
    /// How many of `globals` are imported.
    pub imported_globals: u32,
    /// The type index of every tag, imported ones first. Types of tags have no results.
    pub tags: Vec<u32>,
    /// How many of `tags` are imported.
    pub imported_tags: u32,
    /// The initial value of each global of the module's own.
    pub global_inits: Vec<ConstExpr>,
    /// The initial value of the entries of each table of the module's own; `None` is null.
    pub table_inits: Vec<Option<ConstExpr>>,
    /// Exports, in their order; names are unique.
    pub exports: Vec<Export>,
    /// The function to run at instantiation.
    pub start: Option<u32>,
    /// Element segments.
    pub elements: Vec<Element>,
    /// Data segments.
    pub data: Vec<Data>,
    /// Functions of which a reference can come into being (exports, element segments, `ref.func`, start),
    /// ascending. Only these have a `FuncRef` in the instance.
    pub escaping: Vec<u32>,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The first name.
    pub module: String,
    /// The second name.
    pub name: String,
    /// What is asked for.
    pub ty: ImportType,
}

/// What an import asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportType {
    /// A function of the type with this index.
    Func(u32),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag of the type with this index.
    Tag(u32),
}

/// The kinds of things that are imported and exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExternKind {
    /// A function.
    Func,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// A tag.
    Tag,
}

/// One export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ExternKind,
    /// Its index in the index space of its kind.
    pub index: u32,
}

/// A constant expression as a sequence of stack operators (specification, section 3.4.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConstExpr {
    /// The operators; validated, so that one value remains.
    pub ops: Vec<ConstOp>,
}

/// One operator of a constant expression.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ConstOp {
    /// `i32.const`
    I32Const(i32),
    /// `i64.const`
    I64Const(i64),
    /// `f32.const`, by its bits.
    F32Const(u32),
    /// `f64.const`, by its bits.
    F64Const(u64),
    /// `v128.const`, by its bits, lane 0 lowest.
    V128Const(u128),
    /// `global.get`
    GlobalGet(u32),
    /// `ref.null`
    RefNull(HeapType),
    /// `ref.func`
    RefFunc(u32),
    /// `i32.add`
    I32Add,
    /// `i32.sub`
    I32Sub,
    /// `i32.mul`
    I32Mul,
    /// `i64.add`
    I64Add,
    /// `i64.sub`
    I64Sub,
    /// `i64.mul`
    I64Mul,
    /// `ref.i31`
    RefI31,
    /// `struct.new`
    StructNew(u32),
    /// `struct.new_default`
    StructNewDefault(u32),
    /// `array.new`
    ArrayNew(u32),
    /// `array.new_default`
    ArrayNewDefault(u32),
    /// `array.new_fixed`: the type, and how many elements.
    ArrayNewFixed(u32, u32),
    /// `any.convert_extern`
    AnyConvertExtern,
    /// `extern.convert_any`
    ExternConvertAny,
}

/// An element segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// What the items are.
    pub ty: RefType,
    /// What happens to it at instantiation.
    pub mode: ElementMode,
    /// The items.
    pub items: ElementItems,
}

/// What happens to an element segment at instantiation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ElementMode {
    /// Kept for `table.init`.
    Passive,
    /// Copied into a table.
    Active {
        /// The table.
        table: u32,
        /// The first index that is written.
        offset: ConstExpr,
    },
    /// Only declares references.
    Declared,
}

/// The items of an element segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ElementItems {
    /// Functions by index.
    Funcs(Vec<u32>),
    /// One expression for each item.
    Exprs(Vec<ConstExpr>),
}

/// A data segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// What happens to it at instantiation.
    pub mode: DataMode,
    /// Where its bytes lie: in the module while it is compiled, in the artifact's data section
    /// afterwards.
    pub bytes: Range<u64>,
}

/// What happens to a data segment at instantiation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DataMode {
    /// Kept for `memory.init`.
    Passive,
    /// Copied into a memory.
    Active {
        /// The memory.
        memory: u32,
        /// The first address that is written.
        offset: ConstExpr,
    },
    /// Was active, and its bytes are part of the artifact's memory images: the memory begins with
    /// them. There is nothing to copy and nothing kept; it counts as dropped from the beginning.
    /// Only occurs in artifacts, never in what a decoder makes.
    Image,
}

impl Module {
    /// The type of a function. `index` counts imported functions first.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn func_type(&self, index: u32) -> &FuncType {
        self.signature(self.funcs[index as usize])
    }

    /// The type with this index, of functions.
    ///
    /// # Panics
    /// If it is none, which validation rules out where one is asked for.
    pub fn signature(&self, type_index: u32) -> &FuncType {
        match &self.types[type_index as usize].composite {
            CompositeType::Func(ty) => ty,
            _ => panic!("type {type_index} is not a function's"),
        }
    }

    /// Whether its code or constants make objects on the heap or look into them.
    pub fn needs_heap(&self) -> bool {
        !self.tags.is_empty()
            || self.types.iter().any(|ty| !matches!(ty.composite, CompositeType::Func(_)))
    }

    /// How many types lie above the type with this index.
    pub fn type_depth(&self, type_index: u32) -> u32 {
        let above = |&i: &u32| self.types[i as usize].supertype;
        std::iter::successors(Some(type_index), above).count() as u32 - 1
    }

    /// Names all defined types anew, in facts that name them by their index: what loads a module
    /// puts the engine-wide words in their places, `words[index]`.
    pub fn rename_types(&mut self, words: &[u32]) {
        let name = &mut |index: u32| words[index as usize];
        self.types.iter_mut().for_each(|ty| ty.rename(name));
        self.tables.iter_mut().for_each(|t| t.element.heap.rename(name));
        self.globals.iter_mut().for_each(|g| g.content.rename(name));
        self.elements.iter_mut().for_each(|e| e.ty.heap.rename(name));
        for import in &mut self.imports {
            match &mut import.ty {
                ImportType::Table(t) => t.element.heap.rename(name),
                ImportType::Global(g) => g.content.rename(name),
                ImportType::Func(_) | ImportType::Memory(_) | ImportType::Tag(_) => {}
            }
        }
    }

    /// The type of a tag. `index` counts imported tags first.
    ///
    /// # Panics
    /// If there is no such tag.
    pub fn tag_type(&self, index: u32) -> &FuncType {
        self.signature(self.tags[index as usize])
    }

    /// Where `func` stands among the escaping functions, if it is one.
    pub fn escaping_index(&self, func: u32) -> Option<u32> {
        self.escaping.binary_search(&func).ok().map(|i| i as u32)
    }

    /// The export of this name.
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|e| e.name == name)
    }
}

impl ConstExpr {
    /// The value of an expression that is a single `i32.const` or `i64.const`, zero-extended as
    /// offsets are.
    pub fn as_offset(&self) -> Option<u64> {
        match self.ops[..] {
            [ConstOp::I32Const(v)] => Some(u64::from(v as u32)),
            [ConstOp::I64Const(v)] => Some(v as u64),
            _ => None,
        }
    }
}
