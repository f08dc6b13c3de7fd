//! Calls of direct host functions without a guest in between, for x86-64.

use crate::HostFrame;
use std::arch::asm;
use std::arch::x86_64::__m128i;

/// Calls a host function that takes its parameters in registers as the guest leaves them
/// ([`crate::direct_entry`]), with those of `frame`, where its result is put.
///
/// # Safety
/// `code` is a function of the C convention whose parameters are the binding and as many numbers as are
/// filled in, all in registers.
pub unsafe fn call_direct(code: *const (), binding: *const u8, frame: &mut HostFrame) {
    let [_, second, third, fourth, fifth, sixth] = frame.ints;
    let (int, float): (u64, __m128i);
    // SAFETY: all bits are values of vectors.
    let floats: [__m128i; 8] = unsafe { std::mem::transmute(frame.floats) };
    // SAFETY: the caller's promise; registers that are no parameters do not matter to the function.
    unsafe {
        asm!(
            "call {code}",
            code = in(reg) code,
            in("rdi") binding,
            in("rsi") second,
            in("rdx") third,
            in("rcx") fourth,
            in("r8") fifth,
            in("r9") sixth,
            inlateout("xmm0") floats[0] => float,
            in("xmm1") floats[1],
            in("xmm2") floats[2],
            in("xmm3") floats[3],
            in("xmm4") floats[4],
            in("xmm5") floats[5],
            in("xmm6") floats[6],
            in("xmm7") floats[7],
            lateout("rax") int,
            clobber_abi("sysv64"),
        );
    }
    frame.ints[0] = int;
    // SAFETY: a vector is so many bytes.
    frame.floats[0] = unsafe { std::mem::transmute::<__m128i, [u8; 16]>(float) };
}
