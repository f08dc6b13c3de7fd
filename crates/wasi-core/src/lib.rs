//! Engine-free WASI: files, clocks, random, sockets, streams, polling, policy.
//!
//! What a guest may touch is a value, [`Wasi`], made by a [`WasiBuilder`]; nothing is in it that
//! was not granted. Each WASI version is a thin face over what is here, so a feature added once is
//! in every version.
//!
//! | noun | what it is |
//! |---|---|
//! | [`fs`] | the traits [`Fs`], [`Dir`], [`File`], and the values they speak in |
//! | [`path`] | the resolution of paths, written once |
//! | [`MemFs`] | a file system in memory |
//! | [`ReadOnly`] | any file system with every change refused |
//! | [`stream`] | pipes, terminals, buffers: [`Stream`] |
//! | [`sock`] | listeners and connections |
//! | [`poll`] | waiting for any of several |
//! | [`Cancel`] | ends a blocking call from another thread |
//! | [`Errno`], [`Stop`], [`Fail`] | how calls end |
//!
//! Deliberately absent: the engine, guest memory, the numbers of any WASI version. Regular files
//! are taken never to block; everything that can wait also waits on a [`Cancel`].

#![forbid(unsafe_code)]

mod cancel;
mod errno;
pub mod fs;
mod iovec;
pub mod memfs;
pub mod path;
pub mod poll;
mod random;
mod readonly;
pub mod sock;
mod stop;
pub mod stream;
pub mod time;
mod wasi;

pub use cancel::Cancel;
pub use errno::Errno;
pub use fs::{Dir, File, Fs};
pub use memfs::MemFs;
pub use random::Random;
pub use readonly::ReadOnly;
pub use stop::{Cancelled, Exit, Fail, Raised, Signal, Stop};
pub use stream::Stream;
pub use wasi::{Grant, Preopen, Wasi, WasiBuilder};
