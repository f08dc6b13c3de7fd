//! Fuel: what is left of it in a store whose code is metered, and what happens when there is none.
//!
//! Metered code counts down a register, which the entries put into [`Meter::left`] whenever the guest
//! leaves its stack, and the signal handler when it ends the guest; whoever reads or changes the fuel
//! does so there. The counter is signed: a guest may spend a little more than it has before it asks,
//! and that is a debt. Fuel beyond what the counter holds is kept in a reserve.

use crate::context::{Exit, Failure, StoreContext};
use crate::{Backtrace, StoreInner};
use std::sync::Arc;
use waxwing_module::Trap;

/// Asked for more when the fuel is used up: owner of the store (see [`crate::call()`]). The answer is
/// what is added; `None` ends the guest with [`Trap::OutOfFuel`].
pub type Refill = Arc<dyn Fn(*mut ()) -> Result<Option<u64>, Failure> + Send + Sync>;

/// The greatest debt. Whatever a guest spends before it is asked again, the counter does not overflow.
const MOST_DEBT: i128 = 1 << 62;

/// What a store knows of its fuel besides the counter.
#[derive(Default)]
pub(crate) struct Fuel {
    /// Beyond what the counter holds.
    reserve: u64,
    /// All that was ever given.
    given: i128,
    refill: Option<Refill>,
    /// Whether a guest that gets no more is suspended, if it can be.
    suspend: bool,
}

impl StoreContext {
    /// Whether the code of the store is metered.
    #[inline]
    pub(crate) fn is_metered(&self) -> bool {
        // SAFETY: the meter lives as long as the context, and only the owner's thread uses it.
        unsafe { (*self.meter.get()).metered != 0 }
    }

    /// Whether the store's guests have spent more than there was.
    pub(crate) fn owes_fuel(&self) -> bool {
        self.is_metered() && self.counter() < 0
    }

    /// The counter.
    pub(crate) fn counter(&self) -> i64 {
        // SAFETY: as above.
        unsafe { (*self.meter.get()).left }
    }

    /// Sets the counter, while the guest is away from its stack, or in the signal handler that ends
    /// it.
    pub(crate) fn set_counter(&self, left: i64) {
        // SAFETY: as above; compiled code and entries do not run now.
        unsafe { (*self.meter.get()).left = left };
    }
}

impl StoreInner {
    /// Says that the store's code is metered: all of it, and before there is any.
    pub fn set_metered(&mut self) {
        debug_assert!(self.instances.is_empty(), "no code is there yet");
        // SAFETY: only the owner's thread uses the meter, and no guest runs.
        unsafe {
            (*self.context.meter.get()).metered = 1;
            (*self.context.switch.get()).has_heap |= 2;
        }
    }

    /// What is left, below zero if too much was spent.
    fn balance(&self) -> i128 {
        i128::from(self.context.counter()) + i128::from(self.fuel.reserve)
    }

    fn set_balance(&mut self, balance: i128) {
        let counter = balance.clamp(-MOST_DEBT, i64::MAX.into());
        self.context.set_counter(counter as i64);
        match u64::try_from(balance - counter) {
            Ok(reserve) => self.fuel.reserve = reserve,
            Err(_) => {
                // What is forgiven was used all the same.
                self.fuel.reserve = 0;
                self.fuel.given += counter - balance;
            }
        }
    }

    /// What is left.
    pub fn fuel_left(&self) -> u64 {
        u64::try_from(self.balance().max(0)).unwrap_or(u64::MAX)
    }

    /// What was used up so far, by guests and the host.
    pub fn fuel_used(&self) -> u64 {
        u64::try_from((self.fuel.given - self.balance()).max(0)).unwrap_or(u64::MAX)
    }

    /// Makes this much be left; a debt is forgiven.
    pub fn set_fuel(&mut self, left: u64) {
        let used = self.fuel.given - self.balance();
        self.fuel.given = used + i128::from(left);
        self.set_balance(left.into());
    }

    /// Adds to what is left; a debt is paid first. What would be more than a `u64` can say is lost.
    pub fn add_fuel(&mut self, more: u64) {
        let room = i128::from(u64::MAX) - self.balance();
        let more = i128::from(more).min(room.max(0));
        self.fuel.given += more;
        self.set_balance(self.balance() + more);
    }

    /// Takes from what is left, also more than that.
    pub fn take_fuel(&mut self, cost: u64) {
        self.set_balance(self.balance() - i128::from(cost));
    }

    /// Whether a guest without fuel is suspended, where whoever runs it can go on with it.
    pub fn suspend_without_fuel(&mut self, suspend: bool) {
        self.fuel.suspend = suspend;
    }

    /// What [`StoreInner::suspend_without_fuel`] was last given.
    pub(crate) fn suspends_without_fuel(&self) -> bool {
        self.fuel.suspend
    }

    /// Has `refill` asked when the fuel is used up.
    pub fn set_refill(&mut self, refill: Option<Refill>) {
        self.fuel.refill = refill;
    }
}

/// Sees to it that nothing is owed, while no guest is on its stack. `owner` is as in
/// [`crate::call()`].
///
/// # Errors
/// If there is not enough, and no more is given.
///
/// # Safety
/// `store` is valid and owned by the current thread, `owner` is what its callbacks expect, and neither is
/// in use through a reference except one that these pointers were made from.
pub unsafe fn ensure_fuel(store: *mut StoreInner, owner: *mut ()) -> Result<(), Failure> {
    let refill = {
        // SAFETY: the caller vouches for the pointer. The reference ends before the callback, which may
        // use the store, is called.
        let store = unsafe { &mut *store };
        let balance = store.balance();
        store.set_balance(balance);
        if balance >= 0 {
            return Ok(());
        }
        store.fuel.refill.clone()
    };
    let Some(refill) = refill else { return Err(Failure::Trap(Trap::OutOfFuel)) };
    let more = refill(owner)?;
    // SAFETY: as above.
    let store = unsafe { &mut *store };
    if let Some(more) = more {
        store.add_fuel(more);
    }
    if store.balance() < 0 { Err(Failure::Trap(Trap::OutOfFuel)) } else { Ok(()) }
}

/// [`ensure_fuel`] for the guest of a call that is open.
pub(crate) fn ensure_guest_fuel(ctx: &StoreContext) -> Result<(), Failure> {
    // SAFETY: a call is open, so that both pointers are what they are to be, and nobody else uses the
    // store while the guest is away.
    unsafe { ensure_fuel(ctx.store(), ctx.owner()) }
}

/// The end of a guest that returned: it may have spent more than it had since it was last asked. Nobody is
/// asked for more here, where the guest's results lie open: if somebody would be, the next guest asks before
/// it does anything.
#[cold]
pub(crate) fn settle(ctx: &StoreContext) -> Result<(), Box<Exit>> {
    if !ctx.owes_fuel() {
        return Ok(());
    }
    // SAFETY: a call is open, so that the store's pointer is valid, and nobody else uses the store.
    let store = unsafe { &mut *ctx.store() };
    let balance = store.balance();
    store.set_balance(balance);
    if balance >= 0 || store.fuel.refill.is_some() {
        return Ok(());
    }
    Err(Box::new(Exit::Trap(Trap::OutOfFuel, Backtrace::default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metered() -> StoreInner {
        let mut store = StoreInner::default();
        store.set_metered();
        store
    }

    #[test]
    fn all_numbers_can_be_left() {
        let mut store = metered();
        for left in [0, 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
            store.set_fuel(left);
            assert_eq!((store.fuel_left(), store.fuel_used()), (left, 0));
        }
        store.take_fuel(7);
        assert_eq!((store.fuel_left(), store.fuel_used()), (u64::MAX - 7, 7));
        store.add_fuel(100);
        assert_eq!((store.fuel_left(), store.fuel_used()), (u64::MAX, 7));
        store.take_fuel(u64::MAX);
        assert_eq!(
            (store.fuel_left(), store.fuel_used()),
            (0, u64::MAX),
            "used is as large as can be said"
        );
    }

    #[test]
    fn a_debt_is_paid_by_adding_and_forgiven_by_setting() {
        let mut store = metered();
        store.set_fuel(10);
        store.take_fuel(15);
        assert_eq!((store.fuel_left(), store.fuel_used()), (0, 15));
        store.add_fuel(6);
        assert_eq!((store.fuel_left(), store.fuel_used()), (1, 15));
        store.take_fuel(9);
        store.set_fuel(4);
        assert_eq!((store.fuel_left(), store.fuel_used()), (4, 24));
    }
}
