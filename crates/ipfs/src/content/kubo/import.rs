//! `dag/import`: blocks as they are, in CARs. For trees that `add` would make otherwise, and to go on after a break.

use super::{
    KuboRpc,
    multipart::{around_car, boundary},
    rpc::told_error,
};
use crate::{
    BlockStore,
    content::{
        ContentError,
        coordinator::{bytes, shards},
        meter::Meter,
        net::car_upload,
    },
    tree::TreeBlock,
};
use cid::Cid;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use std::sync::Arc;

/// Bytes of one CAR.
const SHARD_BYTES: u64 = 32 << 20;
/// Questions at once: some nodes take seconds to say that a block is not there.
const PARALLEL: usize = 64;
const MAX_ANSWER: u64 = 1 << 20;

/// Of these blocks, the ones that the node does not hold.
pub(super) async fn lacking(rpc: &KuboRpc, blocks: &[TreeBlock]) -> Result<Vec<TreeBlock>, ContentError> {
    stream::iter(blocks.iter().copied())
        .map(|block| async move { Ok((block, rpc.has_block(&block.cid).await?)) })
        .buffered(PARALLEL)
        .try_filter_map(|(block, held)| async move { Ok((!held).then_some(block)) })
        .try_collect()
        .await
}

pub(super) async fn import(
    rpc: &KuboRpc,
    store: &BlockStore,
    root: Cid,
    blocks: &[TreeBlock],
    meter: &Arc<Meter>,
) -> Result<(), ContentError> {
    for shard in shards(blocks, SHARD_BYTES) {
        let before = meter.done();
        let told = send(rpc, store, root, shard, meter).await;
        match told {
            Ok(count) if count >= shard.len() as u64 => {}
            Err(error) if error.is_ours() || matches!(error, ContentError::Network(_) | ContentError::Stalled) => {
                return Err(error);
            }
            // Some answer with nothing, or with an error, after they stored everything: what they hold tells the truth.
            told => {
                if !lacking(rpc, shard).await?.is_empty() {
                    return Err(told.err().unwrap_or(ContentError::Answer));
                }
            }
        }
        meter.set_done(before + bytes(shard));
    }
    Ok(())
}

/// Gives the number of blocks that the node says it stored.
async fn send(
    rpc: &KuboRpc,
    store: &BlockStore,
    root: Cid,
    shard: &[TreeBlock],
    meter: &Arc<Meter>,
) -> Result<u64, ContentError> {
    let names = shard.iter().map(|block| block.cid).collect();
    let boundary = boundary(&root);
    let counted = Arc::clone(meter);
    let upload = car_upload(store, root, names, around_car(&boundary), move |bytes| {
        counted.add_done(bytes);
    });
    let query = [("pin-roots", "false"), ("stats", "true"), ("silent", "false")];
    let request = rpc.upload("dag/import", &query, &boundary, upload, MAX_ANSWER);
    let mut values = request.await?;
    let mut stored = 0;
    while let Some(value) = values.next().await? {
        if let Some(error) = told_error(&value) {
            return Err(error);
        }
        let count = value.get("Stats").and_then(|stats| stats.get("BlockCount"));
        stored = count.and_then(Value::as_u64).unwrap_or(stored);
    }
    Ok(stored)
}
