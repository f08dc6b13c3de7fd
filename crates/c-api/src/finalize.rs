//! What the host attaches to objects, and its finalizers.
//!
//! A finalizer is C code that may call this interface again. It must not run in the middle of the
//! engine's own work (a collection that drops a value of the host's, say): those wait until the engine
//! is left, on the thread that dropped them.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

/// `void (*)(void*)`
pub type Finalizer = unsafe extern "C" fn(*mut c_void);

/// A pointer of the host's, and what is to be called when nobody needs it any more: once.
pub struct HostInfo {
    pointer: *mut c_void,
    finalizer: Option<Finalizer>,
}

// SAFETY: the pointer is never followed here; `wasm.h` leaves it to the program what it means and
// which thread uses the objects it is attached to.
unsafe impl Send for HostInfo {}
// SAFETY: as above.
unsafe impl Sync for HostInfo {}

impl HostInfo {
    /// A pointer and its finalizer, if it has one.
    pub fn new(pointer: *mut c_void, finalizer: Option<Finalizer>) -> HostInfo {
        HostInfo { pointer, finalizer }
    }

    /// The pointer.
    pub fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for HostInfo {
    fn drop(&mut self) {
        let Some(finalizer) = self.finalizer.take() else { return };
        let due = Due(finalizer, self.pointer);
        let inside = INSIDE.try_with(Cell::get).unwrap_or(false);
        if inside
            && LATER.try_with(|later| later.borrow_mut().push(Due(finalizer, self.pointer))).is_ok()
        {
            return;
        }
        due.run();
    }
}

/// A finalizer that has to run.
struct Due(Finalizer, *mut c_void);

impl Due {
    fn run(self) {
        // SAFETY: the program gave both together, for this one call.
        unsafe { (self.0)(self.1) }
    }
}

thread_local! {
    /// Whether this thread is in the engine.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// Finalizers that wait for it to leave.
    static LATER: RefCell<Vec<Due>> = const { RefCell::new(Vec::new()) };
}

/// Says whether this thread is in the engine, until it is dropped.
pub struct Inside {
    before: bool,
}

impl Inside {
    /// The engine begins its work.
    pub fn enter() -> Inside {
        Inside { before: INSIDE.try_with(|inside| inside.replace(true)).unwrap_or(false) }
    }

    /// The engine calls the host.
    pub fn leave() -> Inside {
        let before = INSIDE.try_with(|inside| inside.replace(false)).unwrap_or(false);
        run_due();
        Inside { before }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| inside.set(self.before));
        if !self.before {
            run_due();
        }
    }
}

/// Runs what waited. A finalizer may make others due.
fn run_due() {
    while let Some(due) = LATER.try_with(|later| later.borrow_mut().pop()).ok().flatten() {
        due.run();
    }
}
