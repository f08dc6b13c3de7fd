//! Building programs for WASI and for this machine by the same compiler, object by object.
//!
//! Objects are shared by all programs that compile the same source in the same way, are made on all
//! cores, and are kept below the build directory until a source or the command changes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::process::{must, show};
use crate::realworld::stale;
use crate::toolchain::{Compiler, Target};
use crate::{Result, places};

/// What a program is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tuning {
    /// WASI, without vectors.
    Scalar,
    /// WASI with 128-bit vectors.
    Simd,
    /// This kind of machine, as every processor of it can run it.
    Native,
    /// The processor that this runs on.
    March,
}

impl Tuning {
    /// A short name for files and rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Simd => "simd",
            Self::Native => "native",
            Self::March => "march",
        }
    }

    /// Whether it makes modules.
    pub fn is_wasm(self) -> bool {
        matches!(self, Self::Scalar | Self::Simd)
    }

    /// Which of the compiler's targets it is.
    fn target(self) -> Target {
        if self.is_wasm() { Target::Wasi } else { Target::Native }
    }

    /// The flags that tell it from the others.
    fn flags(self, compiler: &Compiler) -> &'static [&'static str] {
        match (self, compiler) {
            (Self::Scalar, _) | (Self::Native, Compiler::Clang(_)) => &[],
            (Self::Simd, _) => &["-msimd128"],
            // Zig means the processor it runs on unless told otherwise.
            (Self::Native, Compiler::Zig(_)) => &["-mcpu=baseline"],
            (Self::March, Compiler::Zig(_)) => &["-mcpu=native"],
            (Self::March, Compiler::Clang(_)) => &["-march=native"],
        }
    }
}

/// Flags of every object. Fused products would change results; warnings are other people's.
const FLAGS: &[&str] = &["-O3", "-ffp-contract=off", "-w"];

/// Sources that are compiled alike.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// C or C++ files; the language is known by the name.
    pub sources: Vec<PathBuf>,
    /// Definitions and places of headers.
    pub flags: Vec<String>,
    /// Our own headers among what is included: a change of one makes objects stale.
    pub headers: Vec<PathBuf>,
}

/// What a program is made of.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// Its sources.
    pub parts: Vec<Part>,
    /// Whether the C library is to emulate what WASI lacks.
    pub emulated: bool,
}

/// Builds programs by one compiler.
pub struct Builder {
    compiler: Compiler,
    dir: PathBuf,
}

impl Builder {
    /// A builder below the build directory.
    ///
    /// # Errors
    /// When there is no compiler.
    pub fn new() -> Result<Self> {
        Ok(Self { compiler: Compiler::find()?, dir: places::scratch("bench/speed")? })
    }

    /// What the compiler calls itself.
    pub fn compiler(&self) -> String {
        self.compiler.name()
    }

    /// Builds a program, unless what is there is newer; the path of the module or executable.
    ///
    /// # Errors
    /// When a source does not compile or the program does not link.
    pub fn program(&self, name: &str, tuning: Tuning, recipe: &Recipe) -> Result<PathBuf> {
        let (defined, linked) = match (recipe.emulated, tuning.is_wasm()) {
            (true, true) => crate::realworld::programs::emulated(),
            _ => Default::default(),
        };
        let mut jobs = Vec::new();
        let mut cpp = false;
        for part in &recipe.parts {
            for source in &part.sources {
                cpp |= is_cpp(source);
                jobs.push(self.object(tuning, part, source, &defined));
            }
        }
        self.compile(&jobs)?;
        let end = if tuning.is_wasm() { "wasm" } else { "exe" };
        let programs = self.dir.join("programs");
        places::make_dir(&programs)?;
        let made = programs.join(format!("{name}.{}.{end}", tuning.name()));
        let mut command = self.compiler.command(tuning.target(), cpp);
        command.arg("-O3").args(tuning.flags(&self.compiler));
        let objects: Vec<PathBuf> = jobs.into_iter().map(|job| job.to).collect();
        command.args(&objects);
        if tuning.is_wasm() {
            command.arg("-Wl,--strip-all").args(linked);
        } else {
            command.arg("-lm");
        }
        command.arg("-o").arg(&made);
        // What it was linked from is kept beside it.
        let (line, kept) = (show(&command), made.with_extension("command"));
        if stale(&made, &objects) || places::read(&kept).ok().as_ref() != Some(&line) {
            must(&mut command)?;
            places::write(&kept, line)?;
        }
        Ok(made)
    }

    /// What makes an object, and where it goes.
    fn object(&self, tuning: Tuning, part: &Part, source: &Path, defined: &[String]) -> Job {
        let mut command = self.compiler.command(tuning.target(), is_cpp(source));
        command.args(FLAGS).args(tuning.flags(&self.compiler)).args(&part.flags).args(defined);
        if is_cpp(source) {
            // The library for WASI comes without; the same everywhere is wanted.
            command.arg("-fno-exceptions");
        }
        command.arg("-c").arg(source);
        let mut hasher = DefaultHasher::new();
        (self.compiler.name(), show(&command)).hash(&mut hasher);
        let name = format!("{}-{:016x}.o", places::stem(source), hasher.finish());
        let to = self.dir.join("objects").join(name);
        command.arg("-o").arg(&to);
        let mut from = part.headers.clone();
        from.push(source.to_owned());
        Job { command: Mutex::new(command), from, to }
    }

    /// Makes what is stale, on all cores.
    fn compile(&self, jobs: &[Job]) -> Result<()> {
        places::make_dir(&self.dir.join("objects"))?;
        let stale: Vec<&Job> = jobs.iter().filter(|job| stale(&job.to, &job.from)).collect();
        if stale.len() > 1 {
            eprintln!("compiling {} files", stale.len());
        }
        let next = std::sync::atomic::AtomicUsize::new(0);
        let failed = Mutex::new(None);
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        std::thread::scope(|scope| {
            for _ in 0..threads.min(stale.len()) {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(job) = stale.get(at) else { return };
                        if let Err(fail) = job.run() {
                            *lock(&failed) = Some(fail);
                            return;
                        }
                    }
                });
            }
        });
        let failed = lock(&failed).take();
        failed.map_or(Ok(()), Err)
    }
}

/// One object to be made.
struct Job {
    command: Mutex<Command>,
    from: Vec<PathBuf>,
    to: PathBuf,
}

impl Job {
    /// Makes it.
    fn run(&self) -> Result<()> {
        must(&mut lock(&self.command)).map(drop)
    }
}

/// A lock whose holders do not panic half-way.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Whether a source is C++.
fn is_cpp(source: &Path) -> bool {
    source.extension().is_some_and(|end| end == "cpp" || end == "cc")
}
