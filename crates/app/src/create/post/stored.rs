//! What a draft's row keeps as JSON.

use crate::view::{CommandError, JobSettings};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use veriframe_core::{
    Amount,
    pieces::{self, Wish},
};
use veriframe_wire::{Money, pieces::Cut};

/// 2 knows `bake`, 3 knows `plain` and the project, 4 knows pieces, 5 knows `anew`.
const SCHEMA: u32 = 5;

/// What was chosen and agreed to when the button was pressed: a resumed draft is posted at that price.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredSettings {
    pub schema: u32,
    pub settings: JobSettings,
    /// Whose key seals the scene; empty: it is sent as it is.
    #[serde(default)]
    pub project: String,
    /// How the one frame is posted in pieces. Of before there were pieces: whole.
    #[serde(default)]
    cut: Option<Cut>,
    /// Of a frame, or of a piece of it; 0 where nobody pays. Smallest unit.
    price_per_frame: String,
    cap: String,
    /// What may be paid in fees of the chain; empty: it is not paid there.
    #[serde(default)]
    fee_most: String,
}

impl StoredSettings {
    pub fn new(settings: JobSettings, project: String, price_per_unit: Amount, cap: Amount) -> Self {
        Self {
            schema: SCHEMA,
            settings,
            project,
            cut: None,
            price_per_frame: price_per_unit.to_string(),
            cap: cap.to_string(),
            fee_most: String::new(),
        }
    }

    #[must_use]
    pub fn in_pieces(self, cut: Option<pieces::Cut>) -> Self {
        Self {
            cut: cut.map(Cut::from),
            ..self
        }
    }

    #[must_use]
    pub(crate) fn with_fees(self, fee_most: String) -> Self {
        Self { fee_most, ..self }
    }

    /// `None` for what is not paid on the chain.
    pub fn fee_most(&self) -> Option<&str> {
        Some(self.fee_most.as_str()).filter(|text| !text.is_empty())
    }

    /// What the job is paid in.
    pub fn money(&self) -> Money {
        match (self.fee_most(), self.price_per_unit() == Amount::ZERO) {
            (Some(_), _) => Money::Strk,
            (None, false) => Money::Credits,
            (None, true) => Money::None,
        }
    }

    pub fn to_json(&self) -> Result<String, CommandError> {
        serde_json::to_string(self).map_err(|error| CommandError::internal(&error))
    }

    pub(crate) fn from_json(json: &str) -> Result<Self, CommandError> {
        let mut stored: Value = serde_json::from_str(json).map_err(|error| CommandError::internal(&error))?;
        // Of before an update, while a draft was under way.
        let schema = stored["schema"].as_u64().unwrap_or_default();
        if schema < 2 {
            stored["settings"]["bake"] = false.into();
        }
        if schema < 3 {
            stored["settings"]["plain"] = true.into();
        }
        if schema < 4 {
            stored["settings"]["pieces"] = Wish::Never.to_string().into();
        }
        if schema < 5 {
            stored["settings"]["anew"] = false.into();
        }
        serde_json::from_value(stored).map_err(|error| CommandError::internal(&error))
    }

    pub fn cut(&self) -> Option<pieces::Cut> {
        self.cut.map(pieces::Cut::from)
    }

    pub(crate) fn price_per_unit(&self) -> Amount {
        self.price_per_frame.parse().unwrap_or_default()
    }

    pub fn cap(&self) -> Amount {
        self.cap.parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::{problems::scene::tests::report, scene};

    #[test]
    fn a_draft_of_before_the_update_is_read() {
        let report = report();
        let mut settings = scene::defaults(&report, &report.scenes[0]);
        let stored = StoredSettings::new(settings.clone(), String::new(), Amount::default(), Amount::default());
        let mut json: Value = serde_json::from_str(&stored.to_json().unwrap()).unwrap();
        json["schema"] = 1.into();
        json.as_object_mut().unwrap().remove("project");
        json["settings"].as_object_mut().unwrap().remove("bake");
        json["settings"].as_object_mut().unwrap().remove("plain");
        json["settings"].as_object_mut().unwrap().remove("pieces");
        json["settings"].as_object_mut().unwrap().remove("anew");
        json.as_object_mut().unwrap().remove("cut");
        let read = StoredSettings::from_json(&json.to_string()).unwrap();
        // It was pinned as it is, or would have been.
        settings.plain = true;
        settings.pieces = Wish::Never.to_string();
        assert_eq!(read.cut(), None);
        assert_eq!((read.settings, read.project), (settings, String::new()));
    }
}
