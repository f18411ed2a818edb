//! Making calls happen exactly once, whatever is cut off in the middle.
//!
//! A transaction is signed and written down before it is sent. After a crash, a time-out or a lost answer the *same*
//! transaction is sent again; its nonce lets it happen once. A new one is signed with another nonce only when the nonce
//! was provably used by something else: the account's nonce in an accepted block is past it, and none of the
//! transactions that were signed for these calls is known to the same node afterwards. Signing again under the same
//! nonce, for a higher fee, is always safe: one of the two happens.

use super::{Call, FeeError, Outcome, Sender, SignedTransaction};
use crate::{
    node::{NodeError, Revert},
    number::Felt,
};
use async_trait::async_trait;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use veriframe_core::Amount;

/// Where signed transactions are written down. `id` names what is to be done, once, such as the payout of one job.
#[async_trait]
pub trait Journal: Send + Sync {
    /// All that were signed for this, oldest first.
    async fn load(&self, id: &str) -> Result<Vec<SignedTransaction>, JournalError>;
    /// On the disk when this returns.
    async fn append(&self, id: &str, transaction: &SignedTransaction) -> Result<(), JournalError>;
}

#[derive(Debug, thiserror::Error)]
#[error("the journal of transactions cannot be read or written: {0}")]
pub struct JournalError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// How long to wait for a block, and how often to look.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub within: Duration,
    pub look_every: Duration,
}

impl Patience {
    /// Looks until it is there; `false` when it was not there in time.
    pub(crate) async fn wait_for<F>(&self, is_there: impl Fn() -> F) -> Result<bool, NodeError>
    where
        F: Future<Output = Result<bool, NodeError>>,
    {
        let ends = Instant::now() + self.within;
        while !is_there().await? {
            if Instant::now() >= ends {
                return Ok(false);
            }
            sleep(self.look_every).await;
        }
        Ok(true)
    }
}

/// The transaction that did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    pub transaction: Felt,
}

#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Fee(#[from] FeeError),
    /// Undone by the contract. The fee is spent and nothing else happened.
    #[error("transaction {transaction:#x} was undone: {why}")]
    Reverted { transaction: Felt, why: Revert },
    /// Ask again with the same id: it goes on from here.
    #[error("transaction {transaction:#x} is in no block yet")]
    Waiting { transaction: Felt },
    #[error("the account is not deployed")]
    NotDeployed,
}

/// Makes the calls happen once for this `id`, and waits until they have. Nothing that costs more than `limit` is signed.
///
/// May be cancelled at any point and called again with the same id and calls, also by another process with the same
/// journal, though not by two at a time.
pub async fn deliver(
    sender: &dyn Sender,
    journal: &dyn Journal,
    id: &str,
    calls: &[Call],
    limit: Amount,
    patience: Patience,
) -> Result<Delivered, DeliverError> {
    let ends = Instant::now() + patience.within;
    let signed = journal.load(id).await?;
    let mut delivery = Delivery {
        sender,
        journal,
        id,
        calls,
        limit,
        signed,
    };
    loop {
        match delivery.step().await {
            Ok(Some(delivered)) => return Ok(delivered),
            Ok(None) => {}
            Err(DeliverError::Node(error)) if error.is_transient() && Instant::now() < ends => {
                tracing::debug!(%error, id, "a transaction's state could not be asked for");
            }
            Err(error) => return Err(error),
        }
        if Instant::now() >= ends {
            let transaction = delivery.signed.last().map_or(Felt::ZERO, |last| last.hash);
            return Err(DeliverError::Waiting { transaction });
        }
        sleep(patience.look_every).await;
    }
}

struct Delivery<'a> {
    sender: &'a dyn Sender,
    journal: &'a dyn Journal,
    id: &'a str,
    calls: &'a [Call],
    limit: Amount,
    /// All that is in the journal.
    signed: Vec<SignedTransaction>,
}

enum Standing {
    Done(Delivered),
    Waiting,
    Nowhere,
}

impl Delivery<'_> {
    /// Looks, and sends when nothing is under way.
    async fn step(&mut self) -> Result<Option<Delivered>, DeliverError> {
        match self.standing().await? {
            Standing::Done(delivered) => return Ok(Some(delivered)),
            Standing::Waiting => return Ok(None),
            Standing::Nowhere => {}
        }
        // The nonce first, then the transactions again: had one of them used it, it would be known by now.
        let next = self.sender.nonce().await?.ok_or(DeliverError::NotDeployed)?;
        match self.standing().await? {
            Standing::Done(delivered) => return Ok(Some(delivered)),
            Standing::Waiting => return Ok(None),
            Standing::Nowhere => {}
        }
        let ready = match self.signed.last() {
            Some(last) if last.nonce >= next => last.clone(),
            _ => self.sign(next).await?,
        };
        self.submit(ready).await?;
        Ok(None)
    }

    /// What became of those that were signed: at most one of them can be in a block for good.
    async fn standing(&self) -> Result<Standing, DeliverError> {
        let mut standing = Standing::Nowhere;
        let mut undone = None;
        for transaction in &self.signed {
            match self.sender.outcome(transaction.hash).await? {
                Outcome::Succeeded => {
                    let transaction = transaction.hash;
                    return Ok(Standing::Done(Delivered { transaction }));
                }
                Outcome::Reverted(why) => {
                    let transaction = transaction.hash;
                    undone = Some(DeliverError::Reverted { transaction, why });
                }
                Outcome::Waiting => standing = Standing::Waiting,
                Outcome::Unknown => {}
            }
        }
        undone.map_or(Ok(standing), Err)
    }

    async fn sign(&mut self, nonce: u64) -> Result<SignedTransaction, DeliverError> {
        let fee = self.sender.estimate(self.calls, nonce).await?.within(self.limit)?;
        let transaction = self.sender.sign(self.calls, nonce, &fee).await?;
        self.journal.append(self.id, &transaction).await?;
        self.signed.push(transaction.clone());
        Ok(transaction)
    }

    async fn submit(&mut self, ready: SignedTransaction) -> Result<(), DeliverError> {
        let sent = match self.sender.submit(&ready).await {
            // The price rose since it was signed. The same nonce: only one of the two can happen.
            Err(NodeError::Fee) => {
                let again = self.sign(ready.nonce).await?;
                self.sender.submit(&again).await
            }
            sent => sent,
        };
        match sent {
            // What the answer would have said is seen at the next look.
            Ok(()) | Err(NodeError::Duplicate | NodeError::Nonce) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
