//! Guests that are suspended at host calls and go on with values.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use waxwing::{
    Caller, Engine, Error, ExnRef, Extern, ExternRef, FuncType, Linker, Reason, Reply, ResumeError,
    Run, Store, Suspension, Tag, Trap, V128, Val, ValType,
};
use waxwing_testkit::{Guest, each_plan, module};

const TEXT: &str = r#"(module
    (import "h" "ask" (func $ask (param i32) (result i32)))
    (import "h" "say" (func $say (param i32)))
    (import "h" "float" (func $float (param f64 i32) (result f64)))
    (import "h" "vector" (func $vector (param v128) (result v128)))
    (import "h" "several" (func $several (param i32) (result i32 f64 i64 v128)))
    (import "h" "many" (func $many (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
    (import "h" "nest" (func $nest))
    (memory (export "memory") 1 100)
    (table $t 4 funcref)
    (global $after (export "after") (mut i32) (i32.const 0))
    (func (export "ask") (param i32) (result i32)
        (i32.add (call $ask (local.get 0)) (i32.const 1)))
    (func (export "twice") (result i32)
        (i32.sub (call $ask (i32.const 1)) (call $ask (i32.const 2))))
    (func (export "say") (param i32) (call $say (local.get 0)) (global.set $after (i32.const 1)))
    (func (export "float") (param f64) (result f64)
        (f64.sub (local.get 0) (call $float (local.get 0) (i32.const 3))))
    (func (export "vector") (param v128) (result v128)
        (i32x4.add (local.get 0) (call $vector (local.get 0))))
    (func (export "several") (param i32) (result v128 i64 f64 i32)
        (local i32 f64 i64 v128)
        (call $several (local.get 0))
        (local.set 4) (local.set 3) (local.set 2) (local.set 1)
        (local.get 4) (local.get 3) (local.get 2) (local.get 1))
    (func (export "many") (result i64)
        (i64.add (i64.const 1000) (call $many (i64.const 1) (i64.const 2) (i64.const 3)
            (i64.const 4) (i64.const 5) (i64.const 6) (i64.const 7) (i64.const 8))))
    ;; Every register that callees keep holds something while the guest is away.
    (func (export "kept") (param i64 i64 i64 i64 i64 i64 i64) (result i64)
        (call $say (i32.const 1))
        (call $say (i32.const 2))
        (i64.add (i64.mul (local.get 0) (i64.const 3))
            (i64.add (i64.mul (local.get 1) (i64.const 5))
                (i64.add (i64.mul (local.get 2) (i64.const 7))
                    (i64.add (i64.mul (local.get 3) (i64.const 11))
                        (i64.add (i64.mul (local.get 4) (i64.const 13))
                            (i64.add (i64.mul (local.get 5) (i64.const 17))
                                (i64.mul (local.get 6) (i64.const 19)))))))))
    (func $deep (export "deep") (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0))
            (then (call $ask (i32.const 0)))
            (else (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (local.get 0)))))
    (func (export "nested") (call $nest) (global.set $after (i32.const 1)))
    (func (export "traps") (call $say (i32.const 0)) (unreachable))
    (func (export "grows") (result i32)
        (call $say (i32.const 0))
        (i32.store (i32.const 65536) (i32.const 77))
        (i32.load (i32.const 65536)))
    (func (export "fine") (result i32) (i32.const 5)))"#;

/// What `nest` does: the result of calling `say` of the same instance by `start`.
type Data = Option<Result<bool, String>>;

fn linker(engine: &Engine) -> Linker<Data> {
    let mut linker: Linker<Data> = Linker::new(engine);
    let linked = linker
        .func_suspend("h", "ask", |_, n: i32| {
            Ok(if n < 0 { Reply::Return(-n) } else { Reply::Yield(n.to_string()) })
        })
        .and_then(|l| l.func_suspend("h", "say", |_, n: i32| Ok(Reply::<(), i32>::Yield(n))))
        .and_then(|l| {
            l.func_suspend("h", "float", |_, (x, n): (f64, i32)| Ok(Reply::<f64, _>::Yield((x, n))))
        })
        .and_then(|l| l.func_suspend("h", "vector", |_, v: V128| Ok(Reply::<V128, _>::Yield(v))))
        .and_then(|l| {
            l.func_suspend("h", "several", |_, n: i32| {
                Ok(Reply::<(i32, f64, i64, V128), _>::Yield(n))
            })
        })
        .and_then(|l| {
            type Eight = (i64, i64, i64, i64, i64, i64, i64, i64);
            l.func_suspend("h", "many", |_, n: Eight| Ok(Reply::<i64, _>::Yield([n.0, n.6, n.7])))
        })
        .and_then(|l| {
            l.func_wrap("h", "nest", |mut caller: Caller<'_, Data>| {
                let Some(Extern::Func(say)) = caller.get_export("say") else { panic!("say") };
                let run = say.start(&mut caller, &[Val::I32(1)]);
                let suspended = run.map(|run| run.suspended().is_some());
                *caller.data_mut() = Some(suspended.map_err(|e| e.to_string()));
            })
        });
    linked.expect("new names");
    linker
}

fn guest(engine: &Engine) -> Guest<Data> {
    Guest::link(&linker(engine), None, TEXT)
}

fn start(guest: &mut Guest<Data>, name: &str, args: &[Val]) -> Suspension<Vec<Val>> {
    let func = guest.instance.get_func(&mut guest.store, name).expect("a function");
    let run = func.start(&mut guest.store, args).expect("it is suspended");
    run.suspended().expect("it is suspended")
}

fn values<R>(run: Result<Run<R>, ResumeError<R>>) -> R
where
    R: waxwing::RunOutput,
{
    run.expect("it goes on").done().expect("it returns")
}

#[test]
fn a_plain_call_cannot_be_suspended() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let error = guest.try_call("say", &[Val::I32(1)]).expect_err("nobody takes the value");
        let text = error.to_string();
        assert!(text.contains("\"h\" \"say\"") && text.contains("`start`"), "{text}");
        assert_eq!(guest.global("after").i32(), Some(0), "the guest went on");
        assert_eq!(guest.call("fine", &[]), 5);
        // A host function that does not yield this time may be called.
        assert_eq!(guest.call("ask", &[-6]), 7);
        // The host's own call of the host function has no guest to suspend.
        let mut linker = linker(engine);
        let again = module(
            engine,
            r#"(module (import "h" "say" (func (param i32))) (export "say" (func 0)))"#,
        );
        let instance =
            linker.allow_shadowing(true).instantiate(&mut guest.store, &again).expect("one");
        let say = instance.get_typed_func::<i32, ()>(&mut guest.store, "say").expect("typed");
        assert!(say.call(&mut guest.store, 1).is_err());
        assert!(say.start(&mut guest.store, 1).is_err());
    });
}

#[test]
fn a_nested_guest_cannot_be_suspended() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for by_start in [false, true] {
            guest.store.data_mut().take();
            let func = guest.instance.get_typed_func::<(), ()>(&mut guest.store, "nested");
            let func = func.expect("typed");
            if by_start {
                func.start(&mut guest.store, ()).expect("it returns").done().expect("it returns");
            } else {
                func.call(&mut guest.store, ()).expect("it returns");
            }
            let error = guest.store.data_mut().take().expect("it was called").expect_err("nested");
            assert_eq!(error.contains("another host function"), by_start, "{error}");
            assert_eq!(guest.global("after").i32(), Some(1));
        }
    });
}

#[test]
fn a_value_of_another_type_gives_the_guest_back() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let func = guest.instance.get_typed_func::<i32, i32>(&mut guest.store, "ask");
        let run = func.expect("typed").start(&mut guest.store, 4).expect("it is suspended");
        let suspension = run.suspended().expect("it is suspended");
        let error = suspension.resume_with(&mut guest.store, 1.5f64).expect_err("not a float");
        assert!(error.error().to_string().contains("(f64)"), "{error}");
        assert!(error.error().to_string().contains("(i32)"), "{error}");
        let (_, suspension) = error.into_parts();
        let error = suspension.expect("given back").resume(&mut guest.store).expect_err("no value");
        let (_, suspension) = error.into_parts();
        let error = suspension.expect("given back").resume_with(&mut guest.store, (1, 2));
        let mut suspension = error.expect_err("one value").into_parts().1.expect("given back");
        assert_eq!(suspension.take_yielded::<i32>(), None, "of another type");
        assert_eq!(suspension.take_yielded::<String>().as_deref(), Some("4"));
        assert_eq!(suspension.take_yielded::<String>(), None, "only once");
        assert_eq!(values(suspension.resume_with(&mut guest.store, 41)), 42);
    });
}

#[test]
fn a_suspended_guest_owns_its_store() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let mut other = self::guest(engine);
        let suspension = start(&mut guest, "ask", &[Val::I32(1)]);
        for _ in 0..2 {
            let error = guest.try_call("fine", &[]).expect_err("the guest is suspended");
            assert!(error.to_string().contains("suspended"), "{error}");
            let func = guest.instance.get_func(&mut guest.store, "fine").expect("a function");
            assert!(func.start(&mut guest.store, &[]).is_err());
        }
        // What does not run anything is allowed.
        guest.memory("memory")[3] = 9;
        guest.store.gc();
        assert_eq!(other.call("fine", &[]), 5);
        let second = start(&mut other, "ask", &[Val::I32(1)]);
        let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            second.resume_with(&mut guest.store, 1)
        }));
        assert!(wrong.is_err(), "of another store");
        assert_eq!(other.call("fine", &[]), 5, "the suspension is gone");
        assert_eq!(values(suspension.resume_with(&mut guest.store, 1))[0].i32(), Some(2));
        assert_eq!(guest.call("fine", &[]), 5);
        assert_eq!(guest.memory("memory")[3], 9);
    });
}

#[test]
fn a_suspension_that_is_dropped_frees_the_store() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for round in 0..200 {
            let suspension = start(&mut guest, "deep", &[Val::I32(round % 50)]);
            if round % 3 == 0 {
                // On another thread, while the store stays here.
                std::thread::scope(|scope| drop(scope.spawn(move || drop(suspension)).join()));
            } else {
                drop(suspension);
            }
            assert_eq!(guest.call("fine", &[]), 5);
            let again = start(&mut guest, "ask", &[Val::I32(round)]);
            assert_eq!(
                values(again.resume_with(&mut guest.store, round))[0].i32(),
                Some(round + 1)
            );
        }
        // A store that is dropped takes its guest along, whoever has the suspension.
        let suspension = start(&mut guest, "ask", &[Val::I32(1)]);
        drop(guest);
        drop(suspension);
    });
}

#[test]
fn values_go_both_ways() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let mut first = start(&mut guest, "twice", &[]);
        assert_eq!(first.reason(), Reason::Yielded);
        assert_eq!(first.take_yielded::<String>().as_deref(), Some("1"));
        let run = first.resume_with(&mut guest.store, 100).expect("it goes on");
        let mut second = run.suspended().expect("it is suspended again");
        assert_eq!(second.take_yielded::<String>().as_deref(), Some("2"));
        assert_eq!(values(second.resume_with(&mut guest.store, 1))[0].i32(), Some(99));

        let mut float = start(&mut guest, "float", &[Val::F64(2.5f64.to_bits())]);
        assert_eq!(float.take_yielded::<(f64, i32)>(), Some((2.5, 3)));
        let result = values(float.resume_with(&mut guest.store, 0.25));
        assert_eq!(result[0].f64(), Some(2.25));

        let vector = V128(0x1111_2222_3333_4444_5555_6666_7777_8888);
        let mut run = start(&mut guest, "vector", &[Val::V128(vector)]);
        assert_eq!(run.take_yielded::<V128>(), Some(vector));
        let one = V128(1 | 1 << 32 | 1 << 64 | 1 << 96);
        let result = values(run.resume_with(&mut guest.store, one));
        assert!(matches!(result[0], Val::V128(v) if v.0 == vector.0 + one.0));

        let mut several = start(&mut guest, "several", &[Val::I32(8)]);
        assert_eq!(several.take_yielded::<i32>(), Some(8));
        let result = values(several.resume_with(&mut guest.store, (1, 2.0, 3i64, vector)));
        assert!(matches!(result[0], Val::V128(v) if v == vector), "{result:?}");
        assert_eq!((result[1].i64(), result[2].f64()), (Some(3), Some(2.0)));
        assert_eq!(result[3].i32(), Some(1));

        let mut many = start(&mut guest, "many", &[]);
        assert_eq!(many.take_yielded::<[i64; 3]>(), Some([1, 7, 8]));
        assert_eq!(values(many.resume_with(&mut guest.store, 5i64))[0].i64(), Some(1005));
        assert_eq!(guest.call("fine", &[]), 5);
    });
}

/// Registers that callees keep are the guest's again, although the host ran meanwhile, deep and with
/// values of its own in them.
#[test]
fn registers_are_kept() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for round in 0..100i64 {
            let args: Vec<Val> = (1..8).map(|i| Val::I64(i * round)).collect();
            let mut state = start(&mut guest, "kept", &args);
            let noise: i64 = (0..round).map(|n| std::hint::black_box(n * 3) ^ 5).sum();
            std::hint::black_box(noise);
            state = state.resume(&mut guest.store).expect("it goes on").suspended().expect("twice");
            let factors = [3, 5, 7, 11, 13, 17, 19];
            let sum: i64 = (1..8).zip(factors).map(|(i, f)| i * round * f).sum();
            assert_eq!(values(state.resume(&mut guest.store))[0].i64(), Some(sum));
        }
    });
}

#[test]
fn frames_are_kept_and_named() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let suspension = start(&mut guest, "deep", &[Val::I32(400)]);
        let frames = suspension.backtrace(&guest.store);
        assert_eq!(frames.frames().len(), 401);
        assert!(frames.frames().iter().all(|f| f.func_name.as_deref() == Some("deep")));
        assert_eq!(values(suspension.resume_with(&mut guest.store, 7))[0].i32(), Some(80_207));
    });
}

/// The guest finds its memory where it is after the host has grown it.
#[test]
fn memories_may_grow_meanwhile() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let suspension = start(&mut guest, "grows", &[]);
        let memory = guest.instance.get_memory(&mut guest.store, "memory").expect("a memory");
        assert_eq!(memory.grow(&mut guest.store, 99).expect("room"), 1);
        assert_eq!(values(suspension.resume(&mut guest.store))[0].i32(), Some(77));
    });
}

#[test]
fn a_resumed_guest_may_trap() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let suspension = start(&mut guest, "traps", &[]);
        let error = suspension.resume(&mut guest.store).expect_err("a trap");
        assert_eq!(error.error().trap(), Some(Trap::Unreachable));
        let (error, suspension) = error.into_parts();
        assert!(suspension.is_none(), "it has ended");
        assert_eq!(error.backtrace().expect("a backtrace").frames().len(), 1);
        assert_eq!(guest.call("fine", &[]), 5);
    });
}

#[test]
fn a_suspended_guest_that_is_stopped_goes_on_no_more() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let suspension = start(&mut guest, "say", &[Val::I32(1)]);
        let passed = Arc::new(crate::stops::Gate::default());
        let gate = passed.clone();
        guest.store.on_stop(move || gate.open());
        guest.store.set_deadline(Some(std::time::Duration::ZERO));
        passed.wait();
        let error = suspension.resume(&mut guest.store).expect_err("too late");
        assert_eq!(error.error().trap(), Some(Trap::DeadlineExceeded));
        guest.store.set_deadline(None);
        assert_eq!(guest.call("fine", &[]), 5);

        let suspension = start(&mut guest, "say", &[Val::I32(1)]);
        guest.store.set_deadline(Some(std::time::Duration::ZERO));
        assert!(guest.store.kill_switch().kill() && guest.store.kill_switch().kill());
        let error = suspension.resume(&mut guest.store).expect_err("killed");
        assert_eq!(error.error().trap(), Some(Trap::Killed));
        assert_eq!(guest.global("after").i32(), Some(0), "the guest went on");
        assert_eq!(guest.trap("fine", &[]), Trap::Killed);
    });
}

/// Thousands of moves, each way of suspending, with the thread that ran the guest gone.
#[test]
fn a_suspended_guest_moves_between_threads() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        for round in 0..1500 {
            let suspension = start(&mut guest, "twice", &[]);
            let (moved, run) = std::thread::scope(|scope| {
                let mover = scope.spawn(move || {
                    let mut guest = guest;
                    let run = suspension.resume_with(&mut guest.store, round);
                    (guest, run.expect("it goes on"))
                });
                mover.join().expect("no panic")
            });
            guest = moved;
            let suspension = run.suspended().expect("it is suspended again");
            assert_eq!(
                values(suspension.resume_with(&mut guest.store, 1))[0].i32(),
                Some(round - 1)
            );
        }
    });
}

/// The collector finds what only a suspended guest holds, in frames and in registers.
#[test]
fn references_of_a_suspended_guest_live() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_suspend("h", "swap", |_, r: Option<ExternRef>| {
                Ok(Reply::<Option<ExternRef>, _>::Yield(r))
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            (),
            r#"(module (import "h" "swap" (func $swap (param externref) (result externref)))
                (type $box (struct (field i64)))
                (func (export "run") (param externref) (result externref externref i64)
                    (local $b (ref null $box)) (local externref)
                    (local.set $b (struct.new $box (i64.const 77)))
                    (local.set 2 (call $swap (ref.null extern)))
                    (local.get 2)
                    (local.get 0)
                    (struct.get $box 0 (local.get $b))))"#,
        );
        let dropped = Arc::new(AtomicUsize::new(0));
        let value = || Val::ExternRef(Some(ExternRef::new(Counted(dropped.clone()))));
        let run = guest.instance.get_func(&mut guest.store, "run").expect("a function");
        for round in 0..50 {
            let suspension = run.start(&mut guest.store, &[value()]).expect("it is suspended");
            let suspension = suspension.suspended().expect("it is suspended");
            guest.store.gc();
            let given = ExternRef::new(Counted(dropped.clone()));
            if round % 2 == 1 {
                drop(suspension);
                continue;
            }
            let run = suspension.resume_with(&mut guest.store, Some(given)).expect("it goes on");
            let results = run.done().expect("it returns");
            assert_eq!(results[2].i64(), Some(77));
            for result in &results[..2] {
                let Val::ExternRef(Some(value)) = result else { panic!("{result:?}") };
                let value = value.data().expect("alive");
                assert!(value.is::<Counted>());
            }
        }
        drop(guest);
        assert_eq!(dropped.load(Ordering::Relaxed), 100);
    });
}

/// A guest that has been suspended in the handler's reach is thrown into, catches, and is suspended
/// again.
#[test]
fn exceptions_and_suspensions_mix() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let ty = FuncType { params: vec![ValType::I32], results: vec![] };
        let tag = Tag::new(&mut store, &ty).expect("a tag");
        let mut linker: Linker<()> = Linker::new(engine);
        linker.define("h", "tag", tag).expect("a new name");
        linker
            .func_suspend("h", "step", move |mut caller: Caller<'_, ()>, n: i32| {
                if n % 2 == 1 {
                    return Err(ExnRef::new(&mut caller, &tag, &[Val::I32(n)])?.into());
                }
                Ok(Reply::<i32, i32>::Yield(n))
            })
            .expect("a new name");
        let module = module(
            engine,
            r#"(module (import "h" "tag" (tag $tag (param i32)))
                (import "h" "step" (func $step (param i32) (result i32)))
                (func (export "run") (param i32) (result i32) (local $n i32) (local $sum i32)
                    (loop $again
                        (block $done
                            (block $caught (result i32)
                                (try_table (catch $tag $caught)
                                    (local.set $sum (i32.add (local.get $sum)
                                        (call $step (local.get $n))))
                                    (br $done))
                                (unreachable))
                            (drop (call $step (i32.const 0)))
                            (local.set $sum (i32.add (local.get $sum))))
                        (local.set $n (i32.add (local.get $n) (i32.const 1)))
                        (br_if $again (i32.lt_u (local.get $n) (local.get 0))))
                    (local.get $sum)))"#,
        );
        let instance = linker.instantiate(&mut store, &module).expect("an instance");
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("typed");
        let mut state = run.start(&mut store, 100).expect("it runs");
        let mut count = 0;
        let sum = loop {
            match state {
                Run::Done(sum) => break sum,
                Run::Suspended(guest) => {
                    count += 1;
                    state = guest.resume_with(&mut store, 1000).expect("it goes on");
                }
            }
        };
        assert_eq!(count, 100);
        assert_eq!(sum, 50_000 + (1..100).step_by(2).sum::<i32>());
    });
}

#[test]
fn errors_and_panics_of_a_resumed_guest_come_out() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_suspend("h", "f", |_, n: i32| match n {
                0 => Ok(Reply::<(), ()>::Yield(())),
                1 => Err(Error::msg("no more")),
                _ => std::panic::panic_any(n),
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            (),
            r#"(module (import "h" "f" (func $f (param i32)))
                (func (export "run") (param i32) (call $f (i32.const 0)) (call $f (local.get 0))))"#,
        );
        let run = guest.instance.get_typed_func::<i32, ()>(&mut guest.store, "run").expect("typed");
        for _ in 0..10 {
            let suspended = run.start(&mut guest.store, 1).expect("it runs").suspended();
            let error = suspended.expect("it is suspended").resume(&mut guest.store);
            assert_eq!(error.expect_err("an error").to_string(), "no more");
            let suspended = run.start(&mut guest.store, 7).expect("it runs").suspended();
            let resume = std::panic::AssertUnwindSafe(|| {
                suspended.expect("it is suspended").resume(&mut guest.store)
            });
            let panic = std::panic::catch_unwind(resume).expect_err("a panic");
            assert_eq!(panic.downcast_ref::<i32>(), Some(&7));
        }
    });
}
