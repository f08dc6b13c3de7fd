//! The machine code of the instant tier's golden modules, as text that can be read.

#[path = "../../codegen-baseline/tests/common/mod.rs"]
mod common;

use std::path::Path;
use waxwing_codegen_llvm::Llvm;

#[test]
fn code_is_as_recorded() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wats = here.join("../codegen-baseline/tests/goldens");
    common::check_goldens(&Llvm, &wats, &here.join("tests/goldens"));
}
