//! 32-bit addresses are kept as the 64 bits that accesses need.
//!
//! A WebAssembly address is an I32 that every access extends with zeros. Where the same number is used
//! as I32 too (the next element, an argument), two values are alive in the place of one, each of which
//! wants a register, and a block's parameter is extended anew in every round of a loop. Here the
//! extended value takes over: block parameters, loads and selections that are extended become I64
//! themselves, results of calls and parameters of the function are extended once, where they are made,
//! and whoever wants the 32 bits takes the low half, which is the same register and costs nothing.
//!
//! It runs behind Cranelift's optimiser, which would take each pair apart again.

use cranelift_codegen::Context;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::{
    Block, BlockArg, Function, Inst, InstBuilder, InstructionData, Opcode, Value, ValueDef, types,
};
use cranelift_codegen::loop_analysis::LoopLevel;
use cranelift_codegen::packed_option::PackedOption;

/// How a value comes to its upper half.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Plan {
    /// Nothing is to be done.
    #[default]
    Leave,
    /// The instruction that makes it leaves zeros there: extending it costs nothing.
    Free,
    /// It becomes an I64 parameter of its block.
    Param,
    /// The instruction that makes it is exchanged for the one that makes an I64.
    Remake,
    /// It is extended as soon as it is made.
    Extend,
}

struct Widen<'a> {
    func: &'a mut Function,
    plans: SecondaryMap<Value, Plan>,
    /// Values with a plan, in the order in which they got one.
    order: Vec<Value>,
    sources: Sources,
    /// The I64 that stands for an I32.
    wide: SecondaryMap<Value, PackedOption<Value>>,
    /// What stands in the place of a value, of its type.
    instead: SecondaryMap<Value, PackedOption<Value>>,
    /// Which parameters of a block are I64 now.
    params: SecondaryMap<Block, Vec<bool>>,
}

/// What branches give to the I32 parameters of blocks.
#[derive(Default)]
struct Sources {
    values: SecondaryMap<Value, Vec<Value>>,
    /// Parameters that are also given what is no value yet, the result of a call in a region.
    other: SecondaryMap<Value, bool>,
}

/// Widens what is extended.
pub(crate) fn widen(ctx: &mut Context) {
    let levels = &ctx.loop_analysis;
    let level = |block: Block| levels.loop_level(block);
    let func = &mut ctx.func;
    // What follows keeps books by value: each must have one name.
    func.dfg.resolve_all_aliases();
    let extensions = extensions(func);
    if extensions.is_empty() {
        return;
    }
    let mut widen = Widen {
        sources: sources(func),
        func,
        plans: SecondaryMap::new(),
        order: Vec::new(),
        wide: SecondaryMap::new(),
        instead: SecondaryMap::new(),
        params: SecondaryMap::new(),
    };
    for &(block, inst) in &extensions {
        widen.consider(block, inst, &level);
    }
    for i in 0..widen.order.len() {
        widen.carry_out(widen.order[i]);
    }
    widen.remove(&extensions);
    widen.rewrite();
}

/// Where 32 bits are extended to 64 with zeros.
fn extensions(func: &Function) -> Vec<(Block, Inst)> {
    let mut out = Vec::new();
    for block in func.layout.blocks() {
        for inst in func.layout.block_insts(block) {
            if extended(func, inst).is_some() {
                out.push((block, inst));
            }
        }
    }
    out
}

/// The I32 that an instruction extends with zeros to an I64.
fn extended(func: &Function, inst: Inst) -> Option<Value> {
    match func.dfg.insts[inst] {
        InstructionData::Unary { opcode: Opcode::Uextend, arg }
            if func.dfg.value_type(arg) == types::I32
                && func.dfg.value_type(func.dfg.first_result(inst)) == types::I64 =>
        {
            Some(arg)
        }
        _ => None,
    }
}

fn sources(func: &Function) -> Sources {
    let mut out = Sources::default();
    let dfg = &func.dfg;
    for block in func.layout.blocks() {
        let Some(inst) = func.layout.last_inst(block) else { continue };
        let calls = dfg.insts[inst].branch_destination(&dfg.jump_tables, &dfg.exception_tables);
        for call in calls {
            let params = dfg.block_params(call.block(&dfg.value_lists));
            for (&param, arg) in params.iter().zip(call.args(&dfg.value_lists)) {
                if dfg.value_type(param) != types::I32 {
                    continue;
                }
                match arg {
                    BlockArg::Value(arg) => out.values[param].push(arg),
                    _ => out.other[param] = true,
                }
            }
        }
    }
    out
}

impl Widen<'_> {
    /// The block in which a value is made.
    fn home(&self, value: Value) -> Option<Block> {
        match self.func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => self.func.layout.inst_block(inst),
            ValueDef::Param(block, _) => Some(block),
            ValueDef::Union(..) => None,
        }
    }

    /// Plans for what `inst` extends, if that is done about as often as the value is made.
    fn consider(&mut self, block: Block, inst: Inst, level: &impl Fn(Block) -> LoopLevel) {
        let Some(value) = extended(self.func, inst) else { return };
        let Some(home) = self.home(value) else { return };
        if home != block && (level(block) < level(home) || self.func.layout.is_cold(block)) {
            return;
        }
        self.want(value);
    }

    /// Plans for a value, and for all from which it comes.
    fn want(&mut self, value: Value) {
        let mut list = vec![value];
        while let Some(value) = list.pop() {
            if self.plans[value] != Plan::Leave {
                continue;
            }
            let plan = self.plan(value);
            self.plans[value] = plan;
            self.order.push(value);
            match (plan, self.func.dfg.value_def(value)) {
                (Plan::Param, _) => list.extend_from_slice(&self.sources.values[value]),
                (Plan::Remake, ValueDef::Result(inst, _))
                    if self.func.dfg.insts[inst].opcode() == Opcode::Select =>
                {
                    list.extend_from_slice(&self.func.dfg.inst_args(inst)[1..]);
                }
                _ => {}
            }
        }
    }

    fn plan(&self, value: Value) -> Plan {
        let inst = match self.func.dfg.value_def(value) {
            ValueDef::Result(inst, _) => inst,
            ValueDef::Param(block, _) => {
                let is_entry = self.func.layout.entry_block() == Some(block);
                let from_outside = is_entry || self.sources.values[value].is_empty();
                return if from_outside || self.sources.other[value] {
                    Plan::Extend
                } else {
                    Plan::Param
                };
            }
            ValueDef::Union(..) => return Plan::Leave,
        };
        match self.func.dfg.insts[inst].opcode() {
            // Cranelift knows these to leave zeros in the upper half.
            Opcode::Iadd
            | Opcode::Isub
            | Opcode::Imul
            | Opcode::Band
            | Opcode::Bor
            | Opcode::Bxor
            | Opcode::Ishl
            | Opcode::Ushr => Plan::Free,
            Opcode::Load | Opcode::Uload8 | Opcode::Uload16 | Opcode::Iconst | Opcode::Select => {
                Plan::Remake
            }
            _ => Plan::Extend,
        }
    }

    /// Makes the I64 of a value.
    fn carry_out(&mut self, value: Value) {
        match self.plans[value] {
            Plan::Leave => {}
            Plan::Param => {
                let wide = self.func.dfg.replace_block_param(value, types::I64);
                if let ValueDef::Param(block, number) = self.func.dfg.value_def(wide) {
                    let count = self.func.dfg.num_block_params(block);
                    self.params[block].resize(count, false);
                    self.params[block][number] = true;
                }
                self.take_over(value, wide);
            }
            Plan::Free => {
                let wide = self.behind(value).ins().uextend(types::I64, value);
                self.wide[value] = wide.into();
            }
            Plan::Extend => {
                let wide = self.behind(value).ins().uextend(types::I64, value);
                self.take_over(value, wide);
            }
            Plan::Remake => self.remake(value),
        }
    }

    /// The place right behind the making of a value.
    fn behind(&mut self, value: Value) -> FuncCursor<'_> {
        match self.func.dfg.value_def(value) {
            ValueDef::Param(block, _) => FuncCursor::new(self.func).at_first_insertion_point(block),
            def => FuncCursor::new(self.func).after_inst(def.unwrap_inst()),
        }
    }

    /// From now on `wide` is meant by `value`, whose other users take the low half.
    fn take_over(&mut self, value: Value, wide: Value) {
        self.wide[value] = wide.into();
        let low = self.behind(wide).ins().ireduce(types::I32, wide);
        self.instead[value] = low.into();
    }

    /// Exchanges the instruction that makes a value for one that makes an I64.
    fn remake(&mut self, value: Value) {
        let inst = self.func.dfg.value_def(value).unwrap_inst();
        let mut cursor = FuncCursor::new(self.func).at_inst(inst);
        cursor.use_srcloc(inst);
        let wide = match cursor.func.dfg.insts[inst] {
            InstructionData::Load { opcode, arg, flags, offset } => {
                let opcode = if opcode == Opcode::Load { Opcode::Uload32 } else { opcode };
                let (made, dfg) = cursor.ins().Load(opcode, types::I64, flags, offset, arg);
                dfg.first_result(made)
            }
            InstructionData::UnaryImm { imm, .. } => {
                let wide = cursor.ins().iconst(types::I64, i64::from(imm.bits() as u32));
                // Who wants the I32 has it still: a constant is made where it is used.
                self.wide[value] = wide.into();
                return;
            }
            InstructionData::Ternary { opcode, args: [cond, a, b] } => {
                // `rewrite` puts the I64 operands in, which may not be there yet.
                let (made, dfg) = cursor.ins().Ternary(opcode, types::I64, cond, a, b);
                dfg.first_result(made)
            }
            _ => return,
        };
        self.take_over(value, wide);
        self.func.layout.remove_inst(inst);
    }

    /// Removes the extensions of what is wide by now.
    fn remove(&mut self, extensions: &[(Block, Inst)]) {
        for &(_, inst) in extensions {
            if let Some(arg) = extended(self.func, inst)
                && let Some(wide) = self.wide[arg].expand()
            {
                let old = self.func.dfg.first_result(inst);
                self.instead[old] = wide.into();
                self.func.layout.remove_inst(inst);
            }
        }
    }

    /// Puts every new value into the place of the old one.
    fn rewrite(&mut self) {
        let Widen { func, wide, instead, params, .. } = self;
        let mut block = func.layout.entry_block();
        while let Some(here) = block {
            let mut next = func.layout.first_inst(here);
            while let Some(inst) = next {
                next = func.layout.next_inst(inst);
                if extended(func, inst).is_some_and(|arg| wide[arg].is_some()) {
                    // One of ours, which makes the wide value of the old one.
                    continue;
                }
                operands(func, inst, wide, instead);
                given(func, inst, wide, instead, params);
            }
            block = func.layout.next_block(here);
        }
    }
}

type Map = SecondaryMap<Value, PackedOption<Value>>;

/// What takes the place of a value, wide or of the same type. An address whose upper half nobody has
/// cleared must not come to be: rather, the function is not compiled.
fn new(value: Value, is_wide: bool, wide: &Map, instead: &Map) -> Value {
    match is_wide {
        true => wide[value].expand().expect("what is taken as I64 was widened"),
        false => instead[value].expand().unwrap_or(value),
    }
}

/// Puts new values into the place of an instruction's operands.
fn operands(func: &mut Function, inst: Inst, wide: &Map, instead: &Map) {
    let dfg = &mut func.dfg;
    let is_wide = matches!(
        dfg.insts[inst],
        InstructionData::Ternary { opcode: Opcode::Select, args: [_, a, _] }
            if dfg.value_type(dfg.first_result(inst)) == types::I64
                && dfg.value_type(a) == types::I32
    );
    for (i, arg) in dfg.inst_args_mut(inst).iter_mut().enumerate() {
        *arg = new(*arg, is_wide && i > 0, wide, instead);
    }
}

/// Puts new values into the place of those that a branch gives to parameters.
fn given(
    func: &mut Function,
    inst: Inst,
    wide: &Map,
    instead: &Map,
    params: &SecondaryMap<Block, Vec<bool>>,
) {
    let dfg = &mut func.dfg;
    let pool = &mut dfg.value_lists;
    let calls =
        dfg.insts[inst].branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables);
    for call in calls {
        let params = &params[call.block(pool)];
        let mut i = 0;
        call.update_args(pool, |arg| {
            let is_wide = params.get(i) == Some(&true);
            i += 1;
            arg.map_value(|v| new(v, is_wide, wide, instead))
        });
    }
}
