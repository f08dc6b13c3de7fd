//! The code of small modules: `goldens/*.wat`, with its disassembly beside it as `.asm`.
//! `BLESS=1 cargo test -p waxwing-codegen-cranelift` writes the disassembly anew.
//!
//! A module whose first line is `;; checked` is compiled for memories that are checked, one that begins
//! with `;; metered` takes fuel by the default costs.

mod common;
#[path = "common/disassembly.rs"]
mod disassembly;

use common::{V3, compile_for, verified};
use disassembly::disassemble;
use std::fs;
use std::path::Path;
use waxwing_codegen_cranelift::OptLevel;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::fuel::FuelCosts;
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::{Codegen, Pricing};

/// Compares a text with the one that is kept, or keeps it.
fn compare(path: &Path, text: &str) -> Result<(), String> {
    if std::env::var_os("BLESS").is_some() {
        return fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()));
    }
    let kept = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    if kept == text {
        return Ok(());
    }
    let line = kept.lines().zip(text.lines()).take_while(|(a, b)| a == b).count() + 1;
    Err(format!("{} differs from line {line} on; BLESS=1 keeps the new one", path.display()))
}

fn listing(wat: &str) -> String {
    let wasm = wat::parse_str(wat).unwrap_or_else(|e| panic!("{e}"));
    let plan =
        if wat.starts_with(";; checked") { MemoryPlan::Checked } else { MemoryPlan::Reserved };
    let fuel =
        wat.starts_with(";; metered").then(|| Pricing::new(&FuelCosts::new()).expect("costs"));
    let codes = compile_for(&verified(OptLevel::Speed), &wasm, plan, V3, fuel.as_ref());
    let codes = codes.expect("it is compiled");
    let listed = codes.iter().enumerate();
    listed.map(|(i, (code, _))| format!("own function {i}\n{}", disassemble(code))).collect()
}

#[test]
fn functions_are_compiled_as_before() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let (mut failures, mut count) = (Vec::new(), 0);
    for entry in fs::read_dir(&directory).expect("the goldens are there") {
        let path = entry.expect("the goldens can be listed").path();
        if path.extension().is_some_and(|e| e == "wat") {
            let wat = fs::read_to_string(&path).expect("a golden can be read");
            failures.extend(compare(&path.with_extension("asm"), &listing(&wat)).err());
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} goldens");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn leaves_are_compiled_as_before() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let back_end = verified(OptLevel::Speed);
    for (leaf, name) in
        [(Leaf::MemoryCopy, "leaf_memory_copy.asm"), (Leaf::MemoryFill, "leaf_memory_fill.asm")]
    {
        let code = back_end.leaf(leaf, V3, false).expect("it is compiled");
        common::well_formed(&code, 0, 0);
        compare(&directory.join(name), &disassemble(&code)).expect("as before");
    }
}
