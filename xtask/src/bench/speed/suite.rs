//! The suites and their programs.

use std::path::{Path, PathBuf};

use crate::bench::speed::build::{Builder, Part, Recipe, Tuning};
use crate::bench::speed::sodium;
use crate::realworld::programs;
use crate::{Result, places, realworld, sources};

/// A group of programs with a goal.
pub struct Suite {
    /// Its name at the command line.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What the geometric mean of our time ÷ wasmtime's should not exceed.
    pub goal: f64,
    /// Its programs; sources that are absent are fetched.
    pub programs: fn() -> Result<Vec<Program>>,
}

/// Every suite.
pub const SUITES: &[Suite] = &[
    Suite { name: "libsodium", title: "libsodium's tests", goal: 0.60, programs: libsodium },
    Suite {
        name: "applications",
        title: "interpreters, tools",
        goal: 0.80,
        programs: applications,
    },
    Suite { name: "sqlite", title: "SQLite", goal: 0.88, programs: sqlite },
    Suite { name: "classic", title: "classic kernels, C++, JSON", goal: 0.90, programs: classic },
    Suite { name: "loops", title: "matrix and stencil loops", goal: 1.0, programs: loops },
];

/// A run that times itself.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name, unlike any other of its suite.
    pub name: String,
    /// What is run.
    pub module: Module,
    /// The arguments; see [`SCRIPTS`] and [`SCRATCH`].
    pub args: Vec<String>,
}

/// Stands in arguments for the directory of our scripts.
pub const SCRIPTS: &str = "{scripts}";

/// Stands in arguments for an empty directory.
pub const SCRATCH: &str = "{scratch}";

/// A module, and an executable if it has sources.
#[derive(Clone, Debug)]
pub struct Module {
    /// A name for files, unlike that of any other module.
    pub name: String,
    /// How it comes about.
    pub make: Make,
}

/// How a module comes about.
#[derive(Clone, Debug)]
pub enum Make {
    /// Built from sources, for WASI and for this machine.
    Built(Recipe),
    /// Fetched as it is; there is no native build.
    Fetched(fn() -> Result<PathBuf>),
}

impl Module {
    /// The file for a tuning; none when it cannot be built for that.
    ///
    /// # Errors
    /// When it cannot be built or fetched.
    pub fn file(&self, builder: &Builder, tuning: Tuning) -> Result<Option<PathBuf>> {
        match &self.make {
            Make::Built(recipe) => builder.program(&self.name, tuning, recipe).map(Some),
            Make::Fetched(fetch) if tuning == Tuning::Scalar => fetch().map(Some),
            Make::Fetched(_) => Ok(None),
        }
    }
}

/// Where the sources of this bench are.
pub fn dir() -> PathBuf {
    places::root().join("benches/speed")
}

/// A program of one source of our own.
fn alone(suite: &str, source: &Path) -> Program {
    let name = places::stem(source);
    let kernels = places::root().join("benches/kernels");
    let part = Part {
        sources: vec![source.to_owned()],
        flags: vec![format!("-I{}", kernels.display())],
        headers: vec![kernels.join("kernel.h")],
    };
    let make = Make::Built(Recipe { parts: vec![part], emulated: false });
    Program { module: Module { name: format!("{suite}-{name}"), make }, name, args: Vec::new() }
}

/// Those of `benches/kernels` that are matrix and stencil loops; the rest is classic.
const LOOPS: &[&str] = &["fft", "jacobi", "mandelbrot", "matmul", "nbody", "spectral"];

/// Programs of our kernels that do, or do not, belong to [`LOOPS`].
fn kernels(suite: &str, are_loops: bool) -> Result<Vec<Program>> {
    let mut sources = places::list(&places::root().join("benches/kernels"), &[".c"])?;
    sources.retain(|path| LOOPS.contains(&places::stem(path).as_str()) == are_loops);
    Ok(sources.iter().map(|path| alone(suite, path)).collect())
}

/// Classic kernels, with C++ and a bytecode interpreter.
fn classic() -> Result<Vec<Program>> {
    let mut all = kernels("classic", false)?;
    let more = places::list(&dir().join("classic"), &[".c", ".cpp"])?;
    all.extend(more.iter().map(|path| alone("classic", path)));
    Ok(all)
}

/// Matrix and stencil loops.
fn loops() -> Result<Vec<Program>> {
    let mut all = kernels("loops", true)?;
    let more = places::list(&dir().join("loops"), &[".c"])?;
    all.extend(more.iter().map(|path| alone("loops", path)));
    Ok(all)
}

/// Tests of libsodium, and how often each is run to take about a tenth of a second natively.
const TESTS: &[(&str, u32)] = &[
    ("aead_aegis128l", 310),
    ("aead_aegis256", 310),
    ("aead_chacha20poly1305", 1_800),
    ("auth", 4_900),
    ("auth7", 14),
    ("box", 1_300),
    ("box_easy2", 3),
    ("box_seal", 200),
    ("chacha20", 320),
    ("codecs", 150),
    ("core3", 2),
    ("ed25519_convert", 3),
    ("generichash", 260),
    ("generichash2", 3_300),
    ("hash", 38_000),
    ("hash_sha3256", 8_600),
    ("ipcrypt", 10),
    ("kdf_hkdf2", 3_700),
    ("kem_mlkem768", 120),
    ("kem_xwing", 45),
    ("kx", 190),
    ("metamorphic", 9),
    ("onetimeauth7", 44),
    ("pwhash_argon2id2", 4),
    ("pwhash_scrypt_ll", 2),
    ("scalarmult", 920),
    ("scalarmult5", 3_400),
    ("scalarmult_ed25519", 150),
    ("scalarmult_ristretto255", 99),
    ("secretbox7", 25),
    ("secretbox_easy", 17_000),
    ("secretstream_xchacha20poly1305", 2_200),
    ("shorthash", 78_000),
    ("sign", 1),
    ("stream", 2),
    ("verify1", 8),
    ("xchacha20", 45),
    ("xof_shake256", 5_100),
];

/// libsodium's tests.
fn libsodium() -> Result<Vec<Program>> {
    let mut all = Vec::new();
    for (test, times) in TESTS {
        let make = Make::Built(sodium::recipe(test)?);
        let module = Module { name: format!("libsodium-{test}"), make };
        all.push(Program { name: (*test).to_owned(), module, args: vec![times.to_string()] });
    }
    Ok(all)
}

/// SQLite: each phase of our driver is a program; those before it prepare what it needs, untimed.
const PHASES: &[&str] =
    &["insert", "bulk", "lookup", "scan", "update", "join", "delete", "text", "file"];

/// SQLite's phases.
fn sqlite() -> Result<Vec<Program>> {
    let library = programs::sqlite_library()?;
    let header = dir().join("timed.h");
    let mut flags = library.flags;
    for defined in ["THREADSAFE=0", "OMIT_LOAD_EXTENSION", "OMIT_WAL", "TEMP_STORE=3"] {
        flags.push(format!("-DSQLITE_{defined}"));
    }
    let driver =
        Part { sources: vec![dir().join("sqlite.c")], flags: flags.clone(), headers: vec![header] };
    let library = Part { sources: library.sources, flags, headers: Vec::new() };
    let make = Make::Built(Recipe { parts: vec![library, driver], emulated: true });
    let module = Module { name: "sqlite".to_owned(), make };
    let program = |phase: &&str| Program {
        name: (*phase).to_owned(),
        module: module.clone(),
        args: vec![SCRATCH.to_owned(), (*phase).to_owned()],
    };
    Ok(PHASES.iter().map(program).collect())
}

/// Scripts of the interpreters, in `benches/speed/scripts`.
const LUA: &[&str] = &["fib", "queens", "strings", "tables", "sort"];
const QUICKJS: &[&str] = &["fib", "queens", "strings", "objects", "sort"];
const PYTHON: &[&str] = &["objects", "strings"];

/// Interpreters over scripts of our own, and compressors.
fn applications() -> Result<Vec<Program>> {
    let mut all = Vec::new();
    let lua = Module { name: "lua".to_owned(), make: timed_whole(programs::lua_library()?) };
    let quickjs = programs::quickjs_library()?;
    let quickjs = Module { name: "quickjs".to_owned(), make: timed_whole(quickjs) };
    let python = Module { name: "python".to_owned(), make: Make::Fetched(realworld::python) };
    for (module, scripts, end) in
        [(lua, LUA, "lua"), (quickjs, QUICKJS, "js"), (python, PYTHON, "py")]
    {
        for script in scripts {
            all.push(Program {
                name: format!("{}-{script}", module.name),
                module: module.clone(),
                args: vec![format!("{SCRIPTS}/scripts/{script}.{end}")],
            });
        }
    }
    let zstd = sources::of("zstd-sys")?.join("zstd/lib");
    let mut of_zstd = Vec::new();
    for part in ["common", "compress", "decompress"] {
        of_zstd.extend(places::list(&zstd.join(part), &[".c"])?);
    }
    // Its assembly is for native builds alone: they would be another program.
    packer(&mut all, "zstd", of_zstd, &zstd, &["-DZSTD_DISABLE_ASM=1"]);
    let lz4 = sources::of("lz4-sys")?.join("liblz4/lib");
    packer(&mut all, "lz4", vec![lz4.join("lz4.c")], &lz4, &[]);
    Ok(all)
}

/// A library with its driver for `tests/realworld`, whose whole `main` is timed.
fn timed_whole(library: programs::Library) -> Make {
    let mut flags = library.flags;
    flags.push("-Dmain=renamed_main".to_owned());
    let library = Part { sources: library.sources, flags, headers: Vec::new() };
    let timer = Part {
        sources: vec![dir().join("run_main.c")],
        flags: Vec::new(),
        headers: vec![dir().join("timed.h")],
    };
    Make::Built(Recipe { parts: vec![library, timer], emulated: true })
}

/// Adds both directions of a compressor that has a driver of ours.
fn packer(
    all: &mut Vec<Program>,
    name: &str,
    sources: Vec<PathBuf>,
    include: &Path,
    flags: &[&str],
) {
    let mut flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
    flags.push(format!("-I{}", include.display()));
    let driver = Part {
        sources: vec![dir().join(format!("{name}.c"))],
        flags: flags.clone(),
        headers: vec![dir().join("packing.h"), dir().join("timed.h")],
    };
    let parts = vec![Part { sources, flags, headers: Vec::new() }, driver];
    let make = Make::Built(Recipe { parts, emulated: false });
    for direction in ["compress", "decompress"] {
        all.push(Program {
            name: format!("{name}-{direction}"),
            module: Module { name: name.to_owned(), make: make.clone() },
            args: vec![direction.to_owned()],
        });
    }
}
