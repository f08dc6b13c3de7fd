//! Which proposals beyond WebAssembly 2.0 a module uses, and which it lacks when it is refused.

use crate::{Error, Features, Options, decode};
use std::fmt;
use wasmparser::{BinaryReaderError, Operator};

macro_rules! proposal_of {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// The proposal that an operator comes from, as the parser names it.
        fn proposal_of(op: &Operator<'_>) -> &'static str {
            match op {
                $(Operator::$op { .. } => stringify!($proposal),)*
                // The parser may learn of operators; it does not read them unless it is told to.
                _ => "",
            }
        }
    };
}
wasmparser::for_each_operator!(proposal_of);

/// The proposals that a module uses, of those in [`Features::NAMES`] and in their order.
///
/// Types, sections and constant expressions are looked at by validating them without each proposal; in
/// code the operators count.
///
/// # Errors
/// If the module's sections are not valid, or code cannot be read.
pub fn proposals(module: &[u8]) -> Result<Vec<&'static str>, Error> {
    let mut used = vec![false; Features::NAMES.len()];
    let decoded = decode(module, &Options::default())?;
    for body in &decoded.bodies {
        let mut operators = body.body.get_operators_reader()?;
        while !operators.eof() {
            let proposal = proposal_of(&operators.read()?);
            let place = Features::NAMES.iter().position(|name| same(name, proposal));
            if let Some(place) = place {
                used[place] = true;
            }
        }
    }
    for (name, used) in Features::NAMES.iter().zip(&mut used) {
        let mut options = Options::default();
        options.features.set(name, false);
        *used |= decode(module, &options).is_err();
    }
    Ok(Features::NAMES.iter().zip(used).filter(|(_, used)| *used).map(|(&name, _)| name).collect())
}

/// Whether a name with hyphens is that with underscores.
fn same(name: &str, identifier: &str) -> bool {
    name.len() == identifier.len()
        && name.bytes().zip(identifier.bytes()).all(|(a, b)| a == b || (a, b) == (b'-', b'_'))
}

/// Proposals that a module uses and that are off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(Vec<String>);

impl Missing {
    /// Those that the parser's error names.
    pub fn of(error: &BinaryReaderError) -> Option<Missing> {
        let features = error.missing_wasm_feature()?;
        let names = features.iter_names();
        Some(Missing(names.map(|(name, _)| name.to_ascii_lowercase().replace('_', "-")).collect()))
    }

    /// Their names with commas between, if all of them can be turned on.
    pub fn names(&self) -> Option<String> {
        let known = self.0.iter().all(|name| Features::NAMES.contains(&name.as_str()));
        known.then(|| self.0.join(","))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.join(" and ");
        let state = match (self.names(), self.0.len()) {
            (Some(_), 1) => "is off",
            (Some(_), _) => "are off",
            (None, 1) => "is not supported",
            (None, _) => "are not supported",
        };
        write!(f, "the module uses {names}, which {state}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&'static str> {
        proposals(&wat::parse_str(text).expect("text of a module")).expect("a valid module")
    }

    #[test]
    fn proposals_are_found_in_all_parts() {
        let none: [&str; 0] = [];
        assert_eq!(of("(module (func (param externref)) (memory 1))"), none);
        assert_eq!(of("(module (func $f return_call $f))"), ["tail-call"]);
        assert_eq!(of("(module (memory 1) (memory 1))"), ["multi-memory"]);
        assert_eq!(of("(module (memory i64 1))"), ["memory64"]);
        assert_eq!(of("(module (memory 1 1 shared))"), ["threads"]);
        assert_eq!(of("(module (type (array i8)))"), ["gc"]);
        let add = "(i32.add (i32.const 1) (i32.const 2))";
        assert_eq!(of(&format!("(module (global i32 {add}))")), ["extended-const"]);
        assert_eq!(of("(module (tag))"), ["exceptions"]);
        assert_eq!(of("(module (func try catch_all end))"), ["legacy-exceptions"]);
        assert_eq!(of("(module (func (drop (ref.i31 (i32.const 1)))))"), ["gc"]);
        let wide = "(module (func (param i64 i64) (result i64 i64)
            (i64.mul_wide_u (local.get 0) (local.get 1))))";
        assert_eq!(of(wide), ["wide-arithmetic"]);
        let relaxed = "(module (func (param v128) (result v128)
            (i32x4.relaxed_trunc_f32x4_s (local.get 0))))";
        assert_eq!(of(relaxed), ["relaxed-simd"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let options = Options { features: Features::WASM2, ..Options::default() };
        let module = wat::parse_str("(module (memory 1 1 shared))").expect("text of a module");
        let error = decode(&module, &options).map(drop).expect_err("it is off");
        let missing = error.missing().expect("a proposal");
        assert_eq!(missing.to_string(), "the module uses threads, which is off");
        assert_eq!(missing.names().as_deref(), Some("threads"));
        let other = Missing(vec!["gc".to_owned(), "component-model".to_owned()]);
        assert_eq!(other.names(), None);
        assert!(other.to_string().contains("gc and component-model, which are not supported"));
    }
}
