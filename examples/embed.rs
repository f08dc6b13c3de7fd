//! Waxwing in 30 lines: a host function, a guest, its memory, and a switch that ends it.
//!
//! `cargo run --release -p waxwing --example embed`

use std::time::Duration;
use waxwing::{Caller, Engine, Error, Linker, Module, Store};

const GUEST: &str = r#"(module
  (import "host" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello from the guest")
  (func (export "greet") (call $log (i32.const 8) (i32.const 20)))
  (func (export "spin") (loop $again (br $again))))"#;

fn main() -> Result<(), Error> {
    let engine = Engine::default();
    let module = Module::new(&engine, GUEST)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "log", |mut caller: Caller<'_, u32>, at: u32, len: u32| {
        let (memory, logged) = caller.memory_and_data().ok_or(Error::msg("no memory"))?;
        let end = at.checked_add(len).ok_or(Error::msg("the text wraps around"))?;
        let text = memory.get(at as usize..end as usize).ok_or(Error::msg("outside the memory"))?;
        println!("{}", String::from_utf8_lossy(text));
        *logged += 1;
        Ok::<(), Error>(())
    })?;
    let mut store = Store::new(&engine, 0);
    let instance = linker.instantiate(&mut store, &module)?;
    instance.get_typed_func::<(), ()>(&mut store, "greet")?.call(&mut store, ())?;
    println!("{} line logged", store.data());
    store.set_deadline(Some(Duration::from_millis(50)));
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    println!("spin ended: {}", spin.call(&mut store, ()).expect_err("it never returns"));
    Ok(())
}
