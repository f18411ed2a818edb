//! The indexer: copies what the contracts tell into the database, and takes it back when the chain changes its mind.
//!
//! Invariants:
//! - After a pass the tables are what an index of that chain from the start would give (the test of random chains).
//! - An event counts when it is in a receipt of its block; pages of events only say which blocks to look at.
//! - Everything read between two looks at the pinned head is of one chain, or it is thrown away.
//! - A batch of blocks is one transaction: events, what follows from them, and how far we are. So it can be killed anywhere.
//!
//! Beside it: the block that is being made, shown to whoever asks and never kept (`overlay`), and what the contracts
//! answer, compared with what is kept (`reconcile`).

mod audit;
mod batch;
mod deployment;
pub mod heads;
mod job_history;
mod keep;
mod meaning;
mod overlay;
mod pass;
mod range;
pub mod reconcile;
mod roll_back;
mod run;
mod settings;
mod standing;
mod status;
#[cfg(test)]
mod tests;
pub mod view;
mod worker_history;

pub use deployment::{Deployment, DeploymentError, verify};
pub use run::{Indexer, run};
pub use settings::{ChainSettings, ChainSettingsError};
pub use status::Status;

use crate::{chance::Chance, store::Store};
use std::collections::BTreeSet;
use tokio::sync::watch;
use veriframe_chain::node::{BlockRef, Node, NodeError};

/// What a pass needs.
pub(crate) struct Reading<'a> {
    pub node: &'a dyn Node,
    pub store: &'a Store,
    pub chance: &'a Chance,
    pub deployment: &'a Deployment,
    pub limits: Limits,
    pub status: &'a watch::Sender<Status>,
}

/// How much is done at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Events in a page.
    pub page: u64,
    /// Blocks whose events are asked for at once; a node that cannot is asked for fewer.
    pub range: u64,
    /// Blocks with events in one transaction, so that other writers get their turn.
    pub batch: usize,
    /// Blocks whose receipts are asked for in one request; not more, because a busy block has a few megabytes of them.
    pub together: usize,
    /// Such requests at the same time.
    pub parallel: usize,
    /// Hashes that are remembered. A reorganisation below them means beginning again.
    pub kept: u32,
    /// Newest blocks whose events are asked for again in each pass.
    pub overlap: u64,
    /// How far back audits look.
    pub audited: u64,
    /// Blocks in one audit.
    pub audit: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page: veriframe_chain::node::MAX_PAGE,
            range: 2048,
            batch: 256,
            together: 16,
            parallel: 4,
            kept: 4096,
            overlap: 64,
            audited: 4096,
            audit: 2,
        }
    }
}

/// What one pass leaves to the next. All of it may be lost: then the next one finds it again.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    /// Blocks to read although the node's pages may not name them: an audit found events there.
    pub suspects: BTreeSet<u64>,
    /// Blocks that the node can be asked for at once.
    pub range: u64,
}

impl Memory {
    pub fn new(limits: &Limits) -> Self {
        Self {
            suspects: BTreeSet::new(),
            range: limits.range,
        }
    }
}

/// Why a pass ended early. What it had committed stays.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PassError {
    /// Nothing is wrong: the next pass sees the chain as it is then.
    #[error("the chain changed while it was read")]
    Moved,
    #[error(transparent)]
    Node(NodeError),
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<NodeError> for PassError {
    fn from(error: NodeError) -> Self {
        match error {
            // Only blocks up to the head are asked for, so it was there a moment ago.
            NodeError::NoSuchBlock => Self::Moved,
            error => Self::Node(error),
        }
    }
}

impl Reading<'_> {
    /// Refuses what was read since `head` was pinned unless it is still on the chain. A node that leaves a chain and comes
    /// back to it in between is not seen; what it may have kept from us then is a case for audits.
    async fn still(&self, head: BlockRef) -> Result<(), PassError> {
        if self.node.block(head.number).await?.at == head {
            Ok(())
        } else {
            Err(PassError::Moved)
        }
    }
}
