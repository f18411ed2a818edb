//! Rows as they are shown.

use super::takes_workers;
use crate::{
    app::App,
    error::ApiResult,
    escrow,
    store::{
        self,
        jobs::JobRow,
        tasks::{TaskRow, id_text},
    },
};
use sqlx::AnyConnection;
use veriframe_wire::{
    AddressText, AmountText, Time,
    job::{Job, Pace, Task, TaskStatus},
};

pub async fn job_view(db: &mut AnyConnection, job: &JobRow) -> ApiResult<Job> {
    let counts = store::task_counts::of_job(db, &job.id).await?;
    let timeline = store::timeline::of_job(db, &job.id).await?;
    let escrow = escrow::view::of_job(db, &job.id).await?;
    let pace = pace(db, job).await?;
    let request = &job.request;
    Ok(Job {
        id: job.id.clone(),
        name: request.name.clone(),
        creator: AddressText(job.creator),
        status: job.status,
        asset_cid: request.asset_cid.clone(),
        sealed: request.asset_key.is_some(),
        frames: request.frames.clone(),
        render: request.render.clone(),
        summary: request.summary.clone(),
        requirements: request.requirements.clone(),
        verification: request.verification,
        turn: job.turn(),
        house: job.house.clone(),
        price_per_frame: AmountText(job.price),
        cap: AmountText(job.cap),
        spent: AmountText(job.spent),
        refunded: AmountText(job.refunded),
        counts: counts.frames,
        pace,
        created_at: Time(job.created_at),
        deadline: job.deadline.map(Time),
        ended_at: job.ended_at.map(Time),
        timeline,
        // What is settled on a chain stays hidden until the settlement shows it.
        results_cid: job
            .results_cid
            .clone()
            .filter(|_| escrow.as_ref().is_none_or(|escrow| escrow.results_cid.is_some())),
        escrow,
    })
}

async fn pace(db: &mut AnyConnection, job: &JobRow) -> ApiResult<Option<Pace>> {
    let Some(frame_seconds) = job.frame_seconds.filter(|_| takes_workers(job.status)) else {
        return Ok(None);
    };
    let at_work = store::leases::at_work_on(db, &job.id).await?;
    Ok(Some(Pace { frame_seconds, at_work }))
}

pub fn task_view(app: &App, job: &JobRow, task: TaskRow) -> Task {
    Task {
        own: task.worker.is_some_and(|worker| job.is_own(worker)),
        id: id_text(task.seq),
        job: task.job,
        kind: task.kind,
        frame: task.frame,
        status: task.state,
        progress: match task.state {
            TaskStatus::Leased => app.progress.get(task.seq, task.lease.unwrap_or_default()),
            TaskStatus::Submitted | TaskStatus::Verified | TaskStatus::Paid => 1.0,
            TaskStatus::Queued | TaskStatus::Failed | TaskStatus::Cancelled => 0.0,
        },
        worker: task.worker.map(AddressText),
        result: task.result,
        check: task.check,
        paid: AmountText(task.paid),
        failures: task.failures,
        last_failure: task.last_failure,
        updated_at: Time(task.updated_at),
    }
}
