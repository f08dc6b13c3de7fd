//! References that the host holds, gives and takes: what must not be possible first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use waxwing::{
    AnyRef, ArrayRef, ArrayType, Caller, Config, Engine, ExternRef, FieldType, Func, FuncType,
    Global, GlobalType, HeapType, I31, Instance, Limits, Linker, RefType, StorageType, Store,
    StoreLimits, StructRef, StructType, SubType, Table, TableType, Trap, TypeKind, Val, ValType,
    define_types,
};
use waxwing_testkit::{PLANS, each_plan, module};

fn null(heap: HeapType) -> ValType {
    ValType::Ref(RefType { nullable: true, heap })
}

fn not_null(heap: HeapType) -> ValType {
    ValType::Ref(RefType { nullable: false, heap })
}

fn field(storage: StorageType) -> FieldType {
    FieldType { storage, mutable: true }
}

fn val(ty: ValType) -> FieldType {
    field(StorageType::Val(ty))
}

fn ext() -> ValType {
    ValType::Ref(RefType::EXTERNREF)
}

/// Engines of both memory plans that collect at every allocation.
fn each_stressed(f: impl Fn(&Engine)) {
    for plan in PLANS {
        let mut config = Config::new();
        f(&Engine::new(config.memory_plan(plan).gc_stress(true)).expect("an engine"));
    }
}

/// Counts how often it is dropped.
struct Counted(u32, Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn value(&self, n: u32) -> ExternRef {
        ExternRef::new(Counted(n, self.0.clone()))
    }

    fn dropped(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn number(value: &Val) -> Option<u32> {
    match value {
        Val::ExternRef(Some(value)) => value.data()?.downcast_ref::<Counted>().map(|c| c.0),
        _ => None,
    }
}

const ROUND: &str = r#"(module
    (import "h" "swap" (func $swap (param externref externref) (result externref externref)))
    (table (export "t") 4 externref)
    (global (export "g") (mut externref) (ref.null extern))
    (func (export "swap") (param externref externref) (result externref externref)
        (call $swap (local.get 0) (local.get 1)))
    (func (export "first") (param externref externref externref) (result externref)
        (local.get 0))
    (func (export "put") (param i32 externref) (table.set (local.get 0) (local.get 1)))
    (func (export "keep") (param externref) (global.set 0 (local.get 0))))"#;

/// An instance of [`ROUND`], whose function `swap` is typed or not.
fn round(engine: &Engine, typed: bool) -> (Store<()>, Instance) {
    let mut linker: Linker<()> = Linker::new(engine);
    type Pair = (Option<ExternRef>, Option<ExternRef>);
    if typed {
        let swap = |a: Option<ExternRef>, b: Option<ExternRef>| -> Pair { (b, a) };
        linker.func_wrap("h", "swap", swap).expect("a new name");
    } else {
        let ty = FuncType { params: vec![ext(); 2], results: vec![ext(); 2] };
        linker
            .func_new("h", "swap", ty, |_, params, results| {
                results[0] = params[1].clone();
                results[1] = params[0].clone();
                Ok(())
            })
            .expect("a new name");
    }
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &module(engine, ROUND)).expect("an instance");
    (store, instance)
}

#[test]
fn nothing_of_another_type_gets_anywhere() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let base = SubType {
            is_final: false,
            supertype: None,
            composite: waxwing::CompositeType::Struct(vec![val(ValType::I32)]),
        };
        let below = SubType { supertype: Some(0), ..base.clone() };
        let types = define_types(&[base, below]).expect("valid types");
        let (above, below) = (
            StructType::new_of(types[0]).expect("a structure"),
            StructType::new_of(types[1]).expect("a structure"),
        );
        assert!(below.matches(above) && !above.matches(below));
        let object = StructRef::new(&mut store, above, &[Val::I32(1)]).expect("room");
        let lower = StructRef::new(&mut store, below, &[Val::I32(2)]).expect("room");
        let bytes = ArrayType::new(field(StorageType::I8)).expect("a type");
        let array = ArrayRef::new(&mut store, bytes, &Val::I32(0x1ff), 3).expect("room");
        let host = AnyRef::from(ExternRef::new(5u8));
        let func = Func::wrap(&mut store, || 1i32);
        let func_type = FuncType { params: vec![], results: vec![ValType::I32] };
        let values = [
            ("i31", Val::from(I31::wrapping_i32(-5))),
            ("struct", Val::from(object)),
            ("below", Val::from(lower)),
            ("array", Val::from(array)),
            ("host", Val::from(host)),
            ("func", Val::from(func)),
            ("extern", Val::from(ExternRef::new(1u8))),
            ("any", Val::AnyRef(None)),
            ("nofunc", Val::FuncRef(None)),
            ("noextern", Val::ExternRef(None)),
            ("noexn", Val::ExnRef(None)),
            ("i32", Val::I32(0)),
        ];
        assert_eq!(*func.ty(&store), func_type);
        for (ty, wanted) in [
            (null(HeapType::Any), "i31 struct below array host any"),
            (not_null(HeapType::Any), "i31 struct below array host"),
            (null(HeapType::Eq), "i31 struct below array any"),
            (not_null(HeapType::I31), "i31"),
            (not_null(HeapType::Struct), "struct below"),
            (null(above.heap_type()), "struct below any"),
            (not_null(below.heap_type()), "below"),
            (null(HeapType::Array), "array any"),
            (null(HeapType::None), "any"),
            (not_null(HeapType::None), ""),
            (null(HeapType::Func), "func nofunc"),
            (not_null(HeapType::Func), "func"),
            (null(HeapType::NoFunc), "nofunc"),
            (null(HeapType::Extern), "extern noextern"),
            (not_null(HeapType::Extern), "extern"),
            (null(HeapType::Exn), "noexn"),
        ] {
            for (name, value) in &values {
                let fits = wanted.split(' ').any(|w| w == *name);
                assert_eq!(value.matches(&store, ty), fits, "{name} as {ty}");
                everywhere(&mut store, ty, value, fits, name);
            }
        }
    });
}

/// Tries to put a value into every kind of place of a type.
fn everywhere(store: &mut Store<()>, ty: ValType, value: &Val, fits: bool, name: &str) {
    let global = Global::new(&mut *store, GlobalType { content: ty, mutable: true }, value.clone());
    assert_eq!(global.is_ok(), fits, "global {ty}: {name}");
    if let Ok(global) = global {
        assert_eq!(format!("{:?}", global.get(&mut *store).ty()), format!("{:?}", value.ty()));
        global.set(&mut *store, value.clone()).expect("it fits");
        assert!(global.set(&mut *store, Val::I64(1)).is_err());
    }
    let ValType::Ref(element) = ty else { panic!("a reference") };
    let limits = Limits { min: 1, max: None };
    let table = Table::new(&mut *store, TableType::new(element, limits), value.clone());
    assert_eq!(table.is_ok(), fits, "table {ty}: {name}");
    if let Ok(table) = table {
        table.grow(&mut *store, 1, value.clone()).expect("it fits");
        table.set(&mut *store, 1, value.clone()).expect("it fits");
        assert!(table.grow(&mut *store, 1, Val::I64(1)).is_err());
        assert!(table.set(&mut *store, 1, Val::I64(1)).is_err());
        assert_eq!(table.get(&mut *store, 1).map(|v| v.ty()), Some(value.ty()));
    }
    let given = value.clone();
    let sig = FuncType { params: vec![], results: vec![ty] };
    let source = Func::new(&mut *store, sig, move |_, _, results| {
        results[0] = given.clone();
        Ok(())
    });
    let mut results = [Val::I32(0)];
    assert_eq!(source.call(&mut *store, &[], &mut results).is_ok(), fits, "result {ty}: {name}");
    let sink = FuncType { params: vec![ty], results: vec![] };
    let sink = Func::new(&mut *store, sink, |_, _, _| Ok(()));
    let called = sink.call(&mut *store, std::slice::from_ref(value), &mut []);
    assert_eq!(called.is_ok(), fits, "argument {ty}: {name}");
    let holder = StructType::new([val(ty)]).expect("a type");
    let made = StructRef::new(&mut *store, holder, std::slice::from_ref(value));
    assert_eq!(made.is_ok(), fits, "field {ty}: {name}");
    if let Ok(object) = made {
        object.set_field(&mut *store, 0, value.clone()).expect("it fits");
        assert!(object.set_field(&mut *store, 0, Val::I64(1)).is_err());
        assert!(object.set_field(&mut *store, 1, value.clone()).is_err());
    }
}

#[test]
fn results_that_are_left_out_are_no_null() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        for heap in [HeapType::Func, HeapType::Extern, HeapType::Any, HeapType::I31] {
            let ty = FuncType { params: vec![], results: vec![not_null(heap)] };
            let lazy = Func::new(&mut store, ty, |_, _, _| Ok(()));
            let error = lazy.call(&mut store, &[], &mut [Val::I32(0)]).expect_err("null");
            assert!(error.to_string().contains("result 0 must be of type"), "{error}");
        }
    });
}

#[test]
fn typed_functions_fit_by_subtyping() {
    each_plan(|engine| {
        let mut store = Store::new(engine, ());
        let take = |heap, nullable| ValType::Ref(RefType { nullable, heap });
        let mut func = |param, result| {
            let ty = FuncType { params: vec![param], results: vec![result] };
            Func::new(&mut store, ty, |_, params, results| {
                results[0] = params[0].clone();
                Ok(())
            })
        };
        let any_to_any = func(take(HeapType::Any, true), take(HeapType::Any, true));
        let i31_to_i31 = func(take(HeapType::I31, false), take(HeapType::I31, false));
        let ext_to_ext = func(take(HeapType::Extern, true), take(HeapType::Extern, true));
        // Parameters may be narrower than the function's, results wider; not the other way round.
        assert!(any_to_any.typed::<AnyRef, Option<AnyRef>>(&store).is_ok());
        assert!(any_to_any.typed::<I31, Option<AnyRef>>(&store).is_ok());
        assert!(any_to_any.typed::<Option<AnyRef>, AnyRef>(&store).is_err());
        assert!(i31_to_i31.typed::<I31, Option<AnyRef>>(&store).is_ok());
        assert!(i31_to_i31.typed::<I31, AnyRef>(&store).is_ok());
        assert!(i31_to_i31.typed::<Option<I31>, I31>(&store).is_err());
        assert!(i31_to_i31.typed::<AnyRef, I31>(&store).is_err());
        assert!(ext_to_ext.typed::<Option<AnyRef>, Option<ExternRef>>(&store).is_err());
        let up = i31_to_i31.typed::<I31, Option<AnyRef>>(&store).expect("it fits");
        let got = up.call(&mut store, I31::wrapping_i32(-7)).expect("it runs").expect("a value");
        assert_eq!(got.as_i31().map(I31::get_i32), Some(-7));
    });
}

#[test]
fn values_of_the_hosts_are_dropped_once() {
    for typed in [false, true] {
        each_stressed(|engine| {
            let counter = Counter::default();
            let (mut store, instance) = round(engine, typed);
            let put = instance.get_func(&mut store, "put").expect("an export");
            for i in 0..4 {
                let value = Val::from(counter.value(i as u32));
                put.call(&mut store, &[Val::I32(i), value], &mut []).expect("in bounds");
            }
            store.gc();
            assert_eq!((counter.dropped(), store.gc_stats().host_values), (0, 4));
            let table = instance.get_table(&mut store, "t").expect("an export");
            for i in 0..4 {
                let value = table.get(&mut store, i).expect("in bounds");
                assert_eq!(number(&value), Some(i as u32));
            }
            put.call(&mut store, &[Val::I32(1), Val::ExternRef(None)], &mut []).expect("in bounds");
            store.gc();
            assert_eq!((counter.dropped(), store.gc_stats().host_values), (1, 3));
            let kept = table.get(&mut store, 2).expect("in bounds");
            drop(store);
            assert_eq!(counter.dropped(), 3);
            assert_eq!(number(&kept), Some(2));
            drop(kept);
            assert_eq!(counter.dropped(), 4);
        });
    }
}

#[test]
fn what_is_on_its_way_is_not_collected() {
    for typed in [false, true] {
        each_stressed(|engine| {
            let counter = Counter::default();
            let (mut store, instance) = round(engine, typed);
            let swap = instance.get_func(&mut store, "swap").expect("an export");
            let first = instance.get_func(&mut store, "first").expect("an export");
            for i in 0..20 {
                let [a, b, c] = [0, 1, 2].map(|n| Val::from(counter.value(3 * i + n)));
                let mut two = [Val::I32(0), Val::I32(0)];
                swap.call(&mut store, &[a.clone(), b.clone()], &mut two).expect("it runs");
                assert_eq!([number(&two[0]), number(&two[1])], [number(&b), number(&a)]);
                let mut one = [Val::I32(0)];
                first.call(&mut store, &[a.clone(), b, c], &mut one).expect("it runs");
                assert_eq!(number(&one[0]), number(&a));
                // The host function without a guest between.
                let mut two = [Val::I32(0), Val::I32(0)];
                let own = Func::wrap(
                    &mut store,
                    |a: Option<ExternRef>, b: Option<ExternRef>, _: Option<ExternRef>| (b, a),
                );
                let other = Val::from(counter.value(1000 + i));
                own.call(&mut store, &[a.clone(), other.clone(), a.clone()], &mut two)
                    .expect("it runs");
                assert_eq!([number(&two[0]), number(&two[1])], [number(&other), number(&a)]);
            }
            let pair = swap
                .typed::<(Option<ExternRef>, Option<ExternRef>), (Option<ExternRef>, Option<ExternRef>)>(
                    &store,
                )
                .expect("its type");
            let (a, b) = (counter.value(1), counter.value(2));
            let got = pair.call(&mut store, (Some(a.clone()), Some(b.clone()))).expect("it runs");
            assert!(got.0.expect("a value").ptr_eq(&b) && got.1.expect("a value").ptr_eq(&a));
            let made = counter.dropped();
            drop((a, b));
            store.gc();
            assert_eq!(counter.dropped(), made + 2);
            assert_eq!(store.gc_stats().host_values, 0);
        });
    }
}

/// `(struct (mut externref) (mut eqref))`, which may lead to itself.
fn node() -> StructType {
    let fields = [val(ext()), val(null(HeapType::Eq))];
    StructType::new(fields).expect("a valid type")
}

#[test]
fn circles_of_objects_are_released() {
    each_stressed(|engine| {
        let counter = Counter::default();
        let mut store = Store::new(engine, ());
        let nodes: Vec<StructRef> = (0..3)
            .map(|n| {
                let fields = [Val::from(counter.value(n)), Val::AnyRef(None)];
                StructRef::new(&mut store, node(), &fields).expect("room")
            })
            .collect();
        for i in 0..3 {
            let next = Val::from(nodes[(i + 1) % 3].clone());
            nodes[i].set_field(&mut store, 1, next).expect("it fits");
        }
        let one = nodes[1].clone();
        drop(nodes);
        store.gc();
        assert_eq!((counter.dropped(), store.gc_stats().live_objects), (0, 6));
        // All around the circle, by handles that come and go.
        let mut at = one.clone();
        for n in [1, 2, 0] {
            assert_eq!(at.field(&mut store, 0).as_ref().and_then(number), Some(n));
            let Some(Val::AnyRef(Some(next))) = at.field(&mut store, 1) else { panic!("a node") };
            at = next.as_struct(&store).expect("a structure");
        }
        assert!(at.ref_eq(&one));
        drop((at, one));
        store.gc();
        assert_eq!((counter.dropped(), store.gc_stats().live_objects), (3, 0));
    });
}

#[test]
fn identity_is_kept_both_ways() {
    each_stressed(|engine| {
        let mut store = Store::new(engine, ());
        let ty = |heap| GlobalType { content: null(heap), mutable: true };
        let any = Global::new(&mut store, ty(HeapType::Any), Val::AnyRef(None)).expect("a global");
        let ext =
            Global::new(&mut store, ty(HeapType::Extern), Val::ExternRef(None)).expect("a global");
        // A value of the host's, seen as one from inside, and back.
        let value = ExternRef::new("value");
        any.set(&mut store, Val::from(AnyRef::from(value.clone()))).expect("it fits");
        let Val::AnyRef(Some(inside)) = any.get(&mut store) else { panic!("a value") };
        assert!(!inside.is_i31() && inside.ty(&store) == HeapType::Any);
        assert!(ExternRef::from(inside).ptr_eq(&value));
        // Something inside, seen as a value from outside, and back.
        let fields = [Val::ExternRef(None), Val::AnyRef(None)];
        let object = StructRef::new(&mut store, node(), &fields).expect("room");
        let outside = ExternRef::from(AnyRef::from(object.clone()));
        assert!(outside.data().is_none());
        ext.set(&mut store, Val::from(outside)).expect("it fits");
        store.gc();
        let Val::ExternRef(Some(outside)) = ext.get(&mut store) else { panic!("a value") };
        let inside = AnyRef::from(outside);
        assert!(inside.ref_eq(&AnyRef::from(object.clone())));
        assert!(inside.as_struct(&store).expect("a structure").ref_eq(&object));
        assert_eq!(inside.ty(&store), node().heap_type());
        assert!(inside.as_array(&store).is_none() && inside.as_i31().is_none());
        // An integer.
        let value = I31::wrapping_i32(-1);
        ext.set(&mut store, Val::from(ExternRef::from(AnyRef::from(value)))).expect("it fits");
        let Val::ExternRef(Some(outside)) = ext.get(&mut store) else { panic!("a value") };
        assert_eq!(AnyRef::from(outside).as_i31(), Some(value));
    });
}

#[test]
fn fields_and_elements_are_as_they_were_written() {
    each_stressed(|engine| {
        let mut store = Store::new(engine, ());
        let func = Func::wrap(&mut store, || 5i32);
        let fields = [
            field(StorageType::I8),
            val(ValType::I64),
            field(StorageType::I16),
            val(ValType::V128),
            val(ValType::F32),
            val(ValType::Ref(RefType::FUNCREF)),
            val(null(HeapType::Any)),
            val(ValType::F64),
        ];
        let ty = StructType::new(fields).expect("a type");
        assert_eq!(ty, StructType::new(fields).expect("the same type"));
        let values = [
            Val::I32(-1),
            Val::I64(i64::MIN + 1),
            Val::I32(0x1_8001),
            Val::V128(waxwing::V128(u128::MAX - 5)),
            Val::from(1.5f32),
            Val::from(func),
            Val::from(I31::wrapping_i32(9)),
            Val::from(-2.5f64),
        ];
        let object = StructRef::new(&mut store, ty, &values).expect("room");
        let wanted = r#"[I32(255), I64(-9223372036854775807), I32(32769), V128(V128(340282366920938463463374607431768211450)), F32(1069547520), "#;
        let got = format!("{:?}", object.fields(&mut store));
        assert!(got.starts_with(wanted), "{got}");
        let Some(Val::FuncRef(Some(back))) = object.field(&mut store, 5) else { panic!("func") };
        let back = back.typed::<(), i32>(&store).expect("its type");
        assert_eq!(back.call(&mut store, ()).expect("it runs"), 5);
        assert!(object.field(&mut store, 8).is_none());
        assert!(StructRef::new(&mut store, ty, &values[..7]).is_err());

        let halves = ArrayType::new(field(StorageType::I16)).expect("a type");
        let array = ArrayRef::new(&mut store, halves, &Val::I32(-2), 5).expect("room");
        array.set(&mut store, 4, Val::I32(7)).expect("in bounds");
        assert_eq!(array.len(&store), 5);
        assert_eq!(array.get(&mut store, 3).and_then(|v| v.i32()), Some(0xfffe));
        assert_eq!(array.get(&mut store, 4).and_then(|v| v.i32()), Some(7));
        assert!(array.get(&mut store, 5).is_none());
        assert!(array.set(&mut store, 5, Val::I32(0)).is_err());
        let constant = FieldType { mutable: false, ..val(ext()) };
        let constant = ArrayType::new(constant).expect("a type");
        let counter = Counter::default();
        let elements: Vec<Val> = (0..10).map(|n| Val::from(counter.value(n))).collect();
        let array = ArrayRef::new_fixed(&mut store, constant, &elements).expect("room");
        assert!(array.set(&mut store, 0, Val::ExternRef(None)).is_err());
        drop(elements);
        store.gc();
        for n in 0..10 {
            assert_eq!(array.get(&mut store, n).as_ref().and_then(number), Some(n));
        }
    });
}

#[test]
fn a_full_heap_is_an_error_and_the_store_goes_on() {
    each_plan(|engine| {
        let limits = StoreLimits { gc_heap: 4 << 20, ..StoreLimits::default() };
        let mut store = Store::new(engine, limits);
        store.limiter(|limits| limits);
        let bytes = ArrayType::new(field(StorageType::I8)).expect("a type");
        let mut held = Vec::new();
        let full = loop {
            match ArrayRef::new(&mut store, bytes, &Val::I32(1), 100_000) {
                Ok(array) => held.push(array),
                Err(error) => break error,
            }
            assert!(held.len() < 1000, "there is a limit");
        };
        assert_eq!(full.trap(), Some(Trap::HeapExhausted));
        assert!(held.len() > 20 && store.gc_stats().capacity_bytes <= 4 << 20);
        // Values of the host's need room too: fill what is left with them.
        let mut externs = Vec::new();
        let ty = GlobalType { content: ext(), mutable: true };
        let error = loop {
            let value = Val::from(ExternRef::new(1u8));
            match Global::new(&mut store, ty, value) {
                Ok(global) => externs.push(global),
                Err(error) => break error,
            }
        };
        assert_eq!(error.trap(), Some(Trap::HeapExhausted));
        let take = Func::wrap(&mut store, |_: Option<ExternRef>| {});
        let give = Func::wrap(&mut store, || Some(ExternRef::new(2u8)));
        let typed = take.typed::<Option<ExternRef>, ()>(&store).expect("its type");
        let error = typed.call(&mut store, Some(ExternRef::new(3u8))).expect_err("no room");
        assert_eq!(error.trap(), Some(Trap::HeapExhausted));
        let error = give.call(&mut store, &[], &mut [Val::I32(0)]).expect_err("no room");
        assert_eq!(error.trap(), Some(Trap::HeapExhausted));
        typed.call(&mut store, None).expect("null needs no room");
        held.clear();
        typed.call(&mut store, Some(ExternRef::new(3u8))).expect("there is room");
        let array = ArrayRef::new(&mut store, bytes, &Val::I32(1), 100_000).expect("room");
        assert_eq!(array.get(&mut store, 99_999).and_then(|v| v.i32()), Some(1));
        let huge = ArrayRef::new(&mut store, bytes, &Val::I32(0), u32::MAX).expect_err("no room");
        assert_eq!(huge.trap(), Some(Trap::HeapExhausted));
    });
}

#[test]
fn host_functions_may_collect() {
    each_plan(|engine| {
        let counter = Counter::default();
        let mut linker: Linker<()> = Linker::new(engine);
        linker
            .func_wrap("h", "gc", |mut caller: Caller<'_, ()>| {
                waxwing::AsContextMut::as_context_mut(&mut caller).gc();
            })
            .expect("a new name");
        let text = r#"(module
            (import "h" "gc" (func $gc))
            (func (export "f") (param externref) (result externref) (call $gc) (local.get 0))
            (func (export "drop") (param externref) (call $gc)))"#;
        let mut store = Store::new(engine, ());
        let instance = linker.instantiate(&mut store, &module(engine, text)).expect("an instance");
        let f = instance
            .get_typed_func::<Option<ExternRef>, Option<ExternRef>>(&mut store, "f")
            .expect("its type");
        let got = f.call(&mut store, Some(counter.value(4))).expect("it runs");
        assert_eq!(number(&Val::from(got)), Some(4));
        store.gc();
        assert_eq!((counter.dropped(), store.gc_stats().host_values), (1, 0));
    });
}

#[test]
fn what_is_another_stores_is_refused() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut other = Store::new(&engine, ());
    let fields = [Val::ExternRef(None), Val::AnyRef(None)];
    let object = StructRef::new(&mut store, node(), &fields).expect("room");
    StructRef::new(&mut other, node(), &fields).expect("room");
    let panics = |f: &mut dyn FnMut()| {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
        let message = *result.expect_err("a panic").downcast::<&str>().expect("a message");
        assert!(message.contains("store that it does not belong to"), "{message}");
    };
    panics(&mut || drop(object.field(&mut other, 0)));
    panics(&mut || {
        object.ty(&other);
    });
    panics(&mut || {
        drop(StructRef::new(&mut other, node(), &[Val::ExternRef(None), object.clone().into()]));
    });
    let content = null(HeapType::Extern);
    panics(&mut || {
        let converted = ExternRef::from(AnyRef::from(object.clone()));
        let ty = GlobalType { content, mutable: true };
        drop(Global::new(&mut other, ty, Val::from(converted)));
    });
    // Values of the host's are nobody's.
    let value = ExternRef::new(1u8);
    for store in [&mut store, &mut other] {
        let ty = GlobalType { content, mutable: true };
        Global::new(&mut *store, ty, Val::from(value.clone())).expect("a global");
    }
    drop(store);
    drop(object);
}

#[test]
fn modules_and_the_host_have_the_same_types() {
    let engine = Engine::default();
    let text =
        "(module (rec (type $a (sub (struct (field (mut (ref null $b)))))) (type $b (array i8))))";
    let module = module(&engine, text);
    let b = HeapType::Defined(TypeKind::Array, 1);
    let group = [
        SubType {
            is_final: false,
            supertype: None,
            composite: waxwing::CompositeType::Struct(vec![val(null(b))]),
        },
        SubType {
            is_final: true,
            supertype: None,
            composite: waxwing::CompositeType::Array(FieldType {
                storage: StorageType::I8,
                mutable: false,
            }),
        },
    ];
    let own = define_types(&group).expect("valid types");
    assert_eq!(module.types().collect::<Vec<_>>(), own);
    assert!(StructType::new_of(own[1]).is_none() && ArrayType::new_of(own[0]).is_none());
    assert!(define_types(&group[..1]).is_err());
}
