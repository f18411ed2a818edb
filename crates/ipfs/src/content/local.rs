//! Work on our own store, off the async threads.

use super::{ContentError, ProgressSink};
use crate::{BlockStore, Held, ImportOptions, Imported, Keeping, SealKey};
use cid::Cid;
use std::path::Path;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Checked blocks between the network and the disk.
const QUEUE: usize = 16;

/// Imports, and pins what is copied. While what comes with the result lives, nothing of it is collected.
pub(super) async fn import(
    blocks: &BlockStore,
    path: &Path,
    keeping: Keeping,
    key: Option<&SealKey>,
    progress: ProgressSink,
) -> Result<(Imported, Held), ContentError> {
    let (blocks, path, key) = (blocks.clone(), path.to_owned(), key.cloned());
    blocking(move |cancel| {
        if keeping == Keeping::Copies {
            blocks.make_room_for(&path)?;
        }
        let held = blocks.hold()?;
        let options = ImportOptions {
            keeping,
            seal: key.as_ref(),
        };
        let imported = blocks.import(&path, &options, &mut |state| progress(state), &|| cancel.is_cancelled())?;
        if keeping == Keeping::Copies {
            blocks.pin(&imported.root)?;
        }
        Ok((imported, held))
    })
    .await
}

pub(super) async fn hold(blocks: &BlockStore) -> Result<Held, ContentError> {
    let blocks = blocks.clone();
    blocking(move |_| Ok(blocks.hold()?)).await
}

pub(super) async fn forget_references(blocks: &BlockStore, root: Cid) -> Result<(), ContentError> {
    let blocks = blocks.clone();
    blocking(move |_| Ok(blocks.forget_references(&root)?)).await
}

pub(super) async fn trim(blocks: &BlockStore) -> Result<(), ContentError> {
    let blocks = blocks.clone();
    blocking(move |_| Ok(blocks.trim()?)).await
}

pub(super) async fn export(
    blocks: &BlockStore,
    root: Cid,
    key: Option<&SealKey>,
    dest: &Path,
    progress: ProgressSink,
) -> Result<(), ContentError> {
    let (blocks, dest, key) = (blocks.clone(), dest.to_owned(), key.cloned());
    blocking(move |cancel| {
        let (mut progress, cancelled) = (|state| progress(state), || cancel.is_cancelled());
        match &key {
            Some(key) => blocks.export_sealed(&root, key, &dest, &mut progress, &cancelled)?,
            None => blocks.export_tree(&root, &dest, &mut progress, &cancelled)?,
        }
        Ok(())
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
