//! A module that imports preview 1, in the engine.

use std::time::Duration;
use waxwing::{Engine, Linker, Module, Store};
use waxwing_wasi_core::stream::{HostStream, OutputBuffer};
use waxwing_wasi_core::{Exit, Raised, Signal, WasiBuilder};
use waxwing_wasi_p1::{FUNCTIONS, MODULE, ValType, WasiP1, add_to_linker, end_waits_on_stop};

/// Runs `_start` of a module with these grants.
fn run(wat: &str, builder: WasiBuilder) -> Result<(), waxwing::Error> {
    let engine = Engine::default();
    let module = Module::new(&engine, wat)?;
    let mut linker = Linker::new(&engine);
    add_to_linker(&mut linker, |wasi: &mut WasiP1| wasi)?;
    let mut store = Store::new(&engine, WasiP1::new(builder.build().unwrap()));
    end_waits_on_stop(&mut store, |wasi| wasi);
    store.set_deadline(Some(Duration::from_millis(500)));
    let instance = linker.instantiate(&mut store, &module)?;
    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
    start.call(&mut store, ())
}

#[test]
fn a_name_is_defined_once() {
    let engine = Engine::default();
    let mut linker = Linker::<WasiP1>::new(&engine);
    add_to_linker(&mut linker, |wasi| wasi).unwrap();
    assert!(add_to_linker(&mut linker, |wasi| wasi).is_err());
    for function in FUNCTIONS {
        assert!(linker.contains(MODULE, function.name), "{}", function.name);
    }
}

#[test]
fn every_function_has_the_type_in_the_table() {
    let types = |types: &[ValType]| -> String {
        let name = |ty: &ValType| if *ty == ValType::I32 { "i32 " } else { "i64 " };
        types.iter().map(name).collect()
    };
    let imports: String = FUNCTIONS
        .iter()
        .map(|f| {
            let (params, results) = (types(f.params), types(f.results));
            let ty = format!("(param {params}) (result {results})");
            format!("(import \"{MODULE}\" \"{}\" (func {ty}))\n", f.name)
        })
        .collect();
    let wat =
        format!("(module {imports} (memory (export \"memory\") 1) (func (export \"_start\")))");
    run(&wat, WasiBuilder::new()).unwrap();
}

#[test]
fn hello() {
    let output = OutputBuffer::new();
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
        (func (export "_start")
            (call $exit (i32.add
                (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))
                (i32.load (i32.const 16))))))"#;
    let error = run(wat, WasiBuilder::new().stdout(output.clone())).unwrap_err();
    assert_eq!(error.downcast_ref::<Exit>(), Some(&Exit(6)));
    assert_eq!(output.contents(), b"hello\n");
}

#[test]
fn without_memory_every_pointer_faults() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func (export "_start")
            (call $exit (call $random (i32.const 0) (i32.const 1)))))"#;
    let error = run(wat, WasiBuilder::new()).unwrap_err();
    assert_eq!(error.downcast_ref::<Exit>(), Some(&Exit(21)));
}

#[test]
fn a_raised_signal_is_found_in_the_error() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
        (func (export "_start") (drop (call $raise (i32.const 15)))))"#;
    let error = run(wat, WasiBuilder::new()).unwrap_err();
    assert_eq!(error.downcast_ref::<Raised>(), Some(&Raised(Signal::Term)));
}

#[test]
fn a_deadline_ends_a_guest_that_waits() {
    let (reader, _writer) = rustix::pipe::pipe().unwrap();
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_read"
            (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\10\00\00\00")
        (func (export "_start")
            (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64)))))"#;
    // Nobody ever writes: that this returns at all is what is shown.
    run(wat, WasiBuilder::new().stdin(HostStream::from_fd(reader))).unwrap_err();
}
