//! Whether a function that was interrupted has its frame: not where it has just begun, is about to
//! return or makes a tail call, and not quite while it moves its frame to make room for the stack
//! arguments of a tail call.
//!
//! The forms are those of the code generators. Code that looks like one of them but is not makes a
//! backtrace wrong by a frame; nothing else relies on it.

/// Where the frame of an interrupted function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// At the frame pointer.
    Own,
    /// There is none: the frame pointer is the caller's, and the return address stands so many
    /// bytes above the stack pointer.
    Callers(usize),
    /// So many bytes above the frame pointer.
    Above(usize),
}

const PUSH_RBP: u8 = 0x55;
const SET_RBP: [u8; 3] = [0x48, 0x89, 0xe5];
/// `mov rsp, rbp; pop rbp`
const LEAVE: [u8; 4] = [0x48, 0x89, 0xec, 0x5d];
/// Bytes of what stands between [`LEAVE`] and the jump of a tail call, at most.
const SHRINK: usize = 4 + 8 + 7;

/// Judges by the code of the function, whose instruction at `at` is the next one; `code` reaches one
/// byte beyond `at` at least.
pub(crate) fn framing(code: &[u8], at: usize) -> Framing {
    match at {
        0 => return Framing::Callers(0),
        1 if code[0] == PUSH_RBP => return Framing::Callers(8),
        _ => {}
    }
    if matches!(code[at], 0xc2 | 0xc3) || has_left(code, at) {
        return Framing::Callers(0);
    }
    moving(code, at).map_or(Framing::Own, Framing::Above)
}

/// Whether there is nothing but an end of the frame and the way to a tail call's jump before `at`.
fn has_left(code: &[u8], at: usize) -> bool {
    (0..=SHRINK.min(at)).any(|back| {
        let mut next = at - back;
        if !code[..next].ends_with(&LEAVE) {
            return false;
        }
        while next < at {
            let Some(len) = shrink_step(&code[next..at]) else { return false };
            next += len;
        }
        true
    })
}

/// The length of an instruction by which a tail call gives back stack arguments.
fn shrink_step(code: &[u8]) -> Option<usize> {
    let len = match *code {
        [0x48, 0x83, 0xc4, ..] => 4,                            // add rsp, imm8
        [0x48, 0x81, 0xc4, ..] => 7,                            // add rsp, imm32
        [0x48 | 0x4c, 0x8b, m, 0x24, ..] if m & 0xc7 == 4 => 4, // mov r, [rsp]
        [0x48 | 0x4c, 0x89, m, 0x24, ..] if m & 0xc7 == 0x44 => 5, // mov [rsp + disp8], r
        [0x48 | 0x4c, 0x89, m, 0x24, ..] if m & 0xc7 == 0x84 => 8, // mov [rsp + disp32], r
        _ => return None,
    };
    (len <= code.len()).then_some(len)
}

/// The distance over which the frame is being moved, if `at` is in the midst of that: behind
/// `sub rsp, distance; mov rbp, rsp`, before the copy of the return address.
fn moving(code: &[u8], at: usize) -> Option<usize> {
    let rest = code.strip_prefix(&[PUSH_RBP])?.strip_prefix(&SET_RBP)?;
    let (distance, rest, copy) = match *rest {
        [0x48, 0x83, 0xec, low, ..] => (u32::from(low), &rest[4..], 5),
        [0x48, 0x81, 0xec, a, b, c, d, ..] => (u32::from_le_bytes([a, b, c, d]), &rest[7..], 8),
        _ => return None,
    };
    let begin = code.len() - rest.strip_prefix(&SET_RBP)?.len();
    // Load and store of the frame pointer, then load and store of the return address.
    let end = begin + copy + 4 + copy + 5;
    (begin..end).contains(&at).then_some(distance as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each instruction with where the frame is before it.
    fn check(code: &[(&[u8], Framing)]) {
        let bytes: Vec<u8> = code.iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect();
        let mut at = 0;
        for (instruction, expected) in code {
            assert_eq!(framing(&bytes[..=at], at), *expected, "at {at}: {instruction:02x?}");
            at += instruction.len();
        }
    }

    #[test]
    fn a_return() {
        check(&[
            (&[0x55], Framing::Callers(0)),
            (&SET_RBP, Framing::Callers(8)),
            (&[0x48, 0x83, 0xec, 0x20], Framing::Own),
            (&[0x48, 0x89, 0xec], Framing::Own),
            (&[0x5d], Framing::Own),
            (&[0xc2, 0x10, 0x00], Framing::Callers(0)),
        ]);
    }

    #[test]
    fn a_tail_call_with_fewer_arguments() {
        check(&[
            (&[0x55], Framing::Callers(0)),
            (&SET_RBP, Framing::Callers(8)),
            (&[0x0f, 0x1f, 0x00], Framing::Own),
            (&[0x48, 0x89, 0xec], Framing::Own),
            (&[0x5d], Framing::Own),
            (&[0x4c, 0x8b, 0x1c, 0x24], Framing::Callers(0)),
            (&[0x4c, 0x89, 0x5c, 0x24, 0x20], Framing::Callers(0)),
            (&[0x48, 0x83, 0xc4, 0x20], Framing::Callers(0)),
            (&[0xe9, 0, 0, 0, 0], Framing::Callers(0)),
            (&[0x90], Framing::Own),
        ]);
    }

    #[test]
    fn a_tail_call_with_more_arguments() {
        let above = Framing::Above(0x10);
        check(&[
            (&[0x55], Framing::Callers(0)),
            (&SET_RBP, Framing::Callers(8)),
            (&[0x48, 0x83, 0xec, 0x10], Framing::Own),
            (&SET_RBP, Framing::Own),
            (&[0x4c, 0x8b, 0x5c, 0x24, 0x10], above),
            (&[0x4c, 0x89, 0x1c, 0x24], above),
            (&[0x4c, 0x8b, 0x5c, 0x24, 0x18], above),
            (&[0x4c, 0x89, 0x5c, 0x24, 0x08], above),
            (&[0x0f, 0x1f, 0x00], Framing::Own),
            (&[0x48, 0x89, 0xec], Framing::Own),
            (&[0x5d], Framing::Own),
            (&[0x41, 0xff, 0xe3], Framing::Callers(0)),
        ]);
    }
}
