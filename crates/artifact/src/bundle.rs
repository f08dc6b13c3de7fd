//! Executables: a runtime, an artifact, and what the program is granted, in one file.
//!
//! ```text
//! [ runtime ][ padding ][ artifact ][ settings ][ padding ][ trailer ]
//! 0                     ^ multiple of 4096                 ^ 128 bytes
//! ```
//!
//! `docs/formats/executable.md` describes it to the byte. Any bytes are a normal case.

use crate::format::{HASH, HEADER_AT, PAGE, header};
use crate::outline::{u32_at, u64_at};
use crate::{Artifact, Error};
use std::ops::Range;

/// Bytes of the trailer, which ends with the file.
pub const TRAILER: usize = 128;
/// What the settings may have at most.
pub const MAX_SETTINGS: u64 = 1 << 20;

const FORMAT: u32 = 1;
const MAGIC: &[u8; 16] = b"waxwing program\0";
const FILE_SIZE: usize = 0x00;
const ARTIFACT_AT: usize = 0x08;
const ARTIFACT_LEN: usize = 0x10;
const SETTINGS_AT: usize = 0x18;
const SETTINGS_LEN: usize = 0x20;
const FORMAT_AT: usize = 0x28;
const FLAGS_AT: usize = 0x2c;
const CHECKSUM_AT: usize = 0x30;
const HASH_AT: usize = 0x50;
const MAGIC_AT: usize = 0x70;

/// Options are taken when the program starts.
const OPTIONS_AT_START: u32 = 1;

/// What goes with a program, in the words of the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Grants and limits, as options of `waxwing run`.
    pub options: Vec<Vec<u8>>,
    /// Arguments that come before those of the command line.
    pub args: Vec<Vec<u8>>,
    /// Whether options may be added when the program starts.
    pub options_at_start: bool,
}

/// Where everything is in an executable, by its trailer. Settings and artifact are still to be checked.
#[derive(Clone, Debug)]
pub struct Trailer {
    /// Where the artifact is; begins at a multiple of [`PAGE`].
    pub artifact: Range<u64>,
    /// Where the settings are: at most [`MAX_SETTINGS`] bytes.
    pub settings: Range<u64>,
    bytes: [u8; TRAILER],
}

fn damaged(what: &'static str) -> Error {
    Error::executable(what)
}

impl Trailer {
    /// Reads the last [`TRAILER`] bytes of a file of `size` bytes. None if it is no executable with a
    /// program in it.
    ///
    /// # Errors
    /// If it is one, and damaged.
    pub fn read(bytes: &[u8; TRAILER], size: u64) -> Result<Option<Trailer>, Error> {
        if &bytes[MAGIC_AT..] != MAGIC {
            return Ok(None);
        }
        let word = |at: usize| u64_at(bytes, at).unwrap_or(u64::MAX);
        if u32_at(bytes, FORMAT_AT) != Some(FORMAT) {
            return Err(damaged("it has another format"));
        }
        if u32_at(bytes, FLAGS_AT).is_none_or(|flags| flags & !OPTIONS_AT_START != 0) {
            return Err(damaged("its flags are not known"));
        }
        if word(FILE_SIZE) != size {
            return Err(damaged("the file has another size than it should"));
        }
        let range = |at: usize, len: usize| {
            let start = word(at);
            Some(start..start.checked_add(word(len))?)
        };
        let (artifact, settings) =
            match (range(ARTIFACT_AT, ARTIFACT_LEN), range(SETTINGS_AT, SETTINGS_LEN)) {
                (Some(artifact), Some(settings)) => (artifact, settings),
                _ => return Err(damaged("its parts are larger than a file can be")),
            };
        let end = size.saturating_sub(TRAILER as u64);
        let ordered = artifact.end <= settings.start && settings.end <= end;
        if !artifact.start.is_multiple_of(PAGE) || artifact.start == 0 || !ordered {
            return Err(damaged("its parts are not where they can be"));
        }
        if settings.end - settings.start > MAX_SETTINGS {
            return Err(damaged("its settings are too large"));
        }
        Ok(Some(Trailer { artifact, settings, bytes: *bytes }))
    }

    /// The settings, from their bytes.
    ///
    /// # Errors
    /// If they or the trailer are not what was written.
    pub fn settings(&self, settings: &[u8]) -> Result<Settings, Error> {
        if self.bytes[HASH_AT..MAGIC_AT] != hash(settings, &self.bytes)[..] {
            return Err(damaged("the hash of its settings"));
        }
        let form = || damaged("the form of its settings");
        let count = |at: usize| u32_at(settings, at).ok_or_else(form);
        let (options, args) = (count(0)? as usize, count(4)? as usize);
        let mut rest = settings.get(8..).ok_or_else(form)?;
        let mut words = |count: usize| -> Result<Vec<Vec<u8>>, Error> {
            // The number may be anything; there are not more words than bytes.
            let mut words = Vec::new();
            for _ in 0..count {
                let end = rest.iter().position(|&b| b == 0).ok_or_else(form)?;
                words.push(rest[..end].to_vec());
                rest = &rest[end + 1..];
            }
            Ok(words)
        };
        let (options, args) = (words(options)?, words(args)?);
        if !rest.is_empty() {
            return Err(form());
        }
        let flags = u32_at(&self.bytes, FLAGS_AT).unwrap_or(0);
        Ok(Settings { options, args, options_at_start: flags & OPTIONS_AT_START != 0 })
    }

    /// Whether this is the artifact that belongs to the trailer. What else it must be is checked where it
    /// is loaded.
    ///
    /// # Errors
    /// If it is another one.
    pub fn belongs(&self, artifact: &Artifact<'_>) -> Result<(), Error> {
        match checksum(artifact.bytes()) {
            Some(sum) if *sum == self.bytes[CHECKSUM_AT..HASH_AT] => Ok(()),
            _ => Err(damaged("its program is another one")),
        }
    }
}

/// The checksum that an artifact has of itself.
fn checksum(artifact: &[u8]) -> Option<&[u8]> {
    artifact.get(HEADER_AT + header::CHECKSUM..)?.get(..HASH)
}

fn hash(settings: &[u8], trailer: &[u8; TRAILER]) -> [u8; HASH] {
    *blake3::Hasher::new().update(settings).update(&trailer[..HASH_AT]).finalize().as_bytes()
}

/// An executable of a runtime and an artifact.
///
/// # Errors
/// If the artifact is none, or the settings are too large or hold zero bytes.
pub fn executable(
    runtime: &[u8],
    artifact: &Artifact<'_>,
    settings: &Settings,
) -> Result<Vec<u8>, Error> {
    let artifact = artifact.bytes();
    let mut words = Vec::new();
    for count in [settings.options.len(), settings.args.len()] {
        let count = u32::try_from(count).map_err(|_| Error::too_large("its settings"))?;
        words.extend(count.to_le_bytes());
    }
    for word in settings.options.iter().chain(&settings.args) {
        if word.contains(&0) {
            return Err(damaged("a zero byte in an option or argument"));
        }
        words.extend(word);
        words.push(0);
    }
    if words.len() as u64 > MAX_SETTINGS {
        return Err(Error::too_large("its settings"));
    }
    let mut file = runtime.to_vec();
    file.resize(file.len().next_multiple_of(PAGE as usize).max(PAGE as usize), 0);
    let artifact_at = file.len() as u64;
    file.extend(artifact);
    let settings_at = file.len() as u64;
    file.extend(&words);
    file.resize(file.len().next_multiple_of(8), 0);

    let mut trailer = [0; TRAILER];
    let mut put = |at: usize, bytes: &[u8]| trailer[at..at + bytes.len()].copy_from_slice(bytes);
    put(FILE_SIZE, &((file.len() + TRAILER) as u64).to_le_bytes());
    put(ARTIFACT_AT, &artifact_at.to_le_bytes());
    put(ARTIFACT_LEN, &(artifact.len() as u64).to_le_bytes());
    put(SETTINGS_AT, &settings_at.to_le_bytes());
    put(SETTINGS_LEN, &(words.len() as u64).to_le_bytes());
    put(FORMAT_AT, &FORMAT.to_le_bytes());
    let flags = if settings.options_at_start { OPTIONS_AT_START } else { 0 };
    put(FLAGS_AT, &flags.to_le_bytes());
    put(CHECKSUM_AT, checksum(artifact).ok_or_else(Error::not_an_artifact)?);
    put(MAGIC_AT, MAGIC);
    let sum = hash(&words, &trailer);
    trailer[HASH_AT..MAGIC_AT].copy_from_slice(&sum);
    file.extend(trailer);
    Ok(file)
}
