//! The module of a seed.
//!
//! The generator writes a valid module whose functions and loops count fuel down and trap when there
//! is none left, so that every call ends without help of an engine. Then the module is written anew
//! with two changes: the fuel is exported, so that each call begins with the same; and a wait for a
//! notification that nobody would send lasts a microsecond at most.

use crate::proposals::{PROPOSALS, Set};
use crate::rng::Rng;
use arbitrary::Unstructured;
use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder, utils};
use wasm_encoder::{ExportKind, ExportSection, Function, Instruction, SectionId};
use wasm_smith::{Config, InstructionKind, InstructionKinds, Module};

/// The export of the fuel, an `i32`.
pub const FUEL: &str = "\u{1}fuel";

/// What every call is given.
pub const FUEL_OF_A_CALL: i32 = 1000;

/// Makes the module of a seed with proposals out of `allowed`. Without `imports` it imports nothing.
///
/// # Errors
/// If the generator fails, which it should never do: the text says how.
pub fn generate(seed: u64, allowed: Set, imports: bool) -> Result<Vec<u8>, String> {
    let mut rng = Rng::new(seed, 1);
    let proposals = choose(&mut rng, allowed);
    let mut config = config(&mut rng, proposals);
    if !imports {
        config.max_imports = 0;
    }
    let mut failures = 0;
    let mut module = loop {
        let most = if rng.chance(1, 8) { 16_000 } else { 5000 };
        let size = 500 + rng.below(most) as usize;
        let bytes = rng.bytes(size);
        match Module::new(config.clone(), &mut Unstructured::new(&bytes)) {
            Ok(module) => break module,
            // Now and then the bytes make no module; others will.
            Err(_) if failures < 100 => failures += 1,
            Err(e) => return Err(format!("the generator fails: {e}")),
        }
    };
    let fuel = module
        .ensure_termination(FUEL_OF_A_CALL as u32)
        .map_err(|e| format!("the generator cannot limit a module: {e}"))?;
    Rewrite { fuel, exported: false }.run(&module.to_bytes())
}

/// Some of the allowed proposals; now and then all of them, since they meet each other then.
fn choose(rng: &mut Rng, allowed: Set) -> Set {
    let all = rng.chance(1, 4);
    let mut set = Set::NONE;
    for number in 0..PROPOSALS.len() {
        if allowed.has(number) && (all || rng.chance(2, 5)) {
            set = set.with(number);
        }
    }
    set
}

/// What the generator is to do.
fn config(rng: &mut Rng, proposals: Set) -> Config {
    let instructions = if rng.chance(1, 8) { 800 } else { 200 };
    let mut config = Config {
        bulk_memory_enabled: true,
        canonicalize_nans: true,
        custom_page_sizes_enabled: false,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        reference_types_enabled: true,
        export_everything: true,
        limit_arrays_in_const_exprs: true,
        max_memories: 1,
        max_tables: 1 + rng.below(3) as usize,
        max_funcs: 2 + rng.below(12) as usize,
        max_imports: if rng.chance(1, 2) { rng.below(8) as usize } else { 0 },
        max_globals: rng.below(6) as usize,
        max_types: 4 + rng.below(16) as usize,
        max_instructions: 20 + rng.below(instructions) as usize,
        max_data_segments: rng.below(5) as usize,
        max_element_segments: rng.below(5) as usize,
        max_elements: 20,
        max_tags: 4,
        max_values: 10,
        max_memory32_bytes: 10 << 16,
        max_memory64_bytes: 10 << 16,
        memory_max_size_required: true,
        table_max_size_required: true,
        max_table_elements: 100,
        ..Config::default()
    };
    config.min_funcs = 1 + rng.below(config.max_funcs as u64) as usize;
    if rng.chance(1, 6) {
        config.allow_floats = false;
    }
    // Without traps calls go on for longer, and results say more.
    if rng.chance(1, 2) {
        config.disallow_traps = true;
    }
    if rng.chance(1, 4) {
        config.allowed_instructions = some_kinds(rng);
    }
    for proposal in proposals.iter() {
        (proposal.enable)(&mut config);
    }
    config
}

/// A few kinds of instructions, so that modules are also about one thing.
fn some_kinds(rng: &mut Rng) -> InstructionKinds {
    const KINDS: &[InstructionKind] = &[
        InstructionKind::Numeric,
        InstructionKind::Vector,
        InstructionKind::Reference,
        InstructionKind::Parametric,
        InstructionKind::Variable,
        InstructionKind::Table,
        InstructionKind::Memory,
        InstructionKind::Control,
        InstructionKind::Aggregate,
    ];
    let mut kinds = vec![InstructionKind::Control, InstructionKind::NumericInt];
    for &kind in KINDS {
        if rng.chance(1, 3) {
            kinds.push(kind);
        }
    }
    InstructionKinds::new(&kinds)
}

/// The second writing of a module.
struct Rewrite {
    /// The index of the global that holds the fuel.
    fuel: u32,
    /// Whether it is exported already.
    exported: bool,
}

impl Rewrite {
    fn run(mut self, wasm: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = wasm_encoder::Module::new();
        let parser = wasmparser::Parser::new(0);
        self.parse_core_module(&mut out, parser, wasm)
            .map_err(|e| format!("a generated module cannot be written anew: {e}"))?;
        Ok(out.finish())
    }
}

type Done = Result<(), reencode::Error<std::convert::Infallible>>;

impl Reencode for Rewrite {
    type Error = std::convert::Infallible;

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Done {
        utils::parse_export_section(self, exports, section)?;
        exports.export(FUEL, ExportKind::Global, self.fuel);
        self.exported = true;
        Ok(())
    }

    /// A module without exports gets a section for the fuel's, where the section belongs.
    fn intersperse_section_hook(
        &mut self,
        module: &mut wasm_encoder::Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Done {
        let later = [SectionId::Start, SectionId::Element, SectionId::DataCount, SectionId::Code];
        let here = before.is_none_or(|before| later.contains(&before) || before == SectionId::Data);
        if here && !self.exported {
            let mut exports = ExportSection::new();
            exports.export(FUEL, ExportKind::Global, self.fuel);
            module.section(&exports);
            self.exported = true;
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut wasm_encoder::CodeSection,
        body: wasmparser::FunctionBody<'_>,
    ) -> Done {
        let mut function: Function = RoundtripReencoder.new_function_with_parsed_locals(&body)?;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let instruction = RoundtripReencoder.parse_instruction(&mut reader)?;
            if let Instruction::MemoryAtomicWait32(_) | Instruction::MemoryAtomicWait64(_) =
                instruction
            {
                function.instruction(&Instruction::Drop);
                function.instruction(&Instruction::I64Const(1000));
            }
            function.instruction(&instruction);
        }
        code.function(&function);
        Ok(())
    }
}

/// Damages a module in a few places: such a module is only asked whether it is valid.
pub fn damage(seed: u64, wasm: &mut [u8]) {
    let mut rng = Rng::new(seed, 2);
    if wasm.len() <= 8 {
        return;
    }
    for _ in 0..=rng.below(3) {
        let at = 8 + rng.below(wasm.len() as u64 - 8) as usize;
        wasm[at] = if rng.chance(1, 2) { rng.word() as u8 } else { wasm[at] ^ 1 << rng.below(8) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::{Validator, WasmFeatures};

    #[test]
    fn generated_modules_are_valid_end_and_are_the_same_again() {
        for seed in 0..200 {
            let made = generate(seed, Set::all(), seed % 2 == 0).unwrap();
            let mut validator = Validator::new_with_features(WasmFeatures::all());
            validator.validate_all(&made).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            assert!(made == generate(seed, Set::all(), seed % 2 == 0).unwrap());
            let exports = crate::facts::Facts::of(&made).unwrap().exports;
            assert!(exports.iter().any(|e| e.name == FUEL), "seed {seed} exports no fuel");
        }
    }
}
