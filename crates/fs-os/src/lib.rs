//! The `Fs` of wasi-core over host directories that the kernel confines.

#![forbid(unsafe_code)]
