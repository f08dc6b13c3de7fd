//! Guests that use up their stack.

use waxwing::{Caller, Config, Engine, Extern, Linker, Trap, V128, Val};
use waxwing_testkit::{Guest, PLANS, each_plan};

/// A function with so many values alive across a call that its frame is larger than the guard.
fn huge_frame() -> String {
    let mut text = String::from("(func $huge (export \"huge\") (param $n i32) (result i64)\n");
    text.push_str(&format!("(local {})\n", "v128 ".repeat(LOCALS)));
    for i in 1..=LOCALS {
        text.push_str(&format!("(local.set {i} (v128.load (i32.const {})))\n", (i * 8) % 65_000));
    }
    text.push_str(
        "(if (local.get $n) (then (drop (call $huge (i32.sub (local.get $n) (i32.const 1))))))\n",
    );
    text.push_str("(v128.const i64x2 0 0)\n");
    for i in 1..=LOCALS {
        text.push_str(&format!("(i64x2.add (local.get {i}))\n"));
    }
    text + "(i64x2.extract_lane 0))"
}

const LOCALS: usize = 4500;

const TEXT: &str = r#"
    (import "h" "through" (func $through (param i32)))
    (memory (export "memory") 1)
    (global $depth (export "depth") (mut i32) (i32.const 0))
    (func $self (export "self")
        (global.set $depth (i32.add (global.get $depth) (i32.const 1))) (call $self))
    (func $left (export "left") (param i32) (call $right (local.get 0) (i64.const 1)))
    (func $right (param i32 i64) (call $left (i32.add (local.get 0) (i32.const 1))))
    (table funcref (elem $indirect))
    (func $indirect (export "indirect") (call_indirect (i32.const 0)))
    (func $host (export "host") (param i32) (call $through (i32.add (local.get 0) (i32.const 1))))
    (func $many (export "many") (param i64 i64 i64 i64 i64 i64 i64 i64 i64 v128 v128)
        (call $many (local.get 8) (local.get 7) (local.get 6) (local.get 5) (local.get 4)
            (local.get 3) (local.get 2) (local.get 1) (local.get 0) (local.get 10) (local.get 9)))
    (func $bulk (export "bulk") (memory.fill (i32.const 0) (i32.const 1) (memory.size)) (call $bulk))
    (func $builtin (export "builtin") (drop (memory.grow (i32.const 0))) (call $builtin))
    (func (export "fine") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $count (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func $count (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $count (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))"#;

fn guest(engine: &Engine, more: &str) -> Guest {
    let mut linker: Linker<()> = Linker::new(engine);
    linker
        .func_wrap("h", "through", |mut caller: Caller<'_, ()>, n: i32| {
            let Some(Extern::Func(f)) = caller.get_export("host") else { panic!("a function") };
            f.call(&mut caller, &[Val::I32(n)], &mut [])
        })
        .expect("a new name");
    Guest::link(&linker, (), format!("(module {TEXT} {more})"))
}

#[test]
fn every_deep_recursion_ends_with_a_trap() {
    each_plan(|engine| {
        let mut guest = guest(engine, &huge_frame());
        let mut wide = vec![Val::I64(5); 9];
        wide.extend([Val::V128(V128(7)), Val::V128(V128(8))]);
        for _ in 0..3 {
            for name in ["self", "indirect", "bulk", "builtin"] {
                assert_eq!(guest.trap(name, &[]), Trap::StackOverflow, "{name}");
                assert_eq!(guest.call("fine", &[1000]), 1000, "after {name}");
            }
            for name in ["left", "host", "huge"] {
                assert_eq!(guest.trap(name, &[i32::MAX]), Trap::StackOverflow, "{name}");
                assert_eq!(guest.call("fine", &[1000]), 1000, "after {name}");
            }
            let error = guest.try_call("many", &wide).expect_err("a trap");
            assert_eq!(error.trap(), Some(Trap::StackOverflow));
        }
    });
}

#[test]
fn an_overflow_has_a_backtrace() {
    each_plan(|engine| {
        let mut guest = guest(engine, "");
        let error = guest.try_call("self", &[]).expect_err("a trap");
        let frames = error.backtrace().expect("a backtrace").frames();
        assert!(frames.len() > 100, "{}", frames.len());
        assert!(frames.iter().all(|f| f.func_name.as_deref() == Some("self")));
    });
}

/// A frame beyond the guard is touched page by page, and works when there is room; at every depth,
/// the frame that does not fit may be any.
#[test]
fn huge_frames_work_where_they_fit_and_else_overflow() {
    each_plan(|engine| {
        let then = r#"(func $then (export "then") (param $n i32) (result i64)
            (if (result i64) (local.get $n)
                (then (i64.add (i64.const 1) (call $then (i32.sub (local.get $n) (i32.const 1)))))
                (else (call $huge (i32.const 0)))))"#;
        let mut guest = guest(engine, &(huge_frame() + then));
        guest.memory("memory").fill(1);
        let sum = guest.try_call("huge", &[Val::I32(3)]).expect("room for four frames");
        let want = 0x0101_0101_0101_0101i64.wrapping_mul(LOCALS as i64);
        assert_eq!(sum[0].i64(), Some(want));
        assert_eq!(guest.trap("huge", &[1000]), Trap::StackOverflow);
        let (mut fits, mut overflows) = (0, 0);
        for depth in (0..150_000).step_by(331) {
            match guest.try_call("then", &[Val::I32(depth)]) {
                Ok(sum) => {
                    assert_eq!(overflows, 0, "depth {depth} fits, a lesser one did not");
                    assert_eq!(sum[0].i64(), Some(want.wrapping_add(depth.into())));
                    fits += 1;
                }
                Err(e) => {
                    assert_eq!(e.trap(), Some(Trap::StackOverflow), "{e:?}");
                    overflows += 1;
                }
            }
        }
        assert!(fits > 10 && overflows > 10, "{fits} fit, {overflows} overflow");
    });
}

#[test]
fn the_stacks_size_is_what_was_asked_for() {
    for plan in PLANS {
        let depth = |bytes: usize| {
            let engine =
                Engine::new(Config::new().memory_plan(plan).stack_size(bytes)).expect("an engine");
            let mut guest = guest(&engine, "");
            assert_eq!(guest.trap("self", &[]), Trap::StackOverflow);
            guest.global("depth").i32().expect("a number")
        };
        let (small, large) = (depth(128 << 10), depth(8 << 20));
        assert!(large > 50 * small && large < 70 * small, "{small} {large}");
    }
}
