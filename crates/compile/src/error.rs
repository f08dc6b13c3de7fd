//! Why a module could not be compiled.

use std::fmt;
use waxwing_layout::builtin::Leaf;

/// Why a module could not be compiled.
#[derive(Debug)]
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Decode(waxwing_decode::Error),
    Function { index: u32, name: Option<String>, error: waxwing_lower::Error },
    Leaf { leaf: Leaf, error: waxwing_lower::Error },
    Artifact(waxwing_artifact::Error),
    Link { what: String },
    Cpu,
    Costs(waxwing_lower::UnknownOperator),
    Metering { tier: &'static str },
    Cancelled,
}

impl Error {
    pub(crate) fn function(index: u32, name: Option<String>, error: waxwing_lower::Error) -> Error {
        Error(Box::new(Kind::Function { index, name, error }))
    }

    pub(crate) fn leaf(leaf: Leaf, error: waxwing_lower::Error) -> Error {
        Error(Box::new(Kind::Leaf { leaf, error }))
    }

    pub(crate) fn link(what: impl Into<String>) -> Error {
        Error(Box::new(Kind::Link { what: what.into() }))
    }

    pub(crate) fn cpu() -> Error {
        Error(Box::new(Kind::Cpu))
    }

    pub(crate) fn costs(e: waxwing_lower::UnknownOperator) -> Error {
        Error(Box::new(Kind::Costs(e)))
    }

    pub(crate) fn metering(tier: &'static str) -> Error {
        Error(Box::new(Kind::Metering { tier }))
    }

    pub(crate) fn cancelled() -> Error {
        Error(Box::new(Kind::Cancelled))
    }

    /// The decoder's error, if the module was refused before any code was looked at.
    pub fn decode(&self) -> Option<&waxwing_decode::Error> {
        match &*self.0 {
            Kind::Decode(e) => Some(e),
            _ => None,
        }
    }

    /// The index of the function that could not be compiled, if it was one.
    pub fn function_index(&self) -> Option<u32> {
        match *self.0 {
            Kind::Function { index, .. } => Some(index),
            _ => None,
        }
    }

    /// Where in the module, in bytes from its beginning.
    pub fn offset(&self) -> Option<u64> {
        match &*self.0 {
            Kind::Decode(e) => e.offset(),
            Kind::Function { error: waxwing_lower::Error::Invalid(e), .. } => {
                Some(e.offset() as u64)
            }
            Kind::Function { error: waxwing_lower::Error::Unsupported(_, at), .. } => Some(*at),
            _ => None,
        }
    }

    /// The proposals it uses that are off, if that is why.
    pub fn missing(&self) -> Option<waxwing_decode::Missing> {
        match &*self.0 {
            Kind::Decode(e) => e.missing().cloned(),
            Kind::Function { error: waxwing_lower::Error::Invalid(e), .. } => {
                waxwing_decode::Missing::of(e)
            }
            _ => None,
        }
    }

    /// Whether the module is not valid WebAssembly (and not merely unsupported or too large).
    pub fn is_invalid(&self) -> bool {
        match &*self.0 {
            Kind::Decode(e) => !e.is_unsupported() && !e.is_limit(),
            Kind::Function { error: waxwing_lower::Error::Invalid(_), .. } => {
                self.missing().is_none()
            }
            _ => false,
        }
    }

    /// Whether the work was given up because [`crate::Options::cancel`] said so.
    pub fn is_cancelled(&self) -> bool {
        matches!(*self.0, Kind::Cancelled)
    }
}

impl From<waxwing_decode::Error> for Error {
    fn from(e: waxwing_decode::Error) -> Error {
        Error(Box::new(Kind::Decode(e)))
    }
}

impl From<waxwing_artifact::Error> for Error {
    fn from(e: waxwing_artifact::Error) -> Error {
        Error(Box::new(Kind::Artifact(e)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Decode(e) => e.fmt(f),
            Kind::Function { index, name, error } => {
                match name {
                    Some(name) => write!(f, "function {index} ({}): {error}", name.escape_debug()),
                    None => write!(f, "function {index}: {error}"),
                }?;
                self.missing().map_or(Ok(()), |missing| write!(f, "; {missing}"))
            }
            Kind::Leaf { leaf, error } => write!(f, "{}: {error}", leaf.name()),
            Kind::Artifact(e) => e.fmt(f),
            Kind::Link { what } => write!(f, "the code cannot be linked: {what}"),
            Kind::Cpu => f.write_str(
                "code is only made for processors with SSE4.2 and POPCNT (x86-64-v2 or later)",
            ),
            Kind::Costs(e) => write!(f, "the table of fuel costs is wrong: {e}"),
            Kind::Metering { tier } => {
                write!(f, "the tier \"{tier}\" cannot make metered code; choose another one")
            }
            Kind::Cancelled => f.write_str("the compilation was cancelled"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Function { error, .. } | Kind::Leaf { error, .. } => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
