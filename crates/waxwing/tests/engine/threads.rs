//! Shared memories and atomics: who waits and who wakes, and how a wait ends that nobody wakes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::scope;
use std::time::{Duration, Instant};
use waxwing::{
    Config, Engine, Instance, Limits, Linker, Memory, MemoryPlan, MemoryType, Module, SharedMemory,
    Store, Trap,
};

const PLANS: [MemoryPlan; 2] = [MemoryPlan::Reserved, MemoryPlan::Checked];

fn ty(min: u64, max: u64) -> MemoryType {
    let limits = Limits { min, max: Some(max) };
    MemoryType { shared: true, ..MemoryType::new(limits) }
}

const TEXT: &str = r#"(module
    (import "" "m" (memory 1 64 shared))
    (func (export "wait32") (param i32 i32 i64) (result i32)
        (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "wait64") (param i32 i64 i64) (result i32)
        (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "notify") (param i32 i32) (result i32)
        (memory.atomic.notify (local.get 0) (local.get 1)))
    (func (export "store") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
    (func (export "load") (param i32) (result i32) (i32.atomic.load (local.get 0)))
    (func (export "plain") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "add") (param i32 i32)
        (loop $l
            (drop (i32.atomic.rmw.add (local.get 0) (i32.const 1)))
            (drop (i64.atomic.rmw8.add_u (i32.const 17) (i64.const 1)))
            (br_if $l (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    ;; Reads the last word again and again while the memory grows; counts how often it grew.
    (func (export "chase") (param $pages i32) (result i32) (local $seen i32) (local $now i32)
        (loop $l
            (local.set $now (memory.size))
            (drop (i32.load (i32.sub
                (i32.mul (local.get $now) (i32.const 65536)) (i32.const 4))))
            (i32.store (i32.sub (i32.mul (local.get $now) (i32.const 65536)) (i32.const 8))
                (local.get $now))
            (if (i32.lt_u (local.get $now) (local.get $seen)) (then unreachable))
            (local.set $seen (local.get $now))
            (br_if $l (i32.lt_u (local.get $now) (local.get $pages))))
        (local.get $seen)))"#;

/// A program whose stores share a memory.
struct Shared {
    engine: Engine,
    linker: Linker<()>,
    module: Module,
    memory: SharedMemory,
}

impl Shared {
    fn new(plan: MemoryPlan) -> Shared {
        let engine = Engine::new(Config::new().memory_plan(plan)).expect("an engine");
        let memory = SharedMemory::new(&engine, ty(1, 64)).expect("a memory");
        let mut linker = Linker::new(&engine);
        linker.shared_memory("", "m", &memory).expect("a new name");
        let module = Module::new(&engine, TEXT).expect("a module");
        Shared { engine, linker, module, memory }
    }

    fn guest(&self) -> (Store<()>, Instance) {
        let mut store = Store::new(&self.engine, ());
        let instance = self.linker.instantiate(&mut store, &self.module).expect("an instance");
        (store, instance)
    }

    fn wait(&self, address: i32, expected: i32, timeout: i64) -> waxwing::Result<i32> {
        let (mut store, guest) = self.guest();
        let wait = guest.get_typed_func::<(i32, i32, i64), i32>(&mut store, "wait32")?;
        wait.call(&mut store, (address, expected, timeout))
    }

    fn notify(&self, address: i32, count: i32) -> i32 {
        let (mut store, guest) = self.guest();
        let notify = guest.get_typed_func::<(i32, i32), i32>(&mut store, "notify").unwrap();
        notify.call(&mut store, (address, count)).expect("it is in bounds")
    }
}

#[test]
fn a_wait_that_nobody_ends_is_ended_by_the_kill_switch() {
    for plan in PLANS {
        let shared = Shared::new(plan);
        for round in 0..50u64 {
            let (mut store, guest) = shared.guest();
            let wait = guest.get_typed_func::<(i32, i32, i64), i32>(&mut store, "wait32").unwrap();
            let switch = store.kill_switch();
            let killer = std::thread::spawn(move || {
                // Before the wait begins, in its midst, or when it has long begun.
                std::thread::sleep(Duration::from_micros(round * round));
                switch.kill()
            });
            let error = wait.call(&mut store, (0, 0, -1)).expect_err("it is killed");
            assert_eq!(error.trap(), Some(Trap::Killed), "round {round}");
            assert!(killer.join().unwrap());
        }
        assert_eq!(shared.notify(0, -1), 0, "nobody is left in the queue");
    }
}

#[test]
fn a_wait_ends_at_the_deadline() {
    for plan in PLANS {
        let shared = Shared::new(plan);
        let (mut store, guest) = shared.guest();
        let wait = guest.get_typed_func::<(i32, i64, i64), i32>(&mut store, "wait64").unwrap();
        let begin = Instant::now();
        store.set_deadline(Some(Duration::from_millis(30)));
        let error = wait.call(&mut store, (8, 0, i64::MAX)).expect_err("it ends");
        assert_eq!(error.trap(), Some(Trap::DeadlineExceeded));
        assert!(begin.elapsed() >= Duration::from_millis(30));
        store.set_deadline(None);
        let answer = wait.call(&mut store, (8, 0, 1)).expect("the store lives on");
        assert_eq!(answer, 2);
    }
}

#[test]
fn waits_answer_why_they_ended() {
    let shared = Shared::new(MemoryPlan::Reserved);
    assert_eq!(shared.wait(0, 1, -1).unwrap(), 1, "not equal");
    let begin = Instant::now();
    assert_eq!(shared.wait(0, 0, 20_000_000).unwrap(), 2, "timed out");
    assert!(begin.elapsed() >= Duration::from_millis(20));
    assert_eq!(shared.wait(0, 0, 0).unwrap(), 2, "no time at all");
    for (address, trap) in [
        (65536, Trap::MemoryOutOfBounds),
        (-4, Trap::MemoryOutOfBounds),
        (2, Trap::UnalignedAtomic),
    ] {
        assert_eq!(shared.wait(address, 0, 0).unwrap_err().trap(), Some(trap), "{address}");
    }
}

#[test]
fn as_many_are_woken_as_asked_for_and_the_first_ones_first() {
    const WAITERS: u32 = 6;
    for plan in PLANS {
        let shared = Shared::new(plan);
        let woken = AtomicU32::new(0);
        scope(|scope| {
            for _ in 0..WAITERS {
                scope.spawn(|| {
                    assert_eq!(shared.wait(64, 0, -1).unwrap(), 0);
                    woken.fetch_add(1, Ordering::SeqCst);
                });
            }
            assert_eq!(shared.notify(68, -1), 0, "another address has no waiters");
            assert_eq!(shared.notify(64, 0), 0, "none are asked for");
            let mut left = WAITERS;
            while left > 0 {
                let now = shared.notify(64, 2) as u32;
                assert!(now <= 2);
                left -= now;
                // Who was woken goes on; nobody else does.
                while woken.load(Ordering::SeqCst) < WAITERS - left {
                    std::thread::yield_now();
                }
                assert_eq!(woken.load(Ordering::SeqCst), WAITERS - left);
            }
        });
        assert_eq!(shared.notify(64, -1), 0);
    }
}

#[test]
fn no_addition_is_lost() {
    for plan in PLANS {
        let shared = Shared::new(plan);
        scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let (mut store, guest) = shared.guest();
                    let add = guest.get_typed_func::<(i32, i32), ()>(&mut store, "add").unwrap();
                    add.call(&mut store, (32, 20_000)).expect("it ends");
                });
            }
        });
        let mut bytes = [0; 36];
        shared.memory.read(0, &mut bytes).unwrap();
        assert_eq!(bytes[32..], 80_000u32.to_le_bytes());
        assert_eq!(bytes[17], (80_000 % 256) as u8);
        assert_eq!((bytes[16], bytes[18]), (0, 0), "a narrow access touches one byte");
    }
}

#[test]
fn memories_grow_while_others_use_them() {
    for plan in PLANS {
        let shared = Shared::new(plan);
        let grown = AtomicU32::new(0);
        scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let (mut store, guest) = shared.guest();
                    let chase = guest.get_typed_func::<i32, i32>(&mut store, "chase").unwrap();
                    assert_eq!(chase.call(&mut store, 64).expect("in bounds"), 64);
                });
                scope.spawn(|| {
                    let (mut store, guest) = shared.guest();
                    let grow = guest.get_typed_func::<i32, i32>(&mut store, "grow").unwrap();
                    while grow.call(&mut store, 1).expect("it answers") != -1 {
                        grown.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                    }
                });
            }
        });
        assert_eq!((grown.into_inner(), shared.memory.size()), (63, 64));
    }
}

#[test]
fn a_length_that_was_seen_holds_behind_an_atomic() {
    // One guest grows and then says so; the other hears it and uses what is new.
    for plan in PLANS {
        let shared = Shared::new(plan);
        let (mut store, guest) = shared.guest();
        let load = guest.get_typed_func::<i32, i32>(&mut store, "plain").unwrap();
        let beyond = load.call(&mut store, 65536).expect_err("not yet");
        assert_eq!(beyond.trap(), Some(Trap::MemoryOutOfBounds));
        shared.memory.grow(1).unwrap();
        assert_eq!(load.call(&mut store, 65536).unwrap(), 0);
        shared.memory.write(65536, &[7, 0, 0, 0]).unwrap();
        assert_eq!(load.call(&mut store, 65536).unwrap(), 7);
    }
}

#[test]
fn what_is_not_shared_cannot_be_waited_on() {
    for plan in PLANS {
        let engine = Engine::new(Config::new().memory_plan(plan)).expect("an engine");
        let text = r#"(module (memory 1)
            (func (export "wait") (result i32)
                (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
            (func (export "notify") (result i32)
                (memory.atomic.notify (i32.const 0) (i32.const 9)))
            (func (export "cas") (param i32) (result i32)
                (i32.atomic.rmw8.cmpxchg_u offset=3 (local.get 0) (i32.const 0x100) (i32.const 0x205)))
            (func (export "unaligned") (param i32) (result i64)
                (i64.atomic.load32_u offset=1 (local.get 0))))"#;
        let module = Module::new(&engine, text).expect("a module");
        let mut store = Store::new(&engine, ());
        let guest = Instance::instantiate(&mut store, &module, &[]).expect("an instance");
        let wait = guest.get_typed_func::<(), i32>(&mut store, "wait").unwrap();
        let error = wait.call(&mut store, ()).expect_err("it is not shared");
        assert_eq!(error.trap(), Some(Trap::ExpectedSharedMemory));
        let notify = guest.get_typed_func::<(), i32>(&mut store, "notify").unwrap();
        assert_eq!(notify.call(&mut store, ()).unwrap(), 0);
        // Only the low byte of what is expected counts, and of what is written.
        let cas = guest.get_typed_func::<i32, i32>(&mut store, "cas").unwrap();
        assert_eq!(cas.call(&mut store, 0).unwrap(), 0);
        assert_eq!(cas.call(&mut store, 0).unwrap(), 5);
        let error = cas.call(&mut store, 65533).expect_err("out of bounds");
        assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
        let load = guest.get_typed_func::<i32, i64>(&mut store, "unaligned").unwrap();
        assert_eq!(load.call(&mut store, 3).unwrap(), 0);
        for address in [0, 1, 2, 65536] {
            let error = load.call(&mut store, address).expect_err("not aligned");
            assert_eq!(error.trap(), Some(Trap::UnalignedAtomic), "{address}");
        }
    }
}

#[test]
fn own_shared_memories_go_on_living_elsewhere() {
    for plan in PLANS {
        let engine = Engine::new(Config::new().memory_plan(plan)).expect("an engine");
        let text = r#"(module (memory (export "m") 1 2 shared)
            (data (i32.const 8) "segment") (data $passive "later")
            (func (export "init") (memory.init $passive
                (i32.const 65530) (i32.const 0) (i32.const 5)))
            (func (export "beyond") (memory.init $passive
                (i32.const 65532) (i32.const 0) (i32.const 5)))
            (func (export "fill") (memory.fill (i32.const 100) (i32.const 7) (i32.const 200))
                (memory.copy (i32.const 1000) (i32.const 100) (i32.const 100))))"#;
        let module = Module::new(&engine, text).expect("a module");
        let memory = {
            let mut store = Store::new(&engine, ());
            let guest = Instance::instantiate(&mut store, &module, &[]).expect("an instance");
            for name in ["init", "fill"] {
                let f = guest.get_typed_func::<(), ()>(&mut store, name).unwrap();
                f.call(&mut store, ()).expect("it is in bounds");
            }
            let beyond = guest.get_typed_func::<(), ()>(&mut store, "beyond").unwrap();
            let error = beyond.call(&mut store, ()).expect_err("out of bounds");
            assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds));
            let memory = guest.get_memory(&mut store, "m").unwrap();
            assert!(memory.data(&store).is_empty(), "there are no references to shared bytes");
            memory.write_bytes(&mut store, 3, b"abc").unwrap();
            let mut back = [0; 7];
            memory.read_bytes(&store, 8, &mut back).unwrap();
            assert_eq!(back, *b"segment");
            memory.shared(&store).expect("it is shared")
        };
        let read = |at, len| {
            let mut bytes = vec![0; len];
            memory.read(at, &mut bytes).map(|()| bytes)
        };
        assert_eq!(read(65530, 6).unwrap(), b"later\0");
        assert_eq!(read(1099, 2).unwrap(), [7, 0]);
        assert_eq!(read(3, 3).unwrap(), b"abc");
        assert!(read(65536, 1).is_err());
        assert_eq!((memory.grow(1).unwrap(), memory.size()), (1, 2));
        assert!(memory.grow(1).is_err());
    }
}

#[test]
fn shared_memories_match_by_type_and_plan() {
    let shared = Shared::new(MemoryPlan::Reserved);
    let engine = &shared.engine;
    let mut store = Store::new(engine, ());
    let other = SharedMemory::new(engine, ty(1, 2)).unwrap().in_store(&mut store).unwrap();
    let plain = MemoryType::new(Limits { min: 1, max: Some(2) });
    let plain = Memory::new(&mut store, plain).unwrap();
    for (import, memory, fits) in [
        ("1 2 shared", other, true),
        ("1 3 shared", other, true),
        ("1 1 shared", other, false),
        ("1 2", other, false),
        ("1 2 shared", plain, false),
    ] {
        let module = Module::new(engine, format!(r#"(module (import "" "m" (memory {import})))"#));
        let made = Instance::instantiate(&mut store, &module.unwrap(), &[memory.into()]);
        assert_eq!(made.is_ok(), fits, "{import}");
    }
    assert!(SharedMemory::new(engine, MemoryType { shared: false, ..ty(1, 1) }).is_err());
    let checked = Engine::new(Config::new().memory_plan(MemoryPlan::Checked)).unwrap();
    let error = shared.memory.in_store(Store::new(&checked, ())).unwrap_err();
    assert!(error.to_string().contains("memory plan"), "{error}");
}
