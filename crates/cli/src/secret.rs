//! Secret keys: making, reading and using them. The formats are minisign's.

use crate::failure::{Explain, Failure, Result, reason};
use crate::flags::trust::{beside, short_text};
use crate::output::write_whole;
use ct_codecs::{Base64, Decoder};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::SystemTime;
use waxwing_artifact::Artifact;

/// Bytes of a secret key; which of them name its encryption; that there is none.
const SECRET_KEY: usize = 158;
const ENCRYPTION: std::ops::Range<usize> = 2..4;
const NONE: [u8; 2] = [0, 0];

/// Where a password comes from.
#[derive(Clone, Copy, Debug)]
pub enum Password<'a> {
    /// From a person at the terminal.
    Ask,
    /// From the first line of a file.
    File(&'a Path),
}

/// A key that signs.
pub struct SigningKey {
    secret: SecretKey,
    public: PublicKey,
}

fn minisign(e: &minisign::PError, path: &Path) -> Failure {
    Failure::new(format!("the key cannot be used: {e}")).at_file(path)
}

impl Password<'_> {
    /// Gets it. `twice` if a new one is chosen, which is never seen again.
    fn get(self, twice: bool) -> Result<String> {
        let Password::Ask = self else { return self.first_line() };
        let ask = |prompt: &str| {
            rpassword::prompt_password(prompt).map_err(|e| {
                Failure::new(format!("cannot ask for the key's password: {}", reason(&e)))
                    .help("without a terminal: --password-file FILE")
            })
        };
        let password = ask("Password of the key: ")?;
        if twice && ask("The same once more: ")? != password {
            return Err(Failure::new("the two passwords are not the same").help("try again"));
        }
        Ok(password)
    }

    fn first_line(self) -> Result<String> {
        let Password::File(path) = self else { return Ok(String::new()) };
        let text = short_text(path)?;
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(line.to_owned()),
            _ => Err(Failure::new("the password is empty")
                .at_file(path)
                .help("the password is the file's first line")),
        }
    }
}

impl SigningKey {
    /// Reads a secret key.
    ///
    /// # Errors
    /// If it cannot be read, is none, is damaged, or the password is wrong.
    pub fn from_file(path: &Path, password: Password<'_>) -> Result<SigningKey> {
        let none = || {
            Failure::new("not a minisign secret key")
                .at_file(path)
                .help("give the secret one of the two files: `waxwing keygen` names it NAME.key")
        };
        let text = short_text(path)?;
        let bytes = text.lines().nth(1).and_then(|line| Base64::decode_to_vec(line, None).ok());
        let bytes = bytes.filter(|bytes| bytes.len() == SECRET_KEY).ok_or_else(none)?;
        let secret = if bytes[ENCRYPTION] == NONE {
            // Some versions of minisign leave the checksum of such keys out, so that it cannot be
            // compared; whether the two halves belong together is found below.
            SecretKey::from_bytes(&bytes).map_err(|_| none())?
        } else {
            let key = SecretKeyBox::from_string(&text).map_err(|_| none())?;
            let password = password.get(false)?;
            key.into_secret_key(Some(password)).map_err(|e| minisign(&e, path))?
        };
        let public = PublicKey::from_secret_key(&secret).map_err(|e| minisign(&e, path))?;
        let key = SigningKey { secret, public };
        let damaged = || Failure::new("the secret key is damaged").at_file(path);
        let trial = key.sign(b"", "", "").map_err(|_| damaged())?;
        let mut keys = waxwing::PublicKeys::new();
        keys.add(&key.public.to_base64()).map_err(|_| damaged())?;
        let signature = waxwing::Signature::parse(&trial).map_err(|_| damaged())?;
        signature.verify(b"", &keys).map_err(|_| damaged())?;
        Ok(key)
    }

    fn sign(&self, bytes: &[u8], trusted: &str, untrusted: &str) -> minisign::Result<String> {
        let sign = minisign::sign(None, &self.secret, bytes, Some(trusted), Some(untrusted))?;
        Ok(sign.into_string())
    }

    /// Signs an artifact, beside the file that it was written to.
    ///
    /// # Errors
    /// If the signature cannot be written.
    pub fn sign_artifact(&self, artifact: &[u8], path: &Path) -> Result<()> {
        let failed = |e: waxwing_artifact::Error| Failure::engine(&waxwing::Error::host(e), path);
        let parsed = Artifact::parse(artifact).map_err(failed)?;
        let fingerprint = parsed.fingerprint().map_err(failed)?.hash();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let trusted = format!(
            "timestamp:{}\tfile:{}\tmodule:{}\tfingerprint:{}",
            now.as_secs(),
            // A comment is one line.
            name.escape_debug(),
            hex(&parsed.wasm_hash()),
            hex(&fingerprint),
        );
        let signature = self.sign(artifact, &trusted, "signature of a program compiled by waxwing");
        let signature = signature.map_err(|e| minisign(&e, path))?;
        write_whole(&beside(path), signature.as_bytes(), "signature")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Makes a pair of keys, in `secret` and `public`. Without a password the secret key lies open in its
/// file. Gives the public key's line of base64.
///
/// # Errors
/// If a file is there already and `replace` does not say to replace it, or cannot be written.
pub fn generate(
    secret: &Path,
    public: &Path,
    password: Option<Password<'_>>,
    replace: bool,
) -> Result<String> {
    for path in [secret, public] {
        if !replace && path.symlink_metadata().is_ok() {
            return Err(Failure::new("there is a file of this name already")
                .at_file(path)
                .help("choose another name; --force replaces the key, which is then lost"));
        }
    }
    let failed = |e: minisign::PError| Failure::new(format!("cannot make a key: {e}"));
    let pair = match password {
        None => KeyPair::generate_unencrypted_keypair(),
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password.get(true)?)),
    };
    let pair = pair.map_err(failed)?;
    let comment = if password.is_some() { "encrypted secret key" } else { "secret key" };
    let secret_text = pair.sk.to_box(Some(&format!("minisign {comment}"))).map_err(failed)?;
    write_new(secret, &secret_text.to_string(), 0o600, replace)?;
    let public_text = pair.pk.to_box().map_err(failed)?;
    write_new(public, &public_text.to_string(), 0o644, replace)?;
    Ok(pair.pk.to_base64())
}

/// Writes a file that was not there before, with these permissions from its first moment.
fn write_new(path: &Path, text: &str, mode: u32, replace: bool) -> Result<()> {
    if replace {
        let _ = std::fs::remove_file(path);
    }
    let file = File::options().write(true).create_new(true).mode(mode).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| {
        Failure::new(format!("cannot write the key: {}", reason(&e)))
            .at_file(path)
            .help("-o must name a place in a directory that is there and can be written")
    })
}
