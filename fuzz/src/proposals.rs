//! The proposals that modules are generated with, one by one.

use std::fmt;
use wasm_smith::Config;

/// A proposal beyond WebAssembly 1.0 that generated modules may use.
pub struct Proposal {
    /// The name of `--features`.
    pub name: &'static str,
    /// Turns it on in the generator.
    pub enable: fn(&mut Config),
    /// Whether modules use it unless told otherwise: this engine must know it.
    pub usual: bool,
}

/// All of them. The order decides what a seed means: append only.
pub const PROPOSALS: &[Proposal] = &[
    Proposal { name: "simd", enable: |c| c.simd_enabled = true, usual: true },
    Proposal {
        name: "relaxed-simd",
        enable: |c| (c.simd_enabled, c.relaxed_simd_enabled) = (true, true),
        usual: true,
    },
    Proposal { name: "multi-memory", enable: |c| c.max_memories = 4, usual: true },
    Proposal { name: "extended-const", enable: |c| c.extended_const_enabled = true, usual: true },
    Proposal { name: "tail-call", enable: |c| c.tail_call_enabled = true, usual: true },
    Proposal { name: "gc", enable: |c| c.gc_enabled = true, usual: true },
    Proposal { name: "exceptions", enable: |c| c.exceptions_enabled = true, usual: true },
    Proposal { name: "memory64", enable: |c| c.memory64_enabled = true, usual: true },
    Proposal { name: "threads", enable: |c| c.threads_enabled = true, usual: true },
    Proposal {
        name: "custom-page-sizes",
        enable: |c| c.custom_page_sizes_enabled = true,
        usual: true,
    },
    Proposal { name: "wide-arithmetic", enable: |c| c.wide_arithmetic_enabled = true, usual: true },
];

/// A set of proposals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Set(u32);

impl Set {
    /// No proposal.
    pub const NONE: Set = Set(0);

    /// What modules use unless told otherwise.
    pub fn usual() -> Set {
        PROPOSALS
            .iter()
            .enumerate()
            .fold(Set::NONE, |set, (i, p)| if p.usual { set.with(i) } else { set })
    }

    /// Every proposal.
    pub fn all() -> Set {
        Set((1 << PROPOSALS.len()) - 1)
    }

    /// This set and the proposal of this number.
    pub fn with(self, number: usize) -> Set {
        Set(self.0 | 1 << number)
    }

    /// Whether the proposal of this number is in it.
    pub fn has(self, number: usize) -> bool {
        self.0 & 1 << number != 0
    }

    /// The proposals in it.
    pub fn iter(self) -> impl Iterator<Item = &'static Proposal> {
        PROPOSALS.iter().enumerate().filter(move |(i, _)| self.has(*i)).map(|(_, p)| p)
    }

    /// Reads `all`, `usual`, or names with commas between them; `+NAME` adds to the usual ones.
    ///
    /// # Errors
    /// If a name is unknown.
    pub fn parse(text: &str) -> Result<Set, String> {
        let mut set = if text.starts_with('+') { Set::usual() } else { Set::NONE };
        for name in text.trim_start_matches('+').split(',').filter(|name| !name.is_empty()) {
            match (name, PROPOSALS.iter().position(|p| p.name == name)) {
                ("all", _) => set = Set::all(),
                ("usual", _) => set = Set(set.0 | Set::usual().0),
                ("none", _) => {}
                (_, Some(number)) => set = set.with(number),
                _ => {
                    let names: Vec<&str> = PROPOSALS.iter().map(|p| p.name).collect();
                    let names = names.join(", ");
                    return Err(format!("no proposal is called `{name}`; there are {names}"));
                }
            }
        }
        Ok(set)
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(|p| p.name).collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_read_as_they_are_written() {
        for text in ["none", "simd", "simd,gc,wide-arithmetic"] {
            assert_eq!(Set::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Set::parse("all"), Ok(Set::all()));
        assert_eq!(Set::parse(&Set::all().to_string()), Ok(Set::all()));
        assert!(Set::parse("+gc").unwrap().has(5));
        assert!(Set::parse("simd,bogus").is_err());
    }
}
