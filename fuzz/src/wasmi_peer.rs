//! Wasmi, an interpreter, as a contestant. It knows fewer proposals than the others.

use crate::companion;
use crate::facts::{Facts, Item};
use crate::script::{HostLog, Literal, Live, Script, hash, host_result};
use crate::trace::{Event, Seen, Stop, Trace};
use wasmi::errors::{ErrorKind, InstantiationError};
use wasmi::{
    AsContext, AsContextMut, Config, Engine, Error, Extern, ExternRef, ExternType, F32, F64, Func,
    FuncType, Instance, Module, Ref, Store, TrapCode, V128, Val,
};
use wasmparser::RefType;

/// The engine, made once.
pub struct Wasmi(Engine);

impl Wasmi {
    /// Makes it.
    pub fn new() -> Wasmi {
        let mut config = Config::default();
        config
            .wasm_multi_memory(true)
            .wasm_tail_call(true)
            .wasm_extended_const(true)
            .wasm_custom_page_sizes(true)
            .wasm_memory64(true)
            .wasm_wide_arithmetic(true)
            .wasm_simd(true)
            .wasm_relaxed_simd(true)
            .set_max_recursion_depth(100_000);
        Wasmi(Engine::new(&config))
    }

    /// Runs a module.
    pub fn run(&self, wasm: &[u8], companion: Option<&[u8]>, facts: &Facts, seed: u64) -> Trace {
        let mut trace = Trace::new();
        let mut store = Store::new(&self.0, HostLog::default());
        let companion = match companion {
            Some(wasm) => match instantiate(&mut store, wasm, None, facts, &mut trace) {
                Some(instance) => Some(instance),
                None => return trace,
            },
            None => None,
        };
        if let Some(instance) = instantiate(&mut store, wasm, Some(companion), facts, &mut trace) {
            Script::Generated.play(&mut Running { store, instance }, facts, seed, &mut trace);
        }
        trace
    }
}

/// Compiles and instantiates, and notes how that went. `companion` is absent for the companion
/// itself, which imports nothing.
fn instantiate(
    store: &mut Store<HostLog>,
    wasm: &[u8],
    companion: Option<Option<Instance>>,
    facts: &Facts,
    trace: &mut Trace,
) -> Option<Instance> {
    let module = match Module::new(store.engine(), wasm) {
        Ok(module) => module,
        Err(e) => {
            trace.push(Event::Refused(e.to_string()));
            return None;
        }
    };
    let mut imports = Vec::new();
    if let Some(companion) = companion {
        // This engine sorts imports by kind.
        let kind = |item: &Item| match item {
            Item::Func(..) => 0,
            Item::Table => 1,
            Item::Memory => 2,
            _ => 3,
        };
        let mut sorted: Vec<_> = facts.imports.iter().enumerate().collect();
        sorted.sort_by_key(|(_, import)| kind(&import.item));
        for ((number, import), fact) in sorted.into_iter().zip(module.imports()) {
            let given = match (&import.item, fact.ty()) {
                (Item::Func(_, signature), ExternType::Func(ty)) if signature.is_plain() => {
                    let results = signature.results.clone();
                    Some(Extern::Func(host_function(store, ty.clone(), number, results)))
                }
                _ => companion.and_then(|c| c.get_export(&*store, &companion::name(number))),
            };
            let Some(given) = given else {
                trace.push(Event::Refused(format!("nothing to import as {number}")));
                return None;
            };
            imports.push(given);
        }
    }
    match Instance::new(store, &module, &imports) {
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

fn host_function(
    store: &mut Store<HostLog>,
    ty: FuncType,
    number: usize,
    results: Vec<wasmparser::ValType>,
) -> Func {
    Func::new(store, ty, move |mut caller, args, out| {
        caller.data_mut().call(number);
        for arg in args {
            let seen = describe(&caller, arg);
            caller.data_mut().argument(seen);
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
        self.instance.get_func(&self.store, export).map(|f| Val::FuncRef(Ref::Val(f)))
    }

    fn describe(&mut self, value: &Val) -> Seen {
        describe(&self.store, value)
    }

    fn call(&mut self, export: &str, args: &[Val]) -> Result<Vec<Val>, Stop> {
        let Some(func) = self.instance.get_func(&self.store, export) else {
            return Err(Stop::Other("the export is not there".to_owned()));
        };
        let count = func.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        func.call(&mut self.store, args, &mut results).map_err(|e| stop(&e))?;
        Ok(results)
    }

    fn global(&mut self, export: &str) -> Option<Val> {
        let global = self.instance.get_global(&self.store, export)?;
        Some(global.get(&self.store))
    }

    fn set_fuel(&mut self, fuel: i32) {
        if let Some(global) = self.instance.get_global(&self.store, crate::generate::FUEL) {
            // It cannot fail: the generator made it a mutable i32.
            let _ = global.set(&mut self.store, Val::I32(fuel));
        }
    }

    fn memory(&mut self, export: &str) -> Option<(u64, u64)> {
        let memory = self.instance.get_memory(&self.store, export)?;
        let bytes = memory.data(&self.store);
        Some((bytes.len() as u64, hash(bytes)))
    }

    fn table(&mut self, export: &str) -> Option<Vec<Seen>> {
        let table = self.instance.get_table(&self.store, export)?;
        let entry = |i| match table.get(&self.store, i)? {
            Val::FuncRef(Ref::Null) | Val::ExternRef(Ref::Null) => Some(Seen::Null),
            _ => Some(Seen::Other),
        };
        (0..table.size(&self.store)).map(entry).collect()
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
        Literal::F32(v) => Val::F32(F32::from_bits(v)),
        Literal::F64(v) => Val::F64(F64::from_bits(v)),
        Literal::V128(v) => Val::V128(V128::from(v)),
        Literal::Null(r) if r == RefType::FUNCREF => Val::FuncRef(Ref::Null),
        Literal::Null(r) if r == RefType::EXTERNREF => Val::ExternRef(Ref::Null),
        Literal::Host(v) => Val::ExternRef(Ref::Val(ExternRef::new(&mut store, v))),
        Literal::Null(_) | Literal::I31(_) => return None,
    })
}

fn describe(store: impl AsContext, value: &Val) -> Seen {
    match value {
        Val::I32(v) => Seen::I32(*v),
        Val::I64(v) => Seen::I64(*v),
        Val::F32(v) => Seen::F32(v.to_bits()),
        Val::F64(v) => Seen::F64(v.to_bits()),
        Val::V128(v) => Seen::V128(v.as_u128()),
        Val::FuncRef(Ref::Null) | Val::ExternRef(Ref::Null) => Seen::Null,
        Val::FuncRef(Ref::Val(_)) => Seen::Func,
        Val::ExternRef(Ref::Val(e)) => {
            let store = store.as_context();
            e.data(store).downcast_ref().map_or(Seen::Other, |v| Seen::Host(*v))
        }
    }
}

fn stop(error: &Error) -> Stop {
    let Some(trap) = error.as_trap_code() else {
        return match error.kind() {
            ErrorKind::Memory(_) => Stop::Memory,
            ErrorKind::Table(_) => Stop::Table,
            ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
                Stop::Table
            }
            _ => Stop::Other(error.to_string()),
        };
    };
    match trap {
        TrapCode::UnreachableCodeReached => Stop::Unreachable,
        TrapCode::MemoryOutOfBounds => Stop::Memory,
        TrapCode::TableOutOfBounds => Stop::Table,
        TrapCode::IndirectCallToNull => Stop::NullEntry,
        TrapCode::BadSignature => Stop::Signature,
        TrapCode::IntegerOverflow => Stop::Overflow,
        TrapCode::IntegerDivisionByZero => Stop::DivideByZero,
        TrapCode::BadConversionToInteger => Stop::Conversion,
        TrapCode::StackOverflow | TrapCode::OutOfFuel | TrapCode::GrowthOperationLimited => {
            Stop::Exhausted(trap.to_string())
        }
    }
}
