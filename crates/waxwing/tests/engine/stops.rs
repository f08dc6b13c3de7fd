//! Kill switches, wherever the guest is.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use waxwing::{Caller, Engine, Error, Extern, Func, KillSwitch, Linker, Store, Trap, Val};
use waxwing_testkit::{Guest, each_plan, module};

/// A gate that opens once.
#[derive(Default)]
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    pub fn open(&self) {
        *self.0.lock().expect("no panic") = true;
        self.1.notify_all();
    }

    pub fn wait(&self) {
        let open = self.0.lock().expect("no panic");
        drop(self.1.wait_while(open, |open| !*open).expect("no panic"));
    }
}

/// Functions that never end. Each says first, by the host function `begun`, that it runs.
pub const ENDLESS: &[&str] = &[
    "tight",
    "empty",
    "copy",
    "fill",
    "many_fills",
    "recursion",
    "builtins",
    "host_calls",
    "indirect",
    "vectors",
    "divisions",
    "stack_args",
    "tail_calls",
    "exceptions",
];

pub const TEXT: &str = r#"(module
    (import "h" "begun" (func $begun))
    (import "h" "call" (func $host (param i32 f64 i64 i64 i64 i64 i64 i64) (result i32)))
    (import "h" "nest" (func $nest))
    (memory (export "memory") 1024)
    (table $t funcref (elem $leaf $leaf2))
    (global $after (export "after") (mut i32) (i32.const 0))
    (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $leaf2 (param i32) (result i32) (i32.add (local.get 0) (i32.const 2)))
    (func $tight (export "tight") (local i32)
        (call $begun)
        (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0)))
    (func (export "empty") (call $begun) (loop (br 0)))
    (func (export "copy")
        (call $begun)
        (loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 0x3fffff0)) (br 0)))
    (func (export "fill")
        (call $begun)
        (loop (memory.fill (i32.const 1) (i32.const 7) (i32.const 0x3fffff0)) (br 0)))
    (func (export "many_fills")
        (call $begun)
        (loop (memory.fill (i32.const 1) (i32.const 7) (i32.const 100)) (br 0)))
    (func $fib (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "recursion") (call $begun) (loop (drop (call $fib (i32.const 1000))) (br 0)))
    (func (export "builtins")
        (call $begun)
        (loop
            (drop (memory.grow (i32.const 0)))
            (table.set $t (i32.const 0) (ref.func $leaf))
            (br 0)))
    (func (export "host_calls")
        (call $begun)
        (loop
            (drop (call $host (i32.const 1) (f64.const 2) (i64.const 3) (i64.const 4)
                (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8)))
            (br 0)))
    (func (export "indirect") (local i32)
        (call $begun)
        (loop
            (local.set 0 (call_indirect (param i32) (result i32) (local.get 0)
                (i32.and (local.get 0) (i32.const 1))))
            (br 0)))
    (func (export "vectors") (local v128)
        (call $begun)
        (loop (local.set 0 (f32x4.add (local.get 0) (f32x4.splat (f32.const 1)))) (br 0)))
    (func (export "divisions") (local i64)
        (call $begun)
        (loop
            (local.set 0 (i64.rem_u (i64.const 0x7fffffffffffffff)
                (i64.or (local.get 0) (i64.const 3))))
            (br 0)))
    (func $nine (param i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)
        (i64.add (local.get 0) (local.get 8)))
    (func (export "stack_args") (local i64)
        (call $begun)
        (loop
            (local.set 0 (call $nine (local.get 0) (local.get 0) (local.get 0) (local.get 0)
                (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0)))
            (br 0)))
    (type $more (func (param i64 i64 i64 i64 i64 i64 i64 i64 i64)))
    (func $fewer (param i64)
        (return_call $more (local.get 0) (local.get 0) (local.get 0) (local.get 0)
            (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0)))
    (func $more (type $more) (return_call $fewer (local.get 8)))
    (func (export "tail_calls") (call $begun) (call $fewer (i64.const 7)))
    (tag $thrown (param i64))
    (func $throws (param i64) (if (i64.ne (local.get 0) (i64.const 3)) (then (throw $thrown (local.get 0)))))
    (func (export "exceptions") (local i64)
        (call $begun)
        (loop $again
            (block $caught (result i64)
                (try_table (catch $thrown $caught)
                    (call $throws (local.get 0))
                    (throw $thrown (i64.const 4)))
                (unreachable))
            (local.set 0 (i64.and (i64.add (i64.const 1)) (i64.const 7)))
            (br $again)))
    (func (export "nested") (call $nest) (global.set $after (i32.const 1)))
    (func (export "once") (call $begun) (global.set $after (i32.const 1)))
    (func (export "fine") (result i32) (i32.const 5)))"#;

/// What stores of these tests hold.
pub struct Data {
    /// Opened by `begun`.
    pub begun: Arc<Gate>,
    /// What `nest` calls.
    pub nested: &'static str,
    /// What came out of the nested call.
    pub inner: Option<Trap>,
    /// Whether `nest` fails when the nested call does.
    pub pass_on: bool,
}

pub fn data(nested: &'static str) -> Data {
    Data { begun: Arc::default(), nested, inner: None, pass_on: false }
}

pub fn linker(engine: &Engine) -> Linker<Data> {
    let mut linker: Linker<Data> = Linker::new(engine);
    linker
        .func_wrap("h", "begun", |caller: Caller<'_, Data>| caller.data().begun.open())
        .and_then(|l| {
            l.func_wrap(
                "h",
                "call",
                |a: i32, b: f64, _: i64, _: i64, _: i64, _: i64, _: i64, h: i64| {
                    a + b as i32 + h as i32
                },
            )
        })
        .and_then(|l| {
            l.func_wrap("h", "nest", |mut caller: Caller<'_, Data>| {
                let nested = caller.data().nested;
                let Some(Extern::Func(f)) = caller.get_export(nested) else { panic!("{nested}") };
                let error = f.call(&mut caller, &[], &mut []).expect_err("it never ends");
                caller.data_mut().inner = error.trap();
                if caller.data().pass_on { Err(error) } else { Ok(()) }
            })
        })
        .expect("new names");
    linker
}

/// Runs a function and kills it once it has begun.
fn kill_in(guest: &mut Guest<Data>, name: &str) -> Error {
    let switch = guest.store.kill_switch();
    let begun = guest.store.data().begun.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            begun.wait();
            assert!(switch.kill());
        });
        guest.try_call(name, &[]).expect_err("it never ends")
    })
}

#[test]
fn a_killed_store_runs_nothing() {
    each_plan(|engine| {
        let linker = linker(engine);
        let module = module(engine, TEXT);
        let mut guest = Guest::link(&linker, data(""), TEXT);
        assert_eq!(guest.call("fine", &[]), 5);
        let switch = guest.store.kill_switch();
        assert!(switch.kill());
        for _ in 0..2 {
            assert_eq!(guest.trap("fine", &[]), Trap::Killed);
            assert_eq!(guest.trap("once", &[]), Trap::Killed);
        }
        assert_eq!(guest.global("after").i32(), Some(0));
        guest.memory("memory")[0] = 1;
        // A start function runs no more either.
        let starts = waxwing_testkit::module(engine, "(module (func $f) (start $f))");
        let error = linker.instantiate(&mut guest.store, &starts).expect_err("a stop");
        assert_eq!(error.trap(), Some(Trap::Killed));
        drop(guest);
        assert!(!switch.kill(), "the store is gone");
        drop(module);
    });
}

#[test]
fn endless_guests_are_killed() {
    each_plan(|engine| {
        let linker = linker(engine);
        let module = module(engine, TEXT);
        for name in ENDLESS {
            for _ in 0..5 {
                let mut store = Store::new(engine, data(""));
                let instance = linker.instantiate(&mut store, &module).expect("an instance");
                let mut guest = Guest { store, instance };
                let error = kill_in(&mut guest, name);
                assert_eq!(error.trap(), Some(Trap::Killed), "{name}: {error:?}");
                assert_eq!(guest.trap("fine", &[]), Trap::Killed);
            }
        }
    });
}

/// What a thread is known by stays with a store from call to call: it is the right one also when the store
/// comes to another thread and back, a guest was suspended and abandoned, or its slice was over.
#[test]
fn a_stop_finds_the_store_on_whichever_thread_it_is() {
    type Step = fn(&mut Guest<Data>);
    let called: Step = |guest| assert_eq!(guest.call("fine", &[]), 5);
    let typed: Step = |guest| {
        let fine = guest.instance.get_typed_func::<(), i32>(&mut guest.store, "fine");
        assert_eq!(fine.expect("typed").call(&mut guest.store, ()).expect("it runs"), 5);
    };
    let sliced: Step = |guest| {
        guest.store.set_time_slice(Some(Duration::from_micros(50)));
        let tight = guest.instance.get_typed_func::<(), ()>(&mut guest.store, "tight");
        let run = tight.expect("typed").start(&mut guest.store, ()).expect("it runs");
        // Goes on once, and is abandoned.
        let run = run.suspended().expect("it never ends").resume(&mut guest.store);
        drop(run.expect("it goes on").suspended());
    };
    let elsewhere = |guest: &mut Guest<Data>, step: Step| {
        std::thread::scope(|scope| scope.spawn(|| step(guest)).join().expect("no panic"));
    };
    let engine = waxwing_testkit::engine(Default::default());
    for here in [called, typed, sliced] {
        for there in [called, typed, sliced] {
            let mut guest = Guest::link(&linker(&engine), data(""), TEXT);
            here(&mut guest);
            elsewhere(&mut guest, there);
            guest.store.data_mut().begun = Arc::default();
            let killed = kill_in(&mut guest, "tight");
            assert_eq!(killed.trap(), Some(Trap::Killed));
            let mut guest = Guest::link(&linker(&engine), data(""), TEXT);
            here(&mut guest);
            elsewhere(&mut guest, there);
            let spins: Step = |guest| {
                guest.store.data_mut().begun = Arc::default();
                let switch = guest.store.kill_switch();
                let begun = guest.store.data().begun.clone();
                let killer = std::thread::spawn(move || {
                    begun.wait();
                    assert!(switch.kill());
                });
                let tight = guest.instance.get_typed_func::<(), ()>(&mut guest.store, "tight");
                let error = tight.expect("typed").call(&mut guest.store, ()).expect_err("a kill");
                assert_eq!(error.trap(), Some(Trap::Killed));
                killer.join().expect("no panic");
            };
            elsewhere(&mut guest, spins);
        }
    }
}

#[test]
fn a_stop_has_a_backtrace() {
    each_plan(|engine| {
        let mut guest = Guest::link(&linker(engine), data(""), TEXT);
        let error = kill_in(&mut guest, "tight");
        let frames = error.backtrace().expect("a backtrace").frames();
        assert_eq!(frames.len(), 1, "{error:?}");
        assert_eq!(frames[0].func_name.as_deref(), Some("tight"));
    });
}

/// Also where a function has just begun or is about to return, and has no frame yet or no longer. The loops keep
/// the functions from being lowered in the place of their calls.
#[test]
fn backtraces_of_stops_miss_no_frame() {
    each_plan(|engine| {
        let linker = linker(engine);
        let module = module(
            engine,
            r#"(module
                (import "h" "begun" (func $begun))
                (import "h" "call" (func $host (param i32 f64 i64 i64 i64 i64 i64 i64) (result i32)))
                (global $g (mut i32) (i32.const 0))
                (memory 1)
                (func $c (export "c") (param i32) (loop) (global.set $g (local.get 0)))
                (func $b (export "b") (param i32) (loop) (call $c (local.get 0)) (drop (memory.grow (i32.const 0))))
                (func $a (export "a") (param i32) (loop) (call $b (local.get 0)))
                (func $run (export "run") (call $begun) (loop (call $a (global.get $g)) (br 0))))"#,
        );
        let mut seen = std::collections::HashSet::new();
        for round in 0..400 {
            let mut store = Store::new(engine, data(""));
            let instance = linker.instantiate(&mut store, &module).expect("an instance");
            let mut guest = Guest { store, instance };
            let switch = guest.store.kill_switch();
            let begun = guest.store.data().begun.clone();
            let error = std::thread::scope(|scope| {
                scope.spawn(move || {
                    begun.wait();
                    (0..round * 7).for_each(|_| std::hint::spin_loop());
                    // More than once: a later signal may find the guest on its way out.
                    for _ in 0..1 + round % 8 {
                        switch.kill();
                    }
                });
                guest.try_call("run", &[]).expect_err("it never ends")
            });
            let frames = error.backtrace().expect("a backtrace").frames();
            let names: String =
                frames.iter().filter_map(|f| f.func_name.clone()).collect::<Vec<_>>().join(" ");
            assert!(["run", "a run", "b a run", "c b a run"].contains(&&*names), "{names}");
            seen.insert(names);
        }
        assert!(seen.len() > 1, "{seen:?}");
    });
}

#[test]
fn a_stop_in_deep_recursion_is_no_overflow() {
    each_plan(|engine| {
        let mut linker: Linker<Option<KillSwitch>> = Linker::new(engine);
        linker
            .func_wrap("h", "kill", |caller: Caller<'_, Option<KillSwitch>>| {
                assert!(caller.data().as_ref().expect("a switch").kill());
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            None,
            r#"(module (import "h" "kill" (func $kill))
                (func $down (export "down") (param i32) (result i32)
                    (if (i32.eqz (local.get 0)) (then (call $kill) (loop (br 0))))
                    (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))))"#,
        );
        *guest.store.data_mut() = Some(guest.store.kill_switch());
        let error = guest.try_call("down", &[Val::I32(10_000)]).expect_err("a stop");
        assert_eq!(error.trap(), Some(Trap::Killed));
        assert!(error.backtrace().expect("a backtrace").frames().len() > 500);
    });
}

/// The guest does not get to see that the host function returned.
#[test]
fn a_stop_in_a_host_call_takes_effect_at_its_return() {
    each_plan(|engine| {
        let mut guest = Guest::link(&linker(engine), data(""), TEXT);
        let mut linker = linker(engine);
        linker.allow_shadowing(true);
        let switch = guest.store.kill_switch();
        let called = Arc::new(AtomicUsize::new(0));
        let count = called.clone();
        linker
            .func_wrap("h", "begun", move || {
                assert!(switch.kill());
                count.fetch_add(1, Ordering::Relaxed);
            })
            .expect("a new name");
        let module = module(engine, TEXT);
        let instance = linker.instantiate(&mut guest.store, &module).expect("an instance");
        guest.instance = instance;
        assert_eq!(guest.trap("once", &[]), Trap::Killed);
        assert_eq!(called.load(Ordering::Relaxed), 1);
        assert_eq!(guest.global("after").i32(), Some(0), "the guest went on");
    });
}

/// A host function that waits is woken by the hook.
#[test]
fn a_stop_wakes_a_host_function_that_waits() {
    each_plan(|engine| {
        let stopped = Arc::new(Gate::default());
        let mut linker = linker(engine);
        linker.allow_shadowing(true);
        let wait = stopped.clone();
        linker
            .func_wrap("h", "begun", move |caller: Caller<'_, Data>| {
                caller.data().begun.open();
                wait.wait();
            })
            .expect("a new name");
        let mut guest = Guest::link(&linker, data(""), TEXT);
        let wake = stopped.clone();
        guest.store.on_stop(move || wake.open());
        let error = kill_in(&mut guest, "once");
        assert_eq!(error.trap(), Some(Trap::Killed));
        assert_eq!(guest.global("after").i32(), Some(0), "the guest went on");
    });
}

/// An error of the host function that was stopped gives way to the stop; a panic does not.
#[test]
fn a_panic_outranks_a_stop() {
    each_plan(|engine| {
        for panics in [false, true] {
            let mut linker: Linker<Option<KillSwitch>> = Linker::new(engine);
            linker
                .func_wrap("h", "f", move |caller: Caller<'_, Option<KillSwitch>>| {
                    caller.data().as_ref().expect("a switch").kill();
                    if panics {
                        std::panic::panic_any(77u32);
                    }
                    Err::<(), _>(Error::msg("interrupted"))
                })
                .expect("a new name");
            let text = r#"(module (import "h" "f" (func $f)) (func (export "run") (call $f)))"#;
            let mut guest = Guest::link(&linker, None, text);
            *guest.store.data_mut() = Some(guest.store.kill_switch());
            let run = std::panic::AssertUnwindSafe(|| guest.try_call("run", &[]));
            match std::panic::catch_unwind(run) {
                Ok(result) => {
                    assert!(!panics, "the panic is lost");
                    assert_eq!(result.expect_err("a stop").trap(), Some(Trap::Killed));
                }
                Err(panic) => {
                    assert!(panics && panic.downcast_ref::<u32>() == Some(&77));
                    assert_eq!(guest.trap("run", &[]), Trap::Killed);
                }
            }
        }
    });
}

#[test]
fn a_finished_run_is_not_touched() {
    each_plan(|engine| {
        let mut guest = Guest::link(&linker(engine), data(""), TEXT);
        let (first, second) = (guest.store.kill_switch(), guest.store.kill_switch());
        assert_eq!(guest.call("fine", &[]), 5);
        assert!(first.kill() && first.kill() && second.kill());
        assert_eq!(guest.trap("fine", &[]), Trap::Killed);
        // Another store of the same module lives on.
        let mut other = Guest::link(&linker(engine), data(""), TEXT);
        assert_eq!(other.call("fine", &[]), 5);
    });
}

/// The inner guest ends with an error through the host frame, then the outer one ends, whatever the
/// host function makes of it.
#[test]
fn nested_guests_end_through_the_host_frame() {
    each_plan(|engine| {
        for pass_on in [false, true] {
            for nested in ENDLESS {
                let mut guest = Guest::link(&linker(engine), data(nested), TEXT);
                guest.store.data_mut().pass_on = pass_on;
                let error = kill_in(&mut guest, "nested");
                assert_eq!(error.trap(), Some(Trap::Killed), "{nested}: {error:?}");
                assert_eq!(guest.store.data().inner, Some(Trap::Killed), "{nested}");
                assert_eq!(guest.global("after").i32(), Some(0), "the outer guest went on");
            }
        }
    });
}

/// Killing one store leaves a guest of another store, on the same thread and below, alone.
#[test]
fn a_nested_guest_of_another_store_is_stopped_alone() {
    each_plan(|engine| {
        let inner = Arc::new(Mutex::new(Guest::link(&linker(engine), data(""), TEXT)));
        let mut outer: Linker<Option<Trap>> = Linker::new(engine);
        let run = inner.clone();
        outer
            .func_wrap("h", "other", move |mut caller: Caller<'_, Option<Trap>>| {
                let error = kill_in(&mut run.lock().expect("no panic"), "tight");
                *caller.data_mut() = error.trap();
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &outer,
            None,
            r#"(module (import "h" "other" (func $other))
                (func (export "run") (result i32) (call $other) (i32.const 6)))"#,
        );
        assert_eq!(guest.call("run", &[]), 6);
        assert_eq!(*guest.store.data(), Some(Trap::Killed));
    });
}

/// The other way round: the outer store is killed while the inner one's guest runs on its stack.
#[test]
fn an_outer_guest_ends_when_the_inner_store_returns() {
    each_plan(|engine| {
        let mut outer: Linker<Option<KillSwitch>> = Linker::new(engine);
        let engine = engine.clone();
        let inner_ran = Arc::new(AtomicBool::new(false));
        let ran = inner_ran.clone();
        outer
            .func_wrap("h", "other", move |caller: Caller<'_, Option<KillSwitch>>| {
                caller.data().as_ref().expect("a switch").kill();
                let mut inner = Guest::link(&linker(&engine), data(""), TEXT);
                assert_eq!(inner.call("fine", &[]), 5);
                ran.store(true, Ordering::Relaxed);
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &outer,
            None,
            r#"(module (import "h" "other" (func $other))
                (func (export "run") (result i32) (call $other) (i32.const 6)))"#,
        );
        *guest.store.data_mut() = Some(guest.store.kill_switch());
        assert_eq!(guest.trap("run", &[]), Trap::Killed);
        assert!(inner_ran.load(Ordering::Relaxed));
    });
}

/// A host function that the host calls is the host's own affair.
#[test]
fn host_functions_are_not_stopped() {
    let engine = waxwing_testkit::engine(Default::default());
    let mut store = Store::new(&engine, ());
    let f = Func::wrap(&mut store, || 3i32);
    store.kill_switch().kill();
    let mut out = [Val::I32(0)];
    f.call(&mut store, &[], &mut out).expect("it runs");
    assert_eq!(out[0].i32(), Some(3));
}
