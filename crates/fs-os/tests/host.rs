//! What only a host directory can do to a guest: races, links made by others, pipes and devices.

use std::fs::{self as host, Permissions};
use std::io::IoSliceMut;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use waxwing_fs_os::{Confinement, OsFs};
use waxwing_wasi_core::fs::{Dir, File, Fs, OpenHow, Opened};
use waxwing_wasi_core::stream::Wait;
use waxwing_wasi_core::time::{SetTime, SetTimes};
use waxwing_wasi_core::{Cancel, Errno, Fail, fs};

const BOTH: [Confinement; 2] = [Confinement::Openat2, Confinement::Walk];
const READ: OpenHow = OpenHow {
    read: true,
    write: false,
    create: false,
    exclusive: false,
    truncate: false,
    directory: false,
    follow: true,
};

fn root(path: &Path, confinement: Confinement) -> Arc<dyn Dir> {
    OsFs::open_with(path, confinement).unwrap().root().unwrap()
}

fn errno(result: Result<Opened, Errno>) -> Option<Errno> {
    result.err()
}

fn content(file: &dyn File) -> Vec<u8> {
    let mut buf = [0; 64];
    let len = file.read_at(&mut [IoSliceMut::new(&mut buf)], 0).unwrap();
    buf[..len].to_vec()
}

/// `outside/secret`, and `inside/` which is granted.
fn two_directories() -> (TempDir, std::path::PathBuf) {
    let temp = TempDir::new().unwrap();
    let inside = temp.path().join("inside");
    host::create_dir(&inside).unwrap();
    host::create_dir(temp.path().join("outside")).unwrap();
    host::write(temp.path().join("outside/secret"), "secret").unwrap();
    (temp, inside)
}

#[test]
fn what_is_no_directory_cannot_be_granted() {
    let temp = TempDir::new().unwrap();
    host::write(temp.path().join("f"), "").unwrap();
    assert!(OsFs::open(temp.path().join("f")).is_err());
    assert!(OsFs::open(temp.path().join("missing")).is_err());
    assert_eq!(OsFs::open(temp.path()).unwrap().confinement(), Confinement::Openat2);
}

#[test]
fn links_made_by_others_do_not_lead_out() {
    let (temp, inside) = two_directories();
    let absolute = temp.path().join("outside");
    symlink(&absolute, inside.join("absolute")).unwrap();
    symlink(absolute.join("secret"), inside.join("absolute_file")).unwrap();
    symlink("../outside", inside.join("relative")).unwrap();
    symlink("/", inside.join("root")).unwrap();
    symlink("/proc/self/root", inside.join("magic")).unwrap();
    // Even a link back inside by an absolute path is refused.
    host::write(inside.join("f"), "f").unwrap();
    symlink(inside.join("f"), inside.join("back")).unwrap();
    for confinement in BOTH {
        let dir = root(&inside, confinement);
        let now = SetTimes { accessed: SetTime::Now, modified: SetTime::Now };
        for path in [
            "absolute/secret",
            "absolute_file",
            "relative/secret",
            "root/etc/passwd",
            "magic/etc/passwd",
            "back",
        ] {
            assert_eq!(errno(dir.open(path, READ)), Some(Errno::Perm), "{path}");
            let create = OpenHow { write: true, create: true, ..READ };
            assert_eq!(errno(dir.open(path, create)), Some(Errno::Perm), "{path}");
            assert_eq!(dir.stat_at(path, true).err(), Some(Errno::Perm), "{path}");
            assert_eq!(dir.set_times_at(path, true, now), Err(Errno::Perm), "{path}");
            assert_eq!(fs::link(&*dir, path, true, &*dir, "n"), Err(Errno::Perm), "{path}");
        }
        for path in ["absolute/new", "relative/new", "root/new"] {
            assert_eq!(dir.create_dir(path), Err(Errno::Perm), "{path}");
            assert_eq!(dir.symlink("x", path), Err(Errno::Perm), "{path}");
            assert_eq!(dir.unlink(path), Err(Errno::Perm), "{path}");
            assert_eq!(dir.remove_dir(path), Err(Errno::Perm), "{path}");
            assert_eq!(fs::rename(&*dir, "f", &*dir, path), Err(Errno::Perm), "{path}");
            assert_eq!(fs::link(&*dir, "f", false, &*dir, path), Err(Errno::Perm), "{path}");
        }
        // The links themselves can be looked at and removed.
        assert_eq!(dir.read_link("root").unwrap(), b"/");
    }
    assert_eq!(host::read(absolute.join("secret")).unwrap(), b"secret");
    assert_eq!(host::read_dir(&absolute).unwrap().count(), 1);
}

/// Ends the other thread when this one is done, also by a panic: a failed check must not hang.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Exchanges `swap` between a directory and a link to the outside, again and again, while `act`
/// runs with both states in play.
fn racing(act: impl Fn(&dyn Dir, &Path)) {
    for confinement in BOTH {
        let (_temp, inside) = two_directories();
        let (swap, other) = (inside.join("swap"), inside.join("other"));
        host::create_dir(&swap).unwrap();
        host::write(swap.join("secret"), "inside").unwrap();
        symlink("../outside", &other).unwrap();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let swapper = scope.spawn(|| {
                let mut swaps = 0u32;
                while !stop.load(Ordering::Relaxed) {
                    let flags = rustix::fs::RenameFlags::EXCHANGE;
                    let cwd = rustix::fs::CWD;
                    rustix::fs::renameat_with(cwd, &swap, cwd, &other, flags).unwrap();
                    swaps += 1;
                }
                swaps
            });
            let guard = StopOnDrop(&stop);
            let dir = root(&inside, confinement);
            act(&*dir, &inside);
            drop(guard);
            assert!(swapper.join().unwrap() > 100);
        });
        let outside = inside.parent().unwrap().join("outside");
        assert_eq!(host::read(outside.join("secret")).unwrap(), b"secret");
        assert_eq!(host::read_dir(&outside).unwrap().count(), 1);
    }
}

#[test]
fn opening_while_a_directory_becomes_a_link() {
    racing(|dir, _| {
        let (mut opened, mut refused) = (0, 0);
        let mut rounds = 0;
        while rounds < 5_000 || opened == 0 || refused == 0 {
            rounds += 1;
            match dir.open("swap/secret", READ) {
                Ok(Opened::File(file)) => {
                    assert_eq!(content(&*file), b"inside");
                    opened += 1;
                }
                Ok(_) => panic!("no file"),
                Err(_) => refused += 1,
            }
            if let Ok(stat) = dir.stat_at("swap/secret", true) {
                assert_eq!(stat.size, 6, "the one inside");
            }
        }
    });
}

#[test]
fn changing_while_a_directory_becomes_a_link() {
    racing(|dir, inside| {
        host::write(inside.join("f"), "f").unwrap();
        let create = OpenHow { write: true, create: true, truncate: true, ..READ };
        for _ in 0..1_000 {
            // Whatever each does, it does inside; the caller of this looks at the outside.
            let _ = dir.open("swap/new", create);
            let _ = dir.create_dir("swap/d");
            let _ = dir.symlink("x", "swap/l");
            let _ = fs::link(dir, "f", false, dir, "swap/h");
            let _ = fs::rename(dir, "swap/new", dir, "swap/newer");
            let _ = fs::rename(dir, "swap/secret", dir, "swap/moved");
            let _ = fs::rename(dir, "swap/moved", dir, "swap/secret");
            let _ = dir.unlink("swap/newer");
            let _ = dir.remove_dir("swap/d");
            let _ = dir.unlink("swap/l");
            let _ = dir.unlink("swap/h");
        }
    });
}

#[test]
fn a_directory_moved_out_takes_its_dot_dot_along() {
    for confinement in BOTH {
        let (temp, inside) = two_directories();
        host::create_dir_all(inside.join("a/b")).unwrap();
        let dir = root(&inside, confinement);
        let Ok(Opened::Dir(b)) = dir.open("a/b", READ) else { panic!("a/b") };
        host::rename(inside.join("a/b"), temp.path().join("outside/b")).unwrap();
        assert_eq!(errno(b.open("../secret", READ)), Some(Errno::Perm));
        assert_eq!(errno(dir.open("a/b/../../outside", READ)), Some(Errno::NoEnt));
    }
}

#[test]
fn a_pipe_in_the_tree_opens_at_once_and_waits_cancellably() {
    let temp = TempDir::new().unwrap();
    let fifo = temp.path().join("fifo");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    for confinement in BOTH {
        let dir = root(temp.path(), confinement);
        let both = OpenHow { write: true, ..READ };
        let Ok(Opened::Stream(stream)) = dir.open("fifo", both) else { panic!("no stream") };
        let cancel = Cancel::new();
        let other = cancel.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            other.cancel();
        });
        let wait = Wait { cancel: &cancel, nonblocking: false };
        let read = stream.read(&mut [IoSliceMut::new(&mut [0; 8])], wait);
        assert_eq!(read, Err(Fail::CANCELLED));
        thread.join().unwrap();
        // Nobody reads: the host says so instead of waiting.
        let writer = OpenHow { read: false, write: true, ..READ };
        drop(stream);
        assert_eq!(errno(dir.open("fifo", writer)), Some(Errno::Nxio));
    }
}

#[test]
fn permissions_are_the_hosts() {
    if rustix::process::geteuid().is_root() {
        // The superuser may do everything; then the kernel refuses by other means only.
        let temp = TempDir::new().unwrap();
        let dir = root(temp.path(), Confinement::Openat2);
        let create = OpenHow { write: true, create: true, ..READ };
        assert!(dir.open("f", create).is_ok());
        let mode = host::metadata(temp.path().join("f")).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0, "files are made without the right to run them");
        return;
    }
    let temp = TempDir::new().unwrap();
    host::write(temp.path().join("f"), "").unwrap();
    host::set_permissions(temp.path().join("f"), Permissions::from_mode(0o000)).unwrap();
    for confinement in BOTH {
        let dir = root(temp.path(), confinement);
        assert_eq!(errno(dir.open("f", READ)), Some(Errno::Acces));
    }
}

#[test]
fn names_that_are_not_utf8_are_listed_as_they_are() {
    use std::os::unix::ffi::OsStrExt;
    let temp = TempDir::new().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    host::write(temp.path().join(name), "").unwrap();
    let dir = root(temp.path(), Confinement::Openat2);
    let mut found = false;
    dir.read_dir(0, &mut |entry| {
        found |= entry.name == b"caf\xe9";
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    assert!(found);
}
