//! Regions and their handlers: Cranelift's `try_call`.
//!
//! A call in a region ends its block, with two ways on: behind the call, and to the handler. What is
//! alive at the handler, Cranelift keeps in the frame, since no register but rax survives. A function
//! without regions is not touched by any of this.

use crate::control::Kind;
use crate::emitter::{Emitter, Val};
use crate::scalar::ty;
use cranelift_codegen::CompiledCode;
use cranelift_codegen::FinalizedMachExceptionHandler as Caught;
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, ExceptionTable, ExceptionTableData, ExceptionTableItem,
    InstBuilder, types,
};
use waxwing_layout::abi::{Sig, Ty};
use waxwing_lower::{Error, Handler, Label};

/// What a call in a region needs.
pub(crate) struct Guard {
    pub table: ExceptionTable,
    /// Where the function goes on, with the call's result as its parameter.
    next: Block,
}

impl Emitter<'_> {
    pub(crate) fn open_region(&mut self, results: &[Ty]) -> Label {
        let label = self.open(Kind::Region(None), None, results);
        self.regions_open.push(label);
        label
    }

    /// The block of a region's handler; it takes the exception as I64.
    fn handler(&mut self, region: Label) -> Block {
        let index = region.0 as usize;
        if let Kind::Region(Some(block)) = self.constructs[index].kind {
            return block;
        }
        let block = self.new_block(true);
        self.b.append_block_param(block, types::I64);
        self.constructs[index].kind = Kind::Region(Some(block));
        block
    }

    /// The ways on from a call of this signature, if it is in a region.
    pub(crate) fn guard(&mut self, sig: &Sig) -> Option<Guard> {
        let &region = self.regions_open.last()?;
        let handler = self.handler(region);
        let next = self.new_block(self.cold);
        if let Some(result) = sig.result {
            self.b.append_block_param(next, ty(result));
        }
        let sig_ref = self.sig(sig);
        let pool = &mut self.b.func.dfg.value_lists;
        let result = sig.result.map(|_| BlockArg::TryCallRet(0));
        let normal = BlockCall::new(next, result, pool);
        let caught = BlockCall::new(handler, [BlockArg::TryCallExn(0)], pool);
        let items = [ExceptionTableItem::Default(caught)];
        let data = ExceptionTableData::new(sig_ref, normal, items);
        let table = self.b.func.dfg.exception_tables.push(data);
        Some(Guard { table, next })
    }

    /// Goes on behind a call in a region.
    pub(crate) fn go_on(&mut self, guard: Guard) -> Option<Val> {
        self.enter(guard.next);
        self.b.block_params(guard.next).first().map(|&v| Val::plain(v))
    }

    pub(crate) fn begin_handler(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Val> {
        if let Some(args) = args {
            self.branch(label, args);
        }
        let closed = self.regions_open.pop();
        debug_assert_eq!(closed, Some(label), "the innermost region ends first");
        let construct = &mut self.constructs[label.0 as usize];
        let Kind::Region(handler) = std::mem::replace(&mut construct.kind, Kind::Handler) else {
            unreachable!("`catch_` comes once, in a region");
        };
        let handler = handler?;
        self.cold = true;
        self.enter(handler);
        let whole = self.b.block_params(handler)[0];
        Some(Val::plain(self.b.ins().ireduce(types::I32, whole)))
    }

    pub(crate) fn go_to_handler(&mut self, region: Label, exception: Val) {
        let exception = self.whole(exception);
        let exception = self.b.ins().uextend(types::I64, exception);
        let handler = self.handler(region);
        self.b.ins().jump(handler, &[BlockArg::Value(exception)]);
    }
}

/// Where calls may be left for handlers.
///
/// # Errors
/// If Cranelift says something that it was not told to.
pub(crate) fn handlers(compiled: &CompiledCode) -> Result<Vec<Handler>, Error> {
    let mut out = Vec::new();
    for site in compiled.buffer.call_sites() {
        match (site.exception_handlers, site.frame_offset) {
            ([], _) => {}
            (&[Caught::Default(handler)], Some(frame)) => {
                out.push(Handler { return_at: site.ret_addr, handler, frame });
            }
            _ => {
                let at = site.ret_addr;
                return Err(Error::Backend(format!("the call before {at:#x} has odd handlers")));
            }
        }
    }
    out.sort_unstable_by_key(|h| h.return_at);
    Ok(out)
}
