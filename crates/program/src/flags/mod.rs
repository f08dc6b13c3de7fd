//! The options, a file for each group. Every value is a type of its own that parses itself, says
//! in its error what it wants, and has its test beside it.

pub mod duration;
pub mod limits;
pub mod size;
pub mod trust;
pub mod wasi;

pub use duration::Timeout;
pub use size::Size;
