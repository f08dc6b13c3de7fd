//! One function for each section of a module that states facts.

use crate::const_expr::ConstReader;
use crate::types::{Kinds, memory_type};
use crate::{Error, Limits};
use wasmparser::{DataKind, ElementKind, ExternalKind, TableInit, TypeRef};
use waxwing_module::{ConstExpr, ConstOp, Data, DataMode, Element, ElementItems, ElementMode};
use waxwing_module::{Export, ExternKind, Import, ImportType, Module, RefType};

/// A module while its sections are read.
pub(crate) struct Facts<'l> {
    pub(crate) module: Module,
    limits: &'l Limits,
    consts: ConstReader,
    kinds: Kinds,
    items: u32,
}

impl<'l> Facts<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Facts<'l> {
        let consts = ConstReader::new(limits);
        let (module, kinds) = (Module::default(), Kinds::default());
        Facts { module, limits, consts, kinds, items: 0 }
    }

    /// The finished facts.
    pub(crate) fn finish(mut self) -> Module {
        self.module.escaping = escaping(&self.module);
        self.module
    }

    pub(crate) fn types(
        &mut self,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Error> {
        at_most(section.count(), self.limits.types, "types", section.range().start)?;
        for item in section.into_iter_with_offsets() {
            let (at, group) = item?;
            let (start, count) = (self.module.types.len() as u32, group.types().len() as u32);
            at_most(start.saturating_add(count), self.limits.types, "types", at)?;
            self.kinds.add(&group, at)?;
            for ty in group.types() {
                self.module.types.push(self.kinds.sub_type(ty, at)?);
            }
            if count > 1 {
                self.module.recursive.push((start, count));
            }
        }
        Ok(())
    }

    pub(crate) fn imports(
        &mut self,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        let module = &mut self.module;
        for item in section.into_imports_with_offsets() {
            let (at, import) = item?;
            let count = module.imports.len() as u32 + 1;
            at_most(count, self.limits.imports, "imports", at)?;
            let ty = match import.ty {
                TypeRef::Func(ty) => {
                    module.funcs.push(ty);
                    module.imported_funcs += 1;
                    ImportType::Func(ty)
                }
                TypeRef::Table(ty) => {
                    module.tables.push(self.kinds.table_type(&ty, at)?);
                    module.imported_tables += 1;
                    ImportType::Table(self.kinds.table_type(&ty, at)?)
                }
                TypeRef::Memory(ty) => {
                    module.memories.push(memory_type(&ty, at)?);
                    module.imported_memories += 1;
                    ImportType::Memory(memory_type(&ty, at)?)
                }
                TypeRef::Global(ty) => {
                    module.globals.push(self.kinds.global_type(&ty, at)?);
                    module.imported_globals += 1;
                    ImportType::Global(self.kinds.global_type(&ty, at)?)
                }
                TypeRef::Tag(ty) => {
                    module.tags.push(ty.func_type_idx);
                    module.imported_tags += 1;
                    ImportType::Tag(ty.func_type_idx)
                }
                TypeRef::FuncExact(_) => {
                    return Err(Error::unsupported("this kind of import", at));
                }
            };
            let (module_name, name) = (import.module.to_owned(), import.name.to_owned());
            module.imports.push(Import { module: module_name, name, ty });
        }
        Ok(())
    }

    pub(crate) fn functions(
        &mut self,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let count = section.count().saturating_add(self.module.imported_funcs);
        at_most(count, self.limits.functions, "functions", section.range().start)?;
        for ty in section {
            self.module.funcs.push(ty?);
        }
        Ok(())
    }

    pub(crate) fn tables(
        &mut self,
        section: wasmparser::TableSectionReader<'_>,
    ) -> Result<(), Error> {
        let count = section.count().saturating_add(self.module.imported_tables);
        at_most(count, self.limits.tables, "tables", section.range().start)?;
        for item in section.into_iter_with_offsets() {
            let (at, table) = item?;
            self.module.tables.push(self.kinds.table_type(&table.ty, at)?);
            self.module.table_inits.push(match table.init {
                TableInit::RefNull => None,
                TableInit::Expr(expr) => Some(self.consts.read(&expr, &self.kinds)?),
            });
        }
        Ok(())
    }

    pub(crate) fn memories(
        &mut self,
        section: wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), Error> {
        let count = section.count().saturating_add(self.module.imported_memories);
        at_most(count, self.limits.memories, "memories", section.range().start)?;
        for item in section.into_iter_with_offsets() {
            let (at, ty) = item?;
            self.module.memories.push(memory_type(&ty, at)?);
        }
        Ok(())
    }

    pub(crate) fn globals(
        &mut self,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        let count = section.count().saturating_add(self.module.imported_globals);
        at_most(count, self.limits.globals, "globals", section.range().start)?;
        for item in section.into_iter_with_offsets() {
            let (at, global) = item?;
            self.module.globals.push(self.kinds.global_type(&global.ty, at)?);
            self.module.global_inits.push(self.consts.read(&global.init_expr, &self.kinds)?);
        }
        Ok(())
    }

    pub(crate) fn tags(&mut self, section: wasmparser::TagSectionReader<'_>) -> Result<(), Error> {
        let count = section.count().saturating_add(self.module.imported_tags);
        at_most(count, self.limits.tags, "tags", section.range().start)?;
        for tag in section {
            self.module.tags.push(tag?.func_type_idx);
        }
        Ok(())
    }

    pub(crate) fn exports(
        &mut self,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        at_most(section.count(), self.limits.exports, "exports", section.range().start)?;
        for item in section.into_iter_with_offsets() {
            let (at, export) = item?;
            let kind = match export.kind {
                ExternalKind::Func => ExternKind::Func,
                ExternalKind::Table => ExternKind::Table,
                ExternalKind::Memory => ExternKind::Memory,
                ExternalKind::Global => ExternKind::Global,
                ExternalKind::Tag => ExternKind::Tag,
                ExternalKind::FuncExact => {
                    return Err(Error::unsupported("this kind of export", at));
                }
            };
            let name = export.name.to_owned();
            self.module.exports.push(Export { name, kind, index: export.index });
        }
        Ok(())
    }

    pub(crate) fn elements(
        &mut self,
        section: wasmparser::ElementSectionReader<'_>,
    ) -> Result<(), Error> {
        let start = section.range().start;
        let count = section.count();
        at_most(count, self.limits.element_segments, "element segments", start)?;
        for item in section.into_iter_with_offsets() {
            let (at, segment) = item?;
            let mode = match &segment.kind {
                ElementKind::Passive => ElementMode::Passive,
                ElementKind::Declared => ElementMode::Declared,
                ElementKind::Active { table_index, offset_expr } => ElementMode::Active {
                    table: table_index.unwrap_or(0),
                    offset: self.consts.read(offset_expr, &self.kinds)?,
                },
            };
            let (ty, items) = self.element_items(segment.items, at)?;
            self.module.elements.push(Element { ty, mode, items });
        }
        Ok(())
    }

    fn element_items(
        &mut self,
        items: wasmparser::ElementItems<'_>,
        at: usize,
    ) -> Result<(RefType, ElementItems), Error> {
        let count = match &items {
            wasmparser::ElementItems::Functions(list) => list.count(),
            wasmparser::ElementItems::Expressions(_, list) => list.count(),
        };
        self.items = self.items.saturating_add(count);
        at_most(self.items, self.limits.element_items, "items in element segments", at)?;
        match items {
            wasmparser::ElementItems::Functions(list) => {
                let funcs = list.into_iter().collect::<Result<Vec<u32>, _>>()?;
                Ok((RefType::FUNCREF, ElementItems::Funcs(funcs)))
            }
            wasmparser::ElementItems::Expressions(ty, list) => {
                let exprs = list
                    .into_iter()
                    .map(|expr| self.consts.read(&expr?, &self.kinds))
                    .collect::<Result<Vec<ConstExpr>, Error>>()?;
                Ok((self.kinds.reference(ty, at)?, simplify(exprs)))
            }
        }
    }

    pub(crate) fn data(&mut self, section: wasmparser::DataSectionReader<'_>) -> Result<(), Error> {
        let start = section.range().start;
        at_most(section.count(), self.limits.data_segments, "data segments", start)?;
        for segment in section {
            let segment = segment?;
            let mode = match &segment.kind {
                DataKind::Passive => DataMode::Passive,
                DataKind::Active { memory_index, offset_expr } => DataMode::Active {
                    memory: *memory_index,
                    offset: self.consts.read(offset_expr, &self.kinds)?,
                },
            };
            let end = segment.range.end as u64;
            self.module.data.push(Data { mode, bytes: end - segment.data.len() as u64..end });
        }
        Ok(())
    }
}

fn at_most(count: u32, limit: u32, what: &str, at: usize) -> Result<(), Error> {
    if count > limit {
        return Err(Error::limit(what, limit.into(), Some(at)));
    }
    Ok(())
}

/// A list of nothing but `ref.func` is stored as the functions' indices.
fn simplify(exprs: Vec<ConstExpr>) -> ElementItems {
    let funcs = exprs.iter().map(|expr| match expr.ops[..] {
        [ConstOp::RefFunc(func)] => Some(func),
        _ => None,
    });
    match funcs.collect() {
        Some(funcs) => ElementItems::Funcs(funcs),
        None => ElementItems::Exprs(exprs),
    }
}

/// The functions of which a reference can come into being, ascending. The start function is one:
/// the host calls it by its reference.
///
/// Code can only use `ref.func` on functions that occur outside of code too (specification,
/// section 3.4.11), so that no code need be read for it.
fn escaping(module: &Module) -> Vec<u32> {
    let mut found = Vec::new();
    let exported = module.exports.iter().filter(|e| e.kind == ExternKind::Func);
    found.extend(exported.map(|e| e.index));
    found.extend(module.start);
    let mut add_expr = |expr: &ConstExpr| {
        found.extend(expr.ops.iter().filter_map(|op| match *op {
            ConstOp::RefFunc(func) => Some(func),
            _ => None,
        }));
    };
    module.global_inits.iter().for_each(&mut add_expr);
    module.table_inits.iter().flatten().for_each(&mut add_expr);
    for element in &module.elements {
        if let ElementItems::Exprs(exprs) = &element.items {
            exprs.iter().for_each(&mut add_expr);
        }
    }
    for element in &module.elements {
        if let ElementItems::Funcs(funcs) = &element.items {
            found.extend(funcs);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
