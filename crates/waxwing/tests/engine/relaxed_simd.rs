//! Relaxed vector operations with the results of the deterministic profile (specification, section
//! 4.3.5), by operands for which the processor's own results are others.

use waxwing::{Config, Cpu, Engine, V128, Val};
use waxwing_testkit::{Guest, PLANS};

fn engines(f: impl Fn(&Engine)) {
    for plan in PLANS {
        // With fused multiplication, if the processor has it, and without.
        for cpu in [Cpu::host(), Cpu { bits: Cpu::host().bits & 0x1f }] {
            let mut config = Config::new();
            config.memory_plan(plan).cpu(cpu).relaxed_simd_deterministic(true);
            f(&Engine::new(&config).expect("an engine"));
        }
    }
}

fn lanes<const N: usize, const SIZE: usize>(lanes: [[u8; SIZE]; N]) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(lanes.as_flattened());
    u128::from_le_bytes(bytes)
}

fn i8x16(first: [i8; 4]) -> u128 {
    let mut all = [0i8; 16];
    all[..4].copy_from_slice(&first);
    lanes(all.map(i8::to_le_bytes))
}

fn i16x8(first: [i16; 2]) -> u128 {
    let mut all = [0i16; 8];
    all[..2].copy_from_slice(&first);
    lanes(all.map(i16::to_le_bytes))
}

fn i32x4(all: [i32; 4]) -> u128 {
    lanes(all.map(i32::to_le_bytes))
}

fn f32x4(all: [f32; 4]) -> u128 {
    lanes(all.map(f32::to_le_bytes))
}

fn f64x2(all: [f64; 2]) -> u128 {
    lanes(all.map(f64::to_le_bytes))
}

/// What an operation makes of operands.
fn check(op: &str, args: &[u128], wanted: u128) {
    let gets: String = (0..args.len()).map(|i| format!("(local.get {i})")).collect();
    check_text(&format!("{op} {gets}"), args, wanted);
}

fn check_text(op: &str, args: &[u128], wanted: u128) {
    let params = "v128 ".repeat(args.len());
    let text = format!("(module (func (export \"f\") (param {params}) (result v128) ({op})))");
    let args: Vec<Val> = args.iter().map(|&v| Val::V128(V128(v))).collect();
    engines(|engine| {
        let got = Guest::new(engine, &text).try_call("f", &args).expect("it runs");
        let [Val::V128(V128(got))] = got[..] else { panic!("one vector: {got:?}") };
        assert_eq!(got, wanted, "{op}: {got:#034x}, not {wanted:#034x}");
    });
}

#[test]
fn products_are_rounded_before_they_are_added() {
    let (a, b) = (1.0 + f32::EPSILON, 1.0 - f32::EPSILON);
    // Exactly 1 - EPSILON^2, which rounds to 1.
    check("f32x4.relaxed_madd", &[f32x4([a; 4]), f32x4([b; 4]), f32x4([-1.0; 4])], f32x4([0.0; 4]));
    check("f32x4.relaxed_nmadd", &[f32x4([a; 4]), f32x4([b; 4]), f32x4([1.0; 4])], f32x4([0.0; 4]));
    let (a, b) = (1.0 + f64::EPSILON, 1.0 - f64::EPSILON);
    check("f64x2.relaxed_madd", &[f64x2([a; 2]), f64x2([b; 2]), f64x2([-1.0; 2])], 0);
    check("f64x2.relaxed_nmadd", &[f64x2([a; 2]), f64x2([b; 2]), f64x2([1.0; 2])], 0);
}

#[test]
fn conversions_saturate() {
    let all = [f32::NAN, f32::INFINITY, -3e9, 2.5];
    check("i32x4.relaxed_trunc_f32x4_s", &[f32x4(all)], i32x4([0, i32::MAX, i32::MIN, 2]));
    check("i32x4.relaxed_trunc_f32x4_u", &[f32x4(all)], i32x4([0, -1, 0, 2]));
    let two = [f64::NAN, 5e9];
    check("i32x4.relaxed_trunc_f64x2_s_zero", &[f64x2(two)], i32x4([0, i32::MAX, 0, 0]));
    check("i32x4.relaxed_trunc_f64x2_u_zero", &[f64x2(two)], i32x4([0, -1, 0, 0]));
}

#[test]
fn minimum_and_maximum_are_the_usual_ones() {
    for (min, max, zeros, minus) in [
        ("f32x4.relaxed_min", "f32x4.relaxed_max", 0, f32x4([-0.0; 4])),
        ("f64x2.relaxed_min", "f64x2.relaxed_max", 0, f64x2([-0.0; 2])),
    ] {
        for args in [[zeros, minus], [minus, zeros]] {
            check(min, &args, minus);
            check(max, &args, zeros);
        }
    }
    // A NaN, whichever: its sign is not prescribed.
    let (nan, one) = (f32x4([f32::NAN; 4]), f32x4([1.0; 4]));
    for op in ["min", "max"] {
        let op = format!("f32x4.abs (f32x4.relaxed_{op}");
        check_text(&format!("{op} (local.get 0) (local.get 1))"), &[nan, one], nan);
        check_text(&format!("{op} (local.get 0) (local.get 1))"), &[one, nan], nan);
    }
}

#[test]
fn lanes_are_selected_bit_by_bit() {
    let (a, b, mask) = (u128::MAX / 3, u128::MAX / 5, (u128::MAX / 17) ^ 0x80);
    for op in ["i8x16", "i16x8", "i32x4", "i64x2"] {
        let op = format!("{op}.relaxed_laneselect");
        check(&op, &[a, b, mask], (a & mask) | (b & !mask));
    }
}

#[test]
fn lanes_outside_are_zero() {
    let from = lanes(std::array::from_fn::<[u8; 1], 16, _>(|i| [i as u8 + 1]));
    check("i8x16.relaxed_swizzle", &[from, i8x16([16, 31, -1, 127])], {
        let mut all = [1u8; 16];
        all[..4].fill(0);
        u128::from_le_bytes(all)
    });
}

#[test]
fn integer_products_are_signed_and_saturated() {
    let least = i16x8([i16::MIN, 1]);
    check("i16x8.relaxed_q15mulr_s", &[least, least], i16x8([i16::MAX, 0]));
    let dot = "i16x8.relaxed_dot_i8x16_i7x16_s";
    check(dot, &[i8x16([-128, -128, 3, 4]), i8x16([-127, -127, 5, 6])], i16x8([32512, 39]));
    check(dot, &[i8x16([-128, -128, 1, 0]), i8x16([-128, -128, -1, 0])], i16x8([i16::MAX, -1]));
    let add = "i32x4.relaxed_dot_i8x16_i7x16_add_s";
    let (a, b) = (i8x16([-128; 4]), i8x16([-127; 4]));
    check(add, &[a, b, i32x4([1, 2, 3, 4])], i32x4([65025, 2, 3, 4]));
}

#[test]
fn the_setting_is_part_of_the_fingerprint() {
    let engine = |on| Engine::new(Config::new().relaxed_simd_deterministic(on)).expect("an engine");
    assert_ne!(engine(true).fingerprint(), engine(false).fingerprint());
}
