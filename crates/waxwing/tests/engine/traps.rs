//! Traps: their codes, where they happened, and what they leave behind.

use waxwing::{Linker, Module, Store, Trap, Val, WasmBacktrace};
use waxwing_testkit::{Guest, each_plan};

/// Bodies of functions `(param i32 i32 i64 i64 f32 f64)`, called with zeros, and their traps.
const TRAPS: &[(&str, Trap)] = &[
    ("(unreachable)", Trap::Unreachable),
    ("(drop (i32.div_s (i32.const 1) (local.get 0)))", Trap::IntegerDivideByZero),
    ("(drop (i32.div_u (i32.const 1) (local.get 0)))", Trap::IntegerDivideByZero),
    ("(drop (i32.rem_s (i32.const 1) (local.get 0)))", Trap::IntegerDivideByZero),
    ("(drop (i32.rem_u (i32.const 1) (i32.const 0)))", Trap::IntegerDivideByZero),
    ("(drop (i64.div_s (i64.const 1) (local.get 2)))", Trap::IntegerDivideByZero),
    ("(drop (i64.div_u (i64.const 1) (i64.const 0)))", Trap::IntegerDivideByZero),
    ("(drop (i64.rem_s (local.get 3) (local.get 2)))", Trap::IntegerDivideByZero),
    ("(drop (i64.rem_u (i64.const 1) (local.get 2)))", Trap::IntegerDivideByZero),
    (
        "(drop (i32.div_s (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 1))))",
        Trap::IntegerOverflow,
    ),
    ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", Trap::IntegerOverflow),
    (
        "(drop (i64.div_s (i64.const 0x8000000000000000) (i64.sub (local.get 2) (i64.const 1))))",
        Trap::IntegerOverflow,
    ),
    (
        "(drop (i32.trunc_f32_s (f32.div (local.get 4) (local.get 4))))",
        Trap::InvalidConversionToInteger,
    ),
    ("(drop (i32.trunc_f64_u (f64.const nan)))", Trap::InvalidConversionToInteger),
    ("(drop (i64.trunc_f32_u (f32.const -nan)))", Trap::InvalidConversionToInteger),
    (
        "(drop (i64.trunc_f64_s (f64.div (local.get 5) (local.get 5))))",
        Trap::InvalidConversionToInteger,
    ),
    ("(drop (i32.trunc_f32_s (f32.const 2147483648)))", Trap::IntegerOverflow),
    ("(drop (i32.trunc_f64_s (f64.add (local.get 5) (f64.const inf))))", Trap::IntegerOverflow),
    ("(drop (i64.trunc_f64_u (f64.const -1)))", Trap::IntegerOverflow),
    ("(drop (i32.load (i32.const 65533)))", Trap::MemoryOutOfBounds),
    ("(drop (i32.load8_u (i32.sub (local.get 0) (i32.const 1))))", Trap::MemoryOutOfBounds),
    ("(i64.store offset=65529 (local.get 0) (local.get 2))", Trap::MemoryOutOfBounds),
    ("(drop (v128.load offset=65521 (local.get 0)))", Trap::MemoryOutOfBounds),
    ("(memory.copy (i32.const 0) (i32.const 65535) (i32.const 2))", Trap::MemoryOutOfBounds),
    (
        "(memory.fill (i32.const 65536) (i32.const 0) (i32.add (local.get 0) (i32.const 1)))",
        Trap::MemoryOutOfBounds,
    ),
    ("(memory.init $d (i32.const 0) (i32.const 2) (i32.const 2))", Trap::MemoryOutOfBounds),
    ("(memory.init $d (i32.const 65535) (i32.const 0) (i32.const 2))", Trap::MemoryOutOfBounds),
    ("(drop (table.get 0 (i32.const 4)))", Trap::TableOutOfBounds),
    ("(table.set 0 (i32.const -1) (ref.null func))", Trap::TableOutOfBounds),
    ("(table.copy (i32.const 0) (i32.const 3) (i32.const 2))", Trap::TableOutOfBounds),
    ("(table.fill 0 (i32.const 3) (ref.null func) (i32.const 2))", Trap::TableOutOfBounds),
    ("(table.init $e (i32.const 0) (i32.const 1) (i32.const 2))", Trap::TableOutOfBounds),
    ("(call_indirect (i32.const 4))", Trap::UndefinedElement),
    ("(call_indirect (i32.const -1))", Trap::UndefinedElement),
    ("(call_indirect (i32.add (local.get 0) (i32.const 3)))", Trap::UninitializedElement),
    ("(call_indirect (param i32) (i32.const 0) (local.get 0))", Trap::IndirectCallTypeMismatch),
    ("(drop (call_indirect (result i32) (local.get 0)))", Trap::IndirectCallTypeMismatch),
];

const AROUND: &str = r#"
    (memory (export "m") 1)
    (data $d "abc")
    (table 4 funcref)
    (func $nothing)
    (elem (i32.const 0) $nothing $nothing $nothing)
    (elem $e func $nothing $nothing)
"#;

#[test]
fn each_trap_has_its_code() {
    each_plan(|engine| {
        let funcs: String = TRAPS
            .iter()
            .enumerate()
            .map(|(i, (body, _))| {
                format!("(func (export \"f{i}\") (param i32 i32 i64 i64 f32 f64) {body})\n")
            })
            .collect();
        let mut guest = Guest::new(engine, format!("(module {AROUND} {funcs})"));
        let zeros = [Val::I32(0), Val::I32(0), Val::I64(0), Val::I64(0), Val::F32(0), Val::F64(0)];
        // Twice: a trap leaves the instance usable.
        for _ in 0..2 {
            for (i, (body, trap)) in TRAPS.iter().enumerate() {
                let error = guest.try_call(&format!("f{i}"), &zeros).expect_err(body);
                assert_eq!(error.trap(), Some(*trap), "{body}: {error:?}");
                let frames = error.backtrace().expect(body).frames();
                assert_eq!(frames.len(), 1, "{body}: {error:?}");
                assert_eq!(frames[0].func_index as usize, i + 1, "{body}");
                assert!(frames[0].offset.is_some(), "{body}");
            }
        }
    });
}

/// The last values that convert, and the first that do not.
#[test]
fn conversions_trap_exactly_beyond_their_range() {
    let cases: &[(&str, f64, f64)] = &[
        ("i32.trunc_f64_s", 2147483647.9, 2147483648.0),
        ("i32.trunc_f64_s", -2147483648.9, -2147483649.0),
        ("i32.trunc_f64_u", 4294967295.9, 4294967296.0),
        ("i32.trunc_f64_u", -0.99, -1.0),
        ("i64.trunc_f64_s", 9223372036854774784.0, 9223372036854775808.0),
        ("i64.trunc_f64_s", -9223372036854775808.0, -9223372036854777856.0),
        ("i64.trunc_f64_u", 18446744073709549568.0, 18446744073709551616.0),
        ("i64.trunc_f64_u", -0.99, -1.0),
    ];
    each_plan(|engine| {
        for (op, good, bad) in cases {
            let result = &op[..3];
            let mut guest = Guest::new(
                engine,
                format!(
                    "(module (func (export \"f\") (param f64) (result {result}) \
                     ({op} (local.get 0))))"
                ),
            );
            let good = guest.try_call("f", &[Val::from(*good)]);
            assert!(good.is_ok(), "{op}: {good:?}");
            let bad = guest.try_call("f", &[Val::from(*bad)]).expect_err(op);
            assert_eq!(bad.trap(), Some(Trap::IntegerOverflow), "{op}");
        }
    });
}

/// Values that nobody uses are computed all the same if that can trap.
#[test]
fn unused_values_trap() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (memory 1)
                (func (export "load") (param i32) (drop (i64.load (local.get 0))))
                (func (export "loads") (param i32)
                    (drop (i32.add (i32.load (local.get 0)) (i32.load offset=65536 (local.get 0)))))
                (func (export "size") (param i32) (drop (memory.size)) (drop (i32.load8_s (local.get 0)))))"#,
        );
        assert_eq!(guest.trap("load", &[65529]), Trap::MemoryOutOfBounds);
        assert_eq!(guest.trap("loads", &[0]), Trap::MemoryOutOfBounds);
        assert_eq!(guest.trap("size", &[65536]), Trap::MemoryOutOfBounds);
        guest.call("load", &[65528]);
    });
}

/// Everything before a trap has happened, nothing after it, and the trapping store not in part.
#[test]
fn traps_are_precise() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (memory (export "m") 1)
                (global $g (export "g") (mut i32) (i32.const 0))
                (global $h (export "h") (mut i64) (i64.const 0))
                (func (export "loop") (param $stop i32) (local $i i32)
                    (loop
                        (global.set $g (local.get $i))
                        (i32.store8 (local.get $i) (i32.const 7))
                        (global.set $h (i64.extend_i32_u (local.get $i)))
                        (drop (i32.div_u (i32.const 1) (i32.sub (local.get $stop) (local.get $i))))
                        (global.set $h (i64.const -1))
                        (local.set $i (i32.add (local.get $i) (i32.const 1)))
                        (br 0)))
                (func (export "around") (param $at i32)
                    (global.set $g (i32.const 1))
                    (i32.store (i32.const 100) (i32.const 0x01010101))
                    (i64.store (local.get $at) (i64.const -1))
                    (i32.store (i32.const 104) (i32.const 0x01010101))
                    (global.set $g (i32.const 2)))
                (func (export "vector") (param $at i32)
                    (global.set $g (i32.const 3))
                    (v128.store (local.get $at) (v128.const i64x2 -1 -1))
                    (global.set $g (i32.const 4))))"#,
        );
        assert_eq!(guest.trap("loop", &[77]), Trap::IntegerDivideByZero);
        assert_eq!(guest.global("g").i32(), Some(77));
        assert_eq!(guest.global("h").i64(), Some(77));
        let memory = guest.memory("m");
        assert!(memory[..=77].iter().all(|&b| b == 7) && memory[78] == 0);

        for back in 1..8 {
            guest.memory("m").fill(0);
            assert_eq!(guest.trap("around", &[65536 - back]), Trap::MemoryOutOfBounds);
            let memory = guest.memory("m");
            assert_eq!(&memory[96..112], [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
            assert!(memory[65528..].iter().all(|&b| b == 0), "half a store was done");
            assert_eq!(guest.global("g").i32(), Some(1));
        }
        for back in 1..16 {
            assert_eq!(guest.trap("vector", &[65536 - back]), Trap::MemoryOutOfBounds);
            assert!(guest.memory("m")[65520..].iter().all(|&b| b == 0), "half a store was done");
            assert_eq!(guest.global("g").i32(), Some(3));
        }
    });
}

fn names(backtrace: &WasmBacktrace) -> Vec<String> {
    let name = |f: &waxwing::WasmFrame| f.func_name.clone().unwrap_or_default();
    backtrace.frames().iter().map(name).collect()
}

/// Where a sequence of bytes ends in a module.
fn after(binary: &[u8], sequence: &[u8]) -> u32 {
    let at = binary.windows(sequence.len()).position(|w| w == sequence).expect("the sequence");
    (at + sequence.len()) as u32
}

#[test]
fn backtraces_name_functions_and_places() {
    each_plan(|engine| {
        let binary = wat::parse_str(
            r#"(module $mod
                (func $inner (drop (i32.const 0x1111)) (unreachable))
                (func $middle (param i32) (result i32)
                    (drop (i32.const 0x2222)) (call $inner) (i32.const 1))
                (func $outer (export "run") (result i32)
                    (drop (i32.const 0x3333)) (drop (call $middle (i32.const 1))) (i32.const 2)))"#,
        )
        .expect("text");
        let mut guest = Guest::new(engine, &binary);
        let error = guest.try_call("run", &[]).expect_err("a trap");
        let backtrace = error.backtrace().expect("a backtrace");
        assert_eq!(names(backtrace), ["inner", "middle", "outer"]);
        let frames = backtrace.frames();
        assert_eq!(frames.iter().map(|f| f.func_index).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(frames.iter().all(|f| f.module_name.as_deref() == Some("mod")));
        // `i32.const; drop; op`, and for the last also `i32.const 1` before the call.
        let offsets = [
            after(&binary, &[0x41, 0x91, 0x22, 0x1a]),
            after(&binary, &[0x41, 0xa2, 0xc4, 0, 0x1a]),
            after(&binary, &[0x41, 0xb3, 0xe6, 0, 0x1a, 0x41, 1]),
        ];
        assert_eq!(frames.iter().map(|f| f.offset).collect::<Vec<_>>(), offsets.map(Some));
        let text = format!("{error:?}");
        assert!(text.starts_with("unreachable\nwasm backtrace:\n    0: "), "{text}");
        assert!(text.contains("mod!middle"), "{text}");
    });
}

#[test]
fn backtraces_go_through_host_frames_and_other_modules() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_wrap("host", "again", |mut caller: waxwing::Caller<'_, ()>| {
                let f = caller.get_export("inner").expect("an export");
                let waxwing::Extern::Func(f) = f else { panic!("a function") };
                f.call(&mut caller, &[], &mut [])
            })
            .expect("a new name");
        let mut store = Store::new(engine, ());
        let library = Module::new(
            engine,
            r#"(module $library (func $divide (export "divide") (param i32)
                (drop (i32.div_u (i32.const 1) (local.get 0)))))"#,
        )
        .expect("a module");
        let library = linker.instantiate(&mut store, &library).expect("an instance");
        linker.instance(&mut store, "library", library).expect("a new name");
        let main = Module::new(
            engine,
            r#"(module $main
                (import "host" "again" (func $again))
                (import "library" "divide" (func $divide (param i32)))
                (func $inner (export "inner") (call $divide (i32.const 0)))
                (func $outer (export "outer") (call $again)))"#,
        )
        .expect("a module");
        let main = linker.instantiate(&mut store, &main).expect("an instance");
        let outer = main.get_typed_func::<(), ()>(&mut store, "outer").expect("a function");
        let error = outer.call(&mut store, ()).expect_err("a trap");
        assert_eq!(error.trap(), Some(Trap::IntegerDivideByZero));
        let backtrace = error.backtrace().expect("a backtrace");
        assert_eq!(names(backtrace), ["divide", "inner", "outer"]);
        assert_eq!(backtrace.frames()[0].module_name.as_deref(), Some("library"));
        assert_eq!(backtrace.frames()[2].module_name.as_deref(), Some("main"));
    });
}

/// A guest that a C compiler made with debugging information.
#[test]
fn backtraces_name_source_lines() {
    each_plan(|engine| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/guests/traps.wasm");
        let module = Module::from_file(engine, path).expect("a module");
        let mut linker: Linker<()> = Linker::new(engine);
        // Its arguments say which trap: `unreachable`. Whatever else it imports fails.
        for import in &module.facts().imports {
            let waxwing_type = match import.ty {
                waxwing::ImportType::Func(ty) => module.facts().signature(ty).clone(),
                _ => panic!("only functions are imported"),
            };
            let name = import.name.clone();
            linker
                .func_new(&import.module, &import.name, waxwing_type, move |caller, args, out| {
                    arguments(&name, caller, args);
                    out.iter_mut().for_each(|o| *o = Val::I32(0));
                    Ok(())
                })
                .expect("a new name");
        }
        let mut store = Store::new(engine, ());
        let instance = linker.instantiate(&mut store, &module).expect("an instance");
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("a function");
        let error = start.call(&mut store, ()).expect_err("a trap");
        assert_eq!(error.trap(), Some(Trap::Unreachable), "{error:?}");
        let frames = error.backtrace().expect("a backtrace").frames();
        // Each frame has its own line, that of a function that is inlined too.
        let source = include_str!("../../../../tests/guests/traps.c");
        let line = |text: &str| 1 + source.lines().position(|l| l.trim() == text).expect(text);
        let found: Vec<_> =
            frames.iter().map(|f| (f.func_name.as_deref(), f.locations.last())).collect();
        for ((name, text), (found, location)) in [
            ("give_up", "__builtin_trap();"),
            ("choose", r#"if (same(how, "unreachable")) give_up();"#),
            ("act", r#"say(choose(how) ? "something returned\n" : "nothing happened\n");"#),
            ("_start", "act((int)count, argv);"),
        ]
        .into_iter()
        .zip(found)
        {
            let place = format!("traps.c:{}:", line(text));
            assert_eq!(found, Some(name), "{error:?}");
            assert!(location.is_some_and(|l| l.contains(&place)), "{name} {place}: {error:?}");
        }
        let lines: Vec<&String> = frames.iter().flat_map(|f| &f.locations).collect();
        assert!(lines.iter().any(|l| l.contains("traps.c:")), "{error:?}");
        assert!(frames.iter().any(|f| f.func_name.as_deref() == Some("act")), "{error:?}");
    });
}

/// WASI's `args_get` and `args_sizes_get` for the arguments `traps unreachable`.
fn arguments(name: &str, mut caller: waxwing::Caller<'_, ()>, args: &[Val]) {
    const TEXT: &[u8] = b"traps\0unreachable\0";
    let at = |i: usize| args[i].i32().expect("an address") as usize;
    let Some((memory, ())) = caller.memory_and_data() else { panic!("a memory") };
    let mut word = |at: usize, value: usize| {
        memory[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
    };
    match name {
        "args_sizes_get" => {
            word(at(0), 2);
            word(at(1), TEXT.len());
        }
        "args_get" => {
            word(at(0), at(1));
            word(at(0) + 4, at(1) + 6);
            memory[at(1)..][..TEXT.len()].copy_from_slice(TEXT);
        }
        _ => {}
    }
}
