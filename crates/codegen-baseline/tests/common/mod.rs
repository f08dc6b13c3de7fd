//! From text to machine code to a listing; for the tests of the back ends.

#![allow(dead_code, missing_docs)]

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
use std::fmt::Write as _;
use std::path::Path;
use waxwing_decode::{Options, decode};
use waxwing_layout::instance::InstanceLayout;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::{Cpu, FEATURES};
use waxwing_lower::{Code, Codegen, Env, Error, Job, Survey};
use waxwing_module::Module;

/// A module and what each of its own functions became.
pub struct Compiled {
    pub module: Module,
    pub layout: InstanceLayout,
    pub functions: Vec<(u32, Result<Code, Error>)>,
}

impl Compiled {
    /// The code of a function of the module's own.
    pub fn code(&self, index: u32) -> &Code {
        let (_, code) = self.functions.iter().find(|(i, _)| *i == index).expect("own function");
        code.as_ref().unwrap_or_else(|e| panic!("function {index}: {e}"))
    }
}

/// A processor of level x86-64-v3, so that listings are the same everywhere.
pub fn level_3() -> Cpu {
    let bits = FEATURES.iter().filter(|(name, _)| !name.starts_with("avx512"));
    Cpu { bits: bits.fold(0, |bits, &(_, bit)| bits | 1 << bit) }
}

/// Compiles every function of a module in text form.
pub fn compile(back_end: &dyn Codegen, wat: &str, plan: MemoryPlan, cpu: Cpu) -> Compiled {
    let bytes = wat::parse_str(wat).expect("text of a module");
    compile_bytes(back_end, &bytes, plan, cpu)
}

/// Compiles every function of a module.
pub fn compile_bytes(back_end: &dyn Codegen, bytes: &[u8], plan: MemoryPlan, cpu: Cpu) -> Compiled {
    let decoded = decode(bytes, &Options::default()).expect("a valid module");
    let layout = InstanceLayout::new(&decoded.module);
    let env = Env {
        module: &decoded.module,
        layout: &layout,
        plan,
        cpu,
        hints: &decoded.hints,
        deterministic: false,
        fuel: None,
        optimise: false,
        survey: &Survey::default(),
    };
    let functions = decoded
        .bodies
        .into_iter()
        .map(|body| {
            let job =
                Job { env: &env, index: body.index, body: body.body, validate: body.validate };
            (body.index, back_end.function(job))
        })
        .collect();
    Compiled { module: decoded.module, layout, functions }
}

/// The instructions, with what is known about them.
pub fn listing(code: &Code) -> String {
    let mut out = String::new();
    let mut decoder = Decoder::with_ip(64, &code.bytes, 0, DecoderOptions::NONE);
    let mut formatter = IntelFormatter::new();
    for instruction in &mut decoder {
        let (from, to) = (instruction.ip() as u32, instruction.next_ip() as u32);
        let mut text = String::new();
        formatter.format(&instruction, &mut text);
        let mut notes = Vec::new();
        if let Some(reloc) = code.relocs.iter().find(|r| (from..to).contains(&r.at)) {
            notes.push(format!("{:?}{:+}", reloc.target, reloc.addend));
        }
        if let Some((_, trap)) = code.traps.iter().find(|&&(at, _)| at == from) {
            notes.push(trap.to_string());
        }
        match notes.is_empty() {
            true => writeln!(out, "{from:5x}  {text}"),
            false => writeln!(out, "{from:5x}  {text:40} ; {}", notes.join(", ")),
        }
        .expect("writing to a string");
    }
    out
}

/// Compares the code of every `.wat` in `wats` with the listing of the same name in `listings`.
///
/// # Panics
/// If one differs. With `BLESS=1` in the environment the listings are written instead.
pub fn check_goldens(back_end: &dyn Codegen, wats: &Path, listings: &Path) {
    let bless = std::env::var_os("BLESS").is_some_and(|v| v == "1");
    let mut names: Vec<_> = std::fs::read_dir(wats)
        .expect("directory of goldens")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "wat"))
        .collect();
    names.sort();
    assert!(names.len() >= 7, "the goldens are there");
    let mut differing = Vec::new();
    for path in names {
        let wat = std::fs::read_to_string(&path).expect("text of a module");
        let compiled = compile(back_end, &wat, MemoryPlan::Reserved, level_3());
        let mut text = String::new();
        for (index, code) in &compiled.functions {
            let listing = match code {
                Ok(code) => listing(code),
                Err(e) => format!("       {e}\n"),
            };
            write!(text, "function {index}\n{listing}\n").expect("writing to a string");
        }
        let golden = listings.join(path.file_stem().expect("name")).with_extension("asm");
        if bless {
            std::fs::write(&golden, &text).expect("listing is written");
        } else if std::fs::read_to_string(&golden).ok().as_deref() != Some(&text) {
            differing.push(format!("{}:\n{text}", golden.display()));
        }
    }
    assert!(differing.is_empty(), "code differs (BLESS=1 accepts it):\n{}", differing.join("\n"));
}
