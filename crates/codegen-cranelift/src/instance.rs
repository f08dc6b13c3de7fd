//! Calls take a copy of the instance pointer.
//!
//! The instance pointer is the base of every access, and the first argument of nearly every call, in a
//! register that the call destroys. Cranelift's allocator ties a value to the register of its fixed
//! uses: passed as it is, the pointer is never in a register that calls keep, but is read from the frame
//! behind every call, and moved about where paths meet. A copy for each call leaves the pointer
//! itself free to live where it pleases.
//!
//! Cranelift has no instruction for a copy, and its optimiser removes whatever comes to the same: this
//! runs behind it, and adds zero.

use cranelift_codegen::Context;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{Function, Inst, InstBuilder, Opcode, Value, types};

/// Gives copies of `vmctx` to the calls behind which it is used.
pub(crate) fn copy(ctx: &mut Context, vmctx: Value) {
    let calls = calls(ctx, vmctx);
    let Some(entry) = ctx.func.layout.entry_block() else { return };
    if calls.is_empty() {
        return;
    }
    let mut cursor = FuncCursor::new(&mut ctx.func).at_first_insertion_point(entry);
    let zero = cursor.ins().iconst(types::I64, 0);
    for (inst, at) in calls {
        let mut cursor = FuncCursor::new(&mut ctx.func).at_inst(inst);
        cursor.use_srcloc(inst);
        let copied = cursor.ins().iadd(vmctx, zero);
        ctx.func.dfg.inst_args_mut(inst)[at] = copied;
    }
}

/// The calls that take `vmctx` first, and behind which it is used; with the place of that operand.
fn calls(ctx: &Context, vmctx: Value) -> Vec<(Inst, usize)> {
    let func = &ctx.func;
    let mut calls = Vec::new();
    // How many of them are followed by another use, in an order in which values are made before they are
    // used. A loop comes round again.
    let mut used = 0;
    for &block in ctx.domtree.cfg_rpo() {
        let in_loop = ctx.loop_analysis.innermost_loop(block).is_some();
        for inst in func.layout.block_insts(block) {
            if func.dfg.inst_values(inst).any(|v| v == vmctx) {
                used = calls.len();
            }
            if let Some(at) = place(func, inst)
                && func.dfg.inst_args(inst).get(at) == Some(&vmctx)
            {
                calls.push((inst, at));
                if in_loop {
                    used = calls.len();
                }
            }
        }
    }
    calls.truncate(used);
    calls
}

/// Where a call has its first argument, if the function goes on behind it.
fn place(func: &Function, inst: Inst) -> Option<usize> {
    match func.dfg.insts[inst].opcode() {
        Opcode::Call | Opcode::TryCall => Some(0),
        Opcode::CallIndirect | Opcode::TryCallIndirect => Some(1),
        _ => None,
    }
}
