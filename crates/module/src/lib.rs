//! Facts about a WebAssembly module: types, ids, traps, features. No parser.

#![forbid(unsafe_code)]
