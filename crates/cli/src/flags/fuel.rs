//! Metering: whether code takes fuel, and what its operators cost.

use crate::failure::{Failure, Result};
use clap::Args;
use std::path::{Path, PathBuf};
use waxwing::FuelCosts;

/// Options that decide what operators cost.
#[derive(Args, Clone, Debug, Default)]
pub struct FuelFlags {
    /// Make code that takes fuel as it runs, by the default costs or those of --fuel-costs
    #[arg(long)]
    pub metered: bool,
    /// What operators cost: a file in TOML or JSON; implies --metered
    #[arg(long, value_name = "FILE", long_help = long_help())]
    pub fuel_costs: Option<PathBuf>,
    /// What to use if neither was given.
    #[arg(skip)]
    pub otherwise: Option<FuelCosts>,
}

fn long_help() -> &'static str {
    "What operators cost; implies --metered. The file is TOML or JSON: names of operators and their \
     costs, whole numbers up to 1048576. \"size.memory.fill\" and its like are what each 64 bytes, \
     element or page of a range cost. Operators that are not named cost what \"others\" says, or as by \
     default: 1, but `block`, `loop`, `nop` and `drop` nothing."
}

impl FuelFlags {
    /// The costs they ask for, if any.
    pub fn costs(&self) -> Result<Option<FuelCosts>> {
        match &self.fuel_costs {
            Some(path) => read(path).map(Some),
            None if self.metered => Ok(Some(FuelCosts::new())),
            None => Ok(self.otherwise.clone()),
        }
    }
}

fn read(path: &Path) -> Result<FuelCosts> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::unreadable(&e, path))?;
    parse(&text).map_err(|why| {
        Failure::new(format!("the fuel costs cannot be read: {why}"))
            .at_file(path)
            .help("write a line such as \"i32.div_s\" = 4 for each operator")
    })
}

/// A table of costs. Groups are names with a dot between: `[i32] add = 1` is `i32.add`.
fn parse(text: &str) -> std::result::Result<FuelCosts, String> {
    let tables: serde_json::Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|e| e.to_string())?
    } else {
        toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())?
    };
    let mut costs = FuelCosts::new();
    collect(&mut costs, "", &tables)?;
    Ok(costs)
}

fn collect(
    costs: &mut FuelCosts,
    name: &str,
    value: &serde_json::Value,
) -> std::result::Result<(), String> {
    if let Some(group) = value.as_object() {
        return group.iter().try_for_each(|(key, value)| {
            let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            collect(costs, &name, value)
        });
    }
    let cost = value.as_u64().and_then(|cost| u32::try_from(cost).ok());
    let Some(cost) = cost.filter(|&cost| cost <= waxwing::MAX_FUEL_COST) else {
        return Err(format!(
            "the cost of {name} is {value}; it must be a whole number up to {}",
            waxwing::MAX_FUEL_COST
        ));
    };
    match name {
        "others" => costs.others(cost),
        _ => costs.set(name, cost),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_costs_are_named() {
        for (text, why) in [
            ("i32.add = -1", "i32.add is -1"),
            ("i32.add = 1048577", "up to 1048576"),
            ("i32.add = 1.5", "i32.add is 1.5"),
            ("call = 'two'", "call is \"two\""),
            ("{\"call\": null}", "call is null"),
            ("call", "expected"),
            ("{\"call\": ", "EOF"),
        ] {
            let said = parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let mut want = FuelCosts::new();
        want.others(2).set("i32.add", 3).set("size.memory.fill", 0).set("call", 1 << 20);
        for text in [
            "others = 2\n\"i32.add\" = 3\ncall = 1048576\nsize.memory.fill = 0\n",
            "others = 2\ncall = 1048576\n[i32]\nadd = 3\n[size.memory]\nfill = 0\n",
            r#"{"others": 2, "i32.add": 3, "call": 1048576, "size": {"memory.fill": 0}}"#,
        ] {
            assert_eq!(parse(text), Ok(want.clone()), "{text}");
        }
    }
}
