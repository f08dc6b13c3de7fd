//! The artifact: compiled code as a file that is mapped, not loaded.
//!
//! An artifact is an ELF file for x86-64, position independent and without relocations. Code and
//! memory images are aligned to pages; tables are searched where they lie. `docs/formats/artifact.md`
//! describes it to the byte.
//!
//! [`Builder`] writes one, [`Artifact::parse`] reads one. Reading touches the header only; every
//! offset, size and count is checked where it is used, so that no bytes whatsoever make it panic.
//! Whether the *code* inside may be run is a question of trust, which this crate does not answer:
//! see [`Artifact::verify_full`].

#![forbid(unsafe_code)]

mod builder;
pub mod bundle;
mod check;
mod elf;
mod error;
mod fingerprint;
mod format;
mod name;
mod outline;
mod read;

pub use builder::{Builder, Contents, Parts};
pub use error::Error;
pub use fingerprint::{ENGINE, Fingerprint, fuel_id, fuel_setting};
pub use format::{FORMAT_VERSION, Handler, INLINED, INLINED_ENTRY, Image, NO_OFFSET, PAGE};
pub use outline::Outline;
pub use read::{Artifact, HEAD, fuel_of, is_artifact, plan_of};
