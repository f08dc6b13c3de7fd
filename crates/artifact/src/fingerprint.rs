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
pub fn fuel_id(costs: &FuelCosts) -> String {
    let hash = blake3::hash(costs.canonical().as_bytes());
    hash.as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What [`Fingerprint::settings`] holds behind other settings if the code is metered.
pub fn fuel_setting(costs: &FuelCosts) -> String {
    format!(";{FUEL}{}", fuel_id(costs))
}

/// The number of the table of costs in an artifact's settings.
pub(crate) fn fuel_in(settings: &str) -> Option<&str> {
    settings.split(';').find_map(|setting| setting.strip_prefix(FUEL))
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
        fuel_in(&self.settings)
    }

    /// Whether the code is metered by this table, or is not metered if there is none. Code that takes
    /// fuel and code that does not cannot run together.
    ///
    /// # Errors
    /// What differs.
    pub fn is_metered_by(&self, costs: Option<&FuelCosts>) -> Result<(), Error> {
        self.is_metered_as(costs.map(fuel_id).as_deref())
    }

    /// The same for the table's number ([`fuel_id`]).
    ///
    /// # Errors
    /// What differs.
    pub fn is_metered_as(&self, want: Option<&str>) -> Result<(), Error> {
        if self.fuel() == want {
            return Ok(());
        }
        let say = |fuel: Option<&str>| fuel.map_or("none".to_owned(), |id| format!("costs {id}"));
        Err(Error::mismatch("metering", say(self.fuel()), say(want)))
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
        if self.cpu.is_unknown() {
            let why = "it needs features that this version does not know";
            return Err(Error::processor(why.to_owned()));
        }
        let missing = self.cpu.missing_in(cpu);
        if !missing.is_empty() {
            return Err(Error::processor(format!("this one lacks {}", missing.join(", "))));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_processor_lacks_is_named() {
        let made_for = |cpu: Cpu| Fingerprint {
            format: FORMAT_VERSION,
            engine: ENGINE.to_owned(),
            compiler: String::new(),
            tier: String::new(),
            settings: String::new(),
            plan: MemoryPlan::Reserved,
            cpu,
        };
        let runs = |code: Cpu, here: &str| {
            let here = Cpu::named(here).unwrap();
            made_for(code).runs_on(MemoryPlan::Reserved, here).map_err(|e| e.to_string())
        };
        let v4 = Cpu::named("x86-64-v4").unwrap();
        let error = runs(v4, "haswell").unwrap_err();
        let missing = "this one lacks avx512f, avx512vl, avx512dq";
        assert!(error.contains(missing), "{error}");
        assert_eq!(runs(v4, "znver4"), Ok(()));
        let error = runs(Cpu { bits: 1 << 20 }, "znver4").unwrap_err();
        assert!(error.contains("does not know"), "{error}");
    }
}
