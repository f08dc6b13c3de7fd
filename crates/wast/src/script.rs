//! Directives, one after another.

use crate::thread::Thread;
use crate::{Failure, Options, Summary, spectest, value};
use std::collections::HashMap;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, Wat};
use waxwing::{
    Engine, Error, Export, Extern, Instance, Linker, Module, SharedMemory, Store, Trap, Val,
};

/// Runs all of a script; says what was done and what failed.
pub(crate) fn run(
    engine: &Engine,
    options: Options,
    name: &str,
    text: &str,
) -> (Summary, Vec<Failure>) {
    let summary = Summary::default();
    let whole = |e: wast::Error| {
        // The tests of text formats need every character there is.
        Failure::new(name, place(text, e.span()), format!("no script: {}", e.message()))
    };
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(e) => return (summary, vec![whole(e)]),
    };
    let script = match parser::parse::<Wast<'_>>(&buffer) {
        Ok(script) => script,
        Err(e) => return (summary, vec![whole(e)]),
    };
    let done = match Run::new(engine, options) {
        Ok(run) => std::thread::scope(|scope| {
            Thread { scope, engine, options, name, text }.directives(run, script.directives)
        }),
        Err(e) => {
            let failure = Failure::new(name, (0, 0), format!("no host: {e}"));
            return (summary, vec![failure]);
        }
    };
    (done.summary, done.failures)
}

/// Line and column, counted from 1.
pub(crate) fn place(text: &str, span: wast::token::Span) -> (usize, usize) {
    let (line, column) = span.linecol_in(text);
    (line + 1, column + 1)
}

pub(crate) fn is_assertion(directive: &WastDirective<'_>) -> bool {
    !matches!(
        directive,
        WastDirective::Module(_)
            | WastDirective::ModuleDefinition(_)
            | WastDirective::ModuleInstance { .. }
            | WastDirective::Register { .. }
            | WastDirective::Invoke(_)
            | WastDirective::Thread(_)
            | WastDirective::Wait { .. }
    )
}

/// A directive fails with what was expected and what came.
pub(crate) type Outcome<T = ()> = Result<T, String>;

pub(crate) struct Run {
    engine: Engine,
    options: Options,
    store: Store<()>,
    linker: Linker<()>,
    /// The latest instance; none if the latest module failed.
    latest: Option<Instance>,
    instances: HashMap<String, Instance>,
    latest_definition: Option<Module>,
    definitions: HashMap<String, Module>,
    /// The instance of another thread that this one may import from, by its name: its shared memories.
    shared: Option<SharedModule>,
}

/// What one thread lends to another: name and shared memories of an instance.
pub(crate) struct SharedModule {
    name: String,
    memories: Vec<(String, SharedMemory)>,
}

/// What a script gets whenever its fuel is used up, if the engine meters.
const REFILL: u64 = 10_000;

impl Run {
    pub(crate) fn new(engine: &Engine, options: Options) -> Result<Run, Error> {
        let mut store = Store::new(engine, ());
        if engine.fuel_costs().is_some() {
            // A script has all it wants, but has to ask for it now and then.
            store.out_of_fuel(|_| Ok(Some(REFILL)))?;
        }
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store)?;
        Ok(Run {
            engine: engine.clone(),
            options,
            store,
            linker,
            latest: None,
            instances: HashMap::new(),
            latest_definition: None,
            definitions: HashMap::new(),
            shared: None,
        })
    }

    /// What another thread gets of an instance.
    pub(crate) fn share(&mut self, module: Id<'_>) -> Outcome<SharedModule> {
        let exports = self.find(Some(module))?.exports(&self.store);
        let memory = |e: Export| match e.value {
            Extern::Memory(memory) => Some((e.name, memory.shared(&self.store)?)),
            _ => None,
        };
        let memories = exports.into_iter().filter_map(memory).collect();
        Ok(SharedModule { name: module.name().to_owned(), memories })
    }

    /// Gets something of another thread's.
    pub(crate) fn lend(&mut self, shared: SharedModule) {
        self.shared = Some(shared);
    }

    /// Registers what was lent, if that is meant.
    fn register_shared(&mut self, name: &str, module: Option<Id<'_>>) -> Outcome<bool> {
        let Some(shared) = &self.shared else { return Ok(false) };
        if module.is_none_or(|id| id.name() != shared.name) {
            return Ok(false);
        }
        for (export, memory) in &shared.memories {
            let defined = self.linker.shared_memory(name, export, memory);
            defined.map_err(|e| format!("cannot register \"{name}\": {e}"))?;
        }
        Ok(true)
    }

    pub(crate) fn directive(&mut self, directive: WastDirective<'_>) -> Outcome {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::ModuleDefinition(module) => self.definition(module),
            WastDirective::ModuleInstance { instance, module, .. } => {
                self.instance(instance, module)
            }
            WastDirective::Register { name, module, .. } => {
                if self.register_shared(name, module)? {
                    return Ok(());
                }
                let instance = self.find(module)?;
                self.linker
                    .instance(&mut self.store, name, instance)
                    .map(|_| ())
                    .map_err(|e| format!("cannot register \"{name}\": {e}"))
            }
            WastDirective::Invoke(invoke) => {
                self.invoke(&invoke)?.map(|_| ()).map_err(|e| format!("the call failed: {e:?}"))
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let got = self.execute(exec)?;
                let got = got.map_err(|e| format!("expected {results:?}, but it failed: {e:?}"))?;
                value::check(&self.store, &results, &got)
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let got = self.execute(exec)?;
                expect_trap(got, message)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                let got = self.invoke(&call)?;
                expect_trap(got, message)
            }
            WastDirective::AssertMalformed { module, message, .. }
            | WastDirective::AssertInvalid { module, message, .. } => {
                self.expect_refused(module, message)
            }
            WastDirective::AssertUnlinkable { module, message, .. } => {
                self.expect_unlinkable(module, message)
            }
            WastDirective::AssertInvalidCustom { .. }
            | WastDirective::AssertMalformedCustom { .. } => {
                Err("assertions about custom sections are not supported".to_owned())
            }
            WastDirective::AssertException { exec, .. } => match self.execute(exec)? {
                Err(error) if error.exception().is_some() => Ok(()),
                Err(error) => Err(format!("expected an exception, got: {error:?}")),
                Ok(values) => Err(format!("expected an exception, got {values:?}")),
            },
            WastDirective::AssertSuspension { .. } => {
                Err("suspensions are not supported".to_owned())
            }
            WastDirective::Thread(_) | WastDirective::Wait { .. } => {
                Err("a thread starts threads, and waits for them, itself".to_owned())
            }
        }
    }

    fn module(&mut self, mut module: QuoteWat<'_>) -> Outcome {
        self.latest = None;
        let name = module.name().map(|id| id.name().to_owned());
        let module = self.compile(&mut module)?;
        self.latest_definition = Some(module.clone());
        if let Some(name) = &name {
            self.definitions.insert(name.clone(), module.clone());
        }
        self.instantiate(name, &module)
    }

    fn definition(&mut self, mut module: QuoteWat<'_>) -> Outcome {
        let name = module.name().map(|id| id.name().to_owned());
        let module = self.compile(&mut module)?;
        if let Some(name) = name {
            self.definitions.insert(name, module.clone());
        }
        self.latest_definition = Some(module);
        Ok(())
    }

    fn instance(&mut self, instance: Option<Id<'_>>, module: Option<Id<'_>>) -> Outcome {
        self.latest = None;
        let module = match module {
            Some(id) => self.definitions.get(id.name()),
            None => self.latest_definition.as_ref(),
        };
        let module = module.cloned().ok_or("there is no such module definition")?;
        self.instantiate(instance.map(|id| id.name().to_owned()), &module)
    }

    fn compile(&self, module: &mut QuoteWat<'_>) -> Outcome<Module> {
        let bytes = module.encode().map_err(|e| format!("malformed module: {}", e.message()))?;
        if !is_binary(&bytes) {
            return Err("the module is not binary".to_owned());
        }
        Module::new(&self.engine, bytes).map_err(|e| format!("the module was refused: {e}"))
    }

    fn instantiate(&mut self, name: Option<String>, module: &Module) -> Outcome {
        let instance = self
            .linker
            .instantiate(&mut self.store, module)
            .map_err(|e| format!("the module cannot be instantiated: {e:?}"))?;
        if self.options.reset && !defines_shared_memory(module) {
            let reset = instance.reset(&mut self.store);
            reset.map_err(|e| format!("the instance cannot be reset: {e:?}"))?;
        }
        if let Some(name) = name {
            self.instances.insert(name, instance);
        }
        self.latest = Some(instance);
        Ok(())
    }

    fn find(&self, module: Option<Id<'_>>) -> Outcome<Instance> {
        match module {
            Some(id) => self.instances.get(id.name()).copied(),
            None => self.latest,
        }
        .ok_or_else(|| "there is no such instance".to_owned())
    }

    /// Outer errors are the script's or ours, inner ones the guest's.
    fn execute(&mut self, execute: WastExecute<'_>) -> Outcome<Result<Vec<Val>, Error>> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(module) => {
                let module = self.compile(&mut QuoteWat::Wat(module))?;
                Ok(self.linker.instantiate(&mut self.store, &module).map(|_| Vec::new()))
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.find(module)?;
                let global = instance
                    .get_global(&mut self.store, global)
                    .ok_or_else(|| format!("there is no exported global \"{global}\""))?;
                Ok(Ok(vec![global.get(&mut self.store)]))
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Outcome<Result<Vec<Val>, Error>> {
        let instance = self.find(invoke.module)?;
        let func = instance
            .get_func(&mut self.store, invoke.name)
            .ok_or_else(|| format!("there is no exported function \"{}\"", invoke.name))?;
        let args = invoke.args.iter().map(value::argument).collect::<Outcome<Vec<Val>>>()?;
        let ty = func.ty(&self.store);
        // A call that does not fit is an error of the script's, and must not pass for a trap.
        let fits = |(arg, &ty): (&Val, _)| arg.matches(&self.store, ty);
        if args.len() != ty.params.len() || !args.iter().zip(&ty.params).all(fits) {
            return Err(format!("the arguments {args:?} do not fit the function's type {ty}"));
        }
        let mut results: Vec<Val> = ty.results.iter().map(|&t| Val::default_of(t)).collect();
        Ok(func.call(&mut self.store, &args, &mut results).map(|()| results))
    }

    /// The wording is the reference implementation's, not ours, and cannot be compared.
    fn expect_refused(&self, mut module: QuoteWat<'_>, message: &str) -> Outcome {
        let Ok(bytes) = module.encode() else { return Ok(()) };
        if !is_binary(&bytes) {
            return Ok(());
        }
        match Module::validate(&self.engine, &bytes) {
            Err(_) => Ok(()),
            Ok(()) => Err(format!("expected \"{message}\", but the module was accepted")),
        }
    }

    fn expect_unlinkable(&mut self, module: Wat<'_>, message: &str) -> Outcome {
        let module = self.compile(&mut QuoteWat::Wat(module))?;
        let error = match self.linker.instantiate_pre(&mut self.store, &module) {
            Ok(_) => return Err(format!("expected \"{message}\", but all imports were found")),
            Err(e) => e.to_string(),
        };
        let fits = match message {
            "unknown import" => error.contains(": missing; "),
            "incompatible import type" => error.contains(": incompatible import type: "),
            _ => true,
        };
        if fits { Ok(()) } else { Err(format!("expected \"{message}\", got: {error}")) }
    }
}

fn defines_shared_memory(module: &Module) -> bool {
    let facts = module.facts();
    facts.memories[facts.imported_memories as usize..].iter().any(|ty| ty.shared)
}

/// The engine takes everything without the magic number for text, which these bytes never are.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm")
}

/// As the reference implementation does: one message is the beginning of the other.
fn expect_trap(got: Result<Vec<Val>, Error>, message: &str) -> Outcome {
    let error = match got {
        Ok(values) => return Err(format!("expected trap \"{message}\", got {values:?}")),
        Err(error) => error,
    };
    let fits =
        |trap: Trap| trap.message().starts_with(message) || message.starts_with(trap.message());
    if error.trap().is_some_and(fits) {
        return Ok(());
    }
    Err(format!("expected trap \"{message}\", got: {error:?}"))
}
