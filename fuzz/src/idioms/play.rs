//! What is done with a module of idioms: its exports are called with edges, and everything is looked
//! at after each call, so that a later one hides nothing.

use crate::facts::{Facts, Item};
use crate::rng::{Rng, mix};
use crate::script::{self, Literal, Live};
use crate::trace::{Event, Stop, Trace};
use wasmparser::ValType;

/// How often every export is called.
const ROUNDS: usize = 6;

/// The most calls of one module.
const CALLS: usize = 48;

/// Calls every export of a module that was instantiated, and looks at what is left each time.
pub fn play<L: Live>(live: &mut L, facts: &Facts, seed: u64, trace: &mut Trace) {
    let mut rng = Rng::new(seed, 7);
    let mut calls = 0;
    for _ in 0..ROUNDS {
        for export in &facts.exports {
            let Item::Func(_, signature) = &export.item else { continue };
            calls += 1;
            if calls > CALLS {
                return;
            }
            let args: Option<Vec<L::Value>> =
                signature.params.iter().map(|&ty| live.literal(argument(ty, rng.word()))).collect();
            let Some(args) = args else { continue };
            let end = live.call(&export.name, &args);
            let exhausted = matches!(end, Err(Stop::Exhausted(_)));
            let end = end.map(|values| values.iter().map(|v| live.describe(v)).collect());
            let (host, fuel) = (live.host(), live.metered());
            let export = export.name.clone();
            trace.push(Event::Called { export, end, host, fuel });
            if exhausted {
                return;
            }
            script::look(live, facts, trace);
        }
    }
}

/// A number or vector for an argument: an address, an edge, or any.
pub fn argument(ty: ValType, word: u64) -> Literal {
    if ty == ValType::I32 {
        let bits = mix(word);
        let near = |base: u32| base.wrapping_add(bits as u32 % 48).wrapping_sub(24) as i32;
        return Literal::I32(match word % 16 {
            0..7 => (bits % 4096) as i32 & !7,
            7 | 8 => (bits % 1024) as i32,
            9 => near(65_536),
            10 => near(0),
            11 => near(512),
            12 | 13 => (bits % 16) as i32,
            _ => return script::number(ty, word >> 4),
        });
    }
    if ty == ValType::I64 && word.is_multiple_of(4) {
        // Halves that are edges each.
        const HALVES: &[u64] = &[0, 1, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 0xFFFF_FFFE];
        let bits = mix(word);
        let half = |by: u32| HALVES[(bits >> by) as usize % HALVES.len()];
        return Literal::I64((half(0) << 32 | half(32)) as i64);
    }
    script::number(ty, word)
}
