//! What becomes of a job after anything happened to its tasks.

use super::{domain, find, has_ended, money, takes_workers};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    leases, results,
    store::{self, WriteTx, jobs::JobRow, task_counts::Counts},
    verification,
};
use veriframe_core::failure::job_has_failed;
use veriframe_wire::{AmountText, EventData, job::JobStatus};

/// Moves the job to the state its tasks are in, and ends it when nothing is left to do.
pub async fn decide(tx: &mut WriteTx, id: &str) -> ApiResult<()> {
    let mut job = find(tx.db(), id).await?;
    if has_ended(job.status) {
        return Ok(());
    }
    let counts = store::task_counts::of_job(tx.db(), id).await?;
    let frames = counts.frames;
    if job_has_failed(frames.failed, job.frame_count) {
        let note = format!("{} of {} frames could not be rendered.", frames.failed, job.frame_count);
        return end(tx, &mut job, JobStatus::Failed, &note).await;
    }
    let to_render = frames.queued + frames.leased;
    if to_render + frames.submitted + frames.verified + counts.open_audits() == 0 {
        let note = match frames.failed {
            0 => String::new(),
            failed => format!("{failed} of {} frames could not be rendered.", job.frame_count),
        };
        return end(tx, &mut job, JobStatus::Complete, &note).await;
    }
    if !takes_workers(job.status) {
        return Ok(());
    }
    let next = working_status(counts);
    // Once begun, a job with nothing done is still one that was begun.
    if next != job.status && next != JobStatus::Open {
        set_status(tx, &mut job, next, "").await?;
    }
    Ok(())
}

/// Open, rendering or verifying.
pub(super) fn working_status(counts: Counts) -> JobStatus {
    let frames = counts.frames;
    if frames.queued + frames.leased == 0 {
        JobStatus::Verifying
    } else if frames.leased + frames.submitted + frames.verified + frames.paid + frames.failed > 0 {
        JobStatus::Rendering
    } else {
        JobStatus::Open
    }
}

/// Changes the state and tells of it.
pub(super) async fn set_status(tx: &mut WriteTx, job: &mut JobRow, status: JobStatus, note: &str) -> ApiResult<()> {
    if !domain(job.status).may_become(domain(status)) {
        let (from, to) = (job.status, status);
        return Err(ApiError::internal(format!("a job cannot go from {from:?} to {to:?}")));
    }
    let now = tx.now;
    let ended_at = has_ended(status).then_some(now);
    store::jobs::set_status(tx.db(), &job.id, status, ended_at).await?;
    store::timeline::insert(tx.db(), &job.id, status, note, now).await?;
    job.status = status;
    job.ended_at = ended_at;
    let data = EventData::JobUpdated {
        job: job.id.clone(),
        status,
        note: note.to_owned(),
    };
    tx.emit(Topics::job(&job.id, job.creator), data).await?;
    Ok(())
}

/// Ends the job: what was handed in and not disputed is paid, the rest of the escrow goes back, leases end.
pub(super) async fn end(tx: &mut WriteTx, job: &mut JobRow, status: JobStatus, note: &str) -> ApiResult<()> {
    verification::pay_unchecked(tx, job).await?;
    let now = tx.now;
    store::tasks::cancel_open(tx.db(), &job.id, now).await?;
    leases::release_job(tx, &job.id).await?;
    let refunded = AmountText(money::refund(tx, job).await?);
    // The last frames in hand may come in while the job is paused.
    if !domain(job.status).may_become(domain(status)) {
        set_status(tx, job, JobStatus::Rendering, "").await?;
    }
    set_status(tx, job, status, note).await?;
    if status == JobStatus::Complete {
        results::gather_later(tx, &job.id).await?;
    }
    let id = job.id.clone();
    let data = match status {
        JobStatus::Complete => EventData::JobCompleted {
            job: id,
            spent: AmountText(job.spent),
            refunded,
        },
        JobStatus::Cancelled => EventData::JobCancelled { job: id, refunded },
        _ => EventData::JobFailed {
            job: id,
            // A clause, so that it can stand inside a sentence.
            reason: note.trim_end_matches('.').to_owned(),
            refunded,
        },
    };
    tx.emit(Topics::job(&job.id, job.creator).and_market(), data).await?;
    Ok(())
}

/// For a job that was ended from outside of the coordinator; nothing happens to one that has ended.
pub async fn end_if_open(app: &App, id: &str, status: JobStatus, note: &str) -> ApiResult<()> {
    let mut tx = app.store.write().await?;
    let mut job = find(tx.db(), id).await?;
    if !has_ended(job.status) {
        end(&mut tx, &mut job, status, note).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Tells the market that the job has work, if it has.
pub async fn announce(tx: &mut WriteTx, job: &JobRow) -> ApiResult<()> {
    let queued = store::task_counts::of_job(tx.db(), &job.id).await?.queued();
    if queued > 0 && takes_workers(job.status) {
        let data = EventData::JobAvailable {
            job: job.id.clone(),
            queued,
        };
        tx.emit(Topics::job(&job.id, job.creator).and_market(), data).await?;
    }
    Ok(())
}

/// Ends jobs whose deadline passed.
pub async fn expire_overdue(app: &App) -> ApiResult<()> {
    let mut db = app.store.read().await?;
    let overdue = store::jobs::overdue(&mut db, app.clock.now()).await?;
    drop(db);
    for JobRow { id, .. } in overdue {
        let mut tx = app.store.write().await?;
        let mut job = find(tx.db(), &id).await?;
        if !has_ended(job.status) {
            end(&mut tx, &mut job, JobStatus::Expired, "The deadline passed.").await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
