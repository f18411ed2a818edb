//! The block folder on this computer, shared with the coordinator that runs here: what is stored is there.

use super::{ContentError, ContentStore, ProgressSink};
use crate::{BlockStore, Imported, parse_cid};
use async_trait::async_trait;
use std::path::Path;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone)]
pub struct EmbeddedContent {
    blocks: BlockStore,
}

impl EmbeddedContent {
    pub fn new(blocks: BlockStore) -> Self {
        Self { blocks }
    }
}

#[async_trait]
impl ContentStore for EmbeddedContent {
    async fn put_path(&self, path: &Path, progress: ProgressSink) -> Result<Imported, ContentError> {
        import(&self.blocks, path, progress).await
    }

    async fn get_tree(&self, root: &str, dest: &Path, progress: ProgressSink) -> Result<(), ContentError> {
        export(&self.blocks, root, dest, progress).await
    }

    async fn read_file(&self, cid: &str, max_bytes: u64) -> Result<Vec<u8>, ContentError> {
        let cid = parse_cid(cid)?;
        let blocks = self.blocks.clone();
        blocking(move |_| Ok(blocks.read_file(&cid, max_bytes)?)).await
    }

    async fn has_tree(&self, root: &str) -> Result<bool, ContentError> {
        let root = parse_cid(root)?;
        let blocks = self.blocks.clone();
        blocking(move |_| Ok(blocks.missing_blocks(&root, 1)?.is_empty())).await
    }
}

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
    root: &str,
    dest: &Path,
    progress: ProgressSink,
) -> Result<(), ContentError> {
    let root = parse_cid(root)?;
    let (blocks, dest) = (blocks.clone(), dest.to_owned());
    blocking(move |cancel| {
        Ok(blocks.export_tree(&root, &dest, &mut |state| progress(state), &|| cancel.is_cancelled())?)
    })
    .await
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
