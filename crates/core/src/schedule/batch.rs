//! How many tasks one lease takes.

/// Seconds of work that a lease is meant to hold: long enough that claiming costs nothing, short enough that a worker
/// that vanishes loses little.
pub(crate) const BATCH_SECONDS: f64 = 60.0;
/// Until anything is known about how long a frame takes.
pub(crate) const FIRST_BATCH: u32 = 2;
pub(crate) const BATCH_AT_MOST: u32 = 100;

/// What is known when a worker claims.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Tasks of the job that nobody holds.
    pub queued: u32,
    /// Seconds a frame took this worker on this job, on average.
    pub measured: Option<f64>,
    /// What a frame of the job should take this worker: the job's work over the worker's speed.
    pub expected: Option<f64>,
    /// This worker's part of the speed of everybody who could take the job, 0 to 1.
    pub share: f64,
    /// The most the worker wants.
    pub asked: Option<u32>,
}

/// Tasks for the lease: 0 only when none is queued or none was asked for.
pub fn batch_size(claim: Claim) -> u32 {
    let by_speed = match claim.measured.or(claim.expected) {
        Some(seconds) if seconds > 0.0 => ((BATCH_SECONDS / seconds) as u32).clamp(1, BATCH_AT_MOST),
        Some(_) => BATCH_AT_MOST,
        None => FIRST_BATCH,
    };
    // Near its end a job is spread over everybody by speed, so that nobody waits for one worker's pile.
    let share = if claim.share.is_finite() {
        claim.share.clamp(0.0, 1.0)
    } else {
        1.0
    };
    let fair_share = ((f64::from(claim.queued) * share).ceil() as u32).max(1);
    by_speed
        .min(fair_share)
        .min(claim.asked.unwrap_or(BATCH_AT_MOST))
        .min(claim.queued)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: Claim = Claim {
        queued: 100,
        measured: None,
        expected: None,
        share: 1.0,
        asked: None,
    };

    #[test]
    fn a_minute_of_work() {
        assert_eq!(batch_size(CLAIM), FIRST_BATCH);
        let at = |seconds| Claim {
            measured: Some(seconds),
            ..CLAIM
        };
        assert_eq!(batch_size(at(6.0)), 10);
        assert_eq!(batch_size(at(600.0)), 1);
        assert_eq!(batch_size(at(0.0)), 100);
        let few = Claim {
            asked: Some(3),
            ..at(6.0)
        };
        assert_eq!(batch_size(few), 3);
    }

    #[test]
    fn what_others_measured_is_believed_until_it_measured_itself() {
        let expected = Claim {
            expected: Some(12.0),
            ..CLAIM
        };
        assert_eq!(batch_size(expected), 5);
        let both = Claim {
            measured: Some(30.0),
            ..expected
        };
        assert_eq!(batch_size(both), 2);
    }

    #[test]
    fn the_rest_is_shared_by_speed() {
        let rest = |queued, share| {
            batch_size(Claim {
                queued,
                share,
                measured: Some(1.0),
                ..CLAIM
            })
        };
        assert_eq!(rest(10, 0.25), 3);
        assert_eq!(rest(10, 0.01), 1);
        assert_eq!(rest(1, 0.25), 1);
        assert_eq!(rest(0, 0.25), 0);
        assert_eq!(rest(10, f64::NAN), 10);
    }
}
