//! Limits on what a store may use.

use waxwing::{
    Error, Limits, Linker, Memory, MemoryType, RefType, ResourceLimiter, Store, StoreLimits, Table,
    TableType, Val,
};
use waxwing_testkit::{Guest, each_plan, module};

const GROWS: &str = r#"(module
    (memory (export "m") 1 100) (table $t (export "t") 10 100 funcref)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "grow_table") (param i32) (result i32)
        (table.grow $t (ref.null func) (local.get 0))))"#;

fn limited(engine: &waxwing::Engine, limits: StoreLimits) -> Store<StoreLimits> {
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    store
}

#[test]
fn growth_is_refused() {
    each_plan(|engine| {
        let limits =
            StoreLimits { memory: 3 * 65536, table: 20, instances: 2, ..StoreLimits::default() };
        let mut store = limited(engine, limits);
        let instance = Linker::new(engine)
            .instantiate(&mut store, &module(engine, GROWS))
            .expect("an instance");
        let mut guest = Guest { store, instance };
        assert_eq!(guest.call("grow", &[3]), -1);
        assert_eq!(guest.call("grow", &[2]), 1);
        assert_eq!(guest.call("grow", &[1]), -1);
        assert_eq!(guest.call("grow", &[0]), 3);
        assert_eq!(guest.call("grow_table", &[11]), -1);
        assert_eq!(guest.call("grow_table", &[10]), 10);
        assert_eq!(guest.call("grow_table", &[1]), -1);
        // The host's own growth is asked for as well.
        let memory = guest.instance.get_memory(&mut guest.store, "m").expect("a memory");
        assert!(memory.grow(&mut guest.store, 1).is_err());
        assert_eq!(memory.size(&guest.store), 3);
        let table = guest.instance.get_table(&mut guest.store, "t").expect("a table");
        assert!(table.grow(&mut guest.store, 1, Val::FuncRef(None)).is_err());
        assert_eq!(table.size(&guest.store), 20);
        guest.store.data_mut().memory = 4 * 65536;
        assert_eq!(memory.grow(&mut guest.store, 1).expect("room now"), 3);
        assert_eq!(guest.call("grow", &[1]), -1);
    });
}

#[test]
fn instances_and_their_parts_are_refused() {
    each_plan(|engine| {
        let linker: Linker<StoreLimits> = Linker::new(engine);
        let grows = module(engine, GROWS);
        let refused = |limits: StoreLimits| -> Error {
            let mut store = limited(engine, limits);
            linker.instantiate(&mut store, &grows).expect_err("a limit")
        };
        let none = StoreLimits::default;
        let error = refused(StoreLimits { memory: 65535, ..none() });
        assert!(error.to_string().contains("65536 bytes"), "{error}");
        let error = refused(StoreLimits { table: 9, ..none() });
        assert!(error.to_string().contains("10 entries"), "{error}");
        let error = refused(StoreLimits { instances: 0, ..none() });
        assert!(error.to_string().contains("instance"), "{error}");

        let mut store = limited(engine, StoreLimits { instances: 2, ..none() });
        linker.instantiate(&mut store, &grows).expect("the first");
        linker.instantiate(&mut store, &grows).expect("the second");
        linker.instantiate(&mut store, &grows).expect_err("the third");
    });
}

#[test]
fn the_hosts_own_memories_and_tables_are_refused() {
    each_plan(|engine| {
        let limits = StoreLimits { memory: 65536, table: 5, ..StoreLimits::default() };
        let mut store = limited(engine, limits);
        let pages = |min| MemoryType::new(Limits { min, max: None });
        Memory::new(&mut store, pages(2)).expect_err("too large");
        Memory::new(&mut store, pages(1)).expect("just right");
        let entries = |min| TableType::new(RefType::FUNCREF, Limits { min, max: None });
        Table::new(&mut store, entries(6), Val::FuncRef(None)).expect_err("too large");
        Table::new(&mut store, entries(5), Val::FuncRef(None)).expect("just right");
    });
}

/// What was asked, in order.
#[derive(Default)]
struct Log(Vec<(usize, usize, Option<usize>)>);

impl ResourceLimiter for Log {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.0.push((current, desired, maximum));
        true
    }
    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> bool {
        self.0.push((current, desired, maximum));
        true
    }
}

#[test]
fn a_limiter_is_told_sizes() {
    each_plan(|engine| {
        let mut store = Store::new(engine, Log::default());
        store.limiter(|log| log);
        let instance = Linker::new(engine)
            .instantiate(&mut store, &module(engine, GROWS))
            .expect("an instance");
        let mut guest = Guest { store, instance };
        guest.call("grow", &[2]);
        guest.call("grow_table", &[5]);
        let page = 65536;
        let most = Some(100 * page);
        assert_eq!(
            guest.store.data().0,
            [(0, page, most), (0, 10, Some(100)), (page, 3 * page, most), (10, 15, Some(100))]
        );
        // What the type forbids is not even asked.
        guest.call("grow", &[100]);
        guest.call("grow_table", &[100]);
        assert_eq!(guest.store.data().0.len(), 4);
    });
}
