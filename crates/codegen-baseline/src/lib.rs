//! The instant tier: one pass from `Emit` to machine code.

#![forbid(unsafe_code)]
