//! The module that gives a generated module what it imports.
//!
//! It has the same types, and exports one item for each import, named by the import's number. So
//! imports of any type are possible, and every engine links two modules. Functions of plain types
//! are not in it: the host gives those, see [`crate::facts::Signature::is_plain`].

use crate::facts::{Facts, Item};
use crate::rng::mix;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, HeapType, Instruction, MemorySection, Module,
    RefType, TableSection, TagSection, TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, Parser, Payload, StorageType, SubType, TypeRef};

/// The name of the export for an import's number.
pub fn name(number: usize) -> String {
    format!("i{number}")
}

/// The companion's sections as they grow.
#[derive(Default)]
struct Companion {
    types: Vec<SubType>,
    functions: Vec<u32>,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    tags: TagSection,
    exports: ExportSection,
}

/// The companion of a module; none if it imports nothing that a companion must give.
///
/// # Errors
/// If something of a type without a constant value is imported: no module could give that.
pub fn companion(wasm: &[u8], facts: &Facts) -> Result<Option<Vec<u8>>, String> {
    let needs = |item: &Item| !matches!(item, Item::Func(_, signature) if signature.is_plain());
    if !facts.imports.iter().any(|import| needs(&import.item)) {
        return Ok(None);
    }
    let mut companion = Companion::default();
    let mut types = TypeSection::new();
    let text = |e: &dyn std::fmt::Display| format!("the companion cannot be written: {e}");
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|e| text(&e))? {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    companion.types.extend(group.map_err(|e| text(&e))?.into_types());
                }
                RoundtripReencoder.parse_type_section(&mut types, section).map_err(|e| text(&e))?;
            }
            Payload::ImportSection(section) => {
                for (number, import) in section.into_imports().enumerate() {
                    let import = import.map_err(|e| text(&e))?;
                    if facts.imports.get(number).is_some_and(|i| needs(&i.item)) {
                        companion.add(number, import.ty)?;
                    }
                }
            }
            _ => {}
        }
    }
    companion.finish(&types).map(Some)
}

impl Companion {
    /// Adds what an import asks for.
    fn add(&mut self, number: usize, ty: TypeRef) -> Result<(), String> {
        let entity = RoundtripReencoder.entity_type(ty).map_err(|e| e.to_string())?;
        let (kind, index) = match entity {
            EntityType::Function(ty) | EntityType::FunctionExact(ty) => {
                self.functions.push(ty);
                (ExportKind::Func, self.functions.len() as u32 - 1)
            }
            EntityType::Table(ty) => {
                if ty.element_type.nullable {
                    self.tables.table(ty);
                } else {
                    let init = self.constant(number, ValType::Ref(ty.element_type))?;
                    self.tables.table_with_init(ty, &init);
                }
                (ExportKind::Table, self.tables.len() - 1)
            }
            EntityType::Memory(ty) => {
                self.memories.memory(ty);
                (ExportKind::Memory, self.memories.len() - 1)
            }
            EntityType::Global(ty) => {
                let init = self.constant(number, ty.val_type)?;
                self.globals.global(ty, &init);
                (ExportKind::Global, self.globals.len() - 1)
            }
            EntityType::Tag(ty) => {
                self.tags.tag(ty);
                (ExportKind::Tag, self.tags.len() - 1)
            }
        };
        self.exports.export(&name(number), kind, index);
        Ok(())
    }

    /// A constant of a type: any number, null where it may be, else some object.
    fn constant(&mut self, number: usize, ty: ValType) -> Result<ConstExpr, String> {
        let word = mix(number as u64);
        Ok(match ty {
            ValType::I32 => ConstExpr::i32_const(word as i32),
            ValType::I64 => ConstExpr::i64_const(word as i64),
            ValType::F32 => ConstExpr::f32_const(f32::from(word as u16).into()),
            ValType::F64 => ConstExpr::f64_const(f64::from(word as u32).into()),
            ValType::V128 => ConstExpr::v128_const(i128::from(word)),
            ValType::Ref(r) if r.nullable => ConstExpr::ref_null(r.heap_type),
            ValType::Ref(r) => self.object(number, r)?,
        })
    }

    /// A constant that is not null.
    fn object(&mut self, number: usize, ty: RefType) -> Result<ConstExpr, String> {
        use wasm_encoder::AbstractHeapType::{Any, Eq, I31};
        let none = || Err(format!("import {number} has a type without a constant: {ty:?}"));
        let i31 =
            || ConstExpr::extended([Instruction::I32Const(number as i32), Instruction::RefI31]);
        match ty.heap_type {
            HeapType::Abstract { shared: false, ty: Any | Eq | I31 } => Ok(i31()),
            HeapType::Concrete(index) => {
                let Some(ty) = self.types.get(index as usize) else { return none() };
                match &ty.composite_type.inner {
                    CompositeInnerType::Func(_) => {
                        self.functions.push(index);
                        Ok(ConstExpr::ref_func(self.functions.len() as u32 - 1))
                    }
                    CompositeInnerType::Struct(s)
                        if s.fields.iter().all(|f| plain(f.element_type)) =>
                    {
                        Ok(ConstExpr::extended([Instruction::StructNewDefault(index)]))
                    }
                    CompositeInnerType::Array(a) if plain(a.0.element_type) => {
                        let len = Instruction::I32Const(number as i32 + 1);
                        Ok(ConstExpr::extended([len, Instruction::ArrayNewDefault(index)]))
                    }
                    _ => none(),
                }
            }
            _ => none(),
        }
    }

    /// The module.
    fn finish(self, types: &TypeSection) -> Result<Vec<u8>, String> {
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for &ty in &self.functions {
            functions.function(ty);
            code.function(&self.body(ty)?);
        }
        let all: Vec<u32> = (0..self.functions.len() as u32).collect();
        let mut declared = ElementSection::new();
        declared.declared(Elements::Functions(all.as_slice().into()));
        let mut module = Module::new();
        module.section(types).section(&functions);
        if !self.tables.is_empty() {
            module.section(&self.tables);
        }
        if !self.memories.is_empty() {
            module.section(&self.memories);
        }
        if !self.tags.is_empty() {
            module.section(&self.tags);
        }
        if !self.globals.is_empty() {
            module.section(&self.globals);
        }
        module.section(&self.exports);
        if !self.functions.is_empty() {
            module.section(&declared);
        }
        module.section(&code);
        Ok(module.finish())
    }

    /// A function of the companion's: it returns numbers and nulls, and traps where there is no
    /// such result.
    fn body(&self, ty: u32) -> Result<Function, String> {
        let mut function = Function::new([]);
        if let Some(CompositeInnerType::Func(f)) =
            self.types.get(ty as usize).map(|ty| &ty.composite_type.inner)
        {
            for (number, &result) in f.results().iter().enumerate() {
                let word = mix(number as u64);
                let result = RoundtripReencoder.val_type(result).map_err(|e| e.to_string())?;
                function.instruction(&match result {
                    ValType::I32 => Instruction::I32Const(word as i32),
                    ValType::I64 => Instruction::I64Const(word as i64),
                    ValType::F32 => Instruction::F32Const(1.5f32.into()),
                    ValType::F64 => Instruction::F64Const(2.5f64.into()),
                    ValType::V128 => Instruction::V128Const(i128::from(word)),
                    ValType::Ref(r) if r.nullable => Instruction::RefNull(r.heap_type),
                    ValType::Ref(_) => Instruction::Unreachable,
                });
            }
        }
        function.instruction(&Instruction::End);
        Ok(function)
    }
}

/// Whether a field of this type can be zero.
fn plain(ty: StorageType) -> bool {
    match ty {
        StorageType::Val(ty) => ty.is_defaultable(),
        _ => true,
    }
}
