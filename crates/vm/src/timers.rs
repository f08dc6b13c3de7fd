//! What happens to stores at a later time: deadlines, ends of slices and repeated signals, all served
//! by one thread of the process.
//!
//! The queue is ordered by time, and holds at most one entry of a kind for each store: what is changed
//! is taken out first, and a store that is dropped takes its entries along. Adding and removing take
//! logarithmic time, and wake the thread only for what comes before all it waits for.

use crate::StoreContext;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// The deadline passes.
    Deadline,
    /// A slice ends, or has ended and the guest has not been seen to stop: then the signal is
    /// repeated after so long.
    Slice(Duration),
    /// The signal of a stop is sent again, and then after so long.
    Resend(Duration),
}

/// An entry's place: its time, and a number that tells entries of one time apart.
pub(crate) type Key = (Instant, u64);

/// A store's entries, by kind. Changed only while the queue is locked.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    deadline: Option<Key>,
    slice: Option<Key>,
    resend: Option<Key>,
}

impl Keys {
    fn of(&mut self, event: Event) -> &mut Option<Key> {
        match event {
            Event::Deadline => &mut self.deadline,
            Event::Slice(_) => &mut self.slice,
            Event::Resend(_) => &mut self.resend,
        }
    }
}

/// The queue, locked.
pub(crate) struct Queue(MutexGuard<'static, Entries>);

#[derive(Default)]
struct Entries {
    entries: BTreeMap<Key, (Weak<StoreContext>, Event)>,
    next: u64,
    started: bool,
    sleeps: Sleeps,
}

/// What the thread does.
#[derive(Default, PartialEq)]
enum Sleeps {
    /// It runs, and will look at the queue before it sleeps.
    #[default]
    No,
    /// Until something is added.
    Forever,
    Until(Instant),
}

struct Timers {
    queue: Mutex<Entries>,
    changed: Condvar,
}

static TIMERS: LazyLock<Timers> =
    LazyLock::new(|| Timers { queue: Mutex::default(), changed: Condvar::new() });

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    pub fn lock() -> Queue {
        Queue(lock(&TIMERS.queue))
    }

    /// Adds an event for a store, in the place of one of the same kind. Without a thread to serve it,
    /// which the system may refuse, it comes with the next that is added.
    pub fn add(
        &mut self,
        context: &Weak<StoreContext>,
        keys: &mut Keys,
        event: Event,
        at: Instant,
    ) {
        self.remove(keys, event);
        let queue = &mut *self.0;
        let key = (at, queue.next);
        queue.next += 1;
        queue.entries.insert(key, (context.clone(), event));
        *keys.of(event) = Some(key);
        if !queue.started {
            let thread = std::thread::Builder::new().name("waxwing-timer".into());
            queue.started = thread.spawn(run).is_ok();
        }
        let wake = match queue.sleeps {
            Sleeps::No => false,
            Sleeps::Forever => true,
            Sleeps::Until(time) => at < time,
        };
        if wake {
            queue.sleeps = Sleeps::No;
            TIMERS.changed.notify_one();
        }
    }

    /// Takes a store's event of this kind out, if it has one.
    pub fn remove(&mut self, keys: &mut Keys, event: Event) {
        if let Some(key) = keys.of(event).take() {
            self.0.entries.remove(&key);
        }
    }

    #[cfg(test)]
    fn of(&self, context: &Weak<StoreContext>) -> usize {
        self.0.entries.values().filter(|(c, _)| c.ptr_eq(context)).count()
    }
}

/// Takes all that is waiting for a store out; its context is about to end.
pub(crate) fn forget(keys: &mut Keys) {
    if keys.deadline.is_some() || keys.slice.is_some() || keys.resend.is_some() {
        let mut queue = Queue::lock();
        for event in [Event::Deadline, Event::Slice(Duration::ZERO), Event::Resend(Duration::ZERO)]
        {
            queue.remove(keys, event);
        }
    }
}

fn run() {
    waxwing_sys::sleep_precisely();
    let mut queue = lock(&TIMERS.queue);
    loop {
        let now = Instant::now();
        let wait = |queue| TIMERS.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        queue = match queue.entries.first_entry() {
            None => {
                queue.sleeps = Sleeps::Forever;
                wait(queue)
            }
            Some(next) if next.key().0 > now => {
                let (time, _) = *next.key();
                queue.sleeps = Sleeps::Until(time);
                let waited = TIMERS.changed.wait_timeout(queue, time - now);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            Some(due) => {
                let (context, event) = due.remove();
                fire(queue, &context, event)
            }
        };
        queue.sleeps = Sleeps::No;
    }
}

/// Runs code of others, whose panics do not end the thread that serves all stores.
fn others(code: impl FnOnce()) {
    // The panic's own value may do it again.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(code))
        && let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic)))
    {
        std::mem::forget(again);
    }
}

/// Lets an event happen that was just taken out of the queue.
fn fire(
    queue: MutexGuard<'static, Entries>,
    context: &Weak<StoreContext>,
    event: Event,
) -> MutexGuard<'static, Entries> {
    // The last one to let go of a context locks the queue: that must not happen in here.
    let Some(ctx) = context.upgrade() else { return queue };
    let mut queue = Queue(queue);
    *lock(&ctx.stop.keys).of(event) = None;
    let signals = ctx.due(&mut queue, event);
    // A new life begins only after the queue was locked.
    let life = ctx.stop.life();
    drop(queue);
    // Hooks of stops are others' code, and so is what a context drops with the last reference to it.
    others(move || {
        if signals {
            match event {
                Event::Deadline => ctx.request(life),
                Event::Slice(_) | Event::Resend(_) => ctx.signal(),
            }
        }
        drop(ctx);
    });
    lock(&TIMERS.queue)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn what_is_replaced_or_dropped_does_not_stay() {
        let context = StoreContext::new();
        let weak = context.me.clone();
        for round in 0..1000 {
            context.set_deadline(Some(Instant::now() + FAR + Duration::from_secs(round % 7)));
            context.begin_slice(FAR);
            context.end_slice();
        }
        assert_eq!(Queue::lock().of(&weak), 2, "a deadline and a slice");
        context.set_deadline(None);
        assert_eq!(Queue::lock().of(&weak), 1);
        context.set_deadline(Some(Instant::now() + FAR));
        drop(context);
        assert_eq!(Queue::lock().of(&weak), 0, "they went with the store");
    }

    #[test]
    fn kills_without_number_leave_nothing_behind() {
        let context = StoreContext::new();
        let weak = context.me.clone();
        let switch = context.kill_switch();
        // As if a guest ran on this thread, which the signal does not find on its stack.
        context.depth.set(1);
        context.stop.begin();
        (0..1000).for_each(|_| assert!(switch.kill()));
        assert!(Queue::lock().of(&weak) <= 1, "one repetition for all");
        context.stop.end();
        drop(context);
        assert_eq!(Queue::lock().of(&weak), 0);
    }

    /// A slice of a store that does not run any more fires at most once.
    #[test]
    fn slices_end_with_the_run() {
        let context = StoreContext::new();
        let weak = context.me.clone();
        context.begin_slice(Duration::from_micros(50));
        context.end_slice();
        while Queue::lock().of(&weak) > 0 {
            std::thread::yield_now();
        }
        // The next one is not forgotten, though.
        context.begin_slice(Duration::ZERO);
        while context.pending().load(std::sync::atomic::Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        context.end_slice();
    }
}
