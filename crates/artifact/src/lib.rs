//! The ahead-of-time file: sections, fingerprint; read and write.

#![forbid(unsafe_code)]
