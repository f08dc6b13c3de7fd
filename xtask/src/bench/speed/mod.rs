//! `cargo xtask bench speed`: the referee. Suites of programs, built scalar and with vectors, run by ours and
//! by the peers that are on PATH in turns, beside the native builds of the same compiler.
//!
//! | part | what it does |
//! |---|---|
//! | [`suite`] | which programs there are |
//! | [`sodium`] | libsodium's own tests as programs |
//! | [`build`] | builds them, object by object |
//! | [`contestant`] | the command lines of those who run them |
//! | [`measure`] | compiles and runs, compares outputs |
//! | [`figure`] | what was measured; ratios and means |
//! | [`whole`] | compiling large modules |
//! | [`table`] | figures as text |
//! | [`chart`] | means as a picture |
//! | [`compare`] | two commits of ours |

mod build;
mod chart;
pub mod compare;
mod contestant;
mod figure;
mod measure;
mod sodium;
mod suite;
mod table;
mod text;
mod whole;

use std::path::{Path, PathBuf};

use crate::bench::{contender, warn_of_load};
use crate::flags::Flags;
use crate::{Result, places};

use build::{Builder, Tuning};
use contestant::Contestant;
use figure::Figures;
use measure::{Measurer, Turns, Way};
use suite::{SUITES, Suite};

/// What was asked for.
struct Asked {
    json: bool,
    quick: bool,
    runs: usize,
    suites: Vec<&'static Suite>,
    /// Whether compiling of large modules is wanted.
    whole: bool,
    filter: String,
    variants: Vec<Tuning>,
}

impl Asked {
    /// Takes the flags that all of this bench's verbs share.
    fn of(flags: &mut Flags) -> Result<Self> {
        let quick = flags.switch("--quick");
        let runs = match flags.option("--runs")? {
            Some(text) => text.parse().map_err(|_| format!("`--runs {text}`: no number"))?,
            None if quick => 1,
            None => 5,
        };
        if runs == 0 {
            return Err("`--runs 0` measures nothing".to_owned());
        }
        let names = flags.option("--suite")?;
        let names: Option<Vec<&str>> = names.as_ref().map(|names| names.split(',').collect());
        let whole = names.as_ref().is_none_or(|names| names.contains(&whole::NAME));
        let suites = match names {
            None => SUITES.iter().collect(),
            Some(names) => {
                let suites = names.into_iter().filter(|name| *name != whole::NAME);
                suites.map(named).collect::<Result<Vec<_>>>()?
            }
        };
        let variants = match flags.option("--variant")?.as_deref() {
            None => vec![Tuning::Scalar, Tuning::Simd],
            Some("scalar") => vec![Tuning::Scalar],
            Some("simd") => vec![Tuning::Simd],
            Some(other) => return Err(format!("`--variant {other}`: there are scalar and simd")),
        };
        Ok(Self {
            json: flags.switch("--json"),
            quick,
            runs,
            suites,
            whole,
            filter: flags.option("--filter")?.unwrap_or_default(),
            variants,
        })
    }

    /// Measures compiling of large modules, if that is wanted.
    fn compiling(&self, contestants: &[Contestant]) -> Result<Vec<whole::Compiling>> {
        if !self.whole {
            return Ok(Vec::new());
        }
        whole::measure(contestants, self.runs, &self.filter)
    }

    /// Whether a program of a suite is wanted.
    fn wants(&self, suite: &Suite, program: &str) -> bool {
        format!("{} {program}", suite.name).contains(&self.filter)
    }
}

/// The suite of a name.
fn named(name: &str) -> Result<&'static Suite> {
    SUITES.iter().find(|suite| suite.name == name).ok_or_else(|| {
        let all: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        format!("no suite is called `{name}`: there are {}, {}", all.join(", "), whole::NAME)
    })
}

/// The verb.
///
/// # Errors
/// When flags are wrong, a compiler is absent, or a program cannot be had.
pub fn main(args: &[String]) -> Result<bool> {
    let mut flags = Flags::new(args);
    let asked = Asked::of(&mut flags)?;
    let ours = flags.option("--ours")?;
    let peers = flags.option("--peers")?.unwrap_or_default();
    let out = flags.option("--out")?.map(PathBuf::from);
    let (chart, build_only) = (flags.switch("--chart"), flags.switch("--build-only"));
    flags.finish()?;
    let builder = Builder::new()?;
    if build_only {
        return build_all(&asked, &builder);
    }
    let contestants = contestants(ours, &peers)?;
    eprintln!("compiler: {}", builder.compiler());
    for contestant in &contestants {
        eprintln!("contestant: {} ({})", contestant.name, contestant.version());
    }
    warn_of_load();
    let mut measurer = Measurer::new(Way {
        builder: &builder,
        contestants: &contestants,
        natives: true,
        variants: &asked.variants,
        turns: Turns { runs: asked.runs, warm: !asked.quick },
    });
    let figures = measure_all(&asked, &mut measurer, |figures, suite| {
        for variant in asked.variants.iter().filter(|_| !asked.json) {
            println!("{}", table::suite(figures, suite, variant.name()));
        }
    })?;
    let compiling = asked.compiling(&contestants)?;
    let lines = json(&figures, &compiling)?;
    if asked.json {
        print!("{lines}");
    } else {
        let pair = (figure::OURS, figure::PEER);
        print!("{}", table::others(&figures));
        print!("{}", whole::table(&compiling, pair, Some(whole::GOAL)));
    }
    if let Some(out) = out {
        places::make_dir(&out)?;
        places::write(&out.join("speed.json"), &lines)?;
        draw(&figures, &asked, &out)?;
    }
    if chart {
        draw(&figures, &asked, &places::root().join("docs"))?;
    }
    Ok(close(&measurer.failures))
}

/// Ours, and the peers that are asked for.
fn contestants(ours: Option<String>, peers: &str) -> Result<Vec<Contestant>> {
    let mut all = Vec::new();
    if let Some(ours) = contender(ours)? {
        all.push(Contestant::ours(figure::OURS, ours.program));
    }
    if peers != "none" {
        let wanted: Vec<&str> = peers.split(',').filter(|name| !name.is_empty()).collect();
        all.extend(contestant::peers(&wanted)?);
    }
    if all.is_empty() {
        return Err("neither ours nor a peer is to run anything".to_owned());
    }
    Ok(all)
}

/// Measures every program that is wanted; `done` is told of each suite that had any.
fn measure_all(
    asked: &Asked,
    measurer: &mut Measurer<'_>,
    done: impl Fn(&Figures, &str),
) -> Result<Figures> {
    let mut all = Figures::default();
    for suite in &asked.suites {
        for program in (suite.programs)()? {
            if asked.wants(suite, &program.name) {
                eprintln!("{} {}", suite.name, program.name);
                all.0.extend(measurer.program(suite.name, &program)?);
            }
        }
        if !all.programs(suite.name).is_empty() {
            done(&all, suite.name);
        }
    }
    measure::clean()?;
    Ok(all)
}

/// Everything as one JSON object a line: figures, compiling, then means.
fn json(figures: &Figures, compiling: &[whole::Compiling]) -> Result<String> {
    let mut text = String::new();
    let mut line = |object: serde_json::Result<String>| -> Result<()> {
        text.push_str(&object.map_err(|e| e.to_string())?);
        text.push('\n');
        Ok(())
    };
    for figure in &figures.0 {
        line(serde_json::to_string(figure))?;
    }
    for one in compiling {
        line(serde_json::to_string(one))?;
    }
    for mean in figures.means() {
        line(serde_json::to_string(&mean))?;
    }
    Ok(text)
}

/// Writes a picture of every variant into a directory.
fn draw(figures: &Figures, asked: &Asked, dir: &Path) -> Result<()> {
    for variant in &asked.variants {
        let name = match variant {
            Tuning::Simd => "speed-simd.svg",
            _ => "speed.svg",
        };
        match chart::svg(figures, variant.name()) {
            Some(picture) => places::write(&dir.join(name), picture)?,
            None => eprintln!("note: nothing to draw for {}", variant.name()),
        }
    }
    Ok(())
}

/// Builds what is wanted and says how each program is run.
fn build_all(asked: &Asked, builder: &Builder) -> Result<bool> {
    for suite in &asked.suites {
        for program in (suite.programs)()? {
            if !asked.wants(suite, &program.name) {
                continue;
            }
            for tuning in [Tuning::Scalar, Tuning::Simd, Tuning::Native, Tuning::March] {
                if let Some(file) = program.module.file(builder, tuning)? {
                    let by = Contestant::native(tuning);
                    println!("{}", measure::by_hand(&by, &file, &program)?);
                }
            }
        }
    }
    Ok(true)
}

/// Says what went wrong, and whether nothing did.
fn close(failures: &[String]) -> bool {
    for failure in failures {
        eprintln!("FAILED: {failure}");
    }
    failures.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Result<Asked> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        Asked::of(&mut Flags::new(&words))
    }

    #[test]
    fn wrong_flags_name_what_there_is() {
        let fail = |words| asked(words).err().unwrap_or_default();
        assert!(fail(&["--suite", "loop"]).contains("loops, compile"));
        assert!(fail(&["--variant", "avx"]).contains("scalar"));
        assert!(fail(&["--runs", "0"]).contains("nothing"));
        assert!(fail(&["--runs", "x"]).contains("no number"));
    }

    #[test]
    fn compiling_is_a_suite_of_its_own() {
        let which = |words| asked(words).map(|asked| (asked.suites.len(), asked.whole)).unwrap();
        assert_eq!(which(&[]), (5, true));
        assert_eq!(which(&["--suite", "loops"]), (1, false));
        assert_eq!(which(&["--suite", "compile"]), (0, true));
    }

    #[test]
    fn a_filter_meets_the_suite_and_the_program() {
        let asked = asked(&["--suite", "loops,sqlite", "--filter", "loops he"]).unwrap();
        assert_eq!((asked.suites.len(), asked.runs), (2, 5));
        assert!(asked.wants(asked.suites[0], "heat") && !asked.wants(asked.suites[1], "heat"));
    }

    #[test]
    fn json_has_figures_and_means_one_a_line() {
        let text = json(&figure::tests::some(), &[]).unwrap();
        let objects: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(objects[0]["program"], "a");
        let ours = objects.iter().find(|o| o["mean_of"] == "loops" && o["contestant"] == "waxwing");
        let near =
            |key: &str, want: f64| (ours.unwrap()[key].as_f64().unwrap() - want).abs() < 1e-9;
        assert!(near("of_native", 4.0) && near("of_peer", 0.5));
    }
}
