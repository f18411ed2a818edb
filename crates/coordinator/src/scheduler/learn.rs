//! What a frame that came in tells about its job and its worker.

use crate::{
    error::ApiResult,
    store::{self, WriteTx, jobs::JobRow},
};
use veriframe_core::{
    Address,
    schedule::speed::{learned, log_work},
};

/// How much of a job's frame time is its newest frame.
const NEWEST: f64 = 0.1;

/// `seconds` is what the worker says it took. One that says less is offered larger batches and the jobs of fast workers,
/// and loses both with its next leases: it gains nothing by it.
pub async fn learn(tx: &mut WriteTx, job: &mut JobRow, worker: Address, seconds: f64) -> ApiResult<()> {
    let Some(row) = store::workers::find(tx.db(), worker).await?.filter(|_| seconds > 0.0) else {
        return Ok(());
    };
    if let Some(work) = job.measured.per_frame() {
        let speed = learned(row.speed, work, seconds);
        store::workers::set_speed(tx.db(), worker, speed).await?;
    }
    job.measured = job.measured.and(seconds, row.speed);
    let usual = usual(job.frame_seconds, job.measured.frames, seconds);
    job.frame_seconds = Some(usual);
    store::jobs::measured(tx.db(), &job.id, log_work(seconds, row.speed), usual).await?;
    Ok(())
}

/// The mean of the first frames; after that the newest one counts for a tenth, because a shot changes as it goes on.
fn usual(before: Option<f64>, frames: u32, seconds: f64) -> f64 {
    before.map_or(seconds, |before| {
        before + (seconds - before) * NEWEST.max(1.0 / f64::from(frames.max(1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_frames_are_averaged_and_later_ones_followed() {
        let mut mean = None;
        for (frames, seconds) in [(1, 10.0), (2, 20.0), (3, 30.0)] {
            mean = Some(usual(mean, frames, seconds));
        }
        assert!((mean.unwrap() - 20.0).abs() < 1e-9, "{mean:?}");
        for frames in 4..100 {
            mean = Some(usual(mean, frames, 100.0));
        }
        assert!((mean.unwrap() - 100.0).abs() < 1.0, "{mean:?}");
    }
}
