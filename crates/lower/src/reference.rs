//! References (specification, section 4.4.4). A `funcref` is an address, an `externref` a handle;
//! null is zero in both.

use crate::function::Lower;
use crate::operand::Operand;
use crate::{CmpOp, Emit, Error, UnOp};
use wasmparser::{HeapType, RefType, ValType};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;

impl<E: Emit> Lower<'_, E> {
    pub(crate) fn ref_null(&mut self, heap: HeapType) -> Result<(), Error> {
        let ty = RefType::new(true, heap)
            .ok_or_else(|| self.unsupported("null of a type with too large an index"))?;
        let ty = self.machine_type(ValType::Ref(ty))?;
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
