use serde::Serialize;
use specta::Type;

/// The strip at the foot of the sidebar, and the numbers beside the links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct StatusView {
    /// `ok`, `busy`, `warn`, `off`: the dot.
    pub tone: String,
    /// `Providing`, `Not providing`.
    pub headline: String,
    pub reason: String,
    /// `Local network · 3 workers`, or `This computer`.
    pub network: String,
    pub jobs_running: u32,
    /// Smallest unit; empty where nobody pays.
    pub balance: String,
    /// `credits` or `STRK`; empty where nobody pays.
    pub unit: String,
    pub version: String,
    /// True until the first file was opened: Create offers the sample scene.
    pub first_start: bool,
}
