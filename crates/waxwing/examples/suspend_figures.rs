//! What suspending, slices and stops cost: `cargo run --release -p waxwing --example suspend_figures`.
//!
//! Medians over runs; latencies as quantiles, from the request to the return of the call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use waxwing::{Caller, Engine, Linker, Module, Reply, Run, Store, TypedFunc};

const TEXT: &str = r#"(module
    (import "h" "yield" (func $yield (param i32) (result i32)))
    (import "h" "ready" (func $ready (param i32) (result i32)))
    (import "h" "begun" (func $begun))
    (func (export "yields") (param i32) (result i32) (local i32)
        (loop
            (local.set 1 (i32.add (local.get 1) (call $yield (local.get 0))))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
    (func (export "awaits") (param i32) (result i32) (local i32)
        (loop
            (local.set 1 (i32.add (local.get 1) (call $ready (local.get 0))))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
    (func (export "nop"))
    (func (export "count") (param i64) (result i64) (local i64)
        (loop
            (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 3)) (local.get 0)))
            (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
            (br_if 0 (i64.ne (local.get 0) (i64.const 0))))
        (local.get 1))
    (func (export "spin") (call $begun) (loop (br 0))))"#;

type Begun = Arc<AtomicBool>;

fn linker(engine: &Engine) -> waxwing::Result<Linker<Begun>> {
    let mut linker = Linker::new(engine);
    linker.func_suspend("h", "yield", |_, n: i32| Ok(Reply::<i32, i32>::Yield(n)))?;
    linker.func_wrap_async("h", "ready", |_, n: i32| Box::new(async move { Ok(n) }))?;
    linker.func_wrap("h", "begun", |caller: Caller<'_, Begun>| {
        caller.data().store(true, Ordering::Release);
    })?;
    Ok(linker)
}

/// The median of a few measurements of a thing done `n` times, in nanoseconds.
fn median(n: u32, mut act: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed().as_nanos() as f64 / f64::from(n)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn quantiles(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |q: usize| times[(times.len() * q / 1000).min(times.len() - 1)].as_secs_f64() * 1e6;
    println!("{what:42} p50 {:8.1} us, p99 {:8.1} us, p99.9 {:8.1} us", at(500), at(990), at(999));
}

fn finish<R: waxwing::RunOutput + std::fmt::Debug>(
    store: &mut Store<Begun>,
    mut run: Run<R>,
) -> waxwing::Result<(R, u32)> {
    let mut slices = 0;
    loop {
        match run {
            Run::Done(result) => return Ok((result, slices)),
            Run::Suspended(guest) => run = guest.resume(&mut *store)?,
        }
        slices += 1;
    }
}

fn main() -> waxwing::Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, TEXT)?;
    let linker = linker(&engine)?;
    let mut store = Store::new(&engine, Begun::default());
    let instance = linker.instantiate(&mut store, &module)?;

    let n = 100_000;
    let yields = instance.get_typed_func::<i32, i32>(&mut store, "yields")?;
    let each = median(n as u32, || {
        let mut run = yields.start(&mut store, n).expect("it runs");
        while let Run::Suspended(mut guest) = run {
            let n: i32 = guest.take_yielded().expect("a number");
            run = guest.resume_with(&mut store, n).expect("it goes on");
        }
    });
    println!("{:42} {each:8.1} ns", "yield and resume_with, a round trip");

    let awaits = instance.get_typed_func::<i32, i32>(&mut store, "awaits")?;
    let each = median(n as u32, || {
        let call = std::pin::pin!(awaits.call_async(&mut store, n));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.poll(&mut cx).is_ready());
    });
    println!("{:42} {each:8.1} ns", "host future that is ready, a call");

    let nop = instance.get_typed_func::<(), ()>(&mut store, "nop")?;
    let calls = |store: &mut Store<Begun>, start: bool| {
        median(n as u32, || {
            for _ in 0..n {
                if start {
                    let _ = nop.start(&mut *store, ()).expect("it runs").done();
                } else {
                    nop.call(&mut *store, ()).expect("it runs");
                }
            }
        })
    };
    println!("{:42} {:8.1} ns", "call of an empty function", calls(&mut store, false));
    println!("{:42} {:8.1} ns", "the same by start", calls(&mut store, true));
    store.set_time_slice(Some(Duration::from_millis(10)));
    println!("{:42} {:8.1} ns", "the same with slices of 10 ms", calls(&mut store, true));

    let count = instance.get_typed_func(&mut store, "count")?;
    slices(&mut store, count)?;
    latencies(&engine, &module, &linker)
}

/// What a slice costs: the same work in many slices and in one.
fn slices(store: &mut Store<Begun>, count: TypedFunc<i64, i64>) -> waxwing::Result<()> {
    for micros in [100, 1000, 10_000] {
        let mut costs = Vec::new();
        for _ in 0..15 {
            let n = 200_000_000;
            store.set_time_slice(None);
            let start = Instant::now();
            count.call(&mut *store, n)?;
            let whole = start.elapsed();
            store.set_time_slice(Some(Duration::from_micros(micros)));
            let start = Instant::now();
            let run = count.start(&mut *store, n)?;
            let (_, slices) = finish(store, run)?;
            let extra = start.elapsed().as_nanos() as f64 - whole.as_nanos() as f64;
            costs.push((extra / f64::from(slices.max(1)), slices));
        }
        costs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (cost, slices) = costs[costs.len() / 2];
        let what = format!("a slice of {micros} us");
        println!("{what:42} {cost:8.0} ns, {slices} of them");
    }
    store.set_time_slice(None);
    Ok(())
}

/// From the request of a stop to the return of the call, in a tight loop.
fn latencies(engine: &Engine, module: &Module, linker: &Linker<Begun>) -> waxwing::Result<()> {
    let runs = 2000;
    let (send, requests) = mpsc::channel::<(waxwing::KillSwitch, Begun)>();
    let (report, times) = mpsc::channel();
    let killer = std::thread::spawn(move || {
        for (switch, begun) in requests {
            while !begun.load(Ordering::Acquire) {
                std::hint::spin_loop();
            }
            let at = Instant::now();
            switch.kill();
            let _ = report.send(at);
        }
    });
    let mut kills = Vec::new();
    let mut deadlines = Vec::new();
    for _ in 0..runs {
        let mut store = Store::new(engine, Begun::default());
        let instance = linker.instantiate(&mut store, module)?;
        let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
        let after = Duration::from_micros(300);
        store.set_deadline(Some(after));
        let at = Instant::now() + after;
        let stopped = spin.call(&mut store, ());
        deadlines.push(Instant::now().saturating_duration_since(at));
        assert!(stopped.is_err(), "it never ends");
        store.set_deadline(None);
        let request = (store.kill_switch(), store.data().clone());
        request.1.store(false, Ordering::Release);
        send.send(request).expect("the killer lives");
        assert!(spin.call(&mut store, ()).is_err(), "it never ends");
        let end = Instant::now();
        kills.push(end.saturating_duration_since(times.recv().expect("the killer lives")));
    }
    drop(send);
    killer.join().expect("no panic");
    quantiles("kill in a tight loop", kills);
    quantiles("deadline in a tight loop, late by", deadlines);
    Ok(())
}
