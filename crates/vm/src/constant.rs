//! Constant expressions (specification, section 4.9.2).

use crate::instance::{Instance, RawVal};
use crate::objects::write_field;
use crate::{Code, StoreInner};
use smallvec::SmallVec;
use waxwing_layout::gc as layout;
use waxwing_layout::object::{Fields, storage_size};
use waxwing_module::{CompositeType, ConstExpr, ConstOp, FieldType, Trap};

type Stack = SmallVec<[u128; 2]>;

/// What evaluation needs: the instance whose constants they are, and its store.
pub(crate) struct Eval<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) store: *mut StoreInner,
    pub(crate) owner: *mut (),
}

impl Eval<'_> {
    /// Evaluates a validated expression.
    ///
    /// # Errors
    /// [`Trap::HeapExhausted`] if it makes objects for which there is no room.
    ///
    /// # Safety
    /// The store and its owner are as for [`crate::call()`], and the instance is of that store.
    pub(crate) unsafe fn eval(&self, expr: &ConstExpr) -> Result<RawVal, Trap> {
        let mut stack: Stack = SmallVec::new();
        for op in &expr.ops {
            let value = match *op {
                ConstOp::I32Const(v) => u128::from(v as u32),
                ConstOp::I64Const(v) => u128::from(v as u64),
                ConstOp::F32Const(v) => u128::from(v),
                ConstOp::F64Const(v) => u128::from(v),
                ConstOp::V128Const(v) => v,
                ConstOp::RefNull(_) => 0,
                // SAFETY: globals live as long as the store.
                ConstOp::GlobalGet(i) => unsafe { (*self.instance.global(i)).read().0 },
                ConstOp::RefFunc(i) => self.instance.func_ref(i) as u128,
                ConstOp::RefI31 => u128::from((pop(&mut stack) as u32) << 1 | layout::I31),
                ConstOp::AnyConvertExtern | ConstOp::ExternConvertAny => pop(&mut stack),
                ConstOp::I32Add
                | ConstOp::I32Sub
                | ConstOp::I32Mul
                | ConstOp::I64Add
                | ConstOp::I64Sub
                | ConstOp::I64Mul => arithmetic(*op, &mut stack),
                // SAFETY: passed on to the caller.
                op => u128::from(unsafe { self.object(op, &mut stack)? }),
            };
            stack.push(value);
        }
        Ok(RawVal(pop(&mut stack)))
    }

    /// Makes an object; its parts are on the stack.
    ///
    /// # Safety
    /// As for [`Eval::eval`].
    unsafe fn object(&self, op: ConstOp, stack: &mut Stack) -> Result<u32, Trap> {
        let code: &Code = &self.instance.code;
        let (ty, len) = match op {
            ConstOp::ArrayNew(ty) | ConstOp::ArrayNewDefault(ty) => (ty, pop(stack) as u32),
            ConstOp::ArrayNewFixed(ty, len) => (ty, len),
            ConstOp::StructNew(ty) | ConstOp::StructNewDefault(ty) => (ty, 0),
            _ => return Err(Trap::Unreachable),
        };
        // SAFETY: the store is valid; nothing else of it is borrowed.
        let temps = unsafe { &mut (*self.store).temps };
        let held = temps.len();
        temps.extend(stack.iter().map(|&v| v as u64));
        // SAFETY: passed on to the caller.
        let made =
            unsafe { StoreInner::new_object(self.store, self.owner, code.type_word(ty), len) };
        // SAFETY: as above.
        unsafe { (*self.store).temps.truncate(held) };
        let object = made?;
        let composite = &code.module.types[ty as usize].composite;
        let parts: Vec<(u64, FieldType)> = match (composite, op) {
            (CompositeType::Struct(fields), ConstOp::StructNew(_)) => {
                let offsets = Fields::of_struct(fields).offsets;
                offsets.iter().map(|&at| u64::from(at)).zip(fields.iter().copied()).collect()
            }
            (CompositeType::Array(element), ConstOp::ArrayNewFixed(..)) => {
                elements(*element, len).collect()
            }
            _ => Vec::new(),
        };
        let values: Stack = stack.drain(stack.len() - parts.len()..).collect();
        // SAFETY: the store is valid, and nothing of it is borrowed.
        let heap = unsafe { (*self.store).heap_mut() }.ok_or(Trap::HeapExhausted)?;
        if let (CompositeType::Array(element), ConstOp::ArrayNew(_)) = (composite, op) {
            let value = pop(stack);
            for (offset, field) in elements(*element, len) {
                write_field(heap, object, offset, field.storage, value)
                    .ok_or(Trap::HeapExhausted)?;
            }
        }
        for ((offset, field), value) in parts.into_iter().zip(values) {
            write_field(heap, object, offset, field.storage, value).ok_or(Trap::HeapExhausted)?;
        }
        Ok(object)
    }
}

/// # Panics
/// If there is none, which validation rules out.
fn pop(stack: &mut Stack) -> u128 {
    stack.pop().expect("a validated expression has its operands")
}

fn elements(element: FieldType, len: u32) -> impl Iterator<Item = (u64, FieldType)> {
    let size = u64::from(storage_size(element.storage));
    (0..u64::from(len)).map(move |i| (layout::ELEMENTS as u64 + i * size, element))
}

fn arithmetic(op: ConstOp, stack: &mut Stack) -> u128 {
    let b = pop(stack);
    let a = pop(stack);
    let (a32, b32) = (a as u32, b as u32);
    let (a64, b64) = (a as u64, b as u64);
    match op {
        ConstOp::I32Add => u128::from(a32.wrapping_add(b32)),
        ConstOp::I32Sub => u128::from(a32.wrapping_sub(b32)),
        ConstOp::I32Mul => u128::from(a32.wrapping_mul(b32)),
        ConstOp::I64Add => u128::from(a64.wrapping_add(b64)),
        ConstOp::I64Sub => u128::from(a64.wrapping_sub(b64)),
        _ => u128::from(a64.wrapping_mul(b64)),
    }
}
