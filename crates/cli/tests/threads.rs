//! Programs with threads, from the command line.
//!
//! `cargo test --release -p waxwing-cli --test threads -- --ignored` runs the pthread program a
//! thousand times.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn waxwing(args: &[&str], file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.arg("run").args(args).arg(file).output().expect("the command runs")
}

fn guest(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests").join(name)
}

/// Runs the pthread program; its output must always be the native program's.
fn pthreads(times: usize) {
    let expected = std::fs::read(guest("pthreads.expected")).expect("it is committed");
    for plan in ["reserved", "checked"] {
        for run in 0..times.div_ceil(2) {
            let output = waxwing(&["--memory-plan", plan], &guest("pthreads.wasm"));
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "run {run}, {plan}: {stderr}");
            assert!(output.stdout == expected, "run {run}, {plan}: the output differs");
        }
    }
}

#[test]
fn a_pthread_program_says_what_it_says_natively() {
    pthreads(10);
}

#[test]
#[ignore = "takes minutes"]
fn a_pthread_program_says_it_a_thousand_times() {
    pthreads(1000);
}

/// Runs a program whose main thread starts another one and then waits for ever.
fn thread(name: &str, args: &[&str], code: &str) -> Output {
    let text = format!(
        r#"(module
            (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "env" "memory" (memory 1 1 shared))
            (export "memory" (memory 0))
            (func $forever
                (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
            (func (export "wasi_thread_start") (param i32 i32) {code})
            (func (export "_start")
                (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))
                    (then (call $exit (i32.const 9))))
                (call $forever)))"#
    );
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, text).expect("there is room");
    waxwing(args, &file)
}

#[test]
fn how_a_thread_ends_is_how_the_program_ends() {
    let exit = thread("exit.wat", &[], "(call $exit (i32.const 5))");
    assert_eq!(exit.status.code(), Some(5), "{exit:?}");
    let trap = thread("trap.wat", &[], "unreachable");
    assert_eq!(trap.status.code(), Some(134), "{trap:?}");
    let stderr = String::from_utf8_lossy(&trap.stderr);
    assert!(stderr.contains("the guest trapped: unreachable"), "{stderr}");
    let late = thread("late.wat", &["--timeout", "100ms"], "(call $forever)");
    assert_eq!(late.status.code(), Some(124), "{late:?}");
}

#[test]
fn threads_can_be_forbidden() {
    let none = thread("none.wat", &["--max-threads", "0"], "unreachable");
    assert_eq!(none.status.code(), Some(9), "{none:?}");
    let memory = thread("memory.wat", &["--max-memory", "64KiB"], "(call $exit (i32.const 0))");
    assert_eq!(memory.status.code(), Some(0), "{memory:?}");
    let memory = thread("little.wat", &["--max-memory", "63KiB"], "(call $exit (i32.const 0))");
    assert_eq!(memory.status.code(), Some(1), "{memory:?}");
    let stderr = String::from_utf8_lossy(&memory.stderr);
    assert!(stderr.contains("limit"), "{stderr}");
}
