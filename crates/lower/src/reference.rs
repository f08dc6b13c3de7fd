//! References (specification, section 4.4.4). Null is zero in all of them.

use crate::function::{Lower, reference_type};
use crate::operand::Operand;
use crate::{CmpOp, Emit, Error, Hint, LoadOp, Region, UnOp};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::instance::{func_ref, import_func};

impl<E: Emit> Lower<'_, E> {
    pub(crate) fn ref_null(&mut self, heap: wasmparser::HeapType) -> Result<(), Error> {
        let ty = reference_type(self.heap_type(heap)?);
        self.stack.push(Operand::Int(ty, 0));
        Ok(())
    }

    pub(crate) fn ref_is_null(&mut self) {
        let reference = self.pop();
        let ty = reference.ty();
        let op = if ty == Ty::Ptr { CmpOp::PtrEq } else { CmpOp::I32Eq };
        let reference = self.val(reference);
        let null = self.emit.iconst(ty, 0);
        let val = self.emit.compare(op, reference, null);
        self.push(val, Ty::I32);
    }

    pub(crate) fn ref_func(&mut self, function: u32) {
        self.at();
        if function < self.env.module.imported_funcs {
            let at = self.env.layout.imported_func(function) + import_func::FUNC_REF;
            let val = self.field_address(at);
            return self.push(val, Ty::Ptr);
        }
        let Some(escaping) = self.env.module.escaping_index(function) else {
            // Validation rules it out; the built-in would give null.
            return self.stack.push(Operand::Int(Ty::Ptr, 0));
        };
        let at = self.env.layout.func_ref(escaping);
        let out = self.temp(Ty::Ptr);
        let val = self.field_address(at);
        self.emit.local_set(out, val);
        // It is filled in when it is first asked for.
        let vmctx = self.emit.vmctx();
        let ty = self.emit.load(LoadOp::I32, vmctx, None, at + func_ref::TYPE, Region::Field);
        let zero = self.emit.iconst(Ty::I32, 0);
        let missing = self.emit.compare(CmpOp::I32Eq, ty, zero);
        let label = self.emit.if_(missing, &[], Hint::Unlikely);
        let number = Operand::Int(Ty::I64, i64::from(function));
        let val = self.builtin(Builtin::RefFunc, [number]);
        let val = self.emit.unary(UnOp::PtrFromI64, val);
        self.emit.local_set(out, val);
        self.emit.end(label, Some(Vec::new()));
        let val = self.emit.local_get(out);
        self.free(Ty::Ptr, out);
        self.push(val, Ty::Ptr);
    }

    /// The address of a field of the instance.
    fn field_address(&mut self, at: i32) -> E::Val {
        let vmctx = self.emit.vmctx();
        let at = self.i64_const(i64::from(at) as u64);
        self.ptr_add(vmctx, at)
    }
}
