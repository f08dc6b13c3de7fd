//! Names: made, removed, renamed, linked.

use super::*;
use waxwing_wasi_core::MemFs;
use waxwing_wasi_core::fs::{FileType, Fs};

pub fn open_errnos(dir: &dyn Dir) {
    plant(dir);
    let excl = OpenHow { exclusive: true, ..CREATE };
    let dir_create = OpenHow { directory: true, ..CREATE };
    let truncate = OpenHow { truncate: true, ..READ };
    let follow_create = OpenHow { follow: true, ..CREATE };
    for (path, how, want) in [
        ("missing", READ, Err(Errno::NoEnt)),
        ("missing/x", READ, Err(Errno::NoEnt)),
        ("missing/", CREATE, Err(Errno::IsDir)),
        ("missing/x", CREATE, Err(Errno::NoEnt)),
        ("file", READ, Ok("file")),
        ("file/", READ, Err(Errno::NotDir)),
        ("file///", READ, Err(Errno::NotDir)),
        ("file/.", READ, Err(Errno::NotDir)),
        ("file/x", READ, Err(Errno::NotDir)),
        ("file/x", CREATE, Err(Errno::NotDir)),
        ("file", DIRECTORY, Err(Errno::NotDir)),
        ("file", CREATE, Ok("file")),
        ("file", excl, Err(Errno::Exist)),
        ("dir", READ, Ok("dir")),
        ("dir/", READ, Ok("dir")),
        ("dir///", DIRECTORY, Ok("dir")),
        ("dir/.", READ, Ok("dir")),
        (".", READ, Ok("dir")),
        ("dir", WRITE, Err(Errno::IsDir)),
        (".", WRITE, Err(Errno::IsDir)),
        ("dir", CREATE, Err(Errno::IsDir)),
        ("dir", truncate, Err(Errno::IsDir)),
        ("dir", excl, Err(Errno::Exist)),
        ("missing", dir_create, Err(Errno::Inval)),
        ("dir", dir_create, Err(Errno::Inval)),
        ("to_file", READ, Err(Errno::Loop)),
        ("to_file", CREATE, Err(Errno::Loop)),
        ("to_file", FOLLOW, Ok("file")),
        ("to_file/", READ, Err(Errno::NotDir)),
        ("to_dir", READ, Err(Errno::Loop)),
        ("to_dir", FOLLOW, Ok("dir")),
        ("to_dir/", READ, Ok("dir")),
        ("to_dir/inner", READ, Ok("file")),
        ("dangling", FOLLOW, Err(Errno::NoEnt)),
        ("dangling", excl, Err(Errno::Exist)),
        ("dangling/", READ, Err(Errno::NoEnt)),
        ("to_file", excl, Err(Errno::Exist)),
    ] {
        assert_eq!(open_errno(dir, path, how), want, "{path} {how:?}");
    }
    assert_eq!(dir.stat_at("nothing", false).err(), Some(Errno::NoEnt));
    // Creating through a dangling link makes what it points to.
    assert_eq!(open_errno(dir, "dangling", follow_create), Ok("file"));
    assert_eq!(dir.stat_at("nothing", false).unwrap().file_type, FileType::RegularFile);
}

pub fn creating(dir: &dyn Dir) {
    let first = open_file(dir, "f", CREATE);
    let stat = first.stat().unwrap();
    assert_eq!((stat.file_type, stat.size, stat.links), (FileType::RegularFile, 0, 1));
    let again = open_file(dir, "f", CREATE).stat().unwrap();
    assert_eq!((again.device, again.inode), (stat.device, stat.inode));
    assert!(again.inode != 0);
}

pub fn directories(dir: &dyn Dir) {
    plant(dir);
    for (path, want) in [
        ("new", Ok(())),
        ("new2/", Ok(())),
        ("new/deep", Ok(())),
        ("new", Err(Errno::Exist)),
        ("new/", Err(Errno::Exist)),
        ("file", Err(Errno::Exist)),
        ("file/", Err(Errno::Exist)),
        ("dangling", Err(Errno::Exist)),
        (".", Err(Errno::Exist)),
        ("dir/.", Err(Errno::Exist)),
        ("dir/..", Err(Errno::Exist)),
        ("missing/x", Err(Errno::NoEnt)),
        ("file/x", Err(Errno::NotDir)),
    ] {
        assert_eq!(dir.create_dir(path), want, "create {path}");
    }
    for (path, want) in [
        ("new", Err(Errno::NotEmpty)),
        ("new/deep/", Ok(())),
        ("new", Ok(())),
        ("new", Err(Errno::NoEnt)),
        ("file", Err(Errno::NotDir)),
        ("file/", Err(Errno::NotDir)),
        ("to_dir", Err(Errno::NotDir)),
        ("to_dir/", Err(Errno::NotDir)),
        ("dir/.", Err(Errno::Inval)),
        (".", Err(Errno::Inval)),
        ("dir/sub/..", Err(Errno::NotEmpty)),
        ("missing", Err(Errno::NoEnt)),
    ] {
        assert_eq!(dir.remove_dir(path), want, "remove {path}");
    }
}

pub fn unlinking(dir: &dyn Dir) {
    plant(dir);
    for (path, want) in [
        ("dir", Err(Errno::IsDir)),
        ("dir/", Err(Errno::IsDir)),
        ("dir/.", Err(Errno::IsDir)),
        (".", Err(Errno::IsDir)),
        ("dir/sub/..", Err(Errno::IsDir)),
        ("file/", Err(Errno::NotDir)),
        ("to_file/", Err(Errno::NotDir)),
        ("to_dir/", Err(Errno::NotDir)),
        ("missing", Err(Errno::NoEnt)),
        ("missing/", Err(Errno::NoEnt)),
        ("to_file", Ok(())),
        ("to_dir", Ok(())),
        ("dangling", Ok(())),
        ("dir/inner", Ok(())),
        ("file", Ok(())),
        ("file", Err(Errno::NoEnt)),
    ] {
        assert_eq!(dir.unlink(path), want, "{path}");
    }
    assert!(dir.stat_at("dir", false).is_ok());
}

pub fn renaming_files(dir: &dyn Dir) {
    plant(dir);
    put(dir, "other", b"other");
    for (from, to, want) in [
        ("missing", "x", Err(Errno::NoEnt)),
        ("missing", "file", Err(Errno::NoEnt)),
        ("file", "missing/x", Err(Errno::NoEnt)),
        ("file", "other/x", Err(Errno::NotDir)),
        ("file", "dir", Err(Errno::IsDir)),
        ("file", "file", Ok(())),
        ("file", "moved", Ok(())),
        ("file", "moved", Err(Errno::NoEnt)),
        ("moved", "other", Ok(())),
        ("other", "dir/inner", Ok(())),
        // The link moves, not what it points to.
        ("to_file", "dir/link", Ok(())),
        ("dir/link", "to_dir", Ok(())),
    ] {
        assert_eq!(rename(dir, from, to), want, "{from} to {to}");
    }
    assert_eq!(get(dir, "dir/inner"), b"abc");
    assert_eq!(dir.read_link("to_dir").unwrap(), b"file");
}

pub fn renaming_directories(dir: &dyn Dir) {
    plant(dir);
    dir.create_dir("empty").unwrap();
    dir.create_dir("full").unwrap();
    put(dir, "full/f", b"");
    for (from, to, want) in [
        ("dir", "full", Err(Errno::NotEmpty)),
        ("dir", "file", Err(Errno::NotDir)),
        ("dir", "to_dir", Err(Errno::NotDir)),
        ("dir", "dir/x", Err(Errno::Inval)),
        ("dir", "dir/sub/x", Err(Errno::Inval)),
        ("dir", "dir/sub", Err(Errno::Inval)),
        ("dir/sub", "dir", Err(Errno::NotEmpty)),
        ("dir", "dir", Ok(())),
        ("dir", "empty", Ok(())),
        ("empty/sub", "up2", Ok(())),
        ("full", "up2/deep", Ok(())),
        ("file", "up2/deep/f", Ok(())),
    ] {
        assert_eq!(rename(dir, from, to), want, "{from} to {to}");
    }
    assert_eq!(get(dir, "empty/inner"), b"in");
    assert_eq!(get(dir, "up2/deep/../deep/f"), b"abc");
    assert_eq!(dir.stat_at("dir", false).err(), Some(Errno::NoEnt));
}

pub fn renaming_dots_and_slashes(dir: &dyn Dir) {
    plant(dir);
    for (from, to, want) in [
        (".", "x", Err(Errno::Busy)),
        ("dir/.", "x", Err(Errno::Busy)),
        ("dir/sub/..", "x", Err(Errno::Busy)),
        ("file", ".", Err(Errno::Busy)),
        ("file", "dir/..", Err(Errno::Busy)),
        ("file/", "x", Err(Errno::NotDir)),
        ("file", "x/", Err(Errno::NotDir)),
        ("file", "dir/", Err(Errno::NotDir)),
        ("to_file/", "x", Err(Errno::NotDir)),
        ("to_dir/", "x", Err(Errno::NotDir)),
        ("to_dir", "x/", Err(Errno::NotDir)),
        ("missing/", "x", Err(Errno::NoEnt)),
        ("dir/", "moved/", Ok(())),
        ("moved", "again/", Ok(())),
        ("again///", "moved", Ok(())),
    ] {
        assert_eq!(rename(dir, from, to), want, "{from} to {to}");
    }
    assert_eq!(get(dir, "moved/inner"), b"in");
}

pub fn links(dir: &dyn Dir) {
    plant(dir);
    for (from, to, want) in [
        ("file", "link", Ok(())),
        ("file", "link", Err(Errno::Exist)),
        ("file", "file", Err(Errno::Exist)),
        ("file", "dir", Err(Errno::Exist)),
        ("file", "dangling", Err(Errno::Exist)),
        ("dir", "link2", Err(Errno::Perm)),
        (".", "link2", Err(Errno::Perm)),
        ("dir/sub/..", "link2", Err(Errno::Perm)),
        ("missing", "link2", Err(Errno::NoEnt)),
        ("file", "missing/x", Err(Errno::NoEnt)),
        ("dangling", "link3", Ok(())),
        ("loop", "link4", Ok(())),
        ("file", "dir/link", Ok(())),
    ] {
        assert_eq!(link(dir, from, to), want, "{from} to {to}");
    }
    let (one, two) = (dir.stat_at("file", false).unwrap(), dir.stat_at("link", false).unwrap());
    assert_eq!((one.inode, one.links), (two.inode, 3));
    assert_eq!(dir.stat_at("link3", false).unwrap().file_type, FileType::SymbolicLink);
    put(dir, "link", b"new");
    assert_eq!(get(dir, "dir/link"), b"new");
    // Two names of one file: nothing happens, as POSIX has it.
    assert_eq!(rename(dir, "link", "file"), Ok(()));
    assert!(dir.stat_at("link", false).is_ok());
}

pub fn links_and_slashes(dir: &dyn Dir) {
    plant(dir);
    for (from, to, want) in [
        ("file/", "x", Err(Errno::NotDir)),
        ("file", "x/", Err(Errno::NoEnt)),
        ("file", "dir/", Err(Errno::Exist)),
        ("file", "dir/.", Err(Errno::Exist)),
        ("to_dir/", "x", Err(Errno::Perm)),
        ("to_file/", "x", Err(Errno::NotDir)),
        ("dangling/", "x", Err(Errno::NoEnt)),
    ] {
        assert_eq!(link(dir, from, to), want, "{from} to {to}");
    }
    let follow = |from, to| fs::link(dir, from, true, dir, to);
    assert_eq!(follow("to_file", "hard"), Ok(()));
    assert_eq!(follow("to_dir", "x"), Err(Errno::Perm));
    assert_eq!(follow("dangling", "x"), Err(Errno::NoEnt));
    assert_eq!(follow("loop", "x"), Err(Errno::Loop));
    assert_eq!(dir.stat_at("hard", false).unwrap().file_type, FileType::RegularFile);
}

pub fn symlinks(dir: &dyn Dir) {
    plant(dir);
    for (target, path, want) in [
        ("x", "file", Err(Errno::Exist)),
        ("x", "dir", Err(Errno::Exist)),
        ("x", "dir/", Err(Errno::Exist)),
        ("x", "dangling", Err(Errno::Exist)),
        ("x", ".", Err(Errno::Exist)),
        ("x", "new/", Err(Errno::NoEnt)),
        ("x", "missing/new", Err(Errno::NoEnt)),
        ("", "new", Err(Errno::NoEnt)),
        ("/", "new", Err(Errno::Perm)),
        ("a\0b", "new", Err(Errno::Inval)),
        ("../anything at all", "new", Ok(())),
    ] {
        assert_eq!(dir.symlink(target, path), want, "{path} to {target}");
    }
    assert_eq!(dir.read_link("new").unwrap(), b"../anything at all");
    assert_eq!(dir.read_link("to_dir").unwrap(), b"dir");
    assert_eq!(dir.read_link("dir/../to_dir").unwrap(), b"dir");
    for (path, want) in [
        ("file", Errno::Inval),
        ("dir", Errno::Inval),
        ("dir/inner", Errno::Inval),
        ("to_dir/", Errno::Inval),
        (".", Errno::Inval),
        ("missing", Errno::NoEnt),
        ("dangling/", Errno::NoEnt),
    ] {
        assert_eq!(dir.read_link(path), Err(want), "{path}");
    }
}

pub fn trailing_slashes_of_lookups(dir: &dyn Dir) {
    plant(dir);
    for (path, want) in [
        ("dir/", Ok(FileType::Directory)),
        ("to_dir/", Ok(FileType::Directory)),
        ("to_dir", Ok(FileType::SymbolicLink)),
        ("up/", Ok(FileType::Directory)),
        ("file/", Err(Errno::NotDir)),
        ("to_file/", Err(Errno::NotDir)),
        ("dangling/", Err(Errno::NoEnt)),
        ("missing/", Err(Errno::NoEnt)),
    ] {
        assert_eq!(dir.stat_at(path, false).map(|stat| stat.file_type), want, "{path}");
    }
}

pub fn stat_and_links(dir: &dyn Dir) {
    plant(dir);
    let link = dir.stat_at("to_file", false).unwrap();
    assert_eq!((link.file_type, link.size), (FileType::SymbolicLink, 4));
    let file = dir.stat_at("to_file", true).unwrap();
    assert_eq!((file.file_type, file.size), (FileType::RegularFile, 3));
    assert_eq!(dir.stat_at("dangling", true).err(), Some(Errno::NoEnt));
    assert_eq!(dir.stat_at(".", false).unwrap().inode, dir.stat().unwrap().inode);
    assert_eq!(dir.stat_at("up", true).unwrap().inode, dir.stat().unwrap().inode);
    assert_eq!(dir.stat().unwrap().file_type, FileType::Directory);
}

pub fn other_file_systems(dir: &dyn Dir) {
    plant(dir);
    let other = MemFs::new().root().unwrap();
    put(&*other, "theirs", b"x");
    assert_eq!(fs::rename(dir, "file", &*other, "file"), Err(Errno::Xdev));
    assert_eq!(fs::rename(&*other, "theirs", dir, "theirs"), Err(Errno::Xdev));
    assert_eq!(fs::link(dir, "file", false, &*other, "file"), Err(Errno::Xdev));
    assert_eq!(get(dir, "file"), b"abc");
}

pub fn removed_directories(dir: &dyn Dir) {
    dir.create_dir("d").unwrap();
    let gone = open_dir(dir, "d");
    dir.remove_dir("d").unwrap();
    assert_eq!(open_errno(&*gone, "f", CREATE), Err(Errno::NoEnt));
    assert_eq!(gone.create_dir("x"), Err(Errno::NoEnt));
    assert_eq!(gone.symlink("a", "b"), Err(Errno::NoEnt));
    put(dir, "f", b"");
    assert_eq!(fs::link(dir, "f", false, &*gone, "f"), Err(Errno::NoEnt));
    assert_eq!(fs::rename(dir, "f", &*gone, "f"), Err(Errno::NoEnt));
    assert!(dir.stat_at("f", false).is_ok());
}
