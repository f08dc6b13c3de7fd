//! The order of instructions within a block, between Cranelift's optimiser and its lowering.
//!
//! The optimiser takes every instruction without effects out of its place and puts it back where its value
//! is first asked for. What has an effect stays: so a block that reads sixteen words and mixes them
//! into a state first reads all of them, and by the time the mixing is asked for, most have been
//! spilled. The guest's compiler had them in a better order. Here it is restored: an instruction that
//! the optimiser has kept goes back to where it stood, one that it has made goes right before its
//! first user.
//!
//! What has an effect, reads memory or may trap keeps its order, so that nothing changes that can be
//! observed.

use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::{Block, Function, Inst, ValueDef};
use cranelift_codegen::packed_option::PackedOption;

/// Where an instruction stood.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    block: PackedOption<Block>,
    position: u32,
}

/// The order before the optimiser, and room for making the new one.
#[derive(Default)]
pub(crate) struct Order {
    places: SecondaryMap<Inst, Place>,
    /// Which instructions of the present block are not yet in their new place.
    waiting: SecondaryMap<Inst, bool>,
    /// The instructions of the present block as they are found, and those that have a place, with it.
    found: Vec<Inst>,
    sorted: Vec<(u32, u32, Inst)>,
    path: Vec<Inst>,
}

/// Whether an instruction may not change its place among others that may not.
fn is_fixed(func: &Function, inst: Inst) -> bool {
    let op = func.dfg.insts[inst].opcode();
    op.can_load()
        || op.can_store()
        || op.can_trap()
        || op.other_side_effects()
        || op.is_call()
        || op.is_branch()
        || op.is_terminator()
}

impl Order {
    /// Takes down where the instructions of a function stand.
    pub(crate) fn note(&mut self, func: &Function) {
        self.places.clear();
        let mut position = 0;
        for block in func.layout.blocks() {
            for inst in func.layout.block_insts(block) {
                position += 1;
                self.places[inst] = Place { block: block.into(), position };
            }
        }
    }

    /// Restores the order as far as it is known.
    pub(crate) fn restore(&mut self, func: &mut Function) {
        self.waiting.clear();
        let mut next = func.layout.entry_block();
        while let Some(block) = next {
            self.block(func, block);
            next = func.layout.next_block(block);
        }
    }

    fn block(&mut self, func: &mut Function, block: Block) {
        self.found.clear();
        self.sorted.clear();
        self.found.extend(func.layout.block_insts(block));
        let Some(&last) = self.found.last() else { return };
        // What is fixed has its place, and none before that of another which it follows.
        let mut reached = 0;
        for (i, &inst) in (0u32..).zip(&self.found) {
            let place = self.places[inst];
            let here = place.block == block.into();
            if is_fixed(func, inst) {
                reached = if here { reached.max(place.position) } else { reached };
                self.sorted.push((reached, i, inst));
            } else if here {
                self.sorted.push((place.position, i, inst));
            }
            self.waiting[inst] = true;
        }
        self.sorted.sort_unstable();
        for i in 0..self.found.len() {
            func.layout.remove_inst(self.found[i]);
        }
        for i in 0..self.sorted.len() {
            let (_, _, inst) = self.sorted[i];
            if inst != last {
                self.append(func, block, inst);
            }
        }
        // What only other blocks use, and the terminator.
        for i in 0..self.found.len() {
            self.append(func, block, self.found[i]);
        }
    }

    /// Appends an instruction behind those that it uses. Nothing happens if it is there, or if it
    /// uses something fixed that is not.
    fn append(&mut self, func: &mut Function, block: Block, inst: Inst) {
        self.path.clear();
        self.path.push(inst);
        while let Some(&inst) = self.path.last() {
            if !self.waiting[inst] {
                self.path.pop();
                continue;
            }
            let depth = self.path.len();
            for value in func.dfg.inst_values(inst) {
                let ValueDef::Result(used, _) = func.dfg.value_def(value) else { continue };
                if self.waiting[used] {
                    if is_fixed(func, used) {
                        return;
                    }
                    self.path.push(used);
                }
            }
            if self.path.len() == depth {
                self.waiting[inst] = false;
                func.layout.append_inst(inst, block);
                self.path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, isa};
    use cranelift_codegen::Context;
    use cranelift_codegen::control::ControlPlane;
    use cranelift_codegen::ir::{
        AbiParam, InstBuilder, MemFlagsData, Opcode, Signature, Value, types,
    };
    use cranelift_codegen::isa::CallConv;
    use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
    use waxwing_layout::target::Cpu;

    /// Numbers that look random (xorshift).
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % bound as u64) as usize
        }
    }

    /// A few instructions: arithmetic, reads, writes, divisions.
    fn fill(b: &mut FunctionBuilder<'_>, numbers: &mut Numbers, values: &mut Vec<Value>) {
        for _ in 0..5 + numbers.below(40) {
            let x = values[numbers.below(values.len())];
            let y = values[numbers.below(values.len())];
            let flags = MemFlagsData::new();
            let disp = numbers.below(64) as i32;
            let made = match numbers.below(10) {
                0 => b.ins().iadd(x, y),
                1 => b.ins().bxor(x, y),
                2 => b.ins().band_not(x, y),
                3 => b.ins().rotl(x, y),
                4 => b.ins().iconst(types::I64, i64::from(disp)),
                5 | 6 => b.ins().load(types::I64, flags, x, disp),
                7 => b.ins().udiv(x, y),
                8 => b.ins().bor(x, y),
                _ => {
                    b.ins().store(flags, x, y, disp);
                    continue;
                }
            };
            values.push(made);
        }
    }

    /// A function of three blocks: an entry, and two that it goes to.
    fn function(numbers: &mut Numbers) -> Context {
        let mut ctx = Context::new();
        ctx.func.signature = Signature::new(CallConv::Tail);
        ctx.func.signature.params.extend([AbiParam::new(types::I64); 3]);
        ctx.func.signature.returns.push(AbiParam::new(types::I64));
        let mut frontend = FunctionBuilderContext::new();
        let mut b = FunctionBuilder::new(&mut ctx.func, &mut frontend);
        let [entry, first, second] = [(); 3].map(|()| b.create_block());
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let mut values = b.block_params(entry).to_vec();
        fill(&mut b, numbers, &mut values);
        b.ins().brif(values[numbers.below(values.len())], first, &[], second, &[]);
        for block in [first, second] {
            b.switch_to_block(block);
            let mut values = values.clone();
            fill(&mut b, numbers, &mut values);
            b.ins().return_(&[values[values.len() - 1]]);
        }
        b.seal_all_blocks();
        let isa = isa::target(Cpu { bits: 0x7ff }, false, Options::default()).expect("a target");
        b.finalize(isa.frontend_config());
        ctx
    }

    fn insts(func: &Function, block: Block) -> Vec<Inst> {
        func.layout.block_insts(block).collect()
    }

    #[test]
    fn nothing_is_lost_and_what_is_fixed_stays_in_order() {
        let isa = isa::target(Cpu { bits: 0x7ff }, false, Options::default()).expect("a target");
        let mut numbers = Numbers(42);
        let (mut order, mut moved) = (Order::default(), 0);
        for _ in 0..500 {
            let mut ctx = function(&mut numbers);
            order.note(&ctx.func);
            ctx.optimize(&*isa, &mut ControlPlane::default()).expect("it is optimised");
            let blocks: Vec<Block> = ctx.func.layout.blocks().collect();
            let before: Vec<_> = blocks.iter().map(|&block| insts(&ctx.func, block)).collect();
            order.restore(&mut ctx.func);
            // Users come behind what they use.
            ctx.verify(&*isa).unwrap_or_else(|e| panic!("{e}\n{}", ctx.func.display()));
            for (block, mut old) in blocks.into_iter().zip(before) {
                let mut new = insts(&ctx.func, block);
                moved += usize::from(old != new);
                let fixed = |insts: &[Inst]| -> Vec<Inst> {
                    insts.iter().copied().filter(|&inst| is_fixed(&ctx.func, inst)).collect()
                };
                assert_eq!(fixed(&old), fixed(&new));
                old.sort_unstable();
                new.sort_unstable();
                assert_eq!(old, new);
            }
        }
        assert!(moved > 500, "only {moved} blocks were changed");
    }

    #[test]
    fn arithmetic_goes_back_between_the_reads_that_it_uses() {
        let mut ctx = Context::new();
        ctx.func.signature = Signature::new(CallConv::Tail);
        ctx.func.signature.params.push(AbiParam::new(types::I64));
        ctx.func.signature.returns.push(AbiParam::new(types::I64));
        let isa = isa::target(Cpu { bits: 0x7ff }, false, Options::default()).expect("a target");
        let mut frontend = FunctionBuilderContext::new();
        let mut b = FunctionBuilder::new(&mut ctx.func, &mut frontend);
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let address = b.block_params(entry)[0];
        let mut sum = address;
        for i in 0..4 {
            let word = b.ins().load(types::I64, MemFlagsData::new(), address, 8 * i);
            sum = b.ins().bxor(sum, word);
        }
        b.ins().return_(&[sum]);
        b.seal_all_blocks();
        b.finalize(isa.frontend_config());
        let mut order = Order::default();
        order.note(&ctx.func);
        ctx.optimize(&*isa, &mut ControlPlane::default()).expect("it is optimised");
        let opcodes = |func: &Function| -> Vec<Opcode> {
            insts(func, entry).into_iter().map(|inst| func.dfg.insts[inst].opcode()).collect()
        };
        let reads_first = opcodes(&ctx.func);
        assert_eq!(
            reads_first[..4],
            [Opcode::Load; 4],
            "the optimiser has changed; is this needed?"
        );
        order.restore(&mut ctx.func);
        let in_turns = opcodes(&ctx.func);
        assert_eq!(in_turns[..8], [Opcode::Load, Opcode::Bxor].repeat(4));
    }
}
