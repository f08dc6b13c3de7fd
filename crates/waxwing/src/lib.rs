//! Waxwing: an embeddable WebAssembly runtime.
