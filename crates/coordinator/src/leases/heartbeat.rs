//! A worker says that it is still at it, and how far.

use super::{finish_if_empty, held_by, parse};
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    jobs,
    replicas::passing::{self, Passing},
    store::{self, jobs::JobRow, tasks::TaskRow},
};
use veriframe_core::Address;
use veriframe_wire::{
    AddressText, Event, EventData, Time,
    job::TaskKind,
    lease::{HeartbeatRequest, HeartbeatResponse},
};

/// Extends the lease. For a job that was paused or has ended it says to stop, and extends nothing.
pub async fn heartbeat(
    app: &App,
    caller: Address,
    job: &str,
    request: HeartbeatRequest,
) -> ApiResult<HeartbeatResponse> {
    let claimed = parse(&request.lease_id, request.fence)?;
    let mut tx = app.store.write().await?;
    let now = tx.now;
    let job = jobs::find_leased(tx.db(), job).await?;
    let lease = held_by(tx.db(), claimed, caller, &job.id)
        .await?
        .ok_or_else(ApiError::lease_lost)?;
    let not_wanted = store::task_copies::not_wanted(tx.db(), lease.fence).await?;
    let stop = HeartbeatResponse {
        go_on: false,
        expires_at: Time(lease.expires_at),
        not_wanted: not_wanted.into_iter().map(store::tasks::id_text).collect(),
    };
    if jobs::has_ended(job.status) {
        return Ok(stop);
    }
    lease
        .holding()
        .admits(claimed.fence, now)
        .map_err(|_| ApiError::lease_lost())?;
    crate::workers::alive(&mut tx, caller).await?;
    let tasks = store::tasks::leased(tx.db(), lease.fence).await?;
    if tasks.is_empty() {
        finish_if_empty(&mut tx, &lease).await?;
    }
    let go_on = jobs::takes_workers(job.status) && !tasks.is_empty();
    let expires_at = now.plus_seconds(i64::from(app.settings.lease_seconds));
    if go_on {
        store::leases::extend(tx.db(), lease.fence, expires_at).await?;
    }
    tx.commit().await?;
    for report in &request.progress {
        let task = store::tasks::parse_id(&report.task).and_then(|seq| tasks.iter().find(|task| task.seq == seq));
        if let Some(task) = task {
            tell(app, &job, task, caller, report.progress);
        }
    }
    if !go_on {
        return Ok(stop);
    }
    Ok(HeartbeatResponse {
        go_on: true,
        expires_at: Time(expires_at),
        ..stop
    })
}

/// Progress goes to whoever listens now and is not kept. Of a copy it is nobody's business: the frame has its own.
fn tell(app: &App, job: &JobRow, task: &TaskRow, worker: Address, progress: f32) {
    let fence = task.lease.unwrap_or_default();
    let at = app.clock.now();
    let progress = app.progress.set(task.seq, fence, progress, at);
    if task.kind == TaskKind::Copy {
        return;
    }
    let event = Event {
        seq: None,
        at: Time(at),
        data: EventData::TaskProgress {
            job: job.id.clone(),
            task: store::tasks::id_text(task.seq),
            frame: task.frame,
            progress,
            worker: AddressText(worker),
        },
    };
    let creator = AddressText(job.creator);
    passing::tell(app, Passing { event, creator, fence });
}
