//! Finding the handler of an exception.
//!
//! The guest has left its stack through a built-in or host function, and its frames are as they
//! were. They are walked from the innermost, until one of them called from within a region that has a
//! handler: the artifact says so by return address. Frames of an outer guest, beyond those of a host
//! function, are not looked at: the exception reaches them when the host function returns.

use crate::code::{self, Code};
use crate::context::StoreContext;
use std::sync::Arc;

/// Where a guest goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Landing {
    pub pc: *const u8,
    pub sp: *mut u8,
    pub fp: *mut u8,
}

/// The innermost handler of the guest that left its stack last.
pub(crate) fn landing(ctx: &StoreContext) -> Option<Landing> {
    let stack = ctx.guest_stack().stack.clone();
    // SAFETY: only this thread uses the non-atomic fields of the switch.
    let mut frame = unsafe { (*ctx.switch.get()).exit_fp } as usize;
    loop {
        let inside =
            frame >= stack.start && frame.checked_add(16).is_some_and(|end| end <= stack.end);
        if !frame.is_multiple_of(8) || !inside {
            return None;
        }
        // SAFETY: both words lie inside the accessible guest stack, and no guest is running on it
        // at the moment.
        let (fp, return_pc) = unsafe { (*(frame as *const usize), *((frame + 8) as *const usize)) };
        // The first frame of a guest has no caller, and was called by an entry.
        if fp <= frame {
            return None;
        }
        if let Some((pc, size)) = code_of(ctx, return_pc)?.handler_at(return_pc) {
            // Not always above `frame`: who was called may have gone on, by a tail call, as a
            // function of fewer stack arguments, whose frame is then that much higher.
            let sp = fp.checked_sub(size as usize)?;
            let fits = sp >= stack.start && sp.is_multiple_of(16) && fp <= stack.end - 16;
            return fits.then_some(Landing {
                pc: pc as *const u8,
                sp: sp as *mut u8,
                fp: fp as *mut u8,
            });
        }
        frame = fp;
    }
}

/// The code that a guest of the store returns to. The last answer is tried first: frames next to each
/// other are mostly of one module.
fn code_of(ctx: &StoreContext, pc: usize) -> Option<&Code> {
    let last = ctx.last_code.get();
    // SAFETY: null, or code of an instance of this store, which holds it until it is dropped; a
    // guest of the store has just run.
    if let Some(last) = unsafe { last.as_ref() }
        && last.text().contains(&pc)
    {
        return Some(last);
    }
    let found = Arc::as_ptr(&code::at(pc)?);
    ctx.last_code.set(found);
    // SAFETY: as above: the guest's frame is in this code, so the store holds it.
    Some(unsafe { &*found })
}
