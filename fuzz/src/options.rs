//! The command line.

use crate::proposals::Set;
use std::path::PathBuf;
use std::time::Duration;

/// How the program is called.
pub const USAGE: &str = "\
usage: diff [OPTIONS]
  --idioms        modules of the shapes that optimisers look for, instead of any
  --seed N        the first seed (0); without --count, only that one
  --count N       so many seeds (1000 unless --seed or --minutes is given)
  --minutes N     stop after this time; without --count, as many seeds as that allows
  --jobs N        processes (one for each processor)
  --features SET  all, usual, none, or names with commas between; +NAMES adds to the usual ones
  --no-peers      compare this engine with itself only: optimised with not optimised code
  --no-shrink     leave modules as they were generated
  --out DIR       where differences are written (a directory for the system's temporary files)";

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first seed.
    pub seed: u64,
    /// How many seeds.
    pub count: u64,
    /// When to stop, counted from the start.
    pub time: Option<Duration>,
    /// Processes.
    pub jobs: u64,
    /// Whether modules are those of `idioms`, full of what optimisers look for.
    pub idioms: bool,
    /// The proposals that modules may use.
    pub features: Set,
    /// Whether this engine is compared with itself only.
    pub alone: bool,
    /// Whether differences are made small.
    pub shrink: bool,
    /// Where differences are written.
    pub out: PathBuf,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// If one is unknown, or its value is wrong.
    pub fn parse(args: &[String]) -> Result<Options, String> {
        let jobs = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
        let mut options = Options {
            seed: 0,
            count: 0,
            time: None,
            jobs,
            idioms: false,
            features: Set::usual(),
            alone: !cfg!(feature = "peers"),
            shrink: true,
            out: std::env::temp_dir().join("waxwing-fuzz"),
        };
        let (mut seed, mut count) = (None, None);
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("`{arg}` wants a value\n{USAGE}"));
            match arg.as_str() {
                "--seed" => seed = Some(number(value()?)?),
                "--count" => count = Some(number(value()?)?),
                "--minutes" => options.time = Some(Duration::from_secs(60 * number(value()?)?)),
                "--jobs" => options.jobs = number(value()?)?.max(1),
                "--features" => options.features = Set::parse(value()?)?,
                "--idioms" => options.idioms = true,
                "--no-peers" => options.alone = true,
                "--no-shrink" => options.shrink = false,
                "--out" => options.out = PathBuf::from(value()?),
                _ => return Err(format!("`{arg}` is unknown\n{USAGE}")),
            }
        }
        options.count = match (count, seed, options.time) {
            (Some(count), ..) => count,
            (None, _, Some(_)) => u64::MAX,
            (None, Some(_), None) => 1,
            (None, None, None) => 1000,
        };
        options.seed = seed.unwrap_or(0);
        options.jobs = options.jobs.min(options.count.max(1));
        Ok(options)
    }

    /// The arguments with which another process of this program sees modules the same way.
    pub fn same_view(&self) -> Vec<String> {
        let mut args = vec!["--features".to_owned(), self.features.to_string()];
        if self.alone {
            args.push("--no-peers".to_owned());
        }
        if self.idioms {
            args.push("--idioms".to_owned());
        }
        args
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("`{text}` is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_sees_the_same_modules() {
        let options = parse("--idioms --features simd,gc --no-peers").unwrap();
        let again = Options::parse(&options.same_view()).unwrap();
        assert!(again.idioms && again.alone && again.features == options.features);
        assert!(!parse("").unwrap().idioms);
    }

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn counts_follow_from_what_is_given() {
        assert_eq!(parse("").unwrap().count, 1000);
        assert_eq!(parse("--seed 7").unwrap().count, 1);
        assert_eq!(parse("--seed 7 --count 3").unwrap().count, 3);
        assert_eq!(parse("--minutes 2").unwrap().count, u64::MAX);
        assert_eq!(parse("--count 200_000").unwrap().count, 200_000);
        assert!(parse("--count many").is_err() && parse("--bogus").is_err());
        assert!(parse("--seed").is_err());
    }
}
