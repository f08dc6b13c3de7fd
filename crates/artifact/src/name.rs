//! The name of a module, from the name section that is kept: the one thing of it that a runtime without a
//! parser wants (specification, section 7.4.1).

/// The number of the part that names the module.
const MODULE: u8 = 0;

/// The module's name, if the section begins with it, as it does if it has one. What cannot be read is no
/// name: the section may hold anything.
pub(crate) fn of_module(section: &[u8]) -> Option<&str> {
    let (&part, mut rest) = section.split_first()?;
    if part != MODULE {
        return None;
    }
    let mut part = take(&mut rest)?;
    std::str::from_utf8(take(&mut part)?).ok()
}

/// As many bytes as the number says that they begin with, and leaves what is behind them.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = leb128(rest)?;
    let (taken, left) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = left;
    Some(taken)
}

/// An unsigned number of at most 32 bits (specification, section 5.2.2).
fn leb128(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let (&byte, left) = rest.split_first()?;
        *rest = left;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_no_name() {
        for section in [
            &b""[..],
            b"\0",
            b"\0\x02",
            b"\0\x02\x05ab",
            b"\0\x03\x03ab",
            b"\0\x02\x01\xff",
            b"\0\xff\xff\xff\xff\xff\xff",
            b"\0\x80\x80\x80\x80\x10",
            b"\x01\x03\x02ab",
        ] {
            assert_eq!(of_module(section), None, "{section:02x?}");
        }
    }

    #[test]
    fn names_are_read() {
        assert_eq!(of_module(b"\0\x03\x02ab"), Some("ab"));
        assert_eq!(of_module(b"\0\x01\0\x01\x02xx"), Some(""));
        assert_eq!(of_module(b"\0\x84\0\x82\0ab"), Some("ab"), "numbers that are longer");
        let long = [&b"\0\xca\x01\xc8\x01"[..], &[b'n'; 200]].concat();
        assert_eq!(of_module(&long).map(str::len), Some(200));
    }
}
