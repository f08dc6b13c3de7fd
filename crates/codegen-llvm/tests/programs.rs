//! What the peak tier makes of real programs: code or a refusal that says why, never a failure
//! inside LLVM.

#[path = "../../codegen-baseline/tests/common/mod.rs"]
mod common;

use std::path::Path;
use waxwing_codegen_llvm::Llvm;
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::Error;

#[test]
fn functions_of_real_programs() {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    let (mut able, mut unable) = (0, 0);
    for name in ["hello.wasm", "traps.wasm", "interpreter.wasm"] {
        let bytes = std::fs::read(guests.join(name)).expect("guest");
        let plan = MemoryPlan::Reserved;
        let compiled = common::compile_bytes(&Llvm, &bytes, plan, common::level_3());
        for (index, code) in compiled.functions {
            match code {
                Ok(code) => {
                    able += 1;
                    assert!(code.traps.windows(2).all(|w| w[0].0 < w[1].0));
                    assert!(code.addresses.windows(2).all(|w| w[0].0 < w[1].0));
                }
                Err(Error::Unsupported(..)) => unable += 1,
                Err(e) => panic!("{name} function {index}: {e}"),
            }
        }
    }
    eprintln!("{able} functions compiled, {unable} not");
    assert!(able > 3 * unable, "{able} functions compiled, {unable} not");
}
