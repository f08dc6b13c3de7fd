//! The reasons for which WebAssembly code stops.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Why guest code stopped. The numbers are stored in artifacts: never reuse one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Trap { $($(#[$doc])* $name = $code,)* }

        impl Trap {
            /// Every trap, in the order of the codes.
            pub const ALL: &'static [Trap] = &[$(Trap::$name),*];

            /// The trap with this code, if there is one.
            pub fn from_code(code: u8) -> Option<Trap> {
                match code { $($code => Some(Trap::$name),)* _ => None }
            }

            /// The wording of the specification's test suite.
            pub fn message(self) -> &'static str {
                match self { $(Trap::$name => $text,)* }
            }
        }
    };
}

traps! {
    /// The `unreachable` instruction was executed.
    Unreachable = 1, "unreachable";
    /// An access outside a linear memory.
    MemoryOutOfBounds = 2, "out of bounds memory access";
    /// An access outside a table.
    TableOutOfBounds = 3, "out of bounds table access";
    /// `call_indirect` with an index outside the table.
    UndefinedElement = 4, "undefined element";
    /// `call_indirect` through a null entry.
    UninitializedElement = 5, "uninitialized element";
    /// `call_indirect` to a function of another type.
    IndirectCallTypeMismatch = 6, "indirect call type mismatch";
    /// An integer operation whose result does not fit.
    IntegerOverflow = 7, "integer overflow";
    /// Division or remainder by zero.
    IntegerDivideByZero = 8, "integer divide by zero";
    /// A NaN was converted to an integer.
    InvalidConversionToInteger = 9, "invalid conversion to integer";
    /// The guest stack is used up.
    StackOverflow = 10, "call stack exhausted";
    /// The guest was stopped by a kill switch.
    Killed = 11, "killed";
    /// The guest ran beyond its deadline.
    DeadlineExceeded = 12, "deadline exceeded";
    /// A null reference where a value is needed.
    NullReference = 13, "null reference";
    /// The page behind an artifact or image could not be read.
    BusError = 14, "memory image could not be read";
    /// `call_ref` of null.
    NullFunction = 15, "null function reference";
    /// A field of a null structure.
    NullStructure = 16, "null structure reference";
    /// An element or the length of a null array.
    NullArray = 17, "null array reference";
    /// `i31.get` of null.
    NullI31 = 18, "null i31 reference";
    /// `throw_ref` of null.
    NullException = 19, "null exception reference";
    /// A reference is not of the type that a cast asks for.
    CastFailure = 20, "cast failure";
    /// An index or range outside an array.
    ArrayOutOfBounds = 21, "out of bounds array access";
    /// An object cannot be made: the store's heap is full, or the object is too large for any heap.
    HeapExhausted = 22, "out of memory for references";
    /// An atomic access whose address is not a multiple of its size.
    UnalignedAtomic = 23, "unaligned atomic";
    /// `memory.atomic.wait` on a memory that is not shared.
    ExpectedSharedMemory = 24, "expected shared memory";
    /// Metered code has used up its fuel.
    OutOfFuel = 25, "out of fuel";
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Trap {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for &trap in Trap::ALL {
            assert_eq!(Trap::from_code(trap as u8), Some(trap));
        }
        assert_eq!(Trap::from_code(0), None);
        assert_eq!(Trap::from_code(255), None);
    }
}
