//! What tests share: engines of every kind, guests from text, numbers that look random, processes
//! of their own.

#![forbid(unsafe_code)]

mod guest;
mod process;
mod random;

pub use guest::{Guest, PLANS, each_plan, engine, module};
pub use process::{isolated, mappings};
pub use random::Random;
