//! Tables: entries that are filled in when they are looked at, and every way to write them.

use waxwing::{
    Caller, ExternRef, Func, FuncType, Limits, Linker, RefType, Store, Table, TableType,
};
use waxwing::{Trap, Val, ValType};
use waxwing_testkit::{Guest, each_plan, module};

const TEXT: &str = r#"(module
    (type $f (func (result i32)))
    (table $t (export "t") 8 16 funcref)
    (table $u (export "u") 8 funcref)
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func $three (result i32) (i32.const 3))
    (func $other (param i64))
    (elem (table $t) (i32.const 0) func $one $two $one $other)
    (elem (table $t) (i32.const 2) func $three)
    (elem $p func $two $three)
    (elem declare func $three)
    (func (export "call") (param i32) (result i32) (call_indirect $t (type $f) (local.get 0)))
    (func (export "call_u") (param i32) (result i32) (call_indirect $u (type $f) (local.get 0)))
    (func (export "is_null") (param i32) (result i32) (ref.is_null (table.get $t (local.get 0))))
    (func (export "set_null") (param i32) (table.set $t (local.get 0) (ref.null func)))
    (func (export "set_three") (param i32) (table.set $t (local.get 0) (ref.func $three)))
    (func (export "move") (param i32 i32)
        (table.set $t (local.get 0) (table.get $t (local.get 1))))
    (func (export "copy") (param i32 i32 i32)
        (table.copy $u $t (local.get 0) (local.get 1) (local.get 2)))
    (func (export "shift") (param i32 i32 i32)
        (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
    (func (export "init") (param i32 i32 i32)
        (table.init $t $p (local.get 0) (local.get 1) (local.get 2)))
    (func (export "drop") (elem.drop $p))
    (func (export "fill") (param i32 i32)
        (table.fill $t (local.get 0) (ref.func $three) (local.get 1)))
    (func (export "grow") (param i32) (result i32)
        (table.grow $t (ref.func $three) (local.get 0)))
    (func (export "size") (result i32) (table.size $t)))"#;

#[test]
fn calls_through_bad_entries_trap() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, TEXT);
        for _ in 0..2 {
            assert_eq!(guest.trap("call", &[8]), Trap::UndefinedElement);
            assert_eq!(guest.trap("call", &[-1]), Trap::UndefinedElement);
            assert_eq!(guest.trap("call", &[4]), Trap::UninitializedElement);
            assert_eq!(guest.trap("call", &[3]), Trap::IndirectCallTypeMismatch);
            assert_eq!(guest.trap("call_u", &[0]), Trap::UninitializedElement);
        }
        guest.call("set_null", &[0]);
        assert_eq!(guest.trap("call", &[0]), Trap::UninitializedElement);
        assert_eq!(guest.trap("set_null", &[8]), Trap::TableOutOfBounds);
        assert_eq!(guest.trap("move", &[0, 8]), Trap::TableOutOfBounds);
    });
}

#[test]
fn entries_begin_as_the_last_segment_says() {
    each_plan(|engine| {
        for looked_at in [false, true] {
            let mut guest = Guest::new(engine, TEXT);
            if looked_at {
                let nulls: Vec<i32> = (0..8).map(|i| guest.call("is_null", &[i])).collect();
                assert_eq!(nulls, [0, 0, 0, 0, 1, 1, 1, 1]);
            }
            let values: Vec<i32> = (0..3).map(|i| guest.call("call", &[i])).collect();
            assert_eq!(values, [1, 2, 3]);
        }
    });
}

/// Null that was written is not "not yet written".
#[test]
fn null_that_was_written_stays() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, TEXT);
        guest.call("set_null", &[1]);
        assert_eq!(guest.call("is_null", &[1]), 1);
        guest.call("copy", &[0, 0, 8]);
        assert_eq!(guest.trap("call_u", &[1]), Trap::UninitializedElement);
        assert_eq!((guest.call("call_u", &[0]), guest.call("call_u", &[2])), (1, 3));
        guest.call("move", &[0, 1]);
        assert_eq!(guest.call("is_null", &[0]), 1);
        guest.call("set_three", &[1]);
        assert_eq!(guest.call("call", &[1]), 3);
    });
}

#[test]
fn entries_are_copied_before_anyone_looked_at_them() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, TEXT);
        guest.call("copy", &[4, 0, 3]);
        assert_eq!([4, 5, 6].map(|i| guest.call("call_u", &[i])), [1, 2, 3]);
        guest.call("shift", &[1, 0, 3]);
        assert_eq!([0, 1, 2, 3].map(|i| guest.call("call", &[i])), [1, 1, 2, 3]);
        guest.call("shift", &[0, 1, 3]);
        assert_eq!([0, 1, 2, 3].map(|i| guest.call("call", &[i])), [1, 2, 3, 3]);
        assert_eq!(guest.trap("shift", &[6, 0, 3]), Trap::TableOutOfBounds);
        assert_eq!(guest.trap("copy", &[0, 6, 3]), Trap::TableOutOfBounds);
        assert_eq!(guest.trap("copy", &[9, 0, 0]), Trap::TableOutOfBounds);
        guest.call("copy", &[8, 8, 0]);
    });
}

#[test]
fn init_fill_and_grow() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, TEXT);
        assert_eq!(guest.trap("init", &[7, 0, 2]), Trap::TableOutOfBounds);
        assert_eq!(guest.call("is_null", &[7]), 1);
        guest.call("init", &[6, 0, 2]);
        assert_eq!([6, 7].map(|i| guest.call("call", &[i])), [2, 3]);
        guest.call("drop", &[]);
        assert_eq!(guest.trap("init", &[0, 0, 1]), Trap::TableOutOfBounds);
        guest.call("init", &[0, 0, 0]);
        assert_eq!(guest.trap("fill", &[7, 2]), Trap::TableOutOfBounds);
        guest.call("fill", &[4, 2]);
        assert_eq!([4, 5].map(|i| guest.call("call", &[i])), [3, 3]);
        assert_eq!((guest.call("grow", &[9]), guest.call("grow", &[-1])), (-1, -1));
        assert_eq!((guest.call("grow", &[8]), guest.call("size", &[])), (8, 16));
        assert_eq!([0, 1, 15].map(|i| guest.call("call", &[i])), [1, 2, 3]);
        assert_eq!(guest.trap("call", &[16]), Trap::UndefinedElement);
        assert_eq!(guest.call("grow", &[1]), -1);
    });
}

#[test]
fn the_host_sees_and_writes_entries() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, TEXT);
        let table = guest.instance.get_table(&mut guest.store, "t").expect("a table");
        let Some(Val::FuncRef(Some(two))) = table.get(&mut guest.store, 1) else {
            panic!("a function that nobody looked at before")
        };
        let mut out = [Val::I32(0)];
        two.call(&mut guest.store, &[], &mut out).expect("it runs");
        assert_eq!(out[0].i32(), Some(2));
        assert!(matches!(table.get(&mut guest.store, 4), Some(Val::FuncRef(None))));
        assert!(table.get(&mut guest.store, 8).is_none());
        table.set(&mut guest.store, 0, Val::FuncRef(Some(two))).expect("in bounds");
        assert_eq!(guest.call("call", &[0]), 2);
        table.set(&mut guest.store, 1, Val::FuncRef(None)).expect("in bounds");
        assert_eq!(guest.trap("call", &[1]), Trap::UninitializedElement);
        let host = Func::wrap(&mut guest.store, || 42i32);
        table.set(&mut guest.store, 2, Val::FuncRef(Some(host))).expect("in bounds");
        assert_eq!(guest.call("call", &[2]), 42);
        assert!(table.set(&mut guest.store, 8, Val::FuncRef(None)).is_err());
        assert!(table.set(&mut guest.store, 0, Val::I32(1)).is_err());
        assert!(table.set(&mut guest.store, 0, Val::ExternRef(None)).is_err());
        assert!(table.grow(&mut guest.store, 9, Val::FuncRef(None)).is_err());
        assert_eq!(table.grow(&mut guest.store, 8, Val::FuncRef(Some(host))).expect("room"), 8);
        assert_eq!(guest.call("call", &[15]), 42);
        assert_eq!(table.size(&guest.store), 16);
    });
}

/// The importing instance fills in what the exporting one's segments say.
#[test]
fn imported_tables_are_the_exporters() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, TEXT);
        let mut linker: Linker<()> = Linker::new(engine);
        linker.instance(&mut guest.store, "a", guest.instance).expect("new names");
        let user = module(
            engine,
            r#"(module
                (type $f (func (result i32)))
                (import "a" "t" (table $t 8 funcref))
                (func $five (result i32) (i32.const 5))
                (elem (table $t) (i32.const 4) func $five)
                (func (export "call") (param i32) (result i32)
                    (call_indirect $t (type $f) (local.get 0)))
                (func (export "get") (param i32) (result funcref) (table.get $t (local.get 0)))
                (func (export "set") (param i32) (param funcref)
                    (table.set $t (local.get 0) (local.get 1))))"#,
        );
        let user = linker.instantiate(&mut guest.store, &user).expect("an instance");
        let call = user.get_typed_func::<i32, i32>(&mut guest.store, "call").expect("a function");
        let values: Vec<i32> =
            [2, 1, 0, 4].map(|i| call.call(&mut guest.store, i).expect("it runs")).to_vec();
        assert_eq!(values, [3, 2, 1, 5]);
        assert_eq!(guest.call("call", &[4]), 5);
        let mismatch = call.call(&mut guest.store, 3).expect_err("another type");
        assert_eq!(mismatch.trap(), Some(Trap::IndirectCallTypeMismatch));
        let get =
            user.get_typed_func::<i32, Option<Func>>(&mut guest.store, "get").expect("a function");
        let set = user
            .get_typed_func::<(i32, Option<Func>), ()>(&mut guest.store, "set")
            .expect("a function");
        let two = get.call(&mut guest.store, 1).expect("in bounds");
        set.call(&mut guest.store, (7, two)).expect("in bounds");
        assert_eq!(guest.call("call", &[7]), 2);
        set.call(&mut guest.store, (7, None)).expect("in bounds");
        assert_eq!(guest.trap("call", &[7]), Trap::UninitializedElement);
    });
}

#[test]
fn a_segment_that_does_not_fit_traps_and_keeps_what_came_before() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let limits = Limits { min: 4, max: None };
        let ty = TableType::new(RefType::FUNCREF, limits);
        let table = Table::new(&mut store, ty, Val::FuncRef(None)).expect("a table");
        let mut linker: Linker<()> = Linker::new(engine);
        linker.define("", "t", table).expect("a new name");
        let bad = module(
            engine,
            r#"(module (import "" "t" (table 4 funcref)) (func $f (result i32) (i32.const 6))
                (elem (i32.const 1) $f) (elem (i32.const 3) $f $f) (elem (i32.const 0) $f))"#,
        );
        let error = linker.instantiate(&mut store, &bad).expect_err("a trap");
        assert_eq!(error.trap(), Some(Trap::TableOutOfBounds), "{error:?}");
        assert!(matches!(table.get(&mut store, 0), Some(Val::FuncRef(None))));
        assert!(matches!(table.get(&mut store, 3), Some(Val::FuncRef(None))));
        // The function lives on, although its instance was never handed out.
        let Some(Val::FuncRef(Some(f))) = table.get(&mut store, 1) else { panic!("a function") };
        let mut out = [Val::I32(0)];
        f.call(&mut store, &[], &mut out).expect("it runs");
        assert_eq!(out[0].i32(), Some(6));
    });
}

#[test]
fn tables_hold_host_values() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (table $t (export "t") 2 externref)
                (func (export "get") (param i32) (result externref) (table.get $t (local.get 0)))
                (func (export "set") (param i32 externref)
                    (table.set $t (local.get 0) (local.get 1)))
                (func (export "is_null") (param i32) (result i32)
                    (ref.is_null (table.get $t (local.get 0))))
                (func (export "fill") (param externref)
                    (table.fill $t (i32.const 0) (local.get 0) (table.size $t)))
                (func (export "grow") (param externref) (result i32)
                    (table.grow $t (local.get 0) (i32.const 3))))"#,
        );
        let value = ExternRef::new(String::from("a host value"));
        let held = Val::ExternRef(Some(value.clone()));
        assert_eq!(guest.call("is_null", &[0]), 1);
        guest.try_call("set", &[Val::I32(1), held.clone()]).expect("in bounds");
        let same = |got: &Val| match got {
            Val::ExternRef(Some(got)) => got.ptr_eq(&value),
            _ => false,
        };
        assert!(same(&guest.try_call("get", &[Val::I32(1)]).expect("in bounds")[0]));
        guest.try_call("set", &[Val::I32(1), Val::ExternRef(None)]).expect("in bounds");
        assert_eq!(guest.call("is_null", &[1]), 1);
        assert_eq!(
            guest.try_call("grow", std::slice::from_ref(&held)).expect("room")[0].i32(),
            Some(2)
        );
        let table = guest.instance.get_table(&mut guest.store, "t").expect("a table");
        assert!(same(&table.get(&mut guest.store, 4).expect("in bounds")));
        assert!(table.get(&mut guest.store, 5).is_none());
        guest.try_call("fill", std::slice::from_ref(&held)).expect("in bounds");
        assert!((0..5).all(|i| same(&table.get(&mut guest.store, i).expect("in bounds"))));
        let out = guest.try_call("set", &[Val::I32(5), held]).expect_err("out of bounds");
        assert_eq!(out.trap(), Some(Trap::TableOutOfBounds));
    });
}

/// A host function in a table knows who imported it only if it was imported.
#[test]
fn host_functions_as_values_have_no_importer() {
    each_plan(|engine| {
        let mut linker: Linker<Vec<bool>> = Linker::new(engine);
        linker
            .func_wrap("host", "who", |mut caller: Caller<'_, Vec<bool>>| {
                let known = caller.instance().is_some();
                caller.data_mut().push(known);
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            Vec::new(),
            r#"(module (import "host" "who" (func $who)) (table (export "t") 2 funcref)
                (elem (i32.const 0) $who)
                (func (export "direct") (call $who))
                (func (export "call") (param i32) (call_indirect (local.get 0))))"#,
        );
        let table = guest.instance.get_table(&mut guest.store, "t").expect("a table");
        let ty = FuncType { params: vec![], results: vec![] };
        let own = Func::new(&mut guest.store, ty, |mut caller: Caller<'_, Vec<bool>>, _, _| {
            let known = caller.instance().is_some();
            caller.data_mut().push(known);
            Ok(())
        });
        table.set(&mut guest.store, 1, Val::FuncRef(Some(own))).expect("in bounds");
        guest.call("direct", &[]);
        guest.call("call", &[1]);
        guest.call("call", &[0]);
        assert_eq!(guest.store.data()[..2], [true, false]);
        assert_eq!(table.ty(&guest.store).element, RefType::FUNCREF);
        assert_eq!(ValType::Ref(RefType::FUNCREF).to_string(), "funcref");
    });
}
