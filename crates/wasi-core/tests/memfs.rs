//! The file system in memory: the common suite, and its quota.

mod suite;

use std::io::IoSlice;
use std::sync::Arc;
use suite::*;
use waxwing_wasi_core::fs::{Dir, Fs, WriteHow};
use waxwing_wasi_core::{Errno, MemFs};

fn make() -> (Arc<dyn Dir>, ()) {
    (MemFs::new().root().unwrap(), ())
}

conformance!(crate::make);

#[test]
fn the_quota_holds() {
    let fs = MemFs::with_limit(10_000);
    let root = fs.root().unwrap();
    let file = open_file(&*root, "f", CREATE);
    assert_eq!(file.set_size(20_000), Err(Errno::NoSpc));
    assert_eq!(file.allocate(0, 1 << 40), Err(Errno::NoSpc));
    let far = file.write_at(&[IoSlice::new(b"x")], 1 << 40, WriteHow::default());
    assert_eq!(far, Err(Errno::NoSpc));
    assert_eq!(file.stat().unwrap().size, 0);
    file.set_size(9_000).unwrap();
    let mut made = 0;
    let errno = loop {
        match root.create_dir(&format!("d{made}")) {
            Ok(()) => made += 1,
            Err(errno) => break errno,
        }
    };
    assert_eq!(errno, Errno::NoSpc);
    assert!(made < 10, "{made} directories in a thousand bytes");
    // What is removed can be used again.
    file.set_size(0).unwrap();
    root.create_dir("later").unwrap();
    root.unlink("f").unwrap();
    drop(file);
    for round in 0..1000 {
        put(&*root, "f", &[7; 5_000]);
        root.unlink("f").unwrap_or_else(|errno| panic!("{errno} in round {round}"));
    }
}

#[test]
fn renames_do_not_leak_quota() {
    let fs = MemFs::with_limit(4_000);
    let root = fs.root().unwrap();
    put(&*root, "a", b"one");
    for round in 0..1000 {
        put(&*root, "b", b"two");
        rename(&*root, "b", "a").unwrap_or_else(|errno| panic!("{errno} in round {round}"));
        root.create_dir("x").unwrap();
        root.create_dir("y").unwrap();
        rename(&*root, "x", "y").unwrap();
        root.remove_dir("y").unwrap();
    }
    assert_eq!(root.stat().unwrap().links, 2);
}

#[test]
fn writers_from_many_threads_agree() {
    let fs = MemFs::new();
    put(&*fs.root().unwrap(), "f", b"");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let root = fs.root().unwrap();
                let file = open_file(&*root, "f", WRITE);
                let how = WriteHow { append: true, ..WriteHow::default() };
                for _ in 0..100 {
                    file.write(&[IoSlice::new(b"line\n")], how).unwrap();
                }
            });
        }
    });
    let content = get(&*fs.root().unwrap(), "f");
    assert_eq!(content, b"line\n".repeat(400));
}
