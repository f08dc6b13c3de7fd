//! The program that is appended to this process's own executable.
//!
//! `docs/formats/executable.md` has the bytes. `waxwing create-exe` makes such files.
//!
//! That loading the program is safe although nobody signed it: whoever can change it can change the
//! file that this process runs from, and so the code that would check it.

use crate::{Engine, Error, Module, Result};
use std::fs::File;
use std::os::unix::fs::FileExt;
use waxwing_artifact::bundle::{Settings, TRAILER, Trailer};

/// A program in this process's own executable.
#[derive(Debug)]
pub struct OwnProgram {
    file: File,
    trailer: Trailer,
    settings: Settings,
}

impl OwnProgram {
    /// Finds the program in this process's own executable; none if there is no program in it.
    ///
    /// # Errors
    /// If the executable cannot be read, or what is in it is damaged.
    pub fn find() -> Result<Option<OwnProgram>> {
        // The link leads to the file itself, whatever its name is by now.
        let failed = |e| Error::msg(format!("cannot read this program's own executable: {e}"));
        let file = match File::open("/proc/self/exe") {
            // A system without /proc does not say what this process runs from.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            result => result.map_err(failed)?,
        };
        let size = file.metadata().map_err(failed)?.len();
        let Some(at) = size.checked_sub(TRAILER as u64) else { return Ok(None) };
        let mut trailer = [0; TRAILER];
        file.read_exact_at(&mut trailer, at).map_err(failed)?;
        let Some(trailer) = Trailer::read(&trailer, size).map_err(Error::host)? else {
            return Ok(None);
        };
        // At most `MAX_SETTINGS`, as the trailer has checked.
        let mut settings = vec![0; (trailer.settings.end - trailer.settings.start) as usize];
        file.read_exact_at(&mut settings, trailer.settings.start).map_err(failed)?;
        let settings = trailer.settings(&settings).map_err(Error::host)?;
        Ok(Some(OwnProgram { file, trailer, settings }))
    }

    /// What goes with the program.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The first bytes of the program, for [`crate::Config::for_artifact`].
    ///
    /// # Errors
    /// If the executable cannot be read.
    pub fn head(&self) -> Result<Vec<u8>> {
        let range = &self.trailer.artifact;
        // At most `ARTIFACT_HEAD`.
        let mut head = vec![0; (range.end - range.start).min(Module::ARTIFACT_HEAD) as usize];
        let read = self.file.read_exact_at(&mut head, range.start);
        read.map_err(|e| Error::msg(format!("cannot read the program: {e}")))?;
        Ok(head)
    }

    /// Loads the program, mapped from the executable.
    ///
    /// # Errors
    /// If it is no artifact, is damaged, or was made by another version or for other settings.
    pub fn module(&self, engine: &Engine) -> Result<Module> {
        let failed = |e| Error::msg(format!("cannot map the program: {e}"));
        let range = &self.trailer.artifact;
        let file = self.file.try_clone().map_err(failed)?;
        let file = waxwing_sys::File::behind(file, range.start).map_err(failed)?;
        let len = usize::try_from(range.end - range.start).map_err(Error::host)?;
        // SAFETY: the artifact is part of the executable that runs, as vouched for as the code that
        // loads it; the system lets nobody write a file that it runs from, and who replaces the
        // file replaces another one than is open here.
        let module = unsafe { Module::map(engine, file, len) }?;
        self.trailer.belongs(module.code().artifact()).map_err(Error::host)?;
        Ok(module)
    }
}
