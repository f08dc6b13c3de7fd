//! Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood, 2014).

/// A generator; the whole state is one number.
#[derive(Clone, Debug)]
pub struct Rng(u64);

/// One step of the mixing function: a bijection of 64-bit numbers.
pub fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Rng {
    /// A generator for one use of a seed; uses are told apart by `purpose`.
    pub fn new(seed: u64, purpose: u64) -> Rng {
        Rng(mix(seed) ^ mix(purpose.wrapping_mul(0xD1B5_4A32_D192_ED03)))
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound
    }

    /// Whether something of a chance of `part` in `whole` happens.
    pub fn chance(&mut self, part: u64, whole: u64) -> bool {
        self.below(whole) < part
    }

    /// So many random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.word().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_gives_others() {
        let take = |seed, purpose| Rng::new(seed, purpose).bytes(20);
        assert_eq!(take(1, 2), take(1, 2));
        assert_ne!(take(1, 2), take(2, 2));
        assert_ne!(take(1, 2), take(1, 3));
    }
}
