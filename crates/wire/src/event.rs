//! The one ordered log that everybody reads.

use crate::{
    AddressText, AmountText, Time,
    job::{JobStatus, TaskKind, TaskStatus},
    worker::WorkerStatus,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `{seq, at, type, data}`. `seq` grows without gaps a reader must mind; it is absent on `task_progress`,
/// which is not kept and not replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    pub at: Time,
    #[serde(flatten)]
    pub data: EventData,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum EventData {
    WorkerRegistered {
        worker: AddressText,
    },
    WorkerVerified {
        worker: AddressText,
    },
    WorkerStatus {
        worker: AddressText,
        status: WorkerStatus,
        reason: String,
    },
    JobCreated {
        job: String,
        creator: AddressText,
        name: String,
    },
    JobAvailable {
        job: String,
        queued: u32,
    },
    JobAssigned {
        job: String,
        worker: AddressText,
        tasks: u32,
    },
    JobUpdated {
        job: String,
        status: JobStatus,
        note: String,
    },
    TaskProgress {
        job: String,
        task: String,
        frame: i32,
        progress: f32,
        worker: AddressText,
    },
    TaskUpdated {
        job: String,
        task: String,
        frame: i32,
        kind: TaskKind,
        status: TaskStatus,
    },
    TaskSubmitted {
        job: String,
        task: String,
        frame: i32,
        kind: TaskKind,
        worker: AddressText,
    },
    TaskVerified {
        job: String,
        task: String,
        frame: i32,
        worker: AddressText,
    },
    TaskRejected {
        job: String,
        task: String,
        frame: i32,
        worker: AddressText,
        reason: String,
    },
    JobCompleted {
        job: String,
        spent: AmountText,
        refunded: AmountText,
    },
    JobFailed {
        job: String,
        reason: String,
        refunded: AmountText,
    },
    JobCancelled {
        job: String,
        refunded: AmountText,
    },
    Payout {
        job: String,
        task: String,
        frame: i32,
        worker: AddressText,
        amount: AmountText,
    },
    BalanceChanged {
        address: AddressText,
    },
    ReputationUpdated {
        worker: AddressText,
        reputation: u32,
    },
}

/// What a client says on the WebSocket. `authenticate` comes first.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    Authenticate {
        token: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_seq: Option<u64>,
    },
    /// Topics: `jobs` (those I created), `job:ID`, `worker:ADDRESS`, `market`.
    Subscribe { topics: Vec<String> },
}

/// What the server says besides events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The token was good. Events follow from `after_seq`, or from now on.
    Authenticated {
        seq: u64,
    },
    Subscribed {
        topics: Vec<String>,
    },
}

/// Close code: the reader was too slow; connect again with `after_seq`.
pub const CLOSE_RESUME: u16 = 4001;
/// Close code: the token is missing, wrong or ran out.
pub const CLOSE_UNAUTHENTICATED: u16 = 4401;
