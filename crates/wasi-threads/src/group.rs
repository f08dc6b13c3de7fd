//! Which threads there are, and how they end together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use waxwing::{Error, KillSwitch};
use waxwing_wasi_core::Cancelled;

/// How many threads a program has at most, unless something else is said.
pub const DEFAULT_MAX_THREADS: u32 = 512;

/// The greatest number of a thread (the proposal, "Design choice: thread IDs").
const MAX_TID: u32 = (1 << 29) - 1;

#[derive(Debug)]
pub(crate) struct Group {
    max: u32,
    state: Mutex<State>,
    /// A thread is gone.
    left: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Every thread but the main one. The switch is there once the thread runs.
    threads: HashMap<u32, Option<KillSwitch>>,
    /// The thread that was numbered last.
    last: u32,
    main: Option<KillSwitch>,
    /// Nobody starts any more, and everybody is being stopped.
    ending: bool,
    /// Why, if not because the main thread returned.
    reason: Option<Error>,
}

impl State {
    /// Stops everyone; the first reason stays.
    fn stop(&mut self, reason: Option<Error>) -> Vec<KillSwitch> {
        if self.ending {
            return Vec::new();
        }
        self.ending = true;
        self.reason = reason;
        self.threads.values().flatten().chain(&self.main).cloned().collect()
    }
}

impl Group {
    pub fn new(max: u32) -> Group {
        Group { max, state: Mutex::default(), left: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with the main thread.
    pub fn begin(&self, main: KillSwitch) {
        self.lock().main = Some(main);
    }

    /// A number for one more thread, if there may be one.
    pub fn enter(&self) -> Option<u32> {
        let mut state = self.lock();
        if state.ending || state.threads.len() >= self.max as usize {
            return None;
        }
        // There are fewer threads than numbers, so this ends.
        loop {
            state.last = if state.last == MAX_TID { 1 } else { state.last + 1 };
            let tid = state.last;
            if let Entry::Vacant(free) = state.threads.entry(tid) {
                free.insert(None);
                return Some(tid);
            }
        }
    }

    /// The thread is about to run; false if it is to end at once.
    pub fn started(&self, tid: u32, switch: KillSwitch) -> bool {
        let mut state = self.lock();
        if !state.ending {
            state.threads.insert(tid, Some(switch));
        }
        !state.ending
    }

    /// The thread has ended. An error ends all others, unless it only says that a call of the host was
    /// cancelled: all threads share what cancels, and who cancelled knows the reason.
    pub fn leave(&self, tid: u32, result: Result<(), Error>) {
        let mut state = self.lock();
        state.threads.remove(&tid);
        let switches = match result {
            Ok(()) => Vec::new(),
            Err(e) if e.downcast_ref::<Cancelled>().is_some() => Vec::new(),
            Err(e) => state.stop(Some(e)),
        };
        drop(state);
        // A switch calls hooks of the embedder's: not under the lock.
        for switch in switches {
            switch.kill();
        }
        self.left.notify_all();
    }

    /// Stops every thread, unless that has been done, and waits until they are gone. Gives the reason
    /// for which the program ended, if there is one.
    pub fn end(&self, reason: Option<Error>) -> Option<Error> {
        let mut state = self.lock();
        state.main = None;
        let switches = state.stop(reason);
        drop(state);
        for switch in switches {
            switch.kill();
        }
        let mut state = self.lock();
        while !state.threads.is_empty() {
            state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.reason.take()
    }

    pub fn count(&self) -> usize {
        self.lock().threads.len()
    }
}
