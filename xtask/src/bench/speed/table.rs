//! The figures as text for people.

use std::fmt::Write;

use crate::bench::speed::figure::{
    Column, Figures, NATIVE, OURS, PEER, code, compiling, peak, time,
};
use crate::bench::speed::suite::SUITES;

/// The width of a column of figures.
const WIDTH: usize = 9;

/// A figure of two decimals, or a dash.
fn cell(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.2}"))
}

/// Whether a goal is reached, in words.
pub fn mark(ratio: Option<f64>, goal: f64) -> String {
    match ratio {
        Some(ratio) if ratio <= goal => format!("{goal:.2} ok"),
        Some(_) => format!("{goal:.2} MISSED"),
        None => format!("{goal:.2}"),
    }
}

/// A contestant's name, as it fits into a column.
fn short(name: &str) -> String {
    let name = name.replace("native-march", "march").replace("wasmer-", "w-");
    name.chars().take(WIDTH).collect()
}

/// The table of a suite in a variant: every program's time ÷ native.
pub fn suite(figures: &Figures, suite: &str, variant: &str) -> String {
    let mut text = String::new();
    let others: Vec<&str> =
        figures.contestants().into_iter().filter(|who| *who != NATIVE).collect();
    let goal = SUITES.iter().find(|known| known.name == suite).map_or(1.0, |known| known.goal);
    let title = format!("{suite}, {variant}: time / native -O3");
    let _ = write!(text, "\n{title}\n{:<34}{:>10}", "program", "native ms");
    for who in &others {
        let _ = write!(text, " {:>WIDTH$}", short(who));
    }
    let _ = writeln!(text, " | ours / {PEER}");
    for program in figures.programs(suite) {
        let at = (suite, program, variant);
        if !others.iter().any(|who| figures.get(suite, program, variant, who).is_some()) {
            continue;
        }
        let native = figures.get(suite, program, variant, NATIVE);
        let _ = write!(text, "{program:<34}{:>10}", cell(native.map(|figure| figure.ms)));
        for who in &others {
            let _ = write!(text, " {:>WIDTH$}", cell(figures.ratio(at, (who, NATIVE), time)));
        }
        let _ = writeln!(text, " | {:>6}", cell(figures.ratio(at, (OURS, PEER), time)));
    }
    let _ = write!(text, "{:<44}", "geometric mean");
    for who in &others {
        let mean = figures.mean((suite, variant), (who, NATIVE), time);
        let _ = write!(text, " {:>WIDTH$}", cell(mean.map(|(mean, _)| mean)));
    }
    let mean = figures.mean((suite, variant), (OURS, PEER), time).map(|(mean, _)| mean);
    let _ = writeln!(text, " | {:>6}  goal {}", cell(mean), mark(mean, goal));
    text
}

/// The geometric means of everything else beside the peer, by suite.
pub fn others(figures: &Figures) -> String {
    let columns: [(&str, Column, Option<f64>); 3] = [
        ("code size", code, Some(1.0)),
        ("peak memory", peak, Some(1.0)),
        ("compile time", compiling, None),
    ];
    let mut text = format!("\nours / {PEER}, geometric means\n{:<34}", "suite");
    for (title, ..) in &columns {
        let _ = write!(text, " {title:>20}");
    }
    text.push('\n');
    for suite in figures.suites() {
        for variant in figures.variants() {
            let mut line = format!("{:<34}", format!("{suite}, {variant}"));
            let mut any = false;
            for (_, column, goal) in &columns {
                let mean = figures.mean((suite, variant), (OURS, PEER), *column);
                let mean = mean.map(|(mean, _)| mean);
                any |= mean.is_some();
                let judged = match goal {
                    Some(goal) if mean.is_some() => {
                        format!("{} ({})", cell(mean), mark(mean, *goal))
                    }
                    _ => cell(mean),
                };
                let _ = write!(line, " {judged:>20}");
            }
            if any {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::speed::figure::tests::some;

    #[test]
    fn what_was_not_measured_is_a_dash_and_no_success() {
        let text = suite(&some(), "loops", "scalar");
        let line = text.lines().find(|line| line.starts_with("b ")).unwrap();
        assert!(line.ends_with("|      -"), "{line}");
        assert_eq!(mark(None, 1.0), "1.00");
    }

    #[test]
    fn a_suite_shows_ratios_means_and_its_goal() {
        let text = suite(&some(), "loops", "scalar");
        let line = text.lines().find(|line| line.starts_with("a ")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells, ["a", "10.00", "2.00", "4.00", "|", "0.50"]);
        assert!(text.contains("0.50  goal 1.00 ok"), "{text}");
        assert!(mark(Some(1.01), 1.0).contains("MISSED"));
    }
}
