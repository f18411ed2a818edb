//! Jobs and their tasks.

use crate::{AddressText, AmountText, Money, SceneKeyText, Time, pieces::Pieces, worker::DeviceKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use veriframe_core::Amount;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    Open,
    Rendering,
    Verifying,
    Paused,
    Complete,
    Failed,
    Cancelled,
    Expired,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    Queued,
    Leased,
    Submitted,
    Verified,
    Paid,
    Failed,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    Frame,
    /// Renders again what somebody submitted, to compare.
    Audit,
    /// Renders a frame that another worker holds, to be sooner. The first right result of the two is taken, and the other
    /// render ends unpaid. A copy ends `submitted` when it was first: what is checked and paid is its frame. Otherwise it
    /// ends `cancelled` or `failed`.
    Copy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    Png,
    Exr,
    Jpeg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Denoise {
    #[default]
    AsInFile,
    Off,
}

/// What to render; an absent value means "as in the file".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenderSpec {
    /// Path of the `.blend` inside the folder that `asset_cid` names, with `/`.
    pub entry: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<u32>,
    pub format: OutputFormat,
    #[serde(default)]
    pub denoise: Denoise,
    /// The job is one still in pieces, and its frames are the numbers of the pieces. Absent: whole frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Pieces>,
}

impl RenderSpec {
    /// Whether the entry is a relative path with `/` that stays inside the folder.
    pub fn entry_is_inside(&self) -> bool {
        is_inside(&self.entry)
    }
}

/// A relative path with `/` that stays inside.
fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && path.len() <= 4096
        && !path.contains(['\\', ':', '\0'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// What the scene's report said; shown to people and used for matching and for the first rule of verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneSummary {
    /// Pixels of a finished frame, after the percentage and the border were applied.
    pub width: u32,
    pub height: u32,
    pub fps: f32_text::F32Text,
    /// Samples a pixel; 0 for engines without.
    pub samples: u32,
    /// Bytes of the packed folder.
    pub bytes: u64,
    pub files: u32,
}

/// A float that compares by bits, so that shapes with it can be compared whole.
pub mod f32_text {
    use super::{Deserialize, Serialize, ToSchema};

    #[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
    #[serde(transparent)]
    #[schema(value_type = f32)]
    pub struct F32Text(pub f32);

    impl PartialEq for F32Text {
        fn eq(&self, other: &Self) -> bool {
            self.0.to_bits() == other.0.to_bits()
        }
    }

    impl Eq for F32Text {}
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobRequirements {
    /// `cycles`, `eevee`, `workbench`, or an add-on's own identifier.
    pub engine: String,
    /// The version that saved the file, such as `3.4.1`.
    pub saved_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denoiser: Option<String>,
    /// 0: unknown.
    #[serde(default)]
    pub memory_bytes: u64,
    /// One of these must be there; any device will do when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceKind>,
    /// The least reputation of a worker, 0 to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_reputation: Option<u32>,
}

/// How a creator orders its own jobs; jobs of others do not wait for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

impl Priority {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    fn is_normal(&self) -> bool {
        *self == Self::Normal
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerificationPolicy {
    /// Audits by the worker's record; frames the creator's own key rendered are not audited.
    #[default]
    Adaptive,
    /// Every frame is rendered twice.
    Every,
    /// Only the checks that need no second render.
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostJobRequest {
    pub name: String,
    /// Root of a folder that the coordinator's content store holds.
    pub asset_cid: String,
    /// Opens the content, when it is sealed; goes to workers with a lease of the job, and to nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_key: Option<SceneKeyText>,
    /// Frames as people write them: `1-5,9`.
    pub frames: String,
    pub render: RenderSpec,
    pub summary: SceneSummary,
    pub requirements: JobRequirements,
    /// More than nothing, unless nobody pays at this coordinator: then it and the cap are 0.
    pub price_per_frame: AmountText,
    /// Goes into escrow; what frames and audits cost can never exceed it.
    pub cap: AmountText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
    #[serde(default)]
    pub verification: VerificationPolicy,
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub priority: Priority,
    /// Render every frame, also those that an earlier job of the creator rendered of the same content with the same
    /// settings. Only where nobody pays are such frames taken over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
    /// The job's number in the market contract, which holds its cap. Absent where it is not paid there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<u64>,
}

impl PostJobRequest {
    /// What it is paid in.
    pub fn money(&self) -> Money {
        money(self.escrow.is_some(), self.price_per_frame)
    }

    /// What is published with the payment and bound by it, as JSON: everything but the key of the content and the number
    /// that the payment gave it.
    pub fn specification(&self) -> String {
        let public = Self {
            asset_key: None,
            escrow: None,
            ..self.clone()
        };
        serde_json::to_string(&public).expect("a request of texts and numbers is written as JSON")
    }
}

/// Of a job that was taken: one that is paid has a price.
fn money(is_on_chain: bool, price_per_frame: AmountText) -> Money {
    match (is_on_chain, price_per_frame.0 == Amount::ZERO) {
        (true, _) => Money::Strk,
        (false, false) => Money::Credits,
        (false, true) => Money::None,
    }
}

/// Where a job stands on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscrowState {
    /// Paid for; nobody has it. Its creator can still take the money back.
    Open,
    Assigned,
    /// The result is fixed and not shown yet.
    Committed,
    /// The result is shown, and can be challenged until `ends_at`.
    Challengeable,
    Disputed,
    /// Workers are, or can be, paid.
    Finalised,
    Cancelled,
    Expired,
}

/// One transaction of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EscrowTransaction {
    /// What it did: the name of the contract's event, such as `JobAssigned`.
    pub what: String,
    pub hash: String,
    pub at: Time,
}

/// A job's money on the chain, as the coordinator last saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobEscrow {
    /// The job's number in the market contract.
    pub job: u64,
    pub state: EscrowState,
    /// What the shown result pays all workers together; absent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_paid: Option<AmountText>,
    /// The end of the challenge window, or of the arbiter's time when disputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Time>,
    /// A file in the content store that says who is paid how much for which frames; absent until the result is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results_cid: Option<String>,
    /// Everything that is to be paid was paid out.
    pub paid_out: bool,
    /// Why it does not go on at the moment; empty while it does.
    #[serde(default)]
    pub note: String,
    pub transactions: Vec<EscrowTransaction>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskCounts {
    pub queued: u32,
    pub leased: u32,
    pub submitted: u32,
    /// Verified and not yet paid.
    pub verified: u32,
    pub paid: u32,
    pub failed: u32,
    pub cancelled: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    pub at: Time,
    pub status: JobStatus,
    /// Why, where there is a reason to tell.
    #[serde(default)]
    pub note: String,
}

/// How fast a job goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pace {
    /// Seconds of a frame: the mean of those that came in, the newer ones weighing more.
    pub frame_seconds: f64,
    /// Leases that workers hold: as many frames are rendered at once.
    pub at_work: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    pub id: String,
    pub name: String,
    pub creator: AddressText,
    pub status: JobStatus,
    pub asset_cid: String,
    /// Whether only those with a lease can read the content.
    #[serde(default)]
    pub sealed: bool,
    pub frames: String,
    pub render: RenderSpec,
    pub summary: SceneSummary,
    pub requirements: JobRequirements,
    pub verification: VerificationPolicy,
    /// Where it stands among its creator's jobs: the lower is rendered sooner.
    #[serde(default)]
    pub turn: i64,
    /// Accounts besides the creator's whose computers belong to the same house. What they render is not paid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub house: Vec<AddressText>,
    pub price_per_frame: AmountText,
    pub cap: AmountText,
    /// Paid out to workers so far.
    pub spent: AmountText,
    /// Given back to the creator so far.
    pub refunded: AmountText,
    pub counts: TaskCounts,
    /// Absent before its first frame came in, and while it takes no workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    pub created_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    pub timeline: Vec<TimelineEntry>,
    /// Absent where it is not paid on the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escrow: Option<JobEscrow>,
    /// The folder of all frames with its `manifest.json`, soon after the job is complete; at `/ipfs/{cid}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results_cid: Option<String>,
}

impl Job {
    /// What it is paid in.
    pub fn money(&self) -> Money {
        money(self.escrow.is_some(), self.price_per_frame)
    }
}

/// In which order jobs of one creator are rendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderJobsRequest {
    /// The first is rendered first. They trade their turns; jobs that are not named keep theirs, as do those that have ended.
    #[schema(max_items = 1000)]
    pub jobs: Vec<String>,
}

impl OrderJobsRequest {
    /// More than anybody orders by hand.
    pub const JOBS_AT_MOST: usize = 1000;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderJobsResponse {
    /// Those that were named and have not ended, in their order.
    pub jobs: Vec<Job>,
}

/// A rendered frame as its worker describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameResult {
    /// The image file, byte for byte as Blender wrote it.
    pub result_cid: String,
    /// SHA-256 in hex over width, height and the decoded pixels (see `veriframe_render::image_check`).
    pub pixel_digest: String,
    pub width: u32,
    pub height: u32,
    pub seconds: f64,
    /// Bytes.
    pub peak_memory: u64,
    pub blender: String,
    pub device: DeviceKind,
    pub threads: u32,
    pub bytes: u64,
    /// Last lines of Blender's output for this frame, at most 8 KiB.
    #[serde(default)]
    pub log_tail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// Waiting for, or in the middle of, a second render.
    Pending,
    /// Size, decoding and content are plausible; no second render was drawn.
    Plausible,
    /// Rendered twice, pixels equal.
    Equal,
    /// Rendered twice on other hardware or another version, within the tolerance.
    Similar,
    /// Rendered twice, and the two disagree.
    Different,
    /// The creator accepted it.
    Accepted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    pub outcome: CheckOutcome,
    /// Who rendered it again, and what came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AddressText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_cid: Option<String>,
    /// Share of pixels beyond the tolerance, 0 to 1.
    #[serde(default)]
    pub differing: f64,
    #[serde(default)]
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Task {
    pub id: String,
    pub job: String,
    pub kind: TaskKind,
    pub frame: i32,
    pub status: TaskStatus,
    /// 0 to 1; meaningful while leased.
    pub progress: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<AddressText>,
    /// The worker belongs to the creator.
    #[serde(default)]
    pub own: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<FrameResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    pub paid: AmountText,
    /// How often it was tried and failed or was rejected.
    pub failures: u32,
    #[serde(default)]
    pub last_failure: String,
    pub updated_at: Time,
}

/// `GET /jobs/{id}/log`: the end of Blender's output for one render.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    pub at: Time,
    pub task: String,
    pub frame: i32,
    pub worker: AddressText,
    /// The render failed or was refused; the first line of the text says why.
    pub failed: bool,
    pub text: String,
}

/// What a worker can take, and with `explain=true` what it cannot and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AvailableJob {
    pub id: String,
    pub name: String,
    /// 0: nothing waits, but one of the frames that others hold is worth a copy by this worker now.
    pub queued: u32,
    pub price_per_frame: AmountText,
    pub asset_cid: String,
    /// Absent when the worker can take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}

/// Why a job goes on, or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobExplanation {
    /// Sentences for its creator.
    pub text: String,
    pub workers_online: u32,
    /// Of those, how many could take it.
    pub workers_able: u32,
    /// Of those, how many have a free slot.
    pub workers_idle: u32,
    /// Why the others cannot, the most frequent first.
    pub reasons: Vec<UnableWorkers>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnableWorkers {
    pub workers: u32,
    /// A clause, such as `need a newer Blender`.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stays_inside() {
        assert!(is_inside("scene.blend") && is_inside("a/b c/scene.blend"));
        for bad in ["", "/a", "a/", "../a", "a/../b", "a//b", "C:a", "a\\b", "./a"] {
            assert!(!is_inside(bad), "{bad}");
        }
    }
}
