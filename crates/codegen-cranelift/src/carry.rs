//! Additions with carry: `hi + (lo < a)`, where `lo` is `a + b`.
//!
//! WebAssembly has no carry: sums of 128 bits add the low halves, compare, and add the answer of the
//! comparison to the high halves. Found while the code is built, such a sum becomes one of Cranelift's of
//! 128 bits, two instructions. The low half is then its low half too, unless something has used it
//! in between.

use crate::emitter::Emitter;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    DataFlowGraph, Inst, InstBuilder, InstructionData, Opcode, Value, types,
};

/// How many instructions back uses are looked for.
const WINDOW: usize = 256;

/// A carry: the extended comparison `sum < a` or `sum < b`, where `sum` is `a + b`.
struct Carry {
    a: Value,
    b: Value,
    sum: Inst,
    compare: Inst,
    /// The extensions of the comparison.
    extensions: Vec<Inst>,
}

/// The instruction that makes a value, and what it is.
fn made(dfg: &DataFlowGraph, value: Value) -> Option<(Inst, InstructionData)> {
    let inst = dfg.value_def(dfg.resolve_aliases(value)).inst()?;
    Some((inst, dfg.insts[inst]))
}

/// The operands of a sum of 64 bits.
fn sum(dfg: &DataFlowGraph, value: Value) -> Option<(Inst, [Value; 2])> {
    match made(dfg, value)? {
        (inst, InstructionData::Binary { opcode: Opcode::Iadd, args })
            if dfg.value_type(args[0]) == types::I64 =>
        {
            Some((inst, args.map(|arg| dfg.resolve_aliases(arg))))
        }
        _ => None,
    }
}

/// The carry that a value is.
fn carry(dfg: &DataFlowGraph, value: Value) -> Option<Carry> {
    let (mut extensions, mut value) = (Vec::new(), value);
    let (compare, args, cond) = loop {
        match made(dfg, value)? {
            (inst, InstructionData::Unary { opcode: Opcode::Uextend, arg }) => {
                extensions.push(inst);
                value = arg;
            }
            (inst, InstructionData::IntCompare { args, cond, .. }) => break (inst, args, cond),
            _ => return None,
        }
    };
    let [low, addend] = match cond {
        IntCC::UnsignedLessThan => args,
        IntCC::UnsignedGreaterThan => [args[1], args[0]],
        _ => return None,
    };
    let (sum, [a, b]) = sum(dfg, low)?;
    let addend = dfg.resolve_aliases(addend);
    [a, b].contains(&addend).then_some(Carry { a, b, sum, compare, extensions })
}

impl Emitter<'_> {
    /// The sum of two values of 64 bits, if one is a carry.
    pub(crate) fn add_with_carry(&mut self, x: Value, y: Value) -> Option<Value> {
        if !self.optimise {
            return None;
        }
        let dfg = &self.b.func.dfg;
        let (high, carry) = carry(dfg, y).map(|c| (x, c)).or_else(|| Some((y, carry(dfg, x)?)))?;
        let high = dfg.resolve_aliases(high);
        let halves = sum(dfg, high).map(|(_, halves)| halves);
        let is_ours = self.is_used_by_these_alone(&carry, high);
        let ins = |e: &mut Self, low, high| e.b.ins().iconcat(low, high);
        let wide = match halves {
            Some([p, q]) => {
                let (a, b) = (ins(self, carry.a, p), ins(self, carry.b, q));
                self.b.ins().iadd(a, b)
            }
            None => {
                let a = ins(self, carry.a, high);
                let b = self.b.ins().uextend(types::I128, carry.b);
                self.b.ins().iadd(a, b)
            }
        };
        let (low, high) = self.b.ins().isplit(wide);
        if is_ours {
            self.move_here(carry, low);
        }
        Some(high)
    }

    /// Whether the low sum stands in this block, and nothing has used it yet but the comparison, nor
    /// the comparison but its extensions, nor these anything. `high` is what is about to be added.
    fn is_used_by_these_alone(&self, carry: &Carry, high: Value) -> bool {
        let (dfg, layout) = (&self.b.func.dfg, &self.b.func.layout);
        let Some(block) = self.b.current_block() else { return false };
        if layout.inst_block(carry.sum) != Some(block) {
            return false;
        }
        // Each is used by the one behind it.
        let insts: Vec<Inst> = [carry.sum, carry.compare]
            .into_iter()
            .chain(carry.extensions.iter().rev().copied())
            .collect();
        let values: Vec<Value> = insts.iter().map(|&inst| dfg.first_result(inst)).collect();
        if values.contains(&high) {
            return false;
        }
        let mut next = layout.last_inst(block);
        for _ in 0..WINDOW {
            let Some(inst) = next.filter(|&inst| inst != carry.sum) else { break };
            let is_strange = |value: Value| {
                let used = values.iter().position(|&v| v == dfg.resolve_aliases(value));
                used.is_some_and(|at| insts.get(at + 1) != Some(&inst))
            };
            if dfg.inst_values(inst).any(is_strange) {
                return false;
            }
            next = layout.prev_inst(inst);
        }
        next == Some(carry.sum)
    }

    /// Lets `low` be the low sum, and makes the comparison and its extensions anew, for who may still
    /// ask for them.
    fn move_here(&mut self, carry: Carry, low: Value) {
        let Carry { a, sum, compare, extensions, .. } = carry;
        self.supplant(sum, low);
        let mut value = self.b.ins().icmp(IntCC::UnsignedLessThan, low, a);
        self.supplant(compare, value);
        for inst in extensions.into_iter().rev() {
            let ty = self.b.func.dfg.value_type(self.b.func.dfg.first_result(inst));
            value = self.b.ins().uextend(ty, value);
            self.supplant(inst, value);
        }
    }

    /// Takes an instruction out; its result is another value from now on.
    fn supplant(&mut self, inst: Inst, value: Value) {
        let func = &mut self.b.func;
        let result = func.dfg.first_result(inst);
        func.dfg.detach_inst_results(inst);
        func.dfg.change_to_alias(result, value);
        func.layout.remove_inst(inst);
    }
}
