//! Reading an artifact where it lies.

use crate::fingerprint::fuel_in;
use crate::format::{
    ADDRESS_ENTRY, FUNCTION_ENTRY, HANDLER_ENTRY, HASH, HEADER_AT, Handler, IMAGE_ENTRY, INLINED,
    INLINED_ENTRY, Image, MAGIC, MAGIC_AT, MAX_INLINED, NO_OFFSET, PAGE, SYMBOL_ENTRY, Section,
    TRAP_ENTRY, header,
};
use crate::outline::{u32_at, u64_at};
use crate::{Error, Fingerprint, Outline};
use std::ops::Range;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_module::{Module, Trap};

/// Whether a file that begins so claims to be an artifact. Takes 16 bytes to tell.
pub fn is_artifact(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF") && bytes.get(MAGIC_AT..MAGIC_AT + MAGIC.len()) == Some(MAGIC)
}

/// The memory plan of an artifact that begins with these bytes; [`HEAD`] of them suffice, or all that
/// there are. Nothing is checked.
pub fn plan_of(head: &[u8]) -> Option<MemoryPlan> {
    u32_at(head, HEADER_AT + header::PLAN).filter(|_| is_artifact(head)).and_then(plan)
}

/// The number of the table of costs ([`crate::fuel_id`]) that the code of an artifact is metered by, if
/// it is; as for [`plan_of`].
pub fn fuel_of(head: &[u8]) -> Option<&str> {
    let header = head.get(HEADER_AT..).filter(|_| is_artifact(head))?;
    fuel_in(string(header, SETTINGS)?)
}

/// See [`plan_of`].
pub const HEAD: usize = header::MAX;

/// Which of the header's strings has the settings.
const SETTINGS: usize = 3;

/// The header's `n`th string.
fn string(header: &[u8], n: usize) -> Option<&str> {
    let len = |n: usize| u32_at(header, header::STRINGS + 4 * n).map(|len| len as usize);
    let start = (0..n).try_fold(header::FIXED, |at, n| at.checked_add(len(n)?))?;
    std::str::from_utf8(header.get(start..start.checked_add(len(n)?)?)?).ok()
}

fn plan(number: u32) -> Option<MemoryPlan> {
    match number {
        0 => Some(MemoryPlan::Reserved),
        1 => Some(MemoryPlan::Checked),
        _ => None,
    }
}

/// A place in a function that was inlined.
#[derive(Clone, Copy, Debug)]
struct Inlined {
    function: u32,
    offset: u32,
    /// What stands in the address table for the place of the call.
    caller: u32,
}

/// An artifact in memory. It borrows the bytes and copies none.
///
/// *Code offsets* count from the beginning of the text, function indices count imported functions
/// first.
#[derive(Clone, Copy, Debug)]
pub struct Artifact<'a> {
    bytes: &'a [u8],
    outline: Outline,
}

impl<'a> Artifact<'a> {
    /// Checks header, sizes and section table. Takes microseconds, whatever the size of the file.
    ///
    /// # Errors
    /// If it is not an artifact, has another format, is cut short, or its header is damaged.
    pub fn parse(bytes: &'a [u8]) -> Result<Artifact<'a>, Error> {
        Ok(Artifact { bytes, outline: Outline::read(bytes)? })
    }

    /// Puts the outline of an artifact that was parsed before together with its bytes again.
    /// Allocates nothing and takes no lock, so that a signal handler may do it.
    ///
    /// # Errors
    /// If the number of bytes is another.
    pub fn attach(bytes: &'a [u8], outline: Outline) -> Result<Artifact<'a>, Error> {
        if bytes.len() as u64 != outline.size {
            return Err(Error::size(outline.size, bytes.len() as u64));
        }
        Ok(Artifact { bytes, outline })
    }

    /// Where everything lies, to be kept beside the bytes.
    pub fn outline(&self) -> Outline {
        self.outline
    }

    /// The whole file.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Compares the whole file with its hash. Takes a millisecond for each 3 MB or so.
    ///
    /// # Errors
    /// If any byte is not what was written.
    pub fn verify_full(&self) -> Result<(), Error> {
        // The header was compared with its checksum before; that covers the hash of the rest.
        let body = self.bytes.get(self.outline.range(Section::Header).end..).unwrap_or_default();
        if body_hash(body) != self.hash_at(header::BODY_HASH) {
            return Err(Error::damaged("the hash of its contents"));
        }
        Ok(())
    }

    /// What it was made by and for.
    ///
    /// # Errors
    /// If the header contradicts itself.
    pub fn fingerprint(&self) -> Result<Fingerprint, Error> {
        let damaged = || Error::damaged("its fingerprint");
        let header = self.section(Section::Header);
        let field = |at: usize| u32_at(header, at).ok_or_else(damaged);
        let string = |n| string(header, n).map(str::to_owned).ok_or_else(damaged);
        Ok(Fingerprint {
            format: field(header::FORMAT)?,
            engine: string(0)?,
            compiler: string(1)?,
            tier: string(2)?,
            settings: string(SETTINGS)?,
            plan: plan(field(header::PLAN)?).ok_or_else(damaged)?,
            cpu: Cpu { bits: field(header::CPU)? },
        })
    }

    /// BLAKE3 of the module it was made from.
    pub fn wasm_hash(&self) -> [u8; 32] {
        self.hash_at(header::WASM_HASH)
    }

    /// Bytes of the module it was made from.
    pub fn wasm_size(&self) -> u64 {
        u64_at(self.section(Section::Header), header::WASM_SIZE).unwrap_or(0)
    }

    /// Where the contents of that module's code section began: DWARF counts from there.
    pub fn wasm_code_section(&self) -> u32 {
        self.outline.code_section
    }

    /// The module's facts. [`waxwing_module::Data::bytes`] counts from the beginning of
    /// [`Artifact::data`], and lies within it.
    ///
    /// # Errors
    /// If they are damaged or contradict themselves or the artifact: every index in them is
    /// within its index space.
    pub fn module(&self) -> Result<Module, Error> {
        let bytes = self.section(Section::Module);
        if *blake3::hash(bytes).as_bytes() != self.hash_at(header::MODULE_HASH) {
            return Err(Error::damaged("the hash of the module's facts"));
        }
        let (module, rest): (Module, _) =
            postcard::take_from_bytes(bytes).map_err(|_| Error::damaged("the module's facts"))?;
        if !rest.is_empty() {
            return Err(Error::damaged("the length of the module's facts"));
        }
        crate::check::check(&module, self)?;
        Ok(module)
    }

    /// The code.
    pub fn text(&self) -> &'a [u8] {
        self.section(Section::Text)
    }

    /// Where the code lies in the file. It begins at a multiple of [`PAGE`], and nothing else lies
    /// on its pages.
    pub fn text_range(&self) -> Range<usize> {
        self.outline.range(Section::Text)
    }

    /// How many functions are imported.
    pub fn imported_functions(&self) -> u32 {
        self.outline.imported
    }

    /// How many functions there are, imported ones included.
    pub fn functions(&self) -> u32 {
        self.outline.imported + self.outline.own_functions()
    }

    /// The code offsets of a function of the module's own.
    pub fn function(&self, index: u32) -> Option<Range<u32>> {
        let own = index.checked_sub(self.outline.imported)?;
        self.place(Section::Functions, own)
    }

    /// The code offsets of a leaf routine.
    pub fn leaf(&self, leaf: Leaf) -> Option<Range<u32>> {
        self.place(Section::Leafs, leaf as u32)
    }

    /// The function that this code offset lies in.
    pub fn function_at(&self, code_offset: u32) -> Option<u32> {
        let table = self.section(Section::Functions);
        let count = table.len() / FUNCTION_ENTRY;
        let own = last_at_most(count, code_offset, |i| u32_at(table, i * FUNCTION_ENTRY))? as u32;
        let index = own.checked_add(self.outline.imported)?;
        self.function(index)?.contains(&code_offset).then_some(index)
    }

    /// The leaf routine that this code offset lies in.
    pub fn leaf_at(&self, code_offset: u32) -> Option<Leaf> {
        let at = |&&leaf: &&Leaf| self.leaf(leaf).is_some_and(|r| r.contains(&code_offset));
        Leaf::ALL.iter().find(at).copied()
    }

    /// What a fault of the instruction at this code offset means.
    pub fn trap_at(&self, code_offset: u32) -> Option<Trap> {
        let table = self.section(Section::Traps);
        let count = table.len() / TRAP_ENTRY;
        let i = last_at_most(count, code_offset, |i| u32_at(table, i * 4))?;
        if u32_at(table, i * 4)? != code_offset {
            return None;
        }
        Trap::from_code(*table.get(count * 4 + i)?)
    }

    /// All instructions that may fault, by code offset.
    pub fn traps(&self) -> impl Iterator<Item = (u32, Trap)> + use<'a> {
        let table = self.section(Section::Traps);
        let count = table.len() / TRAP_ENTRY;
        (0..count).filter_map(move |i| {
            Some((u32_at(table, i * 4)?, Trap::from_code(*table.get(count * 4 + i)?)?))
        })
    }

    /// Where the guest goes on if an exception leaves the call that returns to this code offset.
    pub fn handler_at(&self, return_offset: u32) -> Option<Handler> {
        let table = self.section(Section::Handlers);
        let count = table.len() / HANDLER_ENTRY;
        let i = last_at_most(count, return_offset, |i| u32_at(table, i * 4))?;
        if u32_at(table, i * 4)? != return_offset {
            return None;
        }
        let code_offset = u32_at(table, (count + i) * 4)?;
        let frame = u32_at(table, (2 * count + i) * 4)?;
        let inside = u64::from(code_offset) < self.outline.len(Section::Text);
        inside.then_some(Handler { code_offset, frame })
    }

    /// The offset in the module that the instruction at this code offset was made from. For the
    /// caller of a function, ask with the return address minus one.
    pub fn wasm_offset(&self, code_offset: u32) -> Option<u32> {
        self.offset_in_module(self.place_at(code_offset)?)
    }

    /// The functions that the instruction at this code offset was made from, each with the offset in
    /// the module, if it is known: first that which holds the operator, then that in which the one
    /// before was inlined, last that whose code it is. For the caller of a function, ask with the
    /// return address minus one.
    pub fn places(&self, code_offset: u32) -> impl Iterator<Item = (u32, Option<u32>)> + use<'a> {
        let this = *self;
        let compiled = this.function_at(code_offset);
        let mut next = compiled.map(|_| this.place_at(code_offset).unwrap_or(NO_OFFSET));
        let mut depth = 0;
        std::iter::from_fn(move || {
            let place = next?;
            let inlined = this.inlined(place).filter(|_| depth < MAX_INLINED);
            depth += 1;
            next = inlined.map(|inlined| inlined.caller);
            match inlined {
                Some(inlined) => Some((inlined.function, known(inlined.offset))),
                None => Some((compiled?, this.own_offset(place))),
            }
        })
    }

    /// What stands in the address table for this code offset.
    fn place_at(&self, code_offset: u32) -> Option<u32> {
        let table = self.section(Section::Addresses);
        let count = table.len() / ADDRESS_ENTRY;
        let i = last_at_most(count, code_offset, |i| u32_at(table, i * 4))?;
        let place = u32_at(table, (count + i) * 4)?;
        ((code_offset as usize) < self.text().len()).then_some(place)
    }

    /// The offset in the module that a place in the address table stands for.
    fn offset_in_module(&self, place: u32) -> Option<u32> {
        match self.inlined(place) {
            Some(inlined) => known(inlined.offset),
            None => self.own_offset(place),
        }
    }

    /// The same for one that is not in an inlined function.
    fn own_offset(&self, place: u32) -> Option<u32> {
        let is_offset = place < INLINED || self.section(Section::Inlined).is_empty();
        known(place).filter(|_| is_offset)
    }

    /// The place in an inlined function that a place in the address table stands for, if it does.
    /// Callers stand before callees, so that none is its own.
    fn inlined(&self, place: u32) -> Option<Inlined> {
        let index = place.checked_sub(INLINED)? as usize;
        let entry = self.section(Section::Inlined).get(index.checked_mul(INLINED_ENTRY)?..)?;
        let field = |at: usize| u32_at(entry, at);
        let (function, offset, caller) = (field(0)?, field(4)?, field(8)?);
        let known = self.function(function).is_some();
        let before = caller < place || caller == NO_OFFSET;
        (known && before).then_some(Inlined { function, offset, caller })
    }

    /// The first offset in the module that the code of a function was made from, inlined functions
    /// left out.
    pub fn function_start(&self, index: u32) -> Option<u32> {
        let outermost = |mut place: u32| {
            for _ in 0..MAX_INLINED {
                let Some(inlined) = self.inlined(place) else { break };
                place = inlined.caller;
            }
            self.own_offset(place)
        };
        self.address_table(self.function(index)?).filter_map(|(_, place)| outermost(place)).min()
    }

    /// The address table within a range of code offsets: pairs of code offset and offset in the
    /// module, each of which holds until the next; `None` where code comes from no place in it.
    pub fn addresses(
        &self,
        range: Range<u32>,
    ) -> impl Iterator<Item = (u32, Option<u32>)> + use<'a> {
        let this = *self;
        self.address_table(range).map(move |(code, place)| (code, this.offset_in_module(place)))
    }

    /// The entries of the address table within a range of code offsets, as they stand there.
    fn address_table(&self, range: Range<u32>) -> impl Iterator<Item = (u32, u32)> + use<'a> {
        let table = self.section(Section::Addresses);
        let count = table.len() / ADDRESS_ENTRY;
        let first = last_at_most(count, range.start, |i| u32_at(table, i * 4)).unwrap_or(0);
        (first..count)
            .map_while(move |i| Some((u32_at(table, i * 4)?, u32_at(table, (count + i) * 4)?)))
            .take_while(move |&(code, _)| code < range.end)
    }

    /// The bytes of data segments.
    pub fn data(&self) -> &'a [u8] {
        self.section(Section::Data)
    }

    /// Where the bytes of data segments lie in the file.
    pub fn data_range(&self) -> Range<usize> {
        self.outline.range(Section::Data)
    }

    /// The parts of memories that are to be mapped. None overlaps another.
    ///
    /// # Errors
    /// If one is not aligned or not within the file. Whether it is within its memory is checked by
    /// [`Artifact::module`].
    pub fn images(&self) -> Result<Vec<Image>, Error> {
        let damaged = || Error::damaged("its table of memory images");
        let within = self.outline.range(Section::Memory);
        let mut images = Vec::new();
        let mut at = within.start as u64;
        for entry in self.section(Section::Images).chunks_exact(IMAGE_ENTRY) {
            let field = |at: usize| u64_at(entry, at).ok_or_else(damaged);
            let memory = u32_at(entry, 0).ok_or_else(damaged)?;
            let (address, file_offset, len) = (field(8)?, field(16)?, field(24)?);
            let end = file_offset.checked_add(len).ok_or_else(damaged)?;
            let aligned = [address, file_offset, len].iter().all(|v| v.is_multiple_of(PAGE));
            if !aligned || file_offset < at || end > within.end as u64 {
                return Err(damaged());
            }
            at = end;
            images.push(Image { memory, address, file_offset, len });
        }
        Ok(images)
    }

    /// The bytes of an image.
    pub fn image_bytes(&self, image: &Image) -> Option<&'a [u8]> {
        let start = usize::try_from(image.file_offset).ok()?;
        let end = start.checked_add(usize::try_from(image.len).ok()?)?;
        self.bytes.get(start..end)
    }

    /// The custom sections that were kept: names and contents.
    pub fn custom_sections(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let section = self.section(Section::Custom);
        let count = u32_at(section, 0).unwrap_or(0) as usize;
        // The bytes follow the table; a table that does not fit has no entries.
        let mut at = count.checked_mul(8).and_then(|n| n.checked_add(4)).unwrap_or(usize::MAX);
        let count = if at <= section.len() { count } else { 0 };
        (0..count).map_while(move |i| {
            let name_len = u32_at(section, 4 + i * 8)? as usize;
            let len = u32_at(section, 8 + i * 8)? as usize;
            let middle = at.checked_add(name_len)?;
            let end = middle.checked_add(len)?;
            let name = std::str::from_utf8(section.get(at..middle)?).ok()?;
            let contents = section.get(middle..end)?;
            at = end;
            Some((name, contents))
        })
    }

    /// The contents of the first custom section of this name that was kept.
    pub fn custom_section(&self, name: &str) -> Option<&'a [u8]> {
        self.custom_sections().find(|s| s.0 == name).map(|s| s.1)
    }

    /// The module's name, by the name section.
    pub fn module_name(&self) -> Option<&'a str> {
        crate::name::of_module(self.custom_section("name")?)
    }

    /// The name of a function of the module's own: from the name section, else that of an export,
    /// else `function[index]`. At most 4096 bytes; may hold anything but zero bytes.
    pub fn function_name(&self, index: u32) -> Option<&'a str> {
        let own = index.checked_sub(self.outline.imported)?;
        if own >= self.outline.own_functions() {
            return None;
        }
        let entry = (own as usize + 1).checked_mul(SYMBOL_ENTRY)?;
        let start = u32_at(self.section(Section::Symbols), entry)? as usize;
        let rest = self.section(Section::Strings).get(start..)?;
        let len = rest.iter().position(|&b| b == 0)?;
        std::str::from_utf8(rest.get(..len)?).ok()
    }

    fn section(&self, section: Section) -> &'a [u8] {
        self.bytes.get(self.outline.range(section)).unwrap_or_default()
    }

    fn hash_at(&self, at: usize) -> [u8; HASH] {
        let hash = self.section(Section::Header).get(at..).and_then(|b| b.first_chunk());
        hash.copied().unwrap_or([0; HASH])
    }

    fn place(&self, section: Section, index: u32) -> Option<Range<u32>> {
        let at = (index as usize).checked_mul(FUNCTION_ENTRY)?;
        let table = self.section(section);
        let start = u32_at(table, at)?;
        let end = start.checked_add(u32_at(table, at.checked_add(4)?)?)?;
        (u64::from(end) <= self.outline.len(Section::Text)).then_some(start..end)
    }
}

/// An offset in the module, if it is one.
fn known(offset: u32) -> Option<u32> {
    (offset != NO_OFFSET).then_some(offset)
}

/// The last of `count` ascending keys that is not above `wanted`.
fn last_at_most(count: usize, wanted: u32, key: impl Fn(usize) -> Option<u32>) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if key(middle)? <= wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low.checked_sub(1)
}

/// The checksum of everything up to the end of the header section, the checksum itself excepted.
pub(crate) fn header_checksum(head: &[u8]) -> [u8; HASH] {
    let mut hasher = blake3::Hasher::new();
    let at = HEADER_AT + header::CHECKSUM;
    hasher.update(&head[..at]).update(&head[at + HASH..]);
    *hasher.finalize().as_bytes()
}

/// The hash of everything behind the header section.
pub(crate) fn body_hash(body: &[u8]) -> [u8; HASH] {
    *blake3::hash(body).as_bytes()
}
