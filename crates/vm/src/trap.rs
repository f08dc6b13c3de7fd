//! The engine's part of the signal handler.
//!
//! A signal is ours only if the thread's stack pointer is on the stack of the guest that the thread
//! runs, which no host code can be. A fault also needs an instruction that may fault and an address
//! that is the guest's. Everything else is handed on.

use crate::code;
use crate::context::{Fault as Record, StoreContext, pending};
use std::cell::Cell;
use std::sync::atomic::Ordering;
use waxwing_module::Trap;
use waxwing_sys::{Context, Fault};

/// Below this address nothing is ever mapped: an access there is one through a null `funcref`.
const NULL_PAGE: usize = 4096;

thread_local! {
    /// The context whose guest this thread runs; null if none.
    pub(crate) static CURRENT: Cell<*const StoreContext> = const { Cell::new(std::ptr::null()) };
}

/// Installs the handler; to be called before any guest code runs.
///
/// # Errors
/// If the system refuses.
pub fn install() -> std::io::Result<()> {
    waxwing_sys::install(handle)
}

fn handle(fault: Fault, registers: &mut Context<'_>) -> bool {
    let context = CURRENT.get();
    if context.is_null() {
        return false;
    }
    // SAFETY: `call` sets the pointer to a live context and takes it back before the context ends.
    let ctx = unsafe { &*context };
    if fault == Fault::Illegal && registers.pc() == waxwing_fiber::wake_at() {
        return wake(ctx, registers);
    }
    let sp = registers.sp();
    let stack = ctx.guest_stack();
    if sp < stack.guard.start || sp > stack.stack.end {
        return false;
    }
    let pc = registers.pc();
    let on_the_way = || code::is_guest(pc) || waxwing_fiber::is_entry(pc);
    let trap = match fault {
        Fault::Stop if ctx.stop_reason().is_some() && on_the_way() => None,
        Fault::Stop if ctx.slice_is_over() && on_the_way() => {
            freeze(ctx, registers);
            return true;
        }
        Fault::Segv { address } if stack.guard.contains(&address) && on_the_way() => {
            Some(Trap::StackOverflow)
        }
        Fault::Segv { address } if ctx.owns(address) || address < NULL_PAGE => code::trap_at(pc),
        Fault::Bus { address } if ctx.owns(address) || code::is_guest(address) => {
            Some(Trap::BusError)
        }
        Fault::Illegal | Fault::Arithmetic => code::trap_at(pc),
        _ => return false,
    };
    if trap.is_none() && fault != Fault::Stop {
        return false;
    }
    if ctx.is_metered() {
        // The stack pointer is on the guest's stack.
        ctx.set_counter(registers.fuel() as i64);
    }
    // A second stop may find the guest on its way out already: the first one knows where it was.
    if ctx.fault.get().is_none() {
        ctx.fault.set(Some(Record { trap, pc, fp: registers.fp(), sp }));
    }
    registers.redirect(waxwing_fiber::unwind_entry() as usize, context as usize);
    true
}

/// A guest is to be suspended where it is, if it can be there. On the way to it, and from it, there is more
/// than its registers and its stack: then either the entry looks at the bit, or the signal that is
/// repeated finds the guest.
fn freeze(ctx: &StoreContext, registers: &mut Context<'_>) {
    let pc = registers.pc();
    let whole = code::is_guest(pc) || waxwing_fiber::is_guests_entry(pc);
    if !whole || !ctx.suspend.save(registers) {
        return;
    }
    if ctx.is_metered() {
        ctx.set_counter(registers.fuel() as i64);
    }
    let context = std::ptr::from_ref(ctx) as usize;
    registers.redirect(waxwing_fiber::unwind_entry() as usize, context);
}

/// A suspended guest is to go on, unless it has been stopped meanwhile.
fn wake(ctx: &StoreContext, registers: &mut Context<'_>) -> bool {
    let stopped = ctx.stop_reason().is_some();
    if stopped || !ctx.suspend.restore(registers) {
        // Of a thread whose frames cannot hold the guest's registers it is as good as killed.
        let trap = (!stopped).then_some(Trap::Killed);
        let place = ctx.suspend.place().unwrap_or(Record { trap, pc: 0, fp: 0, sp: 0 });
        ctx.fault.set(Some(Record { trap, ..place }));
        ctx.suspend.full.set(false);
        let context = std::ptr::from_ref(ctx) as usize;
        registers.redirect(waxwing_fiber::unwind_entry() as usize, context);
    } else if ctx.is_metered() {
        // The host may have changed it.
        registers.set_fuel(ctx.counter() as usize);
    }
    true
}

impl StoreContext {
    /// Whether a guest that is found running is to be suspended where it is. On its way out, for
    /// whatever reason, it is not: it will be where that reason leads.
    fn slice_is_over(&self) -> bool {
        let bits = self.pending().load(Ordering::Relaxed);
        bits & pending::SLICE != 0
            && bits & pending::FAILED == 0
            && !self.leaves()
            && self.may_suspend(None).is_ok()
            && self.fault.get().is_none()
            && self.suspend.slice.get().is_some()
            && !self.suspend.full.get()
    }
}
