//! Going away from a guest in the midst of a call, and back; and how long a stop takes.

use crate::contest::{median, say};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// `run` leaves n times; `spin` says that it has begun, and never ends.
const TEXT: &str = r#"(module
  (import "" "leave" (func $leave (param i32) (result i32)))
  (import "" "begun" (func $begun))
  (func (export "run") (param $n i32) (result i32) (local $sum i32)
    (loop $more
      (local.set $sum (i32.add (local.get $sum) (call $leave (local.get $n))))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "spin") (call $begun) (loop $again (br $again))))"#;

const TIMES: i32 = 20_000;
const ROUNDS: usize = 31;

/// Not ready when it is first asked.
struct Once(i32, bool);

impl Future for Once {
    type Output = i32;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<i32> {
        if std::mem::replace(&mut self.1, true) { Poll::Ready(self.0) } else { Poll::Pending }
    }
}

/// Polls until it is ready, at once each time.
fn finish<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

fn nanoseconds(f: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_nanos() as f64 / f64::from(TIMES)
}

static BEGUN: AtomicBool = AtomicBool::new(false);

/// A suspension and going on: `start` and `resume_with`, and `call_async` of a future that is not ready
/// once; beside the peer's `call_async` of the same future.
pub fn compare() {
    let engine = waxwing::Engine::default();
    let module = waxwing::Module::new(&engine, TEXT).expect("the module compiles");
    let mut yields = waxwing::Linker::<()>::new(&engine);
    yields.func_wrap("", "begun", || ()).expect("the name is free");
    let mut awaits = yields.clone();
    yields
        .func_suspend("", "leave", |_, n: i32| Ok(waxwing::Reply::<i32, i32>::Yield(n)))
        .expect("the name is free");
    awaits
        .func_wrap_async("", "leave", |_, n: i32| {
            Box::new(async move { Ok(Once(n, false).await) })
        })
        .expect("the name is free");
    let make = |linker: &waxwing::Linker<()>| {
        let mut store = waxwing::Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).expect("it instantiates");
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("run");
        (store, run)
    };
    let (mut store, run) = make(&yields);
    let mut sync = || {
        let mut state = run.start(&mut store, TIMES).expect("it runs");
        while let waxwing::Run::Suspended(mut guest) = state {
            let value: i32 = guest.take_yielded().expect("a number");
            state = guest.resume_with(&mut store, value).expect("it goes on");
        }
    };
    let (mut store, run) = make(&awaits);
    let mut ours = || {
        finish(run.call_async(&mut store, TIMES)).expect("it runs");
    };
    let mut peer = peer();
    let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(nanoseconds(&mut sync));
        b.push(nanoseconds(&mut ours));
        c.push(nanoseconds(&mut peer));
    }
    let peer = median(c);
    say("suspend and resume with values", "ns", median(a), peer, "wasmtime");
    say("suspend and resume, futures", "ns", median(b), peer, "wasmtime");
}

fn peer() -> impl FnMut() {
    let engine = wasmtime::Engine::default();
    let module = wasmtime::Module::new(&engine, TEXT).expect("the module compiles");
    let mut linker = wasmtime::Linker::<()>::new(&engine);
    linker.func_wrap("", "begun", || ()).expect("the name is free");
    linker
        .func_wrap_async("", "leave", |_, (n,): (i32,)| {
            Box::new(async move { Once(n, false).await })
        })
        .expect("the name is free");
    let mut store = wasmtime::Store::new(&engine, ());
    let instance = finish(linker.instantiate_async(&mut store, &module)).expect("it instantiates");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("run");
    move || {
        finish(run.call_async(&mut store, TIMES)).expect("it runs");
    }
}

/// From the request to the return of the call, of a guest in a tight loop: kills by another thread, and
/// how late deadlines are.
pub fn latency() {
    let engine = waxwing::Engine::default();
    let module = waxwing::Module::new(&engine, TEXT).expect("the module compiles");
    let mut linker = waxwing::Linker::<()>::new(&engine);
    linker.func_wrap("", "leave", |n: i32| n).expect("the name is free");
    linker.func_wrap("", "begun", || BEGUN.store(true, Ordering::Release)).expect("free");
    let begin = || {
        let mut store = waxwing::Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module).expect("it instantiates");
        let spin = instance.get_typed_func::<(), ()>(&mut store, "spin").expect("spin");
        (store, spin)
    };
    let (send, switches) = channel::<waxwing::KillSwitch>();
    let (report, killed) = channel();
    std::thread::spawn(move || {
        for switch in switches {
            while !BEGUN.swap(false, Ordering::Acquire) {
                std::hint::spin_loop();
            }
            std::thread::sleep(Duration::from_micros(100));
            let at = Instant::now();
            switch.kill();
            report.send(at).expect("somebody waits");
        }
    });
    let mut kills = Vec::new();
    for _ in 0..2000 {
        let (mut store, spin) = begin();
        send.send(store.kill_switch()).expect("the killer lives");
        spin.call(&mut store, ()).expect_err("it is killed");
        let end = Instant::now();
        kills.push(end.duration_since(killed.recv().expect("the killer lives")));
    }
    quantiles("kill latency", kills);
    let mut late = Vec::new();
    for _ in 0..1000 {
        let (mut store, spin) = begin();
        let at = Instant::now() + Duration::from_millis(1);
        store.set_deadline(Some(Duration::from_millis(1)));
        spin.call(&mut store, ()).expect_err("its time is over");
        late.push(Instant::now().duration_since(at));
    }
    quantiles("deadline latency", late);
}

fn quantiles(name: &str, mut times: Vec<Duration>) {
    times.sort();
    for (q, label) in [(50, "median"), (99, "p99")] {
        let at = times[times.len() * q / 100].as_nanos() as f64 / 1e3;
        println!("{{\"name\": \"{name}, {label}\", \"unit\": \"us\", \"ours\": {at:.1}}}");
    }
}
