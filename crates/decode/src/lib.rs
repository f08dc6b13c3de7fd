//! From bytes to a validated module.
//!
//! [`decode`] checks everything of a module but the code of its functions, and states its facts as
//! a [`waxwing_module::Module`]. Function bodies are handed out together with what validates them,
//! so that they can be checked while they are compiled, on as many threads as there are.
//!
//! Any input is a normal case. What is refused, is refused with the place and a hint what to do.

#![forbid(unsafe_code)]

mod const_expr;
mod decoder;
mod error;
mod hints;
mod input;
mod limits;
mod names;
mod proposals;
mod sections;
mod types;

pub use decoder::{Body, Custom, Decoded, decode};
pub use error::Error;
pub use hints::{BranchHint, BranchHints};
pub use input::InputKind;
pub use limits::{Features, Limits, Options};
pub use names::Names;
pub use proposals::{Missing, proposals};
pub use types::heap_type;
