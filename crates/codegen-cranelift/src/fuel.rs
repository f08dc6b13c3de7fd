//! Taking fuel: one instruction in the place of four.
//!
//! Cranelift reaches its pinned register only by moves: what `fuel_take` emits becomes
//!
//! ```text
//! mov rax, r15; sub rax, 4; mov r15, rax; test rax, rax; jl ...
//! ```
//!
//! where `sub r15, 4; jl ...` says the same, since the copy in the other register is used for nothing
//! else. The places are known: `fuel_take` marks its instructions by bits of their source location.
//! Those that look exactly as above are overwritten, with one `nop` for the bytes left over; whatever
//! looks otherwise stays as it is.

use cranelift_codegen::ir::SourceLoc;

/// In a source location of metered code: this instruction takes fuel.
const TAKES: u32 = 1 << 31;
/// Besides: the copy is tested behind it.
const TESTED: u32 = 1 << 30;

/// The location of an instruction that takes fuel. Offsets that are too large for the marks are no
/// locations.
pub(crate) fn marked(wasm_offset: u32, test: bool) -> SourceLoc {
    let marks = if test { TAKES | TESTED } else { TAKES };
    if wasm_offset < TESTED { SourceLoc::new(wasm_offset | marks) } else { SourceLoc::default() }
}

/// The location of other instructions of metered code.
pub(crate) fn unmarked(wasm_offset: u32) -> SourceLoc {
    if wasm_offset < TESTED { SourceLoc::new(wasm_offset) } else { SourceLoc::default() }
}

/// The offset that a location of metered code is about.
pub(crate) fn offset(location: SourceLoc) -> u32 {
    let bits = location.bits();
    if bits & TAKES != 0 { bits & !(TAKES | TESTED) } else { bits }
}

/// Rewrites what takes fuel and begins from `start` to `end`, where instructions have this location.
pub(crate) fn tighten(code: &mut [u8], start: usize, end: usize, location: SourceLoc) {
    if location.is_default() || location.bits() & TAKES == 0 {
        return;
    }
    let mut at = start;
    // The optimiser may have moved the subtraction and lost its location, so that it may reach beyond.
    while at < end {
        let Some((len, amount, copy)) = take(code.get(at..).unwrap_or_default()) else { return };
        let mut len = len;
        if location.bits() & TESTED != 0 {
            let test = test_of(copy);
            let behind = code.get(at + len..).unwrap_or_default();
            if !behind.starts_with(&test) || !is_less(&behind[test.len()..]) {
                return;
            }
            len += test.len();
        }
        let amount = amount.bytes();
        let (nop, sub) = code[at..at + len].split_at_mut(len - amount.len());
        sub.copy_from_slice(&amount);
        nop.copy_from_slice(NOPS[nop.len()]);
        at += len;
    }
}

/// What is taken.
#[derive(Clone, Copy)]
enum Amount {
    Byte(u8),
    Word([u8; 4]),
}

impl Amount {
    /// `sub r15, amount`
    fn bytes(self) -> Vec<u8> {
        match self {
            Amount::Byte(byte) => vec![0x49, 0x83, 0xef, byte],
            Amount::Word([a, b, c, d]) => vec![0x49, 0x81, 0xef, a, b, c, d],
        }
    }
}

/// `mov x, r15; sub x, amount; mov r15, x`: its length, the amount, and the number of x.
fn take(code: &[u8]) -> Option<(usize, Amount, u8)> {
    let (&[rex, 0x89, modrm], code) = code.split_first_chunk::<3>()? else { return None };
    if rex & !1 != 0x4c || modrm & 0xf8 != 0xf8 {
        return None;
    }
    let (high, low) = (rex & 1, modrm & 7);
    let (amount, len) = match *code {
        [rex, 0x83, modrm, byte, ..] if rex == 0x48 | high && modrm == 0xe8 | low => {
            (Amount::Byte(byte), 4)
        }
        [rex, 0x81, modrm, a, b, c, d, ..] if rex == 0x48 | high && modrm == 0xe8 | low => {
            (Amount::Word([a, b, c, d]), 7)
        }
        [0x48, 0x2d, a, b, c, d, ..] if (high, low) == (0, 0) => (Amount::Word([a, b, c, d]), 6),
        _ => return None,
    };
    let back = [0x49 | high << 2, 0x89, 0xc7 | low << 3];
    code[len..].starts_with(&back).then_some((3 + len + 3, amount, high << 3 | low))
}

/// `test x, x`
fn test_of(x: u8) -> [u8; 3] {
    let (high, low) = (x >> 3, x & 7);
    [0x48 | high << 2 | high, 0x85, 0xc0 | low << 3 | low]
}

/// `jl` or `jge`
fn is_less(code: &[u8]) -> bool {
    matches!(code, [0x0f, 0x8c | 0x8d, ..])
}

/// One instruction that does nothing, by its length.
const NOPS: [&[u8]; 10] = [
    &[],
    &[0x90],
    &[0x66, 0x90],
    &[0x0f, 0x1f, 0x00],
    &[0x0f, 0x1f, 0x40, 0],
    &[0x0f, 0x1f, 0x44, 0, 0],
    &[0x66, 0x0f, 0x1f, 0x44, 0, 0],
    &[0x0f, 0x1f, 0x80, 0, 0, 0, 0],
    &[0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
    &[0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
];

#[cfg(test)]
mod tests {
    use super::*;

    const JL: [u8; 6] = [0x0f, 0x8c, 1, 2, 3, 4];
    /// `mov rax, r15; sub rax, 4; mov r15, rax`
    const RAX: [u8; 10] = [0x4c, 0x89, 0xf8, 0x48, 0x83, 0xe8, 4, 0x49, 0x89, 0xc7];
    /// `mov r10, r15; sub r10, 0x1234; mov r15, r10`
    const R10: [u8; 13] = [0x4d, 0x89, 0xfa, 0x49, 0x81, 0xea, 0x34, 0x12, 0, 0, 0x4d, 0x89, 0xd7];

    fn tightened(parts: &[&[u8]], taking: usize, test: bool) -> Vec<u8> {
        let mut code = parts.concat();
        tighten(&mut code, 0, taking, marked(7, test));
        code
    }

    #[test]
    fn what_looks_otherwise_stays() {
        let test = test_of(0);
        for (parts, taking, test) in [
            // Another register is subtracted from, or comes back, or is tested, or no test follows.
            (vec![&RAX[..3], &[0x48, 0x83, 0xe9, 4], &RAX[7..]], 10, false),
            (vec![&RAX[..7], &[0x49, 0x89, 0xcf]], 10, false),
            (vec![&RAX, &test_of(1), &JL], 10, true),
            (vec![&RAX, &JL], 10, true),
            (vec![&RAX, &test, &[0x0f, 0x84, 1, 2, 3, 4]], 10, true),
            (vec![&RAX], 10, true),
            // Something else comes first, or the end is within.
            (vec![&[0x90], &RAX], 11, false),
            (vec![&RAX[..9]], 10, false),
            (vec![&RAX[..5]], 5, false),
            (vec![&[]], 0, false),
        ] {
            assert_eq!(tightened(&parts, taking, test), parts.concat());
        }
        let mut code = RAX.to_vec();
        for location in [SourceLoc::default(), unmarked(7), SourceLoc::new(1 << 30)] {
            tighten(&mut code, 0, 10, location);
            assert_eq!(code, RAX);
        }
    }

    #[test]
    fn what_takes_fuel_becomes_one_instruction() {
        let (four, word) = ([0x49, 0x83, 0xef, 4], [0x49, 0x81, 0xef, 0x34, 0x12, 0, 0]);
        let want = [NOPS[9], &four, &JL].concat();
        assert_eq!(tightened(&[&RAX, &test_of(0), &JL], 10, true), want);
        assert_eq!(tightened(&[&RAX, &JL], 10, false), [NOPS[6], &four, &JL].concat());
        let want = [NOPS[9], &word, &JL].concat();
        assert_eq!(tightened(&[&R10, &test_of(10), &JL], 13, true), want);
        // rax has a shorter form.
        let short = [&RAX[..3], &[0x48, 0x2d, 0x34, 0x12, 0, 0], &RAX[7..]].concat();
        assert_eq!(tightened(&[&short], 12, false), [NOPS[5], &word].concat());
        // The location may have been lost behind the first instruction.
        assert_eq!(tightened(&[&RAX, &test_of(0), &JL], 3, true), [NOPS[9], &four, &JL].concat());
        // Two behind each other.
        let both = [NOPS[6], &four, NOPS[6], &word].concat();
        assert_eq!(tightened(&[&RAX, &R10], 23, false), both);
    }

    #[test]
    fn marks_do_not_change_what_a_location_is_about() {
        for at in [0, 7, TESTED - 1] {
            assert_eq!(offset(marked(at, true)), at);
            assert_eq!(offset(marked(at, false)), at);
            assert_eq!(offset(unmarked(at)), at);
        }
        for at in [TESTED, TAKES, u32::MAX] {
            assert!(marked(at, true).is_default() && unmarked(at).is_default());
        }
    }
}
