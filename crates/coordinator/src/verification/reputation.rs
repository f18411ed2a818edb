//! A worker's record, as its renders turn out right or wrong.

use crate::{
    error::ApiResult,
    events::Topics,
    store::{self, WriteTx, jobs::JobRow, reputation_history::NewChange, tasks::TaskRow},
};
use veriframe_core::{Address, reputation};
use veriframe_wire::{AddressText, EventData, worker::ReputationReason};

/// One more right render. What a creator renders for itself is counted but proves nothing.
pub async fn verified(tx: &mut WriteTx, worker: Address, job: &JobRow, task: &TaskRow) -> ApiResult<()> {
    let Some(row) = store::workers::find(tx.db(), worker).await? else {
        return Ok(());
    };
    let after = if job.is_own(worker) {
        row.reputation
    } else {
        reputation::after_verified(row.reputation)
    };
    store::workers::judge(tx.db(), worker, after, 1, 0).await?;
    let judged = Judged {
        worker,
        was: row.reputation,
        became: after,
        reason: ReputationReason::FrameVerified,
    };
    tell(tx, judged, job, task).await
}

/// A render that a majority showed to be wrong: every creator's trust is gone with it.
pub async fn rejected(tx: &mut WriteTx, worker: Address, job: &JobRow, task: &TaskRow) -> ApiResult<()> {
    let Some(row) = store::workers::find(tx.db(), worker).await? else {
        return Ok(());
    };
    let after = if job.is_own(worker) {
        row.reputation
    } else {
        reputation::after_rejected(row.reputation)
    };
    store::trust::lose(tx.db(), worker).await?;
    store::workers::judge(tx.db(), worker, after, 0, 1).await?;
    let judged = Judged {
        worker,
        was: row.reputation,
        became: after,
        reason: ReputationReason::FrameRejected,
    };
    tell(tx, judged, job, task).await
}

struct Judged {
    worker: Address,
    was: u32,
    became: u32,
    reason: ReputationReason,
}

/// Writes the change down with what led to it, and tells of it.
async fn tell(tx: &mut WriteTx, judged: Judged, job: &JobRow, task: &TaskRow) -> ApiResult<()> {
    let Judged {
        worker,
        was,
        became,
        reason,
    } = judged;
    if was == became {
        return Ok(());
    }
    let change = NewChange {
        worker,
        was,
        became,
        reason,
        job: &job.id,
        frame: task.frame,
    };
    let now = tx.now;
    store::reputation_history::insert(tx.db(), change, now).await?;
    let data = EventData::ReputationUpdated {
        worker: AddressText(worker),
        reputation: became,
    };
    tx.emit(Topics::worker(worker), data).await?;
    Ok(())
}
