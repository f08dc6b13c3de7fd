//! Instances.

use crate::boundary::{Out, export, need, put};
use crate::engine::text;
use crate::func::{or_trap, stray_trap};
use crate::module::module_of;
use crate::refs::{Kind, Ref};
use crate::store::{StoreCell, wasm_store_t};
use crate::vector::{Vector, put_all, wasm_extern_vec_t};
use std::ffi::c_char;
use std::sync::Arc;
use waxwing::{Error, Instance, Module, Result, StoreMut};

/// Where a trap is written.
pub type TrapOut<'a> = Out<'a, Option<Box<Ref>>>;

/// Makes an instance of a module by `make`. What fails becomes a trap.
pub fn instantiate(
    store: &Arc<StoreCell>,
    module: &Module,
    trap: TrapOut<'_>,
    make: impl FnOnce(&mut StoreMut<'_, crate::store::Data>) -> Result<Instance>,
) -> Option<Box<Ref>> {
    let mut made = None;
    let raised = or_trap(store, || {
        let instance = store.with(|mut context| make(&mut context))??;
        store.add_instance(module.identity(), instance);
        made = Some(Box::new(Ref::instance(store, instance)));
        Ok(())
    });
    put(trap, raised);
    made
}

/// The store and the module of a call that makes an instance. Clones, since the start function may
/// delete what the program named them by.
///
/// # Safety
/// Both are null or valid.
pub unsafe fn parts(
    store: *const wasm_store_t,
    module: *const Ref,
) -> Result<(Arc<StoreCell>, Module)> {
    // SAFETY: passed on to the caller; the borrows end here.
    let (store, module) = unsafe { (store.as_ref(), module.as_ref()) };
    let store = need(store, "the store of an instance")?.0.clone();
    Ok((store, need(module_of(module), "the module of an instance")?.module.clone()))
}

/// Null, with the reason as a trap.
pub fn refuse(why: &Error, trap: TrapOut<'_>) -> Option<Box<Ref>> {
    crate::boundary::remember(why);
    put(trap, stray_trap(&why.to_string()));
    None
}

/// The instance that a reference refers to.
pub fn instance_of(reference: Option<&Ref>) -> Result<(&Arc<StoreCell>, Instance)> {
    let reference = need(reference, "an instance")?;
    match reference.kind() {
        Kind::Instance(instance) => Ok((reference.store(), *instance)),
        _ => Err(Error::msg("the reference is to no instance")),
    }
}

export! {
    guard fn wasm_instance_new(
        store: *const wasm_store_t,
        module: *const Ref,
        imports: *const wasm_extern_vec_t,
        trap: TrapOut<'_>,
    ) -> Option<Box<Ref>> {
        // SAFETY: the header promises that they are null or valid.
        let (store, module) = match unsafe { parts(store, module) } {
            Ok(parts) => parts,
            Err(e) => return refuse(&e, trap),
        };
        instantiate(&store, &module, trap, |context| {
            // SAFETY: as above; nothing of the program's runs while they are read.
            let imports = unsafe { imports.as_ref() }.map(Vector::as_slice).unwrap_or_default();
            let imports = imports.iter().enumerate().map(|(i, import)| {
                let given = need(import.as_ref(), "an import").and_then(|r| r.external_in(&store));
                given.map_err(|e| Error::msg(format!("import {i}: {e}")))
            });
            Instance::instantiate(context, &module, &imports.collect::<Result<Vec<_>>>()?)
        })
    }
    guard fn wasm_instance_exports(instance: Option<&Ref>, out: Out<'_, wasm_extern_vec_t>) {
        let found = instance_of(instance).and_then(|(store, instance)| {
            store.with(|context| {
                let exports = instance.exports(&context);
                let refs = exports.into_iter().map(|export| {
                    Some(Box::new(Ref::from_external(store, &context, export.value)))
                });
                refs.collect::<Vec<_>>()
            })
        });
        put_all(out, found.unwrap_or_else(|e| {
            crate::boundary::remember(&e);
            Vec::new()
        }));
    }
    attempt fn waxwing_instance_export(
        instance: Option<&Ref>,
        name: *const c_char,
    ) -> Option<Box<Ref>> {
        let (store, instance) = instance_of(instance)?;
        // SAFETY: the header asks for a C string.
        let name = unsafe { text(name, "the name of an export") }?;
        store.with(|mut context| {
            let export = instance.get_export(&mut context, name);
            let export = export.ok_or_else(|| Error::msg(format!("nothing is exported as \"{name}\"")))?;
            Ok(Some(Box::new(Ref::from_external(store, &context, export))))
        })?
    }
    guard fn waxwing_instance_reset(instance: *const Ref) -> Option<Box<Ref>> {
        // SAFETY: the header promises that it is null or valid; the borrow ends before the start
        // function runs.
        let found = instance_of(unsafe { instance.as_ref() });
        let (store, instance) = match found.map(|(store, instance)| (store.clone(), instance)) {
            Ok(found) => found,
            Err(e) => {
                crate::boundary::remember(&e);
                return stray_trap(&e.to_string());
            }
        };
        or_trap(&store, || store.with(|mut context| instance.reset(&mut context))?)
    }
    attempt fn waxwing_caller_export(
        store: Option<&wasm_store_t>,
        name: *const c_char,
    ) -> Option<Box<Ref>> {
        let store = &need(store, "the store of a caller")?.0;
        // SAFETY: the header asks for a C string.
        let name = unsafe { text(name, "the name of an export") }?;
        let export = store.with_caller(|caller| caller.get_export(name))?;
        let export =
            export.ok_or_else(|| Error::msg(format!("the caller exports nothing as \"{name}\"")))?;
        store.with(|context| Some(Box::new(Ref::from_external(store, &context, export))))
    }
}
