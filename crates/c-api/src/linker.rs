//! Linkers: definitions by name.

use crate::boundary::{export, need};
use crate::engine::{text, wasm_engine_t};
use crate::instance::{TrapOut, instance_of, instantiate, parts, refuse};
use crate::refs::Ref;
use crate::store::{Data, StoreCell, wasm_store_t};
use crate::wasi;
use std::ffi::c_char;
use std::sync::Arc;
use waxwing::{Error, Linker, Result};

/// Definitions by name. Those of things in a store bind it to that store.
pub struct waxwing_linker_t {
    linker: Linker<Data>,
    store: Option<Arc<StoreCell>>,
    wasi: bool,
}

impl waxwing_linker_t {
    /// Whether the linker can be used with a store.
    fn check(&self, store: &Arc<StoreCell>) -> Result<()> {
        if self.store.as_ref().is_none_or(|bound| Arc::ptr_eq(bound, store)) {
            return Ok(());
        }
        Err(Error::msg("the linker has definitions that belong to another store"))
    }

    fn bind(&mut self, store: &Arc<StoreCell>) -> Result<()> {
        self.check(store)?;
        self.store = Some(store.clone());
        Ok(())
    }
}

export! {
    attempt fn waxwing_linker_new(engine: Option<&wasm_engine_t>) -> Option<Box<waxwing_linker_t>> {
        let engine = &need(engine, "the engine of a linker")?.0.engine;
        let linker = Linker::new(engine);
        Ok(Some(Box::new(waxwing_linker_t { linker, store: None, wasi: false })))
    }
    guard fn waxwing_linker_delete(linker: Option<Box<waxwing_linker_t>>) {
        drop(linker);
    }
    attempt fn waxwing_linker_shadowing_set(
        linker: Option<&mut waxwing_linker_t>,
        allow: bool,
    ) -> bool {
        need(linker, "a linker")?.linker.allow_shadowing(allow);
        Ok(true)
    }
    attempt fn waxwing_linker_define(
        linker: Option<&mut waxwing_linker_t>,
        module: *const c_char,
        name: *const c_char,
        external: Option<&Ref>,
    ) -> bool {
        let linker = need(linker, "a linker")?;
        // SAFETY: the header asks for C strings.
        let (module, name) =
            unsafe { (text(module, "the name of a module")?, text(name, "a name")?) };
        let external = need(external, "what to define")?;
        let item = external.external_in(external.store())?;
        linker.bind(external.store())?;
        linker.linker.define(module, name, item)?;
        Ok(true)
    }
    attempt fn waxwing_linker_define_instance(
        linker: Option<&mut waxwing_linker_t>,
        module: *const c_char,
        instance: Option<&Ref>,
    ) -> bool {
        let linker = need(linker, "a linker")?;
        // SAFETY: the header asks for a C string.
        let module = unsafe { text(module, "the name of a module") }?;
        let (store, instance) = instance_of(instance)?;
        linker.bind(store)?;
        store.with(|mut context| linker.linker.instance(&mut context, module, instance).map(drop))??;
        Ok(true)
    }
    attempt fn waxwing_linker_define_wasi(linker: Option<&mut waxwing_linker_t>) -> bool {
        let linker = need(linker, "a linker")?;
        waxwing_wasi_p1::add_to_linker(&mut linker.linker, wasi::state)?;
        linker.wasi = true;
        Ok(true)
    }
    guard fn waxwing_linker_instantiate(
        linker: *const waxwing_linker_t,
        store: *const wasm_store_t,
        module: *const Ref,
        trap: TrapOut<'_>,
    ) -> Option<Box<Ref>> {
        // SAFETY: the header promises that they are null or valid; the borrow of the linker ends
        // before anything of the program's runs.
        let found = unsafe {
            parts(store, module).and_then(|(store, module)| {
                let linker = need(linker.as_ref(), "a linker")?;
                linker.check(&store)?;
                if linker.wasi {
                    store.with_whole(wasi::ensure)??;
                }
                let ready =
                    store.with(|mut context| linker.linker.instantiate_pre(&mut context, &module))??;
                Ok((store, module, ready))
            })
        };
        match found {
            Ok((store, module, ready)) => {
                instantiate(&store, &module, trap, |context| ready.instantiate(context))
            }
            Err(e) => refuse(&e, trap),
        }
    }
}
