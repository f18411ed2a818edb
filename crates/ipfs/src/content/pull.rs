//! A tree from the coordinator's gateway, without trusting it: a block is kept only if it was asked for and hashes to
//! its name.
//!
//! A tree of which nothing is here comes as one CAR. Whatever is missing then, or was missing from the start, is
//! fetched block by block; so a transfer that broke off goes on where it stopped.

use super::{
    ContentError, ProgressSink,
    answer::{Coordinator, Format, bytes_of, network},
    embedded::blocking,
};
use crate::{
    BlockStore, Progress, StoreError, TreeError,
    block::{self, RAW},
    car::{CarDecoder, CarError, CarItem},
    profile::MAX_BLOCK_BYTES,
    unixfs::{self, Node},
};
use cid::Cid;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::HashSet;
use tokio::sync::mpsc;

/// Requests at once.
const PARALLEL: usize = 8;
/// Missing blocks that are looked up at once.
const ROUND: usize = 4096;
/// Checked blocks between the network and the disk.
const QUEUE: usize = 16;

/// Fetches whatever of the tree below `root` is not here yet.
pub(super) async fn pull(
    coordinator: &Coordinator,
    blocks: &BlockStore,
    root: Cid,
    progress: &ProgressSink,
) -> Result<(), ContentError> {
    let mut state = Progress::default();
    if !blocks.has(&root) {
        fetch_blocks(coordinator, blocks, &[root], &mut state, progress).await?;
    }
    if is_fresh(blocks, root).await?
        && let Err(error) = fetch_car(coordinator, blocks, root, &mut state, progress).await
    {
        // Not every gateway makes CARs, and a line may break: what arrived is kept, the rest is fetched singly.
        if !matches!(error, ContentError::Refused { .. }) && !error.is_transient() {
            return Err(error);
        }
        tracing::debug!(%error, "the CAR of a tree did not come whole");
    }
    loop {
        let store = blocks.clone();
        let missing = blocking(move |_| Ok(store.missing_blocks(&root, ROUND)?)).await?;
        if missing.is_empty() {
            // What a block claims to be below it is not always what there is.
            state.total = state.done;
            progress(state);
            return Ok(());
        }
        fetch_blocks(coordinator, blocks, &missing, &mut state, progress).await?;
    }
}

/// Whether the root has several children and none of them is here.
async fn is_fresh(blocks: &BlockStore, root: Cid) -> Result<bool, ContentError> {
    let blocks = blocks.clone();
    blocking(move |_| {
        let node = match blocks.node(&root) {
            Err(TreeError::Store(StoreError::Missing(_) | StoreError::Damaged(_))) => return Ok(false),
            node => node?,
        };
        let children = children(&node);
        Ok(children.len() > 1 && !children.iter().any(|(child, _)| blocks.has(child)))
    })
    .await
}

/// CIDs and bytes below, as the node claims them.
fn children(node: &Node) -> Vec<(Cid, u64)> {
    match node {
        Node::Leaf(_) => Vec::new(),
        Node::File { parts, .. } => parts.iter().map(|part| (part.cid, part.size)).collect(),
        Node::Directory(entries) => entries.iter().map(|entry| (entry.cid, entry.size)).collect(),
        Node::Shard(shard) => shard.links().iter().map(|link| (link.target.cid(), 0)).collect(),
    }
}

async fn fetch_blocks(
    coordinator: &Coordinator,
    blocks: &BlockStore,
    wanted: &[Cid],
    state: &mut Progress,
    progress: &ProgressSink,
) -> Result<(), ContentError> {
    let fetched = stream::iter(wanted.iter().copied())
        .map(|cid| async move { Ok::<_, ContentError>((cid, fetch_block(coordinator, cid).await?)) })
        .buffer_unordered(PARALLEL);
    let (queue, stored) = store_from_queue(blocks);
    let sent = fetched
        .try_for_each(|(cid, data)| {
            state.done += data.len() as u64;
            state.total = state.total.max(claimed_total(&cid, &data)).max(state.done);
            progress(*state);
            let queue = queue.clone();
            async move { queue.send((cid, data)).await.map_err(|_| ContentError::Interrupted) }
        })
        .await;
    drop(queue);
    // What arrived before an error is kept, and a full disk is the better explanation of a closed queue.
    stored.await.unwrap_or(Err(ContentError::Interrupted))?;
    sent
}

/// The bytes below a block, by its own account. Only for showing progress.
fn claimed_total(cid: &Cid, data: &[u8]) -> u64 {
    if cid.codec() == RAW {
        return data.len() as u64;
    }
    match unixfs::decode(cid, data.to_vec()) {
        Ok(node) => children(&node)
            .iter()
            .fold(data.len() as u64, |sum, (_, size)| sum.saturating_add(*size)),
        Err(_) => 0,
    }
}

async fn fetch_block(coordinator: &Coordinator, cid: Cid) -> Result<Vec<u8>, ContentError> {
    let mut tries = coordinator.tries();
    loop {
        let data = match coordinator.get(&cid, Format::Raw).await {
            Ok(answer) => bytes_of(answer, MAX_BLOCK_BYTES).await,
            Err(error) => Err(error),
        };
        match data {
            Ok(data) if block::matches(&cid, &data) => return Ok(data),
            Ok(_) => return Err(ContentError::Wrong(cid)),
            Err(error) => tries.pause(not_found(cid, error)).await?,
        }
    }
}

fn not_found(cid: Cid, error: ContentError) -> ContentError {
    match error {
        ContentError::Refused {
            status: 404 | 410 | 422,
            ..
        } => ContentError::NotFound(cid),
        error => error,
    }
}

async fn fetch_car(
    coordinator: &Coordinator,
    blocks: &BlockStore,
    root: Cid,
    state: &mut Progress,
    progress: &ProgressSink,
) -> Result<(), ContentError> {
    let mut answer = coordinator.get(&root, Format::Car).await?;
    let (queue, stored) = store_from_queue(blocks);
    let received = async {
        let mut decoder = CarDecoder::default();
        let mut asked = Asked::for_tree(root);
        while let Some(piece) = answer.chunk().await.map_err(network)? {
            decoder.feed(&piece);
            while let Some(item) = decoder.next_item()? {
                let CarItem::Block(cid, data) = item else { continue };
                if !asked.accept(&cid, &data)? {
                    continue;
                }
                state.done += data.len() as u64;
                state.total = state.total.max(state.done);
                progress(*state);
                if queue.send((cid, data)).await.is_err() {
                    return Err(ContentError::Interrupted);
                }
            }
        }
        match decoder.finish() {
            // Cut off: the rest is fetched singly.
            Err(CarError::Truncated) => Ok(()),
            result => Ok(result?),
        }
    }
    .await;
    drop(queue);
    stored.await.unwrap_or(Err(ContentError::Interrupted))?;
    received
}

/// Which blocks of a tree were asked for: the root, and whatever an accepted node links to.
struct Asked {
    wanted: HashSet<Cid>,
    accepted: HashSet<Cid>,
}

impl Asked {
    fn for_tree(root: Cid) -> Self {
        Self {
            wanted: HashSet::from([root]),
            accepted: HashSet::new(),
        }
    }

    /// `false` for a repetition, an error for what nobody asked for or what is not the block.
    fn accept(&mut self, cid: &Cid, data: &[u8]) -> Result<bool, ContentError> {
        if self.accepted.contains(cid) {
            return Ok(false);
        }
        if !self.wanted.remove(cid) || !block::matches(cid, data) {
            return Err(ContentError::Wrong(*cid));
        }
        self.accepted.insert(*cid);
        if cid.codec() != RAW {
            let node = unixfs::decode(cid, data.to_vec()).map_err(|problem| TreeError::Node { cid: *cid, problem })?;
            let fresh = children(&node).into_iter().map(|(child, _)| child);
            self.wanted.extend(fresh.filter(|child| !self.accepted.contains(child)));
        }
        Ok(true)
    }
}

type Stored = tokio::task::JoinHandle<Result<(), ContentError>>;

/// A queue whose blocks, already checked, are stored off the async threads. The handle ends, with all of them on the
/// disk, when the queue is dropped.
fn store_from_queue(blocks: &BlockStore) -> (mpsc::Sender<(Cid, Vec<u8>)>, Stored) {
    let (queue, mut incoming) = mpsc::channel::<(Cid, Vec<u8>)>(QUEUE);
    let blocks = blocks.clone();
    let stored = tokio::task::spawn_blocking(move || {
        let writer = blocks.writer();
        while let Some((cid, data)) = incoming.blocking_recv() {
            writer.put(&cid, &data)?;
        }
        Ok(writer.finish()?)
    });
    (queue, stored)
}
