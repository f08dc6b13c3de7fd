//! Exceptions: thrown and caught in the guest, across functions, modules and host frames, and what
//! must be intact in handlers and above them.

use std::sync::Arc;
use waxwing::{
    Caller, Config, Engine, Error, ExnRef, Extern, FuncType, Linker, Store, Tag, Tier, Trap, Val,
    ValType,
};
use waxwing_testkit::{Guest, PLANS, each_plan, module};

fn names(error: &Error) -> Vec<String> {
    let frames = error.backtrace().expect("a backtrace").frames();
    frames.iter().map(|f| f.func_name.clone().unwrap_or_default()).collect()
}

/// Functions that catch what comes from two calls away, or from themselves.
const CLAUSES: &str = r#"(module
    (tag $a (param i32 f64 i64 f32 v128 i32))
    (tag $b)
    (func $throw (param i32)
        (if (i32.eq (local.get 0) (i32.const 1))
            (then (throw $a (i32.const 10) (f64.const 2.5) (i64.const 30)
                (f32.const 4.5) (v128.const i64x2 5 6) (i32.const 7))))
        (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $b))))
    (func $deep (param i32)
        (call $throw (local.get 0)))
    (func $sum (param i32 f64 i64 f32 v128 i32) (result i32)
        (i32.add (i32.add (local.get 0) (i32.trunc_f64_s (f64.mul (local.get 1) (f64.const 2))))
            (i32.add (i32.add (i32.wrap_i64 (local.get 2))
                    (i32.trunc_f32_s (f32.mul (local.get 3) (f32.const 2))))
                (i32.add (i32.wrap_i64 (i64x2.extract_lane 1 (local.get 4))) (local.get 5)))))
    (func (export "catch") (param i32) (result i32)
        (block $caught (result i32 f64 i64 f32 v128 i32)
            (block $b_caught
                (try_table (catch $b $b_caught) (catch $a $caught)
                    (call $deep (local.get 0)))
                (return (i32.const 0)))
            (return (i32.const -1)))
        (call $sum))
    (func (export "catch_ref") (param i32) (result i32)
        (local $e exnref)
        (block $caught (result i32 f64 i64 f32 v128 i32 exnref)
            (try_table (catch_ref $a $caught) (call $deep (local.get 0)))
            (return (i32.const 0)))
        (local.set $e)
        (drop (call $sum))
        (block $again (result exnref)
            (try_table (catch_all_ref $again) (throw_ref (local.get $e)))
            (unreachable))
        (local.set $e)
        (block $last (result i32 f64 i64 f32 v128 i32)
            (try_table (catch $a $last) (throw_ref (local.get $e)))
            (unreachable))
        (call $sum))
    (func (export "catch_all") (param i32) (result i32)
        (block $caught
            (try_table (catch_all $caught) (call $deep (local.get 0)))
            (return (i32.const 0)))
        (i32.const 1))
    (func (export "here") (param i32) (result i32)
        (block $caught (result i32 f64 i64 f32 v128 i32)
            (try_table (catch $a $caught)
                (throw $a (local.get 0) (f64.const 2.5) (i64.const 30)
                    (f32.const 4.5) (v128.const i64x2 5 6) (i32.const 7)))
            (unreachable))
        (call $sum))
    (func (export "legacy") (param i32) (result i32)
        try (result i32)
            (call $deep (local.get 0)) (i32.const 0)
        catch $b (i32.const -1)
        catch $a (call $sum)
        end)
    (func (export "legacy_all") (param i32) (result i32)
        try (result i32)
            try (result i32)
                (call $deep (local.get 0)) (i32.const 0)
            catch_all
                rethrow 0
            end
        catch $b (i32.const -1)
        catch_all (i32.const 1)
        end)
    (func (export "delegated") (param i32) (result i32)
        try (result i32)
            try (result i32)
                try (result i32)
                    (call $deep (local.get 0)) (i32.const 0)
                delegate 1
            catch_all (i32.const 100)
            end
        catch $a (call $sum)
        catch_all (i32.const -1)
        end)
    (func (export "delegated_to_caller") (param i32) (result i32)
        try (result i32)
            try (result i32)
                (call $deep (local.get 0)) (i32.const 0)
            delegate 1
        catch_all (i32.const 100)
        end)
    ;; Code that is not reached nests too.
    (func (export "not_reached") (param i32) (result i32)
        try (result i32)
            try (result i32)
                (call $deep (local.get 0))
                (return (i32.const 5))
                try
                    (throw $b)
                catch $b
                    try unreachable delegate 0
                catch_all
                end
                (block (try_table (catch_all 0) (throw $b)))
            catch $b
                (return (i32.const 6))
                try nop end
            catch_all
                rethrow 0
            end
        catch_all
            (i32.const 8)
        end)
    ;; Nothing throws: the bodies are not reached.
    (func (export "nothing_thrown") (param i32) (result i32)
        try (result i32)
            (local.get 0)
        catch $a
            drop drop drop drop drop
            try (result i32) (i32.const 3) catch_all (rethrow 1) end
            drop
        catch_all
            rethrow 0
        end)
    ;; A branch out of a region and out of a handler.
    (func (export "branches") (param i32) (result i32)
        (block $out (result i32)
            try (result i32)
                (call $deep (local.get 0))
                (br $out (i32.const 3))
            catch $a
                drop drop drop drop drop (br_if $out (i32.const 4) (i32.const 1))
                drop
            catch_all
                (br 0 (i32.const 6))
            end)))"#;

/// Every clause, in both encodings, of an exception thrown here and two calls away.
#[test]
fn every_clause_catches() {
    each_plan(|engine| {
        let mut guest = Guest::new(engine, CLAUSES);
        let sum = 10 + 5 + 30 + 9 + 6 + 7;
        for name in ["catch", "legacy", "delegated"] {
            assert_eq!(guest.call(name, &[0]), 0, "{name}");
            assert_eq!(guest.call(name, &[1]), sum, "{name}");
            assert_eq!(guest.call(name, &[2]), -1, "{name}");
        }
        assert_eq!(guest.call("catch_ref", &[0]), 0);
        assert_eq!(guest.call("catch_ref", &[1]), sum);
        assert!(guest.try_call("catch_ref", &[Val::I32(2)]).is_err());
        assert_eq!(guest.call("catch_all", &[0]), 0);
        assert_eq!(guest.call("catch_all", &[1]), 1);
        assert_eq!(guest.call("catch_all", &[2]), 1);
        assert_eq!(guest.call("here", &[1]), sum - 9);
        for (name, expected) in
            [("not_reached", [5, 8, 6]), ("nothing_thrown", [0, 1, 2]), ("branches", [3, 4, 6])]
        {
            for (i, expected) in expected.into_iter().enumerate() {
                assert_eq!(guest.call(name, &[i as i32]), expected, "{name} {i}");
            }
        }
        assert_eq!(guest.call("legacy_all", &[1]), 1);
        assert_eq!(guest.call("legacy_all", &[2]), -1);
        // Label 1 is the function's: the exception leaves it.
        let error = guest.try_call("delegated_to_caller", &[Val::I32(1)]).expect_err("thrown");
        assert!(error.exception().is_some(), "{error:?}");
    });
}

/// An exception that nothing catches says what it is and where it was thrown.
#[test]
fn an_uncaught_exception_is_an_error() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (tag $t (export "t") (param i32 f64))
                (tag $other)
                (func $throws (throw $t (i32.const -5) (f64.const 1.5)))
                (func $between
                    (block $caught (try_table (catch $other $caught) (call $throws))))
                (func $run (export "run") (call $between)))"#,
        );
        let error = guest.try_call("run", &[]).expect_err("an exception");
        assert_eq!(error.trap(), None);
        let text = error.to_string();
        assert_eq!(text, "uncaught exception with payload (i32 -5, f64 1.5)");
        assert!(format!("{error:?}").contains("wasm backtrace:"));
        // The handler between threw it again.
        assert_eq!(names(&error), ["between", "run"]);
        let exception = error.exception().expect("an exception");
        let tag = guest.instance.get_tag(&mut guest.store, "t").expect("a tag");
        assert!(exception.tag(&guest.store).same(&tag));
        let payload = exception.payload(&mut guest.store);
        assert_eq!((payload[0].i32(), payload[1].f64()), (Some(-5), Some(1.5)));
        // The instance is still of use.
        assert!(guest.try_call("run", &[]).is_err());
    });
}

/// Tags are compared by identity: the same tag under two names matches, another of the same type
/// does not.
#[test]
fn modules_throw_to_each_other() {
    each_plan(|engine| {
        let mut linker: Linker<()> = Linker::new(engine);
        let mut store = Store::new(engine, ());
        let library = module(
            engine,
            r#"(module
                (tag $shared (export "shared") (param i32))
                (tag $own (param i32))
                (func (export "throw") (param i32)
                    (if (local.get 0) (then (throw $shared (i32.const 8))))
                    (throw $own (i32.const 9)))
                (func (export "catch") (param funcref i32) (result i32)
                    (table.set $t (i32.const 0) (local.get 0))
                    (block $caught (result i32)
                        (try_table (catch $shared $caught)
                            (call_indirect $t (param i32) (local.get 1) (i32.const 0)))
                        (i32.const -1)))
                (table $t 1 funcref))"#,
        );
        let library = linker.instantiate(&mut store, &library).expect("an instance");
        linker.instance(&mut store, "library", library).expect("new names");
        let main = module(
            engine,
            r#"(module
                (import "library" "shared" (tag $shared (param i32)))
                (import "library" "shared" (tag $again (param i32)))
                (import "library" "throw" (func $throw (param i32)))
                (import "library" "catch" (func $catch (param funcref i32) (result i32)))
                (tag $own (param i32))
                (elem declare func $back)
                (func (export "by_import") (param i32) (result i32)
                    (block $caught (result i32)
                        (block $all
                            (block $mine (result i32)
                                (try_table (catch $own $mine) (catch $again $caught) (catch_all $all)
                                    (call $throw (local.get 0)))
                                (i32.const 0))
                            (return))
                        (i32.const 1)))
                (func $back (param i32) (throw $shared (i32.add (local.get 0) (i32.const 1))))
                (func (export "back") (param i32) (result i32)
                    (call $catch (ref.func $back) (local.get 0))))"#,
        );
        let instance = linker.instantiate(&mut store, &main).expect("an instance");
        let mut guest = Guest { store, instance };
        assert_eq!(guest.call("by_import", &[1]), 8);
        assert_eq!(guest.call("by_import", &[0]), 1);
        assert_eq!(guest.call("back", &[41]), 42);
    });
}

#[test]
fn tags_of_another_type_do_not_link() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let mut linker: Linker<()> = Linker::new(engine);
        let ty = FuncType { params: vec![ValType::I32], results: vec![] };
        let tag = Tag::new(&mut store, &ty).expect("a tag");
        assert_eq!(*tag.ty(&store), ty);
        linker.define("h", "t", tag).expect("a new name");
        for (import, fits) in
            [("(tag (param i32))", true), ("(tag (param i64))", false), ("(func)", false)]
        {
            let text = format!(r#"(module (import "h" "t" {import}))"#);
            let linked = linker.instantiate(&mut store, &module(engine, text));
            assert_eq!(linked.is_ok(), fits, "{import}");
        }
        let wrong = FuncType { params: vec![], results: vec![ValType::I32] };
        assert!(Tag::new(&mut store, &wrong).is_err());
        assert!(ExnRef::new(&mut store, &tag, &[Val::I64(1)]).is_err());
    });
}

/// What lives across a call that throws: more values than there are registers, of every type, in the
/// function with the handler and in those above it.
#[test]
fn values_survive_in_handlers_and_above() {
    each_plan(|engine| {
        let ints: String = (1..=9).map(|i| format!("(local $i{i} i64)")).collect();
        let floats: String = (1..=9).map(|i| format!("(local $f{i} f64)")).collect();
        let set: String = (1..=9)
            .map(|i| {
                format!(
                    "(local.set $i{i} (i64.mul (local.get 0) (i64.const {i})))
                     (local.set $f{i} (f64.mul (local.get 1) (f64.const {i})))"
                )
            })
            .collect();
        let sum = |from: &str| {
            (1..=9).fold(from.to_owned(), |sum, i| {
                format!(
                    "(i64.add {sum} (i64.add (local.get $i{i}) (i64.trunc_f64_s (local.get $f{i}))))"
                )
            })
        };
        let text = format!(
            r#"(module
                (tag $t (param i64))
                (func $throws (param i64) (result i64)
                    (if (i64.gt_s (local.get 0) (i64.const 0)) (then (throw $t (local.get 0))))
                    (i64.const 1000000))
                (func $catches (param i64 f64) (result i64) {ints} {floats} (local $v v128)
                    {set}
                    (local.set $v (i64x2.splat (local.get 0)))
                    (block $caught (result i64)
                        (try_table (result i64) (catch $t $caught)
                            (local.set $i1 (i64.add (local.get $i1) (i64.const 1)))
                            (call $throws (local.get 0))))
                    (i64.add (i64x2.extract_lane 1 (local.get $v)))
                    (i64.add {own}))
                (func $above (param i64 f64) (result i64) {ints} {floats}
                    {set}
                    (i64.add (call $catches (local.get 0) (local.get 1)) {own}))
                (func (export "run") (param i64 f64) (result i64) {ints} {floats}
                    {set}
                    (i64.add (call $above (local.get 0) (local.get 1)) {own})))"#,
            own = sum("(i64.const 0)")
        );
        let mut guest = Guest::new(engine, text);
        for (x, caught) in [(7i64, 7), (-7, 1_000_000)] {
            let all = 45 * x + 45 * 3;
            let got = guest.try_call("run", &[Val::I64(x), Val::from(3.0)]).expect("a sum");
            assert_eq!(got[0].i64(), Some(3 * all + 1 + x + caught), "{x}");
        }
    });
}

/// Arguments on the stack, results areas and tail calls between the handler and the throw: the stack
/// pointer in the handler does not depend on any of them.
#[test]
fn frames_between_do_not_matter() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (tag $t (param i64))
                (type $few (func (param i64) (result i64 i64)))
                (func $few (type $few) (throw $t (local.get 0)))
                (func $many (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
                        (result i64 i64)
                    (return_call $few (local.get 11)))
                (func $grow (param i64) (result i64 i64)
                    (return_call $many (local.get 0) (local.get 0) (local.get 0) (local.get 0)
                        (local.get 0) (local.get 0) (local.get 0) (local.get 0) (local.get 0)
                        (local.get 0) (local.get 0) (i64.add (local.get 0) (i64.const 1))))
                (func $catch (param i64) (result i64)
                    (block $second (result i64)
                        (block $first (result i64)
                            (try_table (catch $t $first)
                                (call $many (local.get 0) (local.get 0) (local.get 0) (local.get 0)
                                    (local.get 0) (local.get 0) (local.get 0) (local.get 0)
                                    (local.get 0) (local.get 0) (local.get 0)
                                    (i64.add (local.get 0) (i64.const 10)))
                                drop drop)
                            (unreachable))
                        (local.set 0)
                        (try_table (catch $t $second)
                            (call $grow (local.get 0)) drop drop)
                        (unreachable)))
                (func (export "run") (param i32) (result i64) (local i64)
                    (loop
                        (local.set 1 (i64.add (local.get 1) (call $catch (i64.const 5))))
                        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                    (local.get 1)))"#,
        );
        let got = guest.try_call("run", &[Val::I32(1000)]).expect("a sum");
        assert_eq!(got[0].i64(), Some(16_000));
    });
}

/// A tail call leaves the region it stands in.
#[test]
fn a_tail_call_leaves_the_region() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (tag $t)
                (func $throws (throw $t))
                (func $leaves
                    (block $mine
                        (try_table (catch_all $mine) (return_call $throws)))
                    (unreachable))
                (func (export "run") (result i32)
                    (block $caught
                        (try_table (catch $t $caught) (call $leaves))
                        (return (i32.const 0)))
                    (i32.const 1)))"#,
        );
        assert_eq!(guest.call("run", &[]), 1);
    });
}

/// A loop over a million exceptions, here and from a callee, keeps nothing.
#[test]
fn a_million_exceptions_leave_nothing_behind() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (tag $t (param i32))
                (func $throws (param i32) (throw $t (local.get 0)))
                (func (export "run") (param i32) (result i32) (local i32)
                    (loop $again
                        (block $caught (result i32)
                            (try_table (catch $t $caught)
                                (if (i32.and (local.get 0) (i32.const 1))
                                    (then (throw $t (i32.const 1)))
                                    (else (call $throws (i32.const 2)))))
                            (unreachable))
                        (local.set 1 (i32.add (local.get 1)))
                        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                    (local.get 1)))"#,
        );
        assert_eq!(guest.call("run", &[1_000_000]), 1_500_000);
        assert_eq!(guest.call("run", &[1_000_000]), 1_500_000);
    });
}

/// Traps and stops are no exceptions.
#[test]
fn traps_are_not_caught() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (memory 1)
                (table 1 funcref)
                (func $deep (call $deep))
                (func $divides (drop (i32.div_u (i32.const 1) (i32.const 0))))
                (func $reads (drop (i32.load (i32.const 65536))))
                (func $grows (drop (table.get 0 (i32.const 9))))
                (func $null (throw_ref (ref.null exn)))
                (func (export "run") (param i32)
                    (block $caught
                        (try_table (catch_all $caught)
                            (if (i32.eq (local.get 0) (i32.const 0)) (then (call $deep)))
                            (if (i32.eq (local.get 0) (i32.const 1)) (then (call $divides)))
                            (if (i32.eq (local.get 0) (i32.const 2)) (then (call $reads)))
                            (if (i32.eq (local.get 0) (i32.const 3)) (then (call $grows)))
                            (if (i32.eq (local.get 0) (i32.const 4)) (then (call $null)))
                            (if (i32.eq (local.get 0) (i32.const 5)) (then (unreachable)))))))"#,
        );
        let traps = [
            Trap::StackOverflow,
            Trap::IntegerDivideByZero,
            Trap::MemoryOutOfBounds,
            Trap::TableOutOfBounds,
            Trap::NullException,
            Trap::Unreachable,
        ];
        for (i, trap) in traps.into_iter().enumerate() {
            assert_eq!(guest.trap("run", &[i as i32]), trap);
        }
    });
}

/// What a host function of these tests does.
struct Host {
    tag: Tag,
    caught: Option<i32>,
}

const THROUGH_HOST: &str = r#"(module
    (import "h" "tag" (tag $t (param i32)))
    (import "h" "throw" (func $throw (param i32)))
    (import "h" "call" (func $call (param i32)))
    (tag $own)
    (func (export "inner") (param i32)
        (if (i32.eqz (local.get 0)) (then (throw $own)))
        (throw $t (local.get 0)))
    (func $middle (param i32) (call $call (local.get 0)))
    (func (export "from_host") (param i32) (result i32)
        (block $caught (result i32)
            (try_table (catch $t $caught) (call $throw (local.get 0)))
            (i32.const -1)))
    (func (export "through_host") (param i32) (result i32)
        (block $mine
            (block $caught (result i32)
                (try_table (catch $own $mine) (catch $t $caught) (call $middle (local.get 0)))
                (i32.const -1))
            (return))
        (i32.const 77))
    (func $uncaught (export "uncaught") (param i32) (call $middle (local.get 0))))"#;

/// A guest whose host function `throw` throws and whose `call` calls `inner` and passes on what comes
/// out; `catches` makes it keep exceptions to itself.
fn through_host(engine: &waxwing::Engine, catches: bool) -> Guest<Option<Host>> {
    let mut store = Store::new(engine, None);
    let ty = FuncType { params: vec![ValType::I32], results: vec![] };
    let tag = Tag::new(&mut store, &ty).expect("a tag");
    *store.data_mut() = Some(Host { tag, caught: None });
    let mut linker: Linker<Option<Host>> = Linker::new(engine);
    linker.define("h", "tag", tag).expect("a new name");
    linker
        .func_wrap(
            "h",
            "throw",
            |mut caller: Caller<'_, Option<Host>>, value: i32| -> waxwing::Result<()> {
                let tag = caller.data().as_ref().expect("a tag").tag;
                Err(ExnRef::new(&mut caller, &tag, &[Val::I32(value)])?.into())
            },
        )
        .and_then(|l| {
            l.func_wrap("h", "call", move |mut caller: Caller<'_, Option<Host>>, value: i32| {
                let Some(Extern::Func(inner)) = caller.get_export("inner") else {
                    panic!("it exports it")
                };
                let error = inner.call(&mut caller, &[Val::I32(value)], &mut []);
                let error = error.expect_err("it throws");
                let exception = error.exception().cloned().expect("an exception");
                if catches {
                    let payload = exception.payload(&mut caller);
                    let value = payload.first().and_then(Val::i32);
                    caller.data_mut().as_mut().expect("a host").caught = value;
                    return Ok(());
                }
                Err(error)
            })
        })
        .expect("new names");
    let module = module(engine, THROUGH_HOST);
    let instance = linker.instantiate(&mut store, &module).expect("an instance");
    Guest { store, instance }
}

#[test]
fn the_host_throws() {
    each_plan(|engine| {
        let mut guest = through_host(engine, false);
        for value in [5, -6] {
            assert_eq!(guest.call("from_host", &[value]), value);
        }
        // Without a guest in between it is an error all the same.
        let Extern::Func(_) = guest.export("inner") else { panic!("a function") };
        let error = guest.try_call("inner", &[Val::I32(3)]).expect_err("it throws");
        assert!(error.exception().is_some());
    });
}

#[test]
fn exceptions_go_through_host_frames() {
    each_plan(|engine| {
        let mut guest = through_host(engine, false);
        assert_eq!(guest.call("through_host", &[9]), 9);
        assert_eq!(guest.call("through_host", &[0]), 77);
        let error = guest.try_call("uncaught", &[Val::I32(4)]).expect_err("nothing catches it");
        let exception = error.exception().cloned().expect("an exception");
        assert_eq!(exception.payload(&mut guest.store)[0].i32(), Some(4));
        assert_eq!(names(&error), ["middle", "uncaught"]);
    });
}

#[test]
fn the_host_catches() {
    each_plan(|engine| {
        let mut guest = through_host(engine, true);
        assert_eq!(guest.call("through_host", &[9]), -1);
        assert_eq!(guest.store.data().as_ref().expect("a host").caught, Some(9));
    });
}

/// An exception of another store is a host's error here: no clause catches it.
#[test]
fn exceptions_of_other_stores_are_errors() {
    each_plan(|engine| {
        let mut other = through_host(engine, false);
        let foreign = other.try_call("uncaught", &[Val::I32(4)]).expect_err("it throws");
        let foreign = Arc::new(foreign.exception().cloned().expect("an exception"));
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_wrap("h", "throw", move || -> waxwing::Result<()> {
                Err(ExnRef::clone(&foreign).into())
            })
            .expect("a new name");
        let text = r#"(module (import "h" "throw" (func $throw))
            (func (export "run")
                (block $caught (try_table (catch_all $caught) (call $throw)))))"#;
        let mut guest = Guest::link(&linker, (), text);
        let error = guest.try_call("run", &[]).expect_err("an error of the host's");
        assert_eq!(error.trap(), None);
    });
}

#[test]
fn a_start_function_throws() {
    each_plan(|engine| {
        let module = module(
            engine,
            "(module (tag $t (param i64)) (func $f (throw $t (i64.const 1))) (start $f))",
        );
        let mut store = Store::new(engine, ());
        let error = Linker::new(engine).instantiate(&mut store, &module).expect_err("it throws");
        assert!(error.exception().is_some(), "{error:?}");
    });
}

/// Exceptions carry references, which live as long as they do.
#[test]
fn payloads_hold_references() {
    each_plan(|engine| {
        let mut guest = Guest::new(
            engine,
            r#"(module
                (tag $t (param externref funcref exnref))
                (elem declare func $seven)
                (func $seven (result i32) (i32.const 7))
                (table $f 1 funcref)
                (func (export "run") (param externref) (result externref i32)
                    (local funcref exnref exnref)
                    (block $first (result exnref)
                        (try_table (catch_all_ref $first)
                            (throw $t (local.get 0) (ref.func $seven) (ref.null exn)))
                        (unreachable))
                    (local.set 2)
                    (block $second (result externref funcref exnref)
                        (try_table (catch $t $second)
                            (throw $t (ref.null extern) (ref.null func) (local.get 2)))
                        (unreachable))
                    (local.set 3) (drop) (drop)
                    (block $third (result externref funcref exnref)
                        (try_table (catch $t $third) (throw_ref (local.get 3)))
                        (unreachable))
                    (drop) (local.set 1)
                    (table.set $f (i32.const 0) (local.get 1))
                    (call_indirect $f (result i32) (i32.const 0))))"#,
        );
        let value = waxwing::ExternRef::new(123u64);
        let got = guest.try_call("run", &[Val::ExternRef(Some(value.clone()))]).expect("values");
        let Val::ExternRef(Some(back)) = &got[0] else { panic!("{got:?}") };
        assert!(back.ptr_eq(&value));
        assert_eq!(got[1].i32(), Some(7));
    });
}

/// Every exception is made by a collection's way, and what it holds survives them.
#[test]
fn exceptions_survive_collections() {
    for plan in PLANS {
        let engine = Engine::new(Config::new().memory_plan(plan).gc_stress(true)).expect("engine");
        let mut guest = Guest::new(
            &engine,
            r#"(module
                (type $node (struct (field i32) (field (ref null $node))))
                (tag $t (param i32 (ref null $node) i64))
                (func $throws (param i32) (param (ref null $node))
                    (if (i32.eqz (local.get 0))
                        (then (throw $t (i32.const 1) (local.get 1) (i64.const 100))))
                    (call $throws (i32.sub (local.get 0) (i32.const 1))
                        (struct.new $node (local.get 0) (local.get 1))))
                (func $sum (param (ref null $node)) (result i32) (local i32)
                    (loop $next
                        (if (ref.is_null (local.get 0)) (then (return (local.get 1))))
                        (local.set 1 (i32.add (local.get 1) (struct.get $node 0 (local.get 0))))
                        (local.set 0 (struct.get $node 1 (local.get 0)))
                        (br $next))
                    (unreachable))
                (func (export "run") (param i32) (result i32)
                    (local $e exnref) (local $l (ref null $node))
                    (block $caught (result i32 (ref null $node) i64 exnref)
                        (try_table (catch_ref $t $caught)
                            (call $throws (local.get 0) (ref.null $node)))
                        (unreachable))
                    (local.set $e) (drop) (drop) (drop)
                    ;; Others are made and collected while this one is only held here.
                    (drop (struct.new $node (i32.const 7) (ref.null $node)))
                    (block $other
                        (try_table (catch_all $other)
                            (throw $t (i32.const 2) (ref.null $node) (i64.const 3))))
                    (block $again (result i32 (ref null $node) i64)
                        (try_table (catch $t $again) (throw_ref (local.get $e)))
                        (unreachable))
                    (drop) (local.set $l) (drop)
                    (call $sum (local.get $l))))"#,
        );
        assert_eq!(guest.call("run", &[20]), 210);
    }
}

/// Code of a tier without handlers throws, and is thrown through.
#[test]
fn other_tiers_throw() {
    for plan in PLANS {
        let engine =
            |tier| Engine::new(Config::new().tier(tier).memory_plan(plan)).expect("an engine");
        let (instant, fast) = (engine(Tier::Instant), engine(Tier::Fast));
        let mut linker: Linker<()> = Linker::new(&fast);
        let mut store = Store::new(&fast, ());
        let ty = FuncType { params: vec![ValType::I32, ValType::I64], results: vec![] };
        let tag = Tag::new(&mut store, &ty).expect("a tag");
        linker.define("h", "tag", tag).expect("a new name");
        let thrower = module(
            &instant,
            r#"(module
                (import "h" "tag" (tag $t (param i32 i64)))
                (func $throws (param i32) (throw $t (local.get 0) (i64.const 30)))
                (func (export "through") (param i32) (result i32)
                    (call $throws (i32.add (local.get 0) (i32.const 1)))
                    (i32.const 0)))"#,
        );
        let thrower = linker.instantiate(&mut store, &thrower).expect("an instance");
        linker.instance(&mut store, "thrower", thrower).expect("new names");
        let catcher = module(
            &fast,
            r#"(module
                (import "h" "tag" (tag $t (param i32 i64)))
                (import "thrower" "through" (func $through (param i32) (result i32)))
                (func (export "run") (param i32) (result i32)
                    (block $caught (result i32 i64)
                        (return
                            (try_table (result i32) (catch $t $caught)
                                (call $through (local.get 0)))))
                    (i32.add (i32.wrap_i64))))"#,
        );
        let instance = linker.instantiate(&mut store, &catcher).expect("an instance");
        let mut guest = Guest { store, instance };
        assert_eq!(guest.call("run", &[4]), 35);
    }
}
