//! Address space.

use std::ffi::CStr;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::ptr::NonNull;

/// Bytes of a page of the host.
pub const fn page_size() -> usize {
    4096
}

/// A range of address space that belongs to its owner until it is dropped. Freshly reserved, none
/// of it is accessible.
#[derive(Debug)]
pub struct Reservation {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: a reservation is a plain range of address space; it has no ties to a thread.
unsafe impl Send for Reservation {}
// SAFETY: shared references only read the base and the length; every change of the mapping takes
// `&self` through the kernel, which is thread-safe, and is an `unsafe` promise of its caller.
unsafe impl Sync for Reservation {}

/// Something that pages can be mapped from: a file, or what lies behind an offset in one.
#[derive(Debug)]
pub struct File {
    fd: OwnedFd,
    /// Where offset 0 is in the file; a multiple of the page size.
    start: u64,
}

/// The contents of a file in memory that nobody can change any more: the kernel refuses it to
/// everyone, this process included.
#[derive(Debug)]
pub struct Sealed {
    file: File,
    map: Reservation,
    len: usize,
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

impl Reservation {
    /// Reserves `len` bytes, rounded up to pages.
    ///
    /// # Errors
    /// If the system has no such range.
    pub fn new(len: usize) -> io::Result<Reservation> {
        let len = len
            .checked_next_multiple_of(page_size())
            .ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?
            .max(page_size());
        // SAFETY: a fresh anonymous mapping at an address of the kernel's choice touches no memory
        // that anyone else uses.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or_else(io::Error::last_os_error)?;
        Ok(Reservation { base, len })
    }

    /// As [`Reservation::new`], at an address that cannot be foretold. Where the system has no room at
    /// the addresses that chance names, it is at one of the system's choice.
    ///
    /// # Errors
    /// As for [`Reservation::new`].
    pub fn new_at_random(len: usize) -> io::Result<Reservation> {
        const LOW: u64 = 1 << 32;
        const HIGH: u64 = 0x7000_0000_0000;
        let rounded = len.checked_next_multiple_of(page_size()).unwrap_or(usize::MAX);
        for _ in 0..8 {
            let Some(span) = (HIGH - LOW).checked_sub(rounded as u64).filter(|&s| s > 0) else {
                break;
            };
            let at = (LOW + crate::random_u64() % span) & !(page_size() as u64 - 1);
            // SAFETY: a fresh anonymous mapping that replaces none.
            let base = unsafe {
                libc::mmap(
                    at as *mut libc::c_void,
                    rounded.max(page_size()),
                    libc::PROT_NONE,
                    libc::MAP_PRIVATE
                        | libc::MAP_ANONYMOUS
                        | libc::MAP_NORESERVE
                        | libc::MAP_FIXED_NOREPLACE,
                    -1,
                    0,
                )
            };
            if base == libc::MAP_FAILED {
                continue;
            }
            if let Some(base) = NonNull::new(base.cast()) {
                // An old kernel takes the address for a hint: the range is ours wherever it is.
                return Ok(Reservation { base, len: rounded.max(page_size()) });
            }
        }
        Reservation::new(len)
    }

    /// The first address.
    pub fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Bytes reserved, a multiple of the page size.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is reserved; never true.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The addresses.
    pub fn range(&self) -> std::ops::Range<usize> {
        let base = self.base.as_ptr() as usize;
        base..base + self.len
    }

    fn within(&self, at: usize, len: usize) -> io::Result<*mut libc::c_void> {
        let fits = at.is_multiple_of(page_size())
            && at.checked_add(len).is_some_and(|end| end <= self.len);
        if !fits {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        Ok(self.base.as_ptr().wrapping_add(at).cast())
    }

    /// Makes `len` bytes from offset `at` readable and writable. New pages are zero.
    ///
    /// # Errors
    /// If the range is not inside the reservation, `at` is no multiple of the page size, or the
    /// system is out of memory or mappings.
    pub fn commit(&self, at: usize, len: usize) -> io::Result<()> {
        let start = self.within(at, len)?;
        if len == 0 {
            return Ok(());
        }
        // SAFETY: the range is inside this reservation, so no one else's memory changes; making
        // pages accessible invalidates no reference.
        check(unsafe { libc::mprotect(start, len, libc::PROT_READ | libc::PROT_WRITE) })
    }

    /// Gives the memory of `len` bytes from offset `at` back to the system. They stay accessible, and
    /// are zero when they are next read. For pages that were committed, not mapped from a file.
    ///
    /// # Errors
    /// As for [`Reservation::commit`].
    ///
    /// # Safety
    /// Nothing may rely on the contents, which are gone, and no reference into the range may exist.
    pub unsafe fn discard(&self, at: usize, len: usize) -> io::Result<()> {
        let start = self.within(at, len)?;
        if len == 0 {
            return Ok(());
        }
        // SAFETY: the range is inside this reservation, and the caller relies on no contents.
        check(unsafe { libc::madvise(start, len, libc::MADV_DONTNEED) })
    }

    /// Takes `len` bytes from offset `at` back: they are inaccessible, and their memory is the
    /// system's, as if they had never been committed. For pages that were committed, not mapped from a
    /// file.
    ///
    /// # Errors
    /// As for [`Reservation::commit`].
    ///
    /// # Safety
    /// As for [`Reservation::discard`].
    pub unsafe fn withdraw(&self, at: usize, len: usize) -> io::Result<()> {
        // SAFETY: passed on to the caller.
        unsafe { self.discard(at, len)? };
        let start = self.within(at, len)?;
        if len == 0 {
            return Ok(());
        }
        // SAFETY: the range is inside this reservation, and nobody refers to it. All else that was asked
        // for it stays, so that it is one mapping with what lies behind it again.
        check(unsafe { libc::mprotect(start, len, libc::PROT_NONE) })
    }

    /// Has the system use small pages for `len` bytes from offset `at`, whatever it uses elsewhere. A
    /// system that cannot is no error.
    ///
    /// # Errors
    /// If the range is not inside the reservation, or `at` is no multiple of the page size.
    pub fn small_pages(&self, at: usize, len: usize) -> io::Result<()> {
        let start = self.within(at, len)?;
        // SAFETY: the range is inside this reservation; contents and protection stay.
        unsafe { libc::madvise(start, len, libc::MADV_NOHUGEPAGE) };
        Ok(())
    }

    /// Maps `len` bytes of `file` from `file_at` at offset `at`, private and writable.
    ///
    /// # Errors
    /// As for [`Reservation::commit`].
    ///
    /// # Safety
    /// No reference into the range may exist; what was there is gone.
    pub unsafe fn map_private(
        &self,
        at: usize,
        len: usize,
        file: &File,
        file_at: u64,
    ) -> io::Result<()> {
        // SAFETY: passed on to the caller.
        unsafe { self.map(at, len, file, file_at, libc::PROT_READ | libc::PROT_WRITE) }
    }

    /// Maps `len` bytes of `file` from `file_at` at offset `at`, to be read, and executed if
    /// `executable`.
    ///
    /// # Errors
    /// As for [`Reservation::commit`].
    ///
    /// # Safety
    /// No reference into the range may exist; what was there is gone.
    pub unsafe fn map_code(
        &self,
        at: usize,
        len: usize,
        file: &File,
        file_at: u64,
        executable: bool,
    ) -> io::Result<()> {
        let prot = libc::PROT_READ | if executable { libc::PROT_EXEC } else { 0 };
        // SAFETY: passed on to the caller.
        unsafe { self.map(at, len, file, file_at, prot) }
    }

    unsafe fn map(
        &self,
        at: usize,
        len: usize,
        file: &File,
        file_at: u64,
        prot: libc::c_int,
    ) -> io::Result<()> {
        let start = self.within(at, len)?;
        if len == 0 {
            return Ok(());
        }
        let file_at = file.start.checked_add(file_at).and_then(|at| i64::try_from(at).ok());
        let file_at = file_at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        // SAFETY: MAP_FIXED replaces pages of this reservation only, and the caller promises that
        // no reference into them exists.
        let got = unsafe {
            libc::mmap(
                start,
                len,
                prot,
                libc::MAP_PRIVATE | libc::MAP_FIXED,
                file.fd.as_raw_fd(),
                file_at,
            )
        };
        if got == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Grows or shrinks the reservation, which may move it. Contents stay.
    ///
    /// # Errors
    /// If the system has no room; the reservation is then unchanged.
    ///
    /// # Safety
    /// No address into the reservation may be used afterwards. All of it must be one mapping, that
    /// is: every page was committed, or none.
    pub unsafe fn resize(&mut self, len: usize) -> io::Result<()> {
        let len = len
            .checked_next_multiple_of(page_size())
            .ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?
            .max(page_size());
        // SAFETY: the range is this reservation's, of one mapping as the caller promises, and the
        // caller uses no old address.
        let got =
            unsafe { libc::mremap(self.base.as_ptr().cast(), self.len, len, libc::MREMAP_MAYMOVE) };
        if got == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        self.base = NonNull::new(got.cast()).ok_or_else(io::Error::last_os_error)?;
        self.len = len;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the range is this reservation's, and whoever drops it holds no address into it.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

impl File {
    /// A file in memory with these contents, which nobody can change any more.
    ///
    /// # Errors
    /// If the system is out of memory or file descriptors.
    pub fn in_memory(name: &CStr, contents: &[u8]) -> io::Result<File> {
        File::sparse(name, contents.len() as u64, [(0, contents)])
    }

    /// A file in memory of this length, which nobody can change any more: zeros, but for the given
    /// contents at the given offsets. What is not given takes no memory until it is looked at.
    ///
    /// # Errors
    /// If the system is out of memory or file descriptors.
    pub fn sparse<'a>(
        name: &CStr,
        len: u64,
        contents: impl IntoIterator<Item = (u64, &'a [u8])>,
    ) -> io::Result<File> {
        let file = sealed(name, |file| {
            file.set_len(len)?;
            contents.into_iter().try_for_each(|(at, bytes)| file.write_all_at(bytes, at))
        })?;
        Ok(File::from(file))
    }

    /// What lies behind `start` in a file. Offsets count from there.
    ///
    /// # Errors
    /// If `start` is no multiple of the page size: pages cannot be mapped from there.
    pub fn behind(file: fs::File, start: u64) -> io::Result<File> {
        if !start.is_multiple_of(page_size() as u64) {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        Ok(File { fd: file.into(), start })
    }
}

impl From<fs::File> for File {
    fn from(file: fs::File) -> File {
        File { fd: file.into(), start: 0 }
    }
}

/// A file in memory, filled and then sealed.
fn sealed(name: &CStr, fill: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<fs::File> {
    // SAFETY: the name is a C string; a new descriptor belongs to us.
    let fd =
        unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was just made and has no other owner.
    let mut file = fs::File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    fill(&mut file)?;
    let seals = libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;
    // SAFETY: fcntl with F_ADD_SEALS takes an integer and touches no memory.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(file)
}

impl Sealed {
    /// Copies everything that there is to read, and seals the copy.
    ///
    /// # Errors
    /// Those of the reader, and if the system is out of memory, addresses or file descriptors.
    pub fn copy_of(name: &CStr, mut contents: impl io::Read) -> io::Result<Sealed> {
        let mut len = 0;
        let file = sealed(name, |file| {
            len = io::copy(&mut contents, file)?;
            Ok(())
        })?;
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let (file, map) = (File::from(file), Reservation::new(len)?);
        // SAFETY: the reservation is new; nothing refers to it.
        unsafe { map.map_code(0, map.len(), &file, 0, false) }?;
        Ok(Sealed { file, map, len })
    }

    /// The contents.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `len` bytes of the file are mapped there, readable, for as long as `self` lives;
        // the seals keep the file from changing and from becoming shorter.
        unsafe { std::slice::from_raw_parts(self.map.base(), self.len) }
    }

    /// The file.
    pub fn into_file(self) -> File {
        self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_and_maps_within_only() {
        let r = Reservation::new(64 * 1024).unwrap();
        r.commit(4096, 4096).unwrap();
        assert!(r.commit(1, 4096).is_err(), "offset off a page boundary");
        assert!(r.commit(60 * 1024, 8192).is_err(), "beyond the end");
        assert!(r.commit(usize::MAX - 4095, 8192).is_err(), "overflow");
        let at = r.base().wrapping_add(4096);
        // SAFETY: the page was committed above and nobody else knows of it.
        unsafe {
            assert_eq!(*at, 0);
            *at = 7;
        }
        let mut image = vec![1u8; 4096];
        image[0] = 42;
        let file = File::in_memory(c"test", &image).unwrap();
        // SAFETY: no reference into the range exists.
        unsafe {
            r.map_private(4096, 4096, &file, 0).unwrap();
            assert_eq!(*at, 42);
            *at = 9;
            r.map_private(4096, 4096, &file, 0).unwrap();
            assert_eq!(*at, 42, "private: the file did not change");
        }
    }

    #[test]
    fn pages_are_mapped_from_behind_an_offset() {
        let mut contents = vec![1u8; 4096];
        contents.resize(3 * 4096, 2);
        let file = || sealed(c"test", |file| io::Write::write_all(file, &contents)).unwrap();
        assert!(File::behind(file(), 100).is_err(), "off a page boundary");
        let r = Reservation::new(4096).unwrap();
        let far = File::behind(file(), 1 << 63).unwrap();
        // SAFETY: no reference into the range exists.
        assert!(unsafe { r.map_private(0, 4096, &far, 0) }.is_err(), "beyond what there can be");
        let behind = File::behind(file(), 4096).unwrap();
        // SAFETY: no reference into the range exists; the byte is then mapped.
        unsafe {
            r.map_private(0, 4096, &behind, 0).unwrap();
            assert_eq!(*r.base(), 2);
        }
    }

    #[test]
    fn what_is_sealed_is_a_copy_that_stays() {
        let mut original = b"the contents".to_vec();
        let sealed = Sealed::copy_of(c"test", &original[..]).unwrap();
        original.fill(0);
        assert_eq!(sealed.bytes(), b"the contents");
        let mut file = fs::File::from(sealed.into_file().fd);
        assert!(io::Write::write_all(&mut file, b"other").is_err(), "written to");
        assert!(file.set_len(0).is_err() && file.set_len(1 << 20).is_err(), "resized");
        assert_eq!(Sealed::copy_of(c"test", &b""[..]).unwrap().bytes(), b"");
    }

    #[test]
    fn resizing_keeps_contents() {
        let mut r = Reservation::new(4096).unwrap();
        r.commit(0, 4096).unwrap();
        // SAFETY: the only mapping is the committed page, and old addresses are not used again.
        unsafe {
            *r.base() = 5;
            r.resize(1 << 20).unwrap();
            assert_eq!(*r.base(), 5);
            *r.base().add((1 << 20) - 1) = 6;
        }
        assert_eq!(r.len(), 1 << 20);
    }
}
