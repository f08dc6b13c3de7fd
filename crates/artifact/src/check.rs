//! Whether a module's facts, read from a file, hold together: every index is within its index
//! space. A decoder makes no others; a file may hold anything.

use crate::{Artifact, Error};
use waxwing_layout::object::MAX_DEPTH;
use waxwing_module::{CompositeType, FieldType, HeapType, ImportType, Module, RefType};
use waxwing_module::{ConstExpr, ConstOp, DataMode, ElementItems, ElementMode, ExternKind};
use waxwing_module::{TypeKind, ValType};

/// Checks a module against itself and the artifact it is from.
pub(crate) fn check(module: &Module, artifact: &Artifact<'_>) -> Result<(), Error> {
    let own = |all: usize, imported: u32| all.checked_sub(imported as usize);
    let own_globals = own(module.globals.len(), module.imported_globals);
    let own_tables = own(module.tables.len(), module.imported_tables);
    let own_memories = own(module.memories.len(), module.imported_memories);
    let holds = types(module)
        && module.funcs.len() as u64 == u64::from(artifact.functions())
        && module.imported_funcs == artifact.imported_functions()
        && own_globals == Some(module.global_inits.len())
        && own_tables == Some(module.table_inits.len())
        && own_memories.is_some()
        && module.funcs.iter().all(|&ty| kind(module, ty) == Some(TypeKind::Func))
        && tags(module)
        && imports(module)
        && exports(module)
        && module.global_inits.iter().all(|e| expr(module, e))
        && module.table_inits.iter().flatten().all(|e| expr(module, e))
        && elements(module)
        && data(module, artifact.data().len() as u64)
        && escaping(module);
    if !holds {
        return Err(Error::damaged("the module's facts contradict each other"));
    }
    images(module, artifact)
}

fn kind(module: &Module, index: u32) -> Option<TypeKind> {
    module.types.get(index as usize).map(|ty| ty.composite.kind())
}

/// Types name types of their group and before, as what they are; a type above another stands before
/// it and is of its kind.
fn types(module: &Module) -> bool {
    let count = module.types.len();
    let mut group_ends: Vec<usize> = (1..=count).collect();
    let mut end = 0;
    for &(start, len) in &module.recursive {
        let range = start as usize..(start as usize).saturating_add(len as usize);
        if range.start < end || range.end > count {
            return false;
        }
        group_ends[range.clone()].fill(range.end);
        end = range.end;
    }
    let mut depths: Vec<u32> = Vec::with_capacity(count);
    for (i, ty) in module.types.iter().enumerate() {
        let depth = match ty.supertype {
            None => 0,
            Some(above) => match depths.get(above as usize) {
                Some(depth) if kind(module, above) == Some(ty.composite.kind()) => depth + 1,
                _ => return false,
            },
        };
        depths.push(depth);
        let names = |ty: ValType| val(module, ty, group_ends[i]);
        let field = |field: &FieldType| names(field.storage.unpacked());
        let holds = match &ty.composite {
            CompositeType::Func(ty) => ty.params.iter().chain(&ty.results).all(|&ty| names(ty)),
            CompositeType::Struct(fields) => fields.iter().all(field),
            CompositeType::Array(element) => field(element),
        };
        if !holds || depth > MAX_DEPTH {
            return false;
        }
    }
    let all = |ty: ValType| val(module, ty, count);
    module.globals.iter().all(|g| all(g.content))
        && module.tables.iter().all(|t| all(ValType::Ref(t.element)))
        && module.elements.iter().all(|e| all(ValType::Ref(e.ty)))
}

/// Whether a value type names nothing, or a type below `end` as what it is.
fn val(module: &Module, ty: ValType, end: usize) -> bool {
    match ty {
        ValType::Ref(RefType { heap: HeapType::Defined(is, index), .. }) => {
            (index as usize) < end && kind(module, index) == Some(is)
        }
        _ => true,
    }
}

fn is_func(module: &Module, index: u32) -> bool {
    (index as usize) < module.funcs.len()
}

fn imports(module: &Module) -> bool {
    let (mut funcs, mut tables, mut memories, mut globals) = (0usize, 0usize, 0usize, 0usize);
    let mut tags = 0usize;
    for import in &module.imports {
        let same = match import.ty {
            ImportType::Func(ty) => {
                funcs += 1;
                module.funcs.get(funcs - 1) == Some(&ty)
            }
            ImportType::Table(ty) => {
                tables += 1;
                module.tables.get(tables - 1) == Some(&ty)
            }
            ImportType::Memory(ty) => {
                memories += 1;
                module.memories.get(memories - 1) == Some(&ty)
            }
            ImportType::Global(ty) => {
                globals += 1;
                module.globals.get(globals - 1) == Some(&ty)
            }
            ImportType::Tag(ty) => {
                tags += 1;
                module.tags.get(tags - 1) == Some(&ty)
            }
        };
        if !same {
            return false;
        }
    }
    let counts = [module.imported_funcs, module.imported_tables, module.imported_memories];
    counts.map(|n| n as usize) == [funcs, tables, memories]
        && module.imported_globals as usize == globals
        && module.imported_tags as usize == tags
}

fn exports(module: &Module) -> bool {
    module.exports.iter().all(|export| {
        let count = match export.kind {
            ExternKind::Func => module.funcs.len(),
            ExternKind::Table => module.tables.len(),
            ExternKind::Memory => module.memories.len(),
            ExternKind::Global => module.globals.len(),
            ExternKind::Tag => module.tags.len(),
        };
        (export.index as usize) < count
    })
}

/// Every tag has a type of the module's, without results.
fn tags(module: &Module) -> bool {
    let fits = |ty: &u32| match module.types.get(*ty as usize).map(|ty| &ty.composite) {
        Some(CompositeType::Func(ty)) => ty.results.is_empty(),
        _ => false,
    };
    module.imported_tags as usize <= module.tags.len() && module.tags.iter().all(fits)
}

fn elements(module: &Module) -> bool {
    module.elements.iter().all(|element| {
        let mode = match &element.mode {
            ElementMode::Passive | ElementMode::Declared => true,
            ElementMode::Active { table, offset } => {
                (*table as usize) < module.tables.len() && expr(module, offset)
            }
        };
        mode && match &element.items {
            ElementItems::Funcs(funcs) => funcs.iter().all(|&f| is_func(module, f)),
            ElementItems::Exprs(exprs) => exprs.iter().all(|e| expr(module, e)),
        }
    })
}

fn data(module: &Module, len: u64) -> bool {
    module.data.iter().all(|data| {
        data.bytes.start <= data.bytes.end
            && data.bytes.end <= len
            && match &data.mode {
                DataMode::Passive => true,
                DataMode::Image => data.bytes.is_empty(),
                DataMode::Active { memory, offset } => {
                    (*memory as usize) < module.memories.len() && expr(module, offset)
                }
            }
    })
}

/// Every function that a reference can be asked for has one in the instance.
fn escaping(module: &Module) -> bool {
    let sorted = module.escaping.is_sorted_by(|a, b| a < b);
    if !sorted || module.escaping.last().is_some_and(|&f| !is_func(module, f)) {
        return false;
    }
    // A search for each item of a large table would be felt at every start.
    let mut escapes = vec![false; module.funcs.len()];
    for &func in &module.escaping {
        escapes[func as usize] = true;
    }
    let escapes = |func: u32| escapes.get(func as usize) == Some(&true);
    let exported = module.exports.iter().filter(|e| e.kind == ExternKind::Func);
    let items = module.elements.iter().filter_map(|e| match &e.items {
        ElementItems::Funcs(funcs) => Some(funcs),
        ElementItems::Exprs(_) => None,
    });
    module.start.is_none_or(escapes)
        && exported.map(|e| e.index).all(escapes)
        && items.flatten().all(|&f| escapes(f))
}

/// Whether the expression leaves one value, and names what there is.
fn expr(module: &Module, expr: &ConstExpr) -> bool {
    let mut depth = 0usize;
    for op in &expr.ops {
        let known = match *op {
            ConstOp::GlobalGet(index) => (index as usize) < module.globals.len(),
            // A reference can only be made to a function that has one in the instance.
            ConstOp::RefFunc(func) => module.escaping_index(func).is_some(),
            _ => true,
        };
        let composite = |ty: u32| module.types.get(ty as usize).map(|ty| &ty.composite);
        let takes = match *op {
            ConstOp::I32Add | ConstOp::I32Sub | ConstOp::I32Mul => 2,
            ConstOp::I64Add | ConstOp::I64Sub | ConstOp::I64Mul => 2,
            ConstOp::RefI31 | ConstOp::AnyConvertExtern | ConstOp::ExternConvertAny => 1,
            ConstOp::StructNew(ty) | ConstOp::StructNewDefault(ty) => match composite(ty) {
                Some(CompositeType::Struct(_)) if matches!(op, ConstOp::StructNewDefault(_)) => 0,
                Some(CompositeType::Struct(fields)) => fields.len(),
                _ => return false,
            },
            ConstOp::ArrayNew(ty)
            | ConstOp::ArrayNewDefault(ty)
            | ConstOp::ArrayNewFixed(ty, _) => match (composite(ty), *op) {
                (Some(CompositeType::Array(_)), ConstOp::ArrayNew(_)) => 2,
                (Some(CompositeType::Array(_)), ConstOp::ArrayNewFixed(_, len)) => len as usize,
                (Some(CompositeType::Array(_)), _) => 1,
                _ => return false,
            },
            _ => 0,
        };
        if !known || depth < takes {
            return false;
        }
        depth = depth - takes + 1;
    }
    depth == 1
}

fn images(module: &Module, artifact: &Artifact<'_>) -> Result<(), Error> {
    let inside = |image: &crate::Image| {
        let own = image.memory >= module.imported_memories;
        let memory = module.memories.get(image.memory as usize).filter(|_| own)?;
        let size = u128::from(memory.bytes(memory.limits.min));
        let end = u128::from(image.address) + u128::from(image.len);
        (end <= size).then_some(())
    };
    if artifact.images()?.iter().any(|image| inside(image).is_none()) {
        return Err(Error::damaged("a memory image lies outside its memory"));
    }
    Ok(())
}
