//! Imports: what does not fit is told, what fits is shared.

use waxwing::{
    Caller, Extern, Func, Global, GlobalType, Instance, Linker, Module, Store, Val, ValType,
};
use waxwing_testkit::{each_plan, engine, module};

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let engine = engine(Default::default());
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.func_wrap("a", "typed", |_: i32| 0i64).expect("a new name");
    let module = module(
        &engine,
        r#"(module
            (import "a" "gone" (func (param i32) (result f64)))
            (import "a" "typed" (func (param i64)))
            (import "a" "typed" (memory 1))
            (import "b" "mem" (memory 2 3))
            (import "b" "tab" (table 1 externref))
            (import "b" "glob" (global (mut v128)))
            (import "wasi_snapshot_preview1" "fd_write" (func)))"#,
    );
    let mut store = Store::new(&engine, ());
    let error = linker.instantiate(&mut store, &module).expect_err("imports").to_string();
    for part in [
        "7 imports of the module",
        r#""a" "gone": missing; wanted: func (i32) -> (f64)"#,
        r#""a" "typed": incompatible import type: wanted func (i64) -> (), found func (i32) -> (i64)"#,
        r#""b" "mem": missing; wanted: memory of 2 to 3 pages"#,
        r#""b" "tab": missing; wanted: table of 1 or more externref"#,
        r#""b" "glob": missing; wanted: global mut v128"#,
        "WASI preview 1 provides it",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
    assert!(linker.func_wrap("a", "typed", || {}).is_err(), "a taken name");
    let one_by_one = Instance::instantiate(&mut store, &module, &[]).expect_err("imports");
    assert!(one_by_one.to_string().contains("7 imports, 0 were given"), "{one_by_one}");
}

#[test]
fn globals_are_shared() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let mut linker: Linker<()> = Linker::new(engine);
        for (name, value) in [
            ("i32", Val::I32(1)),
            ("i64", Val::I64(2)),
            ("f32", Val::from(3.0f32)),
            ("f64", Val::from(4.0f64)),
            ("v128", Val::V128(waxwing::V128(5))),
            ("funcref", Val::FuncRef(None)),
            ("externref", Val::ExternRef(None)),
        ] {
            let ty = GlobalType { content: value.ty(), mutable: true };
            let global = Global::new(&mut store, ty, value.clone()).expect("a global");
            linker.define("g", name, global).expect("a new name");
            let text = format!(
                r#"(module (import "g" "{name}" (global $g (mut {name}))) (export "g" (global $g))
                    (func (export "get") (result {name}) (global.get $g))
                    (func (export "set") (param {name}) (global.set $g (local.get 0))))"#
            );
            let one = linker.instantiate(&mut store, &module(engine, &text)).expect("an instance");
            let two = linker.instantiate(&mut store, &module(engine, &text)).expect("an instance");
            let zero = Val::default_of(value.ty());
            let set = one.get_func(&mut store, "set").expect("a function");
            let get = two.get_func(&mut store, "get").expect("a function");
            let mut out = [Val::I32(-1)];
            get.call(&mut store, &[], &mut out).expect("it runs");
            assert_eq!(format!("{:?}", out[0]), format!("{value:?}"));
            set.call(&mut store, std::slice::from_ref(&zero), &mut []).expect("it runs");
            assert_eq!(format!("{:?}", global.get(&mut store)), format!("{zero:?}"));
            global.set(&mut store, value.clone()).expect("a mutable global");
            get.call(&mut store, &[], &mut out).expect("it runs");
            assert_eq!(format!("{:?}", out[0]), format!("{value:?}"));
            let same = two.get_global(&mut store, "g").expect("a global");
            assert_eq!(format!("{:?}", same.get(&mut store)), format!("{value:?}"));
            global.set(&mut store, Val::default_of(other(value.ty()))).expect_err("another type");
        }
    });
}

fn other(ty: ValType) -> ValType {
    if ty == ValType::I32 { ValType::I64 } else { ValType::I32 }
}

#[test]
fn an_immutable_global_cannot_be_set() {
    let engine = engine(Default::default());
    let mut store = Store::new(&engine, ());
    let ty = GlobalType { content: ValType::I32, mutable: false };
    let global = Global::new(&mut store, ty, Val::I32(1)).expect("a global");
    global.set(&mut store, Val::I32(2)).expect_err("not mutable");
    assert_eq!(global.get(&mut store).i32(), Some(1));
    Global::new(&mut store, ty, Val::I64(1)).expect_err("another type");
}

/// A start function that fails ends the instantiation; what it wrote stays.
#[test]
fn a_start_function_may_fail() {
    each_plan(|engine| {
        let mut store = Store::new(engine, 0u32);
        let mut linker: Linker<u32> = Linker::new(engine);
        linker
            .func_wrap("h", "note", |mut caller: Caller<'_, u32>| *caller.data_mut() += 1)
            .expect("a new name");
        let bad = module(
            engine,
            r#"(module (import "h" "note" (func $note)) (func $go (call $note) (unreachable)) (start $go))"#,
        );
        let error = linker.instantiate(&mut store, &bad).expect_err("a trap");
        assert_eq!(error.trap(), Some(waxwing::Trap::Unreachable));
        assert_eq!(*store.data(), 1);
        // An imported start function.
        let good = module(engine, r#"(module (import "h" "note" (func $note)) (start $note))"#);
        linker.instantiate(&mut store, &good).expect("an instance");
        assert_eq!(*store.data(), 2);
    });
}

/// The same module under another engine's name, and functions that stores do not share.
#[test]
fn a_foreign_store_is_found_out() {
    let engine = engine(Default::default());
    let module = Module::new(&engine, r#"(module (func (export "f")))"#).expect("a module");
    let linker: Linker<()> = Linker::new(&engine);
    let mut one = Store::new(&engine, ());
    let mut two = Store::new(&engine, ());
    let instance = linker.instantiate(&mut one, &module).expect("an instance");
    let f = instance.get_typed_func::<(), ()>(&mut one, "f").expect("a function");
    let misuse = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f.call(&mut two, ())));
    assert!(misuse.is_err(), "a function ran in a store that it does not belong to");
    f.call(&mut one, ()).expect("it runs");
}

#[test]
fn instances_of_a_prepared_module_are_apart() {
    each_plan(|engine| {
        let mut linker: Linker<u32> = Linker::new(engine);
        linker
            .func_wrap("h", "add", |mut c: Caller<'_, u32>, n: u32| *c.data_mut() += n)
            .expect("new");
        let module = module(
            engine,
            r#"(module (import "h" "add" (func $add (param i32)))
                (global $g (mut i32) (i32.const 0))
                (func (export "f") (result i32)
                    (call $add (i32.const 3))
                    (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))"#,
        );
        let mut first = Store::new(engine, 0);
        let prepared = linker.instantiate_pre(&mut first, &module).expect("imports");
        for round in 1..4 {
            let mut store = Store::new(engine, 10);
            let a = prepared.instantiate(&mut store).expect("an instance");
            let b = prepared.instantiate(&mut store).expect("an instance");
            let f = a.get_typed_func::<(), i32>(&mut store, "f").expect("a function");
            let g = b.get_typed_func::<(), i32>(&mut store, "f").expect("a function");
            assert_eq!(f.call(&mut store, ()).expect("it runs"), 1, "round {round}");
            assert_eq!(f.call(&mut store, ()).expect("it runs"), 2);
            assert_eq!(g.call(&mut store, ()).expect("it runs"), 1);
            assert_eq!(*store.data(), 19);
        }
    });
}

/// The C interface tells things apart by these numbers.
#[test]
fn what_is_imported_and_exported_again_is_the_same() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let mut linker: Linker<()> = Linker::new(engine);
        let text = r#"(module
            (func (export "f")) (func (export "g"))
            (memory (export "m") 1) (table (export "t") 1 funcref)
            (global (export "n") i32 (i32.const 0)) (tag (export "e")))"#;
        let owner = module(engine, text);
        let owner = Instance::instantiate(&mut store, &owner, &[]).expect("an instance");
        linker.instance(&mut store, "o", owner).expect("new names");
        let (host, other) = (Func::wrap(&mut store, || {}), Func::wrap(&mut store, || {}));
        linker.define("h", "f", host).expect("a new name");
        let user = module(
            engine,
            r#"(module
                (import "o" "f" (func $f)) (import "h" "f" (func $h))
                (import "o" "m" (memory 1)) (import "o" "t" (table 1 funcref))
                (import "o" "n" (global i32)) (import "o" "e" (tag))
                (export "f" (func $f)) (export "h" (func $h)) (export "m" (memory 0))
                (export "t" (table 0)) (export "n" (global 0)) (export "e" (tag 0)))"#,
        );
        let user = linker.instantiate(&mut store, &user).expect("an instance");
        let func = |store: &mut Store<()>, of: &Instance, name| {
            let func = of.get_func(&mut *store, name).expect("a function");
            func.identity(&*store)
        };
        let f = func(&mut store, &owner, "f");
        assert_ne!(f, func(&mut store, &owner, "g"));
        assert_eq!(f, func(&mut store, &user, "f"));
        assert_ne!(host.identity(&store), other.identity(&store));
        assert_eq!(host.identity(&store), func(&mut store, &user, "h"));
        assert_ne!(owner.identity(), user.identity());
        for name in ["m", "t", "n", "e"] {
            let number = |store: &mut Store<()>, of: &Instance| match of.get_export(store, name) {
                Some(Extern::Memory(m)) => m.identity(),
                Some(Extern::Table(t)) => t.identity(),
                Some(Extern::Global(g)) => g.identity(),
                Some(Extern::Tag(t)) => t.identity(),
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!(number(&mut store, &owner), number(&mut store, &user), "{name}");
        }
        // The bytes are where the address says.
        let memory = user.get_memory(&mut store, "m").expect("a memory");
        memory.data_mut(&mut store)[7] = 9;
        assert_eq!(memory.data_ptr(&store).cast_const(), memory.data(&store).as_ptr());
        assert_eq!(memory.data_size(&store), 65536);
    });
}

#[test]
fn frames_name_their_module_and_where_the_function_begins() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let text = r#"(module (memory 1) (func (export "f")
            (i32.store (i32.const 8) (i32.const 1)) (unreachable)))"#;
        let (one, two) = (module(engine, text), module(engine, text));
        assert_ne!(one.identity(), two.identity());
        assert_eq!(one.identity(), one.clone().identity());
        let instance = Instance::instantiate(&mut store, &two, &[]).expect("an instance");
        let f = instance.get_typed_func::<(), ()>(&mut store, "f").expect("a function");
        let error = f.call(&mut store, ()).expect_err("it traps");
        let frame = &error.backtrace().expect("a trace").frames()[0];
        assert_eq!(frame.module_identity, two.identity());
        // `i32.store` is three bytes long: the instruction, the alignment, the offset.
        assert_eq!(frame.offset.zip(frame.func_start).map(|(at, start)| at - start), Some(3));
    });
}
