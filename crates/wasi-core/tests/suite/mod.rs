//! What every file system must do, whoever implements it.
//!
//! Each function takes an empty file system. `conformance!(make)` turns each into a test, where
//! `make()` gives `(Arc<dyn Dir>, guard)`; the guard lives as long as the test.

// Each test binary that includes this uses its own part of it.
#![allow(dead_code, missing_docs)]

pub mod changes;
pub mod content;
pub mod escapes;
pub mod listing;
pub mod readonly;

use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::sync::Arc;
use waxwing_wasi_core::fs::{Dir, File, OpenHow, Opened, WriteHow};
use waxwing_wasi_core::{Errno, fs};

pub const READ: OpenHow = OpenHow {
    read: true,
    write: false,
    create: false,
    exclusive: false,
    truncate: false,
    directory: false,
    follow: false,
};
pub const FOLLOW: OpenHow = OpenHow { follow: true, ..READ };
pub const WRITE: OpenHow = OpenHow { write: true, ..READ };
pub const CREATE: OpenHow = OpenHow { create: true, ..WRITE };
pub const DIRECTORY: OpenHow = OpenHow { directory: true, ..READ };

/// The errno of an open, or what it gave.
pub fn open_errno(dir: &dyn Dir, path: &str, how: OpenHow) -> Result<&'static str, Errno> {
    dir.open(path, how).map(|opened| match opened {
        Opened::File(_) => "file",
        Opened::Dir(_) => "dir",
        Opened::Stream(_) => "stream",
    })
}

pub fn open_file(dir: &dyn Dir, path: &str, how: OpenHow) -> Box<dyn File> {
    match dir.open(path, how) {
        Ok(Opened::File(file)) => file,
        Ok(_) => panic!("{path} is no file"),
        Err(errno) => panic!("{path}: {errno}"),
    }
}

pub fn open_dir(dir: &dyn Dir, path: &str) -> Arc<dyn Dir> {
    match dir.open(path, DIRECTORY) {
        Ok(Opened::Dir(dir)) => dir,
        Ok(_) => panic!("{path} is no directory"),
        Err(errno) => panic!("{path}: {errno}"),
    }
}

pub fn put(dir: &dyn Dir, path: &str, content: &[u8]) {
    let file = open_file(dir, path, OpenHow { truncate: true, ..CREATE });
    assert_eq!(write(&*file, content), content.len());
}

pub fn get(dir: &dyn Dir, path: &str) -> Vec<u8> {
    read_all(&*open_file(dir, path, READ))
}

pub fn write(file: &dyn File, content: &[u8]) -> usize {
    file.write(&[IoSlice::new(content)], WriteHow::default()).unwrap()
}

pub fn read_all(file: &dyn File) -> Vec<u8> {
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut content = Vec::new();
    let mut buf = [0; 64];
    loop {
        match file.read(&mut [IoSliceMut::new(&mut buf)]).unwrap() {
            0 => return content,
            len => content.extend_from_slice(&buf[..len]),
        }
    }
}

pub fn rename(dir: &dyn Dir, from: &str, to: &str) -> Result<(), Errno> {
    fs::rename(dir, from, dir, to)
}

pub fn link(dir: &dyn Dir, from: &str, to: &str) -> Result<(), Errno> {
    fs::link(dir, from, false, dir, to)
}

/// A small tree: `file` ("abc"), `dir/inner` ("in"), `dir/sub/`, and links `to_file`, `to_dir`,
/// `dangling`, `up` (to `dir/..`), `loop` (to itself).
pub fn plant(dir: &dyn Dir) {
    put(dir, "file", b"abc");
    dir.create_dir("dir").unwrap();
    dir.create_dir("dir/sub").unwrap();
    put(dir, "dir/inner", b"in");
    dir.symlink("file", "to_file").unwrap();
    dir.symlink("dir", "to_dir").unwrap();
    dir.symlink("nothing", "dangling").unwrap();
    dir.symlink("dir/..", "up").unwrap();
    dir.symlink("loop", "loop").unwrap();
}

#[macro_export]
macro_rules! conformance {
    ($make:path) => {
        $crate::conformance!(@ $make;
            escapes: dot_dot_is_refused, absolute_paths_are_refused, links_out_are_refused,
                malformed_paths, link_loops, subdirectories_are_roots, far_paths;
            content: reading_and_writing, positions, append, truncation, allocation,
                modes_of_opening, vectors, hostile_offsets, unlinked_files_live, times,
                holes_are_zeros;
            changes: open_errnos, creating, directories, unlinking, renaming_files,
                renaming_directories, renaming_dots_and_slashes, links, links_and_slashes,
                symlinks, trailing_slashes_of_lookups, stat_and_links, other_file_systems,
                removed_directories;
            listing: everything_is_listed_once, cookies_resume, hostile_cookies, after_removal;
            readonly: every_change_is_refused, what_is_there_can_be_read, no_way_round;
        );
    };
    (@ $make:path; $($group:ident: $($test:ident),*;)*) => {
        $(mod $group {
            $(#[test]
            fn $test() {
                let (dir, _guard) = $make();
                $crate::suite::$group::$test(&*dir);
            })*
        })*
    };
}
