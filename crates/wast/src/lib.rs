//! Runs specification test scripts.

#![forbid(unsafe_code)]
