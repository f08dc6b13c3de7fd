//! Whether and with which key what is made is signed.

use crate::failure::Result;
use crate::secret::{Password, SigningKey};
use clap::Args;
use std::path::PathBuf;

/// Options that sign.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Signing")]
pub struct SignFlags {
    /// Sign the result with this minisign secret key, into OUT.minisig
    #[arg(long, value_name = "KEY")]
    pub sign_key: Option<PathBuf>,
    /// Take the key's password from the first line of this file [default: ask at the terminal]
    #[arg(long, value_name = "FILE", requires = "sign_key")]
    pub password_file: Option<PathBuf>,
}

impl SignFlags {
    /// The key, if one was given.
    ///
    /// # Errors
    /// If it cannot be read, is none, or the password is wrong.
    pub fn key(&self) -> Result<Option<SigningKey>> {
        let Some(path) = &self.sign_key else { return Ok(None) };
        let password = self.password_file.as_deref().map_or(Password::Ask, Password::File);
        SigningKey::from_file(path, password).map(Some)
    }
}
