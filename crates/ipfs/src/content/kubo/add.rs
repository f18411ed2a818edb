//! `add`: plain files and folders, from which the node makes the tree itself.

use super::{
    KuboRpc,
    multipart::{ROOT_NAME, boundary, write_tree},
    rpc::told_error,
};
use crate::{
    BlockStore,
    content::{ContentError, meter::Meter, net::Upload},
    parse_cid,
};
use cid::Cid;
use serde_json::Value;
use std::sync::Arc;

/// The profile, as parameters.
const PROFILE: [(&str, &str); 7] = [
    ("cid-version", "1"),
    ("raw-leaves", "true"),
    ("chunker", "size-1048576"),
    ("max-file-links", "1024"),
    ("hash", "sha2-256"),
    ("pin", "true"),
    ("progress", "true"),
];
/// Bytes of answer for one entry, at the most; a name alone may take three for each of its own.
const ANSWER_PER_ENTRY: u64 = 4 << 10;
/// Content after which a node tells once how far it is.
const PROGRESS_STEP: u64 = 8 << 10;
const PROGRESS_LINE: u64 = 2 << 10;

/// Sends the tree as files. Gives the root that the node made of it, or `None` when it ended without one.
pub(super) async fn add(
    rpc: &KuboRpc,
    store: &BlockStore,
    root: Cid,
    blocks: usize,
    bytes: u64,
    meter: &Arc<Meter>,
) -> Result<Option<Cid>, ContentError> {
    let (from, counted) = (store.clone(), Arc::clone(meter));
    let upload = Upload::new(
        move |pieces| write_tree(&from, root, pieces),
        move |bytes| counted.add_done(bytes),
    );
    let max_answer = (1 << 20) + blocks as u64 * ANSWER_PER_ENTRY + bytes / PROGRESS_STEP * PROGRESS_LINE;
    let mut values = rpc
        .upload("add", &PROFILE, &boundary(&root), upload, max_answer)
        .await?;
    let mut made = None;
    while let Some(value) = values.next().await? {
        if let Some(error) = told_error(&value) {
            return Err(error);
        }
        if !value.is_object() {
            return Err(ContentError::Answer);
        }
        let text = |key| value.get(key).and_then(Value::as_str);
        if let (Some(ROOT_NAME), Some(hash)) = (text("Name"), text("Hash")) {
            // A CID of another kind than ours is another root all the same.
            made = parse_cid(hash).ok();
        }
    }
    Ok(made)
}
