//! Sign-in with a Starknet key.

use crate::{AddressText, Time};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRequest {
    pub address: AddressText,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChallengeResponse {
    /// 128 random bits in hex; good for one use within five minutes.
    pub challenge: String,
    /// SNIP-12 revision 1 typed data to sign. The server rebuilds it itself when it checks.
    #[schema(value_type = Object)]
    pub typed_data: serde_json::Value,
    pub expires_at: Time,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthenticateRequest {
    pub address: AddressText,
    /// `[r, s]`, field elements in hex. Whatever the account's contract takes when one is deployed at the address: at most 64.
    pub signature: Vec<String>,
    pub challenge: String,
    /// The Stark-curve public key in hex; needed while no contract is deployed at the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenResponse {
    pub access_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// Seconds.
    pub expires_in: u32,
    pub refresh_token: String,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    pub refresh_token: String,
}

impl fmt::Debug for RefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshRequest { .. }")
    }
}
