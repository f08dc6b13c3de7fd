//! Descriptors, files and directories as a libc uses them.

mod common;

use common::*;
use tempfile::TempDir;
use waxwing_fs_os::OsFs;
use waxwing_wasi_core::{Grant, WasiBuilder};
use waxwing_wasi_p1::abi::*;

/// The same guest over a host directory, and over memory.
fn both() -> Vec<(Guest, Option<TempDir>)> {
    let temp = TempDir::new().unwrap();
    let fs = OsFs::open(temp.path()).unwrap();
    let builder = WasiBuilder::new().preopen_fs("/", &fs, Grant::ReadWrite).unwrap();
    vec![(guest().0, None), (with(builder), Some(temp))]
}

#[test]
fn preopens_are_found_in_order() {
    let (mut guest, _) = guest();
    assert_eq!(guest.call("fd_prestat_get", &[2, OUT.into()]), BADF);
    assert_eq!(guest.call("fd_prestat_get", &[ROOT.into(), OUT.into()]), SUCCESS);
    assert_eq!((guest.u32(OUT), guest.u32(OUT + 4)), (0, 1));
    assert_eq!(guest.call("fd_prestat_get", &[4, OUT.into()]), BADF);
    let name =
        |guest: &mut Guest, len| guest.call("fd_prestat_dir_name", &[ROOT.into(), OUT.into(), len]);
    assert_eq!(name(&mut guest, 0), NAMETOOLONG);
    assert_eq!(name(&mut guest, 100), SUCCESS);
    assert_eq!(guest.bytes(OUT, 1), b"/");
    // What is opened later is no preopen, also under the number of one.
    let fd = guest.create("f");
    assert_eq!(guest.call("fd_prestat_get", &[fd.into(), OUT.into()]), BADF);
    assert_eq!(guest.call("fd_renumber", &[fd.into(), ROOT.into()]), SUCCESS);
    assert_eq!(guest.call("fd_prestat_get", &[ROOT.into(), OUT.into()]), BADF);
}

#[test]
fn the_lowest_number_is_reused() {
    let (mut guest, _) = guest();
    let fds: Vec<u32> = (0..4).map(|n| guest.create(&format!("f{n}"))).collect();
    assert_eq!(fds, [4, 5, 6, 7]);
    for fd in [6, 5] {
        assert_eq!(guest.call("fd_close", &[fd]), SUCCESS);
        assert_eq!(guest.call("fd_close", &[fd]), BADF);
    }
    assert_eq!(guest.create("g"), 5);
    assert_eq!(guest.create("h"), 6);
    assert_eq!(guest.create("i"), 8);
    assert_eq!(guest.call("fd_close", &[0]), SUCCESS);
    assert_eq!(guest.create("j"), 0);
    // Renumbering frees the old number.
    assert_eq!(guest.call("fd_renumber", &[8, 4]), SUCCESS);
    assert_eq!(guest.create("k"), 8);
    assert_eq!(guest.call("fd_renumber", &[4, 4]), SUCCESS);
    assert_eq!(guest.call("fd_renumber", &[4, 99]), BADF);
    assert_eq!(guest.call("fd_renumber", &[99, 4]), BADF);
    assert_eq!(guest.read(4, 1), Ok(vec![]));
}

#[test]
fn descriptors_run_out() {
    let (mut guest, _) = guest();
    guest.create("f");
    let errno = loop {
        if let Err(errno) = guest.open(ROOT, "f", 0, FD_READ, 0, 0) {
            break errno;
        }
    };
    assert_eq!(errno, MFILE);
    // Nothing is made when there is no number for it.
    assert_eq!(guest.open(ROOT, "new", O_CREAT, FD_READ, 0, 0), Err(MFILE));
    assert_eq!(guest.call("fd_close", &[77]), SUCCESS);
    assert_eq!(guest.open(ROOT, "new", 0, FD_READ, 0, 0), Err(NOENT));
    assert_eq!(guest.open(ROOT, "f", 0, FD_READ, 0, 0), Ok(77));
}

#[test]
fn content_positions_and_flags() {
    for (mut guest, _temp) in both() {
        let fd = guest.create("f");
        assert_eq!(guest.write(fd, b"hello world"), Ok(11));
        assert_eq!(guest.seek(fd, -5, 1), Ok(6));
        assert_eq!(guest.read(fd, 100).unwrap(), b"world");
        assert_eq!(guest.read(fd, 100).unwrap(), b"");
        assert_eq!(guest.seek(fd, -100, 1), Err(INVAL));
        assert_eq!(guest.seek(fd, -1, 0), Err(INVAL));
        assert_eq!(guest.call("fd_tell", &[fd.into(), OUT.into()]), SUCCESS);
        assert_eq!(guest.u64(OUT), 11);
        guest.describe(5);
        assert_eq!(guest.call("fd_pread", &[fd.into(), IOVS.into(), 1, 4, OUT.into()]), SUCCESS);
        assert_eq!(guest.bytes(DATA, guest.u32(OUT)), b"o wor");
        guest.put(DATA, b"J");
        guest.describe(1);
        assert_eq!(guest.call("fd_pwrite", &[fd.into(), IOVS.into(), 1, 0, OUT.into()]), SUCCESS);
        // Appending, set later and taken back.
        guest.seek(fd, 0, 0).unwrap();
        assert_eq!(guest.call("fd_fdstat_set_flags", &[fd.into(), APPEND.into()]), SUCCESS);
        assert_eq!(guest.write(fd, b"!"), Ok(1));
        assert_eq!(guest.call("fd_fdstat_get", &[fd.into(), OUT.into()]), SUCCESS);
        assert_eq!((guest.bytes(OUT, 1)[0], guest.u16(OUT + 2)), (4, 1));
        assert_eq!(guest.call("fd_fdstat_set_flags", &[fd.into(), 0]), SUCCESS);
        guest.seek(fd, 1, 0).unwrap();
        assert_eq!(guest.write(fd, b"E"), Ok(1));
        guest.seek(fd, 0, 0).unwrap();
        assert_eq!(guest.read(fd, 100).unwrap(), b"JEllo world!");
        let append = guest.open(ROOT, "f", 0, FD_WRITE, 0, APPEND | SYNC).unwrap();
        assert_eq!(guest.write(append, b"?"), Ok(1));
        assert_eq!(guest.call("fd_filestat_get", &[fd.into(), OUT.into()]), SUCCESS);
        assert_eq!((guest.bytes(OUT + 16, 1)[0], guest.u64(OUT + 32)), (4, 13));
    }
}

#[test]
fn truncating_and_creating() {
    for (mut guest, _temp) in both() {
        let fd = guest.create("f");
        guest.write(fd, b"content").unwrap();
        // With no rights at all over the content: cutting is a right of the directory's.
        guest.open(ROOT, "f", O_TRUNC, 0, 0, 0).unwrap();
        guest.seek(fd, 0, 0).unwrap();
        assert_eq!(guest.read(fd, 10).unwrap(), b"");
        assert_eq!(guest.open(ROOT, "f", O_CREAT | O_EXCL, 0, 0, 0), Err(EXIST));
        assert_eq!(guest.open(ROOT, "d", O_CREAT | O_DIRECTORY, 0, 0, 0), Err(INVAL));
        assert_eq!(guest.open(ROOT, "d/", O_CREAT, 0, 0, 0), Err(ISDIR));
        assert_eq!(guest.open(ROOT, "f/", 0, 0, 0, 0), Err(NOTDIR));
        assert_eq!(guest.open(ROOT, "f", O_DIRECTORY, 0, 0, 0), Err(NOTDIR));
        assert_eq!(guest.open(fd, "x", 0, 0, 0, 0), Err(NOTDIR));
        assert_eq!(guest.open(99, "x", 0, 0, 0, 0), Err(BADF));
        assert_eq!(guest.open(ROOT, "../x", O_CREAT, 0, 0, 0), Err(PERM));
        assert_eq!(guest.open(ROOT, "/f", 0, 0, 0, 0), Err(PERM));
        let read_write = FD_READ | FD_WRITE;
        assert_eq!(guest.open(ROOT, ".", O_DIRECTORY, read_write, 0, 0), Err(ISDIR));
        assert!(guest.open(ROOT, ".", 0, 0, 0, NONBLOCK).is_ok());
    }
}

#[test]
fn directories_are_not_files() {
    let (mut guest, _) = guest();
    guest.describe(8);
    let (dir, iovs, out) = (u64::from(ROOT), u64::from(IOVS), u64::from(OUT));
    for (name, args, want) in [
        ("fd_read", vec![dir, iovs, 1, out], ISDIR),
        ("fd_write", vec![dir, iovs, 1, out], ISDIR),
        ("fd_pread", vec![dir, iovs, 1, 0, out], ISDIR),
        ("fd_pwrite", vec![dir, iovs, 1, 0, out], ISDIR),
        ("fd_seek", vec![dir, 0, 1, out], BADF),
        ("fd_tell", vec![dir, out], BADF),
        ("fd_allocate", vec![dir, 0, 1], ISDIR),
        ("fd_filestat_set_size", vec![dir, 0], ISDIR),
        ("fd_datasync", vec![dir], BADF),
        ("fd_sync", vec![dir], SUCCESS),
        ("fd_advise", vec![dir, 0, 0, 0], SUCCESS),
        ("sock_shutdown", vec![dir, 1], NOTSOCK),
        ("sock_accept", vec![dir, 0, out], NOTSOCK),
    ] {
        assert_eq!(guest.call(name, &args), want, "{name}");
    }
    let fd = guest.create("f");
    let args = [fd.into(), DATA.into(), 64, 0, out];
    assert_eq!(guest.call("fd_readdir", &args), NOTDIR);
}

/// Lists as wasi-libc does, with a buffer of `len` bytes.
fn names(guest: &mut Guest, len: u32) -> Vec<String> {
    let (mut names, mut cookie) = (Vec::new(), 0);
    loop {
        let args = [ROOT.into(), DATA.into(), len.into(), cookie, OUT.into()];
        assert_eq!(guest.call("fd_readdir", &args), SUCCESS);
        let used = guest.u32(OUT);
        let mut at = 0;
        while used - at >= 24 {
            let name_len = guest.u32(DATA + at + 16);
            if used - at - 24 < name_len {
                break;
            }
            cookie = guest.u64(DATA + at);
            let name = guest.bytes(DATA + at + 24, name_len).to_vec();
            names.push(String::from_utf8(name).unwrap());
            at += 24 + name_len;
        }
        if used < len {
            return names;
        }
        assert!(at > 0, "a buffer of {len} bytes holds no entry");
    }
}

#[test]
fn listings_survive_any_buffer() {
    for (mut guest, _temp) in both() {
        let mut want = vec![".".to_string(), "..".to_string()];
        for n in 0..40 {
            let name = format!("{}{n}", "x".repeat(n));
            let fd = guest.create(&name);
            guest.call("fd_close", &[fd.into()]);
            want.push(name);
        }
        want.sort();
        for len in [66, 67, 100, 128, 1000, 8000] {
            let mut found = names(&mut guest, len);
            found.sort();
            assert_eq!(found, want, "with {len} bytes");
        }
        // Less than one entry is filled as far as it goes.
        let args = [ROOT.into(), DATA.into(), 10, 0, OUT.into()];
        assert_eq!(guest.call("fd_readdir", &args), SUCCESS);
        assert_eq!(guest.u32(OUT), 10);
        let args = [ROOT.into(), DATA.into(), 0, 0, OUT.into()];
        assert_eq!(guest.call("fd_readdir", &args), SUCCESS);
        assert_eq!(guest.u32(OUT), 0);
    }
}

#[test]
fn names_links_and_times() {
    for (mut guest, _temp) in both() {
        let fd = guest.create("f");
        assert_eq!(guest.path("path_create_directory", ROOT, "d"), SUCCESS);
        assert_eq!(guest.path("path_create_directory", ROOT, "d"), EXIST);
        assert_eq!(guest.rename(ROOT, "f", ROOT, "d/g"), SUCCESS);
        assert_eq!(guest.link(ROOT, "d/g", ROOT, "h"), SUCCESS);
        let (target, target_len) = guest.put(PATH, b"d/g");
        let (path, len) = guest.put(PATH2, b"s");
        let args = [target, target_len, ROOT.into(), path, len];
        assert_eq!(guest.call("path_symlink", &args), SUCCESS);
        let (path, len) = guest.put(PATH, b"s");
        let read = [ROOT.into(), path, len, DATA.into(), 2, OUT.into()];
        assert_eq!(guest.call("path_readlink", &read), SUCCESS);
        assert_eq!((guest.u32(OUT), guest.bytes(DATA, 2)), (2, &b"d/"[..]));
        for (lookup, kind, links) in [(0, 7, 1), (1, 4, 2)] {
            let stat = [ROOT.into(), lookup, path, len, OUT.into()];
            assert_eq!(guest.call("path_filestat_get", &stat), SUCCESS);
            assert_eq!((guest.bytes(OUT + 16, 1)[0], guest.u64(OUT + 24)), (kind, links));
        }
        // 1 ns and "now".
        let times = [ROOT.into(), 1, path, len, 1, 0, 9];
        assert_eq!(guest.call("path_filestat_set_times", &times), SUCCESS);
        assert_eq!(guest.call("fd_filestat_get", &[fd.into(), OUT.into()]), SUCCESS);
        assert_eq!(guest.u64(OUT + 40), 1);
        assert!(guest.u64(OUT + 48) > 1_600_000_000_000_000_000);
        for (name, path, want) in [
            ("path_remove_directory", "d", 55),
            ("path_unlink_file", "d", ISDIR),
            ("path_unlink_file", "s", SUCCESS),
            ("path_unlink_file", "h", SUCCESS),
            ("path_unlink_file", "d/g/", NOTDIR),
            ("path_unlink_file", "d/g", SUCCESS),
            ("path_remove_directory", "d/", SUCCESS),
            ("path_remove_directory", ".", INVAL),
        ] {
            assert_eq!(guest.path(name, ROOT, path), want, "{name} {path}");
        }
        assert_eq!(names(&mut guest, 4000).len(), 2);
    }
}

#[test]
fn the_errno_table_of_links() {
    for (mut guest, _temp) in both() {
        let (path, len) = guest.put(PATH, b"l");
        let args = [path, len, ROOT.into(), path, len];
        assert_eq!(guest.call("path_symlink", &args), SUCCESS);
        assert_eq!(guest.open(ROOT, "l", 0, 0, 0, 0), Err(LOOP));
        let (target, target_len) = guest.put(PATH2, b"/etc");
        let args = [target, target_len, ROOT.into(), path, len];
        assert_eq!(guest.call("path_symlink", &args), PERM);
    }
}
