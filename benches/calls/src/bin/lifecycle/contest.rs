//! One subject in both engines.

use std::sync::{Arc, Barrier};
use std::time::Instant;

const ROUNDS: usize = 41;

/// A module to make instances of.
pub struct Subject {
    pub name: String,
    ours: Arc<dyn Fn() + Send + Sync>,
    peer: Arc<dyn Fn() + Send + Sync>,
    reset: Arc<dyn Fn(u32) + Send + Sync>,
}

macro_rules! lives {
    ($engine:ident, $config:expr, $bytes:expr) => {{
        use $engine::{Engine, Linker, Module};
        let engine = Engine::new($config).expect("the engine is possible");
        let module = Module::new(&engine, $bytes).expect("the module compiles");
        let mut linker: Linker<()> = Linker::new(&engine);
        stub_imports!($engine, linker, module);
        prepared!($engine, linker, module)
    }};
}

/// What a subject imports does nothing.
macro_rules! stub_imports {
    (waxwing, $linker:ident, $module:ident) => {
        for import in &$module.facts().imports {
            if let waxwing::ImportType::Func(ty) = import.ty {
                let ty = $module.facts().signature(ty).clone();
                let stub = |_: waxwing::Caller<'_, ()>, _: &[waxwing::Val], _: &mut [waxwing::Val]| Ok(());
                $linker.func_new(&import.module, &import.name, ty, stub).expect("the name is free");
            }
        }
    };
    (wasmtime, $linker:ident, $module:ident) => {
        for import in $module.imports() {
            if let wasmtime::ExternType::Func(ty) = import.ty() {
                let stub = |_: wasmtime::Caller<'_, ()>, _: &[wasmtime::Val], _: &mut [wasmtime::Val]| Ok(());
                $linker.func_new(import.module(), import.name(), ty, stub).expect("the name is free");
            }
        }
    };
}

macro_rules! prepared {
    (waxwing, $linker:ident, $module:ident) => {{
        let mut store = waxwing::Store::new($linker.engine(), ());
        let pre = $linker.instantiate_pre(&mut store, &$module).expect("it links");
        (pre, $linker.engine().clone())
    }};
    (wasmtime, $linker:ident, $module:ident) => {
        ($linker.instantiate_pre(&$module).expect("it links"), $linker.engine().clone())
    };
}

/// The peer as its documentation has it for this use: pooling, copy-on-write, some pages kept.
pub fn peer_config() -> wasmtime::Config {
    let mut pool = wasmtime::PoolingAllocationConfig::default();
    pool.total_core_instances(1000).total_memories(1000).total_tables(2000);
    pool.table_elements(20_000).max_memory_size(1 << 32);
    pool.linear_memory_keep_resident(128 << 10).table_keep_resident(128 << 10);
    pool.pagemap_scan(wasmtime::Enabled::Auto);
    let mut config = wasmtime::Config::new();
    config.allocation_strategy(wasmtime::InstanceAllocationStrategy::Pooling(pool));
    config
}

fn our_config() -> waxwing::Config {
    let mut config = waxwing::Config::new();
    config.pool(waxwing::PoolConfig::default());
    config
}

impl Subject {
    /// `pages` is what the export `request` is called with in every life; nothing is called without.
    pub fn new(name: &str, bytes: Vec<u8>, pages: Option<i32>) -> Subject {
        let (pre, engine) = lives!(waxwing, &our_config(), &bytes);
        let again = (pre.clone(), engine.clone());
        let ours = move || {
            let mut store = waxwing::Store::new(&engine, ());
            let instance = pre.instantiate(&mut store).expect("it instantiates");
            if let Some(pages) = pages {
                let f = instance.get_typed_func::<i32, ()>(&mut store, "request").expect("request");
                f.call(&mut store, pages).expect("request returns");
            }
        };
        let reset = move |lives| {
            let (pre, engine) = &again;
            let mut store = waxwing::Store::new(engine, ());
            let instance = pre.instantiate(&mut store).expect("it instantiates");
            let f = instance.get_typed_func::<i32, ()>(&mut store, "request").expect("request");
            for _ in 0..lives {
                f.call(&mut store, pages.unwrap_or(1)).expect("request returns");
                instance.reset(&mut store).expect("it resets");
            }
        };
        let (pre, engine) = lives!(wasmtime, &peer_config(), &bytes);
        let peer = move || {
            let mut store = wasmtime::Store::new(&engine, ());
            let instance = pre.instantiate(&mut store).expect("it instantiates");
            if let Some(pages) = pages {
                let f = instance.get_typed_func::<i32, ()>(&mut store, "request").expect("request");
                f.call(&mut store, pages).expect("request returns");
            }
        };
        Subject {
            name: name.to_owned(),
            ours: Arc::new(ours),
            peer: Arc::new(peer),
            reset: Arc::new(reset),
        }
    }
}

pub fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    v[v.len() / 2]
}

pub fn say(name: &str, unit: &str, ours: f64, peer: f64, peer_name: &str) {
    println!(
        "{{\"name\": \"{name}\", \"unit\": \"{unit}\", \"ours\": {ours:.2}, \"peer\": {peer:.2}, \
         \"peer_name\": \"{peer_name}\"}}"
    );
}

/// Lives that take about 2 ms.
fn enough(f: &(dyn Fn() + Send + Sync)) -> u32 {
    let start = Instant::now();
    let mut n = 0;
    while start.elapsed().as_micros() < 4000 {
        f();
        n += 1;
    }
    (n / 2).max(1)
}

fn nanoseconds(f: &(dyn Fn() + Send + Sync), lives: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..lives {
        f();
    }
    start.elapsed().as_nanos() as f64 / f64::from(lives)
}

/// One life in nanoseconds.
pub fn compare(name: &str, subject: &Subject) {
    let lives = (enough(&*subject.ours), enough(&*subject.peer));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(nanoseconds(&*subject.ours, lives.0));
        b.push(nanoseconds(&*subject.peer, lives.1));
    }
    say(name, "ns", median(a), median(b), "wasmtime");
}

/// The same without making instances anew, which the peer cannot: its figure is that of `compare`.
pub fn compare_reset(name: &str, subject: &Subject) {
    let lives = (enough(&*subject.ours), enough(&*subject.peer));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        (subject.reset)(lives.0);
        a.push(start.elapsed().as_nanos() as f64 / f64::from(lives.0));
        b.push(nanoseconds(&*subject.peer, lives.1));
    }
    say(name, "ns", median(a), median(b), "wasmtime");
}

/// A life with two threads that make them, beside one with one thread: half if nothing is shared.
pub fn compare_threads(name: &str, subject: &Subject) {
    for (who, f) in [("", &subject.ours), (" (wasmtime)", &subject.peer)] {
        let lives = enough(&**f) * 5;
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            one.push(nanoseconds(&**f, lives));
            two.push(together(f, lives));
        }
        say(&format!("{name}{who}"), "ns", median(two), median(one), "one thread");
    }
}

fn together(f: &Arc<dyn Fn() + Send + Sync>, lives: u32) -> f64 {
    let barrier = Arc::new(Barrier::new(3));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (f, barrier) = (f.clone(), barrier.clone());
            std::thread::spawn(move || {
                f();
                barrier.wait();
                for _ in 0..lives {
                    f();
                }
            })
        })
        .collect();
    barrier.wait();
    let start = Instant::now();
    for thread in threads {
        thread.join().expect("the thread ends well");
    }
    start.elapsed().as_nanos() as f64 / (2.0 * f64::from(lives))
}
