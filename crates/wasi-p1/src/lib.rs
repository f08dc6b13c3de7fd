//! WASI preview 1 as a thin face over wasi-core.
//!
//! Each function of `wasi_snapshot_preview1` is a plain function here, of the same name, over a
//! guest's state ([`WasiP1`]), its linear memory ([`Memory`]), and the arguments as WebAssembly passes
//! them. [`functions`] holds the one table of names and types from which both the dispatch by name
//! and the linking into the engine ([`add_to_linker`]) derive; no other module names the engine.
//!
//! Pointers from the guest are hostile. Every access is checked against the memory and answered
//! with `fault`; results' places are checked before anything is done, so that a call which faults
//! has done nothing. Vectored reads and writes hand the kernel slices of the guest's memory, or
//! copies where threads share it.
//!
//! Source: the preview 1 specification, `wasi_snapshot_preview1.witx`, at
//! <https://github.com/WebAssembly/WASI/tree/wasi-0.1>.

#![forbid(unsafe_code)]

pub mod abi;
mod args;
mod clock;
mod fd;
mod fd_io;
pub mod functions;
mod link;
pub mod memory;
mod path;
mod poll;
mod proc;
mod random;
mod sock;
mod table;

pub use args::{args_get, args_sizes_get, environ_get, environ_sizes_get};
pub use clock::{clock_res_get, clock_time_get};
pub use fd::{
    fd_advise, fd_allocate, fd_close, fd_datasync, fd_fdstat_get, fd_fdstat_set_flags,
    fd_fdstat_set_rights, fd_filestat_get, fd_filestat_set_size, fd_filestat_set_times,
    fd_prestat_dir_name, fd_prestat_get, fd_renumber, fd_sync,
};
pub use fd_io::{fd_pread, fd_pwrite, fd_read, fd_readdir, fd_seek, fd_tell, fd_write};
pub use functions::{FUNCTIONS, Function, MODULE, ValType};
pub use link::{add_to_linker, end_waits_on_stop};
pub use memory::Memory;
pub use path::{
    path_create_directory, path_filestat_get, path_filestat_set_times, path_link, path_open,
    path_readlink, path_remove_directory, path_rename, path_symlink, path_unlink_file,
};
pub use poll::poll_oneoff;
pub use proc::{proc_exit, proc_raise, sched_yield};
pub use random::random_get;
pub use sock::{sock_accept, sock_recv, sock_send, sock_shutdown};
pub use table::WasiP1;
pub use waxwing_wasi_core::{Fail, Stop};

/// How every function here ends. An errno goes back to the guest; a stop ends it.
pub type Result<T = ()> = std::result::Result<T, Fail>;
