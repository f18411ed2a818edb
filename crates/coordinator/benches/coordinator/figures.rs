//! Figures, and the promises about them.

use std::time::{Duration, Instant};

pub fn tell(name: &str, value: f64) {
    println!("{name:<60} {value:.2}");
}

/// Promises that were looked at; told one by one, and failed all together.
#[derive(Default)]
pub struct Promises(Vec<String>);

impl Promises {
    pub fn at_least(&mut self, name: &str, value: f64, bound: f64) {
        self.look(value >= bound, format!("{name:<60} {value:.2} (at least {bound})"));
    }

    pub fn below(&mut self, name: &str, value: f64, bound: f64) {
        self.look(value < bound, format!("{name:<60} {value:.2} (below {bound})"));
    }

    fn look(&mut self, holds: bool, told: String) {
        println!("{told}: {}", if holds { "holds" } else { "MISSED" });
        if !holds {
            self.0.push(told);
        }
    }

    pub fn expect_kept(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

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
