//! What a creator may do about one frame: accept it, have it rendered again, dispute it.

use super::{announce, decide, find_own, has_ended, money, task_view};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    idempotent,
    store::{self, WriteTx, jobs::JobRow, tasks::TaskRow},
    verification,
};
use veriframe_core::Address;
use veriframe_wire::{
    ErrorCode, EventData,
    job::{Check, CheckOutcome, Task, TaskKind, TaskStatus},
};

/// The creator is content with a frame as it is: a check that is under way is called off, and the frame is paid.
pub async fn accept(app: &App, caller: Address, job: &str, task: &str) -> ApiResult<Task> {
    let (mut tx, mut job, task) = begin(app, caller, job, task).await?;
    match task.state {
        TaskStatus::Submitted if !has_ended(job.status) => {
            verification::call_off(&mut tx, &mut job, &task).await?;
            mark(&mut tx, &task, CheckOutcome::Accepted).await?;
            let worker = task
                .worker
                .ok_or_else(|| ApiError::internal("a submitted frame has no worker"))?;
            money::pay(&mut tx, &mut job, &task, worker).await?;
            decide(&mut tx, &job.id).await?;
        }
        TaskStatus::Paid => mark(&mut tx, &task, CheckOutcome::Accepted).await?,
        _ => return Err(ApiError::state("Only a frame that was handed in can be accepted.")),
    }
    finish(app, tx, &job, &task).await
}

/// Renders a paid frame once more, at the price of a frame.
pub async fn rerender(app: &App, caller: Address, job: &str, task: &str) -> ApiResult<Task> {
    let (mut tx, job, task) = begin(app, caller, job, task).await?;
    running(&job)?;
    if task.state != TaskStatus::Paid {
        return Err(ApiError::state("Only a finished frame can be rendered again."));
    }
    if open_audits(&mut tx, &task).await? {
        return Err(ApiError::state("The frame is being checked.").hint("Wait for the check to end."));
    }
    can_afford(&mut tx, &job).await?;
    let now = tx.now;
    store::failures::forget(tx.db(), task.seq).await?;
    store::tasks::begin_edition(tx.db(), task.seq, now).await?;
    decide(&mut tx, &job.id).await?;
    let job = super::find(tx.db(), &job.id).await?;
    announce(&mut tx, &job).await?;
    finish(app, tx, &job, &task).await
}

/// Has a frame checked by a second render, whatever the draw said.
pub async fn dispute(app: &App, caller: Address, job: &str, task: &str) -> ApiResult<Task> {
    let (mut tx, job, task) = begin(app, caller, job, task).await?;
    running(&job)?;
    if !matches!(task.state, TaskStatus::Paid | TaskStatus::Submitted) {
        return Err(ApiError::state("Only a frame that was handed in can be disputed."));
    }
    if !open_audits(&mut tx, &task).await? {
        can_afford(&mut tx, &job).await?;
        let now = tx.now;
        store::tasks::insert_audit(tx.db(), &task, 1, now).await?;
        mark(&mut tx, &task, CheckOutcome::Pending).await?;
        decide(&mut tx, &job.id).await?;
        let job = super::find(tx.db(), &job.id).await?;
        announce(&mut tx, &job).await?;
    }
    finish(app, tx, &job, &task).await
}

async fn begin(app: &App, caller: Address, job: &str, task: &str) -> ApiResult<(WriteTx, JobRow, TaskRow)> {
    let mut tx = app.store.write().await?;
    let job = find_own(app, tx.db(), job, caller).await?;
    let seq = store::tasks::parse_id(task).ok_or_else(|| ApiError::not_found("task"))?;
    let task = store::tasks::find(tx.db(), seq)
        .await?
        .filter(|task| task.job == job.id)
        .ok_or_else(|| ApiError::not_found("task"))?;
    let is_another = match task.kind {
        TaskKind::Frame => None,
        TaskKind::Audit => Some("This is a check of a frame; name the frame's own task."),
        TaskKind::Copy => Some("This is a copy of a frame; name the frame's own task."),
    };
    if let Some(what) = is_another {
        return Err(ApiError::state(what));
    }
    Ok((tx, job, task))
}

async fn finish(app: &App, mut tx: WriteTx, job: &JobRow, task: &TaskRow) -> ApiResult<Task> {
    let task = store::tasks::find(tx.db(), task.seq)
        .await?
        .ok_or_else(|| ApiError::not_found("task"))?;
    let data = EventData::TaskUpdated {
        job: job.id.clone(),
        task: store::tasks::id_text(task.seq),
        frame: task.frame,
        kind: task.kind,
        status: task.state,
    };
    tx.emit(Topics::job(&job.id, job.creator), data).await?;
    idempotent::commit(tx, task_view(app, job, task)).await
}

fn running(job: &JobRow) -> ApiResult<()> {
    if has_ended(job.status) {
        return Err(
            ApiError::state("The job has ended and what was left has been refunded.")
                .hint("Post a new job with the frames you want again."),
        );
    }
    Ok(())
}

async fn can_afford(tx: &mut WriteTx, job: &JobRow) -> ApiResult<()> {
    if money::room(tx.db(), job).await? < job.price {
        return Err(ApiError::new(
            ErrorCode::InsufficientFunds,
            "The cap of the job leaves no room for another render.",
        )
        .hint("What is in escrow is promised to the frames that are still open."));
    }
    Ok(())
}

async fn open_audits(tx: &mut WriteTx, frame: &TaskRow) -> ApiResult<bool> {
    let audits = store::tasks::audits_of(tx.db(), frame.seq).await?;
    Ok(audits.iter().any(verification::is_open))
}

async fn mark(tx: &mut WriteTx, task: &TaskRow, outcome: CheckOutcome) -> ApiResult<()> {
    let check = Check {
        outcome,
        ..task
            .check
            .clone()
            .unwrap_or_else(|| verification::unchecked(outcome, ""))
    };
    store::tasks::set_check(tx.db(), task.seq, &check).await?;
    Ok(())
}
