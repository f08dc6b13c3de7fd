//! Where everything lies in an artifact, once its header is checked.

use crate::format::{
    ADDRESS_ENTRY, FORMAT_1_AT, FUNCTION_ENTRY, HANDLER_ENTRY, HEADER_AT, IMAGE_ENTRY,
    INLINED_ENTRY, MAGIC, MAGIC_AT, PAGE, SECTION_HEADER, SECTION_HEADERS_AT, SECTIONS,
    SYMBOL_ENTRY, Section, TRAP_ENTRY, header,
};
use crate::{Error, FORMAT_VERSION};
use std::ops::Range;

/// Where everything lies in an artifact. It is a value without a lifetime, so that who owns the
/// bytes can keep it beside them: see [`crate::Artifact::attach`].
#[derive(Clone, Copy, Debug)]
pub struct Outline {
    pub(crate) size: u64,
    places: [Place; SECTIONS],
    pub(crate) imported: u32,
    pub(crate) code_section: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: u64,
    end: u64,
}

impl Outline {
    /// Checks the header and takes the places of the sections from it.
    pub(crate) fn read(bytes: &[u8]) -> Result<Outline, Error> {
        if !bytes.starts_with(b"\x7fELF")
            || bytes.get(MAGIC_AT..MAGIC_AT + MAGIC.len()) != Some(MAGIC)
        {
            return Err(Error::not_an_artifact());
        }
        let have = bytes.len() as u64;
        let cut = || Error::size((HEADER_AT + header::FIXED) as u64, have);
        if u32_at(bytes, FORMAT_1_AT) == Some(1) {
            return Err(Error::format(1));
        }
        let format = u32_at(bytes, HEADER_AT + header::FORMAT).ok_or_else(cut)?;
        if format != FORMAT_VERSION {
            return Err(Error::format(format));
        }
        let size = u64_at(bytes, HEADER_AT + header::FILE_SIZE).ok_or_else(cut)?;
        if size != have {
            return Err(Error::size(size, have));
        }
        let len = u32_at(bytes, HEADER_AT + header::LENGTH).ok_or_else(cut)? as usize;
        let end = HEADER_AT.saturating_add(len);
        if len < header::FIXED || end > header::MAX || end > bytes.len() {
            return Err(Error::damaged("the length of its header"));
        }
        let head = &bytes[..end];
        let checksum = &head[HEADER_AT + header::CHECKSUM..][..32];
        if crate::read::header_checksum(head) != checksum {
            return Err(Error::damaged("the checksum of its header"));
        }
        let mut outline = Outline {
            size,
            places: [Place::default(); SECTIONS],
            imported: u32_at(bytes, HEADER_AT + header::IMPORTED).ok_or_else(cut)?,
            code_section: u32_at(bytes, HEADER_AT + header::CODE_SECTION).ok_or_else(cut)?,
        };
        outline.read_sections(head)?;
        outline.check_entries()?;
        let own = outline.own_functions();
        if own.checked_add(outline.imported).is_none() {
            return Err(Error::damaged("the number of its functions"));
        }
        Ok(outline)
    }

    fn read_sections(&mut self, head: &[u8]) -> Result<(), Error> {
        let damaged = || Error::damaged("its section table");
        let table = (u64_at(head, 0x28), u16_at(head, 0x3a), u16_at(head, 0x3c));
        let want = (SECTION_HEADERS_AT as u64, SECTION_HEADER as u16, SECTIONS as u16);
        if table != (Some(want.0), Some(want.1), Some(want.2)) {
            return Err(damaged());
        }
        let mut at = HEADER_AT as u64;
        for section in Section::ALL {
            let entry = SECTION_HEADERS_AT + section as usize * SECTION_HEADER;
            let start = u64_at(head, entry + 0x18).ok_or_else(damaged)?;
            let len = u64_at(head, entry + 0x20).ok_or_else(damaged)?;
            let end = start.checked_add(len).ok_or_else(damaged)?;
            // In their order, aligned, without overlap, within the file.
            if start < at || !start.is_multiple_of(section.align()) || end > self.size {
                return Err(damaged());
            }
            at = end;
            self.places[section as usize] = Place { start, end };
        }
        let header = self.places[Section::Header as usize];
        if header.start != HEADER_AT as u64 || header.end != head.len() as u64 {
            return Err(damaged());
        }
        Ok(())
    }

    /// Tables must hold whole entries, and code must be within reach of 32-bit offsets.
    fn check_entries(&self) -> Result<(), Error> {
        for (section, entry) in [
            (Section::Functions, FUNCTION_ENTRY),
            (Section::Leafs, FUNCTION_ENTRY),
            (Section::Images, IMAGE_ENTRY),
            (Section::Traps, TRAP_ENTRY),
            (Section::Handlers, HANDLER_ENTRY),
            (Section::Addresses, ADDRESS_ENTRY),
            (Section::Inlined, INLINED_ENTRY),
            (Section::Symbols, SYMBOL_ENTRY),
        ] {
            if !self.len(section).is_multiple_of(entry as u64) {
                return Err(Error::damaged("the size of a table"));
            }
        }
        let entries = self.len(Section::Functions) / FUNCTION_ENTRY as u64;
        if entries > u32::MAX.into() || self.len(Section::Text) > i32::MAX as u64 {
            return Err(Error::damaged("the size of its code"));
        }
        if !self.len(Section::Memory).is_multiple_of(PAGE) {
            return Err(Error::damaged("the size of its memory images"));
        }
        Ok(())
    }

    pub(crate) fn len(&self, section: Section) -> u64 {
        let Place { start, end } = self.places[section as usize];
        end - start
    }

    pub(crate) fn own_functions(&self) -> u32 {
        (self.len(Section::Functions) / FUNCTION_ENTRY as u64) as u32
    }

    pub(crate) fn range(&self, section: Section) -> Range<usize> {
        let Place { start, end } = self.places[section as usize];
        start as usize..end as usize
    }
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
