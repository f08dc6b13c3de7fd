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

impl Cpu {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_features_are_named() {
        let all = Cpu { bits: u32::MAX };
        let none = Cpu { bits: 0 };
        assert!(all.missing_in(none).contains(&"avx2"));
        assert!(none.missing_in(all).is_empty());
        assert!(!none.is_sufficient());
    }
}
