//! `cargo xtask bench compare OLD NEW`: two commits of ours over the same programs, in turns.
//!
//! A commit is checked out into a worktree below the build directory and built in release mode; what
//! was built is kept by the commit's name. A path of a program will do in place of a commit.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::speed::build::{Builder, Tuning};
use crate::bench::speed::contestant::Contestant;
use crate::bench::speed::figure::{Figures, code, compiling, least, time};
use crate::bench::speed::measure::{Measurer, Turns, Way};
use crate::bench::speed::{Asked, close, measure_all, whole};
use crate::bench::warn_of_load;
use crate::flags::Flags;
use crate::process::{must, must_say};
use crate::{Result, places};

/// What the two are called.
const OLD: &str = "old";
const NEW: &str = "new";

/// The verb.
///
/// # Errors
/// When flags are wrong, a commit does not build, or a program cannot be had.
pub fn main(args: &[String]) -> Result<bool> {
    let mut flags = Flags::new(args);
    let asked = Asked::of(&mut flags)?;
    let (Some(old), Some(new)) = (flags.word(), flags.word()) else {
        return Err("`bench compare OLD NEW`: two commits, or paths of programs".to_owned());
    };
    flags.finish()?;
    let contestants =
        [Contestant::ours(OLD, program(&old)?), Contestant::ours(NEW, program(&new)?)];
    eprintln!("old: {old}\nnew: {new}");
    warn_of_load();
    let builder = Builder::new()?;
    let mut measurer = Measurer::new(Way {
        builder: &builder,
        contestants: &contestants,
        natives: false,
        variants: &asked.variants,
        turns: Turns { runs: asked.runs, warm: !asked.quick },
    });
    let figures = measure_all(&asked, &mut measurer, |_, _| ())?;
    let compiling = asked.compiling(&contestants)?;
    if asked.json {
        for figure in &figures.0 {
            println!("{}", serde_json::to_string(figure).map_err(|e| e.to_string())?);
        }
        for one in &compiling {
            println!("{}", serde_json::to_string(one).map_err(|e| e.to_string())?);
        }
    } else {
        for variant in &asked.variants {
            print!("{}", table(&figures, *variant));
        }
        print!("{}", whole::table(&compiling, (NEW, OLD), None));
    }
    Ok(close(&measurer.failures))
}

/// The program of a commit or path.
fn program(name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    if path.is_file() {
        return path.canonicalize().map_err(|e| format!("{name}: {e}"));
    }
    let mut git = Command::new("git");
    git.args(["rev-parse", "--verify", "--quiet"]).arg(format!("{name}^{{commit}}"));
    let commit = must_say(git.current_dir(places::root()))
        .map_err(|_| format!("`{name}` is neither a commit nor a program"))?;
    build(&commit)
}

/// Builds a commit, unless it has been.
fn build(commit: &str) -> Result<PathBuf> {
    let dir = places::scratch("bench/compare")?;
    let made = dir.join(format!("waxwing-{commit}"));
    if made.exists() {
        return Ok(made);
    }
    eprintln!("building {commit}");
    let tree = dir.join("tree");
    remove(&tree)?;
    let mut git = Command::new("git");
    // By force where git still knows the place of a tree that is gone.
    git.args(["worktree", "add", "--force", "--quiet", "--detach"]).arg(&tree).arg(commit);
    must(git.current_dir(places::root()))?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = dir.join("target");
    let mut cargo = Command::new(cargo);
    cargo.args(["build", "--release", "--package", "waxwing-cli", "--bin", "waxwing"]);
    // The same place for every commit: what they share is built once.
    cargo.current_dir(&tree).env("CARGO_TARGET_DIR", &target);
    let built = must(&mut cargo);
    remove(&tree)?;
    built?;
    let from = target.join("release/waxwing");
    std::fs::copy(&from, &made).map_err(|e| format!("cannot copy {}: {e}", from.display()))?;
    Ok(made)
}

/// Removes a worktree, if it is there.
fn remove(tree: &Path) -> Result<()> {
    if tree.exists() {
        let mut git = Command::new("git");
        git.args(["worktree", "remove", "--force"]).arg(tree).current_dir(places::root());
        // One that git does not know any more is a directory like any other.
        let _ = must(&mut git);
    }
    places::remove_dir(tree)
}

/// New ÷ old of every program in a variant, and their means by suite.
fn table(figures: &Figures, variant: Tuning) -> String {
    let variant = variant.name();
    let mut text = format!(
        "\n{variant}: new / old\n{:<40}{:>10}{:>10} {:>7} {:>7} {:>7} {:>8}\n",
        "program", "old ms", "new ms", "time", "least", "code", "compile"
    );
    let cell = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
    for suite in figures.suites() {
        for program in figures.programs(suite) {
            let at = (suite, program, variant);
            let ms = |who| figures.get(suite, program, variant, who).map(|figure| figure.ms);
            let ratio = |column| cell(figures.ratio(at, (NEW, OLD), column));
            let _ = writeln!(
                text,
                "{:<40}{:>10}{:>10} {:>7} {:>7} {:>7} {:>8}",
                format!("{suite} {program}"),
                cell(ms(OLD)),
                cell(ms(NEW)),
                ratio(time),
                ratio(least),
                ratio(code),
                ratio(compiling)
            );
        }
        let mean =
            |column| cell(figures.mean((suite, variant), (NEW, OLD), column).map(|(mean, _)| mean));
        let _ = writeln!(
            text,
            "{:<60} {:>7} {:>7} {:>7} {:>8}",
            format!("{suite}: geometric mean"),
            mean(time),
            mean(least),
            mean(code),
            mean(compiling)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::speed::figure::Figure;
    use crate::bench::speed::figure::tests::figure;

    #[test]
    fn what_is_no_commit_is_said() {
        let fail = program("no-such-commit-anywhere").unwrap_err();
        assert!(fail.contains("no-such-commit-anywhere"), "{fail}");
        let words = |words: &[&str]| words.iter().map(|&w| w.to_owned()).collect::<Vec<_>>();
        assert!(main(&words(&["HEAD"])).unwrap_err().contains("two commits"));
    }

    #[test]
    fn ratios_are_new_by_old_for_each_program_and_suite() {
        let sized = |figure: Figure, bytes| Figure {
            code_bytes: Some(bytes),
            code_is_text: true,
            ..figure
        };
        let figures = Figures(vec![
            sized(figure("a", OLD, 10.0), 100),
            sized(figure("a", NEW, 5.0), 50),
            figure("b", OLD, 10.0),
            figure("b", NEW, 20.0),
        ]);
        let text = table(&figures, Tuning::Scalar);
        let line = |begin: &str| {
            let line = text.lines().find(|line| line.starts_with(begin)).unwrap_or_default();
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(
            line("loops a"),
            ["loops", "a", "10.000", "5.000", "0.500", "0.500", "0.500", "-"]
        );
        assert_eq!(line("loops: geo")[3..], ["1.000", "1.000", "0.500", "-"]);
    }
}
