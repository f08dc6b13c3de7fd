//! A checking back end and what drives it.

#![allow(dead_code, missing_docs, reason = "each test uses a part")]

pub mod checker;
pub mod facts;
pub mod inst;
pub mod run;

use checker::Checker;
use inst::Inst;
use wasmparser::WasmFeatures;
use waxwing_layout::abi::has_results_area;
use waxwing_layout::instance::InstanceLayout;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Env, Error, INLINED, Job, Place, Pricing, Survey, function, signature};

/// Both of them.
pub const PLANS: [MemoryPlan; 2] = [MemoryPlan::Reserved, MemoryPlan::Checked];

/// What can be lowered.
pub fn supported() -> WasmFeatures {
    WasmFeatures::WASM2
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::MEMORY64
        | WasmFeatures::THREADS
        | WasmFeatures::WIDE_ARITHMETIC
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::GC
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::LEGACY_EXCEPTIONS
}

/// A place in an inlined function is known before it is named, and has a caller before it.
fn check_places(index: u32, insts: &[Inst], places: &[Place]) {
    let known = |place: u32, end: usize| {
        place < INLINED || place == u32::MAX || ((place - INLINED) as usize) < end
    };
    for (i, place) in places.iter().enumerate() {
        assert!(known(place.caller, i) && place.caller != u32::MAX, "{index}: {place:?}");
        assert!(place.offset < INLINED, "{index}: {place:?}");
    }
    for inst in insts {
        assert!(!matches!(inst, Inst::At(at) if !known(*at, places.len())), "{index}: {inst:?}");
    }
}

/// Lowers every function of a module, in order, and gives what the back end was told.
pub fn lower<const TRAPS: bool>(
    wasm: &[u8],
    plan: MemoryPlan,
    features: WasmFeatures,
) -> Result<Vec<Vec<Inst>>, Error> {
    lower_for::<TRAPS>(wasm, plan, features, None)
}

/// As [`lower`], for metered code if there are costs.
pub fn lower_for<const TRAPS: bool>(
    wasm: &[u8],
    plan: MemoryPlan,
    features: WasmFeatures,
    fuel: Option<&Pricing>,
) -> Result<Vec<Vec<Inst>>, Error> {
    let (module, bodies) = facts::read(wasm, features)?;
    let layout = InstanceLayout::new(&module);
    let known = bodies.iter().zip(module.imported_funcs..).map(|((v, b), index)| (index, b, v));
    let survey = Survey::new(&module, known);
    let env = Env {
        module: &module,
        layout: &layout,
        plan,
        hints: &Default::default(),
        cpu: Cpu { bits: u32::MAX },
        deterministic: false,
        fuel,
        optimise: true,
        survey: &survey,
    };
    let mut listings = Vec::new();
    for (i, (validate, body)) in bodies.into_iter().enumerate() {
        let index = module.imported_funcs + i as u32;
        let has_area = has_results_area(module.func_type(index));
        let mut checker = Checker::<TRAPS>::new(&signature(&env, index), has_area);
        checker.metered = fuel.is_some();
        let places = function(&mut checker, Job { env: &env, index, body, validate })?;
        let insts = checker.finish();
        check_places(index, &insts, &places);
        listings.push(insts);
    }
    Ok(listings)
}
