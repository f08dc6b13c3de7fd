//! How code is made and memories are placed.

use crate::failure::{Failure, Result};
use crate::flags::fuel::FuelFlags;
use clap::{Args, ValueEnum};
use waxwing::{Config, Cpu, Engine, Features, MemoryPlan, UnknownOperator};
use waxwing_layout::target;
use waxwing_program::executable::StackFlags;

/// Options of the engine.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Engine")]
pub struct EngineFlags {
    /// Make code with this tier and no other
    #[arg(long, value_enum, value_name = "TIER")]
    pub tier: Option<Tier>,
    /// How memories are placed
    #[arg(long, value_enum, value_name = "PLAN")]
    pub memory_plan: Option<Plan>,
    /// The processor that code is made for, and features to add or leave out [default: native]
    #[arg(
        long,
        value_name = "NAME|+FEATURE|-FEATURE,...",
        value_parser = cpu,
        allow_hyphen_values = true,
        long_help = cpu_help()
    )]
    pub cpu: Option<Cpu>,
    /// What modules may use, one after another: names to turn on, -name to turn off, all, -all
    #[arg(
        long,
        value_name = "LIST",
        value_parser = wasm_features,
        allow_hyphen_values = true,
        long_help = long_help()
    )]
    pub wasm_features: Option<Features>,
    /// Relaxed SIMD gives the same results on every processor
    #[arg(long)]
    pub relaxed_simd_deterministic: bool,
    #[command(flatten)]
    pub fuel: FuelFlags,
    #[command(flatten)]
    pub stack: StackFlags,
    /// Say on stderr what was compiled, what came from the cache, and how long it took
    #[arg(long, short)]
    pub verbose: bool,
}

/// `--tier`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tier {
    /// One pass: compiles at once; integer code only at present
    Instant,
    /// Cranelift: for everyday use (the default)
    Fast,
}

/// `--memory-plan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plan {
    /// 4 GiB of address space each; hardware checks bounds (the default)
    Reserved,
    /// No reservation; code checks every access
    Checked,
}

/// `haswell,-bmi2`: a name, or this processor, and features to add or leave out.
fn cpu(text: &str) -> std::result::Result<Cpu, String> {
    let mut cpu = Cpu::host();
    for (i, item) in text.split(',').map(str::trim).enumerate() {
        let changed = match (item.strip_prefix('+'), item.strip_prefix('-')) {
            (Some(feature), _) => cpu.with(feature),
            (_, Some(feature)) => cpu.without(feature),
            _ if i == 0 => Cpu::named(item),
            _ => None,
        };
        cpu = changed.ok_or_else(|| {
            if item.starts_with(['+', '-']) {
                format!("there is no feature \"{}\"; they are {}", &item[1..], features())
            } else if i == 0 {
                let names: Vec<&str> = target::names().collect();
                format!("there is no processor \"{item}\"; the names are {}", names.join(", "))
            } else {
                format!("write +{item} or -{item}; a name comes first")
            }
        })?;
    }
    if cpu.is_sufficient() {
        return Ok(cpu);
    }
    let least = Cpu::named("x86-64-v2").unwrap_or(cpu).missing_in(cpu).join(", ");
    Err(format!("code is made for x86-64-v2 at least, which this lacks: {least}"))
}

fn features() -> String {
    target::FEATURES.iter().map(|&(name, _)| name).collect::<Vec<_>>().join(", ")
}

fn cpu_help() -> String {
    let names: Vec<&str> = target::names().collect();
    format!(
        "The processor that code is made for, by default this one: a name, then features to add \
         (+avx2) or to leave out (-bmi2); features alone change this processor's. A program that \
         needs what a processor lacks is refused there. `waxwing config --cpus` says what each \
         name stands for.\n\nNames: {}\n\nFeatures: {}",
        names.join(", "),
        features()
    )
}

/// `gc,-threads`: what is on by default, changed name by name.
fn wasm_features(text: &str) -> std::result::Result<Features, String> {
    let mut features = Features::default();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (name, on) = match item.strip_prefix('-') {
            Some(name) => (name, false),
            None => (item, true),
        };
        if name == "all" {
            features = if on { Features::ALL } else { Features::WASM2 };
        } else if !features.set(name, on) {
            return Err(format!("there is no \"{name}\"; the names are {}", names()));
        }
    }
    Ok(features)
}

fn names() -> String {
    Features::NAMES.join(", ")
}

fn long_help() -> String {
    format!(
        "What modules may use beyond WebAssembly 2.0, one after another: a name turns it on, -name \
         turns it off; all and -all stand for every name. All are on at first.\n\nNames: {}",
        names()
    )
}

impl EngineFlags {
    /// The configuration they ask for.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        if let Some(tier) = self.tier {
            config.tier(match tier {
                Tier::Instant => waxwing::Tier::Instant,
                Tier::Fast => waxwing::Tier::Fast,
            });
        }
        if let Some(plan) = self.memory_plan {
            config.memory_plan(match plan {
                Plan::Reserved => MemoryPlan::Reserved,
                Plan::Checked => MemoryPlan::Checked,
            });
        }
        if let Some(cpu) = self.cpu {
            config.cpu(cpu);
        }
        if let Some(features) = self.wasm_features {
            config.features(features);
        }
        config.relaxed_simd_deterministic(self.relaxed_simd_deterministic);
        if let Some(size) = self.stack.stack_size {
            config.stack_size(usize::try_from(size.0).unwrap_or(usize::MAX));
        }
        config
    }

    /// The engine they ask for.
    pub fn engine(&self) -> Result<Engine> {
        let mut config = self.config();
        config.fuel(self.fuel.costs()?);
        crate::progress::attach(&mut config);
        Engine::new(&config).map_err(|e| {
            match (&self.fuel.fuel_costs, e.downcast_ref::<UnknownOperator>()) {
                (Some(path), Some(unknown)) => Failure::new(unknown.to_string())
                    .at_file(path)
                    .help("names are those of the text format, such as i32.add"),
                _ => Failure::new(e.to_string()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_turned_on_and_off_in_order() {
        assert_eq!(wasm_features(""), Ok(Features::ALL));
        assert_eq!(wasm_features("-all"), Ok(Features::WASM2));
        assert_eq!(wasm_features("-all,gc"), Ok(Features { gc: true, ..Features::WASM2 }));
        let without = Features { threads: false, ..Features::ALL };
        assert_eq!(wasm_features("gc, -threads"), Ok(without));
        assert_eq!(wasm_features("-gc,all"), Ok(Features::ALL));
        assert!(wasm_features("simd").is_err_and(|e| e.contains("tail-call, ")));
        assert!(wasm_features("gc -threads").is_err() && wasm_features("--gc").is_err());
    }

    #[test]
    fn processors_are_named_and_changed() {
        let named = |name| Cpu::named(name).unwrap();
        assert_eq!(cpu("x86-64-v3"), Ok(named("x86-64-v3")));
        assert_eq!(cpu("native"), Ok(Cpu::host()));
        let without = named("haswell").without("bmi2").unwrap();
        assert_eq!(cpu("haswell,-bmi2"), Ok(without));
        assert_eq!(cpu("x86-64-v2,+avx2"), Ok(named("x86-64-v2").with("avx2").unwrap()));
        assert_eq!(cpu("+popcnt"), Ok(Cpu::host()));
        assert_eq!(cpu("x86-64-v4, -avx512f").unwrap().features(), named("haswell").features());
        for (text, why) in [
            ("", "the names are native, x86-64-v2"),
            ("i386", "the names are native, x86-64-v2"),
            ("haswell,skylake", "write +skylake"),
            ("haswell,+sse9", "there is no feature \"sse9\""),
            ("+", "there is no feature \"\""),
            ("x86-64-v2,-popcnt", "which this lacks: popcnt"),
            ("haswell,-sse3", "which this lacks: sse3, ssse3, sse4.1, sse4.2"),
        ] {
            assert!(cpu(text).is_err_and(|e| e.contains(why)), "{text}");
        }
    }
}
