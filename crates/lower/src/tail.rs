//! Tail calls (specification, section 4.4.8): the callee takes the place of the running function.
//!
//! Results of the callee are those of the running function, so that a results area is passed on as
//! it is. An operand that lies below the arguments ends with the frame.

use crate::function::Lower;
use crate::{Callee, Emit, LoadOp, Region};
use waxwing_layout::abi::{Sig, Ty, has_results_area};
use waxwing_layout::instance::{func_ref, import_func, table_entry};
use waxwing_module::FuncType;

impl<E: Emit> Lower<'_, E> {
    /// Every argument of a tail call: the callee's instance pointer, the running function's results
    /// area, and those on the stack. All other operands are given up.
    fn tail_arguments(&mut self, vmctx: E::Val, ty: &FuncType) -> Vec<E::Val> {
        let mut args = vec![vmctx];
        if has_results_area(ty) {
            args.push(self.emit.results_area());
        }
        args.extend(self.take(ty.params.len()));
        self.discard_frame();
        args
    }

    pub(crate) fn return_call(&mut self, index: u32) {
        self.at();
        let ty = self.env.module.func_type(index);
        if index < self.env.module.imported_funcs {
            let at = self.env.layout.imported_func(index) + import_func::FUNC_REF;
            let vmctx = self.link(at + func_ref::VMCTX);
            let code = self.link(at + func_ref::CODE);
            return self.return_call_code(code, vmctx, ty);
        }
        let vmctx = self.emit.vmctx();
        let args = self.tail_arguments(vmctx, ty);
        self.emit.ret_call(Callee::Func(index), &Sig::of(ty), args);
        self.dead = Some(0);
    }

    pub(crate) fn return_call_indirect(&mut self, type_index: u32, table: u32) {
        self.at();
        let entry = self.checked_entry(type_index, table);
        let ty = self.env.module.signature(type_index);
        let at = self.emit.local_get(entry);
        let vmctx = self.emit.load(LoadOp::Ptr, at, None, table_entry::VMCTX, Region::Table);
        let at = self.emit.local_get(entry);
        let code = self.emit.load(LoadOp::Ptr, at, None, table_entry::CODE, Region::Table);
        self.free(Ty::Ptr, entry);
        self.return_call_code(code, vmctx, ty);
    }

    /// Ends the function with a call of code at an address, with the instance pointer (or binding)
    /// that the code takes; the arguments are on the stack.
    pub(crate) fn return_call_code(&mut self, code: E::Val, vmctx: E::Val, ty: &FuncType) {
        let args = self.tail_arguments(vmctx, ty);
        self.emit.ret_call_ptr(code, &Sig::of(ty), args);
        self.dead = Some(0);
    }
}
