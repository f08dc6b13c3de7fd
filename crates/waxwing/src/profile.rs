//! Telling profilers and debuggers where compiled functions lie.
//!
//! Nothing here is needed for `perf record` on a cached program as such: artifacts are ELF files
//! with a symbol table, and mapped from files. These are for tools that want more: for `perf
//! report` without the file, `perf annotate`, and GDB.

use crate::Module;
use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use waxwing_sys::Reservation;

/// The lines of a map for perf (`/tmp/perf-PID.map`): address and length in hexadecimal, and a
/// name, for each function.
pub fn perf_map(module: &Module) -> String {
    module.text().fold(String::new(), |mut map, (index, range)| {
        let name = name(module, index).replace(['\n', '\r'], " ");
        map.push_str(&format!("{:x} {:x} {name}\n", range.start, range.len()));
        map
    })
}

fn name(module: &Module, index: u32) -> String {
    let name = module.function_name(index).unwrap_or_else(|| format!("function[{index}]"));
    match module.name() {
        Some(module) => format!("{module}!{name}"),
        None => name,
    }
}

/// A file of code in perf's jitdump format, version 1 (`jitdump-specification.txt` among the
/// documents of perf). `perf record -k mono`, then `perf inject --jit`.
#[derive(Debug)]
pub struct JitDump {
    file: File,
    path: PathBuf,
    /// How many functions are in it.
    functions: u64,
    /// Mapped and never touched: its place in perf's record is how perf finds the file.
    _marker: Reservation,
}

/// "JiTD", as a number of this machine's byte order.
const MAGIC: u32 = 0x4A69_5444;
const HEADER: u32 = 40;
/// x86-64 (`EM_X86_64`).
const MACHINE: u32 = 62;
const CODE_LOAD: u32 = 0;
const CODE_LOAD_FIXED: usize = 56;

impl JitDump {
    /// Begins `jit-PID.dump` in a directory.
    ///
    /// # Errors
    /// If the file cannot be made or mapped.
    pub fn create(dir: impl AsRef<Path>) -> io::Result<JitDump> {
        let path = dir.as_ref().join(format!("jit-{}.dump", std::process::id()));
        let mut options = File::options();
        let mut file = options.read(true).write(true).create(true).truncate(true).open(&path)?;
        let mut header = Vec::new();
        for word in [MAGIC, 1, HEADER, MACHINE, 0, std::process::id()] {
            header.extend(word.to_ne_bytes());
        }
        header.extend(now().to_ne_bytes());
        header.extend(0u64.to_ne_bytes());
        file.write_all(&header)?;
        let marker = Reservation::new(waxwing_sys::page_size())?;
        let mapped = waxwing_sys::File::from(file.try_clone()?);
        // SAFETY: the reservation is new and nothing refers to it; nobody ever reads or runs what
        // is mapped there.
        unsafe { marker.map_code(0, marker.len(), &mapped, 0, true) }?;
        Ok(JitDump { file, path, functions: 0, _marker: marker })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds the functions of a module.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&mut self, module: &Module) -> io::Result<()> {
        let text = module.code().artifact().text();
        let base = module.code().text().start;
        let (pid, tid) = (std::process::id(), rustix::thread::gettid().as_raw_nonzero().get());
        for (index, range) in module.text() {
            let code = text.get(range.start - base..range.end - base).unwrap_or_default();
            let name = name(module, index).replace('\0', " ");
            let size = CODE_LOAD_FIXED + name.len() + 1 + code.len();
            let mut record = Vec::with_capacity(size);
            record.extend(CODE_LOAD.to_ne_bytes());
            record.extend(u32::try_from(size).unwrap_or(u32::MAX).to_ne_bytes());
            record.extend(now().to_ne_bytes());
            record.extend(pid.to_ne_bytes());
            record.extend(tid.to_ne_bytes());
            let address = range.start as u64;
            for word in [address, address, code.len() as u64, self.functions] {
                record.extend(word.to_ne_bytes());
            }
            record.extend(name.as_bytes());
            record.push(0);
            record.extend(code);
            self.file.write_all(&record)?;
            self.functions += 1;
        }
        Ok(())
    }
}

/// Nanoseconds of the clock that `perf record -k mono` uses.
fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// An entry of GDB's list (GDB manual, "JIT Compilation Interface").
#[repr(C)]
struct CodeEntry {
    next: *mut CodeEntry,
    prev: *mut CodeEntry,
    symfile: *const u8,
    size: u64,
}

/// The head of GDB's list.
#[repr(C)]
struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut CodeEntry,
    first: *mut CodeEntry,
}

const REGISTER: u32 = 1;

#[unsafe(no_mangle)]
static mut __jit_debug_descriptor: Descriptor = Descriptor {
    version: 1,
    action: 0,
    relevant: std::ptr::null_mut(),
    first: std::ptr::null_mut(),
};

/// GDB has a breakpoint here.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn __jit_debug_register_code() {
    // A body that no optimiser takes for that of another function.
    std::hint::black_box(&raw const __jit_debug_descriptor);
}

/// Shows the functions of a module to GDB, attached now or later, until the process ends.
pub fn show_to_gdb(module: &Module) {
    static LIST: Mutex<()> = Mutex::new(());
    let symfile = symbols(module).leak();
    let _held = LIST.lock().unwrap_or_else(PoisonError::into_inner);
    let list = &raw mut __jit_debug_descriptor;
    // SAFETY: only this function touches the list, and it holds the lock; GDB reads it while the
    // process stands still. Entries and what they refer to are never freed.
    unsafe {
        let entry = Box::leak(Box::new(CodeEntry {
            next: (*list).first,
            prev: std::ptr::null_mut(),
            symfile: symfile.as_ptr(),
            size: symfile.len() as u64,
        }));
        if let Some(next) = entry.next.as_mut() {
            next.prev = entry;
        }
        (*list).first = entry;
        (*list).relevant = entry;
        (*list).action = REGISTER;
        __jit_debug_register_code();
    }
}

/// A copy of the artifact whose sections and symbols have the addresses they have in memory.
fn symbols(module: &Module) -> Vec<u8> {
    let code = module.code();
    let mut elf = code.artifact().bytes().to_vec();
    let base = (code.text().start - code.artifact().text_range().start) as u64;
    let field = |elf: &[u8], at: usize| {
        let bytes = elf.get(at..).and_then(|b| b.first_chunk());
        bytes.map_or(0, |b| u64::from_le_bytes(*b))
    };
    let shift = |elf: &mut [u8], at: usize, by: u64| {
        let value = field(elf, at).wrapping_add(by);
        if let Some(to) = elf.get_mut(at..).and_then(|b| b.first_chunk_mut()) {
            *to = value.to_le_bytes();
        }
    };
    // ELF-64 object file format: e_shoff at 40, e_shnum at 60; sh_type and sh_flags at 4 and 8 of
    // a section's header, then sh_addr, sh_offset and sh_size; st_value at 8 of a symbol.
    // Its segments would have the addresses that the file asks for: e_phnum at 56.
    if let Some(segments) = elf.get_mut(56..58) {
        segments.fill(0);
    }
    let headers = field(&elf, 40) as usize;
    let count = elf.get(60..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b));
    for i in 0..usize::from(count) {
        let at = headers + i * 64;
        let (kind, flags) = (field(&elf, at) >> 32, field(&elf, at + 8));
        let (offset, size) = (field(&elf, at + 24), field(&elf, at + 32));
        const ALLOCATED: u64 = 2;
        const SYMTAB: u64 = 2;
        if flags & ALLOCATED != 0 {
            // Files are mapped as they are: the offset is the address.
            let address = field(&elf, at + 16);
            shift(&mut elf, at + 16, base.wrapping_add(offset).wrapping_sub(address));
        }
        if kind == SYMTAB {
            for symbol in 1..(size / 24) as usize {
                shift(&mut elf, offset as usize + symbol * 24 + 8, base);
            }
        }
    }
    elf
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;

    const TEXT: &str = r#"(module $m (func $one (export "a") (result i32) (i32.const 1))
        (func $two (export "b") (result i32) (i32.const 2)))"#;

    #[test]
    fn maps_name_every_function() {
        let module = Module::new(&Engine::default(), TEXT).unwrap();
        let map = perf_map(&module);
        let names: Vec<&str> = map.lines().map(|l| l.rsplit(' ').next().unwrap()).collect();
        assert_eq!(names, ["m!one", "m!two"]);
    }

    #[test]
    fn dumps_hold_the_code() {
        let module = Module::new(&Engine::default(), TEXT).unwrap();
        let mut dump = JitDump::create(std::env::temp_dir()).unwrap();
        dump.add(&module).unwrap();
        let bytes = std::fs::read(dump.path()).unwrap();
        std::fs::remove_file(dump.path()).unwrap();
        let word = |at: usize| u32::from_ne_bytes(*bytes[at..].first_chunk().unwrap());
        let long = |at: usize| u64::from_ne_bytes(*bytes[at..].first_chunk().unwrap());
        assert_eq!((word(0), word(4), word(8), word(12)), (MAGIC, 1, HEADER, MACHINE));
        let mut at = HEADER as usize;
        for (i, (_, range)) in module.text().enumerate() {
            assert_eq!((word(at), long(at + 24)), (CODE_LOAD, range.start as u64));
            assert_eq!((long(at + 40), long(at + 48)), (range.len() as u64, i as u64));
            at += word(at + 4) as usize;
        }
        assert_eq!(at, bytes.len());
    }

    #[test]
    fn symbols_have_their_addresses_in_memory() {
        use object::{Object, ObjectSymbol};
        let module = Module::new(&Engine::default(), TEXT).unwrap();
        let elf = symbols(&module);
        let file = object::File::parse(&*elf).unwrap();
        for ((_, range), want) in module.text().zip(["one", "two"]) {
            let symbol = file.symbols().find(|s| s.name() == Ok(want)).unwrap();
            assert_eq!(symbol.address(), range.start as u64);
            assert_eq!(symbol.size(), range.len() as u64);
        }
        show_to_gdb(&module);
        show_to_gdb(&module);
    }
}
