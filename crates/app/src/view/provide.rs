use serde::{Deserialize, Serialize};
use specta::Type;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProviderState {
    Off,
    Starting,
    Idle,
    Rendering,
    /// Finishing the frame, then off.
    Stopping,
    Snoozed,
    /// Something keeps it from working; `reason` says what.
    Blocked,
}

/// The Provide page.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct ProviderView {
    pub state: ProviderState,
    /// The one reason line: `Rendering frame 14 of Bowling, 38 %`, `Waiting for a job`.
    pub reason: String,
    /// Second line: what happens next; may be empty.
    pub detail: String,
    /// 0 to 1 while rendering.
    pub progress: Option<f64>,
    /// RFC 3339; empty unless snoozed.
    pub snoozed_until: String,
    pub consented: bool,
    /// Smallest unit.
    pub earned_today: String,
    pub pending: String,
    pub frames_pending: u32,
    pub frames_today: u32,
    pub frames_rejected_today: u32,
    pub reputation: Option<u32>,
    pub devices: Vec<DeviceView>,
    pub blenders: Vec<BlenderView>,
    pub limits: LimitsView,
    /// Set while the benchmark runs, 0 to 1.
    pub benchmark: Option<f64>,
    /// One per slot that renders.
    pub current: Vec<CurrentFrame>,
    /// What cannot be taken and why: `Bowling: needs Blender 4.2, you have 3.4.1`.
    pub why_not: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct CurrentFrame {
    pub job: String,
    pub job_name: String,
    pub frame: i32,
    pub progress: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub struct DeviceView {
    pub id: String,
    pub name: String,
    /// `CPU`, `OptiX`.
    pub kind: String,
    pub enabled: bool,
    pub threads: u32,
    pub threads_total: u32,
    /// 0 before the benchmark.
    pub score: u32,
    /// 0 when unknown.
    pub memory_bytes: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct BlenderView {
    pub path: String,
    pub version: String,
    pub engines: Vec<String>,
    pub denoisers: Vec<String>,
    pub sandboxed: bool,
    /// Empty, or why it cannot be used.
    pub error: String,
}

/// When and how much this computer works for others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct LimitsView {
    /// 0: all.
    pub threads: u32,
    /// Megabytes; 0: no limit.
    pub memory_mb: u32,
    /// Gigabytes for scenes and frames; 0: no limit.
    pub disk_gb: u32,
    /// Minutes a frame may take; 0: no limit.
    pub frame_minutes: u32,
    /// Frames at the same time, 1 to 8.
    pub slots: u32,
    /// Smallest unit.
    pub price_floor: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StopMode {
    Now,
    AfterFrame,
}
