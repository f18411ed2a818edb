use serde::{Deserialize, Serialize};
use specta::Type;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

/// Whether a Kubo node is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum KuboChoice {
    /// With a coordinator elsewhere, whenever one answers.
    #[default]
    Automatic,
    Always,
    Never,
}

/// A remote pinning service; its token is among the secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PinningChoice {
    pub name: String,
    pub url: String,
}

/// All settings with their present values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct SettingsView {
    pub theme: ThemeChoice,
    /// Empty: the coordinator in this app.
    pub coordinator_url: String,
    /// JSON-RPC of a Starknet node; empty: none.
    pub starknet_node: String,
    /// Extra Blender programs to look at.
    pub blender_paths: Vec<String>,
    /// Where *Save all* suggests to put frames; empty: Pictures/VeriFrame.
    pub save_folder: String,
    pub notify_job_ended: bool,
    pub notify_payout: bool,
    /// Start providing when the app starts.
    pub provide_on_start: bool,
    /// Render strangers' files without a sandbox where none is available.
    pub allow_unsandboxed: bool,
    /// Watts this computer draws while rendering; 0: unknown.
    pub power_watts: u32,
    /// Price of a kilowatt hour in credits, as text such as `0.30`; empty: unknown.
    pub electricity_price: String,
    /// Seal scenes before they leave this computer.
    pub encrypt_scenes: bool,
    pub kubo: KuboChoice,
    /// Address of the node's RPC; empty: http://127.0.0.1:5001.
    pub kubo_url: String,
    /// Send to and fetch from a coordinator elsewhere.
    pub coordinator_store: bool,
    /// Public gateways that are asked last.
    pub gateways: Vec<String>,
    pub pinning: Vec<PinningChoice>,
    /// Megabytes (of 10^6 bytes) that stored blocks may take; 0: as much as the disk holds.
    pub cache_limit_mb: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum KuboState {
    Found,
    /// Below the oldest version that is good.
    Old,
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct KuboView {
    pub state: KuboState,
    pub url: String,
    /// Whether content goes there as things are chosen now.
    pub is_used: bool,
    pub version: String,
    pub agent: String,
    pub peers: u32,
    /// Bytes, as text.
    pub repo_bytes: String,
    /// Bytes, as text; `0` when it has no limit.
    pub storage_max: String,
    /// Why it is of no use, when something answers there.
    pub message: String,
}

impl KuboView {
    pub fn absent(url: String, message: String) -> Self {
        Self {
            state: KuboState::Absent,
            url,
            is_used: false,
            version: String::new(),
            agent: String::new(),
            peers: 0,
            repo_bytes: "0".to_owned(),
            storage_max: "0".to_owned(),
            message,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct PinningView {
    pub name: String,
    pub url: String,
    pub has_token: bool,
}

/// What content takes, and who keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct StorageView {
    pub kubo: KuboView,
    /// Bytes of all blocks, as text.
    pub bytes: String,
    /// Of these, what jobs, frames and pins keep.
    pub kept_bytes: String,
    pub blocks: String,
    pub pinning: Vec<PinningView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct DoctorReport {
    pub checks: Vec<DoctorCheck>,
    /// The whole report as text, to copy. Holds no secret and no user name.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum DoctorLevel {
    Ok,
    Warning,
    Bad,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct DoctorCheck {
    pub name: String,
    pub level: DoctorLevel,
    pub detail: String,
    /// What to do; empty when all is well.
    pub advice: String,
}
