//! A worker could not do it.

use super::{awake::wake, copies, finish_if_empty, held_by, parse, release::requeue};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    idempotent, jobs,
    store::tasks::{TaskRow, id_text},
    store::{self, WriteTx, job_log::NewLine, jobs::JobRow, text::word},
    verification,
};
use veriframe_core::{
    Address,
    failure::{Tries, task_has_failed},
};
use veriframe_wire::{
    EventData,
    job::{TaskKind, TaskStatus},
    lease::{FailReason, FailRequest},
};

const MESSAGE_CHARS: usize = 500;

/// Gives tasks back: with blame, or, when the provider stopped, without.
pub async fn fail(app: &App, caller: Address, job: &str, request: FailRequest) -> ApiResult<()> {
    if request.log_tail.len() > 4 * store::job_log::TAIL_BYTES {
        return Err(ApiError::invalid("A failure has at most 8 KiB of log."));
    }
    let claimed = parse(&request.lease_id, request.fence)?;
    wake(app).await?;
    let mut tx = app.store.write().await?;
    let now = tx.now;
    let mut job = jobs::find_leased(tx.db(), job).await?;
    let lease = held_by(tx.db(), claimed, caller, &job.id)
        .await?
        .ok_or_else(ApiError::lease_lost)?;
    lease
        .holding()
        .admits(claimed.fence, now)
        .map_err(|_| ApiError::lease_lost())?;
    let mut tasks = store::tasks::leased(tx.db(), lease.fence).await?;
    if let Some(id) = &request.task {
        tasks.retain(|task| id_text(task.seq) == *id);
        if tasks.is_empty() {
            return Err(ApiError::lease_lost());
        }
    }
    let message = sentence(&request);
    for task in &tasks {
        app.progress.forget(&[task.seq]);
        if request.reason == FailReason::Stopped {
            requeue(&mut tx, &job, task).await?;
        } else {
            task_failed(app, &mut tx, &mut job, task, caller, &message, &request.log_tail).await?;
        }
    }
    finish_if_empty(&mut tx, &lease).await?;
    jobs::announce(&mut tx, &job).await?;
    jobs::decide(&mut tx, &job.id).await?;
    idempotent::commit_nothing(tx).await
}

fn sentence(request: &FailRequest) -> String {
    let message: String = request.message.chars().take(MESSAGE_CHARS).collect();
    if message.trim().is_empty() {
        word(request.reason).replace('_', " ")
    } else {
        message
    }
}

/// Writes down that `worker` failed the task; it goes to somebody else, or has failed for good. Of a copy only the copy
/// has.
pub async fn task_failed(
    app: &App,
    tx: &mut WriteTx,
    job: &mut JobRow,
    task: &TaskRow,
    worker: Address,
    message: &str,
    log: &str,
) -> ApiResult<()> {
    if task.kind == TaskKind::Copy {
        return copies::fail(tx, job, task, worker, message, log).await;
    }
    write_down(tx, job, task, worker, message, log).await?;
    let tried = store::failures::of_task(tx.db(), task.seq).await?;
    let able = app.census.look(app, tx.db()).await?.able(job);
    let tries = Tries {
        workers: u32::try_from(tried.len()).unwrap_or(u32::MAX),
        failures: tried.iter().map(|&(_, times)| times).sum(),
        somebody_else: able
            .addresses
            .iter()
            .any(|other| tried.iter().all(|(failed, _)| failed != other)),
    };
    // As long as somebody renders a copy of it, it may still come out well.
    if !task_has_failed(tries) || store::task_copies::live(tx.db(), task.seq).await?.is_some() {
        return requeue(tx, job, task).await;
    }
    let now = tx.now;
    store::tasks::set_state(tx.db(), task.seq, TaskStatus::Failed, now).await?;
    let data = EventData::TaskUpdated {
        job: job.id.clone(),
        task: id_text(task.seq),
        frame: task.frame,
        kind: task.kind,
        status: TaskStatus::Failed,
    };
    tx.emit(Topics::job(&job.id, job.creator), data).await?;
    match task.kind {
        TaskKind::Frame | TaskKind::Copy => Ok(()),
        TaskKind::Audit => verification::give_up(tx, job, task).await,
    }
}

/// That the worker failed the task, why, and the end of its output.
pub(super) async fn write_down(
    tx: &mut WriteTx,
    job: &JobRow,
    task: &TaskRow,
    worker: Address,
    message: &str,
    log: &str,
) -> ApiResult<()> {
    let now = tx.now;
    store::failures::insert(tx.db(), task.seq, worker, message, now).await?;
    store::tasks::set_failure(tx.db(), task.seq, task.failures + 1, message).await?;
    let line = NewLine {
        job: &job.id,
        task: task.seq,
        frame: task.frame,
        worker,
        failed: true,
        text: &format!("{message}\n{log}"),
    };
    store::job_log::insert(tx.db(), line, now).await?;
    Ok(())
}
