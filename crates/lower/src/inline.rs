//! Small functions, lowered in the place of their calls.
//!
//! A compiler for WebAssembly has inlined what it saw, but not across the object files that a linker
//! puts together. The body of such a function becomes a block: its parameters and locals are further
//! locals of the caller, a return is a branch to the block's end. The back end is told of every place
//! in it where it is called, so that a backtrace misses no frame.

use crate::control::Kind;
use crate::function::{Lower, Scope};
use crate::{Emit, Error};
use wasmparser::{FuncToValidate, FunctionBody, Operator, ValidatorResources};
use waxwing_layout::abi::Ty;
use waxwing_module::Module;

/// Bytes of code, its declarations included, beyond which a function is not small.
const LONGEST: usize = 56;
/// Locals beyond which it is not, parameters included.
const MOST_LOCALS: usize = 12;
/// Calls in it beyond which it is not.
const MOST_CALLS: usize = 1;
/// How deep small functions are lowered in each other.
const DEEPEST: usize = 3;
/// Bytes of code that may be lowered in the place of the calls of one function, beside as many as it has
/// itself.
pub(crate) const ALLOWANCE: usize = 2000;

/// A function that is lowered in the place of its calls.
pub(crate) struct Small<'a> {
    pub(crate) body: FunctionBody<'a>,
    validate: FuncToValidate<ValidatorResources>,
}

/// The function, if it is small.
pub(crate) fn small<'a>(
    module: &Module,
    index: u32,
    body: &FunctionBody<'a>,
    validate: &FuncToValidate<ValidatorResources>,
) -> Option<Small<'a>> {
    if body.range().len() > LONGEST {
        return None;
    }
    let mut locals = module.func_type(index).params.len();
    for local in body.get_locals_reader().ok()? {
        locals = locals.checked_add(local.ok()?.0 as usize)?;
    }
    if locals > MOST_LOCALS {
        return None;
    }
    let mut calls = 0;
    for op in body.get_operators_reader().ok()? {
        match op.ok()? {
            Operator::Call { function_index } if function_index == index => return None,
            Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::CallRef { .. } => {
                calls += 1;
            }
            // What needs a frame of its own, or costs so much that the call does not matter.
            Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Loop { .. } => return None,
            _ => {}
        }
    }
    let validate = again(validate);
    (calls <= MOST_CALLS).then(|| Small { body: body.clone(), validate })
}

/// The same validator.
fn again(validate: &FuncToValidate<ValidatorResources>) -> FuncToValidate<ValidatorResources> {
    let FuncToValidate { resources, index, ty, features } = validate;
    FuncToValidate { resources: resources.clone(), index: *index, ty: *ty, features: *features }
}

impl<'a, E: Emit> Lower<'a, E> {
    /// Whether a small function is to be lowered here.
    pub(crate) fn has_room(&mut self, small: &Small<'a>) -> bool {
        let bytes = small.body.range().len();
        let room = self.scope.depth < DEEPEST && bytes <= self.allowance;
        if room {
            self.allowance -= bytes;
        }
        room
    }

    /// Lowers a function in the place of a call. Its arguments are on the stack.
    pub(crate) fn inline(&mut self, index: u32, small: &'a Small<'a>) -> Result<(), Error> {
        let ty = self.env.module.func_type(index);
        let call = self.here();
        self.emit.at(call);
        let args = self.stack.split_off(self.stack.len() - ty.params.len());
        let mut locals = Vec::with_capacity(args.len());
        for arg in args {
            let ty = arg.ty();
            let local = self.emit.local_new(ty);
            let val = self.val(arg);
            self.emit.local_set(local, val);
            locals.push((ty, local));
        }
        self.emit.seam();
        let results: Vec<Ty> = ty.results.iter().map(|&r| Ty::of(r)).collect();
        let label = self.emit.block(&results);
        self.open(label, Kind::Block, results.clone(), results);
        let (frames, depth) = (self.frames.len(), self.scope.depth + 1);
        let scope = Scope { index, ty, locals, frames, call: Some(call), depth };
        let outer = std::mem::replace(&mut self.scope, scope);
        let offset = self.offset;
        self.offset = small.body.range().start;
        self.at();
        let mut validator = again(&small.validate).into_validator(Default::default());
        let done = self.body(&small.body, &mut validator);
        self.scope = outer;
        self.offset = offset;
        // What comes next belongs to the caller, whether it can trap or not: a guest may be stopped
        // anywhere.
        match self.dead {
            Some(_) => self.astray = true,
            None => {
                self.emit.at(call);
                self.emit.seam();
            }
        }
        done
    }
}
