//! Host functions.

use super::typed::{Args, Register, WasmParams, WasmResults, WasmTy};
use super::{Func, check_values};
use crate::store::{StoreData, StoreMut, StoreRef};
use crate::{
    AsContext, AsContextMut, Error, Export, Extern, FuncType, Instance, Memory, Result, Val,
};
use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use waxwing_fiber::{HostEntry, HostFrame};
use waxwing_layout::abi::{Ty, has_results_area};
use waxwing_vm::{Failure, HostBinding, HostCode, Instance as VmInstance, StoreContext};

/// What a host function is called with besides its parameters: the store, and the instance that
/// imports the function.
pub struct Caller<'a, T> {
    pub(crate) store: &'a mut StoreData<T>,
    pub(crate) instance: Option<&'a VmInstance>,
}

// SAFETY: the instance belongs to the store, which is borrowed for as long and goes along.
unsafe impl<T: Send> Send for Caller<'_, T> {}

impl<T> Caller<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.store.data
    }

    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.store.data
    }

    /// The instance that imports this function; none if the host calls it, or it came as a value.
    pub fn instance(&self) -> Option<Instance> {
        self.instance.map(|i| Instance::new(i, self.store.id))
    }

    /// An export of the importing instance.
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        let instance = self.instance()?;
        instance.get_export(&mut *self, name)
    }

    /// The importing instance's memory named `memory`, and the host's data, at the same time.
    pub fn memory_and_data(&mut self) -> Option<(&mut [u8], &mut T)> {
        let memory = self.memory()?;
        let (bytes, data) = memory.data_and_store_mut(self.store);
        Some((bytes, data))
    }

    /// The importing instance's memory named `memory`.
    pub fn memory(&self) -> Option<Memory> {
        let instance = self.instance?;
        let export = instance.code.module.export("memory")?;
        (export.kind == crate::ExternKind::Memory)
            .then(|| Memory::from_raw(instance.memory(export.index), self.store.id))
    }
}

impl<T> AsContext for Caller<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreRef<'_, T> {
        StoreRef(self.store)
    }
}

impl<T> AsContextMut for Caller<'_, T> {
    fn as_context_mut(&mut self) -> StoreMut<'_, T> {
        StoreMut(self.store)
    }
}

/// A host function that is not yet in a store. Clones share the function.
pub struct HostFunc<T> {
    pub(crate) vm: waxwing_vm::HostFunc,
    /// For stores of this data.
    data: PhantomData<fn(T)>,
}

impl<T> Clone for HostFunc<T> {
    fn clone(&self) -> Self {
        HostFunc { vm: self.vm.clone(), data: PhantomData }
    }
}

impl<T: 'static> HostFunc<T> {
    pub(crate) fn with_entry<E: Any + Send + Sync>(
        ty: &FuncType,
        entry: HostEntry,
        env: Arc<E>,
    ) -> Self {
        HostFunc::with_code(ty, HostCode::Framed(entry), env)
    }

    fn with_code<E: Any + Send + Sync>(ty: &FuncType, code: HostCode, env: Arc<E>) -> Self {
        HostFunc { vm: waxwing_vm::HostFunc::new(ty, code, env), data: PhantomData }
    }

    pub fn add_to(&self, store: &mut StoreData<T>) -> Func {
        match Func::from_raw(store.vm.add_host_func(&self.vm), store.id) {
            Some(func) => func,
            None => unreachable!("the address of a new function is not null"),
        }
    }

    /// A function of values.
    pub fn new(
        ty: FuncType,
        f: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let dynamic: Dynamic<T> = Dynamic { ty: ty.clone(), f: Box::new(f) };
        HostFunc::with_entry(&ty, dynamic_entry::<T>, Arc::new(dynamic))
    }
}

struct Dynamic<T> {
    ty: FuncType,
    f: Box<DynamicFn<T>>,
}

type DynamicFn<T> = dyn Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync;

/// Runs a host function's body: catches what it throws, and hands on what fails.
///
/// # Safety
/// The binding is one that `HostFunc::with_entry` made for a store of data `T` with an environment
/// of type `E`, and a call through it is being made: by a guest of that store, or by the host.
#[inline]
pub(crate) unsafe fn run<T, E>(
    binding: *const u8,
    body: impl FnOnce(&E, &mut StoreData<T>, Option<&VmInstance>) -> Result<()>,
) {
    let body = |env: &E, store: &mut StoreData<T>, instance: Option<&VmInstance>, _: &_| {
        body(env, store, instance)
    };
    // SAFETY: passed on to the caller.
    unsafe { run_in(binding, body) }
}

/// [`run`] with the store's context.
///
/// # Safety
/// As for that.
#[inline]
pub(crate) unsafe fn run_in<T, E>(
    binding: *const u8,
    body: impl FnOnce(&E, &mut StoreData<T>, Option<&VmInstance>, &StoreContext) -> Result<()>,
) {
    // SAFETY: the binding lives as long as the store, and `call` has set the store's owner to its
    // `StoreData`, which nobody uses while the guest is in this call.
    let (ctx, env, store, instance) = unsafe {
        let binding = &*binding.cast::<HostBinding>();
        let ctx = &*binding.store;
        let env = &*binding.env.cast::<E>();
        let store = &mut *ctx.owner().cast::<StoreData<T>>();
        let caller = binding.caller;
        (ctx, env, store, (!caller.is_null()).then(|| &*VmInstance::at(caller)))
    };
    match catch_unwind(AssertUnwindSafe(|| body(env, store, instance, ctx))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => ctx.fail(failure(error, store)),
        Err(panic) => ctx.fail(Failure::Panic(panic)),
    }
}

/// What a guest sees of a host function's error.
pub(crate) fn failure<T>(error: Error, store: &StoreData<T>) -> Failure {
    match error.exception().filter(|e| e.is_of(store)) {
        Some(exception) => Failure::Exception(exception.to_raw(store)),
        None => Failure::Host(Box::new(error)),
    }
}

unsafe extern "C" fn dynamic_entry<T: 'static>(binding: *const u8, frame: *mut HostFrame) {
    // SAFETY: this entry is installed only with a `Dynamic<T>`, and the frame is the call's.
    unsafe {
        run(binding, |host: &Dynamic<T>, store, instance| {
            let area = has_results_area(&host.ty);
            let mut args = Args::new(frame, 1 + usize::from(area));
            let mut params = Vec::with_capacity(host.ty.params.len());
            for &ty in &host.ty.params {
                let raw = match Ty::of(ty) {
                    t if t.is_float() => args.float(t == Ty::V128),
                    _ => u128::from(args.int()),
                };
                params.push(Val::from_raw(ty, raw, store));
            }
            let mut results: Vec<Val> =
                host.ty.results.iter().map(|&t| Val::default_of(t)).collect();
            (host.f)(Caller { store, instance }, &params, &mut results)?;
            check_values("result", &host.ty.results, &results, store)?;
            let to = (*frame).ints[1] as *mut u128;
            let written = results.iter().enumerate().try_for_each(|(i, value)| {
                let raw = value.to_raw(store)?;
                if area {
                    to.add(i).write(raw);
                } else if Ty::of(value.ty()).is_float() {
                    (*frame).floats[0] = raw.to_le_bytes();
                } else {
                    (*frame).ints[0] = raw as u64;
                }
                Ok(())
            });
            // The one who called holds them from here on.
            store.vm.let_go();
            written
        });
    }
}

/// Rust functions and closures that can be host functions: parameters are [`WasmTy`]s, optionally
/// after a [`Caller`]; the result is nothing, a [`WasmTy`], a tuple of them, or a [`Result`] of
/// these.
pub trait IntoFunc<T, P, R>: Send + Sync + 'static {
    #[doc(hidden)]
    fn into_func(self) -> HostFunc<T>;
}

/// What a host function may return.
pub trait IntoResult {
    /// Without the error.
    type Results: WasmResults;
    /// Sorts out the error.
    fn into_result(self) -> Result<Self::Results>;
}

impl<R: WasmResults> IntoResult for R {
    type Results = R;
    #[inline]
    fn into_result(self) -> Result<R> {
        Ok(self)
    }
}

impl<R: WasmResults, E: Into<Error>> IntoResult for std::result::Result<R, E> {
    type Results = R;
    #[inline]
    fn into_result(self) -> Result<R> {
        self.map_err(Into::into)
    }
}

/// Marks functions that take a [`Caller`] first.
pub struct WithCaller<P>(PhantomData<P>);

macro_rules! into_func {
    ($(($($a:ident)*))*) => {$(
        into_func!(@one ($($a)*) (), ($($a,)*), |_caller|);
        into_func!(@one ($($a)*) (Caller<'_, T>), WithCaller<($($a,)*)>, |caller| caller);
    )*};
    (@one ($($a:ident)*) ($($c:ty)?), $p:ty, |$caller:ident| $($pass:ident)?) => {
        #[allow(non_snake_case)]
        impl<T: 'static, F, R, $($a: WasmTy,)*> IntoFunc<T, $p, R> for F
        where
            F: Fn($($c,)? $($a),*) -> R + Send + Sync + 'static,
            R: IntoResult,
        {
            fn into_func(self) -> HostFunc<T> {
                unsafe extern "C" fn entry<T, F, R, $($a: WasmTy,)*>(
                    binding: *const u8,
                    frame: *mut HostFrame,
                ) where
                    F: Fn($($c,)? $($a),*) -> R,
                    R: IntoResult,
                {
                    // SAFETY: this entry is installed only with an `F` for data `T`, and the frame
                    // is the call's, of the types that `into_func` names.
                    unsafe {
                        run(binding, |f: &F, store: &mut StoreData<T>, instance| {
                            let several = R::Results::COUNT > 1;
                            let mut args = Args::new(frame, 1 + usize::from(several));
                            let area = (*frame).ints[1] as *mut u128;
                            let ($($a,)*) = <($($a,)*) as WasmParams>::load(&mut args, store);
                            let $caller = Caller { store: &mut *store, instance };
                            let results = f($($pass,)? $($a),*).into_result()?;
                            let written = results.store(&mut *frame, area, store);
                            if R::Results::OBJECTS {
                                // The one who called holds them from here on.
                                store.vm.let_go();
                            }
                            written
                        });
                    }
                }
                /// The same with numbers that stay in the registers in which the guest has them.
                unsafe extern "C" fn direct<T, F, R, $($a: WasmTy,)*>(
                    binding: *const u8,
                    $($a: $a::Register,)*
                ) -> <R::Results as WasmResults>::Register
                where
                    F: Fn($($c,)? $($a),*) -> R,
                    R: IntoResult,
                {
                    let mut result = Register::ZERO;
                    // SAFETY: as above.
                    unsafe {
                        run(binding, |f: &F, store: &mut StoreData<T>, instance| {
                            $(let $a = $a::from_raw($a.bits(), store);)*
                            let $caller = Caller { store: &mut *store, instance };
                            let results = f($($pass,)? $($a),*).into_result()?;
                            result = results.into_register(store)?;
                            Ok(())
                        });
                    }
                    result
                }
                let ty = FuncType { params: vec![$($a::TYPE),*], results: R::Results::types() };
                let code = if <($($a,)*) as WasmParams>::DIRECT && R::Results::DIRECT {
                    HostCode::Direct(direct::<T, F, R, $($a),*> as *const ())
                } else {
                    HostCode::Framed(entry::<T, F, R, $($a),*>)
                };
                HostFunc::with_code(&ty, code, Arc::new(self))
            }
        }
    };
}

into_func! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E G)
    (A B C D E G H)
    (A B C D E G H I)
    (A B C D E G H I J)
    (A B C D E G H I J K)
    (A B C D E G H I J K L)
    (A B C D E G H I J K L M)
}

impl<T> Caller<'_, T> {
    /// Everything the importing instance exports.
    pub fn exports(&self) -> Vec<Export> {
        self.instance().map(|i| i.exports(self)).unwrap_or_default()
    }
}
