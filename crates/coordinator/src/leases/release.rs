//! The ends of leases: done, run out, or released.

use super::{awake::wake, copies};
use crate::{
    app::App,
    error::ApiResult,
    events::Topics,
    jobs,
    store::{
        self, WriteTx,
        jobs::JobRow,
        leases::{Ending, LeaseRow},
        tasks::{TaskRow, id_text},
    },
};
use veriframe_core::Address;
use veriframe_wire::{
    EventData,
    job::{TaskKind, TaskStatus},
};

/// Puts the task back into the queue and tells of it. A copy was never in it, and ends.
pub(super) async fn requeue(tx: &mut WriteTx, job: &JobRow, task: &TaskRow) -> ApiResult<()> {
    if task.kind == TaskKind::Copy {
        return copies::cancel(tx, job, task).await;
    }
    let now = tx.now;
    store::tasks::requeue(tx.db(), task.seq, now).await?;
    let data = EventData::TaskUpdated {
        job: job.id.clone(),
        task: id_text(task.seq),
        frame: task.frame,
        kind: task.kind,
        status: TaskStatus::Queued,
    };
    tx.emit(Topics::job(&job.id, job.creator), data).await?;
    Ok(())
}

/// Ends the lease; what it still held goes back into the queue, without blame.
async fn end(tx: &mut WriteTx, lease: &LeaseRow, ending: Ending) -> ApiResult<()> {
    store::leases::end(tx.db(), lease.fence, ending).await?;
    let tasks = store::tasks::leased(tx.db(), lease.fence).await?;
    let job = jobs::find(tx.db(), &lease.job).await?;
    for task in &tasks {
        requeue(tx, &job, task).await?;
    }
    if !tasks.is_empty() {
        jobs::announce(tx, &job).await?;
        jobs::decide(tx, &job.id).await?;
    }
    Ok(())
}

/// A lease of which nothing is left to do has ended.
pub async fn finish_if_empty(tx: &mut WriteTx, lease: &LeaseRow) -> ApiResult<()> {
    if store::tasks::leased(tx.db(), lease.fence).await?.is_empty() {
        store::leases::end(tx.db(), lease.fence, Ending::Done).await?;
    }
    Ok(())
}

/// Frees at once what earlier runs of this worker's program held.
pub async fn release_earlier_runs(tx: &mut WriteTx, worker: Address, instance: &str) -> ApiResult<()> {
    for lease in store::leases::of_other_instances(tx.db(), worker, instance).await? {
        end(tx, &lease, Ending::Released).await?;
    }
    Ok(())
}

/// Frees everything that the worker holds.
pub async fn release_all(tx: &mut WriteTx, worker: Address) -> ApiResult<()> {
    for lease in store::leases::active_of_worker(tx.db(), worker).await? {
        end(tx, &lease, Ending::Released).await?;
    }
    Ok(())
}

/// Seconds in which the answer to a claim may still be on its way.
const ON_ITS_WAY: i64 = 60;

/// Frees what the worker does not know that it holds: the answer to its claim was lost.
pub async fn release_forgotten(tx: &mut WriteTx, worker: Address, held: &[String]) -> ApiResult<()> {
    let since = tx.now.plus_seconds(-ON_ITS_WAY);
    for lease in store::leases::active_of_worker(tx.db(), worker).await? {
        if lease.created_at <= since && !held.contains(&super::id_text(lease.fence)) {
            tracing::info!(fence = lease.fence, %worker, job = lease.job, "a worker does not know of its lease");
            end(tx, &lease, Ending::Released).await?;
        }
    }
    Ok(())
}

/// When a job has ended; its tasks are no longer anybody's.
pub async fn release_job(tx: &mut WriteTx, job: &str) -> ApiResult<()> {
    for lease in store::leases::active_of_job(tx.db(), job).await? {
        store::leases::end(tx.db(), lease.fence, Ending::Released).await?;
    }
    Ok(())
}

/// Ends every lease that ran out.
pub async fn sweep(app: &App) -> ApiResult<()> {
    wake(app).await?;
    let mut db = app.store.read().await?;
    let any = !store::leases::expired(&mut db, app.clock.now()).await?.is_empty();
    drop(db);
    if !any {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    let expired = expire(&mut tx).await?;
    tx.commit().await?;
    app.metrics.leases_expired.inc_by(expired);
    Ok(())
}

/// As [`sweep`], in a transaction that has begun. Returns how many there were.
pub async fn expire(tx: &mut WriteTx) -> ApiResult<u64> {
    let now = tx.now;
    let expired = store::leases::expired(tx.db(), now).await?;
    for lease in &expired {
        tracing::info!(fence = lease.fence, worker = %lease.worker, job = lease.job, "a lease ran out");
        end(tx, lease, Ending::Expired).await?;
    }
    Ok(expired.len() as u64)
}
