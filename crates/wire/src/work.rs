//! What a coordinator does later, as its operator sees it.

use crate::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkState {
    Queued,
    Running,
    Done,
    /// Given up after ten attempts.
    Dead,
}

/// One thing to do: send a webhook its events, gather a job's results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkItem {
    pub seq: u64,
    pub kind: String,
    /// The job or the webhook it is about.
    pub subject: String,
    pub state: WorkState,
    pub attempts: u32,
    /// When it is, or was, to be done.
    pub run_at: Time,
    /// Why the last attempt failed; empty when it did not.
    pub last_error: String,
    pub created_at: Time,
    pub updated_at: Time,
}
