//! The host module `spectest`, which scripts import from.

use waxwing::{
    Global, GlobalType, Limits, Linker, Memory, MemoryType, RefType, Result, SharedMemory, Store,
    Table, TableType, Val, ValType,
};

/// Defines everything in the module.
pub(crate) fn define(linker: &mut Linker<()>, store: &mut Store<()>) -> Result<()> {
    // What is printed belongs to nobody: only that the call works is of interest.
    linker.func_wrap("spectest", "print", || {})?;
    linker.func_wrap("spectest", "print_i32", |_: i32| {})?;
    linker.func_wrap("spectest", "print_i64", |_: i64| {})?;
    linker.func_wrap("spectest", "print_f32", |_: f32| {})?;
    linker.func_wrap("spectest", "print_f64", |_: f64| {})?;
    linker.func_wrap("spectest", "print_i32_f32", |_: i32, _: f32| {})?;
    linker.func_wrap("spectest", "print_f64_f64", |_: f64, _: f64| {})?;
    for (name, value) in [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::from(666.6f32)),
        ("global_f64", Val::from(666.6f64)),
    ] {
        let ty = GlobalType { content: value.ty(), mutable: false };
        linker.define("spectest", name, Global::new(&mut *store, ty, value)?)?;
    }
    let element = RefType::FUNCREF;
    let ty = TableType::new(element, Limits { min: 10, max: Some(20) });
    let null = Val::default_of(ValType::Ref(element));
    linker.define("spectest", "table", Table::new(&mut *store, ty, null.clone())?)?;
    let wide = TableType { table64: true, ..ty };
    linker.define("spectest", "table64", Table::new(&mut *store, wide, null)?)?;
    let limits = Limits { min: 1, max: Some(2) };
    let ty = MemoryType::new(limits);
    linker.define("spectest", "memory", Memory::new(&mut *store, ty)?)?;
    let shared = SharedMemory::new(store.engine(), MemoryType { shared: true, ..ty })?;
    linker.shared_memory("spectest", "shared_memory", &shared)?;
    Ok(())
}
