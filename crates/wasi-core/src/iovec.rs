//! Small helpers over vectored buffers.

use smallvec::SmallVec;
use std::io::IoSlice;

/// The sum of the lengths.
pub(crate) fn total(bufs: &[IoSlice<'_>]) -> usize {
    bufs.iter().map(|buf| buf.len()).sum()
}

/// The buffers without their first `skip` bytes. The bytes themselves are not copied.
pub(crate) fn skip<'a>(bufs: &[IoSlice<'a>], mut skip: usize) -> SmallVec<[IoSlice<'a>; 8]> {
    let mut rest = SmallVec::new();
    for buf in bufs {
        let cut = skip.min(buf.len());
        skip -= cut;
        if cut < buf.len() {
            let mut buf = *buf;
            buf.advance(cut);
            rest.push(buf);
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipping_drops_whole_and_part_buffers() {
        let bufs = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cde")];
        assert_eq!(total(&bufs), 5);
        let rest = skip(&bufs, 3);
        assert_eq!(rest.len(), 1);
        assert_eq!(&*rest[0], b"de");
        assert!(skip(&bufs, 5).is_empty());
    }
}
