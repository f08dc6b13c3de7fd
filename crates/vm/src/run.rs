//! Runs of a guest that may be suspended, and go on.

use crate::call::{self, drive};
use crate::context::{GuestStack, pending};
use crate::suspend::{Cause, Mode, Suspended, Token};
use crate::{Backtrace, Exit, StoreContext, StoreInner, backtrace, fuel, trap};
use std::sync::atomic::{Ordering, compiler_fence};
use std::sync::{Arc, Weak};
use waxwing_fiber::EnterFrame;
use waxwing_module::Trap;

/// A run that is about to begin.
#[derive(Debug)]
pub struct Start<'a> {
    /// The code.
    pub code: *const u8,
    /// The registers, and where results come back.
    pub frame: *mut EnterFrame,
    /// The stack arguments, padded to a multiple of 16 bytes.
    pub stack_args: &'a [u64],
    /// The stack to run on, of an instance of the store.
    pub stack: &'a GuestStack,
    /// What the run allows.
    pub mode: Mode,
}

/// How a run was left.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It has ended: its results are in the frame that it was begun with.
    Returned,
    /// It may go on. Who has the token answers for it.
    Suspended(Cause, Token),
}

/// What the thread was doing before a run.
struct Outer {
    context: *const StoreContext,
    store: *mut StoreInner,
    owner: *mut (),
}

/// Begins a run that may be suspended.
///
/// # Errors
/// As for [`crate::call()`]; also if a guest of the store is running already.
///
/// # Safety
/// As for [`crate::call()`]. The frame, and the area for results if there are several, stay where they
/// are and are not used until the guest has returned, is abandoned, or its store is dropped.
pub unsafe fn start(
    store: *mut StoreInner,
    owner: *mut (),
    start: Start<'_>,
) -> Result<Outcome, Box<Exit>> {
    let Start { code, frame, stack_args, stack, mode } = start;
    // SAFETY: the store is valid, and holds the context, which outlives the run.
    let ctx = unsafe { &*Arc::as_ptr(&(*store).context) };
    if ctx.depth.get() > 0 && !call::begins_anew(ctx)? {
        let error = "a guest of the store is running: call from its host functions";
        return Err(Box::new(Exit::Host(error.into(), Backtrace::default())));
    }
    may_run(ctx)?;
    let args = size_of_val(stack_args);
    if stack.stack.end < stack.stack.start + call::NESTED_MIN + args {
        return Err(Box::new(Exit::Trap(Trap::StackOverflow, Backtrace::default())));
    }
    ctx.stack.set(stack);
    // SAFETY: the arguments fit, and no frame is on the stack.
    let sp = unsafe { call::push(stack.stack.end, stack_args) };
    let outer = open(ctx, store, owner, mode);
    // SAFETY: the caller vouches for code and registers; `sp` is the end of the free part of the guest's stack.
    let again = || unsafe { waxwing_fiber::enter(ctx.switch.get(), &mut *frame, code, sp.cast()) };
    let left = again();
    // SAFETY: the guest was just left, and its frame is kept.
    let left = settled(ctx, mode, unsafe { drive(ctx, left, || Some(again())) });
    close(ctx, &outer, mode, left, None)
}

/// Whether the thread can run a guest.
fn may_run(ctx: &StoreContext) -> Result<(), Box<Exit>> {
    waxwing_sys::ensure_signal_stack()
        .map_err(|e| Box::new(Exit::Host(e.into(), Backtrace::default())))?;
    if waxwing_sys::stack_is_short() {
        return Err(Box::new(Exit::Trap(Trap::StackOverflow, backtrace::capture(ctx, None))));
    }
    Ok(())
}

/// Publishes what handlers and host functions need to know.
fn open(ctx: &StoreContext, store: *mut StoreInner, owner: *mut (), mode: Mode) -> Outer {
    let outer = Outer {
        context: trap::CURRENT.replace(ctx),
        store: ctx.store.replace(store),
        owner: ctx.owner.replace(owner),
    };
    ctx.depth.set(1);
    ctx.ran.note();
    ctx.suspend.mode.set(mode);
    ctx.run_slice();
    // What an earlier slice has left behind. Not before: the earlier one may be ending at this moment, and
    // the later one has waited for that. Its own end is repeated.
    ctx.clear(pending::SLICE);
    ctx.stop.begin();
    // The handler may look at all this as soon as the stack pointer is the guest's.
    compiler_fence(Ordering::SeqCst);
    outer
}

/// The end of a guest, if it has returned, counts what it has spent. Where it would be suspended without
/// fuel, what it owes is owed by the next one.
fn settled(
    ctx: &StoreContext,
    mode: Mode,
    left: Result<Option<Cause>, Box<Exit>>,
) -> Result<Option<Cause>, Box<Exit>> {
    // SAFETY: a run is open, so that the store's pointer is valid, and no guest is running.
    let owes = || mode == Mode::Yields && unsafe { (*ctx.store()).suspends_without_fuel() };
    match left {
        Ok(None) if owes() => Ok(None),
        Ok(None) => fuel::settle(ctx).map(|()| None),
        other => other,
    }
}

/// Takes back what [`open`] has published.
fn close(
    ctx: &StoreContext,
    outer: &Outer,
    mode: Mode,
    left: Result<Option<Cause>, Box<Exit>>,
    known: Option<(Token, Weak<()>)>,
) -> Result<Outcome, Box<Exit>> {
    compiler_fence(Ordering::SeqCst);
    ctx.stop.end();
    if ctx.suspend.slice.get().is_some() {
        ctx.end_slice();
    }
    ctx.store.set(outer.store);
    ctx.owner.set(outer.owner);
    trap::CURRENT.set(outer.context);
    if let Ok(Some(cause)) = left {
        let (token, weak) = known.unwrap_or_else(|| {
            let token = Token::default();
            let weak = Arc::downgrade(&token);
            (token, weak)
        });
        ctx.keep(mode, weak);
        return Ok(Outcome::Suspended(cause, token));
    }
    ctx.depth.set(0);
    ctx.close_run();
    left.map(|_| Outcome::Returned)
}

/// Whether a suspended guest can go on here and now.
///
/// # Errors
/// Why not. The guest stays suspended.
pub fn check_resume(ctx: &StoreContext, token: &Token) -> Result<(), Box<Exit>> {
    if !ctx.is_suspended_by(token) {
        let error = "the suspension is not that of the store's guest: resume it with the store in \
                     which it was started";
        return Err(Box::new(Exit::Host(error.into(), Backtrace::default())));
    }
    may_run(ctx)
}

/// Goes on with the suspended guest, on whatever thread. What a host function gives it was written to
/// [`StoreContext::suspended_frame`]; a failure of it was set by [`StoreContext::fail`].
///
/// # Errors
/// As for [`crate::call()`].
///
/// # Safety
/// As for [`crate::call()`]; [`check_resume`] has just said that it can go on.
pub unsafe fn resume(
    store: *mut StoreInner,
    owner: *mut (),
    token: Token,
) -> Result<Outcome, Box<Exit>> {
    // SAFETY: the store is valid, and holds the context, which outlives the run.
    let ctx = unsafe { &*Arc::as_ptr(&(*store).context) };
    let Some(Suspended { token: weak, mode, by_signal }) = ctx.suspend.suspended.take() else {
        return Err(Box::new(Exit::Host("no guest is suspended".into(), Backtrace::default())));
    };
    let outer = open(ctx, store, owner, mode);
    let switch = ctx.switch.get();
    // SAFETY: the guest's stack and frame are as they were, since nothing has run in the store; the
    // handler has what `wake` needs.
    let left = unsafe {
        if by_signal {
            waxwing_fiber::wake(switch)
        } else {
            waxwing_fiber::go_on(switch, (*switch).exit_fp)
        }
    };
    // SAFETY: the guest was just left, and its frame is kept. It had begun.
    let left = settled(ctx, mode, unsafe { drive(ctx, left, || None) });
    close(ctx, &outer, mode, left, Some((token, weak)))
}

/// Does something in the place of the host function that the suspended guest waits for. Calls into
/// guests of the store are nested ones then.
///
/// # Safety
/// As for [`crate::call()`], of which the store's context is; the store itself is not touched but by
/// `act`. [`check_resume`] has just said that the guest can go on.
pub unsafe fn in_host_call<R>(
    ctx: &StoreContext,
    store: *mut StoreInner,
    owner: *mut (),
    act: impl FnOnce() -> R,
) -> R {
    struct Back<'a>(&'a StoreContext, Option<Suspended>, (*mut StoreInner, *mut ()));
    impl Drop for Back<'_> {
        fn drop(&mut self) {
            let Back(ctx, suspended, (store, owner)) = self;
            ctx.stop.end();
            ctx.store.set(*store);
            ctx.owner.set(*owner);
            *ctx.suspend.suspended.borrow_mut() = suspended.take();
        }
    }
    let outer = (ctx.store.replace(store), ctx.owner.replace(owner));
    let _back = Back(ctx, ctx.suspend.suspended.take(), outer);
    // Nested runs are stopped like others.
    ctx.stop.begin();
    act()
}
