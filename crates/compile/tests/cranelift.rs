//! The driver with the default back end.

use std::sync::Arc;
use waxwing_artifact::Artifact;
use waxwing_codegen_cranelift::{Cranelift, Options as CraneliftOptions};
use waxwing_compile::{Options, compile};
use waxwing_layout::builtin::Leaf;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_module::Trap;

const MODULE: &str = r#"
(module
  (memory 1)
  ;; Not so small that it is inlined: there is a loop.
  (func $div (param i32 i32) (result i32) (loop) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "run") (param i32) (result i32)
    (memory.copy (i32.const 1) (i32.const 2) (i32.const 30000))
    (call $div (i32.load (local.get 0)) (i32.const 3)))
  (func (export "stop") unreachable)
  (data (i32.const 100) "image"))
"#;

fn options(plan: MemoryPlan) -> Options {
    let codegen = Cranelift::new(CraneliftOptions::default()).unwrap();
    Options { plan, cpu: Cpu { bits: 0b11111 }, ..Options::new(Arc::new(codegen)) }
}

/// What a trap in inlined code leads back to, function by function.
#[test]
fn places_in_inlined_functions_are_linked() {
    let wasm = wat::parse_str(
        r#"(module
        (import "h" "f" (func $imported))
        (func $load (param i32) (result i32) (i32.load (local.get 0)))
        (func $divide (param i32) (result i32)
          (i32.div_u (i32.const 1) (call $load (local.get 0))))
        (func $fail (unreachable))
        (func $throws (throw $tag))
        (func $through (call $throws))
        (func $first (export "a") (param i32) (result i32) (call $divide (local.get 0)))
        (func $second (export "b") (param i32) (result i32) (call $divide (local.get 0)))
        (func $third (export "c") (call $fail))
        (func $fourth (export "d") (call $through))
        (tag $tag)
        (memory 1))"#,
    )
    .unwrap();
    for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
        let bytes = compile(&wasm, &options(plan)).unwrap();
        let artifact = Artifact::parse(&bytes).unwrap();
        artifact.verify_full().unwrap();
        // The functions at each place that may trap, and what stands there in the module.
        let traps_of = |func: u32| -> Vec<Vec<(u32, u8)>> {
            let range = artifact.function(func).unwrap();
            let traps = artifact.traps().filter(|t| range.contains(&t.0));
            let place = |(f, at): (u32, Option<u32>)| (f, wasm[at.unwrap() as usize]);
            traps.map(|(at, _)| artifact.places(at).map(place).collect()).collect()
        };
        let (load, divide, call, unreachable) = (0x28, 0x6e, 0x10, 0x00);
        for caller in [6, 7] {
            let traps = traps_of(caller);
            assert!(traps.contains(&vec![(1, load), (2, call), (caller, call)]), "{traps:?}");
            assert!(traps.contains(&vec![(2, divide), (caller, call)]), "{traps:?}");
            let start = artifact.function_start(caller).unwrap();
            assert_eq!(wasm[start as usize], call, "not one of an inlined function's");
        }
        let traps = traps_of(2);
        assert!(traps.contains(&vec![(1, load), (2, call)]), "{traps:?}");
        assert!(traps.contains(&vec![(2, divide)]), "{traps:?}");
        assert_eq!(traps_of(8), [vec![(3, unreachable), (8, call)]]);
        // What throws has a frame of its own, what calls it has none.
        let range = artifact.function(9).unwrap();
        let places: Vec<_> = range.map(|at| artifact.places(at).map(|p| p.0).collect()).collect();
        assert!(places.contains(&vec![5, 9]) && !places.contains(&vec![4, 5, 9]), "{places:?}");
    }
}

#[test]
fn real_code_is_linked_under_both_plans() {
    let wasm = wat::parse_str(MODULE).unwrap();
    for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
        let bytes = compile(&wasm, &options(plan)).unwrap();
        assert!(bytes == compile(&wasm, &options(plan)).unwrap(), "the same bytes again");
        let artifact = Artifact::parse(&bytes).unwrap();
        artifact.verify_full().unwrap();
        artifact.module().unwrap();
        assert_eq!(artifact.fingerprint().unwrap().plan, plan);

        // Every direct call goes to the beginning of a function or leaf.
        let run = artifact.function(1).unwrap();
        let starts: Vec<u32> = (0..3)
            .map(|i| artifact.function(i).unwrap().start)
            .chain(Leaf::ALL.iter().map(|&l| artifact.leaf(l).unwrap().start))
            .collect();
        let text = artifact.text();
        let reached: Vec<u32> = (run.start..run.end - 4)
            .filter(|&at| text[at as usize] == 0xe8)
            .filter_map(|at| {
                let field = text[at as usize + 1..at as usize + 5].try_into().unwrap();
                u32::try_from(i64::from(at) + 5 + i64::from(i32::from_le_bytes(field))).ok()
            })
            .filter(|to| starts.contains(to))
            .collect();
        assert!(reached.contains(&starts[0]), "{plan:?}: the function is called");
        assert!(reached.contains(&starts[3]), "{plan:?}: the leaf is called");

        let traps_of = |func: u32| -> Vec<Trap> {
            let range = artifact.function(func).unwrap();
            artifact.traps().filter(|t| range.contains(&t.0)).map(|t| t.1).collect()
        };
        assert!(traps_of(0).contains(&Trap::IntegerDivideByZero));
        assert!(traps_of(1).contains(&Trap::MemoryOutOfBounds));
        assert_eq!(traps_of(2), [Trap::Unreachable]);
        let (at, _) = artifact.traps().find(|t| t.1 == Trap::Unreachable).unwrap();
        assert_eq!(wasm[artifact.wasm_offset(at).unwrap() as usize], 0x00, "unreachable");
    }
}
