//! Opening beneath a directory, in both ways.

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, openat, openat2, readlinkat, statat};
use rustix::io::Errno as Kernel;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use waxwing_wasi_core::Errno;
use waxwing_wasi_core::fs::{Result, check_path};
use waxwing_wasi_core::path::{Last, Resolver, Step, Walk};

/// How often a resolution that raced a rename is tried again before walking instead.
const RETRIES: usize = 64;

/// A directory and the way paths beneath it are confined.
#[derive(Clone, Debug)]
pub(crate) struct Confined {
    pub fd: Arc<OwnedFd>,
    /// Whether `openat2` does it.
    pub kernel: bool,
}

/// The directory of a last component, and that component.
pub(crate) struct Parent {
    pub fd: Arc<OwnedFd>,
    pub last: Last,
    /// Whether the path ended in a slash.
    pub slash: bool,
}

/// Entering directories one at a time.
struct Steps;

impl Walk for Steps {
    type Dir = Arc<OwnedFd>;

    fn enter(&self, dir: &Arc<OwnedFd>, name: &[u8]) -> Result<Step<Arc<OwnedFd>>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&**dir, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Step::Dir(Arc::new(fd))),
            // The kernel says `NotDir` for a link, too.
            Err(Kernel::NOTDIR | Kernel::LOOP) => match link_target(dir, name)? {
                Some(target) => Ok(Step::Link(target)),
                None => Err(Errno::NotDir),
            },
            Err(errno) => Err(errno.into()),
        }
    }
}

/// The target of the link `name`, or `None` when it is something else.
fn link_target(dir: &OwnedFd, name: &[u8]) -> Result<Option<Vec<u8>>> {
    match readlinkat(dir, name, Vec::new()) {
        Ok(target) => Ok(Some(target.into_bytes())),
        Err(Kernel::INVAL) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

impl Confined {
    /// A directory, confined by `openat2` where that works.
    pub fn new(fd: Arc<OwnedFd>) -> Confined {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let kernel = openat2(&*fd, ".", flags, Mode::empty(), ResolveFlags::BENEATH).is_ok();
        Confined { fd, kernel }
    }

    /// Another directory, confined in the same way.
    pub fn with(&self, fd: OwnedFd) -> Confined {
        Confined { fd: Arc::new(fd), kernel: self.kernel }
    }

    /// Opens `path`; a link in the last place is followed only with `follow` (or when a slash
    /// comes after it). `flags` without `NOFOLLOW`, which is added here as needed.
    pub fn open(&self, path: &str, flags: OFlags, mode: Mode, follow: bool) -> Result<OwnedFd> {
        check_path(path)?;
        let flags = flags | OFlags::CLOEXEC;
        if self.kernel {
            match self.open_kernel(path, flags, mode, follow) {
                Err(Kernel::XDEV) => return Err(Errno::Perm),
                Err(Kernel::AGAIN) => {}
                other => return Ok(other?),
            }
        }
        self.open_walk(path, flags, mode, follow)
    }

    fn open_kernel(
        &self,
        path: &str,
        flags: OFlags,
        mode: Mode,
        follow: bool,
    ) -> rustix::io::Result<OwnedFd> {
        let flags = if follow { flags } else { flags | OFlags::NOFOLLOW };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let mut tries = 0;
        loop {
            match openat2(&*self.fd, path, flags, mode, resolve) {
                Err(Kernel::INTR) => {}
                // A rename somewhere raced a `..`; the kernel could not be sure.
                Err(Kernel::AGAIN) if tries < RETRIES => tries += 1,
                other => return other,
            }
        }
    }

    fn open_walk(&self, path: &str, flags: OFlags, mode: Mode, follow: bool) -> Result<OwnedFd> {
        let mut resolver = Resolver::new(&Steps, &self.fd, path)?;
        let exclusive = flags.contains(OFlags::CREATE | OFlags::EXCL);
        loop {
            let last = resolver.last()?;
            let (dir, slash) = (resolver.dir(), resolver.slash());
            let Last::Name(name) = last else {
                if exclusive {
                    return Err(Errno::Exist);
                }
                if flags.contains(OFlags::CREATE) {
                    return Err(Errno::IsDir);
                }
                return Ok(openat(&**dir, ".", flags, mode)?);
            };
            if flags.contains(OFlags::CREATE) && slash {
                return Err(Errno::IsDir);
            }
            let mut now = flags | OFlags::NOFOLLOW;
            if slash {
                now |= OFlags::DIRECTORY;
            }
            let target = match openat(&**dir, name.as_slice(), now, mode) {
                // Only an `O_PATH` open can have opened a link.
                Ok(fd) if follow && flags.contains(OFlags::PATH) => match link_target(&fd, b"") {
                    Ok(Some(target)) => target,
                    _ => return Ok(fd),
                },
                Ok(fd) => return Ok(fd),
                Err(errno @ (Kernel::LOOP | Kernel::NOTDIR)) if follow || slash => {
                    link_target(dir, &name)?.ok_or(Errno::from(errno))?
                }
                Err(errno) => return Err(errno.into()),
            };
            resolver.expand(&target)?;
        }
    }

    /// Opens the directory of the last component of `path`, and says what that is.
    pub fn parent(&self, path: &str) -> Result<Parent> {
        check_path(path)?;
        if !self.kernel {
            let mut resolver = Resolver::new(&Steps, &self.fd, path)?;
            let last = resolver.last()?;
            let slash = resolver.slash();
            let fd = resolver.into_dir().unwrap_or_else(|| self.fd.clone());
            return Ok(Parent { fd, last, slash });
        }
        let bare = path.trim_end_matches('/');
        let slash = bare.len() < path.len();
        let (before, name) = match bare.rfind('/') {
            Some(at) => (&bare[..at], &bare[at + 1..]),
            None => ("", bare),
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let last = match name {
            "." => Last::Dot,
            ".." => {
                // Whether that leads out is the kernel's to say.
                self.open(path, flags, Mode::empty(), true)?;
                Last::DotDot
            }
            name => Last::Name(name.as_bytes().to_vec()),
        };
        let fd = match before {
            "" => self.fd.clone(),
            before => Arc::new(self.open(before, flags, Mode::empty(), true)?),
        };
        Ok(Parent { fd, last, slash })
    }

    /// As [`Confined::parent`] of what a link in the last place leads to.
    pub fn parent_following(&self, path: &str) -> Result<Parent> {
        let mut resolver = Resolver::new(&Steps, &self.fd, path)?;
        loop {
            let last = resolver.last()?;
            if let Last::Name(name) = &last
                && let Ok(Some(target)) = link_target(resolver.dir(), name)
            {
                resolver.expand(&target)?;
                continue;
            }
            let slash = resolver.slash();
            let fd = resolver.into_dir().unwrap_or_else(|| self.fd.clone());
            return Ok(Parent { fd, last, slash });
        }
    }
}

impl Parent {
    /// The host's stat of the last name itself.
    pub fn stat(&self, name: &[u8]) -> Result<rustix::fs::Stat> {
        Ok(statat(&*self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Whether the last name is a directory's, and not a link's.
    pub fn is_dir(&self, name: &[u8]) -> Result<bool> {
        let mode = self.stat(name)?.st_mode;
        Ok(rustix::fs::FileType::from_raw_mode(mode) == rustix::fs::FileType::Directory)
    }

    /// The name that something new is to have, where a trailing slash means that it cannot be.
    pub fn new_name(&self) -> Result<&[u8]> {
        match &self.last {
            Last::Name(name) if self.slash => {
                self.stat(name)?;
                Err(Errno::Exist)
            }
            Last::Name(name) => Ok(name),
            _ => Err(Errno::Exist),
        }
    }
}
