//! The machine that LLVM is asked to generate code for, and how hard it shall try.

use inkwell::OptimizationLevel;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::Module;
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{
    CodeModel, FileType, InitializationConfig, RelocMode, Target, TargetMachine, TargetTriple,
};
use std::sync::Once;
use waxwing_layout::target::{Cpu, FEATURES};
use waxwing_lower::Error;

/// The passes that every function goes through.
pub const PASSES: &str = "default<O2>";

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// LLVM's name of a processor feature.
fn feature(name: &str) -> &str {
    match name {
        "bmi1" => "bmi",
        same => same,
    }
}

/// Forbids LLVM to make a frame only where it is needed: the walk over frames would miss the
/// caller of a function that traps before. No attribute says this; the option holds for the whole
/// process.
fn keep_prologues_first() {
    let arguments = [c"waxwing".as_ptr(), c"-enable-shrink-wrap=false".as_ptr()];
    // SAFETY: both arguments are strings that end in zero, as many as are announced, and live for
    // ever. The only caller does this once, before any other thread of ours has used LLVM's code
    // generator.
    unsafe {
        inkwell::llvm_sys::support::LLVMParseCommandLineOptions(
            arguments.len() as i32,
            arguments.as_ptr(),
            std::ptr::null(),
        );
    }
}

fn machine(cpu: Cpu) -> Result<TargetMachine, Error> {
    static INITIALISED: Once = Once::new();
    INITIALISED.call_once(|| {
        keep_prologues_first();
        Target::initialize_x86(&InitializationConfig {
            asm_parser: false,
            disassembler: false,
            ..InitializationConfig::default()
        });
    });
    let features: Vec<String> = FEATURES
        .iter()
        .map(|&(name, _)| format!("{}{}", if cpu.has(name) { '+' } else { '-' }, feature(name)))
        .collect();
    let triple = TargetTriple::create(TRIPLE);
    let target = Target::from_triple(&triple).map_err(|e| Error::Backend(e.to_string()))?;
    target
        .create_target_machine(
            &triple,
            "x86-64",
            &features.join(","),
            OptimizationLevel::Default,
            RelocMode::PIC,
            CodeModel::Small,
        )
        .ok_or_else(|| Error::Backend("LLVM has no machine for x86-64".into()))
}

/// Optimises a module and makes an ELF object of it.
pub fn object(module: &Module<'_>, cpu: Cpu) -> Result<MemoryBuffer<'static>, Error> {
    let machine = machine(cpu)?;
    module.set_triple(&TargetTriple::create(TRIPLE));
    module.set_data_layout(&machine.get_target_data().get_data_layout());
    module.verify().map_err(|e| Error::Backend(format!("LLVM refuses the module: {e}")))?;
    let options = PassBuilderOptions::create();
    options.set_loop_vectorization(false);
    options.set_loop_slp_vectorization(false);
    module
        .run_passes(PASSES, &machine, options)
        .map_err(|e| Error::Backend(format!("LLVM's passes: {e}")))?;
    machine
        .write_to_memory_buffer(module, FileType::Object)
        .map_err(|e| Error::Backend(format!("LLVM's code generator: {e}")))
}
