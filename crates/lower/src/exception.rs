//! Exceptions (specification, section 4.4.8), in both encodings.
//!
//! An exception is an object that holds the address of its tag and the payload
//! (`docs/references.md`). A handler compares that address with those of the tags that it catches, in
//! the order of the clauses; what matches none goes on to the handler around it, without a way
//! through the runtime, or is thrown again if there is none in this function.
//!
//! In the older encoding the bodies of `catch` stand inside the construct. Each becomes an `if` on
//! the tag in the handler, and the exception stays in a temporary for `rethrow`.

use crate::control::{Frame, Kind};
use crate::function::Lower;
use crate::object::{NEW, New};
use crate::operand::Operand;
use crate::{CmpOp, Emit, Error, Hint, Label, LoadOp, Local, StoreOp};
use wasmparser::{BlockType, Catch, TryTable};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::gc::EXCEPTION_TAG;
use waxwing_layout::object::Fields;
use waxwing_module::Trap;

/// A body of `catch` in the older encoding.
pub(crate) struct Body {
    /// Where the exception is; none if nothing can be thrown, and the body is not reached.
    exception: Option<Local>,
    /// The `if` on the tag; none in `catch_all`.
    arm: Option<Label>,
}

impl<E: Emit> Lower<'_, E> {
    pub(crate) fn throw(&mut self, tag: u32) {
        self.at();
        let fields = Fields::of_exception(&self.env.module.tag_type(tag).params);
        let local = self.allocate_known(New::Exception(tag), u64::from(fields.size), None);
        let own = self.constant(self.env.layout.tag(tag));
        let base = self.exception_address(local);
        self.emit.store(StoreOp::Ptr, base, None, EXCEPTION_TAG, own, NEW);
        let first = self.stack.len() - fields.offsets.len();
        for (value, &offset) in self.stack.split_off(first).into_iter().zip(&fields.offsets) {
            let op = StoreOp::of(value.ty());
            let value = self.val(value);
            let base = self.exception_address(local);
            self.emit.store(op, base, None, offset as i32, value, NEW);
        }
        self.discard_frame();
        self.raise(local);
        self.free(Ty::I32, local);
        self.dead = Some(0);
    }

    pub(crate) fn throw_ref(&mut self) {
        self.at();
        let local = self.temp(Ty::I32);
        let exception = self.pop_val();
        self.emit.local_set(local, exception);
        self.discard_frame();
        let (exception, null) = (self.emit.local_get(local), self.emit.iconst(Ty::I32, 0));
        self.trap_when(CmpOp::I32Eq, exception, null, Trap::NullException);
        self.raise(local);
        self.free(Ty::I32, local);
        self.dead = Some(0);
    }

    pub(crate) fn try_table(&mut self, table: &TryTable) -> Result<(), Error> {
        self.open_region(table.ty, Kind::TryTable(table.catches.clone()))
    }

    pub(crate) fn try_(&mut self, ty: BlockType) -> Result<(), Error> {
        self.open_region(ty, Kind::Try)
    }

    fn open_region(&mut self, ty: BlockType, kind: Kind) -> Result<(), Error> {
        let (params, results) = self.block_type(ty)?;
        let params = self.save_params(params.len());
        let label = self.emit.try_(&results);
        self.regions.push((self.frames.len(), label));
        self.open(label, kind, results.clone(), results);
        self.push_params(&params);
        params.into_iter().for_each(|p| self.free_saved(p));
        Ok(())
    }

    /// The address of an exception.
    fn exception_address(&mut self, exception: Local) -> E::Val {
        let exception = self.emit.local_get(exception);
        self.object_address(Operand::Val(exception, Ty::I32))
    }

    /// Goes to the innermost handler, or throws.
    fn raise(&mut self, exception: Local) {
        let handler = self.regions.last().map(|&(_, label)| label);
        self.raise_to(handler, exception);
    }

    fn raise_to(&mut self, handler: Option<Label>, exception: Local) {
        let exception = self.emit.local_get(exception);
        match handler {
            Some(region) => self.emit.raise(region, exception),
            None => {
                self.builtin_void(Builtin::Throw, [Operand::Val(exception, Ty::I32)]);
                self.emit.trap(Trap::Unreachable);
            }
        }
    }

    /// Ends a region, and keeps the exception that its handler begins with.
    fn begin_handler(&mut self, label: Label, args: Option<Vec<E::Val>>) -> Option<Local> {
        let closed = self.regions.pop();
        debug_assert!(closed.is_some_and(|(_, l)| l == label), "the innermost region ends first");
        let exception = self.emit.catch_(label, args)?;
        let local = self.temp(Ty::I32);
        self.emit.local_set(local, exception);
        Some(local)
    }

    /// Whether the exception has this tag.
    fn has_tag(&mut self, exception: Local, tag: u32) -> E::Val {
        let at = self.exception_address(exception);
        let found = self.emit.load(LoadOp::Ptr, at, None, EXCEPTION_TAG, NEW);
        let wanted = self.constant(self.env.layout.tag(tag));
        self.emit.compare(CmpOp::PtrEq, found, wanted)
    }

    fn push_payload(&mut self, exception: Local, tag: u32) {
        let params = &self.env.module.tag_type(tag).params;
        for (&param, offset) in params.iter().zip(Fields::of_exception(params).offsets) {
            let ty = Ty::of(param);
            let at = self.exception_address(exception);
            let val = self.emit.load(LoadOp::of(ty), at, None, offset as i32, NEW);
            self.push(val, ty);
        }
    }

    /// Goes to a label from a handler with what was pushed there.
    fn leave_handler(&mut self, depth: u32, reference: Option<Local>) {
        if let Some(local) = reference {
            let exception = self.emit.local_get(local);
            self.push(exception, Ty::I32);
        }
        let target = self.target(depth);
        let (label, arity) = (target.label, target.branch.len());
        let args = self.take(arity);
        self.emit.br(label, args);
    }

    /// The end of `try_table`: its handler. The construct itself is off the stack already, so that
    /// labels count from outside. Nothing is reached behind the handler.
    pub(crate) fn end_try_table(
        &mut self,
        label: Label,
        catches: &[Catch],
        args: Option<Vec<E::Val>>,
    ) {
        let Some(exception) = self.begin_handler(label, args) else { return };
        let mut is_open = true;
        for catch in catches {
            match *catch {
                Catch::One { tag, label } | Catch::OneRef { tag, label } => {
                    let cond = self.has_tag(exception, tag);
                    let arm = self.emit.if_(cond, &[], Hint::None);
                    self.push_payload(exception, tag);
                    let with_reference = matches!(catch, Catch::OneRef { .. });
                    self.leave_handler(label, with_reference.then_some(exception));
                    let reached = self.emit.end(arm, None);
                    debug_assert!(reached.is_some());
                }
                Catch::All { label } | Catch::AllRef { label } => {
                    let with_reference = matches!(catch, Catch::AllRef { .. });
                    self.leave_handler(label, with_reference.then_some(exception));
                    is_open = false;
                    break;
                }
            }
        }
        if is_open {
            self.raise(exception);
        }
        self.free(Ty::I32, exception);
    }

    /// `catch` and `catch_all`: the next body of a `try`.
    pub(crate) fn catch(&mut self, tag: Option<u32>) {
        let Some(frame) = self.frames.pop() else { return };
        let args = self.arm_results(frame.results.len());
        let exception = match frame.kind {
            Kind::Catch(Body { exception, arm }) => {
                self.end_arm(frame.label, arm, args);
                exception
            }
            _ => self.begin_handler(frame.label, args),
        };
        let arm = match (exception, tag) {
            (Some(exception), Some(tag)) => {
                let cond = self.has_tag(exception, tag);
                Some(self.emit.if_(cond, &[], Hint::None))
            }
            _ => None,
        };
        self.frames.push(Frame { kind: Kind::Catch(Body { exception, arm }), ..frame });
        match (exception, tag) {
            (Some(exception), Some(tag)) => self.push_payload(exception, tag),
            (Some(_), None) => {}
            (None, _) => self.dead = Some(0),
        }
    }

    /// Ends a body of `catch`; what follows is reached if the tag was another one.
    fn end_arm(&mut self, label: Label, arm: Option<Label>, args: Option<Vec<E::Val>>) {
        let Some(arm) = arm else { return };
        if let Some(args) = args {
            self.emit.br(label, args);
        }
        let reached = self.emit.end(arm, None);
        debug_assert!(reached.is_some());
    }

    /// The end of the last body of a `try`: what the construct ends with.
    pub(crate) fn end_catch(
        &mut self,
        label: Label,
        body: Body,
        args: Option<Vec<E::Val>>,
    ) -> Option<Vec<E::Val>> {
        let exception = body.exception?;
        let args = if body.arm.is_some() {
            self.end_arm(label, body.arm, args);
            self.raise(exception);
            None
        } else {
            args
        };
        self.free(Ty::I32, exception);
        args
    }

    /// `delegate`: the end of a `try` whose exceptions go to the handler of another construct, or,
    /// if that has none, to the next one around it.
    pub(crate) fn delegate(&mut self, depth: u32) {
        let Some(frame) = self.frames.pop() else { return };
        let args = self.arm_results(frame.results.len());
        if let Some(exception) = self.begin_handler(frame.label, args) {
            let around = self.frames.len() - depth as usize;
            let outside = self.regions.partition_point(|&(frame, _)| frame < around);
            let handler = self.regions[..outside].last().map(|&(_, label)| label);
            self.raise_to(handler, exception);
            self.free(Ty::I32, exception);
        }
        self.close(frame.label, &frame.results, None);
    }

    pub(crate) fn rethrow(&mut self, depth: u32) {
        self.at();
        let Kind::Catch(Body { exception: Some(exception), .. }) = self.target(depth).kind else {
            debug_assert!(false, "validation finds the catch, and code in it is reached");
            return;
        };
        self.discard_frame();
        self.raise(exception);
        self.dead = Some(0);
    }
}
