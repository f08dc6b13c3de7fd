//! The thinnest path through every layer: compile, link, call, host function, trap.

use waxwing::{Caller, Engine, Linker, Module, Result, Store, Trap};

const TEXT: &str = r#"(module
  (import "host" "double" (func $double (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "sum") (param $n i32) (result i32)
    (local $s i32)
    (block $done (loop $again
      (br_if $done (i32.eqz (local.get $n)))
      (local.set $s (i32.add (local.get $s) (local.get $n)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $again)))
    (local.get $s))
  (func (export "twice") (param i32) (result i32) (call $double (local.get 0)))
  (func $inner (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "read") (param i32) (result i32) (call $inner (local.get 0)))
  (func (export "fail") unreachable))"#;

#[test]
fn calls_host_functions_and_traps() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, TEXT)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "double", |mut caller: Caller<'_, u32>, x: i32| {
        *caller.data_mut() += 1;
        x * 2
    })?;
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module)?;
    let sum = instance.get_typed_func::<i32, i32>(&mut store, "sum")?;
    assert_eq!(sum.call(&mut store, 1000)?, 500500);
    let twice = instance.get_typed_func::<i32, i32>(&mut store, "twice")?;
    assert_eq!(twice.call(&mut store, 21)?, 42);
    assert_eq!(*store.data(), 1);
    let read = instance.get_typed_func::<i32, i32>(&mut store, "read")?;
    assert_eq!(read.call(&mut store, 65532)?, 0);
    for at in [65533, 65536, -1, -4] {
        let error = read.call(&mut store, at).unwrap_err();
        assert_eq!(error.trap(), Some(Trap::MemoryOutOfBounds), "at {at}");
        let frames = error.backtrace().expect("a trap has a backtrace").frames();
        assert_eq!(frames.len(), 2, "{error:?}");
    }
    let fail = instance.get_typed_func::<(), ()>(&mut store, "fail")?;
    assert_eq!(fail.call(&mut store, ()).unwrap_err().trap(), Some(Trap::Unreachable));
    Ok(())
}
