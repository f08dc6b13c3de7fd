//! `waxwing verify`: says who signed a file.

use crate::failure::{Explain, Failure, Result};
use crate::flags::trust::{keys, signature_of};
use crate::{load, output};
use std::path::PathBuf;
use std::process::ExitCode;
use waxwing::PublicKeys;
use waxwing_artifact::{Artifact, is_artifact};

/// Check a file's signature, and that it is whole if it is a compiled program
#[derive(clap::Args, Debug)]
pub struct Verify {
    /// The key that must have signed it: a minisign .pub file, or its line of base64; may be given
    /// several times, for any of several keys
    #[arg(long = "verify-key", value_name = "KEY", required = true)]
    verify_keys: Vec<String>,
    /// The signature [default: FILE.minisig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// The file
    file: PathBuf,
}

impl Verify {
    /// Says what the signer says.
    pub fn main(self) -> Result<ExitCode> {
        let keys: PublicKeys = keys(&self.verify_keys)?.unwrap_or_default();
        let signature = signature_of(&self.file, self.signature.as_deref())?;
        let bytes = load::bytes(&self.file)?;
        let failed = |e: &waxwing::Error| Failure::engine(e, &self.file);
        signature.verify(&bytes, &keys).map_err(|e| failed(&e))?;
        if is_artifact(&bytes) {
            let whole = Artifact::parse(&bytes).and_then(|artifact| artifact.verify_full());
            whole.map_err(|e| failed(&waxwing::Error::host(e)))?;
        }
        output::print(&format!(
            "{}: signed by a key that was given\ntrusted comment: {}\nuntrusted comment: {}\n",
            self.file.display(),
            signature.trusted_comment().escape_debug(),
            signature.untrusted_comment().escape_debug(),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
