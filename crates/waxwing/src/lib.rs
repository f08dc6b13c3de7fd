//! Waxwing: an embeddable WebAssembly runtime.
//!
//! ```
//! use waxwing::{Caller, Engine, Linker, Module, Store};
//!
//! let engine = Engine::default();
//! let module = Module::new(
//!     &engine,
//!     r#"(module
//!         (import "host" "double" (func $double (param i32) (result i32)))
//!         (func (export "run") (param i32) (result i32)
//!             (i32.add (call $double (local.get 0)) (i32.const 1))))"#,
//! )?;
//! let mut linker = Linker::new(&engine);
//! linker.func_wrap("host", "double", |mut caller: Caller<'_, u32>, x: i32| {
//!     *caller.data_mut() += 1;
//!     x * 2
//! })?;
//! let mut store = Store::new(&engine, 0);
//! let instance = linker.instantiate(&mut store, &module)?;
//! let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
//! assert_eq!(run.call(&mut store, 20)?, 41);
//! assert_eq!(*store.data(), 1);
//! # Ok::<(), waxwing::Error>(())
//! ```
//!
//! An [`Engine`] compiles; a [`Module`] is compiled code, shared by any number of instances; a
//! [`Store`] owns instances and the host's data; a [`Linker`] gives modules what they import.
//! Guests are stopped at no cost to their code by a [`KillSwitch`] or a deadline
//! ([`Store::set_deadline`]). Guests that are begun by [`TypedFunc::start`] or
//! [`TypedFunc::call_async`] can be suspended and go on: by host functions that yield or wait, and by
//! slices of time ([`Store::set_time_slice`]).
//!
//! # Features
//!
//! `compiler`, on by default: everything that looks at WebAssembly. Without it there is neither parser nor
//! code generator, and modules are artifacts that were made elsewhere ([`Module::load_signed`],
//! [`Module::deserialize`]).

#[cfg(feature = "compiler")]
pub mod cache;
#[cfg(feature = "compiler")]
mod compiler;
#[cfg(not(feature = "compiler"))]
#[path = "run_only.rs"]
mod compiler;
mod engine;
mod error;
mod exception;
pub mod executable;
mod externs;
mod fuel;
mod func;
mod instance;
mod limits;
mod linker;
mod module;
pub mod profile;
mod refs;
mod shared;
mod signed;
mod store;
mod suspend;
mod value;

#[cfg(feature = "compiler")]
pub use {
    cache::Cache, compiler::Tier, waxwing_codegen_cranelift::OptLevel, waxwing_decode::Features,
    waxwing_lower::UnknownOperator,
};

pub use engine::{Config, Engine};
pub use error::{Error, Result, WasmBacktrace, WasmFrame};
pub use externs::{Extern, Global, Memory, Table, Tag};
pub use func::{Caller, Func, IntoFunc, TypedFunc, WasmParams, WasmResults, WasmTy};
pub use instance::{Export, Instance, InstancePre};
pub use limits::{ResourceLimiter, StoreLimits};
pub use linker::Linker;
pub use module::Module;
pub use refs::{
    AnyRef, ArrayRef, ArrayType, ExnRef, ExternRef, I31, StructRef, StructType, define_types,
};
pub use shared::SharedMemory;
pub use signed::{PublicKeys, Signature, SignatureError};
pub use store::{AsContext, AsContextMut, Store, StoreMut, StoreRef};
pub use suspend::{Reason, Reply, ResumeError, Run, RunOutput, Suspension};
pub use value::{V128, Val};

pub use waxwing_layout::fuel::{FuelCosts, MAX_COST as MAX_FUEL_COST};
pub use waxwing_layout::plan::MemoryPlan;
pub use waxwing_layout::target::Cpu;
pub use waxwing_module::{
    CompositeType, ExternKind, FieldType, FuncType, GlobalType, HeapType, ImportType, Limits,
    MemoryType, RefType, StorageType, SubType, TableType, Trap, TypeKind, ValType,
};
pub use waxwing_vm::gc::Stats as GcStats;
pub use waxwing_vm::{HostMeter, KillSwitch, PoolLimits as PoolConfig, PoolStats};
