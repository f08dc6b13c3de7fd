//! The machine code of small modules, as text that can be read.

mod common;

use std::path::Path;
use waxwing_codegen_baseline::Baseline;

#[test]
fn code_is_as_recorded() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    common::check_goldens(&Baseline, &dir, &dir);
}
