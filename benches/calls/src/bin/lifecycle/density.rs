//! How many instances live at once.

pub fn main(_: &[String]) {}
