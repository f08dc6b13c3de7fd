//! Functions that multiply 64-bit integers to 128 bits.
//!
//! WebAssembly has no such multiplication, so compilers call a routine for it (`__multi3` in C's
//! run-time library) that puts four products of 32-bit halves together. It is recognised by what it
//! computes: its body is evaluated over unknown parameters, and what it stores is proved equal to the
//! product. No name and no spelling matters, and what only looks alike is not taken for it.
//!
//! *Proof.* A value of the body is an integer polynomial over the parameters and over *quotients*: a
//! shift right by `k`, or a mask of the low `k` bits, of an integer `x` makes the unknown
//! `q = floor(x / 2^k)`, the same for equal `x` and `k`; then `x >> k = q` and
//! `x & (2^k - 1) = x - 2^k q`. Together with an upper bound it is known whether the 64-bit
//! operation wraps. Equal polynomials are equal for every argument:
//!
//! ```text
//! low + 2^64 high = a_low b_low + 2^64 (a_low b_high + a_high b_low)   (modulo 2^128)
//! ```

use std::collections::{BTreeMap, HashMap};
use wasmparser::{FunctionBody, MemArg, Operator};
use waxwing_module::{FuncType, ValType};

/// Operators beyond which a body is not looked at.
const MOST_OPERATORS: usize = 200;
/// Terms beyond which a polynomial is given up, unknowns in a term, and products of terms in a body:
/// proofs need few, and strangers' code must not take long.
const MOST_TERMS: usize = 24;
const MOST_DEGREE: usize = 3;
const MOST_PRODUCTS: usize = 2000;

/// A function `(address, a_low, a_high, b_low, b_high)` that stores the low 128 bits of the product
/// at the address, and does nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Product {
    /// Its two stores in their order.
    pub(crate) stores: [Half; 2],
}

/// A store of one half of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Half {
    /// Whether it is the high one.
    pub(crate) high: bool,
    /// Where.
    pub(crate) memarg: MemArg,
}

/// Whether the function is a multiplication.
pub(crate) fn product(ty: &FuncType, body: &FunctionBody<'_>) -> Option<Product> {
    use ValType::{I32, I64};
    if ty.params[..] != [I32, I64, I64, I64, I64] || !ty.results.is_empty() {
        return None;
    }
    let mut eval = Eval::new();
    eval.declare(body)?;
    let mut operators = body.get_operators_reader().ok()?;
    for _ in 0..MOST_OPERATORS {
        let op = operators.read().ok()?;
        if matches!(op, Operator::End) {
            return if operators.eof() { eval.product() } else { None };
        }
        eval.operator(&op)?;
    }
    None
}

/// An unknown: a parameter, or a quotient.
type Unknown = u16;

/// Integer coefficients of products of unknowns; none is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Poly(BTreeMap<Vec<Unknown>, i128>);

impl Poly {
    fn constant(value: u64) -> Poly {
        let mut poly = Poly::default();
        if value != 0 {
            poly.0.insert(Vec::new(), i128::from(value));
        }
        poly
    }

    fn unknown(unknown: Unknown) -> Poly {
        Poly(BTreeMap::from([(vec![unknown], 1)]))
    }

    /// `self + factor * other`; nothing if a coefficient is too large for the proof.
    fn add(mut self, other: &Poly, factor: i128) -> Option<Poly> {
        for (term, coefficient) in &other.0 {
            let sum = self.0.entry(term.clone()).or_default();
            *sum = sum.checked_add(coefficient.checked_mul(factor)?)?;
        }
        self.0.retain(|_, coefficient| *coefficient != 0);
        (self.0.len() <= MOST_TERMS).then_some(self)
    }

    fn mul(&self, other: &Poly) -> Option<Poly> {
        let mut product = Poly::default();
        for (term, &coefficient) in &self.0 {
            let mut part = Poly::default();
            for (with, factor) in &other.0 {
                let mut all = [&term[..], with].concat();
                if all.len() > MOST_DEGREE {
                    return None;
                }
                all.sort_unstable();
                part.0.insert(all, coefficient.checked_mul(*factor)?);
            }
            product = product.add(&part, 1)?;
        }
        Some(product)
    }

    /// The greatest power of two that divides every coefficient.
    fn twos(&self) -> u32 {
        self.0.values().map(|c| c.trailing_zeros()).min().unwrap_or(127)
    }
}

/// A value of the body: congruent to the polynomial modulo 2^64, and, if the bound is below that,
/// equal to it. The polynomial itself is never negative if there is a bound.
#[derive(Clone, Debug)]
struct Number {
    poly: Poly,
    max: Option<u128>,
    /// The operands, if it is a sum: a carry is found by comparing the sum with one of them.
    sum_of: Option<Box<[Number; 2]>>,
}

impl Number {
    fn new(poly: Poly, max: Option<u128>) -> Number {
        Number { poly, max, sum_of: None }
    }
}

/// What stands on the stack or in a local.
#[derive(Clone, Debug)]
enum Item {
    /// The address that the function was given.
    Address,
    /// An I64.
    Long(Number),
    /// An I32 that is 0 or 1.
    Flag(Number),
    /// A local that was not set, or another I32 whose value does not matter.
    Other,
}

struct Eval {
    /// How many unknowns there are.
    unknowns: Unknown,
    /// How many products of terms were made.
    products: usize,
    quotients: HashMap<(Poly, u32), Unknown>,
    locals: Vec<Item>,
    stack: Vec<Item>,
    stores: Vec<(MemArg, Number)>,
}

const A_LOW: Unknown = 0;
const A_HIGH: Unknown = 1;
const B_LOW: Unknown = 2;
const B_HIGH: Unknown = 3;

impl Eval {
    fn new() -> Eval {
        let mut locals = vec![Item::Address];
        for unknown in [A_LOW, A_HIGH, B_LOW, B_HIGH] {
            let max = Some(u128::from(u64::MAX));
            locals.push(Item::Long(Number::new(Poly::unknown(unknown), max)));
        }
        Eval {
            unknowns: 4,
            products: 0,
            quotients: HashMap::new(),
            locals,
            stack: Vec::new(),
            stores: Vec::new(),
        }
    }

    /// The declared locals, which are zero.
    fn declare(&mut self, body: &FunctionBody<'_>) -> Option<()> {
        for local in body.get_locals_reader().ok()? {
            let (count, ty) = local.ok()?;
            if self.locals.len() + count as usize > MOST_OPERATORS {
                return None;
            }
            let zero = match ty {
                wasmparser::ValType::I64 => Item::Long(Number::new(Poly::default(), Some(0))),
                _ => Item::Other,
            };
            self.locals.extend(std::iter::repeat_n(zero, count as usize));
        }
        Some(())
    }

    fn operator(&mut self, op: &Operator<'_>) -> Option<()> {
        match *op {
            Operator::Nop => {}
            Operator::LocalGet { local_index } => {
                self.stack.push(self.locals.get(local_index as usize)?.clone());
            }
            Operator::LocalSet { local_index } => {
                *self.locals.get_mut(local_index as usize)? = self.stack.pop()?;
            }
            Operator::LocalTee { local_index } => {
                *self.locals.get_mut(local_index as usize)? = self.stack.last()?.clone();
            }
            Operator::I64Const { value } => {
                let value = value as u64;
                self.push(Number::new(Poly::constant(value), Some(u128::from(value))));
            }
            Operator::I64LtU => self.carry(false)?,
            Operator::I64GtU => self.carry(true)?,
            Operator::I64ExtendI32U | Operator::I64ExtendI32S => {
                let Item::Flag(flag) = self.stack.pop()? else { return None };
                self.push(flag);
            }
            Operator::I64Store { memarg } => {
                let value = self.long()?;
                let Item::Address = self.stack.pop()? else { return None };
                self.stores.push((memarg, value));
            }
            Operator::I64MulWideU => {
                let (b, a) = (self.long()?, self.long()?);
                let (a, b) = (self.exact(a)?, self.exact(b)?);
                let product = self.times(&a, &b)?;
                let high = self.quotient(&product.poly, product.max?, 64)?;
                self.push(product);
                self.push(high);
            }
            _ => {
                let (b, a) = (self.long()?, self.long()?);
                let result = self.binary(op, a, b)?;
                self.push(result);
            }
        }
        Some(())
    }

    fn binary(&mut self, op: &Operator<'_>, a: Number, b: Number) -> Option<Number> {
        match op {
            Operator::I64Add => self.plus(a, b),
            Operator::I64Sub => Some(Number::new(a.poly.add(&b.poly, -1)?, None)),
            Operator::I64Mul => self.times(&a, &b),
            Operator::I64Shl => {
                let factor = 1u64 << known(&b)?;
                self.times(&a, &Number::new(Poly::constant(factor), Some(u128::from(factor))))
            }
            Operator::I64ShrU => {
                let by = known(&b)?;
                let a = self.exact(a)?;
                self.quotient(&a.poly, a.max?, by)
            }
            Operator::I64And => match (mask(&a), mask(&b)) {
                (_, Some(bits)) => self.low_bits(a, bits),
                (Some(bits), None) => self.low_bits(b, bits),
                (None, None) => None,
            },
            Operator::I64Or | Operator::I64Xor => {
                let (a, b) = (self.exact(a)?, self.exact(b)?);
                let apart = |low: &Number, high: &Number| {
                    low.max.is_some_and(|max| max.checked_shr(high.poly.twos()).unwrap_or(0) == 0)
                };
                if apart(&a, &b) || apart(&b, &a) { self.plus(a, b) } else { None }
            }
            _ => None,
        }
    }

    fn push(&mut self, number: Number) {
        self.stack.push(Item::Long(number));
    }

    fn long(&mut self) -> Option<Number> {
        match self.stack.pop()? {
            Item::Long(number) => Some(number),
            _ => None,
        }
    }

    fn plus(&mut self, a: Number, b: Number) -> Option<Number> {
        let max = a.max.zip(b.max).and_then(|(a, b)| a.checked_add(b));
        let poly = a.poly.clone().add(&b.poly, 1)?;
        let part = |n: Number| Number { sum_of: None, ..n };
        Some(Number { poly, max, sum_of: Some(Box::new([part(a), part(b)])) })
    }

    fn times(&mut self, a: &Number, b: &Number) -> Option<Number> {
        self.products += a.poly.0.len() * b.poly.0.len();
        if self.products > MOST_PRODUCTS {
            return None;
        }
        let max = a.max.zip(b.max).and_then(|(a, b)| a.checked_mul(b));
        Some(Number::new(a.poly.mul(&b.poly)?, max))
    }

    /// The same value by a polynomial that it is equal to.
    fn exact(&mut self, number: Number) -> Option<Number> {
        let max = number.max?;
        if max <= u128::from(u64::MAX) {
            return Some(number);
        }
        let wraps = self.quotient(&number.poly, max, 64)?;
        let poly = number.poly.add(&wraps.poly, -(1 << 64))?;
        Some(Number::new(poly, Some(u128::from(u64::MAX))))
    }

    /// `floor(poly / 2^by)` of an integer that is at most `max`, both as they are, not wrapped.
    fn quotient(&mut self, poly: &Poly, max: u128, by: u32) -> Option<Number> {
        let above = max.checked_shr(by).unwrap_or(0);
        if above == 0 {
            return Some(Number::new(Poly::default(), Some(0)));
        }
        Some(Number::new(self.floor(poly.clone(), by)?, Some(above)))
    }

    /// `floor(poly / 2^by)`, in one form for all that are equal by the rules below.
    fn floor(&mut self, mut poly: Poly, mut by: u32) -> Option<Poly> {
        // floor((floor(p / 2^k) + r) / 2^by) = floor((p + 2^k r) / 2^(k + by))
        while let Some((inner, k)) = self.inner(&poly) {
            by = (by + k <= 96).then_some(by + k)?;
            let unknown = self.quotients[&(inner.clone(), k)];
            let rest = poly.add(&Poly::unknown(unknown), -1)?;
            poly = inner.add(&rest, 1 << k)?;
        }
        // What is a multiple of 2^by comes out whole; and a power of two that the rest has in common
        // with 2^by makes no other quotient.
        let (whole, mut rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            poly.0.into_iter().partition(|(_, c)| c.trailing_zeros() >= by);
        let whole = Poly(whole.into_iter().map(|(t, c)| (t, c >> by)).collect());
        if rest.is_empty() {
            return Some(whole);
        }
        let common = rest.values().map(|c| c.trailing_zeros()).min().unwrap_or(0);
        rest.values_mut().for_each(|c| *c >>= common);
        let next = self.unknowns;
        let unknown = *self.quotients.entry((Poly(rest), by - common)).or_insert(next);
        self.unknowns += Unknown::from(unknown == next);
        whole.add(&Poly::unknown(unknown), 1)
    }

    /// The last quotient that is a term by itself.
    fn inner(&self, poly: &Poly) -> Option<(Poly, u32)> {
        let alone = |unknown| poly.0.get(&vec![unknown]) == Some(&1);
        let quotients = self.quotients.iter().filter(|&(_, &unknown)| alone(unknown));
        quotients.max_by_key(|&(_, &unknown)| unknown).map(|(key, _)| key.clone())
    }

    fn low_bits(&mut self, number: Number, bits: u32) -> Option<Number> {
        let number = self.exact(number)?;
        let max = number.max?;
        let most = u128::MAX >> (128 - bits);
        if max <= most {
            return Some(number);
        }
        let above = self.quotient(&number.poly, max, bits)?;
        let poly = number.poly.add(&above.poly, -(1 << bits))?;
        Some(Number::new(poly, Some(most)))
    }

    /// A sum that is less than one of its operands has wrapped.
    fn carry(&mut self, swapped: bool) -> Option<()> {
        let (mut b, mut a) = (self.long()?, self.long()?);
        if swapped {
            std::mem::swap(&mut a, &mut b);
        }
        let [x, y] = *a.sum_of?;
        let (x, y, b) = (self.exact(x)?, self.exact(y)?, self.exact(b)?);
        if b.poly != x.poly && b.poly != y.poly {
            return None;
        }
        let sum = self.plus(x, y)?;
        let flag = self.quotient(&sum.poly, sum.max?, 64)?;
        self.stack.push(Item::Flag(flag));
        Some(())
    }

    /// The proof.
    fn product(mut self) -> Option<Product> {
        if !self.stack.is_empty() {
            return None;
        }
        let [first, second]: [(MemArg, Number); 2] =
            std::mem::take(&mut self.stores).try_into().ok()?;
        let first_high = first.0.offset > second.0.offset;
        let (low, high) = if first_high { (&second, &first) } else { (&first, &second) };
        if low.0.offset.checked_add(8) != Some(high.0.offset) || low.0.memory != high.0.memory {
            return None;
        }
        let low = self.exact(low.1.clone())?;
        let mut found = Wrapping::default();
        found.add(&low.poly, 1);
        found.add(&high.1.poly, 1 << 64);
        let mut wanted = Wrapping::default();
        wanted.add(&pair(A_LOW, B_LOW), 1);
        wanted.add(&pair(A_LOW, B_HIGH), 1 << 64);
        wanted.add(&pair(A_HIGH, B_LOW), 1 << 64);
        if found != wanted {
            return None;
        }
        let half = |(memarg, _): &(MemArg, Number), high| Half { high, memarg: *memarg };
        Some(Product { stores: [half(&first, first_high), half(&second, !first_high)] })
    }
}

fn pair(a: Unknown, b: Unknown) -> Poly {
    Poly(BTreeMap::from([(vec![a, b], 1)]))
}

/// A polynomial whose coefficients are taken modulo 2^128; none is zero.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wrapping(BTreeMap<Vec<Unknown>, u128>);

impl Wrapping {
    fn add(&mut self, poly: &Poly, factor: u128) {
        for (term, &coefficient) in &poly.0 {
            let sum = self.0.entry(term.clone()).or_default();
            *sum = sum.wrapping_add((coefficient as u128).wrapping_mul(factor));
        }
        self.0.retain(|_, coefficient| *coefficient != 0);
    }
}

/// A shift distance.
fn known(number: &Number) -> Option<u32> {
    let value = match number.poly.0.iter().next() {
        None => 0,
        Some((term, &value)) if term.is_empty() && number.poly.0.len() == 1 => value,
        _ => return None,
    };
    (0..64).contains(&value).then_some(value as u32)
}

/// How many low bits a mask keeps.
fn mask(number: &Number) -> Option<u32> {
    let (term, &value) = number.poly.0.iter().next()?;
    let value = u64::try_from(value).ok()?;
    let bits = value.trailing_ones();
    let whole = term.is_empty() && number.poly.0.len() == 1;
    (whole && bits > 0 && value == u64::MAX >> (64 - bits)).then_some(bits)
}
