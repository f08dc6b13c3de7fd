//! The peak tier: `Emit` to LLVM IR.
