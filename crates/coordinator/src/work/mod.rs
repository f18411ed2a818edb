//! Durable work: what follows from a change, but waits for somebody else (a stranger's server, a big tree of content).
//!
//! An item is a row, written in the transaction of the change that causes it with [`enqueue`]. Each replica has a task that
//! takes what is due and does it ([`run`]). An item that fails comes again, later each time; one that failed ten times is
//! dead: [`list`] shows it and [`retry`] puts it back, for an operator. A program that dies in the middle loses nothing: its
//! items are taken by others when their lock runs out. So everything here may be done twice, and must do no harm then.
//!
//! Payouts are not among these. Credits are paid in the very transaction that decides on a frame, and what is paid on the
//! chain has its own journal: [`crate::escrow`] writes each transaction down, signed, before it sends it.

mod perform;
mod runner;
mod view;

pub use runner::{later, run};
pub use view::{list, retry};

use crate::{
    error::ApiError,
    store::{self, WriteTx, work::NewWork},
};
use serde::{Deserialize, Serialize};
use veriframe_core::Timestamp;

/// Everything that can be done later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Send a webhook the events it has not been sent.
    Notify { webhook: String },
    /// Send a webhook one event once more.
    Redeliver { webhook: String, event: u64 },
    /// Put a complete job's frames into one folder.
    GatherResults { job: String },
    /// Look whether a complete job's results are still here.
    CheckPins { job: String },
}

impl Work {
    pub const NOTIFY: &'static str = "notify";
    const REDELIVER: &'static str = "redeliver";
    const GATHER_RESULTS: &'static str = "gather_results";
    const CHECK_PINS: &'static str = "check_pins";
    /// What [`Self::kind`] may say.
    pub const KINDS: [&'static str; 4] = [Self::NOTIFY, Self::REDELIVER, Self::GATHER_RESULTS, Self::CHECK_PINS];

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Notify { .. } => Self::NOTIFY,
            Self::Redeliver { .. } => Self::REDELIVER,
            Self::GatherResults { .. } => Self::GATHER_RESULTS,
            Self::CheckPins { .. } => Self::CHECK_PINS,
        }
    }

    /// Of one kind and subject, one item waits at most.
    pub fn subject(&self) -> String {
        match self {
            Self::Notify { webhook } => webhook.clone(),
            Self::Redeliver { webhook, event } => format!("{webhook}:{event}"),
            Self::GatherResults { job } | Self::CheckPins { job } => job.clone(),
        }
    }

    pub fn payload(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// Why an item could not be done this time.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error("it took too long")]
    TooLong,
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the item cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Has it done as soon as the transaction is committed.
pub async fn enqueue(tx: &mut WriteTx, work: &Work) -> Result<(), ApiError> {
    let now = tx.now;
    enqueue_at(tx, work, now).await
}

/// Has it done at that time, or soon after.
pub async fn enqueue_at(tx: &mut WriteTx, work: &Work, run_at: Timestamp) -> Result<(), ApiError> {
    let new = NewWork {
        kind: work.kind(),
        subject: &work.subject(),
        payload: work.payload()?,
        run_at,
    };
    let now = tx.now;
    store::work::insert(tx.db(), new, now).await?;
    Ok(())
}
