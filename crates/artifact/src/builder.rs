//! Writing an artifact.
//!
//! The file is allocated once, in its full size, and filled where it lies: nothing is copied
//! twice, and the large parts can be filled by several threads.

use crate::elf::{self, Ranges};
use crate::format::{
    ADDRESS_ENTRY, FUNCTION_ENTRY, HANDLER_ENTRY, HEADER_AT, IMAGE_ENTRY, INLINED_ENTRY, Image,
    PAGE, SECTIONS, SYMBOL_ENTRY, Section, TRAP_ENTRY, header,
};
use crate::{Error, Fingerprint};
use std::ops::Range;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::plan::MemoryPlan;
use waxwing_module::Module;

/// Everything about an artifact but its large parts, of which only the sizes are given.
#[derive(Debug)]
pub struct Contents<'a> {
    /// What it is made by and for.
    pub fingerprint: &'a Fingerprint,
    /// BLAKE3 of the module it is made from.
    pub wasm_hash: [u8; 32],
    /// Bytes of that module.
    pub wasm_size: u64,
    /// Where the contents of that module's code section begin.
    pub code_section: u32,
    /// The module's facts; [`waxwing_module::Data::bytes`] counts from the beginning of
    /// [`Parts::data`].
    pub module: &'a Module,
    /// Offset in the text and length of each function of the module's own, by index. Offsets
    /// ascend.
    pub functions: &'a [(u32, u32)],
    /// Offset in the text and length of each leaf, in the order of [`Leaf::ALL`].
    pub leafs: &'a [(u32, u32)],
    /// The name of each function of the module's own.
    pub names: &'a [String],
    /// Custom sections that are kept: name and contents.
    pub customs: &'a [(&'a str, &'a [u8])],
    /// The parts of memories that are mapped: memory, address and length, both multiples of
    /// [`PAGE`]. Their bytes follow one another in [`Parts::memory`].
    pub images: &'a [(u32, u64, u64)],
    /// Bytes of code.
    pub text_len: u32,
    /// Bytes of data segments.
    pub data_len: u64,
    /// Entries of the trap table.
    pub traps: usize,
    /// Entries of the handler table.
    pub handlers: usize,
    /// Entries of the address table.
    pub addresses: usize,
    /// Entries of the table of inlined functions.
    pub inlined: usize,
}

/// An artifact that is being written.
#[derive(Debug)]
pub struct Builder {
    file: Vec<u8>,
    ranges: Ranges,
    traps: usize,
    handlers: usize,
    addresses: usize,
}

/// The large parts of an artifact, to be filled in. All are zero in the beginning.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The code.
    pub text: &'a mut [u8],
    /// The bytes of memory images, one after the other.
    pub memory: &'a mut [u8],
    /// The bytes of data segments.
    pub data: &'a mut [u8],
    /// Offsets in the text of instructions that may fault, 4 bytes each, ascending.
    pub trap_offsets: &'a mut [u8],
    /// The trap that each of them means, one byte each.
    pub trap_codes: &'a mut [u8],
    /// Offsets in the text behind calls that an exception may leave for a handler, 4 bytes each,
    /// ascending.
    pub handler_returns: &'a mut [u8],
    /// The offset in the text of the handler of each, 4 bytes each.
    pub handler_offsets: &'a mut [u8],
    /// How far the stack pointer is below the frame pointer in each handler, 4 bytes each.
    pub handler_frames: &'a mut [u8],
    /// Offsets in the text, 4 bytes each, ascending.
    pub address_offsets: &'a mut [u8],
    /// The offset in the module that holds from there on, 4 bytes each; [`crate::NO_OFFSET`] for
    /// none, or [`crate::INLINED`] and the number of an entry of the table of inlined functions.
    pub address_values: &'a mut [u8],
    /// Places in inlined functions, 12 bytes each: the function's index, the offset in the module, and
    /// what stands in the address table for the place of the call.
    pub inlined: &'a mut [u8],
}

impl Builder {
    /// Writes everything but the large parts.
    ///
    /// # Errors
    /// If something does not fit.
    ///
    /// # Panics
    /// If the contents contradict each other: a name for each function, all leafs, functions
    /// ascending and inside the text, aligned images.
    pub fn new(contents: &Contents<'_>) -> Result<Builder, Error> {
        contents.assert_consistent();
        let module = postcard::to_stdvec(contents.module)
            .map_err(|_| Error::too_large("the module's facts"))?;
        let custom = custom_table(contents.customs)?;
        let (symbol_names, strings) = string_table(contents.names)?;
        let (_, section_names) = elf::section_names();
        let header = header_bytes(contents, &module)?;

        let mut lengths = [0; SECTIONS];
        let mut set = |section: Section, len: usize| lengths[section as usize] = len as u64;
        set(Section::Header, header.len());
        set(Section::Module, module.len());
        set(Section::Functions, contents.functions.len() * FUNCTION_ENTRY);
        set(Section::Leafs, contents.leafs.len() * FUNCTION_ENTRY);
        set(Section::Images, contents.images.len() * IMAGE_ENTRY);
        set(Section::Text, contents.text_len as usize);
        set(Section::Memory, contents.images.iter().map(|i| i.2 as usize).sum());
        set(Section::Data, contents.data_len as usize);
        set(Section::Traps, contents.traps * TRAP_ENTRY);
        set(Section::Handlers, contents.handlers * HANDLER_ENTRY);
        set(Section::Addresses, contents.addresses * ADDRESS_ENTRY);
        set(Section::Inlined, contents.inlined * INLINED_ENTRY);
        set(Section::Custom, custom_len(&custom, contents.customs));
        set(Section::Symbols, (1 + symbol_names.len()) * SYMBOL_ENTRY);
        set(Section::Strings, strings.len());
        set(Section::NamesOfSections, section_names.len());

        let ranges = elf::place(&lengths);
        let size = ranges[Section::NamesOfSections as usize].end;
        let size = usize::try_from(size).map_err(|_| Error::too_large("the file"))?;
        let &Contents { traps, handlers, addresses, .. } = contents;
        let mut builder = Builder { file: vec![0; size], ranges, traps, handlers, addresses };
        elf::write_headers(&mut builder.file, &builder.ranges);
        builder.section(Section::Header).copy_from_slice(&header);
        builder.section(Section::Module).copy_from_slice(&module);
        builder.section(Section::Strings).copy_from_slice(&strings);
        builder.section(Section::NamesOfSections).copy_from_slice(&section_names);
        builder.write_tables(contents);
        builder.write_symbols(contents, &symbol_names);
        builder.write_customs(&custom, contents.customs);
        Ok(builder)
    }

    /// The large parts.
    pub fn parts(&mut self) -> Parts<'_> {
        let mut rest = &mut self.file[..];
        let mut used = 0;
        let mut take = |range: &Range<u64>| -> &mut [u8] {
            let (start, end) = (range.start as usize, range.end as usize);
            let (head, tail) = std::mem::take(&mut rest).split_at_mut(end - used);
            rest = tail;
            let part = &mut head[start - used..];
            used = end;
            part
        };
        let text = take(&self.ranges[Section::Text as usize]);
        let memory = take(&self.ranges[Section::Memory as usize]);
        let data = take(&self.ranges[Section::Data as usize]);
        let traps = take(&self.ranges[Section::Traps as usize]);
        let handlers = take(&self.ranges[Section::Handlers as usize]);
        let addresses = take(&self.ranges[Section::Addresses as usize]);
        let inlined = take(&self.ranges[Section::Inlined as usize]);
        let (trap_offsets, trap_codes) = traps.split_at_mut(self.traps * 4);
        let (handler_returns, handlers) = handlers.split_at_mut(self.handlers * 4);
        let (handler_offsets, handler_frames) = handlers.split_at_mut(self.handlers * 4);
        let (address_offsets, address_values) = addresses.split_at_mut(self.addresses * 4);
        Parts {
            text,
            memory,
            data,
            trap_offsets,
            trap_codes,
            handler_returns,
            handler_offsets,
            handler_frames,
            address_offsets,
            address_values,
            inlined,
        }
    }

    /// Adds the hashes: the artifact is complete.
    pub fn finish(mut self) -> Vec<u8> {
        let body = self.ranges[Section::Header as usize].end as usize;
        let hash = crate::read::body_hash(&self.file[body..]);
        let size = self.file.len() as u64;
        let header = self.section(Section::Header);
        header[header::FILE_SIZE..][..8].copy_from_slice(&size.to_le_bytes());
        header[header::BODY_HASH..][..32].copy_from_slice(&hash);
        let checksum = crate::read::header_checksum(&self.file[..body]);
        self.section(Section::Header)[header::CHECKSUM..][..32].copy_from_slice(&checksum);
        self.file
    }

    fn section(&mut self, section: Section) -> &mut [u8] {
        let range = &self.ranges[section as usize];
        &mut self.file[range.start as usize..range.end as usize]
    }

    fn write_tables(&mut self, contents: &Contents<'_>) {
        let tables = [(Section::Functions, contents.functions), (Section::Leafs, contents.leafs)];
        for (section, entries) in tables {
            let bytes = self.section(section).chunks_exact_mut(FUNCTION_ENTRY);
            for (to, &(offset, len)) in bytes.zip(entries) {
                to[..4].copy_from_slice(&offset.to_le_bytes());
                to[4..].copy_from_slice(&len.to_le_bytes());
            }
        }
        let mut file_offset = self.ranges[Section::Memory as usize].start;
        let bytes = self.section(Section::Images).chunks_exact_mut(IMAGE_ENTRY);
        for (to, &(memory, address, len)) in bytes.zip(contents.images) {
            write_image(to, &Image { memory, address, file_offset, len });
            file_offset += len;
        }
    }

    fn write_symbols(&mut self, contents: &Contents<'_>, names: &[u32]) {
        let base = self.ranges[Section::Text as usize].start;
        let places = contents.functions.iter().chain(contents.leafs);
        let bytes = self.section(Section::Symbols).chunks_exact_mut(SYMBOL_ENTRY).skip(1);
        for ((to, &(offset, len)), &name) in bytes.zip(places).zip(names) {
            to.copy_from_slice(&elf::symbol(name, base + u64::from(offset), len.into()));
        }
    }

    fn write_customs(&mut self, table: &[u8], customs: &[(&str, &[u8])]) {
        let mut rest = self.section(Section::Custom);
        let parts = customs.iter().flat_map(|&(name, bytes)| [name.as_bytes(), bytes]);
        for part in std::iter::once(table).chain(parts) {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
    }
}

impl Contents<'_> {
    fn assert_consistent(&self) {
        let own = self.module.funcs.len() - self.module.imported_funcs as usize;
        assert_eq!(self.functions.len(), own, "a place for each function");
        assert_eq!(self.names.len(), own, "a name for each function");
        assert_eq!(self.leafs.len(), Leaf::ALL.len(), "a place for each leaf");
        let mut at = 0;
        for &(offset, len) in self.functions {
            assert!(offset >= at, "functions ascend");
            at = offset.checked_add(len).expect("functions end within 4 GiB");
        }
        let inside =
            |&(at, len): &(u32, u32)| at.checked_add(len).is_some_and(|end| end <= self.text_len);
        assert!(self.functions.iter().chain(self.leafs).all(inside), "code lies in the text");
        let aligned = |v: u64| v.is_multiple_of(PAGE);
        assert!(self.images.iter().all(|i| aligned(i.1) && aligned(i.2)), "images are pages");
    }
}

fn write_image(to: &mut [u8], image: &Image) {
    to[..4].copy_from_slice(&image.memory.to_le_bytes());
    to[8..16].copy_from_slice(&image.address.to_le_bytes());
    to[16..24].copy_from_slice(&image.file_offset.to_le_bytes());
    to[24..32].copy_from_slice(&image.len.to_le_bytes());
}

/// The header section; file size and hashes of the whole are added at the end.
fn header_bytes(contents: &Contents<'_>, module: &[u8]) -> Result<Vec<u8>, Error> {
    let print = contents.fingerprint;
    let strings = [&print.engine, &print.compiler, &print.tier, &print.settings];
    let len = header::FIXED + strings.iter().map(|s| s.len()).sum::<usize>();
    if HEADER_AT + len > header::MAX {
        return Err(Error::too_large("the back end's settings"));
    }
    let mut bytes = vec![0; header::FIXED];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(header::MODULE_HASH, blake3::hash(module).as_bytes());
    put(header::WASM_HASH, &contents.wasm_hash);
    put(header::WASM_SIZE, &contents.wasm_size.to_le_bytes());
    put(header::FORMAT, &print.format.to_le_bytes());
    put(header::LENGTH, &(len as u32).to_le_bytes());
    put(header::CODE_SECTION, &contents.code_section.to_le_bytes());
    put(header::IMPORTED, &contents.module.imported_funcs.to_le_bytes());
    put(header::CPU, &print.cpu.bits.to_le_bytes());
    let plan: u32 = match print.plan {
        MemoryPlan::Reserved => 0,
        MemoryPlan::Checked => 1,
    };
    put(header::PLAN, &plan.to_le_bytes());
    for (i, text) in strings.iter().enumerate() {
        put(header::STRINGS + 4 * i, &(text.len() as u32).to_le_bytes());
    }
    for text in strings {
        bytes.extend_from_slice(text.as_bytes());
    }
    Ok(bytes)
}

/// The beginning of the custom section: a count, then for each the lengths of name and contents.
fn custom_table(customs: &[(&str, &[u8])]) -> Result<Vec<u8>, Error> {
    let mut table = Vec::with_capacity(4 + customs.len() * 8);
    table.extend_from_slice(&(customs.len() as u32).to_le_bytes());
    for (name, bytes) in customs {
        for len in [name.len(), bytes.len()] {
            let len = u32::try_from(len).map_err(|_| Error::too_large("a custom section"))?;
            table.extend_from_slice(&len.to_le_bytes());
        }
    }
    Ok(table)
}

fn custom_len(table: &[u8], customs: &[(&str, &[u8])]) -> usize {
    table.len() + customs.iter().map(|(name, bytes)| name.len() + bytes.len()).sum::<usize>()
}

/// Bytes of a symbol's name; longer ones are cut.
const NAME_MAX: usize = 4096;

/// The symbols' names, functions first, then leafs: where each begins, and the string table.
fn string_table(functions: &[String]) -> Result<(Vec<u32>, Vec<u8>), Error> {
    let mut offsets = Vec::with_capacity(functions.len() + Leaf::ALL.len());
    let mut table = vec![0];
    let names = functions.iter().map(String::as_str).chain(Leaf::ALL.iter().map(|l| l.name()));
    for name in names {
        let at = u32::try_from(table.len()).map_err(|_| Error::too_large("the names"))?;
        offsets.push(at);
        let cut = name.floor_char_boundary(NAME_MAX);
        // Names end with a zero byte, so none can be inside.
        table.extend(name[..cut].bytes().map(|b| if b == 0 { b'?' } else { b }));
        table.push(0);
    }
    Ok((offsets, table))
}
