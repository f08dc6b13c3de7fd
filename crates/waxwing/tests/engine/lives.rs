//! A million lives: made, run, killed and reset from several threads with random timing. A stop that is
//! lost hangs the test; one that comes twice, a wrong result, or anything that is left of a former life
//! fails it; and the process must not grow.

use crate::stress::{killer, spin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use waxwing::{
    Caller, Config, Engine, InstancePre, KillSwitch, Linker, PoolConfig, Reply, Run, Store, Trap,
    TypedFunc,
};
use waxwing_testkit::{Random, module};

/// `work` answers -1 if anything of a former life is left, and else the sum of `n` numbers, having
/// written all over memory, table and globals.
const TEXT: &str = r#"(module
    (import "host" "call" (func $host (param i32) (result i32)))
    (import "host" "yield" (func $yield (param i32) (result i32)))
    (memory $m 4 8) (data (i32.const 70000) "as it was")
    (table $t 40 funcref) (elem (i32.const 3) $one)
    (global $used (mut i32) (i32.const 0))
    (type $sig (func (result i32)))
    (func $one (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func $fresh (result i32)
        (i32.and
            (i32.and
                (i32.eqz (global.get $used))
                (i32.eq (memory.size) (i32.const 4)))
            (i32.and
                (i32.and
                    (i64.eq (i64.load (i32.const 70000)) (i64.const 0x6177207469207361))
                    (i64.eqz (i64.load (i32.const 8))))
                (i32.and
                    (i64.eqz (i64.load (i32.const 200000)))
                    (i32.eq (call_indirect $t (type $sig) (i32.const 3)) (i32.const 1))))))
    (func $spoil
        (global.set $used (i32.const 1))
        (i64.store (i32.const 8) (i64.const -1))
        (i64.store (i32.const 70000) (i64.const -1))
        (i64.store (i32.const 200000) (i64.const -1))
        (drop (memory.grow (i32.const 1)))
        (table.set $t (i32.const 3) (ref.func $two)))
    (elem declare func $two)
    (func (export "work") (param $n i32) (result i32) (local $sum i32)
        (if (i32.eqz (call $fresh)) (then (return (i32.const -1))))
        (call $spoil)
        (loop $more
            (local.set $sum (i32.add (local.get $sum) (local.get $n)))
            (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
    (func (export "calls") (param $n i32) (result i32) (local $sum i32)
        (if (i32.eqz (call $fresh)) (then (return (i32.const -1))))
        (call $spoil)
        (loop $more
            (local.set $sum (i32.add (local.get $sum) (call $host (local.get $n))))
            (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
    (func (export "yields") (param $n i32) (result i32) (local $sum i32)
        (if (i32.eqz (call $fresh)) (then (return (i32.const -1))))
        (call $spoil)
        (loop $more
            (local.set $sum (i32.add (local.get $sum) (call $yield (local.get $n))))
            (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $sum))
    (func (export "spin") (param i32) (result i32)
        (if (i32.eqz (call $fresh)) (then (return (i32.const -1))))
        (call $spoil)
        (loop $again (br $again)) unreachable))"#;

const RUNNERS: u64 = 3;
const LIVES: u64 = 1_000_000;

struct Runner<'a> {
    engine: &'a Engine,
    pre: &'a InstancePre<()>,
    killers: Vec<Sender<KillSwitch>>,
    random: Random,
    lives: u64,
    killed: &'a AtomicU64,
}

/// A store and what it is asked to do.
struct Life {
    store: Store<()>,
    functions: [TypedFunc<i32, i32>; 4],
}

impl Runner<'_> {
    fn begin(&self) -> Life {
        let mut store = Store::new(self.engine, ());
        let instance = self.pre.instantiate(&mut store).expect("an instance");
        let functions = ["work", "calls", "yields", "spin"]
            .map(|name| instance.get_typed_func(&mut store, name).expect("a function"));
        Life { store, functions }
    }

    fn run(&mut self) {
        let mut life = self.begin();
        while self.lives > 0 {
            self.lives -= 1;
            self.live(&mut life);
            match self.random.below(4) {
                0 => life = self.begin(),
                _ => life.store.reset().expect("it is as new"),
            }
        }
    }

    /// One life: with nobody after it, one who comes before it begins, or one who comes any time.
    fn live(&mut self, life: &mut Life) {
        let n = 1 + self.random.below(50) as i32;
        let hunted = self.random.below(8);
        let mut which = self.random.below(3) as usize;
        let switch = life.store.kill_switch();
        match hunted {
            0 => {
                assert!(switch.kill());
                which = self.random.below(4) as usize;
            }
            1 => {
                let killer = self.random.below(self.killers.len() as u64) as usize;
                self.killers[killer].send(switch.clone()).expect("a killer");
                which = self.random.below(4) as usize;
                spin(self.random.below(200));
            }
            _ => {}
        }
        if hunted == 2 {
            life.store.set_deadline(Some(Duration::from_secs(3600)));
        }
        let func = &life.functions[which];
        let ended = if which == 2 {
            drive(&mut life.store, func, n)
        } else {
            func.call(&mut life.store, n)
        };
        match ended {
            Ok(sum) => {
                assert!(hunted != 0 && which != 3, "it was to be killed");
                assert_eq!(sum, n * (n + 1) / 2, "function {which} of {n}");
            }
            Err(error) => {
                assert_eq!(error.trap(), Some(Trap::Killed), "{error:?}");
                assert!(hunted <= 1, "nobody was after it");
                self.killed.fetch_add(1, Ordering::Relaxed);
                // For good, until it is reset.
                let again = life.functions[0].call(&mut life.store, 1).unwrap_err();
                assert_eq!(again.trap(), Some(Trap::Killed));
            }
        }
    }
}

/// Runs what yields `n`, and gives it back.
fn drive(store: &mut Store<()>, func: &TypedFunc<i32, i32>, n: i32) -> waxwing::Result<i32> {
    let mut run = func.start(&mut *store, n)?;
    loop {
        match run {
            Run::Done(sum) => return Ok(sum),
            Run::Suspended(mut guest) => {
                let value: i32 = guest.take_yielded().expect("a number");
                run = guest.resume_with(&mut *store, value)?;
            }
        }
    }
}

/// Bytes that are resident.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").expect("/proc is there");
    let pages = status.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    pages.expect("a number") * 4096
}

#[test]
fn a_million_lives() {
    // Alone in its process: what others do would count as growth.
    if !waxwing_testkit::isolated("lives::a_million_lives") {
        return;
    }
    let pool = PoolConfig { slots: 8, ..PoolConfig::default() };
    let engine = Engine::new(Config::new().pool(pool)).expect("an engine");
    let mut linker = Linker::<()>::new(&engine);
    linker.func_wrap("host", "call", |_: Caller<'_, ()>, n: i32| n).unwrap();
    linker
        .func_suspend("host", "yield", |_: Caller<'_, ()>, n: i32| Ok(Reply::<i32, i32>::Yield(n)))
        .unwrap();
    let module = module(&engine, TEXT);
    let pre = linker.instantiate_pre(&mut Store::new(&engine, ()), &module).unwrap();
    let killed = AtomicU64::new(0);
    let warm = AtomicBool::new(false);
    let mut before = 0;
    for lives in [LIVES / 10, LIVES - LIVES / 10] {
        std::thread::scope(|scope| {
            let killers: Vec<_> = (0..2)
                .map(|seed| {
                    let (send, receive) = channel();
                    scope.spawn(move || killer(seed, 11, receive));
                    send
                })
                .collect();
            for seed in 0..RUNNERS {
                let mut runner = Runner {
                    engine: &engine,
                    pre: &pre,
                    killers: killers.clone(),
                    random: Random::new(100 + seed),
                    lives: lives / RUNNERS,
                    killed: &killed,
                };
                scope.spawn(move || runner.run());
            }
        });
        if !warm.swap(true, Ordering::Relaxed) {
            before = resident();
        }
    }
    let (after, killed) = (resident(), killed.into_inner());
    assert!(after < before + (8 << 20), "{before} bytes have become {after}");
    assert!(killed > LIVES / 10, "only {killed} were killed");
    assert_eq!(engine.pool_stats().map(|stats| stats.in_use), Some(0));
}
