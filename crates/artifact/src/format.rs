//! The numbers of the format; `docs/formats/artifact.md` explains them.

/// The format that this crate writes, and the only one it reads.
pub const FORMAT_VERSION: u32 = 3;
/// What code and images are aligned to.
pub const PAGE: u64 = 4096;
/// Stands in the address table where code comes from no place in the module.
pub const NO_OFFSET: u32 = u32::MAX;
/// From here on, what stands in the address table is an entry of the table of inlined functions, if
/// that has any.
pub const INLINED: u32 = 1 << 31;
/// How many inlined functions a reader follows into each other.
pub(crate) const MAX_INLINED: usize = 64;

/// Bytes 9 to 15 of the file, which ELF leaves free.
pub(crate) const MAGIC: &[u8; 7] = b"waxwing";
pub(crate) const MAGIC_AT: usize = 9;

pub(crate) const ELF_HEADER: usize = 64;
pub(crate) const PROGRAM_HEADER: usize = 56;
pub(crate) const PROGRAM_HEADERS: usize = 4;
pub(crate) const SECTION_HEADER: usize = 64;
pub(crate) const SECTION_HEADERS_AT: usize = ELF_HEADER + PROGRAM_HEADERS * PROGRAM_HEADER;
/// Section headers that there is room for, so that the header stays where it is when there are more
/// sections.
pub(crate) const SECTION_HEADERS: usize = 24;
pub(crate) const HEADER_AT: usize = SECTION_HEADERS_AT + SECTION_HEADERS * SECTION_HEADER;
/// Where format 1 had its number; zero in later ones.
pub(crate) const FORMAT_1_AT: usize = 0x570;

/// The sections, by their index in the section table. The null section is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Section {
    Header = 1,
    Module = 2,
    Functions = 3,
    Leafs = 4,
    Images = 5,
    Text = 6,
    Memory = 7,
    Data = 8,
    Traps = 9,
    Handlers = 10,
    Addresses = 11,
    Inlined = 12,
    Custom = 13,
    Symbols = 14,
    Strings = 15,
    NamesOfSections = 16,
}

/// How many sections there are, the null section included.
pub(crate) const SECTIONS: usize = 17;

impl Section {
    pub(crate) const ALL: [Section; SECTIONS - 1] = [
        Section::Header,
        Section::Module,
        Section::Functions,
        Section::Leafs,
        Section::Images,
        Section::Text,
        Section::Memory,
        Section::Data,
        Section::Traps,
        Section::Handlers,
        Section::Addresses,
        Section::Inlined,
        Section::Custom,
        Section::Symbols,
        Section::Strings,
        Section::NamesOfSections,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Section::Header => ".waxwing",
            Section::Module => ".waxwing.module",
            Section::Functions => ".waxwing.functions",
            Section::Leafs => ".waxwing.leafs",
            Section::Images => ".waxwing.images",
            Section::Text => ".text",
            Section::Memory => ".waxwing.memory",
            Section::Data => ".waxwing.data",
            Section::Traps => ".waxwing.traps",
            Section::Handlers => ".waxwing.handlers",
            Section::Addresses => ".waxwing.addresses",
            Section::Inlined => ".waxwing.inlined",
            Section::Custom => ".waxwing.custom",
            Section::Symbols => ".symtab",
            Section::Strings => ".strtab",
            Section::NamesOfSections => ".shstrtab",
        }
    }

    /// What the section's offset is a multiple of.
    pub(crate) fn align(self) -> u64 {
        match self {
            // Data follows code and images; beginning on a page of its own, it is never executable.
            Section::Text | Section::Memory | Section::Data => PAGE,
            Section::Custom | Section::Strings | Section::NamesOfSections => 1,
            _ => 8,
        }
    }
}

/// Offsets of fields in the header section.
pub(crate) mod header {
    pub(crate) const CHECKSUM: usize = 0x00;
    pub(crate) const BODY_HASH: usize = 0x20;
    pub(crate) const MODULE_HASH: usize = 0x40;
    pub(crate) const WASM_HASH: usize = 0x60;
    pub(crate) const WASM_SIZE: usize = 0x80;
    pub(crate) const FILE_SIZE: usize = 0x88;
    pub(crate) const FORMAT: usize = 0x90;
    pub(crate) const LENGTH: usize = 0x94;
    pub(crate) const CODE_SECTION: usize = 0x98;
    pub(crate) const IMPORTED: usize = 0x9c;
    pub(crate) const CPU: usize = 0xa0;
    pub(crate) const PLAN: usize = 0xa4;
    pub(crate) const STRINGS: usize = 0xa8;
    /// Engine, compiler, tier, settings.
    pub(crate) const STRING_COUNT: usize = 4;
    /// Bytes before the strings.
    pub(crate) const FIXED: usize = STRINGS + 4 * STRING_COUNT;
    /// What the header may have at most.
    pub(crate) const MAX: usize = 64 << 10;
}

pub(crate) const HASH: usize = 32;
pub(crate) const FUNCTION_ENTRY: usize = 8;
pub(crate) const IMAGE_ENTRY: usize = 32;
pub(crate) const TRAP_ENTRY: usize = 5;
pub(crate) const HANDLER_ENTRY: usize = 12;
pub(crate) const ADDRESS_ENTRY: usize = 8;
/// Bytes of a place in an inlined function.
pub const INLINED_ENTRY: usize = 12;
pub(crate) const SYMBOL_ENTRY: usize = 24;

const _: () = assert!(SECTIONS <= SECTION_HEADERS);
// What format 1 had there must be a section header that does not exist.
const _: () = assert!(FORMAT_1_AT >= SECTION_HEADERS_AT + SECTIONS * SECTION_HEADER);

/// Where a guest goes on if an exception leaves a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Code offset of the handler.
    pub code_offset: u32,
    /// How far the stack pointer is below the frame pointer there.
    pub frame: u32,
}

/// Part of a memory as it is in the beginning: pages of the file that are mapped there, copy on
/// write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// The memory's index. It is one of the module's own.
    pub memory: u32,
    /// Where it begins in the memory; a multiple of [`PAGE`].
    pub address: u64,
    /// Where its bytes begin in the file; a multiple of [`PAGE`].
    pub file_offset: u64,
    /// How many bytes; a multiple of [`PAGE`].
    pub len: u64,
}
