use super::*;
use std::sync::Arc;

#[test]
fn keeps_what_roots_reach_and_no_more() {
    for mut world in [World::new(), World::stressed()] {
        let a = world.alloc(PAIR, 0).unwrap();
        world.push(a);
        let b = world.alloc(PAIR, 0).unwrap();
        world.set(a, 8, b);
        let c = world.alloc(BYTES, 5).unwrap();
        world.set(b, 12, c);
        world.alloc(WIDE, 0).unwrap();
        assert_eq!(world.live(), 3);
        assert_eq!((world.get(a, 8), world.get(b, 12)), (b, c));
        assert_eq!(world.heap.array_len(c), Some(5));
        world.set(a, 8, 0);
        assert_eq!(world.live(), 1);
        world.stack.clear();
        assert_eq!(world.live(), 0);
    }
}

#[test]
fn host_values_live_as_long_as_their_objects() {
    let mut world = World::new();
    let value = Arc::new(5u32);
    let mut no_roots = |_: &mut Marker<'_>| {};
    let at = world.heap.alloc_host(&mut world.bump, value.clone(), &mut no_roots).unwrap();
    let root = world.heap.root(at);
    world.collect();
    let found = world.heap.host_value(at).unwrap().downcast::<u32>().unwrap();
    assert!(Arc::ptr_eq(&found, &value));
    assert!(world.heap.host_value(at + 8).is_none() && world.heap.host_value(at + 4).is_none());
    drop((found, root));
    assert_eq!(Arc::strong_count(&value), 2);
    world.collect();
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(world.heap.host_value(at).is_none());
}
