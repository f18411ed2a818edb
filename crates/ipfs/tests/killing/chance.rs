//! Numbers that a seed decides.

use std::{env, ops::Range};
use veriframe_peers::SeededStream;

/// Used unless [`SEED`] says otherwise, so that a failure comes again.
const FIXED: u64 = 5;
const SEED: &str = "VERIFRAME_SEED";

/// Printed with everything that fails.
pub fn first_seed() -> u64 {
    let given = env::var(SEED).ok();
    let seed = given.map_or(FIXED, |text| text.parse().expect("the seed is a number"));
    println!("{SEED}={seed}");
    seed
}

pub struct Chance(SeededStream);

impl Chance {
    pub fn new(seed: u64, of: &str) -> Self {
        Self(SeededStream::new(&format!("kills {seed} {of}")))
    }

    pub fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// One of these; the first when there are none.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.number() % (range.end.saturating_sub(range.start)).max(1)
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.within(0..count) == 0
    }

    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.within(0..of.len() as u64) as usize]
    }
}
