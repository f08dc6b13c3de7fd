//! What one guest was granted.

use crate::fs::{Dir, Fs};
use crate::sock::Listener;
use crate::stream::{HostStream, Null, Stream};
use crate::time::{Clocks, SystemClocks};
use crate::{Cancel, Errno, Random, ReadOnly};
use std::fmt;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

/// How much of a directory is granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grant {
    /// Everything beneath it may be read and changed.
    ReadWrite,
    /// Everything beneath it may be read; every change is [`Errno::Rofs`].
    ReadOnly,
}

/// A directory the guest finds open when it starts.
#[derive(Clone)]
pub struct Preopen {
    /// The name the guest knows it by, such as `/` or `data`.
    pub name: String,
    /// The directory; already wrapped when it is read-only.
    pub dir: Arc<dyn Dir>,
}

impl fmt::Debug for Preopen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Preopen({:?}, read_only: {})", self.name, self.dir.read_only())
    }
}

/// Everything a guest can reach. What is not in here does not exist for it.
pub struct Wasi {
    /// The program's arguments, its name first; none holds a NUL.
    pub args: Vec<Vec<u8>>,
    /// The environment as `KEY=VALUE`; none holds a NUL.
    pub env: Vec<Vec<u8>>,
    /// Open directories, in the order granted.
    pub preopens: Vec<Preopen>,
    /// Listening sockets, in the order granted.
    pub listeners: Vec<Listener>,
    /// Standard input.
    pub stdin: Box<dyn Stream>,
    /// Standard output.
    pub stdout: Box<dyn Stream>,
    /// Standard error.
    pub stderr: Box<dyn Stream>,
    /// Time.
    pub clocks: Box<dyn Clocks>,
    /// Random bytes.
    pub random: Random,
    /// Ends blocking calls.
    pub cancel: Cancel,
}

/// Grants, one by one. A builder that was given nothing makes a guest that sees an empty input,
/// whose output vanishes, and that has time and random numbers only.
pub struct WasiBuilder {
    args: Vec<Vec<u8>>,
    env: Vec<Vec<u8>>,
    preopens: Vec<Preopen>,
    listeners: Vec<Listener>,
    stdin: Box<dyn Stream>,
    stdout: Box<dyn Stream>,
    stderr: Box<dyn Stream>,
    clocks: Box<dyn Clocks>,
    random: Random,
    cancel: Option<Cancel>,
}

impl Default for WasiBuilder {
    fn default() -> WasiBuilder {
        WasiBuilder::new()
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

impl WasiBuilder {
    /// A builder that grants nothing.
    pub fn new() -> WasiBuilder {
        WasiBuilder {
            args: Vec::new(),
            env: Vec::new(),
            preopens: Vec::new(),
            listeners: Vec::new(),
            stdin: Box::new(Null),
            stdout: Box::new(Null),
            stderr: Box::new(Null),
            clocks: Box::new(SystemClocks::default()),
            random: Random::System,
            cancel: None,
        }
    }

    /// Adds one argument; the first is the program's name.
    pub fn arg(mut self, arg: impl Into<Vec<u8>>) -> WasiBuilder {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args<A: Into<Vec<u8>>>(mut self, args: impl IntoIterator<Item = A>) -> WasiBuilder {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Grants one environment variable; the last one of a name counts.
    pub fn env(mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> WasiBuilder {
        let mut entry = key.as_ref().to_vec();
        entry.push(b'=');
        self.env.retain(|old| !old.starts_with(&entry));
        entry.extend_from_slice(value.as_ref());
        self.env.push(entry);
        self
    }

    /// Grants a directory under a name of the guest's.
    pub fn preopen(mut self, name: impl Into<String>, dir: Arc<dyn Dir>, grant: Grant) -> Self {
        let dir = match grant {
            Grant::ReadWrite => dir,
            Grant::ReadOnly => Arc::new(ReadOnly(dir)),
        };
        self.preopens.push(Preopen { name: name.into(), dir });
        self
    }

    /// Grants the root of a file system under a name of the guest's.
    ///
    /// # Errors
    /// Whatever keeps the root from being opened.
    pub fn preopen_fs(
        self,
        name: impl Into<String>,
        fs: &dyn Fs,
        grant: Grant,
    ) -> Result<Self, Errno> {
        Ok(self.preopen(name, fs.root()?, grant))
    }

    /// Grants a listening socket.
    ///
    /// # Errors
    /// The kernel's, when it cannot be made non-blocking.
    pub fn listener(mut self, listener: TcpListener) -> io::Result<WasiBuilder> {
        self.listeners.push(Listener::new(listener)?);
        Ok(self)
    }

    /// Gives the guest the standard streams of this process.
    pub fn inherit_stdio(self) -> WasiBuilder {
        self.stdin(HostStream::stdin()).stdout(HostStream::stdout()).stderr(HostStream::stderr())
    }

    /// Sets standard input.
    pub fn stdin(mut self, stream: impl Stream + 'static) -> WasiBuilder {
        self.stdin = Box::new(stream);
        self
    }

    /// Sets standard output.
    pub fn stdout(mut self, stream: impl Stream + 'static) -> WasiBuilder {
        self.stdout = Box::new(stream);
        self
    }

    /// Sets standard error.
    pub fn stderr(mut self, stream: impl Stream + 'static) -> WasiBuilder {
        self.stderr = Box::new(stream);
        self
    }

    /// Sets where time comes from.
    pub fn clocks(mut self, clocks: impl Clocks + 'static) -> WasiBuilder {
        self.clocks = Box::new(clocks);
        self
    }

    /// Sets where random bytes come from.
    pub fn random(mut self, random: Random) -> WasiBuilder {
        self.random = random;
        self
    }

    /// Shares a token that ends this guest's blocking calls.
    pub fn cancel(mut self, cancel: Cancel) -> WasiBuilder {
        self.cancel = Some(cancel);
        self
    }

    /// The grants, made.
    ///
    /// # Errors
    /// `InvalidInput` for an argument or variable with a NUL byte in it, or a variable without a
    /// name.
    pub fn build(self) -> io::Result<Wasi> {
        for arg in &self.args {
            if arg.contains(&0) {
                let arg = String::from_utf8_lossy(arg);
                return Err(invalid(format!("argument {arg:?} holds a NUL byte")));
            }
        }
        for entry in &self.env {
            let text = String::from_utf8_lossy(entry);
            if entry.contains(&0) {
                return Err(invalid(format!("environment variable {text:?} holds a NUL byte")));
            }
            if entry.starts_with(b"=") {
                return Err(invalid(format!("environment variable {text:?} has no name")));
            }
        }
        for preopen in &self.preopens {
            if preopen.name.as_bytes().contains(&0) {
                return Err(invalid(format!("directory name {:?} holds a NUL byte", preopen.name)));
            }
        }
        Ok(Wasi {
            args: self.args,
            env: self.env,
            preopens: self.preopens,
            listeners: self.listeners,
            stdin: self.stdin,
            stdout: self.stdout,
            stderr: self.stderr,
            clocks: self.clocks,
            random: self.random,
            cancel: self.cancel.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_bytes_are_refused_by_name() {
        for builder in [
            WasiBuilder::new().arg("a\0b"),
            WasiBuilder::new().env("K", "v\0"),
            WasiBuilder::new().env("", "v"),
        ] {
            let error = builder.build().err().expect("must be refused");
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn the_last_variable_of_a_name_counts() {
        let wasi = WasiBuilder::new().env("K", "1").env("KK", "2").env("K", "3").build().unwrap();
        assert_eq!(wasi.env, [b"KK=2".to_vec(), b"K=3".to_vec()]);
    }

    #[test]
    fn nothing_is_granted_by_default() {
        let wasi = WasiBuilder::new().build().unwrap();
        assert!(wasi.args.is_empty() && wasi.env.is_empty());
        assert!(wasi.preopens.is_empty() && wasi.listeners.is_empty());
    }
}
