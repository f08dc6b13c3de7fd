//! Values in scripts: arguments, and patterns of results.

use std::fmt::Write;
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::{WastArg, WastRet};
use waxwing::{AnyRef, ExternRef, HeapType as Heap, RefType, Store, V128, Val, ValType};

const F32_QUIET: u64 = 0x0040_0000;
const F64_QUIET: u64 = 0x0008_0000_0000_0000;
const F32_INFINITY: u64 = 0x7f80_0000;
const F64_INFINITY: u64 = 0x7ff0_0000_0000_0000;

/// The value of an argument; `ref.extern n` refers to the number `n`.
pub(crate) fn argument(arg: &WastArg<'_>) -> Result<Val, String> {
    let WastArg::Core(arg) = arg else {
        return Err("component values are not supported".to_owned());
    };
    Ok(match arg {
        WastArgCore::I32(v) => Val::I32(*v),
        WastArgCore::I64(v) => Val::I64(*v),
        WastArgCore::F32(v) => Val::F32(v.bits),
        WastArgCore::F64(v) => Val::F64(v.bits),
        WastArgCore::V128(v) => Val::V128(V128(u128::from_le_bytes(v.to_le_bytes()))),
        WastArgCore::RefNull(heap) => Val::default_of(ValType::Ref(null_type(heap)?)),
        WastArgCore::RefExtern(n) => Val::ExternRef(Some(ExternRef::new(*n))),
        WastArgCore::RefHost(n) => Val::AnyRef(Some(AnyRef::from(ExternRef::new(*n)))),
    })
}

/// The type above all those that a null of this type is a value of.
fn null_type(heap: &HeapType<'_>) -> Result<RefType, String> {
    use AbstractHeapType as Type;
    Ok(match heap {
        HeapType::Abstract { shared: false, ty: Type::Func | Type::NoFunc } => RefType::FUNCREF,
        HeapType::Abstract { shared: false, ty: Type::Extern | Type::NoExtern } => {
            RefType::EXTERNREF
        }
        HeapType::Abstract { shared: false, ty: Type::Exn | Type::NoExn } => RefType::EXNREF,
        HeapType::Abstract {
            shared: false,
            ty: Type::Any | Type::Eq | Type::I31 | Type::Struct | Type::Array | Type::None,
        } => RefType::ANYREF,
        other => return Err(format!("null of type {other:?} is not supported")),
    })
}

/// Whether results are the expected ones; if not, what was expected and what came.
pub(crate) fn check(
    store: &Store<()>,
    expected: &[WastRet<'_>],
    got: &[Val],
) -> Result<(), String> {
    let mut fits = expected.len() == got.len();
    for (expected, got) in expected.iter().zip(got) {
        let WastRet::Core(expected) = expected else {
            return Err("component values are not supported".to_owned());
        };
        fits &= matches(store, expected, got)?;
    }
    if fits {
        return Ok(());
    }
    let expected: Vec<String> = expected.iter().map(|e| format!("{e:?}")).collect();
    let got: Vec<String> = got.iter().map(describe).collect();
    Err(format!("expected [{}], got [{}]", expected.join(", "), got.join(", ")))
}

fn matches(store: &Store<()>, expected: &WastRetCore<'_>, got: &Val) -> Result<bool, String> {
    let below =
        |got: &Val, heap| got.matches(store, ValType::Ref(RefType { nullable: false, heap }));
    Ok(match (expected, got) {
        (WastRetCore::I32(e), Val::I32(g)) => e == g,
        (WastRetCore::I64(e), Val::I64(g)) => e == g,
        (WastRetCore::F32(e), Val::F32(g)) => f32_matches(e, *g),
        (WastRetCore::F64(e), Val::F64(g)) => f64_matches(e, *g),
        (WastRetCore::V128(e), Val::V128(g)) => v128_matches(e, g.0),
        (WastRetCore::RefNull(None), got) => got.is_null(),
        (WastRetCore::RefNull(Some(heap)), got) => {
            got.is_null() && got.ty() == ValType::Ref(null_type(heap)?)
        }
        (WastRetCore::RefExtern(None), Val::ExternRef(g)) => g.is_some(),
        (WastRetCore::RefExtern(Some(e)), Val::ExternRef(Some(g))) => number(g) == Some(*e),
        (WastRetCore::RefHost(e), Val::AnyRef(Some(g))) => {
            number(&ExternRef::from(g.clone())) == Some(*e)
        }
        (WastRetCore::RefFunc(None), Val::FuncRef(g)) => g.is_some(),
        (WastRetCore::RefFunc(Some(_)), Val::FuncRef(_)) => {
            return Err("ref.func with an index is not supported".to_owned());
        }
        (WastRetCore::RefAny, got) => below(got, Heap::Any),
        (WastRetCore::RefEq, got) => below(got, Heap::Eq),
        (WastRetCore::RefI31, got) => below(got, Heap::I31),
        (WastRetCore::RefStruct, got) => below(got, Heap::Struct),
        (WastRetCore::RefArray, got) => below(got, Heap::Array),
        (WastRetCore::Either(cases), got) => {
            for case in cases {
                if matches(store, case, got)? {
                    return Ok(true);
                }
            }
            false
        }
        _ => false,
    })
}

/// The number that an argument was made of.
fn number(value: &ExternRef) -> Option<u32> {
    value.data()?.downcast_ref().copied()
}

/// The bits of a pattern for a NaN: those that count, and what they must be. The sign never counts.
fn nan(canonical: bool, quiet: u64, infinity: u64) -> (u64, u64) {
    // Canonical: the payload is the quiet bit alone. Arithmetic: the quiet bit is set at least.
    let mantissa = (quiet << 1) - 1;
    (infinity | if canonical { mantissa } else { quiet }, infinity | quiet)
}

fn f32_matches(expected: &NanPattern<wast::token::F32>, got: u32) -> bool {
    let (mask, want) = match expected {
        NanPattern::Value(v) => return v.bits == got,
        NanPattern::CanonicalNan => nan(true, F32_QUIET, F32_INFINITY),
        NanPattern::ArithmeticNan => nan(false, F32_QUIET, F32_INFINITY),
    };
    u64::from(got) & mask == want
}

fn f64_matches(expected: &NanPattern<wast::token::F64>, got: u64) -> bool {
    let (mask, want) = match expected {
        NanPattern::Value(v) => return v.bits == got,
        NanPattern::CanonicalNan => nan(true, F64_QUIET, F64_INFINITY),
        NanPattern::ArithmeticNan => nan(false, F64_QUIET, F64_INFINITY),
    };
    got & mask == want
}

/// Lane `i` of a vector whose lanes have `bits` bits.
fn lane(v: u128, bits: usize, i: usize) -> u64 {
    (v >> (bits * i)) as u64 & (u64::MAX >> (64 - bits))
}

fn v128_matches(expected: &V128Pattern, got: u128) -> bool {
    match expected {
        V128Pattern::I8x16(e) => e.iter().enumerate().all(|(i, &e)| lane(got, 8, i) as i8 == e),
        V128Pattern::I16x8(e) => e.iter().enumerate().all(|(i, &e)| lane(got, 16, i) as i16 == e),
        V128Pattern::I32x4(e) => e.iter().enumerate().all(|(i, &e)| lane(got, 32, i) as i32 == e),
        V128Pattern::I64x2(e) => e.iter().enumerate().all(|(i, &e)| lane(got, 64, i) as i64 == e),
        V128Pattern::F32x4(e) => {
            e.iter().enumerate().all(|(i, e)| f32_matches(e, lane(got, 32, i) as u32))
        }
        V128Pattern::F64x2(e) => {
            e.iter().enumerate().all(|(i, e)| f64_matches(e, lane(got, 64, i)))
        }
    }
}

fn describe(val: &Val) -> String {
    let mut out = String::new();
    let _ = match val {
        Val::I32(v) => write!(out, "i32 {v} ({v:#x})"),
        Val::I64(v) => write!(out, "i64 {v} ({v:#x})"),
        Val::F32(v) => write!(out, "f32 {} ({v:#010x})", f32::from_bits(*v)),
        Val::F64(v) => write!(out, "f64 {} ({v:#018x})", f64::from_bits(*v)),
        Val::V128(v) => write!(out, "v128 {:#034x}", v.0),
        value if value.is_null() => write!(out, "null {}", value.ty()),
        Val::ExternRef(Some(value)) => match number(value) {
            Some(n) => write!(out, "externref {n}"),
            None => write!(out, "externref of another host, or converted"),
        },
        Val::AnyRef(Some(value)) => match value.as_i31() {
            Some(n) => write!(out, "i31 {}", n.get_i32()),
            None => write!(out, "anyref"),
        },
        other => write!(out, "{}", other.ty()),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use wast::token::F32;

    #[test]
    fn nan_patterns_look_at_the_right_bits() {
        let canonical = |bits| f32_matches(&NanPattern::CanonicalNan, bits);
        let arithmetic = |bits| f32_matches(&NanPattern::ArithmeticNan, bits);
        assert!(canonical(0x7fc0_0000) && canonical(0xffc0_0000));
        assert!(!canonical(0x7fc0_0001) && !canonical(0x7f80_0000) && !canonical(0x7fa0_0000));
        assert!(arithmetic(0x7fc0_0001) && arithmetic(0xffff_ffff));
        assert!(!arithmetic(0x7f80_0001) && !arithmetic(0x7f80_0000) && !arithmetic(0x0040_0000));
        assert!(!f32_matches(&NanPattern::Value(F32 { bits: 0 }), 0x8000_0000));
        let wide = |bits| f64_matches(&NanPattern::CanonicalNan, bits);
        assert!(wide(0x7ff8_0000_0000_0000) && wide(0xfff8_0000_0000_0000));
        assert!(!wide(0x7ff8_0000_0000_0001) && !wide(0x7ff0_0000_0000_0000));
    }

    #[test]
    fn lanes_count_from_the_low_bits() {
        let v = 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100u128;
        assert_eq!(lane(v, 8, 15), 0x0f);
        assert_eq!(lane(v, 16, 1), 0x0302);
        assert_eq!(lane(v, 64, 1), 0x0f0e_0d0c_0b0a_0908);
        assert!(v128_matches(
            &V128Pattern::I64x2([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]),
            v
        ));
        assert!(!v128_matches(&V128Pattern::I64x2([0x0706_0504_0302_0100, 0]), v));
    }
}
