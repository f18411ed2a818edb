//! A node that answers for the contracts as they were at one block.

use super::{BlockEvents, BlockHead, BlockRef, EventPage, EventQuery, Node, NodeError, View};
use crate::number::Felt;
use async_trait::async_trait;

/// Views are asked at `at`; everything else as it is.
#[derive(Clone, Copy)]
pub struct Pinned<'a> {
    pub node: &'a dyn Node,
    pub at: BlockRef,
}

#[async_trait]
impl Node for Pinned<'_> {
    async fn chain_id(&self) -> Result<Felt, NodeError> {
        self.node.chain_id().await
    }

    async fn head(&self) -> Result<BlockRef, NodeError> {
        self.node.head().await
    }

    async fn block(&self, number: u64) -> Result<BlockHead, NodeError> {
        self.node.block(number).await
    }

    async fn events(&self, query: &EventQuery) -> Result<EventPage, NodeError> {
        self.node.events(query).await
    }

    async fn block_events(&self, number: u64) -> Result<BlockEvents, NodeError> {
        self.node.block_events(number).await
    }

    async fn view(&self, view: &View) -> Result<Vec<Felt>, NodeError> {
        self.node.view_at(view, self.at).await
    }

    async fn class_hash_at(&self, contract: Felt) -> Result<Felt, NodeError> {
        self.node.class_hash_at(contract).await
    }
}
