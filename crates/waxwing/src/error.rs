//! What can go wrong, and how it reads.

use crate::ExnRef;
use crate::store::StoreData;
use std::error::Error as StdError;
use std::fmt;
use waxwing_module::Trap;
use waxwing_vm::{Backtrace, Exit};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any failure of the engine, of a guest or of a host function. One pointer in size.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    backtrace: Option<WasmBacktrace>,
}

enum Kind {
    /// A guest trapped or was stopped.
    Trap(Trap),
    /// A host function's own error.
    Host(Box<dyn StdError + Send + Sync>),
    /// An exception that nothing caught, and what is said about it.
    Exception(ExnRef, String),
    /// A misuse of the interface, or input that is wrong: what, where, what to do.
    Message(String),
}

/// The guest functions that were active when something failed, innermost first.
#[derive(Clone, Debug)]
pub struct WasmBacktrace {
    frames: Vec<WasmFrame>,
}

/// One active guest function.
#[derive(Clone, Debug)]
pub struct WasmFrame {
    /// The function's index in its module.
    pub func_index: u32,
    /// Its name, by the module's name section.
    pub func_name: Option<String>,
    /// The module's name, by its name section.
    pub module_name: Option<String>,
    /// Where it was, as an offset in the WebAssembly module.
    pub offset: Option<u32>,
    /// The first offset in the WebAssembly module that code of the function was made from.
    pub func_start: Option<u32>,
    /// Its module, by [`crate::Module::identity`].
    pub module_identity: usize,
    /// Source files and lines, by the module's debugging information: innermost inlined call
    /// first.
    pub locations: Vec<String>,
}

impl Error {
    /// An error with a text of your own.
    pub fn msg(message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind: Kind::Message(message.into()), backtrace: None }))
    }

    /// An error of the host's, to be found again by [`Error::downcast_ref`].
    pub fn host(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::from_box(error.into())
    }

    pub(crate) fn from_box(error: Box<dyn StdError + Send + Sync>) -> Error {
        match error.downcast::<Error>() {
            // It has come through an outer guest already: keep what is known.
            Ok(inner) => *inner,
            Err(other) => Error(Box::new(Inner { kind: Kind::Host(other), backtrace: None })),
        }
    }

    /// Turns the end of a call into an error; a panic goes on from here.
    pub(crate) fn from_exit<T>(exit: Exit, store: &mut StoreData<T>) -> Error {
        match exit {
            Exit::Trap(trap, frames) => {
                let backtrace = Some(WasmBacktrace::new(&frames));
                Error(Box::new(Inner { kind: Kind::Trap(trap), backtrace }))
            }
            Exit::Host(error, frames) => {
                let mut error = Error::from_box(error);
                if error.0.backtrace.is_none() {
                    error.0.backtrace = Some(WasmBacktrace::new(&frames));
                }
                error
            }
            Exit::Exception(raw, frames) => {
                let backtrace = Some(WasmBacktrace::new(&frames));
                let kind = match ExnRef::from_raw(raw, store) {
                    Some(exception) => {
                        let text = exception.describe(store);
                        Kind::Exception(exception, text)
                    }
                    None => Kind::Trap(Trap::NullException),
                };
                Error(Box::new(Inner { kind, backtrace }))
            }
            Exit::Panic(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// The exception, if one was thrown that nothing caught.
    pub fn exception(&self) -> Option<&ExnRef> {
        if let Kind::Exception(exception, _) = &self.0.kind { Some(exception) } else { None }
    }

    /// The trap, if a guest trapped or was stopped.
    pub fn trap(&self) -> Option<Trap> {
        match &self.0.kind {
            Kind::Trap(trap) => Some(*trap),
            Kind::Host(error) => error.downcast_ref::<Trap>().copied(),
            Kind::Exception(..) | Kind::Message(_) => None,
        }
    }

    /// The host's error of this type, if it is what failed.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match &self.0.kind {
            Kind::Host(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// The guest functions that were active.
    pub fn backtrace(&self) -> Option<&WasmBacktrace> {
        self.0.backtrace.as_ref().filter(|b| !b.frames.is_empty())
    }
}

impl From<Trap> for Error {
    fn from(trap: Trap) -> Error {
        Error(Box::new(Inner { kind: Kind::Trap(trap), backtrace: None }))
    }
}

impl From<ExnRef> for Error {
    /// Throws the exception, if a host function fails with this.
    fn from(exception: ExnRef) -> Error {
        let kind = Kind::Exception(exception, "uncaught exception".to_owned());
        Error(Box::new(Inner { kind, backtrace: None }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Trap(trap) => write!(f, "{trap}"),
            Kind::Host(error) => write!(f, "{error}"),
            Kind::Exception(_, text) => f.write_str(text),
            Kind::Message(message) => f.write_str(message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        match self.backtrace() {
            Some(backtrace) => write!(f, "\n{backtrace}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.kind {
            Kind::Host(error) => error.source(),
            _ => None,
        }
    }
}

impl WasmBacktrace {
    pub(crate) fn new(raw: &Backtrace) -> WasmBacktrace {
        let mut symbols = crate::module::Symbols::default();
        WasmBacktrace { frames: raw.frames.iter().map(|f| symbols.frame(f)).collect() }
    }

    /// The functions, innermost first.
    pub fn frames(&self) -> &[WasmFrame] {
        &self.frames
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wasm backtrace:")?;
        for (i, frame) in self.frames.iter().enumerate() {
            write!(f, "\n  {i:>3}: ")?;
            if let Some(offset) = frame.offset {
                write!(f, "{offset:#8x} - ")?;
            }
            let module = frame.module_name.as_deref().unwrap_or("<unnamed>");
            match &frame.func_name {
                Some(name) => write!(f, "{module}!{name}")?,
                None => write!(f, "{module}!<function {}>", frame.func_index)?,
            }
            for location in &frame.locations {
                write!(f, "\n                  at {location}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn host_errors_are_found_again() {
        let error = Error::host(std::io::Error::from(std::io::ErrorKind::NotFound));
        assert!(error.downcast_ref::<std::io::Error>().is_some());
        let again = Error::host(error);
        assert!(again.downcast_ref::<std::io::Error>().is_some());
        assert_eq!(Error::from(Trap::Killed).trap(), Some(Trap::Killed));
    }
}
