//! A back end that makes no code but checks every rule of `Emit` as it is driven, and writes down
//! what it was told.
//!
//! Rules: an operand is consumed exactly once on every path that reaches its end, in the construct
//! in which it was made; types are those of the operation; constructs nest; nothing but `else_`,
//! `catch_` and `end` is called where code is unreachable; locals are set before they are read.

use super::inst::{Id, Inst, Place};
use std::collections::BTreeMap;
use waxwing_layout::abi::{Sig, Ty};
use waxwing_lower::{
    Area, BinOp, Callee, Cell, CmpOp, Emit, Hint, Label, LoadOp, Local, Region, RmwOp, SimdOp,
    StoreOp, UnOp, WideOp,
};
use waxwing_module::Trap;

/// An operand. It can be neither copied nor made elsewhere.
#[derive(Debug)]
pub struct Val(Id);

struct Construct {
    label: Label,
    branch: Vec<Ty>,
    results: Vec<Ty>,
    is_loop: bool,
    /// An `if` whose second arm has not begun.
    is_then: bool,
    /// Whether a branch leads to its end.
    joined: bool,
    /// A region before its handler: whether something in it may raise an exception.
    region: Option<bool>,
    /// The operands made in it (or in its present arm) and not yet consumed.
    live: BTreeMap<Id, Ty>,
}

/// The checking back end. With `TRAPS`, division and truncation are said to trap by themselves.
pub struct Checker<const TRAPS: bool> {
    pub insts: Vec<Inst>,
    constructs: Vec<Construct>,
    locals: Vec<(Ty, bool)>,
    areas: u32,
    labels: u32,
    next: Id,
    reachable: bool,
    result: Option<Ty>,
    has_area: bool,
    has_vmctx: bool,
    pub metered: bool,
}

impl<const TRAPS: bool> Checker<TRAPS> {
    /// Ready for a function of the module, whose first parameters are not locals.
    pub fn new(sig: &Sig, has_area: bool) -> Self {
        let mut checker = Self::leaf(&sig.params[1 + usize::from(has_area)..]);
        checker.result = sig.result;
        checker.has_area = has_area;
        checker.has_vmctx = true;
        checker
    }

    /// Ready for a leaf routine.
    pub fn leaf(params: &[Ty]) -> Self {
        let whole = Construct {
            label: Label(u32::MAX),
            branch: Vec::new(),
            results: Vec::new(),
            is_loop: false,
            is_then: false,
            joined: false,
            region: None,
            live: BTreeMap::new(),
        };
        Checker {
            insts: Vec::new(),
            constructs: vec![whole],
            locals: params.iter().map(|&ty| (ty, true)).collect(),
            areas: 0,
            labels: 0,
            next: 0,
            reachable: true,
            result: None,
            has_area: false,
            has_vmctx: false,
            metered: false,
        }
    }

    /// Checks what must hold behind the last operator, and gives what was written down.
    pub fn finish(self) -> Vec<Inst> {
        assert_eq!(self.constructs.len(), 1, "a construct is left open");
        assert!(!self.reachable, "the function's end is reached without `ret`");
        self.insts
    }

    fn top(&mut self) -> &mut Construct {
        self.constructs.last_mut().expect("the function itself is never closed")
    }

    fn say(&mut self, inst: Inst) {
        assert!(self.reachable, "{inst} in unreachable code");
        self.insts.push(inst);
    }

    fn make(&mut self, ty: Ty) -> Val {
        let id = self.next;
        self.next += 1;
        self.top().live.insert(id, ty);
        Val(id)
    }

    fn make_all(&mut self, types: &[Ty]) -> Vec<Val> {
        types.iter().map(|&ty| self.make(ty)).collect()
    }

    /// Consumes an operand of any type.
    fn any(&mut self, val: Val) -> (Id, Ty) {
        let Val(id) = val;
        let ty = self.top().live.remove(&id);
        (id, ty.unwrap_or_else(|| panic!("v{id} was not made in the construct that consumes it")))
    }

    fn take(&mut self, val: Val, wanted: Ty) -> Id {
        let (id, ty) = self.any(val);
        assert_eq!(ty, wanted, "the type of v{id}");
        id
    }

    fn take_all(&mut self, vals: Vec<Val>, wanted: &[Ty]) -> Vec<Id> {
        assert_eq!(vals.len(), wanted.len(), "the number of operands");
        vals.into_iter().zip(wanted).map(|(val, &ty)| self.take(val, ty)).collect()
    }

    fn take_place(&mut self, base: Val, index: Option<Val>, disp: i32) -> Place {
        let base = self.take(base, Ty::Ptr);
        Place { base, index: index.map(|index| self.take(index, Ty::I64)), disp }
    }

    fn nothing_left(&mut self) {
        let left: Vec<Id> = self.top().live.keys().copied().collect();
        assert!(left.is_empty(), "operands {left:?} are neither consumed nor dropped");
    }

    fn stop(&mut self, inst: Inst) {
        self.say(inst);
        self.nothing_left();
        self.reachable = false;
    }

    fn open(&mut self, branch: &[Ty], results: &[Ty], is_loop: bool, is_then: bool) -> Label {
        let label = Label(self.labels);
        self.labels += 1;
        self.constructs.push(Construct {
            label,
            branch: branch.to_vec(),
            results: results.to_vec(),
            is_loop,
            is_then,
            joined: false,
            region: None,
            live: BTreeMap::new(),
        });
        label
    }

    /// Notes a branch and gives the types that it takes.
    fn branch(&mut self, label: Label) -> Vec<Ty> {
        let target = self.constructs.iter_mut().find(|c| c.label == label);
        let target = target.unwrap_or_else(|| panic!("a branch to {label:?}, which is not open"));
        target.joined |= !target.is_loop;
        target.branch.clone()
    }

    /// The end of an arm of the innermost construct.
    fn close_arm(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Vec<Id>> {
        assert_eq!(self.top().label, label, "constructs are closed in another order");
        assert_eq!(args.is_some(), self.reachable, "whether the end of {label:?} is reached");
        let results = self.top().results.clone();
        let ids = args.map(|args| self.take_all(args, &results));
        self.nothing_left();
        ids
    }

    fn check_region(&self, region: Region, index: bool) {
        match region {
            Region::Heap(trap) => assert_eq!(trap, Trap::MemoryOutOfBounds),
            Region::Object(_) | Region::Constant | Region::Link => {}
            _ => assert!(!index, "a field is indexed"),
        }
    }

    /// Notes that the innermost region's handler can be reached.
    fn may_raise(&mut self) {
        let open = self.constructs.iter_mut().rev().find_map(|c| c.region.as_mut());
        if let Some(raised) = open {
            *raised = true;
        }
    }

    fn called(&mut self, sig: &Sig, args: Vec<Val>) -> (Vec<Id>, Option<Val>) {
        let args = self.take_all(args, &sig.params);
        (args, sig.result.map(|ty| self.make(ty)))
    }
}

fn id(val: &Option<Val>) -> Option<Id> {
    val.as_ref().map(|v| v.0)
}

fn numbers(vals: &[Val]) -> Vec<Id> {
    vals.iter().map(|v| v.0).collect()
}

impl<const TRAPS: bool> Emit for Checker<TRAPS> {
    type Val = Val;
    const DIVISION_TRAPS: bool = TRAPS;
    const TRUNCATION_TRAPS: bool = TRAPS;

    fn at(&mut self, wasm_offset: u32) {
        self.say(Inst::At(wasm_offset));
    }

    fn iconst(&mut self, ty: Ty, value: i64) -> Val {
        assert!(matches!(ty, Ty::I32 | Ty::I64 | Ty::Ptr), "{ty:?} is not an integer");
        let r = self.make(ty);
        self.say(Inst::Const(r.0, ty, u128::from(value as u64)));
        r
    }

    fn f32_const(&mut self, bits: u32) -> Val {
        let r = self.make(Ty::F32);
        self.say(Inst::Const(r.0, Ty::F32, bits.into()));
        r
    }

    fn f64_const(&mut self, bits: u64) -> Val {
        let r = self.make(Ty::F64);
        self.say(Inst::Const(r.0, Ty::F64, bits.into()));
        r
    }

    fn v128_const(&mut self, bits: u128) -> Val {
        let r = self.make(Ty::V128);
        self.say(Inst::Const(r.0, Ty::V128, bits));
        r
    }

    fn dup(&mut self, v: Val) -> (Val, Val) {
        let (v, ty) = self.any(v);
        let (a, b) = (self.make(ty), self.make(ty));
        self.say(Inst::Dup(a.0, b.0, v));
        (a, b)
    }

    fn drop_val(&mut self, v: Val) {
        let (v, _) = self.any(v);
        self.say(Inst::Drop(v));
    }

    fn local_new(&mut self, ty: Ty) -> Local {
        let local = Local(self.locals.len() as u32);
        self.locals.push((ty, false));
        self.say(Inst::NewLocal(local, ty));
        local
    }

    fn local_get(&mut self, local: Local) -> Val {
        let (ty, set) = self.locals[local.0 as usize];
        assert!(set, "{local:?} is read before it is set");
        let r = self.make(ty);
        self.say(Inst::Get(r.0, local));
        r
    }

    fn local_set(&mut self, local: Local, v: Val) {
        let ty = self.locals[local.0 as usize].0;
        let v = self.take(v, ty);
        self.locals[local.0 as usize].1 = true;
        self.say(Inst::Set(local, v));
    }

    fn vmctx(&mut self) -> Val {
        assert!(self.has_vmctx, "a leaf has no instance pointer");
        let r = self.make(Ty::Ptr);
        self.say(Inst::Vmctx(r.0));
        r
    }

    fn results_area(&mut self) -> Val {
        assert!(self.has_area, "there is no results area");
        let r = self.make(Ty::Ptr);
        self.say(Inst::ResultsArea(r.0));
        r
    }

    fn unary(&mut self, op: UnOp, a: Val) -> Val {
        let args = self.take_all(vec![a], op.params());
        let r = self.make(op.result());
        self.say(Inst::Unary(r.0, op, args[0]));
        r
    }

    fn binary(&mut self, op: BinOp, a: Val, b: Val) -> Val {
        let args = self.take_all(vec![a, b], op.params());
        let r = self.make(op.result());
        self.say(Inst::Binary(r.0, op, args[0], args[1]));
        r
    }

    fn compare(&mut self, op: CmpOp, a: Val, b: Val) -> Val {
        let args = self.take_all(vec![a, b], op.params());
        let r = self.make(op.result());
        self.say(Inst::Compare(r.0, op, args[0], args[1]));
        r
    }

    fn select(&mut self, ty: Ty, cond: Val, a: Val, b: Val) -> Val {
        let args = [self.take(cond, Ty::I32), self.take(a, ty), self.take(b, ty)];
        let r = self.make(ty);
        self.say(Inst::Select(r.0, ty, args));
        r
    }

    fn simd(&mut self, op: SimdOp, args: Vec<Val>) -> Val {
        let args = self.take_all(args, op.params());
        let r = self.make(op.result());
        self.say(Inst::Simd(r.0, op, args));
        r
    }

    fn load(
        &mut self,
        op: LoadOp,
        base: Val,
        index: Option<Val>,
        disp: i32,
        region: Region,
    ) -> Val {
        self.check_region(region, index.is_some());
        let place = self.take_place(base, index, disp);
        let r = self.make(op.ty());
        self.say(Inst::Load(r.0, op, place, region));
        r
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
        self.check_region(region, index.is_some());
        assert!(!matches!(region, Region::Constant | Region::Link), "a constant field is written");
        let place = self.take_place(base, index, disp);
        let value = self.take(value, op.ty());
        self.say(Inst::Store(op, place, value, region));
    }

    fn wide(&mut self, op: WideOp, args: Vec<Val>) -> [Val; 2] {
        let types = vec![Ty::I64; op.operands()];
        let args = self.take_all(args, &types);
        let (low, high) = (self.make(Ty::I64), self.make(Ty::I64));
        self.say(Inst::Wide([low.0, high.0], op, args));
        [low, high]
    }

    fn atomic_load(&mut self, cell: Cell, address: Val, region: Region) -> Val {
        self.check_region(region, true);
        let address = self.take(address, Ty::Ptr);
        let r = self.make(cell.ty);
        self.say(Inst::AtomicLoad(r.0, cell, address));
        r
    }

    fn atomic_store(&mut self, cell: Cell, address: Val, value: Val, region: Region) {
        self.check_region(region, true);
        let (address, value) = (self.take(address, Ty::Ptr), self.take(value, cell.ty));
        self.say(Inst::AtomicStore(cell, address, value));
    }

    fn atomic_rmw(&mut self, op: RmwOp, cell: Cell, address: Val, v: Val, region: Region) -> Val {
        self.check_region(region, true);
        let (address, value) = (self.take(address, Ty::Ptr), self.take(v, cell.ty));
        let r = self.make(cell.ty);
        self.say(Inst::AtomicRmw(r.0, op, cell, address, value));
        r
    }

    fn atomic_cmpxchg(
        &mut self,
        cell: Cell,
        address: Val,
        expected: Val,
        value: Val,
        region: Region,
    ) -> Val {
        self.check_region(region, true);
        let address = self.take(address, Ty::Ptr);
        let args = [self.take(expected, cell.ty), self.take(value, cell.ty)];
        let r = self.make(cell.ty);
        self.say(Inst::AtomicCmpxchg(r.0, cell, address, args));
        r
    }

    fn fence(&mut self) {
        self.say(Inst::Fence);
    }

    fn area_new(&mut self, bytes: u32) -> Area {
        let area = Area(self.areas);
        self.areas += 1;
        self.say(Inst::NewArea(area, bytes));
        area
    }

    fn area_addr(&mut self, area: Area) -> Val {
        assert!(area.0 < self.areas, "{area:?} is unknown");
        let r = self.make(Ty::Ptr);
        self.say(Inst::AreaAddr(r.0, area));
        r
    }

    fn block(&mut self, results: &[Ty]) -> Label {
        let label = self.open(results, results, false, false);
        self.say(Inst::Block(label, results.to_vec()));
        label
    }

    fn loop_(&mut self, params: &[Ty], args: Vec<Val>, results: &[Ty]) -> (Label, Vec<Val>) {
        let args = self.take_all(args, params);
        let label = self.open(params, results, true, false);
        let vals = self.make_all(params);
        self.say(Inst::Loop(label, numbers(&vals), args, results.to_vec()));
        (label, vals)
    }

    fn if_(&mut self, cond: Val, results: &[Ty], hint: Hint) -> Label {
        let cond = self.take(cond, Ty::I32);
        let label = self.open(results, results, false, true);
        self.say(Inst::If(label, cond, results.to_vec(), hint));
        label
    }

    fn else_(&mut self, label: Label, args: Option<Vec<Val>>) {
        assert!(self.top().is_then, "{label:?} is not the first arm of an `if`");
        let args = self.close_arm(label, args);
        self.top().joined |= args.is_some();
        self.top().is_then = false;
        self.reachable = true;
        self.say(Inst::Else(label, args));
    }

    fn end(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Vec<Val>> {
        let args = self.close_arm(label, args);
        let closed = self.constructs.pop().expect("close_arm found it");
        assert!(closed.region.is_none(), "a region has a handler");
        assert!(!closed.is_then || closed.results.is_empty(), "an `if` with results has two arms");
        self.reachable = args.is_some() || closed.joined || closed.is_then;
        if !self.reachable {
            self.top().live.clear();
        }
        let vals = self.reachable.then(|| self.make_all(&closed.results));
        self.insts.push(Inst::End(vals.as_deref().map(numbers), label, args));
        vals
    }

    fn br(&mut self, label: Label, args: Vec<Val>) {
        let types = self.branch(label);
        let args = self.take_all(args, &types);
        self.stop(Inst::Br(label, args));
    }

    fn br_if(&mut self, cond: Val, label: Label, args: Vec<Val>, hint: Hint) -> Vec<Val> {
        let cond = self.take(cond, Ty::I32);
        let types = self.branch(label);
        let args = self.take_all(args, &types);
        let vals = self.make_all(&types);
        self.say(Inst::BrIf(numbers(&vals), cond, label, args, hint));
        vals
    }

    fn br_table(&mut self, index: Val, labels: &[Label], args: Vec<Val>) {
        let index = self.take(index, Ty::I32);
        let all: Vec<Vec<Ty>> = labels.iter().map(|&label| self.branch(label)).collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]), "labels take different types");
        let args = self.take_all(args, &all[0]);
        self.stop(Inst::BrTable(index, labels.to_vec(), args));
    }

    fn ret(&mut self, value: Option<Val>) {
        assert_eq!(value.is_some(), self.result.is_some(), "whether a value is returned");
        let value = value.zip(self.result).map(|(value, ty)| self.take(value, ty));
        self.stop(Inst::Ret(value));
    }

    fn trap(&mut self, trap: Trap) {
        self.stop(Inst::Trap(trap));
    }

    fn trap_if(&mut self, cond: Val, trap: Trap) {
        let cond = self.take(cond, Ty::I32);
        self.say(Inst::TrapIf(cond, trap));
    }

    fn try_(&mut self, results: &[Ty]) -> Label {
        let label = self.open(results, results, false, false);
        self.top().region = Some(false);
        self.say(Inst::Try(label, results.to_vec()));
        label
    }

    fn catch_(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Val> {
        let args = self.close_arm(label, args);
        let raised = self.top().region.take().expect("it is the region that is open");
        self.top().joined |= args.is_some();
        self.reachable = raised;
        let exception = raised.then(|| self.make(Ty::I32));
        self.insts.push(Inst::Catch(id(&exception), label, args));
        exception
    }

    fn raise(&mut self, region: Label, exception: Val) {
        let exception = self.take(exception, Ty::I32);
        let target = self.constructs.iter_mut().find(|c| c.label == region);
        let raised = target.and_then(|c| c.region.as_mut()).expect("the region is open");
        *raised = true;
        self.stop(Inst::Raise(region, exception));
    }

    fn call_builtin(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        let code = self.take(code, Ty::Ptr);
        let (args, result) = self.called(sig, args);
        self.say(Inst::CallPtr(id(&result), code, sig.clone(), args));
        result
    }

    fn call(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        if matches!(callee, Callee::Func(_)) {
            self.may_raise();
        }
        let (args, result) = self.called(sig, args);
        self.say(Inst::Call(id(&result), callee, args));
        result
    }

    fn call_ptr(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        self.may_raise();
        let code = self.take(code, Ty::Ptr);
        let (args, result) = self.called(sig, args);
        self.say(Inst::CallPtr(id(&result), code, sig.clone(), args));
        result
    }

    fn ret_call(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) {
        assert_eq!(sig.result, self.result, "a tail call has the caller's result");
        let args = self.take_all(args, &sig.params);
        self.stop(Inst::RetCall(callee, args));
    }

    fn ret_call_ptr(&mut self, code: Val, sig: &Sig, args: Vec<Val>) {
        assert_eq!(sig.result, self.result, "a tail call has the caller's result");
        let code = self.take(code, Ty::Ptr);
        let args = self.take_all(args, &sig.params);
        self.stop(Inst::RetCallPtr(code, sig.clone(), args));
    }

    fn call_keeping(&mut self, code: Val, arg: Val) {
        let (code, arg) = (self.take(code, Ty::Ptr), self.take(arg, Ty::Ptr));
        self.say(Inst::CallKeeping(code, arg));
    }

    fn fuel_take(&mut self, cost: Val, test: bool) -> Option<Val> {
        assert!(self.metered, "fuel is taken where nothing is metered");
        let cost = self.take(cost, Ty::I64);
        let test = test.then(|| self.make(Ty::I32));
        self.say(Inst::FuelTake(id(&test), cost));
        test
    }
}
