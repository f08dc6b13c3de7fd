//! The `Fs` of wasi-core over host directories that the kernel confines.
//!
//! A guest names paths; this crate sees to it that none of them leads out of the directory that
//! was granted, whatever `..`, absolute names and symbolic links the path or the tree hold, and
//! whoever changes the tree meanwhile. There are two ways, and every operation goes through one:
//!
//! - **openat2**: the kernel resolves the whole path with `RESOLVE_BENEATH` and
//!   `RESOLVE_NO_MAGICLINKS`, and refuses any step out.
//! - **walk**: each component is opened by itself with `O_NOFOLLOW`, links are expanded by hand
//!   and `..` pops a stack of open directories (wasi-core's `path::Resolver`).
//!
//! Operations that the kernel offers only by name (make, remove, rename, link) first open the
//! directory of the last component in one of these ways, then act on that single name, which
//! holds no slash and is neither `.` nor `..`, in a form that never follows a link. A trailing
//! slash is never handed to the kernel there: it would make some calls follow a link.

#![forbid(unsafe_code)]

mod confine;
mod dir;
mod file;
mod times;

use confine::Confined;
use rustix::fs::{Mode, OFlags};
use std::io;
use std::path::Path;
use std::sync::Arc;
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::fs::{Dir, Fs};

/// How paths are confined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Confinement {
    /// By the kernel in one call (Linux 5.6 and later).
    Openat2,
    /// Component by component; for kernels and sandboxes without `openat2`.
    Walk,
}

/// A host directory as a file system.
#[derive(Clone, Debug)]
pub struct OsFs(Confined);

impl OsFs {
    /// Opens a host directory, confined by `openat2` where the kernel has it.
    ///
    /// The path itself is the embedder's and is resolved without limits.
    ///
    /// # Errors
    /// The kernel's, when `path` is no directory that can be opened.
    pub fn open(path: impl AsRef<Path>) -> io::Result<OsFs> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path.as_ref(), flags, Mode::empty())?;
        Ok(OsFs(Confined::new(Arc::new(fd))))
    }

    /// As [`OsFs::open`], confined in this way and no other.
    ///
    /// # Errors
    /// As [`OsFs::open`]; `Unsupported` when the kernel lacks `openat2` and it was asked for.
    pub fn open_with(path: impl AsRef<Path>, confinement: Confinement) -> io::Result<OsFs> {
        let OsFs(mut confined) = OsFs::open(path)?;
        if confinement == Confinement::Openat2 && !confined.kernel {
            let what = "this kernel has no openat2 (Linux 5.6), or a sandbox forbids it";
            return Err(io::Error::new(io::ErrorKind::Unsupported, what));
        }
        confined.kernel = confinement == Confinement::Openat2;
        Ok(OsFs(confined))
    }

    /// How paths are confined.
    pub fn confinement(&self) -> Confinement {
        if self.0.kernel { Confinement::Openat2 } else { Confinement::Walk }
    }
}

impl Fs for OsFs {
    fn root(&self) -> Result<Arc<dyn Dir>, Errno> {
        // A description of its own, since listing moves its position.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&*self.0.fd, ".", flags, Mode::empty())?;
        Ok(Arc::new(dir::OsDir::new(self.0.with(fd))))
    }
}
