//! Makes the build id: a hash of the sources that turn a module into code.
//!
//! It is part of the name of a cache entry, so that code made before a change of the compiler is
//! not taken for code made after it, although the version is the same.

include!("../artifact/build_id.rs");

fn main() {
    set_build_id(&[
        "../decode/src",
        "../lower/src",
        "../codegen-baseline/src",
        "../codegen-cranelift/src",
        "../codegen-llvm/src",
        "src",
    ]);
}
