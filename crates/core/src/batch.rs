//! How many tasks one lease takes.

/// Seconds of work that a lease is meant to hold: long enough that claiming costs nothing, short enough that a worker
/// that vanishes loses little.
pub const BATCH_SECONDS: f64 = 60.0;
/// Until the worker's speed on the job is known.
pub const FIRST_BATCH: u32 = 2;
pub const BATCH_AT_MOST: u32 = 100;

/// What is known when a worker claims.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// Tasks of the job that nobody holds.
    pub queued: u32,
    /// Measured on this worker's finished frames of the job.
    pub seconds_per_frame: Option<f64>,
    /// Slots of online workers that could take the job, this one's included.
    pub claimers: u32,
    /// The most the worker wants.
    pub asked: Option<u32>,
}

/// Tasks for the lease: 0 only when none is queued or none was asked for.
pub fn batch_size(claim: Claim) -> u32 {
    let by_speed = match claim.seconds_per_frame {
        Some(seconds) if seconds > 0.0 => ((BATCH_SECONDS / seconds) as u32).clamp(1, BATCH_AT_MOST),
        Some(_) => BATCH_AT_MOST,
        None => FIRST_BATCH,
    };
    // Near its end a job is spread over everybody, so that nobody waits for one worker's pile.
    let fair_share = claim.queued.div_ceil(claim.claimers.max(1));
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
        seconds_per_frame: None,
        claimers: 1,
        asked: None,
    };

    #[test]
    fn a_minute_of_work() {
        assert_eq!(batch_size(CLAIM), FIRST_BATCH);
        let at = |seconds| Claim {
            seconds_per_frame: Some(seconds),
            ..CLAIM
        };
        assert_eq!(batch_size(at(6.0)), 10);
        assert_eq!(batch_size(at(600.0)), 1);
        assert_eq!(batch_size(at(0.0)), 100);
        assert_eq!(
            batch_size(Claim {
                asked: Some(3),
                ..at(6.0)
            }),
            3
        );
    }

    #[test]
    fn the_rest_is_shared() {
        let rest = |queued, claimers| {
            batch_size(Claim {
                queued,
                claimers,
                seconds_per_frame: Some(1.0),
                ..CLAIM
            })
        };
        assert_eq!(rest(10, 4), 3);
        assert_eq!(rest(1, 4), 1);
        assert_eq!(rest(0, 4), 0);
    }
}
