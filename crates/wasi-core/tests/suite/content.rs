//! What is in files.

use super::*;
use waxwing_wasi_core::fs::{Advice, Durability};
use waxwing_wasi_core::time::{SetTime, SetTimes, Timestamp};

pub fn reading_and_writing(dir: &dyn Dir) {
    let file = open_file(dir, "f", CREATE);
    assert_eq!(write(&*file, b"hello"), 5);
    assert_eq!(write(&*file, b" world"), 6);
    assert_eq!(read_all(&*file), b"hello world");
    assert_eq!(file.stat().unwrap().size, 11);
    for durability in [Durability::Data, Durability::All] {
        let how = WriteHow { append: false, durability };
        assert_eq!(file.write(&[IoSlice::new(b"!")], how), Ok(1));
        assert_eq!(file.write_at(&[IoSlice::new(b"J")], 0, how), Ok(1));
    }
    assert_eq!(read_all(&*file), b"Jello world!!");
    file.sync().unwrap();
    file.sync_data().unwrap();
    file.advise(0, 0, Advice::Sequential).unwrap();
}

pub fn positions(dir: &dyn Dir) {
    let file = open_file(dir, "f", CREATE);
    write(&*file, b"0123456789");
    assert_eq!(file.seek(SeekFrom::Current(0)), Ok(10));
    assert_eq!(file.seek(SeekFrom::Current(-4)), Ok(6));
    let mut buf = [0; 2];
    assert_eq!(file.read(&mut [IoSliceMut::new(&mut buf)]), Ok(2));
    assert_eq!(&buf, b"67");
    assert_eq!(file.read_at(&mut [IoSliceMut::new(&mut buf)], 1), Ok(2));
    assert_eq!(&buf, b"12");
    assert_eq!(file.write_at(&[IoSlice::new(b"x")], 0, WriteHow::default()), Ok(1));
    assert_eq!(file.seek(SeekFrom::Current(0)), Ok(8));
    assert_eq!(file.seek(SeekFrom::End(-10)), Ok(0));
    assert_eq!(file.seek(SeekFrom::End(5)), Ok(15));
    assert_eq!(file.read(&mut [IoSliceMut::new(&mut buf)]), Ok(0));
    for bad in [SeekFrom::Current(-16), SeekFrom::End(-11), SeekFrom::Start(u64::MAX)] {
        assert_eq!(file.seek(bad), Err(Errno::Inval), "{bad:?}");
    }
    assert_eq!(file.seek(SeekFrom::Current(0)), Ok(15));
    assert_eq!(file.read_at(&mut [IoSliceMut::new(&mut buf)], 1 << 40), Ok(0));
}

pub fn append(dir: &dyn Dir) {
    put(dir, "f", b"one");
    let file = open_file(dir, "f", WRITE);
    let how = WriteHow { append: true, ..WriteHow::default() };
    assert_eq!(file.write(&[IoSlice::new(b"two")], how), Ok(3));
    assert_eq!(file.seek(SeekFrom::Current(0)), Ok(6));
    file.seek(SeekFrom::Start(0)).unwrap();
    assert_eq!(file.write(&[IoSlice::new(b"three")], how), Ok(5));
    // A positioned write goes where it says, and an ordinary one to the position.
    assert_eq!(file.write_at(&[IoSlice::new(b"O")], 0, how), Ok(1));
    file.seek(SeekFrom::Start(3)).unwrap();
    write(&*file, b"T");
    assert_eq!(read_all(&*file), b"OneTwothree");
}

pub fn truncation(dir: &dyn Dir) {
    put(dir, "f", b"content");
    let file = open_file(dir, "f", OpenHow { truncate: true, ..READ });
    assert_eq!(file.stat().unwrap().size, 0);
    put(dir, "f", b"content");
    let file = open_file(dir, "f", WRITE);
    file.set_size(3).unwrap();
    assert_eq!(read_all(&*file), b"con");
    file.set_size(5).unwrap();
    assert_eq!(read_all(&*file), b"con\0\0");
    assert_eq!(file.set_size(u64::MAX), Err(Errno::Inval));
    assert_eq!(open_file(dir, "f", READ).set_size(0), Err(Errno::Inval));
    assert_eq!(get(dir, "f"), b"con\0\0");
}

pub fn allocation(dir: &dyn Dir) {
    let file = open_file(dir, "f", CREATE);
    file.allocate(0, 100).unwrap();
    assert_eq!(file.stat().unwrap().size, 100);
    file.allocate(10, 10).unwrap();
    assert_eq!(file.stat().unwrap().size, 100);
    file.allocate(90, 20).unwrap();
    assert_eq!(file.stat().unwrap().size, 110);
    assert_eq!(file.allocate(0, 0), Err(Errno::Inval));
    assert_eq!(file.allocate(0, u64::MAX), Err(Errno::Inval));
    assert_eq!(file.allocate(i64::MAX as u64, i64::MAX as u64), Err(Errno::FBig));
    assert_eq!(open_file(dir, "f", READ).allocate(0, 500), Err(Errno::BadF));
    assert_eq!(file.stat().unwrap().size, 110);
}

pub fn modes_of_opening(dir: &dyn Dir) {
    put(dir, "f", b"abc");
    let mut buf = [0; 3];
    let reader = open_file(dir, "f", READ);
    let none = WriteHow::default();
    assert_eq!(reader.write(&[IoSlice::new(b"x")], none), Err(Errno::BadF));
    assert_eq!(reader.write_at(&[IoSlice::new(b"x")], 0, none), Err(Errno::BadF));
    let append = WriteHow { append: true, ..none };
    assert_eq!(reader.write(&[IoSlice::new(b"x")], append), Err(Errno::BadF));
    for how in [OpenHow { read: false, ..WRITE }, OpenHow { read: false, ..READ }] {
        let file = open_file(dir, "f", how);
        assert_eq!(file.read(&mut [IoSliceMut::new(&mut buf)]), Err(Errno::BadF));
        assert_eq!(file.read_at(&mut [IoSliceMut::new(&mut buf)], 0), Err(Errno::BadF));
    }
    assert_eq!(get(dir, "f"), b"abc");
}

pub fn vectors(dir: &dyn Dir) {
    let file = open_file(dir, "f", CREATE);
    let bufs = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cde")];
    assert_eq!(file.write(&bufs, WriteHow::default()), Ok(5));
    assert_eq!(file.write_at(&bufs, 5, WriteHow::default()), Ok(5));
    assert_eq!(file.write(&[], WriteHow::default()), Ok(0));
    let (mut a, mut b, mut c) = ([0; 3], [0; 0], [0; 9]);
    let mut bufs = [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b), IoSliceMut::new(&mut c)];
    assert_eq!(file.read_at(&mut bufs, 0), Ok(10));
    assert_eq!((&a, &c[..7]), (b"abc", &b"deabcde"[..]));
    assert_eq!(file.read(&mut []), Ok(0));
}

pub fn hostile_offsets(dir: &dyn Dir) {
    let file = open_file(dir, "f", CREATE);
    write(&*file, b"abc");
    let mut buf = [0; 3];
    let how = WriteHow::default();
    for offset in [u64::MAX, u64::MAX - 1, 1 << 63] {
        assert_eq!(file.read_at(&mut [IoSliceMut::new(&mut buf)], offset), Err(Errno::Inval));
        assert_eq!(file.write_at(&[IoSlice::new(b"x")], offset, how), Err(Errno::Inval));
        assert_eq!(file.advise(offset, 1, Advice::Normal), Err(Errno::Inval));
        assert_eq!(file.allocate(offset, 1), Err(Errno::Inval));
    }
    // Far out, but a number: no file system here holds that much.
    let far = file.write_at(&[IoSlice::new(b"x")], i64::MAX as u64 - 1, how);
    assert!(matches!(far, Err(Errno::FBig | Errno::NoSpc | Errno::Inval)), "{far:?}");
    assert_eq!(read_all(&*file), b"abc");
}

pub fn unlinked_files_live(dir: &dyn Dir) {
    let file = open_file(dir, "f", CREATE);
    write(&*file, b"abc");
    dir.unlink("f").unwrap();
    assert_eq!(file.stat().unwrap().links, 0);
    write(&*file, b"def");
    assert_eq!(read_all(&*file), b"abcdef");
    put(dir, "f", b"other");
    assert_eq!(read_all(&*file), b"abcdef");
}

pub fn times(dir: &dyn Dir) {
    plant(dir);
    let at = |ns| SetTime::At(Timestamp::from_nanoseconds(ns));
    let both = SetTimes { accessed: at(1_000_000_007), modified: at(2_000_000_009) };
    let file = open_file(dir, "file", WRITE);
    file.set_times(both).unwrap();
    let stat = file.stat().unwrap();
    assert_eq!(stat.accessed.to_nanoseconds(), 1_000_000_007);
    assert_eq!(stat.modified.to_nanoseconds(), 2_000_000_009);
    let one = SetTimes { accessed: SetTime::Keep, modified: at(5) };
    dir.set_times_at("dir/inner", false, both).unwrap();
    dir.set_times_at("dir/inner", false, one).unwrap();
    let stat = dir.stat_at("dir/inner", false).unwrap();
    assert_eq!(stat.accessed.to_nanoseconds(), 1_000_000_007);
    assert_eq!(stat.modified.to_nanoseconds(), 5);
    // The link itself, or what it points to.
    dir.set_times_at("to_file", false, one).unwrap();
    assert_eq!(dir.stat_at("to_file", false).unwrap().modified.to_nanoseconds(), 5);
    assert_eq!(dir.stat_at("file", false).unwrap().modified.to_nanoseconds(), 2_000_000_009);
    dir.set_times_at("to_file", true, SetTimes { modified: at(9), ..one }).unwrap();
    assert_eq!(dir.stat_at("file", false).unwrap().modified.to_nanoseconds(), 9);
    assert_eq!(dir.set_times_at("dangling", true, one), Err(Errno::NoEnt));
    dir.set_times(both).unwrap();
    assert_eq!(dir.stat().unwrap().modified.to_nanoseconds(), 2_000_000_009);
    let now = SetTimes { accessed: SetTime::Now, modified: SetTime::Now };
    dir.set_times_at("file", false, now).unwrap();
    assert!(dir.stat_at("file", false).unwrap().modified.seconds > 1_600_000_000);
}

pub fn holes_are_zeros(dir: &dyn Dir) {
    let file = open_file(dir, "f", CREATE);
    file.seek(SeekFrom::Start(5)).unwrap();
    write(&*file, b"x");
    assert_eq!(read_all(&*file), b"\0\0\0\0\0x");
}
