//! Blocks, loops, branches and returns (specification, section 4.4.8).
//!
//! An operand that is consumed inside a construct was made inside it: parameters of blocks and
//! ifs go through temporaries. A back end may therefore take the operands that are alive where a
//! construct opens to be alive where it ends.

use crate::exception::Body;
use crate::function::Lower;
use crate::operand::Saved;
use crate::{Emit, Error, Label, Region, StoreOp};
use wasmparser::{BlockType, BrTable, Catch};
use waxwing_layout::abi::{RESULT_STRIDE, Ty};
use waxwing_module::Trap;

/// A construct that is open.
pub(crate) struct Frame {
    pub(crate) label: Label,
    pub(crate) kind: Kind,
    /// What a branch to the label takes.
    pub(crate) branch: Vec<Ty>,
    /// What the end gives.
    pub(crate) results: Vec<Ty>,
    /// How many operands lie below its own.
    pub(crate) height: usize,
}

pub(crate) enum Kind {
    Block,
    Loop,
    /// An `if` whose second arm has not begun, and the parameters that arm will take.
    Then(Vec<Saved>),
    Else,
    /// A `try_table` and its clauses.
    TryTable(Vec<Catch>),
    /// A `try` of the older encoding, before its first `catch`.
    Try,
    /// One behind it.
    Catch(Body),
}

impl<E: Emit> Lower<'_, E> {
    /// The function's body is a block whose label is that of the function.
    pub(crate) fn open_function(&mut self) {
        let results: Vec<Ty> = self.scope.ty.results.iter().map(|&r| Ty::of(r)).collect();
        let label = self.emit.block(&results);
        self.open(label, Kind::Block, results.clone(), results);
    }

    pub(crate) fn open(&mut self, label: Label, kind: Kind, branch: Vec<Ty>, results: Vec<Ty>) {
        self.frames.push(Frame { label, kind, branch, results, height: self.stack.len() });
    }

    /// Parameters and results of a block.
    pub(crate) fn block_type(&self, ty: BlockType) -> Result<(Vec<Ty>, Vec<Ty>), Error> {
        Ok(match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(result) => (Vec::new(), vec![self.machine_type(result)?]),
            BlockType::FuncType(index) => {
                let ty = self.env.module.signature(index);
                let of = |types: &[_]| types.iter().map(|&t| Ty::of(t)).collect();
                (of(&ty.params), of(&ty.results))
            }
        })
    }

    pub(crate) fn save_params(&mut self, count: usize) -> Vec<Saved> {
        let params = self.stack.split_off(self.stack.len() - count);
        params.into_iter().map(|p| self.save(p)).collect()
    }

    pub(crate) fn push_params(&mut self, params: &[Saved]) {
        for &param in params {
            let operand = self.restore(param);
            self.stack.push(operand);
        }
    }

    pub(crate) fn block(&mut self, ty: BlockType) -> Result<(), Error> {
        let (params, results) = self.block_type(ty)?;
        let params = self.save_params(params.len());
        let label = self.emit.block(&results);
        self.open(label, Kind::Block, results.clone(), results);
        self.push_params(&params);
        params.into_iter().for_each(|p| self.free_saved(p));
        Ok(())
    }

    pub(crate) fn loop_(&mut self, ty: BlockType) -> Result<(), Error> {
        let (params, results) = self.block_type(ty)?;
        let args = self.take(params.len());
        let (label, vals) = self.emit.loop_(&params, args, &results);
        self.open(label, Kind::Loop, params.clone(), results);
        self.push_all(vals, &params);
        Ok(())
    }

    pub(crate) fn if_(&mut self, ty: BlockType) -> Result<(), Error> {
        let (params, results) = self.block_type(ty)?;
        let cond = self.pop_val();
        let params = self.save_params(params.len());
        let label = self.emit.if_(cond, &results, self.hint);
        self.open(label, Kind::Then(params.clone()), results.clone(), results);
        self.push_params(&params);
        Ok(())
    }

    /// What the innermost construct ends with: its results if code is reachable here.
    pub(crate) fn arm_results(&mut self, count: usize) -> Option<Vec<E::Val>> {
        match self.dead.take() {
            Some(_) => None,
            None => Some(self.take(count)),
        }
    }

    pub(crate) fn else_(&mut self) {
        let Some(mut frame) = self.frames.pop() else { return };
        let args = self.arm_results(frame.results.len());
        self.emit.else_(frame.label, args);
        let kind = std::mem::replace(&mut frame.kind, Kind::Else);
        self.frames.push(frame);
        if let Kind::Then(params) = kind {
            self.push_params(&params);
            params.into_iter().for_each(|p| self.free_saved(p));
        }
    }

    pub(crate) fn end(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let mut args = self.arm_results(frame.results.len());
        match frame.kind {
            Kind::Block | Kind::Loop | Kind::Else => {}
            Kind::Then(params) => {
                // Without a second arm the parameters are the results.
                if !params.is_empty() {
                    self.emit.else_(frame.label, args);
                    self.push_params(&params);
                    args = Some(self.take(params.len()));
                }
                params.into_iter().for_each(|p| self.free_saved(p));
            }
            Kind::TryTable(catches) => {
                self.end_try_table(frame.label, &catches, args);
                args = None;
            }
            Kind::Try => {
                self.end_try_table(frame.label, &[], args);
                args = None;
            }
            Kind::Catch(body) => args = self.end_catch(frame.label, body, args),
        }
        self.close(frame.label, &frame.results, args);
    }

    /// Ends the construct that was just taken off the stack.
    pub(crate) fn close(&mut self, label: Label, results: &[Ty], args: Option<Vec<E::Val>>) {
        match self.emit.end(label, args) {
            None => {
                // What was made in the construct around is void with the code that follows.
                let height = self.height();
                self.stack.truncate(height);
                self.dead = Some(0);
            }
            Some(vals) => {
                self.push_all(vals, results);
                if self.frames.is_empty() {
                    self.return_();
                }
            }
        }
    }

    /// In unreachable code only nesting matters.
    pub(crate) fn skip_open(&mut self) {
        if let Some(depth) = &mut self.dead {
            *depth += 1;
        }
    }

    /// Whether an `end` or `else` in unreachable code belongs to a construct that was skipped;
    /// `end` leaves that construct.
    pub(crate) fn skipped(&mut self, is_end: bool) -> bool {
        match &mut self.dead {
            None | Some(0) => false,
            Some(depth) => {
                *depth -= u32::from(is_end);
                true
            }
        }
    }

    /// How many operands lie below those of the innermost construct.
    fn height(&self) -> usize {
        self.frames.last().map_or(0, |f| f.height)
    }

    pub(crate) fn discard_frame(&mut self) {
        let height = self.height();
        self.discard(height);
    }

    pub(crate) fn target(&self, depth: u32) -> &Frame {
        &self.frames[self.frames.len() - 1 - depth as usize]
    }

    pub(crate) fn br(&mut self, depth: u32) {
        let (label, arity) = (self.target(depth).label, self.target(depth).branch.len());
        let args = self.take(arity);
        self.discard_frame();
        self.emit.br(label, args);
        self.dead = Some(0);
    }

    pub(crate) fn br_if(&mut self, depth: u32) {
        let cond = self.pop_val();
        self.branch_if(cond, depth);
    }

    /// Branches if a condition (I32) is not zero; the operands stay if not.
    pub(crate) fn branch_if(&mut self, cond: E::Val, depth: u32) {
        let target = self.target(depth);
        let (label, types) = (target.label, target.branch.clone());
        let args = self.take(types.len());
        let args = self.emit.br_if(cond, label, args, self.hint);
        self.push_all(args, &types);
    }

    pub(crate) fn br_table(&mut self, table: &BrTable<'_>) -> Result<(), Error> {
        if table.is_empty() {
            let index = self.pop();
            self.give_up(index);
            self.br(table.default());
            return Ok(());
        }
        let mut labels = Vec::with_capacity(table.len() as usize + 1);
        for depth in table.targets() {
            labels.push(self.target(depth?).label);
        }
        let default = self.target(table.default());
        labels.push(default.label);
        let arity = default.branch.len();
        let index = self.pop_val();
        let args = self.take(arity);
        self.discard_frame();
        self.emit.br_table(index, &labels, args);
        self.dead = Some(0);
        Ok(())
    }

    pub(crate) fn return_(&mut self) {
        if self.scope.call.is_some() {
            // The function stands in the place of a call: its end is that of its block.
            return self.br((self.frames.len() - self.scope.frames) as u32);
        }
        let count = self.scope.ty.results.len();
        let first = self.stack.len() - count;
        let value = match count {
            0 => None,
            1 => Some(self.pop_val()),
            _ => {
                for (i, result) in self.stack.split_off(first).into_iter().enumerate() {
                    let op = StoreOp::of(result.ty());
                    let val = self.val(result);
                    let area = self.emit.results_area();
                    let disp = (i as u32 * RESULT_STRIDE) as i32;
                    self.emit.store(op, area, None, disp, val, Region::Frame);
                }
                None
            }
        };
        self.discard_frame();
        self.emit.ret(value);
        self.dead = Some(0);
    }

    pub(crate) fn unreachable(&mut self) {
        self.at();
        self.discard_frame();
        self.emit.trap(Trap::Unreachable);
        self.dead = Some(0);
    }

    /// `select`: the first operand if the condition is not zero, else the second.
    pub(crate) fn select(&mut self) {
        let cond = self.pop_val();
        let b = self.pop_val();
        let a = self.pop();
        let ty = a.ty();
        let a = self.val(a);
        let val = self.emit.select(ty, cond, a, b);
        self.push(val, ty);
    }
}
