//! The compilation driver: a module's bytes in, an artifact's bytes out.
//!
//! ```text
//! decode -> [ Codegen::function ]  on every core, largest functions first
//!        -> place -> [ link, tables, images ]  on every core, into the finished file
//!        -> hash
//! ```
//!
//! The same module and the same [`Options`] make the same bytes, however many threads there are.

#![forbid(unsafe_code)]

mod driver;
mod error;
mod functions;
mod images;
mod link;
mod options;

pub use driver::compile;
pub use error::Error;
pub use options::{Options, Progress, fingerprint};
