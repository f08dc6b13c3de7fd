//! Numbers of 128 bits: products, sums with carries, differences with borrows, shifts; spelt out,
//! or nearly.

use super::access;
use super::code::{Tree, bin, chain, get, i64c, memarg, un};
use super::writer::Writer;
use wasm_encoder::{Instruction as I, ValType};

const ADD: I<'static> = I::I64Add;

/// The low half of a 64-bit number, in one of its spellings, mostly the same throughout a function;
/// now and then not quite.
pub fn low(w: &mut Writer<'_>, x: u32) -> Tree {
    if w.rng.chance(1, 96) {
        let mask = w.one_of(&[0x7FFF_FFFF, 0x1_FFFF_FFFF, 0xFFFF_FFFE, -0x1_0000_0000]);
        return bin(I::I64And, get(x), i64c(mask));
    }
    let style = if w.style == 7 { w.rng.below(7) } else { w.style };
    match style {
        5 => un(I::I64ExtendI32U, un(I::I32WrapI64, get(x))),
        6 => bin(I::I64ShrU, bin(I::I64Shl, get(x), i64c(32)), i64c(32)),
        _ => bin(I::I64And, get(x), i64c(0xFFFF_FFFF)),
    }
}

/// The high half of a 64-bit number; now and then not quite.
pub fn high(w: &mut Writer<'_>, x: u32) -> Tree {
    let shift = if w.rng.chance(1, 96) { w.one_of(&[31, 33, 0, 63]) } else { 32 };
    let down = if w.rng.chance(1, 96) { I::I64ShrS } else { I::I64ShrU };
    bin(down, get(x), i64c(shift))
}

/// Both halves of a product of two locals: the low and the high one.
pub struct Product {
    /// The low half.
    pub low: Tree,
    /// The high half.
    pub high: Tree,
}

/// A product spelt out. Statements that it needs are written at once.
pub fn product(w: &mut Writer<'_>, a: u32, b: u32) -> Product {
    w.spend(40);
    match w.rng.below(6) {
        0 | 1 => columns(w, a, b),
        2 | 3 => middle(w, a, b),
        4 if w.world.wide => machine(w, a, b),
        _ => knuth(w, a, b),
    }
}

/// The halves of both operands, and their four products in locals: low, low by high, high by low,
/// high.
fn partial(w: &mut Writer<'_>, a: u32, b: u32) -> [u32; 4] {
    let long = ValType::I64;
    let half = |w: &mut Writer<'_>, x, up: bool| {
        let tree = if up { high(w, x) } else { low(w, x) };
        w.save(long, tree)
    };
    let (a0, a1) = (half(w, a, false), half(w, a, true));
    let (b0, b1) = (half(w, b, false), half(w, b, true));
    let mut order = [(0, a0, b0), (1, a0, b1), (2, a1, b0), (3, a1, b1)];
    for i in 0..4 {
        order.swap(i, w.rng.below(4) as usize);
    }
    let mut products = [0; 4];
    for (place, x, y) in order {
        products[place] = w.save(long, bin(I::I64Mul, get(x), get(y)));
    }
    products
}

/// As libraries of compilers have it: column by column.
fn columns(w: &mut Writer<'_>, a: u32, b: u32) -> Product {
    let long = ValType::I64;
    let [p0, p1, p2, p3] = partial(w, a, b);
    let carry = high(w, p0);
    let t = w.save(long, bin(ADD, carry, get(p1)));
    let (t_low, t_high) = (low(w, t), high(w, t));
    let u = w.save(long, bin(ADD, t_low, get(p2)));
    let u_high = high(w, u);
    let mut terms = vec![get(p3), t_high, u_high];
    // One is forgotten now and then.
    if w.rng.chance(1, 24) {
        terms.remove(w.rng.below(3) as usize);
    }
    let join = w.rng.below(6);
    let bottom = low(w, p0);
    let top = bin(I::I64Shl, get(u), i64c(32));
    let low = match join {
        0 => bin(I::I64Mul, get(a), get(b)),
        1 => bin(I::I64Add, top, bottom),
        _ => bin(I::I64Or, top, bottom),
    };
    Product { low, high: chain(&ADD, terms) }
}

/// Both middle products are added to the carry at once.
fn middle(w: &mut Writer<'_>, a: u32, b: u32) -> Product {
    let long = ValType::I64;
    let [p0, p1, p2, p3] = partial(w, a, b);
    let mut terms = vec![high(w, p0), low(w, p1), low(w, p2)];
    // Without the masks it overflows for some operands only.
    if w.rng.chance(1, 16) {
        terms[1] = get(p1);
    }
    if w.rng.chance(1, 24) {
        terms.remove(w.rng.below(3) as usize);
    }
    let sum = w.save(long, chain(&ADD, terms));
    let high = chain(&ADD, [get(p3), high(w, p1), high(w, p2), high(w, sum)]);
    let bottom = low(w, p0);
    let low = match w.rng.below(3) {
        0 => bin(I::I64Mul, get(a), get(b)),
        _ => bin(I::I64Or, bin(I::I64Shl, get(sum), i64c(32)), bottom),
    };
    Product { low, high }
}

/// With a carry that is found by a comparison.
fn knuth(w: &mut Writer<'_>, a: u32, b: u32) -> Product {
    let long = ValType::I64;
    let [p0, p1, p2, p3] = partial(w, a, b);
    let sum = w.save(long, bin(ADD, get(p1), get(p2)));
    let other = w.one_of(&[p1, p1, p2, p0]);
    let less = if w.rng.chance(1, 16) { I::I64LtS } else { I::I64LtU };
    let carry = un(I::I64ExtendI32U, bin(less, get(sum), get(other)));
    let carry = bin(I::I64Shl, carry, i64c(32));
    let shifted = w.save(long, bin(I::I64Shl, get(sum), i64c(32)));
    let total = w.save(long, bin(ADD, get(p0), get(shifted)));
    let carried = un(I::I64ExtendI32U, bin(I::I64LtU, get(total), get(shifted)));
    let top = high(w, sum);
    Product { low: get(total), high: chain(&ADD, [get(p3), carry, top, carried]) }
}

/// The operator that multiplies to 128 bits.
fn machine(w: &mut Writer<'_>, a: u32, b: u32) -> Product {
    let signed = w.rng.chance(1, 4);
    let (low, high) = (w.code.local(ValType::I64), w.code.local(ValType::I64));
    w.code.put([
        I::LocalGet(a),
        I::LocalGet(b),
        if signed { I::I64MulWideS } else { I::I64MulWideU },
        I::LocalSet(high),
        I::LocalSet(low),
    ]);
    Product { low: get(low), high: get(high) }
}

/// One number of 64 bits from such an idiom.
pub fn idiom(w: &mut Writer<'_>, ty: ValType, depth: u32) -> Tree {
    let long = ValType::I64;
    if w.room < 4 {
        return w.constant(ty);
    }
    let a = w.expr(long, depth - 1);
    let a = w.save(long, a);
    let b = w.expr(long, depth - 1);
    let b = w.save(long, b);
    let value = match w.rng.below(6) {
        5 if w.world.wide => machine_sum(w, a, b).1,
        0 => {
            let product = product(w, a, b);
            if w.rng.chance(3, 4) { product.high } else { product.low }
        }
        1 => {
            let Product { low, high } = product(w, a, b);
            let low = w.save(long, low);
            let high = w.save(long, high);
            // The top of a product, as scalars modulo 2^51 and the like take it.
            let by = w.one_of(&[51, 26, 63, 1, 13]);
            let up = bin(I::I64Shl, get(high), i64c(64 - by));
            bin(I::I64Or, up, bin(I::I64ShrU, get(low), i64c(by)))
        }
        2 => carry(w, a, b).1,
        3 => borrow(w, a, b).1,
        _ => {
            // A signed one: the unsigned high half, less what the signs add.
            let high = product(w, a, b).high;
            let sign = w.one_of(&[63, 63, 63, 31]);
            let of = |x, y| bin(I::I64And, bin(I::I64ShrS, get(x), i64c(sign)), get(y));
            bin(I::I64Sub, bin(I::I64Sub, high, of(a, b)), of(b, a))
        }
    };
    if ty == long { value } else { un(I::I32WrapI64, value) }
}

/// A sum, and a sum of other words with its carry.
fn carry(w: &mut Writer<'_>, a: u32, b: u32) -> (Tree, Tree) {
    w.spend(12);
    let long = ValType::I64;
    let sum = w.save(long, bin(ADD, get(a), get(b)));
    let than = w.one_of(&[a, b, b, sum]);
    let test = match w.rng.below(8) {
        0 => bin(I::I64GtU, get(than), get(sum)),
        1 => bin(I::I64LeU, get(sum), get(than)),
        2 => bin(I::I64LtS, get(sum), get(than)),
        _ => bin(I::I64LtU, get(sum), get(than)),
    };
    let test = un(I::I64ExtendI32U, test);
    let (x, y) = (w.some_local(long), w.some_local(long));
    let top = chain(&ADD, [get(x), get(y), test]);
    (get(sum), top)
}

/// A difference, and a difference of other words with its borrow.
fn borrow(w: &mut Writer<'_>, a: u32, b: u32) -> (Tree, Tree) {
    w.spend(12);
    let long = ValType::I64;
    let test = match w.rng.below(6) {
        0 => bin(I::I64GtU, get(b), get(a)),
        1 => bin(I::I64LtS, get(a), get(b)),
        _ => bin(I::I64LtU, get(a), get(b)),
    };
    let test = un(I::I64ExtendI32U, test);
    let difference = w.save(long, bin(I::I64Sub, get(a), get(b)));
    let (x, y) = (w.some_local(long), w.some_local(long));
    let top = bin(I::I64Sub, bin(I::I64Sub, get(x), get(y)), test);
    (get(difference), top)
}

/// A sum or difference of 128 bits by the operator for it.
fn machine_sum(w: &mut Writer<'_>, a: u32, b: u32) -> (Tree, Tree) {
    let long = ValType::I64;
    let (low, high) = (w.code.local(long), w.code.local(long));
    let op = if w.rng.chance(1, 2) { I::I64Add128 } else { I::I64Sub128 };
    let (x, y) = (w.some_local(long), w.some_local(long));
    w.code.put([a, x, b, y].map(I::LocalGet));
    w.code.put([op, I::LocalSet(high), I::LocalSet(low)]);
    (get(low), get(high))
}

/// Both halves of something wide, stored.
pub fn stored(w: &mut Writer<'_>, depth: u32) {
    if w.room < 6 {
        return;
    }
    if w.rng.chance(1, 3) {
        return limbs(w);
    }
    let long = ValType::I64;
    let a = w.expr(long, depth);
    let a = w.save(long, a);
    let b = w.expr(long, depth);
    let b = w.save(long, b);
    let pointer = access::address(w, 0);
    let pointer = w.save(ValType::I32, pointer);
    let (low, high) = match w.rng.below(4) {
        0 => carry(w, a, b),
        1 => borrow(w, a, b),
        2 if w.world.wide => machine_sum(w, a, b),
        _ => {
            let Product { low, high } = product(w, a, b);
            (low, high)
        }
    };
    store_pair(w, pointer, low, high);
}

/// A sum or difference of numbers of a few words in memory, with the carry handed on from word to
/// word.
fn limbs(w: &mut Writer<'_>) {
    let long = ValType::I64;
    let [a, b, to] = [(); 3].map(|()| {
        let pointer = access::address(w, 0);
        w.save(ValType::I32, pointer)
    });
    let subtract = w.rng.chance(1, 3);
    let carry = w.code.local(long);
    let early = w.rng.chance(1, 3);
    for word in 0..2 + w.rng.below(3) {
        let load = |x| un(I::I64Load(memarg(8 * word)), get(x));
        let x = w.save(long, load(a));
        let y = w.save(long, load(b));
        let op = if subtract { I::I64Sub } else { I::I64Add };
        let first = w.save(long, bin(op.clone(), get(x), get(y)));
        let sum = match word {
            0 => first,
            _ => w.save(long, bin(op, get(first), get(carry))),
        };
        let store = bin(I::I64Store(memarg(8 * word)), get(to), get(sum));
        if early {
            w.code.tree(store.clone(), w.rng);
        }
        let than = w.one_of(&[x, y]);
        let over = match (subtract, w.rng.below(8)) {
            (true, 0) => bin(I::I64LtU, get(x), get(first)),
            (true, _) => bin(I::I64LtU, get(x), get(y)),
            (false, 0) => bin(I::I64GtU, get(than), get(first)),
            (false, 1) => bin(I::I64GeU, get(than), get(first)),
            (false, _) => bin(I::I64LtU, get(first), get(than)),
        };
        let over = un(I::I64ExtendI32U, over);
        let next = if word == 0 {
            over
        } else {
            let again = match subtract {
                true => bin(I::I64LtU, get(first), get(carry)),
                false => bin(I::I64LtU, get(sum), get(w.one_of(&[first, carry]))),
            };
            let join = if w.rng.chance(1, 2) { I::I64Or } else { I::I64Add };
            bin(join, over, un(I::I64ExtendI32U, again))
        };
        w.code.set(carry, next, w.rng);
        if !early {
            w.code.tree(store, w.rng);
        }
        w.spend(20);
    }
    let last = w.some_local(long);
    w.code.set(last, get(carry), w.rng);
}

/// Stores two halves, one after the other, at places that are mostly those of a wide number.
pub fn store_pair(w: &mut Writer<'_>, pointer: u32, low: Tree, high: Tree) {
    let (at_low, at_high) = match w.rng.below(16) {
        0 => (8, 0),
        1 => (0, w.one_of(&[4, 7, 16, 0, 9])),
        2 => (w.offset(), w.offset()),
        _ => (0, 8),
    };
    let narrow = w.rng.chance(1, 24);
    let store = |at| match narrow {
        true => I::I64Store32(memarg(at)),
        false => I::I64Store(memarg(at)),
    };
    let mut stores = [(at_low, low), (at_high, high)];
    if w.rng.chance(1, 2) {
        stores.reverse();
    }
    for (at, value) in stores {
        w.code.tree(bin(store(at), get(pointer), value), w.rng);
    }
}
