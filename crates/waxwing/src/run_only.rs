//! What stands in the place of `compiler` in a build without it: nothing. Such a build runs artifacts, and
//! has neither parser nor code generator in it.

use crate::{FuelCosts, MemoryPlan, Result};

/// There is nothing to set.
#[derive(Clone, Default)]
pub(crate) struct Settings {}

/// There is no compiler.
#[derive(Debug)]
pub(crate) struct Compiler;

impl Settings {
    /// As with a compiler.
    pub(crate) fn compiler(&self, _: MemoryPlan, _: Option<&FuelCosts>) -> Result<Compiler> {
        Ok(Compiler)
    }
}
