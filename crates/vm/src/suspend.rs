//! Guests that are left and go on later.
//!
//! A guest that leaves its stack leaves its frames as they are, so a suspended guest is its stack, and
//! what is here beside it:
//!
//! | suspended | by | goes on |
//! |---|---|---|
//! | behind a call of the host | the function that was called, or the end of a slice during the call | `waxwing_fiber::go_on`: the registers are on the guest's stack |
//! | at any instruction | a signal at the end of a slice | `waxwing_fiber::wake`: the registers are in [`State::room`] |
//!
//! Only an outermost run that was begun by [`crate::start`] is suspended: beneath a nested one lies a
//! host function's frame, which cannot go on later. While a guest is suspended, `depth` stays 1, so
//! that a collector goes on scanning its frames and other calls notice. It is abandoned when nobody
//! holds its token any more.
//!
//! A guest that a signal interrupted is *frozen*: it may be in the middle of anything, an allocation
//! or the check of a table's entry. Then the host neither allocates, nor collects, nor changes tables,
//! nor moves memories. It may read tables, which fills in entries that still hold their initial values:
//! with the same words that the guest would fill in itself.

use crate::context::{Fault, NOT_SETTLED, StoreContext, pending};
use crate::{Backtrace, Parcel};
use std::any::Any;
use std::cell::{Cell, RefCell, UnsafeCell};
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;
use waxwing_fiber::HostFrame;
use waxwing_module::ValType;
use waxwing_sys::{Context, Saved};

/// Why a guest is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A host function has yielded, or waits.
    Host,
    /// Its slice of time is over.
    TimeSlice,
    /// Its fuel is used up.
    Fuel,
}

/// What an open run lets host functions do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: whoever made the call expects the end of it.
    #[default]
    Whole,
    /// Yield a value to whoever made the call.
    Yields,
    /// Wait for a future that whoever made the call polls.
    Awaits,
}

/// What a host function leaves behind that suspends its guest: a value for whoever made the run, and
/// the types of what it expects in return.
#[derive(Debug, Default)]
pub struct Left {
    /// The value.
    pub value: Parcel,
    /// The types.
    pub expects: &'static [ValType],
    /// Whatever the embedding layer wants to know of the guest; it stays from one suspension to the next.
    pub note: (u64, u64),
}

impl Left {
    #[inline]
    fn clear(&mut self) {
        self.value.clear();
        self.expects = &[];
    }
}

/// What a token points to.
#[derive(Default)]
pub(crate) struct Held(UnsafeCell<Left>);

/// Who holds this may go on with a suspended guest, and has what was left for him; once nobody does, the
/// guest is abandoned. There is one for a guest: while it runs, its store has it, and keeps it for the next
/// one when it has ended.
#[derive(Default)]
pub struct Token(Arc<Held>);

// SAFETY: what is left may be sent and shared, and only who has the token uses it; the store knows of it
// weakly, and never makes another token of that.
unsafe impl Send for Token {}
// SAFETY: as above.
unsafe impl Sync for Token {}

impl Token {
    /// What a host function has left.
    #[inline]
    pub fn left(&mut self) -> &mut Left {
        // SAFETY: there is no other token for it, and this one is borrowed.
        unsafe { &mut *self.0.0.get() }
    }

    /// What was noted of the guest.
    #[inline]
    pub fn note(&self) -> (u64, u64) {
        // SAFETY: what changes it borrows the only token.
        unsafe { (*self.0.0.get()).note }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Why a guest cannot be suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The run is of another mode.
    Mode(Mode),
    /// A host function is waiting for a guest's function that it has called.
    Nested,
}

/// A suspended guest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspended {
    pub mode: Mode,
    /// Whether a signal interrupted it.
    pub by_signal: bool,
}

/// The part of a context that suspending needs.
#[derive(Default)]
pub(crate) struct State {
    /// What the outermost run allows.
    pub mode: Cell<Mode>,
    /// Why the guest is to be suspended, while it is to be left.
    pub cause: Cell<Option<Cause>>,
    pub suspended: Cell<Option<Suspended>>,
    /// The token of the guest that runs, or one for the next that needs it.
    token: RefCell<Option<Token>>,
    /// The same, wherever it is.
    known: RefCell<Weak<Held>>,
    pub slice: Cell<Option<Duration>>,
    /// A slice has ended while the guest was nested.
    pub postponed: Cell<bool>,
    /// Room for the registers of a guest that is interrupted. A signal handler writes it while the
    /// guest runs.
    room: UnsafeCell<Option<Box<Saved>>>,
    /// Whether there are registers in `room`.
    pub full: Cell<bool>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("suspended", &self.suspended).finish_non_exhaustive()
    }
}

impl State {
    /// Keeps the registers of a guest whose slice is over. Called by a signal handler that found the
    /// guest running. False if there is no room.
    pub fn save(&self, registers: &Context<'_>) -> bool {
        // SAFETY: the handler interrupted the guest, so no other code of this thread, to which the
        // room belongs, is using it.
        let room = unsafe { (*self.room.get()).as_deref_mut() };
        let saved = room.is_some_and(|room| registers.save(room));
        self.full.set(saved);
        saved
    }

    /// What was kept.
    fn saved(&self) -> Option<&Saved> {
        // SAFETY: the room is written by handlers that interrupt a guest, and by `make_room` while
        // none runs; neither happens during this borrow, which ends before the guest goes on.
        unsafe { (*self.room.get()).as_deref() }.filter(|_| self.full.get())
    }

    fn make_room(&self) {
        // SAFETY: no guest runs, so that no handler uses the room; see `saved`.
        let room = unsafe { &mut *self.room.get() };
        if room.is_none() {
            *room = Some(Box::default());
        }
    }

    /// Where a guest was when the signal interrupted it.
    pub fn place(&self) -> Option<Fault> {
        let saved = self.saved()?;
        Some(Fault { trap: None, pc: saved.pc(), fp: saved.fp(), sp: saved.sp() })
    }

    /// Makes the code that a handler has interrupted be the suspended guest.
    pub fn restore(&self, registers: &mut Context<'_>) -> bool {
        let restored = self.saved().is_some_and(|saved| registers.restore(saved));
        if restored {
            self.full.set(false);
        }
        restored
    }
}

impl StoreContext {
    /// Whether the guest that is calling the host could be suspended at the return of this call.
    ///
    /// # Errors
    /// Why it could not.
    #[inline]
    pub fn may_suspend(&self, mode: Option<Mode>) -> Result<(), Refused> {
        let open = self.suspend.mode.get();
        if open == Mode::Whole || mode.is_some_and(|mode| mode != open) {
            return Err(Refused::Mode(open));
        }
        if self.depth.get() != 1 { Err(Refused::Nested) } else { Ok(()) }
    }

    /// Suspends the guest at the return of the host function or built-in that it is calling. The last
    /// thing that this one does.
    ///
    /// # Errors
    /// If the guest cannot be suspended: it then goes on.
    #[inline]
    pub fn suspend(&self, cause: Cause) -> Result<(), Refused> {
        self.may_suspend(None)?;
        self.suspend.cause.set(Some(cause));
        // SAFETY: the meter lives as long as the context; the thread that owns it is in a host function or
        // built-in.
        unsafe { (*self.meter.get()).leaves = 1 };
        Ok(())
    }

    /// [`StoreContext::suspend`] by a host function that leaves a value for whoever made the run.
    ///
    /// # Errors
    /// As for that; then the value is not made.
    #[inline(always)]
    pub fn suspend_with<V: Any + Send>(
        &self,
        value: impl FnOnce() -> V,
        expects: &'static [ValType],
    ) -> Result<(), Refused> {
        self.suspend(Cause::Host)?;
        if self.suspend.token.borrow().is_none() {
            self.make_token();
        }
        if let Some(token) = &mut *self.suspend.token.borrow_mut() {
            let left = token.left();
            left.value.fill(value);
            left.expects = expects;
        }
        Ok(())
    }

    #[cold]
    fn make_token(&self) {
        let token = Token::default();
        self.suspend.known.replace(Arc::downgrade(&token.0));
        self.suspend.token.replace(Some(token));
    }

    /// Gives the token away, with a guest that is suspended.
    #[inline]
    pub(crate) fn take_token(&self) -> Token {
        loop {
            if let Some(token) = self.suspend.token.take() {
                return token;
            }
            self.make_token();
        }
    }

    /// Takes the token back, for a guest that goes on.
    #[inline]
    pub(crate) fn keep_token(&self, mut token: Token) {
        token.left().clear();
        let former = self.suspend.token.replace(Some(token));
        debug_assert!(former.is_none(), "there is one token for a guest");
    }

    /// Whether the guest is to be left behind its call of the host.
    #[inline]
    pub(crate) fn leaves(&self) -> bool {
        // SAFETY: the meter lives as long as the context, and this is its owner's thread, if in a handler.
        unsafe { (*self.meter.get()).leaves != 0 }
    }

    /// Whether it was to be left. It is not any more.
    #[inline]
    pub(crate) fn stay(&self) -> bool {
        // SAFETY: as above; no guest is on its stack.
        unsafe { std::mem::take(&mut (*self.meter.get()).leaves) != 0 }
    }

    /// How long runs that can be suspended go on at a time. To be called between runs.
    pub fn set_time_slice(&self, slice: Option<Duration>) {
        if slice.is_some() {
            self.suspend.make_room();
        }
        if self.suspend.slice.replace(slice).is_some() {
            self.forget_slices();
        }
    }

    /// Whether a guest is suspended. One that was abandoned is forgotten.
    pub fn is_suspended(&self) -> bool {
        if self.suspend.suspended.get().is_none() {
            return false;
        }
        let abandoned = self.suspend.known.borrow().strong_count() == 0;
        if abandoned {
            self.forget();
        }
        !abandoned
    }

    /// Whether a guest is suspended in the middle of anything: its store must be left as it is.
    pub fn is_frozen(&self) -> bool {
        self.is_suspended() && self.suspend.suspended.get().is_some_and(|s| s.by_signal)
    }

    /// Whether this is the token of the suspended guest.
    #[inline]
    pub fn is_suspended_by(&self, token: &Token) -> bool {
        let known = self.suspend.known.borrow();
        self.suspend.suspended.get().is_some()
            && std::ptr::eq(known.as_ptr(), Arc::as_ptr(&token.0))
    }

    /// The call of the host behind which the guest is suspended: a result for the guest goes there.
    #[inline]
    pub fn suspended_frame(&self) -> Option<*mut HostFrame> {
        self.suspend.suspended.get().filter(|s| !s.by_signal)?;
        // SAFETY: only this thread uses the non-atomic fields of the switch.
        let frame = unsafe { (*self.switch.get()).exit_fp };
        Some(frame.wrapping_sub(std::mem::offset_of!(HostFrame, fp)).cast::<HostFrame>().cast_mut())
    }

    /// Whether a guest is running that has called the host.
    pub fn is_running(&self) -> bool {
        self.depth.get() > 0 && !self.is_suspended()
    }

    /// A guest was just left that may go on, with the token.
    #[inline]
    pub(crate) fn keep(&self, mode: Mode) {
        self.clear(pending::SLICE);
        self.suspend.mode.set(Mode::Whole);
        let by_signal = self.suspend.full.get();
        self.suspend.suspended.set(Some(Suspended { mode, by_signal }));
    }

    /// The functions in which the suspended guest is.
    pub fn suspended_at(&self) -> Backtrace {
        crate::backtrace::capture(self, self.suspend.place())
    }

    /// Abandons the suspended guest, if there is one, whoever has its token: the store begins anew.
    pub fn abandon(&self) {
        if self.suspend.suspended.get().is_some() {
            self.forget();
        }
    }

    /// Forgets the suspended guest.
    fn forget(&self) {
        self.suspend.suspended.take();
        self.suspend.full.set(false);
        self.depth.set(0);
        // Requesters of stops do not know the thread of a suspended guest.
        self.settled.set(NOT_SETTLED);
        self.close_run();
    }

    /// The outermost run is over: nothing of it reaches the next one.
    pub(crate) fn close_run(&self) {
        self.suspend.mode.set(Mode::Whole);
        self.suspend.cause.set(None);
        if let Some(mut token) = self.suspend.token.take() {
            // A future of the host's that ends here may use the store, and begin another guest.
            token.left().clear();
            if std::ptr::eq(self.suspend.known.borrow().as_ptr(), Arc::as_ptr(&token.0)) {
                self.suspend.token.replace(Some(token));
            }
        }
        self.suspend.postponed.set(false);
        self.stay();
        self.clear(pending::SLICE);
        // SAFETY: only this thread uses the non-atomic fields of the switch, and no guest runs.
        unsafe { (*self.switch.get()).exit_fp = std::ptr::null() };
    }

    /// A guest that a slice has interrupted is stopped for good: that is where it was.
    pub(crate) fn outrank_slice(&self) {
        if let Some(place) = self.suspend.place() {
            self.fault.set(Some(self.fault.get().unwrap_or(place)));
            self.suspend.full.set(false);
        }
    }

    /// Takes pending bits back, at little cost if there are none.
    #[inline]
    pub(crate) fn clear(&self, bits: u32) {
        if self.pending().load(Ordering::Relaxed) & bits != 0 {
            self.pending().fetch_and(!bits, Ordering::Relaxed);
        }
    }

    /// The end of a slice does not suspend the guest now: a nested one goes on, and the outer one is
    /// suspended when it is reached again. Any other gets another slice.
    pub(crate) fn postpone_slice(&self) {
        if self.pending().load(Ordering::Relaxed) & pending::SLICE == 0 {
            return;
        }
        self.clear(pending::SLICE);
        if self.depth.get() > 1 {
            self.end_slice();
            self.suspend.postponed.set(true);
        } else if self.suspend.mode.get() != Mode::Whole {
            self.run_slice();
        }
    }

    /// Begins a slice, if the store has them.
    #[inline]
    pub(crate) fn run_slice(&self) {
        if let Some(slice) = self.suspend.slice.get() {
            self.begin_slice(slice);
        }
    }

    /// A nested run is over, which a slice may have ended in.
    pub(crate) fn catch_up(&self) {
        if self.depth.get() == 1 && self.suspend.postponed.take() {
            self.pending().fetch_or(pending::SLICE, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspended(context: &StoreContext) -> Token {
        let token = context.take_token();
        context.depth.set(1);
        context.keep(Mode::Yields);
        token
    }

    #[test]
    fn a_guest_is_abandoned_with_its_token_or_without() {
        let context = StoreContext::new();
        let token = suspended(&context);
        assert!(context.is_suspended() && context.is_suspended_by(&token));
        assert!(!context.is_suspended_by(&Token::default()));
        context.abandon();
        assert!(!context.is_suspended() && !context.is_suspended_by(&token));
        assert_eq!(context.depth.get(), 0);
        let token = suspended(&context);
        drop(token);
        assert!(!context.is_suspended());
        assert_eq!(context.depth.get(), 0);
        context.abandon();
    }

    #[test]
    fn only_runs_that_allow_it_are_suspended() {
        let context = StoreContext::new();
        assert_eq!(context.suspend(Cause::Fuel), Err(Refused::Mode(Mode::Whole)));
        context.suspend.mode.set(Mode::Awaits);
        context.depth.set(2);
        assert_eq!(context.suspend(Cause::Fuel), Err(Refused::Nested));
        context.depth.set(1);
        assert_eq!(
            context.may_suspend(Some(Mode::Yields)),
            Err(Refused::Mode(Mode::Awaits)),
            "nobody takes the value"
        );
        assert!(!context.leaves());
        assert_eq!(context.suspend(Cause::Fuel), Ok(()));
        assert!(context.stay() && !context.leaves());
    }
}
