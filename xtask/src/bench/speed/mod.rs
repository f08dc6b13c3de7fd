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
//! | [`table`] | figures as text |

mod build;
mod contestant;
mod figure;
mod measure;
mod sodium;
mod suite;
mod table;
mod text;

use std::path::PathBuf;

use crate::bench::{contender, warn_of_load};
use crate::flags::Flags;
use crate::{Result, places};

use build::{Builder, Tuning};
use contestant::Contestant;
use figure::Figures;
use measure::{Measurer, Way};
use suite::{SUITES, Suite};

/// What was asked for.
struct Asked {
    json: bool,
    quick: bool,
    out: Option<PathBuf>,
    runs: usize,
    suites: Vec<&'static Suite>,
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
        let suites = match flags.option("--suite")? {
            None => SUITES.iter().collect(),
            Some(names) => names.split(',').map(named).collect::<Result<Vec<_>>>()?,
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
            out: flags.option("--out")?.map(PathBuf::from),
            runs,
            suites,
            filter: flags.option("--filter")?.unwrap_or_default(),
            variants,
        })
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
        format!("no suite is called `{name}`: there are {}", all.join(", "))
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
    let build_only = flags.switch("--build-only");
    flags.finish()?;
    let builder = Builder::new()?;
    if build_only {
        return build_all(&asked, &builder);
    }
    let mut contestants = Vec::new();
    if let Some(ours) = contender(ours)? {
        contestants.push(Contestant::ours(figure::OURS, ours.program));
    }
    if peers != "none" {
        let wanted: Vec<&str> = peers.split(',').filter(|name| !name.is_empty()).collect();
        contestants.extend(contestant::peers(&wanted)?);
    }
    eprintln!("compiler: {}", builder.compiler());
    for contestant in &contestants {
        eprintln!("contestant: {} ({})", contestant.name, contestant.version());
    }
    warn_of_load();
    let way = Way {
        builder: &builder,
        contestants: &contestants,
        natives: true,
        variants: &asked.variants,
        runs: asked.runs,
        warm: !asked.quick,
    };
    let mut measurer = Measurer::new(way);
    let figures = measure_all(&asked, &mut measurer)?;
    if !asked.json {
        println!("{}", table::others(&figures));
    }
    close(&measurer.failures)
}

/// Measures every program that is wanted; prints each suite as it is done.
fn measure_all(asked: &Asked, measurer: &mut Measurer<'_>) -> Result<Figures> {
    let mut all = Figures::default();
    for suite in &asked.suites {
        for program in (suite.programs)()? {
            if !asked.wants(suite, &program.name) {
                continue;
            }
            eprintln!("{} {}", suite.name, program.name);
            all.0.extend(measurer.program(suite.name, &program)?);
        }
        if asked.json || all.programs(suite.name).is_empty() {
            continue;
        }
        for variant in &asked.variants {
            println!("{}", table::suite(&all, suite.name, variant.name()));
        }
    }
    measure::clean()?;
    if asked.json {
        for figure in &all.0 {
            println!("{}", serde_json::to_string(figure).map_err(|e| e.to_string())?);
        }
    }
    Ok(all)
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
fn close(failures: &[String]) -> Result<bool> {
    for failure in failures {
        println!("FAILED: {failure}");
    }
    places::scratch("bench/speed")?;
    Ok(failures.is_empty())
}
