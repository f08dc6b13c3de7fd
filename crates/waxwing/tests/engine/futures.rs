//! Guests and host functions as futures, with tokio as the executor.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use waxwing::{
    Caller, Engine, Error, ExnRef, Extern, FuncType, Linker, Reply, Store, Tag, Trap, TypedFunc,
    Val, ValType, WasmParams, WasmResults,
};
use waxwing_testkit::{Guest, each_plan, module};

const TEXT: &str = r#"(module
    (import "h" "wait" (func $wait (param i32) (result i32)))
    (import "h" "forever" (func $forever))
    (import "h" "fails" (func $fails (param i32)))
    (import "h" "nest" (func $nest (param i32) (result i32)))
    (import "h" "yields" (func $yields))
    (global $after (export "after") (mut i32) (i32.const 0))
    (func (export "wait") (param i32) (result i32)
        (i32.add (call $wait (local.get 0)) (i32.const 1)))
    (func (export "many") (param i32) (result i32) (local i32)
        (loop
            (local.set 1 (i32.add (local.get 1) (call $wait (i32.const 1))))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
    (func (export "forever") (call $forever) (global.set $after (i32.const 1)))
    (func (export "fails") (param i32) (call $fails (local.get 0)))
    (func (export "nest") (param i32) (result i32) (call $nest (local.get 0)))
    (func (export "yields") (call $yields))
    (func (export "count") (param i32) (result i32) (local i32)
        (loop
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
        (local.get 1))
    (func (export "spin") (loop (br 0)))
    (func (export "fine") (result i32) (i32.const 5)))"#;

/// Counts what is alive, and says when it began to wait.
#[derive(Clone, Default)]
struct Data {
    alive: Arc<AtomicUsize>,
    waits: Arc<tokio::sync::Notify>,
}

struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(data: &Data) -> Alive {
        data.alive.fetch_add(1, Ordering::SeqCst);
        Alive(data.alive.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn linker(engine: &Engine) -> Linker<Data> {
    let mut linker: Linker<Data> = Linker::new(engine);
    let linked = linker
        .func_wrap_async("h", "wait", |caller: Caller<'_, Data>, n: i32| {
            Box::new(async move {
                let _alive = Alive::new(caller.data());
                for _ in 0..n {
                    tokio::task::yield_now().await;
                }
                Ok(n)
            })
        })
        .and_then(|l| {
            l.func_wrap_async("h", "forever", |caller: Caller<'_, Data>, ()| {
                Box::new(async move {
                    let _alive = Alive::new(caller.data());
                    caller.data().waits.notify_one();
                    pending::<waxwing::Result<()>>().await
                })
            })
        })
        .and_then(|l| {
            l.func_wrap_async("h", "fails", |caller: Caller<'_, Data>, n: i32| {
                Box::new(async move {
                    let _alive = Alive::new(caller.data());
                    if n % 2 == 1 {
                        tokio::task::yield_now().await;
                    }
                    match n {
                        0 | 1 => Err::<(), _>(Error::msg("no more")),
                        _ => std::panic::panic_any(n),
                    }
                })
            })
        })
        .and_then(|l| {
            l.func_wrap_async("h", "nest", |mut caller: Caller<'_, Data>, n: i32| {
                Box::new(async move {
                    if n % 2 == 1 {
                        tokio::task::yield_now().await;
                    }
                    let Some(Extern::Func(f)) = caller.get_export("count") else { panic!("count") };
                    let f = f.typed::<i32, i32>(&caller)?;
                    let sum = f.call(&mut caller, n)? + f.call_async(&mut caller, n).await?;
                    // A future cannot wait for another one through a guest.
                    let Some(Extern::Func(f)) = caller.get_export("wait") else { panic!("wait") };
                    let f = f.typed::<i32, i32>(&caller)?;
                    let error = f.call_async(&mut caller, 1).await.expect_err("nested");
                    assert!(error.to_string().contains("call"), "{error}");
                    Ok(sum)
                })
            })
        })
        .and_then(|l| l.func_suspend("h", "yields", |_, ()| Ok(Reply::<(), ()>::Yield(()))));
    linked.expect("new names");
    linker
}

fn guest(engine: &Engine) -> Guest<Data> {
    Guest::link(&linker(engine), Data::default(), TEXT)
}

fn executor() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("an executor")
}

fn typed<T, P: WasmParams, R: WasmResults>(guest: &mut Guest<T>, name: &str) -> TypedFunc<P, R> {
    guest.instance.get_typed_func(&mut guest.store, name).expect("a typed function")
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn futures_need_a_call_that_waits() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let error = guest.try_call("wait", &[Val::I32(1)]).expect_err("nobody polls");
        assert!(error.to_string().contains("\"h\" \"wait\""), "{error}");
        assert!(error.to_string().contains("`call_async`"), "{error}");
        let wait = typed::<_, i32, i32>(&mut guest, "wait");
        let error = wait.start(&mut guest.store, 1).expect_err("nobody polls");
        assert!(error.to_string().contains("`call_async`"), "{error}");
        let yields = typed::<_, (), ()>(&mut guest, "yields");
        let error = executor().block_on(yields.call_async(&mut guest.store, ()));
        let error = error.expect_err("nobody takes the value");
        assert!(error.to_string().contains("`start`"), "{error}");
        assert_eq!(guest.call("fine", &[]), 5);
        assert_eq!(guest.store.data().alive.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn a_guest_waits_for_host_futures() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let executor = executor();
        let wait = typed::<_, i32, i32>(&mut guest, "wait");
        for n in 0..20 {
            assert_eq!(
                executor.block_on(wait.call_async(&mut guest.store, n)).expect("it ends"),
                n + 1
            );
        }
        let many = typed::<_, i32, i32>(&mut guest, "many");
        assert_eq!(
            executor.block_on(many.call_async(&mut guest.store, 3000)).expect("it ends"),
            3000
        );
        let untyped = many.func().call_async(&mut guest.store, &[Val::I32(10)]);
        assert_eq!(executor.block_on(untyped).expect("it ends")[0].i32(), Some(10));
        let wrong = many.func().call_async(&mut guest.store, &[Val::I64(10)]);
        assert!(executor.block_on(wrong).is_err());
        assert_eq!(guest.store.data().alive.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn errors_panics_and_exceptions_of_host_futures() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let fails = typed::<_, i32, ()>(&mut guest, "fails");
        let executor = executor();
        for n in 0..4 {
            let run = std::panic::AssertUnwindSafe(|| {
                executor.block_on(fails.call_async(&mut guest.store, n))
            });
            match std::panic::catch_unwind(run) {
                Ok(result) => {
                    assert!(n < 2);
                    let error = result.expect_err("it fails");
                    assert_eq!(error.to_string(), "no more");
                    assert_eq!(error.backtrace().expect("a backtrace").frames().len(), 1);
                }
                Err(panic) => assert!(n >= 2 && panic.downcast_ref::<i32>() == Some(&n)),
            }
            assert_eq!(guest.call("fine", &[]), 5);
            assert_eq!(guest.store.data().alive.load(Ordering::SeqCst), 0);
        }
    });
}

#[test]
fn guests_catch_what_host_futures_throw() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let ty = FuncType { params: vec![ValType::I32], results: vec![] };
        let tag = Tag::new(&mut store, &ty).expect("a tag");
        let mut linker: Linker<()> = Linker::new(engine);
        linker.define("h", "tag", tag).expect("a new name");
        linker
            .func_wrap_async("h", "f", move |mut caller: Caller<'_, ()>, n: i32| {
                Box::new(async move {
                    tokio::task::yield_now().await;
                    Err::<(), _>(ExnRef::new(&mut caller, &tag, &[Val::I32(n)])?.into())
                })
            })
            .expect("a new name");
        let module = module(
            engine,
            r#"(module (import "h" "tag" (tag $tag (param i32)))
                (import "h" "f" (func $f (param i32)))
                (func (export "run") (result i32)
                    (block $caught (result i32)
                        (try_table (catch $tag $caught) (call $f (i32.const 7)))
                        (i32.const 0))))"#,
        );
        let instance = linker.instantiate(&mut store, &module).expect("an instance");
        let run = instance.get_typed_func::<(), i32>(&mut store, "run").expect("typed");
        assert_eq!(executor().block_on(run.call_async(&mut store, ())).expect("it is caught"), 7);
    });
}

/// Dropped before the first poll, in the middle of the host's future, and between slices.
#[test]
fn a_dropped_future_abandons_its_guest() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let data = guest.store.data().clone();
        let forever = typed::<_, (), ()>(&mut guest, "forever");
        let spin = typed::<_, (), ()>(&mut guest, "spin");
        guest.store.set_time_slice(Some(Duration::from_micros(50)));
        for polls in [0, 1, 2, 50] {
            for _ in 0..20 {
                let mut cx = Context::from_waker(Waker::noop());
                {
                    let mut call = pin!(forever.call_async(&mut guest.store, ()));
                    for _ in 0..polls {
                        assert!(call.as_mut().poll(&mut cx).is_pending());
                        assert_eq!(data.alive.load(Ordering::SeqCst), 1);
                    }
                }
                assert_eq!(data.alive.load(Ordering::SeqCst), 0, "the host's future is dropped");
                assert_eq!(guest.call("fine", &[]), 5);
                {
                    let mut call = pin!(spin.call_async(&mut guest.store, ()));
                    for _ in 0..polls {
                        assert!(call.as_mut().poll(&mut cx).is_pending());
                    }
                }
                assert_eq!(guest.call("fine", &[]), 5);
            }
        }
        assert_eq!(guest.global("after").i32(), Some(0), "a guest went on");
    });
}

/// A future that is never dropped keeps what it owns; its store is of no use, and is safely dropped.
#[test]
fn a_leaked_future_is_no_danger() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let data = guest.store.data().clone();
        let forever = typed::<_, (), ()>(&mut guest, "forever");
        let mut call = Box::pin(forever.call_async(&mut guest.store, ()));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        std::mem::forget(call);
        assert!(guest.try_call("fine", &[]).is_err());
        drop(guest);
        assert_eq!(data.alive.load(Ordering::SeqCst), 1);
    });
}

/// A host future calls guests of its store, at its first poll and later ones.
#[test]
fn host_futures_call_guests() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        let nest = typed::<_, i32, i32>(&mut guest, "nest");
        for n in [1000, 1001] {
            let sum = executor().block_on(nest.call_async(&mut guest.store, n));
            assert_eq!(sum.expect("it ends"), 2 * n);
        }
        let nested = nest.call(&mut guest.store, 1000);
        assert!(nested.is_err());
    });
}

/// The end of a slice wakes the task and lets others run.
#[test]
fn slices_let_other_tasks_run() {
    each_plan(|engine| {
        let mut guest = guest(engine);
        guest.store.set_time_slice(Some(Duration::from_micros(50)));
        let count = typed::<_, i32, i32>(&mut guest, "count");
        let wakes = Arc::new(Count::default());
        let waker = Waker::from(wakes.clone());
        let mut cx = Context::from_waker(&waker);
        let mut suspended = 0;
        while suspended < 20 {
            let mut call = pin!(count.call_async(&mut guest.store, 20_000_000));
            let result = loop {
                if let Poll::Ready(result) = call.as_mut().poll(&mut cx) {
                    break result;
                }
                suspended += 1;
                assert_eq!(wakes.0.load(Ordering::SeqCst), suspended, "each wakes once");
            };
            assert_eq!(result.expect("it ends"), 20_000_000);
        }
    });
}

#[test]
fn a_stop_ends_a_guest_that_waits() {
    each_plan(|engine| {
        for by_kill in [false, true] {
            let mut guest = guest(engine);
            let data = guest.store.data().clone();
            let switch = guest.store.kill_switch();
            let forever = typed::<_, (), ()>(&mut guest, "forever");
            let killer = std::thread::spawn({
                let data = data.clone();
                move || {
                    executor().block_on(data.waits.notified());
                    if by_kill {
                        switch.kill();
                    }
                }
            });
            if !by_kill {
                guest.store.set_deadline(Some(Duration::from_millis(3)));
            }
            let error = executor().block_on(forever.call_async(&mut guest.store, ()));
            let want = if by_kill { Trap::Killed } else { Trap::DeadlineExceeded };
            assert_eq!(error.expect_err("a stop").trap(), Some(want));
            assert_eq!(data.alive.load(Ordering::SeqCst), 0);
            assert_eq!(guest.global("after").i32(), Some(0), "the guest went on");
            // A deadline may pass before the guest waits.
            data.waits.notify_one();
            killer.join().expect("no panic");
        }
    });
}

/// Hundreds of guests on an executor of several threads, which takes them from one to another.
#[test]
fn guests_move_between_the_threads_of_an_executor() {
    each_plan(|engine| {
        let executor = Builder::new_multi_thread().worker_threads(4).enable_time().build();
        let executor = executor.expect("an executor");
        let module = module(engine, TEXT);
        let prepared = linker(engine)
            .instantiate_pre(Store::new(engine, Data::default()), &module)
            .expect("it links");
        let tasks: Vec<_> = (0..200)
            .map(|i| {
                let (prepared, engine) = (prepared.clone(), engine.clone());
                executor.spawn(async move {
                    let mut store = Store::new(&engine, Data::default());
                    store.set_time_slice(Some(Duration::from_micros(30)));
                    let instance = prepared.instantiate_async(&mut store).await?;
                    let many = instance.get_typed_func::<i32, i32>(&mut store, "many")?;
                    let count = instance.get_typed_func::<i32, i32>(&mut store, "count")?;
                    let waited = many.call_async(&mut store, 20 + i).await?;
                    tokio::time::sleep(Duration::from_micros(10)).await;
                    Ok::<_, Error>(waited + count.call_async(&mut store, 200_000).await?)
                })
            })
            .collect();
        for (i, task) in (0..).zip(tasks) {
            let sum = executor.block_on(task).expect("no panic").expect("it ends");
            assert_eq!(sum, 200_020 + i);
        }
    });
}

#[test]
fn start_functions_may_wait() {
    each_plan(|engine| {
        let linker = linker(engine);
        let text = r#"(module (import "h" "wait" (func $wait (param i32) (result i32)))
            (global $g (export "g") (mut i32) (i32.const 0))
            (func $start (global.set $g (call $wait (i32.const 3))))
            (start $start))"#;
        let module = module(engine, text);
        let mut store = Store::new(engine, Data::default());
        assert!(linker.instantiate(&mut store, &module).is_err());
        let instance = executor().block_on(linker.instantiate_async(&mut store, &module));
        let mut guest = Guest { store, instance: instance.expect("an instance") };
        assert_eq!(guest.global("g").i32(), Some(3));
    });
}

/// Ready at once, or by a hand-made waker: no executor is needed.
#[test]
fn any_executor_will_do() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_wrap_async("h", "wait", |_, n: i32| {
                let mut left = n;
                Box::new(poll_fn(move |cx: &mut Context<'_>| {
                    if left == 0 {
                        return Poll::Ready(Ok(n as f64));
                    }
                    left -= 1;
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }))
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            (),
            r#"(module (import "h" "wait" (func $wait (param i32) (result f64)))
                (func (export "run") (param i32) (result f64) (call $wait (local.get 0))))"#,
        );
        let run = typed::<_, i32, f64>(&mut guest, "run");
        for n in 0..5 {
            let wakes = Arc::new(Count::default());
            let waker = Waker::from(wakes.clone());
            let mut cx = Context::from_waker(&waker);
            let mut call = pin!(run.call_async(&mut guest.store, n));
            for _ in 0..n {
                assert!(call.as_mut().poll(&mut cx).is_pending());
            }
            let Poll::Ready(result) = call.as_mut().poll(&mut cx) else { panic!("it is ready") };
            assert_eq!(result.expect("it ends"), f64::from(n));
            assert_eq!(wakes.0.load(Ordering::SeqCst), n as usize);
        }
    });
}
