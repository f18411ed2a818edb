//! A range of blocks: which have events, and what their receipts say.

use super::{Memory, PassError, Reading, batch};
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use std::{collections::BTreeMap, ops::RangeInclusive};
use veriframe_chain::{
    Felt,
    node::{BlockEvents, BlockRef, EmittedEvent, EventQuery, NodeError},
};

/// Blocks to read the receipts of, each with the hash that a page gave it.
type Hits = BTreeMap<u64, Option<Felt>>;

/// Reads and keeps `blocks`, whose predecessor is `at`; the last of them. Empty blocks cost nothing but their part of two
/// pages.
pub(super) async fn read(
    reading: &Reading<'_>,
    memory: &mut Memory,
    head: BlockRef,
    at: Option<BlockRef>,
    blocks: RangeInclusive<u64>,
) -> Result<BlockRef, PassError> {
    let last = *blocks.end();
    let mut hits = hits(reading, &blocks).await?;
    for suspect in memory.suspects.range(blocks) {
        hits.entry(*suspect).or_insert(None);
    }
    let hits: Vec<(u64, Option<Felt>)> = hits.into_iter().collect();
    let mut at = at;
    let mut rest = hits.as_slice();
    let mut told = next(reading, &mut rest).await?;
    loop {
        let more = !rest.is_empty();
        // The last batch ends with the range, the others with their last block.
        let end = match told.last() {
            Some(block) if more => block.head,
            _ => reading.node.block(last).await?,
        };
        linked(at, &told)?;
        reading.still(head).await?;
        // The node makes the next answers while the database takes these.
        let (kept, later) = tokio::join!(batch::keep(reading, at, told, end), next(reading, &mut rest));
        kept?;
        at = Some(end.at);
        if !more {
            memory.suspects.retain(|suspect| *suspect > last);
            return Ok(end.at);
        }
        told = later?;
    }
}

/// The receipts of the next batch, which is taken from `rest`.
async fn next(reading: &Reading<'_>, rest: &mut &[(u64, Option<Felt>)]) -> Result<Vec<BlockEvents>, PassError> {
    let (now, later) = rest.split_at(rest.len().min(reading.limits.batch));
    *rest = later;
    receipts(reading, now).await
}

/// Blocks in which one of the contracts told something, as far as the node's pages say. The order of pages does not matter.
async fn hits(reading: &Reading<'_>, blocks: &RangeInclusive<u64>) -> Result<Hits, PassError> {
    let mut hits = Hits::new();
    pages(reading, blocks, |event| {
        let BlockRef { number, hash } = event.block;
        let told = hits.insert(number, Some(hash)).flatten();
        if told.is_some_and(|told| told != hash) {
            return Err(PassError::Moved);
        }
        Ok(())
    })
    .await?;
    Ok(hits)
}

/// Shows every event of the contracts in these blocks that the node's pages have, one contract after the other.
pub(super) async fn pages(
    reading: &Reading<'_>,
    blocks: &RangeInclusive<u64>,
    mut see: impl FnMut(&EmittedEvent) -> Result<(), PassError>,
) -> Result<(), PassError> {
    let contracts = &reading.deployment.contracts;
    for contract in [contracts.market, contracts.registry] {
        let mut query = EventQuery {
            from_block: *blocks.start(),
            to_block: *blocks.end(),
            contract,
            page_size: reading.limits.page,
            token: None,
        };
        loop {
            let page = reading.node.events(&query).await?;
            for event in &page.events {
                if !blocks.contains(&event.block.number) {
                    return Err(NodeError::Answer("an event that was not asked for".to_owned()).into());
                }
                see(event)?;
            }
            match page.next {
                None => break,
                next if next == query.token => {
                    return Err(NodeError::Answer("a page that is its own next one".to_owned()).into());
                }
                next => query.token = next,
            }
        }
    }
    Ok(())
}

/// In the order of the blocks, however the node answers.
async fn receipts(reading: &Reading<'_>, hits: &[(u64, Option<Felt>)]) -> Result<Vec<BlockEvents>, PassError> {
    let asked: Vec<_> = hits
        .chunks(reading.limits.together)
        .map(|hits| together(reading, hits).boxed())
        .collect();
    let groups: Vec<Vec<BlockEvents>> = stream::iter(asked)
        .buffered(reading.limits.parallel)
        .try_collect()
        .await?;
    Ok(groups.into_iter().flatten().collect())
}

async fn together(reading: &Reading<'_>, hits: &[(u64, Option<Felt>)]) -> Result<Vec<BlockEvents>, PassError> {
    let numbers: Vec<u64> = hits.iter().map(|(number, _)| *number).collect();
    let blocks = reading.node.blocks_events(&numbers).await?;
    let fits = |(block, (number, hash)): (&BlockEvents, &(u64, Option<Felt>))| {
        block.head.at.number == *number && hash.is_none_or(|hash| hash == block.head.at.hash)
    };
    if blocks.len() == hits.len() && blocks.iter().zip(hits).all(fits) {
        Ok(blocks)
    } else {
        Err(PassError::Moved)
    }
}

/// Blocks that follow each other must name each other.
fn linked(at: Option<BlockRef>, blocks: &[BlockEvents]) -> Result<(), PassError> {
    let mut before = at;
    for BlockEvents { head, .. } in blocks {
        if before.is_some_and(|before| before.number + 1 == head.at.number && before.hash != head.parent) {
            return Err(PassError::Moved);
        }
        before = Some(head.at);
    }
    Ok(())
}
