//! Calls: of functions, through tables, and of the runtime.

use crate::function::Lower;
use crate::operand::{Operand, Saved};
use crate::survey::Known;
use crate::wide::{Half, Product};
use crate::{Area, BinOp, Callee, CmpOp, Emit, Error, Hint, LoadOp, Region, StoreOp, UnOp, WideOp};
use waxwing_layout::abi::{RESULT_STRIDE, Sig, Ty, has_results_area};
use waxwing_layout::builtin::Builtin;
use waxwing_layout::instance::{BUILTIN_ENTRY, func_ref, import_func, table_entry};
use waxwing_module::{FuncType, Trap};

impl<'a, E: Emit> Lower<'a, E> {
    /// The address of a built-in's code, its signature and its arguments.
    fn builtin_call<const N: usize>(
        &mut self,
        number: Builtin,
        args: [Operand<E::Val>; N],
        result: Option<Ty>,
    ) -> Option<E::Val> {
        const { assert!(N <= 4, "a built-in takes at most four arguments") };
        let mut params = vec![Ty::Ptr];
        params.resize(2 + N, Ty::I64);
        let args: Vec<E::Val> = args.into_iter().map(|a| self.zero_extend(a)).collect();
        let mut all = vec![self.emit.vmctx(), self.i64_const(u64::from(number as u32))];
        all.extend(args);
        let vmctx = self.emit.vmctx();
        let code = self.emit.load(LoadOp::Ptr, vmctx, None, BUILTIN_ENTRY, Region::Link);
        self.emit.call_builtin(code, &Sig { params, result }, all)
    }

    /// Calls a built-in and gives its answer, I64. Arguments that it does not have are left out.
    pub(crate) fn builtin<const N: usize>(
        &mut self,
        number: Builtin,
        args: [Operand<E::Val>; N],
    ) -> E::Val {
        self.builtin_call(number, args, Some(Ty::I64)).expect("the signature has a result")
    }

    /// Calls a built-in that has no answer.
    pub(crate) fn builtin_void<const N: usize>(
        &mut self,
        number: Builtin,
        args: [Operand<E::Val>; N],
    ) {
        let none = self.builtin_call(number, args, None);
        debug_assert!(none.is_none());
    }

    /// Room for the results of a call. It is free again once they are read.
    fn area(&mut self, ty: &FuncType) -> Option<Area> {
        if !has_results_area(ty) {
            return None;
        }
        let bytes = ty.results.len() as u32 * RESULT_STRIDE;
        if let Some(&(_, area)) = self.areas.iter().find(|&&(size, _)| size == bytes) {
            return Some(area);
        }
        let area = self.emit.area_new(bytes);
        self.areas.push((bytes, area));
        Some(area)
    }

    /// Every argument of a call: the callee's instance pointer, the results area, and those on the
    /// stack.
    fn arguments(&mut self, vmctx: E::Val, area: Option<Area>, ty: &FuncType) -> Vec<E::Val> {
        let mut args = vec![vmctx];
        if let Some(area) = area {
            args.push(self.emit.area_addr(area));
        }
        args.extend(self.take(ty.params.len()));
        args
    }

    fn push_results(&mut self, ty: &FuncType, area: Option<Area>, result: Option<E::Val>) {
        if let (Some(val), [ty]) = (result, &ty.results[..]) {
            self.push(val, Ty::of(*ty));
        }
        let Some(area) = area else { return };
        for (i, &result) in ty.results.iter().enumerate() {
            let ty = Ty::of(result);
            let base = self.emit.area_addr(area);
            let disp = (i as u32 * RESULT_STRIDE) as i32;
            let val = self.emit.load(LoadOp::of(ty), base, None, disp, Region::Frame);
            self.push(val, ty);
        }
    }

    pub(crate) fn call(&mut self, index: u32) -> Result<(), Error> {
        match self.env.survey.of(index) {
            Some(Known::Product(product)) if self.env.recognises() => {
                self.at();
                self.product(product);
            }
            Some(Known::Small(small)) if self.env.recognises() && self.has_room(small) => {
                return self.inline(index, small);
            }
            _ => self.plain_call(index),
        }
        Ok(())
    }

    /// Stores the product of the integers on the stack, see [`crate::wide`].
    fn product(&mut self, product: &Product) {
        let [b_high, b_low, a_high, a_low, address] = [(); 5].map(|()| self.pop());
        let (a_low, b_low) = (self.save(a_low), self.save(b_low));
        let address = self.save(address);
        let [a, b] = [a_low, b_low].map(|saved| {
            let operand = self.restore(saved);
            self.val(operand)
        });
        let [low, mut high] = self.emit.wide(WideOp::I64MulWideU, vec![a, b]);
        for (other, part) in [(a_low, b_high), (b_low, a_high)] {
            if part.known() != Some(0) {
                let other = self.restore(other);
                let (other, part) = (self.val(other), self.val(part));
                let cross = self.emit.binary(BinOp::I64Mul, other, part);
                high = self.emit.binary(BinOp::I64Add, high, cross);
            }
        }
        let mut halves = [Some(low), Some(high)];
        for Half { high, memarg } in product.stores {
            let Some(half) = halves[usize::from(high)].take() else { continue };
            let at = self.restore(address);
            self.stack.push(at);
            self.push(half, Ty::I64);
            self.store(StoreOp::I64, &memarg);
        }
        [a_low, b_low, address].into_iter().for_each(|saved| self.free_saved(saved));
    }

    fn plain_call(&mut self, index: u32) {
        self.at();
        let ty = self.env.module.func_type(index);
        let sig = Sig::of(ty);
        let area = self.area(ty);
        let result = if index < self.env.module.imported_funcs {
            let at = self.env.layout.imported_func(index) + import_func::FUNC_REF;
            let callee = self.link(at + func_ref::VMCTX);
            let args = self.arguments(callee, area, ty);
            let code = self.link(at + func_ref::CODE);
            self.emit.call_ptr(code, &sig, args)
        } else {
            let vmctx = self.emit.vmctx();
            let args = self.arguments(vmctx, area, ty);
            self.emit.call(Callee::Func(index), &sig, args)
        };
        self.push_results(ty, area, result);
    }

    /// An address in a field of the instance that never changes.
    pub(crate) fn constant(&mut self, at: i32) -> E::Val {
        let vmctx = self.emit.vmctx();
        self.emit.load(LoadOp::Ptr, vmctx, None, at, Region::Constant)
    }

    /// One that a call goes by.
    pub(crate) fn link(&mut self, at: i32) -> E::Val {
        let vmctx = self.emit.vmctx();
        self.emit.load(LoadOp::Ptr, vmctx, None, at, Region::Link)
    }

    pub(crate) fn call_indirect(&mut self, type_index: u32, table: u32) {
        self.at();
        let entry = self.checked_entry(type_index, table);
        let at = self.emit.local_get(entry);
        let vmctx = self.emit.load(LoadOp::Ptr, at, None, table_entry::VMCTX, Region::Table);
        let at = self.emit.local_get(entry);
        let code = self.emit.load(LoadOp::Ptr, at, None, table_entry::CODE, Region::Table);
        self.free(Ty::Ptr, entry);
        self.call_code(code, vmctx, self.env.module.signature(type_index));
    }

    /// Calls code at an address, with the instance pointer (or binding) that the code takes; the
    /// arguments are on the stack.
    pub(crate) fn call_code(&mut self, code: E::Val, vmctx: E::Val, ty: &FuncType) {
        let area = self.area(ty);
        let args = self.arguments(vmctx, area, ty);
        let result = self.emit.call_ptr(code, &Sig::of(ty), args);
        self.push_results(ty, area, result);
    }

    /// Takes an index from the stack and gives a temporary that holds the address of that entry of
    /// the table, which is a function of the type.
    pub(crate) fn checked_entry(&mut self, type_index: u32, table: u32) -> crate::Local {
        let index = self.pop();
        let index = self.save(index);
        let at = self.table_place(table, index, Trap::UndefinedElement);
        let entry = self.temp(Ty::Ptr);
        self.emit.local_set(entry, at);

        let at = self.emit.local_get(entry);
        let found = self.emit.load(LoadOp::I32, at, None, table_entry::TYPE, Region::Table);
        let expected = self.type_id(type_index);
        let differs = self.emit.compare(CmpOp::I32Ne, found, expected);
        let label = self.emit.if_(differs, &[], Hint::Unlikely);
        self.cold_entry(type_index, table, index, entry);
        let end = self.emit.end(label, Some(Vec::new()));
        debug_assert!(end.is_some_and(|vals| vals.is_empty()));
        self.free_saved(index);
        entry
    }

    /// The engine-wide id of a type.
    pub(crate) fn type_id(&mut self, type_index: u32) -> E::Val {
        let vmctx = self.emit.vmctx();
        let at = self.env.layout.type_id(type_index);
        self.emit.load(LoadOp::I32, vmctx, None, at, Region::Link)
    }

    /// Null, lazy and foreign entries alike: the runtime tells them apart, and traps or gives the
    /// address of the entry.
    fn cold_entry(&mut self, type_index: u32, table: u32, index: Saved, entry: crate::Local) {
        let index = self.restore(index);
        let expected = Operand::Val(self.type_id(type_index), Ty::I32);
        let table = Operand::Int(Ty::I64, i64::from(table));
        let at = self.builtin(Builtin::CallIndirectSlow, [table, index, expected]);
        let at = self.emit.unary(UnOp::PtrFromI64, at);
        self.emit.local_set(entry, at);
    }
}
