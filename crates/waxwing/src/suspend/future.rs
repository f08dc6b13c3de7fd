//! Guests as futures, for any executor.
//!
//! `call_async` runs the guest in `poll`. A host function that is a future suspends the guest and leaves
//! itself behind: it is polled in the place of the call, and when it is ready the guest goes on. The
//! future of the call owns both; dropped, it drops the host's future first and then abandons the guest.

use super::{Room, RunOutput, begin, results};
use crate::func::{ended, enter, failure, fill};
use crate::store::{StoreData, StoreMut};
use crate::{
    AsContextMut, Error, Func, Instance, InstancePre, Linker, Module, Result, TypedFunc, Val,
    WasmParams, WasmResults,
};
use std::any::Any;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use waxwing_fiber::HostFrame;
use waxwing_vm::{self as vm, Cause, Failure, FuncRef, Mode, Outcome, StoreContext, Token, types};

/// What a host function returns that is a future.
pub(super) type HostFuture<'a, R> = Pin<Box<dyn Future<Output = Result<R>> + Send + 'a>>;

/// A host function in the middle of a call, of whatever results. Small enough to stay where it is put
/// ([`waxwing_vm::Parcel`]).
pub(super) struct Task {
    /// An `Option<HostFuture<'static, R>>`.
    future: MaybeUninit<[usize; 2]>,
    frame: *mut HostFrame,
    kind: &'static Kind,
}

/// What is done with a [`Task`], by the types that it was made for.
struct Kind {
    /// # Safety
    /// As for [`Task::poll`].
    poll: unsafe fn(&mut Task, &mut Context<'_>, *mut ()) -> Poll<Result<()>>,
    /// # Safety
    /// The task's future is not used afterwards.
    end: unsafe fn(&mut Task),
}

// SAFETY: the future may be sent. The frame is on the stack of a suspended guest, whose owner has the task
// too, and goes to other threads only with it.
unsafe impl Send for Task {}

impl Drop for Task {
    fn drop(&mut self) {
        // SAFETY: nobody uses it afterwards.
        unsafe { (self.kind.end)(self) };
    }
}

/// A [`Task`] of a store of data `T`, whose results are `R`.
struct Of<T, R>(PhantomData<(T, R)>);

impl<T: 'static, R: WasmResults> Of<T, R> {
    const KIND: Kind = Kind { poll: Self::poll, end: Self::end };

    fn future(task: &mut Task) -> &mut Option<HostFuture<'static, R>> {
        const { assert!(size_of::<Option<HostFuture<'static, R>>>() == 2 * size_of::<usize>()) };
        // SAFETY: the task was made with one, by `Task::new` for the same types.
        unsafe { &mut *task.future.as_mut_ptr().cast() }
    }

    unsafe fn poll(task: &mut Task, cx: &mut Context<'_>, store: *mut ()) -> Poll<Result<()>> {
        let frame = task.frame;
        let place = Self::future(task);
        let Some(future) = place else { return Poll::Ready(Ok(())) };
        let Poll::Ready(ready) = future.as_mut().poll(cx) else { return Poll::Pending };
        *place = None;
        // SAFETY: the future, which has borrowed the store, is gone; the rest is the caller's promise.
        let written = unsafe {
            let store = &mut *store.cast::<StoreData<T>>();
            let area = (*frame).ints[1] as *mut u128;
            let written = ready.and_then(|results| results.store(&mut *frame, area, store));
            if R::OBJECTS {
                // The guest's stack holds them from here on.
                store.vm.let_go();
            }
            written
        };
        Poll::Ready(written)
    }

    unsafe fn end(task: &mut Task) {
        *Self::future(task) = None;
    }
}

impl Task {
    /// # Safety
    /// The future may borrow the store: see [`Task::poll`]. The frame is that of a host function
    /// with results `R` of a store of data `T`.
    #[inline(always)]
    pub unsafe fn new<T: 'static, R: WasmResults + 'static>(
        future: HostFuture<'static, R>,
        frame: *mut HostFrame,
    ) -> Task {
        let mut task = Task { future: MaybeUninit::uninit(), frame, kind: &Of::<T, R>::KIND };
        // SAFETY: the place is as large as an optional future, and aligned.
        unsafe {
            task.future.as_mut_ptr().cast::<Option<HostFuture<'static, R>>>().write(Some(future))
        };
        task
    }

    /// Polls the future; when it is ready, it is dropped and its results are written where the guest
    /// expects them.
    ///
    /// # Safety
    /// `store` is the task's store, which nobody uses but through the future, and the guest is
    /// suspended in the call that made the task.
    unsafe fn poll(&mut self, cx: &mut Context<'_>, store: *mut ()) -> Poll<Result<()>> {
        // SAFETY: passed on to the caller.
        unsafe { (self.kind.poll)(self, cx, store) }
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
    /// Has the host's future, while the guest waits for one.
    token: Option<Token>,
    type_id: u32,
    /// Who is woken by a stop: known to the store from the first time on that this was pending.
    waker: Option<Waker>,
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
        self.end_task();
        self.token = None;
        if self.waker.is_some() {
            self.context.wake_on_stop(None);
        }
    }
}

impl<T, R> Unpin for Calling<'_, T, R> {}

impl<T, R: RunOutput> Future for Calling<'_, T, R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        // Once: what is suspended further below is so on this thread, by this call.
        if let Some(token) = &self.token {
            vm::check_resume(&self.context, token).map_err(|exit| plain(*exit))?;
        }
        loop {
            if self.poll_task(cx)?.is_pending() {
                return Poll::Pending;
            }
            match self.run()? {
                Outcome::Returned => {
                    self.token = None;
                    // SAFETY: the store is borrowed, and no task uses it.
                    let store = unsafe { &mut *self.store };
                    return Poll::Ready(results(store, self.type_id));
                }
                Outcome::Suspended(Cause::Host, token) => self.token = Some(token),
                Outcome::Suspended(Cause::TimeSlice | Cause::Fuel, token) => {
                    self.token = Some(token);
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }
}

impl<T, R> Calling<'_, T, R> {
    /// Drops the host's future, if the guest waits for one.
    fn end_task(&mut self) {
        if let Some(token) = &mut self.token {
            token.left().value.clear();
        }
    }

    /// Polls the host's future. Ready once the guest can go on.
    fn poll_task(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>> {
        let Some(token) = &mut self.token else { return Ok(Poll::Ready(())) };
        if !token.left().value.holds::<Task>() {
            return Ok(Poll::Ready(()));
        }
        if self.context.stop_reason().is_some() {
            // The guest goes on only to end.
            self.end_task();
            return Ok(Poll::Ready(()));
        }
        let (vm, owner) = (
            // SAFETY: the store is borrowed; only the address of a part of it is made.
            unsafe { &raw mut (*self.store).vm },
            self.store.cast::<()>(),
        );
        let Some(task) = token.left().value.get_mut::<Task>() else {
            return Ok(Poll::Ready(()));
        };
        // SAFETY: the guest is suspended in the call that made the task, and the store, which is
        // borrowed, is used through the task alone.
        let polled = unsafe {
            vm::in_host_call(&self.context, vm, owner, || {
                catch_unwind(AssertUnwindSafe(|| task.poll(cx, owner)))
            })
        };
        let failed = match polled {
            Ok(Poll::Pending) => {
                self.wake_on_stop(cx.waker());
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
        self.end_task();
        if let Some(failed) = failed {
            self.context.fail(failed);
        }
        Ok(Poll::Ready(()))
    }

    /// Has stops wake a task. One that the store knows it knows until there is a stop, which the guest
    /// does not survive.
    fn wake_on_stop(&mut self, waker: &Waker) {
        if !self.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            self.waker = Some(waker.clone());
            self.context.wake_on_stop(Some(waker));
        }
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
                    Some(token) => vm::resume(&raw mut (*store).vm, store.cast(), token),
                    None => return Err(Error::msg("a call was polled after its end")),
                },
            }
        };
        match outcome {
            Ok(outcome) => Ok(outcome),
            // SAFETY: as above.
            Err(exit) => Err(ended(exit, unsafe { &mut *store })),
        }
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
    let (token, waker, borrows, results) = (None, None, PhantomData, PhantomData);
    Calling { prepared, token, type_id, waker, context, store, borrows, results }.await
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
