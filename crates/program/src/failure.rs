//! What is said when something fails: what, where, and what to do.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use waxwing::SignatureError;

/// The exit code of a guest that trapped, as a shell reports an abort.
pub const TRAPPED: u8 = 134;
/// The exit code of a guest that ran out of time or fuel, as coreutils' `timeout` has it.
pub const TIMED_OUT: u8 = 124;
/// The exit code when the command line is wrong.
pub const USAGE: u8 = 2;

/// A result of a command.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why a command failed.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure(Box<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    what: String,
    at: Vec<String>,
    help: Option<String>,
    trace: Vec<String>,
    code: u8,
    silent: bool,
}

impl Failure {
    /// A failure with exit code 1. `what` may have further lines.
    pub fn new(what: impl Into<String>) -> Failure {
        let what = what.into();
        Failure(Box::new(Inner {
            what,
            at: Vec::new(),
            help: None,
            trace: Vec::new(),
            code: 1,
            silent: false,
        }))
    }

    /// An end without a word: the reader of our output is gone, and nobody is to be told.
    pub fn broken_pipe() -> Failure {
        let mut failure = Failure::new("nobody reads the output").code(141);
        failure.0.silent = true;
        failure
    }

    /// Where it is.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Failure {
        self.0.at.push(place.to_string());
        self
    }

    /// The file it is in.
    #[must_use]
    pub fn at_file(self, path: &Path) -> Failure {
        self.at(path.display())
    }

    /// What may be done about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.0.help = Some(help.into());
        self
    }

    /// The guest functions that were active, a line each; of very many, the first and last.
    #[must_use]
    pub fn trace(mut self, backtrace: &str) -> Failure {
        const FIRST: usize = 40;
        const LAST: usize = 10;
        let lines: Vec<&str> = backtrace.lines().collect();
        let left_out = lines.len().saturating_sub(FIRST + LAST);
        for (i, line) in lines.iter().enumerate() {
            if left_out < 2 || i < FIRST || i >= FIRST + left_out {
                self.0.trace.push((*line).to_owned());
            } else if i == FIRST {
                self.0.trace.push(format!("       ... {left_out} lines left out ..."));
            }
        }
        self
    }

    /// With another exit code.
    #[must_use]
    pub fn code(mut self, code: u8) -> Failure {
        self.0.code = code;
        self
    }

    /// What the runtime says about a file.
    pub fn runtime(error: &waxwing::Error, path: &Path) -> Failure {
        if let Some(e) = error.downcast_ref::<SignatureError>() {
            return Failure::signature(*e, path);
        }
        let text = error.to_string();
        match text.strip_suffix("; compile it again") {
            Some(text) => Failure::new(text)
                .at_file(path)
                .help("compile the module again: waxwing compile FILE -o OUT"),
            None => Failure::new(text).at_file(path),
        }
    }

    /// What is wrong with a signature or a key.
    pub fn signature(e: SignatureError, path: &Path) -> Failure {
        // What is to be done has a line of its own.
        let text = e.to_string();
        let what = text.split(';').next().unwrap_or_default().to_owned();
        Failure::new(what).at_file(path).help(match e {
            SignatureError::NotAKey => {
                "give the file that ends in .pub, or the line of base64 in it"
            }
            SignatureError::NotASignature => "the signature is the file that ends in .minisig",
            SignatureError::UnknownAlgorithm => {
                "sign it with `waxwing compile --sign-key` or minisign"
            }
            SignatureError::Legacy => "sign it again with minisign 0.10 or later, without -l",
            SignatureError::OtherKey => {
                "give the signer's key with --verify-key, if you trust them"
            }
            SignatureError::Forged => {
                "do not run it; get the file and its signature again from who made them"
            }
        })
    }

    /// A file that cannot be opened or read.
    pub fn unreadable(e: &std::io::Error, path: &Path) -> Failure {
        use std::io::ErrorKind;
        let failure = Failure::new(format!("cannot read the file: {}", reason(e))).at_file(path);
        match e.kind() {
            ErrorKind::NotFound => failure.help("check the name; no such file is there"),
            ErrorKind::IsADirectory => failure.help("name a file; to mount a directory: --dir"),
            ErrorKind::PermissionDenied => failure.help("make it readable for this user"),
            _ => failure,
        }
    }

    /// Says it on stderr, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        if !self.0.silent {
            // There is nobody left to tell when stderr is closed.
            let _ = std::io::stderr().write_all(format!("{self}\n").as_bytes());
        }
        ExitCode::from(self.0.code)
    }
}

/// An error of the system without its number.
pub fn reason(e: &std::io::Error) -> String {
    let text = e.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut text = text[..end].to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.0.what)?;
        for at in &self.0.at {
            write!(f, "\n  at {at}")?;
        }
        if let Some(help) = &self.0.help {
            write!(f, "\n  help: {help}")?;
        }
        self.0.trace.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_where_and_what_to_do() {
        let failure = Failure::new("it broke").at("x.wasm, offset 0x7").help("mend it");
        assert_eq!(
            failure.to_string(),
            "error: it broke\n  at x.wasm, offset 0x7\n  help: mend it"
        );
        assert_eq!(size_of::<Failure>(), size_of::<usize>());
    }

    #[test]
    fn reasons_have_no_numbers() {
        let e = std::io::Error::from_raw_os_error(2);
        assert_eq!(reason(&e), "no such file or directory");
    }
}
