//! The draw of audits, of frames and of blocks.

use std::sync::Mutex;

/// Where random numbers come from. Workers must not be able to foresee an audit, so only tests use a seed.
#[derive(Debug)]
pub enum Chance {
    System,
    Seeded(Mutex<u64>),
}

impl Chance {
    pub fn new(seed: Option<u64>) -> Self {
        seed.map_or(Self::System, |seed| Self::Seeded(Mutex::new(seed)))
    }

    /// True once in `denominator` times on average; always for 0 and 1.
    pub fn one_in(&self, denominator: u32) -> bool {
        denominator <= 1 || self.next().is_multiple_of(u64::from(denominator))
    }

    /// A number from 0 to `end`, without `end`; 0 when there is none. The remainder's bias is 2^-64 times `end`.
    pub fn below(&self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    fn next(&self) -> u64 {
        match self {
            // Without randomness the safe answer is to audit: 0 is a multiple of everything.
            Self::System => getrandom::u64().unwrap_or(0),
            Self::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                splitmix64(&mut state)
            }
        }
    }
}

/// Steele, Lea and Flood, “Fast Splittable Pseudorandom Number Generators” (2014).
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_share_is_right() {
        let draw = |seed| {
            let chance = Chance::new(Some(seed));
            (0..10_000).filter(|_| chance.one_in(10)).count()
        };
        assert_eq!(draw(7), draw(7));
        assert!((800..1200).contains(&draw(7)), "{}", draw(7));
        assert!(Chance::new(None).one_in(1));
    }
}
