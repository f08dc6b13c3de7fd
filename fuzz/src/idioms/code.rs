//! The body of a function as it grows: a list of instructions, some of them pinned.
//!
//! Pinned instructions make a function end, or make its floats the same everywhere; what spoils
//! shapes leaves them as they are. So every call ends, however a body is spoilt.

use crate::rng::Rng;
use wasm_encoder::{Function, Instruction as I, MemArg, ValType};

/// An instruction of a body.
#[derive(Clone, Debug)]
pub struct Op {
    /// The instruction.
    pub what: I<'static>,
    /// Whether it has to stay as it is.
    pub pinned: bool,
}

/// A body, and the type it is of.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// The types of the parameters.
    pub params: Vec<ValType>,
    /// The types of the results.
    pub results: Vec<ValType>,
    /// The types of all locals, parameters first.
    pub locals: Vec<ValType>,
    /// The locals that only pinned instructions write.
    pub kept: Vec<u32>,
    /// The instructions, without the last `end`.
    pub ops: Vec<Op>,
}

/// An expression that is not written yet: operands may still change places.
#[derive(Clone, Debug)]
pub enum Tree {
    /// Instructions that need no operand.
    Leaf(I<'static>),
    /// An instruction and its operands.
    Node(I<'static>, Vec<Tree>),
    /// The value is also put into a local.
    Tee(u32, Box<Tree>),
    /// Code of any kind that leaves one value.
    Code(Vec<Op>),
}

/// A local's value.
pub fn get(local: u32) -> Tree {
    Tree::Leaf(I::LocalGet(local))
}

/// An `i32` constant.
pub fn i32c(value: i32) -> Tree {
    Tree::Leaf(I::I32Const(value))
}

/// An `i64` constant.
pub fn i64c(value: i64) -> Tree {
    Tree::Leaf(I::I64Const(value))
}

/// An instruction with one operand.
pub fn un(what: I<'static>, a: Tree) -> Tree {
    Tree::Node(what, vec![a])
}

/// An instruction with two operands.
pub fn bin(what: I<'static>, a: Tree, b: Tree) -> Tree {
    Tree::Node(what, vec![a, b])
}

/// A value that is also put into a local.
pub fn tee(local: u32, a: Tree) -> Tree {
    Tree::Tee(local, Box::new(a))
}

/// `a` if `condition` is not zero, else `b`.
pub fn select(a: Tree, b: Tree, condition: Tree) -> Tree {
    Tree::Node(I::Select, vec![a, b, condition])
}

/// The immediate of an access to memory 0; the offset is at most the greatest that is valid.
pub fn memarg(offset: u64) -> MemArg {
    MemArg { offset: offset.min(u64::from(u32::MAX)), align: 0, memory_index: 0 }
}

/// A sum of `i64` values, or another operator over many, from the left.
pub fn chain(what: &I<'static>, trees: impl IntoIterator<Item = Tree>) -> Tree {
    let mut trees = trees.into_iter();
    let first = trees.next().unwrap_or_else(|| i64c(0));
    trees.fold(first, |sum, tree| bin(what.clone(), sum, tree))
}

/// Whether operands of it may change places.
fn commutes(what: &I<'_>) -> bool {
    matches!(
        what,
        I::I32Add
            | I::I32Mul
            | I::I32And
            | I::I32Or
            | I::I32Xor
            | I::I32Eq
            | I::I32Ne
            | I::I64Add
            | I::I64Mul
            | I::I64And
            | I::I64Or
            | I::I64Xor
            | I::I64Eq
            | I::I64Ne
    )
}

impl Tree {
    /// Whether a local is written in it: then its place among the others matters.
    fn writes(&self) -> bool {
        match self {
            Tree::Leaf(_) => false,
            Tree::Node(_, operands) => operands.iter().any(Tree::writes),
            Tree::Tee(..) | Tree::Code(_) => true,
        }
    }

    fn write(self, rng: &mut Rng, to: &mut Vec<Op>) {
        let op = |what| Op { what, pinned: false };
        match self {
            Tree::Leaf(what) => to.push(op(what)),
            Tree::Node(what, mut operands) => {
                if commutes(&what) && !operands.iter().any(Tree::writes) && rng.chance(1, 3) {
                    operands.swap(0, 1);
                }
                for operand in operands {
                    operand.write(rng, to);
                }
                to.push(op(what));
            }
            Tree::Tee(local, value) => {
                value.write(rng, to);
                to.push(op(I::LocalTee(local)));
            }
            Tree::Code(ops) => to.extend(ops),
        }
    }
}

impl Code {
    /// An empty body of this type.
    pub fn new(params: &[ValType], results: &[ValType]) -> Code {
        Code {
            params: params.to_vec(),
            results: results.to_vec(),
            locals: params.to_vec(),
            ..Code::default()
        }
    }

    /// A new local.
    pub fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        self.locals.len() as u32 - 1
    }

    /// A new local that spoiling leaves alone.
    pub fn kept_local(&mut self, ty: ValType) -> u32 {
        let local = self.local(ty);
        self.kept.push(local);
        local
    }

    /// Writes instructions.
    pub fn put(&mut self, what: impl IntoIterator<Item = I<'static>>) {
        self.ops.extend(what.into_iter().map(|what| Op { what, pinned: false }));
    }

    /// Writes instructions that stay as they are.
    pub fn pin(&mut self, what: impl IntoIterator<Item = I<'static>>) {
        self.ops.extend(what.into_iter().map(|what| Op { what, pinned: true }));
    }

    /// Writes an expression. Operands that may change places do so now and then.
    pub fn tree(&mut self, tree: Tree, rng: &mut Rng) {
        tree.write(rng, &mut self.ops);
    }

    /// Writes an expression into a local.
    pub fn set(&mut self, local: u32, tree: Tree, rng: &mut Rng) {
        self.tree(tree, rng);
        self.put([I::LocalSet(local)]);
    }

    /// Writes an expression into a new local.
    pub fn save(&mut self, ty: ValType, tree: Tree, rng: &mut Rng) -> u32 {
        let local = self.local(ty);
        self.set(local, tree, rng);
        local
    }

    /// What `write` writes, taken out of the body: for expressions that need statements.
    pub fn apart(&mut self, write: impl FnOnce(&mut Code)) -> Tree {
        let from = self.ops.len();
        write(self);
        Tree::Code(self.ops.split_off(from))
    }

    /// A local that is set and read at once is read on the way, as compilers write it; mostly.
    pub fn tidy(&mut self, rng: &mut Rng) {
        let mut ops: Vec<Op> = Vec::with_capacity(self.ops.len());
        for op in std::mem::take(&mut self.ops) {
            if let (I::LocalGet(read), Some(last)) = (&op.what, ops.last_mut())
                && let I::LocalSet(written) = last.what
                && written == *read
                && !last.pinned
                && !op.pinned
                && rng.chance(7, 8)
            {
                last.what = I::LocalTee(written);
            } else {
                ops.push(op);
            }
        }
        self.ops = ops;
    }

    /// The body as it stands in a module.
    pub fn function(&self) -> Function {
        let mut function =
            Function::new_with_locals_types(self.locals[self.params.len()..].iter().copied());
        for op in &self.ops {
            function.instruction(&op.what);
        }
        function.instruction(&I::End);
        function
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_written_and_read_at_once_is_read_on_the_way_unless_it_is_pinned() {
        let mut rng = Rng::new(1, 1);
        let mut code = Code::new(&[ValType::I32], &[]);
        for _ in 0..20 {
            code.put([I::I32Const(1), I::LocalSet(0), I::LocalGet(0), I::Drop]);
        }
        code.pin([I::I32Const(1), I::LocalSet(0), I::LocalGet(0), I::Drop]);
        code.tidy(&mut rng);
        let tees = code.ops.iter().filter(|op| matches!(op.what, I::LocalTee(0))).count();
        assert!((10..=20).contains(&tees), "{tees}");
        assert!(matches!(code.ops[code.ops.len() - 2].what, I::LocalGet(0)));
    }

    #[test]
    fn operands_with_writes_in_them_stay_where_they_are() {
        for seed in 0..50 {
            let mut code = Code::new(&[ValType::I64], &[ValType::I64]);
            let sum = bin(I::I64Add, tee(0, i64c(1)), get(0));
            code.tree(sum, &mut Rng::new(seed, 1));
            assert!(matches!(code.ops[0].what, I::I64Const(1)), "seed {seed}");
        }
    }
}
