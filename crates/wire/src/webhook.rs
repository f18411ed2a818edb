//! Webhooks: an account's events, sent to a server of its own.
//!
//! Each event is one `POST` of the same JSON that the WebSocket sends, in the order of the log, at least once. The header
//! [`SIGNATURE_HEADER`] is `t=SECONDS,v1=HEX`, with the HMAC-SHA256 of `SECONDS.BODY` under the webhook's secret.

use crate::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

pub const SIGNATURE_HEADER: &str = "veriframe-signature";
/// The number of the event: whoever saw it before need not look again.
pub const EVENT_HEADER: &str = "veriframe-event";

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhookRequest {
    /// `https`, without a user name, and not in a private network.
    #[schema(min_length = 1, max_length = 2000)]
    pub url: String,
    /// As on the WebSocket: `jobs`, `job:ID`, `worker:ADDRESS`, `market`.
    #[schema(min_items = 1, max_items = 50)]
    pub topics: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    pub id: String,
    pub url: String,
    pub topics: Vec<String>,
    /// Nothing is sent since three events in a row could not be delivered; a replay begins again.
    pub paused: bool,
    /// The last event that was delivered, given up, or was none of its topics.
    pub seen: u64,
    pub created_at: Time,
}

/// What signs. Shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct WebhookSecret(pub String);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedWebhook {
    pub webhook: Webhook,
    /// Not shown again.
    pub secret: WebhookSecret,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// Every event after this one is sent again. Absent: those that were given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_seq: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It failed, and comes again.
    Trying,
    Delivered,
    /// Given up.
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// The event's `seq`.
    pub event: u64,
    pub state: DeliveryState,
    pub attempts: u32,
    /// What the server answered last, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why the last attempt failed; empty when it did not.
    pub error: String,
    pub created_at: Time,
    pub updated_at: Time,
}
