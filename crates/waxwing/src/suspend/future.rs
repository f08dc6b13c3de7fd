//! Guests as futures, for any executor.
//!
//! `call_async` runs the guest in `poll`. A host function that is a future suspends the guest and leaves
//! itself behind: it is polled in the place of the call, and when it is ready the guest goes on. The
//! future of the call owns both; dropped, it drops the host's future first and then abandons the guest.

use super::{Room, RunOutput, begin, results};
use crate::func::{enter, failure, fill};
use crate::store::{StoreData, StoreMut};
use crate::{
    AsContextMut, Error, Func, Instance, InstancePre, Linker, Module, Result, TypedFunc, Val,
    WasmParams, WasmResults,
};
use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use waxwing_fiber::HostFrame;
use waxwing_vm::{
    self as vm, Cause, Failure, FuncRef, Left, Mode, Outcome, StoreContext, Token, types,
};

/// What a host function returns that is a future.
pub(super) type HostFuture<'a, R> = Pin<Box<dyn Future<Output = Result<R>> + Send + 'a>>;

/// A host function in the middle of a call.
pub(super) struct AsyncTask<T, R> {
    future: Option<HostFuture<'static, R>>,
    frame: *mut HostFrame,
    data: PhantomData<fn(T)>,
}

// SAFETY: the frame is on the stack of a suspended guest, whose owner has the task too, and goes to
// other threads only with it.
unsafe impl<T, R> Send for AsyncTask<T, R> {}

impl<T, R> AsyncTask<T, R> {
    /// # Safety
    /// The future may borrow the store: see [`HostTask::poll`]. The frame is that of a host function
    /// with results `R` of a store of data `T`.
    pub unsafe fn new(future: HostFuture<'static, R>, frame: *mut HostFrame) -> Self {
        AsyncTask { future: Some(future), frame, data: PhantomData }
    }
}

/// An [`AsyncTask`] of whatever results.
trait HostTask: Send {
    /// Polls the future; when it is ready, it is dropped and its results are written where the guest
    /// expects them.
    ///
    /// # Safety
    /// `store` is the task's store, which nobody uses but through the future, and the guest is
    /// suspended in the call that made the task.
    unsafe fn poll(&mut self, cx: &mut Context<'_>, store: *mut ()) -> Poll<Result<()>>;
}

impl<T: 'static, R: WasmResults> HostTask for AsyncTask<T, R> {
    unsafe fn poll(&mut self, cx: &mut Context<'_>, store: *mut ()) -> Poll<Result<()>> {
        let Some(future) = &mut self.future else { return Poll::Ready(Ok(())) };
        let Poll::Ready(ready) = future.as_mut().poll(cx) else { return Poll::Pending };
        self.future = None;
        // SAFETY: the future, which has borrowed the store, is gone; the rest is the caller's promise.
        let written = unsafe {
            let store = &mut *store.cast::<StoreData<T>>();
            let area = (*self.frame).ints[1] as *mut u128;
            let written = ready.and_then(|results| results.store(&mut *self.frame, area, store));
            // The guest's stack holds them from here on.
            store.vm.let_go();
            written
        };
        Poll::Ready(written)
    }
}

/// What a host function leaves behind that is a future.
pub(super) struct Task(Box<dyn HostTask>);

impl Task {
    pub fn new<T: 'static, R: WasmResults + 'static>(task: AsyncTask<T, R>) -> Task {
        Task(Box::new(task))
    }
}

/// A call that waits for its first poll.
struct Prepared {
    func: FuncRef,
    room: Box<Room>,
}

// SAFETY: addresses within a store, which goes along with them.
unsafe impl Send for Prepared {}

/// A guest that runs when it is polled.
struct Calling<'a, T, R> {
    prepared: Option<Prepared>,
    /// Dropped before the token.
    task: Option<Task>,
    token: Option<Token>,
    type_id: u32,
    context: Arc<StoreContext>,
    store: *mut StoreData<T>,
    borrows: PhantomData<&'a mut StoreData<T>>,
    results: PhantomData<fn() -> R>,
}

// SAFETY: it has borrowed the store, whose type says whether it may be sent; the rest belongs to it.
unsafe impl<T: Send, R> Send for Calling<'_, T, R> {}

impl<T, R> Drop for Calling<'_, T, R> {
    fn drop(&mut self) {
        // The host's future first: it may use the store as it ends.
        self.task = None;
        self.token = None;
        self.context.wake_on_stop(None);
    }
}

impl<T, R> Unpin for Calling<'_, T, R> {}

impl<T, R: RunOutput> Future for Calling<'_, T, R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        loop {
            if self.task.is_some() && self.poll_task(cx)?.is_pending() {
                return Poll::Pending;
            }
            match self.run()? {
                Outcome::Returned => {
                    self.token = None;
                    // SAFETY: the store is borrowed, and no task uses it.
                    let store = unsafe { &mut *self.store };
                    return Poll::Ready(results(store, self.type_id));
                }
                Outcome::Suspended(Cause::Host, token) => {
                    self.token = Some(token);
                    self.task = self.context.take_left().and_then(task);
                }
                Outcome::Suspended(Cause::TimeSlice | Cause::Fuel, token) => {
                    self.token = Some(token);
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}

/// The task that a host function has left.
fn task(left: Left) -> Option<Task> {
    left.value.open::<Task>().ok()
}

impl<T, R> Calling<'_, T, R> {
    /// Polls the host's future. Ready once the guest can go on.
    fn poll_task(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>> {
        let (Some(task), Some(token)) = (&mut self.task, &self.token) else {
            return Ok(Poll::Ready(()));
        };
        if self.context.stop_reason().is_some() {
            // The guest goes on only to end.
            self.task = None;
            return Ok(Poll::Ready(()));
        }
        let (vm, owner) = (
            // SAFETY: the store is borrowed; only the address of a part of it is made.
            unsafe { &raw mut (*self.store).vm },
            self.store.cast::<()>(),
        );
        vm::check_resume(&self.context, token).map_err(|exit| plain(*exit))?;
        // SAFETY: the guest is suspended in the call that made the task, and the store, which is
        // borrowed, is used through the task alone.
        let polled = unsafe {
            vm::in_host_call(&self.context, vm, owner, || {
                catch_unwind(AssertUnwindSafe(|| task.0.poll(cx, owner)))
            })
        };
        let failed = match polled {
            Ok(Poll::Pending) => {
                self.context.wake_on_stop(Some(cx.waker()));
                if self.context.stop_reason().is_none() {
                    return Ok(Poll::Pending);
                }
                None
            }
            Ok(Poll::Ready(Ok(()))) => None,
            // SAFETY: the store is borrowed, and the future is gone.
            Ok(Poll::Ready(Err(error))) => Some(failure(error, unsafe { &*self.store })),
            Err(panic) => Some(Failure::Panic(panic)),
        };
        self.task = None;
        if let Some(failed) = failed {
            self.context.fail(failed);
        }
        Ok(Poll::Ready(()))
    }

    /// Lets the guest begin or go on.
    fn run(&mut self) -> Result<Outcome> {
        let store = self.store;
        // SAFETY: the store is borrowed, and no task uses it; what was prepared is of the function's
        // type; the token is checked.
        let outcome = unsafe {
            match self.prepared.take() {
                Some(Prepared { func, room }) => begin(store, &func, room, Mode::Awaits),
                None => match self.token.take() {
                    Some(token) => vm::check_resume(&self.context, &token)
                        .and_then(|()| vm::resume(&raw mut (*store).vm, store.cast(), token)),
                    None => return Err(Error::msg("a call was polled after its end")),
                },
            }
        };
        // SAFETY: as above.
        outcome.map_err(|exit| Error::from_exit(*exit, unsafe { &mut *store }))
    }
}

/// An error that no guest is involved in.
fn plain(exit: vm::Exit) -> Error {
    match exit {
        vm::Exit::Trap(trap, _) => trap.into(),
        vm::Exit::Host(error, _) => Error::host(error),
        vm::Exit::Exception(..) => Error::msg("uncaught exception"),
        vm::Exit::Panic(panic) => std::panic::resume_unwind(panic),
    }
}

/// Runs a function that was prepared.
///
/// # Safety
/// The registers are filled for the function's type with values of this store, and the function is of
/// this store and returns an `R`.
async unsafe fn call<T, R: RunOutput>(
    store: &mut StoreData<T>,
    mut prepared: Prepared,
) -> Result<R> {
    let type_id = prepared.func.type_id as u32;
    let context = store.vm.context.clone();
    if context.is_running() || waxwing_fiber::is_host(prepared.func.code) {
        // A host function waits for it: it cannot be suspended.
        // SAFETY: passed on to the caller.
        unsafe { enter(store, &prepared.func, &mut prepared.room.regs)? };
        let Room { regs, area } = &*prepared.room;
        return Ok(R::read(&regs.frame, area, type_id, store));
    }
    let store = std::ptr::from_mut(store);
    let prepared = Some(prepared);
    let (task, token, borrows, results) = (None, None, PhantomData, PhantomData);
    Calling { prepared, task, token, type_id, context, store, borrows, results }.await
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// Calls it as a future, for any executor; host functions that are futures themselves may be called
    /// ([`crate::Linker::func_wrap_async`], with an example). At the end of a slice of time
    /// ([`crate::Store::set_time_slice`]) it lets other tasks run. Dropping the future abandons the
    /// guest; the store can then be used again.
    ///
    /// From within a host function it is as [`TypedFunc::call`].
    ///
    /// # Errors
    /// As for [`TypedFunc::call`].
    ///
    /// # Panics
    /// As for [`TypedFunc::call`].
    pub async fn call_async(self, mut store: impl AsContextMut, params: P) -> Result<R> {
        let StoreMut(store) = store.as_context_mut();
        let func = self.func().read(store.id);
        let mut room = Room::of(store);
        self.fill(func.vmctx, params, &mut room, store)?;
        // SAFETY: `typed` has compared the function's type with `P` and `R`.
        unsafe { call(store, Prepared { func, room }).await }
    }
}

impl Func {
    /// Calls it with values as a future; see [`TypedFunc::call_async`].
    ///
    /// # Errors
    /// As for [`Func::call`].
    ///
    /// # Panics
    /// As for [`Func::call`].
    pub async fn call_async(
        self,
        mut store: impl AsContextMut,
        params: &[Val],
    ) -> Result<Vec<Val>> {
        let StoreMut(store) = store.as_context_mut();
        let prepared = {
            let func = self.read(store.id);
            let ty = types::func_type_of(func.type_id as u32);
            crate::func::check_values("argument", &ty.params, params, store)?;
            let mut room = Room::of(store);
            room.begin(func.vmctx, true, ty.results.len());
            fill(params, &mut room.regs, store)?;
            Prepared { func, room }
        };
        // SAFETY: the registers are filled by the function's own type, with values of this store.
        unsafe { call(store, prepared).await }
    }
}

impl<T: 'static> InstancePre<T> {
    /// Makes an instance and runs its start function as a future, as [`Func::call_async`] does.
    ///
    /// # Errors
    /// As for [`InstancePre::instantiate`].
    pub async fn instantiate_async(
        &self,
        mut store: impl AsContextMut<Data = T>,
    ) -> Result<Instance> {
        let StoreMut(store) = store.as_context_mut();
        let (instance, start) = self.make(store)?;
        if let Some(start) = start {
            start.call_async(StoreMut(store), &[]).await?;
        }
        Ok(instance)
    }
}

impl<T: 'static> Linker<T> {
    /// Makes an instance and runs its start function as a future, as [`Func::call_async`] does.
    ///
    /// # Errors
    /// As for [`Linker::instantiate`].
    pub async fn instantiate_async(
        &self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<Instance> {
        let StoreMut(store) = store.as_context_mut();
        let prepared = self.instantiate_pre(StoreMut(store), module)?;
        prepared.instantiate_async(StoreMut(store)).await
    }
}

const _: () = {
    // What executors with several threads need.
    const fn sends<T: Send>() {}
    sends::<Calling<'static, (), ()>>();
    const fn carries<T: Any>() {}
    carries::<Task>();
};
