//! Bits: rotations, byte swaps, masks, extensions of signs, selections, comparisons.
//!
//! Each idiom is written once for both widths. `W` gives the instructions of a width.

use super::code::{Tree, bin, chain, get, i32c, i64c, select, un};
use super::writer::Writer;
use wasm_encoder::{Instruction as I, ValType};

/// The instructions of a width.
pub struct W {
    /// The type.
    pub ty: ValType,
    /// Whether it is `i64`.
    pub long: bool,
}

macro_rules! both {
    ($($name:ident $short:ident $long:ident;)*) => {
        impl W {
            $(#[doc = concat!("`", stringify!($short), "` or `", stringify!($long), "`")]
            pub fn $name(&self, a: Tree, b: Tree) -> Tree {
                bin(if self.long { I::$long } else { I::$short }, a, b)
            })*
        }
    };
}

both! {
    add I32Add I64Add; sub I32Sub I64Sub; mul I32Mul I64Mul; and I32And I64And; or I32Or I64Or;
    xor I32Xor I64Xor; shl I32Shl I64Shl; shr_u I32ShrU I64ShrU; shr_s I32ShrS I64ShrS;
    rotl I32Rotl I64Rotl; rotr I32Rotr I64Rotr; eq I32Eq I64Eq; ne I32Ne I64Ne; lt_u I32LtU I64LtU;
    lt_s I32LtS I64LtS; gt_u I32GtU I64GtU; gt_s I32GtS I64GtS; le_u I32LeU I64LeU; ge_s I32GeS I64GeS;
    div_u I32DivU I64DivU; rem_s I32RemS I64RemS;
}

impl W {
    /// Of a type that is an integer's.
    pub fn of(ty: ValType) -> W {
        W { ty, long: ty == ValType::I64 }
    }

    /// A constant.
    pub fn c(&self, value: i64) -> Tree {
        if self.long { i64c(value) } else { i32c(value as i32) }
    }

    /// Its bits.
    pub fn bits(&self) -> i64 {
        if self.long { 64 } else { 32 }
    }

    /// A condition as a number of this type.
    pub fn flag(&self, condition: Tree) -> Tree {
        if self.long { un(I::I64ExtendI32U, condition) } else { condition }
    }
}

/// An operation, as it comes.
pub fn plain(w: &mut Writer<'_>, ty: ValType, depth: u32) -> Tree {
    let width = W::of(ty);
    let a = w.expr(ty, depth - 1);
    let b = match w.rng.below(3) {
        0 => w.constant(ty),
        _ => w.expr(ty, depth - 1),
    };
    let ops = [
        W::add,
        W::sub,
        W::mul,
        W::and,
        W::or,
        W::xor,
        W::shl,
        W::shr_u,
        W::shr_s,
        W::rotl,
        W::rotr,
        W::add,
        W::and,
        W::xor,
    ];
    if w.rng.chance(1, 12) {
        // Mostly not by zero.
        let b = width.or(b, width.c(if w.rng.chance(1, 8) { 0 } else { 1 }));
        return if w.rng.chance(1, 2) { width.div_u(a, b) } else { width.rem_s(a, b) };
    }
    if w.rng.chance(1, 10) {
        let short = [I::I32Clz, I::I32Ctz, I::I32Popcnt];
        let long = [I::I64Clz, I::I64Ctz, I::I64Popcnt];
        let number = w.rng.below(3) as usize;
        return un(if width.long { long[number].clone() } else { short[number].clone() }, a);
    }
    ops[w.rng.below(ops.len() as u64) as usize](&width, a, b)
}

/// A comparison, or one made of others.
pub fn compare(w: &mut Writer<'_>, depth: u32) -> Tree {
    let width = W::of(w.one_of(&[ValType::I32, ValType::I64]));
    let a = w.expr(width.ty, depth - 1);
    let b = match w.rng.below(2) {
        0 => w.constant(width.ty),
        _ => w.expr(width.ty, depth - 1),
    };
    let ops = [W::eq, W::ne, W::lt_u, W::lt_s, W::gt_u, W::gt_s, W::le_u, W::ge_s];
    let simple = ops[w.rng.below(8) as usize](&width, a, b);
    match w.rng.below(8) {
        0 => un(I::I32Eqz, simple),
        1 => un(I::I32Eqz, un(I::I32Eqz, simple)),
        2 => bin(I::I32And, simple, get(w.some_local(ValType::I32))),
        3 if depth > 1 => bin(I::I32Or, simple, compare(w, depth - 1)),
        4 => {
            // The way of code that takes the same time for all: the top bit of (x - 1) & ~x.
            let x = w.expr(ValType::I32, depth - 1);
            let x = w.save(ValType::I32, x);
            let top = w.one_of(&[31, 31, 31, 8, 30]);
            let less = bin(I::I32Sub, get(x), i32c(1));
            let not = bin(I::I32Xor, get(x), i32c(-1));
            bin(I::I32ShrU, bin(I::I32And, less, not), i32c(top))
        }
        5 => bin(I::I32Ne, simple, i32c(w.one_of(&[0, 1]))),
        _ => simple,
    }
}

/// Between the widths.
pub fn conversion(w: &mut Writer<'_>, ty: ValType, depth: u32) -> Tree {
    let short = ty == ValType::I32;
    match w.rng.below(8) {
        0..3 if short => un(I::I32WrapI64, w.expr(ValType::I64, depth - 1)),
        3 if short => un(I::I32TruncSatF64S, w.expr(ValType::F64, depth - 1)),
        4 if short => un(I::I32ReinterpretF32, w.expr(ValType::F32, depth - 1)),
        5 if short => un(I::I32Extend8S, w.expr(ValType::I32, depth - 1)),
        6 if short => Tree::Leaf(I::MemorySize(0)),
        _ if short => {
            let high = bin(I::I64ShrU, w.expr(ValType::I64, depth - 1), i64c(32));
            un(I::I32WrapI64, high)
        }
        0..3 => un(I::I64ExtendI32U, w.expr(ValType::I32, depth - 1)),
        3 => un(I::I64ExtendI32S, w.expr(ValType::I32, depth - 1)),
        4 => un(I::I64ReinterpretF64, w.expr(ValType::F64, depth - 1)),
        5 => un(I::I64TruncSatF32U, w.expr(ValType::F32, depth - 1)),
        6 if w.world.vectors => un(I::I64x2ExtractLane(1), w.expr(ValType::V128, depth - 1)),
        _ => un(I::I64Extend32S, w.expr(ValType::I64, depth - 1)),
    }
}

/// One of the idioms below, on some value.
pub fn idiom(w: &mut Writer<'_>, ty: ValType, depth: u32) -> Tree {
    let width = W::of(ty);
    let x = w.expr(ty, depth - 1);
    let x = w.save(ty, x);
    w.spend(12);
    match w.rng.below(11) {
        10 => logic(w, &width, x, depth),
        0 | 1 => rotation(w, &width, x),
        2 => narrow_rotation(w, &width, x),
        3 | 4 => swap(w, &width, x),
        5 => extension(w, &width, x),
        6 | 7 => selection(w, &width, x, depth),
        8 => masked(w, &width, x),
        _ => halves(w, &width, x, depth),
    }
}

/// A number of bits, at or around those that matter.
fn count(w: &mut Writer<'_>, width: &W) -> i64 {
    let bits = width.bits();
    match w.rng.below(4) {
        0 => w.one_of(&[0, 1, 7, 8, 16, 24, 31, 32, 33, 63, 64]),
        _ => w.rng.below(bits as u64) as i64,
    }
}

/// `x << n | x >> (bits - n)`, by a constant or by a variable, or nearly.
fn rotation(w: &mut Writer<'_>, width: &W, x: u32) -> Tree {
    let join = [W::or, W::or, W::or, W::xor, W::add][w.rng.below(5) as usize];
    let bits = width.bits();
    let (left, right) = if w.rng.chance(1, 2) {
        let n = count(w, width);
        let wrong = if w.rng.chance(1, 5) { w.one_of(&[1, -1, 32, 8]) } else { 0 };
        (width.c(n), width.c(bits - n + wrong))
    } else {
        let n = w.some_local(width.ty);
        let back = match w.rng.below(4) {
            0 => width.and(width.sub(width.c(0), get(n)), width.c(bits - 1)),
            1 => width.sub(width.c(0), get(n)),
            2 => width.sub(width.c(bits), get(n)),
            _ => width.sub(width.c(w.one_of(&[bits - 1, bits, bits / 2, 0])), get(n)),
        };
        let n = match w.rng.below(3) {
            0 => width.and(get(n), width.c(w.one_of(&[bits - 1, bits - 1, bits / 2 - 1]))),
            _ => get(n),
        };
        (n, back)
    };
    let other = if w.rng.chance(1, 6) { w.some_local(width.ty) } else { x };
    let down = if w.rng.chance(1, 8) { W::shr_s } else { W::shr_u };
    let (a, b) = (width.shl(get(x), left), down(width, get(other), right));
    if w.rng.chance(1, 2) { join(width, a, b) } else { join(width, b, a) }
}

/// A rotation of 8 or 16 bits within a wider number.
fn narrow_rotation(w: &mut Writer<'_>, width: &W, x: u32) -> Tree {
    let bits: i64 = w.one_of(&[8, 16, 32]);
    let mask = (1i64 << bits) - 1;
    let n = w.rng.below(bits as u64) as i64;
    let wrong = if w.rng.chance(1, 6) { 1 } else { 0 };
    let narrow = w.rng.chance(1, 2);
    let value = w.save(width.ty, if narrow { width.and(get(x), width.c(mask)) } else { get(x) });
    let up = width.shl(get(value), width.c(n));
    let down = width.shr_u(
        if narrow { get(value) } else { width.and(get(value), width.c(mask)) },
        width.c(bits - n + wrong),
    );
    let joined = width.or(up, down);
    if w.rng.chance(5, 6) { width.and(joined, width.c(mask)) } else { joined }
}

/// A byte swap of the width, or of 16 bits, or nearly.
fn swap(w: &mut Writer<'_>, width: &W, x: u32) -> Tree {
    let wrong = w.rng.chance(1, 4);
    let bits = width.bits();
    match w.rng.below(4) {
        // 16 bits: x << 8 | x >> 8.
        0 => {
            let low = width.and(get(x), width.c(if wrong { 0xFFFE } else { 0xFFFF }));
            let swapped = width.or(width.shl(get(x), width.c(8)), width.shr_u(low, width.c(8)));
            width.and(swapped, width.c(0xFFFF))
        }
        // All bytes, one by one, each in its own mask.
        1 => {
            let bytes = bits / 8;
            let other = w.rng.below(bytes as u64) as i64;
            let mut parts = Vec::new();
            for byte in 0..bytes {
                let by = bits - 8 - 16 * byte;
                let by = if wrong && byte == other { by ^ 8 } else { by };
                let outer = byte == 0 || byte == bytes - 1;
                let mask = 0xFFi64.wrapping_shl((8 * (bytes - 1 - byte)) as u32);
                let moved = match by {
                    0.. => width.shl(get(x), width.c(by)),
                    _ => width.shr_u(get(x), width.c(-by)),
                };
                parts.push(if outer { moved } else { width.and(moved, width.c(mask)) });
            }
            let or = if width.long { I::I64Or } else { I::I32Or };
            chain(&or, parts)
        }
        // By halves: neighbours first, then pairs, then fours.
        _ => {
            let mut value = x;
            for (by, mask) in
                [(8, 0x00FF_00FF_00FF_00FFi64), (16, 0x0000_FFFF_0000_FFFF), (32, 0xFFFF_FFFF)]
            {
                if by >= bits {
                    break;
                }
                let mask = if wrong && w.rng.chance(1, 3) { mask ^ 0x100 } else { mask };
                let up = width.shl(width.and(get(value), width.c(mask)), width.c(by));
                let down = width.and(width.shr_u(get(value), width.c(by)), width.c(mask));
                let swapped = width.or(up, down);
                value = w.save(width.ty, swapped);
                if by == 8 && !width.long && w.rng.chance(1, 2) {
                    // The halves change places by a rotation.
                    return width.rotl(get(value), width.c(if wrong { 15 } else { 16 }));
                }
            }
            get(value)
        }
    }
}

/// A sign's extension by two shifts, or a mask by two shifts, or nearly.
fn extension(w: &mut Writer<'_>, width: &W, x: u32) -> Tree {
    let n = w.one_of(&[8, 16, 24, 32, 48, 56, 1, 31]).min(width.bits() - 1);
    let back = if w.rng.chance(1, 5) { n - 1 } else { n };
    let down = if w.rng.chance(1, 3) { W::shr_u } else { W::shr_s };
    if w.rng.chance(1, 4) {
        // Arithmetic instead of shifts: (x ^ sign) - sign.
        let sign = 1i64 << (width.bits() - 1 - n);
        let low = width.and(get(x), width.c(sign * 2 - 1));
        let other = if w.rng.chance(1, 5) { sign / 2 } else { sign };
        return width.sub(width.xor(low, width.c(sign)), width.c(other));
    }
    down(width, width.shl(get(x), width.c(n)), width.c(back))
}

/// Minimum, maximum, absolute value, clamp, mask or number from a condition; by `select` or by bits.
fn selection(w: &mut Writer<'_>, width: &W, x: u32, depth: u32) -> Tree {
    let y = w.expr(width.ty, depth - 1);
    let y = w.save(width.ty, y);
    let ops = [W::lt_s, W::lt_u, W::gt_s, W::gt_u, W::le_u, W::ge_s];
    let op = ops[w.rng.below(6) as usize];
    match w.rng.below(6) {
        0 | 1 => {
            let (a, b) = if w.rng.chance(1, 2) { (x, y) } else { (y, x) };
            select(get(a), get(b), op(width, get(x), get(y)))
        }
        2 => {
            let negative = width.sub(width.c(0), get(x));
            select(negative, get(x), op(width, get(x), width.c(0)))
        }
        3 => {
            let by = width.bits() - if w.rng.chance(1, 6) { 2 } else { 1 };
            let sign = width.shr_s(get(x), width.c(by));
            let sign = w.save(width.ty, sign);
            width.sub(width.xor(get(x), get(sign)), get(sign))
        }
        4 => {
            // y ^ ((x ^ y) & -condition)
            let mask = width.sub(width.c(0), width.flag(op(width, get(x), get(y))));
            width.xor(get(y), width.and(width.xor(get(x), get(y)), mask))
        }
        _ => {
            let low = w.constant(width.ty);
            let low = w.save(width.ty, low);
            let inner = select(get(x), get(low), op(width, get(x), get(low)));
            let inner = w.save(width.ty, inner);
            select(get(inner), get(y), width.lt_u(get(inner), get(y)))
        }
    }
}

/// Masks around shifts, powers of two, the lowest bit.
fn masked(w: &mut Writer<'_>, width: &W, x: u32) -> Tree {
    let n = count(w, width) % width.bits();
    let mask = w.one_of(&[0xFF, 0xFFFF, 0x7F, 0x1FF, 1, 0xFFFF_FFFF, 0xFF00]);
    match w.rng.below(6) {
        0 => width.and(width.shr_u(get(x), width.c(n)), width.c(mask)),
        1 => width.shl(width.and(get(x), width.c(mask)), width.c(n)),
        2 => width.and(get(x), width.sub(width.c(0), get(x))),
        3 => width.and(get(x), width.sub(get(x), width.c(1))),
        4 => {
            let bit = width.shl(width.c(1), get(w.some_local(width.ty)));
            width.and(get(x), width.xor(bit, width.c(-1)))
        }
        _ => {
            let sum = width.add(width.and(get(x), width.c(mask)), width.c(mask));
            width.shr_u(width.and(sum, width.c(!mask)), width.c(n))
        }
    }
}

/// Three words mixed bit by bit, as hash functions do.
fn logic(w: &mut Writer<'_>, width: &W, x: u32, depth: u32) -> Tree {
    let y = w.expr(width.ty, depth - 1);
    let y = w.save(width.ty, y);
    let z = if w.rng.chance(1, 6) { y } else { w.some_local(width.ty) };
    let ones = if w.rng.chance(1, 12) { -2 } else { -1 };
    let not = |a: Tree| width.xor(a, width.c(ones));
    match w.rng.below(6) {
        0 | 1 => width.xor(get(z), width.and(get(y), not(get(x)))),
        2 => width.xor(width.and(get(x), get(y)), width.xor(get(z), get(y))),
        3 => width.or(width.and(get(x), get(y)), width.and(not(get(x)), get(z))),
        4 => width.xor(get(z), width.and(get(x), width.xor(get(y), get(z)))),
        _ => {
            let both = width.and(get(x), get(y));
            width.xor(width.xor(both, width.and(get(x), get(z))), width.and(get(y), get(z)))
        }
    }
}

/// A long number from two short ones, or a part of one.
fn halves(w: &mut Writer<'_>, width: &W, x: u32, depth: u32) -> Tree {
    if !width.long {
        let y = w.expr(ValType::I64, depth - 1);
        return un(I::I32WrapI64, bin(I::I64ShrU, y, i64c(w.one_of(&[32, 31, 33, 16]))));
    }
    let low = w.expr(ValType::I32, depth - 1);
    let by = w.one_of(&[32, 32, 32, 31]);
    let extend = if w.rng.chance(1, 5) { I::I64ExtendI32S } else { I::I64ExtendI32U };
    bin(I::I64Or, bin(I::I64Shl, get(x), i64c(by)), un(extend, low))
}
