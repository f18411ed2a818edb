//! What is said to the script inside Blender, and what it answers.

use super::Findings;
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Serialize)]
pub(super) struct Order<'a> {
    pub marker: &'a str,
    pub open: &'a Path,
    pub scene: Option<&'a str>,
    pub out_dir: &'a Path,
    pub confined: bool,
    #[serde(flatten)]
    pub task: Task,
}

#[derive(Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Task {
    Check,
    Bake,
    Render { frame: i32, percent: u32, samples: u32 },
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Answer {
    Checked(Findings),
    Baked { failed: Vec<String> },
    Rendered,
    Unreadable { detail: String },
    Failed { detail: String },
}
