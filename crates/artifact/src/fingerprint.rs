//! What an artifact was made by and for.

use crate::{Error, FORMAT_VERSION};
use waxwing_layout::fuel::FuelCosts;
use waxwing_layout::plan::MemoryPlan;
use waxwing_layout::target::Cpu;

/// The engine's version, and a hash of the sources that compiled code and runtime both rely on.
pub const ENGINE: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("WAXWING_BUILD_ID"));

/// What an artifact was made by and for. Equal fingerprints and equal modules make equal artifacts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The format ([`FORMAT_VERSION`]).
    pub format: u32,
    /// What compiled code and runtime agree on ([`ENGINE`]).
    pub engine: String,
    /// What turned the module into code, back end excepted: version and build.
    pub compiler: String,
    /// The back end, as in `--tier`.
    pub tier: String,
    /// Its version and options, and whatever else changes the artifact.
    pub settings: String,
    /// How memories are placed.
    pub plan: MemoryPlan,
    /// The processor the code is for.
    pub cpu: Cpu,
}

/// The name of the setting that says how code is metered.
const FUEL: &str = "fuel=";

/// A number for a table of costs; no two tables have the same.
fn fuel_id(costs: &FuelCosts) -> String {
    let hash = blake3::hash(costs.canonical().as_bytes());
    hash.as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What [`Fingerprint::settings`] holds behind other settings if the code is metered.
pub fn fuel_setting(costs: &FuelCosts) -> String {
    format!(";{FUEL}{}", fuel_id(costs))
}

impl Fingerprint {
    /// A hash of all of it, for the names of cache entries.
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("waxwing artifact fingerprint");
        hasher.update(&self.format.to_le_bytes());
        hasher.update(&self.cpu.bits.to_le_bytes());
        for text in [&self.engine, &self.compiler, &self.tier, &self.settings] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update(self.plan.name().as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// What the code takes of the fuel: a number for the table of costs; none if it is not metered.
    pub fn fuel(&self) -> Option<&str> {
        self.settings.split(';').find_map(|setting| setting.strip_prefix(FUEL))
    }

    /// Whether the code is metered by this table, or is not metered if there is none. Code that takes
    /// fuel and code that does not cannot run together.
    ///
    /// # Errors
    /// What differs.
    pub fn is_metered_by(&self, costs: Option<&FuelCosts>) -> Result<(), Error> {
        let want = costs.map(fuel_id);
        if self.fuel() == want.as_deref() {
            return Ok(());
        }
        let say = |fuel: Option<&str>| fuel.map_or("none".to_owned(), |id| format!("costs {id}"));
        Err(Error::mismatch("metering", say(self.fuel()), say(want.as_deref())))
    }

    /// Whether the artifact can run in this engine, under this plan, on this processor. Tier and
    /// settings do not matter for that.
    ///
    /// # Errors
    /// What differs.
    pub fn runs_on(&self, plan: MemoryPlan, cpu: Cpu) -> Result<(), Error> {
        if self.format != FORMAT_VERSION {
            return Err(Error::format(self.format));
        }
        if self.engine != ENGINE {
            return Err(Error::mismatch("version of the engine", &*self.engine, ENGINE));
        }
        if self.plan != plan {
            return Err(Error::mismatch("memory plan", self.plan.name(), plan.name()));
        }
        let missing = self.cpu.missing_in(cpu);
        if !missing.is_empty() {
            let needs = format!("it needs {}", missing.join(", "));
            return Err(Error::mismatch("processor", needs, "which this one lacks"));
        }
        Ok(())
    }
}
