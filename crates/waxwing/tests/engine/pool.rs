//! Pools and resets: nothing of one instance is left for the next one, and limits are kept.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use waxwing::{
    Caller, Config, Engine, Instance, InstancePre, Linker, MemoryPlan, Module, PoolConfig, Store,
    Trap, Val,
};
use waxwing_testkit::{Guest, PLANS, Random, engine, module};

fn pooled(plan: MemoryPlan, pool: PoolConfig) -> Engine {
    Engine::new(Config::new().memory_plan(plan).pool(pool)).expect("an engine")
}

fn slots(slots: usize) -> PoolConfig {
    PoolConfig { slots, ..PoolConfig::default() }
}

fn prepare(engine: &Engine, text: impl AsRef<[u8]>) -> InstancePre<()> {
    let linker = Linker::new(engine);
    let module = module(engine, text);
    linker.instantiate_pre(&mut Store::new(engine, ()), &module).expect("it links")
}

fn live(engine: &Engine, pre: &InstancePre<()>) -> Guest {
    let mut store = Store::new(engine, ());
    let instance = pre.instantiate(&mut store).unwrap_or_else(|e| panic!("no instance: {e}"));
    Guest { store, instance }
}

/// Budgets of pages that stay: none, one page, enough for some and for all.
const KEEPS: [usize; 4] = [0, 4096, 64 << 10, 64 << 20];

fn each_pool(f: impl Fn(&Engine)) {
    for plan in PLANS {
        for keep_resident in KEEPS {
            for random_placement in [false, true] {
                f(&pooled(
                    plan,
                    PoolConfig { slots: 1, keep_resident, random_placement, ..slots(1) },
                ));
            }
        }
    }
}

#[test]
fn a_full_pool_says_so() {
    let engine = pooled(MemoryPlan::Reserved, slots(2));
    let pre = prepare(&engine, "(module (memory 1))");
    let first = live(&engine, &pre);
    let _second = live(&engine, &pre);
    let error = pre.instantiate(&mut Store::new(&engine, ())).unwrap_err().to_string();
    assert!(error.contains("all 2 slots of the pool are in use"), "{error}");
    drop(first);
    let _third = live(&engine, &pre);
}

#[test]
fn a_kept_instance_makes_room_for_one_of_another_module() {
    let engine = pooled(MemoryPlan::Reserved, slots(1));
    let one = prepare(&engine, "(module (memory 1))");
    let two = prepare(&engine, "(module (table 1 funcref))");
    for _ in 0..3 {
        drop(live(&engine, &one));
        drop(live(&engine, &two));
    }
    let stats = engine.pool_stats().unwrap();
    assert_eq!((stats.in_use, stats.kept), (0, 1));
}

#[test]
fn modules_that_need_more_than_the_pool_allows_are_refused() {
    let limits = PoolConfig { memory: 3 << 16, table: 10, ..slots(4) };
    let engine = pooled(MemoryPlan::Reserved, limits);
    for (text, what) in [
        ("(module (memory 4))", "memory 0 of the module has 262144 bytes; the pool allows 196608"),
        ("(module (memory 1) (memory 4))", "memory 1 of the module has 262144 bytes"),
        ("(module (table 11 funcref))", "table 0 of the module has 11 entries; the pool allows 10"),
    ] {
        let pre = prepare(&engine, text);
        let error = pre.instantiate(&mut Store::new(&engine, ())).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    assert_eq!(engine.pool_stats().map(|s| (s.in_use, s.kept)), Some((0, 0)));
    let pre = prepare(
        &engine,
        r#"(module (memory 2) (table 10 funcref)
            (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table") (param i32) (result i32)
                (table.grow (ref.null func) (local.get 0))))"#,
    );
    for _ in 0..2 {
        let mut guest = live(&engine, &pre);
        assert_eq!(guest.call("memory", &[2]), -1);
        assert_eq!(guest.call("memory", &[1]), 2);
        assert_eq!(guest.call("memory", &[1]), -1);
        assert_eq!(guest.call("table", &[1]), -1);
    }
}

#[test]
fn a_module_that_is_dropped_leaves_the_pool() {
    let engine = pooled(MemoryPlan::Reserved, slots(8));
    let host = Arc::new(AtomicUsize::new(0));
    let held = host.clone();
    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap("", "f", move || {
            held.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
    let text = r#"(module (import "" "f" (func)) (start 0))"#;
    let pre = linker.instantiate_pre(&mut Store::new(&engine, ()), &module(&engine, text)).unwrap();
    drop(linker);
    let late = live(&engine, &pre);
    drop(live(&engine, &pre));
    assert_eq!(engine.pool_stats().map(|s| (s.in_use, s.kept)), Some((1, 1)));
    drop(pre);
    assert_eq!(engine.pool_stats().map(|s| (s.in_use, s.kept)), Some((1, 0)));
    assert_eq!(host.load(Ordering::Relaxed), 2);
    drop(late);
    assert_eq!(engine.pool_stats().map(|s| (s.in_use, s.kept)), Some((0, 0)));
    assert_eq!(Arc::strong_count(&host), 1, "the host's function is let go");
}

#[test]
fn instances_with_shared_memories_are_not_kept() {
    let engine = pooled(MemoryPlan::Reserved, slots(1));
    let pre = prepare(&engine, r#"(module (memory (export "m") 1 2 shared))"#);
    let mut guest = live(&engine, &pre);
    let memory = guest.instance.get_memory(&mut guest.store, "m").unwrap();
    let shared = memory.shared(&guest.store).unwrap();
    let error = guest.instance.reset(&mut guest.store).unwrap_err().to_string();
    assert!(error.contains("shared memory cannot be made as new"), "{error}");
    drop(guest);
    assert_eq!(shared.size(), 1);
    assert_eq!(engine.pool_stats().map(|s| (s.in_use, s.kept)), Some((0, 0)));
}

/// Everything an instance can be changed in.
const ALL: &str = r#"(module
    (memory $m (export "m") 3 10)
    (memory $n (export "n") 1)
    (memory $w (export "w") i64 2)
    (memory $b (export "b") 5 9000 (pagesize 1))
    (data (memory $m) (i32.const 10) "begin")
    (data (memory $m) (i32.const 131000) "in the middle of two pages; quite long, in fact")
    (data (memory $n) (i32.const 65530) "end")
    (data (memory $w) (i64.const 70000) "wide")
    (data (memory $b) (i32.const 1) "byte")
    (data $passive "passive")
    (table $t (export "t") 200 300 funcref)
    (table $r (export "r") 5 externref)
    (table $i 10 funcref (ref.func $one))
    (elem (table $t) (i32.const 3) func $one $two)
    (elem (table $t) (i32.const 150) func $two)
    (elem $e func $one $one $two)
    (global $g (export "g") (mut i32) (i32.const 7))
    (global $v (export "v") (mut v128) (v128.const i64x2 1 2))
    (global $f (export "f") (mut funcref) (ref.func $two))
    (type $sig (func (result i32)))
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func (export "call") (param i32) (result i32)
        (call_indirect $t (type $sig) (local.get 0)))
    (func (export "call_i") (param i32) (result i32)
        (call_indirect $i (type $sig) (local.get 0)))
    (func (export "grow") (result i32)
        (drop (memory.grow $w (i64.const 3)))
        (drop (memory.grow $b (i32.const 8000)))
        (drop (table.grow $t (ref.func $one) (i32.const 50)))
        (memory.grow $m (i32.const 2)))
    (func (export "change") (param $seed i32) (param $value i32)
        (global.set $g (local.get $value))
        (global.set $v (i32x4.splat (local.get $value)))
        (global.set $f (ref.null func))
        (i32.store8 $m (i32.rem_u (local.get $seed) (i32.mul (memory.size $m) (i32.const 65536)))
            (local.get $value))
        (i32.store8 $n (i32.rem_u (local.get $seed) (i32.const 65536)) (local.get $value))
        (i32.store8 $b (i32.rem_u (local.get $seed) (memory.size $b)) (local.get $value))
        (i64.store8 $w (i64.rem_u (i64.extend_i32_u (local.get $seed)) (i64.const 131072))
            (i64.extend_i32_u (local.get $value)))
        (table.set $t (i32.rem_u (local.get $seed) (table.size $t))
            (select (result funcref) (ref.func $one) (ref.func $two)
                (i32.and (local.get $value) (i32.const 1))))
        (table.set $i (i32.rem_u (local.get $seed) (i32.const 10)) (ref.func $two)))
    (func (export "refs") (param externref)
        (table.set $r (i32.const 2) (local.get 0)))
    (func (export "drop")
        (data.drop $passive) (elem.drop $e))
    (func (export "init") (result i32)
        (memory.init $passive (i32.const 65536) (i32.const 0) (i32.const 7))
        (table.init $t $e (i32.const 20) (i32.const 0) (i32.const 3))
        (i32.add (i32.load8_u (i32.const 65536))
            (call_indirect $t (type $sig) (i32.const 22))))
    (func (export "read") (param i32) (result i32) (i32.load8_u $m (local.get 0)))
    (func $deep (export "deep") (param i64 i32) (result i64)
        (if (result i64) (local.get 1)
            (then (i64.add (local.get 0)
                (call $deep (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))
            (else (local.get 0)))))"#;

/// What can be seen of an instance.
fn look(guest: &mut Guest) -> Vec<String> {
    let mut seen = Vec::new();
    for name in ["m", "n", "w", "b"] {
        seen.push(format!("{name}: {:?}", blake(guest.memory(name))));
    }
    let table = guest.instance.get_table(&mut guest.store, "t").unwrap();
    seen.push(format!("t: {}", table.size(&guest.store)));
    for i in 0..table.size(&guest.store) as i32 {
        let called = guest.try_call("call", &[Val::I32(i)]);
        seen.push(
            called.map_or_else(|e| format!("{:?}", e.trap()), |v| format!("{:?}", v[0].i32())),
        );
    }
    for i in 0..10 {
        seen.push(format!("i: {}", guest.call("call_i", &[i])));
    }
    let refs = guest.instance.get_table(&mut guest.store, "r").unwrap();
    for i in 0..5 {
        seen.push(format!("r: {}", refs.get(&mut guest.store, i).unwrap().is_null()));
    }
    seen.push(format!("{:?} {:?}", guest.global("g").i32(), guest.global("v")));
    seen.push(format!("{}", guest.global("f").is_null()));
    seen.push(format!("{:?}", guest.try_call("read", &[Val::I32(3 << 16)]).map_err(|e| e.trap())));
    seen
}

fn blake(bytes: &[u8]) -> (usize, u64) {
    // Position and value both count.
    let mixed = bytes.iter().fold(0u64, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(5)
    });
    (bytes.len(), mixed)
}

/// Changes an instance at random, and everything at least once.
fn change(guest: &mut Guest, random: &mut Random) {
    let times = 1 + random.below(400);
    for i in 0..times {
        if i == times / 2 && random.below(2) == 0 {
            guest.call("grow", &[]);
        }
        let value = 1 + random.below(255) as i32;
        guest.call("change", &[random.below(1 << 31) as i32, value]);
    }
    assert_eq!(guest.call("init", &[]), i32::from(b'p') + 2);
    if random.below(2) == 0 {
        guest.try_call("drop", &[]).unwrap();
    }
    let value = Val::ExternRef(Some(waxwing::ExternRef::new(Arc::new(5))));
    guest.try_call("refs", &[value]).unwrap();
    guest.memory("m")[5] = 77;
    guest
        .try_call("deep", &[Val::I64(0x5ec4e75ec4e7), Val::I32(random.below(5000) as i32)])
        .unwrap();
}

#[test]
fn nothing_is_left_in_a_slot() {
    let fresh = look(&mut Guest::new(&engine(MemoryPlan::Reserved), ALL));
    each_pool(|engine| {
        let pre = prepare(engine, ALL);
        let mut random = Random::new(7);
        for _ in 0..8 {
            let mut guest = live(engine, &pre);
            assert_eq!(look(&mut guest), fresh);
            change(&mut guest, &mut random);
        }
        assert_eq!(engine.pool_stats().map(|s| (s.in_use, s.kept)), Some((0, 1)));
    });
}

#[test]
fn a_reset_leaves_nothing() {
    let fresh = look(&mut Guest::new(&engine(MemoryPlan::Reserved), ALL));
    let check = |engine: &Engine| {
        let mut guest = Guest::new(engine, ALL);
        let mut random = Random::new(9);
        for _ in 0..8 {
            change(&mut guest, &mut random);
            guest.instance.reset(&mut guest.store).unwrap();
            assert_eq!(look(&mut guest), fresh);
            guest.instance.reset(&mut guest.store).unwrap();
        }
    };
    PLANS.map(engine).iter().for_each(check);
    each_pool(check);
}

/// Large images are mapped, small ones copied, with holes between; and there are more pages than fit
/// into one answer of the system.
#[test]
fn images_are_put_back() {
    let mut random = Random::new(3);
    for (starts, len) in [(vec![0], 40_000), (vec![5000, 3 << 20], 300_000), (vec![77], 2 << 20)] {
        let mut text = String::from("(module (memory (export \"m\") 100)");
        for start in &starts {
            let bytes: String =
                (0..len / 4).map(|_| format!("\\{:02x}abc", random.below(256))).collect();
            text.push_str(&format!("(data (i32.const {start}) \"{bytes}\")"));
        }
        text.push_str(
            r#"(func (export "mark") (param $i i32) (param $step i32)
                (loop $more
                    (i32.store8 (local.get $i) (i32.const 0xaa))
                    (br_if $more (i32.lt_u
                        (local.tee $i (i32.add (local.get $i) (local.get $step)))
                        (i32.const 6553600))))))"#,
        );
        let fresh = Guest::new(&engine(MemoryPlan::Reserved), &text).memory("m").to_vec();
        for keep_resident in KEEPS {
            let engine = pooled(MemoryPlan::Reserved, PoolConfig { keep_resident, ..slots(1) });
            let pre = prepare(&engine, &text);
            for step in [8192, 4096 * 3, 100_000, 1 << 20, 64] {
                let mut guest = live(&engine, &pre);
                assert!(*guest.memory("m") == fresh[..], "{len} bytes, {keep_resident} kept");
                guest
                    .try_call("mark", &[Val::I32(random.below(4096) as i32), Val::I32(step)])
                    .unwrap();
                if step == 100_000 {
                    guest.instance.reset(&mut guest.store).unwrap();
                    assert!(*guest.memory("m") == fresh[..]);
                }
            }
        }
    }
}

/// The stack lies below the memory: looked at as no guest can.
#[test]
fn stacks_are_cleared() {
    let text = r#"(module (memory (export "m") 1)
        (func $deep (export "deep") (param i64 i64 i32) (result i64)
            (if (result i64) (local.get 2)
                (then (i64.xor
                    (call $deep (local.get 0) (local.get 1)
                        (i32.sub (local.get 2) (i32.const 1)))
                    (local.get 0)))
                (else (local.get 1)))))"#;
    const SECRET: u64 = 0x5ec2_e75e_c2e7_5ec3;
    for keep_resident in KEEPS {
        let engine = pooled(MemoryPlan::Reserved, PoolConfig { keep_resident, ..slots(1) });
        let pre = prepare(&engine, text);
        let count = |guest: &mut Guest| {
            let base = guest.memory("m").as_ptr() as usize;
            // SAFETY: 1 MiB below the memory is stack and instance data, all of it mapped, and no
            // guest is running.
            let words =
                unsafe { std::slice::from_raw_parts((base - (1 << 20)) as *const u64, 1 << 17) };
            words.iter().filter(|&&word| word == SECRET).count()
        };
        for depth in [3, 100, 5000] {
            let mut guest = live(&engine, &pre);
            assert_eq!(count(&mut guest), 0);
            let args = [Val::I64(SECRET as i64), Val::I64(SECRET as i64), Val::I32(depth)];
            guest.try_call("deep", &args).unwrap();
            assert!(count(&mut guest) >= depth as usize / 2, "the test sees the stack");
        }
        assert_eq!(count(&mut live(&engine, &pre)), 0);
    }
}

#[test]
fn traps_and_kills_leave_a_slot_that_can_be_used() {
    let engine = pooled(MemoryPlan::Reserved, slots(1));
    let pre = prepare(
        &engine,
        r#"(module (memory (export "m") 1) (global $g (export "g") (mut i32) (i32.const 1))
            (func (export "trap") (global.set $g (i32.const 2)) (i32.store (i32.const 0) (i32.const 9))
                unreachable)
            (func $over (export "overflow") (call $over))
            (func (export "spin") (loop (i32.store8 (i32.const 7) (i32.const 7)) (br 0))))"#,
    );
    let check = |guest: &mut Guest| {
        assert!(guest.memory("m").iter().all(|&byte| byte == 0));
        assert_eq!(guest.global("g").i32(), Some(1));
    };
    for _ in 0..20 {
        let mut guest = live(&engine, &pre);
        check(&mut guest);
        assert_eq!(guest.trap("trap", &[]), Trap::Unreachable);
        guest.instance.reset(&mut guest.store).unwrap();
        check(&mut guest);
        assert_eq!(guest.trap("overflow", &[]), Trap::StackOverflow);
        let switch = guest.store.kill_switch();
        let killer = std::thread::spawn(move || switch.kill());
        assert_eq!(guest.trap("spin", &[]), Trap::Killed);
        killer.join().unwrap();
    }
    // A start function that traps.
    let pre = prepare(&engine, "(module (memory 1) (func $s unreachable) (start $s))");
    for _ in 0..3 {
        let error = pre.instantiate(&mut Store::new(&engine, ())).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::Unreachable));
    }
    assert_eq!(engine.pool_stats().map(|s| (s.in_use, s.kept)), Some((0, 1)));
}

#[test]
fn no_reset_while_a_guest_runs() {
    let engine = pooled(MemoryPlan::Reserved, slots(1));
    let mut linker = Linker::<()>::new(&engine);
    linker
        .func_wrap("", "reset", |mut caller: Caller<'_, ()>| {
            let instance = caller.instance().expect("a guest calls");
            let error = instance.reset(&mut caller).expect_err("a guest runs");
            assert!(
                error
                    .to_string()
                    .contains("cannot reset an instance while a guest of its store runs"),
                "{error}"
            );
        })
        .unwrap();
    let text = r#"(module (import "" "reset" (func $r)) (func (export "f") (call $r)))"#;
    let mut guest = Guest::link(&linker, (), text);
    guest.try_call("f", &[]).unwrap();
}

/// Host functions of one linker must not be called by instances that are linked with another.
#[test]
fn imports_are_linked_anew() {
    let engine = pooled(MemoryPlan::Reserved, slots(1));
    let text = r#"(module (import "" "f" (func $f (result i32))) (memory 1)
        (func (export "f") (result i32) (call $f)))"#;
    let module = module(&engine, text);
    let linked = |value: i32| {
        let mut linker = Linker::<i32>::new(&engine);
        linker.func_wrap("", "f", move |c: Caller<'_, i32>| value + *c.data()).unwrap();
        linker.instantiate_pre(&mut Store::new(&engine, 0), &module).unwrap()
    };
    let (one, two) = (linked(100), linked(200));
    let other = Guest::new(&engine, "(module)");
    drop(other);
    for (pre, data, sum) in [(&one, 1, 101), (&one, 2, 102), (&two, 3, 203), (&one, 4, 104)] {
        let mut store = Store::new(&engine, data);
        let instance = pre.instantiate(&mut store).unwrap();
        let f = instance.get_typed_func::<(), i32>(&mut store, "f").unwrap();
        assert_eq!(f.call(&mut store, ()).unwrap(), sum);
    }
    // One by one, as values of the store.
    let mut store = Store::new(&engine, 5);
    let f = waxwing::Func::wrap(&mut store, || 7i32);
    let instance = Instance::instantiate(&mut store, &module, &[f.into()]).unwrap();
    let f = instance.get_typed_func::<(), i32>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, ()).unwrap(), 7);
}

#[test]
fn objects_of_one_store_are_not_of_the_next() {
    let engine = pooled(MemoryPlan::Reserved, slots(1));
    let pre = prepare(
        &engine,
        r#"(module (type $s (struct (field (mut i32))))
            (global $g (ref $s) (struct.new $s (i32.const 5)))
            (table 3 anyref)
            (func (export "next") (result i32)
                (struct.set $s 0 (global.get $g)
                    (i32.add (struct.get $s 0 (global.get $g)) (i32.const 1)))
                (table.set (i32.const 1) (global.get $g))
                (struct.get $s 0 (global.get $g)))
            (func (export "null") (result i32) (ref.is_null (table.get (i32.const 1)))))"#,
    );
    for _ in 0..3 {
        let mut guest = live(&engine, &pre);
        assert_eq!((guest.call("null", &[]), guest.call("next", &[])), (1, 6));
        guest.instance.reset(&mut guest.store).unwrap();
        assert_eq!((guest.call("null", &[]), guest.call("next", &[])), (1, 6));
        assert_eq!((guest.call("null", &[]), guest.call("next", &[])), (0, 7));
    }
}

/// Threads share a pool that is smaller than what they would like.
#[test]
fn threads_share_a_pool() {
    let engine = pooled(MemoryPlan::Reserved, slots(3));
    let texts = [
        r#"(module (memory (export "m") 1) (data (i32.const 9) "one")
            (func (export "f") (param i32) (i32.store (local.get 0) (local.get 0))))"#,
        r#"(module (memory (export "m") 2)
            (func (export "f") (param i32) (i32.store (local.get 0) (local.get 0))))"#,
    ];
    let pres = texts.map(|text| prepare(&engine, text));
    let fresh = [0, 1].map(|i| live(&engine, &pres[i]).memory("m").to_vec());
    let barrier = Barrier::new(4);
    let (made, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for t in 0..4u64 {
            let (engine, pres, fresh, barrier) = (&engine, &pres, &fresh, &barrier);
            let (made, refused) = (&made, &refused);
            scope.spawn(move || {
                let mut random = Random::new(t);
                barrier.wait();
                for _ in 0..3000 {
                    let which = random.below(2) as usize;
                    let mut store = Store::new(engine, ());
                    let Ok(instance) = pres[which].instantiate(&mut store) else {
                        refused.fetch_add(1, Ordering::Relaxed);
                        continue;
                    };
                    made.fetch_add(1, Ordering::Relaxed);
                    let mut guest = Guest { store, instance };
                    assert!(*guest.memory("m") == fresh[which][..]);
                    guest.call("f", &[random.below(65000) as i32]);
                }
            });
        }
    });
    assert!(made.into_inner() > 3000, "{refused:?} were refused");
    let stats = engine.pool_stats().unwrap();
    assert_eq!(stats.in_use, 0);
    assert!(stats.kept <= 3);
}

#[test]
fn modules_of_other_engines_keep_out() {
    let (one, two) =
        (pooled(MemoryPlan::Reserved, slots(1)), pooled(MemoryPlan::Reserved, slots(1)));
    let foreign = Module::new(&one, "(module (memory 1))").unwrap();
    for _ in 0..2 {
        // A module of one engine in a store of another: the store's pool counts.
        Instance::instantiate(&mut Store::new(&two, ()), &foreign, &[]).unwrap();
    }
    drop(foreign);
    let other = Module::new(&two, "(module (memory 1))").unwrap();
    Instance::instantiate(&mut Store::new(&two, ()), &other, &[]).unwrap();
}

/// More is written than may stay, so that pages go back to the system, and small images are copied into
/// some of them anew. What is looked at here is there already: no page fault tells of it.
#[test]
fn what_is_copied_into_discarded_pages_is_not_forgotten() {
    let text = r#"(module (memory (export "m") 32)
        (data (i32.const 1048580) "an image") (data (i32.const 20) "another")
        (func (export "all") (local $i i32)
            (loop $more
                (i64.store (local.get $i) (i64.const -1))
                (br_if $more (i32.lt_u
                    (local.tee $i (i32.add (local.get $i) (i32.const 4096)))
                    (i32.const 2097152))))
            (i64.store (i32.const 1048580) (i64.const -1)))
        (func (export "few")
            (i64.store (i32.const 1048584) (i64.const -1)) (i64.store (i32.const 24) (i64.const -1))))"#;
    let tiny = r#"(module (memory (export "m") 0) (func (export "few")))"#;
    let fresh = Guest::new(&engine(MemoryPlan::Reserved), text).memory("m").to_vec();
    for keep_resident in KEEPS {
        let engine = pooled(MemoryPlan::Reserved, PoolConfig { keep_resident, ..slots(2) });
        let (pre, tiny) = (prepare(&engine, text), prepare(&engine, tiny));
        let life = |pre: &InstancePre<()>, name: &str| {
            let mut guest = live(&engine, pre);
            let memory = guest.instance.get_memory(&mut guest.store, "m").unwrap();
            for part in [16..40, 1048576..1048600] {
                let seen = memory.data(&guest.store).get(part.clone());
                assert!(
                    seen.is_none_or(|seen| *seen == fresh[part]),
                    "{name}, {keep_resident} kept"
                );
            }
            guest.try_call(name, &[]).unwrap();
        };
        for _ in 0..4 {
            life(&pre, "all");
            for _ in 0..3 {
                // Takes note of the page faults there have been.
                life(&tiny, "few");
                life(&pre, "few");
            }
        }
    }
}

/// A guest that a host's future calls on another thread than the one that began.
#[test]
fn guests_within_futures_are_noticed_wherever_they_run() {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};
    let text = r#"(module (import "host" "wait" (func $wait)) (memory (export "m") 40)
        (func (export "write") (param i32) (i64.store (local.get 0) (i64.const -1)))
        (func (export "run") (call $wait)))"#;
    let engine = pooled(MemoryPlan::Reserved, PoolConfig { keep_resident: 64 << 20, ..slots(1) });
    let mut linker = Linker::<i32>::new(&engine);
    linker
        .func_wrap_async("host", "wait", |mut caller: Caller<'_, i32>, (): ()| {
            Box::new(async move {
                let mut first = true;
                std::future::poll_fn(move |_| {
                    if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
                })
                .await;
                let at = *caller.data();
                let instance = caller.instance().expect("a guest calls");
                let write = instance.get_typed_func::<i32, ()>(&mut caller, "write")?;
                write.call(&mut caller, at)?;
                std::future::pending::<()>().await;
                Ok(())
            })
        })
        .unwrap();
    let module = module(&engine, text);
    let pre = linker.instantiate_pre(&mut Store::new(&engine, 0), &module).unwrap();
    for round in 0..30 {
        let mut store = Store::new(&engine, 8 + round * 0x10000);
        let instance = pre.instantiate(&mut store).unwrap();
        let memory = instance.get_memory(&mut store, "m").unwrap();
        assert!(memory.data(&store).iter().all(|&byte| byte == 0), "round {round}");
        let run = instance.get_typed_func::<(), ()>(&mut store, "run").unwrap();
        let mut call = Box::pin(run.call_async(&mut store, ()));
        let mut poll = |_: ()| {
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        };
        poll(());
        std::thread::scope(|scope| scope.spawn(|| poll(())).join().unwrap());
    }
}

#[test]
fn shared_memories_count() {
    let limits = PoolConfig { memory: 2 << 16, ..slots(1) };
    let engine = pooled(MemoryPlan::Reserved, limits);
    let large = prepare(&engine, "(module (memory 1 3 shared))");
    let error = large.instantiate(&mut Store::new(&engine, ())).unwrap_err().to_string();
    assert!(error.contains("may have 196608 bytes; the pool allows 131072"), "{error}");
    let pre = prepare(&engine, "(module (memory 1 2 shared))");
    for _ in 0..3 {
        let first = live(&engine, &pre);
        assert!(pre.instantiate(&mut Store::new(&engine, ())).is_err(), "the slot is taken");
        drop(first);
    }
}

/// An object that is a global of one store's instance is none of the next one's.
#[test]
fn globals_of_another_heap_are_no_roots() {
    let text = r#"(module (type $list (struct (field (mut i32)) (field (ref null $list))))
        (type $array (array (mut i64)))
        (global $first (mut (ref null $list)) (struct.new $list (i32.const 1) (ref.null $list)))
        (global $more (mut (ref $array)) (array.new $array (i64.const 7) (i32.const 300)))
        (global $last (export "last") (mut (ref null $list)) (ref.null $list))
        (func (export "grow") (param i32)
            (loop $again
                (global.set $last (struct.new $list (local.get 0) (global.get $last)))
                (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (func (export "sum") (result i32) (local $sum i32) (local $at (ref null $list))
            (local.set $at (global.get $last))
            (block $end
                (loop $again
                    (br_if $end (ref.is_null (local.get $at)))
                    (local.set $sum (i32.add (local.get $sum)
                        (struct.get $list 0 (local.get $at))))
                    (local.set $at (struct.get $list 1 (local.get $at)))
                    (br $again)))
            (local.get $sum)))"#;
    let mut config = Config::new();
    config.pool(slots(3)).gc_stress(true);
    let engine = Engine::new(&config).unwrap();
    let pre = prepare(&engine, text);
    for n in [50, 3, 90, 1, 40] {
        let mut store = Store::new(&engine, ());
        // The second one is made in a heap that is used already.
        let guests = [0, 1].map(|_| pre.instantiate(&mut store).unwrap());
        for instance in guests {
            let grow = instance.get_typed_func::<i32, ()>(&mut store, "grow").unwrap();
            let sum = instance.get_typed_func::<(), i32>(&mut store, "sum").unwrap();
            grow.call(&mut store, n).unwrap();
            assert_eq!(sum.call(&mut store, ()).unwrap(), n * (n + 1) / 2);
        }
    }
}

/// What failed to be made does not keep the others from being reset.
#[test]
fn instances_that_failed_are_not_reset() {
    let engine = engine(MemoryPlan::Reserved);
    let mut guest = Guest::new(
        &engine,
        r#"(module (global $n (mut i32) (i32.const 0)) (func (export "next") (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"#,
    );
    for text in [
        "(module (memory 1) (data (i32.const 65536) \"x\"))",
        "(module (func $f unreachable) (start $f))",
    ] {
        let failing = module(&engine, text);
        Instance::instantiate(&mut guest.store, &failing, &[]).unwrap_err();
    }
    assert_eq!((guest.call("next", &[]), guest.call("next", &[])), (1, 2));
    guest.store.reset().unwrap();
    assert_eq!(guest.call("next", &[]), 1);
}
