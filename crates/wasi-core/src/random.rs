//! Random bytes for the guest.

use crate::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// Where random bytes come from.
#[derive(Clone, Debug, Default)]
pub enum Random {
    /// The kernel's generator, fit for keys.
    #[default]
    System,
    /// A reproducible stream from a seed (SplitMix64); for tests and replay, never for keys.
    Seeded(SplitMix),
}

/// The state of the reproducible generator.
///
/// SplitMix64 as published by Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014.
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random {
    /// A reproducible source.
    pub fn seeded(seed: u64) -> Random {
        Random::Seeded(SplitMix(seed))
    }

    /// Fills `bytes` wholly.
    ///
    /// # Errors
    /// The kernel's, where it has no generator.
    pub fn fill(&mut self, mut bytes: &mut [u8]) -> Result<(), Errno> {
        match self {
            Random::System => {
                while !bytes.is_empty() {
                    match getrandom(&mut *bytes, GetRandomFlags::empty()) {
                        Ok(done) => bytes = &mut bytes[done..],
                        Err(rustix::io::Errno::INTR) => {}
                        Err(errno) => return Err(errno.into()),
                    }
                }
            }
            Random::Seeded(generator) => {
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&generator.next().to_le_bytes()[..chunk.len()]);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_everything() {
        let (mut a, mut b, mut c) = ([0; 33], [0; 33], [0; 33]);
        Random::seeded(7).fill(&mut a).unwrap();
        Random::seeded(7).fill(&mut b).unwrap();
        Random::seeded(8).fill(&mut c).unwrap();
        assert_eq!(a, b);
        assert_ne!(a, c);
    }

    #[test]
    fn the_kernel_fills_large_buffers() {
        let mut bytes = vec![0; 1 << 20];
        Random::System.fill(&mut bytes).unwrap();
        let zeros = bytes.iter().filter(|b| **b == 0).count();
        assert!(zeros < 8192, "{zeros} of 2^20 bytes are zero");
    }
}
