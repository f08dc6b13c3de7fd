//! Making code, and everything else that looks at WebAssembly. `run_only.rs` stands here in a build
//! without the feature `compiler`.

use crate::{
    Config, Cpu, Engine, Error, Features, FuelCosts, MemoryPlan, Module, OptLevel, Result,
};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use waxwing_codegen_baseline::Baseline;
use waxwing_codegen_cranelift::Cranelift;
use waxwing_compile::Options;
use waxwing_lower::Codegen;

/// What makes code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Tier {
    /// One pass over the code: at once, but slow to run. At present it handles integer code only,
    /// and says so for the rest.
    Instant,
    /// Cranelift: everyday use.
    #[default]
    Fast,
}

impl Tier {
    /// The name as in `--tier`.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Instant => "instant",
            Tier::Fast => "fast",
        }
    }
}

/// How code is to be made.
#[derive(Clone)]
pub(crate) struct Settings {
    tier: Tier,
    opt_level: OptLevel,
    deterministic: bool,
    debug_info: bool,
    features: Features,
    cpu: Cpu,
    progress: Option<Arc<waxwing_compile::Progress>>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            tier: Tier::default(),
            opt_level: OptLevel::default(),
            deterministic: false,
            debug_info: true,
            features: Features::default(),
            cpu: Cpu::host(),
            progress: None,
        }
    }
}

/// What makes code for an engine.
#[derive(Debug)]
pub(crate) struct Compiler(Options);

impl Settings {
    /// The compiler they ask for.
    ///
    /// # Errors
    /// If it refuses its settings.
    pub(crate) fn compiler(&self, plan: MemoryPlan, fuel: Option<&FuelCosts>) -> Result<Compiler> {
        if let Some(costs) = fuel {
            waxwing_lower::Pricing::new(costs).map_err(Error::host)?;
        }
        let codegen: Arc<dyn Codegen> = match self.tier {
            Tier::Instant => Arc::new(Baseline),
            Tier::Fast => {
                let options = waxwing_codegen_cranelift::Options {
                    opt_level: self.opt_level,
                    ..Default::default()
                };
                Arc::new(Cranelift::new(options).map_err(Error::host)?)
            }
        };
        let mut options = Options::new(codegen);
        options.plan = plan;
        options.cpu = self.cpu;
        options.features = self.features;
        options.deterministic = self.deterministic;
        options.fuel = fuel.cloned();
        options.keep_debug = self.debug_info;
        options.progress = self.progress.clone();
        Ok(Compiler(options))
    }
}

impl Config {
    /// What makes code.
    pub fn tier(&mut self, tier: Tier) -> &mut Self {
        self.compiler.tier = tier;
        self
    }

    /// How much the fast tier optimises; for fast code by default.
    pub fn opt_level(&mut self, level: OptLevel) -> &mut Self {
        self.compiler.opt_level = level;
        self
    }

    /// Whether relaxed vector operations have the results that the specification's deterministic
    /// profile prescribes, the same on every processor; off by default, which lets the processor
    /// choose. As everywhere, the bits of a NaN are not part of that.
    pub fn relaxed_simd_deterministic(&mut self, deterministic: bool) -> &mut Self {
        self.compiler.deterministic = deterministic;
        self
    }

    /// Whether DWARF sections of modules are kept, for source lines in backtraces; on by default.
    pub fn debug_info(&mut self, keep: bool) -> &mut Self {
        self.compiler.debug_info = keep;
        self
    }

    /// What modules may use beyond WebAssembly 2.0; everything that is supported by default.
    pub fn features(&mut self, features: Features) -> &mut Self {
        self.compiler.features = features;
        self
    }

    /// The processor that code is made for; this one by default.
    pub fn cpu(&mut self, cpu: Cpu) -> &mut Self {
        self.compiler.cpu = cpu;
        self
    }

    /// Told, from any thread, how many bytes of code are compiled, and of how many.
    pub fn progress(&mut self, f: impl Fn(u64, u64) + Send + Sync + 'static) -> &mut Self {
        self.compiler.progress = Some(Arc::new(f));
        self
    }
}

impl Engine {
    /// A hash of everything that decides what code this engine makes of a module.
    pub fn fingerprint(&self) -> [u8; 32] {
        waxwing_compile::fingerprint(&self.compiler().0).hash()
    }

    /// Compiles a module, binary or text, to the bytes of an artifact.
    ///
    /// # Errors
    /// If it is not valid WebAssembly or uses what is not supported.
    pub fn precompile(&self, module: &[u8]) -> Result<Vec<u8>> {
        let binary = to_binary(module)?;
        waxwing_compile::compile(&binary, &self.compiler().0).map_err(Error::host)
    }
}

/// Turns text into a binary module; a binary one stays as it is.
pub(crate) fn to_binary(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    wat::parse_bytes(bytes).map_err(Error::host)
}

impl Module {
    /// Compiles a module, binary or text.
    ///
    /// # Errors
    /// If it is not valid WebAssembly or uses what is not supported. Artifacts are refused: they
    /// are machine code, see [`Module::deserialize`].
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Module> {
        let artifact = engine.precompile(bytes.as_ref())?;
        // SAFETY: the artifact was just made by this engine.
        unsafe { Module::deserialize(engine, &artifact) }
    }

    /// Compiles a module from a file.
    ///
    /// # Errors
    /// As for [`Module::new`], and if the file cannot be read.
    pub fn from_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Module> {
        let path = path.as_ref();
        let bytes = std::fs::read(path)
            .map_err(|e| Error::msg(format!("cannot read {}: {e}", path.display())))?;
        Module::new(engine, bytes)
    }

    /// Checks that a module, binary or text, is valid and can be compiled by an engine of these
    /// settings, without compiling it.
    ///
    /// # Errors
    /// If it is not.
    pub fn validate(engine: &Engine, bytes: &[u8]) -> Result<()> {
        let binary = to_binary(bytes)?;
        let (features, limits) = (engine.compiler().0.features, engine.compiler().0.limits);
        let options = waxwing_decode::Options { features, limits };
        let decoded = waxwing_decode::decode(&binary, &options).map_err(Error::host)?;
        decoded.validate_bodies().map_err(Error::host)
    }
}
