//! A coordinator on another computer. Blocks are kept here too, so that nothing is sent or fetched twice.

use super::{
    ContentError, ContentStore, ProgressSink, TokenSource, answer::Coordinator, embedded, embedded::blocking,
    no_progress, pull::pull, push,
};
use crate::{BlockStore, Imported, parse_cid};
use async_trait::async_trait;
use std::{path::Path, sync::Arc};

#[derive(Clone)]
pub struct CoordinatorContent {
    blocks: BlockStore,
    coordinator: Coordinator,
}

impl CoordinatorContent {
    /// `base` is the root of the coordinator, such as `http://127.0.0.1:7070`.
    pub fn new(blocks: BlockStore, base: &str, tokens: Arc<dyn TokenSource>) -> Result<Self, ContentError> {
        Ok(Self {
            blocks,
            coordinator: Coordinator::new(base, tokens)?,
        })
    }

    #[cfg(test)]
    pub(super) fn without_pauses(mut self) -> Self {
        self.coordinator = self.coordinator.without_pauses();
        self
    }
}

#[async_trait]
impl ContentStore for CoordinatorContent {
    async fn put_path(&self, path: &Path, progress: ProgressSink) -> Result<Imported, ContentError> {
        let imported = embedded::import(&self.blocks, path, no_progress()).await?;
        push::push(&self.coordinator, &self.blocks, imported.root, &progress).await?;
        Ok(imported)
    }

    async fn get_tree(&self, root: &str, dest: &Path, progress: ProgressSink) -> Result<(), ContentError> {
        let cid = parse_cid(root)?;
        pull(&self.coordinator, &self.blocks, cid, &progress).await?;
        embedded::export(&self.blocks, root, dest, no_progress()).await
    }

    async fn read_file(&self, cid: &str, max_bytes: u64) -> Result<Vec<u8>, ContentError> {
        let cid = parse_cid(cid)?;
        pull(&self.coordinator, &self.blocks, cid, &no_progress()).await?;
        let blocks = self.blocks.clone();
        blocking(move |_| Ok(blocks.read_file(&cid, max_bytes)?)).await
    }

    /// True if the tree is here as a whole, or the coordinator has its root block (it takes no pin of less than a
    /// whole tree).
    async fn has_tree(&self, root: &str) -> Result<bool, ContentError> {
        let cid = parse_cid(root)?;
        let blocks = self.blocks.clone();
        if blocking(move |_| Ok(blocks.missing_blocks(&cid, 1)?.is_empty())).await? {
            return Ok(true);
        }
        Ok(push::held(&self.coordinator, &[cid.to_string()]).await?.contains(&cid))
    }
}
