//! Whose native code may run.

use crate::failure::{Failure, Result};
use clap::Args;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use waxwing::{PublicKeys, Signature};

/// Options that say who is trusted.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Trust")]
pub struct TrustFlags {
    /// Run only what this key has signed: a minisign .pub file, or its line of base64; may be given
    /// several times, for any of several keys
    #[arg(long = "verify-key", value_name = "KEY")]
    pub verify_keys: Vec<String>,
    /// The program's signature [default: FILE.minisig]
    #[arg(long, value_name = "FILE", requires = "verify_keys")]
    pub signature: Option<PathBuf>,
}

impl TrustFlags {
    /// The keys, if any was given.
    ///
    /// # Errors
    /// If one cannot be read, or is none.
    pub fn keys(&self) -> Result<Option<PublicKeys>> {
        keys(&self.verify_keys)
    }
}

/// Reads keys: what is a file, or else looks like a path, is a file.
///
/// # Errors
/// If one cannot be read, or is none.
pub fn keys(texts: &[String]) -> Result<Option<PublicKeys>> {
    let mut keys = PublicKeys::new();
    for text in texts {
        let path = Path::new(text);
        if !path.exists() && keys.add(text).is_ok() {
            continue;
        }
        keys.add(&short_text(path)?).map_err(|e| Failure::runtime(&e, path))?;
    }
    Ok((!keys.is_empty()).then_some(keys))
}

/// Where the signature of a file is if nothing else is said.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// The signature of a file.
///
/// # Errors
/// If there is none, or what is there is none.
pub fn signature_of(path: &Path, signature: Option<&Path>) -> Result<Signature> {
    let place = signature.map_or_else(|| beside(path), Path::to_owned);
    if place.metadata().is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        return Err(Failure::new("the file has no signature").at_file(&place).help(
            "with --verify-key only signed files are taken: sign it (waxwing compile --sign-key, \
             minisign -S), or name its signature with --signature",
        ));
    }
    Signature::parse(&short_text(&place)?).map_err(|e| Failure::runtime(&e, &place))
}

/// What a key, a signature or a password may have at most; they have some hundred bytes.
const SHORT: u64 = 64 << 10;

/// The text of a file in which little is expected. What is longer is cut, so that it is no key and
/// no signature.
///
/// # Errors
/// If it cannot be read or is no text.
pub fn short_text(path: &Path) -> Result<String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|e| Failure::unreadable(&e, path))?;
    file.take(SHORT).read_to_string(&mut text).map_err(|e| Failure::unreadable(&e, path))?;
    Ok(text)
}
