//! Sizes in bytes, such as `64MiB`.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

/// What a unit multiplies by; `K` and `KiB` are both 1024, as with most tools that take sizes.
const UNITS: [(&str, u64); 5] =
    [("", 1), ("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30), ("t", 1 << 40)];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let wanted = || format!("`{text}` is no size; write bytes, or such as 64K, 16MiB, 2G");
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number: u64 = number.parse().map_err(|_| wanted())?;
        let unit = unit.trim_start().to_ascii_lowercase();
        let unit = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wanted)?;
        let bytes = number.checked_mul(*factor);
        bytes.map(Size).ok_or_else(|| format!("`{text}` is beyond 64 bits"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, factor) in UNITS.iter().skip(1).rev() {
            if self.0 >= *factor {
                let whole = self.0.is_multiple_of(*factor);
                let value = self.0 as f64 / *factor as f64;
                let digits = if whole { 0 } else { 1 };
                return write!(f, "{value:.digits$} {}iB", name.to_ascii_uppercase());
            }
        }
        write!(f, "{} bytes", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        for (text, bytes) in [
            ("0", 0),
            ("65536", 65536),
            ("64K", 65536),
            ("64kb", 65536),
            ("64 KiB", 65536),
            ("3MiB", 3 << 20),
            ("2g", 2 << 30),
            ("1T", 1 << 40),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for text in ["", "K", "-1", "1.5M", "12 parsecs", "99999999999T"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
        assert_eq!(Size(64 << 10).to_string(), "64 KiB");
        assert_eq!(Size((1 << 20) + (1 << 19)).to_string(), "1.5 MiB");
        assert_eq!(Size(12).to_string(), "12 bytes");
    }
}
