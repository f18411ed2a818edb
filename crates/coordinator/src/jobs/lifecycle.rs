//! Pause, resume and cancel, by the creator.

use super::{
    find_own, has_ended,
    outcome::{announce, end, set_status, working_status},
    view::job_view,
};
use crate::{
    app::App,
    audit,
    error::{ApiError, ApiResult},
    idempotent,
    limits::Asking,
    store::{self, WriteTx, jobs::JobRow},
};
use veriframe_core::Address;
use veriframe_wire::admin::AuditAction;
use veriframe_wire::job::{Job, JobStatus};

async fn begin(app: &App, id: &str, caller: Address) -> ApiResult<(WriteTx, JobRow)> {
    let mut tx = app.store.write().await?;
    let job = find_own(app, tx.db(), id, caller).await?;
    if has_ended(job.status) {
        return Err(ApiError::state("The job has ended."));
    }
    Ok((tx, job))
}

async fn finish(mut tx: WriteTx, job: &JobRow) -> ApiResult<Job> {
    let view = job_view(tx.db(), job).await?;
    idempotent::commit(tx, view).await
}

/// No new leases; frames that are being rendered may still be handed in.
pub async fn pause(app: &App, id: &str, caller: Address) -> ApiResult<Job> {
    let (mut tx, mut job) = begin(app, id, caller).await?;
    if job.status != JobStatus::Paused {
        set_status(&mut tx, &mut job, JobStatus::Paused, "Paused by its creator.").await?;
    }
    finish(tx, &job).await
}

pub async fn resume(app: &App, id: &str, caller: Address) -> ApiResult<Job> {
    let (mut tx, mut job) = begin(app, id, caller).await?;
    if job.status == JobStatus::Paused {
        let counts = store::task_counts::of_job(tx.db(), id).await?;
        set_status(&mut tx, &mut job, working_status(counts), "Resumed by its creator.").await?;
        announce(&mut tx, &job).await?;
    }
    finish(tx, &job).await
}

/// Ends the job and gives back what is left.
pub async fn cancel(app: &App, asking: &Asking, id: &str, caller: Address) -> ApiResult<Job> {
    let (mut tx, mut job) = begin(app, id, caller).await?;
    end(&mut tx, &mut job, JobStatus::Cancelled, "Cancelled by its creator.").await?;
    audit::write(&mut tx, asking, caller, AuditAction::JobCancelled, &job.id, "").await?;
    finish(tx, &job).await
}
