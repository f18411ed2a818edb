//! How a copy of a frame ends. While it lives, its frame is queued or in somebody's hands.

use super::fail::write_down;
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    events::Topics,
    store::{
        self, WriteTx,
        jobs::JobRow,
        tasks::{TaskRow, id_text},
    },
};
use veriframe_core::Address;
use veriframe_wire::{
    EventData,
    job::{FrameResult, TaskKind, TaskStatus},
};

/// Of a frame and its copy, one came in and is right: the other is nobody's any more. Answers with the task that the
/// result is for. From a copy its frame takes over worker and fence, so that there is one frame by one worker, paid
/// once.
pub async fn first_of_two(
    app: &App,
    tx: &mut WriteTx,
    job: &JobRow,
    task: TaskRow,
    result: &FrameResult,
) -> ApiResult<TaskRow> {
    match task.kind {
        TaskKind::Audit => Ok(task),
        TaskKind::Frame => {
            if let Some(copy) = store::task_copies::live(tx.db(), task.seq).await? {
                app.progress.forget(&[copy.seq]);
                cancel(tx, job, &copy).await?;
            }
            Ok(task)
        }
        TaskKind::Copy => take_place(app, tx, job, &task, result).await,
    }
}

async fn take_place(
    app: &App,
    tx: &mut WriteTx,
    job: &JobRow,
    copy: &TaskRow,
    result: &FrameResult,
) -> ApiResult<TaskRow> {
    let frame = frame_of(tx, copy).await?;
    let displaced = match frame.state {
        TaskStatus::Leased => frame.lease,
        TaskStatus::Queued => None,
        // Never while the copy lives; were it so, the copy would be late.
        _ => return Err(ApiError::lease_lost()),
    };
    let (Some(worker), Some(fence)) = (copy.worker, copy.lease) else {
        return Err(ApiError::internal("a copy in nobody's hands was handed in"));
    };
    let now = tx.now;
    store::task_copies::was_first(tx.db(), copy.seq, result, displaced, now).await?;
    store::task_copies::take_over(tx.db(), frame.seq, worker, fence, now).await?;
    tell(tx, job, copy, TaskStatus::Submitted).await?;
    app.progress.forget(&[frame.seq]);
    app.metrics.copies_first.inc();
    Ok(TaskRow {
        worker: Some(worker),
        lease: Some(fence),
        state: TaskStatus::Leased,
        ..frame
    })
}

/// Nobody waits for the copy any more, or its worker has let go of it.
pub(super) async fn cancel(tx: &mut WriteTx, job: &JobRow, copy: &TaskRow) -> ApiResult<()> {
    end(tx, job, copy, TaskStatus::Cancelled).await
}

/// The worker failed on the frame, which stays where it is; it will not get it again.
pub(super) async fn fail(
    tx: &mut WriteTx,
    job: &JobRow,
    copy: &TaskRow,
    worker: Address,
    message: &str,
    log: &str,
) -> ApiResult<()> {
    let frame = frame_of(tx, copy).await?;
    write_down(tx, job, &frame, worker, message, log).await?;
    store::tasks::set_failure(tx.db(), copy.seq, copy.failures + 1, message).await?;
    end(tx, job, copy, TaskStatus::Failed).await
}

async fn end(tx: &mut WriteTx, job: &JobRow, copy: &TaskRow, status: TaskStatus) -> ApiResult<()> {
    let now = tx.now;
    store::tasks::set_state(tx.db(), copy.seq, status, now).await?;
    tell(tx, job, copy, status).await
}

async fn frame_of(tx: &mut WriteTx, copy: &TaskRow) -> ApiResult<TaskRow> {
    let missing = || ApiError::internal("a copy of no frame");
    let frame = copy.copies.ok_or_else(missing)?;
    store::tasks::find(tx.db(), frame).await?.ok_or_else(missing)
}

async fn tell(tx: &mut WriteTx, job: &JobRow, copy: &TaskRow, status: TaskStatus) -> ApiResult<()> {
    let data = EventData::TaskUpdated {
        job: job.id.clone(),
        task: id_text(copy.seq),
        frame: copy.frame,
        kind: copy.kind,
        status,
    };
    tx.emit(Topics::job(&job.id, job.creator), data).await?;
    Ok(())
}
