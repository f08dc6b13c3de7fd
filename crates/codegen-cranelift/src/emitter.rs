//! [`Emit`] for Cranelift: the state, and the way from each method to where it is done.

use crate::isa::has;
use crate::memory::Regions;
use crate::scalar::ty;
use crate::unit::Unit;
use crate::{control, fuel, memory};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, InstBuilder, MemFlagsData, SigRef, SourceLoc, StackSlotData, StackSlotKind, Type, Value,
    types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::settings;
use cranelift_frontend::{FunctionBuilder, Variable};
use std::collections::HashMap;
use waxwing_layout::abi::{Sig, Ty};
use waxwing_lower::{
    Area, BinOp, Callee, Cell, CmpOp, Emit, Error, Hint, Label, LoadOp, Local, Region, RmwOp,
    SimdOp, StoreOp, UnOp, WideOp,
};
use waxwing_module::Trap;

/// An operand.
#[derive(Debug)]
pub(crate) struct Val {
    value: Value,
    /// It is the 8-bit 0 or 1 of a comparison, not yet extended to I32: branches, selections and
    /// traps take it as it is.
    flag: bool,
}

impl Val {
    /// The same operand again.
    pub(crate) fn copy(&self) -> Val {
        Val { value: self.value, flag: self.flag }
    }

    /// A value of the type it is meant to have; vectors may have any lanes.
    pub(crate) fn plain(value: Value) -> Val {
        Val { value, flag: false }
    }

    /// The 8-bit answer of a comparison.
    pub(crate) fn flag(value: Value) -> Val {
        Val { value, flag: true }
    }
}

/// The function being built.
pub(crate) struct Emitter<'a> {
    pub(crate) b: FunctionBuilder<'a>,
    pub(crate) vmctx: Option<Value>,
    results_area: Option<Value>,
    pub(crate) constructs: Vec<control::Construct>,
    /// The regions among them whose handlers have not begun, innermost last.
    pub(crate) regions_open: Vec<Label>,
    pub(crate) cold: bool,
    /// How many more operands branches may carry.
    pub(crate) branch_operands: usize,
    pub(crate) regions: Regions,
    pub(crate) callees: HashMap<Callee, ir::FuncRef>,
    pub(crate) sigs: HashMap<Sig, SigRef>,
    /// The signature of code that keeps every register.
    pub(crate) keeping: Option<SigRef>,
    pub(crate) fma: bool,
    /// Whether what WebAssembly spells out is recognised.
    pub(crate) optimise: bool,
    /// Whether fuel is taken, so that locations have marks.
    metered: bool,
    /// Where the present operator stands in the module.
    wasm_offset: u32,
    pub(crate) failure: Option<String>,
}

/// Operands that the branches of one function may carry together. A branch of two bytes can name
/// a thousand; without a limit a small module would take all memory.
const BRANCH_OPERANDS: usize = 8 << 20;

impl<'a> Emitter<'a> {
    /// Opens the function's body.
    pub(crate) fn new(mut b: FunctionBuilder<'a>, isa: &dyn TargetIsa, unit: &Unit) -> Emitter<'a> {
        // Cranelift keeps distances from the first location, and takes one of -1 for none.
        b.func.params.ensure_base_srcloc(SourceLoc::new(0));
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        b.seal_block(entry);
        let params = b.block_params(entry).to_vec();
        let mut rest = params.into_iter();
        let vmctx = if unit.vmctx { rest.next() } else { None };
        let results_area = if unit.results_area { rest.next() } else { None };
        for value in rest {
            let local = b.declare_var(b.func.dfg.value_type(value));
            b.def_var(local, value);
        }
        let fma = has(isa, "has_fma");
        Emitter {
            regions: Regions::new(b.func),
            b,
            vmctx,
            results_area,
            constructs: Vec::new(),
            regions_open: Vec::new(),
            cold: false,
            branch_operands: BRANCH_OPERANDS,
            callees: HashMap::new(),
            sigs: HashMap::new(),
            keeping: None,
            fma,
            optimise: isa.flags().opt_level() != settings::OptLevel::None,
            metered: isa.flags().enable_pinned_reg(),
            wasm_offset: u32::MAX,
            failure: None,
        }
    }

    /// Closes the body.
    ///
    /// # Errors
    /// If the function exceeded a limit on the way.
    pub(crate) fn finish(self, isa: &dyn TargetIsa) -> Result<(), Error> {
        if let Some(why) = self.failure {
            return Err(Error::Backend(why));
        }
        debug_assert!(self.constructs.is_empty(), "every construct was ended");
        self.b.finalize(isa.frontend_config());
        Ok(())
    }

    /// The operand as a value of its full type.
    pub(crate) fn whole(&mut self, v: Val) -> Value {
        if v.flag { self.b.ins().uextend(types::I32, v.value) } else { v.value }
    }

    /// The operand as a condition: any integer, true if not zero.
    pub(crate) fn truth(&mut self, v: Val) -> Value {
        v.value
    }

    /// The operand as a vector with these lanes.
    pub(crate) fn lanes(&mut self, v: Val, lanes: Type) -> Value {
        self.recast(v.value, lanes)
    }

    /// The same bits with other lanes.
    pub(crate) fn recast(&mut self, value: Value, lanes: Type) -> Value {
        if self.b.func.dfg.value_type(value) == lanes {
            return value;
        }
        let flags = MemFlagsData::new().with_endianness(ir::Endianness::Little);
        self.b.ins().bitcast(lanes, flags, value)
    }

    /// The operand as it travels through locals, branches and calls: vectors are I8X16 there.
    pub(crate) fn canonical(&mut self, v: Val) -> Value {
        let value = self.whole(v);
        if self.b.func.dfg.value_type(value).is_vector() {
            return self.recast(value, types::I8X16);
        }
        value
    }

    /// Several operands, as they travel.
    pub(crate) fn canonicals(&mut self, args: Vec<Val>) -> Vec<Value> {
        args.into_iter().map(|v| self.canonical(v)).collect()
    }
}

impl Emit for Emitter<'_> {
    type Val = Val;

    // Cranelift's division and conversion trap as WebAssembly's do: by a fault of the processor or
    // a test before it.
    const DIVISION_TRAPS: bool = true;
    const TRUNCATION_TRAPS: bool = true;

    fn at(&mut self, wasm_offset: u32) {
        self.wasm_offset = wasm_offset;
        self.b.set_srcloc(match self.metered {
            true => fuel::unmarked(wasm_offset),
            false => SourceLoc::new(wasm_offset),
        });
    }

    /// A load may become part of the instruction that uses what is loaded, a trap part of the branch
    /// to it, and then be where that is; not so from one block to the next. A jump between them
    /// becomes nothing.
    fn seam(&mut self) {
        let next = self.new_block(self.cold);
        self.b.ins().jump(next, &[]);
        self.enter(next);
    }

    fn iconst(&mut self, t: Ty, value: i64) -> Val {
        let value = if t == Ty::I32 { i64::from(value as u32) } else { value };
        Val::plain(self.b.ins().iconst(ty(t), value))
    }

    fn f32_const(&mut self, bits: u32) -> Val {
        Val::plain(self.b.ins().f32const(ir::immediates::Ieee32::with_bits(bits)))
    }

    fn f64_const(&mut self, bits: u64) -> Val {
        Val::plain(self.b.ins().f64const(ir::immediates::Ieee64::with_bits(bits)))
    }

    fn v128_const(&mut self, bits: u128) -> Val {
        self.vector_const(bits)
    }

    fn dup(&mut self, v: Val) -> (Val, Val) {
        (v.copy(), v)
    }

    fn drop_val(&mut self, _: Val) {}

    fn local_new(&mut self, t: Ty) -> Local {
        Local(self.b.declare_var(ty(t)).as_u32())
    }

    fn local_get(&mut self, local: Local) -> Val {
        Val::plain(self.b.use_var(Variable::from_u32(local.0)))
    }

    fn local_set(&mut self, local: Local, v: Val) {
        let value = self.canonical(v);
        self.b.def_var(Variable::from_u32(local.0), value);
    }

    fn vmctx(&mut self) -> Val {
        Val::plain(self.vmctx.expect("a leaf has no instance pointer"))
    }

    fn results_area(&mut self) -> Val {
        Val::plain(self.results_area.expect("the signature has a results area"))
    }

    fn unary(&mut self, op: UnOp, a: Val) -> Val {
        self.scalar_unary(op, a)
    }

    fn binary(&mut self, op: BinOp, a: Val, b: Val) -> Val {
        self.scalar_binary(op, a, b)
    }

    fn compare(&mut self, op: CmpOp, a: Val, b: Val) -> Val {
        self.scalar_compare(op, a, b)
    }

    fn select(&mut self, _: Ty, cond: Val, a: Val, b: Val) -> Val {
        let cond = self.truth(cond);
        let (a, b) = (self.canonical(a), self.canonical(b));
        Val::plain(self.b.ins().select(cond, a, b))
    }

    fn simd(&mut self, op: SimdOp, args: Vec<Val>) -> Val {
        self.vector(op, args)
    }

    fn load(
        &mut self,
        op: LoadOp,
        base: Val,
        index: Option<Val>,
        disp: i32,
        region: Region,
    ) -> Val {
        self.memory_load(op, base, index, disp, region)
    }

    fn store(
        &mut self,
        op: StoreOp,
        base: Val,
        index: Option<Val>,
        disp: i32,
        value: Val,
        region: Region,
    ) {
        self.memory_store(op, base, index, disp, value, region);
    }

    fn wide(&mut self, op: WideOp, args: Vec<Val>) -> [Val; 2] {
        self.wide_arithmetic(op, args)
    }

    fn atomic_load(&mut self, cell: Cell, address: Val, region: Region) -> Val {
        self.read_atomically(cell, address, region)
    }

    fn atomic_store(&mut self, cell: Cell, address: Val, value: Val, region: Region) {
        self.write_atomically(cell, address, value, region);
    }

    fn atomic_rmw(&mut self, op: RmwOp, cell: Cell, address: Val, v: Val, region: Region) -> Val {
        self.modify_atomically(op, cell, address, v, region)
    }

    fn atomic_cmpxchg(
        &mut self,
        cell: Cell,
        address: Val,
        expected: Val,
        value: Val,
        region: Region,
    ) -> Val {
        self.exchange_atomically(cell, address, expected, value, region)
    }

    fn fence(&mut self) {
        self.b.ins().fence();
    }

    fn area_new(&mut self, bytes: u32) -> Area {
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4);
        Area(self.b.create_sized_stack_slot(data).as_u32())
    }

    fn area_addr(&mut self, area: Area) -> Val {
        let slot = ir::StackSlot::from_u32(area.0);
        Val::plain(self.b.ins().stack_addr(types::I64, slot, 0))
    }

    fn block(&mut self, results: &[Ty]) -> Label {
        self.open_block(results)
    }

    fn loop_(&mut self, params: &[Ty], args: Vec<Val>, _: &[Ty]) -> (Label, Vec<Val>) {
        self.open_loop(params, args)
    }

    fn if_(&mut self, cond: Val, results: &[Ty], hint: Hint) -> Label {
        self.open_if(cond, results, hint)
    }

    fn else_(&mut self, label: Label, args: Option<Vec<Val>>) {
        self.second_arm(label, args);
    }

    fn end(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Vec<Val>> {
        self.close(label, args)
    }

    fn br(&mut self, label: Label, args: Vec<Val>) {
        self.branch(label, args);
    }

    fn br_if(&mut self, cond: Val, label: Label, args: Vec<Val>, hint: Hint) -> Vec<Val> {
        self.branch_if(cond, label, args, hint)
    }

    fn br_table(&mut self, index: Val, labels: &[Label], args: Vec<Val>) {
        self.branch_table(index, labels, args);
    }

    fn ret(&mut self, value: Option<Val>) {
        let value = value.map(|v| self.canonical(v));
        self.b.ins().return_(value.as_slice());
    }

    fn trap(&mut self, trap: Trap) {
        self.b.ins().trap(memory::trap_code(trap));
    }

    fn trap_if(&mut self, cond: Val, trap: Trap) {
        let cond = self.truth(cond);
        self.b.ins().trapnz(cond, memory::trap_code(trap));
    }

    fn try_(&mut self, results: &[Ty]) -> Label {
        self.open_region(results)
    }

    fn catch_(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Val> {
        self.begin_handler(label, args)
    }

    fn raise(&mut self, region: Label, exception: Val) {
        self.go_to_handler(region, exception);
    }

    fn call_builtin(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        self.call_plain(code, sig, args)
    }

    fn call(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        self.call_direct(callee, sig, args)
    }

    fn call_ptr(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        self.call_address(code, sig, args)
    }

    fn ret_call(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) {
        self.tail_direct(callee, sig, args);
    }

    fn ret_call_ptr(&mut self, code: Val, sig: &Sig, args: Vec<Val>) {
        self.tail_address(code, sig, args);
    }

    fn call_keeping(&mut self, code: Val, arg: Val) {
        self.call_kept(code, arg);
    }

    fn fuel_take(&mut self, cost: Val, test: bool) -> Option<Val> {
        let cost = self.whole(cost);
        self.b.set_srcloc(fuel::marked(self.wasm_offset, test));
        let left = self.b.ins().get_pinned_reg(types::I64);
        let left = self.b.ins().isub(left, cost);
        self.b.ins().set_pinned_reg(left);
        self.at(self.wasm_offset);
        test.then(|| Val::flag(self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0)))
    }
}
