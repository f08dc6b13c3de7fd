//! wasi-threads: guests that start threads.
//!
//! A module that imports the function `thread-spawn` of the module `wasi` and a shared memory can be
//! several instances at once, each in a store of its own on a thread of the host's:
//!
//! ```text
//! main        store, instance, runs _start
//! thread 1    store, instance, runs wasi_thread_start(1, argument)    same shared memory,
//! thread 2    store, instance, runs wasi_thread_start(2, argument)    same host state
//! ```
//!
//! They end together: when the main thread returns, when one of them traps, and when one asks the whole
//! program to end (`proc_exit`). The first reason counts. The others are stopped where they are, in
//! loops, in `memory.atomic.wait` and in calls of the host, through their stores' kill switches.
//!
//! Source: the wasi-threads proposal, <https://github.com/WebAssembly/wasi-threads>.

#![forbid(unsafe_code)]

mod group;

pub use group::DEFAULT_MAX_THREADS;

use group::Group;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use waxwing::{
    AsContextMut, Caller, Engine, Error, ImportType, InstancePre, Linker, Memory, Module, Result,
    Store,
};

/// The module that `thread-spawn` is imported from.
pub const MODULE: &str = "wasi";
/// The function that starts a thread.
pub const SPAWN: &str = "thread-spawn";
/// The export that a thread runs.
pub const START: &str = "wasi_thread_start";

/// What `thread-spawn` gives when there can be no further thread: `-EAGAIN`, with WASI's number.
const AGAIN: i32 = -6;

/// Makes the store of a thread from the data of the one that starts it.
type MakeStore<T> = dyn Fn(&Engine, &mut T) -> Store<T> + Send + Sync;

/// The threads of one program. Clones are the same threads.
///
/// ```
/// use waxwing::{Engine, Linker, Module, Store};
/// use waxwing_wasi_threads::Threads;
///
/// let engine = Engine::default();
/// let module = Module::new(
///     &engine,
///     r#"(module
///         (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
///         (import "env" "memory" (memory 1 1 shared))
///         (func (export "wasi_thread_start") (param $tid i32) (param $argument i32)
///             (i32.atomic.store (i32.const 0) (local.get $argument))
///             (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
///         (func (export "run") (result i32)
///             (drop (call $spawn (i32.const 42)))
///             (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
///             (i32.atomic.load (i32.const 0))))"#,
/// )?;
/// let threads = Threads::new(8, |engine: &Engine, _: &mut ()| Store::new(engine, ()));
/// let mut store = Store::new(&engine, ());
/// let mut linker = Linker::new(&engine);
/// threads.add_to_linker(&mut linker)?;
/// threads.add_memories(&mut linker, &mut store, &module)?;
/// let ready = linker.instantiate_pre(&mut store, &module)?;
/// threads.begin(&mut store, &ready)?;
/// let instance = ready.instantiate(&mut store)?;
/// let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
/// assert_eq!(threads.end(run.call(&mut store, ()))?, 42);
/// # Ok::<(), waxwing::Error>(())
/// ```
pub struct Threads<T>(Arc<Inner<T>>);

struct Inner<T> {
    group: Group,
    /// What each thread makes its instance of.
    ready: OnceLock<InstancePre<T>>,
    make: Box<MakeStore<T>>,
}

impl<T> Clone for Threads<T> {
    fn clone(&self) -> Self {
        Threads(self.0.clone())
    }
}

impl<T> std::fmt::Debug for Threads<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Threads").field("group", &self.0.group).finish_non_exhaustive()
    }
}

/// Whether a module starts threads.
pub fn is_threaded(module: &Module) -> bool {
    let imports = &module.facts().imports;
    imports.iter().any(|import| import.module == MODULE && import.name == SPAWN)
}

impl<T: Send + 'static> Threads<T> {
    /// A program that has at most `max` threads beside its main one at a time. `make` makes the store
    /// of a thread from the data of the one that starts it: sharing whatever threads share, with its
    /// limiter, and with a hook that ends blocking calls of the host ([`Store::on_stop`]).
    pub fn new(
        max: u32,
        make: impl Fn(&Engine, &mut T) -> Store<T> + Send + Sync + 'static,
    ) -> Threads<T> {
        let make = Box::new(make);
        Threads(Arc::new(Inner { group: Group::new(max), ready: OnceLock::new(), make }))
    }

    /// Defines [`SPAWN`] in [`MODULE`].
    ///
    /// # Errors
    /// If the name is taken.
    pub fn add_to_linker(&self, linker: &mut Linker<T>) -> Result<()> {
        // The linker's definitions are kept in `ready`: a strong reference would be a circle.
        let inner = Arc::downgrade(&self.0);
        let spawn = move |mut caller: Caller<'_, T>, argument: i32| -> i32 {
            match inner.upgrade() {
                Some(inner) => spawn(&inner, &mut caller, argument),
                None => AGAIN,
            }
        };
        linker.func_wrap(MODULE, SPAWN, spawn).map(|_| ())
    }

    /// Makes and defines every shared memory that the module imports and that has no definition yet.
    /// The limiter of `store` is asked.
    ///
    /// # Errors
    /// If the limiter or the system has no room for one.
    pub fn add_memories(
        &self,
        linker: &mut Linker<T>,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<()> {
        for import in &module.facts().imports {
            let ImportType::Memory(ty) = import.ty else { continue };
            if !ty.shared || linker.contains(&import.module, &import.name) {
                continue;
            }
            let memory = Memory::new(&mut store, ty)?;
            let shared = memory.shared(&store).ok_or_else(|| Error::msg("no shared memory"))?;
            linker.shared_memory(&import.module, &import.name, &shared)?;
        }
        Ok(())
    }

    /// Says what threads are instances of, and which store is the main thread's. To be called once,
    /// before the main thread runs.
    ///
    /// # Errors
    /// If it was called before, if the module does not export [`START`] with two parameters `i32`, or
    /// if it imports something that belongs to one store.
    pub fn begin(&self, main: &mut Store<T>, ready: &InstancePre<T>) -> Result<()> {
        let module = ready.module().facts();
        let start = module.export(START).filter(|e| e.kind == waxwing::ExternKind::Func);
        let fits = start.is_some_and(|start| {
            let ty = module.func_type(start.index);
            ty.params == [waxwing::ValType::I32; 2] && ty.results.is_empty()
        });
        if !fits {
            return Err(Error::msg(format!(
                "the module imports \"{MODULE}\" \"{SPAWN}\", but exports no function \"{START}\" of \
                 type (i32, i32) -> ()"
            )));
        }
        if !ready.fits_every_store() {
            return Err(Error::msg(
                "a module that starts threads imports something that belongs to one store; only host \
                 functions and shared memories can be shared between threads",
            ));
        }
        self.0.ready.set(ready.clone()).map_err(|_| Error::msg("the threads run already"))?;
        self.0.group.begin(main.kill_switch());
        Ok(())
    }

    /// Ends the program after its main thread has ended with `result`: stops every other thread, waits
    /// until they are gone, and says how the program ended. That is how the first thread ended that
    /// ended it: if another one trapped or asked the program to end, that is the answer.
    ///
    /// # Errors
    /// The main thread's error, or that of the thread that ended the program before.
    pub fn end<R>(&self, result: Result<R>) -> Result<R> {
        match result {
            Ok(value) => self.0.group.end(None).map_or(Ok(value), Err),
            Err(e) => match self.0.group.end(Some(e)) {
                Some(e) => Err(e),
                None => Err(Error::msg("the program has ended already")),
            },
        }
    }

    /// How many threads there are beside the main one.
    pub fn count(&self) -> usize {
        self.0.group.count()
    }
}

/// `thread-spawn`: the thread's number, or a negative number.
fn spawn<T: Send + 'static>(
    inner: &Arc<Inner<T>>,
    caller: &mut Caller<'_, T>,
    argument: i32,
) -> i32 {
    let Some(ready) = inner.ready.get() else { return AGAIN };
    let Some(tid) = inner.group.enter() else { return AGAIN };
    let mut store = (inner.make)(ready.module().engine(), caller.data_mut());
    let thread = inner.clone();
    let run = move || {
        if thread.group.started(tid, store.kill_switch()) {
            // A panic of the host's must not leave the others waiting for this thread.
            let run = AssertUnwindSafe(|| start(&thread, &mut store, tid, argument));
            let result = catch_unwind(run).unwrap_or_else(|_| {
                Err(Error::msg(format!("a host function panicked in thread {tid}")))
            });
            // What the thread holds of the program is given back before anyone is told that it is gone.
            drop(store);
            thread.group.leave(tid, result);
        } else {
            drop(store);
            thread.group.leave(tid, Ok(()));
        }
    };
    let builder = std::thread::Builder::new().name(format!("wasi-thread-{tid}"));
    if builder.spawn(run).is_err() {
        inner.group.leave(tid, Ok(()));
        return AGAIN;
    }
    tid as i32
}

/// Runs a thread.
fn start<T: 'static>(
    inner: &Inner<T>,
    store: &mut Store<T>,
    tid: u32,
    argument: i32,
) -> Result<()> {
    let ready = inner.ready.get().ok_or_else(|| Error::msg("the threads have not begun"))?;
    let instance = ready.instantiate(&mut *store)?;
    let start = instance.get_typed_func::<(i32, i32), ()>(&mut *store, START)?;
    start.call(store, (tid as i32, argument))
}
