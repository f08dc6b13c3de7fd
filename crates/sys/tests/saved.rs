//! Registers that are kept by one signal and put back by another.

use std::arch::asm;
use std::cell::{Cell, RefCell};
use waxwing_sys::{Context, Fault, Saved};

thread_local! {
    static SAVED: RefCell<Option<Saved>> = const { RefCell::new(None) };
    static SIGNALS: Cell<u32> = const { Cell::new(0) };
}

/// The length of `ud2`.
const UD2: usize = 2;

/// Keeps the registers at the first signal, and puts them back at the second.
fn handle(fault: Fault, registers: &mut Context<'_>) -> bool {
    if fault != Fault::Illegal {
        return false;
    }
    SIGNALS.set(SIGNALS.get() + 1);
    let done = SAVED.with_borrow_mut(|saved| match (saved, SIGNALS.get()) {
        (Some(saved), 1) => registers.save(saved),
        (Some(saved), 2) => registers.restore(saved),
        _ => false,
    });
    if done {
        registers.redirect(registers.pc() + UD2, 0);
    }
    done
}

/// Defines a function that fills so many vector registers from `input`, is interrupted, spoils them, is
/// taken back to the first interruption, and writes them to `output`. Returns the sum of what was put
/// into registers that are no vectors.
macro_rules! round_trip {
    ($name:ident, $feature:literal, $list:literal, $load:literal, $spoil:literal, $store:literal) => {
        #[target_feature(enable = $feature)]
        unsafe fn $name(input: &[u8], output: &mut [u8]) -> u64 {
            let mut passes = 0u32;
            let sum: u64;
            // SAFETY: the slices hold all registers; the handler goes on behind each `ud2`, and the
            // second time with the registers of the first.
            unsafe {
                asm!(
                    concat!(".irp i, ", $list),
                    $load,
                    ".endr",
                    "mov r8, 1", "mov r9, 20", "mov r11, 300", "mov r12, 4000", "mov r13, 50000",
                    "mov r14, 600000", "mov r15, 7000000",
                    "ud2",
                    "inc dword ptr [rdx]",
                    "cmp dword ptr [rdx], 2",
                    "je 3f",
                    concat!(".irp i, ", $list),
                    $spoil,
                    ".endr",
                    "xor edi, edi", "xor esi, esi", "mov r8, -1", "mov r9, -1", "mov r11, -1",
                    "mov r12, -1", "mov r13, -1", "mov r14, -1", "mov r15, -1",
                    "ud2",
                    "3:",
                    concat!(".irp i, ", $list),
                    $store,
                    ".endr",
                    "lea rax, [r8 + r9]", "add rax, r11", "add rax, r12", "add rax, r13",
                    "add rax, r14", "add rax, r15",
                    in("rdi") input.as_ptr(),
                    in("rsi") output.as_mut_ptr(),
                    in("rdx") &raw mut passes,
                    out("rax") sum,
                    out("r12") _, out("r13") _, out("r14") _, out("r15") _,
                    clobber_abi("C"),
                );
            }
            assert_eq!(passes, 2);
            sum
        }
    };
}

round_trip!(
    zmm,
    "avx512f",
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "vmovdqu64 zmm\\i, [rdi + 64 * \\i]",
    "vpxord zmm\\i, zmm\\i, zmm\\i",
    "vmovdqu64 [rsi + 64 * \\i], zmm\\i"
);
round_trip!(
    ymm,
    "avx",
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
    "vmovdqu ymm\\i, [rdi + 64 * \\i]",
    "vxorps ymm\\i, ymm\\i, ymm\\i",
    "vmovdqu [rsi + 64 * \\i], ymm\\i"
);
round_trip!(
    xmm,
    "sse2",
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
    "movdqu xmm\\i, [rdi + 64 * \\i]",
    "pxor xmm\\i, xmm\\i",
    "movdqu [rsi + 64 * \\i], xmm\\i"
);

/// Every vector register of the processor in its full width, and every other one.
#[test]
fn all_registers_come_back() {
    waxwing_sys::install(handle).expect("a handler");
    type RoundTrip = unsafe fn(&[u8], &mut [u8]) -> u64;
    let mut kinds: Vec<(RoundTrip, usize, usize)> = vec![(xmm, 16, 16)];
    if std::arch::is_x86_feature_detected!("avx") {
        kinds.push((ymm, 16, 32));
    }
    if std::arch::is_x86_feature_detected!("avx512f") {
        kinds.push((zmm, 32, 64));
    }
    for (round_trip, count, width) in kinds {
        for seed in 1..=50u8 {
            SAVED.set(Some(Saved::new()));
            SIGNALS.set(0);
            let input: Vec<u8> =
                (0..64 * 32).map(|i| (i as u8).wrapping_mul(seed) ^ 0x5a).collect();
            let mut output = vec![0; input.len()];
            // SAFETY: the processor has the feature, and the handler is installed.
            let sum = unsafe { round_trip(&input, &mut output) };
            assert_eq!(sum, 7_654_321);
            assert_eq!(SIGNALS.get(), 2);
            for (i, (input, output)) in input.chunks(64).zip(output.chunks(64)).enumerate() {
                let wanted = if i < count { &input[..width] } else { &[] };
                assert_eq!(&output[..wanted.len()], wanted, "register {i} of {width} bytes");
            }
        }
    }
}
