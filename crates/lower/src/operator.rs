//! From WebAssembly's operators to their meanings: one call for each.

use crate::function::Lower;
use crate::operand::Operand;
use crate::{BinOp, CmpOp, Emit, Error, SimdOp, UnOp, WideOp};
use wasmparser::Operator;
use waxwing_layout::abi::Ty;

impl<E: Emit> Lower<'_, E> {
    /// Lowers a validated operator.
    pub(crate) fn operator(&mut self, op: &Operator<'_>) -> Result<(), Error> {
        if self.dead.is_some() {
            return self.dead_operator(op);
        }
        match *op {
            Operator::LocalGet { local_index } => self.local_get(local_index),
            Operator::LocalSet { local_index } => self.local_set(local_index),
            Operator::LocalTee { local_index } => self.local_tee(local_index),
            Operator::GlobalGet { global_index } => self.global_get(global_index),
            Operator::GlobalSet { global_index } => self.global_set(global_index),
            Operator::I32Const { value } => {
                self.stack.push(Operand::Int(Ty::I32, i64::from(value)));
            }
            Operator::I64Const { value } => self.stack.push(Operand::Int(Ty::I64, value)),
            Operator::F32Const { value } => {
                let val = self.emit.f32_const(value.bits());
                self.push(val, Ty::F32);
            }
            Operator::F64Const { value } => {
                let val = self.emit.f64_const(value.bits());
                self.push(val, Ty::F64);
            }
            Operator::V128Const { value } => {
                let val = self.emit.v128_const(value.i128() as u128);
                self.push(val, Ty::V128);
            }
            Operator::Nop => {}
            Operator::Drop => {
                let operand = self.pop();
                self.give_up(operand);
            }
            Operator::Select | Operator::TypedSelect { .. } => self.select(),
            Operator::Unreachable => self.unreachable(),
            Operator::Block { blockty } => self.block(blockty)?,
            Operator::Loop { blockty } => self.loop_(blockty)?,
            Operator::If { blockty } => self.if_(blockty)?,
            Operator::Else => self.else_(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => self.br(relative_depth),
            Operator::BrIf { relative_depth } => self.br_if(relative_depth),
            Operator::BrTable { ref targets } => self.br_table(targets)?,
            Operator::Return => self.return_(),
            Operator::Call { function_index } => self.call(function_index)?,
            Operator::CallIndirect { type_index, table_index } => {
                self.call_indirect(type_index, table_index);
            }
            Operator::ReturnCall { function_index } => self.return_call(function_index),
            Operator::ReturnCallIndirect { type_index, table_index } => {
                self.return_call_indirect(type_index, table_index);
            }
            Operator::TryTable { ref try_table } => self.try_table(try_table)?,
            Operator::Throw { tag_index } => self.throw(tag_index),
            Operator::ThrowRef => self.throw_ref(),
            Operator::Try { blockty } => self.try_(blockty)?,
            Operator::Catch { tag_index } => self.catch(Some(tag_index)),
            Operator::CatchAll => self.catch(None),
            Operator::Delegate { relative_depth } => self.delegate(relative_depth),
            Operator::Rethrow { relative_depth } => self.rethrow(relative_depth),
            _ => return self.numeric_operator(op),
        }
        Ok(())
    }

    fn numeric_operator(&mut self, op: &Operator<'_>) -> Result<(), Error> {
        if let Some(op) = BinOp::of(op) {
            self.binary(op);
        } else if let Some(op) = CmpOp::of(op) {
            self.compare(op);
        } else if let Some(op) = UnOp::of(op) {
            self.unary(op);
        } else if let Some((op, memarg)) = crate::memory::load_of(op) {
            self.load(op, &memarg);
        } else if let Some((op, memarg)) = crate::memory::store_of(op) {
            self.store(op, &memarg);
        } else if let Some(op) = SimdOp::of(op) {
            self.simd(op);
        } else if let Some(op) = WideOp::of(op) {
            self.wide(op);
        } else if self.atomic_operator(op) {
            // Nothing is left to do.
        } else {
            return self.other_operator(op);
        }
        Ok(())
    }

    fn other_operator(&mut self, op: &Operator<'_>) -> Result<(), Error> {
        match *op {
            Operator::I32Eqz => self.eqz(CmpOp::I32Eq, Ty::I32),
            Operator::I64Eqz => self.eqz(CmpOp::I64Eq, Ty::I64),
            Operator::MemorySize { mem } => self.memory_size(mem),
            Operator::MemoryGrow { mem } => self.memory_grow(mem),
            Operator::MemoryCopy { dst_mem, src_mem } => self.memory_copy(dst_mem, src_mem),
            Operator::MemoryFill { mem } => self.memory_fill(mem),
            Operator::MemoryInit { data_index, mem } => self.memory_init(data_index, mem),
            Operator::DataDrop { data_index } => self.data_drop(data_index),
            Operator::RefNull { hty } => self.ref_null(hty)?,
            Operator::RefIsNull => self.ref_is_null(),
            Operator::RefFunc { function_index } => self.ref_func(function_index),
            Operator::TableGet { table } => self.table_get(table),
            Operator::TableSet { table } => self.table_set(table),
            Operator::TableSize { table } => self.table_size(table),
            Operator::TableGrow { table } => self.table_grow(table),
            Operator::TableFill { table } => self.table_fill(table),
            Operator::TableCopy { dst_table, src_table } => self.table_copy(dst_table, src_table),
            Operator::TableInit { elem_index, table } => self.table_init(elem_index, table),
            Operator::ElemDrop { elem_index } => self.elem_drop(elem_index),
            _ if self.object_operator(op)? => {}
            _ => return self.lane_operator(op),
        }
        Ok(())
    }

    /// An operator that is not reached: valid, but without effect other than nesting.
    fn dead_operator(&mut self, op: &Operator<'_>) -> Result<(), Error> {
        match op {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::TryTable { .. }
            | Operator::Try { .. } => self.skip_open(),
            Operator::Else if !self.skipped(false) => self.else_(),
            Operator::End if !self.skipped(true) => self.end(),
            Operator::Catch { tag_index } if !self.skipped(false) => self.catch(Some(*tag_index)),
            Operator::CatchAll if !self.skipped(false) => self.catch(None),
            Operator::Delegate { relative_depth } if !self.skipped(true) => {
                self.delegate(*relative_depth);
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn no_meaning(&self, op: &Operator<'_>) -> Error {
        let shown = format!("{op:?}");
        let name = shown.split([' ', '{']).next().unwrap_or(&shown);
        self.unsupported(&format!("operator {name}"))
    }
}
