//! The runner finds what is wrong in a script, says where, and goes on.

use waxwing::Engine;
use waxwing_wast::{Failures, run_file, run_str};

fn failures(script: &str) -> Failures {
    run_str(&Engine::default(), "test.wast", script).expect_err("a failure")
}

/// A script of one module and one directive that must fail with this text.
fn fails(directive: &str, wanted: &str) {
    let module = r#"(module
        (func (export "one") (result i32) (i32.const 1))
        (func (export "id") (param f32) (result f32) (local.get 0))
        (func (export "vec") (result v128) (v128.const i32x4 1 2 3 4))
        (func (export "null") (result funcref) (ref.null func))
        (func (export "ext") (param externref) (result externref) (local.get 0))
        (func (export "trap") (unreachable))
        (func $deep (export "deep") (call $deep))
        (global (export "g") i64 (i64.const 7)))
    "#;
    let failed = failures(&format!("{module}\n{directive}"));
    assert_eq!(failed.failures.len(), 1, "{failed}");
    assert_eq!(failed.failures[0].line, 11, "{failed}");
    assert!(failed.failures[0].what.contains(wanted), "wanted {wanted}: {failed}");
}

#[test]
fn wrong_results_are_found() {
    fails(r#"(assert_return (invoke "one") (i32.const 2))"#, "got [i32 1 (0x1)]");
    fails(r#"(assert_return (invoke "one") (i64.const 1))"#, "got [i32 1");
    fails(r#"(assert_return (invoke "one"))"#, "expected [], got [i32 1");
    fails(r#"(assert_return (invoke "id" (f32.const -0)) (f32.const 0))"#, "got [f32 -0");
    fails(r#"(assert_return (invoke "id" (f32.const 0)) (f32.const nan:canonical))"#, "got [f32 0");
    fails(
        r#"(assert_return (invoke "id" (f32.const nan:0x200000)) (f32.const nan:arithmetic))"#,
        "0x7fa00000",
    );
    fails(r#"(assert_return (invoke "vec") (v128.const i32x4 1 2 3 5))"#, "v128 0x00000004");
    fails(r#"(assert_return (invoke "null") (ref.func))"#, "got [null funcref]");
    fails(r#"(assert_return (invoke "null") (ref.null extern))"#, "got [null funcref]");
    fails(r#"(assert_return (invoke "ext" (ref.extern 1)) (ref.extern 2))"#, "externref 1");
    fails(r#"(assert_return (invoke "ext" (ref.extern 1)) (ref.null))"#, "externref 1");
    fails(r#"(assert_return (invoke "one") (either (i32.const 2) (i32.const 3)))"#, "got [i32 1");
    fails(r#"(assert_return (get "g") (i64.const 8))"#, "got [i64 7");
    fails(r#"(assert_return (invoke "trap"))"#, "unreachable");
}

#[test]
fn missing_traps_are_found() {
    fails(r#"(assert_trap (invoke "one") "unreachable")"#, "expected trap");
    fails(r#"(assert_trap (invoke "trap") "integer overflow")"#, "got: unreachable");
    fails(r#"(assert_exhaustion (invoke "one") "call stack exhausted")"#, "expected trap");
    fails(r#"(assert_exhaustion (invoke "trap") "call stack exhausted")"#, "got: unreachable");
    fails(r#"(assert_trap (invoke "deep") "unreachable")"#, "call stack exhausted");
    fails(r#"(invoke "trap")"#, "the call failed");
}

#[test]
fn modules_that_should_be_refused_are_found() {
    fails(r#"(assert_invalid (module) "type mismatch")"#, "was accepted");
    fails(r#"(assert_malformed (module quote "(func)") "unknown operator")"#, "was accepted");
    fails(r#"(assert_unlinkable (module) "unknown import")"#, "all imports were found");
    let import = r#"(module (import "spectest" "print_i32" (func)))"#;
    fails(&format!(r#"(assert_unlinkable {import} "unknown import")"#), "incompatible import type");
    fails(r#"(module (import "nobody" "has" (func)))"#, "missing");
    fails(r#"(module (func (result i32)))"#, "refused");
}

#[test]
fn mistakes_of_the_script_are_found() {
    fails(r#"(invoke "nothing")"#, "no exported function");
    fails(r#"(invoke $Nobody "one")"#, "no such instance");
    fails(r#"(register "x" $Nobody)"#, "no such instance");
    fails(r#"(module instance $i $nothing)"#, "no such module definition");
    fails(r#"(assert_return (get "one") (i32.const 0))"#, "no exported global");
    // A call that does not fit is no trap.
    fails(r#"(assert_trap (invoke "one" (i32.const 1)) "unreachable")"#, "do not fit");
    fails(r#"(assert_trap (invoke "id" (f64.const 1)) "unreachable")"#, "do not fit");
}

#[test]
fn what_is_not_supported_fails() {
    fails(r#"(assert_exception (invoke "one"))"#, "expected an exception");
    fails(r#"(assert_suspension (invoke "one") "unhandled")"#, "not supported");
}

#[test]
fn a_script_goes_on_after_failures() {
    let failed = failures(
        r#"
        (module (func (export "f") (result i32) (i32.const 1)))
        (assert_return (invoke "f") (i32.const 2))
        (assert_return (invoke "f") (i32.const 1))
          (assert_return (invoke "f") (i32.const 3))
        "#,
    );
    let places: Vec<_> = failed.failures.iter().map(|f| (f.line, f.column)).collect();
    assert_eq!(places, [(3, 10), (5, 12)], "{failed}");
    assert_eq!((failed.summary.directives, failed.summary.assertions), (4, 3));
    assert!(failed.to_string().contains("test.wast:5:12: expected"), "{failed}");
    assert!(failed.to_string().ends_with("2 of 4 directives failed"), "{failed}");
}

#[test]
fn a_failed_module_does_not_leave_the_one_before_in_its_place() {
    let failed = failures(
        r#"
        (module (func (export "f")))
        (module (func (export "f") (unreachable)) (func (result i32)))
        (invoke "f")
        "#,
    );
    assert_eq!(failed.failures.len(), 2, "{failed}");
}

#[test]
fn what_is_no_script_fails() {
    assert_eq!(failures("(module").failures[0].line, 1);
    assert!(failures("\n (assert_nothing)").to_string().contains("no script"));
    let missing = run_file(&Engine::default(), "/does/not/exist.wast").expect_err("a failure");
    assert!(missing.to_string().contains("/does/not/exist.wast: the file cannot be read"));
}

#[test]
fn definitions_make_instances_of_their_own() {
    run_str(
        &Engine::default(),
        "test.wast",
        r#"
        (module definition $counter
            (global $n (mut i32) (i32.const 0))
            (func (export "next") (result i32)
                (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
        (module instance $a $counter)
        (module instance $b $counter)
        (assert_return (invoke $a "next") (i32.const 1))
        (assert_return (invoke $a "next") (i32.const 2))
        (assert_return (invoke $b "next") (i32.const 1))
        (register "a" $a)
        (module (import "a" "next" (func $next (result i32)))
            (func (export "through") (result i32) (call $next)))
        (assert_return (invoke "through") (i32.const 3))
        "#,
    )
    .expect("all hold");
}

#[test]
fn threads_share_what_is_shared() {
    let engine = Engine::default();
    let summary = run_str(
        &engine,
        "test.wast",
        r#"
        (module $Mem (memory (export "shared") 1 1 shared))
        (thread $T1 (shared (module $Mem))
            (register "mem" $Mem)
            (module (memory (import "mem" "shared") 1 1 shared)
                (func (export "run")
                    (i32.store (i32.const 4) (i32.const 42))
                    (i32.atomic.store (i32.const 0) (i32.const 1))
                    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))))
            (assert_return (invoke "run")))
        (thread $T2 (shared (module $Mem))
            (register "mem" $Mem)
            (module (memory (import "mem" "shared") 1 1 shared)
                (func (export "run") (result i32)
                    (loop $l
                        (if (i32.eqz (i32.atomic.load (i32.const 0)))
                            (then
                                (drop (memory.atomic.wait32
                                    (i32.const 0) (i32.const 0) (i64.const -1)))
                                (br $l))))
                    (i32.load (i32.const 4))))
            (assert_return (invoke "run") (i32.const 42)))
        (wait $T1)
        (wait $T2)
        "#,
    )
    .expect("all hold");
    assert_eq!((summary.directives, summary.assertions), (11, 2));
    // What fails in a thread fails the script, waited for or not; a thread has its own store.
    let threads = r#"
        (module (func (export "f")))
        (thread $T (invoke "f"))"#;
    assert_eq!(failures(threads).failures.len(), 1);
    assert_eq!(failures(&format!("{threads} (wait $T)")).failures.len(), 1);
    fails("(wait $Nobody)", "no such thread");
    fails("(thread $T (shared (module $Nobody)))", "no such instance");
}
