//! The closed table of preview 1: every function, its parameters and whether it gives an errno.
//!
//! [`for_each_function!`](crate::for_each_function) hands the table to a macro of the caller's.
//! The list of signatures and the dispatch by number below derive from it, and so does the
//! linking into an engine.

use crate::{Fail, Memory, Stop, WasiP1, abi};

/// The name of the module a guest imports these functions from.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// The WebAssembly types in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValType {
    /// `i32`.
    I32,
    /// `i64`.
    I64,
}

/// Calls the macro `$with` with one line per function:
/// `name(parameter: type, ...) -> errno;`, or `-> never;` for the one that does not return. Types
/// are `u32` (an `i32` of WebAssembly), `u64` and `i64` (an `i64`).
#[macro_export]
macro_rules! for_each_function {
    ($with:ident) => {
        $with! {
            args_get(argv: u32, argv_buf: u32) -> errno;
            args_sizes_get(count: u32, size: u32) -> errno;
            environ_get(environ: u32, environ_buf: u32) -> errno;
            environ_sizes_get(count: u32, size: u32) -> errno;
            clock_res_get(id: u32, resolution: u32) -> errno;
            clock_time_get(id: u32, precision: u64, time: u32) -> errno;
            fd_advise(fd: u32, offset: u64, len: u64, advice: u32) -> errno;
            fd_allocate(fd: u32, offset: u64, len: u64) -> errno;
            fd_close(fd: u32) -> errno;
            fd_datasync(fd: u32) -> errno;
            fd_fdstat_get(fd: u32, stat: u32) -> errno;
            fd_fdstat_set_flags(fd: u32, flags: u32) -> errno;
            fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64) -> errno;
            fd_filestat_get(fd: u32, buf: u32) -> errno;
            fd_filestat_set_size(fd: u32, size: u64) -> errno;
            fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, fst_flags: u32) -> errno;
            fd_pread(fd: u32, iovs: u32, iovs_len: u32, offset: u64, nread: u32) -> errno;
            fd_prestat_get(fd: u32, buf: u32) -> errno;
            fd_prestat_dir_name(fd: u32, path: u32, path_len: u32) -> errno;
            fd_pwrite(fd: u32, iovs: u32, iovs_len: u32, offset: u64, nwritten: u32) -> errno;
            fd_read(fd: u32, iovs: u32, iovs_len: u32, nread: u32) -> errno;
            fd_readdir(fd: u32, buf: u32, buf_len: u32, cookie: u64, used: u32) -> errno;
            fd_renumber(from: u32, to: u32) -> errno;
            fd_seek(fd: u32, delta: i64, whence: u32, position: u32) -> errno;
            fd_sync(fd: u32) -> errno;
            fd_tell(fd: u32, position: u32) -> errno;
            fd_write(fd: u32, iovs: u32, iovs_len: u32, nwritten: u32) -> errno;
            path_create_directory(fd: u32, path: u32, path_len: u32) -> errno;
            path_filestat_get(fd: u32, lookup: u32, path: u32, path_len: u32, buf: u32) -> errno;
            path_filestat_set_times(
                fd: u32, lookup: u32, path: u32, path_len: u32, atim: u64, mtim: u64,
                fst_flags: u32
            ) -> errno;
            path_link(
                old_fd: u32, lookup: u32, old_path: u32, old_len: u32, new_fd: u32,
                new_path: u32, new_len: u32
            ) -> errno;
            path_open(
                fd: u32, lookup: u32, path: u32, path_len: u32, oflags: u32, base: u64,
                inheriting: u64, fd_flags: u32, opened: u32
            ) -> errno;
            path_readlink(
                fd: u32, path: u32, path_len: u32, buf: u32, buf_len: u32, used: u32
            ) -> errno;
            path_remove_directory(fd: u32, path: u32, path_len: u32) -> errno;
            path_rename(
                fd: u32, old_path: u32, old_len: u32, new_fd: u32, new_path: u32, new_len: u32
            ) -> errno;
            path_symlink(
                target: u32, target_len: u32, fd: u32, path: u32, path_len: u32
            ) -> errno;
            path_unlink_file(fd: u32, path: u32, path_len: u32) -> errno;
            poll_oneoff(subscriptions: u32, events: u32, count: u32, happened: u32) -> errno;
            proc_exit(code: u32) -> never;
            proc_raise(signal: u32) -> errno;
            sched_yield() -> errno;
            random_get(buf: u32, buf_len: u32) -> errno;
            sock_accept(fd: u32, flags: u32, accepted: u32) -> errno;
            sock_recv(
                fd: u32, iovs: u32, iovs_len: u32, ri_flags: u32, received: u32, ro_flags: u32
            ) -> errno;
            sock_send(fd: u32, iovs: u32, iovs_len: u32, si_flags: u32, sent: u32) -> errno;
            sock_shutdown(fd: u32, how: u32) -> errno;
        }
    };
}

/// An argument as it comes in the low bits of a `u64`.
trait Argument {
    const TYPE: ValType;
    fn from_bits(bits: u64) -> Self;
}

impl Argument for u32 {
    const TYPE: ValType = ValType::I32;
    fn from_bits(bits: u64) -> u32 {
        bits as u32
    }
}

impl Argument for u64 {
    const TYPE: ValType = ValType::I64;
    fn from_bits(bits: u64) -> u64 {
        bits
    }
}

impl Argument for i64 {
    const TYPE: ValType = ValType::I64;
    fn from_bits(bits: u64) -> i64 {
        bits as i64
    }
}

type Body = fn(&mut WasiP1, &mut Memory<'_>, &[u64]) -> Result<(), Fail>;

/// One function of preview 1.
pub struct Function {
    /// Its name in the module [`MODULE`].
    pub name: &'static str,
    /// The types of its parameters.
    pub params: &'static [ValType],
    /// Its result: one `i32` (an errno), or none.
    pub results: &'static [ValType],
    body: Body,
}

impl Function {
    /// The function of this name.
    pub fn named(name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// Calls it. `memory` is the guest's linear memory; `args` holds as many values as there are
    /// [`Function::params`], an `i32` in the low bits. Gives the number of the errno, zero for
    /// success.
    ///
    /// # Errors
    /// [`Stop`], after which the guest must not run on.
    ///
    /// # Panics
    /// When `args` is too short, which is the caller's mistake and never the guest's.
    pub fn call(&self, wasi: &mut WasiP1, memory: &mut [u8], args: &[u64]) -> Result<u32, Stop> {
        assert!(args.len() >= self.params.len(), "{} takes more arguments", self.name);
        finish((self.body)(wasi, &mut Memory::Bytes(memory), args))
    }
}

/// What a call gives the guest: the number of its errno, unless the guest ends.
pub fn finish(result: Result<(), Fail>) -> Result<u32, Stop> {
    match result {
        Ok(()) => Ok(0),
        Err(Fail::Errno(errno)) => Ok(abi::errno(errno).into()),
        Err(Fail::Stop(stop)) => Err(stop),
    }
}

macro_rules! results {
    (errno) => {
        &[ValType::I32]
    };
    (never) => {
        &[]
    };
}

type Rest<'a> = std::slice::Iter<'a, u64>;

fn next(mut rest: Rest<'_>) -> (Option<u64>, Rest<'_>) {
    (rest.next().copied(), rest)
}

/// Too few arguments, which [`Function::call`] has ruled out.
fn missing() -> Result<(), Fail> {
    Err(waxwing_wasi_core::Errno::Inval.into())
}

macro_rules! table {
    ($($name:ident($($param:ident: $type:ty),*) -> $result:ident;)*) => {
        /// Every function, in the order of the specification.
        pub static FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            params: &[$(<$type as Argument>::TYPE),*],
            results: results!($result),
            body: |wasi, memory, args| {
                // What is left of the arguments; each parameter takes the next.
                let _rest = args.iter();
                $(let (Some($param), _rest) = next(_rest) else { return missing() };)*
                crate::$name(wasi, memory $(, <$type>::from_bits($param))*)
            },
        },)*];
    };
}

for_each_function!(table);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forty_six_functions_are_there() {
        assert_eq!(FUNCTIONS.len(), 46);
        for function in FUNCTIONS {
            assert_eq!(Function::named(function.name).unwrap().name, function.name);
            assert_eq!(function.results.is_empty(), function.name == "proc_exit");
        }
        assert!(Function::named("fd_readv").is_none());
    }

    #[test]
    fn types_are_as_specified() {
        use ValType::{I32, I64};
        let params = |name| Function::named(name).unwrap().params;
        assert_eq!(params("fd_write"), [I32, I32, I32, I32]);
        assert_eq!(params("fd_seek"), [I32, I64, I32, I32]);
        assert_eq!(params("path_open"), [I32, I32, I32, I32, I32, I64, I64, I32, I32]);
        assert_eq!(params("sched_yield"), []);
        assert_eq!(params("clock_time_get"), [I32, I64, I32]);
    }
}
