//! What a worker can take, best first, and what it cannot and why.

use super::eligibility::why_not;
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    store, workers,
};
use veriframe_core::Address;
use veriframe_wire::{AmountText, ErrorCode, job::AvailableJob};

/// Jobs that are looked at; a worker needs one.
const LOOKED_AT: u32 = 500;
/// Asking is a sign of life, but need not be written down each time. Seconds.
const SIGN_OF_LIFE_EVERY: i64 = 30;

/// Its own jobs first, then those with the fewest frames in somebody's hands (so that no job starves behind a big one),
/// then the oldest. With `explain`, those it cannot take follow, each with the reason.
pub async fn available(app: &App, worker: Address, explain: bool) -> ApiResult<Vec<AvailableJob>> {
    let mut db = app.store.read().await?;
    let worker = store::workers::find(&mut db, worker).await?.ok_or_else(|| {
        ApiError::new(ErrorCode::NotEligible, "This account is not registered as a worker.").hint("Register first.")
    })?;
    if worker.last_seen_at.plus_seconds(SIGN_OF_LIFE_EVERY) <= app.clock.now() {
        let mut tx = app.store.write().await?;
        workers::alive(&mut tx, worker.address).await?;
        tx.commit().await?;
    }
    let mut found = Vec::new();
    for job in store::jobs::with_queued_tasks(&mut db, LOOKED_AT).await? {
        let why_not = why_not(&worker, &job);
        if why_not.is_some() && !explain {
            continue;
        }
        let counts = store::task_counts::of_job(&mut db, &job.id).await?;
        let in_hands = counts.frames.leased + counts.audits.leased;
        let rank = (why_not.is_some(), job.creator != worker.address, in_hands, job.seq);
        let view = AvailableJob {
            id: job.id,
            name: job.request.name,
            queued: counts.queued(),
            price_per_frame: AmountText(job.price),
            asset_cid: job.request.asset_cid,
            why_not,
        };
        found.push((rank, view));
    }
    found.sort_by_key(|(rank, _)| *rank);
    Ok(found.into_iter().map(|(_, view)| view).collect())
}
