//! Access to guest memory through pointers that nobody vouches for.
//!
//! An address and a length are `u32`; their sum is formed where it cannot wrap, and everything
//! outside the memory is [`Errno::Fault`].

use smallvec::SmallVec;
use std::io::{IoSlice, IoSliceMut};
use waxwing_wasi_core::Errno;

type Result<T> = std::result::Result<T, Errno>;

/// How many non-empty buffers one call uses, as many as the kernel takes (`IOV_MAX`). What is
/// behind them is left for the next call: a short read or write.
pub const MAX_IOVECS: usize = 1024;

/// How many descriptions of buffers are looked at in search of non-empty ones.
const MAX_LOOKED_AT: u32 = 16 * 1024;

/// Buffers for the kernel; few of them need no allocation.
pub type IoVec<T> = SmallVec<[T; 8]>;

fn range(ptr: u32, len: u32) -> std::ops::Range<usize> {
    ptr as usize..ptr as usize + len as usize
}

/// The bytes at `ptr`.
pub fn bytes(memory: &[u8], ptr: u32, len: u32) -> Result<&[u8]> {
    memory.get(range(ptr, len)).ok_or(Errno::Fault)
}

/// The bytes at `ptr`, to be written.
pub fn bytes_mut(memory: &mut [u8], ptr: u32, len: u32) -> Result<&mut [u8]> {
    memory.get_mut(range(ptr, len)).ok_or(Errno::Fault)
}

/// The string at `ptr`; [`Errno::IlSeq`] unless it is UTF-8, as the specification's strings are.
pub fn string(memory: &[u8], ptr: u32, len: u32) -> Result<&str> {
    std::str::from_utf8(bytes(memory, ptr, len)?).map_err(|_| Errno::IlSeq)
}

/// Makes sure that a result of `len` bytes can be put at `ptr` later.
pub fn check(memory: &[u8], ptr: u32, len: u32) -> Result<()> {
    bytes(memory, ptr, len).map(|_| ())
}

/// Puts bytes at `ptr`.
pub fn put(memory: &mut [u8], ptr: u32, value: &[u8]) -> Result<()> {
    let len = u32::try_from(value.len()).map_err(|_| Errno::Fault)?;
    bytes_mut(memory, ptr, len)?.copy_from_slice(value);
    Ok(())
}

/// Puts a `u32` at `ptr`.
pub fn put_u32(memory: &mut [u8], ptr: u32, value: u32) -> Result<()> {
    put(memory, ptr, &value.to_le_bytes())
}

/// Puts a count at `ptr`; what does not fit is [`Errno::Overflow`].
pub fn put_size(memory: &mut [u8], ptr: u32, value: usize) -> Result<()> {
    put_u32(memory, ptr, u32::try_from(value).map_err(|_| Errno::Overflow)?)
}

/// Puts a `u64` at `ptr`.
pub fn put_u64(memory: &mut [u8], ptr: u32, value: u64) -> Result<()> {
    put(memory, ptr, &value.to_le_bytes())
}

/// Reads a little-endian `u32` out of a slice that is long enough.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut value = [0; 4];
    value.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(value)
}

/// Reads a little-endian `u64` out of a slice that is long enough.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(value)
}

/// The non-empty buffers that `count` descriptions at `iovs` name, each `{ptr u32, len u32}`.
fn descriptions(memory: &[u8], iovs: u32, count: u32) -> Result<IoVec<(u32, u32)>> {
    let size = count.checked_mul(8).ok_or(Errno::Fault)?;
    let table = bytes(memory, iovs, size)?;
    let mut found = IoVec::new();
    for one in table.chunks_exact(8).take(MAX_LOOKED_AT as usize) {
        let (ptr, len) = (u32_at(one, 0), u32_at(one, 4));
        check(memory, ptr, len)?;
        if len > 0 {
            found.push((ptr, len));
            if found.len() == MAX_IOVECS {
                break;
            }
        }
    }
    if found.is_empty() && count > MAX_LOOKED_AT {
        return Err(Errno::Inval);
    }
    Ok(found)
}

/// Buffers to write from. They may overlap.
pub fn ciovecs(memory: &[u8], iovs: u32, count: u32) -> Result<IoVec<IoSlice<'_>>> {
    let mut slices = IoVec::new();
    for (ptr, len) in descriptions(memory, iovs, count)? {
        slices.push(IoSlice::new(bytes(memory, ptr, len)?));
    }
    Ok(slices)
}

/// Buffers to read into, in the guest's order and without a copy.
///
/// Buffers that overlap an earlier one, and what comes after them, are left for the next call,
/// which makes this a short read. The first non-empty buffer is always there.
pub fn iovecs(memory: &mut [u8], iovs: u32, count: u32) -> Result<IoVec<IoSliceMut<'_>>> {
    let mut wanted = descriptions(memory, iovs, count)?;
    // In almost every call there is one buffer, or several that ascend.
    let ascending =
        wanted.windows(2).all(|w| u64::from(w[0].0) + u64::from(w[0].1) <= w[1].0.into());
    if ascending {
        return split(memory, &wanted);
    }
    wanted.truncate(disjoint_prefix(&wanted));
    let mut order: IoVec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| wanted[*index].0);
    let sorted: IoVec<(u32, u32)> = order.iter().map(|index| wanted[*index]).collect();
    let mut in_place: Vec<(usize, IoSliceMut<'_>)> =
        order.into_iter().zip(split(memory, &sorted)?).collect();
    in_place.sort_by_key(|(index, _)| *index);
    Ok(in_place.into_iter().map(|(_, slice)| slice).collect())
}

/// How many buffers from the front on overlap none before them.
fn disjoint_prefix(wanted: &[(u32, u32)]) -> usize {
    let mut taken = std::collections::BTreeMap::new();
    for (index, (ptr, len)) in wanted.iter().enumerate() {
        let (begin, end) = (u64::from(*ptr), u64::from(*ptr) + u64::from(*len));
        // Those taken are disjoint, so the last that begins before our end reaches furthest.
        if taken.range(..end).next_back().is_some_and(|(_, other)| *other > begin) {
            return index;
        }
        taken.insert(begin, end);
    }
    wanted.len()
}

/// Cuts ascending, disjoint buffers out of the memory.
fn split<'m>(memory: &'m mut [u8], wanted: &[(u32, u32)]) -> Result<IoVec<IoSliceMut<'m>>> {
    let mut slices = IoVec::new();
    let mut rest = memory;
    let mut begin = 0;
    for (ptr, len) in wanted {
        let skip = (*ptr as usize).checked_sub(begin).ok_or(Errno::Fault)?;
        let (_, from) = rest.split_at_mut_checked(skip).ok_or(Errno::Fault)?;
        let (slice, behind) = from.split_at_mut_checked(*len as usize).ok_or(Errno::Fault)?;
        begin = *ptr as usize + *len as usize;
        slices.push(IoSliceMut::new(slice));
        rest = behind;
    }
    Ok(slices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(memory: &mut [u8], at: u32, iovs: &[(u32, u32)]) {
        for (index, (ptr, len)) in iovs.iter().enumerate() {
            put_u32(memory, at + index as u32 * 8, *ptr).unwrap();
            put_u32(memory, at + index as u32 * 8 + 4, *len).unwrap();
        }
    }

    /// The buffers as (first byte, length), where each byte of the first 200 holds its address.
    fn read_into(iovs: &[(u32, u32)]) -> Result<Vec<(u8, usize)>> {
        let mut memory = vec![0; 1024];
        describe(&mut memory, 512, iovs);
        for (at, byte) in memory[..200].iter_mut().enumerate() {
            *byte = at as u8;
        }
        let slices = iovecs(&mut memory, 512, iovs.len() as u32)?;
        Ok(slices.iter().map(|slice| (slice[0], slice.len())).collect())
    }

    #[test]
    fn hostile_pointers_fault() {
        let memory = &mut [0u8; 64][..];
        assert_eq!(bytes(memory, u32::MAX, u32::MAX), Err(Errno::Fault));
        assert_eq!(bytes(memory, 64, 1), Err(Errno::Fault));
        assert_eq!(bytes(memory, 65, 0), Err(Errno::Fault));
        assert_eq!(bytes(memory, 64, 0), Ok(&[][..]));
        assert_eq!(put_u64(memory, 57, 0), Err(Errno::Fault));
        assert!(iovecs(memory, 0, u32::MAX).is_err());
        assert!(ciovecs(memory, u32::MAX, 1).is_err());
        assert!(ciovecs(memory, 60, 1).is_err());
        describe(memory, 0, &[(0, 8), (60, 5)]);
        assert!(ciovecs(memory, 0, 2).is_err());
        assert!(iovecs(memory, 0, 2).is_err());
    }

    #[test]
    fn buffers_keep_the_guests_order() {
        assert_eq!(read_into(&[(7, 3)]), Ok(vec![(7, 3)]));
        assert_eq!(read_into(&[(7, 3), (10, 2), (100, 9)]), Ok(vec![(7, 3), (10, 2), (100, 9)]));
        assert_eq!(read_into(&[(100, 9), (7, 3), (50, 2)]), Ok(vec![(100, 9), (7, 3), (50, 2)]));
        assert_eq!(read_into(&[(100, 9), (3, 0), (50, 2)]), Ok(vec![(100, 9), (50, 2)]));
    }

    #[test]
    fn overlapping_buffers_make_a_short_read() {
        assert_eq!(read_into(&[(10, 10), (15, 10), (100, 1)]), Ok(vec![(10, 10)]));
        assert_eq!(read_into(&[(10, 10), (10, 10)]), Ok(vec![(10, 10)]));
        assert_eq!(read_into(&[(10, 100), (50, 1)]), Ok(vec![(10, 100)]));
        assert_eq!(read_into(&[(50, 5), (10, 5), (12, 60)]), Ok(vec![(50, 5), (10, 5)]));
    }

    #[test]
    fn many_buffers_are_cut_to_what_the_kernel_takes() {
        let mut memory = vec![0; 1 << 20];
        let iovs: Vec<(u32, u32)> = (0..5000).map(|i| (500_000 + i, 1)).collect();
        describe(&mut memory, 0, &iovs);
        assert_eq!(iovecs(&mut memory, 0, 5000).unwrap().len(), MAX_IOVECS);
        assert_eq!(ciovecs(&memory, 0, 5000).unwrap().len(), MAX_IOVECS);
        describe(&mut memory, 0, &vec![(0, 0); 20_000]);
        assert_eq!(ciovecs(&memory, 0, 20_000).err(), Some(Errno::Inval));
        assert_eq!(ciovecs(&memory, 0, 10_000).unwrap().len(), 0);
    }
}
