//! The contract between compiled code and the runtime.

#![forbid(unsafe_code)]
