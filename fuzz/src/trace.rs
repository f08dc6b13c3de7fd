//! What an engine did with a module, in words that all engines share, and how two accounts differ.

use std::fmt;

/// Why a call, or an instantiation, did not return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// `unreachable`.
    Unreachable,
    /// An access outside a memory.
    Memory,
    /// An access outside a table, by an access or by an indirect call.
    Table,
    /// An indirect call through null.
    NullEntry,
    /// An indirect call to a function of another type.
    Signature,
    /// An integer that does not fit.
    Overflow,
    /// Division by zero.
    DivideByZero,
    /// A NaN made an integer.
    Conversion,
    /// A null reference where none may be.
    Null,
    /// A failed cast.
    Cast,
    /// An access outside an array.
    Array,
    /// An atomic access at an address that is not aligned.
    Unaligned,
    /// A wait on a memory that is not shared.
    NotShared,
    /// An exception that nobody caught.
    Exception,
    /// The stack, the heap, the time or another resource was used up: engines may differ in that, and
    /// everything after it is undecided.
    Exhausted(String),
    /// Anything else, in the engine's words.
    Other(String),
}

impl Stop {
    /// Whether both are the same. An atomic access can be unaligned and outside the memory at once:
    /// the specification does not say which is told.
    fn agrees(&self, other: &Stop) -> bool {
        let atomic = |stop: &Stop| matches!(stop, Stop::Unaligned | Stop::Memory);
        self == other || (atomic(self) && atomic(other))
    }
}

/// A value, as far as engines can agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f32`, its bits.
    F32(u32),
    /// An `f64`, its bits.
    F64(u64),
    /// A vector.
    V128(u128),
    /// A null reference.
    Null,
    /// A host's value, by its number.
    Host(u32),
    /// A small integer.
    I31(i32),
    /// A function.
    Func,
    /// A structure.
    Struct,
    /// An array.
    Array,
    /// An exception.
    Exception,
    /// A reference of which no more is known.
    Other,
}

impl Seen {
    /// Whether two values are the same, all NaNs being one.
    pub fn agrees(self, other: Seen) -> bool {
        match (self, other) {
            (Seen::F32(a), Seen::F32(b)) => same32(a, b),
            (Seen::F64(a), Seen::F64(b)) => same64(a, b),
            (Seen::V128(a), Seen::V128(b)) => {
                let singles = |v: u128| (0..4).map(move |i| (v >> (32 * i)) as u32);
                let doubles = |v: u128| (0..2).map(move |i| (v >> (64 * i)) as u64);
                a == b
                    || singles(a).zip(singles(b)).all(|(a, b)| same32(a, b))
                    || doubles(a).zip(doubles(b)).all(|(a, b)| same64(a, b))
            }
            // Some engines say no more of a reference than that it is one.
            (Seen::Other, other) | (other, Seen::Other) => other.is_object(),
            _ => self == other,
        }
    }

    fn is_object(self) -> bool {
        use Seen::{F32, F64, I32, I64, Null, V128};
        !matches!(self, I32(_) | I64(_) | F32(_) | F64(_) | V128(_) | Null)
    }
}

fn same32(a: u32, b: u32) -> bool {
    a == b || (f32::from_bits(a).is_nan() && f32::from_bits(b).is_nan())
}

fn same64(a: u64, b: u64) -> bool {
    a == b || (f64::from_bits(a).is_nan() && f64::from_bits(b).is_nan())
}

/// A hash of bytes that an engine's interface does not show.
pub const UNKNOWN: u64 = 0;

/// A step of an account.
#[derive(Clone, Debug)]
pub enum Event {
    /// The module was refused. It is valid: nobody agrees with that.
    Refused(String),
    /// The module, or its companion, was instantiated, or was not.
    Instantiated(Result<(), Stop>),
    /// An export was called.
    Called {
        /// Its name.
        export: String,
        /// What came of it.
        end: Result<Vec<Seen>, Stop>,
        /// A hash of all that the host functions were called with so far.
        host: u64,
        /// The fuel that is left.
        fuel: i32,
    },
    /// No argument of a type was to be had.
    Skipped(String),
    /// The value of an exported global at the end.
    Global(String, Seen),
    /// The length of an exported memory at the end, and a hash of its bytes.
    Memory(String, u64, u64),
    /// The number of entries of an exported table at the end, and a hash of which are null.
    Table(String, u64, u64),
}

impl Event {
    /// Whether nothing after it can be compared.
    fn is_undecided(&self) -> bool {
        use Stop::Exhausted;
        matches!(
            self,
            Event::Instantiated(Err(Exhausted(_))) | Event::Called { end: Err(Exhausted(_)), .. }
        )
    }

    fn agrees(&self, other: &Event) -> bool {
        match (self, other) {
            (Event::Instantiated(Ok(())), Event::Instantiated(Ok(()))) => true,
            (Event::Instantiated(Err(a)), Event::Instantiated(Err(b))) => a.agrees(b),
            (
                Event::Called { export, end, host, fuel },
                Event::Called { export: export2, end: end2, host: host2, fuel: fuel2 },
            ) => {
                let ends = match (end, end2) {
                    (Ok(a), Ok(b)) => {
                        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.agrees(*b))
                    }
                    (Err(a), Err(b)) => a.agrees(b),
                    _ => false,
                };
                ends && (export, host, fuel) == (export2, host2, fuel2)
            }
            (Event::Skipped(a), Event::Skipped(b)) => a == b,
            (Event::Global(name, a), Event::Global(name2, b)) => name == name2 && a.agrees(*b),
            (Event::Memory(a, len, hash), Event::Memory(b, len2, hash2)) => {
                let known = *hash != UNKNOWN && *hash2 != UNKNOWN;
                (a, len) == (b, len2) && (hash == hash2 || !known)
            }
            (Event::Table(a, len, hash), Event::Table(b, len2, hash2)) => {
                (a, len, hash) == (b, len2, hash2)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Refused(why) => write!(f, "refused: {why}"),
            Event::Instantiated(Ok(())) => f.write_str("instantiated"),
            Event::Instantiated(Err(stop)) => write!(f, "not instantiated: {stop:?}"),
            Event::Called { export, end, host, fuel } => {
                write!(f, "call of {export:?}: ")?;
                match end {
                    Ok(values) => write!(f, "{values:x?}")?,
                    Err(stop) => write!(f, "{stop:?}")?,
                }
                write!(f, ", host functions saw {host:x}, fuel {fuel}")
            }
            Event::Skipped(export) => write!(f, "call of {export:?}: no argument to be had"),
            Event::Global(name, value) => write!(f, "global {name:?}: {value:x?}"),
            Event::Memory(name, len, hash) => write!(f, "memory {name:?}: {len} bytes, {hash:x}"),
            Event::Table(name, len, hash) => write!(f, "table {name:?}: {len} entries, {hash:x}"),
        }
    }
}

/// An engine's account of a module.
pub type Trace = Vec<Event>;

/// How two accounts compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They tell the same.
    Same,
    /// They tell the same up to where a resource was used up in one.
    Undecided,
    /// They differ: what one and the other say where they do so first.
    Differ(String, String),
}

/// Compares two accounts.
pub fn compare(ours: &Trace, theirs: &Trace) -> Verdict {
    for (a, b) in ours.iter().zip(theirs) {
        if a.is_undecided() || b.is_undecided() {
            return Verdict::Undecided;
        }
        if !a.agrees(b) {
            return Verdict::Differ(a.to_string(), b.to_string());
        }
    }
    let rest = |trace: &Trace, other: &Trace| match trace.get(other.len()) {
        Some(event) => event.to_string(),
        None => "nothing more".to_owned(),
    };
    match ours.len() == theirs.len() {
        true => Verdict::Same,
        false => Verdict::Differ(rest(ours, theirs), rest(theirs, ours)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(end: Result<Vec<Seen>, Stop>) -> Event {
        Event::Called { export: "f".to_owned(), end, host: 0, fuel: 0 }
    }

    #[test]
    fn values_agree_but_for_the_payloads_of_nans() {
        let nan = f32::NAN.to_bits();
        assert!(Seen::F32(nan).agrees(Seen::F32(nan | 1)));
        assert!(!Seen::F32(nan).agrees(Seen::F32(0)));
        assert!(!Seen::F32(0).agrees(Seen::F32(0x8000_0000)));
        assert!(Seen::V128(u128::from(nan) << 32).agrees(Seen::V128(u128::from(nan | 1) << 32)));
        assert!(!Seen::V128(u128::from(nan) << 32).agrees(Seen::V128(u128::from(nan | 1) << 64)));
        assert!(!Seen::I32(1).agrees(Seen::I64(1)));
        assert!(Seen::Other.agrees(Seen::Struct) && !Seen::Other.agrees(Seen::Null));
    }

    #[test]
    fn accounts_are_compared_up_to_exhaustion() {
        let one = || vec![call(Ok(vec![Seen::I32(1)]))];
        assert_eq!(compare(&one(), &one()), Verdict::Same);
        let other = vec![call(Err(Stop::Unreachable))];
        assert!(matches!(compare(&one(), &other), Verdict::Differ(..)));
        let tired = vec![call(Err(Stop::Exhausted(String::new())))];
        assert_eq!(compare(&one(), &tired), Verdict::Undecided);
        assert!(matches!(compare(&one(), &Vec::new()), Verdict::Differ(..)));
    }
}
