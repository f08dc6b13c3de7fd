//! References (specification, section 4.4.4). Null is zero in all of them.

use crate::function::{Lower, reference_type};
use crate::operand::Operand;
use crate::{CmpOp, Emit, Error, UnOp};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;

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
        let number = Operand::Int(Ty::I64, i64::from(function));
        let val = self.builtin(Builtin::RefFunc, [number]);
        let val = self.emit.unary(UnOp::PtrFromI64, val);
        self.push(val, Ty::Ptr);
    }
}
