//! From bytes to a validated module.

#![forbid(unsafe_code)]
