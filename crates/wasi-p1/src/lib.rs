//! WASI preview 1 as a thin face over wasi-core.

#![forbid(unsafe_code)]
