//! Which pages of a range a program has made its own (Linux 6.7, `PAGEMAP_SCAN`; see
//! `Documentation/admin-guide/mm/pagemap.rst` of the kernel).

use crate::thread::{FORKS, watch_forks};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::sync::atomic::Ordering;

/// Pages that a scan reports: present or swapped out, neither of a file nor the page of zeros. Those
/// are the pages of private memory that were written since they were mapped or discarded.
#[derive(Debug)]
pub struct PageMap {
    file: File,
    /// How many forks there had been: after another one it is the parent's.
    forks: u64,
}

const FILE: u64 = 1 << 2;
const PRESENT: u64 = 1 << 3;
const SWAPPED: u64 = 1 << 4;
const PFNZERO: u64 = 1 << 5;

/// `struct pm_scan_arg` of `linux/fs.h`.
#[repr(C)]
#[derive(Default)]
struct ScanArg {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

/// `struct page_region` of `linux/fs.h`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Region {
    start: u64,
    end: u64,
    categories: u64,
}

/// `_IOWR('f', 16, struct pm_scan_arg)`.
const PAGEMAP_SCAN: libc::Ioctl =
    (3 << 30 | (size_of::<ScanArg>() as u32) << 16 | (b'f' as u32) << 8 | 16) as libc::Ioctl;

/// Runs of pages that one call of the system reports at most.
const AT_ONCE: usize = 32;

impl PageMap {
    /// The page map of this process.
    ///
    /// # Errors
    /// If the system has none, or cannot scan it.
    pub fn new() -> io::Result<PageMap> {
        watch_forks();
        let forks = FORKS.load(Ordering::Relaxed);
        let map = PageMap { file: File::open("/proc/self/pagemap")?, forks };
        let probe = 0u8;
        let page = (&raw const probe as usize) & !(crate::page_size() - 1);
        map.own_pages(page..page + crate::page_size(), |_| ())?;
        Ok(map)
    }

    /// Calls `each` with every run of pages that is the program's own, in order.
    ///
    /// # Errors
    /// If the range is not one of whole pages, or the page map is one from before a fork; `each` may
    /// have been called then.
    pub fn own_pages(
        &self,
        range: Range<usize>,
        mut each: impl FnMut(Range<usize>),
    ) -> io::Result<()> {
        if self.forks != FORKS.load(Ordering::Relaxed) {
            return Err(io::Error::other("the page map is another process's"));
        }
        let mut found = [Region::default(); AT_ONCE];
        let mut arg = ScanArg {
            size: size_of::<ScanArg>() as u64,
            start: range.start as u64,
            end: range.end as u64,
            vec: found.as_mut_ptr() as u64,
            vec_len: AT_ONCE as u64,
            category_inverted: FILE | PFNZERO,
            category_mask: FILE | PFNZERO,
            category_anyof_mask: PRESENT | SWAPPED,
            return_mask: PRESENT,
            ..ScanArg::default()
        };
        while arg.start < arg.end {
            // SAFETY: the argument and the room that it points to are ours, and live until the call
            // has returned; the call writes nothing else.
            let n = unsafe { libc::ioctl(self.file.as_raw_fd(), PAGEMAP_SCAN, &mut arg) };
            if n < 0 {
                return Err(io::Error::last_os_error());
            }
            for region in &found[..(n as usize).min(AT_ONCE)] {
                each(region.start as usize..region.end as usize);
            }
            if arg.walk_end <= arg.start {
                return Err(io::Error::other("the scan of the page map stands still"));
            }
            arg.start = arg.walk_end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reservation;

    fn own(map: &PageMap, r: &Reservation, from: usize, pages: usize) -> Vec<Range<usize>> {
        let mut out: Vec<Range<usize>> = Vec::new();
        let base = r.base() as usize;
        let range = base + from * 4096..base + (from + pages) * 4096;
        map.own_pages(range, |run| {
            let run = (run.start - base) / 4096..(run.end - base) / 4096;
            match out.last_mut() {
                Some(last) if last.end == run.start => last.end = run.end,
                _ => out.push(run),
            }
        })
        .unwrap();
        out
    }

    #[test]
    fn written_pages_are_found_and_no_others() {
        // Where the kernel cannot do it, the fallback is tested by those who have it.
        let Ok(map) = PageMap::new() else { return };
        let r = Reservation::new(256 * 4096).unwrap();
        r.commit(0, 200 * 4096).unwrap();
        assert!(own(&map, &r, 0, 256).is_empty());
        let at = |page: usize| r.base().wrapping_add(page * 4096);
        // SAFETY: the pages are committed, and nobody else knows of them.
        unsafe {
            at(3).write_volatile(1);
            at(4).write_volatile(1);
            assert_eq!(at(9).read_volatile(), 0, "reading does not count");
            for page in (20..200).step_by(2) {
                at(page).write_volatile(1);
            }
        }
        let found = own(&map, &r, 0, 256);
        assert_eq!(found.len(), 91);
        assert_eq!(found[0], 3..5);
        assert_eq!(found[90], 198..199);
        // SAFETY: nothing relies on the contents.
        unsafe { r.discard(0, 200 * 4096).unwrap() };
        assert!(own(&map, &r, 0, 256).is_empty());
        assert!(map.own_pages(1..4096, |_| ()).is_err(), "no whole page");
    }

    #[test]
    fn pages_of_a_file_count_once_they_are_written() {
        let Ok(map) = PageMap::new() else { return };
        let r = Reservation::new(8 * 4096).unwrap();
        let file = crate::File::in_memory(c"test", &[7; 8 * 4096]).unwrap();
        // SAFETY: no reference into the range exists; the pages are mapped and writable then.
        unsafe {
            r.map_private(0, 8 * 4096, &file, 0).unwrap();
            assert_eq!(r.base().add(4096).read_volatile(), 7);
            assert!(own(&map, &r, 0, 8).is_empty());
            r.base().add(2 * 4096).write_volatile(1);
            let found = own(&map, &r, 0, 8);
            assert_eq!((found.len(), &found[0]), (1, &(2..3)));
        }
    }
}
