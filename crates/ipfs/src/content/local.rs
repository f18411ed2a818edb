//! Work on our own store, off the async threads.

use super::{ContentError, ProgressSink};
use crate::{BlockStore, Imported};
use cid::Cid;
use std::path::Path;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Checked blocks between the network and the disk.
const QUEUE: usize = 16;

/// Imports and pins.
pub(super) async fn import(blocks: &BlockStore, path: &Path, progress: ProgressSink) -> Result<Imported, ContentError> {
    let (blocks, path) = (blocks.clone(), path.to_owned());
    blocking(move |cancel| {
        let imported = blocks.import_path(&path, &mut |state| progress(state), &|| cancel.is_cancelled())?;
        blocks.pin(&imported.root)?;
        Ok(imported)
    })
    .await
}

pub(super) async fn export(
    blocks: &BlockStore,
    root: Cid,
    dest: &Path,
    progress: ProgressSink,
) -> Result<(), ContentError> {
    let (blocks, dest) = (blocks.clone(), dest.to_owned());
    blocking(move |cancel| {
        Ok(blocks.export_tree(&root, &dest, &mut |state| progress(state), &|| cancel.is_cancelled())?)
    })
    .await
}

pub(super) async fn read_file(blocks: &BlockStore, cid: Cid, max_bytes: u64) -> Result<Vec<u8>, ContentError> {
    let blocks = blocks.clone();
    blocking(move |_| Ok(blocks.read_file(&cid, max_bytes)?)).await
}

/// Blocks below `root` that are not here, at most `limit`.
pub(super) async fn missing(blocks: &BlockStore, root: Cid, limit: usize) -> Result<Vec<Cid>, ContentError> {
    let blocks = blocks.clone();
    blocking(move |_| Ok(blocks.missing_blocks(&root, limit)?)).await
}

/// Runs work that waits for the disk off the async threads. It is told to stop when the caller goes away.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce(&CancellationToken) -> Result<T, ContentError> + Send + 'static,
) -> Result<T, ContentError> {
    let cancel = CancellationToken::new();
    let guard = cancel.clone().drop_guard();
    let result = tokio::task::spawn_blocking(move || work(&cancel)).await;
    guard.disarm();
    // The work panicked, or the runtime is shutting down.
    result.unwrap_or(Err(ContentError::Interrupted))
}

pub(super) type Stored = tokio::task::JoinHandle<Result<(), ContentError>>;

/// A queue whose blocks, already checked, are stored off the async threads. The handle ends, with all of them on the
/// disk, when the queue is dropped.
pub(super) fn store_from_queue(blocks: &BlockStore) -> (mpsc::Sender<(Cid, Vec<u8>)>, Stored) {
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
