//! What a module imports and exports, with types that can be compared across its index spaces.

use wasmparser::types::{CoreTypeId, EntityType, Types};
use wasmparser::{
    AbstractHeapType, CompositeInnerType, HeapType, Parser, Payload, RefType, UnpackedIndex,
    ValType, Validator, WasmFeatures,
};

/// A function's parameters and results. Types of the module are named by what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Parameters.
    pub params: Vec<ValType>,
    /// Results.
    pub results: Vec<ValType>,
    /// Whether its type is final, below no other and in no recursive group with others: then
    /// parameters and results say all.
    pub alone: bool,
}

/// What is imported or exported.
#[derive(Clone, Debug)]
pub enum Item {
    /// A function, its type's identity and its signature.
    Func(CoreTypeId, Signature),
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global of this type.
    Global(ValType),
    /// A tag.
    Tag,
}

/// An import.
#[derive(Clone, Debug)]
pub struct Import {
    /// What is wanted.
    pub item: Item,
}

/// An export.
#[derive(Clone, Debug)]
pub struct Export {
    /// The name.
    pub name: String,
    /// What it is.
    pub item: Item,
}

/// A module's imports and exports, in their order.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The imports.
    pub imports: Vec<Import>,
    /// The exports.
    pub exports: Vec<Export>,
}

impl Facts {
    /// Reads a module.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn of(wasm: &[u8]) -> Result<Facts, String> {
        let types = Validator::new_with_features(WasmFeatures::all())
            .validate_all(wasm)
            .map_err(|e| format!("not valid: {e}"))?;
        let mut facts = Facts::default();
        facts.read(wasm, &types).map_err(|e| e.to_string())?;
        Ok(facts)
    }

    fn read(&mut self, wasm: &[u8], types: &Types) -> wasmparser::Result<()> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let Some(ty) = types.as_ref().entity_type_from_import(&import) else {
                            continue;
                        };
                        let item = item(types, ty);
                        self.imports.push(Import { item });
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let Some(ty) = types.as_ref().entity_type_from_export(&export) else {
                            continue;
                        };
                        let item = item(types, ty);
                        self.exports.push(Export { name: export.name.to_owned(), item });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn item(types: &Types, ty: EntityType) -> Item {
    match ty {
        EntityType::Func(id) | EntityType::FuncExact(id) => Item::Func(id, signature(types, id)),
        EntityType::Table(_) => Item::Table,
        EntityType::Memory(_) => Item::Memory,
        EntityType::Global(global) => Item::Global(global.content_type),
        EntityType::Tag(_) => Item::Tag,
    }
}

fn signature(types: &Types, id: CoreTypeId) -> Signature {
    let ty = &types[id];
    let all = types.as_ref();
    let group = all.rec_group_elements(all.rec_group_id_of(id)).count();
    let alone = ty.is_final && ty.supertype_idx.is_none() && group == 1;
    let (params, results) = match &ty.composite_type.inner {
        CompositeInnerType::Func(f) => (f.params().to_vec(), f.results().to_vec()),
        _ => (Vec::new(), Vec::new()),
    };
    Signature { params, results, alone }
}

impl Signature {
    /// Whether every engine's host can give such a function: of a type that stands alone, of
    /// numbers, vectors, and `funcref` and `externref` that may be null.
    pub fn is_plain(&self) -> bool {
        self.alone && self.params.iter().chain(&self.results).all(|&ty| is_plain(ty))
    }
}

/// Whether it is a number, a vector, `funcref` or `externref`.
pub fn is_plain(ty: ValType) -> bool {
    match ty {
        ValType::Ref(r) => r == RefType::FUNCREF || r == RefType::EXTERNREF,
        _ => true,
    }
}

/// The abstract heap type, if it is one.
pub fn abstract_heap(ty: RefType) -> Option<AbstractHeapType> {
    match ty.heap_type() {
        HeapType::Abstract { ty, .. } => Some(ty),
        _ => None,
    }
}

/// The identity of a defined heap type, if it is one.
pub fn defined_heap(ty: RefType) -> Option<CoreTypeId> {
    match ty.heap_type() {
        HeapType::Concrete(UnpackedIndex::Id(id)) | HeapType::Exact(UnpackedIndex::Id(id)) => {
            Some(id)
        }
        _ => None,
    }
}
