//! A guest without an engine: a memory, and calls by name.

// Each test binary uses its own part of this.
#![allow(dead_code, missing_docs)]

use std::sync::Arc;
use waxwing_wasi_core::fs::{Dir, Fs};
use waxwing_wasi_core::stream::OutputBuffer;
use waxwing_wasi_core::{Grant, MemFs, Stop, WasiBuilder};
use waxwing_wasi_p1::{Function, WasiP1, abi};

pub const SUCCESS: u32 = 0;
pub const ACCES: u32 = 2;
pub const AGAIN: u32 = 6;
pub const BADF: u32 = 8;
pub const EXIST: u32 = 20;
pub const FAULT: u32 = 21;
pub const ILSEQ: u32 = 25;
pub const INVAL: u32 = 28;
pub const ISDIR: u32 = 31;
pub const LOOP: u32 = 32;
pub const MFILE: u32 = 33;
pub const NAMETOOLONG: u32 = 37;
pub const NOENT: u32 = 44;
pub const NOTCONN: u32 = 53;
pub const NOTDIR: u32 = 54;
pub const NOTSOCK: u32 = 57;
pub const NOTSUP: u32 = 58;
pub const PERM: u32 = 63;
pub const PIPE: u32 = 64;
pub const ROFS: u32 = 69;
pub const SPIPE: u32 = 70;
pub const NOTCAPABLE: u32 = 76;

/// Where the helpers below put paths, descriptions of buffers, buffers and results.
pub const PATH: u32 = 0x1000;
pub const PATH2: u32 = 0x2000;
pub const IOVS: u32 = 0x3000;
pub const DATA: u32 = 0x4000;
pub const OUT: u32 = 0x8000;

/// The first directory of a guest made by [`guest`].
pub const ROOT: u32 = 3;

pub struct Guest {
    pub wasi: WasiP1,
    pub memory: Vec<u8>,
}

/// A guest with these grants and one page of memory.
pub fn with(builder: WasiBuilder) -> Guest {
    Guest { wasi: WasiP1::new(builder.build().unwrap()), memory: vec![0; 65536] }
}

/// A guest with an empty file system at `/`, and that file system.
pub fn guest() -> (Guest, Arc<dyn Dir>) {
    let fs = MemFs::new();
    let root = fs.root().unwrap();
    (with(WasiBuilder::new().preopen_fs("/", &fs, Grant::ReadWrite).unwrap()), root)
}

/// A guest whose standard output is kept.
pub fn printing() -> (Guest, OutputBuffer) {
    let output = OutputBuffer::new();
    (with(WasiBuilder::new().stdout(output.clone())), output)
}

impl Guest {
    /// Calls a function; gives its errno.
    pub fn call(&mut self, name: &str, args: &[u64]) -> u32 {
        self.stop(name, args).unwrap()
    }

    /// Calls a function that may end the guest.
    pub fn stop(&mut self, name: &str, args: &[u64]) -> Result<u32, Stop> {
        let function = Function::named(name).unwrap();
        assert_eq!(args.len(), function.params.len(), "{name}");
        function.call(&mut self.wasi, &mut self.memory, args)
    }

    pub fn put(&mut self, at: u32, bytes: &[u8]) -> (u64, u64) {
        self.memory[at as usize..at as usize + bytes.len()].copy_from_slice(bytes);
        (at.into(), bytes.len() as u64)
    }

    pub fn put_u32(&mut self, at: u32, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    pub fn put_u64(&mut self, at: u32, value: u64) {
        self.put(at, &value.to_le_bytes());
    }

    pub fn bytes(&self, at: u32, len: u32) -> &[u8] {
        &self.memory[at as usize..(at + len) as usize]
    }

    pub fn u16(&self, at: u32) -> u16 {
        u16::from_le_bytes(self.bytes(at, 2).try_into().unwrap())
    }

    pub fn u32(&self, at: u32) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    pub fn u64(&self, at: u32) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().unwrap())
    }

    /// `path_open`: the descriptor or the errno.
    pub fn open(
        &mut self,
        dir: u32,
        path: &str,
        oflags: u32,
        base: u64,
        inheriting: u64,
        flags: u32,
    ) -> Result<u32, u32> {
        let (ptr, len) = self.put(PATH, path.as_bytes());
        let args =
            [dir.into(), 1, ptr, len, oflags.into(), base, inheriting, flags.into(), OUT.into()];
        match self.call("path_open", &args) {
            SUCCESS => Ok(self.u32(OUT)),
            errno => Err(errno),
        }
    }

    /// Opens for everything a file can do, making it when there is none.
    pub fn create(&mut self, path: &str) -> u32 {
        self.open(ROOT, path, abi::O_CREAT, abi::FILE_RIGHTS, 0, 0).unwrap()
    }

    /// Describes one buffer at [`DATA`].
    pub fn describe(&mut self, len: u32) {
        self.put_u32(IOVS, DATA);
        self.put_u32(IOVS + 4, len);
    }

    pub fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<u32, u32> {
        self.put(DATA, bytes);
        self.describe(bytes.len() as u32);
        match self.call("fd_write", &[fd.into(), IOVS.into(), 1, OUT.into()]) {
            SUCCESS => Ok(self.u32(OUT)),
            errno => Err(errno),
        }
    }

    pub fn read(&mut self, fd: u32, len: u32) -> Result<Vec<u8>, u32> {
        self.describe(len);
        match self.call("fd_read", &[fd.into(), IOVS.into(), 1, OUT.into()]) {
            SUCCESS => Ok(self.bytes(DATA, self.u32(OUT)).to_vec()),
            errno => Err(errno),
        }
    }

    pub fn seek(&mut self, fd: u32, delta: i64, whence: u64) -> Result<u64, u32> {
        match self.call("fd_seek", &[fd.into(), delta as u64, whence, OUT.into()]) {
            SUCCESS => Ok(self.u64(OUT)),
            errno => Err(errno),
        }
    }

    /// The rights of a descriptor, and those it passes on.
    pub fn rights(&mut self, fd: u32) -> (u64, u64) {
        assert_eq!(self.call("fd_fdstat_get", &[fd.into(), OUT.into()]), SUCCESS);
        (self.u64(OUT + 8), self.u64(OUT + 16))
    }

    /// A function that takes a directory and a path.
    pub fn path(&mut self, name: &str, dir: u32, path: &str) -> u32 {
        let (ptr, len) = self.put(PATH, path.as_bytes());
        self.call(name, &[dir.into(), ptr, len])
    }

    /// A function that takes two directories with a path each.
    pub fn rename(&mut self, from_dir: u32, from: &str, to_dir: u32, to: &str) -> u32 {
        let (from, from_len) = self.put(PATH, from.as_bytes());
        let (to, to_len) = self.put(PATH2, to.as_bytes());
        let args = [from_dir.into(), from, from_len, to_dir.into(), to, to_len];
        self.call("path_rename", &args)
    }

    pub fn link(&mut self, from_dir: u32, from: &str, to_dir: u32, to: &str) -> u32 {
        let (from, from_len) = self.put(PATH, from.as_bytes());
        let (to, to_len) = self.put(PATH2, to.as_bytes());
        let args = [from_dir.into(), 0, from, from_len, to_dir.into(), to, to_len];
        self.call("path_link", &args)
    }
}
