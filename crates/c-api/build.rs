//! What the linker is told of the shared library: its own name, by which the loader finds the version a
//! program was linked with; and that it stays where it was loaded, since the kernel knows the
//! addresses of its signal handlers.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libwaxwing.so.0");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
