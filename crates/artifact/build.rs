//! Makes the build id: a hash of the sources that define what artifacts and the runtime agree on.
//!
//! The version alone would not do while the engine is worked on: code compiled before a change of
//! the instance layout must not be taken from a cache after it.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for dir in ["../module/src", "../layout/src", "src"] {
        println!("cargo::rerun-if-changed={dir}");
        let mut files = Vec::new();
        collect(Path::new(dir), &mut files);
        files.sort();
        for file in files {
            let Ok(text) = fs::read(&file) else { continue };
            // FNV-1a: names and contents, in a fixed order.
            for byte in file.to_string_lossy().bytes().chain(text) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }
    println!("cargo::rustc-env=WAXWING_BUILD_ID={hash:016x}");
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}
