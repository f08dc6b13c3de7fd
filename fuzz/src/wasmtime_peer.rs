//! Wasmtime as a contestant.

use crate::companion;
use crate::facts::{Facts, Item};
use crate::rng::Rng;
use crate::script::{HostLog, Literal, Live, Script, hash, host_result};
use crate::trace::{Event, Seen, Stop, Trace, UNKNOWN};
use wasmparser::RefType;
use wasmtime::{
    AnyRef, AsContextMut, Caller, Collector, Config, Engine, Error, Extern, ExternRef, ExternType,
    Func, FuncType, HeapType, I31, Instance, Module, OptLevel, Ref, Store, ThrownException, Trap,
    Val, WasmFeatures,
};

/// Engines of several settings, made once.
pub struct Wasmtime {
    engines: Vec<(&'static str, Engine)>,
}

impl Wasmtime {
    /// Makes the engines.
    ///
    /// # Errors
    /// If this machine cannot run them.
    pub fn new() -> Result<Wasmtime, String> {
        let counting = Collector::DeferredReferenceCounting;
        let kinds = [
            ("wasmtime, optimised, copying collector", OptLevel::Speed, Collector::Copying),
            ("wasmtime, not optimised, copying collector", OptLevel::None, Collector::Copying),
            ("wasmtime, optimised, counting collector", OptLevel::Speed, counting),
            ("wasmtime, not optimised, counting collector", OptLevel::None, counting),
        ];
        let mut engines = Vec::new();
        for (name, level, collector) in kinds {
            let engine = Engine::new(&config(level, collector)).map_err(|e| e.to_string())?;
            engines.push((name, engine));
        }
        Ok(Wasmtime { engines })
    }

    fn choose(&self, seed: u64) -> usize {
        let mut rng = Rng::new(seed, 5);
        // The collector that is not the default meets one in four.
        (rng.below(2) + if rng.chance(1, 4) { 2 } else { 0 }) as usize
    }

    /// The name of the engine for a seed.
    pub fn name(&self, seed: u64) -> &'static str {
        self.engines[self.choose(seed)].0
    }

    /// Whether a module, which may be anything, is valid.
    pub fn validate(&self, wasm: &[u8]) -> Result<(), String> {
        Module::validate(&self.engines[0].1, wasm).map_err(|e| format!("{e:#}"))
    }

    /// Runs a module.
    pub fn run(
        &self,
        wasm: &[u8],
        companion: Option<&[u8]>,
        facts: &Facts,
        seed: u64,
        script: Script,
    ) -> Trace {
        let mut trace = Trace::new();
        let engine = &self.engines[self.choose(seed)].1;
        let mut store = Store::new(engine, script.log());
        let companion = match companion {
            Some(wasm) => match instantiate(&mut store, engine, wasm, None, facts, &mut trace) {
                Some(instance) => Some(instance),
                None => return trace,
            },
            None => None,
        };
        let live = instantiate(&mut store, engine, wasm, Some(companion), facts, &mut trace);
        if let Some(instance) = live {
            script.play(&mut Running { store, instance }, facts, seed, &mut trace);
        }
        trace
    }
}

/// Everything on, and nothing that depends on the processor.
fn config(level: OptLevel, collector: Collector) -> Config {
    let mut config = Config::new();
    for feature in [
        WasmFeatures::TAIL_CALL,
        WasmFeatures::FUNCTION_REFERENCES,
        WasmFeatures::GC,
        WasmFeatures::EXCEPTIONS,
        WasmFeatures::MEMORY64,
        WasmFeatures::MULTI_MEMORY,
        WasmFeatures::THREADS,
        WasmFeatures::CUSTOM_PAGE_SIZES,
        WasmFeatures::WIDE_ARITHMETIC,
        WasmFeatures::RELAXED_SIMD,
        WasmFeatures::EXTENDED_CONST,
    ] {
        config.wasm_features(feature, true);
    }
    config.relaxed_simd_deterministic(true).shared_memory(true);
    config.cranelift_opt_level(level).collector(collector);
    config.wasm_backtrace_max_frames(None);
    config
}

/// Compiles and instantiates, and notes how that went. `companion` is absent for the companion
/// itself, which imports nothing.
fn instantiate(
    store: &mut Store<HostLog>,
    engine: &Engine,
    wasm: &[u8],
    companion: Option<Option<Instance>>,
    facts: &Facts,
    trace: &mut Trace,
) -> Option<Instance> {
    let module = match Module::new(engine, wasm) {
        Ok(module) => module,
        Err(e) => {
            trace.push(Event::Refused(format!("{e:#}")));
            return None;
        }
    };
    let imports = match companion {
        None => Vec::new(),
        Some(companion) => match imports(store, &module, facts, companion) {
            Ok(imports) => imports,
            Err(why) => {
                trace.push(Event::Refused(why));
                return None;
            }
        },
    };
    match Instance::new(&mut *store, &module, &imports) {
        Ok(instance) => {
            trace.push(Event::Instantiated(Ok(())));
            Some(instance)
        }
        Err(e) => {
            trace.push(Event::Instantiated(Err(stop(&mut *store, &e))));
            None
        }
    }
}

/// What a module imports: from the companion, and the host's functions.
fn imports(
    store: &mut Store<HostLog>,
    module: &Module,
    facts: &Facts,
    companion: Option<Instance>,
) -> Result<Vec<Extern>, String> {
    let mut imports = Vec::new();
    for (number, (import, fact)) in facts.imports.iter().zip(module.imports()).enumerate() {
        let given = match (&import.item, fact.ty()) {
            (Item::Func(_, signature), ExternType::Func(ty)) if signature.is_plain() => {
                Some(Extern::Func(host_function(store, ty, number, signature.results.clone())))
            }
            _ => companion.and_then(|c| c.get_export(&mut *store, &companion::name(number))),
        };
        imports.push(given.ok_or_else(|| format!("nothing to import as {number}"))?);
    }
    Ok(imports)
}

fn host_function(
    store: &mut Store<HostLog>,
    ty: FuncType,
    number: usize,
    results: Vec<wasmparser::ValType>,
) -> Func {
    Func::new(store, ty, move |mut caller, args, out| {
        caller.data_mut().call(number);
        for arg in args {
            let seen = describe(&mut caller, arg);
            caller.data_mut().argument(seen);
        }
        if caller.data().watches {
            watch(&mut caller, args);
        }
        let calls = caller.data().calls;
        for (i, (&ty, out)) in results.iter().zip(out).enumerate() {
            if let Some(value) = value(&mut caller, host_result(ty, number, calls, i)) {
                *out = value;
            }
        }
        Ok(())
    })
}

/// Looks into the memory of the guest that has called.
fn watch(caller: &mut Caller<'_, HostLog>, args: &[Val]) {
    let address = match args.first() {
        Some(&Val::I32(address)) => address as u32,
        _ => 512,
    };
    if let Some(Extern::Memory(memory)) = caller.get_export("memory") {
        let (bytes, log) = memory.data_and_store_mut(caller);
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
        value(&mut self.store, literal)
    }

    fn func(&mut self, export: &str) -> Option<Val> {
        self.instance.get_func(&mut self.store, export).map(|f| Val::FuncRef(Some(f)))
    }

    fn describe(&mut self, value: &Val) -> Seen {
        describe(&mut self.store, value)
    }

    fn call(&mut self, export: &str, args: &[Val]) -> Result<Vec<Val>, Stop> {
        let Some(func) = self.instance.get_func(&mut self.store, export) else {
            return Err(Stop::Other("the export is not there".to_owned()));
        };
        let count = func.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        match func.call(&mut self.store, args, &mut results) {
            Ok(()) => Ok(results),
            Err(e) => Err(stop(&mut self.store, &e)),
        }
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
        match self.instance.get_export(&mut self.store, export)? {
            Extern::Memory(memory) => {
                let bytes = memory.data(&self.store);
                Some((bytes.len() as u64, hash(bytes)))
            }
            Extern::SharedMemory(memory) => {
                // Its bytes can only be read by unsafe code.
                Some((memory.data_size() as u64, UNKNOWN))
            }
            _ => None,
        }
    }

    fn table(&mut self, export: &str) -> Option<Vec<Seen>> {
        let table = self.instance.get_table(&mut self.store, export)?;
        let len = table.size(&self.store);
        let mut entries = Vec::new();
        for i in 0..len {
            let entry = table.get(&mut self.store, i)?;
            let null = |null: bool| if null { Seen::Null } else { Seen::Other };
            entries.push(match entry {
                Ref::Func(f) => null(f.is_none()),
                Ref::Extern(e) => null(e.is_none()),
                Ref::Any(a) => null(a.is_none()),
                Ref::Exn(e) => null(e.is_none()),
            });
        }
        Some(entries)
    }

    fn host(&self) -> u64 {
        self.store.data().hash
    }
}

/// A value of the engine's interface.
fn value(mut store: impl AsContextMut, literal: Literal) -> Option<Val> {
    Some(match literal {
        Literal::I32(v) => Val::I32(v),
        Literal::I64(v) => Val::I64(v),
        Literal::F32(v) => Val::F32(v),
        Literal::F64(v) => Val::F64(v),
        Literal::V128(v) => Val::V128(v.into()),
        Literal::Null(r) => null(r)?,
        Literal::Host(v) => Val::ExternRef(Some(ExternRef::new(&mut store, v).ok()?)),
        Literal::I31(v) => Val::AnyRef(Some(AnyRef::from_i31(&mut store, I31::wrapping_u32(v)))),
    })
}

/// Null of a type: only its hierarchy matters.
fn null(ty: RefType) -> Option<Val> {
    use wasmparser::AbstractHeapType::{Exn, Extern, Func, NoExn, NoExtern, NoFunc};
    Some(match crate::facts::abstract_heap(ty) {
        Some(Func | NoFunc) => Val::FuncRef(None),
        Some(Extern | NoExtern) => Val::ExternRef(None),
        Some(Exn | NoExn) => Val::null_ref(&HeapType::Exn),
        Some(_) => Val::AnyRef(None),
        None => return None,
    })
}

fn describe(mut store: impl AsContextMut, value: &Val) -> Seen {
    match value {
        Val::I32(v) => Seen::I32(*v),
        Val::I64(v) => Seen::I64(*v),
        Val::F32(v) => Seen::F32(*v),
        Val::F64(v) => Seen::F64(*v),
        Val::V128(v) => Seen::V128(v.as_u128()),
        Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) | Val::ExnRef(None) => {
            Seen::Null
        }
        Val::FuncRef(Some(_)) => Seen::Func,
        Val::ExternRef(Some(e)) => {
            let data = e.data(&store).ok().flatten();
            data.and_then(|d| d.downcast_ref()).map_or(Seen::Other, |v| Seen::Host(*v))
        }
        Val::AnyRef(Some(a)) => {
            if let Ok(Some(v)) = a.as_i31(&store) {
                Seen::I31(v.get_i32())
            } else if a.is_struct(&store).unwrap_or(false) {
                Seen::Struct
            } else if a.is_array(&mut store).unwrap_or(false) {
                Seen::Array
            } else {
                Seen::Other
            }
        }
        Val::ExnRef(Some(_)) => Seen::Exception,
        Val::ContRef(_) => Seen::Other,
    }
}

fn stop(mut store: impl AsContextMut, error: &Error) -> Stop {
    if error.is::<ThrownException>() {
        // It is taken out of the store, so that the next call begins without one.
        let _ = store.as_context_mut().take_pending_exception();
        return Stop::Exception;
    }
    let Some(trap) = error.downcast_ref::<Trap>() else {
        let text = format!("{error:#}");
        let exhausted = text.contains("out of memory") || text.contains("GC heap");
        return if exhausted { Stop::Exhausted(text) } else { Stop::Other(text) };
    };
    match trap {
        Trap::UnreachableCodeReached => Stop::Unreachable,
        Trap::MemoryOutOfBounds => Stop::Memory,
        Trap::TableOutOfBounds => Stop::Table,
        Trap::IndirectCallToNull => Stop::NullEntry,
        Trap::BadSignature => Stop::Signature,
        Trap::IntegerOverflow => Stop::Overflow,
        Trap::IntegerDivisionByZero => Stop::DivideByZero,
        Trap::BadConversionToInteger => Stop::Conversion,
        Trap::NullReference => Stop::Null,
        Trap::CastFailure => Stop::Cast,
        Trap::ArrayOutOfBounds => Stop::Array,
        Trap::HeapMisaligned => Stop::Unaligned,
        Trap::AtomicWaitNonSharedMemory => Stop::NotShared,
        Trap::StackOverflow | Trap::AllocationTooLarge | Trap::OutOfFuel | Trap::Interrupt => {
            Stop::Exhausted(trap.to_string())
        }
        other => Stop::Other(other.to_string()),
    }
}
