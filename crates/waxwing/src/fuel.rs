//! Fuel: bounding and measuring what guests do, the same on every machine.

use crate::store::{StoreData, StoreMut, StoreRef};
use crate::{AsContext, AsContextMut, Caller, Error, Result, Store, Trap};
use std::sync::Arc;
use waxwing_vm::Failure;

impl<T> Store<T> {
    /// Makes this much fuel be left. A new store has none.
    ///
    /// ```
    /// use waxwing::{Config, Engine, FuelCosts, Instance, Module, Store, Trap};
    ///
    /// let engine = Engine::new(Config::new().fuel(FuelCosts::new()))?;
    /// let module = Module::new(&engine, r#"(module (func (export "f") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::instantiate(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "f")?;
    /// store.set_fuel(1000)?;
    /// assert_eq!(spin.call(&mut store, ()).unwrap_err().trap(), Some(Trap::OutOfFuel));
    /// assert_eq!(store.fuel()?, 0);
    /// assert_eq!(store.fuel_consumed()?, 1001);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the store's engine does not meter ([`crate::Config::fuel`]).
    pub fn set_fuel(&mut self, left: u64) -> Result<()> {
        self.as_context_mut().set_fuel(left)
    }

    /// Adds fuel to what is left.
    ///
    /// # Errors
    /// As for [`Store::set_fuel`].
    pub fn add_fuel(&mut self, more: u64) -> Result<()> {
        self.as_context_mut().add_fuel(more)
    }

    /// How much fuel is left.
    ///
    /// # Errors
    /// As for [`Store::set_fuel`].
    pub fn fuel(&self) -> Result<u64> {
        self.as_context().fuel()
    }

    /// How much fuel was used up since the store was made, by guests and the host. A guest may use a
    /// little more than it has before it is ended: at most what the operators from one loop's or
    /// function's beginning to the next cost.
    ///
    /// # Errors
    /// As for [`Store::set_fuel`].
    pub fn fuel_consumed(&self) -> Result<u64> {
        self.as_context().fuel_consumed()
    }

    /// Whether guests that have used up their fuel, and get no more ([`Store::out_of_fuel`]), are
    /// suspended rather than ended: those that were begun by [`crate::TypedFunc::start`] and are not
    /// within a host function. They go on when they are resumed, to be given fuel before; what they have
    /// overspent is paid first. Off at first.
    ///
    /// ```
    /// use waxwing::{Config, Engine, FuelCosts, Instance, Module, Reason, Run, Store};
    ///
    /// let engine = Engine::new(Config::new().fuel(FuelCosts::new()))?;
    /// let text = r#"(module (func (export "count") (param i32) (result i32) (local $n i32)
    ///     (loop (local.set $n (i32.add (local.get $n) (i32.const 1)))
    ///         (br_if 0 (i32.lt_u (local.get $n) (local.get 0))))
    ///     (local.get $n)))"#;
    /// let module = Module::new(&engine, text)?;
    /// let mut store = Store::new(&engine, ());
    /// store.suspend_without_fuel(true)?;
    /// let instance = Instance::instantiate(&mut store, &module, &[])?;
    /// let count = instance.get_typed_func::<i32, i32>(&mut store, "count")?;
    /// let (mut run, mut times) = (count.start(&mut store, 10_000)?, 0);
    /// let counted = loop {
    ///     match run {
    ///         Run::Done(counted) => break counted,
    ///         Run::Suspended(guest) => {
    ///             assert_eq!(guest.reason(), Reason::Fuel);
    ///             store.add_fuel(1000)?;
    ///             times += 1;
    ///             run = guest.resume(&mut store)?;
    ///         }
    ///     }
    /// };
    /// assert_eq!(counted, 10_000);
    /// assert!(times > 50);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Store::set_fuel`].
    pub fn suspend_without_fuel(&mut self, suspend: bool) -> Result<()> {
        let StoreMut(store) = self.as_context_mut();
        store.metered()?;
        store.vm.suspend_without_fuel(suspend);
        Ok(())
    }

    /// Asks `refill` when a guest of this store has used up its fuel: it may add some, whereupon the
    /// guest goes on, or answer `None`, which ends the guest with [`Trap::OutOfFuel`], or fail. What
    /// it adds pays the debt first, and must leave nothing owed.
    ///
    /// ```
    /// use waxwing::{Config, Engine, FuelCosts, Instance, Module, Store};
    ///
    /// let engine = Engine::new(Config::new().fuel(FuelCosts::new()))?;
    /// let text = r#"(module (func (export "count") (param i32)
    ///     (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    /// let module = Module::new(&engine, text)?;
    /// let mut store = Store::new(&engine, 0);
    /// store.out_of_fuel(|mut store| {
    ///     *store.data_mut() += 1;
    ///     Ok(Some(1000))
    /// })?;
    /// let instance = Instance::instantiate(&mut store, &module, &[])?;
    /// instance.get_typed_func::<i32, ()>(&mut store, "count")?.call(&mut store, 10_000)?;
    /// assert_eq!(store.fuel_consumed()?, 50_000);
    /// assert_eq!(*store.data(), 50);
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Store::set_fuel`].
    pub fn out_of_fuel(
        &mut self,
        refill: impl Fn(StoreMut<'_, T>) -> Result<Option<u64>> + Send + Sync + 'static,
    ) -> Result<()>
    where
        T: 'static,
    {
        let StoreMut(store) = self.as_context_mut();
        store.metered()?;
        store.vm.set_refill(Some(Arc::new(move |owner| {
            // SAFETY: the owner of a store of this crate is its `StoreData`, which nobody uses while a
            // guest asks for fuel.
            let store = unsafe { &mut *owner.cast::<StoreData<T>>() };
            refill(StoreMut(store)).map_err(|e| Failure::Host(Box::new(e)))
        })));
        Ok(())
    }
}

impl<T> StoreMut<'_, T> {
    /// Makes this much fuel be left; see [`Store::set_fuel`].
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn set_fuel(&mut self, left: u64) -> Result<()> {
        self.0.metered()?;
        self.0.vm.set_fuel(left);
        Ok(())
    }

    /// Adds fuel to what is left.
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn add_fuel(&mut self, more: u64) -> Result<()> {
        self.0.metered()?;
        self.0.vm.add_fuel(more);
        Ok(())
    }

    /// How much fuel is left.
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn fuel(&self) -> Result<u64> {
        StoreRef(self.0).fuel()
    }

    /// How much fuel was used up; see [`Store::fuel_consumed`].
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn fuel_consumed(&self) -> Result<u64> {
        StoreRef(self.0).fuel_consumed()
    }
}

impl<T> StoreRef<'_, T> {
    /// How much fuel is left.
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn fuel(&self) -> Result<u64> {
        self.0.metered()?;
        Ok(self.0.vm.fuel_left())
    }

    /// How much fuel was used up; see [`Store::fuel_consumed`].
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn fuel_consumed(&self) -> Result<u64> {
        self.0.metered()?;
        Ok(self.0.vm.fuel_used())
    }
}

impl<T> Caller<'_, T> {
    /// How much fuel is left. Everything that the guest did before this call is paid, and nothing of
    /// what follows.
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn fuel(&self) -> Result<u64> {
        self.as_context().fuel()
    }

    /// How much fuel was used up; see [`Store::fuel_consumed`].
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn fuel_consumed(&self) -> Result<u64> {
        self.as_context().fuel_consumed()
    }

    /// Adds fuel to what is left.
    ///
    /// # Errors
    /// If the store's engine does not meter.
    pub fn add_fuel(&mut self, more: u64) -> Result<()> {
        self.as_context_mut().add_fuel(more)
    }

    /// Takes fuel for what the host does on the guest's behalf.
    ///
    /// # Errors
    /// [`Trap::OutOfFuel`], to be handed on, if there is not as much, and [`Store::out_of_fuel`] does not
    /// give it; it is taken all the same. Also if the store's engine does not meter.
    pub fn consume_fuel(&mut self, cost: u64) -> Result<()> {
        let StoreMut(store) = self.as_context_mut();
        store.metered()?;
        store.vm.take_fuel(cost);
        let owner = store.owner();
        // SAFETY: `owner` is where this store is, and `vm` its engine part; nothing else is borrowed from
        // it.
        let ensured = unsafe {
            let vm = &raw mut (*owner.cast::<StoreData<T>>()).vm;
            waxwing_vm::ensure_fuel(vm, owner)
        };
        ensured.map_err(|failure| match failure {
            Failure::Host(error) => Error::from_box(error),
            _ => Error::from(Trap::OutOfFuel),
        })
    }
}

impl<T> StoreData<T> {
    fn metered(&self) -> Result<()> {
        if self.engine.is_metered() {
            return Ok(());
        }
        Err(Error::msg("the store has no fuel: its engine does not meter code; see Config::fuel"))
    }
}
