//! A batch of blocks in one transaction.

use super::{PassError, Reading, keep};
use crate::store::chain_blocks;
use veriframe_chain::node::{BlockEvents, BlockHead, BlockRef, EmittedEvent};

/// Keeps the blocks above `at` that have events, oldest first, and that we are at `end` then.
pub(super) async fn keep(
    reading: &Reading<'_>,
    at: Option<BlockRef>,
    blocks: &[BlockEvents],
    end: BlockHead,
) -> Result<(), PassError> {
    let contracts = &reading.deployment.contracts;
    let mut tx = reading.store.write().await?;
    // Whatever came between: nothing is kept that does not follow on what is there.
    if chain_blocks::newest(tx.db()).await? != at {
        return Err(PassError::Moved);
    }
    for BlockEvents { head, events } in blocks {
        let mut ours: Vec<&EmittedEvent> = events
            .iter()
            .filter(|event| event.from == contracts.market || event.from == contracts.registry)
            .collect();
        if ours.is_empty() {
            continue;
        }
        ours.sort_by_key(|event| (event.transaction_index, event.event_index));
        chain_blocks::insert(tx.db(), head).await?;
        for event in ours {
            keep::event(tx.db(), contracts, event.clone(), head.timestamp).await?;
        }
    }
    chain_blocks::insert(tx.db(), &end).await?;
    chain_blocks::prune(tx.db(), reading.limits.kept).await?;
    Ok(tx.commit().await?)
}
