//! What was measured of one program by one contestant, and what follows from many of them.

use serde::Serialize;

use crate::bench::report::geomean;

/// The name of the native build that all others are compared with.
pub const NATIVE: &str = "native";
/// The name of ours.
pub const OURS: &str = "waxwing";
/// The name of the peer that the goals are about.
pub const PEER: &str = "wasmtime";

/// One program, built one way, run by one contestant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figure {
    /// The suite.
    pub suite: String,
    /// The program.
    pub program: String,
    /// `scalar` or `simd`; empty for native builds.
    pub variant: String,
    /// Who ran it.
    pub contestant: String,
    /// The median by the program's own clock.
    pub ms: f64,
    /// The least.
    pub least_ms: f64,
    /// How many runs.
    pub runs: usize,
    /// How long it took to compile the module ahead of time, if it was.
    pub compile_ms: Option<f64>,
    /// Bytes of machine code, or of the artifact where its machine code cannot be told.
    pub code_bytes: Option<u64>,
    /// Whether `code_bytes` is of machine code alone.
    pub code_is_text: bool,
    /// The largest resident set of the whole process.
    pub peak_bytes: Option<u64>,
}

/// Which column of a figure is compared.
pub type Column = fn(&Figure) -> Option<f64>;

/// The time.
pub fn time(figure: &Figure) -> Option<f64> {
    Some(figure.ms)
}

/// The least time: what a busy machine disturbs least.
pub fn least(figure: &Figure) -> Option<f64> {
    Some(figure.least_ms)
}

/// The bytes of machine code, where they can be told.
pub fn code(figure: &Figure) -> Option<f64> {
    figure.code_bytes.filter(|_| figure.code_is_text).map(|bytes| bytes as f64)
}

/// The peak memory.
pub fn peak(figure: &Figure) -> Option<f64> {
    figure.peak_bytes.map(|bytes| bytes as f64)
}

/// The time of compiling.
pub fn compiling(figure: &Figure) -> Option<f64> {
    figure.compile_ms
}

/// All figures of a bench.
#[derive(Default)]
pub struct Figures(pub Vec<Figure>);

impl Figures {
    /// The figure of a contestant for a program; native ones stand beside every variant.
    pub fn get(&self, suite: &str, program: &str, variant: &str, who: &str) -> Option<&Figure> {
        self.0.iter().find(|figure| {
            figure.suite == suite
                && figure.program == program
                && figure.contestant == who
                && (figure.variant == variant || figure.variant.is_empty())
        })
    }

    /// The programs of a suite in their order.
    pub fn programs(&self, suite: &str) -> Vec<&str> {
        let of_suite = self.0.iter().filter(|figure| figure.suite == suite);
        distinct(of_suite.map(|figure| figure.program.as_str()))
    }

    /// The suites in their order.
    pub fn suites(&self) -> Vec<&str> {
        distinct(self.0.iter().map(|figure| figure.suite.as_str()))
    }

    /// The variants in their order, without the native builds.
    pub fn variants(&self) -> Vec<&str> {
        let all = self.0.iter().map(|figure| figure.variant.as_str());
        distinct(all.filter(|variant| !variant.is_empty()))
    }

    /// The contestants in their order.
    pub fn contestants(&self) -> Vec<&str> {
        distinct(self.0.iter().map(|figure| figure.contestant.as_str()))
    }

    /// `who` ÷ `beside` for a program; none when either has no figure.
    pub fn ratio(
        &self,
        (suite, program, variant): (&str, &str, &str),
        (who, beside): (&str, &str),
        column: Column,
    ) -> Option<f64> {
        let ours = column(self.get(suite, program, variant, who)?)?;
        let theirs = column(self.get(suite, program, variant, beside)?)?;
        (theirs > 0.0).then(|| ours / theirs)
    }

    /// The geometric mean of `who` ÷ `beside` over the programs of a suite that both ran, and how
    /// many those are.
    pub fn mean(
        &self,
        (suite, variant): (&str, &str),
        pair: (&str, &str),
        column: Column,
    ) -> Option<(f64, usize)> {
        let of = |program: &&str| self.ratio((suite, program, variant), pair, column);
        let ratios: Vec<f64> = self.programs(suite).iter().filter_map(of).collect();
        geomean(&ratios).map(|mean| (mean, ratios.len()))
    }
}

/// The geometric means of a contestant's times over a suite.
#[derive(Clone, Debug, Serialize)]
pub struct Mean {
    /// The suite.
    pub mean_of: String,
    /// The variant.
    pub variant: String,
    /// Who ran it.
    pub contestant: String,
    /// Time ÷ native, where there is a native build.
    pub of_native: Option<f64>,
    /// Time ÷ the peer's that goals are about.
    pub of_peer: Option<f64>,
    /// Machine code ÷ that peer's.
    pub code_of_peer: Option<f64>,
    /// Peak memory ÷ that peer's.
    pub peak_of_peer: Option<f64>,
    /// Time of compiling ÷ that peer's.
    pub compile_of_peer: Option<f64>,
}

impl Figures {
    /// All means there are.
    pub fn means(&self) -> Vec<Mean> {
        let mut all = Vec::new();
        for suite in self.suites() {
            for variant in self.variants() {
                for who in self.contestants().into_iter().filter(|who| *who != NATIVE) {
                    let mean = |beside, column| {
                        self.mean((suite, variant), (who, beside), column).map(|(mean, _)| mean)
                    };
                    all.push(Mean {
                        mean_of: suite.to_owned(),
                        variant: variant.to_owned(),
                        contestant: who.to_owned(),
                        of_native: mean(NATIVE, time),
                        of_peer: mean(PEER, time),
                        code_of_peer: mean(PEER, code),
                        peak_of_peer: mean(PEER, peak),
                        compile_of_peer: mean(PEER, compiling),
                    });
                }
            }
        }
        all
    }
}

/// The items without repetitions, in the order of their first.
fn distinct<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A figure of a program of the suite `loops`, scalar unless native.
    pub fn figure(program: &str, who: &str, ms: f64) -> Figure {
        let variant = if who == NATIVE { "" } else { "scalar" };
        Figure {
            suite: "loops".to_owned(),
            program: program.to_owned(),
            variant: variant.to_owned(),
            contestant: who.to_owned(),
            ms,
            least_ms: ms,
            runs: 1,
            ..Figure::default()
        }
    }

    /// Two programs; the peer could not run the second.
    pub fn some() -> Figures {
        Figures(vec![
            figure("a", NATIVE, 10.0),
            figure("a", OURS, 20.0),
            figure("a", PEER, 40.0),
            figure("b", NATIVE, 10.0),
            figure("b", OURS, 80.0),
        ])
    }

    #[test]
    fn who_is_absent_is_in_no_mean() {
        let figures = some();
        let means = |pair| figures.mean(("loops", "scalar"), pair, time);
        assert_eq!(means((OURS, "node")), None);
        assert_eq!(means((OURS, PEER)), Some((0.5, 1)));
        assert_eq!(figures.mean(("loops", "simd"), (OURS, PEER), time), None);
        assert_eq!(figures.mean(("loops", "scalar"), (OURS, PEER), peak), None);
    }

    #[test]
    fn means_are_geometric_over_what_both_ran() {
        let (mean, programs) = some().mean(("loops", "scalar"), (OURS, NATIVE), time).unwrap();
        assert!((mean - 4.0).abs() < 1e-12);
        assert_eq!(programs, 2);
    }

    #[test]
    fn orders_are_kept() {
        let figures = some();
        assert_eq!(figures.programs("loops"), ["a", "b"]);
        assert_eq!(figures.contestants(), [NATIVE, OURS, PEER]);
        assert_eq!(figures.variants(), ["scalar"]);
    }

    #[test]
    fn a_size_of_a_file_is_no_size_of_code() {
        let file = Figure { code_bytes: Some(5), ..Figure::default() };
        assert_eq!(code(&file), None);
        assert_eq!(code(&Figure { code_is_text: true, ..file }), Some(5.0));
    }
}
