//! Calls between host and guest in nanoseconds, beside the wasmtime crate in the same process.
//!
//! Rounds of both engines alternate; the median is printed, one JSON object a line.

use std::hint::black_box;
use std::time::Instant;

/// `loop` calls an empty host function n times; `nop` is what the host calls.
const MODULE: &str = r#"(module
  (import "" "f" (func $f (param i32 i32) (result i32)))
  (func (export "nop"))
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "loop") (param $n i32) (result i32)
    (local $x i32)
    (loop $again
      (local.set $x (call $f (local.get $x) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))"#;

const CALLS: u32 = 200_000;
const ROUNDS: usize = 41;

/// One engine's three kinds of call; each runs `CALLS` of them.
struct Contestant {
    host_to_wasm: Box<dyn FnMut()>,
    host_to_wasm_args: Box<dyn FnMut()>,
    wasm_to_host: Box<dyn FnMut()>,
}

macro_rules! contestant {
    ($engine:ident) => {{
        use $engine::{Engine, Linker, Module, Store, TypedFunc};
        let engine = Engine::default();
        let module = Module::new(&engine, MODULE).expect("the module compiles");
        let mut linker: Linker<()> = Linker::new(&engine);
        linker.func_wrap("", "f", |a: i32, b: i32| a.wrapping_add(b)).expect("the name is free");
        let make = || {
            let mut store = Store::new(&engine, ());
            let instance = linker.instantiate(&mut store, &module).expect("it instantiates");
            (store, instance)
        };
        let (mut s, i) = make();
        let nop: TypedFunc<(), ()> = i.get_typed_func(&mut s, "nop").expect("nop");
        let host_to_wasm = Box::new(move || {
            for _ in 0..CALLS {
                nop.call(&mut s, ()).expect("nop returns");
            }
        });
        let (mut s, i) = make();
        let add: TypedFunc<(i32, i32), i32> = i.get_typed_func(&mut s, "add").expect("add");
        let host_to_wasm_args = Box::new(move || {
            for n in 0..CALLS {
                black_box(add.call(&mut s, (n as i32, 1)).expect("add returns"));
            }
        });
        let (mut s, i) = make();
        let run: TypedFunc<i32, i32> = i.get_typed_func(&mut s, "loop").expect("loop");
        let wasm_to_host = Box::new(move || {
            black_box(run.call(&mut s, CALLS as i32).expect("loop returns"));
        });
        Contestant { host_to_wasm, host_to_wasm_args, wasm_to_host }
    }};
}

fn nanoseconds(f: &mut Box<dyn FnMut()>) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}

fn compare(name: &str, mut ours: Box<dyn FnMut()>, mut peer: Box<dyn FnMut()>) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(nanoseconds(&mut ours));
        b.push(nanoseconds(&mut peer));
    }
    let (ours, peer) = (median(a), median(b));
    println!(
        "{{\"name\": \"{name}\", \"unit\": \"ns\", \"ours\": {ours:.2}, \"peer\": {peer:.2}, \
         \"peer_name\": \"wasmtime\"}}"
    );
}

fn main() {
    let ours = contestant!(waxwing);
    let peer = contestant!(wasmtime);
    compare("host to wasm", ours.host_to_wasm, peer.host_to_wasm);
    compare("host to wasm, two arguments", ours.host_to_wasm_args, peer.host_to_wasm_args);
    compare("wasm to host", ours.wasm_to_host, peer.wasm_to_host);
}
