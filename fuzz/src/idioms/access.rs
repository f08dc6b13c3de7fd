//! Loads and stores that meet: at equal, overlapping, neighbouring and wrapped addresses, of all
//! widths.

use super::code::{Tree, bin, get, i32c, i64c, memarg, un};
use super::writer::Writer;
use wasm_encoder::{Instruction as I, MemArg, ValType};

/// How an address is come by.
pub fn address(w: &mut Writer<'_>, depth: u32) -> Tree {
    if let (Some((frame, size)), true) = (w.frame, w.rng.chance(1, 2)) {
        let size = size.max(8) as u64;
        return match w.rng.below(3) {
            0 => get(frame),
            1 => bin(I::I32Add, get(frame), i32c(8 * w.rng.below(size / 8) as i32)),
            _ => bin(I::I32Add, get(frame), i32c(w.rng.below(size) as i32)),
        };
    }
    match w.rng.below(48) {
        0..4 => i32c(w.near()),
        4 => {
            let end = (w.world.pages.0 << 16) as i32;
            i32c(end - w.one_of(&[0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 32]))
        }
        5 => get(w.some_local(ValType::I32)),
        6..12 => {
            // Goes around if it is near to zero.
            let by = w.one_of(&[8, 16, -8, -16, 4, -1]);
            bin(I::I32Add, get(pointer(w)), i32c(by))
        }
        12..20 => {
            let value = match depth {
                0 => get(w.some_local(ValType::I32)),
                _ => w.expr(ValType::I32, depth - 1),
            };
            bin(I::I32And, value, i32c(w.one_of(&[0x3F8, 0x3FF, 0xFFF8, 0x38])))
        }
        _ => get(pointer(w)),
    }
}

/// A local that holds an address.
fn pointer(w: &mut Writer<'_>) -> u32 {
    let params = w.code.params.len() as u32;
    let given: Vec<u32> =
        (0..params).filter(|&i| w.code.locals[i as usize] == ValType::I32).collect();
    if w.bare && !given.is_empty() {
        return w.one_of(&given);
    }
    if !w.pointers.is_empty() && (w.pointers.len() > 2 || w.rng.chance(3, 4)) {
        return w.pointers[w.rng.below(w.pointers.len() as u64) as usize];
    }
    let from = match given.is_empty() {
        true => i32c(w.near()),
        false => get(w.one_of(&given)),
    };
    let mask = w.one_of(&[0x3F8, 0xFFF8, 0xFF8, 0xFFF]);
    let good = w.save(ValType::I32, bin(I::I32And, from, i32c(mask)));
    // It is set here and now, which may be within a branch: then it is zero elsewhere.
    w.pointers.push(good);
    good
}

/// A load of this type at this place.
pub fn load_of(w: &mut Writer<'_>, ty: ValType, m: MemArg) -> I<'static> {
    let any = match ty {
        ValType::I32 => {
            vec![I::I32Load(m), I::I32Load(m), I::I32Load8U(m), I::I32Load8S(m), I::I32Load16U(m)]
        }
        ValType::I64 => vec![
            I::I64Load(m),
            I::I64Load(m),
            I::I64Load(m),
            I::I64Load8U(m),
            I::I64Load16S(m),
            I::I64Load32U(m),
            I::I64Load32S(m),
        ],
        ValType::F32 => vec![I::F32Load(m)],
        ValType::F64 => vec![I::F64Load(m)],
        _ => vec![I::V128Load(m), I::V128Load64Zero(m), I::V128Load32Splat(m)],
    };
    any[w.rng.below(any.len() as u64) as usize].clone()
}

/// A store of this type at this place.
pub fn store_of(w: &mut Writer<'_>, ty: ValType, m: MemArg) -> I<'static> {
    let any = match ty {
        ValType::I32 => vec![I::I32Store(m), I::I32Store(m), I::I32Store8(m), I::I32Store16(m)],
        ValType::I64 => vec![
            I::I64Store(m),
            I::I64Store(m),
            I::I64Store(m),
            I::I64Store8(m),
            I::I64Store16(m),
            I::I64Store32(m),
        ],
        ValType::F32 => vec![I::F32Store(m)],
        ValType::F64 => vec![I::F64Store(m)],
        _ => vec![I::V128Store(m), I::V128Store64Lane { memarg: m, lane: 1 }],
    };
    any[w.rng.below(any.len() as u64) as usize].clone()
}

/// A load.
pub fn load(w: &mut Writer<'_>, ty: ValType, depth: u32) -> Tree {
    let address = address(w, depth);
    let m = w.memarg();
    un(load_of(w, ty, m), address)
}

/// A store.
pub fn store(w: &mut Writer<'_>, depth: u32) {
    let ty = w.ty();
    let address = address(w, depth);
    let value = w.expr(ty, depth.saturating_sub(1));
    let m = w.memarg();
    let store = store_of(w, ty, m);
    w.code.tree(bin(store, address, value), w.rng);
}

/// A store, something in between or nothing, and a load that meets it, or nearly.
pub fn forward(w: &mut Writer<'_>, depth: u32) {
    let pointer = address(w, depth);
    let pointer = w.save(ValType::I32, pointer);
    let at = w.offset();
    let mut stored = Vec::new();
    for number in 0..=w.rng.below(2) {
        let ty = w.ty();
        let value = w.expr(ty, depth);
        let store = store_of(w, ty, memarg(at + 8 * number));
        w.code.tree(bin(store, get(pointer), value), w.rng);
        stored.push(ty);
    }
    between(w, pointer, depth);
    for number in 0..=w.rng.below(2) {
        let same = w.rng.chance(1, 2);
        let ty = if same { stored[number as usize % stored.len()] } else { w.ty() };
        let near = w.one_of(&[0, 0, 0, 0, 1, 2, 4, 7, 8, 12]);
        let (base, at) = match w.rng.below(6) {
            // The offset in the address, which may go around.
            0 => (bin(I::I32Add, get(pointer), i32c(at as i32)), near),
            1 => (bin(I::I32Sub, get(pointer), i32c(8)), at + 8 + near),
            _ => (get(pointer), at + 8 * number + near),
        };
        let load = load_of(w, ty, memarg(at.min(u64::from(u32::MAX))));
        let local = w.some_local(ty);
        w.code.set(local, un(load, base), w.rng);
    }
}

/// What may come between a store and a load.
pub fn between(w: &mut Writer<'_>, pointer: u32, depth: u32) {
    match w.rng.below(12) {
        0 => store(w, depth),
        1 => w.call(depth),
        2 => super::bulk::range(w),
        3 => {
            // The pointer itself is another one from now on.
            let by = w.one_of(&[0, 1, 8, -8, 16]);
            w.code.set(pointer, bin(I::I32Add, get(pointer), i32c(by)), w.rng);
        }
        4 => w.code.put([I::I32Const(1), I::MemoryGrow(0), I::Drop]),
        5 => super::branch::conditional(w, depth),
        6 => {
            let value = w.expr(ValType::I64, 1);
            let other = get(w.some_local(ValType::I32));
            let m = w.memarg();
            w.code.tree(bin(I::I64Store(m), other, value), w.rng);
        }
        7 => super::branch::trap(w, depth),
        _ => {}
    }
}

/// A word put together from narrower loads, or nearly.
pub fn combined(w: &mut Writer<'_>, ty: ValType) -> Tree {
    let pointer = address(w, 0);
    let pointer = w.save(ValType::I32, pointer);
    let at = w.offset().min(1 << 20);
    let long = ty == ValType::I64;
    let bytes = if long { 8 } else { 4 };
    let width = match w.rng.below(3) {
        0 => bytes / 2,
        _ => 1,
    };
    let reversed = w.rng.chance(1, 3);
    let spoilt = w.rng.chance(1, 4).then(|| w.rng.below(bytes / width));
    let mut parts = Vec::new();
    // One of the narrow reads is behind something that may write what is read.
    let disturbed = w.rng.chance(1, 4).then(|| w.rng.below(bytes / width));
    for part in 0..bytes / width {
        let mut place = if reversed { bytes - width - part * width } else { part * width };
        let mut shift = 8 * width * part;
        if spoilt == Some(part) {
            match w.rng.below(2) {
                0 => place += 1,
                _ => shift = (shift + 8) % (8 * bytes),
            }
        }
        let m = memarg(at + place);
        let signed = w.rng.chance(1, 16);
        let load = match (long, width) {
            (true, 1) if signed => I::I64Load8S(m),
            (true, 1) => I::I64Load8U(m),
            (true, _) if signed => I::I64Load32S(m),
            (true, _) => I::I64Load32U(m),
            (false, 1) => I::I32Load8U(m),
            (false, _) => I::I32Load16U(m),
        };
        let mut value = un(load, get(pointer));
        if disturbed.is_some() {
            value = get(w.save(ty, value));
        }
        if disturbed == Some(part) {
            let m = memarg(at + w.rng.below(bytes));
            let word = get(w.some_local(ValType::I64));
            let to = if w.rng.chance(1, 2) { get(pointer) } else { address(w, 0) };
            w.code.tree(bin(I::I64Store8(m), to, word), w.rng);
        }
        parts.push(match (shift, long) {
            (0, _) => value,
            (_, true) => bin(I::I64Shl, value, i64c(shift as i64)),
            (_, false) => bin(I::I32Shl, value, i32c(shift as i32)),
        });
    }
    if w.rng.chance(1, 3) {
        parts.reverse();
    }
    w.spend(4 * parts.len() as u64);
    let (or, add) = if long { (I::I64Or, I::I64Add) } else { (I::I32Or, I::I32Add) };
    super::code::chain(if w.rng.chance(5, 6) { &or } else { &add }, parts)
}

/// A word taken apart into narrower stores, or nearly.
pub fn taken_apart(w: &mut Writer<'_>, depth: u32) {
    let pointer = address(w, 0);
    let pointer = w.save(ValType::I32, pointer);
    let value = w.expr(ValType::I64, depth);
    let value = w.save(ValType::I64, value);
    let at = w.offset().min(1 << 20);
    let (count, width) = w.one_of(&[(8u64, 1u64), (4, 2), (2, 4), (4, 1)]);
    let reversed = w.rng.chance(1, 3);
    for part in 0..count {
        let place = if reversed { (count - 1 - part) * width } else { part * width };
        let wrong = if w.rng.chance(1, 24) { 8 } else { 0 };
        let shift = 8 * width * part + wrong;
        let m = memarg(at + place);
        let store = match width {
            1 => I::I64Store8(m),
            2 => I::I64Store16(m),
            _ => I::I64Store32(m),
        };
        let shifted = match shift {
            0 => get(value),
            _ => bin(I::I64ShrU, get(value), i64c(shift as i64)),
        };
        w.code.tree(bin(store, get(pointer), shifted), w.rng);
    }
    w.spend(5 * count);
}
