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
mod fuel;
pub mod gc;
mod host_meter;
mod instance;
mod memory;
mod objects;
mod parcel;
mod parking;
mod pool;
mod prepare;
mod raw;
mod reset;
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
pub use call::{Call, call, call_host, call_ints};
pub use code::{Code, LoadError};
pub use context::{Exit, Failure, GuestStack, StoreContext};
pub use define::{DefineError, define};
pub use fuel::{Refill, ensure_fuel};
pub use host_meter::HostMeter;
pub use instance::{Global, Import, Instance, InstantiateError, RawVal};
pub use memory::Memory;
pub use objects::{read_field, write_field};
pub use parcel::Parcel;
pub use pool::{Pool, PoolLimits, PoolStats, SHARDS, own_shard};
pub use prepare::{HostFunc, HostImports, Imports, instantiate};
pub use raw::{FuncRef, HostBinding, HostCode};
pub use reset::reset;
pub use run::{Outcome, Start, check_resume, in_host_call, resume, start};
pub use shared::SharedMemory;
pub use stop::KillSwitch;
pub use store::{Growth, Limiter, StoreInner};
pub use suspend::{Cause, Left, Mode, Refused, Token};
pub use table::{Entry, MAX_ENTRIES, Table};
pub use tag::Tag;
pub use trap::install;
