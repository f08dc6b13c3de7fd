//! Nothing changes what was granted for reading only.

use super::*;
use waxwing_wasi_core::ReadOnly;
use waxwing_wasi_core::fs::Advice;
use waxwing_wasi_core::time::{SetTime, SetTimes};

/// The directory again, for reading only.
fn sealed(dir: &dyn Dir) -> ReadOnly<Arc<dyn Dir>> {
    ReadOnly(open_dir(dir, "."))
}

const NOW: SetTimes = SetTimes { accessed: SetTime::Now, modified: SetTime::Now };

pub fn every_change_is_refused(dir: &dyn Dir) {
    plant(dir);
    let before = (dir.stat_at("file", false).unwrap(), dir.stat().unwrap());
    let ro = &sealed(dir);
    let truncate = OpenHow { truncate: true, ..READ };
    let excl = OpenHow { exclusive: true, ..CREATE };
    for (path, how, want) in [
        ("file", WRITE, Err(Errno::Rofs)),
        ("file", OpenHow { read: false, ..WRITE }, Err(Errno::Rofs)),
        ("file", truncate, Err(Errno::Rofs)),
        ("file", OpenHow { create: true, ..truncate }, Err(Errno::Rofs)),
        ("file", CREATE, Err(Errno::Rofs)),
        ("file", OpenHow { write: false, ..CREATE }, Ok("file")),
        ("new", OpenHow { write: false, ..CREATE }, Err(Errno::Rofs)),
        ("new", excl, Err(Errno::Rofs)),
        ("file", excl, Err(Errno::Exist)),
        ("dangling", excl, Err(Errno::Exist)),
        ("dangling", OpenHow { follow: true, ..CREATE }, Err(Errno::Rofs)),
        ("dir", WRITE, Err(Errno::IsDir)),
        ("missing", WRITE, Err(Errno::NoEnt)),
        ("../x", CREATE, Err(Errno::Perm)),
    ] {
        assert_eq!(open_errno(ro, path, how), want, "{path} {how:?}");
    }
    assert_eq!(ro.create_dir("new"), Err(Errno::Rofs));
    assert_eq!(ro.create_dir("dir"), Err(Errno::Exist));
    assert_eq!(ro.remove_dir("dir/sub"), Err(Errno::Rofs));
    assert_eq!(ro.unlink("file"), Err(Errno::Rofs));
    assert_eq!(ro.symlink("x", "new"), Err(Errno::Rofs));
    assert_eq!(ro.set_times(NOW), Err(Errno::Rofs));
    assert_eq!(ro.set_times_at("file", false, NOW), Err(Errno::Rofs));
    assert_eq!(ro.set_times_at("to_file", true, NOW), Err(Errno::Rofs));
    assert_eq!(rename(ro, "file", "new"), Err(Errno::Rofs));
    assert_eq!(link(ro, "file", "new"), Err(Errno::Rofs));
    assert_eq!((dir.stat_at("file", false).unwrap(), dir.stat().unwrap()), before);
    assert_eq!(get(dir, "file"), b"abc");
}

pub fn what_is_there_can_be_read(dir: &dyn Dir) {
    plant(dir);
    let ro = &sealed(dir);
    assert_eq!(get(ro, "file"), b"abc");
    assert_eq!(get(ro, "to_dir/inner"), b"in");
    assert_eq!(ro.read_link("to_file").unwrap(), b"file");
    assert!(ro.stat_at("to_file", true).is_ok());
    let mut count = 0;
    ro.read_dir(0, &mut |_| {
        count += 1;
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(count, 9);
}

pub fn no_way_round(dir: &dyn Dir) {
    plant(dir);
    let ro = &sealed(dir);
    // What is opened through it is sealed, too.
    let file = open_file(ro, "file", READ);
    let how = WriteHow::default();
    assert_eq!(file.write(&[IoSlice::new(b"x")], how), Err(Errno::Rofs));
    assert_eq!(file.write_at(&[IoSlice::new(b"x")], 0, how), Err(Errno::Rofs));
    assert_eq!(file.set_size(0), Err(Errno::Rofs));
    assert_eq!(file.allocate(0, 100), Err(Errno::Rofs));
    assert_eq!(file.set_times(NOW), Err(Errno::Rofs));
    assert_eq!(file.advise(0, 0, Advice::Random), Ok(()));
    let sub = open_dir(ro, "dir");
    assert!(sub.read_only());
    assert_eq!(open_errno(&*sub, "inner", WRITE), Err(Errno::Rofs));
    assert_eq!(sub.unlink("inner"), Err(Errno::Rofs));
    // Nor does the writable grant of the same file system lend a hand.
    assert_eq!(fs::rename(dir, "file", ro, "new"), Err(Errno::Rofs));
    assert_eq!(fs::rename(ro, "file", dir, "new"), Err(Errno::Rofs));
    assert_eq!(fs::link(ro, "file", false, dir, "new"), Err(Errno::Rofs));
    assert_eq!(fs::link(dir, "file", false, ro, "new"), Err(Errno::Rofs));
    assert_eq!(dir.rename("file", ro, "new"), Err(Errno::Xdev));
    assert_eq!(dir.link("file", false, ro, "new"), Err(Errno::Xdev));
    assert_eq!(get(dir, "file"), b"abc");
}
