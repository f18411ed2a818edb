//! Transactions: what they cost, how they are signed, and how each is made to happen exactly once.

mod account;
mod deliver;
mod fee;
mod memory;
mod rpc;

use crate::{
    node::{NodeError, Revert},
    number::Felt,
};
pub use account::{deploy_account, estimate_with_deployment};
use async_trait::async_trait;
pub use deliver::{DeliverError, Delivered, Journal, JournalError, Patience, deliver};
pub use fee::{Fee, FeeError};
pub use memory::MemoryJournal;
pub use rpc::RpcSender;

/// One call of a transaction. Several in one transaction happen all or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub to: Felt,
    pub selector: Felt,
    pub calldata: Vec<Felt>,
}

/// A transaction that is ready to be sent, and sent again: its nonce is part of it, so it happens at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTransaction {
    pub hash: Felt,
    pub nonce: u64,
    /// As the node's JSON-RPC takes it. A signature is no secret.
    pub body: String,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The node has not heard of it.
    Unknown,
    /// Received, and in no accepted block.
    Waiting,
    Succeeded,
    /// In a block, and undone; the fee is spent.
    Reverted(Revert),
}

/// One account, and the way to the network.
#[async_trait]
pub trait Sender: Send + Sync {
    fn account(&self) -> Felt;
    /// The nonce of the account's next transaction as of the newest accepted block; `None` when it is not deployed.
    async fn nonce(&self) -> Result<Option<u64>, NodeError>;
    /// What the calls cost now. [`NodeError::Reverted`] when a contract would refuse them: nothing is sent then.
    async fn estimate(&self, calls: &[Call], nonce: u64) -> Result<Fee, NodeError>;
    /// Signs, and sends nothing.
    async fn sign(&self, calls: &[Call], nonce: u64, fee: &Fee) -> Result<SignedTransaction, NodeError>;
    async fn submit(&self, transaction: &SignedTransaction) -> Result<(), NodeError>;
    async fn outcome(&self, hash: Felt) -> Result<Outcome, NodeError>;
}
