//! Where memory ends, large objects, and holes among what survives.

use super::super::space::BLOCK;
use super::*;

#[test]
fn the_limit_is_exact() {
    let mut world = World::new();
    world.heap.set_max_bytes(u64::from(BLOCK) * 3 + 100);
    let size = shape_of(PAIR).unwrap().bytes(0);
    let most = u64::from(BLOCK) / size * 3;
    for _ in 0..most {
        let at = world.alloc(PAIR, 0).unwrap();
        world.push(at);
    }
    assert_eq!(world.heap.stats().capacity_bytes, u64::from(BLOCK) * 3);
    assert_eq!(world.alloc(PAIR, 0), Err(OutOfMemory));
    assert_eq!(world.alloc(PAIR, 0), Err(OutOfMemory));
    let collections = world.heap.stats().collections;
    assert!(collections >= 1, "it collected before it gave up");
    // A line's worth of neighbours goes, and there is room again.
    world.stack.drain(100..112);
    world.alloc(PAIR, 0).unwrap();
    let bump = world.bump;
    world.heap.verify(&bump).unwrap();
}

#[test]
fn no_room_at_all() {
    let mut world = World::new();
    world.heap.set_max_bytes(1000);
    assert_eq!(world.alloc(EMPTY, 0), Err(OutOfMemory));
    world.heap.set_max_bytes(u64::MAX);
    assert_eq!(world.alloc(BYTES, u32::MAX), Err(OutOfMemory));
    assert_eq!(world.alloc(VECTORS, u32::MAX), Err(OutOfMemory));
    world.alloc(EMPTY, 0).unwrap();
    let unknown = world.heap.alloc(&mut world.bump, 77, 0, &mut |_: &mut Marker<'_>| {});
    assert_eq!(unknown, Err(OutOfMemory));
}

#[test]
fn refused_growth_leads_to_a_collection() {
    let mut world = World::new();
    world.refuse_from = (1 << 20) + 1;
    for _ in 0..200_000 {
        world.alloc(PAIR, 0).unwrap();
    }
    let stats = world.heap.stats();
    assert_eq!(stats.capacity_bytes, 1 << 20);
    assert!((3..=5).contains(&stats.collections), "{stats:?}");
    // Room is found again where it is needed for something else.
    world.alloc(BYTES, 1 << 19).unwrap();
    assert_eq!(world.alloc(BYTES, 1 << 20), Err(OutOfMemory));
}

#[test]
fn large_objects_come_and_go() {
    let mut world = World::new();
    world.heap.set_max_bytes(8 << 20);
    for round in 0..50u32 {
        world.stack.clear();
        let mut made = Vec::new();
        for size in [32_760, 32_761, 65_528, 65_536, 100_000, 1 << 20, 3 << 20] {
            let at = world.alloc(BYTES, size).unwrap();
            for offset in [8, u64::from(size) / 2, u64::from(size) + 7] {
                assert_eq!(world.heap.load::<u8>(at, offset), Some(0));
                world.heap.store(at, offset, round as u8 + 1).unwrap();
            }
            world.push(at + size / 2);
            made.push(at);
        }
        let bump = world.bump;
        world.heap.verify(&bump).unwrap();
        assert_eq!(world.live(), 7);
        for at in made {
            assert_eq!(world.heap.load::<u8>(at, 8), Some(round as u8 + 1));
        }
    }
    world.stack.clear();
    assert_eq!(world.live(), 0);
    world.alloc(BYTES, (8 << 20) - 8).unwrap();
    assert_eq!(world.heap.stats().capacity_bytes, 8 << 20);
    world.alloc(PAIR, 0).unwrap();
    assert!(world.alloc(BYTES, 8 << 20).is_err());
}

#[test]
fn a_large_array_of_references_keeps_what_it_holds() {
    let mut world = World::new();
    let table = world.alloc(REFS, 100_000).unwrap();
    world.stack.push(world.heap.base() as u64 + u64::from(table) + 400_000);
    for i in 0..100_000 {
        let at = world.alloc(BYTES, i as u32 % 50).unwrap();
        world.set(table, 8 + 4 * i, if i % 3 == 0 { 0 } else { at });
    }
    assert_eq!(world.live(), 1 + 66_666);
    let bump = world.bump;
    world.heap.verify(&bump).unwrap();
}

#[test]
fn objects_of_middling_size_fit_between_survivors() {
    let mut world = World::new();
    world.heap.set_max_bytes(1 << 20);
    let mut all = Vec::new();
    while let Ok(at) = world.alloc(BYTES, 1016) {
        world.push(at);
        all.push(at);
    }
    assert_eq!(all.len(), 32 * 32, "a block has room for 32 of 1 KiB");
    // Every third goes; the holes between have room for exactly one each, or for small ones.
    let mut i = 0;
    world.stack.retain(|_| {
        i += 1;
        i % 3 != 0
    });
    let mut count = 0;
    while world.alloc(BYTES, 1016).inspect(|&at| world.push(at)).is_ok() {
        count += 1;
    }
    assert_eq!(count, 32 * 32 / 3);
}

#[test]
fn access_is_checked() {
    let mut world = World::new();
    let at = world.alloc(BYTES, 10).unwrap();
    let heap = &mut world.heap;
    assert_eq!(heap.load::<u32>(0, 8), None);
    assert_eq!(heap.load::<u32>(at + 1, 8), None);
    assert_eq!(heap.load::<u32>(at, u64::MAX), None);
    assert_eq!(heap.load::<u32>(at, 1 << 32), None);
    assert_eq!(heap.load::<u8>(0xffff_fff8, 0), None);
    assert_eq!(heap.store(at, 4, 1u32), None, "the header is not written");
    assert_eq!(heap.store(at, 8, 1u64), Some(()));
    assert!(heap.elements(at, 0, 10, 0).is_some());
    assert!(heap.elements(at, 10, 0, 0).is_some());
    assert!(heap.elements(at, 0, 11, 0).is_none());
    assert!(heap.elements(at, 11, 0, 0).is_none());
    assert!(heap.elements(at, u32::MAX, u32::MAX, 4).is_none());
    assert_eq!(heap.element_address(at, 3, 0), heap.address(at, 11, 1));
    assert!(heap.is_kind(at, Kind::Array) && !heap.is_kind(at, Kind::Structure));
    assert!(!heap.is_kind(8, Kind::Array));
}

#[test]
fn handles_are_pruned_and_belong_to_their_heap() {
    let mut world = World::new();
    let at = world.alloc(PAIR, 0).unwrap();
    let root = world.heap.root(at);
    for _ in 0..10_000 {
        world.heap.root(at);
    }
    assert!(world.heap.roots.len() <= 128, "dropped handles are forgotten");
    let other = World::new();
    assert_eq!(other.heap.rooted(&root), None);
    let clone = root.clone();
    assert!(clone.is_same(&root));
    drop(root);
    assert_eq!(world.live(), 1);
    std::thread::spawn(move || drop(clone)).join().unwrap();
    assert_eq!(world.live(), 0);
}

#[test]
fn memory_goes_back_to_the_system() {
    let mut world = World::new();
    for round in 0..3 {
        let mut top = 0;
        for _ in 0..100 {
            let at = world.alloc(BYTES, (1 << 20) - 8).unwrap();
            assert_eq!(world.heap.load::<u64>(at, 1 << 19), Some(0), "round {round}");
            world.heap.store(at, 1 << 19, u64::MAX).unwrap();
            world.push(at);
            top = top.max(world.heap.space.top());
        }
        assert!(top > 100 << 20);
        // With and without marks, which may be in either map afterwards.
        if round > 0 {
            assert_eq!(world.live(), 100);
        }
        let last = world.stack.pop().unwrap() as u32;
        world.stack.clear();
        assert_eq!(world.live(), 0);
        for _ in 1..round {
            world.collect();
        }
        assert!(world.heap.space.top() < 32 << 20);
        assert_eq!(world.heap.load::<u64>(last, 8), None, "nothing is there any more");
        // Small objects take the place, where nothing of the large ones or of their marks is left.
        let mut list = 0;
        for _ in 0..1 << 21 {
            world.stack = vec![list.into()];
            let at = world.alloc(PAIR, 0).unwrap();
            assert_eq!(world.heap.load::<u64>(at, 8), Some(0));
            world.set(at, 8, list);
            list = at;
        }
        let bump = world.bump;
        world.heap.verify(&bump).unwrap();
        world.stack = vec![list.into()];
        assert_eq!(world.live(), 1 << 21);
        world.stack.clear();
    }
}

#[test]
fn a_panic_among_the_roots_leaves_a_heap_that_refuses() {
    let mut world = World::new();
    world.alloc(PAIR, 0).unwrap();
    let (heap, bump) = (&mut world.heap, &mut world.bump);
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        heap.collect(bump, &mut |_: &mut Marker<'_>| panic!("on purpose"));
    }));
    assert!(ended.is_err());
    assert_eq!(world.alloc(PAIR, 0), Err(OutOfMemory));
    world.collect();
    assert_eq!(world.heap.stats().collections, 0);
}
