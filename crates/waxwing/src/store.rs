//! Stores: what instances live in.

use crate::suspend::Room;
use crate::{Engine, Error, GcStats, HostMeter, Instance, KillSwitch, ResourceLimiter, Result};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use waxwing_vm::gc::Heap;
use waxwing_vm::{Growth, StoreInner};

/// Instances, and the host's data of type `T` beside them. What is made in a store lives until the
/// store is dropped.
pub struct Store<T> {
    // A box, because host functions reach the data through its address.
    data: Box<StoreData<T>>,
}

/// What a [`Store`] keeps in its box. Public only because hidden methods of public traits take it;
/// it cannot be named from outside.
pub struct StoreData<T> {
    // Before the engine, whose pool it may use until it is dropped.
    pub(crate) vm: StoreInner,
    pub(crate) id: StoreId,
    pub(crate) engine: Engine,
    /// What the latest run that may be suspended was begun with, and its results.
    pub(crate) room: Option<Box<Room>>,
    pub(crate) data: T,
}

/// Tells stores apart; never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoreId(u64);

/// A store to read, borrowed.
pub struct StoreRef<'a, T>(pub(crate) &'a StoreData<T>);

/// A store, borrowed.
pub struct StoreMut<'a, T>(pub(crate) &'a mut StoreData<T>);

/// What a store can be read through: stores, callers, references to them.
pub trait AsContext {
    /// The host's data.
    type Data;
    /// The store.
    fn as_context(&self) -> StoreRef<'_, Self::Data>;
}

/// What a store can be used through: stores, callers, references to them.
pub trait AsContextMut: AsContext {
    /// The store.
    fn as_context_mut(&mut self) -> StoreMut<'_, Self::Data>;
}

impl<T> Store<T> {
    /// An empty store.
    pub fn new(engine: &Engine, data: T) -> Store<T> {
        let engine = engine.near();
        let mut vm = StoreInner::default();
        vm.set_gc_stress(engine.gc_stress());
        if engine.is_metered() {
            vm.set_metered();
        }
        if let Some(pool) = engine.pool() {
            // SAFETY: the engine holds the pool at an address that does not change, and the store
            // holds the engine, which is dropped after `vm`.
            unsafe { vm.set_pool(pool) };
        }
        Store { data: Box::new(StoreData { vm, id: StoreId::new(), engine, room: None, data }) }
    }

    /// The host's data.
    pub fn data(&self) -> &T {
        &self.data.data
    }

    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.data.data
    }

    /// Gives up the store and returns the host's data.
    pub fn into_data(self) -> T {
        self.data.data
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.data.engine
    }

    /// Has every growth of memories, tables and the number of instances asked of a limiter, which
    /// lives in the store's data.
    ///
    /// ```
    /// use waxwing::{Engine, Instance, Module, Store, StoreLimits};
    ///
    /// let engine = Engine::default();
    /// let limits = StoreLimits { memory: 1 << 20, ..StoreLimits::default() };
    /// let mut store = Store::new(&engine, limits);
    /// store.limiter(|limits| limits);
    /// let module = Module::new(&engine, "(module (memory 17))")?;
    /// assert!(Instance::instantiate(&mut store, &module, &[]).is_err());
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    pub fn limiter(
        &mut self,
        limiter: impl Fn(&mut T) -> &mut (dyn ResourceLimiter) + Send + Sync + 'static,
    ) where
        T: 'static,
    {
        self.data.vm.limiter = Some(Box::new(move |owner, growth| {
            let owner = owner.cast::<StoreData<T>>();
            // SAFETY: the owner of a store of this crate is its `StoreData`. The engine holds a
            // reference to the field `vm` at most, which is not touched here.
            let data = unsafe { &mut (*owner).data };
            let limiter = limiter(data);
            let narrow = |v: u64| usize::try_from(v).unwrap_or(usize::MAX);
            match growth {
                Growth::Memory { current, wanted, max } => {
                    limiter.memory_growing(narrow(current), narrow(wanted), max.map(narrow))
                }
                Growth::Table { current, wanted, max } => {
                    limiter.table_growing(narrow(current), narrow(wanted), max.map(narrow))
                }
                Growth::Heap { current, wanted } => {
                    limiter.heap_growing(narrow(current), narrow(wanted))
                }
                Growth::Instance => limiter.instance_growing(),
            }
        }));
    }

    /// Collects the heap of objects now: releases what neither a guest nor the host holds any more,
    /// values of the host's included. It also happens by itself, as the heap fills.
    ///
    /// ```
    /// use waxwing::{Engine, ExternRef, Global, GlobalType, RefType, Store, Val, ValType};
    /// use std::sync::Arc;
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let value = Arc::new(5);
    /// let ty = GlobalType { content: ValType::Ref(RefType::EXTERNREF), mutable: true };
    /// let held = Val::ExternRef(Some(ExternRef::new(value.clone())));
    /// let global = Global::new(&mut store, ty, held)?;
    /// store.gc();
    /// assert_eq!(Arc::strong_count(&value), 2);
    /// global.set(&mut store, Val::ExternRef(None))?;
    /// store.gc();
    /// assert_eq!(Arc::strong_count(&value), 1);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    pub fn gc(&mut self) {
        self.data.collect();
    }

    /// What the heap of objects has done so far; zeros if there is none.
    pub fn gc_stats(&self) -> GcStats {
        self.data.vm.heap().map(Heap::stats).unwrap_or_default()
    }

    /// A switch that ends this store's guest from any thread.
    ///
    /// ```
    /// use waxwing::{Engine, Instance, Module, Store, Trap};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::instantiate(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let switch = store.kill_switch();
    /// let killer = std::thread::spawn(move || switch.kill());
    /// assert_eq!(spin.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Killed));
    /// killer.join().unwrap();
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    pub fn kill_switch(&self) -> KillSwitch {
        self.data.vm.context.kill_switch()
    }

    /// Has a meter sum up the calls of host functions that are put into this store from now on, and the
    /// time they take. Reading the clock costs each call some nanoseconds.
    pub fn measure_host_calls(&mut self, meter: &Arc<HostMeter>) {
        self.data.vm.host_meter = Some(meter.clone());
    }

    /// Begins anew: all instances are reset in the order in which they were made ([`Instance::reset`]),
    /// kill switches that were made before do nothing any more, the deadline is gone, and a guest that is
    /// suspended is abandoned. A store whose guest was killed can be used again after this. What the host made in the store, and its data,
    /// stay as they are; so does what hooks of [`Store::on_stop`] have done.
    ///
    /// ```
    /// use waxwing::{Engine, Instance, Module, Store, Trap};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") (result i32) i32.const 5))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::instantiate(&mut store, &module, &[])?;
    /// let f = instance.get_typed_func::<(), i32>(&mut store, "f")?;
    /// let switch = store.kill_switch();
    /// assert!(switch.kill());
    /// assert_eq!(f.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Killed));
    /// store.reset()?;
    /// assert!(!switch.kill(), "it was the switch of another life");
    /// assert_eq!(f.call(&mut store, ())?, 5);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Instance::reset`]. After an error the store is to be dropped.
    pub fn reset(&mut self) -> Result<()> {
        let context = &self.data.vm.context;
        if context.is_running() {
            return Err(Error::msg("cannot reset a store while a guest of it runs"));
        }
        context.abandon();
        context.begin_life();
        for raw in self.data.vm.instances() {
            Instance::new(raw, self.data.id).reset(&mut *self)?;
        }
        Ok(())
    }

    /// Has `hook` called when the guest is to stop, on the thread that asks for it: a host function
    /// that blocks can be woken so. The hook must not block. One that is being called when the store is reset
    /// may end in the next life.
    pub fn on_stop(&mut self, hook: impl Fn() + Send + Sync + 'static) {
        self.data.vm.context.on_stop(Box::new(hook));
    }

    /// Ends guests of this store with [`crate::Trap::DeadlineExceeded`] once this much time has
    /// passed, counted from now; `None` takes the deadline away. Code that runs pays nothing for
    /// it.
    pub fn set_deadline(&mut self, after: Option<Duration>) {
        // A time too far away to be named is no deadline.
        let at = after.and_then(|d| Instant::now().checked_add(d));
        self.data.vm.context.set_deadline(at);
    }
}

impl<T> Store<T> {
    /// How long guests run at a time: those that were begun by `start` are suspended with
    /// [`crate::Reason::TimeSlice`] after so long, and those begun by `call_async` let other tasks
    /// run. Code that runs pays nothing for it. Guests are not suspended while a host function waits
    /// for them, and those begun by `call` not at all; one that waits for another guest's notification
    /// goes on waiting, and is suspended when it is woken.
    ///
    /// While a guest is suspended so, the host may read everything of the store, and write memories and
    /// globals; it cannot grow memories, change tables, or make instances and objects, since the
    /// guest may be in the middle of anything.
    ///
    /// ```
    /// use std::time::Duration;
    /// use waxwing::{Engine, Instance, Module, Reason, Run, Store};
    ///
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_time_slice(Some(Duration::from_micros(100)));
    /// let instance = Instance::instantiate(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let mut state = spin.start(&mut store, ())?;
    /// for _ in 0..5 {
    ///     let Run::Suspended(guest) = state else { panic!("it never ends") };
    ///     assert_eq!(guest.reason(), Reason::TimeSlice);
    ///     state = guest.resume(&mut store)?;
    /// }
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    pub fn set_time_slice(&mut self, slice: Option<Duration>) {
        self.data.vm.context.set_time_slice(slice);
    }
}

impl<T> StoreData<T> {
    /// Whether the host may change what a guest relies on between two instructions.
    ///
    /// # Errors
    /// If a guest is suspended in the middle of something.
    pub fn thawed(&self, what: &str) -> Result<()> {
        if !self.vm.context.is_frozen() {
            return Ok(());
        }
        Err(Error::msg(format!(
            "cannot {what} now: a guest of the store was suspended by a time slice; resume it or drop \
             the suspension first"
        )))
    }

    /// Whether no guest is running or could go on.
    ///
    /// # Errors
    /// If one is or could.
    pub fn at_rest(&self, what: &str) -> Result<()> {
        let context = &self.vm.context;
        let why = if context.is_running() {
            "a guest of its store runs"
        } else if context.is_suspended() {
            "a guest of its store is suspended; resume it or drop the suspension first"
        } else {
            return Ok(());
        };
        Err(Error::msg(format!("cannot {what} while {why}")))
    }

    /// Asks the limiter, if there is one.
    ///
    /// # Errors
    /// What the limit forbids.
    pub fn ask(&mut self, growth: Growth) -> Result<()> {
        let owner = self.owner();
        // SAFETY: `owner` is where this store is; the limiter touches `data` alone.
        let vm = unsafe { &mut (*owner.cast::<StoreData<T>>()).vm };
        vm.ask(owner, growth).map_err(Error::msg)
    }

    /// Collects the heap.
    pub fn collect(&mut self) {
        let owner = self.owner();
        // SAFETY: `owner` is where this store is, and `vm` its engine part; nothing else is borrowed
        // from it, and what the host holds it holds by handles.
        unsafe {
            let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
            StoreInner::collect(vm, owner);
        }
    }

    /// A value by its bits. It is to be put where the collector finds it before anything else
    /// happens.
    ///
    /// # Errors
    /// If the heap is full.
    pub fn raw_of(&mut self, value: &crate::Val) -> Result<u128> {
        let raw = value.to_raw(self);
        self.vm.let_go();
        raw
    }

    /// What the engine passes to host functions of this store.
    pub fn owner(&mut self) -> *mut () {
        std::ptr::from_mut(self).cast()
    }
}

impl<T> StoreMut<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.0.data
    }

    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.0.data
    }
}

impl<T> StoreMut<'_, T> {
    /// Collects the heap of objects now; see [`Store::gc`].
    pub fn gc(&mut self) {
        self.0.collect();
    }
}

impl<T> StoreRef<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.0.data
    }
}

impl<T> AsContext for Store<T> {
    type Data = T;
    fn as_context(&self) -> StoreRef<'_, T> {
        StoreRef(&self.data)
    }
}

impl<T> AsContextMut for Store<T> {
    fn as_context_mut(&mut self) -> StoreMut<'_, T> {
        StoreMut(&mut self.data)
    }
}

impl<T> AsContext for StoreRef<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreRef<'_, T> {
        StoreRef(self.0)
    }
}

impl<T> AsContext for StoreMut<'_, T> {
    type Data = T;
    fn as_context(&self) -> StoreRef<'_, T> {
        StoreRef(self.0)
    }
}

impl<T> AsContextMut for StoreMut<'_, T> {
    fn as_context_mut(&mut self) -> StoreMut<'_, T> {
        StoreMut(self.0)
    }
}

impl<C: AsContext> AsContext for &C {
    type Data = C::Data;
    fn as_context(&self) -> StoreRef<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContext> AsContext for &mut C {
    type Data = C::Data;
    fn as_context(&self) -> StoreRef<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContextMut> AsContextMut for &mut C {
    fn as_context_mut(&mut self) -> StoreMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}

/// Numbers of stores that a thread takes at once.
const IDS: u64 = 1 << 16;

impl StoreId {
    fn new() -> StoreId {
        static NEXT: AtomicU64 = AtomicU64::new(IDS);
        thread_local!(static LAST: Cell<u64> = const { Cell::new(0) });
        let block = || NEXT.fetch_add(IDS, Ordering::Relaxed);
        let next = |last: &Cell<u64>| {
            let id = if last.get().is_multiple_of(IDS) { block() } else { last.get() };
            last.set(id + 1);
            id
        };
        // A thread that is ending has lost its block.
        StoreId(LAST.try_with(next).unwrap_or_else(|_| block()))
    }

    /// As a number, and back.
    pub fn number(self) -> u64 {
        self.0
    }

    pub fn of(number: u64) -> StoreId {
        StoreId(number)
    }

    /// # Panics
    /// If something is used with a store that it does not belong to: a bug of the embedder's.
    #[inline]
    pub fn check(self, other: StoreId) {
        assert!(self == other, "an object was used with a store that it does not belong to");
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("data", self.data()).finish_non_exhaustive()
    }
}
