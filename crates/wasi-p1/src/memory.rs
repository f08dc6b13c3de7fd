//! Access to guest memory through pointers that nobody vouches for.
//!
//! An address and a length are `u32`; their sum is formed where it cannot wrap, and everything
//! outside the memory is [`Errno::Fault`].
//!
//! The memory of a single guest is a slice, of which the kernel is handed parts. Memory that threads
//! share changes at any time, so there are no references to it: everything is copied, once, and then
//! looked at.

use smallvec::SmallVec;
use std::borrow::Cow;
use std::io::{IoSlice, IoSliceMut};
use waxwing_wasi_core::{Errno, Fail};

type Result<T> = std::result::Result<T, Errno>;

/// How many non-empty buffers one call uses, as many as the kernel takes (`IOV_MAX`). What is
/// behind them is left for the next call: a short read or write.
pub const MAX_IOVECS: usize = 1024;

/// How many descriptions of buffers are looked at in search of non-empty ones.
const MAX_LOOKED_AT: u32 = 16 * 1024;

/// How many bytes one call copies to or from shared memory: what is more makes a short read or write.
pub const MAX_COPIED: usize = 1 << 20;

/// Buffers for the kernel; few of them need no allocation.
pub type IoVec<T> = SmallVec<[T; 8]>;

/// A guest's linear memory.
pub enum Memory<'a> {
    /// That of a guest of one thread.
    Bytes(&'a mut [u8]),
    /// One that threads share.
    Shared(&'a dyn Shared),
}

/// Memory that other threads read and write at any time.
pub trait Shared {
    /// How many bytes there are at least from now on.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Copies bytes out; false, and nothing done, if they are not all within the memory.
    fn read(&self, at: usize, to: &mut [u8]) -> bool;
    /// Copies bytes in; false, and nothing done, if they are not all within the memory.
    fn write(&self, at: usize, from: &[u8]) -> bool;
}

fn range(ptr: u32, len: u32) -> std::ops::Range<usize> {
    ptr as usize..ptr as usize + len as usize
}

/// The bytes at `ptr`; a copy, if the memory is shared.
pub fn bytes<'m>(memory: &'m Memory<'_>, ptr: u32, len: u32) -> Result<Cow<'m, [u8]>> {
    check(memory, ptr, len)?;
    match memory {
        Memory::Bytes(bytes) => bytes.get(range(ptr, len)).map(Cow::Borrowed).ok_or(Errno::Fault),
        Memory::Shared(shared) => {
            let mut copy = vec![0; len as usize];
            if shared.read(ptr as usize, &mut copy) {
                Ok(Cow::Owned(copy))
            } else {
                Err(Errno::Fault)
            }
        }
    }
}

/// The string at `ptr`; [`Errno::IlSeq`] unless it is UTF-8, as the specification's strings are, and
/// [`Errno::NameTooLong`] if it is longer than any path can be.
pub fn string<'m>(memory: &'m Memory<'_>, ptr: u32, len: u32) -> Result<Cow<'m, str>> {
    check(memory, ptr, len)?;
    if matches!(memory, Memory::Shared(_)) && len as usize > MAX_COPIED {
        return Err(Errno::NameTooLong);
    }
    match bytes(memory, ptr, len)? {
        Cow::Borrowed(bytes) => {
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Errno::IlSeq)
        }
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Errno::IlSeq),
    }
}

/// Makes sure that a result of `len` bytes can be put at `ptr` later.
pub fn check(memory: &Memory<'_>, ptr: u32, len: u32) -> Result<()> {
    let have = match memory {
        Memory::Bytes(bytes) => bytes.len(),
        Memory::Shared(shared) => shared.len(),
    };
    if range(ptr, len).end <= have { Ok(()) } else { Err(Errno::Fault) }
}

/// Puts bytes at `ptr`.
pub fn put(memory: &mut Memory<'_>, ptr: u32, value: &[u8]) -> Result<()> {
    let len = u32::try_from(value.len()).map_err(|_| Errno::Fault)?;
    match memory {
        Memory::Bytes(bytes) => {
            bytes.get_mut(range(ptr, len)).ok_or(Errno::Fault)?.copy_from_slice(value);
            Ok(())
        }
        Memory::Shared(shared) if shared.write(ptr as usize, value) => Ok(()),
        Memory::Shared(_) => Err(Errno::Fault),
    }
}

/// Puts a `u32` at `ptr`.
pub fn put_u32(memory: &mut Memory<'_>, ptr: u32, value: u32) -> Result<()> {
    put(memory, ptr, &value.to_le_bytes())
}

/// Puts a count at `ptr`; what does not fit is [`Errno::Overflow`].
pub fn put_size(memory: &mut Memory<'_>, ptr: u32, value: usize) -> Result<()> {
    put_u32(memory, ptr, u32::try_from(value).map_err(|_| Errno::Overflow)?)
}

/// Puts a `u64` at `ptr`.
pub fn put_u64(memory: &mut Memory<'_>, ptr: u32, value: u64) -> Result<()> {
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
fn descriptions(memory: &Memory<'_>, iovs: u32, count: u32) -> Result<IoVec<(u32, u32)>> {
    check(memory, iovs, count.checked_mul(8).ok_or(Errno::Fault)?)?;
    let table = bytes(memory, iovs, count.min(MAX_LOOKED_AT) * 8)?;
    let mut found = IoVec::new();
    for one in table.chunks_exact(8) {
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

/// Has `read` fill the buffers described at `iovs`; it says how many bytes it filled, and something
/// more for the caller.
///
/// Buffers that overlap an earlier one, and what comes after them, are left for the next call,
/// which makes this a short read. The first non-empty buffer is always there.
pub fn read_into<T>(
    memory: &mut Memory<'_>,
    iovs: u32,
    count: u32,
    read: impl FnOnce(&mut [IoSliceMut<'_>]) -> std::result::Result<(usize, T), Fail>,
) -> std::result::Result<(usize, T), Fail> {
    let wanted = descriptions(memory, iovs, count)?;
    let shared = match memory {
        Memory::Bytes(bytes) => return read(&mut iovecs(bytes, wanted)?),
        Memory::Shared(shared) => shared,
    };
    let wanted = at_most(wanted);
    let mut room = vec![0; wanted.iter().map(|w| w.1 as usize).sum()];
    let answer = read(&mut pieces(&mut room, &wanted))?;
    let mut done = &room[..answer.0.min(room.len())];
    for (ptr, len) in &wanted {
        let (now, later) = done.split_at((*len as usize).min(done.len()));
        if !shared.write(*ptr as usize, now) {
            return Err(Errno::Fault.into());
        }
        done = later;
    }
    Ok(answer)
}

/// Cuts a copy's room into buffers of the lengths wanted.
fn pieces<'r>(mut room: &'r mut [u8], wanted: &[(u32, u32)]) -> IoVec<IoSliceMut<'r>> {
    let mut slices = IoVec::new();
    for (_, len) in wanted {
        let (slice, behind) = room.split_at_mut(*len as usize);
        slices.push(IoSliceMut::new(slice));
        room = behind;
    }
    slices
}

/// Has `write` use the buffers described at `iovs`. They may overlap.
pub fn write_from<T>(
    memory: &Memory<'_>,
    iovs: u32,
    count: u32,
    write: impl FnOnce(&[IoSlice<'_>]) -> std::result::Result<T, Fail>,
) -> std::result::Result<T, Fail> {
    let wanted = descriptions(memory, iovs, count)?;
    let shared = matches!(memory, Memory::Shared(_));
    let wanted = if shared { at_most(wanted) } else { wanted };
    let mut buffers: IoVec<Cow<'_, [u8]>> = IoVec::new();
    for (ptr, len) in wanted {
        buffers.push(bytes(memory, ptr, len)?);
    }
    let slices: IoVec<IoSlice<'_>> = buffers.iter().map(|b| IoSlice::new(b)).collect();
    write(&slices)
}

/// The front of some buffers, of [`MAX_COPIED`] bytes together.
fn at_most(mut wanted: IoVec<(u32, u32)>) -> IoVec<(u32, u32)> {
    let mut left = MAX_COPIED as u32;
    for (_, len) in &mut wanted {
        *len = left.min(*len);
        left -= *len;
    }
    wanted.retain(|(_, len)| *len > 0);
    wanted
}

/// Buffers to read into, in the guest's order and without a copy.
fn iovecs(memory: &mut [u8], mut wanted: IoVec<(u32, u32)>) -> Result<IoVec<IoSliceMut<'_>>> {
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
    use std::cell::RefCell;

    fn describe(memory: &mut [u8], at: u32, iovs: &[(u32, u32)]) {
        let memory = &mut Memory::Bytes(memory);
        for (index, (ptr, len)) in iovs.iter().enumerate() {
            put_u32(memory, at + index as u32 * 8, *ptr).unwrap();
            put_u32(memory, at + index as u32 * 8 + 4, *len).unwrap();
        }
    }

    /// Shared by nobody but the tests.
    struct Plain(RefCell<Vec<u8>>);

    impl Shared for Plain {
        fn len(&self) -> usize {
            self.0.borrow().len()
        }
        fn read(&self, at: usize, to: &mut [u8]) -> bool {
            let memory = self.0.borrow();
            memory.get(at..at + to.len()).map(|from| to.copy_from_slice(from)).is_some()
        }
        fn write(&self, at: usize, from: &[u8]) -> bool {
            let mut memory = self.0.borrow_mut();
            memory.get_mut(at..at + from.len()).map(|to| to.copy_from_slice(from)).is_some()
        }
    }

    /// The buffers as (first byte, length), where each byte of the first 200 holds its address.
    fn read_from(iovs: &[(u32, u32)]) -> Result<Vec<(u8, usize)>> {
        let mut memory = vec![0; 1024];
        describe(&mut memory, 512, iovs);
        for (at, byte) in memory[..200].iter_mut().enumerate() {
            *byte = at as u8;
        }
        let wanted = descriptions(&Memory::Bytes(&mut memory), 512, iovs.len() as u32)?;
        let slices = iovecs(&mut memory, wanted)?;
        Ok(slices.iter().map(|slice| (slice[0], slice.len())).collect())
    }

    /// How many buffers a write of `count` has.
    fn count(memory: &mut Memory<'_>, iovs: u32, count: u32) -> std::result::Result<usize, Fail> {
        write_from(memory, iovs, count, |bufs| Ok(bufs.len()))
    }

    #[test]
    fn hostile_pointers_fault() {
        let mut room = [0u8; 64];
        describe(&mut room, 0, &[(0, 8), (60, 5)]);
        let shared = Plain(RefCell::new(room.to_vec()));
        for mut memory in [Memory::Bytes(&mut room), Memory::Shared(&shared)] {
            let memory = &mut memory;
            assert_eq!(bytes(memory, u32::MAX, u32::MAX), Err(Errno::Fault));
            assert_eq!(bytes(memory, 64, 1), Err(Errno::Fault));
            assert_eq!(bytes(memory, 65, 0), Err(Errno::Fault));
            assert_eq!(&*bytes(memory, 64, 0).unwrap(), b"");
            assert_eq!(string(memory, 0, u32::MAX), Err(Errno::Fault));
            assert_eq!(put_u64(memory, 57, 0), Err(Errno::Fault));
            let read = |m: &mut Memory<'_>, at, n| read_into(m, at, n, |_| Ok((0, ()))).is_err();
            assert!(read(memory, 0, u32::MAX) && read(memory, 0, 2));
            for (at, n) in [(u32::MAX, 1), (60, 1), (0, 2)] {
                assert_eq!(count(memory, at, n), Err(Errno::Fault.into()));
            }
        }
    }

    #[test]
    fn buffers_keep_the_guests_order() {
        assert_eq!(read_from(&[(7, 3)]), Ok(vec![(7, 3)]));
        assert_eq!(read_from(&[(7, 3), (10, 2), (100, 9)]), Ok(vec![(7, 3), (10, 2), (100, 9)]));
        assert_eq!(read_from(&[(100, 9), (7, 3), (50, 2)]), Ok(vec![(100, 9), (7, 3), (50, 2)]));
        assert_eq!(read_from(&[(100, 9), (3, 0), (50, 2)]), Ok(vec![(100, 9), (50, 2)]));
    }

    #[test]
    fn overlapping_buffers_make_a_short_read() {
        assert_eq!(read_from(&[(10, 10), (15, 10), (100, 1)]), Ok(vec![(10, 10)]));
        assert_eq!(read_from(&[(10, 10), (10, 10)]), Ok(vec![(10, 10)]));
        assert_eq!(read_from(&[(10, 100), (50, 1)]), Ok(vec![(10, 100)]));
        assert_eq!(read_from(&[(50, 5), (10, 5), (12, 60)]), Ok(vec![(50, 5), (10, 5)]));
    }

    #[test]
    fn many_buffers_are_cut_to_what_the_kernel_takes() {
        let mut room = vec![0; 1 << 20];
        let iovs: Vec<(u32, u32)> = (0..5000).map(|i| (500_000 + i, 1)).collect();
        describe(&mut room, 0, &iovs);
        assert_eq!(count(&mut Memory::Bytes(&mut room), 0, 5000), Ok(MAX_IOVECS));
        describe(&mut room, 0, &vec![(0, 0); 20_000]);
        let memory = &mut Memory::Bytes(&mut room);
        assert_eq!(count(memory, 0, 20_000), Err(Errno::Inval.into()));
        assert_eq!(count(memory, 0, 10_000), Ok(0));
    }

    #[test]
    fn shared_memory_is_copied_in_the_guests_order() {
        let mut room = vec![0; 4 << 20];
        describe(&mut room, 0, &[(200, 3), (100, 2), (1 << 20, 3 << 20)]);
        let shared = Plain(RefCell::new(room));
        let memory = &mut Memory::Shared(&shared);
        let (done, lens) = read_into(memory, 0, 3, |bufs| {
            bufs[0].copy_from_slice(b"abc");
            bufs[1].copy_from_slice(b"de");
            Ok((4, bufs.iter().map(|b| b.len()).collect::<Vec<usize>>()))
        })
        .unwrap();
        assert_eq!((done, lens), (4, vec![3, 2, MAX_COPIED - 5]), "a large read is a short one");
        assert_eq!(&*bytes(memory, 200, 3).unwrap(), b"abc");
        assert_eq!(&*bytes(memory, 100, 2).unwrap(), b"d\0", "only what was read is copied");
        let all = write_from(memory, 0, 2, |bufs| {
            Ok(bufs.iter().flat_map(|b| b.to_vec()).collect::<Vec<u8>>())
        })
        .unwrap();
        assert_eq!(all, b"abcd\0");
        assert_eq!(string(memory, 0, 2 << 20), Err(Errno::NameTooLong));
    }
}
