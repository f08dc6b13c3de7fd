//! An atomic counter in a shared memory that two threads increment, beside the wasmtime crate in the
//! same process: its command has no threads.
//!
//! Rounds of both engines alternate; the median of the time of one increment is printed as one JSON
//! object. The arguments: rounds, and increments of each thread.

use std::sync::Barrier;
use std::time::Instant;

const MODULE: &str = r#"(module
  (import "env" "memory" (memory 1 1 shared))
  (func (export "count") (param $n i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 64) (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

const THREADS: usize = 2;

/// Runs `prepare` and what it returns on every thread, the latter at once; the nanoseconds of one
/// increment of one thread, from the first start to the last end.
fn race<F: FnOnce()>(increments: i32, prepare: impl Fn() -> F + Sync) -> f64 {
    let barrier = Barrier::new(THREADS);
    let run = || {
        let call = prepare();
        barrier.wait();
        let started = Instant::now();
        call();
        (started, Instant::now())
    };
    let times: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(&run)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let first = times.iter().map(|time| time.0).min().expect("threads");
    let last = times.iter().map(|time| time.1).max().expect("threads");
    (last - first).as_nanos() as f64 / f64::from(increments)
}

/// One round of ours.
fn ours(engine: &waxwing::Engine, module: &waxwing::Module, increments: i32) -> f64 {
    use waxwing::{Limits, Linker, MemoryType, SharedMemory, Store};
    let ty = MemoryType::new(Limits { min: 1, max: Some(1) });
    let memory =
        SharedMemory::new(engine, MemoryType { shared: true, ..ty }).expect("there is room");
    let mut linker = Linker::<()>::new(engine);
    linker.shared_memory("env", "memory", &memory).expect("the name is free");
    let took = race(increments, || {
        let mut store = Store::new(engine, ());
        let instance = linker.instantiate(&mut store, module).expect("it instantiates");
        let count = instance.get_typed_func::<i32, ()>(&mut store, "count").expect("count");
        move || count.call(&mut store, increments).expect("count returns")
    });
    let mut bytes = [0; 4];
    memory.read(64, &mut bytes).expect("it is inside");
    assert_eq!(i64::from(u32::from_le_bytes(bytes)), i64::from(increments) * THREADS as i64);
    took
}

/// One round of the peer's.
fn peer(engine: &wasmtime::Engine, module: &wasmtime::Module, increments: i32) -> f64 {
    use wasmtime::{Instance, MemoryType, SharedMemory, Store};
    let memory = SharedMemory::new(engine, MemoryType::shared(1, 1)).expect("there is room");
    race(increments, || {
        let mut store = Store::new(engine, ());
        let imports = [memory.clone().into()];
        let instance = Instance::new(&mut store, module, &imports).expect("it instantiates");
        let count = instance.get_typed_func::<i32, ()>(&mut store, "count").expect("count");
        move || count.call(&mut store, increments).expect("count returns")
    })
}

fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}

fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse().expect("a number"));
    let rounds: usize = args.next().unwrap_or(9);
    let increments = args.next().map_or(5_000_000, |n| n as i32);
    let engine = waxwing::Engine::default();
    let module = waxwing::Module::new(&engine, MODULE).expect("the module compiles");
    let mut config = wasmtime::Config::new();
    config.wasm_threads(true).shared_memory(true);
    let peer_engine = wasmtime::Engine::new(&config).expect("the peer starts");
    let peer_module = wasmtime::Module::new(&peer_engine, MODULE).expect("the module compiles");
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(ours(&engine, &module, increments));
        b.push(peer(&peer_engine, &peer_module, increments));
    }
    let (ours, peer) = (median(a), median(b));
    println!(
        "{{\"name\": \"atomic counter, 2 threads\", \"unit\": \"ns\", \"ours\": {ours:.2}, \
         \"peer\": {peer:.2}, \"peer_name\": \"wasmtime\"}}"
    );
}
