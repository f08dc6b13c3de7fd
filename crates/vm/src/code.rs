//! Loaded code: an artifact in memory, and the register of everything that is executable.

use crate::types;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock, RwLock, Weak};
use waxwing_artifact::{Artifact, Image};
use waxwing_layout::instance::InstanceLayout;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_module::{Data, DataMode, Module, Trap};
use waxwing_sys::{File, Reservation};

/// A module that is ready to be instantiated. Its text stays mapped, and its addresses mean it,
/// while anyone holds it.
#[derive(Debug)]
pub struct Code {
    /// The module's facts. Defined types are named by their words.
    pub module: Module,
    /// Where its instances' fields lie.
    pub layout: InstanceLayout,
    /// How it expects memories to be placed.
    pub plan: MemoryPlan,
    /// The word of every type of the module.
    pub(crate) type_ids: Vec<u32>,
    /// What memories are initialised from.
    pub(crate) images: Vec<Image>,
    /// Refers to `map`, which is dropped after it.
    artifact: Artifact<'static>,
    pub(crate) file: File,
    text: Range<usize>,
    /// The data segments that are copied into a memory when an instance is made.
    pub(crate) copied_data: Vec<u32>,
    /// By memory: a file of its initial contents, made when it is first asked for.
    memory_files: Vec<OnceLock<File>>,
    /// Whether nobody makes instances of it any more.
    pub(crate) retired: AtomicBool,
    #[expect(dead_code, reason = "holds what `artifact` and `text` point into")]
    map: Reservation,
}

/// Why an artifact cannot be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// It could not be mapped.
    Map(io::Error),
    /// Its contents are wrong.
    Artifact(waxwing_artifact::Error),
    /// There is no room for its types.
    Types(types::TooManyTypes),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::Map(e) => write!(f, "cannot map the artifact: {e}"),
            LoadError::Artifact(e) => write!(f, "{e}"),
            LoadError::Types(e) => write!(f, "{e}"),
        }
    }
}

impl std::error::Error for LoadError {}

static REGISTRY: RwLock<BTreeMap<usize, Entry>> = RwLock::new(BTreeMap::new());

/// Keyed by the end of the text, so that one range query finds the owner of an address.
struct Entry {
    start: usize,
    code: Weak<Code>,
}

impl Code {
    /// Maps an artifact of `len` bytes from a file, for an engine of this memory plan. Where the
    /// system forbids to execute pages of the file, a private copy serves.
    ///
    /// # Errors
    /// If it cannot be mapped, or is no artifact of this version, or its tables contradict each
    /// other.
    ///
    /// # Safety
    /// The artifact was made by this engine for this processor, and nobody changes the file.
    pub unsafe fn load(
        mut file: File,
        len: usize,
        plan: MemoryPlan,
    ) -> Result<Arc<Code>, LoadError> {
        let map = Reservation::new(len).map_err(LoadError::Map)?;
        // SAFETY: the reservation is new; nothing refers to it.
        unsafe { map.map_code(0, map.len(), &file, 0, false) }.map_err(LoadError::Map)?;
        // SAFETY: the bytes are mapped for as long as `map` lives, the file does not change, and
        // `Code` drops `artifact` before `map`.
        let bytes: &'static [u8] = unsafe { std::slice::from_raw_parts(map.base(), len) };
        let artifact = Artifact::parse(bytes).map_err(LoadError::Artifact)?;
        let fingerprint = artifact.fingerprint().map_err(LoadError::Artifact)?;
        fingerprint.runs_on(plan, Cpu::host()).map_err(LoadError::Artifact)?;
        let mut module = artifact.module().map_err(LoadError::Artifact)?;
        let images = artifact.images().map_err(LoadError::Artifact)?;
        let text = artifact.text_range();
        let pages = text.len().next_multiple_of(waxwing_sys::page_size());
        // SAFETY: the same bytes of the same file replace themselves, now executable; the slice
        // above sees no change.
        let executable =
            |file: &File| unsafe { map.map_code(text.start, pages, file, text.start as u64, true) };
        match executable(&file) {
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {
                file = File::in_memory(c"waxwing-artifact", bytes).map_err(LoadError::Map)?;
                executable(&file).map_err(LoadError::Map)?;
            }
            result => result.map_err(LoadError::Map)?,
        }
        let text = map.base() as usize + text.start..map.base() as usize + text.end;
        let type_ids = types::words_of(&module).map_err(LoadError::Types)?;
        module.rename_types(&type_ids);
        let layout = InstanceLayout::new(&module);
        let memory_files = module.memories.iter().map(|_| OnceLock::new()).collect();
        let retired = AtomicBool::new(false);
        let is_copied = |data: &Data| matches!(data.mode, DataMode::Active { .. });
        let copied_data = (0..).zip(&module.data).filter(|(_, data)| is_copied(data));
        let copied_data = copied_data.map(|(i, _)| i).collect();
        let code = Arc::new(Code {
            module,
            layout,
            plan,
            type_ids,
            images,
            artifact,
            file,
            text,
            copied_data,
            memory_files,
            retired,
            map,
        });
        if !code.text.is_empty() {
            let entry = Entry { start: code.text.start, code: Arc::downgrade(&code) };
            REGISTRY.write().unwrap_or_else(|e| e.into_inner()).insert(code.text.end, entry);
        }
        Ok(code)
    }

    /// A file of the first `len` bytes of a memory, as they are at first.
    pub(crate) fn memory_file(&self, index: u32, len: usize) -> io::Result<&File> {
        let cell = &self.memory_files[index as usize];
        if let Some(file) = cell.get() {
            return Ok(file);
        }
        let images = self.images.iter().filter(|image| image.memory == index);
        if images.clone().any(|i| i.address.checked_add(i.len).is_none_or(|end| end > len as u64)) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let bytes = |image| self.artifact.image_bytes(image).unwrap_or(&[]);
        let contents = images.map(|image| (image.address, bytes(image)));
        let file = File::sparse(c"waxwing-memory", len as u64, contents)?;
        Ok(cell.get_or_init(|| file))
    }

    /// The artifact.
    pub fn artifact(&self) -> &Artifact<'_> {
        &self.artifact
    }

    /// Addresses of the text.
    pub fn text(&self) -> Range<usize> {
        self.text.clone()
    }

    /// The word of a type by its index.
    pub fn type_word(&self, index: u32) -> u32 {
        self.type_ids[index as usize]
    }

    /// The address of a function that the module defines; `index` counts imported ones first.
    pub(crate) fn address_of(&self, index: u32) -> *const u8 {
        let offset = self.artifact.function(index).map_or(0, |f| f.start);
        (self.text.start + offset as usize) as *const u8
    }

    /// Where the function or leaf routine begins that an address in the text belongs to.
    pub(crate) fn start_of(&self, pc: usize) -> Option<usize> {
        let offset = u32::try_from(pc.checked_sub(self.text.start)?).ok()?;
        let range = match self.artifact.function_at(offset) {
            Some(func) => self.artifact.function(func),
            None => self.artifact.leaf_at(offset).and_then(|leaf| self.artifact.leaf(leaf)),
        };
        Some(self.text.start + range?.start as usize)
    }

    /// The address of the handler of an exception that leaves the call which returns to `pc`, and how
    /// far the stack pointer is below the frame pointer there.
    pub(crate) fn handler_at(&self, pc: usize) -> Option<(usize, u32)> {
        let offset = u32::try_from(pc.checked_sub(self.text.start)?).ok()?;
        let handler = self.artifact.handler_at(offset)?;
        Some((self.text.start + handler.code_offset as usize, handler.frame))
    }

    /// The functions (imported ones counted first) that an address in the text belongs to, each with the
    /// offset in the WebAssembly module, if it is known: innermost first, for some may be inlined in
    /// others. None for an address in a leaf routine.
    pub fn locate(&self, pc: usize) -> impl Iterator<Item = (u32, Option<u32>)> + '_ {
        let offset = pc.checked_sub(self.text.start).and_then(|offset| u32::try_from(offset).ok());
        offset.into_iter().flat_map(|offset| self.artifact.places(offset))
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        REGISTRY.write().unwrap_or_else(|e| e.into_inner()).remove(&self.text.end);
    }
}

fn with_entry<R>(pc: usize, f: impl FnOnce(&Entry) -> R) -> Option<R> {
    let registry = REGISTRY.read().unwrap_or_else(|e| e.into_inner());
    let (_, entry) = registry.range(pc + 1..).next()?;
    (entry.start <= pc).then(|| f(entry))
}

/// The code that an address belongs to.
pub(crate) fn at(pc: usize) -> Option<Arc<Code>> {
    with_entry(pc, |entry| entry.code.upgrade())?
}

/// Whether an address is in guest text. Safe in a signal handler that interrupted a guest: its
/// thread holds no lock.
pub(crate) fn is_guest(pc: usize) -> bool {
    with_entry(pc, |_| ()).is_some()
}

/// The trap that a fault of the instruction at `pc` means. Safe where [`is_guest`] is, if the
/// thread runs the code that `pc` belongs to.
pub(crate) fn trap_at(pc: usize) -> Option<Trap> {
    with_entry(pc, |entry| {
        // SAFETY: the code is running, so someone holds it, and the pointer is valid. No count is
        // touched, so that the handler never is the last to let go.
        let code = unsafe { &*entry.code.as_ptr() };
        code.artifact.trap_at(u32::try_from(pc - entry.start).ok()?)
    })?
}
