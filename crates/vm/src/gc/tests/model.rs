//! Random programs, with the graph of objects mirrored in plain Rust.

use super::super::Root;
use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An object as it must be.
struct Mirror {
    word: u32,
    len: u32,
    /// References by offset.
    fields: BTreeMap<u64, u32>,
    /// What the bytes are filled with.
    fill: u8,
}

struct Model {
    world: World,
    random: Random,
    objects: BTreeMap<u32, Mirror>,
    /// What the words of the stack lead to.
    stack: Vec<u32>,
    handles: Vec<(u32, Root)>,
    /// Host values that were dropped.
    dropped: Arc<AtomicUsize>,
    made: usize,
}

struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Model {
    fn new(world: World, seed: u64) -> Model {
        Model {
            world,
            random: Random(seed),
            objects: BTreeMap::new(),
            stack: Vec::new(),
            handles: Vec::new(),
            dropped: Arc::default(),
            made: 0,
        }
    }

    fn reachable(&self) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let mut waiting = self.stack.clone();
        waiting.extend(self.handles.iter().map(|handle| handle.0));
        while let Some(at) = waiting.pop() {
            if found.insert(at) {
                waiting.extend(
                    self.objects[&at].fields.values().filter(|&&to| to & 1 == 0 && to != 0),
                );
            }
        }
        found
    }

    /// An object some steps from a root.
    fn any(&mut self) -> Option<u32> {
        let roots = self.stack.len() + self.handles.len();
        if roots == 0 {
            return None;
        }
        let root = self.random.below(roots);
        let mut at = match root.checked_sub(self.stack.len()) {
            None => self.stack[root],
            Some(handle) => self.handles[handle].0,
        };
        for _ in 0..self.random.below(6) {
            let fields = &self.objects[&at].fields;
            if fields.is_empty() {
                break;
            }
            let to = *fields.values().nth(self.random.below(fields.len())).unwrap();
            if to == 0 || to & 1 == 1 {
                break;
            }
            at = to;
        }
        Some(at)
    }

    /// A word of a stack that leads to the object, in one of the ways that compiled code has.
    fn push(&mut self, at: u32) {
        let inside = at + self.random.below(self.world.bytes(at) as usize) as u32;
        let base = self.world.heap.base() as u64;
        let noise = 5;
        self.world.stack.push(match self.random.below(5) {
            0 => u64::from(at),
            1 => u64::from(at) << 32 | noise,
            2 => base + u64::from(at),
            3 => base + u64::from(inside),
            _ => u64::from(inside) << 32,
        });
        self.stack.push(at);
    }

    fn alloc(&mut self) {
        let words = [PAIR, PAIR, PAIR, REFS, BYTES, VECTORS, EXCEPTION, EMPTY, WIDE, layout::HOST];
        let word = words[self.random.below(words.len())];
        let big = [4, 20, 200, 3000, 40_000][self.random.below(5)];
        let len = if word >> layout::KIND_SHIFT == layout::KIND_ARRAY {
            self.random.below(big)
        } else {
            0
        };
        let collections = self.world.heap.stats().collections;
        let made = if word == layout::HOST {
            self.made += 1;
            let value = Dropped(self.dropped.clone());
            self.world.host(Arc::new(value))
        } else {
            self.world.alloc(word, len as u32)
        };
        if self.world.heap.stats().collections != collections {
            self.collected(u64::from(word == layout::HOST && made.is_ok()));
        }
        let Ok(at) = made else {
            // Full: what is on the stack goes.
            self.world.stack.clear();
            self.stack.clear();
            self.handles.truncate(2);
            return;
        };
        let bytes = self.world.bytes(at);
        if word != layout::HOST {
            for offset in (8..bytes).step_by(8) {
                assert_eq!(self.world.heap.load::<u64>(at, offset), Some(0), "not zero");
            }
        }
        let fill = self.random.next() as u8;
        if word == BYTES {
            for index in 0..len {
                self.world.heap.store(at, 8 + index as u64, fill).unwrap();
            }
        }
        let fields = match word {
            PAIR => vec![8, 12],
            EXCEPTION => vec![16],
            WIDE => vec![8, 300, 996],
            REFS => (0..len as u64).map(|i| 8 + 4 * i).collect(),
            _ => vec![],
        };
        let fields = fields.into_iter().map(|offset| (offset, 0)).collect();
        let old = self.objects.insert(at, Mirror { word, len: len as u32, fields, fill });
        assert!(old.is_none(), "the memory of a live object was handed out: {at:#x}");
        self.push(at);
    }

    fn mutate(&mut self) {
        let (Some(from), Some(to)) = (self.any(), self.any()) else { return };
        let to = match self.random.below(8) {
            0 => 0,
            1 => self.random.next() as u32 | 1,
            _ => to,
        };
        let mirror = self.objects.get_mut(&from).unwrap();
        if mirror.fields.is_empty() {
            return;
        }
        let which = self.random.below(mirror.fields.len());
        let (&offset, field) = mirror.fields.iter_mut().nth(which).unwrap();
        *field = to;
        self.world.set(from, offset, to);
    }

    /// After a collection: forgets what is not reachable, and compares the rest. `new_hosts` host
    /// values have been made since.
    fn collected(&mut self, new_hosts: u64) {
        let reachable = self.reachable();
        self.objects.retain(|at, _| reachable.contains(at));
        assert_eq!(self.world.heap.stats().live_objects, reachable.len() as u64);
        for (&at, mirror) in &self.objects {
            assert_eq!(self.world.heap.type_word(at), Some(mirror.word));
            assert_eq!(self.world.heap.array_len(at), Some(mirror.len));
            for (&offset, &to) in &mirror.fields {
                assert_eq!(self.world.get(at, offset), to);
            }
            if mirror.word == BYTES {
                for index in 0..mirror.len {
                    let byte: u8 = self.world.heap.load(at, 8 + u64::from(index)).unwrap();
                    assert_eq!(byte, mirror.fill);
                }
            }
        }
        let hosts = self.objects.values().filter(|mirror| mirror.word == layout::HOST).count();
        assert_eq!(self.world.heap.stats().host_values, hosts as u64 + new_hosts);
    }

    fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.random.below(100) {
                0..50 => self.alloc(),
                50..80 => self.mutate(),
                80..97 if self.stack.is_empty() => {}
                80..90 => {
                    let at = self.random.below(self.stack.len());
                    self.stack.swap_remove(at);
                    self.world.stack.swap_remove(at);
                }
                90..95 => {
                    let Some(at) = self.any() else { continue };
                    let root = self.world.heap.root(at);
                    assert_eq!(self.world.heap.rooted(&root), Some(at));
                    self.handles.push((at, root));
                }
                95..97 if !self.handles.is_empty() => {
                    let at = self.random.below(self.handles.len());
                    self.handles.swap_remove(at);
                }
                97 => {
                    self.world.collect();
                    self.collected(0);
                }
                98 => {
                    let bump = self.world.bump;
                    self.world.heap.verify(&bump).unwrap();
                }
                _ => {}
            }
        }
        self.world.stack.clear();
        self.stack.clear();
        self.handles.clear();
        self.world.collect();
        self.collected(0);
        assert_eq!(self.dropped.load(Ordering::Relaxed), self.made, "each host value once");
    }
}

#[test]
fn random_programs() {
    for seed in 0..40 {
        let mut world = World::new();
        world.heap.set_max_bytes([1 << 20, 3 << 20, 256 << 10, 1 << 30][seed as usize % 4]);
        Model::new(world, seed).run(1500);
    }
}

#[test]
fn random_programs_under_stress() {
    for seed in 100..110 {
        let mut world = World::stressed();
        world.heap.set_max_bytes(1 << 20);
        Model::new(world, seed).run(400);
    }
}

#[test]
fn random_programs_with_a_short_mark_stack() {
    for seed in 200..210 {
        let mut world = World::new();
        world.heap.set_max_bytes(2 << 20);
        world.shorten_mark_stack();
        Model::new(world, seed).run(1000);
    }
}
