//! Modules full of the shapes that optimisers look for, and of such as nearly are.
//!
//! Compilers write wide multiplication, rotations, byte swaps, carries, stores that are loaded back
//! and small functions in few spellings; modules at random hardly ever have one. Here they are
//! written on purpose, a file for each family and a function for each shape, with what is needed
//! around them, and half of the modules are then spoilt in a few places (`mutate`). The expected
//! result is what code says that is not optimised.
//!
//! Every function ends soon: loops count, recursion counts, and calls go to functions made before.

mod access;
mod bits;
mod branch;
mod bulk;
mod code;
mod frame;
mod indirect;
mod leaf;
#[cfg(test)]
pub mod mistakes;
mod multi3;
mod mutate;
pub mod play;
mod walk;
mod wide;
mod world;
mod writer;

use crate::rng::Rng;
use code::Code;
use world::World;

/// Makes the module of a seed.
pub fn module(seed: u64) -> Vec<u8> {
    made(seed, |_| {})
}

/// Makes the module of a seed; its bodies are changed by `change` at last.
fn made(seed: u64, change: impl FnOnce(&mut [Code])) -> Vec<u8> {
    let rng = &mut Rng::new(seed, 6);
    let mut world = World::new(rng);
    match rng.below(8) {
        0..3 => products(rng, &mut world),
        3 | 4 => leaves(rng, &mut world),
        5 => {
            frame::locals(rng, &mut world);
            leaf::caller(rng, &mut world, 40);
        }
        6 => {
            products(rng, &mut world);
            leaves(rng, &mut world);
        }
        _ => {
            leaves(rng, &mut world);
            frame::locals(rng, &mut world);
        }
    }
    if rng.chance(1, 2) {
        for number in 0..world.bodies.len() {
            if rng.chance(1, 2) {
                let mut body = std::mem::take(&mut world.bodies[number]);
                let index = world.imported + number as u32;
                mutate::spoil(rng, &mut body, &world, index);
                world.bodies[number] = body;
            }
        }
    }
    change(&mut world.bodies);
    world.finish(rng)
}

/// Wide products by calls, and what is done with them.
fn products(rng: &mut Rng, world: &mut World) {
    let callee = multi3::multi3(rng, world);
    if rng.chance(1, 4) {
        multi3::multi3(rng, world);
    }
    if rng.chance(1, 4) {
        multi3::shift(rng, world);
    }
    if rng.chance(1, 3) {
        let high = multi3::high_half(rng, world);
        let params = world.done[high as usize].params.clone();
        leaf::sweep(rng, world, high, params);
    }
    if rng.chance(1, 2) {
        let thin = frame::thin(rng, world, callee);
        if rng.chance(1, 3) {
            let params = world.done[thin as usize].params.clone();
            leaf::sweep(rng, world, thin, params);
        }
    }
    for _ in 0..=rng.below(2) {
        frame::field(rng, world, callee);
    }
    if rng.chance(1, 2) {
        leaf::sweep(rng, world, callee, multi3::TYPE.to_vec());
    }
}

/// Small functions and their callers.
fn leaves(rng: &mut Rng, world: &mut World) {
    for _ in 0..=rng.below(4) {
        let leaf = leaf::leaf(rng, world);
        let done = &world.done[leaf as usize];
        if !done.params.is_empty() && !done.results.is_empty() && rng.chance(1, 4) {
            let params = done.params.clone();
            leaf::sweep(rng, world, leaf, params);
        }
    }
    if rng.chance(1, 5) {
        leaf::recursive(rng, world);
    }
    for _ in 0..=rng.below(2) {
        let room = 15 + rng.below(30) as u32;
        leaf::caller(rng, world, room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmparser::{Operator, Parser, Payload, Validator, WasmFeatures};

    #[test]
    fn modules_are_valid_and_are_the_same_again() {
        for seed in 0..3000 {
            let made = module(seed);
            let mut validator = Validator::new_with_features(WasmFeatures::all());
            validator.validate_all(&made).unwrap_or_else(|e| {
                panic!("seed {seed}: {e}\n{}", wasmprinter::print_bytes(&made).unwrap_or_default())
            });
            assert!(made == module(seed), "seed {seed} makes another module the second time");
            let exports = crate::facts::Facts::of(&made).unwrap().exports;
            assert!(exports.iter().any(|e| e.name.starts_with('f')), "seed {seed} has no function");
            assert!(made.len() < 40_000, "seed {seed} makes {} bytes", made.len());
        }
    }

    /// What the optimisers look for has to be there, and often.
    #[test]
    fn shapes_are_frequent() {
        let names = [
            "I64Mul",
            "I64MulWideU",
            "I64Add128",
            "MemoryCopy",
            "MemoryFill",
            "CallIndirect",
            "BrTable",
            "I64Rotl",
            "I32Rotr",
            "Loop",
            "Return",
            "Unreachable",
            "GlobalSet",
            "MemoryGrow",
            "TableSet",
            "Select",
            "I64Load8U",
            "I64Store8",
            "F64Load",
            "V128Load",
            "I64LtU",
            "I32WrapI64",
            "Call",
            "Throw",
            "TryTable",
            "ReturnCall",
            "TableGrow",
        ];
        let mut seen = vec![0; names.len()];
        for seed in 0..1000 {
            let made = module(seed);
            for payload in Parser::new(0).parse_all(&made) {
                let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
                for op in body.get_operators_reader().unwrap() {
                    let text = operator_name(&op.unwrap());
                    if let Some(at) = names.iter().position(|&name| name == text) {
                        seen[at] += 1;
                    }
                }
            }
        }
        for (name, count) in names.iter().zip(seen) {
            assert!(count >= 10, "{name} is in 1000 modules {count} times");
        }
    }

    fn operator_name(op: &Operator<'_>) -> String {
        let text = format!("{op:?}");
        text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
    }
}
