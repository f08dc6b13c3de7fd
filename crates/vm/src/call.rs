//! Calls from the host into a guest, and what comes out of them.

use crate::context::{Failure, GuestStack, NOT_SETTLED, pending};
use crate::stop::{Stop, barrier_is_heavy};
use crate::suspend::{Cause, Mode};
use crate::unwind::{self, Landing};
use crate::{Backtrace, Exit, HostBinding, StoreContext, StoreInner, backtrace, fuel, trap};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{Ordering, compiler_fence};
use waxwing_fiber::{Back, ENTRY_FRAME, EnterFrame, HostFrame, Left};
use waxwing_layout::abi::{FLOAT_REGS, INT_REGS};
use waxwing_module::Trap;

/// Stack that a call from a host function back into the guest needs at least.
pub(crate) const NESTED_MIN: usize = 16 * 1024;

/// A call that is about to be made.
#[derive(Debug)]
pub struct Call<'a> {
    /// The code.
    pub code: *const u8,
    /// The registers.
    pub frame: &'a mut EnterFrame,
    /// The stack arguments, padded to a multiple of 16 bytes.
    pub stack_args: &'a [u64],
    /// The stack to run on, of an instance of the store, unless the guest is on one already.
    pub stack: &'a GuestStack,
}

/// Calls a guest function of the store. The error is boxed so that a result is one register.
///
/// # Errors
/// If the guest traps or is stopped, or a host function that it calls fails or panics.
///
/// # Safety
/// `store` is valid and owned by the current thread, `owner` is what the store's host functions
/// expect, and neither is reachable through a live reference except one that these pointers were
/// made from. The call's code, registers and stack arguments fit the function's type, and its
/// references belong to this store.
#[inline]
pub unsafe fn call(
    store: *mut StoreInner,
    owner: *mut (),
    call: Call<'_>,
) -> Result<(), Box<Exit>> {
    // SAFETY: the store is valid; the context is shared and outlives the call because the store
    // holds it.
    let ctx = unsafe { &*Arc::as_ptr(&(*store).context) };
    let switch = ctx.switch.get();
    let outermost = ctx.depth.get() == 0 || begins_anew(ctx)?;
    // SAFETY: only this thread uses the switch's plain fields; an abandoned guest's are gone.
    let (host_sp, exit_fp) = unsafe { ((*switch).host_sp, (*switch).exit_fp) };
    let top = if outermost {
        settle_here(ctx)?;
        ctx.stack.set(call.stack);
        call.stack.stack.end
    } else {
        (exit_fp as usize - ENTRY_FRAME) & !15
    };
    let args = std::mem::size_of_val(call.stack_args);
    // The host's own stack is used up first when guests and host functions call each other.
    let short = waxwing_sys::stack_is_short();
    if short || top < ctx.guest_stack().stack.start + NESTED_MIN + args {
        return Err(Box::new(Exit::Trap(Trap::StackOverflow, backtrace::capture(ctx, None))));
    }
    // SAFETY: `args` bytes below `top` lie inside the guest stack, below every live frame.
    let sp = unsafe { push(top, call.stack_args) };

    let outer = (ctx.store.replace(store), ctx.owner.replace(owner));
    let outer_context = trap::CURRENT.replace(ctx);
    ctx.depth.set(ctx.depth.get() + 1);
    Stop::order();
    if !outermost {
        ctx.exits.borrow_mut().push(exit_fp as usize);
        ctx.postpone_slice();
    }
    // The handler may look at all this as soon as the stack pointer is the guest's.
    compiler_fence(Ordering::SeqCst);
    // SAFETY: the caller vouches for code and registers; `sp` is the end of the free part of the
    // guest's stack, and the switch's fields were saved.
    let back = unsafe { waxwing_fiber::enter(switch, call.frame, call.code, sp.cast()) };
    compiler_fence(Ordering::SeqCst);
    let result = if back.how == Left::Returned {
        Ok(())
    } else {
        // SAFETY: as above, and the guest has not begun, so that its registers are as they were.
        let mut go = || unsafe { waxwing_fiber::enter(switch, call.frame, call.code, sp.cast()) };
        // SAFETY: the guest was just left, and the frame of its registers is still borrowed.
        unsafe { drive(ctx, back, || Some(go())) }.and_then(|_| fuel::settle(ctx))
    };
    ctx.depth.set(ctx.depth.get() - 1);
    if !outermost {
        ctx.exits.borrow_mut().pop();
        ctx.catch_up();
    }
    trap::CURRENT.set(outer_context);
    ctx.store.set(outer.0);
    ctx.owner.set(outer.1);
    // SAFETY: as above.
    unsafe {
        (*switch).host_sp = host_sp;
        (*switch).exit_fp = exit_fp;
    }
    result
}

/// A call that needs no more than integer registers, the instance pointer in the first of them: as
/// [`call()`], but what the function returns is an integer, if it returns anything. The outermost call of a
/// store that is settled on this thread comes down to a few stores and the change of stacks.
///
/// # Errors
/// As for [`call()`].
///
/// # Safety
/// As for [`call()`]. The stack is an instance's, so that it holds what a nested call needs at least.
#[inline(always)]
pub unsafe fn call_ints(
    store: *mut StoreInner,
    owner: *mut (),
    code: *const u8,
    mut ints: [u64; INT_REGS],
    stack: &GuestStack,
) -> Result<u64, Box<Exit>> {
    // SAFETY: the store is valid; the context is shared and outlives the call because the store
    // holds it.
    let ctx = unsafe { &*Arc::as_ptr(&(*store).context) };
    let settled = ctx.settled.get() == waxwing_sys::ready_thread();
    if ctx.depth.get() != 0 || !settled || waxwing_sys::stack_is_short() {
        // Copies, here and below: what has an address is not in registers.
        let ints = ints.map(|int| int);
        // SAFETY: passed on to the caller.
        return unsafe { call_in_full(store, owner, code, &ints, stack) };
    }
    ctx.stack.set(stack);
    ctx.store.set(store);
    ctx.owner.set(owner);
    let outer_context = trap::CURRENT.replace(ctx);
    ctx.depth.set(1);
    // The handler may look at all this as soon as the stack pointer is the guest's. A store is settled only
    // where requesters of stops have the barrier that orders this and the entry's look at the pending bits.
    compiler_fence(Ordering::SeqCst);
    let (switch, sp) = (ctx.switch.get(), stack.stack.end as *mut u8);
    // SAFETY: the caller vouches for code and registers; a settled store is not metered; the stack is free,
    // since no call is open, nor the switch's fields in use.
    let back = unsafe { waxwing_fiber::enter_ints(switch, &mut ints, code, sp) };
    compiler_fence(Ordering::SeqCst);
    let result = if back.how == Left::Returned {
        Ok(back.value)
    } else {
        let ints = ints.map(|int| int);
        // SAFETY: the guest was just left; where it has not begun, its registers are as they were.
        unsafe { left_early(ctx, back, code, &ints, sp) }
    };
    // SAFETY: only this thread uses the switch's plain fields.
    unsafe { (*switch).exit_fp = std::ptr::null() };
    ctx.depth.set(0);
    trap::CURRENT.set(outer_context);
    result
}

/// [`call_ints`] where not everything is as usual.
///
/// # Safety
/// As for [`call()`].
#[cold]
#[inline(never)]
unsafe fn call_in_full(
    store: *mut StoreInner,
    owner: *mut (),
    code: *const u8,
    ints: &[u64; INT_REGS],
    stack: &GuestStack,
) -> Result<u64, Box<Exit>> {
    let floats = [MaybeUninit::uninit(); FLOAT_REGS];
    let mut frame = EnterFrame { floats, ints: *ints, uses_floats: 0, reserved: 0 };
    let inner = Call { code, frame: &mut frame, stack_args: &[], stack };
    // SAFETY: passed on to the caller.
    unsafe { call(store, owner, inner)? };
    Ok(frame.ints[0])
}

/// What becomes of a guest that was entered by [`call_ints`] and has not returned.
///
/// # Safety
/// As for [`drive`]; if the guest has not begun, `ints` are its registers.
#[cold]
#[inline(never)]
unsafe fn left_early(
    ctx: &StoreContext,
    back: Back,
    code: *const u8,
    ints: &[u64; INT_REGS],
    sp: *mut u8,
) -> Result<u64, Box<Exit>> {
    let mut ints = *ints;
    // SAFETY: as in `call_ints`.
    let mut go = || unsafe { waxwing_fiber::enter_ints(ctx.switch.get(), &mut ints, code, sp) };
    // SAFETY: passed on to the caller.
    let driven = unsafe { drive(ctx, back, || Some(go()))? };
    debug_assert!(matches!(driven, Driven::Returned(_)), "nobody could go on with it");
    Ok(if let Driven::Returned(value) = driven { value } else { 0 })
}

/// Sees to it that the current thread and the store have what an outermost call needs.
///
/// # Errors
/// If the thread has no room for handlers.
#[inline]
pub(crate) fn settle_here(ctx: &StoreContext) -> Result<(), Box<Exit>> {
    if ctx.settled.get() == waxwing_sys::ready_thread() { Ok(()) } else { settle_anew(ctx) }
}

#[cold]
fn settle_anew(ctx: &StoreContext) -> Result<(), Box<Exit>> {
    ctx.settled.set(NOT_SETTLED);
    waxwing_sys::make_thread_ready()
        .map_err(|e| Box::new(Exit::Host(e.into(), Backtrace::default())))?;
    ctx.ran.note();
    if ctx.depth.get() == 0 {
        // Who goes on with a suspended guest says so himself.
        ctx.stop.begin();
    }
    if !ctx.is_metered() && barrier_is_heavy() {
        ctx.settled.set(waxwing_sys::ready_thread());
    }
    Ok(())
}

/// Whether a call that finds others open is an outermost one after all: there was a suspended guest,
/// which was abandoned.
///
/// # Errors
/// If it was not.
#[cold]
pub(crate) fn begins_anew(ctx: &StoreContext) -> Result<bool, Box<Exit>> {
    let suspended = ctx.suspend.suspended.get().is_some();
    if ctx.is_suspended() {
        let error = "a guest of the store is suspended: resume it or drop the suspension before \
                     another call";
        return Err(Box::new(Exit::Host(error.into(), Backtrace::default())));
    }
    Ok(suspended)
}

/// Writes stack arguments below `top`; the stack pointer to enter with.
///
/// # Safety
/// There is so much accessible guest stack that nothing uses.
#[inline]
pub(crate) unsafe fn push(top: usize, args: &[u64]) -> *mut u64 {
    let sp = (top - size_of_val(args)) as *mut u64;
    for (i, &arg) in args.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { sp.add(i).write(arg) };
    }
    sp
}

/// What has become of a guest that was not left by returning at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driven {
    /// It has returned, this if it was entered by `enter_ints` and returns an integer.
    Returned(u64),
    /// It is suspended.
    Suspended(Cause),
}

/// What becomes of a guest that has not returned: it goes on in handlers of exceptions, and wherever
/// it was left for no reason that holds any more. Comes back when it has returned or is suspended.
///
/// # Safety
/// The guest of the latest `enter` was left, and the frame that `enter` was given is still there.
/// `again` enters it once more if it has not begun; none if it must have, so that there is nothing to
/// enter, and nowhere to go on either.
#[cold]
pub(crate) unsafe fn drive(
    ctx: &StoreContext,
    mut back: Back,
    mut again: impl FnMut() -> Option<Back>,
) -> Result<Driven, Box<Exit>> {
    let switch = ctx.switch.get();
    loop {
        compiler_fence(Ordering::SeqCst);
        let left = back.how;
        if matches!(left, Left::Returned | Left::Owing) {
            return Ok(Driven::Returned(back.value));
        }
        let pending = ctx.pending().load(Ordering::Relaxed);
        let stopped = ctx.fault.get().is_some() || ctx.stop_reason().is_some();
        if stopped || pending & pending::FAILED != 0 {
            ctx.outrank_slice();
            let Some((exception, to)) = caught(ctx) else { return Err(Box::new(exit(ctx))) };
            // SAFETY: the caller's promise.
            back = unsafe { land(ctx, exception, to) };
            continue;
        }
        if left == Left::Early
            && ctx.may_suspend(None).is_ok()
            && let Some(cause) = suspends(ctx, pending)
        {
            return Ok(Driven::Suspended(cause));
        }
        ctx.postpone_slice();
        back = if left == Left::NotBegun {
            let Some(back) = again() else { return Err(Box::new(exit(ctx))) };
            back
        } else {
            // SAFETY: the guest was left behind a call of the host, since no signal has found it; the
            // rest is the caller's promise.
            unsafe { waxwing_fiber::go_on(switch, (*switch).exit_fp) }
        };
    }
}

/// Why the guest is to be suspended, if it is.
fn suspends(ctx: &StoreContext, pending: u32) -> Option<Cause> {
    if ctx.suspend.full.get() {
        return Some(Cause::TimeSlice);
    }
    if ctx.stay() {
        return ctx.suspend.cause.take();
    }
    let over = pending & pending::SLICE != 0 && ctx.suspend.slice.get().is_some();
    over.then_some(Cause::TimeSlice)
}

/// Goes on in the handler of an exception.
///
/// # Safety
/// As for [`drive`].
unsafe fn land(ctx: &StoreContext, exception: u32, to: Landing) -> Back {
    let (switch, exception) = (ctx.switch.get(), u64::from(exception));
    loop {
        // SAFETY: the guest's frames are as it left them, and the artifact vouches for the handler;
        // the rest is the caller's promise.
        let back = unsafe { waxwing_fiber::resume(switch, to.pc, to.sp, to.fp, exception) };
        if back.how != Left::NotBegun || ctx.stop_reason().is_some() {
            return back;
        }
        // Nowhere could the exception be kept if it were suspended here.
        ctx.postpone_slice();
    }
}

/// The exception with which the guest was left, taken off, and its handler, if there is one. A stop
/// outranks it.
fn caught(ctx: &StoreContext) -> Option<(u32, Landing)> {
    let exception = match *ctx.failure.borrow() {
        Some(Failure::Exception(exception)) => exception,
        _ => return None,
    };
    if ctx.fault.get().is_some() || ctx.stop_reason().is_some() {
        return None;
    }
    let landing = unwind::landing(ctx)?;
    ctx.failure.take();
    ctx.pending().fetch_and(!pending::FAILED, Ordering::Relaxed);
    Some((exception, landing))
}

/// Finds out why the guest was left.
#[cold]
fn exit(ctx: &StoreContext) -> Exit {
    // A stop may come just as a failure is on its way: both are taken, so that none of them is
    // found by the next run.
    let failed = ctx.pending().fetch_and(!pending::FAILED, Ordering::Relaxed) & pending::FAILED;
    let failure = ctx.failure.take();
    if let Some(fault) = ctx.fault.take() {
        if let Some(Failure::Panic(panic)) = failure {
            return Exit::Panic(panic);
        }
        let trap = fault.trap.or_else(|| ctx.stop_reason()).unwrap_or(Trap::Killed);
        return Exit::Trap(trap, backtrace::capture(ctx, Some(fault)));
    }
    // A stop outranks what a host function said on its way out, but never a panic.
    let failure = match (failure, ctx.stop_reason()) {
        (Some(Failure::Panic(panic)), _) => return Exit::Panic(panic),
        (_, Some(trap)) => Failure::Trap(trap),
        (Some(failure), None) => failure,
        (None, None) => {
            debug_assert_eq!(failed, 0, "a failure without a reason");
            Failure::Trap(Trap::Killed)
        }
    };
    let frames = backtrace::capture(ctx, None);
    match failure {
        Failure::Trap(trap) => Exit::Trap(trap, frames),
        Failure::Host(error) => Exit::Host(error, frames),
        Failure::Exception(exception) => Exit::Exception(exception, frames),
        Failure::Panic(panic) => Exit::Panic(panic),
    }
}

/// Calls a host function of the store without a guest in between.
///
/// # Errors
/// If the function fails or panics.
///
/// # Safety
/// As for [`call`]; the binding is a host function's of this store, and the frame is filled for its
/// type, stack arguments behind it.
pub unsafe fn call_host(
    store: *mut StoreInner,
    owner: *mut (),
    binding: *const HostBinding,
    frame: *mut HostFrame,
) -> Result<(), Box<Exit>> {
    // SAFETY: the store is valid and holds the context.
    let ctx = unsafe { &*Arc::as_ptr(&(*store).context) };
    if ctx.depth.get() > 0 {
        begins_anew(ctx)?;
    }
    let outer = (ctx.store.replace(store), ctx.owner.replace(owner));
    // There is no guest that this function could suspend.
    let mode = ctx.suspend.mode.replace(Mode::Whole);
    // SAFETY: the caller vouches for the binding and the frame.
    unsafe { HostBinding::invoke(binding, frame) };
    ctx.suspend.mode.set(mode);
    ctx.store.set(outer.0);
    ctx.owner.set(outer.1);
    let failed = ctx.pending().load(Ordering::Relaxed) & pending::FAILED != 0;
    if failed { Err(Box::new(exit(ctx))) } else { Ok(()) }
}
