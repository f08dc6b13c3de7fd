// Makes a build id: a hash of sources. Included by the build scripts of this crate and of the
// crate that compiles.

use std::fs;
use std::path::{Path, PathBuf};

/// Sets `WAXWING_BUILD_ID` to a hash of the Rust sources in these folders; one that is not there
/// counts nothing.
fn set_build_id(dirs: &[&str]) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for dir in dirs {
        if !Path::new(dir).exists() {
            continue;
        }
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
