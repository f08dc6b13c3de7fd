//! The meaning of every WebAssembly operator, written once over `trait Emit`.

#![forbid(unsafe_code)]
