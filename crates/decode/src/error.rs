//! Why a module was refused.

use crate::{InputKind, Missing};
use std::fmt;

/// Why a module was refused: what is wrong, where, and what to do.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    what: String,
    offset: Option<u64>,
    hint: Option<String>,
    missing: Option<Missing>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    NotAModule,
    Invalid,
    Unsupported,
    Limit,
}

impl Error {
    pub(crate) fn not_a_module(kind: InputKind) -> Error {
        let what = format!("not a WebAssembly module: {kind}");
        Error::make(Kind::NotAModule, what, None, kind.hint().map(str::to_owned))
    }

    pub(crate) fn unsupported(what: impl Into<String>, offset: usize) -> Error {
        Error::make(Kind::Unsupported, what.into(), Some(offset as u64), None)
    }

    pub(crate) fn limit(what: &str, limit: u64, offset: Option<usize>) -> Error {
        let hint = "the limit is a setting of the engine".to_owned();
        let what = format!("the module has more than {limit} {what}");
        Error::make(Kind::Limit, what, offset.map(|o| o as u64), Some(hint))
    }

    fn make(kind: Kind, what: String, offset: Option<u64>, hint: Option<String>) -> Error {
        Error(Box::new(Inner { what, offset, hint, missing: None, kind }))
    }

    /// What is wrong.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// Where, in bytes from the beginning of the module, if it is at one place.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// What may be done about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The proposals it uses that are off, if that is why.
    pub fn missing(&self) -> Option<&Missing> {
        self.0.missing.as_ref()
    }

    /// Whether the input is no WebAssembly module at all.
    pub fn is_not_a_module(&self) -> bool {
        self.0.kind == Kind::NotAModule
    }

    /// Whether the module may be valid, but uses what this engine does not have.
    pub fn is_unsupported(&self) -> bool {
        self.0.kind == Kind::Unsupported
    }

    /// Whether the module exceeds one of [`crate::Limits`].
    pub fn is_limit(&self) -> bool {
        self.0.kind == Kind::Limit
    }
}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(e: wasmparser::BinaryReaderError) -> Error {
        let missing = Missing::of(&e);
        let kind = if missing.is_some() { Kind::Unsupported } else { Kind::Invalid };
        let hint = missing.as_ref().map(Missing::to_string).or_else(|| {
            let cut = e.message().contains("unexpected end");
            cut.then(|| "the file may be cut short".to_owned())
        });
        let mut error = Error::make(kind, e.message().to_owned(), Some(e.offset() as u64), hint);
        error.0.missing = missing;
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)?;
        if let Some(offset) = self.0.offset {
            write!(f, " (at offset {offset:#x})")?;
        }
        if let Some(hint) = &self.0.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
