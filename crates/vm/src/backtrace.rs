//! Walking guest frames.
//!
//! Every guest function keeps a frame pointer, and the chain of frames ends with 0 where the host
//! entered. Each link is checked against the stack before it is followed.

use crate::context::{Fault, StoreContext};
use crate::framing::{Framing, framing};
use crate::{Code, code};
use std::sync::Arc;

/// Frames kept at most.
const MAX_FRAMES: usize = 1000;

/// The guest functions that were active, innermost first.
#[derive(Clone, Debug, Default)]
pub struct Backtrace {
    /// The frames.
    pub frames: Vec<Frame>,
}

/// One active function.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its module.
    pub code: Arc<Code>,
    /// Its index in the module, imported functions counted first.
    pub func: u32,
    /// Where it was, as an offset in the WebAssembly module, if that is known.
    pub offset: Option<u32>,
}

/// The frames of the store's guest, from where a fault was found, or from where the guest last left
/// its stack.
pub(crate) fn capture(ctx: &StoreContext, fault: Option<Fault>) -> Backtrace {
    let mut out = Backtrace::default();
    // SAFETY: only this thread uses the non-atomic fields of the switch.
    let last = unsafe { (*ctx.switch.get()).exit_fp } as usize;
    match fault {
        Some(fault) => {
            push(&mut out, fault.pc, true);
            let mut fp = fault.fp;
            match framing_of(&fault) {
                Framing::Own => {}
                Framing::Above(distance) => fp = fp.wrapping_add(distance),
                Framing::Callers(distance) => {
                    if let Some(return_pc) = word(ctx, fault.sp.wrapping_add(distance)) {
                        push(&mut out, return_pc, false);
                    }
                }
            }
            walk(ctx, &mut out, fp);
        }
        None => walk(ctx, &mut out, last),
    }
    for &fp in ctx.exits.borrow().iter().rev() {
        walk(ctx, &mut out, fp);
    }
    out
}

/// Where the frame is of the function that was interrupted.
fn framing_of(fault: &Fault) -> Framing {
    let pc = fault.pc;
    let start = match code::at(pc) {
        Some(code) => code.start_of(pc),
        None if waxwing_fiber::is_guests_entry(pc) => {
            use waxwing_fiber::{builtin_entry, direct_entry, fuel_entry, host_entry};
            let entries = [builtin_entry(), direct_entry(), fuel_entry(), host_entry()];
            entries.into_iter().map(|e| e as usize).filter(|&e| e <= pc).max()
        }
        None => None,
    };
    let Some(start) = start else { return Framing::Own };
    // SAFETY: the processor was about to run the instruction at `pc`, which belongs to the code that
    // begins at `start`; the code is still there.
    let code = unsafe { std::slice::from_raw_parts(start as *const u8, pc - start + 1) };
    framing(code, pc - start)
}

/// A word of the guest's stack.
fn word(ctx: &StoreContext, at: usize) -> Option<usize> {
    let stack = &ctx.guest_stack().stack;
    let inside = at >= stack.start && at.checked_add(8).is_some_and(|end| end <= stack.end);
    // SAFETY: the word lies inside the accessible guest stack, which no guest runs on now.
    (inside && at.is_multiple_of(8)).then(|| unsafe { *(at as *const usize) })
}

fn walk(ctx: &StoreContext, out: &mut Backtrace, mut fp: usize) {
    let stack = ctx.guest_stack().stack.clone();
    while out.frames.len() < MAX_FRAMES {
        // Without a guest the frame pointer is null and the stack may be empty.
        let inside = fp >= stack.start && fp.checked_add(16).is_some_and(|end| end <= stack.end);
        if !fp.is_multiple_of(8) || !inside {
            return;
        }
        // SAFETY: both words lie inside the accessible guest stack, and no guest is running on it
        // at the moment.
        let (caller, return_pc) = unsafe { (*(fp as *const usize), *((fp + 8) as *const usize)) };
        push(out, return_pc, false);
        if caller <= fp {
            return;
        }
        fp = caller;
    }
}

fn push(out: &mut Backtrace, pc: usize, exact: bool) {
    // A return address belongs to the instruction before it.
    let pc = if exact { pc } else { pc.wrapping_sub(1) };
    let Some(code) = code::at(pc) else { return };
    let room = MAX_FRAMES.saturating_sub(out.frames.len());
    let places = code.locate(pc).take(room);
    out.frames.extend(places.map(|(func, offset)| Frame { code: code.clone(), func, offset }));
}
