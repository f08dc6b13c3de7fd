//! What is asked of a compilation.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use waxwing_artifact::{ENGINE, FORMAT_VERSION, Fingerprint};
use waxwing_decode::{Features, Limits};
use waxwing_layout::fuel::FuelCosts;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;
use waxwing_lower::Codegen;

/// Called with the number of bytes of code that are compiled, and of all there are. From any
/// thread, at most a few hundred times.
pub type Progress = dyn Fn(u64, u64) + Send + Sync;

/// What is asked of a compilation.
#[derive(Clone)]
pub struct Options {
    /// The back end.
    pub codegen: Arc<dyn Codegen>,
    /// How memories are placed.
    pub plan: MemoryPlan,
    /// The processor the code is for.
    pub cpu: Cpu,
    /// What a module may use.
    pub features: Features,
    /// How large it may be.
    pub limits: Limits,
    /// Whether relaxed vector operations have the results of the specification's deterministic
    /// profile.
    pub deterministic: bool,
    /// What operators cost, if the code is to be metered.
    pub fuel: Option<FuelCosts>,
    /// Whether DWARF sections are kept, for source lines in backtraces.
    pub keep_debug: bool,
    /// Told how far the work is.
    pub progress: Option<Arc<Progress>>,
    /// Once true, the work ends with [`crate::Error::is_cancelled`].
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Options {
    /// The defaults, with this back end, for the processor that this program runs on.
    pub fn new(codegen: Arc<dyn Codegen>) -> Options {
        Options {
            codegen,
            plan: MemoryPlan::default(),
            cpu: Cpu::host(),
            features: Features::default(),
            limits: Limits::default(),
            deterministic: false,
            fuel: None,
            keep_debug: true,
            progress: None,
            cancel: None,
        }
    }

    pub(crate) fn cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("tier", &self.codegen.tier())
            .field("plan", &self.plan)
            .field("cpu", &self.cpu)
            .field("features", &self.features)
            .field("limits", &self.limits)
            .field("deterministic", &self.deterministic)
            .field("fuel", &self.fuel)
            .field("keep_debug", &self.keep_debug)
            .finish_non_exhaustive()
    }
}

/// What an artifact made with these options says about itself. Two modules of equal bytes compiled
/// under equal fingerprints are equal artifacts, so that this and the module's hash are the key of
/// a cache.
pub fn fingerprint(options: &Options) -> Fingerprint {
    let mut settings = options.codegen.settings();
    let others =
        [("debug", options.keep_debug), ("relaxed-simd-deterministic", options.deterministic)];
    for (name, on) in options.features.states().chain(others) {
        let _ = write!(settings, ";{name}={}", u8::from(on));
    }
    if let Some(costs) = &options.fuel {
        settings.push_str(&waxwing_artifact::fuel_setting(costs));
    }
    if options.limits != Limits::default() {
        // Not part of the code, but a module that is refused must not be found in a cache.
        let _ = write!(settings, ";{:?}", options.limits);
    }
    Fingerprint {
        format: FORMAT_VERSION,
        engine: ENGINE.to_owned(),
        compiler: concat!(env!("CARGO_PKG_VERSION"), "+", env!("WAXWING_BUILD_ID")).to_owned(),
        tier: options.codegen.tier().to_owned(),
        settings,
        plan: options.plan,
        cpu: options.cpu,
    }
}
