//! Stopping a guest: kill switches, deadlines and the ends of slices.
//!
//! A stop is a bit in `Switch::pending` and a signal to the thread that runs the guest. The bit is
//! seen by the entries, the signal by guest code; both together leave no gap:
//!
//! | where the guest is | what ends it |
//! |---|---|
//! | before the run starts | the entry sees the bit |
//! | in guest code or in an entry, on its own stack | the signal redirects it |
//! | in an entry, on the host's stack | the entry's next look at the bit |
//! | in a host function | hooks wake it if it blocks; the bit at its return |
//! | in `memory.atomic.wait` | it is woken and sees the bit (`crates/vm/src/parking.rs`) |
//! | after the run | nothing; the next run sees the bit, unless the store is reset before |
//!
//! The end of a slice of time is such a bit too. It suspends the guest where the others end it, if its
//! run can be suspended (`crates/vm/src/suspend.rs`), and wakes nothing that blocks; a bit that comes too
//! late is taken back by the next run.
//!
//! That a guest runs is published before the bit is looked at, and the bit is set before that is looked at,
//! with a barrier on the requester's side only. What says so is `StoreContext::depth`, which every call has
//! to count anyway; on which thread, [`Stop::tid`], which stays from call to call. It is written when the
//! store comes to another thread, before `depth` is, and is 0 while a guest is suspended, whose call is open
//! but does not run. A requester that finds the number of a thread that a store has left sends a signal that
//! means nothing there: the handler looks at the guest of the thread that it finds itself on. Since a signal may be lost to a
//! moment in which the thread is on the host's stack, it is sent again until the run has ended.

use crate::StoreContext;
use crate::context::pending;
use crate::parking::Parked;
use crate::timers::{self, Event, Keys, Queue};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering, fence};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

/// The part of a context that requesters of a stop use.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    /// The thread on which guests of the store run; 0 while one is suspended, or if none has run.
    tid: AtomicI32,
    /// When the slice ends that runs, in nanoseconds since [`START`]; 0 if none runs.
    slice_end: AtomicU64,
    /// When something is in the queue that looks at the slice, counted as above; 0 if nothing is.
    /// Written while the queue is locked.
    slice_event: AtomicU64,
    /// Which life of the store it is: a kill switch is of one. Locked after the queue, and before hooks and
    /// waker.
    life: Mutex<u64>,
    /// What waits for its time. Locked while the queue is locked, or never again.
    pub keys: Mutex<Keys>,
    hooks: Mutex<Vec<Hook>>,
    /// Threads that are calling hooks and wakers. None of them calls them from within one.
    telling: Mutex<Vec<i32>>,
    /// The guest, while it waits for another one's notification.
    parked: Mutex<Option<Parked>>,
    /// Who polls for a suspended guest.
    waker: Mutex<Option<Waker>>,
}

/// What times of slices are counted from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Drop for Stop {
    fn drop(&mut self) {
        timers::forget(self.keys.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Takes a store's waiter back when the wait is over.
pub(crate) struct Published<'a>(&'a Stop);

impl Drop for Published<'_> {
    fn drop(&mut self) {
        *lock(&self.0.parked) = None;
    }
}

/// What wakes a host function that blocks.
#[derive(Clone)]
pub(crate) struct Hook(Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hook")
    }
}

/// A thread that calls hooks and wakers, until it has done so.
struct Telling<'a>(&'a Stop, i32);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        lock(&self.0.telling).retain(|&tid| tid != self.1);
    }
}

impl Stop {
    /// Guests run on this thread from now on. Before the entry looks at the bit, [`Stop::order`] or the
    /// requester's barrier is between.
    pub fn begin(&self) {
        self.tid.store(waxwing_sys::current_tid(), Ordering::Release);
    }

    /// Between what publishes a run and the entry's look at the bit, unless requesters have a barrier that
    /// orders the two for both.
    pub fn order() {
        if !barrier_is_heavy() {
            fence(Ordering::SeqCst);
        }
    }

    /// Lets requesters wake the guest while it waits. It looks at the pending bits after this.
    pub fn park(&self, parked: Parked) -> Published<'_> {
        *lock(&self.parked) = Some(parked);
        Published(self)
    }

    /// The guest that is open does not run any more.
    pub fn end(&self) {
        self.tid.store(0, Ordering::Release);
    }

    /// Which life of the store this is. May be asked while the queue is locked.
    pub fn life(&self) -> u64 {
        *lock(&self.life)
    }

    /// Lets this thread call hooks and wakers; none if it is doing so.
    fn begin_telling(&self) -> Option<Telling<'_>> {
        let tid = waxwing_sys::current_tid();
        let mut telling = lock(&self.telling);
        if telling.contains(&tid) {
            return None;
        }
        telling.push(tid);
        Some(Telling(self, tid))
    }
}

/// Whether requesters order what they and the guest's thread do.
pub(crate) fn barrier_is_heavy() -> bool {
    static HEAVY: LazyLock<bool> = LazyLock::new(waxwing_sys::heavy_barrier);
    *HEAVY
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a store's guest from anywhere, at any time. Cheap to clone and to keep.
#[derive(Clone, Debug)]
pub struct KillSwitch {
    context: Weak<StoreContext>,
    life: u64,
}

impl KillSwitch {
    /// Ends the guest. If it runs, it ends at the instruction where it is, and the call that
    /// entered it returns [`waxwing_module::Trap::Killed`]; if it does not, its next run ends at
    /// once. The store can then only be dropped or reset. Returns false, and does nothing, if it was
    /// since the switch was made.
    pub fn kill(&self) -> bool {
        let Some(ctx) = self.context.upgrade() else { return false };
        {
            let life = lock(&ctx.stop.life);
            if *life != self.life {
                return false;
            }
            ctx.pending().fetch_or(pending::KILLED, Ordering::SeqCst);
        }
        ctx.request(self.life);
        true
    }
}

impl StoreContext {
    /// A switch that ends this store's guest.
    pub fn kill_switch(self: &Arc<Self>) -> KillSwitch {
        KillSwitch { context: Arc::downgrade(self), life: self.stop.life() }
    }

    /// Begins a new life: kill switches of former ones do nothing any more, what they and a deadline
    /// have done is undone, and there is no deadline. To be called between runs.
    pub fn begin_life(self: &Arc<Self>) {
        // First: one that passes at this moment is still of the life that ends.
        self.set_deadline(None);
        let mut life = lock(&self.stop.life);
        *life += 1;
        self.pending().fetch_and(!pending::KILLED, Ordering::SeqCst);
    }

    /// Has requesters of a stop wake a task, the latest one that was given. To be looked at after this:
    /// [`StoreContext::stop_reason`].
    pub fn wake_on_stop(&self, task: Option<&Waker>) {
        let known = match (&*lock(&self.stop.waker), task) {
            (Some(waker), Some(task)) => waker.will_wake(task),
            (waker, task) => waker.is_none() && task.is_none(),
        };
        if !known {
            // Wakers are made and dropped by the task's executor: not while they are locked.
            let task = task.cloned();
            let former = std::mem::replace(&mut *lock(&self.stop.waker), task);
            drop(former);
        }
    }

    /// Has `hook` called when a stop is requested, on the requester's thread, so that a host
    /// function that blocks can be woken. It may request a stop itself, which does not call it again.
    ///
    /// A request that is being served while a new life begins may still be calling hooks then: it has
    /// looked at the life, and waits for nobody.
    pub fn on_stop(&self, hook: Box<dyn Fn() + Send + Sync>) {
        lock(&self.stop.hooks).push(Hook(hook.into()));
    }

    /// Sets the time at which the guest ends, or takes it away. To be called between runs.
    pub fn set_deadline(&self, at: Option<Instant>) {
        // One that passes now has set its bit while it held the lock, or is taken out here.
        let mut queue = Queue::lock();
        let mut keys = lock(&self.stop.keys);
        self.pending().fetch_and(!pending::DEADLINE, Ordering::AcqRel);
        match at {
            Some(at) => queue.add(&self.me, &mut keys, Event::Deadline, at),
            None => queue.remove(&mut keys, Event::Deadline),
        }
    }

    /// Lets a slice begin that ends after so long. Mostly it costs a look at the clock: the event of an
    /// earlier slice that is still in the queue finds out itself that there is a later one.
    pub(crate) fn begin_slice(&self, slice: Duration) {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let now = Instant::now();
        let end = nanos(now.saturating_duration_since(*START)).saturating_add(nanos(slice)).max(1);
        // A time too far away to be named never comes.
        let Some(at) = now.checked_add(slice) else { return self.end_slice() };
        self.stop.slice_end.store(end, Ordering::SeqCst);
        let event = self.stop.slice_event.load(Ordering::SeqCst);
        if event == 0 || event > end {
            let mut queue = Queue::lock();
            queue.add(&self.me, &mut lock(&self.stop.keys), FIRST_SLICE, at);
            self.stop.slice_event.store(end, Ordering::SeqCst);
        }
    }

    /// Lets no slice run any more.
    pub(crate) fn end_slice(&self) {
        self.stop.slice_end.store(0, Ordering::Release);
    }

    /// Takes what is in the queue for slices out: later ones may end sooner.
    pub(crate) fn forget_slices(&self) {
        let mut queue = Queue::lock();
        queue.remove(&mut lock(&self.stop.keys), FIRST_SLICE);
        self.stop.slice_event.store(0, Ordering::SeqCst);
    }

    /// An event of this store is due. Returns whether the guest's thread is to be told.
    pub(crate) fn due(&self, queue: &mut Queue, event: Event) -> bool {
        match event {
            Event::Deadline => {
                self.pending().fetch_or(pending::DEADLINE, Ordering::SeqCst);
                true
            }
            Event::Slice(after) => self.slice_due(queue, after),
            Event::Resend(after) => {
                let holds = self.runs() && self.stop_reason().is_some();
                if holds {
                    self.add(queue, Event::Resend((after * 2).min(LAST_RESEND)), after);
                }
                holds
            }
        }
    }

    fn slice_due(&self, queue: &mut Queue, after: Duration) -> bool {
        // A slice that has just begun either sees this, and waits for the lock, or is seen.
        self.stop.slice_event.store(0, Ordering::SeqCst);
        let end = self.stop.slice_end.load(Ordering::SeqCst);
        if end == 0 {
            return false;
        }
        let (end, now) = (Duration::from_nanos(end), START.elapsed());
        let over = end <= now;
        let (next, event) = if over {
            self.pending().fetch_or(pending::SLICE, Ordering::SeqCst);
            (now + after, Event::Slice((after * 2).min(LAST_RESEND)))
        } else {
            (end, FIRST_SLICE)
        };
        queue.add(&self.me, &mut lock(&self.stop.keys), event, *START + next);
        let next = u64::try_from(next.as_nanos()).unwrap_or(u64::MAX);
        self.stop.slice_event.store(next, Ordering::SeqCst);
        over
    }

    fn add(&self, queue: &mut Queue, event: Event, after: Duration) {
        let at = Instant::now() + after;
        queue.add(&self.me, &mut lock(&self.stop.keys), event, at);
    }

    fn runs(&self) -> bool {
        self.runs_on() != 0
    }

    /// The thread that runs the guest, or 0.
    fn runs_on(&self) -> i32 {
        if self.depth.seen() == 0 { 0 } else { self.stop.tid.load(Ordering::SeqCst) }
    }

    /// Sends the signal to the thread that runs the guest, if one does.
    pub(crate) fn signal(&self) {
        let tid = self.runs_on();
        if tid != 0 {
            waxwing_sys::send_stop(tid);
        }
    }

    /// A stop of this life has set its bit: wakes, and signals until the run is over.
    pub(crate) fn request(&self, life: u64) {
        if !waxwing_sys::heavy_barrier() {
            fence(Ordering::SeqCst);
        }
        let told = catch_unwind(AssertUnwindSafe(|| self.tell(life))).unwrap_or_else(Err);
        if let Some(parked) = &*lock(&self.stop.parked) {
            parked.wake();
        }
        if self.runs() {
            self.signal();
            self.add(&mut Queue::lock(), Event::Resend(FIRST_RESEND * 2), FIRST_RESEND);
        }
        // It has not kept the guest from its end.
        if let Err(panic) = told {
            resume_unwind(panic);
        }
    }

    /// Calls hooks and the waker, unless the stop of this life that asks for it has been undone. They are
    /// others' code, which may use the store's switches: no lock is held meanwhile. The error is the first
    /// panic.
    fn tell(&self, life: u64) -> std::thread::Result<()> {
        let Some(_telling) = self.stop.begin_telling() else { return Ok(()) };
        let (hooks, waker) = {
            let now = lock(&self.stop.life);
            if *now != life || self.stop_reason().is_none() {
                return Ok(());
            }
            // Who is woken looks for a stop after it has left another waker.
            (lock(&self.stop.hooks).clone(), lock(&self.stop.waker).take())
        };
        let mut told = Ok(());
        for hook in &hooks {
            told = told.and(catch_unwind(AssertUnwindSafe(|| (hook.0)())));
        }
        let wake = || waker.into_iter().for_each(Waker::wake);
        told.and(catch_unwind(AssertUnwindSafe(wake)))
    }
}

const FIRST_RESEND: Duration = Duration::from_micros(200);
const LAST_RESEND: Duration = Duration::from_millis(20);
const FIRST_SLICE: Event = Event::Slice(FIRST_RESEND);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;
    use std::task::Wake;

    /// Has calls of a hook counted.
    fn counted(context: &StoreContext) -> Arc<AtomicUsize> {
        let count = Arc::new(AtomicUsize::new(0));
        let hook = count.clone();
        context.on_stop(Box::new(move || {
            hook.fetch_add(1, Ordering::SeqCst);
        }));
        count
    }

    /// Returns once the timers' thread has served a deadline of another store.
    fn timers_serve() {
        let context = StoreContext::new();
        let (sender, receiver) = mpsc::channel();
        context.on_stop(Box::new(move || sender.send(()).expect("it is waited for")));
        context.set_deadline(Some(Instant::now()));
        receiver.recv().expect("the hook is called");
    }

    #[test]
    fn stops_of_a_former_life_call_no_hooks() {
        let context = StoreContext::new();
        let count = counted(&context);
        let former = context.stop.life();
        // As if a kill had set its bit when the new life began.
        context.pending().fetch_or(pending::KILLED, Ordering::SeqCst);
        context.begin_life();
        context.request(former);
        // The same when something stops the new life already.
        assert!(context.kill_switch().kill());
        context.request(former);
        assert_eq!(count.load(Ordering::SeqCst), 1, "of the kill that is this life's");
    }

    #[test]
    fn a_deadline_that_was_taken_back_calls_no_hooks() {
        let context = StoreContext::new();
        let count = counted(&context);
        let passes = || {
            assert!(context.due(&mut Queue::lock(), Event::Deadline));
            context.stop.life()
        };
        let life = passes();
        context.set_deadline(None);
        context.request(life);
        let life = passes();
        context.begin_life();
        context.pending().fetch_or(pending::DEADLINE, Ordering::SeqCst);
        context.request(life);
        assert_eq!(count.load(Ordering::SeqCst), 0);
        context.request(context.stop.life());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_hook_may_kill_its_own_store() {
        let context = StoreContext::new();
        let switch = context.kill_switch();
        let own = switch.clone();
        context.on_stop(Box::new(move || assert!(own.kill())));
        let count = counted(&context);
        assert!(switch.kill());
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(switch.kill());
        assert_eq!(count.load(Ordering::SeqCst), 2, "who asks again is served again");
        assert_eq!(context.stop_reason(), Some(waxwing_module::Trap::Killed));
    }

    /// Does what executors may do.
    struct CallsBack(Arc<StoreContext>, KillSwitch, AtomicUsize);

    impl Wake for CallsBack {
        fn wake(self: Arc<Self>) {
            self.2.fetch_add(1, Ordering::SeqCst);
            assert!(self.1.kill());
            self.0.wake_on_stop(None);
        }
    }

    #[test]
    fn a_waker_may_call_back() {
        let context = StoreContext::new();
        let switch = context.kill_switch();
        let waker = Arc::new(CallsBack(context.clone(), switch.clone(), AtomicUsize::new(0)));
        context.wake_on_stop(Some(&waker.clone().into()));
        assert!(switch.kill());
        assert_eq!(waker.2.load(Ordering::SeqCst), 1);
        context.wake_on_stop(Some(&waker.clone().into()));
        context.wake_on_stop(None);
        assert!(switch.kill());
        assert_eq!(waker.2.load(Ordering::SeqCst), 1, "nobody polls");
        assert_eq!(Arc::strong_count(&waker), 1);
    }

    #[test]
    fn hooks_that_panic_leave_the_others_and_the_timers_alone() {
        let context = StoreContext::new();
        context.on_stop(Box::new(|| panic!("a hook of a test")));
        let count = counted(&context);
        context.set_deadline(Some(Instant::now()));
        timers_serve();
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert_eq!(context.stop_reason(), Some(waxwing_module::Trap::DeadlineExceeded));
        let switch = context.kill_switch();
        assert!(catch_unwind(AssertUnwindSafe(|| switch.kill())).is_err(), "it is the killer's");
        assert_eq!(context.stop_reason(), Some(waxwing_module::Trap::Killed));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    struct PanicsAsItEnds;

    impl Drop for PanicsAsItEnds {
        fn drop(&mut self) {
            panic!("the end of a hook of a test");
        }
    }

    #[test]
    fn a_context_that_panics_as_it_ends_leaves_the_timers_alone() {
        let context = StoreContext::new();
        let (called, wait) = (mpsc::channel(), mpsc::channel::<()>());
        let (value, wait_for) = (PanicsAsItEnds, Mutex::new(wait.1));
        context.on_stop(Box::new(move || {
            let _ = &value;
            called.0.send(()).expect("it is waited for");
            // Until this thread has the last reference.
            let _ = lock(&wait_for).recv();
        }));
        context.set_deadline(Some(Instant::now()));
        called.1.recv().expect("the hook is called");
        drop(context);
        drop(wait.0);
        timers_serve();
    }
}
