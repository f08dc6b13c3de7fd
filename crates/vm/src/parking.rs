//! Where guests wait for each other: `memory.atomic.wait` and `memory.atomic.notify`.
//!
//! Each shared memory has one list of waiters under one lock. The lock is held while a waiter compares
//! what it waits for, and while a notifier looks for waiters, so that no wake-up is lost. A stop wakes
//! a waiter through [`Parked`], which its store publishes before it looks at the stop's bit a last
//! time: either the waiter sees the bit, or the requester sees the waiter.

use crate::StoreContext;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use waxwing_module::Trap;

/// The waiters of one memory, by address, those that came first in front.
#[derive(Debug, Default)]
pub(crate) struct Parking(Arc<Lot>);

type Queues = HashMap<u64, VecDeque<Arc<Waiter>>>;

#[derive(Debug, Default)]
struct Lot(Mutex<Queues>);

#[derive(Debug, Default)]
struct Waiter {
    /// Set under the lot's lock, by whoever took the waiter from its queue.
    woken: AtomicBool,
    changed: Condvar,
}

/// A guest that waits, as the requesters of stops see it.
#[derive(Debug)]
pub(crate) struct Parked {
    lot: Arc<Lot>,
    waiter: Arc<Waiter>,
}

/// How a wait ended. The numbers are the answers of `memory.atomic.wait`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Waited {
    /// By a notification.
    Woken = 0,
    /// At once, because the memory held something else.
    NotEqual = 1,
    /// By its timeout.
    TimedOut = 2,
}

impl Lot {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parked {
    /// Has the waiter look at its store's stop requests.
    pub fn wake(&self) {
        // The waiter holds the lock from its look at the requests until it waits.
        let _queues = self.lot.lock();
        self.waiter.changed.notify_one();
    }
}

impl Parking {
    /// Wakes at most `count` waiters at an address; says how many.
    pub fn notify(&self, address: u64, count: u32) -> u32 {
        let mut queues = self.0.lock();
        let Some(queue) = queues.get_mut(&address) else { return 0 };
        let woken = queue.len().min(count as usize);
        for waiter in queue.drain(..woken) {
            waiter.woken.store(true, Ordering::Relaxed);
            waiter.changed.notify_one();
        }
        if queue.is_empty() {
            queues.remove(&address);
        }
        woken as u32
    }

    /// Waits at an address while `holds` says that the memory is as expected.
    ///
    /// # Errors
    /// The reason, if the store's guest is to stop.
    pub fn wait(
        &self,
        ctx: &StoreContext,
        address: u64,
        holds: impl FnOnce() -> bool,
        timeout: Option<Duration>,
    ) -> Result<Waited, Trap> {
        // A time too far away to be named never comes.
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let waiter = Arc::new(Waiter::default());
        let parked = Parked { lot: self.0.clone(), waiter: waiter.clone() };
        let _published = ctx.stop.park(parked);
        let mut queues = self.0.lock();
        if !holds() {
            return Ok(Waited::NotEqual);
        }
        queues.entry(address).or_default().push_back(waiter.clone());
        loop {
            if waiter.woken.load(Ordering::Relaxed) {
                return Ok(Waited::Woken);
            }
            if let Some(reason) = ctx.stop_reason() {
                leave(&mut queues, address, &waiter);
                return Err(reason);
            }
            queues = match end {
                None => waiter.changed.wait(queues).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        leave(&mut queues, address, &waiter);
                        return Ok(Waited::TimedOut);
                    }
                    let waited = waiter.changed.wait_timeout(queues, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

/// Takes a waiter that was not woken out of its queue.
fn leave(queues: &mut Queues, address: u64, waiter: &Arc<Waiter>) {
    if let Some(queue) = queues.get_mut(&address) {
        queue.retain(|w| !Arc::ptr_eq(w, waiter));
        if queue.is_empty() {
            queues.remove(&address);
        }
    }
}
