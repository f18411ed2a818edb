//! What a frame that came in tells about its job and its worker.

use crate::{
    error::ApiResult,
    store::{self, WriteTx, jobs::JobRow},
};
use veriframe_core::{
    Address,
    schedule::speed::{learned, log_work},
};

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
    store::jobs::measured(tx.db(), &job.id, log_work(seconds, row.speed)).await?;
    Ok(())
}
