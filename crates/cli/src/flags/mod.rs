//! The options, a file for each group. Every value is a type of its own that parses itself, says
//! in its error what it wants, and has its test beside it.

pub mod cache;
pub mod engine;
pub mod fuel;
pub mod profile;
pub mod sign;
pub mod stats;
pub mod trust;

pub use waxwing_program::flags::{Size, limits, size, wasi};
