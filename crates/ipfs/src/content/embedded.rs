//! The block folder on this computer, shared with the coordinator that runs here: what is stored is there.

use super::{ContentError, ContentStore, ProgressSink, local};
use crate::{BlockStore, Imported, parse_cid};
use async_trait::async_trait;
use std::path::Path;

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
        local::import(&self.blocks, path, progress).await
    }

    async fn get_tree(&self, root: &str, dest: &Path, progress: ProgressSink) -> Result<(), ContentError> {
        local::export(&self.blocks, parse_cid(root)?, dest, progress).await
    }

    async fn read_file(&self, cid: &str, max_bytes: u64) -> Result<Vec<u8>, ContentError> {
        local::read_file(&self.blocks, parse_cid(cid)?, max_bytes).await
    }

    async fn has_tree(&self, root: &str) -> Result<bool, ContentError> {
        Ok(local::missing(&self.blocks, parse_cid(root)?, 1).await?.is_empty())
    }
}
