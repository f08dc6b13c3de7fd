//! Why a file was refused as an artifact.

use std::fmt;

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Kind>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    NotAnArtifact,
    Format(u32),
    Size { want: u64, have: u64 },
    Damaged(&'static str),
    Mismatch { what: &'static str, artifact: String, engine: String },
    Processor(String),
    Executable(&'static str),
    TooLarge(&'static str),
}

impl Error {
    pub(crate) fn not_an_artifact() -> Error {
        Error(Box::new(Kind::NotAnArtifact))
    }

    pub(crate) fn format(version: u32) -> Error {
        Error(Box::new(Kind::Format(version)))
    }

    pub(crate) fn size(want: u64, have: u64) -> Error {
        Error(Box::new(Kind::Size { want, have }))
    }

    pub(crate) fn damaged(what: &'static str) -> Error {
        Error(Box::new(Kind::Damaged(what)))
    }

    pub(crate) fn mismatch(
        what: &'static str,
        artifact: impl Into<String>,
        engine: impl Into<String>,
    ) -> Error {
        let (artifact, engine) = (artifact.into(), engine.into());
        Error(Box::new(Kind::Mismatch { what, artifact, engine }))
    }

    /// `why` as in "another processor: ...".
    pub(crate) fn processor(why: String) -> Error {
        Error(Box::new(Kind::Processor(why)))
    }

    pub(crate) fn executable(what: &'static str) -> Error {
        Error(Box::new(Kind::Executable(what)))
    }

    pub(crate) fn too_large(what: &'static str) -> Error {
        Error(Box::new(Kind::TooLarge(what)))
    }

    /// Whether the artifact is whole, but made for another engine, plan or processor.
    pub fn is_mismatch(&self) -> bool {
        matches!(*self.0, Kind::Format(_) | Kind::Mismatch { .. } | Kind::Processor(_))
    }

    /// Whether the file is cut short, or its contents are not what was written.
    pub fn is_damaged(&self) -> bool {
        matches!(*self.0, Kind::Size { .. } | Kind::Damaged(_) | Kind::Executable(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::NotAnArtifact => f.write_str("not a compiled artifact of this engine"),
            Kind::Format(version) => write!(
                f,
                "the artifact has format {version}, this engine reads format {}; compile it again",
                crate::FORMAT_VERSION
            ),
            Kind::Size { want, have } => write!(
                f,
                "the artifact is damaged: it should have {want} bytes and has {have}; \
                 compile it again"
            ),
            Kind::Damaged(what) => {
                write!(f, "the artifact is damaged: {what}; compile it again")
            }
            Kind::Mismatch { what, artifact, engine } => write!(
                f,
                "the artifact was made for another {what} ({artifact}; here: {engine}); \
                 compile it again"
            ),
            Kind::Processor(why) => {
                write!(f, "the artifact was made for another processor: {why}; compile it again")
            }
            Kind::Executable(what) => write!(f, "the executable is damaged: {what}"),
            Kind::TooLarge(what) => write!(f, "too large for an artifact: {what}"),
        }
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
