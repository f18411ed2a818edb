//! A job's results as one folder: the frames by their names, and `manifest.json`, which is this.
//!
//! What a frame is, by whom, and the digest of its pixels is said as in the list that a settlement on the chain pays by
//! ([`crate::results`]); here stands beside it what its check found and what it cost.

use crate::{AddressText, AmountText, job::CheckOutcome, results::ResultFrame};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub const MANIFEST_NAME: &str = "manifest.json";
const SCHEMA: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderManifest {
    pub schema: u32,
    /// The job as its coordinator names it.
    pub job: String,
    pub name: String,
    /// What all of it cost: frames, checks, and frames that were rendered again.
    pub spent: AmountText,
    /// By their numbers.
    pub frames: Vec<FolderFrame>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderFrame {
    /// Where it lies in the folder.
    pub file: String,
    pub result: ResultFrame,
    /// Absent when nobody looked twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<FolderCheck>,
    /// Paid for this frame.
    pub cost: AmountText,
}

/// What a second render found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderCheck {
    pub outcome: CheckOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AddressText>,
    /// Share of pixels beyond the tolerance, 0 to 1.
    pub differing: f64,
}

impl FolderManifest {
    pub fn new(job: String, name: String, spent: AmountText, frames: Vec<FolderFrame>) -> Self {
        Self {
            schema: SCHEMA,
            job,
            name,
            spent,
            frames,
        }
    }

    /// The file's bytes, for people to read, too. The same manifest has the same bytes.
    ///
    /// # Errors
    /// When a number in it is not finite.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(self)
    }
}
