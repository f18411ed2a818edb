//! A Starknet node, as far as VeriFrame needs one. What it says is a stranger's word: callers compare blocks with what
//! they saw before, and read again what does not fit.

mod convert;
mod devnet;
mod error;
mod pinned;
mod rpc;
mod transport;

use crate::number::Felt;
use async_trait::async_trait;
pub(crate) use convert::error;
pub use error::{NodeError, Revert};
pub use pinned::Pinned;
pub(crate) use rpc::RpcClient;
pub use rpc::RpcNode;

/// Events in one page; nodes refuse more.
pub const MAX_PAGE: u64 = 1000;

/// A block by both of its names: the number says where, the hash which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockRef {
    pub number: u64,
    pub hash: Felt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHead {
    pub at: BlockRef,
    /// Hash of the block before.
    pub parent: Felt,
    /// Seconds since 1970.
    pub timestamp: u64,
}

/// An event of a contract, and where on the chain it is. `block.hash`, `transaction` and `event_index` are its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmittedEvent {
    pub block: BlockRef,
    pub transaction: Felt,
    /// Place of the transaction in its block.
    pub transaction_index: u64,
    /// Place of the event in its transaction.
    pub event_index: u64,
    /// The contract that emitted it.
    pub from: Felt,
    /// The first is the event's selector.
    pub keys: Vec<Felt>,
    pub data: Vec<Felt>,
}

/// Which events, in the order of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventQuery {
    pub from_block: u64,
    /// Included.
    pub to_block: u64,
    pub contract: Felt,
    /// 1 to [`MAX_PAGE`].
    pub page_size: u64,
    /// Where the page before ended.
    pub token: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<EmittedEvent>,
    /// For the next page; `None` after the last.
    pub next: Option<String>,
}

/// A block with all events in it, from its receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockEvents {
    pub head: BlockHead,
    /// Of every contract; those of reverted transactions are not among them.
    pub events: Vec<EmittedEvent>,
}

/// What is asked of a contract without a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub contract: Felt,
    pub selector: Felt,
    pub calldata: Vec<Felt>,
}

/// Reading the chain. Blocks are accepted ones; what is pre-confirmed is seen only where it is asked for.
#[async_trait]
pub trait Node: Send + Sync {
    async fn chain_id(&self) -> Result<Felt, NodeError>;
    /// The newest accepted block.
    async fn head(&self) -> Result<BlockRef, NodeError>;
    /// [`NodeError::NoSuchBlock`] above the head.
    async fn block(&self, number: u64) -> Result<BlockHead, NodeError>;
    /// A page may be empty or short and still have a next one.
    async fn events(&self, query: &EventQuery) -> Result<EventPage, NodeError>;
    async fn block_events(&self, number: u64) -> Result<BlockEvents, NodeError>;
    /// Several of them, in the order asked.
    async fn blocks_events(&self, numbers: &[u64]) -> Result<Vec<BlockEvents>, NodeError> {
        let mut blocks = Vec::with_capacity(numbers.len());
        for number in numbers {
            blocks.push(self.block_events(*number).await?);
        }
        Ok(blocks)
    }
    /// Asks at the newest accepted block.
    async fn view(&self, view: &View) -> Result<Vec<Felt>, NodeError>;
    /// Asks at this block; [`NodeError::NoSuchBlock`] when the node does not know what was there then. Without an
    /// archive that is every block but the newest.
    async fn view_at(&self, view: &View, at: BlockRef) -> Result<Vec<Felt>, NodeError> {
        let answer = self.view(view).await?;
        if self.head().await? == at {
            Ok(answer)
        } else {
            Err(NodeError::NoSuchBlock)
        }
    }

    /// The block that is being made, as far as it is, with zeros for its hash. `None` where there is none, or where the
    /// node does not tell.
    async fn pre_confirmed(&self) -> Result<Option<BlockEvents>, NodeError> {
        Ok(None)
    }

    /// [`NodeError::NoSuchContract`] where nothing is deployed.
    async fn class_hash_at(&self, contract: Felt) -> Result<Felt, NodeError>;

    async fn is_deployed(&self, contract: Felt) -> Result<bool, NodeError> {
        match self.class_hash_at(contract).await {
            Ok(_) => Ok(true),
            Err(NodeError::NoSuchContract) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
