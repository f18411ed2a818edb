//! Workers and what they can do.

use crate::{AddressText, AmountText, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    Cpu,
    Cuda,
    Optix,
    Hip,
    Oneapi,
    Metal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub kind: DeviceKind,
    pub name: String,
    pub memory_bytes: u64,
    /// Result of the benchmark in thousand samples a second; 0 before it ran.
    pub score: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Blender {
    pub version: String,
    /// `cycles`, `eevee`, `workbench`, or an add-on's own identifier.
    pub engines: Vec<String>,
    /// `openimagedenoise`, `optix`.
    pub denoisers: Vec<String>,
    /// Renders run inside a sandbox.
    pub sandbox: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    pub devices: Vec<Device>,
    pub blenders: Vec<Blender>,
    pub ram_bytes: u64,
    pub disk_bytes: u64,
    /// Frames rendered at the same time.
    pub slots: u32,
    /// 0: no limit.
    #[serde(default)]
    pub max_frame_seconds: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    pub capabilities: Capabilities,
    /// A new random text at each start of the program: leases of an earlier run of this worker end at once.
    pub instance: String,
    #[serde(default)]
    pub contact: String,
    /// The least this worker accepts for a frame.
    #[serde(default)]
    pub price_floor: AmountText,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkerStatus {
    Online,
    Paused,
    Offline,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusRequest {
    /// `online` or `paused`.
    pub status: WorkerStatus,
    #[serde(default)]
    pub reason: String,
    pub free_slots: u32,
    /// As its devices report them; shown to operators and to nobody else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 64)]
    pub temperatures: Vec<Temperature>,
    /// Leases that the worker holds, by its own account: one that it does not name, and was given more than a minute ago, is
    /// free at once. Absent: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leases: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Temperature {
    /// As in the capabilities.
    pub device: String,
    /// Degrees.
    pub celsius: i16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Worker {
    pub address: AddressText,
    pub status: WorkerStatus,
    pub status_reason: String,
    pub capabilities: Capabilities,
    pub price_floor: AmountText,
    /// 0 to 1000.
    pub reputation: u32,
    pub frames_verified: u64,
    pub frames_rejected: u64,
    pub registered_at: Time,
    pub last_seen_at: Time,
}

/// Why a worker's reputation changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReputationReason {
    /// A render of it was found right.
    FrameVerified,
    /// Other renders agreed with each other and not with its own.
    FrameRejected,
}

/// `GET /workers/{address}/reputation-history`: one change, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReputationChange {
    pub seq: u64,
    pub at: Time,
    /// 0 to 1000.
    pub before: u32,
    pub after: u32,
    pub reason: ReputationReason,
    pub job: String,
    pub frame: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkersOverview {
    pub total: u32,
    pub online: u32,
    /// Online workers that have the engine.
    #[serde(default)]
    pub by_engine: BTreeMap<String, u32>,
    /// Online workers that have such a device.
    #[serde(default)]
    pub by_device: BTreeMap<DeviceKind, u32>,
    /// Of what online workers ask for a frame; absent when nobody is online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_price: Option<AmountText>,
    /// Sum of free slots of workers that are online.
    pub free_slots: u32,
    /// Speeds of free slots of online workers that have Cycles, in thousandths of a worker of speed 1, the fastest first;
    /// at most 64.
    #[serde(default)]
    pub idle_speeds: Vec<u32>,
    /// Denoisers that at least one online worker has.
    pub denoisers: Vec<String>,
    /// Engines that at least one online worker has.
    pub engines: Vec<String>,
    /// Blender versions of online workers, newest first.
    pub blenders: Vec<String>,
}

/// A worker's income, for the Earnings page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Earnings {
    /// Submitted and not yet checked.
    pub pending: AmountText,
    /// Checked and not yet paid out.
    pub verified: AmountText,
    pub paid: AmountText,
    pub frames_pending: u32,
    pub frames_paid: u32,
    pub frames_rejected: u32,
    /// Oldest first; days without work are left out.
    pub days: Vec<EarningsDay>,
    /// Newest first.
    pub jobs: Vec<EarningsJob>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EarningsDay {
    /// `YYYY-MM-DD` in UTC.
    pub date: String,
    pub pending: AmountText,
    pub verified: AmountText,
    pub paid: AmountText,
    pub frames: u32,
    /// Seconds of rendering.
    pub seconds: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EarningsJob {
    pub job: String,
    pub name: String,
    pub frames: u32,
    pub pending: AmountText,
    pub paid: AmountText,
    pub seconds: f64,
    pub last_at: Time,
}
