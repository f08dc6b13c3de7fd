//! `waxwing keygen`: makes a pair of keys to sign with.

use crate::failure::Result;
use crate::output;
use crate::secret::{self, Password};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a pair of keys: one to sign compiled programs with, one to check signatures with
#[derive(clap::Args, Debug)]
pub struct Keygen {
    /// Write the secret key to NAME.key and the public one to NAME.pub
    #[arg(long, short, value_name = "NAME")]
    output: PathBuf,
    /// Take the password from the first line of this file [default: ask at the terminal]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// No password: whoever can read the secret key's file can sign with it
    #[arg(long, conflicts_with = "password_file")]
    no_password: bool,
    /// Replace keys that are there
    #[arg(long)]
    force: bool,
}

impl Keygen {
    /// Makes them.
    pub fn main(self) -> Result<ExitCode> {
        let named = |end: &str| {
            let mut name = self.output.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let (key, public) = (named(".key"), named(".pub"));
        let from = self.password_file.as_deref().map_or(Password::Ask, Password::File);
        let password = (!self.no_password).then_some(from);
        let line = secret::generate(&key, &public, password, self.force)?;
        output::print(&said(&key, &public, &line))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn said(key: &Path, public: &Path, line: &str) -> String {
    format!(
        "secret key: {}\npublic key: {}\n  the same as --verify-key: {line}\n",
        key.display(),
        public.display()
    )
}
