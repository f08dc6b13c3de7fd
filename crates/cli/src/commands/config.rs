//! `waxwing config`: shows what is in force.

use crate::failure::Result;
use crate::flags::Size;
use crate::flags::cache::{CacheFlags, capacity};
use crate::flags::engine::{EngineFlags, Plan, Tier};
use crate::output;
use clap::ValueEnum;
use serde_json::json;
use std::process::ExitCode;
use waxwing::{Cache, Cpu};
use waxwing_layout::target;

/// Show what is in force: tier, memory plan, processor, cache, versions
#[derive(clap::Args, Debug)]
pub struct Config {
    #[command(flatten)]
    engine: EngineFlags,
    #[command(flatten)]
    cache: CacheFlags,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Show the names that --cpu takes, and what each stands for; * marks those whose code runs here
    #[arg(long, conflicts_with = "json")]
    cpus: bool,
}

/// The stack's size when none is asked for.
const STACK: u64 = 2 << 20;

impl Config {
    /// Shows it.
    pub fn main(self) -> Result<ExitCode> {
        if self.cpus {
            output::print(&cpus())?;
            return Ok(ExitCode::SUCCESS);
        }
        let engine = self.engine.engine()?;
        let fingerprint: String = engine.fingerprint().iter().map(|b| format!("{b:02x}")).collect();
        let cpu = self.engine.cpu.unwrap_or(Cpu::host()).features();
        let dir = Cache::default_dir().filter(|_| !self.cache.no_cache);
        let stack = self.engine.stack.stack_size.unwrap_or(Size(STACK)).0;
        let value = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "engine": waxwing_artifact::ENGINE,
            "artifact_format": waxwing_artifact::FORMAT_VERSION,
            "fingerprint": fingerprint,
            "tier": name(self.engine.tier.unwrap_or(Tier::Fast)),
            "memory_plan": name(self.engine.memory_plan.unwrap_or(Plan::Reserved)),
            "stack_size": stack,
            "cpu": cpu,
            "cache_dir": dir.as_ref().map(|d| d.display().to_string()),
            "cache_capacity": capacity().map_err(crate::failure::Failure::new)?,
        });
        let text = if self.json { format!("{value:#}\n") } else { plain(&value) };
        output::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A line a name.
fn cpus() -> String {
    target::names().fold(String::new(), |mut text, name| {
        let Some(cpu) = Cpu::named(name) else { return text };
        let mark = if cpu.missing_in(Cpu::host()).is_empty() { '*' } else { ' ' };
        text.push_str(&format!("{mark} {name:15} {}\n", cpu.features().join(" ")));
        text
    })
}

fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
}

/// A line a setting.
fn plain(value: &serde_json::Value) -> String {
    let mut text = String::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        let shown = match value {
            serde_json::Value::Null => "none".to_owned(),
            serde_json::Value::String(s) => s.clone(),
            serde_json::Value::Array(items) => {
                items.iter().filter_map(|v| v.as_str()).collect::<Vec<_>>().join(" ")
            }
            serde_json::Value::Number(n) if key.ends_with("size") || key.ends_with("capacity") => {
                Size(n.as_u64().unwrap_or(0)).to_string()
            }
            other => other.to_string(),
        };
        text.push_str(&format!("{}: {shown}\n", key.replace('_', " ")));
    }
    text
}
