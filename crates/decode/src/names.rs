//! The names a module gives to its parts (specification, section 7.4.1, the name section).

use wasmparser::{BinaryReader, IndirectNameMap, Name, NameMap, NameSectionReader};

/// The names in a name section.
///
/// The section does not take part in validation, so anything may stand in it. What cannot be read
/// is left out; names are never refused, and never trusted to be unique or printable.
#[derive(Clone, Default)]
pub struct Names<'a> {
    module: Option<&'a str>,
    functions: Option<NameMap<'a>>,
    locals: Option<IndirectNameMap<'a>>,
}

impl<'a> Names<'a> {
    /// Reads the contents of a custom section `name`. Only finds out where its parts begin.
    pub fn parse(section: &'a [u8]) -> Names<'a> {
        let mut names = Names::default();
        // A part that is broken ends the walk: where the next one begins is then not known.
        for part in NameSectionReader::new(BinaryReader::new(section, 0)).map_while(Result::ok) {
            match part {
                Name::Module { name, .. } => names.module = Some(name),
                Name::Function(map) => names.functions = Some(map),
                Name::Local(map) => names.locals = Some(map),
                _ => {}
            }
        }
        names
    }

    /// The module's own name.
    pub fn module(&self) -> Option<&'a str> {
        self.module
    }

    /// The name of each function below `count`, if it has one.
    pub fn functions(&self, count: u32) -> Vec<Option<&'a str>> {
        let mut found = vec![None; count as usize];
        for naming in self.functions.iter().flat_map(|m| m.clone()).map_while(Result::ok) {
            if let Some(slot) = found.get_mut(naming.index as usize) {
                *slot = Some(naming.name);
            }
        }
        found
    }

    /// The name of one function. Searches from the beginning: use [`Names::functions`] for many.
    pub fn function(&self, index: u32) -> Option<&'a str> {
        let maps = self.functions.iter().flat_map(|m| m.clone());
        maps.map_while(Result::ok).find(|n| n.index == index).map(|n| n.name)
    }

    /// The names of a function's parameters and locals, with their indices.
    pub fn locals(&self, function: u32) -> Vec<(u32, &'a str)> {
        let maps = self.locals.iter().flat_map(|m| m.clone()).map_while(Result::ok);
        maps.filter(|m| m.index == function)
            .flat_map(|m| m.names.into_iter().map_while(Result::ok))
            .map(|n| (n.index, n.name))
            .collect()
    }
}
