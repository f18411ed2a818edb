//! A worker's record, as its renders turn out right or wrong.

use crate::{
    error::ApiResult,
    events::Topics,
    store::{self, WriteTx},
};
use veriframe_core::{Address, reputation};
use veriframe_wire::{AddressText, EventData};

/// One more right render. What a creator renders for itself is counted but proves nothing.
pub async fn verified(tx: &mut WriteTx, worker: Address, creator: Address) -> ApiResult<()> {
    let Some(row) = store::workers::find(tx.db(), worker).await? else {
        return Ok(());
    };
    let after = if worker == creator {
        row.reputation
    } else {
        reputation::after_verified(row.reputation)
    };
    store::workers::judge(tx.db(), worker, after, 1, 0).await?;
    tell(tx, worker, row.reputation, after).await
}

/// A render that a majority showed to be wrong: every creator's trust is gone with it.
pub async fn rejected(tx: &mut WriteTx, worker: Address, creator: Address) -> ApiResult<()> {
    let Some(row) = store::workers::find(tx.db(), worker).await? else {
        return Ok(());
    };
    let after = if worker == creator {
        row.reputation
    } else {
        reputation::after_rejected(row.reputation)
    };
    store::trust::lose(tx.db(), worker).await?;
    store::workers::judge(tx.db(), worker, after, 0, 1).await?;
    tell(tx, worker, row.reputation, after).await
}

async fn tell(tx: &mut WriteTx, worker: Address, before: u32, after: u32) -> ApiResult<()> {
    if before != after {
        let data = EventData::ReputationUpdated {
            worker: AddressText(worker),
            reputation: after,
        };
        tx.emit(Topics::worker(worker), data).await?;
    }
    Ok(())
}
