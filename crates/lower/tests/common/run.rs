//! Executes listings, as far as the tests need it: integers, branches, memory, and those floats
//! that truncation takes. Operations that lowering must guard are guarded again here, by panics.

use super::inst::{Id, Inst, Place};
use std::collections::HashMap;
use waxwing_layout::builtin::Leaf;
use waxwing_lower::{BinOp, Callee, CmpOp, Label, LoadOp, Region, SimdOp, StoreOp, UnOp};
use waxwing_module::Trap;

/// All that a function can touch; addresses are positions in `bytes`.
pub struct Machine {
    pub bytes: Vec<u8>,
    /// The instance pointer.
    pub vmctx: u64,
    /// The leaf routines.
    pub leaves: HashMap<Leaf, Vec<Inst>>,
}

/// How a function ended: with its result or a trap.
pub type Outcome = Result<Option<u128>, Trap>;

struct Run<'a> {
    insts: &'a [Inst],
    vals: HashMap<Id, u128>,
    locals: HashMap<u32, u128>,
    at: usize,
}

impl Run<'_> {
    fn get(&self, id: Id) -> u128 {
        self.vals[&id]
    }

    fn get_all(&self, ids: &[Id]) -> Vec<u128> {
        ids.iter().map(|&id| self.get(id)).collect()
    }

    fn place(&self, place: &Place) -> usize {
        let index = place.index.map_or(0, |index| self.get(index) as u64);
        let base = self.get(place.base) as u64;
        base.wrapping_add(index).wrapping_add(place.disp as u64) as usize
    }

    /// The position of what `wanted` accepts, from the beginning of the construct on.
    fn find(&self, wanted: impl Fn(&Inst) -> bool) -> Option<usize> {
        self.insts.iter().position(wanted)
    }

    /// Goes behind the end of a construct with its results.
    fn leave(&mut self, label: Label, args: &[u128]) {
        let is_end = |inst: &Inst| matches!(inst, Inst::End(_, l, _) if *l == label);
        self.at = self.find(is_end).expect("every construct ends");
        if let Inst::End(Some(vals), ..) = &self.insts[self.at] {
            assert_eq!(vals.len(), args.len());
            self.vals.extend(vals.iter().copied().zip(args.iter().copied()));
        }
    }

    fn branch(&mut self, label: Label, args: &[u128]) {
        let is_loop = |inst: &Inst| matches!(inst, Inst::Loop(l, ..) if *l == label);
        match self.find(is_loop) {
            None => self.leave(label, args),
            Some(at) => {
                self.at = at;
                if let Inst::Loop(_, vals, ..) = &self.insts[at] {
                    self.vals.extend(vals.iter().copied().zip(args.iter().copied()));
                }
            }
        }
    }
}

impl Machine {
    /// Runs a function or leaf with these values in its first locals.
    pub fn run(&mut self, insts: &[Inst], params: &[u128]) -> Outcome {
        let locals = params.iter().enumerate().map(|(i, &v)| (i as u32, v)).collect();
        let mut run = Run { insts, vals: HashMap::new(), locals, at: 0 };
        loop {
            if let Some(outcome) = self.step(&mut run) {
                return outcome;
            }
            run.at += 1;
        }
    }

    fn step(&mut self, run: &mut Run<'_>) -> Option<Outcome> {
        let made = match &run.insts[run.at] {
            Inst::At(_) | Inst::Drop(_) | Inst::NewLocal(..) | Inst::Block(..) => return None,
            Inst::Const(r, _, bits) => (*r, *bits),
            Inst::Dup(a, b, v) => {
                let v = run.get(*v);
                run.vals.insert(*a, v);
                (*b, v)
            }
            Inst::Get(r, local) => (*r, run.locals[&local.0]),
            Inst::Set(local, v) => {
                let v = run.get(*v);
                run.locals.insert(local.0, v);
                return None;
            }
            Inst::Vmctx(r) => (*r, self.vmctx.into()),
            Inst::Unary(r, op, a) => (*r, unary(*op, run.get(*a))),
            Inst::Binary(r, op, a, b) => (*r, binary(*op, run.get(*a), run.get(*b))),
            Inst::Compare(r, op, a, b) => (*r, compare(*op, run.get(*a), run.get(*b)).into()),
            Inst::Simd(r, SimdOp::I8x16Splat, args) => {
                (*r, u128::from_le_bytes([run.get(args[0]) as u8; 16]))
            }
            Inst::Load(r, op, place, region) => {
                let at = run.place(place);
                if let Some(trap) = self.fault(at, op.bytes(), *region) {
                    return Some(Err(trap));
                }
                (*r, self.load(*op, at))
            }
            Inst::Store(op, place, v, region) => {
                let at = run.place(place);
                if let Some(trap) = self.fault(at, op.bytes(), *region) {
                    return Some(Err(trap));
                }
                self.store(*op, at, run.get(*v));
                return None;
            }
            _ => return self.transfer(run),
        };
        run.vals.insert(made.0, made.1);
        None
    }

    /// Control and calls.
    fn transfer(&mut self, run: &mut Run<'_>) -> Option<Outcome> {
        let insts = run.insts;
        match &insts[run.at] {
            Inst::Loop(label, _, args, _) => {
                let args = run.get_all(args);
                run.branch(*label, &args);
            }
            Inst::If(label, cond, ..) => {
                if run.get(*cond) as u32 == 0 {
                    let is_else = |i: &Inst| matches!(i, Inst::Else(l, _) if l == label);
                    match run.find(is_else) {
                        Some(at) => run.at = at,
                        None => run.leave(*label, &[]),
                    }
                }
            }
            Inst::Else(label, args) | Inst::End(_, label, args) => {
                let args = run.get_all(args.as_ref().expect("it is reached"));
                run.leave(*label, &args);
            }
            Inst::Br(label, args) => {
                let args = run.get_all(args);
                run.branch(*label, &args);
            }
            Inst::BrIf(vals, cond, label, args, _) => {
                let args = run.get_all(args);
                run.vals.extend(vals.iter().copied().zip(args.iter().copied()));
                if run.get(*cond) as u32 != 0 {
                    run.branch(*label, &args);
                }
            }
            Inst::BrTable(index, labels, args) => {
                let index = run.get(*index) as u32 as usize;
                let args = run.get_all(args);
                run.branch(labels[index.min(labels.len() - 1)], &args);
            }
            Inst::Ret(value) => return Some(Ok(value.map(|v| run.get(v)))),
            Inst::Trap(trap) => return Some(Err(*trap)),
            Inst::TrapIf(cond, trap) => {
                return (run.get(*cond) as u32 != 0).then_some(Err(*trap));
            }
            Inst::Call(None, Callee::Leaf(leaf), args) => {
                let code = self.leaves[leaf].clone();
                let outcome = self.run(&code, &run.get_all(args));
                return outcome.is_err().then_some(outcome);
            }
            other => panic!("the tests do not need {other}"),
        }
        None
    }

    /// The trap of an access that goes beyond the end of memory, which is that of all bytes.
    fn fault(&self, at: usize, size: u32, region: Region) -> Option<Trap> {
        region.trap().filter(|_| at + size as usize > self.bytes.len())
    }

    fn load(&self, op: LoadOp, at: usize) -> u128 {
        let mut wide = [0; 16];
        let size = op.bytes() as usize;
        wide[..size].copy_from_slice(&self.bytes[at..at + size]);
        match op {
            LoadOp::V128 | LoadOp::I64 | LoadOp::I32 | LoadOp::Ptr => {}
            LoadOp::I32Load8U | LoadOp::I32Load16U => {}
            other => panic!("the tests do not need {other:?}"),
        }
        u128::from_le_bytes(wide)
    }

    fn store(&mut self, op: StoreOp, at: usize, value: u128) {
        let size = op.bytes() as usize;
        self.bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
    }
}

fn f32_of(bits: u128) -> f32 {
    f32::from_bits(bits as u32)
}

fn f64_of(bits: u128) -> f64 {
    f64::from_bits(bits as u64)
}

fn unary(op: UnOp, a: u128) -> u128 {
    // What is truncated must be a number that fits.
    let fits = |x: f64, low: f64, high: f64| {
        let whole = x.trunc();
        assert!(whole >= low && whole < high, "{op:?} of {x:e}");
        whole
    };
    let (i32_low, i64_low) = (-(2f64.powi(31)), -(2f64.powi(63)));
    let (a32, a64) = (f64::from(f32_of(a)), f64_of(a));
    match op {
        UnOp::I64ExtendI32U => (a as u32).into(),
        UnOp::I32WrapI64 => (a as u32).into(),
        UnOp::I64FromPtr | UnOp::PtrFromI64 => a,
        UnOp::I32TruncF32S => (fits(a32, i32_low, -i32_low) as i32 as u32).into(),
        UnOp::I32TruncF64S => (fits(a64, i32_low, -i32_low) as i32 as u32).into(),
        UnOp::I32TruncF32U => (fits(a32, 0.0, -2.0 * i32_low) as u32).into(),
        UnOp::I32TruncF64U => (fits(a64, 0.0, -2.0 * i32_low) as u32).into(),
        UnOp::I64TruncF32S => (fits(a32, i64_low, -i64_low) as i64 as u64).into(),
        UnOp::I64TruncF64S => (fits(a64, i64_low, -i64_low) as i64 as u64).into(),
        UnOp::I64TruncF32U => (fits(a32, 0.0, -2.0 * i64_low) as u64).into(),
        UnOp::I64TruncF64U => (fits(a64, 0.0, -2.0 * i64_low) as u64).into(),
        other => panic!("the tests do not need {other:?}"),
    }
}

fn binary(op: BinOp, a: u128, b: u128) -> u128 {
    let (x, y) = (a as u32, b as u32);
    let (v, w) = (a as u64, b as u64);
    let divide = |fits: Option<i64>| fits.expect("division is guarded") as u128;
    match op {
        BinOp::I32Add => x.wrapping_add(y).into(),
        BinOp::I32Sub => x.wrapping_sub(y).into(),
        BinOp::I32And => (x & y).into(),
        BinOp::I64Add | BinOp::PtrAdd => v.wrapping_add(w).into(),
        BinOp::I64Sub => v.wrapping_sub(w).into(),
        BinOp::I64Mul => v.wrapping_mul(w).into(),
        BinOp::I64And => (v & w).into(),
        BinOp::I32DivS => {
            let quotient = (x as i32).checked_div(y as i32);
            divide(quotient.map(|q| i64::from(q as u32)))
        }
        BinOp::I32DivU => divide(x.checked_div(y).map(i64::from)),
        BinOp::I64DivS => u128::from(divide((v as i64).checked_div(w as i64)) as u64),
        BinOp::I32RemS => {
            assert!(y != 0, "division is guarded");
            ((x as i32).wrapping_rem(y as i32) as u32).into()
        }
        BinOp::I64RemU => (v % w).into(),
        other => panic!("the tests do not need {other:?}"),
    }
}

fn compare(op: CmpOp, a: u128, b: u128) -> bool {
    let (x, y, v, w) = (a as u32, b as u32, a as u64, b as u64);
    match op {
        CmpOp::I32Eq => x == y,
        CmpOp::I32Ne => x != y,
        CmpOp::I32GeU => x >= y,
        CmpOp::I64Eq => v == w,
        CmpOp::I64Ne => v != w,
        CmpOp::I64LtU => v < w,
        CmpOp::I64GtU => v > w,
        CmpOp::I64LeU => v <= w,
        CmpOp::I64GeU => v >= w,
        CmpOp::F32Ne => f32_of(a) != f32_of(b),
        CmpOp::F32Lt => f32_of(a) < f32_of(b),
        CmpOp::F32Le => f32_of(a) <= f32_of(b),
        CmpOp::F32Ge => f32_of(a) >= f32_of(b),
        CmpOp::F64Ne => f64_of(a) != f64_of(b),
        CmpOp::F64Lt => f64_of(a) < f64_of(b),
        CmpOp::F64Le => f64_of(a) <= f64_of(b),
        CmpOp::F64Ge => f64_of(a) >= f64_of(b),
        other => panic!("the tests do not need {other:?}"),
    }
}
