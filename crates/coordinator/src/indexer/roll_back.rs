//! Taking blocks back.

use super::{Deployment, keep};
use crate::store::{
    chain_blocks, chain_claims, chain_differences, chain_events, chain_jobs, chain_payments, chain_workers,
};
use sqlx::AnyConnection;
use veriframe_chain::node::BlockRef;

/// Forgets everything above `ancestor`, or everything. Jobs and workers that were told of above it are made again from
/// what is left of their events.
pub(super) async fn to(
    db: &mut AnyConnection,
    deployment: &Deployment,
    ancestor: Option<BlockRef>,
) -> Result<(), sqlx::Error> {
    let first = ancestor.map_or(0, |ancestor| ancestor.number + 1);
    let jobs = chain_events::jobs_from(db, first).await?;
    let workers = chain_events::accounts_from(db, first).await?;
    chain_events::delete_from(db, first).await?;
    chain_payments::delete_from(db, first).await?;
    chain_claims::delete_from(db, first).await?;
    chain_blocks::delete_from(db, first).await?;
    // What the contracts said there, they may not say any more.
    chain_differences::delete_from(db, first).await?;
    if ancestor.is_none() {
        chain_jobs::clear(db).await?;
        return chain_workers::clear(db).await;
    }
    for job in jobs {
        keep::job_again(db, &deployment.contracts, job).await?;
    }
    for worker in workers {
        keep::worker_again(db, &deployment.contracts, worker).await?;
    }
    Ok(())
}
