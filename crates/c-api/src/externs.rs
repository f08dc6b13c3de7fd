//! Globals, tables and memories.

use crate::boundary::{Out, export, need, put};
use crate::refs::{Kind, Ref};
use crate::store::{StoreCell, wasm_store_t};
use crate::types::wasm_externtype_t;
use crate::val::{self, wasm_val_t};
use std::sync::Arc;
use waxwing::{Error, Global, Memory, Result, Table, ValType};

macro_rules! accessor {
    ($name:ident $ty:ident $what:literal) => {
        fn $name(reference: Option<&Ref>) -> Result<(&Arc<StoreCell>, $ty)> {
            let reference = need(reference, $what)?;
            match reference.kind() {
                Kind::$ty(it) => Ok((reference.store(), *it)),
                _ => Err(Error::msg(concat!("the reference is not to ", $what))),
            }
        }
    };
}

accessor!(global_of Global "a global");
accessor!(table_of Table "a table");
accessor!(memory_of Memory "a memory");

/// What is too large for C is as large as it can say.
fn narrow(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// `byte_t*`, null by default.
#[repr(transparent)]
pub struct Bytes(*mut u8);

impl Default for Bytes {
    fn default() -> Self {
        Bytes(std::ptr::null_mut())
    }
}

export! {
    attempt fn wasm_global_new(
        store: Option<&wasm_store_t>,
        ty: Option<&wasm_externtype_t>,
        value: Option<&wasm_val_t>,
    ) -> Option<Box<Ref>> {
        let store = &need(store, "the store of a global")?.0;
        let Some(wasm_externtype_t::Global(_, ty)) = ty else {
            return Err(Error::msg("the type is not a global's"));
        };
        let value = need(value, "the value of a global")?;
        store.with(|mut context| {
            let value = value.to_val(store, ty.content)?;
            let global = Global::new(&mut context, *ty, value)?;
            Ok(Some(Box::new(Ref::new(store, &context, Kind::Global(global)))))
        })?
    }
    attempt fn wasm_global_type(global: Option<&Ref>) -> Option<Box<wasm_externtype_t>> {
        let (store, global) = global_of(global)?;
        let ty = store.with(|context| global.ty(&context))?;
        Ok(Some(Box::new(wasm_externtype_t::global(ty))))
    }
    guard fn wasm_global_get(global: Option<&Ref>, out: Out<'_, wasm_val_t>) {
        let value = global_of(global).and_then(|(store, global)| {
            store.with(|mut context| {
                let value = global.get(&mut context);
                wasm_val_t::from_val(store, &context, value)
            })?
        });
        put(out, value.unwrap_or_else(|e| {
            crate::boundary::remember(&e);
            wasm_val_t::default()
        }));
    }
    attempt fn wasm_global_set(global: Option<&Ref>, value: Option<&wasm_val_t>) {
        let (store, global) = global_of(global)?;
        let value = need(value, "the value of a global")?;
        store.with(|mut context| {
            let wanted = global.ty(&context).content;
            global.set(&mut context, value.to_val(store, wanted)?)
        })?
    }
    attempt fn wasm_table_new(
        store: Option<&wasm_store_t>,
        ty: Option<&wasm_externtype_t>,
        init: Option<&Ref>,
    ) -> Option<Box<Ref>> {
        let store = &need(store, "the store of a table")?.0;
        let Some(wasm_externtype_t::Table(_, _, ty)) = ty else {
            return Err(Error::msg("the type is not a table's"));
        };
        store.with(|mut context| {
            let init = val::to_val(init, store, ValType::Ref(ty.element))?;
            let table = Table::new(&mut context, *ty, init)?;
            Ok(Some(Box::new(Ref::new(store, &context, Kind::Table(table)))))
        })?
    }
    attempt fn wasm_table_type(table: Option<&Ref>) -> Option<Box<wasm_externtype_t>> {
        let (store, table) = table_of(table)?;
        let ty = store.with(|context| table.ty(&context))?;
        Ok(Some(Box::new(wasm_externtype_t::table(ty))))
    }
    attempt fn wasm_table_get(table: Option<&Ref>, index: u32) -> Option<Box<Ref>> {
        let (store, table) = table_of(table)?;
        store.with(|mut context| {
            let outside = || Error::msg(format!("entry {index} is outside the table"));
            let value = table.get(&mut context, index.into()).ok_or_else(outside)?;
            Ok(val::from_val(store, &context, value).map(Box::new))
        })?
    }
    attempt fn wasm_table_set(table: Option<&Ref>, index: u32, value: Option<&Ref>) -> bool {
        let (store, table) = table_of(table)?;
        store.with(|mut context| {
            let wanted = ValType::Ref(table.ty(&context).element);
            table.set(&mut context, index.into(), val::to_val(value, store, wanted)?)
        })??;
        Ok(true)
    }
    attempt fn wasm_table_size(table: Option<&Ref>) -> u32 {
        let (store, table) = table_of(table)?;
        store.with(|context| narrow(table.size(&context)))
    }
    attempt fn wasm_table_grow(table: Option<&Ref>, delta: u32, init: Option<&Ref>) -> bool {
        let (store, table) = table_of(table)?;
        store.with(|mut context| {
            let wanted = ValType::Ref(table.ty(&context).element);
            table.grow(&mut context, delta.into(), val::to_val(init, store, wanted)?)
        })??;
        Ok(true)
    }
    attempt fn wasm_memory_new(
        store: Option<&wasm_store_t>,
        ty: Option<&wasm_externtype_t>,
    ) -> Option<Box<Ref>> {
        let store = &need(store, "the store of a memory")?.0;
        let Some(wasm_externtype_t::Memory(_, ty)) = ty else {
            return Err(Error::msg("the type is not a memory's"));
        };
        store.with(|mut context| {
            let memory = Memory::new(&mut context, *ty)?;
            Ok(Some(Box::new(Ref::new(store, &context, Kind::Memory(memory)))))
        })?
    }
    attempt fn wasm_memory_type(memory: Option<&Ref>) -> Option<Box<wasm_externtype_t>> {
        let (store, memory) = memory_of(memory)?;
        let ty = store.with(|context| memory.ty(&context))?;
        Ok(Some(Box::new(wasm_externtype_t::memory(ty))))
    }
    attempt fn wasm_memory_data(memory: Option<&Ref>) -> Bytes {
        let (store, memory) = memory_of(memory)?;
        store.with(|context| Bytes(memory.data_ptr(&context)))
    }
    attempt fn wasm_memory_data_size(memory: Option<&Ref>) -> usize {
        let (store, memory) = memory_of(memory)?;
        store.with(|context| memory.data_size(&context))
    }
    attempt fn wasm_memory_size(memory: Option<&Ref>) -> u32 {
        let (store, memory) = memory_of(memory)?;
        store.with(|context| narrow(memory.size(&context)))
    }
    attempt fn wasm_memory_grow(memory: Option<&Ref>, delta: u32) -> bool {
        let (store, memory) = memory_of(memory)?;
        store.with(|mut context| memory.grow(&mut context, delta.into()))??;
        Ok(true)
    }
    attempt fn wasm_extern_type(external: Option<&Ref>) -> Option<Box<wasm_externtype_t>> {
        let external = need(external, "something external")?;
        let ty = external.store().with(|context| {
            Ok(match external.kind() {
                Kind::Func(f) => wasm_externtype_t::func(&f.ty(&context)),
                Kind::Global(g) => wasm_externtype_t::global(g.ty(&context)),
                Kind::Table(t) => wasm_externtype_t::table(t.ty(&context)),
                Kind::Memory(m) => wasm_externtype_t::memory(m.ty(&context)),
                Kind::Tag(t) => wasm_externtype_t::tag(&t.ty(&context)),
                _ => return Err(Error::msg("the reference is to nothing external")),
            })
        })??;
        Ok(Some(Box::new(ty)))
    }
}
