//! Damaged programs: ten thousand small ones are compiled and, if they still are WebAssembly, run
//! with a deadline; larger ones are decoded and validated. Whatever happens is an error, never a
//! panic, a crash or a program that does not end.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use waxwing::{Engine, Linker, MemoryPlan, Module, Store, StoreLimits};
use waxwing_testkit::Random;
use waxwing_wasi_core::WasiBuilder;
use waxwing_wasi_core::stream::OutputBuffer;
use waxwing_wasi_p1::{WasiP1, add_to_linker, end_waits_on_stop};

/// Programs that are damaged and run, with the number of times.
const RUN: &[(&str, u64)] = &[
    ("hello_wat", 1500),
    ("spin", 400),
    ("recurse_endless", 400),
    ("copy_forever", 400),
    ("hello", 4500),
    ("traps", 2200),
    ("cat", 200),
    ("interpreter", 200),
    ("tree_walk", 200),
];

/// A larger program, with the number of times it is damaged and validated.
const VALIDATE: (&str, u64) = ("containers", 500);

fn guest(name: &str) -> Vec<u8> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    std::fs::read(root.join(name).with_extension("wasm")).unwrap()
}

/// One to four changes at random places: bits, bytes, pieces moved, lost or repeated.
fn damage(random: &mut Random, original: &[u8]) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=random.below(3) {
        let len = bytes.len() as u64;
        if len < 2 {
            break;
        }
        let at = random.below(len) as usize;
        let piece = at..(at + 1 + random.below(16) as usize).min(bytes.len());
        match random.below(12) {
            0..=3 => bytes[at] ^= 1 << random.below(8),
            4..=6 => bytes[at] = random.below(256) as u8,
            7 => bytes[at] = bytes[at].wrapping_add(1),
            8 => drop(bytes.drain(piece)),
            9 => bytes.insert(at, random.below(256) as u8),
            10 => {
                let piece = bytes[piece].to_vec();
                let to = random.below(len) as usize;
                bytes.splice(to..to, piece);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

struct Host {
    wasi: WasiP1,
    limits: StoreLimits,
}

/// Compiles and runs; says whether it came as far as an instance.
fn run(engine: &Engine, linker: &Linker<Host>, bytes: &[u8]) -> bool {
    let Ok(module) = Module::new(engine, bytes) else { return false };
    let wasi = WasiBuilder::new()
        .stdout(OutputBuffer::new())
        .stderr(OutputBuffer::new())
        .arg("damaged")
        .build()
        .unwrap();
    let limits =
        StoreLimits { memory: 64 << 20, table: 100_000, instances: 1, ..StoreLimits::default() };
    let mut store = Store::new(engine, Host { wasi: WasiP1::new(wasi), limits });
    store.limiter(|host| &mut host.limits);
    end_waits_on_stop(&mut store, |host| &mut host.wasi);
    store.set_deadline(Some(Duration::from_millis(5)));
    let Ok(instance) = linker.instantiate(&mut store, &module) else { return false };
    for export in instance.exports(&store) {
        if let waxwing::Extern::Func(func) = export.value {
            let ty = func.ty(&store);
            let params: Vec<_> = ty.params.iter().map(|&ty| waxwing::Val::default_of(ty)).collect();
            let mut results: Vec<_> =
                ty.results.iter().map(|&ty| waxwing::Val::default_of(ty)).collect();
            // An error is as good as a result.
            let _ = func.call(&mut store, &params, &mut results);
        }
    }
    true
}

#[test]
fn ten_thousand_damaged_programs() {
    let total: u64 = RUN.iter().map(|r| r.1).sum();
    assert!(total >= 10_000);
    let ran = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let ran = &ran;
            scope.spawn(move || {
                let plan = [MemoryPlan::Reserved, MemoryPlan::Checked][half as usize];
                let mut config = waxwing::Config::new();
                config.memory_plan(plan).stack_size(256 << 10);
                let engine = Engine::new(&config).unwrap();
                let mut linker = Linker::<Host>::new(&engine);
                add_to_linker(&mut linker, |host| &mut host.wasi).unwrap();
                for &(name, times) in RUN {
                    let original = guest(name);
                    for seed in (half..times).step_by(2) {
                        let mut random = Random::new(seed ^ original.len() as u64);
                        if run(&engine, &linker, &damage(&mut random, &original)) {
                            ran.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    // Damage that leaves nothing to run would prove little.
    let ran = ran.into_inner();
    assert!(ran > 1000, "only {ran} of {total} damaged programs ran");
}

#[test]
fn larger_programs_are_validated() {
    let engine = Engine::default();
    let (name, times) = VALIDATE;
    let original = guest(name);
    Module::validate(&engine, &original).unwrap();
    let refused = (0..times)
        .filter(|&seed| {
            let mut random = Random::new(seed);
            Module::validate(&engine, &damage(&mut random, &original)).is_err()
        })
        .count();
    assert!(refused > 0);
}
