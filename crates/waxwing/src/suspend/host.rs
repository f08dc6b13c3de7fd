//! Host functions that suspend the guest which calls them.

use super::future::{HostFuture, Task};
use crate::func::{Args, HostFunc, run_in};
use crate::store::StoreData;
use crate::{Caller, Error, FuncType, Linker, Result, WasmParams, WasmResults};
use std::any::Any;
use std::sync::Arc;
use waxwing_fiber::HostFrame;
use waxwing_vm::{Mode, Refused, StoreContext};

/// What a host function does that may suspend its guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<R, Y> {
    /// It returns.
    Return(R),
    /// It suspends the guest and gives a value to whoever has started or resumed it
    /// ([`crate::Suspension::take_yielded`]); what the guest is resumed with is what it returns.
    Yield(Y),
}

/// The environment of a host function, with the types of its entry.
struct Env<F> {
    f: F,
    /// What the function is called, for errors.
    name: String,
}

impl<T: 'static> Linker<T> {
    /// Defines a host function that may suspend the guest which calls it: see
    /// [`crate::TypedFunc::start`] for an example. The guest must have been begun by `start`, and not
    /// from within another host function; otherwise it is an error to yield.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn func_suspend<P, R, Y>(
        &mut self,
        module: &str,
        name: &str,
        f: impl Fn(Caller<'_, T>, P) -> Result<Reply<R, Y>> + Send + Sync + 'static,
    ) -> Result<&mut Self>
    where
        P: WasmParams + 'static,
        R: WasmResults + 'static,
        Y: Any + Send,
    {
        self.host(module, name, suspending(f, format!("\"{module}\" \"{name}\"")))
    }

    /// Defines a host function that is a future: while it waits, so does the guest which calls it, and
    /// the thread does something else. The guest must have been called by `call_async`
    /// ([`crate::TypedFunc::call_async`]), and not from within another host function.
    ///
    /// ```
    /// use waxwing::{Caller, Engine, Linker, Module, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module
    ///     (import "host" "wait" (func $wait (param i32) (result i32)))
    ///     (func (export "run") (result i32)
    ///         (i32.add (call $wait (i32.const 1)) (call $wait (i32.const 2)))))"#)?;
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap_async("host", "wait", |mut caller: Caller<'_, u32>, n: i32| {
    ///     Box::new(async move {
    ///         tokio::task::yield_now().await;
    ///         *caller.data_mut() += 1;
    ///         Ok(n * 10)
    ///     })
    /// })?;
    /// let mut store = Store::new(&engine, 0);
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    /// let executor = tokio::runtime::Builder::new_current_thread().build()?;
    /// assert_eq!(executor.block_on(run.call_async(&mut store, ()))?, 30);
    /// assert_eq!(*store.data(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the name is taken.
    pub fn func_wrap_async<P, R, F>(&mut self, module: &str, name: &str, f: F) -> Result<&mut Self>
    where
        P: WasmParams + 'static,
        R: WasmResults + 'static,
        F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = Result<R>> + Send + 'a>
            + Send
            + Sync
            + 'static,
    {
        self.host(module, name, waiting(f, format!("\"{module}\" \"{name}\"")))
    }
}

fn suspending<T, P, R, Y, F>(f: F, name: String) -> HostFunc<T>
where
    T: 'static,
    P: WasmParams + 'static,
    R: WasmResults + 'static,
    Y: Any + Send,
    F: Fn(Caller<'_, T>, P) -> Result<Reply<R, Y>> + Send + Sync + 'static,
{
    unsafe extern "C" fn entry<T, P, R, Y, F>(binding: *const u8, frame: *mut HostFrame)
    where
        T: 'static,
        P: WasmParams,
        R: WasmResults,
        Y: Any + Send,
        F: Fn(Caller<'_, T>, P) -> Result<Reply<R, Y>>,
    {
        // SAFETY: this entry is installed only with an `Env<F>` for data `T`, and the frame is the
        // call's, of the types `P` and `R`.
        unsafe {
            run_in(binding, |env: &Env<F>, store: &mut StoreData<T>, instance, context| {
                let mut args = Args::new(frame, 1 + usize::from(R::COUNT > 1));
                let area = (*frame).ints[1] as *mut u128;
                let params = P::load(&mut args, store);
                match (env.f)(Caller { store: &mut *store, instance }, params)? {
                    Reply::Return(results) => {
                        let written = results.store(&mut *frame, area, store);
                        if R::OBJECTS {
                            // The guest holds them from here on.
                            store.vm.let_go();
                        }
                        written
                    }
                    Reply::Yield(value) => {
                        may_suspend(context, Mode::Yields, &env.name)?;
                        // It was asked just now.
                        let _ = context.suspend_with(|| value, R::TYPES);
                        Ok(())
                    }
                }
            });
        }
    }
    let ty = FuncType { params: P::types(), results: R::types() };
    HostFunc::with_entry(&ty, entry::<T, P, R, Y, F>, Arc::new(Env { f, name }))
}

fn waiting<T, P, R, F>(f: F, name: String) -> HostFunc<T>
where
    T: 'static,
    P: WasmParams + 'static,
    R: WasmResults + 'static,
    F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = Result<R>> + Send + 'a>
        + Send
        + Sync
        + 'static,
{
    unsafe extern "C" fn entry<T, P, R, F>(binding: *const u8, frame: *mut HostFrame)
    where
        T: 'static,
        P: WasmParams,
        R: WasmResults + 'static,
        F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = Result<R>> + Send + 'a>,
    {
        // SAFETY: as for `suspending`. The future borrows the store for longer than this call: it is
        // polled only by the run's owner, which has borrowed the store and uses it no other way until
        // the future is dropped, and which drops the future before the guest goes on or is abandoned.
        unsafe {
            run_in(binding, |env: &Env<F>, store: &mut StoreData<T>, instance, context| {
                may_suspend(context, Mode::Awaits, &env.name)?;
                let mut args = Args::new(frame, 1 + usize::from(R::COUNT > 1));
                let params = P::load(&mut args, store);
                let caller = Caller { store, instance };
                let future = Box::into_pin((env.f)(caller, params));
                let future =
                    std::mem::transmute::<HostFuture<'_, R>, HostFuture<'static, R>>(future);
                // It was asked just now.
                let _ = context.suspend_with(|| Task::new::<T, R>(future, frame), R::TYPES);
                Ok(())
            });
        }
    }
    let ty = FuncType { params: P::types(), results: R::types() };
    HostFunc::with_entry(&ty, entry::<T, P, R, F>, Arc::new(Env { f, name }))
}

/// Whether the guest that has called this host function can be suspended by it.
#[inline]
fn may_suspend(context: &StoreContext, mode: Mode, name: &str) -> Result<()> {
    context.may_suspend(Some(mode)).map_err(|refused| explain(refused, mode, name))
}

#[cold]
fn explain(refused: Refused, mode: Mode, name: &str) -> Error {
    let wants = if mode == Mode::Yields { "yields a value" } else { "is a future" };
    let why = match refused {
        Refused::Nested => {
            "its guest was called by another host function, which cannot wait: call the guest from \
             outside"
        }
        Refused::Mode(open) => match (mode, open) {
            (Mode::Yields, Mode::Awaits) => {
                "`call_async` has nobody to give it to: call the guest through `start`"
            }
            (Mode::Yields, _) => "its guest was called by `call`: call it through `start`",
            (_, Mode::Yields) => "its guest was called by `start`: call it through `call_async`",
            (..) => "its guest was called by `call`: call it through `call_async`",
        },
    };
    Error::msg(format!("the host function {name} {wants}, but {why}"))
}
