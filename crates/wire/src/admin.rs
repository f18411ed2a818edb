//! What an operator sees and does, on a listener of its own.

use crate::{AddressText, AmountText, Time, account::EntryKind, worker::Temperature, worker::Worker};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Everything at a glance.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Overview {
    pub at: Time,
    pub version: String,
    pub network: String,
    /// Jobs by status.
    pub jobs: BTreeMap<String, u32>,
    /// Frames and audits of jobs that have not ended, by status.
    pub tasks: BTreeMap<String, u32>,
    /// Workers by status; `suspended` counts those that an operator keeps from work.
    pub workers: BTreeMap<String, u32>,
    pub active_leases: u32,
    /// Renders that failed in the last hour.
    pub failures_last_hour: u32,
    /// What follows from changes and is not done, by state: `queued`, `running`, `dead`.
    pub work: BTreeMap<String, u32>,
    /// The number of the last event.
    pub last_event: u64,
}

/// A job that waits for workers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct QueuedJob {
    pub id: String,
    pub name: String,
    pub creator: AddressText,
    pub price_per_frame: AmountText,
    pub queued: u32,
    pub leased: u32,
    /// Workers that are online and could take it.
    pub able_workers: u32,
    pub created_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
}

/// A render that failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    pub seq: u64,
    pub at: Time,
    pub job: String,
    pub job_name: String,
    pub task: String,
    pub frame: i32,
    pub worker: AddressText,
    pub reason: String,
}

/// The books as a whole. Every amount is signed: the outside stands below zero.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// What came from the faucet of local mode and is here still, as a negative number.
    pub faucet: String,
    /// What came from the chain, as a negative number.
    pub chain: String,
    pub users: String,
    pub escrows: String,
    /// The sum of all of them; anything but `0` is an error of ours.
    pub sum: String,
    pub accounts: u32,
    /// Accounts whose balance is not the sum of their entries; anything but none is an error of ours.
    pub wrong: Vec<String>,
    pub conserved: bool,
}

/// Money that moved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    pub seq: u64,
    pub at: Time,
    pub kind: EntryKind,
    /// `faucet`, `chain`, `user:ADDRESS` or `escrow:JOB`.
    pub source: String,
    pub target: String,
    pub amount: AmountText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<i32>,
}

/// A worker and whether an operator keeps it from work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdminWorker {
    pub worker: Worker,
    pub leases: u32,
    /// Of its devices, as it said last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub temperatures: Vec<Temperature>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspension: Option<Suspension>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    pub reason: String,
    pub operator: AddressText,
    pub at: Time,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendRequest {
    /// The worker is told; at most 200 characters.
    pub reason: String,
}

/// A key that signs access tokens. Its secret is nobody's to see.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenKeyInfo {
    pub kid: String,
    pub created_at: Time,
    pub signs_from: Time,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateRequest {
    /// Also ends the access tokens of earlier keys at once: when a key may be known to somebody.
    #[serde(default)]
    pub end_earlier: bool,
}

/// A line of the audit log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    pub seq: u64,
    pub at: Time,
    /// Empty for what the coordinator did by itself.
    pub who: String,
    pub action: AuditAction,
    pub target: String,
    pub note: String,
    /// The address on the network.
    pub origin: String,
    pub request_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    SignedIn,
    SignInRefused,
    /// A refresh token came twice, and everything that descends from it ended.
    TokensRevoked,
    JobCancelled,
    Transfer,
    WorkerSuspended,
    SuspensionLifted,
    KeysRotated,
    /// What the coordinator had given up was put back into its queue.
    WorkRetried,
}
