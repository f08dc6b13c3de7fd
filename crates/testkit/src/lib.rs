//! What tests share: golden files and guests.

#![forbid(unsafe_code)]
