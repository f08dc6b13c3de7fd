//! Blocks, loops, conditionals and branches.
//!
//! The block behind a construct is made when the first branch to it comes; a construct to whose
//! end nothing branches costs nothing. A block is sealed as soon as its predecessors are known:
//! a loop's head at the loop's end, all others when code is put into them.

use crate::emitter::{Emitter, Val};
use crate::scalar::ty;
use cranelift_codegen::ir::{Block, BlockArg, BlockCall, InstBuilder, JumpTableData, Type, Value};
use std::collections::HashMap;
use waxwing_layout::abi::Ty;
use waxwing_lower::{Hint, Label};

/// A construct that is open.
pub(crate) struct Construct {
    pub(crate) kind: Kind,
    /// Where branches go; made on demand, except a loop's.
    target: Option<Block>,
    /// What `target` takes.
    params: Vec<Type>,
    /// Whether the code around the construct is hardly ever reached.
    pub(crate) cold: bool,
}

pub(crate) enum Kind {
    Block,
    Loop,
    /// In the first arm of an `if`: where the second arm begins.
    First {
        second: Block,
        hint: Hint,
    },
    Second,
    /// A region before its handler, which has a block as soon as something leads there.
    Region(Option<Block>),
    /// A region's handler.
    Handler,
}

impl Emitter<'_> {
    pub(crate) fn open(&mut self, kind: Kind, target: Option<Block>, params: &[Ty]) -> Label {
        let params = params.iter().map(|&t| ty(t)).collect();
        self.constructs.push(Construct { kind, target, params, cold: self.cold });
        Label(self.constructs.len() as u32 - 1)
    }

    /// A new block, out of the way if the code here is.
    pub(crate) fn new_block(&mut self, cold: bool) -> Block {
        let block = self.b.create_block();
        if cold {
            self.b.set_cold_block(block);
        }
        block
    }

    /// Puts what follows into `block`, all of whose predecessors are known.
    pub(crate) fn enter(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.b.seal_block(block);
    }

    /// Where branches to a label go.
    fn target(&mut self, label: Label) -> Block {
        let construct = &self.constructs[label.0 as usize];
        if let Some(block) = construct.target {
            return block;
        }
        let block = self.new_block(construct.cold);
        let construct = &mut self.constructs[label.0 as usize];
        construct.target = Some(block);
        for &t in &construct.params {
            self.b.append_block_param(block, t);
        }
        block
    }

    /// Operands of a branch, if the function may still carry them. Once it may not, it fails, and
    /// what is still emitted does not matter.
    fn operands(&mut self, args: Vec<Val>) -> Vec<BlockArg> {
        if args.len() > self.branch_operands {
            self.failure = Some("the function's branches carry too many operands".into());
            self.branch_operands = 0;
            return Vec::new();
        }
        self.branch_operands -= args.len();
        args.into_iter().map(|v| BlockArg::Value(self.canonical(v))).collect()
    }

    pub(crate) fn open_block(&mut self, results: &[Ty]) -> Label {
        self.open(Kind::Block, None, results)
    }

    pub(crate) fn open_loop(&mut self, params: &[Ty], args: Vec<Val>) -> (Label, Vec<Val>) {
        let head = self.new_block(self.cold);
        let params_of_head: Vec<Value> =
            params.iter().map(|&t| self.b.append_block_param(head, ty(t))).collect();
        let args = self.operands(args);
        self.b.ins().jump(head, &args);
        self.b.switch_to_block(head);
        let label = self.open(Kind::Loop, Some(head), params);
        (label, params_of_head.into_iter().map(Val::plain).collect())
    }

    pub(crate) fn open_if(&mut self, cond: Val, results: &[Ty], hint: Hint) -> Label {
        let cond = self.truth(cond);
        let first_cold = self.cold || hint == Hint::Unlikely;
        let first = self.new_block(first_cold);
        let second = self.new_block(self.cold);
        self.b.ins().brif(cond, first, &[], second, &[]);
        let label = self.open(Kind::First { second, hint }, None, results);
        self.cold = first_cold;
        self.enter(first);
        label
    }

    pub(crate) fn second_arm(&mut self, label: Label, args: Option<Vec<Val>>) {
        if let Some(args) = args {
            self.branch(label, args);
        }
        let construct = &mut self.constructs[label.0 as usize];
        let Kind::First { second, hint } = std::mem::replace(&mut construct.kind, Kind::Second)
        else {
            unreachable!("`else_` comes once, in an `if`");
        };
        self.cold = construct.cold || hint == Hint::Likely;
        if self.cold {
            self.b.set_cold_block(second);
        }
        self.enter(second);
    }

    pub(crate) fn close(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Vec<Val>> {
        let construct = self.constructs.pop().expect("the construct is open");
        debug_assert_eq!(label.0 as usize, self.constructs.len(), "constructs end inside out");
        self.cold = construct.cold;
        let behind = match construct.kind {
            Kind::Loop => {
                self.b.seal_block(construct.target.expect("a loop has a head"));
                return args;
            }
            Kind::Region(_) => unreachable!("a region ends in a handler"),
            Kind::Block | Kind::Second | Kind::Handler => match construct.target {
                None => return args,
                Some(block) => {
                    if let Some(args) = args {
                        let args = self.operands(args);
                        self.b.ins().jump(block, &args);
                    }
                    block
                }
            },
            Kind::First { second, .. } => {
                // Without a second arm, its place is the way past the first.
                let behind = construct.target.unwrap_or(second);
                if args.is_some() {
                    self.b.ins().jump(behind, &[]);
                }
                if behind != second {
                    self.enter(second);
                    self.b.ins().jump(behind, &[]);
                }
                behind
            }
        };
        self.enter(behind);
        Some(self.b.block_params(behind).iter().map(|&v| Val::plain(v)).collect())
    }

    pub(crate) fn branch(&mut self, label: Label, args: Vec<Val>) {
        let target = self.target(label);
        let args = self.operands(args);
        self.b.ins().jump(target, &args);
    }

    pub(crate) fn branch_if(
        &mut self,
        cond: Val,
        label: Label,
        args: Vec<Val>,
        hint: Hint,
    ) -> Vec<Val> {
        let cond = self.truth(cond);
        let target = self.target(label);
        let back: Vec<Val> = args.into_iter().map(|v| Val::plain(self.canonical(v))).collect();
        let copies = back.iter().map(|v| v.copy()).collect();
        let args = self.operands(copies);
        // What follows is not reached when the branch is taken, up to the end of the construct; behind a
        // loop's own branch it is reached once the loop ends.
        let is_loop = matches!(self.constructs[label.0 as usize].kind, Kind::Loop);
        self.cold |= hint == Hint::Likely && !is_loop;
        let next = self.new_block(self.cold);
        if hint == Hint::Unlikely && !self.cold {
            // The moves of the operands belong to the unlikely side.
            let aside = self.new_block(true);
            self.b.ins().brif(cond, aside, &[], next, &[]);
            self.enter(aside);
            self.b.ins().jump(target, &args);
        } else {
            self.b.ins().brif(cond, target, &args, next, &[]);
        }
        self.enter(next);
        back
    }

    pub(crate) fn branch_table(&mut self, index: Val, labels: &[Label], args: Vec<Val>) {
        let index = self.whole(index);
        let (&last, rest) = labels.split_last().expect("a table has at least the default");
        // Each target once: a table of many entries must not carry the operands as often.
        let mut asides: HashMap<Label, Block> = HashMap::new();
        let mut order = Vec::new();
        for &label in labels {
            if asides.contains_key(&label) {
                continue;
            }
            let block =
                if args.is_empty() { self.target(label) } else { self.new_block(self.cold) };
            asides.insert(label, block);
            order.push((label, block));
        }
        let pool = &mut self.b.func.dfg.value_lists;
        let mut goto = |label| BlockCall::new(asides[label], std::iter::empty(), pool);
        let default = goto(&last);
        let entries: Vec<BlockCall> = rest.iter().map(goto).collect();
        let table = self.b.create_jump_table(JumpTableData::new(default, &entries));
        self.b.ins().br_table(index, table);
        if !args.is_empty() {
            for (label, aside) in order {
                self.enter(aside);
                let copies = args.iter().map(|v| v.copy()).collect();
                self.branch(label, copies);
            }
        }
    }
}
