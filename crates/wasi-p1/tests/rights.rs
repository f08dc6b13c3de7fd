//! Rights are never widened, and read-only grants never changed.

mod common;

use common::*;
use waxwing_wasi_core::fs::{Dir, Fs, OpenHow};
use waxwing_wasi_core::{Grant, MemFs, WasiBuilder};
use waxwing_wasi_p1::abi::{self, *};

#[test]
fn directories_pass_on_no_more_than_they_have() {
    let (mut guest, _) = guest();
    guest.path("path_create_directory", ROOT, "d");
    guest.create("f");
    let base = PATH_OPEN | FD_READDIR;
    let dir = guest.open(ROOT, "d", O_DIRECTORY, base, FD_READ | PATH_OPEN, 0).unwrap();
    assert_eq!(guest.rights(dir), (base, FD_READ | PATH_OPEN));
    assert_eq!(guest.open(dir, "x", O_CREAT, FD_READ, 0, 0), Err(NOTCAPABLE));
    assert_eq!(guest.open(dir, ".", 0, FD_WRITE, 0, 0), Err(NOTCAPABLE));
    assert_eq!(guest.open(dir, ".", 0, PATH_OPEN, FD_WRITE, 0), Err(NOTCAPABLE));
    assert_eq!(guest.open(dir, ".", 0, FD_READDIR, 0, 0), Err(NOTCAPABLE));
    assert_eq!(guest.open(dir, ".", 0, FD_READ, 0, DSYNC), Err(NOTCAPABLE));
    assert_eq!(guest.open(dir, ".", 0, FD_READ, 0, SYNC), Err(NOTCAPABLE));
    assert_eq!(guest.open(dir, ".", O_TRUNC, FD_READ, 0, 0), Err(NOTCAPABLE));
    let inner = guest.open(dir, ".", 0, PATH_OPEN, FD_READ, 0).unwrap();
    assert_eq!(guest.rights(inner), (PATH_OPEN, FD_READ));
    assert_eq!(guest.open(inner, ".", 0, PATH_OPEN, 0, 0), Err(NOTCAPABLE));
}

#[test]
fn each_function_asks_for_its_right() {
    let (mut guest, _) = guest();
    guest.create("f");
    let file = u64::from(guest.open(ROOT, "f", 0, 0, 0, 0).unwrap());
    let dir = guest.open(ROOT, ".", 0, 0, 0, 0).unwrap();
    guest.describe(1);
    let (iovs, out, data) = (u64::from(IOVS), u64::from(OUT), u64::from(DATA));
    for (name, args) in [
        ("fd_advise", vec![file, 0, 0, 0]),
        ("fd_allocate", vec![file, 0, 1]),
        ("fd_datasync", vec![file]),
        ("fd_sync", vec![file]),
        ("fd_fdstat_set_flags", vec![file, 0]),
        ("fd_filestat_get", vec![file, out]),
        ("fd_filestat_set_size", vec![file, 0]),
        ("fd_filestat_set_times", vec![file, 0, 0, 0]),
        ("fd_pread", vec![file, iovs, 1, 0, out]),
        ("fd_pwrite", vec![file, iovs, 1, 0, out]),
        ("fd_read", vec![file, iovs, 1, out]),
        ("fd_write", vec![file, iovs, 1, out]),
        ("fd_seek", vec![file, 0, 0, out]),
        ("fd_tell", vec![file, out]),
        ("fd_sync", vec![dir.into()]),
        ("fd_filestat_get", vec![dir.into(), out]),
        ("fd_filestat_set_times", vec![dir.into(), 0, 0, 0]),
        ("fd_readdir", vec![dir.into(), data, 64, 0, out]),
    ] {
        assert_eq!(guest.call(name, &args), NOTCAPABLE, "{name}");
    }
    let (path, len) = guest.put(PATH, b"f");
    let d = u64::from(dir);
    for (name, args) in [
        ("path_create_directory", vec![d, path, len]),
        ("path_filestat_get", vec![d, 0, path, len, out]),
        ("path_filestat_set_times", vec![d, 0, path, len, 0, 0, 0]),
        ("path_open", vec![d, 0, path, len, 0, 0, 0, 0, out]),
        ("path_readlink", vec![d, path, len, data, 64, out]),
        ("path_remove_directory", vec![d, path, len]),
        ("path_symlink", vec![path, len, d, path, len]),
        ("path_unlink_file", vec![d, path, len]),
    ] {
        assert_eq!(guest.call(name, &args), NOTCAPABLE, "{name}");
    }
    for (from, to) in [(dir, ROOT), (ROOT, dir)] {
        assert_eq!(guest.rename(from, "f", to, "g"), NOTCAPABLE);
        assert_eq!(guest.link(from, "f", to, "g"), NOTCAPABLE);
    }
}

#[test]
fn rights_only_shrink() {
    let (mut guest, _) = guest();
    let fd = guest.create("f");
    let (base, inheriting) = guest.rights(fd);
    assert_eq!(base, FILE_RIGHTS);
    let set = |guest: &mut Guest, fd: u32, base: u64, inheriting: u64| {
        guest.call("fd_fdstat_set_rights", &[fd.into(), base, inheriting])
    };
    assert_eq!(set(&mut guest, fd, base | PATH_OPEN, inheriting), NOTCAPABLE);
    assert_eq!(set(&mut guest, fd, base, inheriting | FD_READ), NOTCAPABLE);
    assert_eq!(set(&mut guest, fd, base & !FD_WRITE, inheriting), SUCCESS);
    assert_eq!(guest.write(fd, b"x"), Err(NOTCAPABLE));
    assert_eq!(set(&mut guest, fd, base, inheriting), NOTCAPABLE);
    // Numbers carry rights along, and do not mix them with those of what was there.
    let all = guest.create("g");
    assert_eq!(guest.call("fd_renumber", &[fd.into(), all.into()]), SUCCESS);
    assert_eq!(guest.write(all, b"x"), Err(NOTCAPABLE));
    assert_eq!(guest.rights(all).0, base & !FD_WRITE);
    // A directory whose inheriting rights were cut gives files without them.
    let (base, inheriting) = guest.rights(ROOT);
    assert_eq!(set(&mut guest, ROOT, base, inheriting & !FD_WRITE), SUCCESS);
    assert_eq!(guest.open(ROOT, "f", 0, FD_WRITE, 0, 0), Err(NOTCAPABLE));
    assert!(guest.open(ROOT, "f", 0, FD_READ, 0, 0).is_ok());
}

#[test]
fn rights_that_make_no_sense_are_dropped() {
    let (mut guest, _) = guest();
    guest.path("path_create_directory", ROOT, "d");
    let dir = guest.open(ROOT, "d", 0, FD_SEEK | FD_READ | FD_READDIR, 0, 0).unwrap();
    assert_eq!(guest.rights(dir).0, FD_READDIR);
    guest.create("f");
    let file = guest.open(ROOT, "f", 0, u64::MAX, u64::MAX, 0).unwrap();
    assert_eq!(guest.rights(file).0, FILE_RIGHTS);
    assert_eq!(guest.open(ROOT, "d", 0, u64::MAX, 0, 0), Err(ISDIR));
    let (base, inheriting) = guest.rights(ROOT);
    assert_eq!(
        guest.open(ROOT, ".", 0, base, inheriting, 0).map(|fd| guest.rights(fd)),
        Ok((base, inheriting))
    );
}

/// A writable and a read-only grant of one file system, which holds `f` and `d/`.
fn two_grants() -> (Guest, std::sync::Arc<dyn Dir>) {
    let fs = MemFs::new();
    let root = fs.root().unwrap();
    let how = OpenHow { write: true, create: true, ..OpenHow::default() };
    root.open("f", how).unwrap();
    root.create_dir("d").unwrap();
    let builder = WasiBuilder::new()
        .preopen_fs("/rw", &fs, Grant::ReadWrite)
        .unwrap()
        .preopen_fs("/ro", &fs, Grant::ReadOnly)
        .unwrap();
    (with(builder), root)
}

#[test]
fn read_only_grants_refuse_every_change() {
    const RO: u32 = 4;
    let (mut guest, root) = two_grants();
    let before = (root.stat().unwrap(), root.stat_at("f", false).unwrap());
    assert_eq!(guest.open(RO, "f", O_TRUNC, FD_READ, 0, 0), Err(ROFS));
    assert_eq!(guest.open(RO, "f", O_TRUNC, 0, 0, 0), Err(ROFS));
    for right in [FD_WRITE, FD_ALLOCATE, FD_FILESTAT_SET_SIZE] {
        assert_eq!(guest.open(RO, "f", 0, right, 0, 0), Err(ROFS));
    }
    assert_eq!(guest.open(RO, "new", O_CREAT, FD_READ, 0, 0), Err(ROFS));
    assert_eq!(guest.open(RO, "f", O_CREAT | O_EXCL, FD_READ, 0, 0), Err(EXIST));
    for name in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
        let path = if name == "path_create_directory" { "new" } else { "d" };
        assert_eq!(guest.path(name, RO, path), ROFS, "{name}");
    }
    for (from, to) in [(RO, RO), (RO, ROOT), (ROOT, RO)] {
        assert_eq!(guest.rename(from, "f", to, "new"), ROFS);
        assert_eq!(guest.link(from, "f", to, "new"), ROFS);
    }
    let (path, len) = guest.put(PATH, b"new");
    assert_eq!(guest.call("path_symlink", &[path, len, RO.into(), path, len]), ROFS);
    let (path, len) = guest.put(PATH, b"f");
    let times = [RO.into(), 0, path, len, 0, 0, 10];
    assert_eq!(guest.call("path_filestat_set_times", &times), ROFS);
    assert_eq!(guest.call("fd_filestat_set_times", &[RO.into(), 0, 0, 10]), ROFS);
    // Through a descriptor that was opened for reading, with every right that such a one can have.
    let readable = FILE_RIGHTS & !(FD_WRITE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE);
    let fd = guest.open(RO, "f", 0, readable, 0, APPEND).unwrap();
    assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 0, 10]), ROFS);
    assert_eq!(guest.call("fd_allocate", &[fd.into(), 0, 9]), NOTCAPABLE);
    assert_eq!(guest.call("fd_filestat_set_size", &[fd.into(), 9]), NOTCAPABLE);
    assert_eq!(guest.write(fd, b"x"), Err(NOTCAPABLE));
    // And through a directory opened beneath it.
    let dir = guest.open(RO, "d", O_DIRECTORY, DIR_RIGHTS, ALL_RIGHTS, 0).unwrap();
    assert_eq!(guest.open(dir, "new", O_CREAT, FD_WRITE, 0, 0), Err(ROFS));
    assert_eq!(guest.rename(ROOT, "f", dir, "f"), ROFS);
    assert_eq!((root.stat().unwrap(), root.stat_at("f", false).unwrap()), before);
}

#[test]
fn unknown_flags_are_invalid() {
    let (mut guest, _) = guest();
    let fd = u64::from(guest.create("f"));
    assert_eq!(guest.open(ROOT, "f", 1 << 4, 0, 0, 0), Err(INVAL));
    assert_eq!(guest.open(ROOT, "f", 0, 0, 0, 1 << 5), Err(INVAL));
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 1 << 5]), INVAL);
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd, 0xffff_ffff]), INVAL);
    let (path, len) = guest.put(PATH, b"f");
    assert_eq!(guest.call("path_filestat_get", &[3, 2, path, len, OUT.into()]), INVAL);
    assert_eq!(guest.call("fd_filestat_set_times", &[fd, 0, 0, 3]), INVAL);
    assert_eq!(guest.call("fd_filestat_set_times", &[fd, 0, 0, 16]), INVAL);
    assert_eq!(guest.call("fd_advise", &[fd, 0, 0, 6]), INVAL);
    assert_eq!(guest.seek(fd as u32, 0, 3), Err(INVAL));
    let _ = abi::ALL_RIGHTS;
}
