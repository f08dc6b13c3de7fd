//! Runs of a guest that may be suspended, and go on.

use crate::call::{self, Driven, drive, settle_here};
use crate::context::{GuestStack, NOT_SETTLED, pending};
use crate::stop::Stop;
use crate::suspend::{Cause, Mode, Suspended, Token};
use crate::{Backtrace, Exit, StoreContext, StoreInner, backtrace, fuel, trap};
use std::sync::Arc;
use std::sync::atomic::{Ordering, compiler_fence};
use waxwing_fiber::{Back, EnterFrame, Left};
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
#[derive(Debug)]
pub enum Outcome {
    /// It has ended: its results are in the frame that it was begun with.
    Returned,
    /// It may go on. Who has the token answers for it.
    Suspended(Cause, Token),
}

/// Begins a run that may be suspended.
///
/// # Errors
/// As for [`crate::call()`]; also if a guest of the store is running already.
///
/// # Safety
/// As for [`crate::call()`]. The frame, and the area for results if there are several, stay where they
/// are and are not used until the guest has returned, is abandoned, or its store is dropped.
#[inline]
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
    let back = again();
    if left_by_host(ctx, back) {
        return Ok(suspended(ctx, outer, mode));
    }
    // SAFETY: the guest was just left, and its frame is kept.
    let left = settled(ctx, mode, unsafe { drive(ctx, back, || Some(again())) });
    close(ctx, outer, mode, left)
}

/// Whether a guest was left because a host function has suspended it, and for nothing else, as mostly.
#[inline]
fn left_by_host(ctx: &StoreContext, back: Back) -> bool {
    back.how == Left::Early && ctx.leaves() && ctx.pending().load(Ordering::Relaxed) == 0
}

/// The end of a run that goes on later, where [`left_by_host`] has said so.
#[inline]
fn suspended(ctx: &StoreContext, outer: *const StoreContext, mode: Mode) -> Outcome {
    compiler_fence(Ordering::SeqCst);
    ctx.stay();
    let cause = ctx.suspend.cause.take().unwrap_or(Cause::Host);
    close_suspended(ctx, outer, mode, cause)
}

/// Whether the thread can run a guest.
#[inline]
fn may_run(ctx: &StoreContext) -> Result<(), Box<Exit>> {
    if waxwing_sys::stack_is_short() {
        return Err(Box::new(Exit::Trap(Trap::StackOverflow, backtrace::capture(ctx, None))));
    }
    settle_here(ctx)
}

/// Publishes what handlers and host functions need to know.
/// Gives back whose guest the thread ran.
#[inline]
fn open(
    ctx: &StoreContext,
    store: *mut StoreInner,
    owner: *mut (),
    mode: Mode,
) -> *const StoreContext {
    let outer = trap::CURRENT.replace(ctx);
    ctx.store.set(store);
    ctx.owner.set(owner);
    ctx.suspend.mode.set(mode);
    ctx.run_slice();
    // What an earlier slice has left behind. Not before: the earlier one may be ending at this moment, and
    // the later one has waited for that. Its own end is repeated.
    ctx.clear(pending::SLICE);
    ctx.depth.set(1);
    if ctx.settled.get() == NOT_SETTLED {
        Stop::order();
    }
    // The handler may look at all this as soon as the stack pointer is the guest's.
    compiler_fence(Ordering::SeqCst);
    outer
}

/// The end of a guest, if it has returned, counts what it has spent. Where it would be suspended without
/// fuel, what it owes is owed by the next one.
fn settled(
    ctx: &StoreContext,
    mode: Mode,
    left: Result<Driven, Box<Exit>>,
) -> Result<Option<Cause>, Box<Exit>> {
    // SAFETY: a run is open, so that the store's pointer is valid, and no guest is running.
    let owes = || mode == Mode::Yields && unsafe { (*ctx.store()).suspends_without_fuel() };
    match left {
        Ok(Driven::Returned(_)) if owes() => Ok(None),
        Ok(Driven::Returned(_)) => fuel::settle(ctx).map(|()| None),
        Ok(Driven::Suspended(cause)) => Ok(Some(cause)),
        Err(exit) => Err(exit),
    }
}

/// Takes back what [`open`] has published.
fn close(
    ctx: &StoreContext,
    outer: *const StoreContext,
    mode: Mode,
    left: Result<Option<Cause>, Box<Exit>>,
) -> Result<Outcome, Box<Exit>> {
    compiler_fence(Ordering::SeqCst);
    if let Ok(Some(cause)) = left {
        return Ok(close_suspended(ctx, outer, mode, cause));
    }
    if ctx.suspend.slice.get().is_some() {
        ctx.end_slice();
    }
    trap::CURRENT.set(outer);
    ctx.depth.set(0);
    ctx.close_run();
    left.map(|_| Outcome::Returned)
}

/// [`close`] of a guest that goes on later.
#[inline]
fn close_suspended(
    ctx: &StoreContext,
    outer: *const StoreContext,
    mode: Mode,
    cause: Cause,
) -> Outcome {
    if ctx.suspend.slice.get().is_some() {
        ctx.end_slice();
    }
    trap::CURRENT.set(outer);
    ctx.stop.end();
    ctx.keep(mode);
    Outcome::Suspended(cause, ctx.take_token())
}

/// Whether a suspended guest can go on here and now.
///
/// # Errors
/// Why not. The guest stays suspended.
#[inline]
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
#[inline]
pub unsafe fn resume(
    store: *mut StoreInner,
    owner: *mut (),
    token: Token,
) -> Result<Outcome, Box<Exit>> {
    // SAFETY: the store is valid, and holds the context, which outlives the run.
    let ctx = unsafe { &*Arc::as_ptr(&(*store).context) };
    let Some(Suspended { mode, by_signal }) = ctx.suspend.suspended.take() else {
        return Err(Box::new(Exit::Host("no guest is suspended".into(), Backtrace::default())));
    };
    ctx.keep_token(token);
    ctx.stop.begin();
    let outer = open(ctx, store, owner, mode);
    let switch = ctx.switch.get();
    // SAFETY: the guest's stack and frame are as they were, since nothing has run in the store; the
    // handler has what `wake` needs.
    let back = unsafe {
        if by_signal {
            waxwing_fiber::wake(switch)
        } else {
            waxwing_fiber::go_on(switch, (*switch).exit_fp)
        }
    };
    if left_by_host(ctx, back) {
        return Ok(suspended(ctx, outer, mode));
    }
    // SAFETY: the guest was just left, and its frame is kept. It had begun.
    let left = settled(ctx, mode, unsafe { drive(ctx, back, || None) });
    close(ctx, outer, mode, left)
}

/// Does something in the place of the host function that the suspended guest waits for. Calls into
/// guests of the store are nested ones then.
///
/// # Safety
/// As for [`crate::call()`], of which the store's context is; the store itself is not touched but by
/// `act`. [`check_resume`] has just said that the guest can go on.
#[inline]
pub unsafe fn in_host_call<R>(
    ctx: &StoreContext,
    store: *mut StoreInner,
    owner: *mut (),
    act: impl FnOnce() -> R,
) -> R {
    struct Back<'a>(&'a StoreContext, Option<Suspended>);
    impl Drop for Back<'_> {
        fn drop(&mut self) {
            let Back(ctx, suspended) = self;
            ctx.stop.end();
            ctx.suspend.suspended.set(suspended.take());
        }
    }
    ctx.store.set(store);
    ctx.owner.set(owner);
    let _back = Back(ctx, ctx.suspend.suspended.take());
    // Nested runs are stopped like others.
    ctx.stop.begin();
    act()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HostBinding;
    use crate::call::Call;
    use std::arch::{asm, naked_asm};
    use std::mem::MaybeUninit;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize};
    use std::time::Duration;
    use waxwing_fiber::HostFrame;

    /// Calls the function in rsi with the binding in rdi, and returns one more than what that returns.
    #[unsafe(naked)]
    unsafe extern "C" fn guest() {
        naked_asm!("push rbp", "mov rbp, rsp", "call rsi", "inc rax", "pop rbp", "ret")
    }

    #[unsafe(naked)]
    unsafe extern "C" fn seven() {
        naked_asm!("mov eax, 7", "ret")
    }

    /// The same that is called directly.
    unsafe extern "C" fn yields_directly(binding: *const u8) -> u64 {
        // SAFETY: the entry passes its binding, which names the context of a store that is alive.
        let ctx = unsafe { &*(*binding.cast::<HostBinding>()).store };
        // Not where the guest was called by `call_ints`.
        let _ = ctx.suspend(Cause::Host);
        41
    }

    /// A host function that suspends the guest, and returns 41.
    unsafe extern "C" fn yields(binding: *const u8, frame: *mut HostFrame) {
        // SAFETY: the entry passes its binding, which names the context of a store that is alive, and
        // the frame of the call.
        unsafe {
            (*frame).ints[0] = 41;
            let ctx = &*(*binding.cast::<HostBinding>()).store;
            assert_eq!(ctx.suspend(Cause::Host), Ok(()));
        }
    }

    /// A store, and what a run in it needs. Dropped in this order.
    struct Guest {
        store: StoreInner,
        frame: Box<EnterFrame>,
        _binding: Box<HostBinding>,
        stack: GuestStack,
        _memory: Vec<u128>,
    }

    impl Guest {
        fn new(metered: bool, direct: bool) -> Guest {
            trap::install().expect("handlers are installed");
            let mut store = StoreInner::default();
            if metered {
                store.set_metered();
                store.set_fuel(1000);
            }
            let binding = Box::new(HostBinding {
                entry: if direct { yields_directly as *const () } else { yields as *const () },
                store: Arc::as_ptr(&store.context),
                env: std::ptr::null(),
                caller: std::ptr::null_mut(),
                stack_args: 0,
                floats: if direct { HostBinding::DIRECT } else { 0 },
            });
            let memory = vec![0u128; 1 << 13];
            let range = memory.as_ptr_range();
            let (start, end) = (range.start as usize, range.end as usize);
            let stack = GuestStack { guard: start..start, stack: start..end };
            let entry = match direct {
                true => waxwing_fiber::direct_entry() as u64,
                false => waxwing_fiber::host_entry() as u64,
            };
            let frame = Box::new(EnterFrame {
                floats: [MaybeUninit::uninit(); 8],
                ints: [&raw const *binding as u64, entry, 0, 0, 0, 0],
                uses_floats: 0,
                reserved: 0,
            });
            Guest { store, frame, _binding: binding, stack, _memory: memory }
        }

        fn start(&mut self) -> Outcome {
            let (code, mode) = (guest as *const u8, Mode::Yields);
            let frame = &raw mut *self.frame;
            let start = Start { code, frame, stack_args: &[], stack: &self.stack, mode };
            // SAFETY: the code is a function of the C convention that uses the two registers it is
            // given, and keeps r15; frame and stack stay where they are.
            unsafe { start_it(&raw mut self.store, start) }
        }

        fn call_ints(&mut self) -> Result<u64, Box<Exit>> {
            let (code, ints) = (guest as *const u8, self.frame.ints);
            // SAFETY: as in `start`; the stack is large enough.
            unsafe {
                call::call_ints(&raw mut self.store, std::ptr::null_mut(), code, ints, &self.stack)
            }
        }

        fn resume(&mut self, token: Token) -> Outcome {
            check_resume(&self.store.context, &token).expect("it can go on");
            // SAFETY: as in `start`, and it was checked.
            unsafe { resume(&raw mut self.store, std::ptr::null_mut(), token) }.expect("it goes on")
        }
    }

    /// # Safety
    /// As for [`start`].
    unsafe fn start_it(store: *mut StoreInner, run: Start<'_>) -> Outcome {
        // SAFETY: passed on to the caller.
        unsafe { start(store, std::ptr::null_mut(), run) }.expect("it begins")
    }

    #[test]
    fn a_late_end_of_a_slice_is_not_the_next_ones() {
        let mut guest = Guest::new(false, false);
        let Outcome::Suspended(Cause::Host, token) = guest.start() else { panic!("it yields") };
        guest.store.context.pending().fetch_or(pending::SLICE, Ordering::SeqCst);
        assert!(matches!(guest.resume(token), Outcome::Returned));
        assert_eq!(guest.frame.ints[0], 42);
        // With slices as well.
        let mut guest = Guest::new(false, false);
        guest.store.context.set_time_slice(Some(Duration::MAX));
        let Outcome::Suspended(Cause::Host, token) = guest.start() else { panic!("it yields") };
        guest.store.context.pending().fetch_or(pending::SLICE, Ordering::SeqCst);
        assert!(matches!(guest.resume(token), Outcome::Returned));
        assert_eq!(guest.frame.ints[0], 42);
    }

    #[test]
    fn nothing_of_an_abandoned_guest_comes_back() {
        let mut guest = Guest::new(false, false);
        let Outcome::Suspended(Cause::Host, token) = guest.start() else { panic!("it yields") };
        drop(token);
        let call = Call {
            code: seven as *const u8,
            frame: &mut guest.frame,
            stack_args: &[],
            stack: &guest.stack,
        };
        // SAFETY: the function takes nothing, and returns a number.
        let called = unsafe { call::call(&raw mut guest.store, std::ptr::null_mut(), call) };
        assert!(called.is_ok());
        assert_eq!(guest.frame.ints[0], 7);
        // SAFETY: no guest runs.
        let frame = unsafe { (*guest.store.context.switch.get()).exit_fp };
        assert!(frame.is_null(), "the frame of a guest that is no more");
    }

    #[test]
    fn who_has_not_begun_and_cannot_begin_ends() {
        let store = StoreInner::default();
        // SAFETY: nothing is entered.
        let back = Back { how: Left::NotBegun, value: 0 };
        // SAFETY: as above.
        let left = unsafe { drive(&store.context, back, || None) };
        assert!(matches!(left, Err(exit) if matches!(*exit, Exit::Trap(Trap::Killed, _))));
    }

    /// What the handler of single steps looks at.
    struct Steps {
        context: AtomicPtr<StoreContext>,
        /// Instructions of entries that were seen with the stack pointer on the guest's stack.
        seen: AtomicUsize,
        /// At which of them the slice is over, or the guest killed.
        over: AtomicUsize,
        /// The bit that says so.
        bit: AtomicU32,
        /// At which of them the signal comes.
        signal: AtomicUsize,
    }

    static STEPS: Steps = Steps {
        context: AtomicPtr::new(std::ptr::null_mut()),
        seen: AtomicUsize::new(0),
        over: AtomicUsize::new(0),
        bit: AtomicU32::new(0),
        signal: AtomicUsize::new(0),
    };

    unsafe extern "C" fn on_step(
        _: libc::c_int,
        _: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        // SAFETY: with SA_SIGINFO the kernel passes the interrupted context; the store's outlives the
        // steps.
        let (regs, ctx) = unsafe {
            let registers = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
            (registers, &*STEPS.context.load(Ordering::Relaxed))
        };
        let (pc, sp) =
            (regs[libc::REG_RIP as usize] as usize, regs[libc::REG_RSP as usize] as usize);
        let stack = &ctx.guest_stack().stack;
        if !waxwing_fiber::is_entry(pc) || sp < stack.start || sp > stack.end {
            return;
        }
        let seen = STEPS.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if seen == STEPS.over.load(Ordering::Relaxed) {
            ctx.pending().fetch_or(STEPS.bit.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        if seen == STEPS.signal.load(Ordering::Relaxed) {
            // It is blocked until this handler returns, to the instruction that was seen.
            waxwing_sys::send_stop(waxwing_sys::current_tid());
        }
        if seen > STEPS.signal.load(Ordering::Relaxed) {
            // The rest need not be stepped through.
            regs[libc::REG_EFL as usize] &= !0x100;
        }
    }

    fn handle_steps() {
        // SAFETY: an all-zero sigaction is a valid value; the handler has the signature that
        // SA_SIGINFO asks for.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_step as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigfillset(&raw mut action.sa_mask);
            assert_eq!(libc::sigaction(libc::SIGTRAP, &raw const action, std::ptr::null_mut()), 0);
        }
    }

    /// One at a time.
    static ONE: Mutex<()> = Mutex::new(());

    /// Goes on step by step: at the instruction `over` the bit is set, at `signal` its signal comes.
    fn step_through(guest: &Guest, bit: u32, over: usize, signal: usize) {
        waxwing_sys::ensure_signal_stack().expect("a stack for signals");
        STEPS.context.store(Arc::as_ptr(&guest.store.context).cast_mut(), Ordering::Relaxed);
        STEPS.seen.store(0, Ordering::Relaxed);
        STEPS.over.store(over, Ordering::Relaxed);
        STEPS.bit.store(bit, Ordering::Relaxed);
        STEPS.signal.store(signal, Ordering::Relaxed);
        // SAFETY: sets the trap flag, whose signal is handled.
        unsafe { asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq") };
    }

    fn walk_on() {
        // SAFETY: takes the flag back.
        unsafe { asm!("pushfq", "and qword ptr [rsp], -0x101", "popfq") };
    }

    /// Runs a guest to its end step by step. Says how often it was suspended by the slice, and whether
    /// it came as far as the signal.
    fn stepped(metered: bool, direct: bool, over: usize, signal: usize) -> (usize, bool) {
        let _one = ONE.lock();
        let mut guest = Guest::new(metered, direct);
        guest.store.context.set_time_slice(Some(Duration::MAX));
        step_through(&guest, pending::SLICE, over, signal);
        let mut outcome = guest.start();
        let (mut slices, mut yields) = (0, 0);
        while let Outcome::Suspended(cause, token) = outcome {
            match cause {
                Cause::TimeSlice => slices += 1,
                _ => yields += 1,
            }
            outcome = guest.resume(token);
        }
        walk_on();
        assert_eq!((guest.frame.ints[0], yields), (42, 1), "{over} {signal}");
        assert!(slices <= 1, "{over} {signal}: {slices}");
        assert_eq!(guest.store.fuel_left(), if metered { 1000 } else { 0 });
        (slices, STEPS.seen.load(Ordering::Relaxed) >= signal)
    }

    /// Wherever in the entries a slice is over, and its signal finds the guest a little later, the
    /// guest comes to its end as if nothing had been.
    #[test]
    fn slices_end_at_every_instruction_of_the_entries() {
        handle_steps();
        for (metered, direct) in [(false, false), (true, false), (false, true), (true, true)] {
            for lead in [0, 2] {
                let (mut suspended, mut signal) = (0, lead + 1);
                loop {
                    let (slices, reached) = stepped(metered, direct, signal - lead, signal);
                    if !reached {
                        break;
                    }
                    (suspended, signal) = (suspended + slices, signal + 1);
                }
                let (most, some) = if direct { (25, 8) } else { (30, 10) };
                assert!(signal > most, "there are more instructions than {signal}");
                assert!(suspended > some, "and most can be interrupted, not {suspended}");
            }
        }
    }

    /// Wherever in the entries a guest is killed, its call says so, and so does the next one.
    #[test]
    fn kills_come_at_every_instruction_of_the_entries() {
        handle_steps();
        let killed = |called: Result<u64, Box<Exit>>| matches!(called, Err(exit) if matches!(*exit, Exit::Trap(Trap::Killed, _)));
        for direct in [false, true] {
            let mut at = 1;
            loop {
                let _one = ONE.lock();
                let mut guest = Guest::new(false, direct);
                if direct {
                    // The store is settled from here on: the short way is taken.
                    assert_eq!(guest.call_ints().ok(), Some(42));
                    assert_eq!(guest.store.context.settled.get(), waxwing_sys::ready_thread());
                } else {
                    guest.frame.ints[1] = seven as *const u8 as u64;
                }
                step_through(&guest, pending::KILLED, at, at);
                let called = guest.call_ints();
                walk_on();
                if STEPS.seen.load(Ordering::Relaxed) < at {
                    assert_eq!(called.ok(), Some(if direct { 42 } else { 8 }));
                    break;
                }
                assert!(killed(called), "at {at}");
                assert!(killed(guest.call_ints()), "at {at}, again");
                at += 1;
            }
            assert!(at > if direct { 15 } else { 8 }, "there are more instructions than {at}");
        }
    }
}
