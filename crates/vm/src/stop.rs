//! Stopping a guest: kill switches and deadlines.
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
//! | after the run | nothing; the next run sees the bit |
//!
//! The thread's number is published before the bit is looked at, and the bit is set before the
//! number is looked at, with a barrier on the requester's side only. Since a signal may be lost to a
//! moment in which the thread is on the host's stack, it is sent again until the run has ended.

use crate::StoreContext;
use crate::context::pending;
use crate::parking::Parked;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering, fence};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The part of a context that requesters of a stop use.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    /// The thread that runs the guest, or 0.
    tid: AtomicI32,
    /// Which deadline holds; raised whenever it is changed.
    deadline: AtomicU64,
    hooks: Mutex<Vec<Hook>>,
    /// The guest, while it waits for another one's notification.
    parked: Mutex<Option<Parked>>,
}

/// Takes a store's waiter back when the wait is over.
pub(crate) struct Published<'a>(&'a Stop);

impl Drop for Published<'_> {
    fn drop(&mut self) {
        *lock(&self.0.parked) = None;
    }
}

/// What wakes a host function that blocks.
pub(crate) struct Hook(Box<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hook")
    }
}

impl Stop {
    pub fn begin(&self) {
        self.tid.store(waxwing_sys::current_tid(), Ordering::Relaxed);
        // The entry now looks at the bit; the requester's barrier orders the two.
        if !barrier_is_heavy() {
            fence(Ordering::SeqCst);
        }
    }

    /// Lets requesters wake the guest while it waits. It looks at the pending bits after this.
    pub fn park(&self, parked: Parked) -> Published<'_> {
        *lock(&self.parked) = Some(parked);
        Published(self)
    }

    pub fn end(&self) {
        self.tid.store(0, Ordering::Release);
    }
}

fn barrier_is_heavy() -> bool {
    static HEAVY: LazyLock<bool> = LazyLock::new(waxwing_sys::heavy_barrier);
    *HEAVY
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a store's guest from anywhere, at any time. Cheap to clone and to keep.
#[derive(Clone, Debug)]
pub struct KillSwitch(Weak<StoreContext>);

impl KillSwitch {
    /// Ends the guest. If it runs, it ends at the instruction where it is, and the call that
    /// entered it returns [`waxwing_module::Trap::Killed`]; if it does not, its next run ends at
    /// once. There is no way back: the store can then only be dropped. Returns false if the store
    /// is gone already.
    pub fn kill(&self) -> bool {
        let Some(ctx) = self.0.upgrade() else { return false };
        request(&ctx, pending::KILLED);
        true
    }
}

impl StoreContext {
    /// A switch that ends this store's guest.
    pub fn kill_switch(self: &Arc<Self>) -> KillSwitch {
        KillSwitch(Arc::downgrade(self))
    }

    /// Has `hook` called when a stop is requested, on the requester's thread, so that a host
    /// function that blocks can be woken.
    pub fn on_stop(&self, hook: Box<dyn Fn() + Send + Sync>) {
        lock(&self.stop.hooks).push(Hook(hook));
    }

    /// Sets the time at which the guest ends, or takes it away. To be called between runs.
    pub fn set_deadline(self: &Arc<Self>, at: Option<Instant>) {
        let generation = self.stop.deadline.fetch_add(1, Ordering::AcqRel) + 1;
        // A timer that fires now belongs to an older generation and does nothing; one that fired
        // while the lock was held has set the bit, which is cleared here.
        let mut timers = lock(&TIMERS.queue);
        self.pending().fetch_and(!pending::DEADLINE, Ordering::AcqRel);
        if let Some(at) = at {
            let timer =
                Timer { at, what: What::Deadline { context: Arc::downgrade(self), generation } };
            timers.add(timer);
        }
    }
}

/// Sets a bit, wakes, and signals until the run is over.
fn request(ctx: &Arc<StoreContext>, bit: u32) {
    ctx.pending().fetch_or(bit, Ordering::SeqCst);
    if !waxwing_sys::heavy_barrier() {
        fence(Ordering::SeqCst);
    }
    for hook in lock(&ctx.stop.hooks).iter() {
        (hook.0)();
    }
    if let Some(parked) = &*lock(&ctx.stop.parked) {
        parked.wake();
    }
    let tid = ctx.stop.tid.load(Ordering::SeqCst);
    if tid != 0 {
        waxwing_sys::send_stop(tid);
        let again = Timer {
            at: Instant::now() + FIRST_RESEND,
            what: What::Resend { context: Arc::downgrade(ctx), after: FIRST_RESEND },
        };
        lock(&TIMERS.queue).add(again);
    }
}

const FIRST_RESEND: Duration = Duration::from_micros(200);
const LAST_RESEND: Duration = Duration::from_millis(20);

/// Deadlines and repeated signals, served by one thread for the whole process.
struct Timers {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    heap: BinaryHeap<Reverse<Timer>>,
    started: bool,
}

struct Timer {
    at: Instant,
    what: What,
}

enum What {
    Deadline { context: Weak<StoreContext>, generation: u64 },
    Resend { context: Weak<StoreContext>, after: Duration },
}

static TIMERS: LazyLock<Timers> =
    LazyLock::new(|| Timers { queue: Mutex::default(), changed: Condvar::new() });

impl Queue {
    fn add(&mut self, timer: Timer) {
        let first = self.heap.peek().is_none_or(|Reverse(t)| timer.at < t.at);
        self.heap.push(Reverse(timer));
        if !self.started {
            let thread = std::thread::Builder::new().name("waxwing-timer".into());
            self.started = thread.spawn(run_timers).is_ok();
        }
        if first {
            TIMERS.changed.notify_one();
        }
    }
}

fn run_timers() {
    let mut queue = lock(&TIMERS.queue);
    loop {
        let now = Instant::now();
        queue = match queue.heap.peek() {
            None => TIMERS.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            Some(Reverse(next)) if next.at > now => {
                let wait = next.at - now;
                TIMERS.changed.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0
            }
            Some(_) => {
                let due = queue.heap.pop();
                if let Some(Reverse(Timer {
                    what: What::Deadline { context, generation }, ..
                })) = due
                {
                    // The generation is compared under the lock under which it is changed.
                    let holds = |ctx: &Arc<StoreContext>| {
                        ctx.stop.deadline.load(Ordering::Acquire) == generation
                    };
                    if let Some(ctx) = context.upgrade().filter(holds) {
                        ctx.pending().fetch_or(pending::DEADLINE, Ordering::SeqCst);
                        drop(queue);
                        request(&ctx, 0);
                        queue = lock(&TIMERS.queue);
                    }
                } else if let Some(Reverse(Timer {
                    what: What::Resend { context, after }, ..
                })) = due
                {
                    resend(&mut queue, context, after);
                }
                queue
            }
        };
    }
}

fn resend(queue: &mut Queue, context: Weak<StoreContext>, after: Duration) {
    let Some(ctx) = context.upgrade() else { return };
    let tid = ctx.stop.tid.load(Ordering::SeqCst);
    if tid == 0 || ctx.stop_reason().is_none() {
        return;
    }
    waxwing_sys::send_stop(tid);
    let after = (after * 2).min(LAST_RESEND);
    queue.add(Timer { at: Instant::now() + after, what: What::Resend { context, after } });
}

impl PartialEq for Timer {
    fn eq(&self, other: &Timer) -> bool {
        self.at == other.at
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Timer) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Timer) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}
