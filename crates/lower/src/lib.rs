//! The meaning of every WebAssembly operator, written once over [`Emit`].

#![forbid(unsafe_code)]

mod code;
mod emit;
mod op;
mod simd;

pub use code::{Code, Codegen, Env, Error, Job, Reloc};
pub use emit::{Area, Callee, Emit, Hint, Label, Local, Region};
pub use op::{BinOp, CmpOp, LoadOp, StoreOp, UnOp};
pub use simd::SimdOp;
