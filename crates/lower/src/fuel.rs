//! Metering: what operators cost, and where it is taken.
//!
//! A *block* is a stretch of operators without a way in but at its beginning, and without a way out
//! but at its end: it ends with a branch or a call, or before a place that branches lead to. What all of its
//! operators cost is taken at its beginning, by one subtraction. So what a run has taken is known at every
//! call of a function, and is what was executed; where a trap ends a block early, the block is paid in
//! full. None of this depends on the back end or the memory plan.
//!
//! Whether fuel is left is asked at the beginning of functions and loops, in blocks that end with a call
//! which may be the host's or with a throw, and before operators that work on a range; and by the runtime
//! when the guest returns. Between two such places there is no way back, so that what is spent beyond
//! the fuel is less than what one pass through a function costs.

use crate::function::Lower;
use crate::operand::Operand;
use crate::{BinOp, CmpOp, Emit, Env, Hint, LoadOp, Region};
use std::fmt;
use wasmparser::{BinaryReader, Catch, Operator, OperatorsReader};
use waxwing_layout::abi::Ty;
use waxwing_layout::fuel::{FuelCosts, SIZE};
use waxwing_layout::instance::{STORE, store_context};

macro_rules! operators {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident $ann:tt)*) => {
        /// The number of an operator.
        #[derive(Clone, Copy)]
        enum Number { $($op,)* }

        /// The parser's name of each operator, by number.
        const VISITS: &[&str] = &[$(stringify!($visit)),*];

        fn number(op: &Operator<'_>) -> Option<usize> {
            match op {
                $(Operator::$op { .. } => Some(Number::$op as usize),)*
                _ => None,
            }
        }
    };
}

wasmparser::for_each_operator!(operators);

/// Beginnings of names that a dot follows in the text format.
const DOTTED: &[&str] = &[
    "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2",
    "local", "global", "table", "memory", "data", "elem", "ref", "struct", "array", "i31", "any",
    "extern", "atomic",
];

/// What only says where constructs and their parts end: these are no instructions, and cost nothing.
const DELIMITERS: &[&str] =
    &["visit_else", "visit_end", "visit_catch", "visit_catch_all", "visit_delegate"];

/// The text format's name of an operator, from the parser's.
fn name(visit: &str) -> String {
    let name = visit.strip_prefix("visit_").unwrap_or(visit);
    match name {
        "typed_select" | "typed_select_multi" => return "select".to_owned(),
        "ref_test_non_null" | "ref_test_nullable" => return "ref.test".to_owned(),
        "ref_cast_non_null" | "ref_cast_nullable" => return "ref.cast".to_owned(),
        _ => {}
    }
    let Some((first, rest)) = name.split_once('_').filter(|(f, _)| DOTTED.contains(f)) else {
        return name.to_owned();
    };
    let rest = match rest.strip_prefix("atomic_") {
        None => rest.to_owned(),
        Some(rest) => match rest.split_once('_').filter(|(f, _)| f.starts_with("rmw")) {
            Some((rmw, op)) => format!("atomic.{rmw}.{op}"),
            None => format!("atomic.{rest}"),
        },
    };
    format!("{first}.{rest}")
}

/// Operators that work on a range, whose length is their last operand.
const RANGES: &[&str] = &[
    "memory.copy",
    "memory.fill",
    "memory.init",
    "memory.grow",
    "table.copy",
    "table.fill",
    "table.init",
    "table.grow",
    "array.new",
    "array.new_default",
    "array.new_data",
    "array.new_elem",
    "array.fill",
    "array.copy",
    "array.init_data",
    "array.init_elem",
];

/// Pieces beyond this count as so many, so that no product is too large for the counter. Only 64-bit
/// memories and tables know such lengths, and they have no such ranges.
const MOST_PIECES: u64 = 1 << 40;

/// How many bytes of a memory are a piece: its binary logarithm.
const PIECE_LOG2: u64 = 6;

/// There is no operator of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOperator {
    /// The name.
    pub name: String,
    /// One that it may have been meant to be.
    pub similar: Option<String>,
}

impl fmt::Display for UnknownOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.strip_prefix(SIZE) {
            Some(op) => write!(f, "there is no operator \"{op}\" that works on ranges")?,
            None => write!(f, "there is no operator \"{}\"", self.name)?,
        }
        match &self.similar {
            Some(similar) => write!(f, "; is \"{similar}\" meant?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownOperator {}

/// What operators cost, by number.
#[derive(Clone, Debug)]
pub struct Pricing {
    costs: Vec<u32>,
    sizes: Vec<u32>,
}

/// How alike two names are: the number of letter pairs that they share.
fn likeness(a: &str, b: &str) -> usize {
    let pairs = |s: &str| s.as_bytes().windows(2).map(|p| [p[0], p[1]]).collect::<Vec<_>>();
    let mut left = pairs(b);
    let shared = pairs(a).into_iter().filter(|pair| {
        let at = left.iter().position(|other| other == pair);
        at.map(|at| left.swap_remove(at)).is_some()
    });
    2 * shared.count() * 100 / (a.len() + b.len()).max(1)
}

impl Pricing {
    /// The costs of every operator.
    ///
    /// # Errors
    /// If a name in the table is that of no operator. `else`, `end` and their like are none: they only
    /// say where others end.
    pub fn new(costs: &FuelCosts) -> Result<Pricing, UnknownOperator> {
        let mut names: Vec<String> = VISITS.iter().map(|visit| name(visit)).collect();
        for (name, visit) in names.iter_mut().zip(VISITS) {
            if DELIMITERS.contains(visit) {
                name.clear();
            }
        }
        let sizes: Vec<String> = names
            .iter()
            .map(|n| if RANGES.contains(&&**n) { format!("{SIZE}{n}") } else { String::new() })
            .collect();
        let known = || names.iter().chain(&sizes).filter(|name| !name.is_empty());
        for wanted in costs.names() {
            if !known().any(|name| name == wanted) {
                let similar = known().max_by_key(|name| likeness(name, wanted));
                let similar = similar.filter(|name| likeness(name, wanted) >= 50).cloned();
                return Err(UnknownOperator { name: wanted.to_owned(), similar });
            }
        }
        let price = |names: &[String]| {
            let cost = |name: &String| if name.is_empty() { 0 } else { costs.get(name) };
            names.iter().map(cost).collect()
        };
        Ok(Pricing { costs: price(&names), sizes: price(&sizes) })
    }

    /// The names of all operators that can have a cost.
    pub fn names() -> Vec<String> {
        let operators = VISITS.iter().filter(|visit| !DELIMITERS.contains(visit));
        let mut names: Vec<String> = operators.map(|visit| name(visit)).collect();
        names.extend(RANGES.iter().map(|name| format!("{SIZE}{name}")));
        names.sort_unstable();
        names.dedup();
        names
    }

    fn cost(&self, op: &Operator<'_>) -> u64 {
        number(op).map_or(0, |n| u64::from(self.costs[n]))
    }
}

/// What is taken at the beginning of a block.
#[derive(Debug)]
struct Charge {
    /// The offset of the operator that the block follows; none at the beginning of the function.
    behind: Option<usize>,
    cost: u64,
    /// Whether more fuel must be left.
    test: bool,
}

/// What a function's blocks cost, in their order.
#[derive(Debug, Default)]
pub(crate) struct Charges(std::vec::IntoIter<Charge>);

/// A construct that is open while blocks are found.
struct Open {
    kind: Kind,
    /// Whether a branch leads to its end.
    joined: bool,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    /// One whose end is reached by more than one way in any case.
    Forked,
}

/// Finds blocks.
struct Finder<'a> {
    env: &'a Env<'a>,
    pricing: &'a Pricing,
    open: Vec<Open>,
    done: Vec<Charge>,
    present: Charge,
}

impl Charges {
    /// Finds the blocks of a function whose operators follow. The code need not be valid: what is found
    /// beyond a mistake does not matter, since lowering ends there.
    pub(crate) fn new(env: &Env<'_>, reader: &BinaryReader<'_>) -> Charges {
        let Some(pricing) = env.fuel else { return Charges::default() };
        let mut finder = Finder {
            env,
            pricing,
            open: vec![Open { kind: Kind::Block, joined: false }],
            done: Vec::new(),
            present: Charge { behind: None, cost: 0, test: true },
        };
        let mut operators = OperatorsReader::new(reader.clone());
        while let Ok((op, offset)) = operators.read_with_offset() {
            finder.operator(&op, offset);
            if operators.eof() {
                break;
            }
        }
        finder.done.push(finder.present);
        Charges(finder.done.into_iter())
    }
}

impl Finder<'_> {
    fn operator(&mut self, op: &Operator<'_>, offset: usize) {
        self.present.cost += self.pricing.cost(op);
        match op {
            Operator::Block { .. } => self.open(Kind::Block),
            Operator::Try { .. } => self.open(Kind::Forked),
            Operator::TryTable { try_table } => {
                for catch in &try_table.catches {
                    let (Catch::One { label, .. }
                    | Catch::OneRef { label, .. }
                    | Catch::All { label }
                    | Catch::AllRef { label }) = *catch;
                    self.joined(label);
                }
                self.open(Kind::Forked);
            }
            Operator::Loop { .. } => {
                self.open(Kind::Loop);
                self.next(offset, true);
            }
            Operator::If { .. } => {
                self.open(Kind::Forked);
                self.next(offset, false);
            }
            Operator::End | Operator::Delegate { .. } => {
                let Some(ended) = self.open.pop() else { return };
                match ended.kind {
                    Kind::Block if !ended.joined => {}
                    // Branches lead to its head.
                    Kind::Loop => {}
                    _ => self.next(offset, false),
                }
            }
            _ => self.transfer(op, offset),
        }
    }

    /// Branches, calls, and what else ends a block.
    fn transfer(&mut self, op: &Operator<'_>, offset: usize) {
        match *op {
            Operator::Br { relative_depth }
            | Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => self.joined(relative_depth),
            Operator::BrTable { ref targets } => {
                targets.targets().flatten().for_each(|depth| self.joined(depth));
                self.joined(targets.default());
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.present.test |= function_index < self.env.module.imported_funcs;
            }
            Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Rethrow { .. } => self.present.test = true,
            Operator::Else
            | Operator::Return
            | Operator::Unreachable
            | Operator::Catch { .. }
            | Operator::CatchAll => {}
            _ => return,
        }
        self.next(offset, false);
    }

    fn open(&mut self, kind: Kind) {
        self.open.push(Open { kind, joined: false });
    }

    fn joined(&mut self, depth: u32) {
        let at = self.open.len().checked_sub(1 + depth as usize);
        if let Some(target) = at.and_then(|at| self.open.get_mut(at)) {
            target.joined = true;
        }
    }

    fn next(&mut self, behind: usize, test: bool) {
        let next = Charge { behind: Some(behind), cost: 0, test };
        self.done.push(std::mem::replace(&mut self.present, next));
    }
}

impl<E: Emit> Lower<'_, E> {
    /// Takes what the block costs that begins behind the operator at this offset, or with the function,
    /// if one begins there.
    pub(crate) fn charge_behind(&mut self, offset: Option<usize>, charges: &mut Charges) {
        let first = charges.0.as_slice().first();
        if first.is_none_or(|charge| charge.behind != offset) {
            return;
        }
        if let Some(charge) = charges.0.next()
            && self.dead.is_none()
        {
            self.charge_known(charge.cost, charge.test);
        }
    }

    /// Takes what the range costs that an operator is about to work on.
    pub(crate) fn charge_size(&mut self, op: &Operator<'_>) {
        let Some(pricing) = self.env.fuel.filter(|_| self.dead.is_none()) else { return };
        let cost = number(op).map_or(0, |number| u64::from(pricing.sizes[number]));
        if cost == 0 {
            return;
        }
        let in_bytes = matches!(
            op,
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. }
        );
        let shift = if in_bytes { PIECE_LOG2 } else { 0 };
        let length = self.pop();
        if let Operand::Int(ty, known) = length {
            let known = if ty == Ty::I32 { u64::from(known as u32) } else { known as u64 };
            let pieces = (known >> shift).min(MOST_PIECES);
            self.charge_known(pieces * cost, pieces > 0);
            return self.stack.push(length);
        }
        let (length, counted) = self.twice(length);
        let wide = counted.ty() != Ty::I32;
        let mut pieces = self.zero_extend(counted);
        if shift > 0 {
            let shift = self.i64_const(shift);
            pieces = self.emit.binary(BinOp::I64ShrU, pieces, shift);
        }
        if wide {
            let (compared, kept) = self.emit.dup(pieces);
            let most = self.i64_const(MOST_PIECES);
            let few = self.emit.compare(CmpOp::I64LtU, compared, most);
            let most = self.i64_const(MOST_PIECES);
            pieces = self.emit.select(Ty::I64, few, kept, most);
        }
        let cost = self.i64_const(cost);
        let cost = self.emit.binary(BinOp::I64Mul, pieces, cost);
        self.charge(cost, true);
        self.stack.push(length);
    }

    fn charge_known(&mut self, cost: u64, test: bool) {
        if cost > 0 || test {
            let cost = self.i64_const(cost);
            self.charge(cost, test);
        }
    }

    /// Takes a cost (I64). If less than nothing is left then, and that matters, the runtime is asked,
    /// which returns only if there is more.
    fn charge(&mut self, cost: E::Val, test: bool) {
        self.at();
        let Some(empty) = self.emit.fuel_take(cost, test) else { return };
        let label = self.emit.if_(empty, &[], Hint::Unlikely);
        // These fields do not change, but nothing of this is to be read ahead of time.
        let vmctx = self.emit.vmctx();
        let store = self.emit.load(LoadOp::Ptr, vmctx, None, STORE, Region::Field);
        let (store, at) = self.emit.dup(store);
        let entry = store_context::FUEL_ENTRY;
        let code = self.emit.load(LoadOp::Ptr, at, None, entry, Region::Field);
        // Not the instance: that lives in a register of the optimiser's choice, and would have to be
        // moved for this.
        self.emit.call_keeping(code, store);
        let end = self.emit.end(label, Some(Vec::new()));
        debug_assert!(end.is_some_and(|vals| vals.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_names_are_refused_and_right_ones_suggested() {
        for (wrong, similar) in [
            ("i32.ad", Some("i32.add")),
            ("i32_add", Some("i32.add")),
            ("memory.fil", Some("memory.fill")),
            ("size.memory.fil", Some("size.memory.fill")),
            ("size.call", None),
            ("I64.LOAD", None),
            ("", None),
            ("qqqq", None),
        ] {
            let e = Pricing::new(FuelCosts::new().set(wrong, 1)).unwrap_err();
            assert_eq!(e.name, wrong);
            if similar.is_some() {
                assert_eq!(e.similar.as_deref(), similar, "{wrong}");
            }
        }
        for delimiter in ["end", "else", "catch", "catch_all", "delegate"] {
            Pricing::new(FuelCosts::new().set(delimiter, 1)).unwrap_err();
        }
    }

    #[test]
    fn names_are_those_of_the_text_format() {
        let names = Pricing::names();
        for name in [
            "unreachable",
            "br_if",
            "br_on_cast_fail",
            "call_indirect",
            "return_call_ref",
            "select",
            "try_table",
            "throw_ref",
            "local.get",
            "global.set",
            "i32.load8_s",
            "i64.store32",
            "memory.copy",
            "i32.trunc_sat_f64_u",
            "f32.convert_i64_u",
            "i64.add128",
            "i64.mul_wide_s",
            "v128.load8x8_s",
            "i8x16.relaxed_swizzle",
            "f64x2.promote_low_f32x4",
            "memory.atomic.wait32",
            "i64.atomic.rmw32.cmpxchg_u",
            "i32.atomic.load8_u",
            "atomic.fence",
            "ref.as_non_null",
            "ref.test",
            "ref.cast",
            "ref.i31",
            "i31.get_s",
            "struct.new_default",
            "array.new_fixed",
            "array.init_elem",
            "any.convert_extern",
            "extern.convert_any",
            "table.grow",
            "elem.drop",
            "data.drop",
            "size.array.new_data",
        ] {
            assert!(names.iter().any(|n| n == name), "{name} in {names:?}");
        }
        for name in &names {
            Pricing::new(FuelCosts::new().set(name, 2)).unwrap_or_else(|e| panic!("{e}"));
        }
    }

    #[test]
    fn every_operator_has_its_own_cost() {
        let mut costs = FuelCosts::instructions();
        costs.set("i32.add", 7).set("size.memory.fill", 3);
        let pricing = Pricing::new(&costs).unwrap();
        assert_eq!(pricing.cost(&Operator::I32Add), 7);
        assert_eq!(pricing.cost(&Operator::I32Sub), 1);
        assert_eq!(pricing.cost(&Operator::End), 0);
        assert_eq!(pricing.sizes[Number::MemoryFill as usize], 3);
        assert_eq!(pricing.sizes[Number::MemoryCopy as usize], 0);
        assert_eq!(pricing.sizes[Number::I32Add as usize], 0);
    }
}
