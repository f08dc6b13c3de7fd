//! Functions: guests' and the host's, called with values or with Rust's own types.

mod host;
mod typed;

pub use host::{Caller, IntoFunc};
pub(crate) use host::{HostFunc, failure, run_in};
pub use typed::{TypedFunc, WasmParams, WasmResults, WasmTy};

use crate::store::{StoreData, StoreId};
use crate::{AsContext, AsContextMut, Error, FuncType, Result, Val, ValType};
use std::ptr::NonNull;
use std::sync::Arc;
use typed::float_result;
pub(crate) use typed::{Args, Regs};
use waxwing_fiber::{EnterFrame, HostFrame};
use waxwing_layout::abi::{INT_REGS, RESULT_STRIDE};
use waxwing_vm::{Call, FuncRef, HostBinding, Instance as VmInstance, types};

/// A function of a store.
#[derive(Clone, Copy, Debug)]
pub struct Func {
    store: StoreId,
    raw: NonNull<FuncRef>,
}

// SAFETY: a handle is used only together with its store, which it is checked against; the store
// says whether it may be shared and sent.
unsafe impl Send for Func {}
// SAFETY: as above.
unsafe impl Sync for Func {}

impl Func {
    pub(crate) fn from_raw(raw: *const FuncRef, store: StoreId) -> Option<Func> {
        NonNull::new(raw.cast_mut()).map(|raw| Func { store, raw })
    }

    /// The address, for use in this store.
    #[inline]
    pub(crate) fn raw(&self, store: StoreId) -> *const FuncRef {
        self.store.check(store);
        self.raw.as_ptr()
    }

    #[inline]
    pub(crate) fn read(&self, store: StoreId) -> FuncRef {
        // SAFETY: the reference lives as long as its store, which the caller has at hand.
        unsafe { *self.raw(store) }
    }

    /// Makes a host function of Rust's types; see [`crate::Linker::func_wrap`].
    pub fn wrap<T: 'static, P, R>(
        mut store: impl AsContextMut<Data = T>,
        f: impl IntoFunc<T, P, R>,
    ) -> Func {
        f.into_func().add_to(store.as_context_mut().0)
    }

    /// Makes a host function of any type; see [`crate::Linker::func_new`].
    pub fn new<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        f: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Func {
        HostFunc::new(ty, f).add_to(store.as_context_mut().0)
    }

    /// Two numbers that tell it apart from all other functions of its store. Importing and
    /// exporting a function, or keeping it in a table, changes nothing about them.
    pub fn identity(&self, store: impl AsContext) -> (usize, usize) {
        let func = self.read(store.as_context().0.id);
        if waxwing_fiber::is_host(func.code) {
            // SAFETY: a host function's instance pointer is its binding, which lives as long as the
            // store. Each importer has a binding of its own, with the same environment.
            let env = unsafe { (*func.vmctx.cast::<HostBinding>()).env };
            return (func.code as usize, env as usize);
        }
        (func.code as usize, func.vmctx as usize)
    }

    /// Its type.
    pub fn ty(&self, store: impl AsContext) -> Arc<FuncType> {
        types::func_type_of(self.read(store.as_context().0.id).type_id as u32)
    }

    /// Calls it with values and writes its results.
    ///
    /// # Errors
    /// If numbers or types of the values are wrong, the guest traps or is stopped, or a host
    /// function fails.
    ///
    /// # Panics
    /// If the function is of another store, or a host function panics.
    pub fn call(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let store = store.as_context_mut().0;
        let func = self.read(store.id);
        let ty = types::func_type_of(func.type_id as u32);
        check_values("argument", &ty.params, params, store)?;
        if results.len() != ty.results.len() {
            return Err(Error::msg(format!(
                "the function has {} results, room was given for {}",
                ty.results.len(),
                results.len()
            )));
        }
        let mut regs = Regs::new(func.vmctx, true);
        let mut area: Vec<u128> = Vec::new();
        if ty.results.len() > 1 {
            area = vec![0; ty.results.len()];
            regs.push_int(area.as_mut_ptr() as u64);
        }
        fill(params, &mut regs, store)?;
        // SAFETY: the registers are filled by the function's own type, with values of this store.
        unsafe { enter(store, &func, &mut regs)? };
        for (i, (slot, &ty)) in results.iter_mut().zip(&ty.results).enumerate() {
            *slot = result(i, ty, &regs.frame, &area, store);
        }
        Ok(())
    }

    /// The function with Rust's types.
    ///
    /// # Errors
    /// If its type is another one.
    pub fn typed<P: WasmParams, R: WasmResults>(
        &self,
        store: impl AsContext,
    ) -> Result<TypedFunc<P, R>> {
        let word = self.read(store.as_context().0.id).type_id as u32;
        types::with_func_type(word, |have| {
            let want = FuncType { params: P::types(), results: R::types() };
            if !is_used_as(have, &want) {
                let text = format!("the function has type {have}; it is used as {want}");
                return Err(Error::msg(text));
            }
            Ok(TypedFunc::new(*self))
        })
    }
}

/// Whether a function of type `have` takes all that one of type `want` takes, and gives nothing that
/// this one does not give.
fn is_used_as(have: &FuncType, want: &FuncType) -> bool {
    all_match(&want.params, &have.params) && all_match(&have.results, &want.results)
}

/// Whether values of these types may stand where those are expected.
pub(crate) fn all_match(from: &[ValType], to: &[ValType]) -> bool {
    let mut pairs = from.iter().zip(to);
    from.len() == to.len() && pairs.all(|(from, &to)| from.matches(to, &types::is_subtype))
}

/// Fills the registers of a call with values.
pub(crate) fn fill<T>(params: &[Val], regs: &mut Regs, store: &mut StoreData<T>) -> Result<()> {
    let pushed = params.iter().try_for_each(|value| push(value, regs, store));
    // The guest holds them from here on.
    store.vm.let_go();
    pushed
}

/// A result of a call that has returned.
pub(crate) fn result<T>(
    index: usize,
    ty: ValType,
    frame: &EnterFrame,
    area: &[u128],
    store: &mut StoreData<T>,
) -> Val {
    let raw = if area.len() > 1 {
        area[index]
    } else if waxwing_layout::abi::Ty::of(ty).is_float() {
        float_result(frame)
    } else {
        u128::from(frame.ints[0])
    };
    Val::from_raw(ty, raw, store)
}

fn push<T>(value: &Val, regs: &mut Regs, store: &mut StoreData<T>) -> Result<()> {
    let raw = value.to_raw(store)?;
    match value {
        Val::F32(_) | Val::F64(_) | Val::V128(_) => {
            regs.push_float(raw, matches!(value, Val::V128(_)));
        }
        _ => regs.push_int(raw as u64),
    }
    Ok(())
}

/// Whether the values are of these types; if not, which one is not.
pub(crate) fn check_values<T>(
    what: &str,
    want: &[ValType],
    have: &[Val],
    store: &StoreData<T>,
) -> Result<()> {
    if want.len() != have.len() {
        return Err(Error::msg(format!(
            "{} {what}s are needed, {} were given",
            want.len(),
            have.len()
        )));
    }
    for (i, (want, have)) in want.iter().zip(have).enumerate() {
        if !have.fits(*want, store) {
            let have = have.describe(store);
            return Err(Error::msg(format!("{what} {i} must be of type {want}, not {have}")));
        }
    }
    Ok(())
}

const _: () = assert!(RESULT_STRIDE as usize == size_of::<u128>());

/// Calls a function, of a guest or of the host.
///
/// # Safety
/// The registers are filled for the function's type with values of this store, and the function is
/// of this store.
#[inline]
pub(crate) unsafe fn enter<T>(
    store: &mut StoreData<T>,
    func: &FuncRef,
    regs: &mut Regs,
) -> Result<()> {
    let owner = store.owner();
    if waxwing_fiber::is_host(func.code) {
        // SAFETY: passed on to the caller.
        return unsafe { enter_host(store, func, regs) };
    }
    // SAFETY: the reference is a guest's, so its `vmctx` belongs to a live instance.
    let stack = unsafe { (*VmInstance::at(func.vmctx)).stack() };
    let call =
        Call { code: func.code, frame: &mut regs.frame, stack_args: regs.stack.finish(), stack };
    // SAFETY: `owner` is where this store is, `vm` is its engine part, both valid; the rest is the
    // caller's promise.
    unsafe {
        let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
        waxwing_vm::call(vm, owner, call).map_err(|exit| Error::from_exit(*exit, store))
    }
}

/// Calls a function that needs only integer registers, the instance pointer in the first of them, and returns
/// an integer or nothing in one.
///
/// # Safety
/// As for [`enter`].
#[inline(always)]
pub(crate) unsafe fn enter_ints<T>(
    store: &mut StoreData<T>,
    func: &FuncRef,
    ints: [u64; INT_REGS],
) -> Result<u64> {
    let owner = store.owner();
    if waxwing_fiber::is_host(func.code) {
        // SAFETY: passed on to the caller.
        return unsafe { enter_host_ints(store, func, &ints.map(|int| int)) };
    }
    // SAFETY: the reference is a guest's, so its `vmctx` belongs to a live instance.
    let stack = unsafe { (*VmInstance::at(func.vmctx)).stack() };
    // SAFETY: `owner` is where this store is, `vm` is its engine part, both valid; the rest is the
    // caller's promise.
    let called = unsafe {
        let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
        waxwing_vm::call_ints(vm, owner, func.code, ints, stack)
    };
    match called {
        Ok(value) => Ok(value),
        Err(exit) => Err(ended(exit, store)),
    }
}

/// What a call has ended with.
#[cold]
#[inline(never)]
#[expect(clippy::boxed_local, reason = "whoever calls moves a pointer, not what it points to")]
pub(crate) fn ended<T>(exit: Box<waxwing_vm::Exit>, store: &mut StoreData<T>) -> Error {
    Error::from_exit(*exit, store)
}

/// [`enter_ints`] for a function of the host's.
#[cold]
#[inline(never)]
unsafe fn enter_host_ints<T>(
    store: &mut StoreData<T>,
    func: &FuncRef,
    ints: &[u64; INT_REGS],
) -> Result<u64> {
    let mut regs = Regs::new(func.vmctx, false);
    regs.frame.ints = *ints;
    // SAFETY: passed on to the caller.
    unsafe { enter_host(store, func, &mut regs)? };
    Ok(regs.frame.ints[0])
}

/// Calls a host function without a guest in between.
unsafe fn enter_host<T>(store: &mut StoreData<T>, func: &FuncRef, regs: &mut Regs) -> Result<()> {
    let binding = func.vmctx.cast::<HostBinding>().cast_const();
    // What the entry would have made on the guest's stack, stack arguments behind it.
    let args = regs.stack.finish();
    let head = size_of::<HostFrame>() / size_of::<u128>();
    let mut room = vec![0u128; head + args.len().div_ceil(2)];
    let frame = room.as_mut_ptr().cast::<HostFrame>();
    let owner = store.owner();
    // SAFETY: the room is large enough and aligned to 16; the binding is the store's own; a frame that
    // uses floats was made with all of them initialised.
    unsafe {
        if regs.frame.uses_floats != 0 {
            (*frame).floats = regs.frame.floats.map(|f| f.assume_init());
        }
        (*frame).ints = regs.frame.ints;
        let behind = frame.add(1).cast::<u64>();
        behind.copy_from_nonoverlapping(args.as_ptr(), args.len());
        let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
        waxwing_vm::call_host(vm, owner, binding, frame)
            .map_err(|exit| Error::from_exit(*exit, store))?;
        regs.frame.floats[0].write((*frame).floats[0]);
        regs.frame.ints[0] = (*frame).ints[0];
    }
    Ok(())
}
