//! The facts of a module that lowering needs, and its functions, one after the other.

use wasmparser::{
    CompositeInnerType, FuncToValidate, FunctionBody, Parser, Payload, TypeRef, ValType as Parsed,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};
use waxwing_module::{
    FuncType, GlobalType, Limits, MemoryType, Module, RefType, TableType, ValType,
};

/// A function that is ready to be lowered.
pub type Body<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Reads a module with everything that the parser knows switched on by `features`.
pub fn read(
    wasm: &[u8],
    features: WasmFeatures,
) -> Result<(Module, Vec<Body<'_>>), wasmparser::BinaryReaderError> {
    let mut validator = Validator::new_with_features(features);
    let (mut module, mut bodies) = (Module::default(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let ValidPayload::Func(validate, body) = validator.payload(&payload)? {
            bodies.push((validate, body));
        }
        match payload {
            Payload::TypeSection(types) => {
                for group in types {
                    for ty in group?.into_types() {
                        module.types.push(match ty.composite_type.inner {
                            CompositeInnerType::Func(f) => {
                                waxwing_module::SubType::from(FuncType {
                                    params: f.params().iter().map(|&t| value(t)).collect(),
                                    results: f.results().iter().map(|&t| value(t)).collect(),
                                })
                            }
                            // Keeps the indices right; no function has such a type.
                            _ => FuncType::default().into(),
                        });
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    import_one(&mut module, import?.ty);
                }
            }
            Payload::FunctionSection(funcs) => {
                for ty in funcs {
                    module.funcs.push(ty?);
                }
            }
            Payload::TableSection(tables) => {
                for ty in tables {
                    module.tables.push(table(ty?.ty));
                }
            }
            Payload::MemorySection(memories) => {
                for ty in memories {
                    module.memories.push(memory(ty?));
                }
            }
            Payload::GlobalSection(globals) => {
                for ty in globals {
                    module.globals.push(global(ty?.ty));
                }
            }
            _ => {}
        }
    }
    Ok((module, bodies))
}

fn import_one(module: &mut Module, ty: TypeRef) {
    match ty {
        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
            module.funcs.push(ty);
            module.imported_funcs += 1;
        }
        TypeRef::Table(ty) => {
            module.tables.push(table(ty));
            module.imported_tables += 1;
        }
        TypeRef::Memory(ty) => {
            module.memories.push(memory(ty));
            module.imported_memories += 1;
        }
        TypeRef::Global(ty) => {
            module.globals.push(global(ty));
            module.imported_globals += 1;
        }
        TypeRef::Tag(_) => {}
    }
}

fn value(ty: Parsed) -> ValType {
    match ty {
        Parsed::I32 => ValType::I32,
        Parsed::I64 => ValType::I64,
        Parsed::F32 => ValType::F32,
        Parsed::F64 => ValType::F64,
        Parsed::V128 => ValType::V128,
        Parsed::Ref(ty) => ValType::Ref(reference(ty)),
    }
}

fn reference(ty: wasmparser::RefType) -> RefType {
    if ty == wasmparser::RefType::EXTERNREF { RefType::EXTERNREF } else { RefType::FUNCREF }
}

fn table(ty: wasmparser::TableType) -> TableType {
    let limits = Limits { min: ty.initial, max: ty.maximum };
    TableType { element: reference(ty.element_type), limits, table64: ty.table64 }
}

fn memory(ty: wasmparser::MemoryType) -> MemoryType {
    let limits = Limits { min: ty.initial, max: ty.maximum };
    let page_size_log2 = ty.page_size_log2.unwrap_or(16) as u8;
    MemoryType { limits, memory64: ty.memory64, shared: ty.shared, page_size_log2 }
}

fn global(ty: wasmparser::GlobalType) -> GlobalType {
    GlobalType { content: value(ty.content_type), mutable: ty.mutable }
}
