//! Blocks, loops, branches, stops. What branches carry become phi nodes.

use crate::emitter::{Emitter, Val};
use inkwell::attributes::AttributeLoc;
use inkwell::basic_block::BasicBlock;
use inkwell::values::{BasicValueEnum, InstructionValue, PhiValue};
use std::collections::HashMap;
use waxwing_layout::abi::Ty;
use waxwing_lower::{Error, Hint, Label};
use waxwing_module::Trap;

/// A construct that is open. Its [`Label`] is its place in the stack of constructs.
pub(crate) struct Construct<'ctx> {
    /// Where branches go: the end, or a loop's head.
    target: BasicBlock<'ctx>,
    is_loop: bool,
    /// Where the second arm of an `if` begins, until it has begun.
    second_arm: Option<BasicBlock<'ctx>>,
    /// One for each operand that branches carry, at the beginning of `target`.
    phis: Vec<PhiValue<'ctx>>,
    /// Whether `target` is reached.
    reached: bool,
}

impl<'ctx> Emitter<'ctx> {
    fn open(
        &mut self,
        target: BasicBlock<'ctx>,
        carried: &[Ty],
        is_loop: bool,
        second_arm: Option<BasicBlock<'ctx>>,
    ) -> Label {
        let here = self.b.get_insert_block();
        self.b.position_at_end(target);
        let mut phis = Vec::with_capacity(carried.len());
        for &ty in carried {
            let built = self.b.build_phi(self.ty(ty), "");
            phis.extend(self.done(built));
        }
        if let Some(here) = here {
            self.b.position_at_end(here);
        }
        self.constructs.push(Construct { target, is_loop, second_arm, phis, reached: false });
        Label(self.constructs.len() as u32 - 1)
    }

    pub(crate) fn open_block(&mut self, results: &[Ty]) -> Label {
        let end = self.new_block();
        self.open(end, results, false, None)
    }

    pub(crate) fn open_loop(
        &mut self,
        params: &[Ty],
        args: Vec<Val<'ctx>>,
    ) -> (Label, Vec<Val<'ctx>>) {
        let head = self.new_block();
        let label = self.open(head, params, true, None);
        self.branch(label, args);
        self.b.position_at_end(head);
        let construct = &self.constructs[label.0 as usize];
        (label, construct.phis.iter().map(|phi| Val(phi.as_basic_value())).collect())
    }

    pub(crate) fn open_if(&mut self, cond: Val<'ctx>, results: &[Ty], hint: Hint) -> Label {
        let cond = self.truth(cond);
        let (first, second, end) = (self.new_block(), self.new_block(), self.new_block());
        let built = self.b.build_conditional_branch(cond, first, second);
        self.weigh(built.ok(), hint);
        let label = self.open(end, results, false, Some(second));
        self.b.position_at_end(first);
        label
    }

    /// Tells LLVM how likely a branch is.
    fn weigh(&self, branch: Option<InstructionValue<'ctx>>, hint: Hint) {
        let (taken, not_taken) = match hint {
            Hint::None => return,
            Hint::Likely => (2000, 1),
            Hint::Unlikely => (1, 2000),
        };
        let i32_type = self.context.i32_type();
        let weights = self.context.metadata_node(&[
            self.context.metadata_string("branch_weights").into(),
            i32_type.const_int(taken, false).into(),
            i32_type.const_int(not_taken, false).into(),
        ]);
        if let Some(branch) = branch {
            // It is a node, which is all that can be wrong.
            let _ = branch.set_metadata(weights, self.context.get_kind_id("prof"));
        }
    }

    /// The label's block, which the present block is about to branch to with these operands.
    fn carry(&mut self, label: Label, args: &[BasicValueEnum<'ctx>]) -> Option<BasicBlock<'ctx>> {
        let here = self.b.get_insert_block()?;
        let Some(construct) = self.constructs.get_mut(label.0 as usize) else {
            self.fail(Error::Backend("a branch to a construct that is not open".into()));
            return None;
        };
        construct.reached = true;
        if construct.phis.len() != args.len() {
            let count = construct.phis.len();
            let message = format!("a branch carries {} operands, not {count}", args.len());
            self.fail(Error::Backend(message));
            return None;
        }
        for (phi, arg) in construct.phis.iter().zip(args) {
            phi.add_incoming(&[(arg, here)]);
        }
        Some(construct.target)
    }

    fn branch_values(&mut self, label: Label, args: &[BasicValueEnum<'ctx>]) {
        if let Some(target) = self.carry(label, args) {
            let built = self.b.build_unconditional_branch(target);
            self.done(built);
        }
    }

    pub(crate) fn branch(&mut self, label: Label, args: Vec<Val<'ctx>>) {
        let args: Vec<_> = args.into_iter().map(|arg| arg.0).collect();
        self.branch_values(label, &args);
    }

    pub(crate) fn branch_if(
        &mut self,
        cond: Val<'ctx>,
        label: Label,
        args: Vec<Val<'ctx>>,
        hint: Hint,
    ) -> Vec<Val<'ctx>> {
        let cond = self.truth(cond);
        let values: Vec<_> = args.iter().map(|arg| arg.0).collect();
        let next = self.new_block();
        if let Some(target) = self.carry(label, &values) {
            let built = self.b.build_conditional_branch(cond, target, next);
            self.weigh(built.ok(), hint);
        }
        self.b.position_at_end(next);
        args
    }

    pub(crate) fn branch_table(
        &mut self,
        index: Val<'ctx>,
        labels: &[Label],
        args: Vec<Val<'ctx>>,
    ) {
        let index = self.int(index);
        let args: Vec<_> = args.into_iter().map(|arg| arg.0).collect();
        // One block for each label, so that each reaches its phi nodes once.
        let mut stubs = HashMap::new();
        let mut cases = Vec::with_capacity(labels.len());
        for (i, &label) in labels.iter().enumerate() {
            let stub = *stubs.entry(label.0).or_insert_with(|| self.new_block());
            cases.push((index.get_type().const_int(i as u64, false), stub));
        }
        let Some((_, default)) = cases.pop() else {
            return self.fail(Error::Backend("br_table without labels".into()));
        };
        let built = self.b.build_switch(index, default, &cases);
        self.done(built);
        let mut stubs: Vec<_> = stubs.into_iter().collect();
        stubs.sort_by_key(|&(label, _)| label);
        for (label, stub) in stubs {
            self.b.position_at_end(stub);
            self.branch_values(Label(label), &args);
        }
    }

    pub(crate) fn begin_else(&mut self, label: Label, args: Option<Vec<Val<'ctx>>>) {
        if let Some(args) = args {
            self.branch(label, args);
        }
        match self.constructs.get_mut(label.0 as usize).and_then(|c| c.second_arm.take()) {
            Some(second) => self.b.position_at_end(second),
            None => self.fail(Error::Backend("else without if".into())),
        }
    }

    pub(crate) fn close(
        &mut self,
        label: Label,
        args: Option<Vec<Val<'ctx>>>,
    ) -> Option<Vec<Val<'ctx>>> {
        if label.0 as usize + 1 != self.constructs.len() {
            self.fail(Error::Backend("constructs end in the wrong order".into()));
        }
        if self.constructs.last().is_some_and(|c| c.is_loop) {
            self.constructs.pop();
            return args;
        }
        if let Some(args) = args {
            self.branch(label, args);
        }
        if self.constructs.last().is_some_and(|c| c.second_arm.is_some()) {
            self.begin_else(label, None);
            self.branch(label, Vec::new());
        }
        let construct = self.constructs.pop()?;
        self.b.position_at_end(construct.target);
        if !construct.reached {
            let built = self.b.build_unreachable();
            self.done(built);
            return None;
        }
        Some(construct.phis.iter().map(|phi| Val(phi.as_basic_value())).collect())
    }

    pub(crate) fn stop(&mut self, trap: Trap) {
        let declared = inkwell::intrinsics::Intrinsic::find("llvm.ubsantrap")
            .and_then(|i| i.get_declaration(&self.module, &[]));
        let Some(declared) = declared else {
            return self.fail(Error::Backend("LLVM has no llvm.ubsantrap".into()));
        };
        let number = self.context.i8_type().const_int(trap as u64, false);
        let built = self.b.build_call(declared, &[number.into()], "");
        if let Some(call) = self.done(built) {
            // Two stops of one kind are at two places in the module.
            call.add_attribute(AttributeLoc::Function, self.enum_attribute("nomerge"));
        }
        let built = self.b.build_unreachable();
        self.done(built);
    }

    pub(crate) fn stop_if(&mut self, cond: Val<'ctx>, trap: Trap) {
        let cond = self.truth(cond);
        let (stop, next) = (self.new_block(), self.new_block());
        let built = self.b.build_conditional_branch(cond, stop, next);
        self.weigh(built.ok(), Hint::Unlikely);
        self.b.position_at_end(stop);
        self.stop(trap);
        self.b.position_at_end(next);
    }
}
