//! Calls from the host into a guest, and what comes out of them.

use crate::context::{Failure, GuestStack, pending};
use crate::unwind::{self, Landing};
use crate::{Backtrace, Exit, HostBinding, StoreContext, StoreInner, backtrace, fuel, trap};
use std::sync::atomic::{Ordering, compiler_fence};
use waxwing_fiber::{ENTRY_FRAME, EnterFrame, HostFrame};
use waxwing_module::Trap;

/// Stack that a call from a host function back into the guest needs at least.
const NESTED_MIN: usize = 16 * 1024;

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
    let context: *const StoreContext = unsafe { std::sync::Arc::as_ptr(&(*store).context) };
    // SAFETY: as above.
    let ctx = unsafe { &*context };
    let switch = ctx.switch.get();
    // SAFETY: only this thread uses the non-atomic fields of the switch.
    let (host_sp, exit_fp) = unsafe { ((*switch).host_sp, (*switch).exit_fp) };
    let outermost = ctx.depth.get() == 0;
    let top = if outermost {
        waxwing_sys::ensure_signal_stack()
            .map_err(|e| Box::new(Exit::Host(e.into(), Backtrace::default())))?;
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
    let sp = (top - args) as *mut u64;
    for (i, &arg) in call.stack_args.iter().enumerate() {
        // SAFETY: `args` bytes above `sp` lie inside the guest stack, below every live frame.
        unsafe { sp.add(i).write(arg) };
    }

    let outer = (ctx.store.replace(store), ctx.owner.replace(owner));
    let outer_context = trap::CURRENT.replace(context);
    ctx.depth.set(ctx.depth.get() + 1);
    if outermost {
        ctx.stop.begin();
    } else {
        ctx.exits.borrow_mut().push(exit_fp as usize);
    }
    // The handler may look at all this as soon as the stack pointer is the guest's.
    compiler_fence(Ordering::SeqCst);
    // SAFETY: the caller vouches for code and registers; `sp` is the end of the free part of the
    // guest's stack, and the switch's fields were saved.
    let returned = unsafe { waxwing_fiber::enter(switch, call.frame, call.code, sp.cast()) };
    compiler_fence(Ordering::SeqCst);
    // SAFETY: the guest was just left, and the frame of its registers is still borrowed.
    let returned = returned || unsafe { go_on(ctx) };
    let result = if returned { Ok(()) } else { left(ctx) };
    if outermost {
        ctx.stop.end();
    } else {
        ctx.exits.borrow_mut().pop();
    }
    ctx.depth.set(ctx.depth.get() - 1);
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

/// Goes on in the handlers of exceptions, as long as the guest is left by one that has a handler.
/// Returns whether the guest returned.
///
/// # Safety
/// The guest of the latest `enter` was left, and the frame that `enter` was given is still there.
#[cold]
unsafe fn go_on(ctx: &StoreContext) -> bool {
    while let Some((exception, to)) = caught(ctx) {
        let (switch, exception) = (ctx.switch.get(), u64::from(exception));
        // SAFETY: the guest's frames are as it left them, and the artifact vouches for the handler;
        // the rest is the caller's promise.
        let returned = unsafe { waxwing_fiber::resume(switch, to.pc, to.sp, to.fp, exception) };
        compiler_fence(Ordering::SeqCst);
        if returned {
            return true;
        }
    }
    false
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

/// The end of a guest that was left, or that returned but owes fuel.
#[cold]
fn left(ctx: &StoreContext) -> Result<(), Box<Exit>> {
    let failed = ctx.fault.get().is_some() || ctx.failure.borrow().is_some();
    if !failed && ctx.stop_reason().is_none() && ctx.owes_fuel() {
        return fuel::settle(ctx);
    }
    Err(Box::new(exit(ctx)))
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
    let ctx = unsafe { &*std::sync::Arc::as_ptr(&(*store).context) };
    let outer = (ctx.store.replace(store), ctx.owner.replace(owner));
    // SAFETY: the caller vouches for the binding and the frame.
    unsafe { ((*binding).entry)(binding.cast(), frame) };
    ctx.store.set(outer.0);
    ctx.owner.set(outer.1);
    let failed = ctx.pending().load(Ordering::Relaxed) & pending::FAILED != 0;
    if failed { Err(Box::new(exit(ctx))) } else { Ok(()) }
}
