//! The entries for x86-64.

use crate::{Back, EnterFrame, Left, Switch};
use std::arch::{asm, global_asm};
use waxwing_layout::abi::INT_REGS;
use waxwing_layout::builtin::Builtin;
use waxwing_layout::instance::store_context::{FUEL_LEFT, LEAVES, METERED};

global_asm!(
    ".pushsection .text.waxwing_entries, \"ax\", @progbits",
    ".p2align 4",
    ".globl waxwing_entries_begin",
    ".hidden waxwing_entries_begin",
    "waxwing_entries_begin:",
    //
    // The ways onto a guest's stack are called by inline assembly that gives up all registers but rbx, rbp and
    // rsp: who needs others has kept them. They come back with a `Left` in eax, and in rdx what a guest
    // returned that was entered by `enter_ints`.
    //
    // enter(switch: rdi, frame: rsi, code: rdx, guest_sp: rcx)
    ".globl waxwing_enter",
    ".hidden waxwing_enter",
    "waxwing_enter:",
    "    push rbp",
    "    push rbx",
    "    push rsi", // keeps rsp a multiple of 16
    "    mov [rdi], rsp",
    "    mov rbx, rsi",
    "    mov r12, rdi",
    "    mov r11, rdx",
    "    cmp dword ptr [rdi + {metered}], 0",
    "    jne 31f",
    "    mov rsp, rcx",
    "    xor ebp, ebp", // ends the chain of guest frames
    // From here on the stack pointer is the guest's: signals may redirect.
    "    cmp dword ptr [r12 + 16], 0",
    "    jne 9f",
    "    mov rdi, [rbx + 128]",
    "    mov rsi, [rbx + 136]",
    "    mov rdx, [rbx + 144]",
    "    mov rcx, [rbx + 152]",
    "    mov r8, [rbx + 160]",
    "    mov r9, [rbx + 168]",
    "    cmp qword ptr [rbx + 176], 0",
    "    jne 2f",
    "    call r11",
    "    mov rsp, [r12]",
    "    mov [rbx + 128], rax",
    "1:  xor eax, eax",
    "8:  add rsp, 8",
    "    pop rbx",
    "    pop rbp",
    "    ret",
    "2:  movaps xmm0, [rbx]",
    "    movaps xmm1, [rbx + 16]",
    "    movaps xmm2, [rbx + 32]",
    "    movaps xmm3, [rbx + 48]",
    "    movaps xmm4, [rbx + 64]",
    "    movaps xmm5, [rbx + 80]",
    "    movaps xmm6, [rbx + 96]",
    "    movaps xmm7, [rbx + 112]",
    "    call r11",
    "    mov rsp, [r12]",
    "    mov [rbx + 128], rax",
    "    movaps [rbx], xmm0",
    "    jmp 1b",
    // The same for metered code. A guest that returns with a debt counts as left.
    "31: mov r15, [rdi + {fuel_left}]",
    "    mov rsp, rcx",
    "    xor ebp, ebp",
    "    cmp dword ptr [r12 + 16], 0",
    "    jne 9f",
    "    mov rdi, [rbx + 128]",
    "    mov rsi, [rbx + 136]",
    "    mov rdx, [rbx + 144]",
    "    mov rcx, [rbx + 152]",
    "    mov r8, [rbx + 160]",
    "    mov r9, [rbx + 168]",
    "    cmp qword ptr [rbx + 176], 0",
    "    jne 30f",
    "    call r11",
    "    mov rsp, [r12]",
    "34: mov [r12 + {fuel_left}], r15",
    "    mov [rbx + 128], rax",
    "    xor eax, eax",
    "    test r15, r15",
    "    sets al",
    "    lea eax, [rax + rax * 2]",
    "    jmp 8b",
    "30: movaps xmm0, [rbx]",
    "    movaps xmm1, [rbx + 16]",
    "    movaps xmm2, [rbx + 32]",
    "    movaps xmm3, [rbx + 48]",
    "    movaps xmm4, [rbx + 64]",
    "    movaps xmm5, [rbx + 80]",
    "    movaps xmm6, [rbx + 96]",
    "    movaps xmm7, [rbx + 112]",
    "    call r11",
    "    mov rsp, [r12]",
    "    movaps [rbx], xmm0",
    "    jmp 34b",
    "9:  mov rsp, [r12]",
    "    mov eax, 2",
    "    jmp 8b",
    //
    // enter_ints(switch: r10, code: r11, guest_sp: rax, parameters: rdi rsi rdx rcx r8 r9). For code that is not
    // metered. Where the guest does not begin, the parameters are still in their registers.
    ".p2align 5",
    ".globl waxwing_enter_ints",
    ".hidden waxwing_enter_ints",
    "waxwing_enter_ints:",
    "    push rbp",
    "    push rbx",
    "    push r10", // keeps rsp a multiple of 16
    "    mov [r10], rsp",
    "    mov r12, r10",
    "    mov rsp, rax",
    "    xor ebp, ebp",
    // From here on the stack pointer is the guest's: signals may redirect.
    "    cmp dword ptr [r12 + 16], 0",
    "    jne 9b",
    "    call r11",
    "    mov rsp, [r12]",
    "    mov rdx, rax",
    "    xor eax, eax",
    "    add rsp, 8",
    "    pop rbx",
    "    pop rbp",
    "    ret",
    //
    // Not a function: r10 is the switch. The guest's frames are left as they are.
    ".globl waxwing_unwind_entry",
    ".hidden waxwing_unwind_entry",
    "waxwing_unwind_entry:",
    "    mov rsp, [r10]",
    "    mov eax, 1",
    "    jmp 8b",
    //
    // resume(switch: rdi, any: rsi, handler: rdx, guest_sp: rcx, guest_fp: r8, payload: r9). Lays out the host's stack as `enter` does: the guest returns to where the
    // first entry called it, with that entry's rbx and r12, which its own frames have kept, and ends
    // with what was saved here.
    ".p2align 4",
    ".globl waxwing_resume",
    ".hidden waxwing_resume",
    "waxwing_resume:",
    "    push rbp",
    "    push rbx",
    "    push rsi",
    "    mov [rdi], rsp",
    "    mov r10, rdi",
    "    mov rbp, r8",
    "    cmp dword ptr [rdi + {metered}], 0",
    "    je 32f",
    "    mov r15, [rdi + {fuel_left}]",
    "32: mov rsp, rcx",
    // From here on the stack pointer is the guest's: signals may redirect.
    "    cmp dword ptr [r10 + 16], 0",
    "    jne 29f",
    "    mov rax, r9",
    "    jmp rdx",
    "29: mov rsp, [r10]",
    "    mov eax, 2",
    "    jmp 8b",
    //
    // go_on(switch: rdi, any: rsi, frame: rdx). Lays out the host's stack as
    // `enter` does, and goes on in the entry whose frame it is, behind its call of the host: all that
    // `.Lwaxwing_leave` kept is taken back, and the entry looks at `pending` itself.
    ".p2align 4",
    ".globl waxwing_go_on",
    ".hidden waxwing_go_on",
    "waxwing_go_on:",
    "    push rbp",
    "    push rbx",
    "    push rsi",
    "    mov [rdi], rsp",
    "    mov r10, rdi",
    "    mov rbp, rdx",
    "    mov r15, [rdx - 240]",
    "    cmp dword ptr [rdi + {metered}], 0",
    "    je 39f",
    "    mov r15, [rdi + {fuel_left}]", // the host may have added to it
    "39: lea rsp, [rdx - 256]",
    // From here on the stack pointer is the guest's: signals may redirect.
    "    mov rbx, [rbp - 208]",
    "    mov r12, [rbp - 216]",
    "    mov r13, [rbp - 224]",
    "    mov r14, [rbp - 232]",
    "    jmp qword ptr [rbp - 248]",
    //
    // wake(switch: rdi, any: rsi). Lays out the host's stack as `enter` does. The
    // handler of the illegal instruction puts the guest's registers in the place of these.
    ".p2align 4",
    ".globl waxwing_wake",
    ".hidden waxwing_wake",
    "waxwing_wake:",
    "    push rbp",
    "    push rbx",
    "    push rsi",
    "    mov [rdi], rsp",
    ".globl waxwing_wake_at",
    ".hidden waxwing_wake_at",
    "waxwing_wake_at:",
    "    ud2",
    //
    // A guest calls a host function: rdi is the binding. Begins a cache line, so that a call costs the
    // same however long the entries above are.
    ".p2align 6",
    ".globl waxwing_host_entry",
    ".hidden waxwing_host_entry",
    "waxwing_host_entry:",
    "    push rbp",
    "    mov rbp, rsp",
    "    sub rsp, 176",
    "    mov [rsp + 128], rdi",
    "    mov [rsp + 136], rsi",
    "    mov [rsp + 144], rdx",
    "    mov [rsp + 152], rcx",
    "    mov [rsp + 160], r8",
    "    mov [rsp + 168], r9",
    "    mov r10, [rdi + 8]",
    "    cmp dword ptr [r10 + 20], 0",
    "    jne 23f",
    "22: cmp dword ptr [rdi + 36], 0",
    "    jne 3f",
    "    mov rsi, rsp",
    "    mov [rsp + 120], rdi", // the binding again: the result replaces the first
    "    mov [r10 + 8], rbp",
    "    mov rsp, [r10]",
    "    call qword ptr [rdi]",
    "    lea rsp, [rbp - 176]",
    "    mov rdi, [rsp + 120]",
    "    mov r10, [rdi + 8]",
    "34: mov ecx, [r10 + 16]",
    "    or ecx, [r10 + {leaves}]",
    "    jne 24f",
    "    mov rax, [rsp + 128]",
    "    mov ecx, [rdi + 32]",
    "    cmp dword ptr [rdi + 36], 0",
    "    jne 4f",
    // The frame stays until the last instruction, so that a backtrace can always be walked.
    "5:  test ecx, ecx",
    "    jne 6f",
    "    mov rsp, rbp",
    "    pop rbp",
    "    ret",
    // What the guest's functions keep in registers, where a collector finds it.
    "23: mov [rbp - 208], rbx",
    "    mov [rbp - 216], r12",
    "    mov [rbp - 224], r13",
    "    mov [rbp - 232], r14",
    "    mov [rbp - 240], r15",
    "    test dword ptr [r10 + 20], 2",
    "    je 22b",
    "    jmp 33f",
    "3:  movaps [rsp], xmm0",
    "    movaps [rsp + 16], xmm1",
    "    movaps [rsp + 32], xmm2",
    "    movaps [rsp + 48], xmm3",
    "    movaps [rsp + 64], xmm4",
    "    movaps [rsp + 80], xmm5",
    "    movaps [rsp + 96], xmm6",
    "    movaps [rsp + 112], xmm7",
    "    jmp 7f",
    "4:  movaps xmm0, [rsp]",
    "    jmp 5b",
    "6:  mov r11, [rbp + 8]", // the callee takes the stack arguments away
    "    lea rsp, [rbp + rcx + 8]",
    "    mov [rsp], r11", // over the last of them: a return that the processor predicts
    "    mov rbp, [rbp]",
    "    ret",
    // With vector registers the slot of the binding is xmm7's: keep it below the frame.
    "7:  mov r10, [rdi + 8]",
    "    mov rsi, rsp",
    "    sub rsp, 16",
    "    mov [rsp], rdi",
    "    mov [r10 + 8], rbp",
    "    cmp dword ptr [r10 + {metered}], 0",
    "    jne 35f",
    "    mov rsp, [r10]",
    "    call qword ptr [rdi]",
    ".Lwaxwing_host_floats_back:",
    "    lea rsp, [rbp - 176]",
    "    mov rdi, [rsp - 16]",
    "    mov r10, [rdi + 8]",
    "36: mov ecx, [r10 + 16]",
    "    or ecx, [r10 + {leaves}]",
    "    jne 25f",
    "    mov rax, [rsp + 128]",
    "    mov ecx, [rdi + 32]",
    "    jmp 4b",
    "35: mov [r10 + {fuel_left}], r15",
    "    mov rsp, [r10]",
    "    call qword ptr [rdi]",
    "    mov rdi, [rbp - 192]",
    "    mov r10, [rdi + 8]",
    "    mov r15, [r10 + {fuel_left}]",
    "    lea rsp, [rbp - 176]",
    "    jmp 36b",
    "33: cmp dword ptr [rdi + 36], 0",
    "    jne 3b",
    "    mov rsi, rsp",
    "    mov [rsp + 120], rdi",
    "    mov [r10 + 8], rbp",
    "    mov [r10 + {fuel_left}], r15",
    "    mov rsp, [r10]",
    "    call qword ptr [rdi]",
    "    mov rdi, [rbp - 56]", // the binding, in the frame at rbp - 176
    "    mov r10, [rdi + 8]",
    "    mov r15, [r10 + {fuel_left}]",
    "    lea rsp, [rbp - 176]",
    "    jmp 34b",
    //
    // A guest calls a host function that takes its parameters where they are: rdi is the binding. What is
    // below rsp is nobody else's: handlers that are not on a stack of their own leave 128 bytes alone.
    ".p2align 6",
    ".globl waxwing_direct_entry",
    ".hidden waxwing_direct_entry",
    "waxwing_direct_entry:",
    "    push rbp",
    "    mov rbp, rsp",
    "    mov r10, [rdi + 8]",
    "    cmp dword ptr [r10 + 20], 0",
    "    jne 50f",
    "    mov [rbp - 8], r10",
    "    mov [r10 + 8], rbp",
    "    mov rsp, [r10]",
    "    call qword ptr [rdi]",
    "51: mov r10, [rbp - 8]",
    "52: mov rsp, rbp",
    "    mov ecx, [r10 + 16]",
    "    or ecx, [r10 + {leaves}]",
    "    jne 53f",
    "    pop rbp",
    "    ret",
    // For a collector, as in `waxwing_host_entry`, or metered.
    "50: mov [rbp - 8], r10",
    "    mov [rbp - 208], rbx",
    "    mov [rbp - 216], r12",
    "    mov [rbp - 224], r13",
    "    mov [rbp - 232], r14",
    "    mov [rbp - 240], r15",
    "    mov [r10 + 8], rbp",
    "    test dword ptr [r10 + 20], 2",
    "    jne 54f",
    "    mov rsp, [r10]",
    "    call qword ptr [rdi]",
    "    jmp 51b",
    "54: mov [r10 + {fuel_left}], r15",
    "    mov rsp, [r10]",
    "    call qword ptr [rdi]",
    "    mov r10, [rbp - 8]",
    "    mov r15, [r10 + {fuel_left}]",
    "    jmp 52b",
    "53: mov [rbp - 56], rax",
    "    movups [rbp - 48], xmm0",
    "    lea r11, [rip + .Lwaxwing_direct_back]",
    "    jmp 28f",
    ".Lwaxwing_direct_back:",
    "    mov rax, [rbp - 56]",
    "    movups xmm0, [rbp - 48]",
    "    jmp 51b",
    //
    // A guest calls a built-in: rdi is the instance, rsi the number.
    ".p2align 4",
    ".globl waxwing_builtin_entry",
    ".hidden waxwing_builtin_entry",
    "waxwing_builtin_entry:",
    "    push rbp",
    "    mov rbp, rsp",
    "    mov r10, [rdi - 8]",
    "39: push r10",
    "    mov [rbp - 16], rbx",
    "    mov [rbp - 24], r12",
    "    mov [rbp - 32], r13",
    "    mov [rbp - 40], r14",
    "    mov [rbp - 48], r15",
    "    mov [r10 + 8], rbp",
    "    mov r11, [r10 + 24]",
    "    mov eax, esi",
    "    cmp dword ptr [r10 + {metered}], 0",
    "    jne 37f",
    "    mov rsp, [r10]",
    "    call qword ptr [r11 + rax * 8]",
    "26: lea rsp, [rbp - 8]",
    "    pop r10",
    "38: mov ecx, [r10 + 16]",
    "    or ecx, [r10 + {leaves}]",
    "    jne 27f",
    "    pop rbp",
    "    ret",
    "37: mov [r10 + {fuel_left}], r15",
    "    mov rsp, [r10]",
    "    call qword ptr [r11 + rax * 8]",
    "    mov r10, [rbp - 8]",
    "    mov r15, [r10 + {fuel_left}]",
    "    mov rsp, rbp",
    "    jmp 38b",
    // The guest is left behind a call of the host, with r10 as in `waxwing_unwind_entry`. It may go on
    // there later, and everything that it needs for that is kept below the frame of the entry.
    ".Lwaxwing_builtin_back:",
    "    mov rax, [rbp - 56]",
    "    jmp 26b",
    // Goes on behind the call of a host function without vector registers. No return that the processor
    // predicted leads to the guest, which was not called again since it was left: it is jumped to.
    ".Lwaxwing_host_again:",
    "    lea rsp, [rbp - 176]",
    "    mov rdi, [rsp + 120]",
    "    mov r10, [rdi + 8]",
    "    mov ecx, [r10 + 16]",
    "    or ecx, [r10 + {leaves}]",
    "    jne 24f",
    "    mov rax, [rsp + 128]",
    "    mov ecx, [rdi + 32]",
    "    mov r11, [rbp + 8]",
    "    lea rcx, [rbp + rcx + 16]",
    "    mov rbp, [rbp]",
    "    mov rsp, rcx",
    "    jmp r11",
    "24: lea r11, [rip + .Lwaxwing_host_again]",
    "    jmp 28f",
    "25: lea r11, [rip + .Lwaxwing_host_floats_back]",
    "    jmp 28f",
    "27: lea rsp, [rbp - 256]",
    "    mov [rbp - 56], rax",
    "    lea r11, [rip + .Lwaxwing_builtin_back]",
    "28: lea rsp, [rbp - 256]",
    "    mov [rbp - 208], rbx",
    "    mov [rbp - 216], r12",
    "    mov [rbp - 224], r13",
    "    mov [rbp - 232], r14",
    "    mov [rbp - 240], r15",
    "    mov [rbp - 248], r11",
    "    jmp waxwing_unwind_entry",
    //
    // Metered code finds its fuel used up: rdi is the switch. Keeps every register but r15; of the
    // vector registers the lower halves, since guests use no more.
    ".p2align 4",
    ".globl waxwing_fuel_entry",
    ".hidden waxwing_fuel_entry",
    "waxwing_fuel_entry:",
    "    push rbp",
    "    mov rbp, rsp",
    "    sub rsp, 336",
    "    movaps [rsp], xmm0",
    "    movaps [rsp + 16], xmm1",
    "    movaps [rsp + 32], xmm2",
    "    movaps [rsp + 48], xmm3",
    "    movaps [rsp + 64], xmm4",
    "    movaps [rsp + 80], xmm5",
    "    movaps [rsp + 96], xmm6",
    "    movaps [rsp + 112], xmm7",
    "    movaps [rsp + 128], xmm8",
    "    movaps [rsp + 144], xmm9",
    "    movaps [rsp + 160], xmm10",
    "    movaps [rsp + 176], xmm11",
    "    movaps [rsp + 192], xmm12",
    "    movaps [rsp + 208], xmm13",
    "    movaps [rsp + 224], xmm14",
    "    movaps [rsp + 240], xmm15",
    "    mov [rsp + 256], rax",
    "    mov [rsp + 264], rcx",
    "    mov [rsp + 272], rdx",
    "    mov [rsp + 280], rsi",
    "    mov [rsp + 288], rdi",
    "    mov [rsp + 296], r8",
    "    mov [rsp + 304], r9",
    "    mov [rsp + 312], r10",
    "    mov [rsp + 320], r11",
    "    mov esi, {out_of_fuel}",
    "    call 40f",
    "    movaps xmm0, [rsp]",
    "    movaps xmm1, [rsp + 16]",
    "    movaps xmm2, [rsp + 32]",
    "    movaps xmm3, [rsp + 48]",
    "    movaps xmm4, [rsp + 64]",
    "    movaps xmm5, [rsp + 80]",
    "    movaps xmm6, [rsp + 96]",
    "    movaps xmm7, [rsp + 112]",
    "    movaps xmm8, [rsp + 128]",
    "    movaps xmm9, [rsp + 144]",
    "    movaps xmm10, [rsp + 160]",
    "    movaps xmm11, [rsp + 176]",
    "    movaps xmm12, [rsp + 192]",
    "    movaps xmm13, [rsp + 208]",
    "    movaps xmm14, [rsp + 224]",
    "    movaps xmm15, [rsp + 240]",
    "    mov rax, [rsp + 256]",
    "    mov rcx, [rsp + 264]",
    "    mov rdx, [rsp + 272]",
    "    mov rsi, [rsp + 280]",
    "    mov rdi, [rsp + 288]",
    "    mov r8, [rsp + 296]",
    "    mov r9, [rsp + 304]",
    "    mov r10, [rsp + 312]",
    "    mov r11, [rsp + 320]",
    "    mov rsp, rbp",
    "    pop rbp",
    "    ret",
    "40: push rbp",
    "    mov rbp, rsp",
    "    mov r10, rdi",
    "    jmp 39b",
    ".globl waxwing_entries_end",
    ".hidden waxwing_entries_end",
    "waxwing_entries_end:",
    ".popsection",
    fuel_left = const FUEL_LEFT,
    leaves = const LEAVES,
    metered = const METERED,
    out_of_fuel = const Builtin::OutOfFuel as u32,
);

unsafe extern "C" {
    static waxwing_entries_begin: u8;
    static waxwing_entries_end: u8;
    fn waxwing_enter();
    fn waxwing_enter_ints();
    fn waxwing_resume();
    fn waxwing_go_on();
    fn waxwing_wake();
    fn waxwing_wake_at();
    fn waxwing_host_entry();
    fn waxwing_direct_entry();
    fn waxwing_builtin_entry();
    fn waxwing_fuel_entry();
    fn waxwing_unwind_entry();
}

/// Calls one of the ways onto a guest's stack, which give up all registers but three.
macro_rules! go {
    ($entry:ident, $(in($reg:tt) $value:expr),*) => {{
        let (how, value): (u64, u64);
        asm!(
            "call {entry}",
            entry = sym $entry,
            $(in($reg) $value,)*
            lateout("rax") how,
            lateout("rdx") value,
            out("r12") _,
            out("r13") _,
            out("r14") _,
            out("r15") _,
            clobber_abi("sysv64"),
        );
        Back { how: left(how as u32), value }
    }};
}

/// Calls guest code at `code` on the stack whose first free byte is below `guest_sp`, a multiple of
/// 16, with the registers of `frame`; stack arguments stand at `guest_sp` and above. Says how the
/// guest was left.
///
/// # Safety
/// `code` is guest code of the signature that `frame` was filled for; `guest_sp` is the end of an
/// accessible guest stack that nothing else uses; `switch` is the beginning of the context that the
/// guest's instance points to, and its `host_sp` and `exit_fp` are saved by the caller if an outer
/// `enter` is still open.
#[inline]
pub unsafe fn enter(
    switch: *const Switch,
    frame: &mut EnterFrame,
    code: *const u8,
    guest_sp: *mut u8,
) -> Back {
    let frame = std::ptr::from_mut(frame);
    // SAFETY: passed on to the caller; the entry keeps what it does not give up.
    unsafe {
        go!(waxwing_enter, in("rdi") switch, in("rsi") frame, in("rdx") code, in("rcx") guest_sp)
    }
}

/// As [`enter`], for code that is not metered and takes its parameters in integer registers alone, the
/// instance pointer first, and for which no float comes back: an integer comes back in [`Back::value`]. If
/// the guest has not begun, `ints` are as they were; else they are used up.
///
/// # Safety
/// As for [`enter`], with `ints` in the place of the frame.
#[inline(always)]
pub unsafe fn enter_ints(
    switch: *const Switch,
    ints: &mut [u64; INT_REGS],
    code: *const u8,
    guest_sp: *mut u8,
) -> Back {
    let how: u64;
    // SAFETY: passed on to the caller; the entry keeps what it does not give up.
    unsafe {
        asm!(
            "call {entry}",
            entry = sym waxwing_enter_ints,
            inlateout("rax") guest_sp => how,
            inlateout("rdi") ints[0],
            inlateout("rsi") ints[1],
            inlateout("rdx") ints[2],
            inlateout("rcx") ints[3],
            inlateout("r8") ints[4],
            inlateout("r9") ints[5],
            inlateout("r10") switch => _,
            inlateout("r11") code => _,
            out("r12") _,
            out("r13") _,
            out("r14") _,
            out("r15") _,
            clobber_abi("sysv64"),
        );
    }
    // In rdx, whatever became of the guest.
    Back { how: left(how as u32), value: ints[2] }
}

#[inline]
fn left(code: u32) -> Left {
    match code {
        0 => Left::Returned,
        1 => Left::Early,
        2 => Left::NotBegun,
        _ => Left::Owing,
    }
}

/// Goes on with a guest that was left through [`unwind_entry`], at a handler of one of its frames.
/// Says how the guest was left then; a result is in the frame that `enter` was given, or comes back as from
/// [`enter_ints`].
///
/// # Safety
/// The guest's frames from `guest_fp` upwards are as it left them, none of them was entered anew
/// since, and the frame that its `enter` was given is still there. `handler` is code of the function
/// whose frame `guest_fp` is, that expects `guest_sp`, the payload in rax and nothing of the other
/// registers. For the switch the same holds as for [`enter`].
pub unsafe fn resume(
    switch: *const Switch,
    handler: *const u8,
    guest_sp: *mut u8,
    guest_fp: *mut u8,
    payload: u64,
) -> Back {
    // SAFETY: passed on to the caller; the entry keeps what it does not give up.
    unsafe {
        go!(
            waxwing_resume, in("rdi") switch, in("rdx") handler, in("rcx") guest_sp, in("r8") guest_fp,
            in("r9") payload
        )
    }
}

/// Goes on with a guest that was left early behind a call of the host, where it was left. `frame` is
/// what [`Switch::exit_fp`] was then. What the call gives the guest is in the [`crate::HostFrame`] that ends
/// there, unless a built-in or a direct host function was called. Never says [`Left::NotBegun`]: if something is pending, the
/// guest is left at the same place again.
///
/// # Safety
/// The guest's stack is as it left it, from [`crate::ENTRY_FRAME`] bytes below `frame` on, and the
/// frame that its `enter` was given is still there. For the switch the same holds as for [`enter`].
#[inline]
pub unsafe fn go_on(switch: *const Switch, frame: *const u8) -> Back {
    let (how, value): (u64, u64);
    // Not a call: the guest does not return to here, and returns that are predicted must match calls.
    // SAFETY: passed on to the caller; the entry keeps what it does not give up, and goes on at the address
    // that is pushed.
    unsafe {
        asm!(
            "lea rax, [rip + 2f]",
            "push rax",
            "jmp {entry}",
            "2:",
            entry = sym waxwing_go_on,
            in("rdi") switch,
            in("rdx") frame,
            lateout("rax") how,
            lateout("rdx") value,
            out("r12") _,
            out("r13") _,
            out("r14") _,
            out("r15") _,
            clobber_abi("sysv64"),
        );
    }
    Back { how: left(how as u32), value }
}

/// Runs an illegal instruction, at [`wake_at`], whose handler is to put the registers of a guest that
/// was interrupted by a signal in the place of those it finds, or to redirect to [`unwind_entry`].
///
/// # Safety
/// The handler does so: the guest's stack is as it was, and the frame that its `enter` was given is
/// still there. For the switch the same holds as for [`enter`].
pub unsafe fn wake(switch: *const Switch) -> Back {
    // SAFETY: passed on to the caller; the entry keeps what it does not give up.
    unsafe { go!(waxwing_wake, in("rdi") switch) }
}

/// Where [`wake`] asks for the guest's registers.
pub fn wake_at() -> usize {
    waxwing_wake_at as *const u8 as usize
}

/// The code of host functions as seen from a guest, but for those of [`direct_entry`].
#[inline]
pub fn host_entry() -> *const u8 {
    waxwing_host_entry as *const u8
}

/// The code of host functions that take numbers, all in registers, and return one at most: they are called
/// with the binding and the parameters as the guest leaves them, by the C convention, which is the guest's own
/// but for the first.
#[inline]
pub fn direct_entry() -> *const u8 {
    waxwing_direct_entry as *const u8
}

/// Whether this is the code of a host function.
#[inline]
pub fn is_host(code: *const u8) -> bool {
    code == direct_entry() || code == host_entry()
}

/// What the instance field `BUILTIN_ENTRY` holds.
pub fn builtin_entry() -> *const u8 {
    waxwing_builtin_entry as *const u8
}

/// What metered code calls, with the switch of its store, when its fuel is used up: built-in `OutOfFuel`, with
/// every register kept but that of the fuel.
pub fn fuel_entry() -> *const u8 {
    waxwing_fuel_entry as *const u8
}

/// Where a signal handler sends a guest that has to end, with the switch in r10.
pub fn unwind_entry() -> *const u8 {
    waxwing_unwind_entry as *const u8
}

/// Whether an address is in an entry that guests call. A guest that is there with its stack pointer on its
/// own stack can be interrupted and go on later: its registers and its stack are all there is of it.
pub fn is_guests_entry(pc: usize) -> bool {
    // The other entries stand before these.
    pc >= host_entry() as usize && is_entry(pc)
}

/// Whether an address is in one of the entries. A thread that is there with its stack pointer on a
/// guest's stack may be redirected to [`unwind_entry`].
pub fn is_entry(pc: usize) -> bool {
    let begin = &raw const waxwing_entries_begin as usize;
    let end = &raw const waxwing_entries_end as usize;
    (begin..end).contains(&pc)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is in the others has something on the host's stack that will not be there later.
    #[test]
    fn guests_are_interrupted_in_what_they_call() {
        let first = host_entry() as usize;
        for entry in [host_entry(), direct_entry(), builtin_entry(), fuel_entry()] {
            assert!(is_guests_entry(entry as usize));
        }
        let end = &raw const waxwing_entries_end as usize;
        assert!(is_guests_entry(end - 1) && !is_guests_entry(end));
        let begin = &raw const waxwing_entries_begin as usize;
        assert!((begin..first).all(|pc| is_entry(pc) && !is_guests_entry(pc)));
        let others = [
            waxwing_enter as *const u8,
            waxwing_enter_ints as *const u8,
            unwind_entry(),
            waxwing_resume as *const u8,
            waxwing_go_on as *const u8,
            waxwing_wake as *const u8,
        ];
        assert!(others.iter().all(|&entry| (begin..first).contains(&(entry as usize))));
    }
}
