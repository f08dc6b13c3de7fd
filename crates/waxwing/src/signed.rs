//! Signed artifacts: native code that is run because of who made it.
//!
//! Keys and signatures are minisign's (ed25519 over BLAKE2b, `*.pub` and `*.minisig` files), so that
//! `minisign -V` and `minisign -S` read and make them as well.
//!
//! # No gap between the check and the run
//!
//! [`Module::load_signed`] copies the artifact into memory of its own and has the kernel seal it.
//! The signature is held against the sealed copy, and the code is mapped from there: whoever changes
//! the file later, or changes it back and forth, changes nothing of what runs. Nothing is mapped
//! executable, and nothing of the artifact is interpreted, before the signature fits.
//!
//! # What a signature promises
//!
//! That someone who has the secret key wanted exactly these bytes. Not that it is the newest version:
//! an old artifact stays signed until its key is no longer given.

use crate::{Engine, Error, Module, Result};
use std::fmt;
use std::io::Read;
use std::path::Path;
use waxwing_artifact::Artifact;
use waxwing_sys::Sealed;

/// What a key or signature may have at most, in bytes; they have some hundred.
const MOST: usize = 64 << 10;

/// The public keys that are trusted. A signature by any of them will do.
#[derive(Clone, Debug, Default)]
pub struct PublicKeys(Vec<minisign_verify::PublicKey>);

/// A detached signature. What it says is true once [`Signature::verify`] found that it fits.
#[derive(Clone)]
pub struct Signature(minisign_verify::Signature);

/// Why a key or a signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// What was given as a key is none.
    NotAKey,
    /// What was given as a signature is none.
    NotASignature,
    /// The signature, or the key, is of an algorithm that is not ed25519.
    UnknownAlgorithm,
    /// The signature is over the whole file instead of over its hash.
    Legacy,
    /// It was signed with none of the keys that are trusted.
    OtherKey,
    /// The signature is not one of these bytes, or its trusted comment was changed.
    Forged,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignatureError::NotAKey => {
                "not a minisign public key: wanted are a line of comment and a line of base64, or \
                 the latter alone"
            }
            SignatureError::NotASignature => {
                "not a minisign signature: wanted are four lines, of which the second and the \
                 fourth are base64"
            }
            SignatureError::UnknownAlgorithm => "signed with an algorithm that is not ed25519",
            SignatureError::Legacy => {
                "the signature is of minisign's legacy form, which signs no hash; sign again with \
                 minisign 0.10 or later, without -l"
            }
            SignatureError::OtherKey => "signed with none of the keys that are trusted",
            SignatureError::Forged => {
                "the signature does not fit: the file, the signature or its trusted comment is not \
                 what was signed"
            }
        })
    }
}

impl std::error::Error for SignatureError {}

impl PublicKeys {
    /// No key: nothing is trusted.
    pub fn new() -> PublicKeys {
        PublicKeys::default()
    }

    /// Adds a key: the contents of a `*.pub` file, or its second line alone.
    ///
    /// # Errors
    /// If it is none ([`SignatureError`]).
    pub fn add(&mut self, key: &str) -> Result<&mut PublicKeys> {
        self.0.push(parse_key(key).map_err(Error::host)?);
        Ok(self)
    }

    /// Adds a key from a `*.pub` file.
    ///
    /// # Errors
    /// If the file cannot be read or holds no key.
    pub fn add_file(&mut self, path: impl AsRef<Path>) -> Result<&mut PublicKeys> {
        let text = read_text(path.as_ref(), SignatureError::NotAKey)?;
        self.add(&text)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn parse_key(text: &str) -> Result<minisign_verify::PublicKey, SignatureError> {
    let text = text.trim();
    if text.len() > MOST {
        return Err(SignatureError::NotAKey);
    }
    let key = match text.split_once('\n') {
        None => minisign_verify::PublicKey::from_base64(text),
        // Only comment and key: what stands below might be meant to be looked at, and is not.
        Some((_, rest)) if rest.contains('\n') => return Err(SignatureError::NotAKey),
        Some(_) => minisign_verify::PublicKey::decode(text),
    };
    key.map_err(|e| match e {
        minisign_verify::Error::UnsupportedAlgorithm => SignatureError::UnknownAlgorithm,
        _ => SignatureError::NotAKey,
    })
}

/// The text in a file of which little is expected; anything longer is `wrong`.
fn read_text(path: &Path, wrong: SignatureError) -> Result<String> {
    let failed = |e| Error::msg(format!("cannot read {}: {e}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MOST as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    match String::from_utf8(bytes) {
        Ok(text) if text.len() <= MOST => Ok(text),
        _ => Err(Error::host(wrong)),
    }
}

impl Signature {
    /// Reads a signature: the contents of a `*.minisig` file.
    ///
    /// # Errors
    /// If it is none, or of another algorithm ([`SignatureError`]).
    pub fn parse(text: &str) -> Result<Signature> {
        parse_signature(text).map(Signature).map_err(Error::host)
    }

    /// Reads a signature from a `*.minisig` file.
    ///
    /// # Errors
    /// If the file cannot be read or holds no signature.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Signature> {
        let text = read_text(path.as_ref(), SignatureError::NotASignature)?;
        Signature::parse(&text)
    }

    /// Whether it is the signature of these bytes, by one of these keys.
    ///
    /// # Errors
    /// If it is not ([`SignatureError`]).
    pub fn verify(&self, bytes: &[u8], keys: &PublicKeys) -> Result<()> {
        self.check(bytes, keys).map_err(Error::host)
    }

    fn check(&self, bytes: &[u8], keys: &PublicKeys) -> Result<(), SignatureError> {
        let mut worst = SignatureError::OtherKey;
        for key in &keys.0 {
            match key.verify(bytes, &self.0, false) {
                Ok(()) => return Ok(()),
                // The number of a key is no secret, and may be that of another one.
                Err(minisign_verify::Error::UnexpectedKeyId) => {}
                Err(minisign_verify::Error::UnexpectedAlgorithm) => worst = SignatureError::Legacy,
                Err(_) => worst = SignatureError::Forged,
            }
        }
        Err(worst)
    }

    /// What the signer says about the file. Signed itself: true if [`Signature::verify`] says so.
    pub fn trusted_comment(&self) -> &str {
        self.0.trusted_comment()
    }

    /// What anyone may have written beside the signature.
    pub fn untrusted_comment(&self) -> &str {
        let comment = self.0.untrusted_comment();
        comment.strip_prefix(UNTRUSTED).unwrap_or(comment)
    }
}

/// How the first line of a signature begins.
const UNTRUSTED: &str = "untrusted comment: ";

fn parse_signature(text: &str) -> Result<minisign_verify::Signature, SignatureError> {
    let whole = text.len() <= MOST && text.starts_with(UNTRUSTED) && text.lines().count() == 4;
    if !whole {
        return Err(SignatureError::NotASignature);
    }
    minisign_verify::Signature::decode(text).map_err(|e| match e {
        minisign_verify::Error::UnsupportedAlgorithm => SignatureError::UnknownAlgorithm,
        _ => SignatureError::NotASignature,
    })
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comment = self.trusted_comment();
        f.debug_struct("Signature").field("trusted_comment", &comment).finish_non_exhaustive()
    }
}

impl Module {
    /// Loads an artifact, from a file or bytes, that was signed with one of these keys. Unlike
    /// [`Module::deserialize`] it is safe: who is trusted to make native code has been said with
    /// the keys.
    ///
    /// ```no_run
    /// use waxwing::{Engine, Module, PublicKeys, Signature};
    ///
    /// let mut keys = PublicKeys::new();
    /// keys.add_file("vendor.pub")?;
    /// let signature = Signature::from_file("plugin.waxwing.minisig")?;
    /// let artifact = std::fs::File::open("plugin.waxwing").map_err(waxwing::Error::host)?;
    /// let module = Module::load_signed(&Engine::default(), artifact, &signature, &keys)?;
    /// println!("{}", signature.trusted_comment());
    /// # Ok::<(), waxwing::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the signature does not fit ([`Error::downcast_ref`] then finds a [`SignatureError`]), and
    /// as for [`Module::deserialize`].
    pub fn load_signed(
        engine: &Engine,
        artifact: impl Read,
        signature: &Signature,
        keys: &PublicKeys,
    ) -> Result<Module> {
        let mut artifact = artifact;
        let mut head = Vec::new();
        let failed = |e| Error::msg(format!("cannot copy the artifact: {e}"));
        // What does not even begin like one is not copied: it may have no end.
        artifact.by_ref().take(16).read_to_end(&mut head).map_err(failed)?;
        if !waxwing_artifact::is_artifact(&head) {
            Artifact::parse(&head).map_err(Error::host)?;
        }
        let sealed = Sealed::copy_of(c"waxwing-signed", head.chain(artifact)).map_err(failed)?;
        signature.verify(sealed.bytes(), keys)?;
        let whole = Artifact::parse(sealed.bytes()).and_then(|artifact| artifact.verify_full());
        whole.map_err(Error::host)?;
        let len = sealed.bytes().len();
        // SAFETY: the bytes are those that the holder of a trusted key signed as an artifact of
        // this engine, and the kernel lets nobody change them.
        unsafe { Module::map(engine, sealed.into_file(), len) }
    }
}
