//! What a back end was told, as data and as text.

use std::fmt;
use waxwing_layout::abi::{Sig, Ty};
use waxwing_lower::{
    Area, BinOp, Callee, Cell, CmpOp, Hint, Label, LoadOp, Local, Region, RmwOp, SimdOp, StoreOp,
    UnOp, WideOp,
};
use waxwing_module::Trap;

/// The number of an operand.
pub type Id = u32;

/// `base + index + disp`.
#[derive(Clone, Debug)]
pub struct Place {
    pub base: Id,
    pub index: Option<Id>,
    pub disp: i32,
}

/// One call of a method of `Emit`. The results come first.
#[derive(Clone, Debug)]
pub enum Inst {
    At(u32),
    Const(Id, Ty, u128),
    Dup(Id, Id, Id),
    Drop(Id),
    NewLocal(Local, Ty),
    Get(Id, Local),
    Set(Local, Id),
    Vmctx(Id),
    ResultsArea(Id),
    Unary(Id, UnOp, Id),
    Binary(Id, BinOp, Id, Id),
    Compare(Id, CmpOp, Id, Id),
    Select(Id, Ty, [Id; 3]),
    Simd(Id, SimdOp, Vec<Id>),
    Load(Id, LoadOp, Place, Region),
    Store(StoreOp, Place, Id, Region),
    Wide([Id; 2], WideOp, Vec<Id>),
    AtomicLoad(Id, Cell, Id),
    AtomicStore(Cell, Id, Id),
    AtomicRmw(Id, RmwOp, Cell, Id, Id),
    AtomicCmpxchg(Id, Cell, Id, [Id; 2]),
    Fence,
    NewArea(Area, u32),
    AreaAddr(Id, Area),
    Block(Label, Vec<Ty>),
    Loop(Label, Vec<Id>, Vec<Id>, Vec<Ty>),
    If(Label, Id, Vec<Ty>, Hint),
    Else(Label, Option<Vec<Id>>),
    End(Option<Vec<Id>>, Label, Option<Vec<Id>>),
    Br(Label, Vec<Id>),
    BrIf(Vec<Id>, Id, Label, Vec<Id>, Hint),
    BrTable(Id, Vec<Label>, Vec<Id>),
    Ret(Option<Id>),
    Trap(Trap),
    TrapIf(Id, Trap),
    Call(Option<Id>, Callee, Vec<Id>),
    CallPtr(Option<Id>, Id, Sig, Vec<Id>),
    Try(Label, Vec<Ty>),
    Catch(Option<Id>, Label, Option<Vec<Id>>),
    Raise(Label, Id),
    RetCall(Callee, Vec<Id>),
    RetCallPtr(Id, Sig, Vec<Id>),
    CallKeeping(Id, Id),
    FuelTake(Option<Id>, Id),
}

fn ids(ids: &[Id]) -> String {
    ids.iter().map(|id| format!(" v{id}")).collect()
}

fn result(ids: &[Id]) -> String {
    let names: Vec<String> = ids.iter().map(|id| format!("v{id}")).collect();
    if names.is_empty() { String::new() } else { format!("{} = ", names.join(", ")) }
}

fn width(cell: Cell) -> String {
    format!("{:?} of {} bytes", cell.ty, cell.bytes)
}

fn arm(vals: &Option<Vec<Id>>) -> String {
    vals.as_ref().map_or(" unreachable".to_owned(), |vals| ids(vals))
}

fn types(types: &[Ty]) -> String {
    if types.is_empty() { String::new() } else { format!(" -> {types:?}") }
}

fn likely(hint: Hint) -> &'static str {
    match hint {
        Hint::None => "",
        Hint::Unlikely => " unlikely",
        Hint::Likely => " likely",
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[v{}", self.base)?;
        if let Some(index) = self.index {
            write!(f, " + v{index}")?;
        }
        if self.disp != 0 {
            write!(f, "{}{:#x}", if self.disp < 0 { " - " } else { " + " }, self.disp.abs())?;
        }
        f.write_str("]")
    }
}

impl Inst {
    fn fmt_control(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Inst::Block(label, results) => write!(f, "block {}{}", label.0, types(results)),
            Inst::Loop(label, vals, args, results) => {
                write!(f, "{}loop {}{}{}", result(vals), label.0, ids(args), types(results))
            }
            Inst::If(label, cond, results, hint) => {
                write!(f, "if {} v{cond}{}{}", label.0, types(results), likely(*hint))
            }
            Inst::Else(label, vals) => write!(f, "else {}{}", label.0, arm(vals)),
            Inst::End(vals, label, args) => {
                let dead = if vals.is_none() { ", unreachable behind" } else { "" };
                let vals = result(vals.as_deref().unwrap_or_default());
                write!(f, "{vals}end {}{}{dead}", label.0, arm(args))
            }
            Inst::Br(label, args) => write!(f, "br {}{}", label.0, ids(args)),
            Inst::BrIf(vals, cond, label, args, hint) => {
                let (vals, args) = (result(vals), ids(args));
                write!(f, "{vals}br_if v{cond} {}{args}{}", label.0, likely(*hint))
            }
            Inst::BrTable(index, labels, args) => {
                let labels: Vec<u32> = labels.iter().map(|l| l.0).collect();
                write!(f, "br_table v{index} {labels:?}{}", ids(args))
            }
            _ => self.fmt_atomic(f),
        }
    }

    fn fmt_atomic(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Inst::AtomicLoad(r, cell, at) => {
                write!(f, "v{r} = atomic_load {} [v{at}]", width(*cell))
            }
            Inst::AtomicStore(cell, at, v) => {
                write!(f, "atomic_store {} [v{at}] v{v}", width(*cell))
            }
            Inst::AtomicRmw(r, op, cell, at, v) => {
                write!(f, "v{r} = atomic {op:?} {} [v{at}] v{v}", width(*cell))
            }
            Inst::AtomicCmpxchg(r, cell, at, [expected, v]) => {
                write!(f, "v{r} = cmpxchg {} [v{at}] v{expected} v{v}", width(*cell))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Inst {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Inst::At(offset) => write!(f, "at {offset:#x}"),
            Inst::Const(r, ty, bits) => match ty {
                Ty::I32 => write!(f, "v{r} = I32 {}", *bits as i32),
                Ty::I64 | Ty::Ptr => write!(f, "v{r} = {ty:?} {}", *bits as i64),
                _ => write!(f, "v{r} = {ty:?} {bits:#x}"),
            },
            Inst::Dup(a, b, v) => write!(f, "v{a}, v{b} = dup v{v}"),
            Inst::Drop(v) => write!(f, "drop v{v}"),
            Inst::NewLocal(local, ty) => write!(f, "local {}: {ty:?}", local.0),
            Inst::Get(r, local) => write!(f, "v{r} = get {}", local.0),
            Inst::Set(local, v) => write!(f, "set {} v{v}", local.0),
            Inst::Vmctx(r) => write!(f, "v{r} = vmctx"),
            Inst::ResultsArea(r) => write!(f, "v{r} = results_area"),
            Inst::Unary(r, op, a) => write!(f, "v{r} = {op:?} v{a}"),
            Inst::Binary(r, op, a, b) => write!(f, "v{r} = {op:?} v{a} v{b}"),
            Inst::Compare(r, op, a, b) => write!(f, "v{r} = {op:?} v{a} v{b}"),
            Inst::Select(r, ty, [cond, a, b]) => {
                write!(f, "v{r} = select {ty:?} if v{cond} then v{a} else v{b}")
            }
            Inst::Simd(r, op, args) => write!(f, "v{r} = {op:?}{}", ids(args)),
            Inst::Load(r, op, place, region) => {
                write!(f, "v{r} = load {op:?} {place} {region:?}")
            }
            Inst::Store(op, place, v, region) => write!(f, "store {op:?} {place} v{v} {region:?}"),
            Inst::Wide(r, op, args) => write!(f, "{}{op:?}{}", result(r), ids(args)),
            Inst::Fence => write!(f, "fence"),
            Inst::NewArea(area, bytes) => write!(f, "area {}: {bytes} bytes", area.0),
            Inst::AreaAddr(r, area) => write!(f, "v{r} = area_addr {}", area.0),
            Inst::Ret(value) => write!(f, "ret{}", ids(value.as_slice())),
            Inst::Trap(trap) => write!(f, "trap {trap:?}"),
            Inst::TrapIf(cond, trap) => write!(f, "trap_if v{cond} {trap:?}"),
            Inst::Call(r, callee, args) => {
                write!(f, "{}call {callee:?}{}", result(r.as_slice()), ids(args))
            }
            Inst::CallPtr(r, code, sig, args) => {
                let (r, args) = (result(r.as_slice()), ids(args));
                write!(
                    f,
                    "{r}call_ptr v{code} {:?}{}{args}",
                    sig.params,
                    types(sig.result.as_slice())
                )
            }
            Inst::Try(label, results) => write!(f, "try {}{}", label.0, types(results)),
            Inst::Catch(exception, label, args) => {
                let dead = if exception.is_none() { ", nothing to catch" } else { "" };
                let exception = result(exception.as_slice());
                write!(f, "{exception}catch {}{}{dead}", label.0, arm(args))
            }
            Inst::Raise(region, exception) => write!(f, "raise {} v{exception}", region.0),
            Inst::RetCall(callee, args) => write!(f, "ret_call {callee:?}{}", ids(args)),
            Inst::RetCallPtr(code, sig, args) => {
                write!(f, "ret_call_ptr v{code} {:?}{}", sig.params, ids(args))
            }
            Inst::CallKeeping(code, arg) => write!(f, "call_keeping v{code} v{arg}"),
            Inst::FuelTake(test, cost) => {
                write!(f, "{}fuel_take v{cost}", result(test.as_slice()))
            }
            _ => self.fmt_control(f),
        }
    }
}

/// The listing of a function, indented by its constructs.
pub fn listing(insts: &[Inst]) -> String {
    let (mut depth, mut text) = (1usize, String::new());
    for inst in insts {
        if matches!(inst, Inst::Else(..) | Inst::Catch(..) | Inst::End(..)) {
            depth -= 1;
        }
        text.push_str(&"  ".repeat(depth));
        text.push_str(&inst.to_string());
        text.push('\n');
        if matches!(
            inst,
            Inst::Block(..)
                | Inst::Loop(..)
                | Inst::If(..)
                | Inst::Else(..)
                | Inst::Try(..)
                | Inst::Catch(..)
        ) {
            depth += 1;
        }
    }
    text
}
