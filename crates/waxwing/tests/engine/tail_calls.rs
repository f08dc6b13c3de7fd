//! Tail calls: constant stack, every kind of callee, and what happens in the midst of them.

use std::sync::Arc;
use waxwing::{Caller, Linker, Trap, Val};
use waxwing_testkit::{Guest, each_plan, module};

const MANY: i32 = 10_000_000;

/// Functions whose arguments take 0, 16 and 96 bytes of stack call each other.
#[test]
fn mutual_recursion_takes_no_stack() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (table funcref (elem $even $odd))
                (type $t (func (param i32) (result i32)))
                (func $even (export "even") (type $t)
                    (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
                    (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
                (func $odd (type $t)
                    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
                    (return_call_indirect (type $t)
                        (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))

                (func $a (export "sum") (param i32) (param i64) (result i64)
                    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
                    (return_call $b (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)
                        (local.get 1) (i32.sub (local.get 0) (i32.const 1))))
                (func $b (param i64 i64 i64 i64 i64 i32) (result i64)
                    (if (i32.eqz (local.get 5)) (then (return (local.get 4))))
                    (return_call $c (local.get 5) (f64.const 1) (f64.const 1) (f64.const 1)
                        (f64.const 1) (f64.const 1) (f64.const 1) (f64.const 1) (f64.const 1)
                        (v128.const i64x2 1 2) (v128.const i64x2 3 4) (f64.const 1)
                        (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8)
                        (i64.add (local.get 4) (i64.const 3))))
                (func $c (param i32) (param f64 f64 f64 f64 f64 f64 f64 f64)
                        (param v128 v128 f64) (param i64 i64 i64 i64 i64) (result i64)
                    (if (i32.eqz (local.get 0)) (then (return (local.get 16))))
                    (return_call $a (i32.sub (local.get 0) (i32.const 1))
                        (i64.add (local.get 16)
                            (i64.add (i64x2.extract_lane 1 (local.get 10)) (local.get 13))))))"#,
        );
        assert_eq!(guest.call("even", &[MANY]), 1);
        assert_eq!(guest.call("even", &[MANY + 1]), 0);
        let sum = guest.try_call("sum", &[Val::I32(300_000), Val::I64(1)]).expect("a sum");
        assert_eq!(sum[0].i64(), Some(1 + 150_000 * (3 + 4 + 6)));
    });
}

#[test]
fn results_areas_are_passed_on() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (func $three (param i32 i64 i64 i64 i64 i64 i64) (result i32 f64 v128)
                    (local.get 0) (f64.const 2.5) (i64x2.splat (local.get 6)))
                (func $pass (param i32) (result i32 f64 v128)
                    (return_call $three (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3)
                        (i64.const 4) (i64.const 5) (i64.const 6)))
                (func (export "run") (result i32 f64 i64 i32) (local v128)
                    (call $pass (i32.const 7)) local.set 0
                    (i64x2.extract_lane 1 (local.get 0)) (i32.const 9)))"#,
        );
        let got = guest.try_call("run", &[]).expect("results");
        assert_eq!((got[0].i32(), got[2].i64(), got[3].i32()), (Some(7), Some(6), Some(9)));
    });
}

/// Imported functions of the host and of another instance, with arguments on the stack.
#[test]
fn imports_are_tail_called() {
    each_plan(|engine| {
        let mut linker: Linker<i64> = Linker::new(engine);
        linker
            .func_wrap(
                "h",
                "many",
                |mut c: Caller<'_, i64>, a: i64, _: i64, _: i64, _: i64, _: i64, f: f64, g: i32| {
                    *c.data_mut() += 1;
                    a + f as i64 + i64::from(g)
                },
            )
            .and_then(|l| l.func_wrap("h", "add", |a: i32, b: i32| a + b))
            .expect("new names");
        let library = module(
            engine,
            r#"(module (global $g (mut i32) (i32.const 40))
                (func (export "own") (param i32) (result i32)
                    (i32.add (global.get $g) (local.get 0))))"#,
        );
        let mut guest = Guest::link(&linker, 0, "(module)");
        let library = linker.instantiate(&mut guest.store, &library).expect("an instance");
        linker.instance(&mut guest.store, "library", library).expect("new names");
        let main = module(
            engine,
            r#"(module
                (import "h" "many" (func $many (param i64 i64 i64 i64 i64 f64 i32) (result i64)))
                (import "h" "add" (func $add (param i32 i32) (result i32)))
                (import "library" "own" (func $own (param i32) (result i32)))
                (table funcref (elem $many $add $own))
                (global $g (mut i32) (i32.const 1000))
                (func $direct (param i64) (result i64)
                    (return_call $many (local.get 0) (i64.const 2) (i64.const 3) (i64.const 4)
                        (i64.const 5) (f64.const 6) (i32.const 70)))
                (func $indirect (param i64) (result i64)
                    (return_call_indirect (param i64 i64 i64 i64 i64 f64 i32) (result i64)
                        (local.get 0) (i64.const 2) (i64.const 3) (i64.const 4)
                        (i64.const 5) (f64.const 6) (i32.const 70) (i32.const 0)))
                ;; The stack pointer must be the same after each call.
                (func (export "many") (param i32) (result i64) (local i64)
                    (loop
                        (local.set 1 (i64.add (local.get 1) (call $direct (i64.const 1))))
                        (local.set 1 (i64.add (local.get 1) (call $indirect (i64.const 1))))
                        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                    (local.get 1))
                (func (export "add") (param i32) (result i32)
                    (return_call $add (local.get 0) (i32.const 5)))
                (func (export "own") (param i32) (result i32) (return_call $own (local.get 0)))
                (func (export "by_table") (param i32) (result i32)
                    (return_call_indirect (param i32) (result i32)
                        (local.get 0) (i32.const 2))))"#,
        );
        guest.instance = linker.instantiate(&mut guest.store, &main).expect("an instance");
        let sum = guest.try_call("many", &[Val::I32(100_000)]).expect("a sum");
        assert_eq!(sum[0].i64(), Some(77 * 200_000));
        assert_eq!(*guest.store.data(), 200_000);
        assert_eq!(guest.call("add", &[4]), 9);
        assert_eq!(guest.call("own", &[2]), 42);
        assert_eq!(guest.call("by_table", &[3]), 43);
    });
}

#[test]
fn indirect_tail_calls_trap() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (table 3 funcref) (elem (i32.const 1) $f)
                (func $f (param i32))
                (func (export "run") (param i32) (return_call_indirect (local.get 0))))"#,
        );
        assert_eq!(guest.trap("run", &[0]), Trap::UninitializedElement);
        assert_eq!(guest.trap("run", &[1]), Trap::IndirectCallTypeMismatch);
        assert_eq!(guest.trap("run", &[3]), Trap::UndefinedElement);
    });
}

/// Who made a tail call is gone; who called it is not.
#[test]
fn backtraces_leave_out_who_made_a_tail_call() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (func $fails (param i64 i64 i64 i64 i64 i64 i64 i64) (unreachable))
                (func $gone (param i64)
                    (return_call $fails (local.get 0) (local.get 0) (local.get 0) (local.get 0)
                        (local.get 0) (local.get 0) (local.get 0) (local.get 0)))
                (func $between (call $gone (i64.const 1)))
                (func $run (export "run") (call $between)))"#,
        );
        let error = guest.try_call("run", &[]).expect_err("a trap");
        assert_eq!(error.trap(), Some(Trap::Unreachable));
        let frames = error.backtrace().expect("a backtrace").frames();
        let names: Vec<_> = frames.iter().filter_map(|f| f.func_name.as_deref()).collect();
        assert_eq!(names, ["fails", "between", "run"]);
    });
}

/// A stop anywhere in functions that make room for arguments and give it back.
#[test]
fn backtraces_of_stops_in_tail_calls_miss_no_frame() {
    each_plan(|engine| {
        let linker = crate::stops::linker(engine);
        let module = module(
            engine,
            r#"(module
                (import "h" "begun" (func $begun))
                (func $few (param i64)
                    (return_call $many (local.get 0) (local.get 0) (local.get 0) (local.get 0)
                        (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0)))
                (func $many (param i64 i64 i64 i64 i64 i64 i64 i64 i64)
                    (return_call $few (local.get 8)))
                (func $between (call $few (i64.const 1)))
                (func $run (export "run") (call $begun) (call $between)))"#,
        );
        for round in 0..300 {
            let mut store = waxwing::Store::new(engine, crate::stops::data(""));
            let instance = linker.instantiate(&mut store, &module).expect("an instance");
            let mut guest = Guest { store, instance };
            let switch = guest.store.kill_switch();
            let begun = Arc::clone(&guest.store.data().begun);
            let error = std::thread::scope(|scope| {
                scope.spawn(move || {
                    begun.wait();
                    (0..2000 + round * 7).for_each(|_| std::hint::spin_loop());
                    switch.kill();
                });
                guest.try_call("run", &[]).expect_err("it never ends")
            });
            let frames = error.backtrace().expect("a backtrace").frames();
            let names: Vec<_> = frames.iter().filter_map(|f| f.func_name.as_deref()).collect();
            // The stop may come before the first call.
            let whole = matches!(names[..], ["few" | "many", "between", "run"]);
            assert!(whole || matches!(names[..], ["run"] | ["between", "run"]), "{names:?}");
        }
    });
}
