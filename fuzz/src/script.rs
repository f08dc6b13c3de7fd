//! What is done with a module in every engine: the same calls with the same arguments.

use crate::facts::{Facts, Item, Signature, abstract_heap, defined_heap, is_plain};
use crate::generate::{FUEL, FUEL_OF_A_CALL};
use crate::rng::{Rng, mix};
use crate::trace::{Event, Seen, Stop, Trace};
use wasmparser::types::CoreTypeId;
use wasmparser::{AbstractHeapType, RefType, ValType};

/// How often every export is called.
const ROUNDS: usize = 2;

/// The most calls of one module.
const CALLS: usize = 24;

/// A value that any engine can make.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f32`, its bits.
    F32(u32),
    /// An `f64`, its bits.
    F64(u64),
    /// A vector.
    V128(u128),
    /// Null of a reference type.
    Null(RefType),
    /// A host's value as an `externref`.
    Host(u32),
    /// A small integer as an `anyref`, where the engine can.
    I31(u32),
}

/// A module that lives in an engine.
pub trait Live {
    /// The engine's values.
    type Value: Clone;
    /// Makes a value; none if the engine's interface cannot.
    fn literal(&mut self, literal: Literal) -> Option<Self::Value>;
    /// An exported function as a value.
    fn func(&mut self, export: &str) -> Option<Self::Value>;
    /// What a value is.
    fn describe(&mut self, value: &Self::Value) -> Seen;
    /// Calls an export.
    ///
    /// # Errors
    /// If it does not return.
    fn call(&mut self, export: &str, args: &[Self::Value]) -> Result<Vec<Self::Value>, Stop>;
    /// Reads an exported global.
    fn global(&mut self, export: &str) -> Option<Self::Value>;
    /// Sets the exported global that holds the fuel.
    fn set_fuel(&mut self, fuel: i32);
    /// The bytes of an exported memory: how many, and their hash.
    fn memory(&mut self, export: &str) -> Option<(u64, u64)>;
    /// The entries of an exported table.
    fn table(&mut self, export: &str) -> Option<Vec<Seen>>;
    /// The hash of what host functions were called with.
    fn host(&self) -> u64;
    /// What the calls so far have cost where the engine itself meters code; else 0.
    fn metered(&self) -> i32 {
        0
    }
}

/// What is done with modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// The fuel that the generator has built in is set before each call, and everything is looked at
    /// in the end.
    Generated,
    /// See [`crate::idioms::play`].
    Idioms,
}

impl Script {
    /// Calls every export of a module that was instantiated, and looks at what is left.
    pub fn play<L: Live>(self, live: &mut L, facts: &Facts, seed: u64, trace: &mut Trace) {
        match self {
            Script::Generated => play(live, facts, seed, trace),
            Script::Idioms => crate::idioms::play::play(live, facts, seed, trace),
        }
    }

    /// What host functions note.
    pub fn log(self) -> HostLog {
        HostLog { watches: self == Script::Idioms, ..HostLog::default() }
    }
}

/// A reference that a call returned: its type, and the value.
type Pool<V> = Vec<(RefType, V)>;

/// The script of generated modules.
fn play<L: Live>(live: &mut L, facts: &Facts, seed: u64, trace: &mut Trace) {
    let mut rng = Rng::new(seed, 3);
    let mut pool: Pool<L::Value> = Vec::new();
    let mut calls = 0;
    for _ in 0..ROUNDS {
        for export in &facts.exports {
            let Item::Func(_, signature) = &export.item else { continue };
            calls += 1;
            if calls > CALLS {
                break;
            }
            if !call(live, facts, &export.name, signature, &mut rng, &mut pool, trace) {
                return;
            }
        }
    }
    look(live, facts, trace);
}

/// Calls an export; says whether the account goes on.
fn call<L: Live>(
    live: &mut L,
    facts: &Facts,
    export: &str,
    signature: &Signature,
    rng: &mut Rng,
    pool: &mut Pool<L::Value>,
    trace: &mut Trace,
) -> bool {
    // Taken first, so that a value which is not to be had changes no later one.
    let words: Vec<u64> = signature.params.iter().map(|_| rng.word()).collect();
    let args = signature.params.iter().zip(words);
    let args: Option<Vec<_>> =
        args.map(|(&ty, word)| argument(live, facts, ty, word, pool)).collect();
    let Some(args) = args else {
        trace.push(Event::Skipped(export.to_owned()));
        return true;
    };
    live.set_fuel(FUEL_OF_A_CALL);
    let end = live.call(export, &args);
    let mut seen = Ok(Vec::new());
    let mut goes_on = true;
    match end {
        Ok(values) => {
            for (&ty, value) in signature.results.iter().zip(&values) {
                let what = live.describe(value);
                if let (ValType::Ref(r), true) = (ty, what != Seen::Null && pool.len() < 32) {
                    pool.push((r, value.clone()));
                }
                if let Ok(seen) = &mut seen {
                    seen.push(what);
                }
            }
        }
        Err(stop) => {
            goes_on = !matches!(stop, Stop::Exhausted(_));
            seen = Err(stop);
        }
    }
    let fuel = match live.global(FUEL).map(|fuel| live.describe(&fuel)) {
        Some(Seen::I32(fuel)) => fuel,
        _ => 0,
    };
    trace.push(Event::Called { export: export.to_owned(), end: seen, host: live.host(), fuel });
    goes_on
}

/// An argument of a type; none if there is no value of it.
fn argument<L: Live>(
    live: &mut L,
    facts: &Facts,
    ty: ValType,
    word: u64,
    pool: &Pool<L::Value>,
) -> Option<L::Value> {
    let ValType::Ref(r) = ty else { return live.literal(number(ty, word)) };
    if r.is_nullable() && word.is_multiple_of(3) {
        return live.literal(Literal::Null(r));
    }
    let of_type: Vec<&L::Value> =
        pool.iter().filter(|(p, _)| p.heap_type() == r.heap_type()).map(|(_, v)| v).collect();
    if !of_type.is_empty() && word.is_multiple_of(2) {
        return Some(of_type[(word >> 8) as usize % of_type.len()].clone());
    }
    use AbstractHeapType::{Any, Eq, Extern, Func, I31};
    let made = match abstract_heap(r) {
        Some(Extern) => live.literal(Literal::Host((word >> 32) as u32 % 1000)),
        Some(Any | Eq | I31) => live.literal(Literal::I31((word >> 33) as u32)),
        Some(Func) => function(live, facts, None, word),
        None => defined_heap(r).and_then(|id| function(live, facts, Some(id), word)),
        _ => None,
    };
    match made {
        Some(value) => Some(value),
        None if !of_type.is_empty() => Some(of_type[(word >> 8) as usize % of_type.len()].clone()),
        None if r.is_nullable() => live.literal(Literal::Null(r)),
        None => None,
    }
}

/// One of the exported functions, or of those that have a type.
fn function<L: Live>(
    live: &mut L,
    facts: &Facts,
    ty: Option<CoreTypeId>,
    word: u64,
) -> Option<L::Value> {
    let fits = |item: &Item| matches!(item, Item::Func(id, _) if ty.is_none_or(|ty| ty == *id));
    let all: Vec<&str> =
        facts.exports.iter().filter(|e| fits(&e.item)).map(|e| e.name.as_str()).collect();
    let name = all.get((word >> 16) as usize % all.len().max(1))?;
    live.func(name)
}

/// A number or vector: one of those where things happen, or any.
pub fn number(ty: ValType, word: u64) -> Literal {
    const I32: &[i32] = &[0, 1, -1, 2, i32::MIN, i32::MAX, 255, 65535, 65536, 31, 32];
    const I64: &[i64] = &[0, 1, -1, i64::MIN, i64::MAX, 1 << 32, 63, 64, 0xFFFF_FFFF];
    const F64: &[f64] = &[0.0, -0.0, 1.0, -1.5, f64::INFINITY, f64::NAN, 1e300, 5e-324, 4e9, 1e19];
    let any = word & 1 == 0;
    let at = (word >> 1) as usize;
    let bits = mix(word);
    match ty {
        ValType::I32 => Literal::I32(if any { bits as i32 } else { I32[at % I32.len()] }),
        ValType::I64 => Literal::I64(if any { bits as i64 } else { I64[at % I64.len()] }),
        ValType::F32 => {
            let few = (F64[at % F64.len()] as f32).to_bits();
            Literal::F32(if any { bits as u32 } else { few })
        }
        ValType::F64 => Literal::F64(if any { bits } else { F64[at % F64.len()].to_bits() }),
        _ => Literal::V128(if any {
            u128::from(bits) << 64 | u128::from(mix(bits))
        } else {
            (0..4).fold(0, |v, i| v << 32 | u128::from(I32[(at + i) % I32.len()] as u32))
        }),
    }
}

/// What a host function returns for a result of plain type, at its so-manieth call.
pub fn host_result(ty: ValType, import: usize, call: u64, result: usize) -> Literal {
    let word = mix(mix(import as u64) ^ mix(call) ^ result as u64);
    match ty {
        ValType::Ref(r) if r == RefType::EXTERNREF && word & 1 == 0 => {
            Literal::Host((word >> 32) as u32 % 1000)
        }
        ValType::Ref(r) => Literal::Null(r),
        _ => number(ty, word),
    }
}

/// What host functions have seen: a hash of their numbers and arguments, and how many calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostLog {
    /// The hash.
    pub hash: u64,
    /// The calls.
    pub calls: u64,
    /// Whether they also look into the memory, near the address that is their first argument: what
    /// was stored before a call has to be there.
    pub watches: bool,
}

impl HostLog {
    /// Notes a call of an import.
    pub fn call(&mut self, import: usize) {
        self.calls += 1;
        self.hash = mix(self.hash ^ mix(import as u64));
    }

    /// Notes what is in the memory around an address.
    pub fn memory(&mut self, bytes: &[u8], address: u32) {
        let from = (address as usize).saturating_sub(128).min(bytes.len());
        let to = (address as usize).saturating_add(128).min(bytes.len());
        self.hash = mix(self.hash ^ hash(&bytes[from..to.max(from)]));
    }

    /// Notes an argument; all NaNs are the same, and so are all vectors with a NaN in them.
    pub fn argument(&mut self, seen: Seen) {
        let word = match seen {
            Seen::I32(v) => v as u64,
            Seen::I64(v) => v as u64,
            Seen::F32(v) if f32::from_bits(v).is_nan() => 1,
            Seen::F32(v) => u64::from(v),
            Seen::F64(v) if f64::from_bits(v).is_nan() => 2,
            Seen::F64(v) => v,
            Seen::V128(v) => {
                let nan = (0..4).any(|i| f32::from_bits((v >> (32 * i)) as u32).is_nan())
                    || (0..2).any(|i| f64::from_bits((v >> (64 * i)) as u64).is_nan());
                if nan { 3 } else { mix(v as u64) ^ (v >> 64) as u64 }
            }
            Seen::Null => 4,
            Seen::Host(v) => 5 + u64::from(v),
            _ => 6,
        };
        self.hash = mix(self.hash ^ mix(word));
    }
}

/// Looks at everything that is exported.
pub fn look<L: Live>(live: &mut L, facts: &Facts, trace: &mut Trace) {
    for export in &facts.exports {
        let name = export.name.clone();
        match &export.item {
            Item::Global(ty) => {
                let Some(value) = live.global(&name) else { continue };
                let seen = live.describe(&value);
                // What engines say of references that are neither functions nor the host's differs.
                let seen = if is_plain(*ty) || seen == Seen::Null { seen } else { Seen::Other };
                trace.push(Event::Global(name, seen));
            }
            Item::Memory => {
                let Some((len, hash)) = live.memory(&name) else { continue };
                trace.push(Event::Memory(name, len, hash));
            }
            Item::Table => {
                let Some(entries) = live.table(&name) else { continue };
                let nulls = entries.iter().map(|&e| u64::from(e == Seen::Null));
                let hash = nulls.fold(0, |hash, null| mix(hash ^ null));
                trace.push(Event::Table(name, entries.len() as u64, hash));
            }
            Item::Func(..) | Item::Tag => {}
        }
    }
}

/// A hash of bytes, by words of eight.
pub fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = bytes.len() as u64;
    for word in words {
        // Zeros are most of a memory: a multiplication each is enough.
        hash =
            (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
    rest.iter().fold(hash, |hash, &byte| mix(hash ^ u64::from(byte)))
}
