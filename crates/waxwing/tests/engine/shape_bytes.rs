//! Numbers that guests put together byte by byte: what is joined, read at once or reversed is what was
//! spelt out, and fails where that would have failed.

use waxwing::{Engine, Instance, Memory, Module, Store, Trap};
use waxwing_testkit::Random;

const PAGE: u64 = 65536;

/// One read, shifted: how far behind the address, how many bytes, by how many bits.
#[derive(Clone, Copy)]
struct Part {
    offset: u64,
    bytes: u32,
    shift: u32,
}

/// Parts that are neighbours, in one order or the other; now and then one is off.
fn parts(random: &mut Random, is_wide: bool) -> Vec<Part> {
    let width = if is_wide { [2, 4, 8][random.below(3) as usize] } else { 2 << random.below(2) };
    let unit = if width > 2 && random.below(3) == 0 { 1 << random.below(2) } else { 1u64 };
    let is_reversed = unit == 1 && random.below(2) == 0;
    let base = random.below(40);
    let mut parts: Vec<Part> = (0..width / unit)
        .map(|i| {
            let place = if is_reversed { width / unit - 1 - i } else { i };
            Part { offset: base + place * unit, bytes: unit as u32, shift: (8 * i * unit) as u32 }
        })
        .collect();
    let at = random.below(parts.len() as u64) as usize;
    match random.below(12) {
        0 => parts[at].offset += 1,
        1 => parts[at].shift ^= 8,
        2 => parts[at].shift ^= 1,
        3 => drop(parts.remove(at)),
        4 => parts[at].bytes = 2,
        5 => parts.iter_mut().for_each(|part| part.shift += 8),
        _ => {}
    }
    // In any order.
    for i in (1..parts.len()).rev() {
        parts.swap(i, random.below(i as u64 + 1) as usize);
    }
    parts
}

/// The parts joined, two at a time. Now and then something is done between them.
fn spell(random: &mut Random, ty: &str, parts: &[Part]) -> String {
    let mut terms: Vec<String> = parts
        .iter()
        .map(|part| {
            let load = match (ty, part.bytes) {
                ("i32", 4) => "load".to_owned(),
                (_, bytes) => format!("load{}_u", 8 * bytes),
            };
            let read = format!("({ty}.{load} offset={} (local.get 0))", part.offset);
            match part.shift {
                0 => read,
                shift => format!("({ty}.shl {read} ({ty}.const {shift}))"),
            }
        })
        .collect();
    while terms.len() > 1 {
        let at = random.below(terms.len() as u64 - 1) as usize;
        let (a, b) = (terms.remove(at), terms.remove(at));
        terms.insert(at, format!("({ty}.or {a} {b})"));
    }
    terms.remove(0)
}

/// What the parts are at an address, or nothing if one is out of bounds.
fn model(memory: &[u8], address: u64, parts: &[Part], is_wide: bool) -> Option<u64> {
    let mut value = 0;
    for part in parts {
        let start = (address + part.offset) as usize;
        let mut bytes = [0; 8];
        bytes[..part.bytes as usize]
            .copy_from_slice(memory.get(start..start + part.bytes as usize)?);
        let bits = if is_wide { 64 } else { 32 };
        value |= u64::from_le_bytes(bytes) << (part.shift % bits);
    }
    Some(if is_wide { value } else { u64::from(value as u32) })
}

struct Guest {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

fn guest(text: String) -> Guest {
    let engine = Engine::default();
    let module = Module::new(&engine, text).expect("a module");
    let mut store = Store::new(&engine, ());
    let instance = Instance::instantiate(&mut store, &module, &[]).expect("an instance");
    let memory = instance.get_memory(&mut store, "m").expect("a memory");
    Guest { store, instance, memory }
}

#[test]
fn bytes_that_are_joined_are_those_that_were_read() {
    let mut random = Random::new(3);
    let mut text = String::from("(module (memory (export \"m\") 1)\n");
    let mut cases = Vec::new();
    for i in 0..600 {
        let is_wide = random.below(2) == 0;
        let ty = if is_wide { "i64" } else { "i32" };
        let parts = parts(&mut random, is_wide);
        let value = spell(&mut random, ty, &parts);
        let widen = if is_wide { "" } else { "i64.extend_i32_u" };
        text.push_str(&format!(
            "(func (export \"{i}\") (param i32) (result i64) {value} {widen})\n"
        ));
        cases.push((parts, is_wide));
    }
    let mut guest = guest(text + ")");
    let bytes: Vec<u8> = (0..PAGE).map(|_| random.bits() as u8).collect();
    guest.memory.write_bytes(&mut guest.store, 0, &bytes).expect("it fits");
    for (i, (parts, is_wide)) in cases.iter().enumerate() {
        let name = i.to_string();
        let f = guest.instance.get_typed_func::<i32, i64>(&mut guest.store, &name);
        let f = f.expect("an export");
        let end = parts.iter().map(|p| p.offset + u64::from(p.bytes)).max().expect("a part");
        for address in [0, 1, 777, PAGE - end, PAGE - end + 1, PAGE - 1, PAGE - end + 3, PAGE] {
            let got = f.call(&mut guest.store, address as i32);
            match model(&bytes, address, parts, *is_wide) {
                Some(wanted) => assert_eq!(got.expect("no trap") as u64, wanted, "{i} {address}"),
                None => {
                    let trap = got.expect_err("out of bounds").trap();
                    assert_eq!(trap, Some(Trap::MemoryOutOfBounds), "{i} {address}");
                }
            }
        }
    }
}

#[test]
fn what_stands_between_reads_keeps_its_place() {
    let mut guest = guest(
        r#"(module (memory (export "m") 1) (global $g (mut i32) (i32.const 0))
        (func (export "write") (param i32) (result i64) (local i32)
            (local.set 1 (i32.load8_u (local.get 0)))
            (i32.store8 offset=1 (local.get 0) (i32.const 0x77))
            (i64.extend_i32_u (i32.or (local.get 1)
                (i32.shl (i32.load8_u offset=1 (local.get 0)) (i32.const 8)))))
        (func (export "divide") (param i32) (result i64) (local i32 i32)
            (local.set 1 (i32.load8_u (local.get 0)))
            (local.set 2 (i32.div_u (i32.const 1000) (local.get 1)))
            (i64.extend_i32_u (i32.add (local.get 2) (i32.or (local.get 1)
                (i32.shl (i32.load8_u offset=1 (local.get 0)) (i32.const 8))))))
        (func (export "again") (param i32) (result i64) (local i32 i32)
            (i64.add
                (i64.extend_i32_u (i32.or (local.tee 1 (i32.load8_u (local.get 0)))
                    (i32.shl (local.tee 2 (i32.load8_u offset=1 (local.get 0))) (i32.const 8))))
                (i64.shl (i64.extend_i32_u
                    (i32.mul (local.get 1) (i32.add (local.get 2) (i32.const 3)))) (i64.const 20))))
        (func (export "moved") (param i32) (result i64) (local i32)
            (local.set 1 (i32.load8_u (local.get 0)))
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (i64.extend_i32_u (i32.or (local.get 1)
                (i32.shl (i32.load8_u (local.get 0)) (i32.const 8)))))
        (func (export "kept") (result i32) (global.get $g))
        (func (export "set") (param i32) (result i64) (local i32)
            (local.set 1 (i32.load8_u (local.get 0)))
            (global.set $g (local.get 0))
            (i64.extend_i32_u (i32.or (local.get 1)
                (i32.shl (i32.load8_u offset=1 (local.get 0)) (i32.const 8))))))"#
            .to_owned(),
    );
    let call = |guest: &mut Guest, name: &str, at: u64| {
        guest.memory.write_bytes(&mut guest.store, 100, &[0x12, 0x34, 0, 0x56]).expect("it fits");
        guest.memory.write_bytes(&mut guest.store, PAGE as usize - 1, &[0]).expect("it fits");
        let f = guest.instance.get_typed_func::<i32, i64>(&mut guest.store, name);
        f.expect("an export").call(&mut guest.store, at as i32).map_err(|e| e.trap())
    };
    assert_eq!(call(&mut guest, "write", 100), Ok(0x7712));
    assert_eq!(call(&mut guest, "divide", 100), Ok(1000 / 0x12 + 0x3412));
    // The first read gives the divisor; only then comes the one that is out of bounds.
    assert_eq!(call(&mut guest, "divide", PAGE - 1), Err(Some(Trap::IntegerDivideByZero)));
    assert_eq!(call(&mut guest, "again", 100), Ok(0x3412 + ((0x12 * 0x37) << 20)));
    assert_eq!(call(&mut guest, "moved", 100), Ok(0x3412));
    assert_eq!(call(&mut guest, "set", PAGE - 1), Err(Some(Trap::MemoryOutOfBounds)));
    let kept = guest.instance.get_typed_func::<(), i32>(&mut guest.store, "kept");
    let kept = kept.expect("an export").call(&mut guest.store, ()).expect("no trap");
    assert_eq!(kept as u64, PAGE - 1, "what stood before the second read has happened");
}

/// What a formula computes.
type Meaning = fn(u64) -> u64;

/// Formulas of the parameter, and what they compute: orders of bytes reversed, and nearly so.
const SWAPS: &[(&str, Meaning)] = &[
    (
        "(i64.extend_i32_u (i32.or
           (i32.rotr (i32.and (local.get 1) (i32.const 0xff00ff)) (i32.const 8))
           (i32.and (i32.rotr (local.get 1) (i32.const 24)) (i32.const 0xff00ff))))",
        |x| u64::from((x as u32).swap_bytes()),
    ),
    (
        "(i64.extend_i32_u (i32.or
           (i32.and (i32.rotl (local.get 1) (i32.const 8)) (i32.const 0xff00ff))
           (i32.and (i32.rotl (local.get 1) (i32.const 24)) (i32.const 0xff00ff00))))",
        |x| u64::from((x as u32).swap_bytes()),
    ),
    (
        "(i64.extend_i32_u (i32.or
           (i32.and (i32.rotl (local.get 1) (i32.const 8)) (i32.const 0xff00fe))
           (i32.and (i32.rotl (local.get 1) (i32.const 24)) (i32.const 0xff00ff00))))",
        |x| u64::from((x as u32).swap_bytes() & 0xffff_fffe),
    ),
    (
        "(i64.extend_i32_u (i32.or
           (i32.and (i32.rotl (local.get 1) (i32.const 16)) (i32.const 0xff00ff))
           (i32.and (i32.rotl (local.get 1) (i32.const 24)) (i32.const 0xff00ff00))))",
        |x| {
            let x = x as u32;
            u64::from(x.rotate_left(16) & 0xff_00ff | x.rotate_left(24) & 0xff00_ff00)
        },
    ),
    (
        "(i64.extend_i32_u (i32.and (i32.or
           (i32.shl (local.get 1) (i32.const 8)) (i32.shr_u (local.get 1) (i32.const 8)))
           (i32.const 0xffff)))",
        |x| u64::from(((x as u32) << 8 | (x as u32) >> 8) as u16),
    ),
    (
        "(local.set 1 (i32.and (local.get 1) (i32.const 0xffff)))
         (i64.extend_i32_u (i32.and (i32.or
           (i32.shl (local.get 1) (i32.const 8)) (i32.shr_u (local.get 1) (i32.const 8)))
           (i32.const 0xffff)))",
        |x| u64::from((x as u16).swap_bytes()),
    ),
    (
        "(i64.or (i64.shl (local.get 0) (i64.const 32)) (i64.shr_u (local.get 0) (i64.const 32)))",
        |x| x.rotate_left(32),
    ),
    (
        "(local.set 0 (i64.or
           (i64.and (i64.rotl (local.get 0) (i64.const 8)) (i64.const 0x00ff00ff00ff00ff))
           (i64.and (i64.rotr (local.get 0) (i64.const 8)) (i64.const 0xff00ff00ff00ff00))))
         (local.set 0 (i64.or
           (i64.shl (i64.and (local.get 0) (i64.const 0x0000ffff0000ffff)) (i64.const 16))
           (i64.and (i64.shr_u (local.get 0) (i64.const 16)) (i64.const 0x0000ffff0000ffff))))
         (i64.or (i64.shl (local.get 0) (i64.const 32)) (i64.shr_u (local.get 0) (i64.const 32)))",
        |x| {
            let pairs = x.rotate_left(8) & 0x00ff_00ff_00ff_00ff
                | x.rotate_right(8) & 0xff00_ff00_ff00_ff00;
            let fours = (pairs & 0xffff_0000_ffff) << 16 | pairs >> 16 & 0xffff_0000_ffff;
            fours.rotate_left(32)
        },
    ),
];

#[test]
fn bytes_are_reversed() {
    let mut text = String::from("(module (memory (export \"m\") 1)\n");
    for (i, (formula, _)) in SWAPS.iter().enumerate() {
        text.push_str(&format!(
            "(func (export \"{i}\") (param i64) (result i64) (local i32)
               (local.set 1 (i32.wrap_i64 (local.get 0))) {formula})\n"
        ));
    }
    let mut guest = guest(text + ")");
    let mut random = Random::new(5);
    // Every byte by itself, and all together.
    let mut inputs: Vec<u64> = (0..64).map(|bit| 1 << bit).collect();
    inputs.extend([0, u64::MAX, 0x0102_0304_0506_0708]);
    inputs.extend((0..200).map(|_| random.bits()));
    for (i, (formula, meaning)) in SWAPS.iter().enumerate() {
        let name = i.to_string();
        let f = guest.instance.get_typed_func::<i64, i64>(&mut guest.store, &name);
        let f = f.expect("an export");
        for &x in &inputs {
            let got = f.call(&mut guest.store, x as i64).expect("no trap") as u64;
            assert_eq!(got, meaning(x), "{formula} of {x:x}");
        }
    }
}
