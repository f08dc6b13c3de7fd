//! Slices of time: guests that are suspended wherever they are, and go on as if nothing had been.

use crate::stops::{ENDLESS, TEXT, data, linker};
use std::time::Duration;
use waxwing::{
    Caller, Engine, Error, Extern, ExternRef, Linker, Module, Reason, Reply, Run, Store, Trap,
    TypedFunc, Val, WasmParams, WasmResults,
};
use waxwing_testkit::{Guest, PLANS, Random, each_plan, engine, module};

const SHORT: Duration = Duration::from_micros(50);

/// Runs to the end; the results, and how many slices it took.
fn run<T, P: WasmParams, R: WasmResults>(
    func: TypedFunc<P, R>,
    store: &mut Store<T>,
    params: P,
) -> (R, usize) {
    let mut state = func.start(&mut *store, params).expect("it runs");
    let mut slices = 1;
    loop {
        match state {
            Run::Done(results) => return (results, slices),
            Run::Suspended(guest) => {
                assert_eq!(guest.reason(), Reason::TimeSlice);
                slices += 1;
                state = guest.resume(&mut *store).expect("it goes on");
            }
        }
    }
}

fn typed<T, P: WasmParams, R: WasmResults>(guest: &mut Guest<T>, name: &str) -> TypedFunc<P, R> {
    guest.instance.get_typed_func(&mut guest.store, name).expect("a typed function")
}

/// A loop over this many vectors and integers that all depend on each other and on the round.
fn registers(vectors: usize, integers: usize) -> String {
    let vector = |i: usize| format!("(local $v{i} v128)");
    let integer = |i: usize| format!("(local $i{i} i64)");
    let locals: String = (0..vectors).map(vector).chain((0..integers).map(integer)).collect();
    let mut body = String::new();
    for i in 0..vectors {
        let next = (i + 1) % vectors;
        body += &format!(
            "(local.set $v{i} (i32x4.add (i32x4.mul (local.get $v{i}) (i32x4.splat (i32.const {}))) \
             (v128.xor (local.get $v{next}) (i32x4.splat (local.get $n)))))",
            2 * i + 3
        );
    }
    for i in 0..integers {
        let next = (i + 1) % integers;
        body += &format!(
            "(local.set $i{i} (i64.add (i64.mul (local.get $i{i}) (i64.const {})) \
             (i64.rotl (local.get $i{next}) (i64.extend_i32_u (local.get $n)))))",
            2 * i + 5
        );
    }
    let vectors = (0..vectors).fold("(v128.const i64x2 0 0)".to_owned(), |sum, i| {
        format!("(i64x2.add {sum} (local.get $v{i}))")
    });
    let integers = (0..integers).fold("(i64.const 0)".to_owned(), |sum, i| {
        format!("(i64.xor (i64.rotl {sum} (i64.const 7)) (local.get $i{i}))")
    });
    format!(
        r#"(module (func (export "run") (param $n i32) (result v128 i64) {locals}
            (loop $again
                {body}
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (br_if $again (local.get $n)))
            {vectors} {integers}))"#
    )
}

/// What is in registers of either kind when a slice ends is there when the guest goes on, also if the
/// host has used them all meanwhile.
#[test]
fn registers_survive_slices() {
    each_plan(|engine| {
        for (vectors, integers) in [(15, 9), (1, 12), (20, 1)] {
            let mut guest = Guest::new(engine, registers(vectors, integers));
            let func = typed::<_, i32, (waxwing::V128, i64)>(&mut guest, "run");
            let rounds = 500_000;
            let expected = func.call(&mut guest.store, rounds).expect("it returns");
            guest.store.set_time_slice(Some(SHORT));
            let mut slices = 0;
            // However seldom slices end on a busy machine.
            while slices < 50 {
                let mut state = func.start(&mut guest.store, rounds).expect("it runs");
                let results = loop {
                    match state {
                        Run::Done(results) => break results,
                        Run::Suspended(suspension) => {
                            slices += 1;
                            let noise: [f64; 64] = std::array::from_fn(|i| (i * slices) as f64);
                            std::hint::black_box(noise.map(|x| x.sqrt() + 1.5));
                            state = suspension.resume(&mut guest.store).expect("it goes on");
                        }
                    }
                };
                assert_eq!(results, expected, "after {slices} slices");
            }
        }
    });
}

/// Whatever a guest does, a slice ends it for the time being, and a kill for good.
#[test]
fn endless_guests_are_sliced_and_killed() {
    each_plan(|engine| {
        let linker = linker(engine);
        let module = module(engine, TEXT);
        for name in ENDLESS {
            let mut store = Store::new(engine, data(""));
            let instance = linker.instantiate(&mut store, &module).expect("an instance");
            let mut guest = Guest { store, instance };
            guest.store.set_time_slice(Some(SHORT));
            let func = typed::<_, (), ()>(&mut guest, name);
            let mut state = func.start(&mut guest.store, ()).expect("it runs");
            for _ in 0..50 {
                let suspension = state.suspended().expect("it never ends");
                assert_eq!(suspension.reason(), Reason::TimeSlice, "{name}");
                assert!(!suspension.backtrace(&guest.store).frames().is_empty(), "{name}");
                state = suspension.resume(&mut guest.store).expect("it goes on");
            }
            assert!(guest.store.kill_switch().kill());
            let suspension = state.suspended().expect("it never ends");
            let error = suspension.resume(&mut guest.store).expect_err("it is killed");
            assert_eq!(error.error().trap(), Some(Trap::Killed), "{name}");
            assert!(error.error().backtrace().is_some(), "{name}");
            assert_eq!(guest.trap("fine", &[]), Trap::Killed);
        }
    });
}

#[test]
fn abandoned_guests_leave_their_store_usable() {
    each_plan(|engine| {
        let linker = linker(engine);
        let module = module(engine, TEXT);
        for name in ENDLESS {
            let mut store = Store::new(engine, data(""));
            let instance = linker.instantiate(&mut store, &module).expect("an instance");
            let mut guest = Guest { store, instance };
            guest.store.set_time_slice(Some(SHORT));
            let func = typed::<_, (), ()>(&mut guest, name);
            for _ in 0..20 {
                let run = func.start(&mut guest.store, ()).expect("it runs");
                assert!(guest.try_call("fine", &[]).is_err(), "the guest owns the store");
                drop(run);
                assert_eq!(guest.call("fine", &[]), 5);
            }
            let run = func.start(&mut guest.store, ()).expect("it runs");
            drop(guest);
            drop(run);
        }
    });
}

#[test]
fn plain_calls_are_not_sliced() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, registers(3, 3));
        guest.store.set_time_slice(Some(Duration::ZERO));
        let func = typed::<_, i32, (waxwing::V128, i64)>(&mut guest, "run");
        for _ in 0..20 {
            func.call(&mut guest.store, 100_000).expect("it returns");
            // Nor does a slice of an earlier run end a later one.
            drop(func.start(&mut guest.store, 1_000_000).expect("it runs"));
            func.call(&mut guest.store, 1000).expect("it returns");
        }
    });
}

/// Slices that are over at once still let the guest come to its end.
#[test]
fn a_slice_of_nothing_makes_progress() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, registers(4, 4));
        let func = typed::<_, i32, (waxwing::V128, i64)>(&mut guest, "run");
        let expected = func.call(&mut guest.store, 300_000).expect("it returns");
        guest.store.set_time_slice(Some(Duration::ZERO));
        let (results, _) = run(func, &mut guest.store, 300_000);
        assert_eq!(results, expected);
        guest.store.set_time_slice(Some(Duration::MAX));
        assert_eq!(run(func, &mut guest.store, 300_000), (expected, 1));
        guest.store.set_time_slice(None);
        assert_eq!(run(func, &mut guest.store, 300_000), (expected, 1));
    });
}

/// A slice that is made shorter does not wait for the end of the longer one.
#[test]
fn a_shorter_slice_takes_the_place_of_a_longer_one() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (func (export "f")) (func (export "spin") (loop (br 0))))"#,
        );
        guest.store.set_time_slice(Some(Duration::from_secs(24 * 60 * 60)));
        typed::<_, (), ()>(&mut guest, "f").start(&mut guest.store, ()).expect("it runs").done();
        guest.store.set_time_slice(Some(SHORT));
        let spin = typed::<_, (), ()>(&mut guest, "spin");
        assert!(spin.start(&mut guest.store, ()).expect("it runs").suspended().is_some());
    });
}

/// While a host function waits for a guest, no slice ends; it does as soon as the outer guest goes on.
#[test]
fn nested_guests_are_not_sliced() {
    const NESTED: &str = r#"(module
        (import "h" "nest" (func $nest (param i32) (result i32)))
        (import "h" "leaf" (func $leaf (result i32)))
        (func (export "count") (param i32) (result i32) (local i32)
            (loop
                (local.set 1 (i32.add (local.get 1) (call $leaf)))
                (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
            (local.get 1))
        (func (export "run") (param i32 i32) (result i32) (local i32)
            (loop
                (local.set 2 (i32.add (local.get 2) (call $nest (local.get 0))))
                (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                (br_if 0 (local.get 1)))
            (local.get 2)))"#;
    each_plan(|engine| {
        let mut linker: Linker<u32> = Linker::new(engine);
        linker
            .func_wrap("h", "nest", |mut caller: Caller<'_, u32>, n: i32| {
                let Some(Extern::Func(f)) = caller.get_export("count") else { panic!("count") };
                let f = f.typed::<i32, i32>(&caller)?;
                // Both ways are the same from within a host function.
                let by_start = caller.data().is_multiple_of(2);
                *caller.data_mut() += 1;
                if by_start {
                    Ok(f.start(&mut caller, n)?.done().expect("it is not suspended"))
                } else {
                    f.call(&mut caller, n)
                }
            })
            .and_then(|l| l.func_wrap("h", "leaf", || 1))
            .expect("new names");
        let mut guest = Guest::link(&linker, 0, NESTED);
        guest.store.set_time_slice(Some(SHORT));
        let func = typed::<_, (i32, i32), i32>(&mut guest, "run");
        let mut suspended = 0;
        while suspended < 20 {
            let (sum, slices) = run(func, &mut guest.store, (40_000, 100));
            assert_eq!(sum, 4_000_000);
            // Once for each time that the outer guest goes on, at most twice: before and after.
            assert!(slices <= 201, "{slices}");
            suspended += slices - 1;
        }
    });
}

/// Both ways of suspending in one run, thousands of times, each time on another thread.
#[test]
fn sliced_guests_move_between_threads() {
    for plan in PLANS {
        let engine = engine(plan);
        let mut linker: Linker<()> = Linker::new(&engine);
        linker.func_suspend("h", "ask", |_, n: i32| Ok(Reply::<i32, i32>::Yield(n))).expect("new");
        let mut guest = Guest::link(
            &linker,
            (),
            r#"(module (import "h" "ask" (func $ask (param i32) (result i32)))
                (func (export "run") (param i32) (result i64) (local $sum i64) (local $i i32)
                    (loop $outer
                        (local.set $i (i32.const 100000))
                        (loop $inner
                            (local.set $sum (i64.add (local.get $sum) (i64.const 1)))
                            (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                            (br_if $inner (local.get $i)))
                        (local.set $sum (i64.add (local.get $sum)
                            (i64.extend_i32_u (call $ask (local.get 0)))))
                        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                        (br_if $outer (local.get 0)))
                    (local.get $sum)))"#,
        );
        guest.store.set_time_slice(Some(Duration::from_micros(20)));
        let func = typed::<_, i32, i64>(&mut guest, "run");
        let mut state = func.start(&mut guest.store, 1000).expect("it runs");
        let mut moves = [0, 0];
        loop {
            let suspension = match state {
                Run::Done(sum) => {
                    assert_eq!(sum, 1000 * 100_007);
                    assert_eq!(moves[0] % 1000, 0);
                    if moves[1] > 1000 {
                        break;
                    }
                    state = func.start(&mut guest.store, 1000).expect("it runs");
                    continue;
                }
                Run::Suspended(suspension) => suspension,
            };
            let store = &mut guest.store;
            let by_slice = suspension.reason() == Reason::TimeSlice;
            moves[usize::from(by_slice)] += 1;
            let go_on = move || match by_slice {
                true => suspension.resume(store),
                false => suspension.resume_with(store, 7),
            };
            state = std::thread::scope(|scope| scope.spawn(go_on).join().expect("no panic"))
                .expect("it goes on");
        }
    }
}

/// A guest that was interrupted may be in the middle of anything: nothing may be changed under it.
#[test]
fn a_store_is_frozen_while_its_guest_is_sliced() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (memory (export "memory") 1 10) (table (export "table") 2 10 funcref)
                (global (export "global") (mut i32) (i32.const 0))
                (func (export "spin") (loop (br_if 0 (i32.eqz (i32.load (i32.const 8)))))))"#,
        );
        guest.store.set_time_slice(Some(SHORT));
        let spin = typed::<_, (), ()>(&mut guest, "spin");
        let run = spin.start(&mut guest.store, ()).expect("it runs");
        let suspension = run.suspended().expect("it spins");
        let Extern::Table(table) = guest.export("table") else { panic!("a table") };
        let Extern::Memory(memory) = guest.export("memory") else { panic!("a memory") };
        let Extern::Global(global) = guest.export("global") else { panic!("a global") };
        let store = &mut guest.store;
        for error in [
            table.set(&mut *store, 0, Val::FuncRef(None)).map(|()| 0),
            table.grow(&mut *store, 1, Val::FuncRef(None)),
            memory.grow(&mut *store, 1),
        ] {
            let text = error.expect_err("the store is frozen").to_string();
            assert!(text.contains("time slice"), "{text}");
        }
        let more = Module::new(engine, "(module)").expect("a module");
        assert!(Linker::new(engine).instantiate(&mut *store, &more).is_err());
        let ty = waxwing::GlobalType {
            content: waxwing::ValType::Ref(waxwing::RefType::EXTERNREF),
            mutable: true,
        };
        let value = Val::ExternRef(Some(ExternRef::new(1)));
        assert!(waxwing::Global::new(&mut *store, ty, value.clone()).is_err(), "no allocation");
        store.gc();
        // What cannot hurt is allowed, and seen.
        global.set(&mut *store, Val::I32(3)).expect("a global");
        assert_eq!(global.get(&mut *store).i32(), Some(3));
        memory.write_bytes(&mut *store, 8, &[1]).expect("inside");
        let mut state = suspension.resume(&mut *store).expect("it goes on");
        while let Run::Suspended(suspension) = state {
            state = suspension.resume(&mut *store).expect("it goes on");
        }
        waxwing::Global::new(&mut *store, ty, value).expect("no guest is suspended");
        memory.grow(&mut *store, 1).expect("room");
    });
}

/// Objects are allocated and collected all the time, also by a collector that runs at each allocation.
#[test]
fn slices_meet_the_collector() {
    const LISTS: &str = r#"(module
        (type $list (struct (field i32) (field (ref null $list))))
        (func $sum (param (ref null $list)) (result i32) (local i32)
            (block $end
                (loop $again
                    (br_if $end (ref.is_null (local.get 0)))
                    (local.set 1 (i32.add (local.get 1)
                        (struct.get $list 0 (local.get 0))))
                    (local.set 0 (struct.get $list 1 (local.get 0)))
                    (br $again)))
            (local.get 1))
        (func (export "run") (param $rounds i32) (param $len i32) (result i32)
            (local $list (ref null $list)) (local $i i32) (local $sum i32)
            (loop $outer
                (local.set $list (ref.null $list))
                (local.set $i (local.get $len))
                (loop $inner
                    (local.set $list (struct.new $list (local.get $i) (local.get $list)))
                    (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                    (br_if $inner (local.get $i)))
                (local.set $sum (i32.add (local.get $sum) (call $sum (local.get $list))))
                (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
                (br_if $outer (local.get $rounds)))
            (local.get $sum)))"#;
    for (stress, rounds, len) in [(false, 20_000, 100), (true, 30, 40)] {
        let engine = Engine::new(waxwing::Config::new().gc_stress(stress)).expect("an engine");
        let mut guest = Guest::new(&engine, LISTS);
        guest.store.set_time_slice(Some(SHORT));
        let func = typed::<_, (i32, i32), i32>(&mut guest, "run");
        let mut suspended = 0;
        while suspended < 30 {
            let (sum, slices) = run(func, &mut guest.store, (rounds, len));
            assert_eq!(sum, rounds * len * (len + 1) / 2);
            suspended += slices - 1;
        }
    }
}

/// A slice that ends while the collector runs suspends the guest behind the allocation that has caused
/// it, and a kill ends it there. A value of the host's says when that is: it is released by the collector.
#[test]
fn slices_and_kills_while_the_collector_runs() {
    struct Released(std::sync::Mutex<Option<Box<dyn FnOnce() + Send>>>);
    impl Drop for Released {
        fn drop(&mut self) {
            if let Some(act) = self.0.get_mut().expect("no panic").take() {
                act();
            }
        }
    }
    const TEXT: &str = r#"(module
        (type $box (struct (field i32)))
        (global $after (export "after") (mut i32) (i32.const 0))
        (func (export "run") (param externref i32) (result i32) (local $b (ref null $box))
            (local.set 0 (ref.null extern))
            (loop $again
                (local.set $b (struct.new $box (local.get 1)))
                (global.set $after (i32.add (global.get $after)
                    (struct.get $box 0 (local.get $b))))
                (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                (br_if $again (local.get 1)))
            (global.get $after)))"#;
    let engine = Engine::new(waxwing::Config::new().gc_stress(true)).expect("an engine");
    for kills in [false, true] {
        let mut guest = Guest::new(&engine, TEXT);
        let switch = guest.store.kill_switch();
        guest.store.set_time_slice(Some(SHORT));
        let ran = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = ran.clone();
        let act = move || {
            if kills {
                switch.kill();
            } else {
                std::thread::sleep(SHORT * 20);
            }
            seen.store(true, std::sync::atomic::Ordering::Relaxed);
        };
        let value = Released(std::sync::Mutex::new(Some(Box::new(act))));
        let func = typed::<_, (Option<ExternRef>, i32), i32>(&mut guest, "run");
        let mut state = func.start(&mut guest.store, (Some(ExternRef::new(value)), 300));
        let mut slices = 0;
        let result = loop {
            match state {
                Ok(Run::Done(sum)) => break Ok(sum),
                Ok(Run::Suspended(suspension)) => {
                    slices += 1;
                    state = suspension.resume(&mut guest.store).map_err(Error::from);
                }
                Err(error) => break Err(error),
            }
        };
        assert!(ran.load(std::sync::atomic::Ordering::Relaxed), "the value was not released");
        if kills {
            assert_eq!(result.expect_err("it is killed").trap(), Some(Trap::Killed));
            assert!(guest.global("after").i32() < Some(300 * 301 / 2), "the guest went on");
        } else {
            assert_eq!(result.expect("it ends"), 300 * 301 / 2);
            assert!(slices > 0, "no slice ended in the collector");
        }
    }
}

/// Exceptions on their way to a handler when a slice ends are not lost.
#[test]
fn slices_meet_exceptions() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (tag $t (param i64))
                (func $throws (param i64) (throw $t (local.get 0)))
                (func (export "run") (param i64) (result i64) (local $sum i64)
                    (loop $again
                        (block $caught (result i64)
                            (try_table (catch $t $caught) (call $throws (local.get 0)))
                            (unreachable))
                        (local.set $sum (i64.add (local.get $sum)))
                        (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
                        (br_if $again (i64.ne (local.get 0) (i64.const 0))))
                    (local.get $sum)))"#,
        );
        guest.store.set_time_slice(Some(Duration::from_micros(10)));
        let func = typed::<_, i64, i64>(&mut guest, "run");
        let mut suspended = 0;
        while suspended < 100 {
            let (sum, slices) = run(func, &mut guest.store, 20_000);
            assert_eq!(sum, 20_000 * 20_001 / 2);
            suspended += slices - 1;
        }
    });
}

#[test]
fn a_sliced_guest_ends_at_its_deadline() {
    each_plan(|engine| {
        let mut guest = Guest::link(&linker(engine), data(""), TEXT);
        guest.store.set_time_slice(Some(SHORT));
        let func = typed::<_, (), ()>(&mut guest, "tight");
        guest.store.set_deadline(Some(Duration::from_millis(5)));
        let mut state = func.start(&mut guest.store, ());
        let error = loop {
            state = match state {
                Ok(run) => {
                    let suspension = run.suspended().expect("it never ends");
                    suspension.resume(&mut guest.store).map_err(Error::from)
                }
                Err(error) => break error,
            };
        };
        assert_eq!(error.trap(), Some(Trap::DeadlineExceeded));
        guest.store.set_deadline(None);
        assert_eq!(guest.call("fine", &[]), 5);
    });
}

/// Kills, deadlines, slices and ends at random, from several threads.
#[test]
fn slices_and_stops_at_random() {
    for plan in PLANS {
        let engine = engine(plan);
        let linker = linker(&engine);
        let module = module(&engine, TEXT);
        std::thread::scope(|scope| {
            for seed in 0..3 {
                let (engine, linker, module) = (&engine, &linker, &module);
                scope.spawn(move || {
                    let mut random = Random::new(seed);
                    for _ in 0..150 {
                        one(engine, linker, module, &mut random);
                    }
                });
            }
        });
    }
}

fn one(engine: &Engine, linker: &Linker<crate::stops::Data>, module: &Module, random: &mut Random) {
    let name = ENDLESS[random.below(ENDLESS.len() as u64) as usize];
    let mut store = Store::new(engine, data(name));
    let instance = linker.instantiate(&mut store, module).expect("an instance");
    let mut guest = Guest { store, instance };
    guest.store.data_mut().pass_on = true;
    guest.store.set_time_slice(Some(Duration::from_micros(random.below(100))));
    let name = if random.below(4) == 0 { "nested" } else { name };
    let func = typed::<_, (), ()>(&mut guest, name);
    let by_kill = random.below(2) == 0 || name == "nested";
    let wait = Duration::from_micros(random.below(2000));
    let switch = guest.store.kill_switch();
    std::thread::scope(|scope| {
        let guest = &mut guest;
        if by_kill {
            scope.spawn(move || {
                std::thread::sleep(wait);
                switch.kill();
            });
        } else {
            guest.store.set_deadline(Some(wait));
        }
        let want = if by_kill { Trap::Killed } else { Trap::DeadlineExceeded };
        let mut state = match func.start(&mut guest.store, ()) {
            Ok(state) => state,
            Err(error) => return assert_eq!(error.trap(), Some(want), "{name}"),
        };
        loop {
            let suspension = state.suspended().expect("it never ends");
            if random.below(500) == 0 {
                // Abandoned: the next run is stopped as well, sooner or later.
                drop(suspension);
                state = match func.start(&mut guest.store, ()) {
                    Ok(state) => state,
                    Err(error) => return assert_eq!(error.trap(), Some(want), "{name}"),
                };
                continue;
            }
            state = match suspension.resume(&mut guest.store) {
                Ok(state) => state,
                Err(error) => return assert_eq!(error.error().trap(), Some(want), "{name}"),
            };
        }
    });
    if !by_kill {
        // Nothing of the run is left: the next ones are suspended, and go on.
        guest.store.set_deadline(None);
        assert_eq!(guest.call("fine", &[]), 5);
        let mut state = typed::<_, (), ()>(&mut guest, "host_calls").start(&mut guest.store, ());
        for _ in 0..3 {
            let suspension = state.expect("it runs").suspended().expect("it never ends");
            assert_eq!(suspension.reason(), Reason::TimeSlice);
            state = suspension.resume(&mut guest.store).map_err(Error::from);
        }
        drop(state);
        assert_eq!(guest.call("fine", &[]), 5);
    }
}

/// No instruction is there for any of this.
#[test]
fn code_is_the_same_with_slices_and_without() {
    each_plan(|engine| {
        let before = module(engine, TEXT).serialize();
        let mut guest = Guest::link(&linker(engine), data(""), TEXT);
        guest.store.set_time_slice(Some(SHORT));
        guest.store.set_deadline(Some(Duration::from_secs(3600)));
        let func = typed::<_, (), ()>(&mut guest, "tight");
        let run = func.start(&mut guest.store, ()).expect("it runs");
        let after = module(engine, TEXT).serialize();
        assert!(before == after, "the machine code differs");
        assert!(run.suspended().is_some());
    });
}
