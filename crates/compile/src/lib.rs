//! The compilation driver: parallel, linked, to artifact bytes.

#![forbid(unsafe_code)]
