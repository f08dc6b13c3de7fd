//! The context of a store: what compiled code, the entries, signal handlers and kill switches share.
//!
//! Non-atomic fields belong to the thread that owns the store. A signal handler of that thread reads
//! them only while the stack pointer is on the guest's stack, and then no host code is in the middle
//! of changing them.

use crate::reset::Threads;
use crate::{Backtrace, Code, StoreInner, builtins, gc, stop::Stop, suspend};
use smallvec::SmallVec;
use std::any::Any;
use std::cell::{Cell, RefCell, UnsafeCell};
use std::error::Error;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use waxwing_fiber::{Meter, Switch};
use waxwing_module::Trap;

/// Bits of [`Switch::pending`].
pub(crate) mod pending {
    /// A built-in or host function failed: [`super::StoreContext::failure`] says how.
    pub const FAILED: u32 = 1;
    /// A kill switch was thrown. Taken back only when a new life begins.
    pub const KILLED: u32 = 2;
    /// The deadline has passed.
    pub const DEADLINE: u32 = 4;
    /// A slice of time is over.
    pub const SLICE: u32 = 16;
}

/// Why a call into a guest did not return.
#[derive(Debug)]
pub enum Exit {
    /// The guest trapped or was stopped.
    Trap(Trap, Backtrace),
    /// A host function failed.
    Host(Box<dyn Error + Send + Sync>, Backtrace),
    /// An exception that nothing in the guest catches; a reference in the store's heap, which the
    /// next collection may find to be nobody's.
    Exception(u32, Backtrace),
    /// A host function panicked.
    Panic(Box<dyn Any + Send>),
}

/// A failure on its way from a host function or built-in to the call that entered the guest.
#[derive(Debug)]
pub enum Failure {
    /// A trap.
    Trap(Trap),
    /// An error of a host function.
    Host(Box<dyn Error + Send + Sync>),
    /// An exception of this store, which the guest may catch.
    Exception(u32),
    /// A panic.
    Panic(Box<dyn Any + Send>),
}

/// What a signal handler wrote down about a guest that it ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// The trap; none for a stop, whose reason is pending.
    pub trap: Option<Trap>,
    pub pc: usize,
    pub fp: usize,
    pub sp: usize,
}

/// A guest stack: addresses that guest frames may occupy, and the guard below them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestStack {
    /// Inaccessible addresses below the stack.
    pub guard: Range<usize>,
    /// The stack.
    pub stack: Range<usize>,
}

/// What is never [`waxwing_sys::ready_thread`].
pub(crate) const NOT_SETTLED: u64 = u64::MAX;

/// A number that the owner's thread alone changes, and requesters of stops look at (`crates/vm/src/stop.rs`).
#[derive(Debug, Default)]
pub(crate) struct Depth(AtomicU32);

impl Depth {
    #[inline]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// As requesters see it.
    pub fn seen(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    #[inline]
    pub fn set(&self, depth: u32) {
        self.0.store(depth, Ordering::Release);
    }
}

/// What a store uses that has run nothing yet.
static NO_STACK: GuestStack = GuestStack { guard: 0..0, stack: 0..0 };

/// See the module's documentation.
#[repr(C)]
#[derive(Debug)]
pub struct StoreContext {
    /// Assembly writes it.
    pub(crate) switch: UnsafeCell<Switch>,
    /// Compiled code allocates here.
    pub(crate) bump: UnsafeCell<gc::Bump>,
    /// Assembly writes it, and the signal handler.
    pub(crate) meter: UnsafeCell<Meter>,
    /// The guest stack in use while `depth` is not zero: an instance's of this store, or none yet.
    pub(crate) stack: Cell<*const GuestStack>,
    /// Address ranges whose faults are the guest's.
    pub(crate) regions: RefCell<SmallVec<[Range<usize>; 2]>>,
    pub(crate) fault: Cell<Option<Fault>>,
    pub(crate) failure: RefCell<Option<Failure>>,
    /// Frames through which outer calls left the guest, outermost first.
    pub(crate) exits: RefCell<Vec<usize>>,
    /// How many calls into the guest are open.
    pub(crate) depth: Depth,
    /// The thread for which all is set up that an outermost call needs ([`waxwing_sys::ready_thread`]):
    /// `stop` and `ran` know it. [`NOT_SETTLED`] if none is, as in a store whose code is metered.
    pub(crate) settled: Cell<u64>,
    /// The code in which a handler was last looked for; null, or code that the store holds.
    pub(crate) last_code: Cell<*const Code>,
    /// On which threads a guest has run.
    pub(crate) ran: Threads,
    /// The store, while a call into the guest is open; whatever it was last, if none is.
    pub(crate) store: Cell<*mut StoreInner>,
    /// Whatever the embedding layer keeps the store in, while a call is open.
    pub(crate) owner: Cell<*mut ()>,
    /// Itself, for timers.
    pub(crate) me: Weak<StoreContext>,
    pub(crate) stop: Stop,
    pub(crate) suspend: suspend::State,
}

// SAFETY: a context moves between threads only with its store, whose type says whether it may; the
// raw pointers are null or belong to that store.
unsafe impl Send for StoreContext {}
// SAFETY: other threads only reach `switch.pending`, `depth` and `stop`, which are atomic or locked, through
// `KillSwitch`; the rest is private to the owner's thread.
unsafe impl Sync for StoreContext {}

impl StoreContext {
    pub(crate) fn new() -> Arc<StoreContext> {
        Arc::new_cyclic(|me| StoreContext {
            me: me.clone(),
            switch: UnsafeCell::new(Switch {
                host_sp: std::ptr::null_mut(),
                exit_fp: std::ptr::null(),
                pending: AtomicU32::new(0),
                has_heap: 0,
                builtins: builtins::TABLE.as_ptr(),
            }),
            bump: UnsafeCell::default(),
            meter: UnsafeCell::new(Meter {
                left: 0,
                entry: waxwing_fiber::fuel_entry(),
                metered: 0,
                leaves: 0,
            }),
            stack: Cell::new(&raw const NO_STACK),
            regions: RefCell::default(),
            fault: Cell::new(None),
            failure: RefCell::new(None),
            exits: RefCell::default(),
            depth: Depth::default(),
            settled: Cell::new(NOT_SETTLED),
            last_code: Cell::new(std::ptr::null()),
            ran: Threads::default(),
            store: Cell::new(std::ptr::null_mut()),
            owner: Cell::new(std::ptr::null_mut()),
            stop: Stop::default(),
            suspend: suspend::State::default(),
        })
    }

    /// The guest stack in use, or last in use.
    pub(crate) fn guest_stack(&self) -> &GuestStack {
        // SAFETY: it belongs to an instance, which lives as long as the store, or is static.
        unsafe { &*self.stack.get() }
    }

    /// Whether faults at this address are the guest's. The regions can only be borrowed by host code
    /// that changes them, and then no guest runs.
    pub(crate) fn owns(&self, address: usize) -> bool {
        self.regions.try_borrow().is_ok_and(|r| r.iter().any(|r| r.contains(&address)))
    }

    /// The bits that ask the guest to stop.
    pub(crate) fn pending(&self) -> &AtomicU32 {
        // SAFETY: the switch lives as long as the context, and the field is atomic: a shared
        // reference to it is sound whatever assembly does with its neighbours.
        unsafe { &(*self.switch.get()).pending }
    }

    /// Makes the guest end at the next return from the host, for this reason. The first reason
    /// stays.
    pub fn fail(&self, failure: Failure) {
        let mut slot = self.failure.borrow_mut();
        if slot.is_none() {
            *slot = Some(failure);
        }
        self.pending().fetch_or(pending::FAILED, Ordering::Relaxed);
    }

    /// The store. To be asked while a call into the guest is open.
    pub fn store(&self) -> *mut StoreInner {
        self.store.get()
    }

    /// What the embedding layer gave to the latest call. To be asked while one is open.
    pub fn owner(&self) -> *mut () {
        self.owner.get()
    }

    /// The trap that pending stop requests stand for.
    pub fn stop_reason(&self) -> Option<Trap> {
        let bits = self.pending().load(Ordering::Relaxed);
        if bits & pending::KILLED != 0 {
            Some(Trap::Killed)
        } else if bits & pending::DEADLINE != 0 {
            Some(Trap::DeadlineExceeded)
        } else {
            None
        }
    }
}

const _: () = {
    use std::mem::offset_of;
    use waxwing_layout::instance::store_context;
    assert!(offset_of!(StoreContext, switch) == 0);
    assert!(offset_of!(StoreContext, bump) == store_context::BUMP_NEXT as usize);
    assert!(offset_of!(StoreContext, meter) == store_context::FUEL_LEFT as usize);
    assert!(store_context::BUMP_LIMIT == store_context::BUMP_NEXT + waxwing_layout::gc::BUMP_LIMIT);
};
