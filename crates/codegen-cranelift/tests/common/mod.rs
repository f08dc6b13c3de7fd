//! From a module's bytes to the code of its functions, and what must hold of all code.

#![allow(dead_code, reason = "each test uses its part")]

use waxwing_codegen_cranelift::{Cranelift, OptLevel, Options};
use waxwing_decode::decode;
use waxwing_layout::instance::InstanceLayout;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Callee, Code, Env, Error, Job, Pricing, Survey};

/// x86-64-v3, whatever the machine is.
pub const V3: Cpu = Cpu { bits: 0x7ff };
/// x86-64-v2, the least that is supported.
pub const V2: Cpu = Cpu { bits: 0x1f };

pub const PLANS: [MemoryPlan; 2] = [MemoryPlan::Reserved, MemoryPlan::Checked];

/// The back end with Cranelift's verifier on.
pub fn verified(opt_level: OptLevel) -> Cranelift {
    Cranelift::new(Options { opt_level, verifier: true }).expect("a target")
}

/// Compiles every function of a module; each with its listing if asked.
pub fn compile(
    back_end: &Cranelift,
    wasm: &[u8],
    plan: MemoryPlan,
    cpu: Cpu,
) -> Result<Vec<(Code, String)>, Error> {
    compile_for(back_end, wasm, plan, cpu, None)
}

/// As [`compile`], of code that is metered if there are costs.
pub fn compile_for(
    back_end: &Cranelift,
    wasm: &[u8],
    plan: MemoryPlan,
    cpu: Cpu,
    fuel: Option<&Pricing>,
) -> Result<Vec<(Code, String)>, Error> {
    let decoded = decode(wasm, &waxwing_decode::Options::default())
        .unwrap_or_else(|e| panic!("the module itself is valid: {e}"));
    let layout = InstanceLayout::new(&decoded.module);
    let known = decoded.bodies.iter().map(|b| (b.index, &b.body, &b.validate));
    let survey = Survey::new(&decoded.module, known);
    let env = Env {
        module: &decoded.module,
        layout: &layout,
        plan,
        cpu,
        hints: &decoded.hints,
        deterministic: false,
        fuel,
        optimise: true,
        survey: &survey,
    };
    let bodies = decoded.bodies.into_iter();
    let mut codes = Vec::new();
    for b in bodies {
        let job = Job { env: &env, index: b.index, body: b.body, validate: b.validate };
        let (code, listing) = back_end.listing(job)?;
        well_formed(&code, decoded.module.funcs.len() as u32, decoded.module.imported_funcs);
        codes.push((code, listing));
    }
    Ok(codes)
}

/// What holds of all code.
pub fn well_formed(code: &Code, functions: u32, imported: u32) {
    let len = code.bytes.len() as u32;
    assert!(len > 0);
    assert!(code.align >= 16 && code.align.is_power_of_two());
    for reloc in &code.relocs {
        assert!(reloc.at + 4 <= len);
        if let Callee::Func(index) = reloc.target {
            assert!(index >= imported && index < functions, "an own function");
        }
    }
    assert!(code.traps.is_sorted_by(|a, b| a.0 < b.0), "{:?}", code.traps);
    assert!(code.traps.iter().all(|t| t.0 < len));
    assert!(code.addresses.is_sorted_by(|a, b| a.0 < b.0 && a.1 != b.1), "{:?}", code.addresses);
    assert!(code.addresses.iter().all(|a| a.0 < len));
}
