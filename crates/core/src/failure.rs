//! When a task, and when a whole job, is given up.

/// So many different workers must fail a task before it counts as failed…
pub(crate) const WORKERS_TO_FAIL: u32 = 3;
/// …or so often must the only worker there is.
pub(crate) const TRIES_OF_ONE: u32 = 3;
/// A job stops when more than one frame in so many failed.
pub(crate) const ONE_FAILED_IN: u32 = 10;

/// How a task fared so far.
#[derive(Clone, Copy, Debug)]
pub struct Tries {
    /// Different workers that failed it.
    pub workers: u32,
    /// How often it was failed altogether.
    pub failures: u32,
    /// Whether another worker that has not failed it is online and could take it.
    pub somebody_else: bool,
}

/// Three different workers failed it, or three tries went wrong and there is nobody else to try.
pub fn task_has_failed(tries: Tries) -> bool {
    tries.workers >= WORKERS_TO_FAIL || (tries.failures >= TRIES_OF_ONE && !tries.somebody_else)
}

/// More than a tenth of the frames failed; so in a job of up to nine frames, one.
pub fn job_has_failed(failed: u32, frames: u32) -> bool {
    u64::from(failed) * u64::from(ONE_FAILED_IN) > u64::from(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_gets_three_chances() {
        let tries = |workers, failures, somebody_else| Tries {
            workers,
            failures,
            somebody_else,
        };
        assert!(!task_has_failed(tries(1, 1, false)));
        assert!(!task_has_failed(tries(1, 3, true)));
        assert!(task_has_failed(tries(1, 3, false)));
        assert!(task_has_failed(tries(3, 3, true)));
    }

    #[test]
    fn a_tenth_is_still_good() {
        assert!(!job_has_failed(0, 1));
        assert!(job_has_failed(1, 1));
        assert!(job_has_failed(1, 9));
        assert!(!job_has_failed(1, 10));
        assert!(job_has_failed(2, 19));
    }
}
