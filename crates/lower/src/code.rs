//! What a back end makes of one function.

use crate::{Callee, Pricing, Survey};
use std::fmt;
use waxwing_decode::BranchHints;
use waxwing_layout::builtin::Leaf;
use waxwing_layout::instance::InstanceLayout;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_module::{Module, Trap};

/// Machine code of one function, not yet placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The instructions and their constants.
    pub bytes: Vec<u8>,
    /// What its address must be a multiple of.
    pub align: u32,
    /// Places that hold the distance to other code.
    pub relocs: Vec<Reloc>,
    /// Offsets of instructions that may fault, ascending, with the trap that the fault means.
    pub traps: Vec<(u32, Trap)>,
    /// Pairs of code offset and place in the WebAssembly module as [`Emit::at`] takes it, ascending
    /// by the first: each holds until the next.
    ///
    /// [`Emit::at`]: crate::Emit::at
    pub addresses: Vec<(u32, u32)>,
    /// The places in inlined functions that `addresses` name, see [`Code::keep_places`].
    pub inlined: Vec<Place>,
    /// Calls that an exception may leave for a handler, ascending by the return address.
    pub handlers: Vec<Handler>,
}

/// A place in a function that was lowered in the place of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function's index.
    pub function: u32,
    /// Where in the WebAssembly module.
    pub offset: u32,
    /// Where the function is called. If that is in an inlined function again, the place stands before
    /// this one.
    pub caller: u32,
}

/// What is added to the index of a [`Place`] where an offset in the module may stand. Modules in
/// which there are offsets as high have no inlined functions.
pub const INLINED: u32 = 1 << 31;
/// Stands where an offset in the module may stand, for no place in it.
pub(crate) const NO_OFFSET: u32 = u32::MAX;

impl Code {
    /// Takes over those of a function's places in inlined functions that its addresses name, and
    /// numbers them anew.
    pub fn keep_places(&mut self, places: Vec<Place>) {
        if places.is_empty() {
            return;
        }
        let index = |place: u32| {
            let index = place.checked_sub(INLINED)? as usize;
            (index < places.len()).then_some(index)
        };
        let mut used = vec![false; places.len()];
        for &(_, mut place) in &self.addresses {
            while let Some(i) = index(place).filter(|&i| !used[i]) {
                used[i] = true;
                place = places[i].caller;
            }
        }
        let mut numbers = vec![NO_OFFSET; places.len()];
        let renumbered = |place: u32, numbers: &[u32]| match index(place) {
            Some(i) => numbers[i],
            None if place >= INLINED => NO_OFFSET,
            None => place,
        };
        for (i, place) in places.iter().enumerate().filter(|&(i, _)| used[i]) {
            numbers[i] = INLINED + self.inlined.len() as u32;
            let caller = renumbered(place.caller, &numbers);
            self.inlined.push(Place { caller, ..*place });
        }
        for (_, place) in &mut self.addresses {
            *place = renumbered(*place, &numbers);
        }
    }
}

/// Where the guest goes on if an exception leaves a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Offset of the instruction behind the call.
    pub return_at: u32,
    /// Offset of the handler. It finds the exception in rax, and expects nothing else of the
    /// registers but the frame pointer and the stack pointer.
    pub handler: u32,
    /// How far the stack pointer is below the frame pointer there.
    pub frame: u32,
}

/// Four bytes at `at` that hold `target + addend - address of the four bytes`, as in ELF's
/// `R_X86_64_PC32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reloc {
    /// Where, in bytes from the beginning of the function.
    pub at: u32,
    /// To what.
    pub target: Callee,
    /// Added to the distance; -4 for a call.
    pub addend: i32,
}

/// What is known about the module while its functions are compiled.
#[derive(Debug)]
pub struct Env<'a> {
    /// The module's facts.
    pub module: &'a Module,
    /// Where its instances' fields lie.
    pub layout: &'a InstanceLayout,
    /// How memories are placed.
    pub plan: MemoryPlan,
    /// The processor the code is for.
    pub cpu: Cpu,
    /// Which way branches are likely to go.
    pub hints: &'a BranchHints,
    /// Whether relaxed vector operations have the results of the specification's deterministic
    /// profile, whatever the processor.
    pub deterministic: bool,
    /// What operators cost, if the code is metered.
    pub fuel: Option<&'a Pricing>,
    /// Whether what WebAssembly spells out is recognised and said in the machine's terms.
    pub optimise: bool,
    /// What is known of the module's functions, see [`Survey`].
    pub survey: &'a Survey<'a>,
}

impl Env<'_> {
    /// Whether functions may be lowered as something else than they say. What metered code costs
    /// is counted by what it says.
    pub(crate) fn recognises(&self) -> bool {
        self.optimise && self.fuel.is_none()
    }
}

/// A function that is to be compiled.
#[derive(Debug)]
pub struct Job<'a> {
    /// Its module.
    pub env: &'a Env<'a>,
    /// Its index, imported functions first.
    pub index: u32,
    /// Its code, and what is needed to validate it on the way.
    pub body: wasmparser::FunctionBody<'a>,
    /// The validator, ready for this function.
    pub validate: wasmparser::FuncToValidate<wasmparser::ValidatorResources>,
}

/// A back end.
pub trait Codegen: Send + Sync {
    /// Its name as in `--tier`.
    fn tier(&self) -> &'static str;
    /// Everything that changes the code it makes: version, options. Part of the fingerprint.
    fn settings(&self) -> String;
    /// Whether it can make metered code.
    fn can_meter(&self) -> bool;
    /// Whether it is to make fast code rather than to be quick: then [`Env::optimise`] is set.
    fn optimises(&self) -> bool;
    /// Validates and compiles a function.
    fn function(&self, job: Job<'_>) -> Result<Code, Error>;
    /// Makes a leaf routine, to be called by metered code or by other code.
    fn leaf(&self, leaf: Leaf, cpu: Cpu, metered: bool) -> Result<Code, Error>;
}

/// Why a function could not be compiled.
#[derive(Debug)]
pub enum Error {
    /// It is not valid WebAssembly. The offset counts from the beginning of the module.
    Invalid(wasmparser::BinaryReaderError),
    /// The back end cannot do it: what, and the offset in the module.
    Unsupported(String, u64),
    /// The function exceeds a limit of the back end, or the back end failed.
    Backend(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Invalid(e) => write!(f, "invalid code: {e}"),
            Error::Unsupported(what, at) => write!(f, "unsupported at offset {at:#x}: {what}"),
            Error::Backend(what) => write!(f, "code generation failed: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(e: wasmparser::BinaryReaderError) -> Error {
        Error::Invalid(e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_that_are_named_are_kept() {
        let place = |function, caller| Place { function, offset: function + 10, caller };
        let places = vec![
            place(0, 5),
            place(1, 6),
            place(2, INLINED + 1),
            place(3, INLINED),
            place(4, INLINED + 2),
        ];
        let mut code = Code {
            // The last but one is none of them, the last none at all.
            addresses: vec![
                (0, 5),
                (1, INLINED + 4),
                (2, INLINED + 1),
                (3, INLINED + 5),
                (4, NO_OFFSET),
            ],
            ..Code::default()
        };
        code.keep_places(places);
        assert_eq!(code.inlined, [place(1, 6), place(2, INLINED), place(4, INLINED + 1)]);
        let want = [5, INLINED + 2, INLINED, NO_OFFSET, NO_OFFSET];
        assert_eq!(code.addresses.iter().map(|a| a.1).collect::<Vec<_>>(), want);
        // Where nothing was inlined, these are offsets.
        let mut code = Code { addresses: vec![(0, INLINED + 7)], ..Code::default() };
        code.keep_places(Vec::new());
        assert_eq!(code.addresses, [(0, INLINED + 7)]);
    }
}
