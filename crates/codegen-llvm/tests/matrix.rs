//! Caller tier times callee tier: direct calls, calls through a table and of imports, traps and the
//! frames that lead to them, registers kept, stack arguments popped, results in memory.

#[path = "../../codegen-baseline/tests/common/mod.rs"]
mod common;
mod machine;

use common::{Compiled, compile};
use machine::{End, Instance, Text, call};
use std::sync::Mutex;
use waxwing_codegen_baseline::Baseline;
use waxwing_codegen_cranelift::{Cranelift, Options};
use waxwing_codegen_llvm::Llvm;
use waxwing_layout::instance::{func_ref, import_func};
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_lower::{Callee, Codegen};
use waxwing_module::Trap;

fn tiers() -> Vec<Box<dyn Codegen>> {
    let cranelift = Cranelift::new(Options::default()).expect("a target");
    vec![Box::new(Baseline), Box::new(cranelift), Box::new(Llvm)]
}

/// A module compiled by every tier that can.
fn in_all_tiers(wat: &str) -> Vec<(&'static str, Compiled)> {
    tiers()
        .iter()
        .map(|t| (t.tier(), compile(&**t, wat, MemoryPlan::Reserved, Cpu::host())))
        .collect()
}

/// Links a module of which function `i` comes from `choice[i]`.
fn mix(choice: &[&Compiled]) -> Text {
    let first = choice[0].module.imported_funcs;
    let functions = choice
        .iter()
        .zip(first..)
        .map(|(tier, index)| (Callee::Func(index), tier.code(index).clone()))
        .collect();
    Text::link(functions)
}

/// Does `f` for every pair of tiers: name, the caller's code, the callee's code.
fn for_each_pair(wat: &str, mut f: impl FnMut(&str, &Compiled, &Compiled)) {
    let tiers = in_all_tiers(wat);
    assert_eq!(tiers.len(), 3);
    for (caller_name, caller) in &tiers {
        for (callee_name, callee) in &tiers {
            f(&format!("{caller_name} calls {callee_name}"), caller, callee);
        }
    }
}

/// The functions that were active when a call trapped, innermost first.
fn frames(text: &Text, end: End) -> Vec<Callee> {
    let End::Faulted { pc, callers } = end else { panic!("it did not trap") };
    // The last return address is the test's own.
    std::iter::once(pc)
        .chain(callers.iter().map(|ret| ret - 1))
        .filter_map(|pc| text.lookup(pc).map(|(_, callee, _)| callee))
        .collect()
}

#[test]
fn direct_calls() {
    // Operands outlive the call, and arguments change places.
    let wat = "(module
        (func (param i32 i32 i64) (result i64)
          (i64.add
            (i64.extend_i32_u (i32.sub (local.get 0) (i32.mul (local.get 1) (i32.const 10))))
            (local.get 2)))
        (func (param i32 i32 i64) (result i64)
          (i64.xor
            (i64.mul (local.get 2) (i64.const 3))
            (i64.sub
              (call 0 (local.get 1) (local.get 0) (i64.const -5))
              (i64.extend_i32_s (local.get 0))))))";
    for_each_pair(wat, |name, caller, callee| {
        let text = mix(&[callee, caller]);
        let instance = Instance::new(&caller.layout);
        let (a, b, c) = (3u32, 1000u32, 1u64 << 40);
        let end = call(&text, Callee::Func(1), &[instance.vmctx(), a.into(), b.into(), c]);
        let inner = u64::from(b.wrapping_sub(a * 10)).wrapping_sub(5);
        let expected = c.wrapping_mul(3) ^ inner.wrapping_sub(a.into());
        assert_eq!(end, End::Returned(expected), "{name}");
    });
}

#[test]
fn upper_halves_of_narrow_arguments_do_not_matter() {
    let wat = "(module
        (func (param i32 i32) (result i64)
          (i64.extend_i32_u (i32.add (local.get 0) (i32.shr_u (local.get 1) (i32.const 1))))))";
    for (name, tier) in in_all_tiers(wat) {
        let text = mix(&[&tier]);
        let instance = Instance::new(&tier.layout);
        let dirty = 0xffff_ffff_0000_0000u64;
        let end = call(&text, Callee::Func(0), &[instance.vmctx(), dirty | 7, dirty | 9]);
        assert_eq!(end, End::Returned(11), "{name}");
    }
}

#[test]
fn calls_through_a_table() {
    let wat = "(module
        (type $t (func (param i32 i32) (result i32)))
        (table 4 funcref)
        (func (type $t) (i32.sub (local.get 0) (local.get 1)))
        (func (export \"apply\") (param i32 i32 i32) (result i32)
          (i32.add (local.get 1)
            (call_indirect (type $t) (local.get 1) (local.get 2) (local.get 0))))
        (func (param i32 i32 i32) (result i32)
          (i32.add (i32.const 1) (call 1 (local.get 0) (local.get 1) (local.get 2)))))";
    for_each_pair(wat, |name, caller, callee| {
        let text = mix(&[callee, caller, callee]);
        let mut instance = Instance::new(&caller.layout);
        let vmctx = instance.vmctx();
        let entry = [77, text.address(Callee::Func(0)) as u64, vmctx, 1];
        instance.set_table(caller.layout.table(0), vec![[0; 4], entry, [0; 4], [0; 4]]);
        instance.write_u32(caller.layout.type_id(0), 77);
        let end = call(&text, Callee::Func(1), &[vmctx, 1, 50, 8]);
        assert!(matches!(end, End::Returned(n) if n as u32 == 92), "{name}: {end:?}");
        // The trap is found before there is need of a frame, which must be there nevertheless.
        let end = call(&text, Callee::Func(2), &[vmctx, 4, 50, 8]);
        assert_eq!(end.trap(&text), Some(Trap::UndefinedElement), "{name}");
        assert_eq!(frames(&text, end), [1, 2].map(Callee::Func), "{name}");
    });
}

#[test]
fn traps_name_their_reason_and_every_frame() {
    let wat = "(module
        (memory 1)
        (func (param i32 i32) (result i32)
          (i32.add (i32.load (local.get 0)) (i32.div_u (i32.const 7) (local.get 1))))
        (func (param i32 i32) (result i32)
          (i32.add (i32.const 1) (call 0 (local.get 0) (local.get 1))))
        (func (param i32 i32) (result i32)
          (i32.add (i32.const 1) (call 1 (local.get 0) (local.get 1)))))";
    for_each_pair(wat, |name, caller, callee| {
        let text = mix(&[callee, caller, callee]);
        let mut instance = Instance::new(&caller.layout);
        instance.write(8, 100);
        let vmctx = instance.vmctx();
        let end = call(&text, Callee::Func(2), &[vmctx, 8, 7]);
        assert!(matches!(end, End::Returned(n) if n as u32 == 103), "{name}: {end:?}");
        let cases = [
            ([0, 0], Trap::IntegerDivideByZero),
            ([65533, 1], Trap::MemoryOutOfBounds),
            ([0xffff_ffff, 1], Trap::MemoryOutOfBounds),
        ];
        for ([a, b], trap) in cases {
            let end = call(&text, Callee::Func(2), &[vmctx, a, b]);
            assert_eq!(end.trap(&text), Some(trap), "{name}");
            assert_eq!(frames(&text, end), [0, 1, 2].map(Callee::Func), "{name}");
        }
    });
}

#[test]
fn faults_lead_back_to_the_module() {
    let wat = "(module (memory 1)
        (func (param i32) (result i32)
          (i32.store (i32.const 4) (local.get 0))
          (i32.load (local.get 0))))";
    let bytes = wat::parse_str(wat).expect("text of a module");
    let load = bytes.iter().rposition(|&b| b == 0x28).expect("i32.load is there");
    for (name, tier) in in_all_tiers(wat) {
        let text = mix(&[&tier]);
        let mut instance = Instance::new(&tier.layout);
        let end = call(&text, Callee::Func(0), &[instance.vmctx(), 0x1234_5678]);
        assert_eq!(end.trap(&text), Some(Trap::MemoryOutOfBounds), "{name}");
        let End::Faulted { pc, .. } = end else { unreachable!("it trapped") };
        let (code, _, at) = text.lookup(pc).expect("in the function");
        let offset = code.addresses.iter().rfind(|&&(from, _)| from <= at).map(|&(_, o)| o);
        assert_eq!(offset, Some(load as u32), "{name}");
        // What was stored before the trap has been stored.
        assert_eq!(instance.range(4, 4), 0x1234_5678u32.to_le_bytes(), "{name}");
    }
}

#[test]
fn the_callee_pops_stack_arguments() {
    let wat = include_str!("../../codegen-baseline/tests/goldens/many_arguments.wat");
    let tiers = in_all_tiers(wat);
    // LLVM's convention for the stack is another one: it must refuse, not differ.
    let (able, unable): (Vec<_>, Vec<_>) =
        tiers.iter().partition(|(_, tier)| tier.functions.iter().all(|(_, code)| code.is_ok()));
    assert_eq!(unable.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["peak"]);
    for (caller_name, caller) in &able {
        for (callee_name, callee) in &able {
            let text = mix(&[callee, caller]);
            let vmctx = Instance::new(&caller.layout).vmctx();
            let args = [vmctx, 10, 2, 3, 4, 5, 100, 7, 1000];
            let end = call(&text, Callee::Func(0), &args);
            assert_eq!(end, End::Returned(10u64.wrapping_sub(1107)), "{callee_name}");
            let end = call(&text, Callee::Func(1), &[vmctx, 10, 77]);
            let expected = 77u64.wrapping_add(10u64.wrapping_sub(77 + 11 + 1000));
            assert_eq!(end, End::Returned(expected), "{caller_name} calls {callee_name}");
        }
    }
}

#[test]
fn several_results_come_back_through_memory() {
    let wat = include_str!("../../codegen-baseline/tests/goldens/results.wat");
    for_each_pair(wat, |name, caller, callee| {
        let text = mix(&[callee, caller]);
        let vmctx = Instance::new(&caller.layout).vmctx();
        let end = call(&text, Callee::Func(1), &[vmctx, 0xffff_ffff]);
        assert_eq!(end, End::Returned(0x1_0000_0002 + 0xffff_ffff), "{name}");
    });
}

#[test]
fn frames_larger_than_a_page_are_usable() {
    // The results area of each call is about 16 KiB.
    let results = "i64 ".repeat(1000);
    let values: String = (0..1000).map(|i| format!("(i64.const {})", i + 5)).collect();
    let drops = "(drop)".repeat(999);
    let wat = format!(
        "(module (func (result {results}) {values})
           (func (param i32) (result i64) (call 0) {drops}))"
    );
    for_each_pair(&wat, |name, caller, callee| {
        let text = mix(&[callee, caller]);
        let vmctx = Instance::new(&caller.layout).vmctx();
        let end = call(&text, Callee::Func(1), &[vmctx, 0]);
        assert_eq!(end, End::Returned(5), "{name}");
    });
}

static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Stands in for the runtime: the instance pointer is that of the guest.
extern "sysv64" fn fd_write(vmctx: *mut u8, fd: u32, iovs: u32, count: u32, written: u32) -> u32 {
    assert_eq!((fd, count), (1, 1));
    // SAFETY: `vmctx` is the base of an instance's memory of 64 KiB, and the guest of this test
    // passes addresses within its first hundred bytes.
    unsafe {
        let word = |at: u32| vmctx.add(at as usize).cast::<u32>();
        let (from, len) = (*word(iovs), *word(iovs + 4));
        let bytes = std::slice::from_raw_parts(vmctx.add(from as usize), len as usize);
        WRITTEN.lock().expect("no writer panics").extend_from_slice(bytes);
        *word(written) = len;
    }
    0
}

extern "sysv64" fn refuses(_: *mut u8, _: u32, _: u32, _: u32, _: u32) -> u32 {
    8
}

#[test]
fn hello_says_hello() {
    let wat = include_str!("../../codegen-baseline/tests/goldens/hello.wat");
    type Host = extern "sysv64" fn(*mut u8, u32, u32, u32, u32) -> u32;
    for (name, tier) in in_all_tiers(wat) {
        let text = mix(&[&tier]);
        let mut instance = Instance::new(&tier.layout);
        let vmctx = instance.vmctx();
        instance.range(8, 14).copy_from_slice(b"Hello, world!\n");
        let import = tier.layout.imported_func(0) + import_func::FUNC_REF;
        instance.write(import + func_ref::VMCTX, vmctx);
        let hosts: [Host; 2] = [fd_write, refuses];
        let ends = hosts.map(|host| {
            instance.write(import + func_ref::CODE, host as *const () as u64);
            call(&text, Callee::Func(1), &[vmctx])
        });
        assert!(matches!(ends[0], End::Returned(_)), "{name}");
        assert_eq!(ends[1].trap(&text), Some(Trap::Unreachable), "{name}");
        assert_eq!(std::mem::take(&mut *WRITTEN.lock().expect("held by none")), b"Hello, world!\n");
        assert_eq!(instance.range(24, 4), 14u32.to_le_bytes());
    }
}

#[test]
fn traps_are_precise() {
    // No access may be dropped because its value is not needed, no store because another follows,
    // and none may move across an access that traps.
    let wat = "(module (memory 1) (global $g (mut i32) (i32.const 0))
        (func (param i32)
          (global.set $g (i32.const 1))
          (i32.store (i32.const 64) (i32.const 2))
          (drop (i32.load (local.get 0)))
          (global.set $g (i32.const 3))
          (i32.store (i32.const 64) (i32.const 4)))
        (func (param i32) (local i32)
          (loop $l
            (global.set $g (local.get 1))
            (i32.store (i32.const 64) (local.get 1))
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (drop (i32.load8_u (i32.mul (local.get 1) (local.get 0))))
            (br $l))))";
    for (name, tier) in in_all_tiers(wat) {
        let text = mix(&[&tier, &tier]);
        let mut instance = Instance::new(&tier.layout);
        let (vmctx, global) = (instance.vmctx(), tier.layout.global(0));
        for (function, arg, in_global, in_memory) in
            [(0, 8, 3, 4), (0, 70_000, 1, 2), (1, 1000, 65, 65), (1, 30_000, 2, 2)]
        {
            let end = call(&text, Callee::Func(function), &[vmctx, arg]);
            let expected = (in_global != 3).then_some(Trap::MemoryOutOfBounds);
            assert_eq!(end.trap(&text), expected, "{name}");
            assert_eq!(instance.range(global, 4), u32::to_le_bytes(in_global), "{name}");
            assert_eq!(instance.range(64, 4), u32::to_le_bytes(in_memory), "{name}");
        }
    }
}
