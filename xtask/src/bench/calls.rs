//! Calls between guest and host, measured in one process by the package `benches/calls`.
//!
//! That package is a workspace of its own, since it depends on the peer's crate. Its program `calls`
//! prints one JSON object a line: `{"name": "wasm to host", "unit": "ns", "ours": 3.1, "peer": 4.0,
//! "peer_name": "wasmtime"}`, medians of interleaved rounds. `--quick` asks it for fewer of them.

use std::process::Command;

use serde::Deserialize;

use crate::bench::Plan;
use crate::bench::report::{Report, Row, Samples};
use crate::process::must_say;
use crate::{Result, places};

/// A line of the program's output.
#[derive(Deserialize)]
struct Line {
    name: String,
    unit: String,
    ours: f64,
    peer: f64,
    peer_name: String,
}

/// Builds and runs the program, and adds its rows.
pub fn measure(plan: &Plan, report: &mut Report) -> Result<()> {
    if !["call wasm to host", "call host to wasm"].iter().any(|title| plan.wants(title)) {
        return Ok(());
    }
    run("calls", if plan.quick { &["--quick"] } else { &[] }, plan, report)
}

/// Builds and runs a program of the package, and adds the rows it prints.
///
/// # Errors
/// When it does not build, fails, or prints something else.
pub fn run(program: &str, args: &[&str], plan: &Plan, report: &mut Report) -> Result<()> {
    for text in said(program, args)?.lines() {
        let row = row(text)?;
        if plan.wants(&row.name) {
            report.add(row);
        }
    }
    Ok(())
}

/// Builds and runs a program of the package; what it prints.
///
/// # Errors
/// When it does not build or fails.
pub fn said(program: &str, args: &[&str]) -> Result<String> {
    let package = places::root().join("benches/calls");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--release", "--bin", program, "--"]).args(args);
    command.current_dir(package);
    // A build directory of its own: the peer's crates stay out of ours.
    command.env("CARGO_TARGET_DIR", places::scratch("bench/calls")?);
    must_say(&mut command)
}

/// The row of a line.
fn row(text: &str) -> Result<Row> {
    let line: Line = serde_json::from_str(text).map_err(|e| format!("calls said `{text}`: {e}"))?;
    if line.unit != "ns" {
        return Err(format!("calls counts in `{}`, not in ns", line.unit));
    }
    let (ours, peer) = (Samples(vec![line.ours]), Samples(vec![line.peer]));
    // What is no row of its own is a kind of call.
    let alone = line.name.starts_with("atomic");
    let name = if alone { line.name } else { format!("call {}", line.name) };
    let row = Row::of(&name, "ns", &ours, &peer);
    Ok(row.against(&line.peer_name).goal(1.0).note("calls: both engines in one process"))
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn a_line_becomes_a_row() {
        let text =
            r#"{"name":"wasm to host","unit":"ns","ours":2.0,"peer":4.0,"peer_name":"wasmtime"}"#;
        let row = row(text).unwrap();
        assert_eq!(
            (row.ratio, row.goal, row.peer_name.as_str()),
            (Some(0.5), Some(1.0), "wasmtime")
        );
    }

    #[test]
    fn other_lines_are_errors() {
        assert!(row("hello").is_err());
        assert!(row(r#"{"name":"x","unit":"ms","ours":1,"peer":1,"peer_name":"p"}"#).is_err());
    }
}
