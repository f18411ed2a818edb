//! Signing in with the account's key, and keeping the access token fresh.

use super::{ApiClient, ApiError, call::Call};
use crate::keys::KeyRing;
use async_trait::async_trait;
use reqwest::Method;
use std::sync::Arc;
use tokio::sync::Mutex;
use veriframe_chain::{Challenge, LOCAL_CHAIN_ID, LocalKey, SIGN_IN, hash};
use veriframe_core::{Address, Clock, Timestamp};
use veriframe_ipfs::{TokenError, TokenSource};
use veriframe_wire::{
    API_BASE, AddressText,
    auth::{AuthenticateRequest, ChallengeRequest, ChallengeResponse, RefreshRequest, TokenResponse},
};

/// A token is renewed this long before it runs out, in milliseconds: longer than any request takes.
const RENEW_EARLY_MS: i64 = 60_000;

pub(super) struct Session {
    keys: Arc<KeyRing>,
    clock: Arc<dyn Clock>,
    /// Held while signing in: requests that start together sign in once.
    tokens: Mutex<Option<Tokens>>,
}

struct Tokens {
    access: String,
    refresh: String,
    renew_at: Timestamp,
}

impl Session {
    pub fn new(keys: Arc<KeyRing>, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys,
            clock,
            tokens: Mutex::new(None),
        }
    }

    pub fn address(&self) -> Address {
        self.keys.address()
    }

    pub async fn token(&self, api: &ApiClient) -> Result<String, ApiError> {
        let mut tokens = self.tokens.lock().await;
        let fresh = match tokens.take() {
            Some(held) if self.clock.now() < held.renew_at => held,
            Some(held) => match self.refresh(api, &held.refresh).await {
                Ok(renewed) => renewed,
                // A refresh token that ran out or was revoked costs nothing but a signature.
                Err(ApiError::Refused { status: 401, .. }) => self.sign_in(api).await?,
                Err(error) => {
                    // Keep it: the answer may have been lost on the way, not the token.
                    *tokens = Some(held);
                    return Err(error);
                }
            },
            None => self.sign_in(api).await?,
        };
        Ok(tokens.insert(fresh).access.clone())
    }

    /// The coordinator refused this token. A newer one that another request got meanwhile stays.
    pub async fn reject(&self, access: &str) {
        let mut tokens = self.tokens.lock().await;
        if tokens.as_ref().is_some_and(|held| held.access == access) {
            *tokens = None;
        }
    }

    pub async fn forget(&self) {
        *self.tokens.lock().await = None;
    }

    async fn refresh(&self, api: &ApiClient, refresh_token: &str) -> Result<Tokens, ApiError> {
        let body = RefreshRequest {
            refresh_token: refresh_token.to_owned(),
        };
        self.exchange(api, "/auth/refresh", &body).await
    }

    async fn sign_in(&self, api: &ApiClient) -> Result<Tokens, ApiError> {
        let key = self.keys.key()?;
        let address = AddressText(key.address());
        let asked =
            Call::open(Method::POST, format!("{API_BASE}/auth/challenge")).json(&ChallengeRequest { address })?;
        let answer: ChallengeResponse = api.send_unsigned(&asked).await?;
        let signature = sign(&key, &answer, &api.origin())?;
        let body = AuthenticateRequest {
            address,
            signature: signature.to_vec(),
            challenge: answer.challenge,
            public_key: Some(key.public_key_hex()),
        };
        self.exchange(api, "/auth/authenticate", &body).await
    }

    async fn exchange<B: serde::Serialize>(&self, api: &ApiClient, path: &str, body: &B) -> Result<Tokens, ApiError> {
        let call = Call::open(Method::POST, format!("{API_BASE}{path}")).json(body)?;
        let answer: TokenResponse = api.send_unsigned(&call).await?;
        let life = i64::from(answer.expires_in) * 1000;
        // A short-lived token is renewed at half its life instead.
        let usable = (life - RENEW_EARLY_MS).max(life / 2);
        Ok(Tokens {
            access: answer.access_token,
            refresh: answer.refresh_token,
            renew_at: Timestamp(self.clock.now().0.saturating_add(usable)),
        })
    }
}

/// Signs only a sign-in of this account to the coordinator that is being talked to.
fn sign(key: &LocalKey, answer: &ChallengeResponse, origin: &str) -> Result<[String; 2], ApiError> {
    let refuse = |detail: String| ApiError::NotSigned { detail };
    let challenge = Challenge::from_typed_data(&answer.typed_data).map_err(|e| refuse(e.to_string()))?;
    challenge
        .expect(&key.address(), LOCAL_CHAIN_ID, origin, SIGN_IN)
        .map_err(|e| refuse(e.to_string()))?;
    let message = hash(&challenge).map_err(|e| refuse(e.to_string()))?;
    key.sign(&message).map_err(|e| refuse(e.to_string()))
}

#[async_trait]
impl TokenSource for ApiClient {
    async fn token(&self) -> Result<String, TokenError> {
        ApiClient::token(self)
            .await
            .map_err(|error| TokenError(Box::new(error)))
    }

    async fn refused(&self, token: &str) {
        self.session().reject(token).await;
    }
}
