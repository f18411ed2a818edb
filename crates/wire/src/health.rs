//! What an operator's probe reads.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    Degraded,
    Down,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Component {
    pub status: Level,
    pub latency_ms: f64,
    #[serde(default)]
    pub detail: String,
}

/// `GET /health`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// The worst of the components.
    pub status: Level,
    pub components: BTreeMap<String, Component>,
}

/// `GET /health/live` and `GET /health/ready`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Probe {
    pub status: Level,
}

/// `GET /`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Root {
    pub name: String,
    pub version: String,
    /// Always `ok` while it answers.
    pub status: String,
    /// `local` or the chain's name: part of what is signed at sign-in.
    pub network: String,
    /// The origin that signatures are bound to.
    pub origin: String,
}
