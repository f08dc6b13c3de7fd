//! Listing directories.

use super::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use waxwing_wasi_core::fs::FileType;

/// Lists from `cookie`, at most `count` entries: names with types, and the last cookie.
fn list(dir: &dyn Dir, cookie: u64, count: usize) -> (Vec<(String, FileType, u64)>, u64) {
    let (mut entries, mut last) = (Vec::new(), cookie);
    dir.read_dir(cookie, &mut |entry| {
        assert_ne!(entry.next, 0);
        let name = String::from_utf8(entry.name.to_vec()).unwrap();
        entries.push((name, entry.file_type, entry.inode));
        last = entry.next;
        if entries.len() == count { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    (entries, last)
}

pub fn everything_is_listed_once(dir: &dyn Dir) {
    plant(dir);
    let (entries, _) = list(dir, 0, usize::MAX);
    let by_name: BTreeMap<_, _> =
        entries.iter().map(|(name, kind, inode)| (name.as_str(), (*kind, *inode))).collect();
    assert_eq!(by_name.len(), entries.len());
    let names: Vec<_> = by_name.keys().copied().collect();
    assert_eq!(names, [".", "..", "dangling", "dir", "file", "loop", "to_dir", "to_file", "up"]);
    assert_eq!(by_name["dir"].0, FileType::Directory);
    assert_eq!(by_name["file"].0, FileType::RegularFile);
    assert_eq!(by_name["to_dir"].0, FileType::SymbolicLink);
    assert_eq!(by_name["file"].1, dir.stat_at("file", false).unwrap().inode);
    assert_eq!(by_name["."].1, dir.stat().unwrap().inode);
    assert_eq!(by_name[".."].1, 0);
}

pub fn cookies_resume(dir: &dyn Dir) {
    for n in 0..500 {
        put(dir, &format!("a rather long name for a file {n}"), b"");
    }
    let (all, _) = list(dir, 0, usize::MAX);
    assert_eq!(all.len(), 502);
    for step in [1, 7, 100] {
        let (mut seen, mut cookie) = (Vec::new(), 0);
        loop {
            let (some, next) = list(dir, cookie, step);
            if some.is_empty() {
                break;
            }
            seen.extend(some);
            cookie = next;
        }
        assert_eq!(seen, all, "in steps of {step}");
    }
    // Any cookie again, after others were used.
    let (_, third) = list(dir, 0, 3);
    assert_eq!(list(dir, third, usize::MAX).0, all[3..]);
    assert_eq!(list(dir, third, usize::MAX).0, all[3..]);
}

pub fn hostile_cookies(dir: &dyn Dir) {
    plant(dir);
    for cookie in [u64::MAX, 1 << 63, i64::MAX as u64, 12345, 1] {
        let mut count = 0;
        let result = dir.read_dir(cookie, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        });
        assert!(matches!(result, Ok(()) | Err(Errno::Inval)), "{cookie}: {result:?}");
        assert!(count <= 9);
    }
}

pub fn after_removal(dir: &dyn Dir) {
    dir.create_dir("d").unwrap();
    let gone = open_dir(dir, "d");
    dir.remove_dir("d").unwrap();
    let result = gone.read_dir(0, &mut |entry| {
        assert!(entry.name == b"." || entry.name == b"..");
        ControlFlow::Continue(())
    });
    assert_eq!(result, Ok(()));
}
