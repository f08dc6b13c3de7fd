//! The external ABI: caller's tier by callee's tier, by what happens between them.

use crate::stops::Gate;
use std::sync::Arc;
use waxwing::{Caller, Config, Engine, Error, Linker, MemoryPlan, Module, Store, Tier, Trap, Val};
use waxwing_testkit::PLANS;

const TIERS: [Tier; 2] = [Tier::Instant, Tier::Fast];

const CALLEE: &str = r#"(module $callee
    (import "h" "begun" (func $begun))
    (memory (export "memory") 1)
    (table (export "table") 4 funcref)
    (global $kept (export "kept") (mut i64) (i64.const 0))
    (elem (i32.const 0) $sum $trap $loop)
    (func $sum (export "sum")
        (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64) (result i64)
        (i64.store (i32.const 16) (local.get 9))
        (global.set $kept (local.get 7))
        (i64.add (i64.extend_i32_u (local.get 8))
            (i64.add (i64.mul (local.get 1) (i64.const 10))
                (i64.mul (i64.extend_i32_u (local.get 6)) (i64.const 100)))))
    (func $trap (export "trap") (param i32) (result i32)
        (i32.div_u (i32.const 7) (local.get 0)))
    (func $loop (export "loop") (call $begun) (loop (br 0)))
    (func $deep (export "deep") (call $deep)))"#;

const CALLER: &str = r#"(module $caller
    (type $sum (func (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64) (result i64)))
    (type $trap (func (param i32) (result i32)))
    (import "callee" "sum" (func $sum (type $sum)))
    (import "callee" "trap" (func $trap (type $trap)))
    (import "callee" "loop" (func $loop))
    (import "callee" "deep" (func $deep))
    (import "callee" "table" (table $t 4 funcref))
    (memory 1)
    (func $import (export "import") (param i32) (result i64)
        (i64.store (i32.const 16) (i64.const 5))
        (i64.add (i64.load (i32.const 16))
            (call $sum (local.get 0) (i64.const 1) (i32.const 2) (i64.const 3) (i32.const 4)
                (i64.const 5) (i32.const 6) (i64.const 7) (i32.const 8) (i64.const 9))))
    (func $indirect (export "indirect") (param i32) (result i64)
        (call_indirect $t (type $sum) (local.get 0) (i64.const 1) (i32.const 2) (i64.const 3)
            (i32.const 4) (i64.const 5) (i32.const 6) (i64.const 7) (i32.const 8) (i64.const 9)
            (local.get 0)))
    (func $call_trap (export "trap") (param i32) (result i32)
        (i32.add (call $trap (local.get 0)) (i32.const 1)))
    (func $indirect_trap (export "indirect_trap") (param i32) (result i32)
        (i32.add (call_indirect $t (type $trap) (local.get 0) (i32.const 1)) (i32.const 1)))
    (func $call_loop (export "loop") (call $loop))
    (func $call_deep (export "deep") (call $deep)))"#;

struct Pair {
    store: Store<Arc<Gate>>,
    instance: waxwing::Instance,
    callee: waxwing::Instance,
}

fn engine(tier: Tier, plan: MemoryPlan) -> Engine {
    Engine::new(Config::new().tier(tier).memory_plan(plan)).expect("an engine")
}

fn pair(caller: &Engine, callee: &Engine) -> Pair {
    let mut store = Store::new(caller, Arc::new(Gate::default()));
    let mut linker: Linker<Arc<Gate>> = Linker::new(caller);
    linker.func_wrap("h", "begun", |c: Caller<'_, Arc<Gate>>| c.data().open()).expect("new");
    let made = Module::new(callee, CALLEE).unwrap_or_else(|e| panic!("callee: {e}"));
    let callee = linker.instantiate(&mut store, &made).expect("an instance");
    linker.instance(&mut store, "callee", callee).expect("new names");
    let made = Module::new(caller, CALLER).unwrap_or_else(|e| panic!("caller: {e}"));
    let instance = linker.instantiate(&mut store, &made).expect("an instance");
    Pair { store, instance, callee }
}

impl Pair {
    fn call(&mut self, name: &str, args: &[Val]) -> Result<Val, Error> {
        let f = self.instance.get_func(&mut self.store, name).expect("a function");
        let mut out = vec![Val::I32(0); f.ty(&self.store).results.len()];
        f.call(&mut self.store, args, &mut out)?;
        Ok(out.pop().unwrap_or(Val::I32(0)))
    }
}

/// Does something once for every pair of tiers, under every plan.
fn each_pair(f: impl Fn(Pair, &str)) {
    for plan in PLANS {
        for caller in TIERS {
            for callee in TIERS {
                let what =
                    format!("{} calls {} under {}", caller.name(), callee.name(), plan.name());
                f(pair(&engine(caller, plan), &engine(callee, plan)), &what);
            }
        }
    }
}

fn names(error: &Error) -> Vec<String> {
    let frames = error.backtrace().expect("a backtrace").frames();
    frames.iter().map(|f| f.func_name.clone().unwrap_or_default()).collect()
}

#[test]
fn calls_through_imports() {
    each_pair(|mut pair, what| {
        let got = pair.call("import", &[Val::I32(0)]).expect(what);
        assert_eq!(got.i64(), Some(5 + 8 + 10 + 600), "{what}");
        let memory = pair.callee.get_memory(&mut pair.store, "memory").expect("a memory");
        assert_eq!(memory.data(&pair.store)[16], 9, "{what}");
        let kept = pair.callee.get_global(&mut pair.store, "kept").expect("a global");
        assert_eq!(kept.get(&mut pair.store).i64(), Some(7), "{what}");
    });
}

#[test]
fn indirect_calls() {
    each_pair(|mut pair, what| {
        let got = pair.call("indirect", &[Val::I32(0)]).expect(what);
        assert_eq!(got.i64(), Some(8 + 10 + 600), "{what}");
        for (index, trap) in [
            (1, Trap::IndirectCallTypeMismatch),
            (2, Trap::IndirectCallTypeMismatch),
            (3, Trap::UninitializedElement),
            (4, Trap::UndefinedElement),
        ] {
            let error = pair.call("indirect", &[Val::I32(index)]).expect_err(what);
            assert_eq!(error.trap(), Some(trap), "{what}");
            assert_eq!(names(&error), ["indirect"], "{what}");
        }
    });
}

#[test]
fn traps_and_backtraces() {
    each_pair(|mut pair, what| {
        for (name, frame) in [("trap", "call_trap"), ("indirect_trap", "indirect_trap")] {
            for _ in 0..2 {
                let error = pair.call(name, &[Val::I32(0)]).expect_err(what);
                assert_eq!(error.trap(), Some(Trap::IntegerDivideByZero), "{what}");
                assert_eq!(names(&error), ["trap", frame], "{what}");
                let frames = error.backtrace().expect("a backtrace").frames();
                assert_eq!(frames[0].module_name.as_deref(), Some("callee"), "{what}");
                assert_eq!(frames[1].module_name.as_deref(), Some("caller"), "{what}");
                assert!(frames.iter().all(|f| f.offset.is_some()), "{what}: {error:?}");
                let fine = pair.call(name, &[Val::I32(7)]).expect(what);
                assert_eq!(fine.i32(), Some(2), "{what}");
            }
        }
    });
}

#[test]
fn stack_overflow() {
    each_pair(|mut pair, what| {
        let error = pair.call("deep", &[]).expect_err(what);
        assert_eq!(error.trap(), Some(Trap::StackOverflow), "{what}");
        assert!(names(&error)[..100].iter().all(|n| n == "deep"), "{what}");
        pair.call("import", &[Val::I32(0)]).expect(what);
    });
}

#[test]
fn stops() {
    each_pair(|mut pair, what| {
        let switch = pair.store.kill_switch();
        let begun = pair.store.data().clone();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                begun.wait();
                switch.kill();
            });
            let error = pair.call("loop", &[]).expect_err(what);
            assert_eq!(error.trap(), Some(Trap::Killed), "{what}");
            assert_eq!(names(&error).last().map(String::as_str), Some("call_loop"), "{what}");
        });
        assert_eq!(pair.call("import", &[Val::I32(0)]).expect_err(what).trap(), Some(Trap::Killed));
    });
}

/// A frame larger than the guard must not reach beyond it, whoever made it.
#[test]
fn huge_frames() {
    const LOCALS: usize = 10_000;
    let mut text = String::from("(module (func $huge (export \"huge\") (param i32) (result i64)\n");
    text.push_str(&format!("(local {})\n", "i64 ".repeat(LOCALS)));
    for i in 1..=LOCALS {
        text.push_str(&format!("(local.set {i} (i64.extend_i32_u (local.get 0)))\n"));
    }
    text.push_str(
        "(if (local.get 0) (then (drop (call $huge (i32.sub (local.get 0) (i32.const 1))))))\n",
    );
    text.push_str("(i64.const 0)\n");
    for i in 1..=LOCALS {
        text.push_str(&format!("(i64.add (local.get {i}))\n"));
    }
    text.push_str(
        r#")
        (func $then (export "then") (param i32) (result i64)
            (if (result i64) (local.get 0)
                (then (call $then (i32.sub (local.get 0) (i32.const 1))))
                (else (call $huge (i32.const 1))))))"#,
    );
    for tier in TIERS {
        let engine = engine(tier, MemoryPlan::default());
        let mut guest = waxwing_testkit::Guest::new(&engine, &text);
        let sum = guest.try_call("huge", &[Val::I32(3)]).expect("room for four frames");
        assert_eq!(sum[0].i64(), Some(3 * LOCALS as i64), "{}", tier.name());
        assert_eq!(guest.trap("huge", &[100_000]), Trap::StackOverflow, "{}", tier.name());
        let (mut fits, mut overflows) = (0, 0);
        for depth in (0..150_000).step_by(331) {
            match guest.try_call("then", &[Val::I32(depth)]) {
                Ok(sum) => {
                    assert_eq!((sum[0].i64(), overflows), (Some(LOCALS as i64), 0), "{depth}");
                    fits += 1;
                }
                Err(e) => {
                    assert_eq!(e.trap(), Some(Trap::StackOverflow), "{e:?}");
                    overflows += 1;
                }
            }
        }
        assert!(fits > 10 && overflows > 10, "{}: {fits} {overflows}", tier.name());
    }
}

/// Code that trusts a guard must not meet a memory that has none.
#[test]
fn memory_plans_do_not_mix() {
    for (a, b) in [(PLANS[0], PLANS[1]), (PLANS[1], PLANS[0])] {
        let (one, two) = (engine(Tier::Fast, a), engine(Tier::Fast, b));
        let text = r#"(module (import "" "m" (memory 1)) (func (export "f")))"#;
        let mut store = Store::new(&one, ());
        let limits = waxwing::Limits { min: 1, max: None };
        let ty = waxwing::MemoryType::new(limits);
        let memory = waxwing::Memory::new(&mut store, ty).expect("a memory");
        let mut linker: Linker<()> = Linker::new(&one);
        linker.define("", "m", memory).expect("a new name");
        let foreign = Module::new(&two, text).expect("a module");
        let error = linker.instantiate(&mut store, &foreign).expect_err("another plan");
        assert!(error.to_string().contains("memory plan"), "{error}");
        let imports = [memory.into()];
        waxwing::Instance::instantiate(&mut store, &foreign, &imports).expect_err("another plan");
        let own = Module::new(&one, text).expect("a module");
        linker.instantiate(&mut store, &own).expect("the same plan");
    }
}
