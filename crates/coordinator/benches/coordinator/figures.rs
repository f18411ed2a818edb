//! How claims were served.

use std::time::{Duration, Instant};

/// How long each of several waited.
#[derive(Default)]
pub struct Waits(Vec<Duration>);

impl Waits {
    /// It waited until now.
    pub fn add(&mut self, since: Instant) {
        self.0.push(since.elapsed());
    }

    /// Milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut waits = self.0.clone();
        waits.sort();
        let place = ((waits.len() as f64 * share) as usize).min(waits.len() - 1);
        waits[place].as_secs_f64() * 1000.0
    }
}

impl FromIterator<Duration> for Waits {
    fn from_iter<T: IntoIterator<Item = Duration>>(waits: T) -> Self {
        Self(waits.into_iter().collect())
    }
}

/// Claims that were served.
pub struct Served {
    pub took: Duration,
    /// Of each claim.
    pub waits: Waits,
}

impl Served {
    pub fn per_second(&self) -> f64 {
        self.waits.0.len() as f64 / self.took.as_secs_f64()
    }

    /// Milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        self.waits.percentile(share)
    }
}
