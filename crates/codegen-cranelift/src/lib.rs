//! The fast tier: `Emit` to Cranelift IR.

#![forbid(unsafe_code)]
