//! What is known of a module's functions before any of them is lowered.
//!
//! A back end sees one function at a time. What a caller can make use of is found here: functions
//! that stand for an operation of the machine, and such as are so small that they are lowered in
//! the place of their calls.

use crate::{inline, wide};
use std::collections::HashMap;
use wasmparser::{FuncToValidate, FunctionBody, ValidatorResources};
use waxwing_module::Module;

/// The functions of which something is known. None are, by default.
#[derive(Default)]
pub struct Survey<'a> {
    functions: HashMap<u32, Known<'a>>,
}

/// What is known of a function.
pub(crate) enum Known<'a> {
    /// It multiplies.
    Product(wide::Product),
    /// It is small.
    Small(inline::Small<'a>),
}

impl<'a> Survey<'a> {
    /// Looks at the functions that a module defines: their indices, their code, and what validates
    /// it. Nothing is wrong with code that is not valid: it will be found when it is lowered.
    pub fn new<'b>(
        module: &Module,
        functions: impl Iterator<
            Item = (u32, &'b FunctionBody<'a>, &'b FuncToValidate<ValidatorResources>),
        >,
    ) -> Survey<'a>
    where
        'a: 'b,
    {
        let known = functions.filter_map(|(index, body, validate)| {
            if body.range().len() > LONGEST {
                return None;
            }
            let known = match wide::product(module.func_type(index), body) {
                Some(product) => Known::Product(product),
                None => Known::Small(inline::small(module, index, body, validate)?),
            };
            Some((index, known))
        });
        Survey { functions: known.collect() }
    }

    /// What is known of a function.
    pub(crate) fn of(&self, index: u32) -> Option<&Known<'a>> {
        self.functions.get(&index)
    }
}

impl std::fmt::Debug for Survey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Survey").field("functions", &self.functions.len()).finish()
    }
}

/// Bytes of code beyond which nothing is sought in a function.
const LONGEST: usize = 400;
