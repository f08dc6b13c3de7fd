//! Stops from many threads at any moment of thousands of runs. A stop that is lost hangs the test.

use crate::stops::{Data, ENDLESS, TEXT, data, linker};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use waxwing::{Engine, KillSwitch, Linker, Module, Store, Trap};
use waxwing_testkit::{Guest, PLANS, Random, engine, module};

/// Waits a little, by spinning: shorter than the system can sleep.
pub fn spin(n: u64) {
    (0..n).for_each(|_| std::hint::spin_loop());
}

/// Kills whatever it is sent, a little later, at times twice; `most` is the logarithm of how much later at
/// the most.
pub fn killer(seed: u64, most: u64, jobs: Receiver<KillSwitch>) {
    let mut random = Random::new(seed);
    for switch in jobs {
        let most = 1 << random.below(most);
        spin(random.below(most));
        switch.kill();
        if random.below(4) == 0 {
            switch.kill();
        }
    }
}

struct Runner<'a> {
    engine: &'a Engine,
    linker: Linker<Data>,
    module: &'a Module,
    killers: Vec<Sender<KillSwitch>>,
    random: Random,
}

impl Runner<'_> {
    /// One run in a new store, stopped by one of the killers or more, at times also by a deadline.
    fn run(&mut self) {
        let random = &mut self.random;
        let mut pick = || ENDLESS[random.below(ENDLESS.len() as u64) as usize];
        let (name, nested) = (pick(), pick());
        let mut store = Store::new(self.engine, data(nested));
        let instance = self.linker.instantiate(&mut store, self.module).expect("an instance");
        let mut guest = Guest { store, instance };
        guest.store.data_mut().pass_on = random.below(2) == 0;
        let switch = guest.store.kill_switch();
        let first = random.below(self.killers.len() as u64) as usize;
        let count = 1 + random.below(self.killers.len() as u64) as usize;
        let deadline = random.below(3) == 0;
        if deadline {
            guest.store.set_deadline(Some(Duration::from_micros(random.below(200))));
        }
        let killers = self.killers.iter().cycle().skip(first).take(count);
        killers.for_each(|k| k.send(switch.clone()).expect("a killer"));
        spin(random.below(3000));
        let name = if random.below(3) == 0 { "nested" } else { name };
        let trap = guest.trap(name, &[]);
        let expected = trap == Trap::Killed || (deadline && trap == Trap::DeadlineExceeded);
        assert!(expected, "{name} ended with {trap}");
        if random.below(8) == 0 {
            guest.trap("fine", &[]);
        }
    }
}

fn stress(runs: usize, thread_per_run: bool) {
    for plan in PLANS {
        let engine = engine(plan);
        let module = module(&engine, TEXT);
        std::thread::scope(|scope| {
            let killers: Vec<_> = (0..3)
                .map(|seed| {
                    let (send, receive) = channel();
                    scope.spawn(move || killer(seed, 14, receive));
                    send
                })
                .collect();
            for seed in 0..2 {
                let mut runner = Runner {
                    engine: &engine,
                    linker: linker(&engine),
                    module: &module,
                    killers: killers.clone(),
                    random: Random::new(100 + seed),
                };
                scope.spawn(move || {
                    for _ in 0..runs {
                        if thread_per_run {
                            std::thread::scope(|inner| {
                                inner.spawn(|| runner.run());
                            });
                        } else {
                            runner.run();
                        }
                    }
                });
            }
        });
    }
}

#[test]
fn no_stop_is_lost() {
    stress(1000, false);
}

/// Threads end right after their guest was stopped, while signals are on their way.
#[test]
fn threads_may_end_at_once() {
    stress(300, true);
}

/// Guests that end by themselves at about the time of the stop: one or the other, nothing else.
#[test]
fn a_stop_may_meet_the_end() {
    for plan in PLANS {
        let engine = engine(plan);
        let module = module(
            &engine,
            r#"(module (memory (export "m") 1)
                (func (export "count") (param i32) (result i32) (local i32)
                    (loop
                        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                        (i32.store (i32.const 0) (local.get 1))
                        (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
                    (local.get 1)))"#,
        );
        std::thread::scope(|scope| {
            let (send, receive) = channel();
            scope.spawn(move || killer(1, 14, receive));
            let mut random = Random::new(5);
            for _ in 0..1500 {
                let mut store = Store::new(&engine, ());
                let instance =
                    Linker::new(&engine).instantiate(&mut store, &module).expect("an instance");
                let mut guest = Guest { store, instance };
                send.send(guest.store.kill_switch()).expect("a killer");
                let n = 1 + random.below(30_000) as i32;
                match guest.try_call("count", &[waxwing::Val::I32(n)]) {
                    Ok(results) => assert_eq!(results[0].i32(), Some(n)),
                    Err(e) => assert_eq!(e.trap(), Some(Trap::Killed), "{e:?}"),
                }
                let memory = guest.memory("m");
                let count = u32::from_le_bytes(memory[..4].try_into().expect("four"));
                assert!(count <= n as u32);
            }
        });
    }
}
