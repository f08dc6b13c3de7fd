//! Code for another processor: refused where it cannot run, and run where it can.

use waxwing::{Config, Cpu, Engine, Linker, Module, Store};

fn engine(cpu: Cpu) -> Engine {
    Engine::new(Config::new().cpu(cpu)).unwrap()
}

const TEXT: &str = r#"(module (func (export "f") (param i32) (result i32)
    (i32.popcnt (i32.ctz (local.get 0)))))"#;

#[test]
fn code_for_a_processor_that_is_not_known_is_refused() {
    let later = Cpu { bits: Cpu::host().bits | 1 << 31 };
    let error = Module::new(&engine(later), TEXT).expect_err("loaded").to_string();
    assert!(error.contains("features that this version does not know"), "{error}");
}

#[test]
fn what_this_processor_lacks_is_named() {
    // A machine that has everything has nothing to be refused for.
    for &(feature, bit) in waxwing_layout::target::FEATURES {
        let result = Module::new(&engine(Cpu { bits: Cpu::host().bits | 1 << bit }), TEXT);
        match result {
            Ok(_) => assert!(Cpu::host().has(feature), "{feature}"),
            Err(e) => {
                assert!(!Cpu::host().has(feature), "{feature}: {e}");
                assert!(e.to_string().contains(&format!("this one lacks {feature}")), "{e}");
            }
        }
    }
}

#[test]
fn no_code_is_made_for_the_oldest() {
    let error = Module::new(&engine(Cpu { bits: 0 }), TEXT).expect_err("compiled").to_string();
    assert!(error.contains("x86-64-v2"), "{error}");
}

#[test]
fn code_for_an_older_processor_runs() {
    let engine = engine(Cpu::named("x86-64-v2").unwrap());
    let module = Module::new(&engine, TEXT).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &module).unwrap();
    let f = instance.get_typed_func::<i32, i32>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, 0x80).unwrap(), 3);
}
