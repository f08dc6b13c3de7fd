//! Tables (specification, section 4.4.6).

use crate::function::Lower;
use crate::operand::{Operand, Saved};
use crate::{BinOp, CmpOp, Emit, Hint, LoadOp, Region, StoreOp, UnOp};
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::instance::{ref_entry, table_def, table_entry};
use waxwing_module::{RefType, Trap};

impl<E: Emit> Lower<'_, E> {
    fn element(&self, table: u32) -> RefType {
        self.env.module.tables[table as usize].element
    }

    /// The length of a table that can never grow.
    fn fixed_len(&self, table: u32) -> Option<u64> {
        let limits = self.env.module.tables[table as usize].limits;
        (limits.max == Some(limits.min)).then_some(limits.min)
    }

    fn table_field(&mut self, table: u32, op: LoadOp, field: i32, region: Region) -> E::Val {
        let imported = table < self.env.module.imported_tables;
        let at = self.env.layout.table(table);
        self.definition_field(imported, at, op, field, region)
    }

    /// The type of indices into a table, and of its size.
    fn index_type(&self, table: u32) -> Ty {
        if self.env.module.tables[table as usize].table64 { Ty::I64 } else { Ty::I32 }
    }

    /// The length in entries, of the type of indices: a table with narrow ones has fewer than 2^32,
    /// and the low half of the field comes first.
    fn table_len(&mut self, table: u32) -> E::Val {
        let ty = self.index_type(table);
        match (self.fixed_len(table), ty) {
            (Some(len), Ty::I64) => self.i64_const(len),
            (Some(len), _) => self.emit.iconst(Ty::I32, i64::from(len as u32 as i32)),
            (None, _) => self.table_field(table, LoadOp::of(ty), table_def::LEN, Region::Field),
        }
    }

    /// Raises `trap` unless there is an entry of this index.
    fn check_index(&mut self, table: u32, index: Operand<E::Val>, trap: Trap) {
        let narrow = self.index_type(table) == Ty::I32;
        let index = self.val(index);
        let len = self.table_len(table);
        let op = if narrow { CmpOp::I32GeU } else { CmpOp::I64GeU };
        self.trap_when(op, index, len, trap);
    }

    /// The address of an entry. Raises `trap` if there is no such entry.
    pub(crate) fn table_place(&mut self, table: u32, index: Saved, trap: Trap) -> E::Val {
        let known = match index {
            Saved::Int(Ty::I32, known) => Some(u64::from(known as u32)),
            Saved::Int(_, known) => Some(known as u64),
            Saved::Temp(..) => None,
        };
        let is_inside = match (self.fixed_len(table), known) {
            (Some(len), Some(known)) => known < len,
            _ => false,
        };
        if !is_inside {
            let checked = self.restore(index);
            self.check_index(table, checked, trap);
        }
        let own = table >= self.env.module.imported_tables;
        let fixed = own && self.fixed_len(table).is_some();
        let region = if fixed { Region::Link } else { Region::Field };
        let base = self.table_field(table, LoadOp::Ptr, table_def::BASE, region);
        let shift =
            if self.element(table).is_func() { table_entry::SHIFT } else { ref_entry::SHIFT };
        let distance = match known {
            Some(known) => self.i64_const(known << shift),
            None => {
                let index = self.restore(index);
                let index = self.zero_extend(index);
                let shift = self.i64_const(u64::from(shift));
                self.emit.binary(BinOp::I64Shl, index, shift)
            }
        };
        self.ptr_add(base, distance)
    }

    pub(crate) fn table_get(&mut self, table: u32) {
        self.at();
        let index = self.pop();
        let index = self.save(index);
        let entry = self.table_place(table, index, Trap::TableOutOfBounds);
        if self.element(table).is_func() {
            let word = self.func_word(table, index, entry);
            self.push(word, Ty::Ptr);
        } else {
            let reference = self.emit.load(LoadOp::I32, entry, None, 0, Region::Table);
            self.push(reference, Ty::I32);
        }
        self.free_saved(index);
    }

    /// The `funcref` in an entry, filled in if it is not yet.
    fn func_word(&mut self, table: u32, index: Saved, entry: E::Val) -> E::Val {
        // An address of a `FuncRef` is a multiple of 8, so that the lowest bit says "null".
        const { assert!(table_entry::NULL == 1) };
        let word = self.temp(Ty::I64);
        let op = LoadOp::I64;
        let val = self.emit.load(op, entry, None, table_entry::FUNC_REF, Region::Table);
        self.emit.local_set(word, val);
        let val = self.emit.local_get(word);
        let zero = self.i64_const(0);
        let lazy = self.emit.compare(CmpOp::I64Eq, val, zero);
        let label = self.emit.if_(lazy, &[], Hint::Unlikely);
        let index = self.restore(index);
        let number = Operand::Int(Ty::I64, i64::from(table));
        let val = self.builtin(Builtin::TableGetLazy, [number, index]);
        self.emit.local_set(word, val);
        let end = self.emit.end(label, Some(Vec::new()));
        debug_assert!(end.is_some_and(|vals| vals.is_empty()));
        let val = self.emit.local_get(word);
        self.free(Ty::I64, word);
        let mask = self.i64_const(!table_entry::NULL);
        let val = self.emit.binary(BinOp::I64And, val, mask);
        self.emit.unary(UnOp::PtrFromI64, val)
    }

    pub(crate) fn table_set(&mut self, table: u32) {
        self.at();
        let value = self.pop();
        let index = self.pop();
        if self.element(table).is_func() {
            let (checked, index) = self.twice(index);
            self.check_index(table, checked, Trap::TableOutOfBounds);
            let table = Operand::Int(Ty::I64, i64::from(table));
            self.builtin_void(Builtin::TableSetFunc, [table, index, value]);
        } else {
            let index = self.save(index);
            let entry = self.table_place(table, index, Trap::TableOutOfBounds);
            self.free_saved(index);
            let value = self.zero_extend(value);
            self.emit.store(StoreOp::I64, entry, None, 0, value, Region::Table);
        }
    }

    pub(crate) fn table_size(&mut self, table: u32) {
        let len = self.table_len(table);
        self.push(len, self.index_type(table));
    }

    pub(crate) fn table_grow(&mut self, table: u32) {
        self.at();
        let entries = self.pop();
        let value = self.pop();
        let number = Operand::Int(Ty::I64, i64::from(table));
        let old = self.builtin(Builtin::TableGrow, [number, entries, value]);
        let ty = self.index_type(table);
        let old = if ty == Ty::I32 { self.emit.unary(UnOp::I32WrapI64, old) } else { old };
        self.push(old, ty);
    }

    pub(crate) fn table_fill(&mut self, table: u32) {
        self.at();
        let entries = self.pop();
        let value = self.pop();
        let from = self.pop();
        let table = Operand::Int(Ty::I64, i64::from(table));
        self.builtin_void(Builtin::TableFill, [table, from, value, entries]);
    }

    pub(crate) fn table_copy(&mut self, to_table: u32, from_table: u32) {
        self.bulk_builtin(Builtin::TableCopy, to_table, from_table);
    }

    pub(crate) fn table_init(&mut self, segment: u32, table: u32) {
        self.bulk_builtin(Builtin::TableInit, table, segment);
    }

    pub(crate) fn elem_drop(&mut self, segment: u32) {
        self.at();
        self.builtin_void(Builtin::ElemDrop, [Operand::Int(Ty::I64, i64::from(segment))]);
    }

    /// A built-in that takes `(low | high << 32, to, from, count)`, the last three from the stack.
    pub(crate) fn bulk_builtin(&mut self, number: Builtin, low: u32, high: u32) {
        self.at();
        let count = self.pop();
        let from = self.pop();
        let to = self.pop();
        let both = (u64::from(low) | u64::from(high) << 32) as i64;
        self.builtin_void(number, [Operand::Int(Ty::I64, both), to, from, count]);
    }
}
