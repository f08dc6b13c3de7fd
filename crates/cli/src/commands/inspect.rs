//! `waxwing inspect`: what a module needs and offers.

use crate::failure::{Explain, Failure, Result};
use crate::{load, output};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use waxwing::{ExternKind, GlobalType, ImportType, Limits, MemoryType, TableType};
use waxwing_artifact::Artifact;
use waxwing_decode::{InputKind, Names};

/// Show imports, exports, memories and more of a module, binary, text, or compiled by us
#[derive(clap::Args, Debug)]
pub struct Inspect {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// The module
    file: PathBuf,
}

/// What is shown, wherever it came from.
struct Facts {
    kind: &'static str,
    size: u64,
    name: Option<String>,
    module: waxwing_module::Module,
    customs: Vec<(String, u64)>,
    /// Not known of compiled modules.
    proposals: Option<Vec<&'static str>>,
    made_by: Option<String>,
}

impl Inspect {
    /// Shows it.
    pub fn main(self) -> Result<ExitCode> {
        let bytes = load::bytes(&self.file)?;
        let facts = match InputKind::of(&bytes) {
            InputKind::Artifact => artifact(&bytes, &self.file)?,
            _ => module(&bytes, &self.file)?,
        };
        let value = facts.json();
        output::print(&if self.json { format!("{value:#}\n") } else { plain(&value) })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn artifact(bytes: &[u8], path: &Path) -> Result<Facts> {
    let wrong = |e: waxwing_artifact::Error| Failure::engine(&waxwing::Error::host(e), path);
    let artifact = Artifact::parse(bytes).map_err(wrong)?;
    let print = artifact.fingerprint().map_err(wrong)?;
    let customs = artifact.custom_sections();
    Ok(Facts {
        kind: "compiled module",
        size: bytes.len() as u64,
        name: artifact
            .custom_section("name")
            .and_then(|s| Names::parse(s).module().map(Into::into)),
        module: artifact.module().map_err(wrong)?,
        proposals: None,
        customs: customs.map(|(name, s)| (name.to_owned(), s.len() as u64)).collect(),
        made_by: Some(format!(
            "engine {}, tier {} ({}), memory plan {}, for {}",
            print.engine,
            print.tier,
            print.settings,
            print.plan.name(),
            print.cpu.missing_in(waxwing::Cpu { bits: 0 }).join(" "),
        )),
    })
}

fn module(bytes: &[u8], path: &Path) -> Result<Facts> {
    load::check_kind(bytes, path)?;
    let binary = load::to_binary(bytes, path)?;
    let options = waxwing_decode::Options::default();
    let decoded =
        waxwing_decode::decode(&binary, &options).map_err(|e| Failure::decode(&e, path))?;
    let text = InputKind::of(bytes) == InputKind::Text;
    Ok(Facts {
        kind: if text { "module in text form" } else { "module" },
        size: bytes.len() as u64,
        name: decoded.names(&binary).module().map(str::to_owned),
        proposals: waxwing_decode::proposals(&binary).ok(),
        customs: decoded
            .customs
            .iter()
            .map(|c| (c.name.to_owned(), c.range.len() as u64))
            .collect(),
        module: decoded.module,
        made_by: None,
    })
}

impl Facts {
    fn json(&self) -> Value {
        let m = &self.module;
        let func = |ty: u32| format!("func {}", m.signature(ty));
        let tag = |ty: u32| format!("tag {}", m.signature(ty));
        let imports = m.imports.iter().map(|import| {
            let ty = match &import.ty {
                ImportType::Func(ty) => func(*ty),
                ImportType::Table(ty) => table(ty),
                ImportType::Memory(ty) => memory(ty),
                ImportType::Global(ty) => global(ty),
                ImportType::Tag(ty) => tag(*ty),
            };
            json!({ "module": import.module, "name": import.name, "type": ty })
        });
        let exports = m.exports.iter().map(|export| {
            let i = export.index as usize;
            let ty = match export.kind {
                ExternKind::Func => func(m.funcs[i]),
                ExternKind::Table => table(&m.tables[i]),
                ExternKind::Memory => memory(&m.memories[i]),
                ExternKind::Global => global(&m.globals[i]),
                ExternKind::Tag => tag(m.tags[i]),
            };
            json!({ "name": export.name, "type": ty })
        });
        json!({
            "kind": self.kind,
            "size": self.size,
            "name": self.name,
            "made_by": self.made_by,
            "needs": needs(m.imports.iter().filter(|i| !is_made(m, i)).map(|i| i.module.as_str())),
            "proposals": self.proposals,
            "functions": m.funcs.len() - m.imported_funcs as usize,
            "imports": imports.collect::<Vec<_>>(),
            "exports": exports.collect::<Vec<_>>(),
            "memories": m.memories.iter().map(memory).collect::<Vec<_>>(),
            "tables": m.tables.iter().map(table).collect::<Vec<_>>(),
            "globals": m.globals.iter().map(global).collect::<Vec<_>>(),
            "data_segments": m.data.len(),
            "element_segments": m.elements.len(),
            "start_function": m.start,
            "custom_sections": self.customs.iter()
                .map(|(name, size)| json!({ "name": name, "size": size }))
                .collect::<Vec<_>>(),
        })
    }
}

/// Whether `run` makes it for the program: a memory that its threads share.
fn is_made(module: &waxwing_module::Module, import: &waxwing_module::Import) -> bool {
    let starts_threads = module.imports.iter().any(|i| i.module == "wasi");
    starts_threads && matches!(import.ty, ImportType::Memory(ty) if ty.shared)
}

/// What must be there to run it, by the modules it imports from.
fn needs<'a>(modules: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut needs: Vec<String> = Vec::new();
    for module in modules {
        let need = match module {
            "wasi_snapshot_preview1" => "WASI preview 1".to_owned(),
            "wasi_unstable" => "WASI preview 0 (not supported)".to_owned(),
            "wasi" => "wasi-threads".to_owned(),
            "wasix_32v1" | "wasix_64v1" => "WASIX (not supported)".to_owned(),
            other => format!("module \"{other}\" (--preload {other}=FILE)"),
        };
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    needs
}

fn limits(limits: &Limits, unit: &str) -> String {
    match limits.max {
        Some(max) => format!("{} to {max} {unit}", limits.min),
        None => format!("{} or more {unit}", limits.min),
    }
}

fn memory(ty: &MemoryType) -> String {
    let width = if ty.memory64 { "64-bit " } else { "" };
    let shared = if ty.shared { "shared " } else { "" };
    format!("{shared}{width}memory of {}", limits(&ty.limits, "pages"))
}

fn table(ty: &TableType) -> String {
    format!("table of {} {}", limits(&ty.limits, "entries"), ty.element)
}

fn global(ty: &GlobalType) -> String {
    format!("global {}{}", if ty.mutable { "mut " } else { "" }, ty.content)
}

/// For people: lists under their headings, names in quotes.
fn plain(value: &Value) -> String {
    let mut text = String::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let key = key.replace('_', " ");
        // Writing to a string cannot fail.
        let _ = match value {
            Value::Null => Ok(()),
            Value::Array(items) if items.is_empty() => writeln!(text, "{key}: none"),
            Value::Array(items) => {
                let _ = writeln!(text, "{key}:");
                items.iter().try_for_each(|item| writeln!(text, "  {}", line(item)))
            }
            Value::String(s) => writeln!(text, "{key}: {s}"),
            other => writeln!(text, "{key}: {other}"),
        };
    }
    text
}

fn line(item: &Value) -> String {
    let name = item["name"].as_str().unwrap_or_default();
    match (item["module"].as_str(), item["type"].as_str(), item["size"].as_u64()) {
        (Some(module), Some(ty), _) => format!("\"{module}\" \"{name}\": {ty}"),
        (None, Some(ty), _) => format!("\"{name}\": {ty}"),
        (_, _, Some(size)) => format!("\"{name}\": {size} bytes"),
        _ => item.as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_named_once() {
        let modules = ["wasi_snapshot_preview1", "env", "wasi_snapshot_preview1"];
        let needs = needs(modules.into_iter());
        assert_eq!(needs, ["WASI preview 1", "module \"env\" (--preload env=FILE)"]);
    }
}
