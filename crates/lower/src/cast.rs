//! Tests and casts of references (specification, section 4.4.4).

use crate::function::{Lower, reference_type};
use crate::object::Extend;
use crate::operand::Saved;
use crate::{BinOp, CmpOp, Emit, Error, Hint, LoadOp, Region, UnOp};
use wasmparser::Operator;
use waxwing_layout::abi::Ty;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::gc::{I31, KIND_ARRAY, KIND_HOST, KIND_SHIFT, KIND_STRUCTURE, TYPE};
use waxwing_layout::instance::{TYPE_TABLE, func_ref};
use waxwing_layout::object::{DISPLAY_SHIFT, NUMBER};
use waxwing_module::{HeapType, RefType, Trap};

/// Whether an operator tests or casts a reference.
pub(crate) fn tests(op: &Operator<'_>) -> bool {
    matches!(
        op,
        Operator::RefTestNonNull { .. }
            | Operator::RefTestNullable { .. }
            | Operator::RefCastNonNull { .. }
            | Operator::RefCastNullable { .. }
            | Operator::BrOnCast { .. }
            | Operator::BrOnCastFail { .. }
    )
}

/// What validation knows of the reference that is tested.
#[derive(Clone, Copy)]
struct Known {
    nullable: bool,
    /// It may be an `i31`.
    i31: bool,
}

impl<E: Emit> Lower<'_, E> {
    fn known(&self) -> Result<(Known, Option<HeapType>), Error> {
        let Some(ty) = self.tested else {
            return Ok((Known { nullable: true, i31: true }, None));
        };
        // The validator's own name for a defined type says that it is no `i31`; which it is, is not
        // needed.
        if matches!(ty.heap_type(), wasmparser::HeapType::Concrete(_)) {
            return Ok((Known { nullable: ty.is_nullable(), i31: false }, None));
        }
        let heap = self.heap_type(ty.heap_type())?;
        let i31 = matches!(heap, HeapType::Any | HeapType::Eq | HeapType::I31)
            || heap.top() == HeapType::Extern;
        Ok((Known { nullable: ty.is_nullable(), i31 }, Some(heap)))
    }

    fn is_subtype(&self, a: u32, b: u32) -> bool {
        // The same type may have several indices: then the answer is a false no, which costs a test.
        let above = |&i: &u32| self.env.module.types[i as usize].supertype;
        std::iter::successors(Some(a), above).any(|i| i == b)
    }

    /// Pushes an operand that was set aside.
    fn put_back(&mut self, reference: Saved) {
        let val = self.restore(reference);
        self.free_saved(reference);
        self.stack.push(val);
    }

    fn is_null(&mut self, reference: Saved) -> E::Val {
        let reference = self.restore(reference);
        let ty = reference.ty();
        let op = if ty == Ty::Ptr { CmpOp::PtrEq } else { CmpOp::I32Eq };
        let val = self.val(reference);
        let null = self.emit.iconst(ty, 0);
        self.emit.compare(op, val, null)
    }

    fn is_i31(&mut self, reference: Saved) -> E::Val {
        let reference = self.restore(reference);
        let reference = self.val(reference);
        let one = self.emit.iconst(Ty::I32, i64::from(I31));
        self.emit.binary(BinOp::I32And, reference, one)
    }

    /// The type word of what a reference refers to, which is not null, or faults with `trap`.
    fn type_word(&mut self, reference: Saved, trap: Option<Trap>) -> E::Val {
        let reference = self.restore(reference);
        if reference.ty() == Ty::Ptr {
            let func = self.val(reference);
            return self.emit.load(LoadOp::I32, func, None, func_ref::TYPE, Region::Function(trap));
        }
        if !self.env.module.needs_heap() {
            // Its instances do not know where the heap is.
            let word = self.builtin(Builtin::TypeWord, [reference]);
            return self.emit.unary(UnOp::I32WrapI64, word);
        }
        let address = self.object_address(reference);
        self.emit.load(LoadOp::I32, address, None, TYPE, Region::Header(trap))
    }

    /// Whether a type word is that of a defined type or of one below it, I32.
    fn word_matches(&mut self, word: E::Val, ty: u32) -> E::Val {
        let wanted = self.type_id(ty);
        let (word, compared) = self.emit.dup(word);
        let same = self.emit.compare(CmpOp::I32Eq, compared, wanted);
        if self.env.module.types[ty as usize].is_final {
            self.emit.drop_val(word);
            return same;
        }
        let saved = self.temp(Ty::I32);
        self.emit.local_set(saved, word);
        let out = self.temp(Ty::I32);
        self.emit.local_set(out, same);
        let same = self.emit.local_get(out);
        let zero = self.emit.iconst(Ty::I32, 0);
        let differs = self.emit.compare(CmpOp::I32Eq, same, zero);
        let label = self.emit.if_(differs, &[], Hint::None);
        let word = self.emit.local_get(saved);
        let mask = self.emit.iconst(Ty::I32, i64::from(NUMBER));
        let number = self.emit.binary(BinOp::I32And, word, mask);
        let number = self.emit.unary(UnOp::I64ExtendI32U, number);
        let shift = self.i64_const(u64::from(DISPLAY_SHIFT));
        let distance = self.emit.binary(BinOp::I64Shl, number, shift);
        let table = self.constant(TYPE_TABLE);
        let depth = self.env.module.type_depth(ty) as i32 * 4;
        let above = self.emit.load(LoadOp::I32, table, Some(distance), depth, Region::Constant);
        let wanted = self.type_id(ty);
        let same = self.emit.compare(CmpOp::I32Eq, above, wanted);
        self.emit.local_set(out, same);
        self.emit.end(label, Some(Vec::new()));
        self.free(Ty::I32, saved);
        let val = self.emit.local_get(out);
        self.free(Ty::I32, out);
        val
    }

    /// Whether an object is of a heap type that only its header tells, I32.
    fn header_matches(&mut self, word: E::Val, heap: HeapType) -> E::Val {
        let kind = |kind: u32| i64::from(kind);
        let (op, wanted) = match heap {
            HeapType::Defined(_, ty) => return self.word_matches(word, ty),
            HeapType::Struct => (CmpOp::I32Eq, kind(KIND_STRUCTURE)),
            HeapType::Array => (CmpOp::I32Eq, kind(KIND_ARRAY)),
            _ => (CmpOp::I32Ne, kind(KIND_HOST)),
        };
        let shift = self.emit.iconst(Ty::I32, i64::from(KIND_SHIFT));
        let found = self.emit.binary(BinOp::I32ShrU, word, shift);
        let wanted = self.emit.iconst(Ty::I32, wanted);
        self.emit.compare(op, found, wanted)
    }

    /// Whether a reference is of a type, I32.
    fn matches(&mut self, reference: Saved, wanted: RefType) -> Result<E::Val, Error> {
        let (known, have) = self.known()?;
        let heap = wanted.heap;
        let upward = have.is_some_and(|have| have.matches(heap, &|a, b| self.is_subtype(a, b)));
        if upward && (wanted.nullable || !known.nullable) {
            return Ok(self.emit.iconst(Ty::I32, 1));
        }
        if upward {
            let null = self.is_null(reference);
            return Ok(self.negate(null));
        }
        if heap == heap.bottom() {
            return Ok(if wanted.nullable {
                self.is_null(reference)
            } else {
                self.emit.iconst(Ty::I32, 0)
            });
        }
        let out = self.temp(Ty::I32);
        let label = self.emit.block(&[]);
        if known.nullable {
            let null = self.emit.iconst(Ty::I32, i64::from(wanted.nullable));
            self.emit.local_set(out, null);
            let null = self.is_null(reference);
            self.emit.br_if(null, label, Vec::new(), Hint::None);
        }
        if heap == HeapType::I31 {
            let i31 = self.is_i31(reference);
            self.emit.local_set(out, i31);
        } else {
            if known.i31 {
                let answer = self.emit.iconst(Ty::I32, i64::from(heap == HeapType::Eq));
                self.emit.local_set(out, answer);
                let i31 = self.is_i31(reference);
                self.emit.br_if(i31, label, Vec::new(), Hint::None);
            }
            let word = self.type_word(reference, None);
            let answer = self.header_matches(word, heap);
            self.emit.local_set(out, answer);
        }
        self.emit.end(label, Some(Vec::new()));
        let val = self.emit.local_get(out);
        self.free(Ty::I32, out);
        Ok(val)
    }

    fn negate(&mut self, cond: E::Val) -> E::Val {
        let zero = self.emit.iconst(Ty::I32, 0);
        self.emit.compare(CmpOp::I32Eq, cond, zero)
    }

    fn wanted(&self, nullable: bool, heap: wasmparser::HeapType) -> Result<RefType, Error> {
        Ok(RefType { nullable, heap: self.heap_type(heap)? })
    }

    fn ref_test(&mut self, wanted: RefType) -> Result<(), Error> {
        self.at();
        let reference = self.pop();
        let reference = self.save(reference);
        let answer = self.matches(reference, wanted)?;
        self.free_saved(reference);
        self.push(answer, Ty::I32);
        Ok(())
    }

    fn ref_cast(&mut self, wanted: RefType) -> Result<(), Error> {
        self.at();
        let reference = self.pop();
        let reference = self.save(reference);
        let (known, _) = self.known()?;
        let by_header = matches!(wanted.heap, HeapType::Defined(..))
            && (self.env.module.needs_heap() || reference_type(wanted.heap) == Ty::Ptr);
        let fits = if by_header && !wanted.nullable {
            // Null faults: the header is read, and the trap is the same.
            if known.i31 && reference_type(wanted.heap) == Ty::I32 {
                let i31 = self.is_i31(reference);
                self.emit.trap_if(i31, Trap::CastFailure);
            }
            let trap = known.nullable.then_some(Trap::CastFailure);
            let word = self.type_word(reference, trap);
            self.header_matches(word, wanted.heap)
        } else {
            self.matches(reference, wanted)?
        };
        let fails = self.negate(fits);
        self.emit.trap_if(fails, Trap::CastFailure);
        self.put_back(reference);
        Ok(())
    }

    /// `br_on_cast`, or with `fail` `br_on_cast_fail`.
    pub(crate) fn br_on_cast(
        &mut self,
        depth: u32,
        to: wasmparser::RefType,
        fail: bool,
    ) -> Result<(), Error> {
        self.at();
        let wanted = self.wanted(to.is_nullable(), to.heap_type())?;
        let reference = self.pop();
        let reference = self.save(reference);
        let fits = self.matches(reference, wanted)?;
        let cond = if fail { self.negate(fits) } else { fits };
        self.put_back(reference);
        self.branch_if(cond, depth);
        Ok(())
    }

    pub(crate) fn br_on_null(&mut self, depth: u32) {
        let reference = self.pop();
        let reference = self.save(reference);
        let null = self.is_null(reference);
        self.branch_if(null, depth);
        self.put_back(reference);
    }

    pub(crate) fn br_on_non_null(&mut self, depth: u32) {
        let reference = self.pop();
        let reference = self.save(reference);
        let null = self.is_null(reference);
        let cond = self.negate(null);
        self.put_back(reference);
        self.branch_if(cond, depth);
        let null = self.pop();
        self.give_up(null);
    }

    pub(crate) fn ref_as_non_null(&mut self) {
        self.at();
        let reference = self.pop();
        let reference = self.save(reference);
        let null = self.is_null(reference);
        self.emit.trap_if(null, Trap::NullReference);
        self.put_back(reference);
    }

    pub(crate) fn ref_eq(&mut self) {
        let b = self.pop_val();
        let a = self.pop_val();
        let same = self.emit.compare(CmpOp::I32Eq, a, b);
        self.push(same, Ty::I32);
    }

    pub(crate) fn ref_i31(&mut self) {
        let value = self.pop_val();
        let one = self.emit.iconst(Ty::I32, 1);
        let shifted = self.emit.binary(BinOp::I32Shl, value, one);
        let tag = self.emit.iconst(Ty::I32, i64::from(I31));
        let val = self.emit.binary(BinOp::I32Or, shifted, tag);
        self.push(val, Ty::I32);
    }

    pub(crate) fn i31_get(&mut self, extend: Extend) {
        self.at();
        let reference = self.pop();
        let reference = self.save(reference);
        let null = self.is_null(reference);
        self.emit.trap_if(null, Trap::NullI31);
        let val = self.restore(reference);
        self.free_saved(reference);
        let val = self.val(val);
        let one = self.emit.iconst(Ty::I32, 1);
        let op = if extend == Extend::Signed { BinOp::I32ShrS } else { BinOp::I32ShrU };
        let val = self.emit.binary(op, val, one);
        self.push(val, Ty::I32);
    }

    /// The code and the instance pointer behind the `funcref` on the stack; null faults.
    fn func_parts(&mut self) -> (E::Val, E::Val) {
        let func = self.pop_val();
        let (func, first) = self.emit.dup(func);
        let region = Region::Function(Some(Trap::NullFunction));
        let code = self.emit.load(LoadOp::Ptr, first, None, func_ref::CODE, region);
        let region = Region::Function(None);
        let vmctx = self.emit.load(LoadOp::Ptr, func, None, func_ref::VMCTX, region);
        (code, vmctx)
    }

    pub(crate) fn call_ref(&mut self, type_index: u32) {
        self.at();
        let (code, vmctx) = self.func_parts();
        self.call_code(code, vmctx, self.env.module.signature(type_index));
    }

    pub(crate) fn return_call_ref(&mut self, type_index: u32) {
        self.at();
        let (code, vmctx) = self.func_parts();
        self.return_call_code(code, vmctx, self.env.module.signature(type_index));
    }

    /// Lowers an operator on references or objects; false if it is none.
    pub(crate) fn object_operator(&mut self, op: &Operator<'_>) -> Result<bool, Error> {
        match *op {
            Operator::StructNew { struct_type_index } => self.struct_new(struct_type_index),
            Operator::StructNewDefault { struct_type_index } => {
                self.struct_new_default(struct_type_index);
            }
            Operator::StructGet { struct_type_index, field_index } => {
                self.struct_get(struct_type_index, field_index, Extend::Whole);
            }
            Operator::StructGetS { struct_type_index, field_index } => {
                self.struct_get(struct_type_index, field_index, Extend::Signed);
            }
            Operator::StructGetU { struct_type_index, field_index } => {
                self.struct_get(struct_type_index, field_index, Extend::Unsigned);
            }
            Operator::StructSet { struct_type_index, field_index } => {
                self.struct_set(struct_type_index, field_index);
            }
            Operator::ArrayNew { array_type_index } => self.array_new(array_type_index),
            Operator::ArrayNewDefault { array_type_index } => {
                self.array_new_default(array_type_index);
            }
            Operator::ArrayNewFixed { array_type_index, array_size } => {
                self.array_new_fixed(array_type_index, array_size);
            }
            Operator::ArrayNewData { array_type_index, array_data_index } => {
                self.array_new_segment(Builtin::ArrayNewData, array_type_index, array_data_index);
            }
            Operator::ArrayNewElem { array_type_index, array_elem_index } => {
                self.array_new_segment(Builtin::ArrayNewElem, array_type_index, array_elem_index);
            }
            Operator::ArrayGet { array_type_index } => {
                self.array_get(array_type_index, Extend::Whole);
            }
            Operator::ArrayGetS { array_type_index } => {
                self.array_get(array_type_index, Extend::Signed);
            }
            Operator::ArrayGetU { array_type_index } => {
                self.array_get(array_type_index, Extend::Unsigned);
            }
            Operator::ArraySet { array_type_index } => self.array_set(array_type_index),
            Operator::ArrayLen => self.array_len(),
            Operator::ArrayFill { array_type_index } => self.array_fill(array_type_index),
            Operator::ArrayCopy { array_type_index_dst, array_type_index_src } => {
                self.array_copy(array_type_index_dst, array_type_index_src);
            }
            Operator::ArrayInitData { array_type_index, array_data_index } => {
                self.array_init_segment(Builtin::ArrayInitData, array_type_index, array_data_index);
            }
            Operator::ArrayInitElem { array_type_index, array_elem_index } => {
                self.array_init_segment(Builtin::ArrayInitElem, array_type_index, array_elem_index);
            }
            _ => return self.reference_operator(op),
        }
        Ok(true)
    }

    fn reference_operator(&mut self, op: &Operator<'_>) -> Result<bool, Error> {
        match *op {
            Operator::RefI31 => self.ref_i31(),
            Operator::I31GetS => self.i31_get(Extend::Signed),
            Operator::I31GetU => self.i31_get(Extend::Unsigned),
            Operator::RefEq => self.ref_eq(),
            Operator::RefAsNonNull => self.ref_as_non_null(),
            Operator::BrOnNull { relative_depth } => self.br_on_null(relative_depth),
            Operator::BrOnNonNull { relative_depth } => self.br_on_non_null(relative_depth),
            Operator::RefTestNonNull { hty } => self.ref_test(self.wanted(false, hty)?)?,
            Operator::RefTestNullable { hty } => self.ref_test(self.wanted(true, hty)?)?,
            Operator::RefCastNonNull { hty } => self.ref_cast(self.wanted(false, hty)?)?,
            Operator::RefCastNullable { hty } => self.ref_cast(self.wanted(true, hty)?)?,
            Operator::BrOnCast { relative_depth, to_ref_type, .. } => {
                self.br_on_cast(relative_depth, to_ref_type, false)?;
            }
            Operator::BrOnCastFail { relative_depth, to_ref_type, .. } => {
                self.br_on_cast(relative_depth, to_ref_type, true)?;
            }
            Operator::CallRef { type_index } => self.call_ref(type_index),
            Operator::ReturnCallRef { type_index } => self.return_call_ref(type_index),
            Operator::AnyConvertExtern | Operator::ExternConvertAny => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}
