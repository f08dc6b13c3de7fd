//! Calls in both directions: every type in every place, in registers and on the stack.

use std::sync::Arc;
use waxwing::{
    AsContextMut, Caller, Config, Engine, Error, ExternRef, FuelCosts, Func, FuncType, HostMeter,
    Linker, Store, Trap, V128, Val, ValType,
};
use waxwing_testkit::{Guest, Random, each_plan, module};

const NUMBERS: [ValType; 5] =
    [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];

fn random_value(random: &mut Random, ty: ValType) -> Val {
    let bits = random.bits();
    match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits as i64),
        ValType::F32 => Val::F32(bits as u32),
        ValType::F64 => Val::F64(bits),
        _ => Val::V128(V128(u128::from(bits) << 64 | u128::from(random.bits()))),
    }
}

fn types(random: &mut Random, count: u64) -> Vec<ValType> {
    (0..count).map(|_| NUMBERS[random.below(5) as usize]).collect()
}

fn list(name: &str, types: &[ValType]) -> String {
    let names: Vec<String> = types.iter().map(|t| t.to_string()).collect();
    if names.is_empty() { String::new() } else { format!("({name} {})", names.join(" ")) }
}

/// NaNs and all: values are equal by their bits.
fn same(a: &[Val], b: &[Val]) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

/// A host function called by a guest function of the same type, which the host calls: all values
/// arrive, both ways, by a direct and by an indirect call.
fn pass_through(engine: &waxwing::Engine, seed: u64, params: Vec<ValType>, results: Vec<ValType>) {
    let mut random = Random::new(seed);
    let args: Vec<Val> = params.iter().map(|&t| random_value(&mut random, t)).collect();
    let answer: Vec<Val> = results.iter().map(|&t| random_value(&mut random, t)).collect();
    let ty = FuncType { params: params.clone(), results: results.clone() };
    let mut linker: Linker<u32> = Linker::new(engine);
    let (want, give) = (args.clone(), answer.clone());
    linker
        .func_new("h", "f", ty, move |mut caller: Caller<'_, u32>, got, out| {
            assert!(same(got, &want), "got {got:?}, wanted {want:?}");
            out.clone_from_slice(&give);
            *caller.data_mut() += 1;
            Ok(())
        })
        .expect("a new name");
    let gets: String = (0..params.len()).map(|i| format!("(local.get {i})")).collect();
    let text = format!(
        r#"(module
            (type $t (func {p} {r}))
            (import "h" "f" (func $f (type $t)))
            (table (export "t") funcref (elem $f $direct))
            (memory 1)
            (func $direct (export "direct") (type $t) (call $f {gets}))
            (func (export "indirect") (type $t) (call_indirect (type $t) {gets} (i32.const 0)))
            (func (export "both") (type $t) (call_indirect (type $t) {gets} (i32.const 1))))"#,
        p = list("param", &params),
        r = list("result", &results),
    );
    let mut guest = Guest::link(&linker, 0, text);
    for (calls, name) in ["direct", "indirect", "both"].iter().enumerate() {
        let got = guest.try_call(name, &args).unwrap_or_else(|e| panic!("{params:?}: {e:?}"));
        assert!(same(&got, &answer), "{name} {params:?} {results:?}: {got:?}, wanted {answer:?}");
        assert_eq!(*guest.store.data() as usize, calls + 1);
    }
    // The host function without a guest in between.
    let table = guest.instance.get_table(&mut guest.store, "t").expect("a table");
    let Some(Val::FuncRef(Some(host))) = table.get(&mut guest.store, 0) else {
        panic!("a function")
    };
    let mut out: Vec<Val> = results.iter().map(|&t| Val::default_of(t)).collect();
    host.call(&mut guest.store, &args, &mut out).expect("it runs");
    assert!(same(&out, &answer), "{params:?} {results:?}: {out:?}, wanted {answer:?}");
}

#[test]
fn values_of_one_type_arrive() {
    let engine = waxwing_testkit::engine(Default::default());
    for ty in NUMBERS {
        for count in 0..20 {
            pass_through(&engine, count, vec![ty; count as usize], vec![ty; (count % 4) as usize]);
        }
    }
}

#[test]
fn values_of_all_types_arrive() {
    each_plan(|engine| {
        let mut random = Random::new(1);
        for seed in 0..120 {
            let params = random.below(25);
            let params = types(&mut random, params);
            let results = random.below(7);
            let results = types(&mut random, results);
            pass_through(engine, seed, params, results);
        }
        // A great many.
        let (params, results) = (types(&mut random, 300), types(&mut random, 100));
        pass_through(engine, 5, params, results);
    });
}

fn typed_linker(engine: &waxwing::Engine) -> Linker<()> {
    let mut linker: Linker<()> = Linker::new(engine);
    linker
        .func_wrap("h", "none", || {})
        .and_then(|l| l.func_wrap("h", "one", |a: f32| a * 2.0))
        .and_then(|l| {
            l.func_wrap(
                "h",
                "ints",
                |a: i32,
                 b: i64,
                 c: u32,
                 d: u64,
                 e: i32,
                 f: i64,
                 g: i32,
                 h: i64,
                 i: i32,
                 j: i64,
                 k: i32,
                 l: i64| {
                    assert_eq!((a, b, c, d, e, f), (1, 2, 3, 4, 5, 6));
                    assert_eq!((g, h, i, j, k, l), (7, 8, 9, 10, 11, 12));
                    (i64::from(a) + b, g + i)
                },
            )
        })
        .and_then(|l| {
            l.func_wrap(
                "h",
                "floats",
                |_: Caller<'_, ()>,
                 a: f64,
                 b: f32,
                 c: f64,
                 d: f32,
                 e: f64,
                 f: f32,
                 g: f64,
                 h: f32,
                 i: f64,
                 j: V128,
                 k: f32,
                 l: V128| {
                    assert_eq!((a, b, c, d, e, f), (1., 2., 3., 4., 5., 6.));
                    assert_eq!((g, h, i, k), (7., 8., 9., 11.));
                    assert_eq!((j, l), (V128(10), V128(12 << 64)));
                    (l, k, i, j)
                },
            )
        })
        .and_then(|l| {
            l.func_wrap(
                "h",
                "fails",
                |a: i32| {
                    if a == 0 { Ok((a, 1.5f64)) } else { Err(Error::msg("no")) }
                },
            )
        })
        .expect("new names");
    linker
}

const TYPED: &str = r#"(module
                (import "h" "none" (func $none))
                (import "h" "one" (func $one (param f32) (result f32)))
                (import "h" "ints" (func $ints
                    (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32 i64) (result i64 i32)))
                (import "h" "floats" (func $floats
                    (param f64 f32 f64 f32 f64 f32 f64 f32 f64 v128 f32 v128)
                    (result v128 f32 f64 v128)))
                (import "h" "fails" (func $fails (param i32) (result i32 f64)))
                (func (export "one") (param f32) (result f32) (call $none) (call $one (local.get 0)))
                (func (export "ints") (result i64 i32)
                    (call $ints (i32.const 1) (i64.const 2) (i32.const 3) (i64.const 4)
                        (i32.const 5) (i64.const 6) (i32.const 7) (i64.const 8) (i32.const 9)
                        (i64.const 10) (i32.const 11) (i64.const 12)))
                (func (export "floats") (result v128 f32 f64 v128)
                    (call $floats (f64.const 1) (f32.const 2) (f64.const 3) (f32.const 4)
                        (f64.const 5) (f32.const 6) (f64.const 7) (f32.const 8) (f64.const 9)
                        (v128.const i64x2 10 0) (f32.const 11) (v128.const i64x2 0 12)))
                (func (export "fails") (param i32) (result i32 f64) (call $fails (local.get 0))))"#;

#[test]
fn typed_host_functions_get_their_arguments() {
    each_plan(|engine| {
        let mut guest = Guest::link(&typed_linker(engine), (), TYPED);
        let store = &mut guest.store;
        let one = guest.instance.get_typed_func::<f32, f32>(&mut *store, "one").expect("typed");
        assert_eq!(one.call(&mut *store, 1.25).expect("it runs"), 2.5);
        let ints =
            guest.instance.get_typed_func::<(), (i64, i32)>(&mut *store, "ints").expect("typed");
        assert_eq!(ints.call(&mut *store, ()).expect("it runs"), (3, 16));
        let floats = guest
            .instance
            .get_typed_func::<(), (V128, f32, f64, V128)>(&mut *store, "floats")
            .expect("typed");
        assert_eq!(
            floats.call(&mut *store, ()).expect("it runs"),
            (V128(12 << 64), 11., 9., V128(10))
        );
        let fails =
            guest.instance.get_typed_func::<i32, (i32, f64)>(&mut *store, "fails").expect("typed");
        assert_eq!(fails.call(&mut *store, 0).expect("it runs"), (0, 1.5));
        assert_eq!(fails.call(&mut *store, 1).expect_err("an error").to_string(), "no");
    });
}

#[test]
fn typed_calls_pass_stack_arguments() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (func (export "ints") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
                    (result i32 i32 i32)
                    (local.get 0) (local.get 4) (local.get 11))
                (func (export "floats") (param f64 f64 f64 f64 f64 f64 f64 f64 f64 v128 f32)
                    (result f64 v128 f32)
                    (local.get 8) (local.get 9) (local.get 10)))"#,
        );
        type Twelve = (i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32, i32);
        let (store, instance) = (&mut guest.store, guest.instance);
        let f =
            instance.get_typed_func::<Twelve, (i32, i32, i32)>(&mut *store, "ints").expect("typed");
        let got = f.call(&mut *store, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)).expect("it runs");
        assert_eq!(got, (1, 5, 12));
        type Eleven = (f64, f64, f64, f64, f64, f64, f64, f64, f64, V128, f32);
        let f = instance
            .get_typed_func::<Eleven, (f64, V128, f32)>(&mut *store, "floats")
            .expect("typed");
        let got = f.call(&mut *store, (1., 2., 3., 4., 5., 6., 7., 8., 9., V128(!0), 11.));
        assert_eq!(got.expect("it runs"), (9., V128(!0), 11.));
    });
}

/// Functions of numbers that all fit into registers, one that does not quite, and one that fails.
const NUMBERS_TEXT: &str = r#"(module
    (type $full (func (param i32 f64 i32 f32 i64 f64 i64 f32 i32 f64 f32 f64) (result f64)))
    (type $over (func (param i64 i64 i64 i64 i64 i64) (result i64)))
    (import "h" "full" (func $full (type $full)))
    (import "h" "over" (func $over (type $over)))
    (import "h" "f32" (func $f32 (param f32) (result f32)))
    (import "h" "i64" (func $i64 (param i32) (result i64)))
    (import "h" "fails" (func $fails (param i32) (result i32)))
    (import "h" "collects" (func $collects (param i32) (result i32)))
    (export "host_full" (func $full))
    (export "host_fails" (func $fails))
    (func (export "full") (type $full)
        (call $full (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
            (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10)
            (local.get 11)))
    (func (export "over") (param i64) (result i64)
        (call $over (local.get 0) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
            (i64.const 6)))
    (func (export "f32") (param f32) (result f32) (call $f32 (call $f32 (local.get 0))))
    (func (export "i64") (param i32) (result i64) (call $i64 (local.get 0)))
    (func (export "fails") (param i32) (result i32)
        (i32.add (i32.const 1) (call $fails (local.get 0))))
    (func (export "keeps") (param i32 i32 i32 i32) (result i32)
        (local $a i32) (local $b i32) (local $c i32)
        (local.set $a (i32.mul (local.get 0) (local.get 1)))
        (local.set $b (i32.mul (local.get 1) (local.get 2)))
        (local.set $c (i32.mul (local.get 2) (local.get 3)))
        (i32.add (call $collects (local.get 0))
            (i32.add (local.get $a) (i32.add (local.get $b) (local.get $c))))))"#;

fn numbers_linker(engine: &Engine) -> Linker<u32> {
    let mut linker: Linker<u32> = Linker::new(engine);
    linker
        .func_wrap(
            "h",
            "full",
            |a: i32,
             b: f64,
             c: u32,
             d: f32,
             e: i64,
             f: f64,
             g: u64,
             h: f32,
             i: i32,
             j: f64,
             k: f32,
             l: f64| {
                let ints = i64::from(a)
                    + i64::from(c) * 10
                    + e * 100
                    + g as i64 * 1000
                    + i64::from(i) * 10000;
                ints as f64 + b + f64::from(d) + f + f64::from(h) + j + f64::from(k) + l
            },
        )
        .and_then(|l| {
            l.func_wrap("h", "over", |a: i64, b: i64, c: i64, d: i64, e: i64, f: i64| {
                a + b * 10 + c * 100 + d * 1000 + e * 10_000 + f * 100_000
            })
        })
        .and_then(|l| l.func_wrap("h", "f32", |a: f32| a / 2.0))
        .and_then(|l| l.func_wrap("h", "i64", |a: i32| i64::from(a) << 32 | 5))
        .and_then(|l| {
            l.func_wrap("h", "fails", |a: i32| -> Result<i32, Error> {
                assert!(a != 2, "a panic of the host's");
                if a == 1 { Err(Error::msg("no")) } else { Ok(a) }
            })
        })
        .and_then(|l| {
            l.func_wrap("h", "collects", |mut caller: Caller<'_, u32>, a: i32| {
                caller.as_context_mut().gc();
                *caller.data_mut() += 1;
                a
            })
        })
        .expect("new names");
    linker
}

/// Calls them all, through a guest and without.
fn numbers_arrive(store: &mut Store<u32>, linker: &Linker<u32>) {
    let module = module(linker.engine(), NUMBERS_TEXT);
    let instance = linker.instantiate(&mut *store, &module).expect("an instance");
    type Full = (i32, f64, i32, f32, i64, f64, i64, f32, i32, f64, f32, f64);
    let args: Full = (1, 0.5, 2, 0.25, 3, 0.125, 4, 16., 5, 32., 64., 128.);
    for name in ["full", "host_full"] {
        let full = instance.get_typed_func::<Full, f64>(&mut *store, name).expect(name);
        assert_eq!(full.call(&mut *store, args).expect(name), 54_321. + 240.875, "{name}");
    }
    let over = instance.get_typed_func::<i64, i64>(&mut *store, "over").expect("over");
    assert_eq!(over.call(&mut *store, 1).expect("over"), 654_321);
    let half = instance.get_typed_func::<f32, f32>(&mut *store, "f32").expect("f32");
    assert_eq!(half.call(&mut *store, 1.0).expect("f32"), 0.25);
    let wide = instance.get_typed_func::<i32, i64>(&mut *store, "i64").expect("i64");
    assert_eq!(wide.call(&mut *store, -1).expect("i64"), (-1 << 32) | 5);
    for (name, more) in [("fails", 1), ("host_fails", 0)] {
        let fails = instance.get_typed_func::<i32, i32>(&mut *store, name).expect(name);
        assert_eq!(fails.call(&mut *store, 1).expect_err(name).to_string(), "no");
        let panics = std::panic::AssertUnwindSafe(|| fails.call(&mut *store, 2));
        std::panic::catch_unwind(panics).expect_err("the host's panic");
        assert_eq!(fails.call(&mut *store, 7).expect(name), 7 + more, "after failures");
    }
    let keeps = instance.get_typed_func::<(i32, i32, i32, i32), i32>(&mut *store, "keeps");
    let kept = keeps.expect("keeps").call(&mut *store, (2, 3, 5, 7));
    assert_eq!(kept.expect("keeps"), 2 + 6 + 15 + 35);
    assert_eq!(*store.data(), 1);
}

#[test]
fn numbers_stay_in_registers_on_their_way_to_the_host() {
    each_plan(|engine| {
        let linker = numbers_linker(engine);
        numbers_arrive(&mut Store::new(engine, 0), &linker);
        // With a heap, so that what registers hold may be references.
        let mut store = Store::new(engine, 0);
        let held = Val::ExternRef(Some(ExternRef::new(5)));
        let ty = waxwing::GlobalType { content: held.ty(), mutable: false };
        waxwing::Global::new(&mut store, ty, held).expect("a heap");
        numbers_arrive(&mut store, &linker);
        // Timed.
        let mut store = Store::new(engine, 0);
        let meter = Arc::new(HostMeter::default());
        store.measure_host_calls(&meter);
        numbers_arrive(&mut store, &linker);
        assert_eq!(meter.calls(), 13);
    });
    // Metered.
    let engine = Engine::new(Config::new().fuel(FuelCosts::new())).expect("an engine");
    let mut store = Store::new(&engine, 0);
    store.set_fuel(10_000).expect("a metered store");
    numbers_arrive(&mut store, &numbers_linker(&engine));
}

#[test]
fn wrong_types_and_counts_are_errors() {
    let engine = waxwing_testkit::engine(Default::default());
    let mut guest = Guest::new(
        &engine,
        r#"(module (func (export "f") (param i32) (result i64) (i64.const 1)) (memory (export "m") 1))"#,
    );
    for args in [vec![], vec![Val::I64(1)], vec![Val::I32(1), Val::I32(2)]] {
        let error = guest.try_call("f", &args).expect_err("a misuse");
        assert!(error.trap().is_none() && error.to_string().contains("argument"), "{error}");
    }
    let f = guest.instance.get_func(&mut guest.store, "f").expect("a function");
    f.call(&mut guest.store, &[Val::I32(1)], &mut []).expect_err("no room");
    let (store, instance) = (&mut guest.store, guest.instance);
    let error = instance.get_typed_func::<i64, i64>(&mut *store, "f").expect_err("another type");
    assert!(error.to_string().contains("(i32) -> (i64)"), "{error}");
    instance.get_typed_func::<(), ()>(&mut *store, "m").expect_err("not a function");
    instance.get_typed_func::<(), ()>(&mut *store, "g").expect_err("not there");
    // A host function that leaves results of another type.
    let ty = FuncType { params: vec![], results: vec![ValType::I32] };
    let bad = Func::new(&mut *store, ty, |_: Caller<'_, ()>, _, out| {
        out[0] = Val::I64(1);
        Ok(())
    });
    let mut out = [Val::I32(0)];
    let error = bad.call(&mut *store, &[], &mut out).expect_err("another type");
    assert!(error.to_string().contains("result 0 must be of type i32"), "{error}");
}

#[derive(Debug, PartialEq)]
struct Own(u32);

impl std::fmt::Display for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "own error {}", self.0)
    }
}

impl std::error::Error for Own {}

#[test]
fn errors_of_host_functions_keep_their_type() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_wrap("h", "own", |n: u32| -> Result<(), Error> { Err(Error::host(Own(n))) })
            .and_then(|l| {
                l.func_wrap("h", "trap", || -> Result<(), Error> {
                    Err(Trap::IntegerOverflow.into())
                })
            })
            .expect("new names");
        let mut guest = Guest::link(
            &linker,
            (),
            r#"(module (import "h" "own" (func $own (param i32))) (import "h" "trap" (func $trap))
                (func (export "own") (param i32) (call $own (local.get 0)) (unreachable))
                (func $caller (export "trap") (call $trap) (unreachable))
                (func (export "fine")))"#,
        );
        for n in 0..3 {
            let error = guest.try_call("own", &[Val::I32(n)]).expect_err("an error");
            assert_eq!(error.downcast_ref::<Own>(), Some(&Own(n as u32)));
            assert_eq!(error.trap(), None);
            assert_eq!(error.to_string(), format!("own error {n}"));
            let frames = error.backtrace().expect("a backtrace").frames();
            assert_eq!(frames.len(), 1);
            assert_eq!(guest.trap("trap", &[]), Trap::IntegerOverflow);
            guest.call("fine", &[]);
        }
        // The host function itself, without a guest.
        let mut store = Store::new(engine, ());
        let own = Func::wrap(&mut store, || -> Result<(), Error> { Err(Error::host(Own(9))) });
        let error = own.call(&mut store, &[], &mut []).expect_err("an error");
        assert_eq!(error.downcast_ref::<Own>(), Some(&Own(9)));
        assert!(error.backtrace().is_none());
    });
}

#[test]
fn references_go_round() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_wrap("h", "func", |f: Option<Func>| f)
            .and_then(|l| l.func_wrap("h", "ext", |e: Option<ExternRef>| e))
            .and_then(|l| {
                l.func_wrap("h", "both", |e: Option<ExternRef>, n: i64, f: Option<Func>| (f, n, e))
            })
            .expect("new names");
        let text = r#"(module
            (import "h" "func" (func $func (param funcref) (result funcref)))
            (import "h" "ext" (func $ext (param externref) (result externref)))
            (import "h" "both" (func $both
                (param externref i64 funcref) (result funcref i64 externref)))
            (func $seven (export "seven") (result i32) (i32.const 7))
            (func (export "func") (param funcref) (result funcref) (call $func (local.get 0)))
            (func (export "ext") (param externref) (result externref) (call $ext (local.get 0)))
            (func (export "own") (result funcref) (call $func (ref.func $seven)))
            (func (export "both") (param externref funcref) (result funcref i64 externref)
                (call $both (local.get 0) (i64.const 5) (local.get 1))))"#;
        let mut store = Store::new(engine, ());
        let instance = linker.instantiate(&mut store, &module(engine, text)).expect("an instance");
        let func = instance
            .get_typed_func::<Option<Func>, Option<Func>>(&mut store, "func")
            .expect("typed");
        assert!(func.call(&mut store, None).expect("it runs").is_none());
        let own = instance.get_typed_func::<(), Option<Func>>(&mut store, "own").expect("typed");
        let seven = own.call(&mut store, ()).expect("it runs").expect("a function");
        let again = func.call(&mut store, Some(seven)).expect("it runs").expect("a function");
        let again = again.typed::<(), i32>(&store).expect("typed");
        assert_eq!(again.call(&mut store, ()).expect("it runs"), 7);
        let host = Func::wrap(&mut store, |a: i32| a + 1);
        let back = func.call(&mut store, Some(host)).expect("it runs").expect("a function");
        let back = back.typed::<i32, i32>(&store).expect("typed");
        assert_eq!(back.call(&mut store, 1).expect("it runs"), 2);

        type Ext = Option<ExternRef>;
        let ext = instance.get_typed_func::<Ext, Ext>(&mut store, "ext").expect("typed");
        assert!(ext.call(&mut store, None).expect("it runs").is_none());
        let value = ExternRef::new(vec![1u8, 2]);
        let got = ext.call(&mut store, Some(value.clone())).expect("it runs").expect("a value");
        assert!(got.ptr_eq(&value));
        assert_eq!(got.data().and_then(|v| v.downcast_ref::<Vec<u8>>()), Some(&vec![1, 2]));
        let both = instance
            .get_typed_func::<(Ext, Option<Func>), (Option<Func>, i64, Ext)>(&mut store, "both")
            .expect("typed");
        let (f, n, e) = both.call(&mut store, (Some(value.clone()), Some(seven))).expect("it runs");
        assert!(f.is_some() && n == 5 && e.expect("a value").ptr_eq(&value));
    });
}
