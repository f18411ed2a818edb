//! Rows as they are shown.

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
    job::{Job, Task, TaskStatus},
};

pub async fn job_view(db: &mut AnyConnection, job: &JobRow) -> ApiResult<Job> {
    let counts = store::task_counts::of_job(db, &job.id).await?;
    let timeline = store::timeline::of_job(db, &job.id).await?;
    let escrow = escrow::view::of_job(db, &job.id).await?;
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
        price_per_frame: AmountText(job.price),
        cap: AmountText(job.cap),
        spent: AmountText(job.spent),
        refunded: AmountText(job.refunded),
        counts: counts.frames,
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

pub fn task_view(app: &App, task: TaskRow) -> Task {
    Task {
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
