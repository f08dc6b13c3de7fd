//! The registers of interrupted code, kept to go on with later, on whatever thread.
//!
//! The kernel's signal frame holds everything: general registers, and behind a pointer the area that
//! the processor's `xsave` wrote. Its size and the components it has are in the frame's own words, so
//! vector registers of any width are kept without this code knowing them.
//!
//! ```text
//! 0      legacy area: x87, mxcsr, xmm         its last 48 bytes describe the frame (`Software`)
//! 512    header: which components there are
//! 576    further components
//! ```
//!
//! Control words (mxcsr, x87), protection keys and the signal mask belong to the thread, not to the
//! guest: who goes on elsewhere uses those of the new thread.

use crate::Context;
use std::arch::x86_64::__cpuid_count;

/// Registers that were kept.
#[derive(Debug)]
pub struct Saved {
    regs: [i64; GENERAL.len()],
    /// The `xsave` area; of the first `len` bytes.
    vectors: Box<[u8]>,
    len: usize,
}

/// What is kept of the general registers.
const GENERAL: [libc::c_int; 18] = [
    libc::REG_RIP,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RAX,
    libc::REG_RBX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
    libc::REG_EFL,
];

const LEGACY: usize = 512;
/// Where the legacy area has the x87 control word and mxcsr with its mask.
const X87_CONTROL: std::ops::Range<usize> = 0..2;
const MXCSR: std::ops::Range<usize> = 24..32;
/// Where the kernel describes the frame within the legacy area.
const SOFTWARE: usize = 464;
/// Where the header says which components are not in their initial state.
const PRESENT: std::ops::Range<usize> = 512..520;
/// `FP_XSTATE_MAGIC1`: the frame is larger than the legacy area.
const MAGIC: u32 = 0x4650_5853;
/// The component of protection keys.
const PKRU: u32 = 9;

/// What the kernel says about a frame: size of the `xsave` area, and the components it has room for.
#[derive(Clone, Copy)]
struct Software {
    size: usize,
    components: u64,
}

impl Software {
    /// # Safety
    /// `area` is the vector state of a signal frame.
    unsafe fn of(area: *const u8) -> Software {
        // SAFETY: the description lies inside the legacy area, which every frame has.
        let (magic, components, size) = unsafe {
            let at = area.add(SOFTWARE);
            (
                at.cast::<u32>().read_unaligned(),
                at.add(8).cast::<u64>().read_unaligned(),
                at.add(16).cast::<u32>().read_unaligned(),
            )
        };
        if magic == MAGIC && size as usize > LEGACY {
            Software { size: size as usize, components }
        } else {
            Software { size: LEGACY, components: 3 }
        }
    }
}

/// Where the protection keys lie in an `xsave` area; empty if the processor has none.
fn pkru() -> std::ops::Range<usize> {
    let leaf = __cpuid_count(0xd, PKRU);
    leaf.ebx as usize..(leaf.ebx + leaf.eax) as usize
}

impl Default for Saved {
    fn default() -> Saved {
        Saved::new()
    }
}

impl Saved {
    /// Room for the registers of any thread. Handlers use what was made before.
    pub fn new() -> Saved {
        // The size of all components that the system has switched on.
        let size = (__cpuid_count(0xd, 0).ebx as usize).max(LEGACY);
        Saved { regs: [0; GENERAL.len()], vectors: vec![0; size].into_boxed_slice(), len: 0 }
    }

    fn reg(&self, reg: libc::c_int) -> usize {
        let at = GENERAL.iter().position(|&r| r == reg);
        at.map_or(0, |at| self.regs[at] as usize)
    }

    /// Where it was.
    pub fn pc(&self) -> usize {
        self.reg(libc::REG_RIP)
    }

    /// Its stack pointer.
    pub fn sp(&self) -> usize {
        self.reg(libc::REG_RSP)
    }

    /// Its frame pointer.
    pub fn fp(&self) -> usize {
        self.reg(libc::REG_RBP)
    }
}

impl Context<'_> {
    /// Keeps the registers. False if they do not fit, and then nothing is to be made of `to`. Safe in
    /// a signal handler.
    pub fn save(&self, to: &mut Saved) -> bool {
        let area = self.0.uc_mcontext.fpregs.cast::<u8>().cast_const();
        if area.is_null() {
            return false;
        }
        // SAFETY: the kernel's pointer to the vector state of its frame.
        let software = unsafe { Software::of(area) };
        if software.size > to.vectors.len() {
            return false;
        }
        for (kept, reg) in to.regs.iter_mut().zip(GENERAL) {
            *kept = self.0.uc_mcontext.gregs[reg as usize];
        }
        to.len = software.size;
        // SAFETY: the frame has so many bytes, and so has the room, as was compared.
        unsafe { std::ptr::copy_nonoverlapping(area, to.vectors.as_mut_ptr(), software.size) };
        true
    }

    /// Makes the interrupted code be the one whose registers were kept. False if the frame cannot hold
    /// them, and then it is as it was. Safe in a signal handler.
    pub fn restore(&mut self, from: &Saved) -> bool {
        let area = self.0.uc_mcontext.fpregs.cast::<u8>();
        if area.is_null() || from.len < LEGACY {
            return false;
        }
        // SAFETY: the kernel's pointer to the vector state of its frame.
        let software = unsafe { Software::of(area) };
        // SAFETY: the frame has so many bytes, and nobody else uses it during the handler.
        let frame = unsafe { std::slice::from_raw_parts_mut(area, software.size) };
        if !restore_vectors(frame, software.components, &from.vectors[..from.len]) {
            return false;
        }
        for (&kept, reg) in from.regs.iter().zip(GENERAL) {
            self.0.uc_mcontext.gregs[reg as usize] = kept;
        }
        true
    }
}

/// Puts vector state into a frame that has room for these components. False if what is in use does
/// not fit.
fn restore_vectors(frame: &mut [u8], components: u64, from: &[u8]) -> bool {
    let present = |area: &[u8]| match area.get(PRESENT) {
        Some(bytes) => bytes.iter().rev().fold(0u64, |word, &b| word << 8 | u64::from(b)),
        None => 3,
    };
    let keys = 1u64 << PKRU;
    let wanted = present(from) & !keys;
    if wanted & !components != 0 || (frame.len() <= LEGACY && wanted & !3 != 0) {
        return false;
    }
    let own = present(frame) & keys;
    // The legacy area but for control words and the kernel's description.
    for at in (X87_CONTROL.end..MXCSR.start).chain(MXCSR.end..SOFTWARE) {
        frame[at] = from[at];
    }
    let end = frame.len().min(from.len());
    if end > PRESENT.end {
        let keys = pkru();
        let first = PRESENT.end..keys.start.clamp(PRESENT.end, end);
        let second = keys.end.clamp(first.end, end)..end;
        let copies = if keys.is_empty() { [PRESENT.end..end, end..end] } else { [first, second] };
        for range in copies {
            frame[range.clone()].copy_from_slice(&from[range]);
        }
    }
    if let Some(header) = frame.get_mut(PRESENT) {
        // The legacy area may hold control words only if its components are said to be there.
        header.copy_from_slice(&(wanted | own | 3).to_le_bytes());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(len: usize, fill: u8, present: u64) -> Vec<u8> {
        let mut area = vec![fill; len];
        if len > LEGACY {
            area[PRESENT].copy_from_slice(&present.to_le_bytes());
        }
        area
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        // A component that the frame has no room for, and one beyond a legacy frame.
        let mut frame = area(1024, 1, 7);
        assert!(!restore_vectors(&mut frame, 7, &area(2048, 2, 0xe7)));
        assert!(frame[576..].iter().all(|&b| b == 1), "the frame was changed");
        let mut frame = area(LEGACY, 1, 0);
        assert!(!restore_vectors(&mut frame, 3, &area(1024, 2, 7)));
        assert!(frame.iter().all(|&b| b == 1), "the frame was changed");
    }

    #[test]
    fn control_words_and_description_are_the_threads_own() {
        let mut frame = area(1024, 1, 7);
        assert!(restore_vectors(&mut frame, 7, &area(1024, 2, 7)));
        assert!(frame[X87_CONTROL].iter().all(|&b| b == 1));
        assert!(frame[MXCSR].iter().all(|&b| b == 1));
        assert!(frame[SOFTWARE..LEGACY].iter().all(|&b| b == 1));
        assert!(frame[32..SOFTWARE].iter().all(|&b| b == 2));
        assert!(frame[600..].iter().all(|&b| b == 2));
    }

    #[test]
    fn components_in_their_initial_state_stay_so() {
        let mut frame = area(1024, 1, 7);
        assert!(restore_vectors(&mut frame, 7, &area(1024, 2, 0)));
        assert_eq!(frame[PRESENT], 3u64.to_le_bytes());
        // Protection keys come from the frame, never from what was kept.
        let mut frame = area(4096, 1, 0x207);
        assert!(restore_vectors(&mut frame, 0x207, &area(4096, 2, 7)));
        assert_eq!(frame[PRESENT], 0x207u64.to_le_bytes());
        let mut frame = area(4096, 1, 7);
        assert!(restore_vectors(&mut frame, 7, &area(4096, 2, 0x207)));
        assert_eq!(frame[PRESENT], 7u64.to_le_bytes());
    }
}
