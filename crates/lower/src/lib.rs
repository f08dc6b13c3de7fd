//! The meaning of every WebAssembly operator, written once over [`Emit`].
//!
//! A back end sets up the parameters, hands itself to [`function`] and is driven through the body.
//! What can be lowered: WebAssembly 2.0, multi-memory, extended constants, relaxed SIMD, 64-bit
//! memories and tables, custom page sizes, wide arithmetic, atomic operators and tail calls.
//! Everything else is [`Error::Unsupported`].
//!
//! Integer constants are kept back until they are used, so that known addresses, lengths, indices
//! and divisors need no checks; back ends see them where they are consumed.

#![forbid(unsafe_code)]

mod atomic;
mod bulk;
mod call;
mod cast;
mod code;
mod control;
mod emit;
mod exception;
mod fuel;
mod function;
mod global;
mod inline;
mod leaf;
mod memory;
mod numeric;
mod object;
mod op;
mod operand;
mod operator;
mod reference;
mod relaxed;
#[macro_use]
mod simd;
mod survey;
mod table;
mod tail;
mod vector;
mod wide;

pub use atomic::{Cell, RmwOp};
pub use code::{Code, Codegen, Env, Error, Handler, INLINED, Job, Place, Reloc};
pub use emit::{Area, Callee, Emit, Hint, Label, Local, Region};
pub use fuel::{Pricing, UnknownOperator};
pub use function::{function, leaf_signature, signature};
pub use leaf::leaf;
pub use op::{BinOp, CmpOp, LoadOp, StoreOp, UnOp, WideOp};
pub use simd::SimdOp;
pub use survey::Survey;
