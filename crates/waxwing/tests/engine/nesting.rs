//! Guests that call the host that calls guests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use waxwing::{Caller, Error, Extern, Linker, Store, Trap, Val};
use waxwing_testkit::{Guest, each_plan, module};

/// `down(n)`: at 0 does `what`, else calls itself through the host.
const TEXT: &str = r#"(module
    (import "h" "again" (func $again (param i32 i32) (result i32)))
    (import "h" "act" (func $act (param i32) (result i32)))
    (memory (export "memory") 1 10000)
    (func $down (export "down") (param $n i32) (param $what i32) (result i32)
        (local $kept i32)
        (local.set $kept (i32.mul (local.get $n) (i32.const 3)))
        (if (result i32) (i32.eqz (local.get $n))
            (then (call $act (local.get $what)))
            (else
                (i32.sub
                    (i32.add (call $again (i32.sub (local.get $n) (i32.const 1)) (local.get $what))
                        (i32.add (local.get $kept) (i32.const 1)))
                    (local.get $kept)))))
    (func (export "trap") (param i32) (result i32)
        (i32.div_u (i32.const 1) (local.get 0))))"#;

/// What `act` does, by its argument.
const ANSWER: i32 = 1;
const TRAP: i32 = 2;
const FAIL: i32 = 3;
const PANIC: i32 = 4;
const GROW: i32 = 5;
/// Added to the above: each host frame swallows what fails.
const SWALLOW: i32 = 16;

fn function(caller: &mut Caller<'_, u32>, name: &str) -> waxwing::Func {
    match caller.get_export(name) {
        Some(Extern::Func(f)) => f,
        other => panic!("{name} is {other:?}"),
    }
}

fn guest(engine: &waxwing::Engine) -> Guest<u32> {
    let mut linker: Linker<u32> = Linker::new(engine);
    linker
        .func_wrap("h", "again", |mut caller: Caller<'_, u32>, n: i32, what: i32| {
            *caller.data_mut() += 1;
            let down = function(&mut caller, "down").typed::<(i32, i32), i32>(&caller)?;
            match down.call(&mut caller, (n, what)) {
                Err(_) if what & SWALLOW != 0 => Ok(1000),
                other => other,
            }
        })
        .and_then(|l| {
            l.func_wrap("h", "act", |mut caller: Caller<'_, u32>, what: i32| match what & 15 {
                ANSWER => Ok(1),
                TRAP => {
                    let trap = function(&mut caller, "trap").typed::<i32, i32>(&caller)?;
                    trap.call(&mut caller, 0)
                }
                FAIL => Err(Error::host(std::io::Error::other("deep down"))),
                PANIC => std::panic::panic_any(String::from("a panic deep down")),
                _ => {
                    let memory = caller.memory().expect("a memory");
                    memory.grow(&mut caller, 1)?;
                    Ok(1)
                }
            })
        })
        .expect("new names");
    Guest::link(&linker, 0, TEXT)
}

#[test]
fn results_come_up_through_all_levels() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for depth in [0, 1, 2, 7, 50] {
            assert_eq!(guest.call("down", &[depth, ANSWER]), depth + 1);
            assert_eq!(guest.call("down", &[depth, GROW]), depth + 1);
        }
    });
}

#[test]
fn traps_come_up_through_all_levels() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for depth in [0i32, 1, 2, 7, 50] {
            let args = [Val::I32(depth), Val::I32(TRAP)];
            let error = guest.try_call("down", &args).expect_err("a trap");
            assert_eq!(error.trap(), Some(Trap::IntegerDivideByZero));
            // All levels: the trapping function, and `down` once for every level.
            let frames = error.backtrace().expect("a backtrace").frames();
            assert_eq!(frames.len() as i32, 2 + depth, "{error:?}");
            assert_eq!(frames[0].func_name.as_deref(), Some("trap"));
            assert!(frames[1..].iter().all(|f| f.func_name.as_deref() == Some("down")));
            assert_eq!(guest.call("down", &[depth, ANSWER]), depth + 1);
        }
    });
}

#[test]
fn errors_come_up_through_all_levels() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for depth in [0, 1, 9] {
            let error =
                guest.try_call("down", &[Val::I32(depth), Val::I32(FAIL)]).expect_err("an error");
            assert_eq!(error.to_string(), "deep down");
            assert!(error.downcast_ref::<std::io::Error>().is_some());
            assert_eq!(error.backtrace().expect("a backtrace").frames().len() as i32, 1 + depth);
        }
    });
}

#[test]
fn host_frames_may_swallow_errors_and_traps() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for what in [TRAP, FAIL] {
            assert_eq!(guest.call("down", &[1, what | SWALLOW]), 1001);
            // The innermost host frame swallows; the others see a result.
            assert_eq!(guest.call("down", &[6, what | SWALLOW]), 1006);
        }
    });
}

#[test]
fn a_panic_comes_out_at_the_call_that_entered() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for depth in [0, 1, 8] {
            for swallow in [0, SWALLOW] {
                let before = *guest.store.data();
                let panic = catch_unwind(AssertUnwindSafe(|| {
                    guest.try_call("down", &[Val::I32(depth), Val::I32(PANIC | swallow)])
                }))
                .expect_err("a panic");
                let text = panic.downcast_ref::<String>().expect("its own payload");
                assert_eq!(text, "a panic deep down");
                assert_eq!(*guest.store.data() - before, depth as u32);
                assert_eq!(guest.call("down", &[depth, ANSWER]), depth + 1, "the store is usable");
            }
        }
    });
}

/// Until the stack is used up: a trap, not a crash, and everything works afterwards.
#[test]
fn nesting_ends_with_stack_overflow() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for _ in 0..3 {
            let error = guest
                .try_call("down", &[Val::I32(i32::MAX), Val::I32(ANSWER)])
                .expect_err("no stack is so deep");
            assert_eq!(error.trap(), Some(Trap::StackOverflow), "{error}");
            assert_eq!(guest.call("down", &[5, ANSWER]), 6);
        }
    });
}

/// The inner guest is another instance, whose memory moves while the outer one waits.
#[test]
fn an_inner_instance_may_be_another() {
    each_plan(|engine| {
        let mut linker: Linker<Vec<i32>> = Linker::new(engine);
        let mut store = Store::new(engine, Vec::new());
        let inner = module(
            engine,
            r#"(module (memory (export "memory") 1)
                (func (export "work") (param i32) (result i32)
                    (drop (memory.grow (i32.const 1)))
                    (i32.store (i32.mul (memory.size) (i32.const 65532)) (local.get 0))
                    (i32.add (memory.size) (local.get 0))))"#,
        );
        let inner = linker.instantiate(&mut store, &inner).expect("an instance");
        let work = inner.get_typed_func::<i32, i32>(&mut store, "work").expect("typed");
        linker
            .func_wrap("h", "work", move |mut caller: Caller<'_, Vec<i32>>, n: i32| {
                let got = work.call(&mut caller, n)?;
                caller.data_mut().push(got);
                Ok::<i32, Error>(got)
            })
            .expect("a new name");
        let outer = module(
            engine,
            r#"(module (import "h" "work" (func $work (param i32) (result i32)))
                (memory 1)
                (func (export "run") (result i32) (local $i i32) (local $sum i32)
                    (loop
                        (i32.store (i32.const 8) (local.get $sum))
                        (local.set $sum
                            (i32.add (call $work (local.get $i)) (i32.load (i32.const 8))))
                        (local.set $i (i32.add (local.get $i) (i32.const 1)))
                        (br_if 0 (i32.lt_u (local.get $i) (i32.const 10))))
                    (local.get $sum)))"#,
        );
        let outer = linker.instantiate(&mut store, &outer).expect("an instance");
        let run = outer.get_typed_func::<(), i32>(&mut store, "run").expect("typed");
        let sum: i32 = (0..10).map(|i| 2 + i + i).sum();
        assert_eq!(run.call(&mut store, ()).expect("it runs"), sum);
        assert_eq!(store.data().len(), 10);
    });
}

/// New instances in the middle of a call, of a module that is compiled there too.
#[test]
fn a_host_function_may_instantiate() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        let inner_linker = linker.clone();
        linker
            .func_wrap("h", "make", move |mut caller: Caller<'_, ()>, n: i32| {
                let text = format!(
                    "(module (memory 1) (func (export \"f\") (result i32) \
                     (i32.store (i32.const 0) (i32.const {n})) (i32.load (i32.const 0))))"
                );
                let made = waxwing::Module::new(inner_linker.engine(), text)?;
                let instance = inner_linker.instantiate(&mut caller, &made)?;
                instance.get_typed_func::<(), i32>(&mut caller, "f")?.call(&mut caller, ())
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            (),
            r#"(module (import "h" "make" (func $make (param i32) (result i32)))
                (func (export "run") (result i32)
                    (i32.add (call $make (i32.const 40)) (call $make (i32.const 2)))))"#,
        );
        assert_eq!(guest.call("run", &[]), 42);
    });
}
