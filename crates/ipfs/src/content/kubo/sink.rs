//! A node as a store that keeps a tree for others.

use super::{
    KuboRpc,
    add::add,
    import::{import, lacking},
    multipart::is_plain,
};
use crate::{
    BlockStore,
    content::{ContentError, coordinator::bytes, local::blocking, meter::Meter},
    tree::TreeBlock,
};
use cid::Cid;
use std::sync::Arc;

/// Tries, each of which goes on where the last one stopped.
const TRIES: u32 = 3;
/// Blocks that are asked for before a fresh tree is taken for one.
const SAMPLE: usize = 14;

/// Sends what the node lacks of the tree, has it pinned, and asks whether it is.
pub(in super::super) async fn publish(
    rpc: &KuboRpc,
    store: &BlockStore,
    root: Cid,
    tree: &[TreeBlock],
    meter: &Arc<Meter>,
) -> Result<(), ContentError> {
    let before = meter.done();
    let mut tries = 0;
    loop {
        meter.set_done(before);
        match once(rpc, store, root, tree, meter).await {
            Ok(()) => {
                meter.set_done(before + bytes(tree));
                return Ok(());
            }
            Err(error) => {
                tries += 1;
                // Most computers run no node. One that went away in the middle may come back; that is the later tries.
                let is_nobody = tries == 1 && error.is_connect();
                if tries == TRIES || is_nobody || !error.is_transient() {
                    return Err(error);
                }
                tracing::debug!(%error, "an upload to Kubo broke off and is tried again");
                tokio::time::sleep(rpc.http.limits.pause(tries)).await;
            }
        }
    }
}

async fn once(
    rpc: &KuboRpc,
    store: &BlockStore,
    root: Cid,
    tree: &[TreeBlock],
    meter: &Arc<Meter>,
) -> Result<(), ContentError> {
    if rpc.has_pin(&root).await? {
        return Ok(());
    }
    let before = meter.done();
    if is_fresh(rpc, tree).await? && is_addable(store, root).await? {
        let made = add(rpc, store, root, tree.len(), bytes(tree), meter).await?;
        if made == Some(root) && rpc.has_pin(&root).await? {
            return Ok(());
        }
        tracing::debug!(?made, %root, "the node made another tree of these files; it gets ours as it is");
    }
    let lacking = lacking(rpc, tree).await?;
    meter.set_done(before + bytes(tree) - bytes(&lacking));
    import(rpc, store, root, &lacking, meter).await?;
    rpc.pin(&root).await?;
    if rpc.has_pin(&root).await? {
        Ok(())
    } else {
        Err(ContentError::Unconfirmed(root))
    }
}

/// Whether none of a few blocks is there: the first ones, which an upload that broke off would have left, and some
/// from all over the tree.
async fn is_fresh(rpc: &KuboRpc, tree: &[TreeBlock]) -> Result<bool, ContentError> {
    let step = (tree.len() / SAMPLE).max(1);
    let spread = tree.iter().step_by(step).take(SAMPLE);
    let first_leaf = tree
        .iter()
        .filter(|block| block.cid.codec() == crate::block::RAW)
        .take(2);
    let sample: Vec<TreeBlock> = spread.chain(first_leaf).copied().collect();
    Ok(lacking(rpc, &sample).await?.len() == sample.len())
}

async fn is_addable(store: &BlockStore, root: Cid) -> Result<bool, ContentError> {
    let store = store.clone();
    blocking(move |_| Ok(is_plain(&store, root, 0)?)).await
}
