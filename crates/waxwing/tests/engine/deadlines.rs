//! Deadlines: passed, taken away, renewed.

use crate::stops::{ENDLESS, TEXT, data, linker};
use std::sync::Arc;
use std::time::Duration;
use waxwing::{Caller, Engine, Linker, Module, Store, Trap, Val};
use waxwing_testkit::{Guest, each_plan, module};

const SOON: Duration = Duration::from_millis(2);
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

const COUNTS: &str = r#"(module
    (func (export "count") (param i32) (result i32) (local i32)
        (loop
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
        (local.get 1))
    (func (export "forever") (loop (br 0))))"#;

#[test]
fn endless_guests_end_at_their_deadline() {
    each_plan(|engine| {
        let linker = linker(engine);
        let module = module(engine, TEXT);
        for name in ENDLESS {
            let mut store = Store::new(engine, data(""));
            let instance = linker.instantiate(&mut store, &module).expect("an instance");
            let mut guest = Guest { store, instance };
            // A deadline ends the run and no more: the store is usable afterwards.
            for after in [SOON, Duration::ZERO, SOON] {
                guest.store.set_deadline(Some(after));
                assert_eq!(guest.trap(name, &[]), Trap::DeadlineExceeded, "{name}");
                assert_eq!(guest.trap("fine", &[]), Trap::DeadlineExceeded, "it is still over");
                guest.store.set_deadline(None);
                assert_eq!(guest.call("fine", &[]), 5, "{name}");
            }
        }
    });
}

#[test]
fn nested_guests_end_at_their_deadline() {
    each_plan(|engine| {
        for nested in ["tight", "host_calls", "copy", "builtins"] {
            // On a busy machine a deadline may pass before the inner guest runs.
            let mut after = SOON;
            loop {
                let mut guest = Guest::link(&linker(engine), data(nested), TEXT);
                guest.store.set_deadline(Some(after));
                assert_eq!(guest.trap("nested", &[]), Trap::DeadlineExceeded);
                assert_eq!(guest.global("after").i32(), Some(0), "the outer guest went on");
                if let Some(inner) = guest.store.data().inner {
                    assert_eq!(inner, Trap::DeadlineExceeded);
                    break;
                }
                after *= 2;
            }
        }
    });
}

/// Whenever the old deadline passes, before or after it is changed, it has no effect.
#[test]
fn a_deadline_that_was_changed_has_no_effect() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, COUNTS);
        for round in 0..40u64 {
            guest.store.set_deadline(Some(Duration::from_micros(round * 20)));
            guest.store.set_deadline(if round % 2 == 0 { None } else { Some(NEVER) });
            assert_eq!(guest.call("count", &[3_000_000]), 3_000_000, "round {round}");
        }
        guest.store.set_deadline(Some(NEVER));
        guest.store.set_deadline(Some(SOON));
        assert_eq!(guest.trap("forever", &[]), Trap::DeadlineExceeded);
        guest.store.set_deadline(Some(Duration::MAX));
        assert_eq!(guest.call("count", &[10]), 10);
    });
}

#[test]
fn a_kill_outranks_a_deadline() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, COUNTS);
        guest.store.set_deadline(Some(SOON));
        assert_eq!(guest.trap("forever", &[]), Trap::DeadlineExceeded);
        guest.store.kill_switch().kill();
        assert_eq!(guest.trap("forever", &[]), Trap::Killed);
        guest.store.set_deadline(None);
        assert_eq!(guest.trap("count", &[1]), Trap::Killed);
    });
}

/// Many stores at a time, each with its own deadline; those without one are left alone.
#[test]
fn deadlines_of_many_stores_are_apart() {
    each_plan(|engine| {
        let module = module(engine, COUNTS);
        std::thread::scope(|scope| {
            for i in 0..8u64 {
                let module = &module;
                scope.spawn(move || {
                    for round in 0..10 {
                        let mut store = Store::new(engine, ());
                        let instance = Linker::new(engine)
                            .instantiate(&mut store, module)
                            .expect("an instance");
                        let mut guest = Guest { store, instance };
                        if i % 4 == 0 {
                            assert_eq!(guest.call("count", &[1_000_000]), 1_000_000);
                            continue;
                        }
                        guest.store.set_deadline(Some(Duration::from_micros(i * round * 50)));
                        assert_eq!(guest.trap("forever", &[]), Trap::DeadlineExceeded);
                    }
                });
            }
        });
    });
}

#[test]
fn a_deadline_wakes_a_host_function_that_waits() {
    each_plan(|engine| {
        // On a busy machine a deadline may pass before the guest has come to the host function.
        let waited = |after: Duration| {
            let gate = Arc::new(crate::stops::Gate::default());
            let mut linker: Linker<bool> = Linker::new(engine);
            let wait = gate.clone();
            linker
                .func_wrap("h", "wait", move |mut caller: Caller<'_, bool>| {
                    wait.wait();
                    *caller.data_mut() = true;
                })
                .expect("a new name");
            let mut guest = Guest::link(
                &linker,
                false,
                r#"(module (import "h" "wait" (func $wait))
                    (func (export "run") (call $wait) (unreachable)))"#,
            );
            guest.store.on_stop(move || gate.open());
            guest.store.set_deadline(Some(after));
            assert_eq!(guest.trap("run", &[]), Trap::DeadlineExceeded);
            *guest.store.data()
        };
        let mut after = SOON;
        while !waited(after) {
            after *= 2;
        }
    });
}

/// What a host function threw in the moment of the deadline is not found by the next run.
#[test]
fn a_failure_at_the_deadline_does_not_stay_behind() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_wrap(
                "h",
                "f",
                |n: i32| {
                    if n == 0 { Err(waxwing::Error::msg("zero")) } else { Ok(n) }
                },
            )
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            (),
            r#"(module (import "h" "f" (func $f (param i32) (result i32)))
                (func (export "run") (param i32) (loop
                    (drop (call $f (local.get 0)))
                    (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                    (br 0)))
                (func (export "fine") (result i32) (call $f (i32.const 9))))"#,
        );
        for round in 0..300u64 {
            guest.store.set_deadline(Some(Duration::from_micros(round % 60)));
            let error = guest.try_call("run", &[Val::I32(1 + (round * 37 % 500) as i32)]);
            let error = error.expect_err("it never returns");
            let trap = error.trap();
            assert!(trap == Some(Trap::DeadlineExceeded) || error.to_string() == "zero", "{error}");
            guest.store.set_deadline(None);
            assert_eq!(guest.call("fine", &[]), 9, "round {round}");
        }
    });
}

/// Thousands of stores wait for their time at once; each is stopped by its own, and by no other.
#[test]
fn thousands_of_deadlines_at_once() {
    each_plan(|engine| {
        let counts = module(engine, "(module (func (export \"forever\") (loop (br 0))))");
        let make = |engine: &Engine, module: &Module| {
            let mut store = Store::new(engine, ());
            let instance = Linker::new(engine).instantiate(&mut store, module).expect("one");
            Guest { store, instance }
        };
        let mut waiting: Vec<Guest<()>> = (0..2000).map(|_| make(engine, &counts)).collect();
        for (i, guest) in waiting.iter_mut().enumerate() {
            guest.store.set_deadline(Some(if i % 2 == 0 { NEVER } else { SOON }));
        }
        let mut one = make(engine, &counts);
        for _ in 0..20 {
            one.store.set_deadline(Some(Duration::from_micros(100)));
            assert_eq!(one.trap("forever", &[]), Trap::DeadlineExceeded);
        }
        for (i, guest) in waiting.iter_mut().enumerate() {
            if i % 2 == 0 {
                guest.store.set_deadline(Some(Duration::ZERO));
            }
            assert_eq!(guest.trap("forever", &[]), Trap::DeadlineExceeded, "{i}");
        }
    });
}

/// Run after run gets a deadline that never comes: none of them stays behind.
#[test]
fn fresh_deadlines_for_each_run() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, COUNTS);
        let count = guest.instance.get_typed_func::<i32, i32>(&mut guest.store, "count");
        let count = count.expect("typed");
        for round in 0..100_000u32 {
            let after = if round % 2 == 0 { NEVER } else { NEVER * 2 };
            guest.store.set_deadline(Some(after));
            assert_eq!(count.call(&mut guest.store, 3).expect("it returns"), 3);
        }
        guest.store.set_deadline(Some(SOON));
        assert_eq!(guest.trap("forever", &[]), Trap::DeadlineExceeded);
    });
}
