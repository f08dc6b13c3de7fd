//! Which words are references, and holes that were not filled in the usual way.

use super::*;

#[test]
fn words_beside_objects_are_no_references() {
    let mut world = World::new();
    let first = world.alloc(BYTES, 100).unwrap();
    let second = world.alloc(PAIR, 0).unwrap();
    assert_eq!(second, first + 112);
    let large = world.alloc(BYTES, 100_000).unwrap();
    let base = world.heap.base() as u64;
    let live = |world: &mut World, word: u64| {
        world.stack = vec![word];
        world.live()
    };
    // Nothing survives the first collection but what is found, so each case has its own world below;
    // here words that lead nowhere.
    for word in [0, 1, u64::MAX, u64::from(first) - 8, base, base + 8, base + (4 << 30), base - 1] {
        let mut world = World::new();
        assert_eq!(world.alloc(BYTES, 100).unwrap(), first);
        assert_eq!(live(&mut world, word), 0, "{word:#x}");
    }
    assert_eq!(live(&mut world, u64::from(large) + 99_999 + 8), 1, "the last byte");
    assert_eq!(live(&mut world, u64::from(large) + 100_008), 0, "just behind the end");
}

#[test]
fn every_byte_of_an_object_leads_to_it() {
    for word in [PAIR, EMPTY, WIDE, EXCEPTION] {
        let mut world = World::new();
        let others = world.alloc(EMPTY, 0).unwrap();
        let at = world.alloc(word, 0).unwrap();
        let behind = world.alloc(EMPTY, 0).unwrap();
        let base = world.heap.base() as u64;
        let root = world.heap.root(at);
        for inside in at..behind {
            world.stack = vec![u64::from(inside)];
            assert_eq!(world.live(), 1);
            world.stack = vec![base + u64::from(inside)];
            assert_eq!(world.live(), 1);
        }
        drop(root);
        world.stack = vec![u64::from(at) << 32 | u64::from(at)];
        assert_eq!(world.live(), 1);
        assert_eq!(world.heap.type_word(at), Some(word));
        assert!(others < at);
    }
}

#[test]
fn new_objects_are_found_between_old_ones() {
    let mut world = World::new();
    // Blocks in which every second stretch survives.
    let mut kept = Vec::new();
    for _ in 0..200 {
        let array = world.alloc(BYTES, 504).unwrap();
        world.push(array);
        kept.push(array);
        world.alloc(BYTES, 504).unwrap();
    }
    assert_eq!(world.live(), 200);
    let new: Vec<u32> = (0..1000).map(|_| world.alloc(PAIR, 0).unwrap()).collect();
    let within = new.iter().filter(|at| (kept[0]..kept[199]).contains(*at)).count();
    assert_eq!(within, 1000, "holes are used first");
    let chosen: Vec<u32> = new.iter().copied().step_by(7).collect();
    world.stack.extend(chosen.iter().map(|at| u64::from(at + 20) << 32));
    assert_eq!(world.live(), 200 + chosen.len() as u64);
    let bump = world.bump;
    world.heap.verify(&bump).unwrap();
    // And again, with the survivors of both.
    world.alloc(WIDE, 0).unwrap();
    assert_eq!(world.live(), 200 + chosen.len() as u64);
}

#[test]
fn a_header_without_its_object_is_none() {
    let mut world = World::new();
    let a = world.alloc(PAIR, 0).unwrap();
    world.push(a);
    // A guest stopped between writing the header and moving `next`.
    let next = world.bump.next;
    world.heap.space.set_header(next, BYTES, 1_000_000);
    world.stack.push(u64::from(next));
    world.stack.push(u64::from(next) + 16);
    let bump = world.bump;
    world.heap.verify(&bump).unwrap();
    assert_eq!(world.live(), 1);
    // The hole is left for an object that does not fit, and the header goes on lying there.
    let b = world.alloc(PAIR, 0).unwrap();
    world.push(b);
    let next = world.bump.next;
    world.heap.space.set_header(next, PAIR, 0);
    let c = world.alloc(BYTES, 32_000).unwrap();
    world.push(c);
    world.stack.push(u64::from(next));
    assert_eq!(world.live(), 3);
    // An object that takes the place writes its own header.
    let d = world.alloc(PAIR, 0).unwrap();
    assert_eq!(world.heap.load::<u64>(d, 8), Some(0));
}

#[test]
fn zeros_may_follow_the_last_object() {
    let mut world = World::new();
    let a = world.alloc(PAIR, 0).unwrap();
    world.push(a);
    // `next` moved before the header was written.
    world.bump.next += 64;
    world.stack.push(u64::from(a) + 40);
    assert_eq!(world.live(), 1);
}

#[test]
fn deep_lists_need_no_deep_stack() {
    for is_short in [false, true] {
        let mut world = World::new();
        if is_short {
            world.shorten_mark_stack();
        }
        let mut head = 0;
        for _ in 0..1_000_000 {
            world.stack = vec![u64::from(head)];
            let at = world.alloc(PAIR, 0).unwrap();
            world.set(at, 12, head);
            head = at;
        }
        world.stack = vec![u64::from(head)];
        assert_eq!(world.live(), 1_000_000);
        let mut count = 0;
        while head != 0 {
            head = world.get(head, 12);
            count += 1;
        }
        assert_eq!(count, 1_000_000);
        world.stack.clear();
        assert_eq!(world.live(), 0);
    }
}

#[test]
fn wide_fan_out_with_a_short_mark_stack() {
    let mut world = World::new();
    world.shorten_mark_stack();
    let table = world.alloc(REFS, 20_000).unwrap();
    world.push(table);
    for i in 0..20_000 {
        let pair = world.alloc(PAIR, 0).unwrap();
        world.set(table, 8 + 4 * i, pair);
        let inner = world.alloc(PAIR, 0).unwrap();
        world.set(pair, 8, inner);
    }
    assert_eq!(world.live(), 40_001);
    assert_eq!(world.heap.stats().live_bytes, 80_008 + 40_000 * 24);
}
