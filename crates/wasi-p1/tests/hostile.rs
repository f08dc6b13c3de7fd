//! Guests that pass anything: no panic, no access outside, no effect of a call that faults.

mod common;

use common::*;
use waxwing_wasi_core::stream::{InputBuffer, OutputBuffer};
use waxwing_wasi_core::{Grant, MemFs, Random, WasiBuilder};
use waxwing_wasi_p1::{FUNCTIONS, Function, ValType, WasiP1, abi};

/// Addresses, lengths, numbers and descriptors that have broken something somewhere.
const NASTY: &[u64] = &[
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    0x1000,
    0x3000,
    65535,
    65536,
    65537,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_0000,
    0xffff_fff8,
    0xffff_ffff,
    1 << 32,
    1 << 62,
    i64::MAX as u64,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

fn rich_guest() -> Guest {
    let builder = WasiBuilder::new()
        .args(["prog", "arg"])
        .env("KEY", "value")
        .stdin(InputBuffer::new("input"))
        .stdout(OutputBuffer::new())
        .random(Random::seeded(1))
        .preopen_fs("/", &MemFs::with_limit(1 << 20), Grant::ReadWrite)
        .unwrap()
        .preopen_fs("/ro", &MemFs::new(), Grant::ReadOnly)
        .unwrap();
    let mut guest = with(builder);
    guest.create("file");
    guest.path("path_create_directory", ROOT, "dir");
    guest
}

/// A small generator, so that a failure can be had again.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn pick(&mut self, from: &[u64]) -> u64 {
        from[(self.next() % from.len() as u64) as usize]
    }
}

/// A poll that finds nothing at once would sleep as long as a hostile guest pleases.
fn may_sleep(function: &Function) -> bool {
    function.name == "poll_oneoff"
}

#[test]
fn any_numbers_in_any_function() {
    for function in FUNCTIONS.iter().filter(|function| !may_sleep(function)) {
        let mut numbers = Numbers(0x9e37_79b9);
        let mut guest = rich_guest();
        for round in 0..3_000 {
            if round % 100 == 0 {
                guest = rich_guest();
                let noise: Vec<u8> = (0..65536).map(|_| numbers.next() as u8 & 0x83).collect();
                guest.memory = noise;
            }
            let args: Vec<u64> = function.params.iter().map(|_| numbers.pick(NASTY)).collect();
            // What comes back is an errno or an end; whatever it is, it comes back.
            if let Ok(errno) = function.call(&mut guest.wasi, &mut guest.memory, &args) {
                assert!(errno <= 76, "{} gave {errno} for {args:x?}", function.name);
            }
        }
    }
}

#[test]
fn a_memory_of_no_bytes() {
    for function in FUNCTIONS.iter().filter(|function| !may_sleep(function)) {
        let mut guest = rich_guest();
        guest.memory = Vec::new();
        for &value in NASTY {
            let args = vec![value; function.params.len()];
            let _ = function.call(&mut guest.wasi, &mut guest.memory, &args);
        }
    }
}

#[test]
fn results_outside_fault_before_anything_happens() {
    let outside = 65533u64;
    let (mut guest, _) = guest();
    let fd = guest.create("f");
    guest.write(fd, b"abcdef").unwrap();
    guest.describe(3);
    let iovs = u64::from(IOVS);
    let file = u64::from(fd);
    let before = guest.memory.clone();
    assert_eq!(guest.seek(fd, 0, 0), Ok(0));
    for (name, args) in [
        ("fd_read", vec![file, iovs, 1, outside]),
        ("fd_write", vec![file, iovs, 1, outside]),
        ("fd_pread", vec![file, iovs, 1, 0, outside]),
        ("fd_pwrite", vec![file, iovs, 1, 0, outside]),
        ("fd_seek", vec![file, 3, 0, outside - 4]),
        ("fd_readdir", vec![ROOT.into(), DATA.into(), 64, 0, outside]),
        ("fd_tell", vec![file, outside]),
        ("fd_fdstat_get", vec![file, outside]),
        ("fd_filestat_get", vec![file, outside]),
        ("fd_prestat_get", vec![ROOT.into(), outside]),
        ("clock_time_get", vec![0, 0, outside]),
        ("random_get", vec![outside, 4]),
        ("poll_oneoff", vec![0, 0, 1, outside]),
    ] {
        assert_eq!(guest.call(name, &args), FAULT, "{name}");
    }
    assert_eq!(guest.call("fd_tell", &[file, OUT.into()]), SUCCESS);
    assert_eq!(guest.u64(OUT), 0, "a read, write or seek that faulted moved the position");
    guest.memory[OUT as usize..OUT as usize + 8].copy_from_slice(&before[OUT as usize..][..8]);
    assert!(guest.memory == before, "a call that faulted wrote to memory");
    assert_eq!(guest.read(fd, 10).unwrap(), b"abcdef");
    // An open that cannot report its descriptor makes no file and no descriptor.
    let (ptr, len) = guest.put(PATH, b"new");
    let args = [ROOT.into(), 0, ptr, len, 1, abi::FD_WRITE, 0, 0, outside];
    assert_eq!(guest.call("path_open", &args), FAULT);
    assert_eq!(guest.open(ROOT, "new", 0, 0, 0, 0), Err(NOENT));
    assert_eq!(guest.create("new"), fd + 1);
}

#[test]
fn paths_that_are_no_strings() {
    let (mut guest, _) = guest();
    for (bytes, want) in [(&b"\xff\xfe"[..], ILSEQ), (b"a\0b", INVAL), (b"", NOENT)] {
        let (ptr, len) = guest.put(PATH, bytes);
        for name in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
            assert_eq!(guest.call(name, &[ROOT.into(), ptr, len]), want, "{name} {bytes:?}");
        }
    }
    for (ptr, len) in [(65535, 2), (0xffff_ffff, 1), (0, 0xffff_ffff)] {
        assert_eq!(guest.call("path_create_directory", &[ROOT.into(), ptr, len]), FAULT);
    }
}

#[test]
fn overlapping_buffers_are_read_safely() {
    let (mut guest, _) = guest();
    let fd = guest.create("f");
    guest.write(fd, b"0123456789").unwrap();
    guest.seek(fd, 0, 0).unwrap();
    for (index, (ptr, len)) in [(DATA, 4), (DATA + 2, 4)].into_iter().enumerate() {
        guest.put_u32(IOVS + index as u32 * 8, ptr);
        guest.put_u32(IOVS + index as u32 * 8 + 4, len);
    }
    assert_eq!(guest.call("fd_read", &[fd.into(), IOVS.into(), 2, OUT.into()]), SUCCESS);
    assert_eq!((guest.u32(OUT), guest.bytes(DATA, 4)), (4, &b"0123"[..]));
    // The result may lie in a buffer, and the descriptions in what is read.
    guest.put_u32(IOVS, IOVS);
    guest.put_u32(IOVS + 4, 6);
    assert_eq!(guest.call("fd_read", &[fd.into(), IOVS.into(), 1, IOVS.into()]), SUCCESS);
    assert_eq!((guest.u32(IOVS), guest.bytes(IOVS + 4, 2)), (6, &b"89"[..]));
}

#[test]
fn huge_counts_do_nothing_huge() {
    let (mut guest, _) = guest();
    let fd = u64::from(guest.create("f"));
    for count in [0x2000_0000, 0x1fff_ffff, 0xffff_ffff] {
        assert_eq!(guest.call("fd_write", &[fd, 0, count, OUT.into()]), FAULT, "{count:x}");
        assert_eq!(guest.call("fd_read", &[fd, 0, count, OUT.into()]), FAULT, "{count:x}");
    }
    assert_eq!(guest.call("poll_oneoff", &[0, 0, 0xffff_ffff, OUT.into()]), INVAL);
    assert_eq!(guest.call("poll_oneoff", &[0, 0, 60_000, OUT.into()]), FAULT);
    assert_eq!(guest.call("fd_renumber", &[fd, 0xffff_ffff]), BADF);
    assert_eq!(guest.call("fd_allocate", &[fd, 0, 1 << 62]), 51);
    assert_eq!(guest.call("fd_filestat_set_size", &[fd, 1 << 62]), 51);
}

#[test]
fn wrong_arguments_are_the_embedders_mistake() {
    let function = Function::named("fd_close").unwrap();
    assert_eq!(function.params, [ValType::I32]);
    let mut wasi = WasiP1::new(WasiBuilder::new().build().unwrap());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        function.call(&mut wasi, &mut [], &[])
    }));
    assert!(caught.is_err());
}
