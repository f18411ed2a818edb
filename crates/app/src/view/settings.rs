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

/// All settings with their present values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct SettingsView {
    pub theme: ThemeChoice,
    /// Empty: the coordinator in this app.
    pub coordinator_url: String,
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
