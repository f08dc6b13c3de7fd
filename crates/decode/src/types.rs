//! Types, from the parser's terms to ours.

use crate::Error;
use wasmparser::{AbstractHeapType, CompositeInnerType, UnpackedIndex};
use waxwing_module::{
    CompositeType, FieldType, FuncType, GlobalType, HeapType, MemoryType, RefType, StorageType,
    SubType, TableType, TypeKind, ValType,
};

/// A heap type in our terms, defined types named by their index; `kind` says what they are. Nothing
/// for those of proposals that are not supported.
pub fn heap_type(
    ty: wasmparser::HeapType,
    kind: impl Fn(u32) -> Option<TypeKind>,
) -> Option<HeapType> {
    Some(match ty {
        wasmparser::HeapType::Abstract { shared: false, ty } => match ty {
            AbstractHeapType::Func => HeapType::Func,
            AbstractHeapType::NoFunc => HeapType::NoFunc,
            AbstractHeapType::Extern => HeapType::Extern,
            AbstractHeapType::NoExtern => HeapType::NoExtern,
            AbstractHeapType::Any => HeapType::Any,
            AbstractHeapType::Eq => HeapType::Eq,
            AbstractHeapType::I31 => HeapType::I31,
            AbstractHeapType::Struct => HeapType::Struct,
            AbstractHeapType::Array => HeapType::Array,
            AbstractHeapType::None => HeapType::None,
            AbstractHeapType::Exn => HeapType::Exn,
            AbstractHeapType::NoExn => HeapType::NoExn,
            AbstractHeapType::Cont | AbstractHeapType::NoCont => return None,
        },
        wasmparser::HeapType::Concrete(UnpackedIndex::Module(index)) => {
            HeapType::Defined(kind(index)?, index)
        }
        _ => return None,
    })
}

/// The kinds of a module's defined types, by index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds(Vec<TypeKind>);

impl Kinds {
    pub(crate) fn heap_type(&self, ty: wasmparser::HeapType) -> Option<HeapType> {
        heap_type(ty, |index| self.0.get(index as usize).copied())
    }

    fn ref_type(&self, ty: wasmparser::RefType) -> Option<RefType> {
        let heap = self.heap_type(ty.heap_type())?;
        Some(RefType { nullable: ty.is_nullable(), heap })
    }

    fn val_type(&self, ty: wasmparser::ValType) -> Option<ValType> {
        Some(match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::V128 => ValType::V128,
            wasmparser::ValType::Ref(ty) => ValType::Ref(self.ref_type(ty)?),
        })
    }

    /// Takes in the kinds of a recursive group, whose types may name each other.
    pub(crate) fn add(&mut self, group: &wasmparser::RecGroup, at: usize) -> Result<(), Error> {
        for ty in group.types() {
            self.0.push(match ty.composite_type.inner {
                CompositeInnerType::Func(_) => TypeKind::Func,
                CompositeInnerType::Struct(_) => TypeKind::Struct,
                CompositeInnerType::Array(_) => TypeKind::Array,
                CompositeInnerType::Cont(_) => {
                    return Err(Error::unsupported("types of continuations", at));
                }
            });
        }
        Ok(())
    }

    pub(crate) fn sub_type(&self, ty: &wasmparser::SubType, at: usize) -> Result<SubType, Error> {
        let composite = &ty.composite_type;
        if composite.shared || composite.descriptor_idx.or(composite.describes_idx).is_some() {
            return Err(Error::unsupported("shared types and descriptors", at));
        }
        let composite = match &composite.inner {
            CompositeInnerType::Func(ty) => CompositeType::Func(self.func_type(ty, at)?),
            CompositeInnerType::Array(ty) => CompositeType::Array(self.field_type(&ty.0, at)?),
            CompositeInnerType::Struct(ty) => CompositeType::Struct(
                ty.fields.iter().map(|f| self.field_type(f, at)).collect::<Result<_, _>>()?,
            ),
            CompositeInnerType::Cont(_) => {
                return Err(Error::unsupported("types of continuations", at));
            }
        };
        let supertype = ty.supertype_idx.and_then(|above| above.as_module_index());
        Ok(SubType { is_final: ty.is_final, supertype, composite })
    }

    fn func_type(&self, ty: &wasmparser::FuncType, at: usize) -> Result<FuncType, Error> {
        let list = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>, Error> {
            types.iter().map(|&t| self.val(t, at)).collect()
        };
        Ok(FuncType { params: list(ty.params())?, results: list(ty.results())? })
    }

    fn field_type(&self, ty: &wasmparser::FieldType, at: usize) -> Result<FieldType, Error> {
        let storage = match ty.element_type {
            wasmparser::StorageType::I8 => StorageType::I8,
            wasmparser::StorageType::I16 => StorageType::I16,
            wasmparser::StorageType::Val(ty) => StorageType::Val(self.val(ty, at)?),
        };
        Ok(FieldType { storage, mutable: ty.mutable })
    }

    pub(crate) fn val(&self, ty: wasmparser::ValType, at: usize) -> Result<ValType, Error> {
        self.val_type(ty).ok_or_else(|| Error::unsupported(format!("the type {ty}"), at))
    }

    pub(crate) fn reference(&self, ty: wasmparser::RefType, at: usize) -> Result<RefType, Error> {
        let unsupported = || Error::unsupported(format!("the reference type {ty}"), at);
        self.ref_type(ty).ok_or_else(unsupported)
    }

    pub(crate) fn table_type(
        &self,
        ty: &wasmparser::TableType,
        at: usize,
    ) -> Result<TableType, Error> {
        if ty.shared {
            return Err(Error::unsupported("shared tables", at));
        }
        let limits = waxwing_module::Limits { min: ty.initial, max: ty.maximum };
        let element = self.reference(ty.element_type, at)?;
        Ok(TableType { element, limits, table64: ty.table64 })
    }

    pub(crate) fn global_type(
        &self,
        ty: &wasmparser::GlobalType,
        at: usize,
    ) -> Result<GlobalType, Error> {
        if ty.shared {
            return Err(Error::unsupported("shared globals", at));
        }
        Ok(GlobalType { content: self.val(ty.content_type, at)?, mutable: ty.mutable })
    }
}

pub(crate) fn memory_type(ty: &wasmparser::MemoryType, at: usize) -> Result<MemoryType, Error> {
    let page_size_log2 = match ty.page_size_log2 {
        None | Some(16) => 16,
        Some(0) => 0,
        Some(_) => return Err(Error::unsupported("page sizes other than 1 and 65536", at)),
    };
    let limits = waxwing_module::Limits { min: ty.initial, max: ty.maximum };
    Ok(MemoryType { limits, memory64: ty.memory64, shared: ty.shared, page_size_log2 })
}
