//! The `waxwing` command.

#![forbid(unsafe_code)]

fn main() {}
