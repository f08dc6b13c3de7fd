//! Data segments: images and copies, active, passive and dropped.

use waxwing::{Limits, Linker, Memory, MemoryType, Module, Store, Trap};
use waxwing_testkit::{Guest, each_plan, mappings};

/// Bytes as the text format writes them.
fn bytes(len: usize, seed: u8) -> String {
    (0..len).map(|i| format!("\\{:02x}", (i as u8).wrapping_mul(31) ^ seed)).collect()
}

fn byte(i: usize, seed: u8) -> u8 {
    (i as u8).wrapping_mul(31) ^ seed
}

#[test]
fn segments_that_do_not_fit_trap_and_keep_what_came_before() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let limits = Limits { min: 1, max: None };
        let ty = MemoryType::new(limits);
        let memory = Memory::new(&mut store, ty).expect("a memory");
        let mut linker: Linker<()> = Linker::new(engine);
        linker.define("", "m", memory).expect("a new name");
        let module = Module::new(
            engine,
            r#"(module (import "" "m" (memory 1))
                (data (i32.const 10) "first") (data (i32.const 65535) "xy") (data (i32.const 20) "no"))"#,
        )
        .expect("a module");
        let error = linker.instantiate(&mut store, &module).expect_err("a trap");
        assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds), "{error:?}");
        let data = memory.data(&store);
        assert_eq!((&data[10..15], data[65535], data[20]), (&b"first"[..], 0, 0));

        for text in [
            r#"(module (memory 1) (data (i32.const 65536) "x"))"#,
            r#"(module (memory 1) (data (i32.const -1) ""))"#,
            r#"(module (memory 0) (data (i32.const 0) "x"))"#,
            r#"(module (memory 1) (data (i32.const 0) "fine") (data (i32.const 65533) "abcd"))"#,
        ] {
            let module = Module::new(engine, text).expect("a module");
            let error = linker.instantiate(&mut store, &module).expect_err(text);
            assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds), "{text}: {error:?}");
        }
    });
}

#[test]
fn active_segments_are_written_in_order() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (memory (export "m") 2)
                (data (i32.const 0) "aaaaaaaa") (data (i32.const 2) "bb")
                (data (i32.const 65535) "across") (data (i32.const 200) "global")
                (data (i32.const 3) "c") (data (i32.const 131072) ""))"#,
        );
        let memory = guest.memory("m");
        assert_eq!(&memory[..8], b"aabcaaaa");
        assert_eq!(&memory[65535..65541], b"across");
        assert_eq!(&memory[200..206], b"global");
        assert!(memory[8..200].iter().all(|&b| b == 0) && memory[131071] == 0);
    });
}

/// Large enough to be mapped instead of copied, at a place that is not a page's.
#[test]
fn large_images_are_whole_and_private() {
    const LEN: usize = 300 * 1024;
    each_plan(|engine| {
        let text = format!(
            r#"(module (memory (export "m") 8)
                (data (i32.const 5000) "{}") (data $p "passive")
                (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
                (func (export "init") (param i32 i32 i32)
                    (memory.init $p (local.get 0) (local.get 1) (local.get 2)))
                (func (export "drop") (data.drop $p)))"#,
            bytes(LEN, 1)
        );
        let module = waxwing_testkit::module(engine, &text);
        let check = |memory: &[u8], except: usize| {
            let wrong = (0..memory.len()).find(|&i| {
                let want = if (5000..5000 + LEN).contains(&i) { byte(i - 5000, 1) } else { 0 };
                memory[i] != want && i != except
            });
            assert_eq!(wrong, None);
        };
        let mut store = Store::new(engine, ());
        let linker: Linker<()> = Linker::new(engine);
        let one = linker.instantiate(&mut store, &module).expect("an instance");
        let two = linker.instantiate(&mut store, &module).expect("an instance");
        let write = one.get_typed_func::<(i32, i32), ()>(&mut store, "store").expect("a function");
        write.call(&mut store, (100_000, 1)).expect("in bounds");
        let memory = one.get_memory(&mut store, "m").expect("a memory");
        let other = two.get_memory(&mut store, "m").expect("a memory");
        assert_eq!(memory.data(&store)[100_000], 1);
        check(memory.data(&store), 100_000);
        check(other.data(&store), usize::MAX);
        // What one wrote is in no later instance.
        let three = linker.instantiate(&mut store, &module).expect("an instance");
        let third = three.get_memory(&mut store, "m").expect("a memory");
        check(third.data(&store), usize::MAX);
        let init = three.get_typed_func::<(i32, i32, i32), ()>(&mut store, "init").expect("one");
        init.call(&mut store, (5001, 3, 4)).expect("in bounds");
        assert_eq!(&third.data(&store)[5001..5005], b"sive");
        three
            .get_typed_func::<(), ()>(&mut store, "drop")
            .expect("one")
            .call(&mut store, ())
            .expect("ok");
        let gone = init.call(&mut store, (0, 0, 1)).expect_err("a dropped segment is empty");
        assert_eq!(gone.trap(), Some(Trap::MemoryOutOfBounds));
        init.call(&mut store, (0, 0, 0)).expect("nothing of it is there");
    });
}

#[test]
fn every_memory_has_its_image() {
    const LEN: usize = 200 * 1024;
    each_plan(|engine| {
        let text = format!(
            r#"(module (memory $a (export "a") 4) (memory $b (export "b") 5) (memory $c (export "c") 1)
                (data (memory $a) (i32.const 0) "{}")
                (data (memory $b) (i32.const 65536) "{}")
                (data (memory $c) (i32.const 7) "small"))"#,
            bytes(LEN, 2),
            bytes(LEN, 3)
        );
        let mut guest = Guest::new(engine, text);
        assert!((0..LEN).all(|i| guest.memory("a")[i] == byte(i, 2)));
        assert!((0..LEN).all(|i| guest.memory("b")[65536 + i] == byte(i, 3)));
        assert!(guest.memory("b")[..65536].iter().all(|&b| b == 0));
        assert_eq!(&guest.memory("c")[7..12], b"small");
    });
}

/// An active segment counts as dropped once it is written.
#[test]
fn active_segments_are_dropped() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (memory (export "m") 1) (data $d (i32.const 0) "abc")
                (func (export "init") (param i32)
                    (memory.init $d (i32.const 9) (i32.const 0) (local.get 0)))
                (func (export "drop") (data.drop $d)))"#,
        );
        assert_eq!(guest.trap("init", &[1]), Trap::MemoryOutOfBounds);
        guest.call("init", &[0]);
        guest.call("drop", &[]);
        assert_eq!(&guest.memory("m")[..3], b"abc");
    });
}

/// A grown memory keeps an image that was mapped.
#[test]
fn growth_keeps_images() {
    const LEN: usize = 256 * 1024;
    each_plan(|engine| {
        let text = format!(
            r#"(module (memory (export "m") 4) (data (i32.const 0) "{}")
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
            bytes(LEN, 4)
        );
        let mut guest = Guest::new(engine, text);
        guest.memory("m")[70_000] ^= 0xff;
        for more in [1, 10, 500] {
            assert_ne!(guest.call("grow", &[more]), -1);
        }
        let memory = guest.memory("m");
        assert_eq!(memory[70_000], byte(70_000, 4) ^ 0xff);
        assert!((0..LEN).all(|i| i == 70_000 || memory[i] == byte(i, 4)));
        assert!(memory[LEN..].iter().all(|&b| b == 0));
    });
}

/// The number of mappings is what bounds the number of instances.
#[test]
fn an_instance_takes_at_most_three_mappings() {
    if !waxwing_testkit::isolated("segments::an_instance_takes_at_most_three_mappings") {
        return;
    }
    const COUNT: usize = 200;
    each_plan(|engine| {
        for text in [
            r#"(module (func (export "f")))"#,
            r#"(module (memory 1) (data (i32.const 0) "small") (table 10 funcref)
                (global (mut i64) (i64.const 1)) (func (export "f") (i32.store (i32.const 0) (i32.const 1))))"#,
            r#"(module (memory 0 10) (func (export "f") (drop (memory.grow (i32.const 2)))))"#,
        ] {
            let module = waxwing_testkit::module(engine, text);
            let make = || {
                let mut store = Store::new(engine, ());
                let instance =
                    Linker::new(engine).instantiate(&mut store, &module).expect("an instance");
                let f = instance.get_typed_func::<(), ()>(&mut store, "f").expect("a function");
                f.call(&mut store, ()).expect("it runs");
                store
            };
            let warm = make();
            let mut stores = Vec::with_capacity(COUNT);
            let before = mappings();
            stores.extend((0..COUNT).map(|_| make()));
            let each = (mappings() - before) as f64 / COUNT as f64;
            // The host's own heap may take a mapping or two.
            assert!(each <= 3.05, "{each} mappings an instance: {text}");
            drop((warm, stores));
            assert!(mappings() <= before + 2, "mappings stay behind: {text}");
        }
    });
}
