use super::EscrowView;
use serde::{Deserialize, Serialize};
use specta::Type;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum JobStateView {
    Packing,
    Pinning,
    Funding,
    Open,
    Rendering,
    Verifying,
    Paused,
    Complete,
    Failed,
    Cancelled,
    Expired,
}

impl JobStateView {
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Cancelled | Self::Expired)
    }
}

/// What a job costs and has cost. Smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct JobMoney {
    /// `credits` or `STRK`.
    pub unit: String,
    pub price_per_frame: String,
    pub cap: String,
    pub spent: String,
    pub refunded: String,
    pub escrowed: String,
    /// What *Cancel and refund* would give back.
    pub refundable: String,
}

/// A line of the Jobs page.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct JobRow {
    pub id: String,
    pub name: String,
    pub state: JobStateView,
    /// Its place among those that have not ended: the lower is rendered sooner. Absent before it is posted.
    pub turn: Option<f64>,
    pub frames_total: u32,
    pub frames_done: u32,
    /// Absent where nobody pays.
    pub money: Option<JobMoney>,
    pub seconds_left: Option<f64>,
    pub created_at: String,
    /// `frame://` URL of the newest thumbnail; empty before the first frame.
    pub thumbnail: String,
    /// Why it failed or waits; may be empty.
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum StageState {
    Waiting,
    Active,
    Done,
    Failed,
}

/// What the computer does when the queue is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum WhenDone {
    #[default]
    Nothing,
    Sleep,
    ShutDown,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Type)]
pub struct WhenDoneView {
    pub choice: WhenDone,
    /// Until it happens; absent while the queue is not done.
    pub seconds_left: Option<f64>,
}

/// One of *Packed, Pinned, Paid, Rendering, Verified*; where nobody pays, of *Packed, Pinned, Rendering*.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct Stage {
    pub id: String,
    /// `Packed · 0.2 s`, `Rendering · 9 of 12 · 70 s left`.
    pub label: String,
    pub state: StageState,
    /// 0 to 1.
    pub progress: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct JobView {
    pub row: JobRow,
    pub stages: Vec<Stage>,
    /// Pixels of a frame.
    pub width: u32,
    pub height: u32,
    pub fps: f64,
    pub format: String,
    /// How its one frame is cut, `4 × 2 tiles`: its frames are pieces then. Empty when whole frames are rendered.
    pub pieces: String,
    /// Where the frames were saved last; empty when never.
    pub saved_to: String,
    /// Where *Save all* would put them.
    pub save_suggestion: String,
    /// `18 of 20 frames were rendered before.`; empty when all of it was rendered for this job.
    pub before: String,
    pub can_pause: bool,
    pub can_resume: bool,
    pub can_cancel: bool,
    pub timeline: Vec<TimelineView>,
    /// Absent for a job that is not paid on the chain, and before it is posted.
    pub escrow: Option<EscrowView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct TimelineView {
    pub at: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum FrameStateView {
    Waiting,
    Rendering,
    /// In, being checked.
    Checking,
    /// In, from a computer of one's own: what catches accidents was looked at, and nothing compared.
    Rendered,
    Verified,
    Failed,
    Cancelled,
}

impl FrameStateView {
    /// Whether the frame is in and nothing is left to do for it.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Rendered | Self::Verified)
    }
}

/// A cell of the grid.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct FrameCell {
    pub frame: i32,
    pub state: FrameStateView,
    /// 0 to 1 while rendering.
    pub progress: f64,
    /// `frame://` URL of the thumbnail; empty until there is one.
    pub thumbnail: String,
    pub on_this_computer: bool,
}

/// One frame in detail.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct FrameView {
    pub cell: FrameCell,
    pub task: String,
    /// `frame://` URL of the full picture as 8-bit PNG; append `&exposure=STOPS` for EXR.
    pub image: String,
    pub is_float: bool,
    pub worker: String,
    pub worker_reputation: Option<u32>,
    /// `Blender 3.4.1, CPU, 8 threads`.
    pub rendered_on: String,
    pub seconds: f64,
    pub peak_memory: f64,
    /// `rendered again: equal`, `size and content plausible`.
    pub checked: String,
    /// `frame://` URL of the audit's picture; empty when there was none.
    pub audit_image: String,
    /// Smallest unit; `0` when not paid, empty where nobody pays.
    pub paid: String,
    pub width: u32,
    pub height: u32,
    pub bytes: f64,
    pub log: String,
    pub failures: u32,
    pub last_failure: String,
    pub can_accept: bool,
    pub can_rerender: bool,
    pub can_dispute: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum FrameAction {
    Accept,
    Rerender,
    Dispute,
}

/// What cleaning up after jobs gave back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct CleanedView {
    /// Jobs that have ended.
    pub jobs: u32,
    pub bytes: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct SavedFrames {
    pub folder: String,
    pub files: u32,
}
