//! The processor that code is made for.

macro_rules! features {
    ($($bit:literal $name:tt;)*) => {
        /// Names of the processor features that code generators use, with their bit.
        pub const FEATURES: &[(&str, u32)] = &[$(($name, $bit)),*];

        impl Cpu {
            /// The processor that this program runs on.
            pub fn host() -> Cpu {
                let mut bits = 0;
                $(if std::is_x86_feature_detected!($name) { bits |= 1 << $bit; })*
                Cpu { bits }
            }
        }
    };
}

/// A set of x86-64 processor features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cpu {
    /// One bit for each of [`FEATURES`].
    pub bits: u32,
}

features! {
    0 "sse3";
    1 "ssse3";
    2 "sse4.1";
    3 "sse4.2";
    4 "popcnt";
    5 "avx";
    6 "avx2";
    7 "fma";
    8 "bmi1";
    9 "bmi2";
    10 "lzcnt";
    11 "avx512f";
    12 "avx512vl";
    13 "avx512dq";
    14 "avx512bitalg";
    15 "avx512vbmi";
}

/// Features that rely on others: with the first, the rest are there.
const NEEDS: &[(&str, &[&str])] = &[
    ("ssse3", &["sse3"]),
    ("sse4.1", &["ssse3"]),
    ("sse4.2", &["sse4.1"]),
    ("avx", &["sse4.2"]),
    ("avx2", &["avx"]),
    ("fma", &["avx"]),
    ("avx512f", &["avx2", "fma"]),
    ("avx512vl", &["avx512f"]),
    ("avx512dq", &["avx512f"]),
    ("avx512bitalg", &["avx512f"]),
    ("avx512vbmi", &["avx512f"]),
];

/// What each level of the x86-64 ABI (x86-64 psABI, "Micro-architecture levels") has that is in
/// [`FEATURES`], beyond the level before.
const V2: &[&str] = &["sse4.2", "popcnt"];
const AVX: &[&str] = &["avx"];
const V3: &[&str] = &["avx2", "fma", "bmi1", "bmi2", "lzcnt"];
const V4: &[&str] = &["avx512f", "avx512vl", "avx512dq"];
const LATER: &[&str] = &["avx512bitalg", "avx512vbmi"];

/// Processors by name, as compilers for C name them, each with the groups of features it has.
const NAMED: &[(&str, &[&[&str]])] = &[
    ("x86-64-v2", &[V2]),
    ("x86-64-v3", &[V2, V3]),
    ("x86-64-v4", &[V2, V3, V4]),
    ("nehalem", &[V2]),
    ("westmere", &[V2]),
    ("sandybridge", &[V2, AVX]),
    ("ivybridge", &[V2, AVX]),
    ("haswell", &[V2, V3]),
    ("broadwell", &[V2, V3]),
    ("skylake", &[V2, V3]),
    ("alderlake", &[V2, V3]),
    ("skylake-avx512", &[V2, V3, V4]),
    ("cascadelake", &[V2, V3, V4]),
    ("icelake-server", &[V2, V3, V4, LATER]),
    ("sapphirerapids", &[V2, V3, V4, LATER]),
    ("graniterapids", &[V2, V3, V4, LATER]),
    ("znver1", &[V2, V3]),
    ("znver2", &[V2, V3]),
    ("znver3", &[V2, V3]),
    ("znver4", &[V2, V3, V4, LATER]),
    ("znver5", &[V2, V3, V4, LATER]),
];

/// The names that [`Cpu::named`] knows, `native` first.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("native").chain(NAMED.iter().map(|&(name, _)| name))
}

impl Cpu {
    /// The processor of this name; `native` is the one that this program runs on. Of what such
    /// processors have, only what is in [`FEATURES`] counts.
    pub fn named(name: &str) -> Option<Cpu> {
        if name == "native" {
            return Some(Cpu::host());
        }
        let &(_, groups) = NAMED.iter().find(|&&(known, _)| known == name)?;
        let features = groups.iter().copied().flatten();
        Some(features.fold(Cpu { bits: 0 }, |cpu, feature| cpu.with(feature).unwrap_or(cpu)))
    }

    /// The same processor with a feature more, and with those that it relies on. None if there is
    /// no such feature.
    pub fn with(self, feature: &str) -> Option<Cpu> {
        let cpu = Cpu { bits: self.bits | bit(feature)? };
        let needs = NEEDS.iter().filter(|&&(name, _)| name == feature).flat_map(|(_, n)| *n);
        needs.copied().try_fold(cpu, |cpu, needed| cpu.with(needed))
    }

    /// The same processor without a feature, and without those that rely on it. None if there is no
    /// such feature.
    pub fn without(self, feature: &str) -> Option<Cpu> {
        let cpu = Cpu { bits: self.bits & !bit(feature)? };
        let relying = NEEDS.iter().filter(|&&(_, needs)| needs.contains(&feature));
        relying.copied().try_fold(cpu, |cpu, (name, _)| cpu.without(name))
    }

    /// The names of its features.
    pub fn features(self) -> Vec<&'static str> {
        self.missing_in(Cpu { bits: 0 })
    }

    /// Whether it has features that are not in [`FEATURES`], such as a later version may know.
    pub fn is_unknown(self) -> bool {
        self.bits & !FEATURES.iter().fold(0, |known, &(_, bit)| known | 1 << bit) != 0
    }

    /// Whether it has the feature of this name.
    pub fn has(self, name: &str) -> bool {
        FEATURES.iter().any(|&(n, bit)| n == name && self.bits & (1 << bit) != 0)
    }

    /// The features of `self` that `other` lacks.
    pub fn missing_in(self, other: Cpu) -> Vec<&'static str> {
        FEATURES
            .iter()
            .filter(|&&(_, bit)| self.bits & !other.bits & (1 << bit) != 0)
            .map(|&(name, _)| name)
            .collect()
    }

    /// Whether code can be made for it at all: x86-64-v2, whose rounding and shuffle instructions
    /// stand in the place of library calls.
    pub fn is_sufficient(self) -> bool {
        ["sse3", "ssse3", "sse4.1", "sse4.2", "popcnt"].iter().all(|f| self.has(f))
    }
}

/// The bit of a feature.
fn bit(name: &str) -> Option<u32> {
    FEATURES.iter().find(|&&(known, _)| known == name).map(|&(_, bit)| 1 << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_come_and_go_with_those_they_rely_on() {
        let none = Cpu { bits: 0 };
        assert_eq!(none.with("sse9"), None);
        assert_eq!(none.without("sse9"), None);
        let avx2 = none.with("avx2").unwrap();
        assert_eq!(avx2.features(), ["sse3", "ssse3", "sse4.1", "sse4.2", "avx", "avx2"]);
        let all = FEATURES.iter().fold(none, |cpu, (name, _)| cpu.with(name).unwrap());
        let without = all.without("avx").unwrap();
        assert_eq!(without.missing_in(Cpu::named("x86-64-v3").unwrap()), [""; 0]);
        assert!(!without.has("fma") && !without.has("avx512vbmi") && without.has("bmi2"));
        assert!(!all.is_unknown() && Cpu { bits: 1 << 31 }.is_unknown());
        for (name, needs) in NEEDS {
            assert!(needs.iter().chain([name]).all(|n| bit(n).is_some()), "{name}");
        }
    }

    #[test]
    fn every_name_is_a_processor_that_will_do() {
        assert_eq!(Cpu::named("i386"), None);
        for name in names().filter(|&name| name != "native") {
            let cpu = Cpu::named(name).unwrap();
            assert!(cpu.is_sufficient() && !cpu.is_unknown(), "{name}");
        }
        let bits = |name| Cpu::named(name).unwrap().bits;
        assert_eq!((bits("x86-64-v2"), bits("x86-64-v3"), bits("znver5")), (0x1f, 0x7ff, 0xffff));
        assert_eq!(bits("sandybridge"), 0x3f);
    }

    #[test]
    fn missing_features_are_named() {
        let all = Cpu { bits: u32::MAX };
        let none = Cpu { bits: 0 };
        assert!(all.missing_in(none).contains(&"avx2"));
        assert!(none.missing_in(all).is_empty());
        assert!(!none.is_sufficient());
    }
}
