//! How threads start and how they end together, under both memory plans.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use waxwing::{Config, Engine, Error, Linker, MemoryPlan, Module, Result, Store, Trap};
use waxwing_wasi_core::stream::{HostStream, OutputBuffer};
use waxwing_wasi_core::{Exit, Wasi, WasiBuilder};
use waxwing_wasi_p1::WasiP1;
use waxwing_wasi_threads::{Threads, is_threaded};

#[derive(Clone)]
struct State {
    wasi: WasiP1,
    /// How many stores there are.
    alive: Arc<AtomicUsize>,
}

impl Drop for State {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

fn thread(engine: &Engine, state: &mut State) -> Store<State> {
    state.alive.fetch_add(1, Ordering::SeqCst);
    let mut store = Store::new(engine, state.clone());
    waxwing_wasi_p1::end_waits_on_stop(&mut store, |state| &mut state.wasi);
    store
}

const PLANS: [MemoryPlan; 2] = [MemoryPlan::Reserved, MemoryPlan::Checked];

/// The imports of every program here; `$forever` waits for what never comes.
const HEAD: &str = r#"
    (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff"
        (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "env" "memory" (memory 1 4 shared))
    (export "memory" (memory 0))
    (func $forever (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1))))
    ;; One byte from standard input, which stays silent.
    (func $input
        (i32.store (i32.const 128) (i32.const 256))
        (i32.store (i32.const 132) (i32.const 1))
        (drop (call $read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 136))))
    ;; An hour of sleep.
    (func $sleep
        (i32.store (i32.const 528) (i32.const 1))
        (i64.store (i32.const 536) (i64.const 3600000000000))
        (drop (call $poll (i32.const 512) (i32.const 1024) (i32.const 1) (i32.const 1100))))
    ;; Counts itself in, and wakes who waits for it.
    (func $arrive
        (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
        (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))
    ;; Waits until so many have arrived.
    (func $await (param $n i32) (local $have i32)
        (loop $again
            (local.set $have (i32.atomic.load (i32.const 0)))
            (if (i32.lt_u (local.get $have) (local.get $n))
                (then
                    (drop (memory.atomic.wait32 (i32.const 0) (local.get $have) (i64.const -1)))
                    (br $again)))))"#;

/// Runs `main` with `thread` as what threads do; `$tid` and `$arg` are its parameters. Says how it
/// ended, and what was printed.
fn run(plan: MemoryPlan, max: u32, main: &str, thread_code: &str) -> (Result<()>, Vec<u8>) {
    let (silent, _writer) = std::io::pipe().unwrap();
    let output = OutputBuffer::new();
    let wasi = WasiBuilder::new().stdin(HostStream::from_fd(silent.into()));
    let wasi = wasi.stdout(output.clone()).build().unwrap();
    let ended = run_with(plan, max, main, thread_code, wasi, |_| {});
    (ended, output.contents())
}

fn run_with(
    plan: MemoryPlan,
    max: u32,
    main: &str,
    thread_code: &str,
    wasi: Wasi,
    prepare: impl FnOnce(&mut Store<State>),
) -> Result<()> {
    let engine = Engine::new(Config::new().memory_plan(plan)).unwrap();
    let text = format!(
        r#"(module {HEAD}
            (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) {thread_code})
            (func (export "_start") {main}))"#
    );
    let module = Module::new(&engine, text)?;
    assert!(is_threaded(&module));
    let threads = Threads::new(max, thread);
    let alive = Arc::new(AtomicUsize::new(1));
    let state = State { wasi: WasiP1::new(wasi), alive: alive.clone() };
    let mut store = Store::new(&engine, state);
    waxwing_wasi_p1::end_waits_on_stop(&mut store, |state| &mut state.wasi);
    let mut linker = Linker::new(&engine);
    waxwing_wasi_p1::add_to_linker(&mut linker, |state: &mut State| &mut state.wasi)?;
    threads.add_to_linker(&mut linker)?;
    threads.add_memories(&mut linker, &mut store, &module)?;
    let ready = linker.instantiate_pre(&mut store, &module)?;
    threads.begin(&mut store, &ready)?;
    prepare(&mut store);
    let ended = ready.instantiate(&mut store).and_then(|instance| {
        instance.get_typed_func::<(), ()>(&mut store, "_start")?.call(&mut store, ())
    });
    let ended = threads.end(ended);
    assert_eq!(threads.count(), 0, "every thread is gone");
    assert_eq!(alive.load(Ordering::SeqCst), 1, "and so is its store");
    ended
}

fn exit_code(error: &Error) -> Option<u32> {
    error.downcast_ref::<Exit>().map(|exit| exit.0)
}

/// Starts one thread in a loop, one that waits, one that reads and one that sleeps.
const FOUR: &str = r#"
    (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 1)))
    (drop (call $spawn (i32.const 2))) (drop (call $spawn (i32.const 3)))
    (call $await (i32.const 4))"#;

/// What each of them does.
const EACH: &str = r#"
    (call $arrive)
    (block $loop (block $wait (block $read (block $sleep
        (br_table $loop $wait $read $sleep (local.get $arg)))
        (call $sleep))
        (call $input))
        (call $forever))
    (loop $spin (br $spin))"#;

#[test]
fn siblings_end_when_main_returns() {
    for plan in PLANS {
        let (ended, _) = run(plan, 8, FOUR, EACH);
        ended.unwrap();
    }
}

#[test]
fn siblings_end_when_main_exits() {
    for plan in PLANS {
        let (ended, _) = run(plan, 8, &format!("{FOUR} (call $exit (i32.const 7))"), EACH);
        assert_eq!(exit_code(&ended.unwrap_err()), Some(7));
    }
}

#[test]
fn a_trap_of_a_thread_ends_all_with_its_reason() {
    // The fifth thread traps; main is in a loop, waits, reads or sleeps.
    for rest in ["(loop $l (br $l))", "(call $forever)", "(call $input)", "(call $sleep)"] {
        for plan in PLANS {
            let main = format!("{FOUR} (drop (call $spawn (i32.const 4))) {rest}");
            let each = format!(
                "(if (i32.eq (local.get $arg) (i32.const 4))
                     (then (drop (i32.div_u (local.get $arg) (i32.const 0))))) {EACH}"
            );
            let error = run(plan, 8, &main, &each).0.unwrap_err();
            assert_eq!(error.trap(), Some(Trap::IntegerDivideByZero), "{rest}: {error:?}");
            assert!(error.backtrace().is_some(), "{rest}");
        }
    }
}

#[test]
fn an_exit_of_a_thread_ends_all_with_its_code() {
    for plan in PLANS {
        let main = format!("{FOUR} (drop (call $spawn (i32.const 4))) (call $forever)");
        let each = format!(
            "(if (i32.eq (local.get $arg) (i32.const 4)) (then (call $exit (i32.const 42)))) {EACH}"
        );
        let error = run(plan, 8, &main, &each).0.unwrap_err();
        assert_eq!(exit_code(&error), Some(42), "{error:?}");
    }
}

#[test]
fn a_deadline_of_main_ends_all() {
    for rest in ["(loop $l (br $l))", "(call $forever)", "(call $input)", "(call $sleep)"] {
        let main = format!("{FOUR} {rest}");
        let (silent, _writer) = std::io::pipe().unwrap();
        let stdin = HostStream::from_fd(silent.into());
        let wasi = WasiBuilder::new().stdin(stdin).build().unwrap();
        let error = run_with(MemoryPlan::Reserved, 8, &main, EACH, wasi, |store| {
            store.set_deadline(Some(Duration::from_millis(150)));
        })
        .unwrap_err();
        assert_eq!(error.trap(), Some(Trap::DeadlineExceeded), "{rest}: {error:?}");
    }
}

#[test]
fn threads_are_limited_and_their_numbers_positive() {
    // Of five threads three are started; each of those has a number of its own.
    let main = r#"(local $i i32) (local $tid i32)
        (loop $again
            (local.set $tid (call $spawn (local.get $i)))
            (if (i32.lt_s (local.get $tid) (i32.const 0))
                (then (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
                    (if (i32.ne (local.get $tid) (i32.const -6)) (then unreachable)))
                (else
                    (if (i32.eqz (local.get $tid)) (then unreachable))
                    (drop (i32.atomic.rmw.or (i32.const 12)
                        (i32.shl (i32.const 1) (local.get $tid))))))
            (br_if $again (i32.lt_u
                (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
        (call $await (i32.const 3))
        (if (i32.ne (i32.atomic.load (i32.const 8)) (i32.const 2)) (then unreachable))
        (if (i32.ne (i32.popcnt (i32.atomic.load (i32.const 12))) (i32.const 3))
            (then unreachable))"#;
    for plan in PLANS {
        run(plan, 3, main, "(call $arrive) (call $forever)").0.unwrap();
    }
    let none = "(if (i32.ne (call $spawn (i32.const 0)) (i32.const -6)) (then unreachable))";
    run(MemoryPlan::Reserved, 0, none, "unreachable").0.unwrap();
}

#[test]
fn places_of_threads_that_ended_are_free_again() {
    // A hundred threads, one after the other, where two are allowed: one may still be on its way out.
    let main = r#"(local $i i32)
        (loop $again
            (if (i32.gt_s (call $spawn (local.get $i)) (i32.const 0))
                (then
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (call $await (local.get $i))))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 100))))"#;
    for plan in PLANS {
        run(plan, 2, main, "(call $arrive)").0.unwrap();
    }
}

#[test]
fn threads_share_descriptors_and_memory() {
    // Each thread writes its letter; the texts lie in memory that main filled.
    let main = r#"(local $i i32)
        (i32.store (i32.const 200) (i32.const 300)) (i32.store (i32.const 204) (i32.const 1))
        (i32.store8 (i32.const 300) (i32.const 120))
        (loop $again
            (drop (call $spawn (local.get $i)))
            (br_if $again (i32.lt_u
                (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 6))))
        (call $await (i32.const 6))"#;
    let each = r#"
        (drop (call $write (i32.const 1) (i32.const 200) (i32.const 1)
            (i32.add (i32.const 400) (i32.mul (local.get $arg) (i32.const 4)))))
        (call $arrive)"#;
    for plan in PLANS {
        let (ended, output) = run(plan, 8, main, each);
        ended.unwrap();
        assert_eq!(output, b"xxxxxx");
    }
}

#[test]
fn what_cannot_be_threaded_is_refused() {
    let wasi = || WasiBuilder::new().build().unwrap();
    let state = || State { wasi: WasiP1::new(wasi()), alive: Arc::default() };
    let engine = Engine::default();
    let begin = |text: &str| {
        let module = Module::new(&engine, text).unwrap();
        let threads = Threads::new(1, thread);
        let mut store = Store::new(&engine, state());
        let mut linker = Linker::new(&engine);
        threads.add_to_linker(&mut linker)?;
        threads.add_memories(&mut linker, &mut store, &module)?;
        if module.facts().imports.iter().any(|i| i.name == "own") {
            let ty = waxwing::MemoryType::new(waxwing::Limits { min: 1, max: None });
            linker.define("env", "own", waxwing::Memory::new(&mut store, ty)?)?;
        }
        let ready = linker.instantiate_pre(&mut store, &module)?;
        threads.begin(&mut store, &ready)?;
        threads.begin(&mut store, &ready)
    };
    let start = r#"(func (export "wasi_thread_start") (param i32 i32))"#;
    let spawn = r#"(import "wasi" "thread-spawn" (func (param i32) (result i32)))"#;
    for (text, says) in [
        (format!("(module {spawn})"), "exports no function \"wasi_thread_start\""),
        (
            format!(r#"(module {spawn} (func (export "wasi_thread_start") (param i32)))"#),
            "of type (i32, i32) -> ()",
        ),
        (
            format!(r#"(module {spawn} (import "env" "own" (memory 1)) {start})"#),
            "belongs to one store",
        ),
        (format!("(module {spawn} {start})"), "the threads run already"),
    ] {
        let error = begin(&text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn a_thread_that_cannot_be_made_ends_the_program() {
    // The start function of the second instance traps.
    let engine = Engine::default();
    let text = r#"(module
        (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
        (import "env" "memory" (memory 1 1 shared))
        (func $init (if (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (then unreachable)))
        (start $init)
        (func (export "wasi_thread_start") (param i32 i32))
        (func (export "_start")
            (drop (call $spawn (i32.const 0)))
            (drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1)))))"#;
    let module = Module::new(&engine, text).unwrap();
    let threads = Threads::new(4, |engine: &Engine, _: &mut ()| Store::new(engine, ()));
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    threads.add_to_linker(&mut linker).unwrap();
    threads.add_memories(&mut linker, &mut store, &module).unwrap();
    let ready = linker.instantiate_pre(&mut store, &module).unwrap();
    threads.begin(&mut store, &ready).unwrap();
    let instance = ready.instantiate(&mut store).unwrap();
    let begin = Instant::now();
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start").unwrap();
    let error = threads.end(start.call(&mut store, ())).unwrap_err();
    assert_eq!(error.trap(), Some(Trap::Unreachable), "after {:?}: {error:?}", begin.elapsed());
}
