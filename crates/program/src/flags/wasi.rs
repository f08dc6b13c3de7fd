//! What a guest may touch: nothing that is not named here.

use crate::failure::{Failure, Result, USAGE, reason};
use clap::Args;
use std::ffi::{OsStr, OsString};
use std::net::TcpListener;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use waxwing_fs_os::OsFs;
use waxwing_wasi_core::{Grant, Wasi, WasiBuilder};

/// Options that grant.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Grants")]
pub struct WasiFlags {
    /// Grant a directory, under a name of the guest's, with `ro` for reading only
    #[arg(long = "dir", value_name = "HOST[::GUEST[::ro]]")]
    pub dirs: Vec<DirGrant>,
    /// Set an environment variable, or inherit the one of this name
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = clap::value_parser!(OsString))]
    pub env: Vec<OsString>,
    /// Inherit the whole environment
    #[arg(long)]
    pub inherit_env: bool,
    /// The program's name as the guest sees it [default: FILE]
    #[arg(long, value_name = "NAME")]
    pub argv0: Option<OsString>,
    /// Listen on this address and hand the socket to the guest, for sock_accept
    #[arg(long, value_name = "ADDRESS")]
    pub tcplisten: Vec<String>,
}

/// `--dir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirGrant {
    /// The directory.
    pub host: PathBuf,
    /// What the guest calls it.
    pub guest: String,
    /// Whether it may only be read.
    pub read_only: bool,
}

impl FromStr for DirGrant {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<DirGrant, String> {
        let mut parts = text.split("::");
        let host = parts.next().unwrap_or_default();
        let guest = parts.next().filter(|g| !g.is_empty()).unwrap_or(host);
        let read_only = match parts.next() {
            None => false,
            Some("ro") => true,
            Some(other) => return Err(format!("`{other}` is no way to grant; there is only `ro`")),
        };
        if host.is_empty() || parts.next().is_some() {
            return Err("write HOST, HOST::GUEST or HOST::GUEST::ro".to_owned());
        }
        Ok(DirGrant { host: host.into(), guest: guest.to_owned(), read_only })
    }
}

/// `--preload`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preload {
    /// The name to import it by.
    pub name: String,
    /// The module.
    pub file: PathBuf,
}

impl FromStr for Preload {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Preload, String> {
        match text.split_once('=') {
            Some((name, file)) if !file.is_empty() => {
                Ok(Preload { name: name.to_owned(), file: file.into() })
            }
            _ => Err("write NAME=FILE".to_owned()),
        }
    }
}

impl WasiFlags {
    /// The options that ask for this, for a program that is to start later.
    pub fn words(&self) -> Vec<OsString> {
        let WasiFlags { dirs, env, inherit_env, argv0, tcplisten } = self;
        let option = |name: &str, value: &OsStr| {
            let mut word = OsString::from(name);
            word.push(value);
            word
        };
        let mut words = Vec::new();
        for DirGrant { host, guest, read_only } in dirs {
            let mut word = option("--dir=", host.as_os_str());
            word.push(format!("::{guest}{}", if *read_only { "::ro" } else { "" }));
            words.push(word);
        }
        words.extend(env.iter().map(|entry| option("--env=", entry)));
        words.extend(inherit_env.then(|| "--inherit-env".into()));
        words.extend(argv0.iter().map(|name| option("--argv0=", name)));
        words.extend(tcplisten.iter().map(|address| option("--tcplisten=", address.as_ref())));
        words
    }

    /// Makes the grants for a program of this name and these arguments.
    pub fn wasi(&self, file: &Path, args: &[OsString]) -> Result<Wasi> {
        let argv0 = self.argv0.as_deref().unwrap_or(file.as_os_str());
        let mut builder = WasiBuilder::new().inherit_stdio().arg(argv0.as_bytes());
        builder = builder.args(args.iter().map(|a| a.as_bytes()));
        if self.inherit_env {
            for (name, value) in std::env::vars_os() {
                builder = builder.env(name.as_bytes(), value.as_bytes());
            }
        }
        for entry in &self.env {
            builder = variable(builder, entry)?;
        }
        for address in &self.tcplisten {
            builder = builder.listener(listen(address)?).map_err(|e| cannot_listen(&e, address))?;
        }
        for dir in &self.dirs {
            builder = preopen(builder, dir)?;
        }
        builder.build().map_err(|e| Failure::new(e.to_string()))
    }
}

fn variable(builder: WasiBuilder, entry: &OsStr) -> Result<WasiBuilder> {
    let bytes = entry.as_bytes();
    if let Some(at) = bytes.iter().position(|&b| b == b'=') {
        return Ok(builder.env(&bytes[..at], &bytes[at + 1..]));
    }
    match std::env::var_os(entry) {
        Some(value) => Ok(builder.env(bytes, value.into_vec())),
        None => {
            let name = entry.display();
            Err(Failure::new(format!("the environment has no variable {name}"))
                .at(format!("--env {name}"))
                .help(format!("set it, or give the value: --env {name}=VALUE"))
                .code(USAGE))
        }
    }
}

fn preopen(builder: WasiBuilder, dir: &DirGrant) -> Result<WasiBuilder> {
    let failed = |why: String| {
        Failure::new(format!("cannot grant the directory {}: {why}", dir.host.display()))
            .at(format!("--dir {}", dir.host.display()))
            .help("the host's part of --dir must be a directory that can be opened")
    };
    let fs = OsFs::open(&dir.host).map_err(|e| failed(reason(&e)))?;
    let grant = if dir.read_only { Grant::ReadOnly } else { Grant::ReadWrite };
    builder.preopen_fs(dir.guest.clone(), &fs, grant).map_err(|e| failed(e.to_string()))
}

fn listen(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|e| cannot_listen(&e, address))
}

fn cannot_listen(e: &std::io::Error, address: &str) -> Failure {
    Failure::new(format!("cannot listen on {address}: {}", reason(e)))
        .at(format!("--tcplisten {address}"))
        .help("give a free address and port of this machine, such as 127.0.0.1:8080")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(host: &str, guest: &str, read_only: bool) -> DirGrant {
        DirGrant { host: host.into(), guest: guest.into(), read_only }
    }

    #[test]
    fn directories_are_read() {
        assert_eq!(".".parse(), Ok(grant(".", ".", false)));
        assert_eq!("a/b::/data".parse(), Ok(grant("a/b", "/data", false)));
        assert_eq!("a::/data::ro".parse(), Ok(grant("a", "/data", true)));
        assert_eq!("a::::ro".parse(), Ok(grant("a", "a", true)));
        for text in ["", "::/x", "a::b::rw", "a::b::ro::c"] {
            assert!(text.parse::<DirGrant>().is_err(), "{text}");
        }
    }

    #[test]
    fn preloads_are_read() {
        let preload = "env=a=b.wasm".parse();
        assert_eq!(preload, Ok(Preload { name: "env".into(), file: "a=b.wasm".into() }));
        assert!("a.wasm".parse::<Preload>().is_err() && "a=".parse::<Preload>().is_err());
    }

    #[test]
    fn variables_are_given_or_inherited() {
        let env = |entries: &[&str]| {
            let env = entries.iter().map(OsString::from).collect();
            let flags = WasiFlags { env, ..WasiFlags::default() };
            flags.wasi(Path::new("x"), &[]).map(|w| w.env)
        };
        assert_eq!(env(&["A=b=c", "A=d"]).unwrap(), [b"A=d".to_vec()]);
        // Cargo sets this one for every test.
        let name = "CARGO_PKG_NAME";
        assert_eq!(env(&[name]).unwrap(), [format!("{name}=waxwing-program").into_bytes()]);
        assert!(env(&["NO_SUCH_VARIABLE_HERE"]).is_err());
    }
}
