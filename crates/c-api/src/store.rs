//! Stores, shared by everything that refers to what is in them.

use crate::boundary::{export, need};
use crate::engine::{EngineShared, wasm_engine_t};
use crate::finalize::{HostInfo, Inside};
use crate::func::{or_trap, stray_trap};
use crate::refs::Ref;
use std::cell::{Cell, UnsafeCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use waxwing::{
    AsContextMut, Caller, Error, Instance, KillSwitch, Result, Store, StoreLimits, StoreMut,
};
use waxwing_wasi_p1::WasiP1;

/// What a store keeps for its host functions.
pub struct Data {
    /// The store as C knows it. Weak: what is in a store does not hold it.
    pub cell: Weak<StoreCell>,
    /// Asked by the store's limiter.
    pub limits: StoreLimits,
    /// The guest's WASI, once it was granted.
    pub wasi: Option<WasiP1>,
}

/// What the host's things are found by: kind, and two numbers that tell one of the kind from others.
pub type Key = (u8, usize, usize);

/// A store, and who uses it.
///
/// Exclusive use is by `owner`: the thread that is in the store, 0 if none is. Within that thread
/// either the store itself is lent (`with` from outside), or a guest runs and a host function's
/// `Caller` is published for the time that C code runs.
pub struct StoreCell {
    store: UnsafeCell<ManuallyDrop<Store<Data>>>,
    owner: AtomicUsize,
    /// How the owner reaches the store from within a host function; null while the engine itself is
    /// at work.
    caller: Cell<*mut Caller<'static, Data>>,
    infos: Mutex<HashMap<Key, HostInfo>>,
    instances: Mutex<Vec<(usize, Instance)>>,
    engine: Arc<EngineShared>,
    kill: Mutex<KillSwitch>,
}

// SAFETY: `store` and `caller` are used only by the thread that has made itself the owner, with
// acquire and release, and may be sent (checked below); the rest is shared by its nature.
unsafe impl Send for StoreCell {}
// SAFETY: as above.
unsafe impl Sync for StoreCell {}

const fn may_be_sent<T: Send>() {}
const _: () = may_be_sent::<Store<Data>>();

/// A number that is this thread's as long as it lives; not 0.
fn this_thread() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    // A thread that is being torn down has a stack, whose addresses are its own as well.
    let here = 0u8;
    MARK.try_with(|mark| std::ptr::from_ref(mark) as usize)
        .unwrap_or(std::ptr::from_ref(&here) as usize)
}

/// Gives the store back at the end of [`StoreCell::with`].
enum Lent<'a> {
    Whole(&'a StoreCell),
    Through(&'a StoreCell, *mut Caller<'static, Data>),
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        match self {
            Lent::Whole(cell) => cell.owner.store(0, Ordering::Release),
            Lent::Through(cell, caller) => cell.caller.set(*caller),
        }
    }
}

/// Takes a published caller back.
pub struct Published<'a>(&'a StoreCell);

impl Drop for Published<'_> {
    fn drop(&mut self) {
        self.0.caller.set(std::ptr::null_mut());
    }
}

impl StoreCell {
    /// An empty store.
    pub fn new(engine: Arc<EngineShared>) -> Arc<StoreCell> {
        Arc::new_cyclic(|cell| {
            let data = Data { cell: cell.clone(), limits: StoreLimits::default(), wasi: None };
            let mut store = Store::new(&engine.engine, data);
            store.limiter(|data| &mut data.limits);
            let kill = Mutex::new(store.kill_switch());
            StoreCell {
                store: UnsafeCell::new(ManuallyDrop::new(store)),
                owner: AtomicUsize::new(0),
                caller: Cell::new(std::ptr::null_mut()),
                infos: Mutex::default(),
                instances: Mutex::default(),
                engine,
                kill,
            }
        })
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<EngineShared> {
        &self.engine
    }

    /// Ends its guests. To be had while another thread is in the store, so it is kept outside.
    pub fn kill_switch(&self) -> KillSwitch {
        self.kill.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins anew ([`Store::reset`]).
    ///
    /// # Errors
    /// As for [`StoreCell::with_whole`], and as for [`Store::reset`].
    pub fn reset(&self) -> Result<()> {
        self.with_whole(|store| {
            // Before, for start functions that wait; and after, since until its new life has begun the
            // store can be killed by its old one. No kill of the new life is lost by that: no guest
            // waits now, and the next run ends before it could.
            allow_waits(store);
            let reset = store.reset();
            allow_waits(store);
            *self.kill.lock().unwrap_or_else(PoisonError::into_inner) = store.kill_switch();
            reset
        })?
    }

    /// Uses the store.
    ///
    /// # Errors
    /// If another thread is using it.
    pub fn with<R>(&self, f: impl FnOnce(StoreMut<'_, Data>) -> R) -> Result<R> {
        // First, so that it ends last: finalizers run when the store is free again.
        let _inside = Inside::enter();
        match self.lend()? {
            (None, _lent) => {
                // SAFETY: this thread has just become the owner, so nobody else has a reference.
                Ok(f(unsafe { &mut **self.store.get() }.as_context_mut()))
            }
            (Some(caller), _lent) => {
                // SAFETY: a host function of this thread's published it and is not using it until
                // the C code that it calls returns; it was taken out, so nobody else finds it.
                Ok(f(unsafe { &mut *caller }.as_context_mut()))
            }
        }
    }

    /// Uses the store as a whole, for what cannot be done while a guest runs.
    ///
    /// # Errors
    /// If another thread is using it, or a guest of it is running.
    pub fn with_whole<R>(&self, f: impl FnOnce(&mut Store<Data>) -> R) -> Result<R> {
        let _inside = Inside::enter();
        let (None, _lent) = self.lend()? else {
            return Err(Error::msg(
                "a guest of the store is running; do this before or afterwards",
            ));
        };
        // SAFETY: as in `with`.
        Ok(f(unsafe { &mut *self.store.get() }))
    }

    /// Uses what a host function was called with.
    ///
    /// # Errors
    /// If another thread is using it, or no guest of it is running.
    pub fn with_caller<R>(&self, f: impl FnOnce(&mut Caller<'_, Data>) -> R) -> Result<R> {
        let _inside = Inside::enter();
        let (Some(caller), _lent) = self.lend()? else {
            return Err(Error::msg("no guest of the store is calling: this is for host functions"));
        };
        // SAFETY: as in `with`.
        Ok(f(unsafe { &mut *caller }))
    }

    fn lend(&self) -> Result<(Option<*mut Caller<'static, Data>>, Lent<'_>)> {
        let me = this_thread();
        match self.owner.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => Ok((None, Lent::Whole(self))),
            Err(owner) if owner == me => {
                let caller = self.caller.replace(std::ptr::null_mut());
                if caller.is_null() {
                    return Err(Error::msg("the store is at work: it cannot be used from here"));
                }
                Ok((Some(caller), Lent::Through(self, caller)))
            }
            Err(_) => Err(Error::msg("the store is in use by another thread")),
        }
    }

    /// Lets C code that a host function calls use the store through the function's caller.
    pub fn publish<'a>(&'a self, caller: &'a mut Caller<'_, Data>) -> Published<'a> {
        // The lifetime ends with what is returned, which borrows the caller.
        self.caller.set(std::ptr::from_mut(caller).cast());
        Published(self)
    }

    /// What the host attached to its things in the store.
    pub fn infos(&self) -> MutexGuard<'_, HashMap<Key, HostInfo>> {
        self.infos.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers an instance, for frames of traps.
    pub fn add_instance(&self, code: usize, instance: Instance) {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner).push((code, instance));
    }

    /// The instance of this code; nothing if there are several, or none.
    pub fn instance_of(&self, code: usize) -> Option<Instance> {
        let instances = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_code = instances.iter().filter(|(c, _)| *c == code);
        let found = of_code.next()?.1;
        of_code.next().is_none().then_some(found)
    }
}

impl Drop for StoreCell {
    fn drop(&mut self) {
        let _inside = Inside::enter();
        // SAFETY: nobody refers to the store any more, and it is not used after this.
        unsafe { ManuallyDrop::drop(self.store.get_mut()) };
        self.infos().clear();
    }
}

/// Lets guests wait in WASI again, after a kill has ended that.
fn allow_waits(store: &Store<Data>) {
    if let Some(wasi) = &store.data().wasi {
        wasi.cancel().reset();
    }
}

/// A store.
pub struct wasm_store_t(pub Arc<StoreCell>);

export! {
    attempt fn wasm_store_new(engine: Option<&wasm_engine_t>) -> Option<Box<wasm_store_t>> {
        let engine = need(engine, "the engine of a store")?;
        Ok(Some(Box::new(wasm_store_t(StoreCell::new(engine.0.clone())))))
    }
    guard fn wasm_store_delete(store: Option<Box<wasm_store_t>>) {
        drop(store);
    }
    guard fn waxwing_store_reset(store: *const wasm_store_t) -> Option<Box<Ref>> {
        // SAFETY: the header promises that it is null or valid; the borrow ends before start functions
        // run, which may delete what the program named the store by.
        let store = unsafe { store.as_ref() }.map(|store| store.0.clone());
        match need(store, "the store to reset") {
            Ok(store) => or_trap(&store, || store.reset()),
            Err(e) => {
                crate::boundary::remember(&e);
                stray_trap(&e.to_string())
            }
        }
    }
}
