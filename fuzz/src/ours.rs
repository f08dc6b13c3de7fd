//! This engine as a contestant.

use crate::companion;
use crate::facts::{Facts, Item};
use crate::rng::Rng;
use crate::script::{HostLog, Literal, Live, Script, hash, host_result};
use crate::trace::{Event, Seen, Stop, Trace};
use std::time::Duration;
use wasmparser::RefType;
use waxwing::{
    AnyRef, Caller, Config, Engine, Error, Extern, ExternRef, FuelCosts, Func, I31, Instance,
    MemoryPlan, Module, OptLevel, Store, Trap, V128, Val,
};

/// A guest is stopped after this time. The generated code ends by itself long before.
const DEADLINE: Duration = Duration::from_secs(20);

/// The engines whose code is metered.
const METERED: [&str; 4] = [
    "ours, metered, reserved memories",
    "ours, metered, checked memories",
    "ours, metered, not optimised, reserved memories",
    "ours, metered, not optimised, checked memories",
];
/// What a metered guest gets whenever it asks: more than any function costs in one pass.
const REFILL: u64 = 1 << 20;

/// Engines of every kind that is compared, made once.
pub struct Ours {
    engines: Vec<(&'static str, Engine)>,
}

impl Ours {
    /// Makes the engines.
    ///
    /// # Errors
    /// If this machine cannot run them.
    pub fn new() -> Result<Ours, String> {
        use MemoryPlan::{Checked, Reserved};
        let kinds = [
            ("ours, optimised, reserved memories", OptLevel::Speed, Reserved, false),
            ("ours, optimised, checked memories", OptLevel::Speed, Checked, false),
            ("ours, not optimised, reserved memories", OptLevel::None, Reserved, false),
            ("ours, not optimised, checked memories", OptLevel::None, Checked, false),
            ("ours, optimised, reserved memories, collecting", OptLevel::Speed, Reserved, true),
            ("ours, optimised, checked memories, collecting", OptLevel::Speed, Checked, true),
            (METERED[0], OptLevel::Speed, Reserved, false),
            (METERED[1], OptLevel::Speed, Checked, false),
            (METERED[2], OptLevel::None, Reserved, false),
            (METERED[3], OptLevel::None, Checked, false),
        ];
        let mut engines = Vec::new();
        for (name, level, plan, stress) in kinds {
            let mut config = Config::new();
            config.opt_level(level).memory_plan(plan).stack_size(1 << 20).debug_info(false);
            config.gc_stress(stress).relaxed_simd_deterministic(true);
            config.fuel(METERED.contains(&name).then(FuelCosts::instructions));
            engines.push((name, Engine::new(&config).map_err(|e| e.to_string())?));
        }
        Ok(Ours { engines })
    }

    /// The engine that stands against the peers for a seed.
    pub fn main(&self, seed: u64) -> usize {
        let mut rng = Rng::new(seed, 4);
        // Mostly as users run it; or metered; or not optimised; or with a collection at every allocation.
        let plan = rng.below(2);
        let kind = [0, 0, 0, 6, 2, 2, 4, 4][rng.below(8) as usize];
        (plan + kind) as usize
    }

    /// The engine that stands against that: everything is the other way round.
    pub fn other(&self, seed: u64) -> usize {
        3 - self.main(seed) % 4
    }

    /// The engines that play idioms for a seed: first one that does not optimise, then those that
    /// have to say the same. The code of some seeds is metered: then it has to cost the same, too.
    pub fn for_idioms(&self, seed: u64) -> (usize, &'static [usize]) {
        let mut rng = Rng::new(seed, 8);
        let plan = rng.below(2) as usize;
        match rng.chance(1, 4) {
            true => (8 + plan, &[6, 7]),
            false => (2 + plan, &[0, 1]),
        }
    }

    /// An engine's name.
    pub fn name(&self, engine: usize) -> &'static str {
        self.engines[engine].0
    }

    /// Whether a module, which may be anything, is valid.
    pub fn validate(&self, wasm: &[u8]) -> Result<(), String> {
        Module::validate(&self.engines[0].1, wasm).map_err(|e| e.to_string())
    }

    /// Runs a module.
    pub fn run(
        &self,
        engine: usize,
        wasm: &[u8],
        companion: Option<&[u8]>,
        facts: &Facts,
        seed: u64,
        script: Script,
    ) -> Trace {
        let mut trace = Trace::new();
        let engine = &self.engines[engine].1;
        let mut store = Store::new(engine, script.log());
        store.set_deadline(Some(DEADLINE));
        // If it is metered, it has all it wants, but has to ask for it now and then.
        let _ = store.out_of_fuel(|_| Ok(Some(REFILL)));
        let companion = match companion {
            Some(wasm) => match instantiate(&mut store, engine, wasm, &[], &mut trace) {
                Some(instance) => Some(instance),
                None => return trace,
            },
            None => None,
        };
        let imports = match imports(&mut store, engine, wasm, facts, companion) {
            Ok(imports) => imports,
            Err(why) => {
                trace.push(Event::Refused(why));
                return trace;
            }
        };
        if let Some(instance) = instantiate(&mut store, engine, wasm, &imports, &mut trace) {
            script.play(&mut Running { store, instance }, facts, seed, &mut trace);
        }
        trace
    }
}

/// Compiles and instantiates, and notes how that went.
fn instantiate(
    store: &mut Store<HostLog>,
    engine: &Engine,
    wasm: &[u8],
    imports: &[Extern],
    trace: &mut Trace,
) -> Option<Instance> {
    let module = match Module::new(engine, wasm) {
        Ok(module) => module,
        Err(e) => {
            trace.push(Event::Refused(e.to_string()));
            return None;
        }
    };
    match Instance::instantiate(store, &module, imports) {
        Ok(instance) => {
            trace.push(Event::Instantiated(Ok(())));
            Some(instance)
        }
        Err(e) => {
            trace.push(Event::Instantiated(Err(stop(&e))));
            None
        }
    }
}

/// What a module imports: from the companion, and the host's functions.
fn imports(
    store: &mut Store<HostLog>,
    engine: &Engine,
    wasm: &[u8],
    facts: &Facts,
    companion: Option<Instance>,
) -> Result<Vec<Extern>, String> {
    if facts.imports.is_empty() {
        return Ok(Vec::new());
    }
    // The module's own idea of its types.
    let module = Module::new(engine, wasm).map_err(|e| e.to_string())?;
    let mut imports = Vec::new();
    for (number, (import, fact)) in facts.imports.iter().zip(&module.facts().imports).enumerate() {
        let given = match (&import.item, fact.ty) {
            (Item::Func(_, signature), waxwing::ImportType::Func(ty)) if signature.is_plain() => {
                let ty = module.facts().signature(ty).clone();
                let results = signature.results.clone();
                Some(Extern::Func(Func::new(&mut *store, ty, move |mut caller, args, out| {
                    let log: &mut HostLog = caller.data_mut();
                    log.call(number);
                    args.iter().for_each(|arg| log.argument(plain(arg)));
                    if log.watches {
                        watch(&mut caller, args);
                    }
                    let log: &mut HostLog = caller.data_mut();
                    for (i, (&ty, out)) in results.iter().zip(out).enumerate() {
                        if let Some(value) = value(host_result(ty, number, log.calls, i)) {
                            *out = value;
                        }
                    }
                    Ok(())
                })))
            }
            _ => companion.and_then(|c| c.get_export(&mut *store, &companion::name(number))),
        };
        imports.push(given.ok_or_else(|| format!("nothing to import as {number}"))?);
    }
    Ok(imports)
}

/// Looks into the memory of the guest that has called.
fn watch(caller: &mut Caller<'_, HostLog>, args: &[Val]) {
    let address = match args.first() {
        Some(&Val::I32(address)) => address as u32,
        _ => 512,
    };
    if let Some((bytes, log)) = caller.memory_and_data() {
        log.memory(bytes, address);
    }
}

/// A module that lives.
struct Running {
    store: Store<HostLog>,
    instance: Instance,
}

impl Live for Running {
    type Value = Val;

    fn literal(&mut self, literal: Literal) -> Option<Val> {
        value(literal)
    }

    fn func(&mut self, export: &str) -> Option<Val> {
        self.instance.get_func(&mut self.store, export).map(|f| Val::FuncRef(Some(f)))
    }

    fn describe(&mut self, value: &Val) -> Seen {
        describe(&self.store, value)
    }

    fn call(&mut self, export: &str, args: &[Val]) -> Result<Vec<Val>, Stop> {
        let Some(func) = self.instance.get_func(&mut self.store, export) else {
            return Err(Stop::Other("the export is not there".to_owned()));
        };
        let mut results = vec![Val::I32(0); func.ty(&self.store).results.len()];
        func.call(&mut self.store, args, &mut results).map_err(|e| stop(&e))?;
        Ok(results)
    }

    fn global(&mut self, export: &str) -> Option<Val> {
        let global = self.instance.get_global(&mut self.store, export)?;
        Some(global.get(&mut self.store))
    }

    fn set_fuel(&mut self, fuel: i32) {
        if let Some(global) = self.instance.get_global(&mut self.store, crate::generate::FUEL) {
            // It cannot fail: the generator made it a mutable i32.
            let _ = global.set(&mut self.store, Val::I32(fuel));
        }
    }

    fn memory(&mut self, export: &str) -> Option<(u64, u64)> {
        let memory = self.instance.get_memory(&mut self.store, export)?;
        if memory.shared(&self.store).is_some() {
            let len = memory.size(&self.store) << memory.ty(&self.store).page_size_log2;
            let mut bytes = vec![0; usize::try_from(len).ok()?];
            memory.read_bytes(&self.store, 0, &mut bytes).ok()?;
            return Some((len, hash(&bytes)));
        }
        let bytes = memory.data(&self.store);
        Some((bytes.len() as u64, hash(bytes)))
    }

    fn table(&mut self, export: &str) -> Option<Vec<Seen>> {
        let table = self.instance.get_table(&mut self.store, export)?;
        let len = table.size(&self.store);
        let mut entries = Vec::new();
        for i in 0..len {
            let entry = table.get(&mut self.store, i)?;
            entries.push(describe(&self.store, &entry));
        }
        Some(entries)
    }

    fn host(&self) -> u64 {
        self.store.data().hash
    }

    fn metered(&self) -> i32 {
        self.store.fuel_consumed().map_or(0, |fuel| fuel as i32)
    }
}

/// A value of the engine's interface.
fn value(literal: Literal) -> Option<Val> {
    Some(match literal {
        Literal::I32(v) => Val::I32(v),
        Literal::I64(v) => Val::I64(v),
        Literal::F32(v) => Val::F32(v),
        Literal::F64(v) => Val::F64(v),
        Literal::V128(v) => Val::V128(V128(v)),
        Literal::Null(r) => null(r)?,
        Literal::Host(v) => Val::ExternRef(Some(ExternRef::new(v))),
        Literal::I31(v) => Val::AnyRef(Some(AnyRef::from(I31::wrapping_i32(v as i32)))),
    })
}

/// Null of a type: only its hierarchy matters.
fn null(ty: RefType) -> Option<Val> {
    use wasmparser::AbstractHeapType::{Exn, Extern, Func, NoExn, NoExtern, NoFunc};
    Some(match crate::facts::abstract_heap(ty) {
        Some(Func | NoFunc) => Val::FuncRef(None),
        Some(Extern | NoExtern) => Val::ExternRef(None),
        Some(Exn | NoExn) => Val::ExnRef(None),
        Some(_) => Val::AnyRef(None),
        None => return None,
    })
}

fn describe(store: &Store<HostLog>, value: &Val) -> Seen {
    match value {
        Val::AnyRef(Some(a)) => match a.as_i31() {
            Some(v) => Seen::I31(v.get_i32()),
            None if a.as_struct(store).is_some() => Seen::Struct,
            None if a.as_array(store).is_some() => Seen::Array,
            None => Seen::Other,
        },
        other => plain(other),
    }
}

/// A value as far as it is known without its store.
fn plain(value: &Val) -> Seen {
    match value {
        Val::I32(v) => Seen::I32(*v),
        Val::I64(v) => Seen::I64(*v),
        Val::F32(v) => Seen::F32(*v),
        Val::F64(v) => Seen::F64(*v),
        Val::V128(v) => Seen::V128(v.0),
        Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => {
            Seen::Null
        }
        Val::FuncRef(Some(_)) => Seen::Func,
        Val::ExternRef(Some(v)) => {
            v.data().and_then(|v| v.downcast_ref()).map_or(Seen::Other, |v| Seen::Host(*v))
        }
        Val::AnyRef(Some(_)) => Seen::Other,
        Val::ExnRef(Some(_)) => Seen::Exception,
    }
}

fn stop(error: &Error) -> Stop {
    if error.exception().is_some() {
        return Stop::Exception;
    }
    let Some(trap) = error.trap() else {
        return Stop::Other(error.to_string());
    };
    match trap {
        Trap::Unreachable => Stop::Unreachable,
        Trap::MemoryOutOfBounds => Stop::Memory,
        Trap::TableOutOfBounds | Trap::UndefinedElement => Stop::Table,
        Trap::UninitializedElement => Stop::NullEntry,
        Trap::IndirectCallTypeMismatch => Stop::Signature,
        Trap::IntegerOverflow => Stop::Overflow,
        Trap::IntegerDivideByZero => Stop::DivideByZero,
        Trap::InvalidConversionToInteger => Stop::Conversion,
        Trap::NullReference
        | Trap::NullFunction
        | Trap::NullStructure
        | Trap::NullArray
        | Trap::NullI31
        | Trap::NullException => Stop::Null,
        Trap::CastFailure => Stop::Cast,
        Trap::ArrayOutOfBounds => Stop::Array,
        Trap::UnalignedAtomic => Stop::Unaligned,
        Trap::ExpectedSharedMemory => Stop::NotShared,
        Trap::StackOverflow
        | Trap::HeapExhausted
        | Trap::Killed
        | Trap::DeadlineExceeded
        | Trap::OutOfFuel
        | Trap::BusError => Stop::Exhausted(trap.to_string()),
    }
}
