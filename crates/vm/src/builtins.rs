//! The services of the runtime to compiled code (`waxwing_layout::builtin`).
//!
//! Each runs on the host's stack. None lets a panic through: it travels as a failure.

use crate::StoreContext;
use crate::StoreInner;
use crate::arrays::{self, Source};
use crate::context::Failure;
use crate::instance::Instance;
use crate::raw::FuncRef;
use crate::store::Growth;
use crate::suspend::{Cause, Mode};
use crate::table::Entry;
use crate::types;
use std::panic::{AssertUnwindSafe, catch_unwind};
use waxwing_fiber::Builtin as Entrance;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::instance as layout;
use waxwing_module::Trap;

/// By number: one entrance serves them all, but for that which no instance asks for.
pub(crate) static TABLE: [Entrance; Builtin::ALL.len()] = {
    let mut table: [Entrance; Builtin::ALL.len()] = [serve; Builtin::ALL.len()];
    table[Builtin::OutOfFuel as usize] = out_of_fuel;
    table
};

/// A guest has used up its fuel: goes on if there is more, perhaps later.
unsafe extern "C" fn out_of_fuel(ctx: *mut u8, _: u64, _: u64, _: u64, _: u64, _: u64) -> u64 {
    // SAFETY: the entry passes the context of the store whose guest called it.
    let ctx = unsafe { &*ctx.cast::<StoreContext>() };
    match catch_unwind(AssertUnwindSafe(|| crate::fuel::ensure_guest_fuel(ctx))) {
        Ok(Ok(())) => {}
        Ok(Err(Failure::Trap(Trap::OutOfFuel))) if suspended_for_fuel(ctx) => {}
        Ok(Err(failure)) => ctx.fail(failure),
        Err(panic) => ctx.fail(Failure::Panic(panic)),
    }
    0
}

/// Runs built-in `number` for the instance.
unsafe extern "C" fn serve(vmctx: *mut u8, number: u64, a: u64, b: u64, c: u64, d: u64) -> u64 {
    // SAFETY: compiled code passes its own live instance pointer.
    let (ctx, instance) = unsafe {
        let store = vmctx.offset(layout::STORE as isize).cast::<*const StoreContext>();
        (&**store, &mut *Instance::at(vmctx))
    };
    let run = || match Builtin::ALL.get(number as usize) {
        Some(&builtin) => dispatch(builtin, ctx, instance, [a, b, c, d]),
        None => Err(Trap::Unreachable),
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => value,
        Ok(Err(trap)) => {
            ctx.fail(Failure::Trap(trap));
            0
        }
        Err(panic) => {
            ctx.fail(Failure::Panic(panic));
            0
        }
    }
}

fn low(v: u64) -> u32 {
    v as u32
}

fn high(v: u64) -> u32 {
    (v >> 32) as u32
}

fn dispatch(
    builtin: Builtin,
    ctx: &StoreContext,
    instance: &mut Instance,
    [a, b, c, d]: [u64; 4],
) -> Result<u64, Trap> {
    match builtin {
        Builtin::MemoryGrow => Ok(memory_grow(ctx, instance, low(a), b)),
        Builtin::MemoryInit => instance.memory_init(low(a), high(a), b, c, d).map(|()| 0),
        Builtin::DataDrop => {
            instance.drop_data(low(a));
            Ok(0)
        }
        Builtin::TableGrow => Ok(table_grow(ctx, instance, low(a), b, c)),
        Builtin::TableFill => table_fill(instance, low(a), b, c, d),
        Builtin::TableCopy => table_copy(instance, a, b, c, d),
        Builtin::TableInit => instance.table_init(low(a), high(a), b, c, d).map(|()| 0),
        Builtin::ElemDrop => {
            instance.drop_elements(low(a));
            Ok(0)
        }
        Builtin::TableGetLazy => table_get(instance, low(a), b),
        Builtin::TableSetFunc => {
            // SAFETY: tables live as long as the store; the reference is the guest's own, of a live
            // function; compiled code has checked the index.
            unsafe { (*instance.table(low(a))).set(b, Entry::Func(c as *const FuncRef)) };
            Ok(0)
        }
        Builtin::RefFunc => Ok(instance.func_ref(low(a)) as u64),
        Builtin::NewObject => arrays::new_object(ctx, instance, low(a), b).map(u64::from),
        Builtin::TypeWord => {
            // SAFETY: a guest is running, so the store's pointer is valid.
            let heap = unsafe { (*ctx.store()).heap() };
            Ok(heap.and_then(|heap| heap.type_word(low(a))).map_or(0, u64::from))
        }
        Builtin::ArrayNewData => {
            arrays::array_new(ctx, instance, low(a), Source::Data(high(a)), [b, c])
        }
        Builtin::ArrayNewElem => {
            arrays::array_new(ctx, instance, low(a), Source::Elements(high(a)), [b, c])
        }
        Builtin::ArrayInitData | Builtin::ArrayInitElem => {
            let is_data = builtin == Builtin::ArrayInitData;
            let source = if is_data { Source::Data } else { Source::Elements }(high(a));
            let place = [u64::from(low(b)), u64::from(high(b)), c, d];
            arrays::array_init(ctx, instance, low(a), source, place)
        }
        Builtin::CallIndirectSlow => call_indirect_slow(instance, low(a), b, c),
        Builtin::ExnAlloc => exn_alloc(ctx, instance, low(a)),
        Builtin::Throw => {
            ctx.fail(Failure::Exception(low(a)));
            Ok(0)
        }
        // It has no instance: see `out_of_fuel`.
        Builtin::OutOfFuel => Err(Trap::Unreachable),
        Builtin::MemoryNotify => crate::atomic::notify(instance, low(a), b, low(c)),
        Builtin::MemoryWait32 => crate::atomic::wait32(ctx, instance, low(a), b, low(c), d as i64),
        Builtin::MemoryWait64 => crate::atomic::wait64(ctx, instance, low(a), b, c, d as i64),
    }
}

/// Whether a guest without fuel is suspended, because that is wanted and whoever runs it can go on with
/// it.
fn suspended_for_fuel(ctx: &StoreContext) -> bool {
    // SAFETY: a guest is running, so the store's pointer is valid, and nobody else uses the store while
    // the built-in runs.
    let wanted = unsafe { (*ctx.store()).suspends_without_fuel() };
    wanted && ctx.may_suspend(Some(Mode::Yields)).is_ok() && ctx.suspend(Cause::Fuel).is_ok()
}

fn memory_grow(ctx: &StoreContext, instance: &Instance, index: u32, delta: u64) -> u64 {
    // SAFETY: memories live as long as the store, and only this thread uses it.
    let memory = unsafe { &mut *instance.memory(index) };
    let wanted = memory.pages().saturating_add(delta);
    if wanted > memory.max_pages() {
        return u64::MAX;
    }
    let growth = Growth::Memory {
        current: memory.len() as u64,
        wanted: memory.ty().bytes(wanted),
        max: memory.ty().limits.max.map(|m| memory.ty().bytes(m)),
    };
    if !allowed(ctx, growth) {
        return u64::MAX;
    }
    memory.grow(delta).unwrap_or(u64::MAX)
}

fn allowed(ctx: &StoreContext, growth: Growth) -> bool {
    // SAFETY: a guest is running, so the store's pointer is valid, and nobody else uses the store
    // while the built-in runs.
    unsafe { (*ctx.store()).ask(ctx.owner(), growth).is_ok() }
}

fn table_grow(ctx: &StoreContext, instance: &Instance, index: u32, delta: u64, value: u64) -> u64 {
    // SAFETY: tables live as long as the store, and only this thread uses it.
    let table = unsafe { &mut *instance.table(index) };
    let wanted = table.len().saturating_add(delta);
    let max = table.ty().limits.max;
    if wanted > table.max() || !allowed(ctx, Growth::Table { current: table.len(), wanted, max }) {
        return u64::MAX;
    }
    let value = Entry::of(table.ty().element, value);
    // SAFETY: the value is the guest's own, of the table's type (validated).
    unsafe { table.grow(delta, value) }.unwrap_or(u64::MAX)
}

fn table_fill(instance: &Instance, index: u32, at: u64, value: u64, n: u64) -> Result<u64, Trap> {
    // SAFETY: tables live as long as the store, and only this thread uses it.
    let table = unsafe { &mut *instance.table(index) };
    let end = at.checked_add(n).filter(|&end| end <= table.len()).ok_or(Trap::TableOutOfBounds)?;
    let value = Entry::of(table.ty().element, value);
    for i in at..end {
        // SAFETY: the value is the guest's own, of the table's type (validated).
        unsafe { table.set(i, value) };
    }
    Ok(0)
}

fn table_copy(instance: &Instance, which: u64, to: u64, from: u64, n: u64) -> Result<u64, Trap> {
    let (to_table, from_table) = (instance.table(low(which)), instance.table(high(which)));
    // SAFETY: tables live as long as the store; only one of the two pointers, which may be equal, is
    // turned into a reference at a time; the values are of the same type (validated).
    let (to_len, from_len) = unsafe { ((*to_table).len(), (*from_table).len()) };
    let fits = |at: u64, len: u64| at.checked_add(n).is_some_and(|end| end <= len);
    if !fits(to, to_len) || !fits(from, from_len) {
        return Err(Trap::TableOutOfBounds);
    }
    let copy = |i: u64| {
        // SAFETY: see above.
        if let Some(entry) = unsafe { (*from_table).get(from + i) } {
            // SAFETY: see above.
            unsafe { (*to_table).set(to + i, entry) };
        }
    };
    if to <= from {
        (0..n).for_each(copy)
    } else {
        (0..n).rev().for_each(copy)
    }
    Ok(0)
}

fn table_get(instance: &Instance, index: u32, at: u64) -> Result<u64, Trap> {
    // SAFETY: tables and the instances behind them live as long as the store.
    match unsafe { (*instance.table(index)).get(at) } {
        Some(Entry::Func(f)) => Ok(f as u64),
        Some(Entry::Ref(reference)) => Ok(u64::from(reference)),
        None => Err(Trap::TableOutOfBounds),
    }
}

fn call_indirect_slow(instance: &Instance, index: u32, at: u64, want: u64) -> Result<u64, Trap> {
    // SAFETY: tables and the instances behind them live as long as the store.
    let table = unsafe { &mut *instance.table(index) };
    // SAFETY: the same.
    match unsafe { table.get(at) } {
        None => Err(Trap::UndefinedElement),
        Some(Entry::Func(f)) if !f.is_null() => {
            // SAFETY: references in tables are alive.
            if !types::is_subtype(unsafe { (*f).type_id } as u32, low(want)) {
                return Err(Trap::IndirectCallTypeMismatch);
            }
            Ok(table.func_entry(at) as u64)
        }
        Some(_) => Err(Trap::UninitializedElement),
    }
}

fn exn_alloc(ctx: &StoreContext, instance: &Instance, tag: u32) -> Result<u64, Trap> {
    // SAFETY: a guest is running, so the store and its owner are valid, and nobody else uses the
    // store while the built-in runs; tags live as long as the store.
    unsafe { StoreInner::new_exception(ctx.store(), ctx.owner(), instance.tag(tag)) }.map(u64::from)
}
