//! The contract between compiled code and the runtime.
//!
//! Code generators and the runtime never see each other; both see this crate. It says where the
//! fields of an instance lie ([`instance`]), how functions are called ([`abi`]), what compiled code
//! may ask of the runtime ([`builtin`]), how objects lie on the heap ([`gc`], [`object`]), how
//! memories are laid out ([`plan`]), what operators cost where code is metered ([`fuel`]) and which
//! processor is meant ([`target`]).

#![forbid(unsafe_code)]

pub mod abi;
pub mod builtin;
pub mod fuel;
pub mod gc;
pub mod instance;
pub mod object;
pub mod plan;
pub mod target;
