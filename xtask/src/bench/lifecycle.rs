//! Lives of instances, measured in one process by the program `lifecycle` of the package `benches/calls`.
//!
//! It prints one JSON object a line, as `calls` does; some rows are of one side only.

use serde::Deserialize;

use crate::bench::report::{Report, Row, Samples};
use crate::bench::{Plan, calls};
use crate::{Result, guests, realworld};

/// A line of the program's output.
#[derive(Deserialize)]
struct Line {
    name: String,
    unit: String,
    ours: f64,
    peer: Option<f64>,
    peer_name: Option<String>,
}

/// What is to be reached: the beginning of a row's name, and the ratio or the figure.
const GOALS: &[(&str, Goal)] = &[
    ("instantiate and drop", Goal::Ratio(0.3)),
    ("request that dirties 10 ", Goal::Ratio(0.5)),
    ("the same, reset in place, 10", Goal::Ratio(0.5)),
    ("2 threads", Goal::Ratio(1.0 / 1.8)),
    ("suspend and resume", Goal::Ratio(0.5)),
    ("kill latency, p99", Goal::Figure(1000.0)),
    ("deadline latency, p99", Goal::Figure(1000.0)),
    ("mappings of a live instance", Goal::Figure(3.0)),
    ("resident memory of a live instance", Goal::Figure(64.0)),
];

#[derive(Clone, Copy)]
enum Goal {
    /// Ours beside the peer's.
    Ratio(f64),
    /// Ours, in its unit.
    Figure(f64),
}

/// Builds and runs the program, and adds its rows.
///
/// # Errors
/// When it does not build, fails, or prints something else, or a guest cannot be had.
pub fn measure(plan: &Plan, report: &mut Report) -> Result<()> {
    let hello = guests::dir().join("hello.wasm").display().to_string();
    let mut files = vec![hello.clone()];
    if !plan.quick {
        files.push(realworld::sqlite()?.display().to_string());
        files.push(realworld::python()?.display().to_string());
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    for args in [files, vec!["--density", &hello]] {
        for text in calls::said("lifecycle", &args)?.lines() {
            let row = row(text)?;
            if plan.wants(&row.name) {
                report.add(row);
            }
        }
    }
    Ok(())
}

/// The row of a line.
fn row(text: &str) -> Result<Row> {
    let line: Line =
        serde_json::from_str(text).map_err(|e| format!("lifecycle said `{text}`: {e}"))?;
    let units = ["ns", "us", "KiB", "mappings", "instances"];
    let unit = units.iter().find(|&&unit| unit == line.unit);
    let unit = unit.ok_or_else(|| format!("lifecycle counts in `{}`", line.unit))?;
    let peer = Samples(line.peer.into_iter().collect());
    let mut row = Row::of(&line.name, unit, &Samples(vec![line.ours]), &peer);
    row.peer_name = line.peer_name.unwrap_or_default();
    let goal = GOALS.iter().find(|(name, _)| line.name.starts_with(name));
    match goal.filter(|_| !line.name.ends_with("(wasmtime)")) {
        Some(&(_, Goal::Ratio(ratio))) => row.goal = Some(ratio),
        Some(&(_, Goal::Figure(figure))) => row.goal_absolute = Some(figure),
        None => {}
    }
    Ok(row
        .note("lifecycle: both engines in one process, pools of both, rounds interleaved, medians"))
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn lines_become_rows_with_their_goals() {
        let text =
            r#"{"name":"instantiate and drop x","unit":"ns","ours":1,"peer":4,"peer_name":"p"}"#;
        let judged = row(text).unwrap();
        assert_eq!((judged.ratio, judged.goal), (Some(0.25), Some(0.3)));
        let alone = row(r#"{"name":"kill latency, p99","unit":"us","ours":2000}"#).unwrap();
        assert_eq!((alone.peer, alone.reached()), (None, Some(false)));
    }

    #[test]
    fn other_lines_are_errors() {
        assert!(row("hello").is_err());
        assert!(row(r#"{"name":"x","unit":"miles","ours":1}"#).is_err());
    }
}
