//! One function on its way from [`Emit`] to machine code.

use crate::arith;
use crate::asm::{
    Alu, Cond, Gpr, Mark, Mem, R8, R9, R11, RBP, RBX, RCX, RDI, RDX, RSI, RSP, Width,
};
use crate::control::Construct;
use crate::vals::{Loc, Operand, Val, Vals};
use std::collections::HashMap;
use std::rc::Rc;
use waxwing_layout::abi::{self, Sig, Ty};
use waxwing_layout::target::Cpu;
use waxwing_lower::{
    Area, BinOp, Callee, Cell, CmpOp, Code, Emit, Error, Hint, Label, LoadOp, Local, Region, Reloc,
    RmwOp, SimdOp, StoreOp, UnOp, WideOp,
};
use waxwing_module::Trap;

/// The most code one function may become, in bytes.
const MAX_CODE: usize = 64 << 20;
/// Integer parameters' registers (see [`abi`]).
pub const INT_PARAMS: [Gpr; abi::INT_REGS] = [RDI, RSI, RDX, RCX, R8, R9];
/// Memory is touched at least once in so many bytes when the stack grows.
const PAGE: u32 = 4096;
/// Frames larger than this are probed; with what a call pushes they stay within a page.
const UNPROBED_FRAME: u32 = 2048;
/// Stack arguments larger than this are probed.
const UNPROBED_ARGS: u32 = 1024;
/// Where the prologue's `sub rsp, imm32` stands: behind `push rbp; mov rbp, rsp`.
const SUB_RSP: u32 = 4;
/// How long it is.
const SUB_RSP_LEN: u32 = 7;

/// What the emitter must know of a function beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// Its signature.
    pub sig: &'a Sig,
    /// How many of the parameters are not locals: the instance pointer and the results area. 0 for
    /// a leaf.
    pub hidden: usize,
    /// The offset of its body in the module.
    pub wasm_offset: u32,
    /// The processor.
    pub cpu: Cpu,
}

/// A stop out of line.
#[derive(Debug)]
struct Cold {
    mark: Mark,
    trap: Trap,
    wasm_offset: u32,
}

/// The one-pass implementation of [`Emit`].
///
/// What it cannot do it remembers; [`Emitter::finish`] returns the first such error.
#[derive(Debug)]
pub struct Emitter {
    pub(crate) v: Vals,
    pub(crate) cpu: Cpu,
    pub(crate) constructs: Vec<Construct>,
    type_lists: HashMap<Vec<Ty>, Rc<[Ty]>>,
    cold: Vec<Cold>,
    has_vmctx: bool,
    results_area: Option<Mem>,
    /// Bytes of stack parameters, which the function pops.
    popped: u32,
    code: Code,
}

impl Emitter {
    /// Begins a function: its prologue and the homes of its parameters.
    pub fn new(shape: Shape<'_>) -> Emitter {
        let (locs, popped) = abi::locate(&shape.sig.params);
        let mut e = Emitter {
            v: Vals::new(MAX_CODE, shape.wasm_offset),
            cpu: shape.cpu,
            constructs: Vec::new(),
            type_lists: HashMap::new(),
            cold: Vec::new(),
            has_vmctx: shape.hidden > 0,
            results_area: None,
            popped,
            code: Code { align: 16, ..Code::default() },
        };
        if u16::try_from(popped).is_err() {
            e.v.unsupported("more than 64 KiB of parameters");
        }
        if let Some(result) = shape.sig.result {
            e.v.check(result);
        }
        e.code.addresses.push((0, shape.wasm_offset));
        e.v.asm.push(RBP);
        e.v.asm.mov(Width::W64, RBP, RSP);
        // The size is filled in at the end.
        e.v.asm.alu_imm(Width::W64, Alu::Sub, RSP, i32::MAX);
        if e.has_vmctx {
            e.v.asm.store(8, Mem::at(RBP, -8), RBX);
            e.v.asm.mov(Width::W64, RBX, RDI);
        }
        for (i, (&ty, loc)) in
            shape.sig.params.iter().zip(locs).enumerate().skip(usize::from(e.has_vmctx))
        {
            e.parameter(ty, loc, i < shape.hidden);
        }
        e
    }

    fn parameter(&mut self, ty: Ty, loc: abi::Loc, hidden: bool) {
        let (reg, offset) = match loc {
            abi::Loc::Int(n) => (Some(INT_PARAMS[n as usize]), None),
            abi::Loc::Stack(n) => (None, Some(16 + n as i32)),
            // Refused where the local is made.
            abi::Loc::Float(_) => (None, None),
        };
        let home = if hidden {
            let mem = Mem::at(RBP, offset.unwrap_or_else(|| self.v.reserve(8, 8)));
            self.results_area = Some(mem);
            mem
        } else {
            let local = self.v.new_home(ty, offset);
            self.v.home(local)
        };
        if let Some(reg) = reg {
            self.v.asm.store(8, home, reg);
        }
    }

    /// The machine code, once the function's last construct has ended.
    ///
    /// # Errors
    /// The first thing that the emitter could not do.
    pub fn finish(mut self) -> Result<Code, Error> {
        for cold in std::mem::take(&mut self.cold) {
            self.v.asm.bind(cold.mark);
            self.at(cold.wasm_offset);
            self.stop(cold.trap);
        }
        self.prologue();
        if let Some(error) = self.v.error {
            return Err(error);
        }
        if self.v.asm.is_full() {
            return Err(Error::Backend("the function's code exceeds 64 MiB".into()));
        }
        self.code.bytes = self.v.asm.finish();
        Ok(self.code)
    }

    /// Fills in the frame's size. A large frame is allocated page by page out of line.
    fn prologue(&mut self) {
        let frame = self.v.frame_bytes().next_multiple_of(16);
        if frame <= UNPROBED_FRAME {
            return self.v.asm.patch(SUB_RSP + 3, &frame.to_le_bytes());
        }
        let distance = self.v.asm.len() - (SUB_RSP + 5);
        let mut jump = vec![0xe9];
        jump.extend(distance.to_le_bytes());
        jump.extend([0x66, 0x90]);
        self.v.asm.patch(SUB_RSP, &jump);
        self.at(self.code.addresses[0].1);
        let (asm, pages) = (&mut self.v.asm, frame / PAGE);
        if pages > 0 {
            let next = asm.mark();
            asm.lea(R11, Mem::at(RSP, -((pages * PAGE) as i32)));
            asm.bind(next);
            asm.alu_imm(Width::W64, Alu::Sub, RSP, PAGE as i32);
            asm.alu_imm(Width::W32, Alu::Or, Mem::at(RSP, 0), 0);
            asm.alu(Width::W64, Alu::Cmp, RSP, R11);
            asm.jcc(Cond::NotEqual, next);
        }
        asm.alu_imm(Width::W64, Alu::Sub, RSP, (frame % PAGE) as i32);
        asm.alu_imm(Width::W32, Alu::Or, Mem::at(RSP, 0), 0);
        asm.jmp_to(SUB_RSP + SUB_RSP_LEN);
    }

    /// Makes room for stack arguments.
    pub(crate) fn grow_stack(&mut self, bytes: u32) {
        let mut left = bytes;
        while left > UNPROBED_ARGS {
            let step = left.min(PAGE);
            self.v.asm.alu_imm(Width::W64, Alu::Sub, RSP, step as i32);
            self.v.asm.alu_imm(Width::W32, Alu::Or, Mem::at(RSP, 0), 0);
            left -= step;
        }
        if left > 0 {
            self.v.asm.alu_imm(Width::W64, Alu::Sub, RSP, left as i32);
        }
    }

    pub(crate) fn epilogue(&mut self) {
        if self.has_vmctx {
            self.v.asm.mov(Width::W64, RBX, Mem::at(RBP, -8));
        }
        self.v.asm.leave();
        self.v.asm.ret(self.popped as u16);
    }

    /// The next instruction may fault, which means `trap`.
    pub(crate) fn may_trap(&mut self, trap: Trap) {
        self.code.traps.push((self.v.asm.len(), trap));
    }

    fn stop(&mut self, trap: Trap) {
        self.may_trap(trap);
        self.v.asm.ud2();
    }

    /// Stops the guest if the condition holds.
    pub(crate) fn stop_if(&mut self, cond: Cond, trap: Trap) {
        let mark = self.v.asm.mark();
        self.v.asm.jcc(cond, mark);
        self.cold.push(Cold { mark, trap, wasm_offset: self.v.wasm_offset });
    }

    pub(crate) fn reloc(&mut self, at: u32, target: Callee) {
        self.code.relocs.push(Reloc { at, target, addend: -4 });
    }

    /// A list of types, stored once however often it is used.
    pub(crate) fn type_list(&mut self, types: &[Ty]) -> Rc<[Ty]> {
        for &ty in types {
            self.v.check(ty);
        }
        if let Some(list) = self.type_lists.get(types) {
            return list.clone();
        }
        let list: Rc<[Ty]> = types.into();
        self.type_lists.insert(types.to_vec(), list.clone());
        list
    }

    /// Sets the flags from an I32; the condition that says it is not zero. The operand is given up.
    pub(crate) fn condition(&mut self, cond: Val) -> Cond {
        let mut operand = self.v.take(cond);
        if let Loc::Flags(cond) = operand.loc {
            return cond;
        }
        self.v.flush_flags();
        arith::compare_zero(self, &mut operand);
        self.v.release(operand);
        Cond::NotEqual
    }

    pub(crate) fn push(&mut self, operand: Operand) -> Val {
        self.v.push(operand.ty, operand.loc)
    }

    fn no(&mut self, what: String, ty: Ty) -> Val {
        self.v.unsupported(what);
        self.v.push(ty, Loc::Const(0))
    }
}

impl Emit for Emitter {
    type Val = Val;

    const DIVISION_TRAPS: bool = true;
    const TRUNCATION_TRAPS: bool = false;

    fn at(&mut self, wasm_offset: u32) {
        self.v.wasm_offset = wasm_offset;
        let here = self.v.asm.len();
        match self.code.addresses.last_mut() {
            Some(last) if last.1 == wasm_offset => {}
            Some(last) if last.0 == here => last.1 = wasm_offset,
            _ => self.code.addresses.push((here, wasm_offset)),
        }
    }

    fn iconst(&mut self, ty: Ty, value: i64) -> Val {
        let value = if ty == Ty::I32 { i64::from(value as i32) } else { value };
        self.v.push(ty, Loc::Const(value))
    }

    fn f32_const(&mut self, _bits: u32) -> Val {
        self.no("a constant of type F32".into(), Ty::F32)
    }

    fn f64_const(&mut self, _bits: u64) -> Val {
        self.no("a constant of type F64".into(), Ty::F64)
    }

    fn v128_const(&mut self, _bits: u128) -> Val {
        self.no("a constant of type V128".into(), Ty::V128)
    }

    fn dup(&mut self, val: Val) -> (Val, Val) {
        let mut operand = self.v.take(val);
        let second = match operand.loc {
            Loc::Flags(_) | Loc::Reg(_) | Loc::Slot(_) => {
                let from = self.v.own(&mut operand);
                let to = self.v.alloc();
                self.v.asm.mov(Width::W64, to, from);
                Operand { ty: operand.ty, loc: Loc::Reg(to) }
            }
            _ => operand,
        };
        (self.push(operand), self.push(second))
    }

    fn drop_val(&mut self, val: Val) {
        let operand = self.v.take(val);
        self.v.release(operand);
    }

    fn local_new(&mut self, ty: Ty) -> Local {
        Local(self.v.new_home(ty, None))
    }

    fn local_get(&mut self, local: Local) -> Val {
        self.v.get_local(local.0)
    }

    fn local_set(&mut self, local: Local, val: Val) {
        self.v.set_local(local.0, val);
    }

    fn vmctx(&mut self) -> Val {
        if !self.has_vmctx {
            self.v.fail(Error::Backend("a leaf routine has no instance pointer".into()));
        }
        self.v.push(Ty::Ptr, Loc::Vmctx)
    }

    fn results_area(&mut self) -> Val {
        let Some(home) = self.results_area else {
            self.v.fail(Error::Backend("the function has no results area".into()));
            return self.v.push(Ty::Ptr, Loc::Const(0));
        };
        let reg = self.v.alloc();
        self.v.asm.mov(Width::W64, reg, home);
        self.v.push(Ty::Ptr, Loc::Reg(reg))
    }

    fn unary(&mut self, op: UnOp, a: Val) -> Val {
        arith::unary(self, op, a)
    }

    fn binary(&mut self, op: BinOp, a: Val, b: Val) -> Val {
        arith::binary(self, op, a, b)
    }

    fn compare(&mut self, op: CmpOp, a: Val, b: Val) -> Val {
        arith::compare(self, op, a, b)
    }

    fn select(&mut self, ty: Ty, cond: Val, a: Val, b: Val) -> Val {
        arith::select(self, ty, cond, a, b)
    }

    fn simd(&mut self, op: SimdOp, _args: Vec<Val>) -> Val {
        self.no(format!("{op:?}"), op.result())
    }

    fn load(
        &mut self,
        op: LoadOp,
        base: Val,
        index: Option<Val>,
        disp: i32,
        region: Region,
    ) -> Val {
        crate::memory::load(self, op, base, index, disp, region)
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
        crate::memory::store(self, op, base, index, disp, value, region);
    }

    fn wide(&mut self, op: WideOp, _: Vec<Val>) -> [Val; 2] {
        [self.no(format!("{op:?}"), Ty::I64), self.no(format!("{op:?}"), Ty::I64)]
    }

    fn atomic_load(&mut self, cell: Cell, _: Val, _: Region) -> Val {
        self.no("an atomic load".to_owned(), cell.ty)
    }

    fn atomic_store(&mut self, _: Cell, _: Val, _: Val, _: Region) {
        self.v.unsupported("an atomic store".to_owned());
    }

    fn atomic_rmw(&mut self, op: RmwOp, cell: Cell, _: Val, _: Val, _: Region) -> Val {
        self.no(format!("atomic {op:?}"), cell.ty)
    }

    fn atomic_cmpxchg(&mut self, cell: Cell, _: Val, _: Val, _: Val, _: Region) -> Val {
        self.no("an atomic compare-exchange".to_owned(), cell.ty)
    }

    fn fence(&mut self) {
        self.v.unsupported("a fence".to_owned());
    }

    fn area_new(&mut self, bytes: u32) -> Area {
        let offset = self.v.reserve(bytes, 16);
        Area(offset.unsigned_abs())
    }

    fn area_addr(&mut self, area: Area) -> Val {
        self.v.push(Ty::Ptr, Loc::Frame(-(area.0 as i32)))
    }

    fn block(&mut self, results: &[Ty]) -> Label {
        self.open_block(results)
    }

    fn loop_(&mut self, params: &[Ty], args: Vec<Val>, results: &[Ty]) -> (Label, Vec<Val>) {
        self.open_loop(params, args, results)
    }

    fn if_(&mut self, cond: Val, results: &[Ty], _hint: Hint) -> Label {
        self.open_if(cond, results)
    }

    fn else_(&mut self, label: Label, args: Option<Vec<Val>>) {
        self.begin_else(label, args);
    }

    fn end(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Vec<Val>> {
        self.close(label, args)
    }

    fn br(&mut self, label: Label, args: Vec<Val>) {
        self.branch(label, args);
    }

    fn br_if(&mut self, cond: Val, label: Label, args: Vec<Val>, _hint: Hint) -> Vec<Val> {
        self.branch_if(cond, label, args)
    }

    fn br_table(&mut self, index: Val, labels: &[Label], args: Vec<Val>) {
        self.branch_table(index, labels, args);
    }

    fn ret(&mut self, value: Option<Val>) {
        self.return_(value);
    }

    fn trap(&mut self, trap: Trap) {
        self.stop(trap);
    }

    fn trap_if(&mut self, cond: Val, trap: Trap) {
        let cond = self.condition(cond);
        self.stop_if(cond, trap);
    }

    fn try_(&mut self, results: &[Ty]) -> Label {
        self.v.unsupported("exceptions");
        self.open_block(results)
    }

    fn catch_(&mut self, label: Label, args: Option<Vec<Val>>) -> Option<Val> {
        if let Some(args) = args {
            self.branch(label, args);
        }
        None
    }

    fn raise(&mut self, _region: Label, exception: Val) {
        self.drop_val(exception);
    }

    fn call_builtin(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        self.call_address(code, sig, args)
    }

    fn call(&mut self, callee: Callee, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        self.call_direct(callee, sig, args)
    }

    fn call_ptr(&mut self, code: Val, sig: &Sig, args: Vec<Val>) -> Option<Val> {
        self.call_address(code, sig, args)
    }

    fn ret_call(&mut self, _callee: Callee, _sig: &Sig, args: Vec<Val>) {
        self.v.unsupported("tail calls");
        args.into_iter().for_each(|arg| self.drop_val(arg));
    }

    fn ret_call_ptr(&mut self, code: Val, _sig: &Sig, args: Vec<Val>) {
        self.v.unsupported("tail calls");
        args.into_iter().chain([code]).for_each(|arg| self.drop_val(arg));
    }

    fn call_keeping(&mut self, code: Val, arg: Val) {
        self.call_kept(code, arg);
    }

    fn fuel_take(&mut self, cost: Val, test: bool) -> Option<Val> {
        arith::fuel_take(self, cost);
        test.then(|| self.v.push(Ty::I32, Loc::Flags(Cond::Less)))
    }
}
