//! Linear memories under every plan: bounds, growth, copies.

use waxwing::{
    Caller, Engine, Extern, Limits, Linker, Memory, MemoryType, Module, Store, Trap, Val,
};
use waxwing_testkit::{Guest, Random, each_plan};

const GUARD: u64 = 32 << 20;

/// Loads and stores of every width: name, type, bytes.
const ACCESSES: &[(&str, &str, u64)] = &[
    ("i32.load8_u", "i32", 1),
    ("i32.load16_s", "i32", 2),
    ("i32.load", "i32", 4),
    ("i64.load32_u", "i64", 4),
    ("f64.load", "f64", 8),
    ("v128.load", "v128", 16),
    ("v128.load32_splat", "v128", 4),
    ("v128.load8x8_u", "v128", 8),
    ("i32.store8", "i32", 1),
    ("i64.store16", "i64", 2),
    ("f32.store", "f32", 4),
    ("i64.store", "i64", 8),
    ("v128.store", "v128", 16),
];

/// One exported function for every access at every offset; `{access}@{offset}` is its name.
fn accesses(pages: u64, offsets: &[u64]) -> String {
    let mut text = format!("(module (memory (export \"m\") {pages})\n");
    for offset in offsets {
        for (op, ty, _) in ACCESSES {
            let zero =
                if *ty == "v128" { "(v128.const i64x2 0 0)" } else { &*format!("({ty}.const 0)") };
            let body = if op.contains("store") {
                format!("({op} offset={offset} (local.get 0) {zero})")
            } else {
                format!("(drop ({op} offset={offset} (local.get 0)))")
            };
            text.push_str(&format!("(func (export \"{op}@{offset}\") (param i32) {body})\n"));
        }
    }
    text + ")"
}

/// Tries every access and compares with what arithmetic says.
fn check_bounds(engine: &Engine, pages: u64, offsets: &[u64], addresses: &[u64]) {
    let mut guest = Guest::new(engine, accesses(pages, offsets));
    let len = pages * 65536;
    for &offset in offsets {
        for (op, _, size) in ACCESSES {
            let near = len.saturating_sub(offset + size);
            let more = [near, near.saturating_sub(1), near + 1, near + size];
            for address in addresses.iter().copied().chain(more) {
                let Ok(address) = u32::try_from(address) else { continue };
                let fits = u64::from(address) + offset + size <= len;
                let got = guest.try_call(&format!("{op}@{offset}"), &[Val::I32(address as i32)]);
                match got {
                    Ok(_) => assert!(fits, "{op} offset={offset} at {address} of {len}"),
                    Err(e) => {
                        assert_eq!(e.trap(), Some(Trap::MemoryOutOfBounds), "{e:?}");
                        assert!(!fits, "{op} offset={offset} at {address} of {len}: {e:?}");
                    }
                }
            }
        }
    }
}

const ADDRESSES: &[u64] = &[0, 1, 65535, 65536, 1 << 31, (1 << 32) - 16, (1 << 32) - 1];

#[test]
fn accesses_are_in_bounds_or_trap() {
    let offsets = [
        0,
        1,
        65520,
        65535,
        65536,
        GUARD - 17,
        GUARD - 1,
        GUARD,
        GUARD + 1,
        (1 << 31) - 1,
        1 << 31,
        (1 << 32) - 16,
        (1 << 32) - 1,
    ];
    each_plan(|engine| {
        check_bounds(engine, 0, &offsets, ADDRESSES);
        check_bounds(engine, 1, &offsets, ADDRESSES);
    });
}

#[test]
fn large_memories_have_exact_bounds() {
    let offsets = [0, GUARD - 1, GUARD, (1 << 31) - 1, 1 << 31, (1 << 31) + 65535, (1 << 32) - 1];
    each_plan(|engine| {
        check_bounds(engine, 513, &[0, GUARD - 1, GUARD], ADDRESSES);
        check_bounds(engine, 32769, &offsets, ADDRESSES);
    });
}

/// Addresses that the compiler knows.
#[test]
fn constant_addresses_have_exact_bounds() {
    each_plan(|engine| {
        for (address, offset) in [
            (0u64, 0u64),
            (65532, 0),
            (65533, 0),
            (0, 65532),
            (0, 65533),
            (65535, GUARD),
            (0xffff_ffff, 0),
            (0xffff_ffff, 0xffff_ffff),
            (0x8000_0000, 0x7fff_fffd),
            (1, 0xffff_ffff),
        ] {
            let fits = address + offset + 4 <= 65536;
            let mut guest = Guest::new(
                engine,
                format!(
                    "(module (memory 1) (func (export \"f\")
                        (i32.store offset={offset} (i32.const {address}) (i32.const 1))))"
                ),
            );
            let got = guest.try_call("f", &[]);
            match got {
                Ok(_) => assert!(fits, "{address} {offset}"),
                Err(e) => {
                    assert!(!fits, "{address} {offset}");
                    assert_eq!(e.trap(), Some(Trap::MemoryOutOfBounds), "{address} {offset}");
                }
            }
        }
    });
}

#[test]
fn growth_refused_changes_nothing() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module (memory (export "m") 1 3)
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
                (func (export "size") (result i32) (memory.size))
                (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))"#,
        );
        for too_much in [3, 65536, -1, i32::MIN] {
            assert_eq!(guest.call("grow", &[too_much]), -1);
        }
        assert_eq!(guest.call("grow", &[0]), 1);
        assert_eq!(guest.trap("load", &[65536]), Trap::MemoryOutOfBounds);
        assert_eq!(guest.call("grow", &[2]), 1);
        assert_eq!((guest.call("size", &[]), guest.call("grow", &[1])), (3, -1));
        assert_eq!(guest.call("load", &[3 * 65536 - 1]), 0);
        assert_eq!(guest.trap("load", &[3 * 65536]), Trap::MemoryOutOfBounds);
    });
}

/// Each way to grow, between a store before and an access behind the old end.
const WAYS: &[&str] = &[
    "(drop (memory.grow (i32.const 3)))",
    "(call $own)",
    "(call $imported)",
    "(call $host)",
    "(call_indirect (i32.const 0))",
    "(call_indirect (i32.const 1))",
    "(call_indirect (i32.const 2))",
    "(if (local.get $yes) (then (call $own)))",
    "(loop (call $host) (br_if 0 (i32.lt_u (memory.size) (i32.const 20))))",
];

/// A memory may lie elsewhere after any call.
#[test]
fn the_base_is_found_again_after_growth_by_a_callee() {
    const LIBRARY: &str = r#"(module
        (memory (export "memory") 1 100)
        (func (export "grow") (drop (memory.grow (i32.const 3)))))"#;
    each_plan(|engine| {
        for own_memory in [false, true] {
            for way in WAYS {
                let mut linker: Linker<()> = Linker::new(engine);
                linker
                    .func_wrap("host", "grow", |mut caller: Caller<'_, ()>| {
                        let memory = caller.memory().expect("a memory");
                        memory.grow(&mut caller, 3).map(|_| ())
                    })
                    .expect("a new name");
                let mut store = Store::new(engine, ());
                let library = Module::new(engine, LIBRARY).expect("a module");
                let library = linker.instantiate(&mut store, &library).expect("an instance");
                linker.instance(&mut store, "library", library).expect("new names");
                let import = r#"(import "library" "memory" (memory 1 100))"#;
                let (import, own) = if own_memory { ("", "(memory 1 100)") } else { (import, "") };
                // A memory of its own is not what the library grows.
                if own_memory && (way.contains("$imported") || way.contains("const 1")) {
                    continue;
                }
                let text = format!(
                    r#"(module {import}
                        (import "host" "grow" (func $host))
                        (import "library" "grow" (func $imported))
                        {own}
                        (export "memory" (memory 0))
                        (table funcref (elem $own $imported $host))
                        (func $own (drop (memory.grow (i32.const 3))))
                        (func (export "run") (param $at i32) (param $yes i32) (result i32)
                            (local $old i32)
                            (local.set $old (memory.size))
                            (i32.store (local.get $at) (i32.const 0x5a5a))
                            {way}
                            (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (i32.const 1)))
                            ;; The first bytes of what is new.
                            (i32.store (i32.shl (local.get $old) (i32.const 16)) (i32.const 77))
                            (i32.add (i32.load (local.get $at))
                                (i32.load (i32.shl (local.get $old) (i32.const 16))))))"#
                );
                let module = Module::new(engine, text).expect("a module");
                let instance = linker.instantiate(&mut store, &module).expect("an instance");
                let run = instance
                    .get_typed_func::<(i32, i32), i32>(&mut store, "run")
                    .expect("a function");
                for round in 0..3 {
                    let got =
                        run.call(&mut store, (16, 1)).unwrap_or_else(|e| panic!("{way}: {e:?}"));
                    assert_eq!(got, 0x5a5b + 77, "{way}, round {round}");
                    let memory = instance.get_memory(&mut store, "memory").expect("a memory");
                    assert_eq!(memory.data(&store)[16..18], [0x5b, 0x5a], "{way}");
                }
            }
        }
    });
}

/// What the host sees is what every instance sees.
#[test]
fn a_shared_import_is_one_memory() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let limits = Limits { min: 1, max: Some(4) };
        let ty = MemoryType::new(limits);
        let memory = Memory::new(&mut store, ty).expect("a memory");
        let text = r#"(module (import "" "m" (memory 1 4))
            (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
            (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
        let module = Module::new(engine, text).expect("a module");
        let mut linker: Linker<()> = Linker::new(engine);
        linker.define("", "m", memory).expect("a new name");
        let one = linker.instantiate(&mut store, &module).expect("an instance");
        let two = linker.instantiate(&mut store, &module).expect("an instance");
        let put = one.get_typed_func::<(i32, i32), ()>(&mut store, "store").expect("a function");
        let get = two.get_typed_func::<i32, i32>(&mut store, "load").expect("a function");
        let grow = two.get_typed_func::<i32, i32>(&mut store, "grow").expect("a function");
        put.call(&mut store, (65532, 9)).expect("in bounds");
        assert_eq!(get.call(&mut store, 65532).expect("in bounds"), 9);
        let beyond = put.call(&mut store, (65536, 1)).expect_err("out of bounds");
        assert_eq!(beyond.trap(), Some(Trap::MemoryOutOfBounds));
        assert_eq!(grow.call(&mut store, 1).expect("room"), 1);
        put.call(&mut store, (65536, 8)).expect("in bounds now");
        assert_eq!(memory.grow(&mut store, 2).expect("room"), 2);
        assert!(memory.grow(&mut store, 1).is_err(), "the maximum is reached");
        put.call(&mut store, (4 * 65536 - 4, 7)).expect("in bounds now");
        assert_eq!(get.call(&mut store, 65536).expect("in bounds"), 8);
        assert_eq!(memory.data(&store)[4 * 65536 - 4], 7);
        assert_eq!(memory.size(&store), 4);
        memory.write_bytes(&mut store, 65532, &[1, 2]).expect("in bounds");
        assert_eq!(get.call(&mut store, 65532).expect("in bounds"), 0x0201);
        assert!(memory.write_bytes(&mut store, 4 * 65536 - 1, &[1, 2]).is_err());
        assert!(memory.read_bytes(&store, usize::MAX, &mut [0; 2]).is_err());
    });
}

const BULK: &str = r#"(module
    (memory (export "m") 4)
    (func (export "copy") (param i32 i32 i32)
        (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "fill") (param i32 i32 i32)
        (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;

#[test]
fn bulk_operations_check_the_whole_range_first() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, BULK);
        let len = 4 * 65536;
        guest.memory("m").fill(1);
        for (to, from, n) in [
            (len - 1, 0, 2),
            (0, len - 1, 2),
            (len + 1, 0, 0),
            (0, len + 1, 0),
            (-1, 0, 1),
            (0, -1, 1),
            (0, 0, -1),
            (0, 1, -1),
            (1, 0, len),
            (len / 2, 0, -16),
        ] {
            assert_eq!(
                guest.trap("copy", &[to, from, n]),
                Trap::MemoryOutOfBounds,
                "{to} {from} {n}"
            );
        }
        for (to, n) in [(len - 1, 2), (len + 1, 0), (-1, 1), (0, -1), (1, len), (-1, -1)] {
            assert_eq!(guest.trap("fill", &[to, 9, n]), Trap::MemoryOutOfBounds, "{to} {n}");
        }
        assert!(guest.memory("m").iter().all(|&b| b == 1), "something was written");
        guest.call("copy", &[len, len, 0]);
        guest.call("fill", &[len, 1, 0]);
    });
}

#[test]
fn bulk_operations_agree_with_slices() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, BULK);
        let mut random = Random::new(7);
        let len = 4 * 65536u64;
        let mut model: Vec<u8> = (0..len).map(|_| random.bits() as u8).collect();
        guest.memory("m").copy_from_slice(&model);
        for round in 0..2000u64 {
            // Short and long ranges, near and far from each other.
            let most = 1 << random.below(17);
            let n = random.below(most + 1);
            let from = random.below(len - n + 1);
            let near = from.saturating_add_signed(random.below(64) as i64 - 32).min(len - n);
            let to = if round % 2 == 0 { near } else { random.below(len - n + 1) };
            if round % 5 == 0 {
                let byte = random.bits() as u8;
                guest.call("fill", &[to as i32, i32::from(byte) | 0x5500, n as i32]);
                model[to as usize..][..n as usize].fill(byte);
            } else {
                guest.call("copy", &[to as i32, from as i32, n as i32]);
                model.copy_within(from as usize..(from + n) as usize, to as usize);
            }
            assert!(guest.memory("m") == model, "round {round}: {to} {from} {n}");
        }
    });
}

/// Lengths around the one from which on whole registers are moved, at every place in one of them, and
/// with every kind of overlap; and nothing beside the range is touched.
#[test]
fn ranges_of_many_registers_agree_with_slices() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, BULK);
        let mut random = Random::new(17);
        let mut model: Vec<u8> = (0..4 * 65536).map(|_| random.bits() as u8).collect();
        guest.memory("m").copy_from_slice(&model);
        for n in (120..450).step_by(3).chain([191, 192, 193, 1000, 4096, 5000]) {
            let near = [1, 31, 32, 33, 63, 127, 128, 129, 160, 200, n - 1, n, n + 1];
            let distances = near.into_iter().flat_map(|d| [d, -d]).chain([0, 20_000]);
            for distance in distances {
                let from = 30_000 + (random.below(64) as i32);
                let to = from + distance;
                guest.call("copy", &[to, from, n]);
                model.copy_within(from as usize..(from + n) as usize, to as usize);
                assert!(guest.memory("m") == model, "copy {n} {to} {from}");
            }
            for to in 10_000..10_033 {
                guest.call("fill", &[to, n ^ to, n]);
                model[to as usize..][..n as usize].fill((n ^ to) as u8);
            }
            assert!(guest.memory("m") == model, "fill {n}");
        }
    });
}

/// Lengths that the compiler knows.
#[test]
fn short_copies_and_fills_agree_with_slices() {
    each_plan(|engine| {
        let mut text = String::from("(module (memory (export \"m\") 1)\n");
        for n in 0..=140 {
            text.push_str(&format!(
                "(func (export \"copy{n}\") (param i32 i32)
                    (memory.copy (local.get 0) (local.get 1) (i32.const {n})))
                 (func (export \"fill{n}\") (param i32 i32)
                    (memory.fill (local.get 0) (local.get 1) (i32.const {n})))
                 (func (export \"zero{n}\") (param i32)
                    (memory.fill (local.get 0) (i32.const 0xfe) (i32.const {n})))\n"
            ));
        }
        let mut guest = Guest::new(engine, text + ")");
        let mut random = Random::new(9);
        let mut model: Vec<u8> = (0..65536).map(|_| random.bits() as u8).collect();
        guest.memory("m").copy_from_slice(&model);
        for n in 0..=140usize {
            for shift in [0, 1, 7, 15, 16, 17, 63, 100] {
                for (to, from) in [(1000, 1000 + shift), (1000 + shift, 1000)] {
                    guest.call(&format!("copy{n}"), &[to as i32, from as i32]);
                    model.copy_within(from..from + n, to);
                    assert!(guest.memory("m") == model, "copy {n} {to} {from}");
                }
            }
            guest.call(&format!("fill{n}"), &[500, 0x1ab]);
            model[500..500 + n].fill(0xab);
            guest.call(&format!("zero{n}"), &[700]);
            model[700..700 + n].fill(0xfe);
            assert!(guest.memory("m") == model, "fill {n}");
            let last = 65536 - n as i32;
            guest.call(&format!("fill{n}"), &[last, 3]);
            model[last as usize..].fill(3);
            // However few bytes are out of bounds, those that are not stay as they were.
            for beyond in [1, 2, 3, 8, 16, 17, 64, 140].map(|over| last + over) {
                let trap = Trap::MemoryOutOfBounds;
                assert_eq!(guest.trap(&format!("fill{n}"), &[beyond, 4]), trap, "{n} {beyond}");
                assert_eq!(guest.trap(&format!("zero{n}"), &[beyond]), trap, "{n} {beyond}");
                assert_eq!(guest.trap(&format!("copy{n}"), &[beyond, 0]), trap, "{n} {beyond}");
                assert_eq!(guest.trap(&format!("copy{n}"), &[0, beyond]), trap, "{n} {beyond}");
            }
            assert!(guest.memory("m") == model, "after traps {n}");
        }
    });
}

#[test]
fn large_copies_and_fills_are_whole() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, BULK);
        let pages = 2048;
        assert_eq!(guest.call("grow", &[pages - 4]), 4);
        let half = pages as usize * 65536 / 2;
        for (i, word) in guest.memory("m")[..half].chunks_exact_mut(8).enumerate() {
            word.copy_from_slice(&(i as u64).to_le_bytes());
        }
        // Overlapping by all but a few bytes, both ways.
        guest.call("copy", &[24, 0, half as i32]);
        let word = |m: &[u8], at: usize| u64::from_le_bytes(m[at..at + 8].try_into().expect("8"));
        let memory = guest.memory("m");
        for i in (0..half / 8).step_by(997) {
            assert_eq!(word(memory, 24 + i * 8), i as u64);
        }
        guest.call("copy", &[8, 24, half as i32]);
        let memory = guest.memory("m");
        for i in (0..half / 8).step_by(997) {
            assert_eq!(word(memory, 8 + i * 8), i as u64);
        }
        guest.call("fill", &[1, 0x77, half as i32]);
        let memory = guest.memory("m");
        assert!(memory[1..half + 1].iter().all(|&b| b == 0x77));
        assert_eq!((memory[0], memory[half + 1] == 0x77), (0, false));
    });
}

/// Every memory of a module has its own place, bounds and growth.
#[test]
fn several_memories_are_apart() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (memory $a (export "a") 1) (memory $b (export "b") 2 3) (memory $c (export "c") 0)
                (func (export "store") (param i32 i32)
                    (i32.store $a (local.get 0) (local.get 1))
                    (i32.store $b (local.get 0) (i32.add (local.get 1) (i32.const 1))))
                (func (export "load_b") (param i32) (result i32) (i32.load $b (local.get 0)))
                (func (export "load_c") (param i32) (result i32) (i32.load8_u $c (local.get 0)))
                (func (export "across") (param i32 i32 i32)
                    (memory.copy $b $a (local.get 0) (local.get 1) (local.get 2)))
                (func (export "grow_c") (param i32) (result i32) (memory.grow $c (local.get 0)))
                (func (export "sizes") (result i32)
                    (i32.add (memory.size $a) (i32.add (i32.mul (memory.size $b) (i32.const 10))
                        (i32.mul (memory.size $c) (i32.const 100))))))"#,
        );
        guest.call("store", &[100, 5]);
        assert_eq!((guest.memory("a")[100], guest.memory("b")[100]), (5, 6));
        assert_eq!(guest.trap("store", &[65536, 1]), Trap::MemoryOutOfBounds);
        assert_eq!(guest.call("load_b", &[65536]), 0);
        assert_eq!(guest.trap("load_b", &[2 * 65536 - 3]), Trap::MemoryOutOfBounds);
        assert_eq!(guest.trap("load_c", &[0]), Trap::MemoryOutOfBounds);
        assert_eq!(guest.call("sizes", &[]), 21);
        assert_eq!(guest.call("grow_c", &[2]), 0);
        assert_eq!(guest.call("load_c", &[2 * 65536 - 1]), 0);
        assert_eq!(guest.call("sizes", &[]), 221);
        guest.memory("a").fill(3);
        guest.call("across", &[65536, 0, 65536]);
        assert!(guest.memory("b")[65536..].iter().all(|&b| b == 3));
        assert_eq!(guest.trap("across", &[65536, 1, 65536]), Trap::MemoryOutOfBounds);
        assert_eq!(guest.trap("across", &[65537, 0, 65536]), Trap::MemoryOutOfBounds);
    });
}

/// Growing from a host function while the guest holds the base in a register.
#[test]
fn a_host_function_may_grow_and_write() {
    each_plan(|engine| {
        let mut linker: Linker<u32> = Linker::new(engine);
        linker
            .func_wrap("host", "provide", |mut caller: Caller<'_, u32>, n: i32| {
                let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
                    panic!("a memory")
                };
                let old = memory.grow(&mut caller, 1)? as usize * 65536;
                memory.data_mut(&mut caller)[old] = n as u8;
                let (bytes, calls) = caller.memory_and_data().expect("a memory");
                *calls += 1;
                bytes[0] = *calls as u8;
                Ok::<i32, waxwing::Error>(old as i32)
            })
            .expect("a new name");
        let mut guest = Guest::link(
            &linker,
            0,
            r#"(module (import "host" "provide" (func $provide (param i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "run") (param i32) (result i32)
                    (i32.store8 (i32.const 0) (i32.const 99))
                    (i32.add (i32.load8_u (call $provide (local.get 0)))
                        (i32.load8_u (i32.const 0)))))"#,
        );
        for n in 1..20 {
            assert_eq!(guest.call("run", &[100 + n]), 100 + n + n);
        }
        assert_eq!(*guest.store.data(), 19);
    });
}
