//! The runtime: loaded code, instances, memories, tables, traps, stops and the calls between host
//! and guest.
//!
//! This is the unsafe core. It never sees WebAssembly bytes, only artifacts. Its callers are the
//! crate `waxwing`, which gives it a safe face.

mod arrays;
mod atomic;
mod backtrace;
mod builtins;
mod call;
mod code;
mod constant;
mod context;
mod define;
mod exception;
mod framing;
pub mod gc;
mod instance;
mod memory;
mod objects;
mod parking;
mod raw;
mod run;
mod shared;
mod stop;
mod store;
mod suspend;
mod table;
mod tag;
mod timers;
mod trap;
pub mod types;
mod unwind;

pub use backtrace::{Backtrace, Frame};
pub use call::{Call, call, call_host};
pub use code::{Code, LoadError};
pub use context::{Exit, Failure, GuestStack, StoreContext};
pub use define::{DefineError, define};
pub use instance::{Global, Import, Instance, InstantiateError, RawVal, instantiate};
pub use memory::Memory;
pub use objects::{read_field, write_field};
pub use raw::{FuncRef, HostBinding};
pub use run::{Outcome, Start, check_resume, in_host_call, resume, start};
pub use shared::SharedMemory;
pub use stop::KillSwitch;
pub use store::{Growth, Limiter, StoreInner};
pub use suspend::{Cause, Left, Mode, Refused, Token};
pub use table::{Entry, MAX_ENTRIES, Table};
pub use tag::Tag;
pub use trap::install;
