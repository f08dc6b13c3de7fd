//! Tests in processes of their own, and what a process has.

use std::process::Command;

const CHILD: &str = "WAXWING_TEST_CHILD";

/// Runs the calling test, whose full name this is, again in a process of its own, alone. True in
/// that process: there the test goes on. False in the first one, once the other has passed.
///
/// # Panics
/// If the test fails in its process, with all that it wrote.
pub fn isolated(name: &str) -> bool {
    if std::env::var(CHILD).is_ok_and(|child| child == name) {
        return true;
    }
    let program = std::env::current_exe().expect("a test knows its own file");
    let output = Command::new(program)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, name)
        .output()
        .expect("a test can be started again");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} ended with {}:\n{out}\n{err}", output.status);
    assert!(out.contains("1 passed"), "{name} did not run:\n{out}");
    false
}

/// How many mappings the kernel keeps for this process.
///
/// # Panics
/// If the kernel does not say.
pub fn mappings() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the kernel lists mappings");
    maps.lines().count()
}
