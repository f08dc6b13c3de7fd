//! Lives of instances: making and dropping them, requests that dirty some pages, many at once, and being
//! suspended and stopped; beside the wasmtime crate with its pooling allocator and copy-on-write images,
//! in the same process.
//!
//! `lifecycle FILE...` measures an empty module, one of its own, and each file. Rounds of both engines
//! alternate; medians are printed, one JSON object a line.

mod contest;
mod density;
mod suspend;

use contest::{Subject, compare, compare_threads};

/// A module with an image of 192 KiB, whose function writes to each of `n` pages of it.
const REQUEST: &str = r#"(module
  (memory (export "memory") 16)
  (data (i32.const 0) "begin")
  (data (i32.const 196600) "end")
  (func (export "request") (param $n i32)
    (loop $again
      (i32.store (i32.mul (local.get $n) (i32.const 8192)) (local.get $n))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.first().is_some_and(|word| word == "--density") {
        return density::main(&files[1..]);
    }
    let mut subjects = vec![Subject::new("empty", b"(module)".to_vec(), None)];
    for file in &files {
        let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("cannot read {file}: {e}"));
        let stem = std::path::Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        subjects.push(Subject::new(&stem, bytes, None));
    }
    for subject in &subjects {
        compare(&format!("instantiate and drop {}", subject.name), subject);
    }
    for pages in [1, 10, 20] {
        let request = Subject::new("request", REQUEST.into(), Some(pages));
        compare(&format!("request that dirties {pages} pages"), &request);
        contest::compare_reset(&format!("the same, reset in place, {pages}"), &request);
        if pages == 10 {
            compare_threads("2 threads, 10 pages", &request);
        }
    }
    compare_threads("2 threads, empty", &subjects[0]);
    suspend::compare();
    suspend::latency();
}
