//! How much machine code an ELF file has.

/// The bytes of the executable sections of a 64-bit little-endian ELF file, without the zeros that fill
/// a section's last page; none when it is no such file, is malformed, or has none.
pub fn bytes(file: &[u8]) -> Option<u64> {
    const EXECUTABLE: u64 = 4;
    const WITHOUT_BYTES: u32 = 8;
    if file.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let table = usize::try_from(long(file, 0x28)?).ok()?;
    let (size, count) = (short(file, 0x3a)?, short(file, 0x3c)?);
    let mut sum = 0u64;
    for at in 0..usize::from(count) {
        let header = table.checked_add(at.checked_mul(usize::from(size))?)?;
        let kind = word(file, header.checked_add(4)?)?;
        let flags = long(file, header.checked_add(8)?)?;
        if flags & EXECUTABLE != 0 && kind != WITHOUT_BYTES {
            let from = usize::try_from(long(file, header.checked_add(0x18)?)?).ok()?;
            let size = usize::try_from(long(file, header.checked_add(0x20)?)?).ok()?;
            let code = file.get(from..from.checked_add(size)?)?;
            let filling = code.iter().rev().take_while(|byte| **byte == 0).count();
            sum = sum.checked_add((size - filling) as u64)?;
        }
    }
    (sum > 0).then_some(sum)
}

/// Bytes at a place.
fn part<const N: usize>(file: &[u8], at: usize) -> Option<[u8; N]> {
    file.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn short(file: &[u8], at: usize) -> Option<u16> {
    part(file, at).map(u16::from_le_bytes)
}

fn word(file: &[u8], at: usize) -> Option<u32> {
    part(file, at).map(u32::from_le_bytes)
}

fn long(file: &[u8], at: usize) -> Option<u64> {
    part(file, at).map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    /// A file of two section headers and, behind them, the four bytes of an executable section.
    fn file() -> Vec<u8> {
        let mut file = vec![0u8; 64 + 2 * 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[0x28] = 64;
        file[0x3a] = 64;
        file[0x3c] = 2;
        let code = 64 + 64;
        file[code + 4] = 1;
        file[code + 8] = 6;
        file[code + 0x18] = 64 + 2 * 64;
        file[code + 0x20] = 4;
        file.extend([0x90, 0, 0xc3, 0]);
        file
    }

    #[test]
    fn what_is_no_elf_or_is_cut_has_none() {
        assert_eq!(bytes(b""), None);
        assert_eq!(bytes(b"\0asm\x01\0\0\0"), None);
        let whole = file();
        for length in 0..whole.len() {
            assert_eq!(bytes(&whole[..length]), None, "{length}");
        }
        for wild in [0x28, 64 + 64 + 0x18, 64 + 64 + 0x20] {
            let mut file = whole.clone();
            file[wild..wild + 8].fill(0xff);
            assert_eq!(bytes(&file), None, "{wild}");
        }
    }

    #[test]
    fn executable_sections_count_without_what_fills_them() {
        assert_eq!(bytes(&file()), Some(3));
    }
}
