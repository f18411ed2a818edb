//! Nodes do answer with empty pages, and there are networks whose block hashes do not cover what is in the blocks. So
//! what is indexed is read again: the newest blocks each time by pages, which costs two questions; a few others now and
//! then, from their receipts. Whatever looks different is decided by receipts.

use super::{Memory, PassError, Reading, pass::Passed, range, roll_back};
use crate::store::{chain_blocks, chain_events, chain_events::Key, chain_source};
use std::collections::BTreeSet;
use veriframe_chain::node::BlockRef;

/// Compares what pages say of the newest blocks with what is kept of them.
pub(super) async fn newest(
    reading: &Reading<'_>,
    memory: &mut Memory,
    head: BlockRef,
    at: BlockRef,
) -> Result<Passed, PassError> {
    let oldest = (at.number + 1).saturating_sub(reading.limits.overlap.min(memory.range).max(1));
    let blocks = reading.deployment.start_block.max(oldest)..=at.number;
    let mut paged = BTreeSet::new();
    range::pages(reading, &blocks, |event| {
        paged.insert(Key::of(event));
        Ok(())
    })
    .await?;
    let kept = chain_events::keys(&mut *reading.store.read().await?, *blocks.start(), at.number).await?;
    let doubtful: BTreeSet<u64> = paged.symmetric_difference(&kept).map(|key| key.block).collect();
    compare(reading, memory, head, &doubtful).await
}

/// Compares a few blocks somewhere below `at` with what is kept of them.
pub(super) async fn random(
    reading: &Reading<'_>,
    memory: &mut Memory,
    head: BlockRef,
    at: BlockRef,
) -> Result<Passed, PassError> {
    let (first, last) = draw(reading, at.number);
    let passed = compare(reading, memory, head, &(first..=last).collect()).await?;
    if passed == Passed::Done {
        reading.status.send_modify(|status| status.audits += 1);
    }
    Ok(passed)
}

/// What differs from its receipts is rolled back, and its receipts are read when it is indexed again, whatever the pages
/// say then.
async fn compare(
    reading: &Reading<'_>,
    memory: &mut Memory,
    head: BlockRef,
    blocks: &BTreeSet<u64>,
) -> Result<Passed, PassError> {
    let (Some(&first), Some(&last)) = (blocks.first(), blocks.last()) else {
        return Ok(Passed::Done);
    };
    let told = read(reading, blocks).await?;
    // Without this, blocks of another chain would look like events that were kept from us.
    reading.still(head).await?;
    let mut kept = chain_events::keys(&mut *reading.store.read().await?, first, last).await?;
    kept.retain(|key| blocks.contains(&key.block));
    let different: BTreeSet<u64> = told.symmetric_difference(&kept).map(|key| key.block).collect();
    let Some(&lowest) = different.first() else {
        return Ok(Passed::Done);
    };
    tracing::warn!(block = lowest, "a block has other events than were kept of it");
    memory.suspects.extend(different);
    let mut tx = reading.store.write().await?;
    let before = chain_blocks::before(tx.db(), lowest).await?;
    roll_back::to(tx.db(), reading.deployment, before).await?;
    chain_source::count_miss(tx.db()).await?;
    tx.commit().await?;
    Ok(Passed::Again)
}

/// Some blocks, each as likely as the others.
fn draw(reading: &Reading<'_>, newest: u64) -> (u64, u64) {
    let limits = &reading.limits;
    let oldest = reading
        .deployment
        .start_block
        .max((newest + 1).saturating_sub(limits.audited));
    let first = oldest + reading.chance.below(newest.saturating_sub(oldest) + 1);
    (first, newest.min(first + limits.audit - 1))
}

/// What the receipts of these blocks say.
async fn read(reading: &Reading<'_>, blocks: &BTreeSet<u64>) -> Result<BTreeSet<Key>, PassError> {
    let contracts = &reading.deployment.contracts;
    let mut keys = BTreeSet::new();
    for number in blocks {
        let block = reading.node.block_events(*number).await?;
        let ours = block
            .events
            .iter()
            .filter(|event| event.from == contracts.market || event.from == contracts.registry);
        keys.extend(ours.map(Key::of));
    }
    Ok(keys)
}
