//! One transaction for one job.

use super::{Escrow, journal::StoreJournal};
use crate::{
    app::App,
    error::ApiError,
    store::{escrows, escrows::EscrowRow},
};
use veriframe_chain::{
    market::Refusal,
    node::{NodeError, Revert},
    send::{Call, DeliverError, deliver},
};

#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    #[error("{0}")]
    Api(#[from] ApiError),
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
}

impl StepError {
    /// For the job's creator.
    pub fn note(&self) -> String {
        match self {
            Self::Deliver(DeliverError::Reverted { why, .. } | DeliverError::Node(NodeError::Reverted(why)))
            | Self::Node(NodeError::Reverted(why)) => reason(why),
            Self::Deliver(DeliverError::Node(NodeError::Funds)) => {
                "The coordinator's account cannot pay for its transactions.".to_owned()
            }
            Self::Deliver(DeliverError::Fee(_)) => {
                "The network asks for more than the coordinator pays for a transaction; it waits until prices fall."
                    .to_owned()
            }
            Self::Deliver(DeliverError::NotDeployed) => "The coordinator's account is not on the chain yet.".to_owned(),
            Self::Deliver(DeliverError::Waiting { .. }) => "A transaction is in no block yet.".to_owned(),
            Self::Node(_) | Self::Deliver(DeliverError::Node(_)) => {
                "The chain's node does not answer; the coordinator tries again.".to_owned()
            }
            Self::Api(_) | Self::Database(_) | Self::Deliver(DeliverError::Journal(_)) => {
                "Something went wrong in the coordinator; it tries again.".to_owned()
            }
        }
    }
}

fn reason(why: &Revert) -> String {
    Refusal::of(why).map_or_else(
        || "The market contract refused a transaction.".to_owned(),
        |refusal| refusal.message.to_owned(),
    )
}

/// `what` names the step; what was undone by the contract is tried under another name the next time.
pub(super) async fn send(
    app: &App,
    escrow: &Escrow,
    row: &EscrowRow,
    what: &str,
    calls: &[Call],
) -> Result<(), StepError> {
    let id = format!("escrow:{}:{what}:{}", row.job, row.attempt);
    let settings = &escrow.settings;
    let journal = StoreJournal(&app.store);
    let sent = deliver(
        &*settings.sender,
        &journal,
        &id,
        calls,
        settings.fee_limit,
        settings.patience,
    )
    .await;
    if let Err(DeliverError::Reverted { .. }) = sent {
        let mut tx = app.store.write().await?;
        escrows::next_attempt(tx.db(), &row.job).await?;
        tx.commit().await?;
    }
    let delivered = sent?;
    tracing::info!(job = %row.job, what, transaction = %format!("{:#x}", delivered.transaction), "settled a step on the chain");
    Ok(())
}
