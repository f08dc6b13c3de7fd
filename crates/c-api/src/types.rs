//! Types as objects: of values, functions, globals, tables, memories, tags, imports and exports.
//!
//! The five kinds of external types are one Rust type, so that the casts of the header are the same
//! pointer. What C cannot say (a reference to one type, a 64-bit memory) is kept beside what it can,
//! so that a type which came from a module fits that module's imports.

use crate::boundary::{export, need};
use crate::vector::{Owned, Vector, wasm_byte_vec_t, wasm_valtype_vec_t};
use waxwing::{
    Error, ExternKind, FuncType, GlobalType, HeapType, ImportType, Limits, MemoryType, Module,
    RefType, TableType, ValType,
};

/// Kinds of values, by the numbers of the headers.
pub mod kind {
    /// `WASM_I32`
    pub const I32: u8 = 0;
    /// `WASM_I64`
    pub const I64: u8 = 1;
    /// `WASM_F32`
    pub const F32: u8 = 2;
    /// `WASM_F64`
    pub const F64: u8 = 3;
    /// `WAXWING_V128`: in types only.
    pub const V128: u8 = 64;
    /// `WASM_EXTERNREF`
    pub const EXTERNREF: u8 = 128;
    /// `WASM_FUNCREF`
    pub const FUNCREF: u8 = 129;
    /// `WAXWING_ANYREF`
    pub const ANYREF: u8 = 192;
    /// `WAXWING_EXNREF`
    pub const EXNREF: u8 = 193;
}

/// The kind of a type's values.
pub fn kind_of(ty: ValType) -> u8 {
    match ty {
        ValType::I32 => kind::I32,
        ValType::I64 => kind::I64,
        ValType::F32 => kind::F32,
        ValType::F64 => kind::F64,
        ValType::V128 => kind::V128,
        ValType::Ref(ty) => match ty.heap.top() {
            HeapType::Func => kind::FUNCREF,
            HeapType::Extern => kind::EXTERNREF,
            HeapType::Exn => kind::EXNREF,
            _ => kind::ANYREF,
        },
    }
}

/// A value type.
#[allow(non_camel_case_types)]
#[derive(Clone)]
pub struct wasm_valtype_t(pub ValType);

/// Sizes of a table or memory; the largest number stands for no maximum.
#[allow(non_camel_case_types)]
#[repr(C)]
#[derive(Clone, Copy)]
pub struct wasm_limits_t {
    min: u32,
    max: u32,
}

/// `wasm_limits_max_default`
const NO_MAX: u32 = u32::MAX;

impl From<Limits> for wasm_limits_t {
    /// What is too large for C is as large as it can say.
    fn from(limits: Limits) -> wasm_limits_t {
        let narrow = |v: u64| u32::try_from(v).unwrap_or(NO_MAX);
        wasm_limits_t { min: narrow(limits.min), max: limits.max.map_or(NO_MAX, narrow) }
    }
}

impl From<wasm_limits_t> for Limits {
    fn from(limits: wasm_limits_t) -> Limits {
        let max = (limits.max != NO_MAX).then_some(limits.max.into());
        Limits { min: limits.min.into(), max }
    }
}

/// An external type of any kind; also a function's, a global's, a table's, a memory's, a tag's.
#[allow(non_camel_case_types)]
#[derive(Clone)]
pub enum wasm_externtype_t {
    /// A function.
    Func(Signature),
    /// A global: what it holds, and all of it.
    Global(Box<wasm_valtype_t>, GlobalType),
    /// A table: what it holds, its limits, and all of it.
    Table(Box<wasm_valtype_t>, wasm_limits_t, TableType),
    /// A memory: its limits, and all of it.
    Memory(wasm_limits_t, MemoryType),
    /// A tag: its function type.
    Tag(Box<wasm_externtype_t>),
}

/// What a function takes and gives.
#[derive(Clone)]
pub struct Signature {
    params: Owned<Option<Box<wasm_valtype_t>>>,
    results: Owned<Option<Box<wasm_valtype_t>>>,
}

impl Signature {
    fn new(ty: &FuncType) -> Signature {
        let list = |types: &[ValType]| {
            let boxed = types.iter().map(|&ty| Some(Box::new(wasm_valtype_t(ty))));
            Owned(boxed.collect::<Vec<_>>().into())
        };
        Signature { params: list(&ty.params), results: list(&ty.results) }
    }

    /// In Rust's terms.
    pub fn to_type(&self) -> FuncType {
        let list = |types: &Owned<Option<Box<wasm_valtype_t>>>| {
            types.0.as_slice().iter().flatten().map(|ty| ty.0).collect()
        };
        FuncType { params: list(&self.params), results: list(&self.results) }
    }
}

impl wasm_externtype_t {
    /// A function's type.
    pub fn func(ty: &FuncType) -> Self {
        wasm_externtype_t::Func(Signature::new(ty))
    }

    /// A global's type.
    pub fn global(ty: GlobalType) -> Self {
        wasm_externtype_t::Global(Box::new(wasm_valtype_t(ty.content)), ty)
    }

    /// A table's type.
    pub fn table(ty: TableType) -> Self {
        let element = Box::new(wasm_valtype_t(ValType::Ref(ty.element)));
        wasm_externtype_t::Table(element, ty.limits.into(), ty)
    }

    /// A memory's type.
    pub fn memory(ty: MemoryType) -> Self {
        wasm_externtype_t::Memory(ty.limits.into(), ty)
    }

    /// A tag's type.
    pub fn tag(ty: &FuncType) -> Self {
        wasm_externtype_t::Tag(Box::new(wasm_externtype_t::func(ty)))
    }

    fn kind(&self) -> u8 {
        match self {
            wasm_externtype_t::Func(_) => 0,
            wasm_externtype_t::Global(..) => 1,
            wasm_externtype_t::Table(..) => 2,
            wasm_externtype_t::Memory(..) => 3,
            wasm_externtype_t::Tag(_) => 4,
        }
    }
}

/// An import's names and type.
#[allow(non_camel_case_types)]
#[derive(Clone)]
pub struct wasm_importtype_t {
    module: Owned<u8>,
    name: Owned<u8>,
    ty: Box<wasm_externtype_t>,
}

/// An export's name and type.
#[allow(non_camel_case_types)]
#[derive(Clone)]
pub struct wasm_exporttype_t {
    name: Owned<u8>,
    ty: Box<wasm_externtype_t>,
}

fn name(text: &str) -> Owned<u8> {
    Owned(text.as_bytes().to_vec().into())
}

/// What a module imports.
pub fn imports(module: &Module) -> Vec<Option<Box<wasm_importtype_t>>> {
    let facts = module.facts();
    let imports = facts.imports.iter();
    let types = imports.map(|import| {
        let ty = match import.ty {
            ImportType::Func(ty) => wasm_externtype_t::func(facts.signature(ty)),
            ImportType::Table(ty) => wasm_externtype_t::table(ty),
            ImportType::Memory(ty) => wasm_externtype_t::memory(ty),
            ImportType::Global(ty) => wasm_externtype_t::global(ty),
            ImportType::Tag(ty) => wasm_externtype_t::tag(facts.signature(ty)),
        };
        let (module, name) = (name(&import.module), name(&import.name));
        Some(Box::new(wasm_importtype_t { module, name, ty: Box::new(ty) }))
    });
    types.collect()
}

/// What a module exports.
pub fn exports(module: &Module) -> Vec<Option<Box<wasm_exporttype_t>>> {
    let facts = module.facts();
    let types = facts.exports.iter().map(|export| {
        let at = export.index as usize;
        let ty = match export.kind {
            ExternKind::Func => wasm_externtype_t::func(facts.func_type(export.index)),
            ExternKind::Table => wasm_externtype_t::table(facts.tables[at]),
            ExternKind::Memory => wasm_externtype_t::memory(facts.memories[at]),
            ExternKind::Global => wasm_externtype_t::global(facts.globals[at]),
            ExternKind::Tag => wasm_externtype_t::tag(facts.tag_type(export.index)),
        };
        Some(Box::new(wasm_exporttype_t { name: name(&export.name), ty: Box::new(ty) }))
    });
    types.collect()
}

export! {
    attempt fn wasm_valtype_new(kind: u8) -> Option<Box<wasm_valtype_t>> {
        let ty = match kind {
            kind::I32 => ValType::I32,
            kind::I64 => ValType::I64,
            kind::F32 => ValType::F32,
            kind::F64 => ValType::F64,
            kind::V128 => ValType::V128,
            kind::EXTERNREF => ValType::Ref(RefType::EXTERNREF),
            kind::FUNCREF => ValType::Ref(RefType::FUNCREF),
            kind::ANYREF => ValType::Ref(RefType::ANYREF),
            kind::EXNREF => ValType::Ref(RefType::EXNREF),
            other => return Err(Error::msg(format!("there is no kind of value {other}"))),
        };
        Ok(Some(Box::new(wasm_valtype_t(ty))))
    }
    guard fn wasm_valtype_kind(ty: Option<&wasm_valtype_t>) -> u8 {
        ty.map_or(kind::I32, |ty| kind_of(ty.0))
    }
    attempt fn wasm_functype_new(
        params: Option<&mut wasm_valtype_vec_t>,
        results: Option<&mut wasm_valtype_vec_t>,
    ) -> Option<Box<wasm_externtype_t>> {
        // Both are taken before anything can fail: they were given away.
        let params = Owned(params.map(Vector::take).unwrap_or_default().into());
        let results = Owned(results.map(Vector::take).unwrap_or_default().into());
        for (what, types) in [("parameter", &params), ("result", &results)] {
            if let Some(i) = types.0.as_slice().iter().position(Option::is_none) {
                return Err(Error::msg(format!("null was given for the type of {what} {i}")));
            }
        }
        Ok(Some(Box::new(wasm_externtype_t::Func(Signature { params, results }))))
    }
    guard fn wasm_functype_params<'a>(
        ty: Option<&'a wasm_externtype_t>,
    ) -> Option<&'a wasm_valtype_vec_t> {
        if let Some(wasm_externtype_t::Func(ty)) = ty { Some(&ty.params.0) } else { None }
    }
    guard fn wasm_functype_results<'a>(
        ty: Option<&'a wasm_externtype_t>,
    ) -> Option<&'a wasm_valtype_vec_t> {
        if let Some(wasm_externtype_t::Func(ty)) = ty { Some(&ty.results.0) } else { None }
    }
    attempt fn wasm_globaltype_new(
        content: Option<Box<wasm_valtype_t>>,
        mutability: u8,
    ) -> Option<Box<wasm_externtype_t>> {
        let content = need(content, "the type of a global's value")?.0;
        let mutable = match mutability {
            0 => false,
            1 => true,
            other => return Err(Error::msg(format!("there is no mutability {other}"))),
        };
        Ok(Some(Box::new(wasm_externtype_t::global(GlobalType { content, mutable }))))
    }
    guard fn wasm_globaltype_content<'a>(
        ty: Option<&'a wasm_externtype_t>,
    ) -> Option<&'a wasm_valtype_t> {
        if let Some(wasm_externtype_t::Global(content, _)) = ty { Some(&**content) } else { None }
    }
    guard fn wasm_globaltype_mutability(ty: Option<&wasm_externtype_t>) -> u8 {
        if let Some(wasm_externtype_t::Global(_, ty)) = ty { ty.mutable.into() } else { 0 }
    }
    attempt fn wasm_tabletype_new(
        element: Option<Box<wasm_valtype_t>>,
        limits: Option<&wasm_limits_t>,
    ) -> Option<Box<wasm_externtype_t>> {
        let element = need(element, "the type of a table's entries")?;
        let ValType::Ref(element) = element.0 else {
            return Err(Error::msg(format!("a table cannot hold values of type {}", element.0)));
        };
        let limits = need(limits, "the limits of a table")?;
        Ok(Some(Box::new(wasm_externtype_t::table(TableType::new(element, (*limits).into())))))
    }
    guard fn wasm_tabletype_element<'a>(
        ty: Option<&'a wasm_externtype_t>,
    ) -> Option<&'a wasm_valtype_t> {
        if let Some(wasm_externtype_t::Table(element, ..)) = ty { Some(&**element) } else { None }
    }
    guard fn wasm_tabletype_limits<'a>(
        ty: Option<&'a wasm_externtype_t>,
    ) -> Option<&'a wasm_limits_t> {
        if let Some(wasm_externtype_t::Table(_, limits, _)) = ty { Some(limits) } else { None }
    }
    attempt fn wasm_memorytype_new(limits: Option<&wasm_limits_t>) -> Option<Box<wasm_externtype_t>> {
        let limits = need(limits, "the limits of a memory")?;
        Ok(Some(Box::new(wasm_externtype_t::memory(MemoryType::new((*limits).into())))))
    }
    guard fn wasm_memorytype_limits<'a>(
        ty: Option<&'a wasm_externtype_t>,
    ) -> Option<&'a wasm_limits_t> {
        if let Some(wasm_externtype_t::Memory(limits, _)) = ty { Some(limits) } else { None }
    }
    attempt fn wasm_tagtype_new(ty: Option<Box<wasm_externtype_t>>) -> Option<Box<wasm_externtype_t>> {
        let ty = need(ty, "the function type of a tag")?;
        match &*ty {
            wasm_externtype_t::Func(f) if f.results.0.as_slice().is_empty() => {
                Ok(Some(Box::new(wasm_externtype_t::Tag(ty))))
            }
            _ => Err(Error::msg("the type of a tag is a function's, without results")),
        }
    }
    guard fn wasm_tagtype_functype<'a>(
        ty: Option<&'a wasm_externtype_t>,
    ) -> Option<&'a wasm_externtype_t> {
        if let Some(wasm_externtype_t::Tag(ty)) = ty { Some(&**ty) } else { None }
    }
    guard fn wasm_externtype_kind(ty: Option<&wasm_externtype_t>) -> u8 {
        ty.map_or(0, wasm_externtype_t::kind)
    }
    attempt fn wasm_importtype_new(
        module: Option<&mut wasm_byte_vec_t>,
        name: Option<&mut wasm_byte_vec_t>,
        ty: Option<Box<wasm_externtype_t>>,
    ) -> Option<Box<wasm_importtype_t>> {
        let module = Owned(module.map(Vector::take).unwrap_or_default().into());
        let name = Owned(name.map(Vector::take).unwrap_or_default().into());
        let ty = need(ty, "the type of an import")?;
        Ok(Some(Box::new(wasm_importtype_t { module, name, ty })))
    }
    guard fn wasm_importtype_module<'a>(
        ty: Option<&'a wasm_importtype_t>,
    ) -> Option<&'a wasm_byte_vec_t> {
        ty.map(|ty| &ty.module.0)
    }
    guard fn wasm_importtype_name<'a>(
        ty: Option<&'a wasm_importtype_t>,
    ) -> Option<&'a wasm_byte_vec_t> {
        ty.map(|ty| &ty.name.0)
    }
    guard fn wasm_importtype_type<'a>(
        ty: Option<&'a wasm_importtype_t>,
    ) -> Option<&'a wasm_externtype_t> {
        ty.map(|ty| &*ty.ty)
    }
    attempt fn wasm_exporttype_new(
        name: Option<&mut wasm_byte_vec_t>,
        ty: Option<Box<wasm_externtype_t>>,
    ) -> Option<Box<wasm_exporttype_t>> {
        let name = Owned(name.map(Vector::take).unwrap_or_default().into());
        let ty = need(ty, "the type of an export")?;
        Ok(Some(Box::new(wasm_exporttype_t { name, ty })))
    }
    guard fn wasm_exporttype_name<'a>(
        ty: Option<&'a wasm_exporttype_t>,
    ) -> Option<&'a wasm_byte_vec_t> {
        ty.map(|ty| &ty.name.0)
    }
    guard fn wasm_exporttype_type<'a>(
        ty: Option<&'a wasm_exporttype_t>,
    ) -> Option<&'a wasm_externtype_t> {
        ty.map(|ty| &*ty.ty)
    }
}

macro_rules! owned {
    ($($ty:ty: $copy:ident $delete:ident;)*) => {
        export! {$(
            guard fn $copy(from: Option<&$ty>) -> Option<Box<$ty>> {
                from.map(|ty| Box::new(ty.clone()))
            }
            guard fn $delete(object: Option<Box<$ty>>) {
                drop(object);
            }
        )*}
    };
}

owned! {
    wasm_valtype_t: wasm_valtype_copy wasm_valtype_delete;
    wasm_externtype_t: wasm_functype_copy wasm_functype_delete;
    wasm_externtype_t: wasm_globaltype_copy wasm_globaltype_delete;
    wasm_externtype_t: wasm_tabletype_copy wasm_tabletype_delete;
    wasm_externtype_t: wasm_memorytype_copy wasm_memorytype_delete;
    wasm_externtype_t: wasm_tagtype_copy wasm_tagtype_delete;
    wasm_externtype_t: wasm_externtype_copy wasm_externtype_delete;
    wasm_importtype_t: wasm_importtype_copy wasm_importtype_delete;
    wasm_exporttype_t: wasm_exporttype_copy wasm_exporttype_delete;
}

macro_rules! casts {
    ($($case:ident: $up:ident $up_const:ident $down:ident $down_const:ident;)*) => {
        export! {$(
            guard fn $up<'a>(ty: Option<&'a mut wasm_externtype_t>) -> Option<&'a mut wasm_externtype_t> {
                ty
            }
            guard fn $up_const<'a>(ty: Option<&'a wasm_externtype_t>) -> Option<&'a wasm_externtype_t> {
                ty
            }
            guard fn $down<'a>(ty: Option<&'a mut wasm_externtype_t>) -> Option<&'a mut wasm_externtype_t> {
                ty.filter(|ty| matches!(ty, wasm_externtype_t::$case(..)))
            }
            guard fn $down_const<'a>(ty: Option<&'a wasm_externtype_t>) -> Option<&'a wasm_externtype_t> {
                ty.filter(|ty| matches!(ty, wasm_externtype_t::$case(..)))
            }
        )*}
    };
}

casts! {
    Func: wasm_functype_as_externtype wasm_functype_as_externtype_const
        wasm_externtype_as_functype wasm_externtype_as_functype_const;
    Global: wasm_globaltype_as_externtype wasm_globaltype_as_externtype_const
        wasm_externtype_as_globaltype wasm_externtype_as_globaltype_const;
    Table: wasm_tabletype_as_externtype wasm_tabletype_as_externtype_const
        wasm_externtype_as_tabletype wasm_externtype_as_tabletype_const;
    Memory: wasm_memorytype_as_externtype wasm_memorytype_as_externtype_const
        wasm_externtype_as_memorytype wasm_externtype_as_memorytype_const;
    Tag: wasm_tagtype_as_externtype wasm_tagtype_as_externtype_const
        wasm_externtype_as_tagtype wasm_externtype_as_tagtype_const;
}
