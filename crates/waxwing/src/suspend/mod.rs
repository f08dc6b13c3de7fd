//! Guests that are suspended and go on later: begun by `start`, they come back as a [`Run`] that has
//! ended, or as a [`Suspension`].
//!
//! A suspended guest owns its store: until it is resumed or abandoned, by dropping its suspension,
//! other calls into the store are errors. Store and suspension may go to another thread and go on
//! there.

mod future;
mod host;

pub use host::Reply;

use crate::func::{Regs, all_match, ended, enter, fill, result};
use crate::store::{StoreData, StoreId, StoreMut};
use crate::{
    AsContext, AsContextMut, Error, Func, Result, TypedFunc, Val, ValType, WasmBacktrace,
    WasmParams, WasmResults,
};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use waxwing_fiber::EnterFrame;
use waxwing_vm::{
    self as vm, Cause, FuncRef, Instance as VmInstance, Mode, Outcome, Start, Token, types,
};

/// What came of running a guest for a while.
#[derive(Debug)]
#[must_use = "a suspension that is dropped abandons its guest"]
pub enum Run<R> {
    /// The guest has returned.
    Done(R),
    /// The guest can go on.
    Suspended(Suspension<R>),
}

/// Why a guest is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A host function has yielded a value, and expects its results for it.
    Yielded,
    /// Its slice of time is over ([`crate::Store::set_time_slice`]).
    TimeSlice,
    /// Its fuel is used up.
    Fuel,
}

/// A guest that can go on, and will return an `R`. Dropping it abandons the guest: the store can be
/// used again, as after a trap.
#[must_use = "a suspension that is dropped abandons its guest"]
pub struct Suspension<R> {
    // And nothing else: what is known of the guest is noted there, since moves of more than a word cost.
    token: Token,
    results: PhantomData<fn() -> R>,
}

/// A guest did not go on, or ended otherwise than by returning. Turns into an [`Error`] by `?`, and
/// then abandons a guest that could still go on.
pub struct ResumeError<R> {
    error: Error,
    suspension: Option<Suspension<R>>,
}

/// What a run can return: the results of a [`TypedFunc`], or the values of a [`Func`].
pub trait RunOutput: Sized {
    #[doc(hidden)]
    fn read<T>(frame: &EnterFrame, area: &[u128], type_id: u32, store: &mut StoreData<T>) -> Self;
}

impl<R: WasmResults> RunOutput for R {
    fn read<T>(frame: &EnterFrame, area: &[u128], _: u32, store: &mut StoreData<T>) -> R {
        R::load(frame, area, store)
    }
}

impl RunOutput for Vec<Val> {
    fn read<T>(frame: &EnterFrame, area: &[u128], type_id: u32, store: &mut StoreData<T>) -> Self {
        let ty = types::func_type_of(type_id);
        let results = ty.results.iter().enumerate();
        results.map(|(i, &ty)| result(i, ty, frame, area, store)).collect()
    }
}

impl<R: RunOutput> Run<R> {
    /// The results, if the guest has returned.
    pub fn done(self) -> Option<R> {
        if let Run::Done(results) = self { Some(results) } else { None }
    }

    /// The guest, if it can go on.
    pub fn suspended(self) -> Option<Suspension<R>> {
        if let Run::Suspended(suspension) = self { Some(suspension) } else { None }
    }
}

impl<P: WasmParams, R: WasmResults> TypedFunc<P, R> {
    /// Calls it, until it returns or is suspended: by a host function that yields
    /// ([`crate::Linker::func_suspend`]), or by the end of its slice of time
    /// ([`crate::Store::set_time_slice`]). From within a host function it is as [`TypedFunc::call`].
    ///
    /// ```
    /// use waxwing::{Caller, Engine, Linker, Module, Reply, Run, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module
    ///     (import "host" "ask" (func $ask (param i32) (result i32)))
    ///     (func (export "run") (result i32)
    ///         (i32.mul (call $ask (i32.const 6)) (call $ask (i32.const 7)))))"#)?;
    /// let mut linker = Linker::new(&engine);
    /// linker.func_suspend("host", "ask", |_: Caller<'_, ()>, n: i32| {
    ///     Ok(Reply::<i32, String>::Yield(format!("what is {n}?")))
    /// })?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    ///
    /// let mut state = run.start(&mut store, ())?;
    /// let product = loop {
    ///     match state {
    ///         Run::Done(product) => break product,
    ///         Run::Suspended(mut guest) => {
    ///             let question: String = guest.take_yielded().expect("a string");
    ///             let answer = if question == "what is 6?" { 60 } else { 70 };
    ///             state = guest.resume_with(&mut store, answer)?;
    ///         }
    ///     }
    /// };
    /// assert_eq!(product, 4200);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`TypedFunc::call`].
    ///
    /// # Panics
    /// As for [`TypedFunc::call`].
    pub fn start(&self, mut store: impl AsContextMut, params: P) -> Result<Run<R>> {
        let StoreMut(store) = store.as_context_mut();
        let func = self.func().read(store.id);
        let mut room = Room::of(store);
        self.fill(func.vmctx, params, &mut room, store)?;
        // SAFETY: `typed` has compared the function's type with `P` and `R`.
        unsafe { start(store, &func, room) }
    }
}

impl Func {
    /// Calls it with values, until it returns or is suspended; see [`TypedFunc::start`].
    ///
    /// # Errors
    /// As for [`Func::call`].
    ///
    /// # Panics
    /// As for [`Func::call`].
    pub fn start(&self, mut store: impl AsContextMut, params: &[Val]) -> Result<Run<Vec<Val>>> {
        let StoreMut(store) = store.as_context_mut();
        let func = self.read(store.id);
        let ty = types::func_type_of(func.type_id as u32);
        crate::func::check_values("argument", &ty.params, params, store)?;
        let mut room = Room::of(store);
        room.begin(func.vmctx, true, ty.results.len());
        fill(params, &mut room.regs, store)?;
        // SAFETY: the registers are filled by the function's own type, with values of this store.
        unsafe { start(store, &func, room) }
    }
}

/// Begins a run.
///
/// # Safety
/// The registers are filled for the function's type with values of this store, and the function is of
/// this store and returns an `R`.
unsafe fn start<T, R: RunOutput>(
    store: &mut StoreData<T>,
    func: &FuncRef,
    mut room: Box<Room>,
) -> Result<Run<R>> {
    let type_id = func.type_id as u32;
    if store.vm.context.is_running() || waxwing_fiber::is_host(func.code) {
        // SAFETY: passed on to the caller.
        unsafe { enter(store, func, &mut room.regs)? };
        return Ok(Run::Done(R::read(&room.regs.frame, &room.area, type_id, store)));
    }
    let owner = store.owner();
    // SAFETY: the caller's promise; `owner` is where this store is.
    let outcome = unsafe { begin(owner.cast::<StoreData<T>>(), func, room, Mode::Yields) };
    match outcome {
        Ok(outcome) => finish(store, outcome, type_id),
        Err(exit) => Err(ended(exit, store)),
    }
}

/// Begins an outermost run of a guest's function.
///
/// # Safety
/// As for [`start`]; the store is valid and nobody else uses it.
unsafe fn begin<T>(
    store: *mut StoreData<T>,
    func: &FuncRef,
    room: Box<Room>,
    mode: Mode,
) -> std::result::Result<Outcome, Box<vm::Exit>> {
    // SAFETY: the reference is a guest's, so its `vmctx` belongs to a live instance.
    let stack = unsafe { (*VmInstance::at(func.vmctx)).stack() };
    // SAFETY: the caller's promise. The room stays where it is until the next run, and nothing else
    // uses it.
    unsafe {
        let kept = &mut *(*store).room.insert(room);
        let (frame, stack_args) = (&raw mut kept.regs.frame, kept.regs.stack.finish());
        let start = Start { code: func.code, frame, stack_args, stack, mode };
        vm::start(&raw mut (*store).vm, store.cast(), start)
    }
}

/// What an outcome means to the embedder.
#[inline]
fn finish<T, R: RunOutput>(
    store: &mut StoreData<T>,
    outcome: Outcome,
    type_id: u32,
) -> Result<Run<R>> {
    match outcome {
        Outcome::Returned => Ok(Run::Done(results(store, type_id)?)),
        Outcome::Suspended(cause, mut token) => {
            let reason = match cause {
                Cause::Host => Reason::Yielded,
                Cause::TimeSlice => Reason::TimeSlice,
                Cause::Fuel => Reason::Fuel,
            };
            token.left().note = (store.id.number(), u64::from(type_id) << 8 | reason as u64);
            Ok(Run::Suspended(Suspension { token, results: PhantomData }))
        }
    }
}

/// The results of a run that has returned.
fn results<T, R: RunOutput>(store: &mut StoreData<T>, type_id: u32) -> Result<R> {
    let room = store.room.take().ok_or_else(|| Error::msg("the run has no results"))?;
    let results = R::read(&room.regs.frame, &room.area, type_id, store);
    store.room = Some(room);
    Ok(results)
}

/// What a run is begun with, and where its results come back. It stays where it is while the guest is
/// suspended, since the guest knows its address; a store keeps one from run to run.
pub(crate) struct Room {
    pub regs: Regs,
    pub area: Vec<u128>,
}

// SAFETY: addresses within a store, which goes along with them.
unsafe impl Send for Room {}
// SAFETY: nothing is done with a shared one.
unsafe impl Sync for Room {}

impl Room {
    /// The store's, unless it is in use; then a new one.
    fn of<T>(store: &mut StoreData<T>) -> Box<Room> {
        let context = &store.vm.context;
        let free = !context.is_running() && !context.is_suspended();
        let kept = if free { store.room.take() } else { None };
        kept.unwrap_or_else(|| {
            Box::new(Room { regs: Regs::new(std::ptr::null_mut(), false), area: Vec::new() })
        })
    }

    /// Begins to be filled for a function with so many results.
    pub fn begin(&mut self, vmctx: *mut u8, uses_floats: bool, results: usize) {
        self.regs.begin(vmctx, uses_floats);
        self.area.clear();
        if results > 1 {
            self.area.resize(results, 0);
            self.regs.push_int(self.area.as_mut_ptr() as u64);
        }
    }
}

impl<R> Suspension<R> {
    /// Why the guest is suspended.
    pub fn reason(&self) -> Reason {
        const { assert!(Reason::Yielded as u8 == 0 && Reason::TimeSlice as u8 == 1) };
        match self.token.note().1 as u8 {
            0 => Reason::Yielded,
            1 => Reason::TimeSlice,
            _ => Reason::Fuel,
        }
    }

    /// The store, by number.
    #[inline]
    fn store(&self) -> StoreId {
        StoreId::of(self.token.note().0)
    }

    /// The word of the type of the function that was called.
    #[inline]
    fn type_id(&self) -> u32 {
        (self.token.note().1 >> 8) as u32
    }
}

impl<R: RunOutput> Suspension<R> {
    /// The value that a host function has yielded, once, if it is of this type.
    #[inline]
    pub fn take_yielded<Y: Any + Send>(&mut self) -> Option<Y> {
        self.token.left().value.take::<Y>()
    }

    /// Where the guest is: its functions, innermost first.
    ///
    /// # Panics
    /// If the store is another one.
    pub fn backtrace(&self, store: impl AsContext) -> WasmBacktrace {
        let store = store.as_context().0;
        self.store().check(store.id);
        WasmBacktrace::new(&store.vm.context.suspended_at())
    }

    /// Goes on, where no value is expected: after a slice of time, or in a host function that returns
    /// nothing.
    ///
    /// # Errors
    /// As for [`Suspension::resume_with`].
    ///
    /// # Panics
    /// As for [`Suspension::resume_with`].
    pub fn resume(self, store: impl AsContextMut) -> std::result::Result<Run<R>, ResumeError<R>> {
        self.resume_with(store, ())
    }

    /// Goes on: the host function that has yielded returns this.
    ///
    /// # Errors
    /// If the host function returns values of other types, or the thread has no room for a guest: the
    /// error gives the suspension back. Also as for [`TypedFunc::call`].
    ///
    /// # Panics
    /// If the store is another one, or a host function panics.
    #[inline]
    pub fn resume_with<V: WasmResults>(
        mut self,
        mut store: impl AsContextMut,
        value: V,
    ) -> std::result::Result<Run<R>, ResumeError<R>> {
        let StoreMut(store) = store.as_context_mut();
        if let Err(error) = self.fits::<V>().and_then(|()| self.check(store)) {
            return Err(ResumeError { error, suspension: Some(self) });
        }
        if let Some(frame) = store.vm.context.suspended_frame().filter(|_| V::COUNT > 0) {
            // SAFETY: the guest is suspended behind a call of a host function with these results, whose
            // frame this is, and the second integer register is the area if there are several.
            let written = unsafe {
                let area = (*frame).ints[1] as *mut u128;
                value.store(&mut *frame, area, store)
            };
            if V::OBJECTS {
                // The guest's stack holds them from here on.
                store.vm.let_go();
            }
            if let Err(error) = written {
                return Err(ResumeError { error, suspension: Some(self) });
            }
        }
        self.go_on(store)
    }

    /// Whether the host function that has yielded returns values of these types.
    #[inline]
    fn fits<V: WasmResults>(&mut self) -> Result<()> {
        let expects = self.token.left().expects;
        // Mostly they are the same list.
        if std::ptr::eq(V::TYPES, expects) || all_match(V::TYPES, expects) {
            return Ok(());
        }
        Err(self.misfit(V::TYPES, expects))
    }

    #[cold]
    fn misfit(&self, have: &[ValType], expects: &[ValType]) -> Error {
        let text = |types: &[ValType]| {
            let list: Vec<String> = types.iter().map(ToString::to_string).collect();
            format!("({})", list.join(" "))
        };
        Error::msg(format!(
            "the guest cannot go on with {}: {} {}",
            text(have),
            match self.reason() {
                Reason::Yielded => "the host function that has yielded returns",
                Reason::TimeSlice | Reason::Fuel => "it was interrupted, and expects",
            },
            text(expects)
        ))
    }

    #[inline]
    fn check<T>(&self, store: &mut StoreData<T>) -> Result<()> {
        self.store().check(store.id);
        match vm::check_resume(&store.vm.context, &self.token) {
            Ok(()) => Ok(()),
            Err(exit) => Err(ended(exit, store)),
        }
    }

    /// Goes on, once everything is in its place.
    #[inline]
    fn go_on<T>(self, store: &mut StoreData<T>) -> std::result::Result<Run<R>, ResumeError<R>> {
        let (owner, type_id) = (store.owner(), self.type_id());
        // SAFETY: `owner` is where this store is, `vm` its engine part; the token was checked, and the
        // guest has what it waits for.
        let outcome = unsafe {
            let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
            vm::resume(vm, owner, self.token)
        };
        match outcome {
            Ok(outcome) => Ok(finish(store, outcome, type_id)?),
            Err(exit) => Err(ended(exit, store).into()),
        }
    }
}

impl<R> ResumeError<R> {
    /// What went wrong.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What went wrong, and the guest, if it can still go on.
    pub fn into_parts(self) -> (Error, Option<Suspension<R>>) {
        (self.error, self.suspension)
    }
}

impl<R> From<Error> for ResumeError<R> {
    fn from(error: Error) -> Self {
        ResumeError { error, suspension: None }
    }
}

impl<R> From<ResumeError<R>> for Error {
    fn from(error: ResumeError<R>) -> Error {
        error.error
    }
}

impl<R> fmt::Display for ResumeError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<R> fmt::Debug for ResumeError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}

impl<R> fmt::Debug for Suspension<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspension").field("reason", &self.reason()).finish_non_exhaustive()
    }
}
