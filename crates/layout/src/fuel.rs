//! What operators cost, where code is metered.
//!
//! Metered code counts down a number, the *fuel*, as it runs: each operator takes its cost. An
//! operator that works on a range (`memory.copy`, `table.fill`) also takes a cost for each piece of
//! the range: 64 bytes of a memory, an element, a page. What a run takes depends on the path that it
//! takes through the module and on this table, and on nothing else.

use std::collections::BTreeMap;

/// The greatest cost. Even what a whole function costs, or a range of the greatest length, is then far
/// from what the counter holds.
pub const MAX_COST: u32 = 1 << 20;

/// Before the name of an operator that works on ranges: the cost of a piece.
pub const SIZE: &str = "size.";

/// Costs by operator. Names are those of the text format.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FuelCosts {
    others: u32,
    named: BTreeMap<String, u32>,
}

impl FuelCosts {
    /// Every operator costs 1, save those that only structure code (`block`, `loop`, `nop`, `drop`),
    /// which cost nothing. A range costs 1 for each piece; the pages that a memory grows by are free.
    pub fn new() -> FuelCosts {
        let mut costs = FuelCosts { others: 1, named: BTreeMap::new() };
        for name in ["block", "loop", "nop", "drop", "size.memory.grow"] {
            costs.set(name, 0);
        }
        costs
    }

    /// Every operator costs 1 and its size nothing, so that the fuel used is the number of
    /// instructions executed. `else` and `end` are no instructions.
    pub fn instructions() -> FuelCosts {
        FuelCosts { others: 1, named: BTreeMap::from([(SIZE.to_owned(), 0)]) }
    }

    /// The cost of an operator by its name, or with `size.` before it, of a piece of the range that it
    /// works on. Whether there is such an operator is found out when an engine is made of this. A
    /// cost above [`MAX_COST`] becomes that.
    pub fn set(&mut self, operator: &str, cost: u32) -> &mut Self {
        self.named.insert(operator.to_owned(), cost.min(MAX_COST));
        self
    }

    /// The cost of all operators that have none of their own.
    pub fn others(&mut self, cost: u32) -> &mut Self {
        self.others = cost.min(MAX_COST);
        self
    }

    /// What an operator, or with `size.` before its name a piece, costs.
    pub fn get(&self, operator: &str) -> u32 {
        let named = self.named.get(operator).copied();
        named.unwrap_or_else(|| match operator.strip_prefix(SIZE) {
            Some(_) => self.named.get(SIZE).copied().unwrap_or(1),
            None => self.others,
        })
    }

    /// The names that have a cost of their own.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str).filter(|&name| name != SIZE)
    }

    /// The table in one line; equal tables have equal lines.
    pub fn canonical(&self) -> String {
        let mut line = format!("*={}", self.others);
        for (name, cost) in &self.named {
            line.push_str(&format!(",{name}={cost}"));
        }
        line
    }
}

impl Default for FuelCosts {
    fn default() -> FuelCosts {
        FuelCosts::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_found_by_name_or_are_those_of_the_others() {
        let mut costs = FuelCosts::new();
        costs.others(3).set("i32.div_s", 9).set("size.memory.copy", 2).set("call", u32::MAX);
        assert_eq!(costs.get("i32.div_s"), 9);
        assert_eq!(costs.get("i32.add"), 3);
        assert_eq!(costs.get("nop"), 0);
        assert_eq!(costs.get("call"), MAX_COST);
        assert_eq!(costs.get("size.memory.copy"), 2);
        assert_eq!(costs.get("size.memory.fill"), 1);
        let instructions = FuelCosts::instructions();
        assert_eq!(instructions.get("nop"), 1);
        assert_eq!(instructions.get("size.memory.fill"), 0);
    }

    #[test]
    fn tables_that_differ_read_differently() {
        let mut other = FuelCosts::new();
        other.set("nop", 1);
        assert_ne!(other.canonical(), FuelCosts::new().canonical());
        assert_ne!(FuelCosts::instructions().canonical(), FuelCosts::new().canonical());
        assert!(FuelCosts::new().names().eq(["block", "drop", "loop", "nop", "size.memory.grow"]));
        assert_eq!(FuelCosts::instructions().names().count(), 0);
    }
}
