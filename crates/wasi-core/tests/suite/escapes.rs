//! Nothing leads out.

use super::*;
use waxwing_wasi_core::time::SetTimes;

/// Every operation that takes a path, applied to `path`.
fn all_refuse(dir: &dyn Dir, path: &str, want: Errno) {
    let times = SetTimes::default();
    assert_eq!(open_errno(dir, path, READ), Err(want), "open {path}");
    assert_eq!(open_errno(dir, path, FOLLOW), Err(want), "open following {path}");
    assert_eq!(open_errno(dir, path, DIRECTORY), Err(want), "open directory {path}");
    assert_eq!(dir.stat_at(path, false).err(), Some(want), "stat {path}");
    assert_eq!(dir.stat_at(path, true).err(), Some(want), "stat following {path}");
    assert_eq!(dir.set_times_at(path, false, times), Err(want), "times {path}");
    assert_eq!(dir.set_times_at(path, true, times), Err(want), "times following {path}");
    assert_eq!(dir.create_dir(path), Err(want), "create {path}");
    assert_eq!(dir.remove_dir(path), Err(want), "remove {path}");
    assert_eq!(dir.unlink(path), Err(want), "unlink {path}");
    assert_eq!(dir.read_link(path), Err(want), "read link {path}");
    assert_eq!(dir.symlink("x", path), Err(want), "symlink {path}");
    assert_eq!(rename(dir, path, "new"), Err(want), "rename from {path}");
    assert_eq!(rename(dir, "file", path), Err(want), "rename to {path}");
    assert_eq!(link(dir, path, "new"), Err(want), "link from {path}");
    assert_eq!(fs::link(dir, path, true, dir, "new"), Err(want), "link following {path}");
    assert_eq!(link(dir, "file", path), Err(want), "link to {path}");
}

pub fn dot_dot_is_refused(dir: &dyn Dir) {
    plant(dir);
    for path in [
        "..",
        "../x",
        "../",
        "./..",
        "dir/../..",
        "dir/sub/../../../x",
        "to_dir/../../x",
        "up/../x",
        "up/..",
        "dir/.//sub/../../../etc/passwd",
    ] {
        all_refuse(dir, path, Errno::Perm);
        assert_eq!(open_errno(dir, path, CREATE), Err(Errno::Perm), "create {path}");
    }
    assert_eq!(get(dir, "dir/.//sub/../../dir/sub/..///inner"), b"in");
    assert_eq!(get(dir, "up/file"), b"abc");
}

pub fn absolute_paths_are_refused(dir: &dyn Dir) {
    plant(dir);
    for path in ["/", "//", "/file", "/etc/passwd"] {
        all_refuse(dir, path, Errno::Perm);
        assert_eq!(open_errno(dir, path, CREATE), Err(Errno::Perm), "create {path}");
        assert_eq!(dir.symlink(path, "new"), Err(Errno::Perm), "target {path}");
    }
}

pub fn links_out_are_refused(dir: &dyn Dir) {
    plant(dir);
    dir.symlink("../..", "dir/far").unwrap();
    dir.symlink("..", "out").unwrap();
    dir.symlink("../made", "out_new").unwrap();
    for path in ["dir/far/x", "out/x", "to_dir/far/x"] {
        all_refuse(dir, path, Errno::Perm);
    }
    // A slash behind a link makes every lookup follow it, and no removal.
    for path in ["dir/far/", "out/"] {
        assert_eq!(open_errno(dir, path, READ), Err(Errno::Perm), "{path}");
        assert_eq!(dir.stat_at(path, false).err(), Some(Errno::Perm), "{path}");
        assert_eq!(dir.set_times_at(path, false, SetTimes::default()), Err(Errno::Perm));
        assert_eq!(dir.read_link(path), Err(Errno::Perm), "{path}");
        assert_eq!(dir.remove_dir(path), Err(Errno::NotDir), "{path}");
        assert_eq!(dir.unlink(path), Err(Errno::NotDir), "{path}");
        assert_eq!(rename(dir, path, "new"), Err(Errno::NotDir), "{path}");
        assert_eq!(rename(dir, "file", path), Err(Errno::NotDir), "{path}");
        assert_eq!(dir.create_dir(path), Err(Errno::Exist), "{path}");
        assert_eq!(link(dir, path, "new"), Err(Errno::Perm), "{path}");
    }
    for path in ["dir/far", "out", "out_new"] {
        assert_eq!(open_errno(dir, path, FOLLOW), Err(Errno::Perm), "{path}");
        let create = OpenHow { follow: true, ..CREATE };
        assert_eq!(open_errno(dir, path, create), Err(Errno::Perm), "{path}");
        assert_eq!(dir.stat_at(path, true).err(), Some(Errno::Perm), "{path}");
        assert_eq!(fs::link(dir, path, true, dir, "new"), Err(Errno::Perm), "{path}");
        assert!(dir.stat_at(path, false).is_ok(), "{path}");
    }
}

pub fn malformed_paths(dir: &dyn Dir) {
    plant(dir);
    all_refuse(dir, "", Errno::NoEnt);
    all_refuse(dir, "fi\0le", Errno::Inval);
    let long = "n".repeat(256);
    assert_eq!(open_errno(dir, &long, CREATE), Err(Errno::NameTooLong));
    assert_eq!(dir.create_dir(&long), Err(Errno::NameTooLong));
    assert_eq!(dir.stat_at(&long, false).err(), Some(Errno::NameTooLong));
    let far = "./".repeat(3000) + "file";
    all_refuse(dir, &far, Errno::NameTooLong);
    put(dir, &"n".repeat(255), b"x");
    assert_eq!(open_errno(dir, "", CREATE), Err(Errno::NoEnt));
}

pub fn link_loops(dir: &dyn Dir) {
    plant(dir);
    dir.symlink("b", "a").unwrap();
    dir.symlink("a", "b").unwrap();
    for path in ["loop/x", "a/x", "a/"] {
        assert_eq!(open_errno(dir, path, READ), Err(Errno::Loop), "{path}");
        assert_eq!(dir.stat_at(path, false).err(), Some(Errno::Loop), "{path}");
    }
    assert_eq!(open_errno(dir, "loop", FOLLOW), Err(Errno::Loop));
    assert_eq!(open_errno(dir, "loop", READ), Err(Errno::Loop));
    assert_eq!(open_errno(dir, "to_file", READ), Err(Errno::Loop));
    // Forty links are followed, one more is not.
    put(dir, "l0", b"end");
    for n in 1..=41 {
        dir.symlink(&format!("l{}", n - 1), &format!("l{n}")).unwrap();
    }
    assert_eq!(open_errno(dir, "l40", FOLLOW), Ok("file"));
    assert_eq!(open_errno(dir, "l41", FOLLOW), Err(Errno::Loop));
}

pub fn subdirectories_are_roots(dir: &dyn Dir) {
    plant(dir);
    let sub = open_dir(dir, "dir");
    put(&*sub, "inner2", b"x");
    all_refuse(&*sub, "../file", Errno::Perm);
    sub.symlink("../file", "to_outer").unwrap();
    // The same link leads out of the subdirectory, and not out of the root.
    assert_eq!(open_errno(&*sub, "to_outer", FOLLOW), Err(Errno::Perm));
    assert_eq!(open_errno(dir, "dir/to_outer", FOLLOW), Ok("file"));
}

pub fn far_paths(dir: &dyn Dir) {
    let mut path = String::new();
    for _ in 0..100 {
        path.push_str("d/");
        dir.create_dir(&path).unwrap();
    }
    put(dir, &format!("{path}f"), b"deep");
    assert_eq!(get(dir, &format!("{path}{}f", "../d/".repeat(90))), b"deep");
    assert_eq!(open_errno(dir, &format!("{path}{}", "../".repeat(101)), READ), Err(Errno::Perm));
}
