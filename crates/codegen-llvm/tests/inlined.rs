//! Functions that are lowered in the place of their calls: what may trap in them leads back to them
//! and to their callers, although LLVM knows one number for a place and none for its callers.

#[path = "../../codegen-baseline/tests/common/mod.rs"]
mod common;

use waxwing_codegen_llvm::Llvm;
use waxwing_decode::{Options, decode};
use waxwing_layout::instance::InstanceLayout;
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::{Code, Codegen, Env, INLINED, Job, Survey};

/// What stands at a code offset in the module, innermost first: function, and the operator's byte.
fn places(code: &Code, wasm: &[u8], own: u32, at: u32) -> Vec<(u32, u8)> {
    let mut place = code.addresses.iter().rfind(|a| a.0 <= at).expect("an entry").1;
    let mut found = Vec::new();
    while let Some(index) = place.checked_sub(INLINED) {
        let inlined = code.inlined[index as usize];
        found.push((inlined.function, wasm[inlined.offset as usize]));
        place = inlined.caller;
    }
    found.push((own, wasm[place as usize]));
    found
}

#[test]
fn traps_lead_back_to_every_function() {
    let wasm = wat::parse_str(
        "(module (memory 1)
        (func $load (param i32) (result i32) (i32.load (local.get 0)))
        (func $divide (param i32) (result i32)
          (i32.div_u (i32.const 1) (call $load (local.get 0))))
        (func (param i32) (result i32)
          (i32.store (i32.const 4) (local.get 0))
          (call $divide (local.get 0))
          (i32.store (i32.const 8) (local.get 0))))",
    )
    .expect("text of a module");
    let decoded = decode(&wasm, &Options::default()).expect("a valid module");
    let known = decoded.bodies.iter().map(|b| (b.index, &b.body, &b.validate));
    let env = Env {
        module: &decoded.module,
        layout: &InstanceLayout::new(&decoded.module),
        plan: MemoryPlan::Reserved,
        cpu: common::level_3(),
        hints: &decoded.hints,
        deterministic: false,
        fuel: None,
        optimise: true,
        survey: &Survey::new(&decoded.module, known),
    };
    let (load, divide, call, store) = (0x28, 0x6e, 0x10, 0x36);
    let within =
        [vec![(0, load), (1, call), (2, call)], vec![(1, divide), (2, call)], vec![(2, store)]];
    for body in decoded.bodies {
        let index = body.index;
        let job = Job { env: &env, index, body: body.body, validate: body.validate };
        let code = Llvm.function(job).expect("code");
        let found: Vec<_> =
            code.traps.iter().map(|&(at, _)| places(&code, &wasm, index, at)).collect();
        match index {
            0 => assert_eq!((found, code.inlined.len()), (vec![vec![(0, load)]], 0)),
            1 => assert_eq!(found, [vec![(0, load), (1, call)], vec![(1, divide)]]),
            _ => {
                assert!(within.iter().all(|place| found.contains(place)), "{found:?}");
                assert!(found.iter().all(|place| within.contains(place)), "{found:?}");
            }
        }
    }
}
