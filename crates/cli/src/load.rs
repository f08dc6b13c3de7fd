//! From a file that the user names to a module: through the cache, unless there is none.

use crate::failure::{Failure, Result};
use crate::flags::cache::CacheFlags;
use crate::flags::engine::EngineFlags;
use crate::flags::size::Size;
use crate::output::{count, note};
use crate::progress;
use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};
use waxwing::cache::{FileKey, Outcome, Source, load_vouched_artifact};
use waxwing::{Cache, Engine, Module};
use waxwing_decode::InputKind;

/// Loads modules.
pub struct Loader {
    /// What they are loaded for.
    pub engine: Engine,
    cache: Option<Cache>,
    verbose: bool,
    /// How each module so far was come by, and how long it took.
    loaded: RefCell<Vec<(&'static str, Duration)>>,
}

impl Loader {
    /// A loader with these options.
    ///
    /// # Errors
    /// If the engine cannot run here. A cache that cannot be used is left out, with a note.
    pub fn new(engine: &EngineFlags, cache: &CacheFlags) -> Result<Loader> {
        let verbose = engine.verbose;
        let cache = cache.open(verbose);
        Ok(Loader { engine: engine.engine()?, cache, verbose, loaded: RefCell::default() })
    }

    /// The module in a file: binary, text, or an artifact.
    ///
    /// # Errors
    /// If the file cannot be read, or is no module that can be run.
    pub fn module(&self, path: &Path) -> Result<Module> {
        let start = Instant::now();
        let (mut file, key) = open(path)?;
        let found = self.cache.as_ref().zip(key).and_then(|(c, key)| c.find(&self.engine, &key));
        if let Some(module) = found {
            self.tell(path, start, &module, Source::Index);
            return Ok(module);
        }
        let bytes = read(&mut file, path)?;
        let kind = InputKind::of(&bytes);
        if kind == InputKind::Artifact {
            let module = load_vouched_artifact(&self.engine, &bytes);
            self.loaded.borrow_mut().push(("compiled ahead of time", start.elapsed()));
            return module.map_err(|e| Failure::engine(&e, path));
        }
        check_kind(&bytes, path)?;
        let result = match &self.cache {
            Some(cache) => cache.module(&self.engine, &bytes),
            None => Module::new(&self.engine, &bytes)
                .map(|module| (module, Outcome { source: Source::Compiled, notes: Vec::new() })),
        };
        progress::clear();
        let (module, outcome) = result.map_err(|e| Failure::engine(&e, path))?;
        if let (Some(cache), Some(key)) = (&self.cache, key) {
            cache.remember(&module, &key, &file);
        }
        if self.verbose {
            outcome.notes.iter().for_each(note);
        }
        self.tell(path, start, &module, outcome.source);
        Ok(module)
    }

    /// How the first module was come by, and how long all took together.
    pub fn loaded(&self) -> (&'static str, Duration) {
        let loaded = self.loaded.borrow();
        let how = loaded.first().map_or("not loaded", |&(how, _)| how);
        (how, loaded.iter().map(|&(_, time)| time).sum())
    }

    fn tell(&self, path: &Path, start: Instant, module: &Module, source: Source) {
        let brief = if let Source::Compiled = source { "compiled" } else { "from the cache" };
        self.loaded.borrow_mut().push((brief, start.elapsed()));
        if !self.verbose {
            return;
        }
        let how = match source {
            Source::Index => "from the cache, by the file's identity",
            Source::Contents => "from the cache, by the file's contents",
            Source::Compiled => "compiled",
        };
        let functions = module.text().count();
        let code: usize = module.text().map(|(_, range)| range.len()).sum();
        note(format_args!(
            "{}: {how}, in {:.1} ms; {}, {} of code",
            path.display(),
            start.elapsed().as_secs_f64() * 1e3,
            count(functions as u64, "function", "functions"),
            Size(code as u64),
        ));
    }
}

fn open(path: &Path) -> Result<(File, Option<FileKey>)> {
    let file = File::open(path).map_err(|e| Failure::unreadable(&e, path))?;
    let key = FileKey::of(&file);
    Ok((file, key))
}

fn read(file: &mut File, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| Failure::unreadable(&e, path))?;
    Ok(bytes)
}

/// The bytes of a file.
///
/// # Errors
/// If it cannot be read.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    read(&mut open(path)?.0, path)
}

/// Refuses what is neither a binary module nor text, in the decoder's words: the parser of the
/// text format would only complain about its first byte.
///
/// # Errors
/// If it is something else.
pub fn check_kind(bytes: &[u8], path: &Path) -> Result<()> {
    if matches!(InputKind::of(bytes), InputKind::Module | InputKind::Text) {
        return Ok(());
    }
    match waxwing_decode::decode(bytes, &waxwing_decode::Options::default()) {
        Ok(_) => Ok(()),
        Err(e) => Err(Failure::decode(&e, path)),
    }
}

/// The binary form of a module in text form; a binary one stays as it is.
///
/// # Errors
/// If the text is wrong.
pub fn to_binary<'a>(bytes: &'a [u8], path: &Path) -> Result<std::borrow::Cow<'a, [u8]>> {
    wat::parse_bytes(bytes).map_err(|e| Failure::engine(&waxwing::Error::host(e), path))
}
