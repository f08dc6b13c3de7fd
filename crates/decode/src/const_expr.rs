//! Constant expressions, from the parser's terms to ours.

use crate::types::Kinds;
use crate::{Error, Limits};
use wasmparser::Operator;
use waxwing_module::{ConstExpr, ConstOp};

/// Counts the operators of all constant expressions of a module.
pub(crate) struct ConstReader {
    left: u32,
    limit: u32,
}

impl ConstReader {
    pub(crate) fn new(limits: &Limits) -> ConstReader {
        ConstReader { left: limits.const_ops, limit: limits.const_ops }
    }

    /// Reads one expression. It is validated already.
    pub(crate) fn read(
        &mut self,
        expr: &wasmparser::ConstExpr<'_>,
        kinds: &Kinds,
    ) -> Result<ConstExpr, Error> {
        let mut ops = Vec::with_capacity(1);
        for item in expr.get_operators_reader().into_iter_with_offsets() {
            let (op, at) = item?;
            if matches!(op, Operator::End) {
                break;
            }
            if self.left == 0 {
                let what = "operators in constant expressions";
                return Err(Error::limit(what, self.limit.into(), Some(at)));
            }
            self.left -= 1;
            ops.push(const_op(&op, at, kinds)?);
        }
        Ok(ConstExpr { ops })
    }
}

fn const_op(op: &Operator<'_>, at: usize, kinds: &Kinds) -> Result<ConstOp, Error> {
    Ok(match *op {
        Operator::I32Const { value } => ConstOp::I32Const(value),
        Operator::I64Const { value } => ConstOp::I64Const(value),
        Operator::F32Const { value } => ConstOp::F32Const(value.bits()),
        Operator::F64Const { value } => ConstOp::F64Const(value.bits()),
        Operator::V128Const { value } => ConstOp::V128Const(u128::from_le_bytes(*value.bytes())),
        Operator::GlobalGet { global_index } => ConstOp::GlobalGet(global_index),
        Operator::RefFunc { function_index } => ConstOp::RefFunc(function_index),
        Operator::RefNull { hty } => {
            let heap = kinds.heap_type(hty);
            ConstOp::RefNull(heap.ok_or_else(|| Error::unsupported("this reference type", at))?)
        }
        Operator::I32Add => ConstOp::I32Add,
        Operator::I32Sub => ConstOp::I32Sub,
        Operator::I32Mul => ConstOp::I32Mul,
        Operator::I64Add => ConstOp::I64Add,
        Operator::I64Sub => ConstOp::I64Sub,
        Operator::I64Mul => ConstOp::I64Mul,
        Operator::RefI31 => ConstOp::RefI31,
        Operator::StructNew { struct_type_index } => ConstOp::StructNew(struct_type_index),
        Operator::StructNewDefault { struct_type_index } => {
            ConstOp::StructNewDefault(struct_type_index)
        }
        Operator::ArrayNew { array_type_index } => ConstOp::ArrayNew(array_type_index),
        Operator::ArrayNewDefault { array_type_index } => {
            ConstOp::ArrayNewDefault(array_type_index)
        }
        Operator::ArrayNewFixed { array_type_index, array_size } => {
            ConstOp::ArrayNewFixed(array_type_index, array_size)
        }
        Operator::AnyConvertExtern => ConstOp::AnyConvertExtern,
        Operator::ExternConvertAny => ConstOp::ExternConvertAny,
        _ => return Err(Error::unsupported("this operator in a constant expression", at)),
    })
}
