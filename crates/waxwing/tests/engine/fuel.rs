//! Fuel: what is refused, how guests end when it is used up, how they go on with more, and what has
//! been paid when something else ends them. That it is exact is shown in `fuel_model`.

use crate::stops::Gate;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use waxwing::{
    Caller, Config, Engine, Error, FuelCosts, Instance, Linker, Module, Reason, Reply, Run, Store,
    Tier, Trap, Val,
};
use waxwing_testkit::{Guest, PLANS};

fn metered(costs: FuelCosts) -> Engine {
    Engine::new(Config::new().fuel(costs)).expect("an engine")
}

/// Metering engines of every tier and plan.
fn each_engine(f: impl Fn(&Engine)) {
    for tier in [Tier::Instant, Tier::Fast] {
        for plan in PLANS {
            let costs = FuelCosts::new();
            f(&Engine::new(Config::new().tier(tier).memory_plan(plan).fuel(costs)).unwrap());
        }
    }
}

/// A guest without imports that has so much fuel.
fn guest(engine: &Engine, text: &str, fuel: u64) -> Guest<()> {
    let mut guest = Guest::new(engine, text);
    guest.store.set_fuel(fuel).unwrap();
    guest
}

fn left_and_used<T>(store: &Store<T>) -> (u64, u64) {
    (store.fuel().unwrap(), store.fuel_consumed().unwrap())
}

#[test]
fn a_store_that_is_not_metered_has_no_fuel() {
    let mut store = Store::new(&Engine::default(), ());
    let mut results = vec![store.set_fuel(1), store.add_fuel(1), store.out_of_fuel(|_| Ok(None))];
    results.push(store.fuel().map(drop));
    results.push(store.fuel_consumed().map(drop));
    for result in results {
        assert!(result.unwrap_err().to_string().contains("Config::fuel"));
    }
}

#[test]
fn costs_of_no_operator_are_refused() {
    let mut costs = FuelCosts::new();
    costs.set("i32.addd", 2);
    let e = Engine::new(Config::new().fuel(costs)).unwrap_err();
    assert_eq!(e.to_string(), "there is no operator \"i32.addd\"; is \"i32.add\" meant?");
    assert!(e.downcast_ref::<waxwing::UnknownOperator>().is_some());
}

#[test]
fn code_that_is_metered_in_another_way_is_refused() {
    let text = "(module (func (export \"f\")))";
    let plain = Engine::default();
    let one = metered(FuelCosts::new());
    let other = metered(FuelCosts::instructions());
    for (made, used) in [(&plain, &one), (&one, &plain), (&one, &other)] {
        let module = Module::new(made, text).unwrap();
        let e = Instance::instantiate(Store::new(used, ()), &module, &[]).unwrap_err();
        assert!(e.to_string().contains("meter code in different ways"), "{e}");
        // SAFETY: the artifact was just made.
        let e = unsafe { Module::deserialize(used, &module.serialize()) }.unwrap_err();
        assert!(e.to_string().contains("another metering"), "{e}");
    }
    let same = metered(FuelCosts::new());
    let module = Module::new(&one, text).unwrap();
    Instance::instantiate(Store::new(&same, ()), &module, &[]).unwrap();
    assert_eq!(one.fingerprint(), same.fingerprint());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_ne!(one.fingerprint(), plain.fingerprint());
}

/// An engine can be metered as an artifact is; nothing else runs in it.
#[test]
fn an_engine_is_metered_as_an_artifact_is() {
    let text = "(module (func (export \"f\") (drop (i32.const 0))))";
    let mut costs = FuelCosts::new();
    costs.set("i32.const", 7);
    let one = metered(costs);
    let made = Module::new(&one, text).unwrap();
    let artifact = made.serialize();
    let load = |engine: &Engine, artifact: &[u8]| {
        // SAFETY: the artifact was just made.
        unsafe { Module::deserialize(engine, artifact) }
    };
    let engine = Engine::new(Config::new().for_artifact(&artifact)).unwrap();
    assert!(engine.is_metered() && engine.fuel_costs().is_none());
    for other in [Engine::default(), metered(FuelCosts::new())] {
        let other = Module::new(&other, text).unwrap();
        let e = load(&engine, &other.serialize()).unwrap_err();
        assert!(e.to_string().contains("another metering"), "{e}");
        let e = Instance::instantiate(Store::new(&engine, ()), &other, &[]).unwrap_err();
        assert!(e.to_string().contains("meter code in different ways"), "{e}");
    }
    let e = Module::new(&engine, text).unwrap_err();
    assert!(e.to_string().contains("another metering"), "{e}");
    for module in [made, load(&engine, &artifact).unwrap()] {
        let mut store = Store::new(&engine, ());
        store.set_fuel(7).unwrap();
        let instance = Instance::instantiate(&mut store, &module, &[]).unwrap();
        let f = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
        f.call(&mut store, ()).unwrap();
        assert_eq!(left_and_used(&store), (0, 7));
        assert_eq!(f.call(&mut store, ()).unwrap_err().trap(), Some(Trap::OutOfFuel));
    }
    // What is no artifact changes nothing; costs that are given later count.
    assert!(!Engine::new(Config::new().for_artifact(b"\x7fELF")).unwrap().is_metered());
    let plain = Engine::default().precompile(text.as_bytes()).unwrap();
    let mut config = Config::new();
    config.fuel(FuelCosts::new()).for_artifact(&plain);
    assert!(!Engine::new(&config).unwrap().is_metered());
    config.for_artifact(&artifact).fuel(FuelCosts::new());
    assert_eq!(Engine::new(&config).unwrap().fuel_costs(), Some(&FuelCosts::new()));
}

/// Functions that never end, of what every tier knows.
const ENDLESS: &str = r#"(module
    (memory 1) (table 4 funcref)
    (data $d "abc") (elem $e func $recursion)
    (elem (i32.const 0) $indirect)
    (func (export "tight") (loop (br 0)))
    (func (export "two") (loop (loop (br 1))))
    (func $recursion (export "recursion") (call $recursion))
    (func $indirect (export "indirect") (call_indirect (i32.const 0)))
    (func (export "fill") (loop
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)))
    (func (export "builtins") (loop (drop (memory.grow (i32.const 0))) (br 0)))
    (func (export "values") (result i32) (local i32 i32 i32 i32 i32 i32 i32 i32)
        (loop (result i32)
            (local.set 1 (i32.add (local.get 0) (local.get 2)))
            (local.set 3 (i32.mul (local.get 4) (local.get 5)))
            (br_if 0 (i32.const 1) (i32.eqz (i32.and (local.get 1) (local.get 3)))))))"#;

#[test]
fn a_guest_that_never_ends_runs_out_of_fuel() {
    each_engine(|engine| {
        let names = ["tight", "two", "recursion", "indirect", "fill", "builtins", "values"];
        for name in names {
            for fuel in [0, 1, 2, 3, 1000, 100_003] {
                if fuel > 1000 && ["recursion", "indirect"].contains(&name) {
                    continue;
                }
                let mut guest = guest(engine, ENDLESS, fuel);
                assert_eq!(guest.trap(name, &[]), Trap::OutOfFuel, "{name} {fuel}");
                let (left, used) = left_and_used(&guest.store);
                let most = if name == "fill" { 1100 } else { 20 };
                assert!(left == 0 && used > fuel && used <= fuel + most, "{name}: {fuel} {used}");
                // There is nothing to be had until there is more; nothing runs for free.
                assert_eq!(guest.trap(name, &[]), Trap::OutOfFuel);
                let again = guest.store.fuel_consumed().unwrap();
                assert!(again >= used && again <= used + 20, "{name}: {used} {again}");
            }
        }
    });
}

#[test]
fn the_place_where_the_fuel_was_used_up_is_known() {
    let mut guest = guest(&metered(FuelCosts::new()), ENDLESS, 50);
    let tight = guest.instance.get_func(&mut guest.store, "recursion").unwrap();
    let e = tight.call(&mut guest.store, &[], &mut []).unwrap_err();
    let frames = e.backtrace().unwrap().frames();
    assert!(frames.len() > 20, "{e:?}");
    assert!(frames.iter().all(|frame| frame.func_index == 2), "{e:?}");
}

#[test]
fn what_traps_has_paid_its_block() {
    let text = r#"(module (memory 1)
        (func (export "unreachable") (param i32) (result i32) (nop) (unreachable))
        (func (export "divide") (param i32) (result i32)
            (i32.add (i32.const 3) (i32.div_u (i32.const 1) (local.get 0))))
        (func (export "load") (param i32) (result i32)
            (i32.add (i32.const 3) (i32.load (i32.sub (local.get 0) (i32.const 1)))))
        (func (export "inner") (param i32) (result i32)
            (if (local.get 0) (then (drop (i32.const 1)) (unreachable)))
            (loop (br_if 0 (i32.div_u (i32.const 1) (local.get 0))))
            (i32.const 1)))"#;
    // Costs by default: nothing for `nop`, `drop`, `loop`.
    let want = [
        ("unreachable", 0, Trap::Unreachable, 1),
        ("divide", 0, Trap::IntegerDivideByZero, 5),
        ("load", 0, Trap::MemoryOutOfBounds, 6),
        ("inner", 1, Trap::Unreachable, 4),
        ("inner", 0, Trap::IntegerDivideByZero, 6),
    ];
    each_engine(|engine| {
        for (name, arg, trap, cost) in want {
            let mut guest = guest(engine, text, 100);
            assert_eq!(guest.trap(name, &[arg]), trap);
            assert_eq!(left_and_used(&guest.store), (100 - cost, cost), "{name}");
        }
    });
}

#[test]
fn a_stack_overflow_has_paid_for_its_calls() {
    // A function takes 1 for the call, and nothing else.
    let text = r#"(module (func $f (export "f") (call $f)))"#;
    let mut guest = guest(&metered(FuelCosts::new()), text, u64::MAX);
    assert_eq!(guest.trap("f", &[]), Trap::StackOverflow);
    let used = guest.store.fuel_consumed().unwrap();
    assert!(used > 10_000 && used < 1 << 20, "{used}");
}

/// Ranges: what each takes beside 3 or 4 operands and itself, and a call with this length.
const RANGES: &str = r#"(module
    (memory 4) (memory $wide i64 1) (table 300 funcref) (table $t2 300 funcref)
    (data $d "0123456789") (elem $e func $f $f $f $f)
    (type $a (array (mut i32)))
    (global $a (ref $a) (array.new_default $a (i32.const 300)))
    (func $f)
    (func (export "memory.fill") (param i32)
        (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "memory.copy") (param i32)
        (memory.copy (i32.const 0) (i32.const 8) (local.get 0)))
    (func (export "memory.init") (param i32)
        (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "memory.grow") (param i32)
        (drop (memory.grow (local.get 0))))
    (func (export "table.fill") (param i32)
        (table.fill 0 (i32.const 0) (ref.null func) (local.get 0)))
    (func (export "table.copy") (param i32)
        (table.copy 0 $t2 (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "table.init") (param i32)
        (table.init 0 $e (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "table.grow") (param i32)
        (drop (table.grow 0 (ref.null func) (local.get 0))))
    (func (export "array.new") (param i32)
        (drop (array.new $a (i32.const 1) (local.get 0))))
    (func (export "array.new_default") (param i32)
        (drop (array.new_default $a (local.get 0))))
    (func (export "array.fill") (param i32)
        (array.fill $a (global.get $a) (i32.const 0) (i32.const 7) (local.get 0)))
    (func (export "array.copy") (param i32)
        (array.copy $a $a (global.get $a) (i32.const 0) (global.get $a) (i32.const 1)
            (local.get 0)))
    (func (export "wide") (param i64)
        (memory.fill $wide (i64.const 0) (i32.const 0) (local.get 0)))
    (func (export "known")
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 640))
        (memory.copy (i32.const 0) (i32.const 1) (i32.const 63))
        (table.fill 0 (i32.const 0) (ref.null func) (i32.const 5))))"#;

#[test]
fn ranges_are_paid_by_their_length_before_they_are_touched() {
    let names = [
        "memory.fill",
        "memory.copy",
        "memory.init",
        "memory.grow",
        "table.fill",
        "table.copy",
        "table.init",
        "table.grow",
        "array.new",
        "array.new_default",
        "array.fill",
        "array.copy",
    ];
    let mut costs = FuelCosts::instructions();
    costs.others(0);
    for name in names {
        costs.set(&format!("size.{name}"), 10);
    }
    for plan in PLANS {
        let engine = Engine::new(Config::new().memory_plan(plan).fuel(costs.clone())).unwrap();
        let mut guest = guest(&engine, RANGES, u64::MAX);
        for name in names {
            let piece = match name {
                "memory.fill" | "memory.copy" | "memory.init" => 64,
                _ => 1,
            };
            for length in [0, 1, 3, 4, 63, 64, 65, 128, 200, -1] {
                let before = guest.store.fuel_consumed().unwrap();
                // Also a range that does not exist is paid.
                let gave = guest.try_call(name, &[Val::I32(length)]);
                let used = guest.store.fuel_consumed().unwrap() - before;
                assert_eq!(used, u64::from(length as u32) / piece * 10, "{name} {length} {gave:?}");
                assert_eq!(
                    gave.is_err() && length >= 0,
                    name.ends_with("init") && length > 10 || name == "table.init" && length > 4,
                    "{name} {length} {gave:?}"
                );
            }
        }
        let before = guest.store.fuel_consumed().unwrap();
        guest.try_call("known", &[]).unwrap();
        assert_eq!(guest.store.fuel_consumed().unwrap() - before, 10 * 10 + 5 * 10);
        // What no memory has is cut, and never makes fuel.
        for length in [640, -1, i64::MIN] {
            let before = guest.store.fuel_consumed().unwrap();
            guest.try_call("wide", &[Val::I64(length)]).map_or_else(drop, drop);
            let used = guest.store.fuel_consumed().unwrap() - before;
            assert_eq!(used, ((length as u64) / 64).min(1 << 40) * 10, "{length}");
        }
        // Not a byte is written for which there is no fuel.
        guest.store.set_fuel(99).unwrap();
        assert_eq!(guest.trap("memory.fill", &[640]), Trap::OutOfFuel);
        guest.store.set_fuel(100).unwrap();
        guest.try_call("memory.fill", &[Val::I32(640)]).unwrap();
    }
}

#[test]
fn a_range_without_fuel_is_left_alone() {
    let text = r#"(module (memory (export "m") 1)
        (func (export "f") (param i32)
            (memory.fill (i32.const 0) (i32.const 7) (local.get 0))))"#;
    each_engine(|engine| {
        let mut guest = guest(engine, text, 4 + 9);
        assert_eq!(guest.trap("f", &[640]), Trap::OutOfFuel);
        assert!(guest.memory("m").iter().all(|&byte| byte == 0));
        guest.store.set_fuel(4 + 10).unwrap();
        guest.call("f", &[640]);
        assert_eq!(guest.memory("m").iter().filter(|&&byte| byte == 7).count(), 640);
    });
}

/// Many values are alive at the head of the loop, in registers of every kind.
const BUSY: &str = r#"(module
    (func (export "busy") (param $n i32) (result f64)
        (local $a i32) (local $b i64) (local $c f32) (local $d f64) (local $e v128) (local $f v128)
        (local $g i64) (local $h i64) (local $i i64) (local $j i64) (local $k i64) (local $l f64)
        (local.set $b (i64.const 3)) (local.set $c (f32.const 1.5)) (local.set $d (f64.const 0.25))
        (local.set $e (v128.const i32x4 1 2 3 4)) (local.set $f (v128.const i64x2 5 6))
        (local.set $g (i64.const 7)) (local.set $h (i64.const 11)) (local.set $i (i64.const 13))
        (local.set $j (i64.const 17)) (local.set $k (i64.const 19)) (local.set $l (f64.const 2))
        (loop $next
            (local.set $a (i32.add (local.get $a) (i32.const 77)))
            (local.set $b (i64.mul (local.get $b) (local.get $g)))
            (local.set $c (f32.add (local.get $c) (f32.convert_i32_s (local.get $a))))
            (local.set $d (f64.add (local.get $d) (f64.mul (local.get $l) (f64.const 1.0625))))
            (local.set $e (i32x4.add (local.get $e) (local.get $f)))
            (local.set $f (v128.xor (local.get $f) (local.get $e)))
            (local.set $g (i64.add (local.get $g) (local.get $h)))
            (local.set $h (i64.xor (local.get $h) (local.get $i)))
            (local.set $i (i64.add (local.get $i) (local.get $j)))
            (local.set $j (i64.sub (local.get $j) (local.get $k)))
            (local.set $k (i64.rotl (local.get $k) (i64.const 5)))
            (local.set $l (f64.sub (local.get $l) (f64.const 0.5)))
            (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (f64.add
            (f64.add (f64.convert_i64_u (i64.xor (local.get $b) (i64.xor (local.get $k)
                (i64.add (local.get $g) (i64.add (local.get $h) (i64.add (local.get $i)
                    (local.get $j)))))))
                (f64.add (f64.promote_f32 (local.get $c)) (local.get $d)))
            (f64.add (f64.convert_i32_u (i32x4.extract_lane 2 (v128.xor (local.get $e)
                (local.get $f)))) (local.get $l)))))"#;

#[test]
fn a_guest_that_gets_more_goes_on_as_if_nothing_was() {
    let engine = metered(FuelCosts::new());
    let run = |fuel: u64, more: u64| {
        let mut store = Store::new(&engine, 0u32);
        store.set_fuel(fuel).unwrap();
        store
            .out_of_fuel(move |mut store| {
                // The host's own use of every register must not show.
                std::hint::black_box([1.5f64; 32].iter().map(|x| x.sqrt()).sum::<f64>());
                *store.data_mut() += 1;
                Ok(Some(more))
            })
            .unwrap();
        let module = Module::new(&engine, BUSY).unwrap();
        let instance = Instance::instantiate(&mut store, &module, &[]).unwrap();
        let busy = instance.get_typed_func::<i32, f64>(&mut store, "busy").unwrap();
        let result = busy.call(&mut store, 1000).unwrap().to_bits();
        (result, store.fuel_consumed().unwrap(), *store.data())
    };
    let (result, used, none) = run(1 << 30, 0);
    assert_eq!(none, 0);
    for more in [60, 61, 100, 1000, u64::MAX] {
        let (same, equal, times) = run(0, more);
        assert_eq!((same, equal), (result, used), "{more}");
        // What it owes at its end is asked of nobody.
        let most = u128::from(used).div_ceil(more.into());
        assert!((most - 1..=most).contains(&times.into()), "{times} times for {more}");
    }
}

#[test]
fn more_that_is_not_enough_ends_the_guest() {
    each_engine(|engine| {
        for answer in [None, Some(0), Some(1)] {
            let mut guest = guest(engine, ENDLESS, 3);
            guest.store.out_of_fuel(move |_| Ok(answer)).unwrap();
            // A turn costs 1, so that 1 is enough each time, until the guest is asked for nothing.
            if answer == Some(1) {
                let asked = Arc::new(AtomicU64::new(0));
                let counter = asked.clone();
                let refill = move |_: waxwing::StoreMut<'_, ()>| {
                    Ok((counter.fetch_add(1, Ordering::Relaxed) < 10).then_some(1))
                };
                guest.store.out_of_fuel(refill).unwrap();
                assert_eq!(guest.trap("tight", &[]), Trap::OutOfFuel);
                assert_eq!(asked.load(Ordering::Relaxed), 11);
                assert_eq!(guest.store.fuel_consumed().unwrap(), 3 + 10 + 1);
            } else {
                assert_eq!(guest.trap("tight", &[]), Trap::OutOfFuel);
                assert_eq!(guest.store.fuel_consumed().unwrap(), 4);
            }
        }
    });
}

#[test]
fn the_one_who_is_asked_may_fail_or_panic() {
    each_engine(|engine| {
        let mut failing = guest(engine, ENDLESS, 3);
        failing.store.out_of_fuel(|_| Err(Error::msg("no money"))).unwrap();
        let e = failing.try_call("tight", &[]).unwrap_err();
        assert!(e.to_string().contains("no money"), "{e}");
        let mut panicking = guest(engine, ENDLESS, 3);
        panicking.store.out_of_fuel(|_| panic!("no money")).unwrap();
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            panicking.try_call("tight", &[])
        }));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"no money"));
        // Whatever it said, the store goes on.
        panicking.store.out_of_fuel(|_| Ok(None)).unwrap();
        assert_eq!(panicking.trap("tight", &[]), Trap::OutOfFuel);
    });
}

#[test]
fn the_one_who_is_asked_may_call_the_guest() {
    let engine = metered(FuelCosts::new());
    let text = r#"(module (global $g (export "g") (mut i32) (i32.const 0))
        (func (export "count") (param i32)
            (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (func (export "note") (global.set $g (i32.add (global.get $g) (i32.const 1)))))"#;
    let module = Module::new(&engine, text).unwrap();
    let mut store = Store::new(&engine, None);
    let instance = Instance::instantiate(&mut store, &module, &[]).unwrap();
    let note = instance.get_typed_func::<(), ()>(&mut store, "note").unwrap();
    *store.data_mut() = Some(note);
    store
        .out_of_fuel(|mut store| {
            store.add_fuel(100)?;
            let note = *store.data();
            note.expect("it is set").call(&mut store, ())?;
            Ok(Some(900))
        })
        .unwrap();
    let count = instance.get_typed_func::<i32, ()>(&mut store, "count").unwrap();
    count.call(&mut store, 2000).unwrap();
    let global = instance.get_global(&mut store, "g").unwrap();
    let Val::I32(times) = global.get(&mut store) else { panic!("an i32") };
    // Each turn takes 5, each note 4 operators.
    assert_eq!(times, 11);
    assert_eq!(store.fuel_consumed().unwrap(), 2000 * 5 + 11 * 4);
}

/// A host function between guests: what it sees, takes and gives.
#[test]
fn the_host_sees_takes_and_gives_fuel() {
    let text = r#"(module
        (import "h" "look" (func $look (param i32 f64) (result i64)))
        (import "h" "take" (func $take (param i64)))
        (import "h" "nest" (func $nest))
        (func (export "look") (result i64)
            (i64.sub (call $look (i32.const 1) (f64.const 2)) (i64.const 1)))
        (func (export "take") (param i64) (call $take (local.get 0)) (drop (i32.const 1)))
        (func (export "inner") (drop (i32.const 1)) (drop (i32.const 2)))
        (func (export "nest") (call $nest) (drop (i32.const 1))))"#;
    each_engine(|engine| {
        // The instant tier has no floats.
        let is_instant = Module::new(engine, "(module (func (drop (f64.const 1))))").is_err();
        let text = if is_instant {
            text.replace("(param i32 f64)", "(param i32 i32)").replace("f64.const", "i32.const")
        } else {
            text.to_owned()
        };
        let mut linker = Linker::new(engine);
        let look = |caller: &mut Caller<'_, ()>| caller.fuel().map(|fuel| fuel as i64);
        if is_instant {
            linker.func_wrap("h", "look", move |mut c: Caller<'_, ()>, _: i32, _: i32| look(&mut c))
        } else {
            linker.func_wrap("h", "look", move |mut c: Caller<'_, ()>, _: i32, _: f64| look(&mut c))
        }
        .unwrap();
        linker
            .func_wrap("h", "take", |mut caller: Caller<'_, ()>, cost: i64| {
                if cost < 0 {
                    caller.add_fuel(-cost as u64)
                } else {
                    caller.consume_fuel(cost as u64)
                }
            })
            .unwrap();
        linker
            .func_wrap("h", "nest", |mut caller: Caller<'_, ()>| -> Result<(), Error> {
                let before = caller.fuel()?;
                let Some(waxwing::Extern::Func(inner)) = caller.get_export("inner") else {
                    panic!("it is exported")
                };
                inner.call(&mut caller, &[], &mut [])?;
                assert_eq!(caller.fuel()?, before - 2);
                Ok(())
            })
            .unwrap();
        let mut guest = Guest::link(&linker, (), &text);
        guest.store.set_fuel(100).unwrap();
        // Two constants and the call are paid when the host looks.
        assert!(matches!(guest.try_call("look", &[]).unwrap()[..], [Val::I64(96)]));
        assert_eq!(left_and_used(&guest.store), (95, 5));
        guest.try_call("take", &[Val::I64(40)]).unwrap();
        assert_eq!(left_and_used(&guest.store), (52, 48));
        guest.try_call("take", &[Val::I64(-40)]).unwrap();
        assert_eq!(left_and_used(&guest.store), (89, 51));
        guest.try_call("nest", &[]).unwrap();
        assert_eq!(left_and_used(&guest.store), (85, 55));
        // What the host takes too much ends the guest, too, and is owed.
        let e = guest.try_call("take", &[Val::I64(100)]).unwrap_err();
        assert_eq!(e.trap(), Some(Trap::OutOfFuel));
        assert_eq!(left_and_used(&guest.store), (0, 157));
        guest.store.add_fuel(20).unwrap();
        assert_eq!(left_and_used(&guest.store), (3, 157));
        // The host is not called with what is not there.
        guest.store.set_fuel(2).unwrap();
        assert_eq!(guest.try_call("look", &[]).unwrap_err().trap(), Some(Trap::OutOfFuel));
    });
}

#[test]
fn a_guest_that_is_killed_has_paid_for_what_it_did() {
    // A turn takes 7, and says in memory that it began.
    let text = r#"(module
        (import "h" "begun" (func $begun))
        (memory (export "m") 1)
        (func (export "loop") (call $begun)
            (loop
                (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.const 1)))
                (br 0))))"#;
    each_engine(|engine| {
        let mut linker: Linker<Arc<Gate>> = Linker::new(engine);
        linker.func_wrap("h", "begun", |c: Caller<'_, Arc<Gate>>| c.data().open()).unwrap();
        for _ in 0..20 {
            let gate = Arc::new(Gate::default());
            let mut guest = Guest::link(&linker, gate.clone(), text);
            guest.store.set_fuel(u64::MAX).unwrap();
            let switch = guest.store.kill_switch();
            let killer = std::thread::spawn(move || {
                gate.wait();
                switch.kill()
            });
            assert_eq!(guest.trap("loop", &[]), Trap::Killed);
            assert!(killer.join().expect("no panic"));
            let begun = u64::from_le_bytes(guest.memory("m")[..8].try_into().unwrap());
            let used = guest.store.fuel_consumed().unwrap();
            assert!((begun * 7 + 1..=begun * 7 + 1 + 7).contains(&used), "{begun} turns: {used}");
        }
    });
}

#[test]
fn collections_find_references_in_metered_code() {
    let text = r#"(module
        (type $node (struct (field $next (ref null $node)) (field $n i32)))
        (func (export "list") (param i32) (result i32)
            (local $list (ref null $node)) (local $sum i32)
            (loop $make
                (local.set $list (struct.new $node (local.get $list) (local.get 0)))
                (br_if $make (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (block $done (loop $walk
                (br_if $done (ref.is_null (local.get $list)))
                (local.set $sum
                    (i32.add (local.get $sum) (struct.get $node $n (local.get $list))))
                (local.set $list (struct.get $node $next (local.get $list)))
                (br $walk)))
            (local.get $sum)))"#;
    let engine = Engine::new(Config::new().gc_stress(true).fuel(FuelCosts::new())).unwrap();
    let mut guest = guest(&engine, text, 0);
    // Every turn asks for more, with the list in registers, and collects.
    guest
        .store
        .out_of_fuel(|mut store| {
            store.gc();
            Ok(Some(20))
        })
        .unwrap();
    assert_eq!(guest.call("list", &[100]), 5050);
}

#[test]
fn stores_have_fuel_of_their_own() {
    let engine = metered(FuelCosts::new());
    let run = move |fuel: u64| {
        let mut guest = guest(&engine, ENDLESS, fuel);
        assert_eq!(guest.trap("tight", &[]), Trap::OutOfFuel);
        guest.store.fuel_consumed().unwrap()
    };
    let others: Vec<_> = (0..4u64)
        .map(|i| {
            let run = run.clone();
            std::thread::spawn(move || (0..50).all(|n| run(1000 * i + n) == 1000 * i + n + 1))
        })
        .collect();
    assert!(others.into_iter().all(|thread| thread.join().expect("no panic")));
}

/// What is spent does not depend on how often a guest is left, nor why: it is sliced, yields, and is
/// suspended for want of fuel, and each time the fuel is changed meanwhile.
#[test]
fn suspended_guests_spend_what_others_do() {
    let text = r#"(module (import "host" "yield" (func $yield (param i32 f64) (result f64)))
        (func (export "run") (param $n i32) (result f64) (local $sum f64) (local $i i32)
            (loop $outer
                (local.set $sum
                    (f64.add (local.get $sum) (call $yield (local.get $n) (f64.const 0.5))))
                (local.set $i (i32.const 3000))
                (loop $inner
                    (local.set $sum (f64.add (local.get $sum) (f64.const 1)))
                    (br_if $inner (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
                (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#;
    // The instant tier has no floats.
    for plan in PLANS {
        let mut config = Config::new();
        let engine = Engine::new(config.memory_plan(plan).fuel(FuelCosts::new())).unwrap();
        let run = |yields: bool| {
            let mut linker = Linker::<()>::new(&engine);
            linker
                .func_suspend("host", "yield", move |_, (n, half): (i32, f64)| {
                    let value = f64::from(n) + half;
                    Ok(if yields { Reply::Yield(value) } else { Reply::Return(value) })
                })
                .unwrap();
            let mut guest = Guest::link(&linker, (), text);
            let run = guest.instance.get_typed_func::<i32, f64>(&mut guest.store, "run").unwrap();
            if !yields {
                guest.store.set_fuel(1 << 40).unwrap();
                let sum = run.call(&mut guest.store, 200).unwrap();
                return (sum, guest.store.fuel_consumed().unwrap(), [0; 3]);
            }
            guest.store.suspend_without_fuel(true).unwrap();
            guest.store.set_time_slice(Some(std::time::Duration::from_micros(20)));
            let mut state = run.start(&mut guest.store, 200).unwrap();
            let mut left = [0; 3];
            let sum = loop {
                match state {
                    Run::Done(sum) => break sum,
                    Run::Suspended(mut suspension) => {
                        left[suspension.reason() as usize] += 1;
                        guest.store.add_fuel(1000).unwrap();
                        state = match suspension.take_yielded::<f64>() {
                            Some(value) => suspension.resume_with(&mut guest.store, value),
                            None => suspension.resume(&mut guest.store),
                        }
                        .unwrap();
                    }
                }
            };
            (sum, guest.store.fuel_consumed().unwrap(), left)
        };
        let (whole, parts) = (run(false), run(true));
        assert_eq!((whole.0, whole.1), (parts.0, parts.1), "left {:?} times", parts.2);
        assert_eq!(parts.2[Reason::Yielded as usize], 200);
        assert!(parts.2[Reason::Fuel as usize] > 1000, "{:?}", parts.2);
    }
}

/// A guest that returns with a debt asks nobody: its results are not yet where the collector finds them, and
/// it may never have called the host. The next one pays.
#[test]
fn a_debt_at_the_end_is_the_next_ones() {
    let engine = metered(FuelCosts::new());
    let text = r#"(module (func (export "f") (param i32) (result i32)
        (if (local.get 0) (then (drop (i32.add (i32.const 1) (i32.add (i32.const 2) (i32.const 3))))))
        (i32.const 5)) (func (export "g")))"#;
    let mut guest = guest(&engine, text, 0);
    let f = guest.instance.get_typed_func::<i32, i32>(&mut guest.store, "f").unwrap();
    let g = guest.instance.get_typed_func::<(), ()>(&mut guest.store, "g").unwrap();
    let asked = Arc::new(AtomicU64::new(0));
    let seen = asked.clone();
    guest
        .store
        .out_of_fuel(move |mut store| {
            seen.fetch_add(1, Ordering::Relaxed);
            // A guest in the midst of another's question; it has fuel by then.
            store.add_fuel(1000)?;
            g.call(&mut store, ())?;
            store.set_fuel(2)?;
            Ok(Some(0))
        })
        .unwrap();
    for round in 1..20 {
        assert_eq!(f.call(&mut guest.store, 1).unwrap(), 5);
        assert!(asked.load(Ordering::Relaxed) <= round, "once a run at most");
    }
    assert!(asked.load(Ordering::Relaxed) > 10);
}
