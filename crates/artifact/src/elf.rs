//! The ELF side of the file: file header, program headers, section headers, symbols.

use crate::format::{
    ELF_HEADER, MAGIC, MAGIC_AT, PAGE, PROGRAM_HEADER, PROGRAM_HEADERS, SECTION_HEADER,
    SECTION_HEADERS_AT, SECTIONS, SYMBOL_ENTRY, Section,
};
use object::elf;
use object::pod::bytes_of;
use object::{LittleEndian as LE, U16, U32, U64};
use std::ops::Range;

/// Where each section lies in the file, by [`Section`].
pub(crate) type Ranges = [Range<u64>; SECTIONS];

/// Lays out sections of these lengths after one another.
pub(crate) fn place(lengths: &[u64; SECTIONS]) -> Ranges {
    let mut ranges = [const { 0..0 }; SECTIONS];
    let mut at = crate::format::HEADER_AT as u64;
    for section in Section::ALL {
        let start = at.next_multiple_of(section.align());
        at = start + lengths[section as usize];
        ranges[section as usize] = start..at;
    }
    ranges
}

/// Writes the file header, the program headers and the section headers.
pub(crate) fn write_headers(file: &mut [u8], ranges: &Ranges) {
    let mut header = bytes_of(&file_header()).to_vec();
    header[MAGIC_AT..MAGIC_AT + MAGIC.len()].copy_from_slice(MAGIC);
    file[..ELF_HEADER].copy_from_slice(&header);

    let text = ranges[Section::Text as usize].clone();
    let memory = ranges[Section::Memory as usize].clone();
    let tables = 0..ranges[Section::Images as usize].end;
    let segments = [
        segment(elf::PT_LOAD, elf::PF_R, tables),
        segment(elf::PT_LOAD, elf::PF_R | elf::PF_X, text),
        segment(elf::PT_LOAD, elf::PF_R, memory),
        segment(elf::PT_GNU_STACK, elf::PF_R | elf::PF_W, 0..0),
    ];
    for (i, segment) in segments.iter().enumerate() {
        let at = ELF_HEADER + i * PROGRAM_HEADER;
        file[at..at + PROGRAM_HEADER].copy_from_slice(bytes_of(segment));
    }
    let (names, _) = section_names();
    for section in Section::ALL {
        let at = SECTION_HEADERS_AT + section as usize * SECTION_HEADER;
        let header = section_header(section, names[section as usize], ranges);
        file[at..at + SECTION_HEADER].copy_from_slice(bytes_of(&header));
    }
}

fn file_header() -> elf::FileHeader64<LE> {
    let e = LE;
    elf::FileHeader64 {
        e_ident: elf::Ident {
            magic: elf::ELFMAG,
            class: elf::ELFCLASS64,
            data: elf::ELFDATA2LSB,
            version: elf::EV_CURRENT,
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            padding: [0; 7],
        },
        e_type: U16::new(e, elf::ET_DYN),
        e_machine: U16::new(e, elf::EM_X86_64),
        e_version: U32::new(e, elf::EV_CURRENT.into()),
        e_entry: U64::new(e, 0),
        e_phoff: U64::new(e, ELF_HEADER as u64),
        e_shoff: U64::new(e, SECTION_HEADERS_AT as u64),
        e_flags: U32::new(e, 0),
        e_ehsize: U16::new(e, ELF_HEADER as u16),
        e_phentsize: U16::new(e, PROGRAM_HEADER as u16),
        e_phnum: U16::new(e, PROGRAM_HEADERS as u16),
        e_shentsize: U16::new(e, SECTION_HEADER as u16),
        e_shnum: U16::new(e, SECTIONS as u16),
        e_shstrndx: U16::new(e, Section::NamesOfSections as u16),
    }
}

/// Addresses equal file offsets, so that no tool need convert between them.
fn segment(kind: u32, flags: u32, range: Range<u64>) -> elf::ProgramHeader64<LE> {
    let e = LE;
    let empty = range.is_empty();
    let kind = if empty && kind == elf::PT_LOAD { elf::PT_NULL } else { kind };
    let (start, len) = (range.start, range.end - range.start);
    elf::ProgramHeader64 {
        p_type: U32::new(e, kind),
        p_flags: U32::new(e, flags),
        p_offset: U64::new(e, start),
        p_vaddr: U64::new(e, start),
        p_paddr: U64::new(e, start),
        p_filesz: U64::new(e, len),
        p_memsz: U64::new(e, len),
        p_align: U64::new(e, PAGE),
    }
}

fn section_header(section: Section, name: u32, ranges: &Ranges) -> elf::SectionHeader64<LE> {
    let e = LE;
    let range = &ranges[section as usize];
    let alloc = u64::from(elf::SHF_ALLOC);
    let symbols = (range.end - range.start) / SYMBOL_ENTRY as u64;
    let (kind, flags, link, info, entry) = match section {
        Section::Header | Section::Module | Section::Functions => {
            (elf::SHT_PROGBITS, alloc, 0, 0, 0)
        }
        Section::Leafs | Section::Images | Section::Memory => (elf::SHT_PROGBITS, alloc, 0, 0, 0),
        Section::Text => (elf::SHT_PROGBITS, alloc | u64::from(elf::SHF_EXECINSTR), 0, 0, 0),
        // All symbols are local: `info` is the index of the first that is not.
        Section::Symbols => {
            (elf::SHT_SYMTAB, 0, Section::Strings as u32, symbols as u32, SYMBOL_ENTRY as u64)
        }
        Section::Strings | Section::NamesOfSections => (elf::SHT_STRTAB, 0, 0, 0, 0),
        _ => (elf::SHT_PROGBITS, 0, 0, 0, 0),
    };
    elf::SectionHeader64 {
        sh_name: U32::new(e, name),
        sh_type: U32::new(e, kind),
        sh_flags: U64::new(e, flags),
        sh_addr: U64::new(e, if flags & alloc != 0 { range.start } else { 0 }),
        sh_offset: U64::new(e, range.start),
        sh_size: U64::new(e, range.end - range.start),
        sh_link: U32::new(e, link),
        sh_info: U32::new(e, info),
        sh_addralign: U64::new(e, section.align()),
        sh_entsize: U64::new(e, entry),
    }
}

/// The name of each section as an offset in the table of their names, and that table.
pub(crate) fn section_names() -> ([u32; SECTIONS], Vec<u8>) {
    let mut offsets = [0; SECTIONS];
    let mut table = vec![0];
    for section in Section::ALL {
        offsets[section as usize] = table.len() as u32;
        table.extend_from_slice(section.name().as_bytes());
        table.push(0);
    }
    (offsets, table)
}

/// The symbol of a function whose name begins at `name` in the string table.
pub(crate) fn symbol(name: u32, address: u64, size: u64) -> [u8; SYMBOL_ENTRY] {
    let e = LE;
    let symbol = elf::Sym64 {
        st_name: U32::new(e, name),
        st_info: (elf::STB_LOCAL << 4) | elf::STT_FUNC,
        st_other: elf::STV_DEFAULT,
        st_shndx: U16::new(e, Section::Text as u16),
        st_value: U64::new(e, address),
        st_size: U64::new(e, size),
    };
    let mut bytes = [0; SYMBOL_ENTRY];
    bytes.copy_from_slice(bytes_of(&symbol));
    bytes
}
