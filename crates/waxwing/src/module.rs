//! Modules: compiled code, and the names in it.

use crate::{Engine, Error, Result, WasmFrame};
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use waxwing_module::HeapType;
use waxwing_vm::{Code, Frame};

/// A compiled module. Cheap to clone; its code stays while any clone or instance lives.
#[derive(Clone)]
pub struct Module(Arc<Inner>);

struct Inner {
    engine: Engine,
    code: Arc<Code>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(pool) = self.engine.pool() {
            pool.retire(&self.code);
        }
    }
}

impl Module {
    /// Loads an artifact that [`Module::serialize`] or [`Engine::precompile`] made. The bytes are
    /// copied.
    ///
    /// # Errors
    /// If it is no artifact, is damaged, or was made by another version or for other settings.
    ///
    /// # Safety
    /// An artifact is machine code. It must come, unchanged, from an engine that is trusted. Where a
    /// signature can say so, [`Module::load_signed`] is the safe way.
    pub unsafe fn deserialize(engine: &Engine, artifact: &[u8]) -> Result<Module> {
        let file = waxwing_sys::File::in_memory(c"waxwing-artifact", artifact)
            .map_err(|e| Error::msg(format!("no room for the code: {e}")))?;
        // SAFETY: the caller vouches for the contents; the file in memory is sealed.
        unsafe { Module::map(engine, file, artifact.len()) }
    }

    /// Maps an artifact from a file.
    ///
    /// # Errors
    /// As for [`Module::deserialize`], and if the file cannot be opened.
    ///
    /// # Safety
    /// As for [`Module::deserialize`]; besides, nobody may change the file while the module or an
    /// instance of it lives.
    pub unsafe fn deserialize_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Module> {
        let path = path.as_ref();
        let open = || -> std::io::Result<(File, u64)> {
            let file = File::open(path)?;
            let len = file.metadata()?.len();
            Ok((file, len))
        };
        let (file, len) =
            open().map_err(|e| Error::msg(format!("cannot open {}: {e}", path.display())))?;
        let len = usize::try_from(len).map_err(Error::host)?;
        // SAFETY: passed on to the caller.
        unsafe { Module::map(engine, file.into(), len) }
    }

    /// How many bytes of an artifact, if it has as many, [`crate::Config::for_artifact`] looks at.
    pub const ARTIFACT_HEAD: u64 = waxwing_artifact::HEAD as u64;

    /// # Safety
    /// As for [`Module::deserialize_file`].
    pub(crate) unsafe fn map(
        engine: &Engine,
        file: waxwing_sys::File,
        len: usize,
    ) -> Result<Module> {
        // SAFETY: passed on to the caller.
        let code = unsafe { Code::load(file, len, engine.memory_plan()) }.map_err(Error::host)?;
        let made_by = code.artifact().fingerprint().map_err(Error::host)?;
        made_by.is_metered_as(engine.metering()).map_err(Error::host)?;
        Ok(Module(Arc::new(Inner { engine: engine.clone(), code })))
    }

    /// The artifact's bytes, for [`Module::deserialize`].
    pub fn serialize(&self) -> Vec<u8> {
        self.0.code.artifact().bytes().to_vec()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Imports, exports, memories and whatever else is known of the module.
    pub fn facts(&self) -> &waxwing_module::Module {
        &self.0.code.module
    }

    /// Its types by index, as signatures and other types name them.
    pub fn types(&self) -> impl Iterator<Item = HeapType> + '_ {
        let kinds = self.facts().types.iter().map(|ty| ty.composite.kind());
        kinds.zip(0..).map(|(kind, index)| HeapType::Defined(kind, self.0.code.type_word(index)))
    }

    /// The module's name, by its name section.
    pub fn name(&self) -> Option<String> {
        module_name(&self.0.code)
    }

    /// A number that tells its code apart from all other code that is loaded. Clones have the same.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(self.code()) as usize
    }

    /// The name of a function: by the name section, or by an export.
    pub fn function_name(&self, index: u32) -> Option<String> {
        self.0.code.artifact().function_name(index).map(str::to_owned)
    }

    /// Where its code lies in memory, and each function's place in it: index and addresses.
    pub fn text(&self) -> impl Iterator<Item = (u32, std::ops::Range<usize>)> + '_ {
        let artifact = self.0.code.artifact();
        let base = self.0.code.text().start;
        (artifact.imported_functions()..artifact.functions()).filter_map(move |index| {
            let range = artifact.function(index)?;
            Some((index, base + range.start as usize..base + range.end as usize))
        })
    }

    pub(crate) fn code(&self) -> &Arc<Code> {
        &self.0.code
    }
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("name", &self.name()).finish_non_exhaustive()
    }
}

fn module_name(code: &Code) -> Option<String> {
    code.artifact().module_name().map(str::to_owned)
}

type Dwarf<'a> = addr2line::Context<gimli::EndianSlice<'a, gimli::LittleEndian>>;

/// Looks names and source lines up; keeps what it has read of each module.
#[derive(Default)]
pub(crate) struct Symbols<'a>(HashMap<*const Code, (Option<String>, Option<Dwarf<'a>>)>);

impl<'a> Symbols<'a> {
    pub fn frame(&mut self, frame: &'a Frame) -> WasmFrame {
        let code: &'a Code = &frame.code;
        let (module_name, dwarf) = self
            .0
            .entry(std::ptr::from_ref(code))
            .or_insert_with(|| (module_name(code), debug_information(code)));
        let start = code.artifact().wasm_code_section();
        let locations = match (dwarf, frame.offset.and_then(|at| at.checked_sub(start))) {
            (Some(dwarf), Some(at)) => locations(dwarf, u64::from(at)),
            _ => Vec::new(),
        };
        WasmFrame {
            func_index: frame.func,
            func_name: code.artifact().function_name(frame.func).map(readable),
            module_name: module_name.clone(),
            offset: frame.offset,
            func_start: code.artifact().function_start(frame.func),
            module_identity: std::ptr::from_ref(code) as usize,
            locations,
        }
    }
}

/// A name as people write it: compilers' decorations taken off.
fn readable(name: &str) -> String {
    // Without this mark a name may still read like an encoded type: `a` as `signed char`.
    if !name.starts_with("_Z") && !name.starts_with("_R") {
        return name.to_owned();
    }
    let rust = || addr2line::demangle(name, gimli::DW_LANG_Rust);
    let cpp = || addr2line::demangle(name, gimli::DW_LANG_C_plus_plus);
    rust().or_else(cpp).unwrap_or_else(|| name.to_owned())
}

fn debug_information(code: &Code) -> Option<Dwarf<'_>> {
    let artifact = code.artifact();
    artifact.custom_section(".debug_info")?;
    let load = |id: gimli::SectionId| -> std::result::Result<_, gimli::Error> {
        let data = artifact.custom_section(id.name()).unwrap_or(&[]);
        Ok(gimli::EndianSlice::new(data, gimli::LittleEndian))
    };
    addr2line::Context::from_dwarf(gimli::Dwarf::load(load).ok()?).ok()
}

/// `file:line:column`, innermost inlined function first.
fn locations(dwarf: &Dwarf<'_>, at: u64) -> Vec<String> {
    let mut out = Vec::new();
    let Ok(mut frames) = dwarf.find_frames(at).skip_all_loads() else { return out };
    while let Ok(Some(frame)) = frames.next() {
        let Some(location) = frame.location else { continue };
        let mut text = location.file.unwrap_or("?").to_owned();
        for part in [location.line, location.column].into_iter().flatten() {
            text.push_str(&format!(":{part}"));
        }
        out.push(text);
    }
    out
}
