//! Nodes do answer with empty pages. So blocks that are indexed are read again now and then, from their receipts.

use super::{Memory, PassError, Reading, pass::Passed, roll_back};
use crate::store::{chain_blocks, chain_events, chain_events::Key, chain_source};
use std::collections::BTreeSet;
use veriframe_chain::node::BlockRef;

/// Compares a few blocks somewhere below `at` with what is kept of them. What differs is rolled back, and its receipts
/// are read when it is indexed again, whatever the pages say then.
pub(super) async fn random(
    reading: &Reading<'_>,
    memory: &mut Memory,
    head: BlockRef,
    at: BlockRef,
) -> Result<Passed, PassError> {
    let (first, last) = draw(reading, at.number);
    let told = read(reading, first, last).await?;
    // Without this, blocks of another chain would look like events that were kept from us.
    reading.still(head).await?;
    let kept = chain_events::keys(&mut *reading.store.read().await?, first, last).await?;
    let different: BTreeSet<u64> = told.symmetric_difference(&kept).map(|key| key.block).collect();
    let Some(&lowest) = different.first() else {
        reading.status.send_modify(|status| status.audits += 1);
        return Ok(Passed::Done);
    };
    tracing::warn!(
        block = lowest,
        "an audit found events that the chain's node had not told"
    );
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
async fn read(reading: &Reading<'_>, first: u64, last: u64) -> Result<BTreeSet<Key>, PassError> {
    let contracts = &reading.deployment.contracts;
    let mut keys = BTreeSet::new();
    for number in first..=last {
        let block = reading.node.block_events(number).await?;
        let ours = block
            .events
            .iter()
            .filter(|event| event.from == contracts.market || event.from == contracts.registry);
        keys.extend(ours.map(Key::of));
    }
    Ok(keys)
}
