//! What a draft's row keeps as JSON.

use crate::view::{CommandError, JobSettings};
use serde::{Deserialize, Serialize};
use veriframe_core::Amount;

const SCHEMA: u32 = 1;

/// What was chosen and agreed to when *Pay and render* was pressed: a resumed draft is posted at that price.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredSettings {
    pub schema: u32,
    pub settings: JobSettings,
    /// Smallest unit.
    price_per_frame: String,
    cap: String,
}

impl StoredSettings {
    pub fn new(settings: JobSettings, price_per_frame: Amount, cap: Amount) -> Self {
        Self {
            schema: SCHEMA,
            settings,
            price_per_frame: price_per_frame.to_string(),
            cap: cap.to_string(),
        }
    }

    pub fn to_json(&self) -> Result<String, CommandError> {
        serde_json::to_string(self).map_err(|error| CommandError::internal(&error))
    }

    pub fn from_json(json: &str) -> Result<Self, CommandError> {
        serde_json::from_str(json).map_err(|error| CommandError::internal(&error))
    }

    pub fn price_per_frame(&self) -> Amount {
        self.price_per_frame.parse().unwrap_or_default()
    }

    pub fn cap(&self) -> Amount {
        self.cap.parse().unwrap_or_default()
    }
}
