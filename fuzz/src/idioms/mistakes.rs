//! Mistakes that an optimiser could make, made on purpose: they have to be found.

use super::code::Op;
use crate::rng::Rng;
use wasm_encoder::Instruction as I;

/// A mistake: its name, what is right, and what it becomes.
pub struct Mistake {
    /// What would have gone wrong.
    pub name: &'static str,
    /// What an instruction becomes, if it is one of those.
    pub wrong: fn(&I<'static>) -> Option<Vec<I<'static>>>,
}

/// All of them.
pub const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "a product is another",
        wrong: |i| matches!(i, I::I64Mul).then(|| vec![I::I64Add]),
    },
    Mistake {
        name: "a carry is found where there is none",
        wrong: |i| matches!(i, I::I64LtU).then(|| vec![I::I64LeU]),
    },
    Mistake {
        name: "a mask is short of a bit",
        wrong: |i| matches!(i, I::I64Const(0xFFFF_FFFF)).then(|| vec![I::I64Const(0x7FFF_FFFF)]),
    },
    Mistake {
        name: "a shift is short of a bit",
        wrong: |i| matches!(i, I::I64Const(32)).then(|| vec![I::I64Const(31)]),
    },
    Mistake {
        name: "a number is extended by its sign",
        wrong: |i| matches!(i, I::I64ExtendI32U).then(|| vec![I::I64ExtendI32S]),
    },
    Mistake {
        name: "a store is lost",
        wrong: |i| matches!(i, I::I64Store(_)).then(|| vec![I::Drop, I::Drop]),
    },
    Mistake {
        name: "a store is too narrow",
        wrong: |i| match i {
            I::I64Store(m) => Some(vec![I::I64Store32(*m)]),
            _ => None,
        },
    },
    Mistake {
        name: "a load is from next door",
        wrong: |i| match i {
            I::I64Load(m) => {
                let mut m = *m;
                m.offset ^= 8;
                Some(vec![I::I64Load(m)])
            }
            _ => None,
        },
    },
    Mistake {
        name: "a load that traps is left out",
        wrong: |i| match i {
            I::I64Load(_) => Some(vec![I::Drop, I::I64Const(0)]),
            _ => None,
        },
    },
    Mistake {
        name: "a global keeps its old value",
        wrong: |i| matches!(i, I::GlobalSet(_)).then(|| vec![I::Drop]),
    },
    Mistake {
        name: "a rotation goes the other way",
        wrong: |i| matches!(i, I::I64Rotl | I::I32Rotl).then(|| vec![other_way(i)]),
    },
    Mistake {
        name: "a comparison is signed",
        wrong: |i| matches!(i, I::I32LtU).then(|| vec![I::I32LtS]),
    },
    Mistake {
        name: "a range is not copied",
        wrong: |i| matches!(i, I::MemoryCopy { .. }).then(|| vec![I::Drop, I::Drop, I::Drop]),
    },
    Mistake {
        name: "a range is not filled",
        wrong: |i| matches!(i, I::MemoryFill(_)).then(|| vec![I::Drop, I::Drop, I::Drop]),
    },
    Mistake {
        name: "the table is not changed",
        wrong: |i| matches!(i, I::TableSet(_)).then(|| vec![I::Drop, I::Drop]),
    },
    Mistake {
        name: "a branch is taken when it should not be",
        wrong: |i| match i {
            I::BrIf(to) => Some(vec![I::I32Eqz, I::BrIf(*to)]),
            _ => None,
        },
    },
    Mistake {
        name: "a selection is the other one",
        wrong: |i| matches!(i, I::Select).then(|| vec![I::I32Eqz, I::Select]),
    },
];

fn other_way(i: &I<'static>) -> I<'static> {
    if matches!(i, I::I64Rotl) { I::I64Rotr } else { I::I32Rotr }
}

/// The module of a seed as a mistaken optimiser would run it; none if it has no place for the
/// mistake.
pub fn mistaken(seed: u64, mistake: &Mistake) -> Option<Vec<u8>> {
    let mut made_it = false;
    let module = super::made(seed, |bodies| {
        let mut places = Vec::new();
        for (number, body) in bodies.iter().enumerate() {
            let fits = |op: &Op| !op.pinned && (mistake.wrong)(&op.what).is_some();
            let here = body.ops.iter().enumerate().filter(|(_, op)| fits(op));
            places.extend(here.map(|(at, _)| (number, at)));
        }
        if places.is_empty() {
            return;
        }
        let chosen = Rng::new(seed, 9).below(places.len() as u64) as usize;
        let (number, at) = places[chosen];
        let ops = &mut bodies[number].ops;
        if let Some(wrong) = (mistake.wrong)(&ops[at].what) {
            made_it = true;
            ops.splice(at..=at, wrong.into_iter().map(|what| Op { what, pinned: false }));
        }
    });
    made_it.then_some(module)
}
