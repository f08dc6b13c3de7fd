//! Binary trees on the heap, allocated as compiled code does, and with the system's allocator.
//!
//! `cargo run --release -p waxwing-vm --example gc_trees [depth]` prints times in
//! milliseconds. The program is that of the well-known benchmark: a long-lived tree, and many short-lived
//! ones. A second argument (`mark`, `churn`, `heap`, `malloc`) runs only that part.

use std::hint::black_box;
use std::time::Instant;
use waxwing_vm::gc::{Bump, Heap, Kind, Marker, Shape};

const NODE: u32 = 2 << 28 | 1;
const SIZE: u32 = 16;

fn shape_of(word: u32) -> Option<&'static Shape> {
    static SHAPE: std::sync::OnceLock<Shape> = std::sync::OnceLock::new();
    (word == NODE).then(|| SHAPE.get_or_init(|| Shape::structure(Kind::Structure, SIZE, &[8, 12])))
}

/// A guest: its stack is an array of words that the collector looks through.
struct Guest {
    heap: Heap,
    base: *mut u8,
    bump: Bump,
    stack: Vec<u64>,
}

impl Guest {
    fn new() -> Guest {
        let mut heap = Heap::new(shape_of).expect("address space");
        heap.set_timed(true);
        let base = heap.base();
        Guest { heap, base, bump: Bump::default(), stack: Vec::with_capacity(1 << 16) }
    }

    #[inline(always)]
    fn node(&mut self, left: u32, right: u32) -> u32 {
        let at = self.bump.next;
        let end = at.wrapping_add(SIZE);
        let at = if end > self.bump.limit {
            self.slow(left, right)
        } else {
            // SAFETY: the hole is accessible memory of the heap.
            unsafe { self.base.add(at as usize).cast::<u64>().write(u64::from(NODE)) };
            self.bump.next = end;
            at
        };
        // SAFETY: the object was just made.
        unsafe {
            let at = self.base.add(at as usize + 8).cast::<u32>();
            at.write(left);
            at.add(1).write(right);
        }
        at
    }

    #[cold]
    #[inline(never)]
    fn slow(&mut self, left: u32, right: u32) -> u32 {
        self.stack.push(u64::from(left) | u64::from(right) << 32);
        let words = self.stack.as_ptr_range();
        let mut roots = |marker: &mut Marker<'_>| {
            // SAFETY: the stack is not touched meanwhile.
            unsafe { marker.conservative_range(words.clone()) };
        };
        let at = self.heap.alloc(&mut self.bump, NODE, 0, &mut roots).expect("memory");
        self.stack.pop();
        at
    }

    fn tree(&mut self, depth: u32) -> u32 {
        if depth == 0 {
            return self.node(0, 0);
        }
        let left = self.tree(depth - 1);
        self.stack.push(u64::from(left));
        let right = self.tree(depth - 1);
        self.stack.pop();
        self.node(left, right)
    }

    fn check(&self, at: u32) -> u32 {
        // SAFETY: `at` is a node.
        let (left, right) = unsafe {
            let at = self.base.add(at as usize + 8).cast::<u32>();
            (at.read(), at.add(1).read())
        };
        if left == 0 { 1 } else { 1 + self.check(left) + self.check(right) }
    }
}

fn on_heap(depth: u32) -> u64 {
    let mut guest = Guest::new();
    let long = guest.tree(depth);
    guest.stack.push(u64::from(long));
    let mut sum = 0;
    for d in (4..=depth).step_by(2) {
        for _ in 0..1u64 << (depth - d + 4) {
            let tree = guest.tree(d);
            sum += u64::from(guest.check(tree));
        }
    }
    sum += u64::from(guest.check(long));
    println!("{:?}", guest.heap.stats());
    sum
}

struct Node(Option<Box<(Node, Node)>>);

fn boxed(depth: u32) -> Node {
    Node((depth > 0).then(|| Box::new((boxed(depth - 1), boxed(depth - 1)))))
}

fn check(node: &Node) -> u64 {
    node.0.as_ref().map_or(1, |pair| 1 + check(&pair.0) + check(&pair.1))
}

fn with_malloc(depth: u32) -> u64 {
    let long = boxed(depth);
    let mut sum = 0;
    for d in (4..=depth).step_by(2) {
        for _ in 0..1u64 << (depth - d + 4) {
            sum += check(black_box(&boxed(d)));
        }
    }
    sum + check(&long)
}

/// A table whose entries are replaced at random, each a node: `rounds` for each entry.
fn churn(entries: u32, rounds: u32) {
    let mut guest = Guest::new();
    let mut entry = vec![0u32; entries as usize];
    let mut random = 1u64;
    let begin = Instant::now();
    for _ in 0..u64::from(entries) * u64::from(rounds) {
        random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let at = ((random >> 32) * u64::from(entries)) >> 32;
        // The table is outside the heap, and a root.
        if guest.bump.limit - guest.bump.next < SIZE {
            let table = &entry;
            let mut roots = |marker: &mut Marker<'_>| {
                table.iter().for_each(|&at| marker.precise(at));
            };
            entry[at as usize] =
                guest.heap.alloc(&mut guest.bump, NODE, 0, &mut roots).expect("memory");
        } else {
            entry[at as usize] = guest.node(0, 0);
        }
    }
    println!("churn of {entries}: {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    println!("{:?}", guest.heap.stats());
}

/// Nanoseconds that marking takes for an object of a live tree, at best.
fn marking(depth: u32) -> f64 {
    let mut guest = Guest::new();
    let tree = guest.tree(depth);
    let root = guest.heap.root(tree);
    let mut best = f64::MAX;
    for _ in 0..30 {
        let before = guest.heap.stats().time;
        guest.heap.collect(&mut guest.bump, &mut |_: &mut Marker<'_>| {});
        let stats = guest.heap.stats();
        let time = (stats.time - before).as_secs_f64() * 1e9;
        best = best.min(time / stats.live_objects as f64);
    }
    drop(root);
    best
}

fn timed(name: &str, depth: u32, run: fn(u32) -> u64) {
    let begin = Instant::now();
    let sum = run(depth);
    println!("{name}: {:.1} ms, {sum} nodes", begin.elapsed().as_secs_f64() * 1e3);
}

fn main() {
    let mut words = std::env::args().skip(1);
    let depth = words.next().and_then(|word| word.parse().ok()).unwrap_or(18);
    let part = words.next();
    let is_wanted = |name: &str| part.as_ref().is_none_or(|part| part == name);
    if is_wanted("mark") {
        for depth in [8, 12, 16, 18, 20, 22] {
            println!("marking a tree of depth {depth}: {:.2} ns an object", marking(depth));
        }
    }
    if is_wanted("churn") {
        churn(1 << 20, 20);
    }
    if is_wanted("heap") {
        timed("heap", depth, on_heap);
    }
    if is_wanted("malloc") {
        timed("malloc", depth, with_malloc);
    }
}
