//! How long to wait before the next try.

use std::time::Duration;

/// `first × 2^n` up to `most`, each shortened by up to a third at random, so that many clients do not come back at once.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
}

impl Backoff {
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self {
            first,
            most,
            failures: 0,
        }
    }

    /// The wait after one more failure.
    #[expect(clippy::should_implement_trait, reason = "waits are no collection to go through")]
    pub fn next(&mut self) -> Duration {
        let wait = self.longest_next();
        self.failures = self.failures.saturating_add(1);
        wait.mul_f64(1.0 - unit_interval() / 3.0)
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    pub fn reset(&mut self) {
        self.failures = 0;
    }

    fn longest_next(&self) -> Duration {
        let factor = 2u32.saturating_pow(self.failures.min(31));
        self.first.saturating_mul(factor).min(self.most)
    }
}

/// A random number from 0 to 1, from the system; the middle if it has none to give.
fn unit_interval() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_below_the_most() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(5));
        for expected in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0] {
            let wait = backoff.next().as_secs_f64();
            assert!(wait <= expected && wait >= expected * 0.66, "{wait} for {expected}");
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_secs(1));
    }

    #[test]
    fn a_hundred_failures_do_not_overflow() {
        let mut backoff = Backoff::new(Duration::from_secs(10), Duration::from_mins(5));
        assert!(
            (0..100)
                .map(|_| backoff.next())
                .all(|wait| wait <= Duration::from_mins(5))
        );
        assert_eq!(backoff.failures(), 100);
    }
}
