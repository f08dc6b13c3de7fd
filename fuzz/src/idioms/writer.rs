//! Writes functions: statements and expressions at random, with idioms among them.
//!
//! Every loop counts, every count is bounded, and what a call costs is kept in mind, so that each
//! function ends soon.

use super::code::{Code, Tree, bin, get, i32c, i64c, memarg, select, un};
use super::world::{EDGES, MOST, World};
use super::{access, bits, branch, bulk, wide};
use crate::rng::Rng;
use wasm_encoder::{Instruction as I, ValType};

/// A function that is being written.
pub struct Writer<'a> {
    /// Chance.
    pub rng: &'a mut Rng,
    /// The module.
    pub world: &'a mut World,
    /// The body so far.
    pub code: Code,
    /// What running it costs so far.
    pub cost: u64,
    /// How often the present place is run.
    pub weight: u64,
    /// The blocks around the present place, innermost last: whether anybody may branch to it, since
    /// it goes forwards and needs no value.
    pub labels: Vec<bool>,
    /// The local that holds the frame's address, in functions that have a frame, and its size.
    pub frame: Option<(u32, i32)>,
    /// Locals that hold addresses which are mostly good.
    pub pointers: Vec<u32>,
    /// Whether its parameters are good addresses as they are: it is a small function.
    pub bare: bool,
    /// How this function takes halves of words, see `wide`.
    pub style: u64,
    /// So many more statements and big expressions are written at most.
    pub room: u32,
}

impl<'a> Writer<'a> {
    /// Begins a function.
    pub fn new(
        rng: &'a mut Rng,
        world: &'a mut World,
        params: &[ValType],
        results: &[ValType],
        room: u32,
    ) -> Writer<'a> {
        let code = Code::new(params, results);
        let labels = Vec::new();
        let style = rng.below(8);
        Writer {
            rng,
            world,
            code,
            cost: 10,
            weight: 1,
            labels,
            frame: None,
            pointers: Vec::new(),
            bare: false,
            style,
            room,
        }
    }

    /// One of several numbers.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.rng.below(all.len() as u64) as usize]
    }

    /// A type, integers above all.
    pub fn ty(&mut self) -> ValType {
        match self.rng.below(16) {
            0..6 => ValType::I32,
            6..13 => ValType::I64,
            13 => ValType::F32,
            14 if self.world.vectors => ValType::V128,
            _ => ValType::F64,
        }
    }

    /// Counts what was written.
    pub fn spend(&mut self, instructions: u64) {
        self.cost += self.weight * instructions;
    }

    /// A local of a type; a new one if there is none.
    pub fn some_local(&mut self, ty: ValType) -> u32 {
        let fits = |&i: &u32| self.code.locals[i as usize] == ty && !self.code.kept.contains(&i);
        let all: Vec<u32> = (0..self.code.locals.len() as u32).filter(fits).collect();
        if all.is_empty() || (all.len() < 5 && self.rng.chance(1, 5)) {
            return self.code.local(ty);
        }
        self.one_of(&all)
    }

    /// A local that was not used before: zero until it is set.
    pub fn save(&mut self, ty: ValType, tree: Tree) -> u32 {
        self.code.save(ty, tree, self.rng)
    }

    /// A constant.
    pub fn constant(&mut self, ty: ValType) -> Tree {
        let edge = self.one_of(&EDGES);
        let small = self.rng.below(80) as i64 - 8;
        let value = match self.rng.below(4) {
            0 => small,
            1 => self.rng.word() as i64,
            _ => edge,
        };
        match ty {
            ValType::I32 => i32c(value as i32),
            ValType::I64 => i64c(value),
            ValType::F32 => Tree::Leaf(I::F32Const((value as f32).into())),
            ValType::F64 => Tree::Leaf(I::F64Const((value as f64).into())),
            _ => Tree::Leaf(I::V128Const((i128::from(value) << 64) | i128::from(edge))),
        }
    }

    /// An expression of a type, of about so many levels.
    pub fn expr(&mut self, ty: ValType, depth: u32) -> Tree {
        self.spend(1);
        if depth == 0 || self.room == 0 {
            return match self.rng.below(4) {
                0 => self.constant(ty),
                1 => self.global(ty),
                _ => get(self.some_local(ty)),
            };
        }
        self.room -= 1;
        match self.rng.below(20) {
            0 | 1 => get(self.some_local(ty)),
            2 => self.constant(ty),
            3 | 4 => access::load(self, ty, depth),
            5 => self.call_for(ty, depth).unwrap_or_else(|| get(self.some_local(ty))),
            6 => branch::value(self, ty, depth),
            7 => {
                let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
                let c = self.condition(depth - 1);
                match ty {
                    ValType::V128 => Tree::Node(I::TypedSelect(ty), vec![a, b, c]),
                    _ => select(a, b, c),
                }
            }
            _ => match ty {
                ValType::I32 | ValType::I64 => self.integer(ty, depth),
                ValType::F32 | ValType::F64 => self.float(ty, depth),
                _ => self.vector(depth),
            },
        }
    }

    /// Something to branch on.
    pub fn condition(&mut self, depth: u32) -> Tree {
        if depth == 0 || self.rng.chance(1, 4) {
            return get(self.some_local(ValType::I32));
        }
        bits::compare(self, depth)
    }

    fn integer(&mut self, ty: ValType, depth: u32) -> Tree {
        match self.rng.below(10) {
            0..3 => bits::idiom(self, ty, depth),
            3 | 4 => wide::idiom(self, ty, depth),
            5 => bits::conversion(self, ty, depth),
            6 => access::combined(self, ty),
            _ => bits::plain(self, ty, depth),
        }
    }

    /// Operations whose results may be NaN have them made the same everywhere.
    fn float(&mut self, ty: ValType, depth: u32) -> Tree {
        let single = ty == ValType::F32;
        if self.rng.chance(1, 3) {
            let other = if single { ValType::I32 } else { ValType::I64 };
            let a = self.expr(other, depth - 1);
            return un(if single { I::F32ReinterpretI32 } else { I::F64ReinterpretI64 }, a);
        }
        if self.rng.chance(1, 4) {
            let a = self.expr(ty, depth - 1);
            return un(if single { I::F32Neg } else { I::F64Abs }, a);
        }
        let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
        let number = self.rng.below(4) as usize;
        let op = if single {
            [I::F32Add, I::F32Sub, I::F32Mul, I::F32Min][number].clone()
        } else {
            [I::F64Add, I::F64Sub, I::F64Div, I::F64Max][number].clone()
        };
        let rng = &mut *self.rng;
        self.code.tree(bin(op, a, b), rng);
        let kept = self.code.kept_local(ty);
        let (nan, equal) = match single {
            true => (I::F32Const(f32::NAN.into()), I::F32Eq),
            false => (I::F64Const(f64::NAN.into()), I::F64Eq),
        };
        self.code.pin([I::LocalSet(kept)]);
        self.code.apart(|code| {
            let read = || I::LocalGet(kept);
            code.pin([read(), nan, read(), read(), equal, I::Select]);
        })
    }

    fn vector(&mut self, depth: u32) -> Tree {
        match self.rng.below(4) {
            0 => un(I::I64x2Splat, self.expr(ValType::I64, depth - 1)),
            1 => un(I::I32x4Splat, self.expr(ValType::I32, depth - 1)),
            2 => {
                let a = self.expr(ValType::V128, depth - 1);
                let b = self.expr(ValType::I64, depth - 1);
                bin(I::I64x2ReplaceLane(1), a, b)
            }
            _ => {
                let a = self.expr(ValType::V128, depth - 1);
                let b = self.expr(ValType::V128, depth - 1);
                let ops = [I::I64x2Add, I::V128Xor, I::I16x8Mul, I::I8x16AddSatU];
                bin(ops[self.rng.below(4) as usize].clone(), a, b)
            }
        }
    }

    fn global(&mut self, ty: ValType) -> Tree {
        let all = self.world.globals_of(ty, false);
        match all.is_empty() {
            true => self.constant(ty),
            false => Tree::Leaf(I::GlobalGet(self.one_of(&all))),
        }
    }

    /// What a callee may cost here.
    pub fn affordable(&self) -> u64 {
        MOST.saturating_sub(self.cost) / self.weight
    }

    /// A call that gives a value of a type, if a function can be called that has one.
    pub fn call_for(&mut self, ty: ValType, depth: u32) -> Option<Tree> {
        let room = self.affordable();
        let all = self.world.callable(room, |f| f.results == [ty]);
        if all.is_empty() {
            return None;
        }
        // The last ones are those that this function was made for.
        let index = match self.rng.chance(1, 2) {
            true => all[all.len() - 1],
            false => self.one_of(&all),
        };
        let done = self.world.done[index as usize].clone();
        self.spend(done.cost);
        let args = done.params.iter().map(|&ty| self.argument(ty, depth)).collect();
        Some(Tree::Node(I::Call(index), args))
    }

    /// An argument: mostly simple.
    pub fn argument(&mut self, ty: ValType, depth: u32) -> Tree {
        if ty == ValType::I32 && self.rng.chance(3, 4) {
            // Most are addresses.
            return access::address(self, 0);
        }
        match self.rng.below(4) {
            0 => self.constant(ty),
            1 => self.expr(ty, depth.saturating_sub(1)),
            _ => get(self.some_local(ty)),
        }
    }

    /// Some statements.
    pub fn block(&mut self, depth: u32, most: u64) {
        for _ in 0..=self.rng.below(most) {
            self.statement(depth);
        }
    }

    /// A statement.
    pub fn statement(&mut self, depth: u32) {
        if self.room == 0 {
            return;
        }
        self.room -= 1;
        self.spend(2);
        match self.rng.below(24) {
            0..5 => {
                let ty = self.ty();
                let value = self.expr(ty, depth + 1);
                let local = self.some_local(ty);
                self.code.set(local, value, self.rng);
            }
            5..8 => access::store(self, depth + 1),
            8..10 => access::forward(self, depth),
            10 => self.set_global(depth),
            11 => branch::conditional(self, depth),
            12 if depth > 0 && self.rng.chance(1, 2) => super::walk::walk(self, depth),
            12 if depth > 0 => branch::counted(self, depth),
            13 if depth > 0 => branch::left_early(self, depth),
            14 if depth > 0 => branch::switch(self, depth),
            15..17 => self.call(depth),
            17 | 18 => bulk::range(self),
            19 => branch::trap(self, depth),
            20 if self.rng.chance(1, 2) => access::taken_apart(self, depth),
            20 => wide::stored(self, depth),
            21 if self.rng.chance(1, 3) => self.grow(),
            21 if self.world.throws => branch::guarded(self, depth),
            22 => super::indirect::change(self),
            _ => {
                let ty = self.one_of(&[ValType::I32, ValType::I64]);
                let local = self.some_local(ty);
                if let Some(value) = super::indirect::call(self, ty, depth) {
                    self.code.set(local, value, self.rng);
                }
            }
        }
    }

    fn set_global(&mut self, depth: u32) {
        let ty = self.one_of(&[ValType::I32, ValType::I64, ValType::F64]);
        let all = self.world.globals_of(ty, true);
        if all.is_empty() {
            return;
        }
        let value = self.expr(ty, depth + 1);
        let global = self.one_of(&all);
        self.code.tree(value, self.rng);
        self.code.put([I::GlobalSet(global)]);
    }

    fn grow(&mut self) {
        let pages = self.one_of(&[0, 1, 1, 2, -1]);
        let local = self.some_local(ValType::I32);
        self.spend(200);
        self.code.put([I::I32Const(pages), I::MemoryGrow(0), I::LocalSet(local)]);
    }

    /// A call whose results are put into locals.
    pub fn call(&mut self, depth: u32) {
        let room = self.affordable();
        let all = self.world.callable(room, |_| true);
        if all.is_empty() {
            return;
        }
        let index = match self.rng.chance(1, 2) {
            true => all[all.len() - 1],
            false => self.one_of(&all),
        };
        self.call_of(index, depth);
    }

    /// A call of this function, whose results are put into locals.
    pub fn call_of(&mut self, index: u32, depth: u32) {
        let done = self.world.done[index as usize].clone();
        self.spend(done.cost);
        let args = done.params.iter().map(|&ty| self.argument(ty, depth)).collect();
        self.code.tree(Tree::Node(I::Call(index), args), self.rng);
        for &ty in done.results.iter().rev() {
            let local = self.some_local(ty);
            self.code.put([I::LocalSet(local)]);
        }
    }

    /// Stores some locals, so that what is in them matters.
    pub fn sink(&mut self) {
        let count = self.code.locals.len();
        for number in 0..count.min(10) {
            // The last ones, which are those of the latest statements, and the parameters.
            let local = if number < 2 { number } else { count + 1 - number };
            let m = memarg(0x1800 + 8 * number as u64);
            let store = match self.code.locals[local] {
                ValType::I32 => I::I32Store(m),
                ValType::I64 => I::I64Store(m),
                ValType::F32 => I::F32Store(m),
                ValType::F64 => I::F64Store(m),
                _ => I::V128Store(m),
            };
            self.code.put([I::I32Const(0), I::LocalGet(local as u32), store]);
        }
    }

    /// Leaves the results on the stack: the end of a function.
    pub fn results(&mut self, depth: u32) {
        for ty in self.code.results.clone() {
            self.room = self.room.max(4);
            // In one piece each, since the statements that an expression needs come before it.
            let value = self.expr(ty, depth);
            self.code.tree(value, self.rng);
        }
    }

    /// Ends the function.
    pub fn done(mut self) -> (Code, u64) {
        self.code.tidy(self.rng);
        (self.code, self.cost)
    }

    /// An address as a number that is below 64 KiB, and where it is likely to meet others.
    pub fn near(&mut self) -> i32 {
        let base = self.one_of(&[0, 256, 512, 520, 1024, 4096]);
        base + self.rng.below(24) as i32
    }

    /// An immediate offset that makes accesses meet, half or whole.
    pub fn offset(&mut self) -> u64 {
        match self.rng.below(160) {
            0 => self.one_of(&[65_528, 65_535, 65_536, 0xFFFF_FFF8, 0xFFFF_FFFF, 1 << 25]),
            1..16 => self.rng.below(40),
            _ => self.one_of(&[0, 0, 0, 8, 8, 4, 16, 1, 7, 12, 24]),
        }
    }

    /// The immediate of an access.
    pub fn memarg(&mut self) -> wasm_encoder::MemArg {
        memarg(self.offset())
    }
}
