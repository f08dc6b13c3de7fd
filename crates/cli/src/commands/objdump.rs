//! `waxwing objdump`: the machine code of a module, beside where it came from.

use crate::failure::{Explain, Failure, Result, USAGE};
use crate::flags::engine::EngineFlags;
use crate::{load, output, progress};
use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use waxwing_artifact::Artifact;
use waxwing_decode::InputKind;

/// Show the machine code of a module, with offsets in the module it was made from
#[derive(clap::Args, Debug)]
pub struct Objdump {
    #[command(flatten)]
    engine: EngineFlags,
    /// Only this function, by its name or its index
    #[arg(long, value_name = "NAME|INDEX")]
    func: Option<String>,
    /// The module: binary, text, or compiled by us
    file: PathBuf,
}

impl Objdump {
    /// Shows it.
    pub fn main(self) -> Result<ExitCode> {
        let mut bytes = load::bytes(&self.file)?;
        if InputKind::of(&bytes) != InputKind::Artifact {
            load::check_kind(&bytes, &self.file)?;
            let engine = self.engine.engine()?;
            let result = engine.precompile(&bytes);
            progress::clear();
            bytes = result.map_err(|e| Failure::engine(&e, &self.file))?;
        }
        let artifact = Artifact::parse(&bytes)
            .map_err(|e| Failure::engine(&waxwing::Error::host(e), &self.file))?;
        let own = artifact.imported_functions()..artifact.functions();
        let chosen: Vec<u32> = match &self.func {
            None => own.collect(),
            Some(wanted) => vec![find(&artifact, wanted, &self.file)?],
        };
        let mut text = String::new();
        for index in chosen {
            function(&artifact, index, &mut text);
            // Modules may be large: what is written is complete functions.
            if text.len() > 1 << 20 {
                output::print(&std::mem::take(&mut text))?;
            }
        }
        output::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn find(artifact: &Artifact<'_>, wanted: &str, path: &Path) -> Result<u32> {
    let mut own = artifact.imported_functions()..artifact.functions();
    let range = own.clone();
    let by_index = wanted.parse().ok().filter(|index| own.contains(index));
    let found = by_index.or_else(|| own.find(|&i| artifact.function_name(i) == Some(wanted)));
    found.ok_or_else(|| {
        Failure::new(format!("the module has no function \"{wanted}\" of its own"))
            .at_file(path)
            .help(format!("its functions are {} to {}", range.start, range.end.saturating_sub(1)))
            .code(USAGE)
    })
}

fn function(artifact: &Artifact<'_>, index: u32, text: &mut String) {
    let Some(range) = artifact.function(index) else { return };
    let name = artifact.function_name(index).unwrap_or_default().escape_debug();
    let code = artifact.text().get(range.start as usize..range.end as usize).unwrap_or_default();
    let offsets: HashMap<u32, Option<u32>> = artifact.addresses(range.clone()).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "func {index} <{name}>: {} bytes at {:#x}", code.len(), range.start);
    let mut decoder = Decoder::with_ip(64, code, u64::from(range.start), DecoderOptions::NONE);
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    formatter.options_mut().set_branch_leading_zeros(false);
    let mut instruction = Instruction::default();
    let mut line = String::new();
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        line.clear();
        formatter.format(&instruction, &mut line);
        let at = instruction.ip() as u32;
        let wasm = match offsets.get(&at) {
            Some(Some(offset)) => format!("{offset:#8x}"),
            _ => String::new(),
        };
        let _ = write!(text, "{wasm:>8} {at:8x}:  {line}");
        let target = (instruction.is_call_near() || instruction.is_jmp_short_or_near())
            .then(|| u32::try_from(instruction.near_branch_target()).ok())
            .flatten()
            .filter(|target| !range.contains(target));
        if let Some(called) = target.and_then(|t| place(artifact, t)) {
            let _ = write!(text, "  <{called}>");
        }
        if let Some(trap) = artifact.trap_at(at) {
            let _ = write!(text, "  ; trap: {trap}");
        }
        text.push('\n');
    }
    text.push('\n');
}

/// The name of the function or leaf routine at a code offset.
fn place(artifact: &Artifact<'_>, at: u32) -> Option<String> {
    match artifact.function_at(at) {
        Some(index) => artifact.function_name(index).map(|n| n.escape_debug().to_string()),
        None => artifact.leaf_at(at).map(|leaf| leaf.name().to_owned()),
    }
}
