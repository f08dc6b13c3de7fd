//! Memories and tables with 64-bit addresses, and memories with pages of one byte: their bounds, between
//! each other, and as imports.

use waxwing::{
    Config, Engine, Instance, Limits, Memory, MemoryPlan, MemoryType, Module, RefType, Store,
    Table, TableType, Trap, Val,
};

fn each_plan(test: impl Fn(&Engine)) {
    for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
        test(&Engine::new(Config::new().memory_plan(plan)).expect("an engine"));
    }
}

fn guest(engine: &Engine, text: &str) -> (Store<()>, Instance) {
    let module = Module::new(engine, text).expect("a module");
    let mut store = Store::new(engine, ());
    let instance = Instance::instantiate(&mut store, &module, &[]).expect("an instance");
    (store, instance)
}

/// Calls an export with integers; gives its only result, zero if there is none, or the trap.
fn call(store: &mut Store<()>, guest: &Instance, name: &str, args: &[i64]) -> Result<i64, Trap> {
    let func = guest.get_func(&mut *store, name).expect("an export");
    let ty = func.ty(&*store);
    let args: Vec<Val> = args
        .iter()
        .zip(&ty.params)
        .map(|(&v, &ty)| if ty == waxwing::ValType::I64 { v.into() } else { (v as i32).into() })
        .collect();
    let mut results: Vec<Val> = ty.results.iter().map(|&t| Val::default_of(t)).collect();
    func.call(store, &args, &mut results).map_err(|e| e.trap().expect("a trap"))?;
    Ok(results.first().map_or(0, |v| v.i64().or(v.i32().map(i64::from)).unwrap_or(0)))
}

#[test]
fn addresses_of_64_bits_never_wrap() {
    let text = r#"(module
        (memory i64 1 3) (memory $narrow 1)
        (data $d "abcdef")
        (func (export "load") (param i64) (result i64) (i64.load offset=16 (local.get 0)))
        (func (export "far") (param i64) (result i32)
            (i32.load8_u offset=0xffffffffffffffff (local.get 0)))
        (func (export "store") (param i64 i32) (i32.store8 (local.get 0) (local.get 1)))
        (func (export "atomic") (param i64) (result i32)
            (i32.atomic.rmw.add offset=4 (local.get 0) (i32.const 1)))
        (func (export "notify") (param i64) (result i32)
            (memory.atomic.notify offset=8 (local.get 0) (i32.const 1)))
        (func (export "init") (param i64 i32 i32)
            (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
        (func (export "fill") (param i64 i64)
            (memory.fill (local.get 0) (i32.const 9) (local.get 1)))
        (func (export "narrow") (param i64 i32 i32)
            (memory.copy 0 $narrow (local.get 0) (local.get 1) (local.get 2)))
        (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
        (func (export "size") (result i64) (memory.size)))"#;
    each_plan(|engine| {
        let (mut store, guest) = guest(engine, text);
        let mut run = |name: &str, args: &[i64]| call(&mut store, &guest, name, args);
        let outside = Err(Trap::MemoryOutOfBounds);
        assert_eq!(run("load", &[65536 - 24]), Ok(0));
        for address in [65536 - 23, 1 << 32, i64::MAX, -1, -16, -24, i64::MIN] {
            assert_eq!(run("load", &[address]), outside, "{address:#x}");
        }
        for address in [0, 1, -1] {
            assert_eq!(run("far", &[address]), outside, "{address:#x}");
        }
        assert_eq!(run("atomic", &[65536 - 8]), Ok(0));
        assert_eq!(run("atomic", &[-4]), outside, "the sum wraps to 0");
        assert_eq!(run("atomic", &[1]), Err(Trap::UnalignedAtomic));
        assert_eq!(run("notify", &[65536 - 12]), Ok(0));
        assert!(run("notify", &[-8]).is_err(), "the sum wraps to 0");
        assert_eq!(run("init", &[65536 - 6, 0, 6]), Ok(0));
        assert_eq!(run("init", &[-1, 0, 2]), outside);
        assert_eq!(run("init", &[0, -1, 2]), outside);
        for (at, n) in [(-1, 1), (1, -1), (65537, 0), (i64::MIN, i64::MIN)] {
            assert_eq!(run("fill", &[at, n]), outside, "{at:#x} {n:#x}");
        }
        assert_eq!(run("fill", &[65536, 0]), Ok(0));
        assert_eq!(run("narrow", &[0, 65535, 1]), Ok(0));
        for args in [[0, 65535, 2], [-1, 0, 1], [1 << 32, 0, 1], [0, -1, 1], [0, 0, -1]] {
            assert_eq!(run("narrow", &args), outside, "{args:x?}");
        }
        for delta in [3, 1 << 32, i64::MAX, -1] {
            assert_eq!(run("grow", &[delta]), Ok(-1), "{delta:#x}");
        }
        assert_eq!((run("grow", &[2]), run("size", &[])), (Ok(1), Ok(3)));
        assert_eq!(run("store", &[3 * 65536 - 1, 7]), Ok(0));
        assert_eq!(run("store", &[3 * 65536, 7]), outside);
    });
}

#[test]
fn indices_of_64_bits_never_wrap() {
    let text = r#"(module
        (type $f (func (result i32)))
        (table $wide i64 4 8 funcref) (table $narrow 4 funcref)
        (elem (table $wide) (i64.const 1) func $one)
        (elem $e func $one $two)
        (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
        (func (export "call") (param i64) (result i32)
            (call_indirect $wide (type $f) (local.get 0)))
        (func (export "null") (param i64) (result i32)
            (ref.is_null (table.get $wide (local.get 0))))
        (func (export "set") (param i64) (table.set $wide (local.get 0) (ref.func $two)))
        (func (export "init") (param i64 i32 i32)
            (table.init $wide $e (local.get 0) (local.get 1) (local.get 2)))
        (func (export "fill") (param i64 i64)
            (table.fill $wide (local.get 0) (ref.null func) (local.get 1)))
        (func (export "down") (param i32 i64 i32)
            (table.copy $narrow $wide (local.get 0) (local.get 1) (local.get 2)))
        (func (export "grow") (param i64) (result i64)
            (table.grow $wide (ref.func $two) (local.get 0)))
        (func (export "size") (result i64) (table.size $wide))
        (func (export "narrow") (param i32) (result i32)
            (call_indirect $narrow (type $f) (local.get 0))))"#;
    each_plan(|engine| {
        let (mut store, guest) = guest(engine, text);
        let mut run = |name: &str, args: &[i64]| call(&mut store, &guest, name, args);
        let outside = Err(Trap::TableOutOfBounds);
        assert_eq!(run("call", &[1]), Ok(1));
        assert_eq!(run("call", &[0]), Err(Trap::UninitializedElement));
        for index in [4, 1 << 32 | 1, 1 << 59 | 1, -1, i64::MIN | 1] {
            assert_eq!(run("call", &[index]), Err(Trap::UndefinedElement), "{index:#x}");
            assert_eq!(run("null", &[index]), outside, "{index:#x}");
            assert_eq!(run("set", &[index]), outside, "{index:#x}");
        }
        assert_eq!(run("null", &[1]), Ok(0));
        assert_eq!(run("init", &[2, 0, 2]), Ok(0));
        assert_eq!(run("call", &[3]), Ok(2));
        assert_eq!(run("down", &[0, 1, 3]), Ok(0));
        assert_eq!(run("narrow", &[2]), Ok(2));
        for args in [[0, -1, 2], [0, 1 << 32, 1], [-1, 0, 1], [0, 0, -1]] {
            assert_eq!(run("down", &args), outside, "{args:x?}");
        }
        for args in [[-1, 0, 2], [1 << 32, 0, 1], [0, -1, 2], [0, 0, -1]] {
            assert_eq!(run("init", &args), outside, "{args:x?}");
        }
        for args in [[-1, 1], [1, -1], [5, 0], [i64::MIN, i64::MIN]] {
            assert_eq!(run("fill", &args), outside, "{args:x?}");
        }
        for delta in [5, 1 << 32, -1, i64::MIN] {
            assert_eq!(run("grow", &[delta]), Ok(-1), "{delta:#x}");
        }
        assert_eq!((run("grow", &[4]), run("size", &[])), (Ok(4), Ok(8)));
        assert_eq!(run("call", &[7]), Ok(2));
    });
}

#[test]
fn pages_of_one_byte_have_exact_bounds() {
    let text = r#"(module
        (memory (export "m") 10 5000 (pagesize 1))
        (data (i32.const 6) "abcd") (data $d "xyz")
        (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func (export "last") (result i32) (i32.load8_u (i32.const 9)))
        (func (export "beyond") (result i32) (i32.load8_u (i32.const 10)))
        (func (export "init") (param i32) (memory.init $d (local.get 0) (i32.const 0) (i32.const 3)))
        (func (export "fill") (param i32 i32)
            (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "size") (result i32) (memory.size)))"#;
    each_plan(|engine| {
        let (mut store, guest) = guest(engine, text);
        let mut run = |name: &str, args: &[i64]| call(&mut store, &guest, name, args);
        let outside = Err(Trap::MemoryOutOfBounds);
        assert_eq!(run("load", &[6]), Ok(0x6463_6261));
        for address in [7, 9, 10, 4096, -1, -4] {
            assert_eq!(run("load", &[address]), outside, "{address}");
        }
        assert_eq!((run("last", &[]), run("beyond", &[])), (Ok(0x64), outside));
        assert_eq!((run("init", &[7]), run("init", &[8])), (Ok(0), outside));
        assert_eq!((run("fill", &[0, 10]), run("fill", &[0, 11])), (Ok(0), outside));
        assert_eq!((run("grow", &[1]), run("size", &[])), (Ok(10), Ok(11)));
        assert_eq!((run("beyond", &[]), run("load", &[8])), (Ok(0), outside));
        assert_eq!((run("grow", &[4989]), run("size", &[])), (Ok(11), Ok(5000)));
        assert_eq!((run("load", &[4996]), run("load", &[4997])), (Ok(0), outside));
        assert_eq!((run("grow", &[1]), run("grow", &[-1])), (Ok(-1), Ok(-1)));
        let memory = guest.get_memory(&mut store, "m").expect("an export");
        assert_eq!((memory.size(&store), memory.data(&store).len()), (5000, 5000));
    });
}

#[test]
fn imports_match_by_address_and_page() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let limits = Limits { min: 2, max: Some(4) };
        let narrow = MemoryType::new(limits);
        let wide = MemoryType { memory64: true, ..narrow };
        let bytes = MemoryType { page_size_log2: 0, ..narrow };
        let memories = [narrow, wide, bytes].map(|ty| Memory::new(&mut store, ty).unwrap());
        let imports = ["2 4", "i64 2 4", "2 4 (pagesize 1)"];
        for (i, import) in imports.iter().enumerate() {
            let text = format!(r#"(module (import "" "" (memory {import})))"#);
            let module = Module::new(engine, text).unwrap();
            for (j, &memory) in memories.iter().enumerate() {
                let made = Instance::instantiate(&mut store, &module, &[memory.into()]);
                assert_eq!(made.is_ok(), i == j, "{import}: {j}");
            }
        }
        let narrow = TableType::new(RefType::FUNCREF, limits);
        for table64 in [false, true] {
            let ty = TableType { table64, ..narrow };
            let table = Table::new(&mut store, ty, Val::FuncRef(None)).unwrap();
            for (import, wide) in [("2 4", false), ("i64 2 4", true)] {
                let text = format!(r#"(module (import "" "" (table {import} funcref)))"#);
                let module = Module::new(engine, text).unwrap();
                let made = Instance::instantiate(&mut store, &module, &[table.into()]);
                assert_eq!(made.is_ok(), wide == table64, "{import}");
            }
        }
    });
}

#[test]
fn memories_that_no_system_has_are_errors() {
    each_plan(|engine| {
        for text in
            ["(module (memory i64 0x800000000))", "(module (table i64 0x10000000000 funcref))"]
        {
            let module = Module::new(engine, text).expect("a module");
            let made = Instance::instantiate(Store::new(engine, ()), &module, &[]);
            assert!(made.is_err(), "{text}");
        }
        let huge = Limits { min: 1 << 48, max: None };
        let ty = MemoryType { memory64: true, ..MemoryType::new(huge) };
        assert!(Memory::new(Store::new(engine, ()), ty).is_err());
    });
}
