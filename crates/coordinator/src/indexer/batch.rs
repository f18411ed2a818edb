//! A batch of blocks in one transaction.

use super::{PassError, Reading, keep};
use crate::{
    events::Topics,
    store::{chain_blocks, chain_events, chain_events::Key},
};
use veriframe_chain::node::{BlockEvents, BlockHead, BlockRef};
use veriframe_wire::{AddressText, EventData};

/// Keeps the blocks above `at` that have events, oldest first, and that we are at `end` then.
pub(super) async fn keep(
    reading: &Reading<'_>,
    at: Option<BlockRef>,
    blocks: Vec<BlockEvents>,
    end: BlockHead,
) -> Result<(), PassError> {
    let contracts = &reading.deployment.contracts;
    let mut tx = reading.store.write().await?;
    // Whatever came between: nothing is kept that does not follow on what is there.
    if chain_blocks::newest(tx.db()).await? != at {
        return Err(PassError::Moved);
    }
    let mut heads = Vec::new();
    let mut told = Vec::new();
    for BlockEvents { head, mut events } in blocks {
        events.retain(|event| event.from == contracts.market || event.from == contracts.registry);
        if events.is_empty() {
            continue;
        }
        events.sort_by_key(|event| (event.transaction_index, event.event_index));
        heads.push(head);
        told.extend(events.into_iter().map(|event| (event, head.timestamp)));
    }
    if let (Some(first), Some(last)) = (heads.first(), heads.last()) {
        // What is kept already changes nothing.
        let kept = chain_events::keys(tx.db(), first.at.number, last.at.number).await?;
        told.retain(|(event, _)| !kept.contains(&Key::of(event)));
    }
    for worker in keep::events(tx.db(), contracts, told).await? {
        let verified = EventData::WorkerVerified {
            worker: AddressText(worker),
        };
        tx.emit(Topics::worker(worker).and_market(), verified).await?;
    }
    if heads.last().is_none_or(|last| last.at != end.at) {
        heads.push(end);
    }
    chain_blocks::insert(tx.db(), &heads).await?;
    chain_blocks::prune(tx.db(), reading.limits.kept).await?;
    Ok(tx.commit().await?)
}
