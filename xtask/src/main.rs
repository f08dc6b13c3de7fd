//! The project's own chores: tidy, guests, benches.

#![forbid(unsafe_code)]

fn main() {}
