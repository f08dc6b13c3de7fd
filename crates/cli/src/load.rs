//! From a file that the user names to a module: through the cache, unless there is none.

use crate::failure::{Explain, Failure, Result};
use crate::flags::cache::CacheFlags;
use crate::flags::engine::EngineFlags;
use crate::flags::size::Size;
use crate::flags::trust::{TrustOrNot, signature_of};
use crate::output::{count, note};
use crate::progress;
use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};
use waxwing::cache::{FileKey, Outcome, Source};
use waxwing::{Cache, Engine, Module, PublicKeys};
use waxwing_artifact::Artifact;
use waxwing_decode::InputKind;

/// How a module was come by that was an artifact already.
const AHEAD_OF_TIME: &str = "compiled ahead of time";

/// Loads modules.
pub struct Loader {
    /// What they are loaded for.
    pub engine: Engine,
    cache: Option<Cache>,
    /// Whose signature everything must have that is loaded.
    keys: Option<PublicKeys>,
    allow_unsigned: bool,
    verbose: bool,
    /// How each module so far was come by, and how long it took.
    loaded: RefCell<Vec<(&'static str, Duration)>>,
}

impl Loader {
    /// A loader with these options.
    ///
    /// # Errors
    /// If the engine cannot run here, or a key is none. A cache that cannot be used is left out,
    /// with a note.
    pub fn new(engine: &EngineFlags, cache: &CacheFlags, trust: &TrustOrNot) -> Result<Loader> {
        let (verbose, keys) = (engine.verbose, trust.trust.keys()?);
        let cache = cache.open(verbose);
        let allow_unsigned = trust.allow_unsigned;
        let engine = engine.engine()?;
        Ok(Loader { engine, cache, keys, allow_unsigned, verbose, loaded: RefCell::default() })
    }

    /// The module in a file: binary, text, or an artifact. Its signature, if one is wanted, is in
    /// the file named, or beside it.
    ///
    /// # Errors
    /// If the file cannot be read, is no module that can be run, or is not signed as it must be.
    pub fn module(&self, path: &Path, signature: Option<&Path>) -> Result<Module> {
        let start = Instant::now();
        let (mut file, key) = open(path)?;
        if let Some(keys) = &self.keys {
            return self.signed(path, file, signature, keys);
        }
        let found = self.cache.as_ref().zip(key).and_then(|(c, key)| c.find(&self.engine, &key));
        if let Some(module) = found {
            self.tell(path, start, &module, Source::Index);
            return Ok(module);
        }
        let bytes = read(&mut file, path)?;
        let kind = InputKind::of(&bytes);
        if kind == InputKind::Artifact {
            let module = self.unsigned(path, &bytes);
            self.loaded.borrow_mut().push((AHEAD_OF_TIME, start.elapsed()));
            return module;
        }
        let (module, source) = self.compiled(path, &bytes)?;
        if let (Some(cache), Some(key)) = (&self.cache, key) {
            cache.remember(&module, &key, &file);
        }
        self.tell(path, start, &module, source);
        Ok(module)
    }

    /// A module from its bytes, through the cache.
    fn compiled(&self, path: &Path, bytes: &[u8]) -> Result<(Module, Source)> {
        check_kind(bytes, path)?;
        let result = match &self.cache {
            Some(cache) => cache.module(&self.engine, bytes),
            None => Module::new(&self.engine, bytes)
                .map(|module| (module, Outcome { source: Source::Compiled, notes: Vec::new() })),
        };
        progress::clear();
        let (module, outcome) = result.map_err(|e| Failure::engine(&e, path))?;
        if self.verbose {
            outcome.notes.iter().for_each(note);
        }
        Ok((module, outcome.source))
    }

    /// The module in a file that must be signed. The file's identity does not count: its bytes are
    /// what was signed.
    fn signed(
        &self,
        path: &Path,
        mut file: File,
        signature: Option<&Path>,
        keys: &PublicKeys,
    ) -> Result<Module> {
        let start = Instant::now();
        let failed = |e: &waxwing::Error| Failure::engine(e, path);
        let signature = signature_of(path, signature)?;
        let mut bytes = Vec::new();
        file.by_ref()
            .take(16)
            .read_to_end(&mut bytes)
            .map_err(|e| Failure::unreadable(&e, path))?;
        let module = if waxwing_artifact::is_artifact(&bytes) {
            let module = Module::load_signed(&self.engine, bytes.chain(file), &signature, keys)
                .map_err(|e| failed(&e))?;
            self.loaded.borrow_mut().push((AHEAD_OF_TIME, start.elapsed()));
            module
        } else {
            file.read_to_end(&mut bytes).map_err(|e| Failure::unreadable(&e, path))?;
            signature.verify(&bytes, keys).map_err(|e| failed(&e))?;
            let (module, source) = self.compiled(path, &bytes)?;
            self.tell(path, start, &module, source);
            module
        };
        if self.verbose {
            let comment = signature.trusted_comment().escape_debug().to_string();
            note(format_args!("{}: signed: {comment}", path.display()));
        }
        Ok(module)
    }

    /// How the first module was come by, and how long all took together.
    pub fn loaded(&self) -> (&'static str, Duration) {
        let loaded = self.loaded.borrow();
        let how = loaded.first().map_or("not loaded", |&(how, _)| how);
        (how, loaded.iter().map(|&(_, time)| time).sum())
    }

    /// An artifact that nobody signed, if that was allowed.
    #[expect(unsafe_code, reason = "native code runs here on a person's word")]
    fn unsigned(&self, path: &Path, bytes: &[u8]) -> Result<Module> {
        // Damage is worth a better word than a crash.
        let whole = Artifact::parse(bytes).and_then(|artifact| artifact.verify_full());
        whole.map_err(|e| Failure::engine(&waxwing::Error::host(e), path))?;
        if !self.allow_unsigned {
            return Err(Failure::new("the file is native code, and nothing says who made it")
                .at_file(path)
                .help(
                    "run it with --verify-key KEY if it is signed; with --allow-unsigned it runs \
                     unchecked, with all your rights: only if you made it, or trust who did",
                ));
        }
        // SAFETY: who starts the command says with `--allow-unsigned` that the artifact comes from
        // an engine that they trust. The bytes are our own copy.
        let module = unsafe { Module::deserialize(&self.engine, bytes) };
        module.map_err(|e| Failure::engine(&e, path))
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
