//! Functions: guests', and the host's own in C.

use crate::boundary::{export, guard_or, need, remember};
use crate::engine::EngineShared;
use crate::finalize::{Finalizer, HostInfo, Inside};
use crate::refs::{Kind, Ref};
use crate::store::{Data, StoreCell, wasm_store_t};
use crate::trap::{TrapObject, trap};
use crate::types::wasm_externtype_t;
use crate::val::wasm_val_t;
use crate::vector::{Owned, Vector, wasm_val_vec_t};
use std::ffi::c_void;
use std::sync::{Arc, OnceLock};
use waxwing::{AsContextMut, Caller, Engine, Error, Func, FuncType, Result, StoreMut, Val};

/// `wasm_func_callback_t`
pub type Plain =
    unsafe extern "C" fn(*const wasm_val_vec_t, *mut wasm_val_vec_t) -> Option<Box<Ref>>;

/// `wasm_func_callback_with_env_t`
pub type WithEnv = unsafe extern "C" fn(
    *mut c_void,
    *const wasm_val_vec_t,
    *mut wasm_val_vec_t,
) -> Option<Box<Ref>>;

/// A host function of C's.
enum Callback {
    Plain(Plain),
    WithEnv(WithEnv, HostInfo),
}

impl Callback {
    /// # Safety
    /// The vectors are valid, of the function's numbers of parameters and results.
    unsafe fn call(
        &self,
        args: *const wasm_val_vec_t,
        results: *mut wasm_val_vec_t,
    ) -> Option<Box<Ref>> {
        // SAFETY: the program gave the function for this use; the vectors are the caller's promise.
        unsafe {
            match self {
                Callback::Plain(function) => function(args, results),
                Callback::WithEnv(function, env) => function(env.pointer(), args, results),
            }
        }
    }
}

/// A trap that belongs to no store of the program's, for calls of nothing.
pub fn stray_trap(why: &str) -> Option<Box<Ref>> {
    static STORE: OnceLock<Option<Arc<StoreCell>>> = OnceLock::new();
    let store = STORE.get_or_init(|| {
        let engine = Engine::new(&waxwing::Config::new()).ok()?;
        let keys = waxwing::PublicKeys::new();
        Some(StoreCell::new(Arc::new(EngineShared { engine, cache: None, trust: false, keys })))
    });
    let object = Arc::new(TrapObject::new(why.to_owned()));
    Some(Box::new(Ref::trap(store.as_ref()?, object)))
}

/// Runs something of a store's that can end in a trap; an error becomes one, and so does a panic.
pub fn or_trap(store: &Arc<StoreCell>, body: impl FnOnce() -> Result<()>) -> Option<Box<Ref>> {
    let panicked = |why: &str| Some(trap(store, &Error::msg(why)));
    guard_or(panicked, || match body() {
        Ok(()) => None,
        Err(e) => {
            remember(&e);
            Some(trap(store, &e))
        }
    })
}

/// Makes a host function.
fn define(store: &wasm_store_t, ty: &wasm_externtype_t, callback: Callback) -> Result<Box<Ref>> {
    let wasm_externtype_t::Func(ty) = ty else {
        return Err(Error::msg("the type is not a function's"));
    };
    let ty = ty.to_type();
    let store = &store.0;
    store.with(|mut context| {
        let signature = ty.clone();
        let func = Func::new(&mut context, ty, move |caller, params, results| {
            answer(&signature, &callback, caller, params, results)
        });
        Box::new(Ref::new(store, &context, Kind::Func(func)))
    })
}

/// Calls a host function of C's.
fn answer(
    ty: &FuncType,
    callback: &Callback,
    mut caller: Caller<'_, Data>,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let gone = || Error::msg("the store is being deleted");
    let store = caller.data().cell.upgrade().ok_or_else(gone)?;
    let args = Owned(values(&store, &caller.as_context_mut(), params)?.into());
    let mut room = Owned(values(&store, &caller.as_context_mut(), results)?.into());
    let (data, size) = (room.0.data(), room.0.as_slice().len());
    let raised = {
        let _published = store.publish(&mut caller);
        let _outside = Inside::leave();
        // SAFETY: both are vectors of the function's type.
        unsafe { callback.call(&args.0, &mut room.0) }
    };
    let given = if room.0.data() == data {
        if room.0.as_slice().len() != size {
            // SAFETY: it is the array that was lent, of the length that it had.
            room.0 = unsafe { Vector::from_parts(data, size) };
            return Err(Error::msg("a host function changed the length of its results"));
        }
        room.0.take()
    } else {
        // It put an array of its own there. Whose memory that is cannot be known: what is in it is
        // taken over, the arrays are not touched.
        let elements = room.0.as_slice().iter().map(|v| {
            // SAFETY: the elements are given away with the vector, and read once.
            unsafe { std::ptr::read(v) }
        });
        let elements = elements.collect();
        room.0 = Vector::EMPTY;
        elements
    };
    if let Some(raised) = raised {
        return Err(match raised.kind() {
            Kind::Trap(object) => object.raise(!Arc::ptr_eq(raised.store(), &store)),
            _ => Error::msg("a host function failed with a reference that is no trap"),
        });
    }
    if given.len() != results.len() {
        let (want, have) = (results.len(), given.len());
        return Err(Error::msg(format!("a host function gave {have} results, not {want}")));
    }
    for ((slot, value), &wanted) in results.iter_mut().zip(&given).zip(&ty.results) {
        *slot = value.to_val(&store, wanted)?;
    }
    Ok(())
}

/// Values for C, which owns them.
fn values(
    store: &Arc<StoreCell>,
    context: &StoreMut<'_, Data>,
    values: &[Val],
) -> Result<Vec<wasm_val_t>> {
    // Of the right size from the beginning: as a vector of C's it has no room to spare.
    let mut out = Vec::with_capacity(values.len());
    for value in values {
        out.push(wasm_val_t::from_val(store, context, value.clone())?);
    }
    Ok(out)
}

/// Calls a function and returns its results.
fn call(
    store: &Arc<StoreCell>,
    func: Func,
    args: &[wasm_val_t],
    room: usize,
) -> Result<Vec<wasm_val_t>> {
    store.with(|mut context| {
        let ty = func.ty(&context);
        for (what, want, have) in
            [("argument", ty.params.len(), args.len()), ("result", ty.results.len(), room)]
        {
            if want != have {
                return Err(Error::msg(format!(
                    "the function has {want} {what}s; the vector holds {have}"
                )));
            }
        }
        let mut params = Vec::with_capacity(args.len());
        for (value, &wanted) in args.iter().zip(&ty.params) {
            params.push(value.to_val(store, wanted)?);
        }
        let mut results: Vec<Val> = ty.results.iter().map(|&ty| Val::default_of(ty)).collect();
        func.call(&mut context, &params, &mut results)?;
        values(store, &context, &results)
    })?
}

/// Calls a function. Its arguments are pointers, not references: the function may delete what it was
/// called through.
///
/// # Safety
/// All are null or valid when the call begins; `results` is so when it ends.
unsafe fn call_raw(
    func: *const Ref,
    args: *const wasm_val_vec_t,
    results: *mut wasm_val_vec_t,
) -> Option<Box<Ref>> {
    // SAFETY: passed on to the caller; the borrow ends here.
    let target = unsafe { func.as_ref() }.map(|r| (r.store().clone(), r.kind().clone()));
    let Some((store, Kind::Func(func))) = target else {
        remember(&"there is no function to call");
        return stray_trap("there is no function to call");
    };
    or_trap(&store, || {
        // SAFETY: passed on to the caller. Arguments are converted before anything of the program's
        // runs.
        let args = unsafe { args.as_ref() }.map(Vector::as_slice).unwrap_or_default();
        // SAFETY: passed on to the caller; the borrow ends here.
        let room = unsafe { results.as_ref() }.map_or(0, |results| results.as_slice().len());
        let values = call(&store, func, args, room)?;
        if room > 0 {
            // SAFETY: the vector is still there, by the caller's promise, and has as many places as
            // there are values; what was in them is not ours to drop.
            unsafe {
                let to = (*results).data();
                for (i, value) in values.into_iter().enumerate() {
                    to.add(i).write(value);
                }
            }
        }
        Ok(())
    })
}

fn func_of(reference: Option<&Ref>) -> Result<(&Arc<StoreCell>, Func)> {
    let reference = need(reference, "a function")?;
    match reference.kind() {
        Kind::Func(func) => Ok((reference.store(), *func)),
        _ => Err(Error::msg("the reference is to no function")),
    }
}

fn type_of(reference: Option<&Ref>) -> Result<Arc<FuncType>> {
    let (store, func) = func_of(reference)?;
    store.with(|context| func.ty(&context))
}

export! {
    attempt fn wasm_func_new(
        store: Option<&wasm_store_t>,
        ty: Option<&wasm_externtype_t>,
        callback: Option<Plain>,
    ) -> Option<Box<Ref>> {
        let callback = Callback::Plain(need(callback, "the code of a host function")?);
        let store = need(store, "the store of a function")?;
        define(store, need(ty, "the type of a function")?, callback).map(Some)
    }
    attempt fn wasm_func_new_with_env(
        store: Option<&wasm_store_t>,
        ty: Option<&wasm_externtype_t>,
        callback: Option<WithEnv>,
        env: *mut c_void,
        finalizer: Option<Finalizer>,
    ) -> Option<Box<Ref>> {
        // First of all: whatever fails, the environment is finalized.
        let env = HostInfo::new(env, finalizer);
        let callback = Callback::WithEnv(need(callback, "the code of a host function")?, env);
        let store = need(store, "the store of a function")?;
        define(store, need(ty, "the type of a function")?, callback).map(Some)
    }
    attempt fn wasm_func_type(func: Option<&Ref>) -> Option<Box<wasm_externtype_t>> {
        Ok(Some(Box::new(wasm_externtype_t::func(&*type_of(func)?))))
    }
    attempt fn wasm_func_param_arity(func: Option<&Ref>) -> usize {
        Ok(type_of(func)?.params.len())
    }
    attempt fn wasm_func_result_arity(func: Option<&Ref>) -> usize {
        Ok(type_of(func)?.results.len())
    }
    guard fn wasm_func_call(
        func: *const Ref,
        args: *const wasm_val_vec_t,
        results: *mut wasm_val_vec_t,
    ) -> Option<Box<Ref>> {
        // SAFETY: the header promises what is asked for.
        unsafe { call_raw(func, args, results) }
    }
}
