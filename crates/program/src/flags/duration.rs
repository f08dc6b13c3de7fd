//! Spans of time, such as `300ms`.

use std::str::FromStr;
use std::time::Duration;

/// How long a guest may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub Duration);

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Timeout, String> {
        let wanted =
            || format!("`{text}` is no time; write seconds, or such as 300ms, 1.5s, 2m, 1h");
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number: f64 = number.parse().map_err(|_| wanted())?;
        let factor = match unit {
            "us" => 1e-6,
            "ms" => 1e-3,
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(wanted()),
        };
        Duration::try_from_secs_f64(number * factor).map(Timeout).map_err(|_| wanted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, ms) in [
            ("0", 0),
            ("2", 2000),
            ("300ms", 300),
            ("1.5s", 1500),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(text.parse(), Ok(Timeout(Duration::from_millis(ms))), "{text}");
        }
        for text in
            ["", "s", "-1s", "1.2.3", "1 fortnight", "NaN", "inf", "9999999999999999999999h"]
        {
            assert!(text.parse::<Timeout>().is_err(), "{text}");
        }
    }
}
