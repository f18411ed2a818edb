//! A tree to the coordinator: only the blocks that it lacks, a shard at a time.

use super::{
    ContentError, ProgressSink,
    answer::{Body, Coordinator},
    embedded::blocking,
};
use crate::{BlockStore, Progress, car, parse_cid, tree::TreeBlock};
use bytes::Bytes;
use cid::Cid;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Names in one question; the coordinator answers up to 10,000.
const ASKED: usize = 1000;
/// Bytes in one shard; the coordinator takes up to 64 MiB. Smaller ones cost little and lose less when they break off.
const SHARD_BYTES: usize = 16 << 20;
/// Times that the coordinator may still find something missing.
const ROUNDS: usize = 3;

#[derive(Serialize)]
struct HaveRequest<'a> {
    cids: &'a [String],
}

#[derive(Deserialize)]
struct HaveResponse {
    held: Vec<String>,
}

#[derive(Deserialize)]
struct CarResponse {
    blocks: Vec<String>,
}

#[derive(Serialize)]
struct PinRequest {
    root: String,
}

#[derive(Deserialize)]
struct PinResponse {
    pinned: bool,
}

/// Sends the tree below `root`, all of which is held here, and has it pinned.
pub(super) async fn push(
    coordinator: &Coordinator,
    blocks: &BlockStore,
    root: Cid,
    progress: &ProgressSink,
) -> Result<(), ContentError> {
    let store = blocks.clone();
    let tree = blocking(move |_| Ok(store.tree_blocks(&root)?)).await?;
    for _ in 0..ROUNDS {
        let lacking = lacking(coordinator, &tree).await?;
        send(coordinator, blocks, root, &tree, &lacking, progress).await?;
        if pin(coordinator, root).await? {
            return Ok(());
        }
    }
    Err(ContentError::NotFound(root))
}

/// Of these blocks, the ones that the coordinator does not hold.
async fn lacking(coordinator: &Coordinator, tree: &[TreeBlock]) -> Result<Vec<TreeBlock>, ContentError> {
    let mut lacking = Vec::new();
    for part in tree.chunks(ASKED) {
        let cids: Vec<String> = part.iter().map(|block| block.cid.to_string()).collect();
        let held = held(coordinator, &cids).await?;
        lacking.extend(part.iter().filter(|block| !held.contains(&block.cid)));
    }
    Ok(lacking)
}

pub(super) async fn held(coordinator: &Coordinator, cids: &[String]) -> Result<HashSet<Cid>, ContentError> {
    let request = HaveRequest { cids };
    let answer: HaveResponse = coordinator.post("have", Body::json(&request)?).await?;
    // Compared as CIDs: the texts may be of another base.
    Ok(answer.held.iter().filter_map(|text| parse_cid(text).ok()).collect())
}

async fn send(
    coordinator: &Coordinator,
    blocks: &BlockStore,
    root: Cid,
    tree: &[TreeBlock],
    lacking: &[TreeBlock],
    progress: &ProgressSink,
) -> Result<(), ContentError> {
    let bytes = |blocks: &[TreeBlock]| blocks.iter().filter_map(|block| block.size).sum::<u64>();
    let total = bytes(tree);
    let mut state = Progress {
        done: total - bytes(lacking),
        total,
    };
    progress(state);
    let mut rest = lacking;
    while !rest.is_empty() {
        let (shard, after) = rest.split_at(shard_length(rest));
        let store = blocks.clone();
        let names: Vec<Cid> = shard.iter().map(|block| block.cid).collect();
        let body = blocking(move |_| {
            let mut body = Vec::new();
            car::write_car(&store, &[root], names, &mut body)?;
            Ok(Bytes::from(body))
        })
        .await?;
        let answer: CarResponse = coordinator.post("car", Body::Car(body)).await?;
        let stored: HashSet<Cid> = answer.blocks.iter().filter_map(|text| parse_cid(text).ok()).collect();
        if let Some(lost) = shard.iter().find(|block| !stored.contains(&block.cid)) {
            return Err(ContentError::NotFound(lost.cid));
        }
        state.done += bytes(shard);
        progress(state);
        rest = after;
    }
    Ok(())
}

/// How many blocks make one shard: at least one.
fn shard_length(blocks: &[TreeBlock]) -> usize {
    let mut bytes = 0;
    let fitting = blocks.iter().take_while(|block| {
        bytes += block.size.unwrap_or(0) as usize + 64;
        bytes <= SHARD_BYTES
    });
    fitting.count().max(1)
}

/// `false` when something is still missing.
async fn pin(coordinator: &Coordinator, root: Cid) -> Result<bool, ContentError> {
    let request = PinRequest { root: root.to_string() };
    match coordinator.post::<PinResponse>("pins", Body::json(&request)?).await {
        Ok(answer) => Ok(answer.pinned),
        Err(ContentError::Refused { status: 422, code, .. }) if code == "content_missing" => Ok(false),
        Err(error) => Err(error),
    }
}
