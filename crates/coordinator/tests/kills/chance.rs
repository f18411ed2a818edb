//! When the next kill comes. The seed is printed, and `VERIFRAME_SEED` repeats it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub struct Chance(u64);

impl Chance {
    pub fn new() -> Self {
        let told = std::env::var("VERIFRAME_SEED").ok().and_then(|text| text.parse().ok());
        let seed = told.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
            u64::from(now.subsec_nanos()) | 1
        });
        println!("VERIFRAME_SEED={seed}");
        Self(seed)
    }

    /// Below `end`: xorshift64, Marsaglia 2003.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least))
    }
}
