//! What a store's guests may use, and how they are ended.

use crate::boundary::{Out, export, need, put};
use crate::store::wasm_store_t;
use std::time::Duration;
use waxwing::{KillSwitch, StoreLimits};

/// `waxwing_limits_t`: `SIZE_MAX` for no limit.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct waxwing_limits_t {
    memory: usize,
    table: usize,
    heap: usize,
    instances: usize,
}

/// A switch that ends a store's guests, from any thread.
pub struct waxwing_kill_switch_t(KillSwitch);

export! {
    attempt fn waxwing_store_limits_set(
        store: Option<&wasm_store_t>,
        limits: Option<&waxwing_limits_t>,
    ) -> bool {
        let limits = need(limits, "limits")?;
        let limits = StoreLimits {
            memory: limits.memory,
            table: limits.table,
            gc_heap: limits.heap,
            instances: limits.instances,
        };
        let store = need(store, "the store to limit")?;
        store.0.with(|mut context| context.data_mut().limits = limits)?;
        Ok(true)
    }
    attempt fn waxwing_store_fuel_set(store: Option<&wasm_store_t>, left: u64) -> bool {
        need(store, "the store of the fuel")?.0.with(|mut context| context.set_fuel(left))??;
        Ok(true)
    }
    attempt fn waxwing_store_fuel_add(store: Option<&wasm_store_t>, more: u64) -> bool {
        need(store, "the store of the fuel")?.0.with(|mut context| context.add_fuel(more))??;
        Ok(true)
    }
    attempt fn waxwing_store_fuel(store: Option<&wasm_store_t>, left: Out<'_, u64>) -> bool {
        put(left, need(store, "the store of the fuel")?.0.with(|context| context.fuel())??);
        Ok(true)
    }
    attempt fn waxwing_store_fuel_consumed(store: Option<&wasm_store_t>, consumed: Out<'_, u64>) -> bool {
        let store = need(store, "the store of the fuel")?;
        put(consumed, store.0.with(|context| context.fuel_consumed())??);
        Ok(true)
    }
    attempt fn waxwing_store_deadline_set(store: Option<&wasm_store_t>, nanoseconds: u64) -> bool {
        let after = Duration::from_nanos(nanoseconds);
        let store = need(store, "the store of a deadline")?;
        store.0.with_whole(|store| store.set_deadline(Some(after)))?;
        Ok(true)
    }
    attempt fn waxwing_store_deadline_clear(store: Option<&wasm_store_t>) -> bool {
        let store = need(store, "the store of a deadline")?;
        store.0.with_whole(|store| store.set_deadline(None))?;
        Ok(true)
    }
    attempt fn waxwing_store_gc(store: Option<&wasm_store_t>) -> bool {
        need(store, "the store to collect")?.0.with(|mut context| context.gc())?;
        Ok(true)
    }
    attempt fn waxwing_store_kill_switch(
        store: Option<&wasm_store_t>,
    ) -> Option<Box<waxwing_kill_switch_t>> {
        let switch = need(store, "the store of a kill switch")?.0.kill_switch();
        Ok(Some(Box::new(waxwing_kill_switch_t(switch))))
    }
    guard fn waxwing_kill_switch_copy(
        switch: Option<&waxwing_kill_switch_t>,
    ) -> Option<Box<waxwing_kill_switch_t>> {
        switch.map(|switch| Box::new(waxwing_kill_switch_t(switch.0.clone())))
    }
    guard fn waxwing_kill_switch_delete(switch: Option<Box<waxwing_kill_switch_t>>) {
        drop(switch);
    }
    guard fn waxwing_kill(switch: Option<&waxwing_kill_switch_t>) -> bool {
        switch.is_some_and(|switch| switch.0.kill())
    }
}
