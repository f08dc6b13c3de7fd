//! The shared library's own name, by which the loader finds the version a program was linked with.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libwaxwing.so.0");
}
