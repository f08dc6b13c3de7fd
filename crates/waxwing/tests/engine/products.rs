//! Routines that multiply to 128 bits, which optimised code takes for the machine's multiplication:
//! against Rust's `u128`, and with results that lie at the memory's end, over it, and over their
//! own factors. Which functions are taken for it is tested in `crates/lower/tests/product.rs`.

use waxwing::{Config, Engine, Instance, MemoryPlan, Module, OptLevel, Store, Trap};
use waxwing_testkit::Random;

/// Numbers at which carries, signs and halves change.
const EDGES: [u64; 18] = [
    0,
    1,
    2,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
    0x1_0000_0000,
    0x1_0000_0001,
    0xFFFF_FFFF_0000_0000,
    0xFFFF_FFFF_0000_0001,
    0xFFFF_FFFE_FFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0x0007_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFE,
    u64::MAX,
];

/// Column by column, as C's run-time library has it; the high half is stored first.
const COLUMNS: &str = "
    local.get $to
    (i64.add
      (i64.add
        (i64.add (i64.add (i64.mul (local.get $bh) (local.get $a)) (i64.mul (local.get $ah) (local.get $b)))
          (i64.mul (local.tee $ah (i64.shr_u (local.get $b) (i64.const 32)))
            (local.tee $bh (i64.shr_u (local.get $a) (i64.const 32)))))
        (i64.shr_u
          (local.tee $b
            (i64.add
              (i64.shr_u
                (local.tee $t
                  (i64.mul (local.tee $b (i64.and (local.get $b) (i64.const 0xffffffff)))
                    (local.tee $a (i64.and (local.get $a) (i64.const 0xffffffff)))))
                (i64.const 32))
              (i64.mul (local.get $b) (local.get $bh))))
          (i64.const 32)))
      (i64.shr_u
        (local.tee $a
          (i64.add (i64.and (local.get $b) (i64.const 0xffffffff)) (i64.mul (local.get $ah) (local.get $a))))
        (i64.const 32)))
    i64.store offset=8
    (i64.store (local.get $to)
      (i64.or (i64.shl (local.get $a) (i64.const 32)) (i64.and (local.get $t) (i64.const 0xffffffff))))";

/// The middle products are added at once; the low half is an ordinary product and is stored first.
const MIDDLE: &str = "
    (local.set $t (i64.mul (i64.and (local.get $a) (i64.const 0xffffffff)) (i64.shr_u (local.get $b) (i64.const 32))))
    (local.set $u (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (i64.and (local.get $b) (i64.const 0xffffffff))))
    (local.set $v
      (i64.add
        (i64.add (i64.and (local.get $t) (i64.const 0xffffffff)) (i64.and (local.get $u) (i64.const 0xffffffff)))
        (i64.shr_u
          (i64.mul (i64.and (local.get $a) (i64.const 0xffffffff)) (i64.and (local.get $b) (i64.const 0xffffffff)))
          (i64.const 32))))
    (i64.store (local.get $to) (i64.mul (local.get $a) (local.get $b)))
    (i64.store offset=8 (local.get $to)
      (i64.add
        (i64.add (i64.mul (local.get $a) (local.get $bh)) (i64.mul (local.get $ah) (local.get $b)))
        (i64.add
          (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (i64.shr_u (local.get $b) (i64.const 32)))
          (i64.add (i64.shr_u (local.get $v) (i64.const 32))
            (i64.add (i64.shr_u (local.get $t) (i64.const 32)) (i64.shr_u (local.get $u) (i64.const 32)))))))";

/// Carries are found by comparing.
const CARRIES: &str = "
    (local.set $t (i64.mul (i64.shr_u (local.get $a) (i64.const 32)) (i64.and (local.get $b) (i64.const 0xffffffff))))
    (local.set $u (i64.mul (i64.and (local.get $a) (i64.const 0xffffffff)) (i64.shr_u (local.get $b) (i64.const 32))))
    (local.set $v (i64.add (local.get $t) (local.get $u)))
    (local.set $w (i64.extend_i32_u (i64.lt_u (local.get $v) (local.get $u))))
    (local.set $x (i64.mul (i64.and (local.get $a) (i64.const 0xffffffff)) (i64.and (local.get $b) (i64.const 0xffffffff))))
    (local.set $y (i64.add (local.get $x) (i64.shl (local.get $v) (i64.const 32))))
    (i64.store (local.get $to) (local.get $y))
    (i64.store offset=8 (local.get $to)
      (i64.add (i64.extend_i32_u (i64.gt_u (local.get $x) (local.get $y)))
        (i64.add (i64.add (i64.shl (local.get $w) (i64.const 32)) (i64.shr_u (local.get $v) (i64.const 32)))
          (i64.add (i64.mul (i64.shr_u (local.get $b) (i64.const 32)) (i64.shr_u (local.get $a) (i64.const 32)))
            (i64.add (i64.mul (local.get $a) (local.get $bh)) (i64.mul (local.get $b) (local.get $ah)))))))";

/// A module with that routine, and callers with a frame on the stack in memory as compilers write
/// them.
fn guest(routine: &str) -> String {
    let frame = "(global.set $sp (local.tee $f (i32.sub (global.get $sp) (i32.const 16))))";
    let back = "(global.set $sp (i32.add (local.get $f) (i32.const 16)))";
    let next = |x: &str| {
        format!(
            "(local.set ${x} (i64.xor (local.get ${x}) (i64.shl (local.get ${x}) (i64.const 13))))
             (local.set ${x} (i64.xor (local.get ${x}) (i64.shr_u (local.get ${x}) (i64.const 7))))
             (local.set ${x} (i64.xor (local.get ${x}) (i64.shl (local.get ${x}) (i64.const 17))))"
        )
    };
    let (next_a, next_b) = (next("a"), next("b"));
    format!(
        r#"(module
        (memory (export "memory") 1 1)
        (global $sp (mut i32) (i32.const 1024))
        (func $multiply (param $to i32) (param $a i64) (param $ah i64) (param $b i64) (param $bh i64)
          (local $t i64) (local $u i64) (local $v i64) (local $w i64) (local $x i64) (local $y i64)
          {routine})
        (func (export "wide") (param $a i64) (param $ah i64) (param $b i64) (param $bh i64) (result i64 i64)
          (local $f i32)
          {frame}
          (call $multiply (local.get $f) (local.get $a) (local.get $ah) (local.get $b) (local.get $bh))
          (i64.load (local.get $f))
          (i64.load offset=8 (local.get $f))
          {back})
        (func (export "long") (param $a i64) (param $b i64) (result i64 i64)
          (local $f i32)
          {frame}
          (call $multiply (local.get $f) (local.get $a) (i64.const 0) (local.get $b) (i64.const 0))
          (i64.load (local.get $f))
          (i64.load offset=8 (local.get $f))
          {back})
        (func (export "signed") (param $a i64) (param $b i64) (result i64 i64)
          (local $f i32)
          {frame}
          (call $multiply (local.get $f)
            (local.get $a) (i64.shr_s (local.get $a) (i64.const 63))
            (local.get $b) (i64.shr_s (local.get $b) (i64.const 63)))
          (i64.load (local.get $f))
          (i64.load offset=8 (local.get $f))
          {back})
        ;; Both factors are where the result goes.
        (func (export "in place") (param $at i32)
          (call $multiply (local.get $at)
            (i64.load (local.get $at)) (i64.const 0) (i64.load offset=8 (local.get $at)) (i64.const 0)))
        ;; A hash of so many products of numbers at random.
        (func (export "many") (param $n i32) (param $a i64) (param $b i64) (result i64)
          (local $f i32) (local $hash i64)
          {frame}
          (loop
            {next_a} {next_b}
            (call $multiply (local.get $f) (local.get $a) (i64.const 0) (local.get $b) (i64.const 0))
            (local.set $hash
              (i64.xor (i64.rotl (local.get $hash) (i64.const 9))
                (i64.add (i64.load (local.get $f)) (i64.mul (i64.load offset=8 (local.get $f)) (i64.const 3)))))
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          {back}
          (local.get $hash))
        )"#
    )
}

/// The routine in an instance, by optimised code and by code that is not, with either memory plan.
fn each(routine: &str, test: impl Fn(&mut Store<()>, &Instance)) {
    for level in [OptLevel::Speed, OptLevel::None] {
        for plan in [MemoryPlan::Reserved, MemoryPlan::Checked] {
            let engine = Engine::new(Config::new().opt_level(level).memory_plan(plan));
            let engine = engine.expect("an engine");
            let module = Module::new(&engine, guest(routine)).expect("a module");
            let mut store = Store::new(&engine, ());
            let instance = Instance::instantiate(&mut store, &module, &[]).expect("an instance");
            test(&mut store, &instance);
        }
    }
}

fn join((low, high): (u64, u64)) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

/// What traps has stored what was stored before.
#[test]
fn a_result_that_is_not_within_the_memory_traps_at_its_store() {
    let end = 65_536u32;
    for (routine, high_first) in [(COLUMNS, true), (MIDDLE, false)] {
        each(routine, |store, guest| {
            let in_place = guest.get_typed_func::<u32, ()>(&mut *store, "in place").unwrap();
            let memory = guest.get_memory(&mut *store, "memory").unwrap();
            let factors = [3u64, u64::MAX].map(u64::to_le_bytes).concat();
            // The factors are within the memory, and so is the result; at the end, too.
            for at in [0, 8, end - 16] {
                memory.data_mut(&mut *store)[at as usize..][..16].copy_from_slice(&factors);
                in_place.call(&mut *store, at).unwrap();
                let found = memory.data(&*store)[at as usize..][..16].try_into().unwrap();
                assert_eq!(u128::from_le_bytes(found), 3 * u128::from(u64::MAX));
            }
            for at in [end - 15, end - 8, end - 1, end, u32::MAX - 7, u32::MAX] {
                let before = memory.data(&*store).to_vec();
                let trap = in_place.call(&mut *store, at).unwrap_err().trap();
                assert_eq!(trap, Some(Trap::MemoryOutOfBounds), "at {at:#x}");
                assert!(memory.data(&*store) == before, "at {at:#x}");
            }
        });
        // With factors from elsewhere the trap is that of a store.
        let to_edge = guest(routine).replace(
            r#"(func (export "in place") (param $at i32)"#,
            r#"(func (export "to") (param $at i32)
                 (call $multiply (local.get $at) (i64.const 5) (i64.const 0) (i64.const 7) (i64.const 0)))
               (func (export "in place") (param $at i32)"#,
        );
        for level in [OptLevel::Speed, OptLevel::None] {
            let engine = Engine::new(Config::new().opt_level(level)).unwrap();
            let module = Module::new(&engine, &to_edge).unwrap();
            let mut store = Store::new(&engine, ());
            let guest = Instance::instantiate(&mut store, &module, &[]).unwrap();
            let to = guest.get_typed_func::<u32, ()>(&mut store, "to").unwrap();
            let memory = guest.get_memory(&mut store, "memory").unwrap();
            let trap = to.call(&mut store, end - 8).unwrap_err().trap();
            assert_eq!(trap, Some(Trap::MemoryOutOfBounds));
            let low = if high_first { 0u64 } else { 35 };
            assert_eq!(memory.data(&store)[end as usize - 8..], low.to_le_bytes());
        }
    }
}

#[test]
fn edges_are_multiplied_as_by_128_bit_arithmetic() {
    for routine in [COLUMNS, MIDDLE, CARRIES] {
        each(routine, |store, guest| {
            let long = guest.get_typed_func::<(u64, u64), (u64, u64)>(&mut *store, "long").unwrap();
            let signed =
                guest.get_typed_func::<(u64, u64), (u64, u64)>(&mut *store, "signed").unwrap();
            let wide = guest
                .get_typed_func::<(u64, u64, u64, u64), (u64, u64)>(&mut *store, "wide")
                .unwrap();
            let mut random = Random::new(7);
            for a in EDGES {
                for b in EDGES {
                    let found = join(long.call(&mut *store, (a, b)).unwrap());
                    assert_eq!(found, u128::from(a) * u128::from(b), "{a:#x} * {b:#x}");
                    let found = join(signed.call(&mut *store, (a, b)).unwrap());
                    let expected = i128::from(a as i64) * i128::from(b as i64);
                    assert_eq!(found, expected as u128, "{a:#x} * {b:#x}, signed");
                    for (ah, bh) in [
                        (random.bits(), random.bits()),
                        (EDGES[random.below(18) as usize], 0),
                        (u64::MAX, EDGES[random.below(18) as usize]),
                    ] {
                        let found = join(wide.call(&mut *store, (a, ah, b, bh)).unwrap());
                        let expected = join((a, ah)).wrapping_mul(join((b, bh)));
                        assert_eq!(found, expected, "{ah:#x}:{a:#x} * {bh:#x}:{b:#x}");
                    }
                }
            }
        });
    }
}

#[test]
fn ten_million_pairs_are_multiplied_as_by_128_bit_arithmetic() {
    const PAIRS: u32 = 10_000_000;
    let next = |x: &mut u64| {
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        *x
    };
    let (first_a, first_b) = (0x9E37_79B9_7F4A_7C15, 0x0123_4567_89AB_CDEF);
    let (mut a, mut b) = (first_a, first_b);
    let mut expected = 0u64;
    for _ in 0..PAIRS {
        let product = u128::from(next(&mut a)) * u128::from(next(&mut b));
        let high = ((product >> 64) as u64).wrapping_mul(3);
        expected = expected.rotate_left(9) ^ (product as u64).wrapping_add(high);
    }
    for routine in [COLUMNS, MIDDLE, CARRIES] {
        each(routine, |store, guest| {
            let many = guest.get_typed_func::<(u32, u64, u64), u64>(&mut *store, "many").unwrap();
            let found = many.call(&mut *store, (PAIRS, first_a, first_b)).unwrap();
            assert_eq!(found, expected);
        });
    }
}
