//! Backtraces through functions that are lowered in the place of their calls: they miss no frame, have
//! none too many, and each is at its place. That those of these tests are lowered so is checked in
//! `waxwing-compile`.

use std::collections::HashSet;
use waxwing::{Error, Linker, Module, Store, Trap, Val};
use waxwing_testkit::{Guest, each_plan, module};

/// Name and offset of each frame, innermost first.
fn frames(error: &Error) -> Vec<(&str, u32)> {
    let frames = error.backtrace().expect("a backtrace").frames().iter();
    frames.map(|f| (f.func_name.as_deref().unwrap_or("?"), f.offset.expect("an offset"))).collect()
}

/// The offset of the operator behind `i32.const number; drop`.
fn place(binary: &[u8], number: i32) -> u32 {
    let text = format!("(module (func (drop (i32.const {number}))))");
    let small = wat::parse_str(text).expect("text");
    let end = small.iter().rposition(|&b| b == 0x1a).expect("drop");
    let mark = &small[small.iter().position(|&b| b == 0x41).expect("i32.const")..=end];
    let mut found = binary.windows(mark.len()).enumerate().filter(|(_, bytes)| *bytes == mark);
    let (at, _) = found.next().expect("the mark");
    assert!(found.next().is_none(), "two marks {number}");
    (at + mark.len()) as u32
}

const DEEP: &str = r#"(module
    (import "h" "fail" (func $fail (param i32)))
    (tag $tag)
    (memory (export "memory") 1)
    (data (i32.const 8) "\ff\ff\ff\ff")
    (func $throw (i32.const 1000) (drop) (throw $tag))
    (func $load (param i32) (result i32)
        (local.get 0) (i32.const 1001) (drop) (i32.load))
    (func $two (param i32) (result i32)
        (local.get 0) (i32.const 1002) (drop) (call $load))
    (func $three (param i32) (result i32)
        (local.get 0) (i32.const 1003) (drop) (call $two))
    (func $four (param i32) (result i32)
        (local.get 0) (i32.const 1004) (drop) (call $three))
    (func $throws (i32.const 1005) (drop) (call $throw))
    (func $fails (param i32) (local.get 0) (i32.const 1006) (drop) (call $fail))
    (func $nothing)
    (func (export "deep") (param i32) (result i32)
        (local.get 0) (i32.const 1007) (drop) (call $three))
    (func (export "deeper") (param i32) (result i32)
        (local.get 0) (i32.const 1008) (drop) (call $four))
    (func (export "twice") (param i32 i32) (result i32)
        (local.get 0) (i32.const 1009) (drop) (call $load)
        (local.get 1) (i32.const 1010) (drop) (call $load)
        (i32.add))
    (func (export "beside") (param i32 i32) (result i32)
        (local.get 0) (i32.const 1011) (drop) (i32.load)
        (i32.const 1012) (drop) (call $load)
        (local.get 1) (i32.const 1013) (drop) (i32.div_u))
    (func (export "uncaught") (param i32) (i32.const 1014) (drop) (call $throws))
    (func (export "caught") (param i32) (result i32)
        (block $caught
            (try_table (catch $tag $caught) (call $throws))
            (unreachable))
        (call $nothing)
        (local.get 0) (i32.const 1015) (drop) (i32.load))
    (func $never (param i32) (result i32) (i32.const 1019) (drop) (unreachable))
    (func (export "under") (param i32 i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.const 1017) (drop) (unreachable))
            (else
                (if (result i32) (local.get 1)
                    (then (local.get 1) (i32.const 1018) (drop) (call $never))
                    (else (i32.const 5))))))
    (func (export "host") (param i32)
        (local.get 0) (i32.const 1016) (drop) (call $fails)))"#;

/// Function, arguments, and the frames: name and mark.
type Case = (&'static str, &'static [i32], &'static [(&'static str, i32)]);

const OUTSIDE: i32 = 65536;

const CASES: &[Case] = &[
    // What stands beside inlined code has no frame of it.
    ("beside", &[OUTSIDE, 1], &[("beside", 1011)]),
    ("beside", &[0, 0], &[("beside", 1013)]),
    ("beside", &[8, 1], &[("load", 1001), ("beside", 1012)]),
    ("caught", &[OUTSIDE], &[("caught", 1015)]),
    ("deep", &[OUTSIDE], &[("load", 1001), ("two", 1002), ("three", 1003), ("deep", 1007)]),
    (
        "deeper",
        &[OUTSIDE],
        &[("load", 1001), ("two", 1002), ("three", 1003), ("four", 1004), ("deeper", 1008)],
    ),
    ("twice", &[OUTSIDE, 0], &[("load", 1001), ("twice", 1009)]),
    ("twice", &[0, OUTSIDE], &[("load", 1001), ("twice", 1010)]),
    // A trap under a condition is put behind everything else.
    ("under", &[1, 0], &[("under", 1017)]),
    ("under", &[0, 1], &[("never", 1019), ("under", 1018)]),
    ("uncaught", &[0], &[("throw", 1000), ("throws", 1005), ("uncaught", 1014)]),
    ("host", &[1], &[("fails", 1006), ("host", 1016)]),
];

/// Also after the artifact was written and read again.
#[test]
fn each_inlined_function_has_its_frame() {
    each_plan(|engine| {
        let binary = wat::parse_str(DEEP).expect("text");
        let compiled = module(engine, &binary);
        // SAFETY: the artifact comes from this engine, unchanged.
        let again = unsafe { Module::deserialize(engine, &compiled.serialize()) };
        let mut linker: Linker<()> = Linker::new(engine);
        let fail = |_: i32| -> Result<(), Error> { Err(Error::host("it failed")) };
        linker.func_wrap("h", "fail", fail).expect("a new name");
        for module in [compiled, again.expect("the same engine")] {
            let mut store = Store::new(engine, ());
            let instance = linker.instantiate(&mut store, &module).expect("an instance");
            let mut guest = Guest { store, instance };
            for (name, args, want) in CASES {
                let args: Vec<Val> = args.iter().map(|&arg| Val::I32(arg)).collect();
                let error = guest.try_call(name, &args).expect_err(name);
                let want: Vec<_> =
                    want.iter().map(|&(f, mark)| (f, place(&binary, mark))).collect();
                assert_eq!(frames(&error), want, "{name} {args:?}: {error:?}");
            }
            assert_eq!(guest.call("deep", &[8]), -1);
        }
    });
}

/// A stop anywhere: who is inside is where it was stopped, everybody else where it calls that.
#[test]
fn a_stop_in_inlined_code_has_every_frame() {
    each_plan(|engine| {
        let linker = crate::stops::linker(engine);
        let binary = wat::parse_str(
            r#"(module
                (import "h" "begun" (func $begun))
                (memory 1)
                (func $slow (param i64) (result i64)
                    (i64.store (i32.const 16) (i64.rem_u (i64.const -9) (i64.or (i64.load (i32.const 16)) (i64.const 3))))
                    (i64.store (i32.const 24) (i64.rem_u (i64.const -8) (i64.or (i64.load (i32.const 24)) (i64.const 3))))
                    (local.get 0))
                (func $slower (param i64) (result i64)
                    (i64.store (i32.const 0) (i64.rem_u (i64.const -7)
                            (i64.or (local.get 0) (i64.const 5))))
                    (call $slow (local.get 0))
                    (i64.store (i32.const 32) (local.get 0)))
                (func $run (export "run") (local i64)
                    (call $begun)
                    (loop
                        (local.set 0 (call $slower (i64.load (i32.const 8))))
                        (i64.store (i32.const 8) (i64.rem_u (i64.const 0x7ffffffffffffff3)
                            (i64.or (local.get 0) (i64.const 9))))
                        (br 0))))"#,
        )
        .expect("text");
        let module = module(engine, &binary);
        let calls = calls(&binary);
        let mut seen = HashSet::new();
        for round in 0..300 {
            let mut store = Store::new(engine, crate::stops::data(""));
            let instance = linker.instantiate(&mut store, &module).expect("an instance");
            let mut guest = Guest { store, instance };
            let switch = guest.store.kill_switch();
            let begun = guest.store.data().begun.clone();
            let error = std::thread::scope(|scope| {
                scope.spawn(move || {
                    begun.wait();
                    (0..round * 7).for_each(|_| std::hint::spin_loop());
                    switch.kill();
                });
                guest.try_call("run", &[]).expect_err("it never ends")
            });
            assert_eq!(error.trap(), Some(Trap::Killed));
            let frames = error.backtrace().expect("a backtrace").frames();
            for pair in frames.windows(2) {
                let call = (pair[1].func_index, pair[1].offset.expect("where it calls"));
                assert_eq!(calls.get(&call), Some(&pair[0].func_index), "{error:?}");
            }
            seen.insert(frames.len());
            assert_eq!(frames.last().and_then(|f| f.func_name.as_deref()), Some("run"));
        }
        assert!(seen.contains(&2) && seen.contains(&3), "{seen:?}");
    });
}

/// The calls of a module: function and offset, with the function that is called.
fn calls(binary: &[u8]) -> std::collections::HashMap<(u32, u32), u32> {
    let mut calls = std::collections::HashMap::new();
    // One function is imported.
    let mut index = 0;
    for payload in wasmparser::Parser::new(0).parse_all(binary) {
        let wasmparser::Payload::CodeSectionEntry(body) = payload.expect("a valid module") else {
            continue;
        };
        index += 1;
        let operators = body.get_operators_reader().expect("a body");
        for operator in operators.into_iter_with_offsets() {
            if let (wasmparser::Operator::Call { function_index }, at) = operator.expect("one") {
                calls.insert((index, at as u32), function_index);
            }
        }
    }
    calls
}
