//! How many instances live at once, each having run, and what each takes.

use std::fs;
use waxwing::{Config, Engine, Linker, Module, PoolConfig, Store};
use waxwing_wasi_core::WasiBuilder;
use waxwing_wasi_core::stream::OutputBuffer;
use waxwing_wasi_p1::WasiP1;

/// `--density FILE [N]`: N live instances of a program (20,000), each of which has run to its end; then
/// more, until something runs out.
pub fn main(args: &[String]) {
    let file = args.first().expect("a file is named");
    let wanted: usize = args.get(1).map_or(20_000, |n| n.parse().expect("a number"));
    let bytes = fs::read(file).unwrap_or_else(|e| panic!("cannot read {file}: {e}"));
    let pool = PoolConfig { slots: usize::MAX, ..PoolConfig::default() };
    let engine = Engine::new(Config::new().pool(pool)).expect("the engine is possible");
    let module = Module::new(&engine, &bytes).expect("the module compiles");
    let mut linker: Linker<WasiP1> = Linker::new(&engine);
    waxwing_wasi_p1::add_to_linker(&mut linker, |wasi| wasi).expect("the names are free");
    let new = || {
        let wasi = WasiBuilder::new().stdout(OutputBuffer::new()).build().expect("WASI is possible");
        Store::new(&engine, WasiP1::new(wasi))
    };
    let pre = linker.instantiate_pre(&mut new(), &module).expect("it links");
    let run = || -> waxwing::Result<Store<WasiP1>> {
        let mut store = new();
        let instance = pre.instantiate(&mut store)?;
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
        let _ = start.call(&mut store, ());
        Ok(store)
    };
    drop(run().expect("it runs"));
    let before = Use::now();
    let mut live = Vec::with_capacity(wanted);
    let mut end = None;
    while end.is_none() && live.len() < wanted {
        match run() {
            Ok(store) => live.push(store),
            Err(e) => end = Some(e),
        }
    }
    let after = Use::now();
    let each = |a: usize, b: usize| (a - b) as f64 / live.len() as f64;
    say("live instances", "instances", live.len() as f64);
    say("mappings of a live instance", "mappings", each(after.mappings, before.mappings));
    say("resident memory of a live instance", "KiB", each(after.resident, before.resident));
    say("of it page tables", "KiB", each(after.tables, before.tables));
    let end = end.unwrap_or_else(|| loop {
        match run() {
            Ok(store) => live.push(store),
            Err(e) => break e,
        }
    });
    say("live instances at most", "instances", live.len() as f64);
    eprintln!("what ended it: {end}; {} mappings", Use::now().mappings);
}

fn say(name: &str, unit: &str, value: f64) {
    println!("{{\"name\": \"{name}\", \"unit\": \"{unit}\", \"ours\": {value:.2}}}");
}

/// What the process has, in KiB and mappings.
struct Use {
    mappings: usize,
    /// Page tables included.
    resident: usize,
    tables: usize,
}

impl Use {
    fn now() -> Use {
        let maps = fs::read_to_string("/proc/self/maps").expect("/proc is there");
        let status = fs::read_to_string("/proc/self/status").expect("/proc is there");
        let field = |name: &str| -> usize {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        let tables = field("VmPTE:");
        Use { mappings: maps.lines().count(), resident: field("VmRSS:") + tables, tables }
    }
}
