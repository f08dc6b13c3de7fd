//! Constant expressions and types, from the parser's terms to ours.

use crate::{Error, Limits};
use wasmparser::Operator;
use waxwing_module::{ConstExpr, ConstOp, FuncType, GlobalType, MemoryType, RefType};
use waxwing_module::{TableType, ValType};

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
    pub(crate) fn read(&mut self, expr: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr, Error> {
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
            ops.push(const_op(&op, at)?);
        }
        Ok(ConstExpr { ops })
    }
}

fn const_op(op: &Operator<'_>, at: usize) -> Result<ConstOp, Error> {
    Ok(match *op {
        Operator::I32Const { value } => ConstOp::I32Const(value),
        Operator::I64Const { value } => ConstOp::I64Const(value),
        Operator::F32Const { value } => ConstOp::F32Const(value.bits()),
        Operator::F64Const { value } => ConstOp::F64Const(value.bits()),
        Operator::V128Const { value } => ConstOp::V128Const(u128::from_le_bytes(*value.bytes())),
        Operator::GlobalGet { global_index } => ConstOp::GlobalGet(global_index),
        Operator::RefFunc { function_index } => ConstOp::RefFunc(function_index),
        Operator::RefNull { hty } => {
            let ty = wasmparser::RefType::new(true, hty)
                .ok_or_else(|| Error::unsupported("this reference type", at))?;
            ConstOp::RefNull(ref_type(ty, at)?)
        }
        Operator::I32Add => ConstOp::I32Add,
        Operator::I32Sub => ConstOp::I32Sub,
        Operator::I32Mul => ConstOp::I32Mul,
        Operator::I64Add => ConstOp::I64Add,
        Operator::I64Sub => ConstOp::I64Sub,
        Operator::I64Mul => ConstOp::I64Mul,
        _ => return Err(Error::unsupported("this operator in a constant expression", at)),
    })
}

pub(crate) fn ref_type(ty: wasmparser::RefType, at: usize) -> Result<RefType, Error> {
    match ty {
        wasmparser::RefType::FUNCREF => Ok(RefType::Func),
        wasmparser::RefType::EXTERNREF => Ok(RefType::Extern),
        other => Err(Error::unsupported(format!("the reference type {other}"), at)),
    }
}

pub(crate) fn val_type(ty: wasmparser::ValType, at: usize) -> Result<ValType, Error> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        wasmparser::ValType::Ref(r) => ValType::Ref(ref_type(r, at)?),
    })
}

pub(crate) fn func_type(ty: &wasmparser::FuncType, at: usize) -> Result<FuncType, Error> {
    let list = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>, Error> {
        types.iter().map(|&t| val_type(t, at)).collect()
    };
    Ok(FuncType { params: list(ty.params())?, results: list(ty.results())? })
}

pub(crate) fn table_type(ty: &wasmparser::TableType, at: usize) -> Result<TableType, Error> {
    if ty.shared {
        return Err(Error::unsupported("shared tables", at));
    }
    let limits = waxwing_module::Limits { min: ty.initial, max: ty.maximum };
    Ok(TableType { element: ref_type(ty.element_type, at)?, limits, table64: ty.table64 })
}

pub(crate) fn memory_type(ty: &wasmparser::MemoryType, at: usize) -> Result<MemoryType, Error> {
    let page_size_log2 = match ty.page_size_log2 {
        None | Some(16) => 16,
        Some(0) => 0,
        Some(_) => return Err(Error::unsupported("page sizes other than 1 and 65536", at)),
    };
    let limits = waxwing_module::Limits { min: ty.initial, max: ty.maximum };
    Ok(MemoryType { limits, memory64: ty.memory64, shared: ty.shared, page_size_log2 })
}

pub(crate) fn global_type(ty: &wasmparser::GlobalType, at: usize) -> Result<GlobalType, Error> {
    if ty.shared {
        return Err(Error::unsupported("shared globals", at));
    }
    Ok(GlobalType { content: val_type(ty.content_type, at)?, mutable: ty.mutable })
}
