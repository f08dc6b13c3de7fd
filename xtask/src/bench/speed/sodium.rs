//! libsodium's own test programs as benchmarks: the library as its own build makes it for wasm32,
//! portable C with 128-bit integers, and the same for this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::speed::build::{Part, Recipe};
use crate::process::must;
use crate::{Result, places, sources};

/// What the library is configured with, everywhere: what its own build finds on wasm32, and no
/// assembly or intrinsics of other machines.
const DEFINED: &[&str] = &[
    "-DCONFIGURED=1",
    "-D_GNU_SOURCE=1",
    "-DDEV_MODE=1",
    "-DNATIVE_LITTLE_ENDIAN=1",
    "-DHAVE_TI_MODE=1",
    "-DHAVE_INLINE_ASM=1",
    "-DHAVE_ATOMIC_OPS=1",
    "-DHAVE_C11_MEMORY_FENCES=1",
    "-DHAVE_GCC_MEMORY_FENCES=1",
    "-DHAVE_STDINT_H=1",
    "-DHAVE_INTTYPES_H=1",
    "-DHAVE_CLOCK_GETTIME=1",
    "-DHAVE_NANOSLEEP=1",
    "-DHAVE_GETENTROPY=1",
    "-DHAVE_SYS_RANDOM_H=1",
    // Its AES in software has a slower form for wasm alone; the same everywhere is wanted.
    "-DFAVOR_PERFORMANCE=1",
];

/// The recipe of a test.
///
/// # Errors
/// When the sources cannot be had.
pub fn recipe(test: &str) -> Result<Recipe> {
    let root = unpack()?;
    let shim = places::root().join("benches/speed");
    let source = root.join("src/libsodium");
    let include = |path: PathBuf| format!("-I{}", path.display());
    let mut flags: Vec<String> = DEFINED.iter().map(|&flag| flag.to_owned()).collect();
    flags.push(include(source.join("include/sodium")));
    flags.push(include(source.join("include")));
    let mut library = Vec::new();
    c_files(&source, &mut library)?;
    library.sort();
    let mut test_flags = flags.clone();
    test_flags.extend([include(root.join("test/quirks")), include(shim.clone())]);
    let header = shim.join("sodium_test.h");
    test_flags.extend(["-include".to_owned(), header.display().to_string()]);
    Ok(Recipe {
        parts: vec![
            Part { sources: library, flags, headers: Vec::new() },
            Part {
                sources: vec![root.join("test/default").join(format!("{test}.c"))],
                flags: test_flags,
                headers: vec![header, shim.join("timed.h")],
            },
        ],
        emulated: false,
    })
}

/// Unpacks the library once; its directory.
fn unpack() -> Result<PathBuf> {
    let at = places::scratch("bench/speed")?.join("libsodium");
    let (root, done) = (at.join("libsodium-stable"), at.join("unpacked"));
    if done.exists() {
        return Ok(root);
    }
    let archive = sources::of("libsodium-sys-stable")?.join("LATEST.tar.gz");
    places::fresh_dir(&at)?;
    must(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&at))?;
    // What a configure script would write; the library has it ready for builds without one.
    let version = places::read_bytes(&root.join("builds/msvc/version.h"))?;
    places::write(&root.join("src/libsodium/include/sodium/version.h"), version)?;
    places::write(&done, "")?;
    Ok(root)
}

/// Every C file below a directory.
fn c_files(dir: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    let fail = |e| format!("cannot list {}: {e}", dir.display());
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            c_files(&path, into)?;
        } else if path.extension().is_some_and(|end| end == "c") {
            into.push(path);
        }
    }
    Ok(())
}
