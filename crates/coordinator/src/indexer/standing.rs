//! Where we stand: the newest block that is indexed and still on the chain.

use super::{PassError, Reading, roll_back};
use crate::store::{chain_blocks, chain_source};
use veriframe_chain::node::{BlockRef, NodeError};

/// `None`: nothing is indexed. Blocks that the chain has left are rolled back.
///
/// A block's hash covers its parent's, so when a block is on the chain everything below it is as well. That is why few
/// hashes are enough: one for each step and one for each block with events. The ancestor that is found may be some blocks
/// below the true one; those are read again.
pub(super) async fn find(reading: &Reading<'_>, head: BlockRef) -> Result<Option<BlockRef>, PassError> {
    let newest = chain_blocks::newest(&mut *reading.store.read().await?).await?;
    let Some(newest) = newest else { return Ok(None) };
    if on_chain(reading, newest).await? {
        return Ok(Some(newest));
    }
    let kept = chain_blocks::all(&mut *reading.store.read().await?).await?;
    let (mut good, mut bad) = (0, kept.len().saturating_sub(1));
    while good < bad {
        let middle = usize::midpoint(good, bad);
        if on_chain(reading, kept[middle]).await? {
            good = middle + 1;
        } else {
            bad = middle;
        }
    }
    let ancestor = good.checked_sub(1).map(|place| kept[place]);
    reading.still(head).await?;
    let left = newest.number - ancestor.map_or(0, |ancestor| ancestor.number);
    tracing::warn!(from = newest.number, blocks = left, "the chain was reorganised");
    let mut tx = reading.store.write().await?;
    roll_back::to(tx.db(), reading.deployment, ancestor).await?;
    chain_source::count_reorg(tx.db()).await?;
    tx.commit().await?;
    Ok(ancestor)
}

async fn on_chain(reading: &Reading<'_>, kept: BlockRef) -> Result<bool, PassError> {
    match reading.node.block(kept.number).await {
        Ok(block) => Ok(block.at == kept),
        Err(NodeError::NoSuchBlock) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
