//! Leases: a batch of tasks that one worker holds for a while.

use crate::{
    AddressText, AmountText, SceneKeyText, Time,
    job::{FrameResult, JobRequirements, RenderSpec, SceneSummary, TaskKind},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    pub worker_address: AddressText,
    /// The most tasks wanted; the server may give fewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tasks: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AssignResponse {
    pub success: bool,
    pub lease: Lease,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lease {
    pub id: String,
    pub job: String,
    pub job_name: String,
    /// Grows with every lease; every write must carry it.
    pub fence: u64,
    pub expires_at: Time,
    pub tasks: Vec<LeasedTask>,
    pub asset_cid: String,
    /// Opens the content, when it is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_key: Option<SceneKeyText>,
    pub render: RenderSpec,
    pub summary: SceneSummary,
    pub requirements: JobRequirements,
    pub price_per_frame: AmountText,
    pub creator: AddressText,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeasedTask {
    pub id: String,
    pub frame: i32,
    pub kind: TaskKind,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeartbeatRequest {
    pub lease_id: String,
    pub fence: u64,
    pub progress: Vec<TaskProgress>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskProgress {
    pub task: String,
    /// 0 to 1.
    pub progress: f32,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeartbeatResponse {
    /// False: stop. The job was cancelled or has ended, or it is paused or put behind another, and nothing of
    /// the lease was begun.
    #[serde(rename = "continue")]
    pub go_on: bool,
    pub expires_at: Time,
    /// Tasks of the lease that somebody else was first with, or that were not begun when the job was paused or put
    /// behind another: stop their renders, and hand nothing in for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_wanted: Vec<String>,
}

/// What `POST /jobs/{id}/complete` takes: frames of a lease, or everything that the worker holds of the job.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Completion {
    Frames(CompleteRequest),
    Job(CompleteJobRequest),
}

impl<'de> Deserialize<'de> for Completion {
    /// By the one field that only one of them has, so that the error names what is wrong with it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let read = if value.get("result_cid").is_some() {
            serde_json::from_value(value).map(Self::Job)
        } else {
            serde_json::from_value(value).map(Self::Frames)
        };
        read.map_err(D::Error::custom)
    }
}

/// A folder with a picture for each task that the worker holds, named as `frame_0001.png`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteJobRequest {
    pub result_cid: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    pub lease_id: String,
    pub fence: u64,
    pub results: Vec<TaskResult>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskResult {
    pub task: String,
    pub result: FrameResult,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CompleteResponse {
    /// One per result, in the same order.
    pub accepted: Vec<ResultReceipt>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResultReceipt {
    pub task: String,
    /// False: the first rule of verification refused it; the frame goes to another worker.
    pub accepted: bool,
    /// Why it was refused.
    #[serde(default)]
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailReason {
    DownloadFailed,
    InvalidScene,
    RenderFailed,
    TimedOut,
    OutOfMemory,
    UploadFailed,
    /// The provider stopped; the task goes back without blame.
    Stopped,
    /// No Blender here fits after all.
    NotEligible,
    NoSpace,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FailRequest {
    pub lease_id: String,
    pub fence: u64,
    /// Absent: every task of the lease that is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    pub reason: FailReason,
    /// A sentence for the creator.
    #[serde(default)]
    pub message: String,
    /// At most 8 KiB.
    #[serde(default)]
    pub log_tail: String,
}
