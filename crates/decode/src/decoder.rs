//! The walk over a module's sections.

use crate::sections::Facts;
use crate::{BranchHints, Error, InputKind, Names, Options};
use std::ops::Range;
use wasmparser::{FuncToValidate, FunctionBody, Parser, Payload, ValidPayload};
use wasmparser::{Validator, ValidatorResources};
use waxwing_module::Module;

/// A module whose code is not yet validated.
pub struct Decoded<'a> {
    /// Its facts. [`waxwing_module::Data::bytes`] counts from the beginning of the input.
    pub module: Module,
    /// The code of each function of its own, in their order.
    pub bodies: Vec<Body<'a>>,
    /// Its custom sections, in their order.
    pub customs: Vec<Custom<'a>>,
    /// Which way branches are likely to go.
    pub hints: BranchHints,
    /// Where the contents of the code section lie in the input. DWARF counts code addresses from
    /// its beginning.
    pub code: Range<usize>,
}

/// The code of one function.
pub struct Body<'a> {
    /// The function's index, imported functions first.
    pub index: u32,
    /// Its code.
    pub body: FunctionBody<'a>,
    /// What checks the code.
    pub validate: FuncToValidate<ValidatorResources>,
}

/// A custom section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custom<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its contents lie in the input, its name not included.
    pub range: Range<usize>,
}

impl<'a> Decoded<'a> {
    /// The contents of the first custom section of this name. `bytes` is what was decoded.
    pub fn custom(&self, bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
        let section = self.customs.iter().find(|c| c.name == name)?;
        bytes.get(section.range.clone())
    }

    /// The names that the module gives to its parts. `bytes` is what was decoded.
    pub fn names(&self, bytes: &'a [u8]) -> Names<'a> {
        self.custom(bytes, "name").map(Names::parse).unwrap_or_default()
    }

    /// Validates the code of every function, on this thread.
    ///
    /// # Errors
    /// The first function that is not valid.
    pub fn validate_bodies(self) -> Result<(), Error> {
        let mut allocations = wasmparser::FuncValidatorAllocations::default();
        for body in self.bodies {
            let mut validator = body.validate.into_validator(allocations);
            validator.validate(&body.body)?;
            allocations = validator.into_allocations();
        }
        Ok(())
    }
}

/// Decodes a module and validates everything but its code.
///
/// # Errors
/// If it is not a module, is invalid, uses what is not enabled, or exceeds a limit.
pub fn decode<'a>(bytes: &'a [u8], options: &Options) -> Result<Decoded<'a>, Error> {
    let kind = InputKind::of(bytes);
    if kind != InputKind::Module {
        return Err(Error::not_a_module(kind));
    }
    let limit = options.limits.module_bytes.min(u32::MAX.into());
    if bytes.len() as u64 > limit {
        return Err(Error::limit("bytes", limit, None));
    }
    let flags = options.features.flags();
    let mut validator = Validator::new_with_features(flags);
    let mut parser = Parser::new(0);
    parser.set_features(flags);
    let mut walk = Walk {
        facts: Facts::new(&options.limits),
        bodies: Vec::new(),
        customs: Vec::new(),
        code: 0..0,
        options,
    };
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        if let ValidPayload::Func(validate, body) = validator.payload(&payload)? {
            walk.body(body, validate)?;
        } else {
            walk.section(payload)?;
        }
    }
    let Walk { facts, bodies, customs, code, .. } = walk;
    let hints = BranchHints::find(bytes, &customs, &code);
    Ok(Decoded { module: facts.finish(), bodies, customs, hints, code })
}

struct Walk<'a, 'o> {
    facts: Facts<'o>,
    bodies: Vec<Body<'a>>,
    customs: Vec<Custom<'a>>,
    code: Range<usize>,
    options: &'o Options,
}

impl<'a> Walk<'a, '_> {
    fn body(
        &mut self,
        body: FunctionBody<'a>,
        validate: FuncToValidate<ValidatorResources>,
    ) -> Result<(), Error> {
        let range = body.range();
        let limit = self.options.limits.function_bytes;
        if range.len() > limit as usize {
            let what = "bytes of code in one function";
            return Err(Error::limit(what, limit.into(), Some(range.start)));
        }
        self.bodies.push(Body { index: validate.index, body, validate });
        Ok(())
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<(), Error> {
        let facts = &mut self.facts;
        match payload {
            Payload::TypeSection(s) => facts.types(s)?,
            Payload::ImportSection(s) => facts.imports(s)?,
            Payload::FunctionSection(s) => facts.functions(s)?,
            Payload::TableSection(s) => facts.tables(s)?,
            Payload::MemorySection(s) => facts.memories(s)?,
            Payload::GlobalSection(s) => facts.globals(s)?,
            Payload::TagSection(s) => facts.tags(s)?,
            Payload::ExportSection(s) => facts.exports(s)?,
            Payload::StartSection { func, .. } => facts.module.start = Some(func),
            Payload::ElementSection(s) => facts.elements(s)?,
            Payload::DataSection(s) => facts.data(s)?,
            Payload::CodeSectionStart { range, count, .. } => {
                // Each body takes two bytes at least: a count beyond that is found out later.
                self.bodies.reserve((count as usize).min(range.len() / 2));
                self.code = range;
            }
            Payload::CustomSection(s) => {
                let limit = self.options.limits.custom_sections;
                if self.customs.len() >= limit as usize {
                    let at = s.range().start;
                    return Err(Error::limit("custom sections", limit.into(), Some(at)));
                }
                let start = s.data_offset();
                self.customs.push(Custom { name: s.name(), range: start..start + s.data().len() });
            }
            // The validator has refused what cannot stand in a module of these features.
            _ => {}
        }
        Ok(())
    }
}
