//! When to stop trying: a job that fails here is left to others, and after many failures the worker rests.

use std::{collections::HashMap, time::Duration};

/// A job is left to others after so many failures here.
const PER_JOB: u32 = 3;
/// The worker rests after so many failures without a success between them.
const IN_A_ROW: u32 = 5;
const REST_AT_MOST: Duration = Duration::from_mins(5);

/// What went wrong since the worker started.
#[derive(Debug, Default)]
pub(super) struct Failures {
    jobs: HashMap<String, u32>,
    in_a_row: u32,
}

impl Failures {
    /// Answers how long to rest now, if at all: 2^n s after n failures in a row.
    pub fn add(&mut self, job: &str) -> Option<Duration> {
        *self.jobs.entry(job.to_owned()).or_default() += 1;
        self.in_a_row = self.in_a_row.saturating_add(1);
        (self.in_a_row >= IN_A_ROW).then(|| Duration::from_secs(1 << self.in_a_row.min(20)).min(REST_AT_MOST))
    }

    pub fn succeeded(&mut self) {
        self.in_a_row = 0;
    }

    /// The job cannot work here at all: its scene is broken, or cannot be fetched.
    pub(crate) fn set_aside(&mut self, job: &str) {
        self.jobs.insert(job.to_owned(), PER_JOB);
    }

    pub(crate) fn is_set_aside(&self, job: &str) -> bool {
        self.jobs.get(job).is_some_and(|&count| count >= PER_JOB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_left_to_others_after_three_failures() {
        let mut failures = Failures::default();
        for _ in 0..2 {
            failures.add("a");
        }
        assert!(!failures.is_set_aside("a"));
        failures.add("a");
        assert!(failures.is_set_aside("a") && !failures.is_set_aside("b"));
    }

    #[test]
    fn the_worker_rests_longer_and_longer() {
        let mut failures = Failures::default();
        let rests: Vec<_> = (0..10).map(|n| failures.add(&n.to_string())).collect();
        assert_eq!(rests[..4], [None; 4]);
        let seconds: Vec<_> = rests[4..].iter().flatten().map(Duration::as_secs).collect();
        assert_eq!(seconds, [32, 64, 128, 256, 300, 300]);
        failures.succeeded();
        assert_eq!(failures.add("x"), None);
    }
}
