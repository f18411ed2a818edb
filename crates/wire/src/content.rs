//! Moving blocks between a client and the coordinator.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Largest CAR shard in one request.
pub const SHARD_BYTES: u64 = 64 << 20;

/// `POST /content/car`: which blocks of the shard are now held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarResponse {
    pub roots: Vec<String>,
    pub blocks: Vec<String>,
}

/// `POST /content/have`: which of these blocks need not be sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HaveRequest {
    /// At most 10,000.
    pub cids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HaveResponse {
    pub held: Vec<String>,
}

/// `POST /content/pins`: keep a tree; 422 `content_missing` lists what is still lacking.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinRequest {
    pub root: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PinResponse {
    pub root: String,
    pub pinned: bool,
    /// At most 1,000 of the missing blocks.
    #[serde(default)]
    pub missing: Vec<String>,
}
